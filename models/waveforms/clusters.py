"""Clusters of echoes and their nearest neighbours: the classifier of Mueller et al. (2017)."""

import numpy as np
from sklearn.neighbors import KNeighborsRegressor

CLUSTERS = 30  # Mueller et al. (2017) and Dettmering et al. (2018) use 25 to 30
NEIGHBOURS = 7  # of the nearest clustered echoes (assumed)
#: Echoes that are clustered, of each group: their distances are a matrix of this size.
CLUSTERED = 3000
#: Six features by which echoes are clustered, of power, shape and tail, which every altimeter
#: has; Mueller et al. (2017) use as many of the same kind (assumed).
CLUSTER_FEATURES = (
    "pulse_peakiness_share",
    "maximum_power_db",
    "leading_edge_width_bins",
    "ocog_width_bins",
    "late_tail_to_peak",
    "trailing_slope_db_per_m",
)


def clusters(
    features: np.ndarray, group: np.ndarray, lead: np.ndarray, training: np.ndarray, seed: int
) -> np.ndarray:
    """Return the lead probability by clusters of echoes and their nearest neighbours.

    As Mueller et al. (2017): echoes of the training rows are clustered without labels (k-medoids),
    each cluster gets the share of leads that its members have, and an echo the mean over the
    nearest clustered ones.

    Parameters
    ----------
    features : array (n, F), float
    group : array (n,), str
    lead : array (n,), float
        Probability that a row is a lead; not nan on the training rows.
    training : array (n,), bool
        Which rows may be learnt from.
    seed : int
    """
    probability = np.full(group.size, np.nan)
    rng = np.random.default_rng([seed, 1])
    for name in np.unique(group):
        mine = np.flatnonzero(group == name)
        train = np.flatnonzero((group == name) & training)
        if train.size == 0:
            continue
        taught = np.sort(rng.choice(train, min(CLUSTERED, train.size), replace=False))
        scaled = scaled_by(features[mine], features[train])
        place = np.searchsorted(mine, taught)
        member = medoids(scaled[place], min(CLUSTERS, taught.size), rng)
        share = np.bincount(member, lead[taught]) / np.bincount(member)
        near = KNeighborsRegressor(min(NEIGHBOURS, taught.size)).fit(scaled[place], share[member])
        probability[mine] = near.predict(scaled)
    return probability


def medoids(points: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return the cluster of each point, (n,) int from 0 without gaps, by k-medoids.

    Voronoi iteration of Park and Jun (2009) from medoids drawn as k-means++ does (Arthur and
    Vassilvitskii 2007), with Euclidean distances.

    Parameters
    ----------
    points : array (n, F), float
    count : int
        Clusters, at most; equal points make fewer.
    rng : Generator
    """
    square = np.sum(points**2, axis=1)
    apart = np.sqrt(np.maximum(square[:, None] + square - 2.0 * points @ points.T, 0.0))
    centre = [int(rng.integers(len(points)))]
    while len(centre) < count and (weight := apart[centre].min(axis=0) ** 2).sum() > 0.0:
        centre.append(int(rng.choice(len(points), p=weight / weight.sum())))
    for _ in range(50):
        member = apart[centre].argmin(axis=0)
        inside = [np.flatnonzero(member == k) for k in range(len(centre))]
        better = [int(m[apart[np.ix_(m, m)].sum(axis=0).argmin()]) for m in inside if m.size]
        if better == centre:
            break
        centre = better
    return np.unique(apart[centre].argmin(axis=0), return_inverse=True)[1]


def filled(features: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Return features whose missing values are the median of the training rows, or 0."""
    known = [column[np.isfinite(column)] for column in training.T]
    middle = np.array([np.median(column) if column.size else 0.0 for column in known])
    return np.where(np.isfinite(features), features, middle)


def scaled_by(features: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Return features in units of the training rows' quartile distance, none beyond 5 of them."""
    known = filled(training, training)
    low, middle, high = np.percentile(known, [25.0, 50.0, 75.0], axis=0)
    breadth = np.where(high > low, high - low, 1.0)
    return np.clip((filled(features, training) - middle) / breadth, -5.0, 5.0)
