"""The rivals of the network: single features, published classifiers, clusters, trees.

All are fitted on the training rows of the split and asked on every row, so that they are judged
on the very rows of the network.  Where a classifier belongs to one altimeter and mode (*group*)
by its nature, it is fitted for each; trees get the group as a feature.  Soft labels are taken as
they are: a row counts as a lead with its probability, and as none with the rest.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from scipy.special import logit
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression

from ...products.surface import Surface
from .clusters import CLUSTER_FEATURES, clusters, filled
from .distance_scores import SCALE
from .rows import Echoes, Labels, Prediction
from .thresholds import PUBLISHED, SCORES

TRAINING, VALIDATION = 0, 1  # codes of a split's parts, as in models.training.splits

#: Rows that trees are fitted on; of more, as many are drawn at random.
MOST_ROWS = 400_000
#: Steps in which boosting sees a feature, the most that scikit-learn's takes.
STEPS = 255
#: Quantiles of the distance that are regressed: the ends of the 68 % interval and the median.
QUANTILES = (0.16, 0.5, 0.84)


class Effort(NamedTuple):
    """How much work the trees may be."""

    iterations: int = 150  #: most of boosting, ended early by the validation rows
    trees: int = 200  #: of the forest
    most_rows: int = MOST_ROWS


def baselines(
    echoes: Echoes, labels: Labels, seed: int = 0, effort: Effort | None = None
) -> dict[str, Prediction]:
    """Return what every rival says of all rows.

    Parameters
    ----------
    echoes : Echoes
    labels : Labels
    seed : int
    effort : Effort, optional

    Returns
    -------
    mapping of the rival's name to Prediction
        In the order from the simplest to the one to beat, ``boosting with neighbours``.

    Raises
    ------
    ValueError
        If the training rows hold no lead, or nothing but leads.
    """
    effort = effort or Effort()
    check_classes(labels.lead[labels.part == TRAINING])
    group = groups(echoes)
    found = {
        name: Prediction(one_feature(echoes.one[feature], group, labels))
        for name, feature in SCORES.items()
    }
    for name, classify in PUBLISHED.items():
        surface = _surface(classify, echoes, group)
        if (surface != Surface.UNKNOWN).any():
            probability = by_class(surface, group, labels)
            found[name] = Prediction(probability, called=surface == Surface.LEAD)
    clustered = np.column_stack([echoes.one[name] for name in CLUSTER_FEATURES])
    found["clusters and neighbours"] = Prediction(
        clusters(clustered, group, labels.lead, _training(labels), seed)
    )
    single = matrix(echoes.one, group)
    found["random forest"] = Prediction(forest(single, labels, seed, effort))
    found["boosting"] = boosting(single, labels, seed, effort)
    found["boosting with neighbours"] = boosting(
        matrix(echoes.context, group), labels, seed, effort
    )
    return found


def check_classes(lead: np.ndarray) -> None:
    """Refuse labels of which nothing can be learnt.

    Raises
    ------
    ValueError
        If no row is a lead, or every one.
    """
    known = lead[np.isfinite(lead)]
    if not (known >= 0.5).any():
        raise ValueError("the training rows hold no lead: collocate scenes that show leads")
    if not (known < 0.5).any():
        raise ValueError("the training rows hold nothing but leads: collocate scenes with ice")


def groups(echoes: Echoes) -> np.ndarray:
    """Return the name (n,) of each row's group: the instrument and its mode.

    Both Sentinel-3 carry the same instrument.
    """
    instrument = np.where(np.char.startswith(echoes.mission, "s3"), "s3", echoes.mission)
    return np.char.add(np.char.add(instrument, " "), echoes.mode)


def matrix(columns: Mapping[str, np.ndarray], group: np.ndarray) -> np.ndarray:
    """Return features beside a column of 0 and 1 for each group, (n, F + groups), float32."""
    groups = [group == name for name in np.unique(group)]
    return np.column_stack([*columns.values(), *groups]).astype(np.float32)


def one_feature(value: np.ndarray, group: np.ndarray, labels: Labels) -> np.ndarray:
    """Return the lead probability that one feature gives.

    In each group a logistic curve over the feature's share of lower training values, which leaves
    its ranking as it is; nan where the feature is.

    Parameters
    ----------
    value : array (n,), float
    group : array (n,), str
    labels : Labels

    Returns
    -------
    array (n,), float64
    """
    probability = np.full(value.size, np.nan)
    for name in np.unique(group):
        here = (group == name) & np.isfinite(value)
        train = here & _training(labels)
        if not train.any():
            continue
        ranked = np.sort(value[train])
        below = np.searchsorted(ranked, value, "left") + np.searchsorted(ranked, value, "right")
        share = logit((below + 1.0) / (2.0 * ranked.size + 2.0))[:, None]
        probability[here] = _logistic(share, labels.lead, train)[here]
    return probability


def by_class(surface: np.ndarray, group: np.ndarray, labels: Labels) -> np.ndarray:
    """Return the lead probability of a published classifier's classes.

    It is the share of leads among the training rows of the class and group; nan in groups for
    which the classifier is not defined, where every class is unknown.

    Parameters
    ----------
    surface : array (n,), int
        Codes of ``products.surface``.
    group : array (n,), str
    labels : Labels
    """
    probability = np.full(surface.size, np.nan)
    train = _training(labels)
    for name in np.unique(group):
        mine = group == name
        if not (surface[mine] != Surface.UNKNOWN).any() or not (mine & train).any():
            continue
        overall = labels.lead[mine & train].mean()
        for code in np.unique(surface[mine]):
            here = mine & (surface == code)
            taught = labels.lead[here & train]
            # One row of the group's mean stands for what few rows do not say.
            probability[here] = (taught.sum() + overall) / (taught.size + 1.0)
    return probability


def forest(features: np.ndarray, labels: Labels, seed: int, effort: Effort) -> np.ndarray:
    """Return the lead probability of a random forest (Breiman 2001) of classification trees.

    Parameters
    ----------
    features : array (n, F), float
        Missing ones are the training rows' median.
    labels : Labels
    seed : int
    effort : Effort
    """
    train = _drawn(_training(labels), effort.most_rows, seed)
    complete = filled(features, features[train])
    echo, lead, weight = _twice(complete[train], labels.lead[train])
    trees = RandomForestClassifier(
        effort.trees, min_samples_leaf=10, max_features="sqrt", n_jobs=-1, random_state=seed
    ).fit(echo, lead, weight)
    trees.set_params(n_jobs=1)  # threads would add up the trees in any order
    return np.asarray(trees.predict_proba(complete)[:, 1])


def boosting(features: np.ndarray, labels: Labels, seed: int, effort: Effort) -> Prediction:
    """Return lead probability and distance of histogram gradient boosting.

    Three regressions give median and 68 % interval of the distance, in the logarithm of
    1 + d / 500 m.  A distance beyond the reach is taken for the reach, which leaves quantiles
    below it as they are.

    Parameters
    ----------
    features : array (n, F), float
        nan where missing, which the trees take for what it is.
    labels : Labels
    seed : int
    effort : Effort
    """
    train = _drawn(_training(labels), effort.most_rows, seed)
    features = in_steps(features, features[train])
    validation = (labels.part == VALIDATION) & np.isfinite(labels.lead)
    options = _boosting_options(seed, effort, validation.any())
    fitted = HistGradientBoostingClassifier(**options).fit(
        *_twice(features[train], labels.lead[train]),
        **_checked_by("lead", features[validation], labels.lead[validation]),
    )
    probability = np.asarray(fitted.predict_proba(features)[:, 1])
    return Prediction(probability, *_boosted_distance(features, labels, seed, effort))


def _boosted_distance(
    features: np.ndarray, labels: Labels, seed: int, effort: Effort
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return median, lower and upper end of the distance, in this order and never crossing."""
    given = np.isfinite(labels.distance)
    train = _drawn(given & (labels.part == TRAINING), effort.most_rows, seed)
    validation = given & (labels.part == VALIDATION)
    target = np.log1p(labels.distance / SCALE)
    options = _boosting_options(seed, effort, validation.any())
    quantiles = [
        HistGradientBoostingRegressor(loss="quantile", quantile=quantile, **options)
        .fit(
            features[train],
            target[train],
            **_checked_by("distance", features[validation], target[validation]),
        )
        .predict(features)
        for quantile in QUANTILES
    ]
    low, middle, high = np.sort(SCALE * np.expm1(np.maximum(quantiles, 0.0)), axis=0)
    return middle, low, high


