"""Freeboard by segment: cells that look alike and lie together share the mean of their points.

References
----------
Karvonen, Rinne, Sallila and Makynen (2022), The Cryosphere 16, 1821: altimeter values spread over
SAR segments, and where a segment has none, taken from segments of like texture.
"""

import numpy as np
from scipy.spatial import cKDTree
from sklearn.cluster import MiniBatchKMeans

from .fields import Cells, Field, Points, gaussian_field

#: What segments are even in.
FEATURES = ("sigma0_hv_db", "sigma0_hh_db", "texture_hv", "texture_hh")
#: Points that a segment has on average, and how many segments there are (assumed).
POINTS_A_SEGMENT, FEWEST, MOST = 8, 4, 200
#: Distance that weighs as much as a standard deviation of a feature [m] (assumed).
PLACE_SCALE = 40_000.0
#: Cells from which the segments are learnt, at most.
MOST_LEARNT = 20_000
#: Segments of like features whose means stand in for one without points.
ALIKE = 3


def segment_mean(points: Points, cells: Cells) -> Field:
    """Return the mean of the observations of each cell's segment, with their spread."""
    features, point_features = _features(cells, points)
    own = np.column_stack([features, cells.x / PLACE_SCALE, cells.y / PLACE_SCALE])
    theirs = np.column_stack([point_features, points.x / PLACE_SCALE, points.y / PLACE_SCALE])
    count = min(max(points.x.size // POINTS_A_SEGMENT, FEWEST), MOST)
    learnt = np.concatenate([own[:: max(1, own.shape[0] // MOST_LEARNT)], theirs])
    count = min(count, learnt.shape[0])
    clusters = MiniBatchKMeans(count, n_init=1, max_iter=30, random_state=0).fit(learnt)
    tree = cKDTree(clusters.cluster_centers_)
    mean, variance = _means(points, tree.query(theirs)[1], count)
    place = clusters.cluster_centers_[:, : features.shape[1]]
    mean, variance = _filled(mean, variance, place)
    segment = tree.query(own)[1]
    return gaussian_field(mean[segment], variance[segment])


def _features(cells: Cells, points: Points) -> tuple[np.ndarray, np.ndarray]:
    """Return the features of cells and points, of unit variance over the cells."""
    which = [cells.names.index(name) for name in FEATURES]
    of_cells, of_points = (part.covariates[:, which].astype(float) for part in (cells, points))
    spread = np.maximum(np.concatenate([of_cells, of_points]).std(axis=0), 1e-6)
    return of_cells / spread, of_points / spread


def _means(points: Points, segment: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean (nan without points) and variance of the ice in each segment."""
    weight = 1.0 / (points.uncertainty**2 + float(points.freeboard.var()) + 1e-12)
    total = np.bincount(segment, weight, count)
    mean = np.divide(
        np.bincount(segment, weight * points.freeboard, count), total,
        out=np.full(count, np.nan), where=total > 0.0,
    )  # fmt: skip
    residual = points.freeboard - mean[segment]
    held = np.bincount(segment, minlength=count)
    freedom = float(max(points.x.size - int((held > 0).sum()), 1))
    noise = float(np.mean(points.uncertainty**2))
    inside = max(float(residual @ residual) / freedom - noise, 0.1 * noise)
    shared = float(np.mean(points.shared_uncertainty**2))
    variance = inside + (inside + noise) / np.maximum(held, 1) + shared
    return mean, variance


def _filled(
    mean: np.ndarray, variance: np.ndarray, place: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return them with segments that have no points given those of the most alike."""
    known = np.isfinite(mean)
    if known.all():
        return mean, variance
    alike = min(ALIKE, int(known.sum()))
    _, near = cKDTree(place[known]).query(place[~known], k=alike)
    values = mean[known][near.reshape(-1, alike)]
    mean, variance = mean.copy(), variance.copy()
    mean[~known] = values.mean(axis=1)
    variance[~known] = variance[known].mean() + float(mean[known].var())
    return mean, variance