def _boosting_options(seed: int, effort: Effort, validated: bool) -> dict[str, object]:
    return {
        "max_iter": effort.iterations,
        "learning_rate": 0.1,
        "min_samples_leaf": 50,
        "l2_regularization": 1.0,
        "early_stopping": validated,
        "n_iter_no_change": 10,
        "random_state": seed,
    }


def in_steps(features: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Return features as their place among the quantiles of the training rows, nan staying nan.

    The steps that boosting would make itself: to find them in weighted rows takes it minutes.

    Parameters
    ----------
    features, training : array (n, F) and (m, F), float

    Returns
    -------
    array (n, F), float32
        Whole numbers below ``STEPS``.
    """
    steps = np.full(features.shape, np.nan, dtype=np.float32)
    for values, known, out in zip(features.T, training.T, steps.T, strict=True):
        given, here = known[np.isfinite(known)], np.isfinite(values)
        if given.size:
            edges = np.unique(np.quantile(given, np.linspace(0.0, 1.0, STEPS + 1)[1:-1]))
            out[here] = np.searchsorted(edges, values[here], side="right")
    return steps


def _training(labels: Labels) -> np.ndarray:
    return (labels.part == TRAINING) & np.isfinite(labels.lead)


def _drawn(rows: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Return the numbers of some rows, all of them if they are no more than ``most``."""
    places = np.flatnonzero(rows)
    if places.size <= most:
        return places
    return np.sort(np.random.default_rng([seed, 2]).choice(places, most, replace=False))


def _surface(classify: Callable[..., np.ndarray], echoes: Echoes, group: np.ndarray) -> np.ndarray:
    """Return a published classifier's classes of all rows, group by group."""
    surface = np.zeros(group.size, dtype=np.int8)
    for name in np.unique(group):
        here = np.flatnonzero(group == name)
        mission, mode = str(echoes.mission[here[0]]), str(echoes.mode[here[0]])
        columns = {feature: values[here] for feature, values in echoes.one.items()}
        surface[here] = classify(columns, mission, mode, echoes.month[here])
    return surface


def _logistic(share: np.ndarray, lead: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Return the logistic curve over one variable (n, 1), fitted on the training rows."""
    known, taught, weight = _twice(share[train], lead[train])
    if taught.all() or not taught.any():
        return np.full(len(share), float(taught[0]))
    return np.asarray(LogisticRegression().fit(known, taught, weight).predict_proba(share)[:, 1])


def _twice(rows: np.ndarray, lead: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows as leads and as none, the class of each (bool), and its weight.

    A row whose label is certain is there once.
    """
    event = np.repeat([True, False], len(rows))
    weight = np.concatenate([lead, 1.0 - lead])
    kept = weight > 0.0
    return np.concatenate([rows, rows])[kept], event[kept], weight[kept]


def _checked_by(kind: str, rows: np.ndarray, label: np.ndarray) -> dict[str, np.ndarray]:
    """Return the validation rows as boosting takes them; none without validation rows."""
    if not len(rows):
        return {}
    if kind == "distance":
        return {"X_val": rows, "y_val": label}
    echo, lead, weight = _twice(rows, label)
    return {"X_val": echo, "y_val": lead, "sample_weight_val": weight}
