"""Scores of fields against a referee: of cells, of distributions, with intervals by blocks.

The referee errs too.  CRPS and coverage judge what the referee would measure if the field were
right: its noise is added to the field's distribution.  RMSE is given as it is and once more with
the referee's variance taken off.
"""

from typing import Any, NamedTuple

import numpy as np

from .distributions import crps, gaussian_quantiles, inside, mixture, wasserstein, with_noise

#: Central intervals whose coverage is given, by name: those of the quantiles that fields have.
INTERVALS = {"coverage_68": 0.68, "coverage_90": 0.90}
REPLICATES = 300
#: Two-sided limits of the intervals of scores.
LIMITS = (2.5, 97.5)
#: Fewest cells of a box whose distribution is compared, and of a stratum that is scored.
FEWEST_CELLS = 10
LEAST_VARIANCE = 1e-12  # m2: what varies less is one value, and correlates with nothing


class Truth(NamedTuple):
    """What a referee says of n cells; float64."""

    freeboard: np.ndarray  #: [m]
    sigma: np.ndarray  #: of its noise [m]
    shared_sigma: np.ndarray  #: of errors common to neighbours [m]
    box: np.ndarray  #: (n,), int: number of the 25 km box that the cell lies in


class Prediction(NamedTuple):
    """What a field says of the same n cells; float."""

    mean: np.ndarray  #: [m]
    sigma: np.ndarray  #: [m]
    quantiles: np.ndarray | None  #: (5, n), at ``distributions.LEVELS``; None: Gaussian


class Judged(NamedTuple):
    """Cells judged one by one, of which any part can be scored."""

    truth: Truth
    mean: np.ndarray  #: (n,), of the field [m]
    noisy: np.ndarray  #: (5, n), quantiles of what the referee would measure [m]
    columns: np.ndarray  #: (n, k), what is summed over cells


def judge_cells(truth: Truth, said: Prediction) -> Judged:
    """Return a field judged cell by cell; all of ``said`` is finite."""
    noisy = _noisy(truth, said)
    x = truth.freeboard - truth.freeboard.mean()  # both less a constant: sums keep their digits
    y = said.mean - truth.freeboard.mean()
    error = y - x
    columns = {
        "n": np.ones(x.shape),
        "e": error,
        "abs": np.abs(error),
        "ee": error**2,
        "x": x,
        "y": y,
        "xx": x**2,
        "yy": y**2,
        "xy": x * y,
        "floor": truth.sigma**2 + truth.shared_sigma**2,
        "crps": crps(noisy, truth.freeboard),
        **{name: inside(noisy, truth.freeboard, s) for name, s in INTERVALS.items()},
    }
    table = np.stack([columns[name] for name in _COLUMNS], axis=-1)
    return Judged(truth, said.mean, noisy, table)


def score(judged: Judged, cells: np.ndarray, seed: int = 0) -> dict[str, Any]:
    """Return the scores of some cells, each with the limits of its 95 % interval.

    Parameters
    ----------
    judged : Judged
        Of n cells.
    cells : array (n,), bool
    seed : int
        Of the draws of boxes.

    Returns
    -------
    dict
        ``cells``, ``boxes``; then name: [value, low, high] of ``rmse``, ``rmse_less_floor``,
        ``mae``, ``bias`` (field less referee), ``spread`` (standard deviation of the
        differences), ``r`` (nan of a field that is one value), ``crps``, ``coverage_68``,
        ``coverage_90``, ``wasserstein_boxes`` (mean over boxes); ``wasserstein`` (of the mean
        field) and ``wasserstein_predictive`` (of the cells' distributions, mixed, with the
        referee's noise) as values.  Metres but for ``r`` and coverage.  Empty where there are too
        few cells.

    Notes
    -----
    Boxes, not cells, are drawn with replacement (Efron and Tibshirani 1993, An introduction to the
    bootstrap, ch. 8): errors of neighbours are alike.
    """
    if np.count_nonzero(cells) < FEWEST_CELLS:
        return {}
    freeboard, box = judged.truth.freeboard[cells], judged.truth.box[cells]
    _, place = np.unique(box, return_inverse=True)
    sums = np.stack([np.bincount(place, column) for column in judged.columns[cells].T], axis=-1)
    drawn = _of_sums(_draws(len(sums), seed) @ sums)
    table = {
        name: [float(value), *_limits(drawn[name])]
        for name, value in _of_sums(sums.sum(axis=0)).items()
    }
    mean = judged.mean[cells]
    return {
        "cells": int(freeboard.size),
        "boxes": len(sums),
        **table,
        "wasserstein": wasserstein(mean, freeboard),
        "wasserstein_predictive": wasserstein(mixture(judged.noisy[:, cells]), freeboard),
        "wasserstein_boxes": _in_boxes(freeboard, mean, box, seed),
    }


def reliability(judged: Judged) -> tuple[np.ndarray, np.ndarray]:
    """Return nominal shares and how often the central interval of that share holds the referee."""
    shares = np.linspace(0.05, 0.95, 19)
    held = [inside(judged.noisy, judged.truth.freeboard, share).mean() for share in shares]
    return shares, np.array(held)


#: Names of ``Judged.columns``.
_COLUMNS = ("n", "e", "abs", "ee", "x", "y", "xx", "yy", "xy", "floor", "crps", *INTERVALS)


def _noisy(truth: Truth, said: Prediction) -> np.ndarray:
    quantiles = said.quantiles
    if quantiles is None:
        quantiles = gaussian_quantiles(said.mean, said.sigma)
    return with_noise(quantiles, np.hypot(truth.sigma, truth.shared_sigma))


def _of_sums(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Return scores of sums (..., columns)."""
    mean = dict(zip(_COLUMNS, np.moveaxis(sums / sums[..., :1], -1, 0), strict=True))
    variance_x = np.maximum(mean["xx"] - mean["x"] ** 2, 0.0)
    variance_y = np.maximum(mean["yy"] - mean["y"] ** 2, 0.0)
    covariance = mean["xy"] - mean["x"] * mean["y"]
    varies = np.minimum(variance_x, variance_y) > LEAST_VARIANCE
    scale = np.sqrt(np.where(varies, variance_x * variance_y, np.nan))
    return {
        "rmse": np.sqrt(mean["ee"]),
        "rmse_less_floor": np.sqrt(np.maximum(mean["ee"] - mean["floor"], 0.0)),
        "mae": mean["abs"],
        "bias": mean["e"],
        "spread": np.sqrt(np.maximum(mean["ee"] - mean["e"] ** 2, 0.0)),
        "r": covariance / scale,
        **{name: mean[name] for name in ("crps", *INTERVALS)},
    }


def _draws(boxes: int, seed: int) -> np.ndarray:
    """Return how often each box is drawn in each replicate, (replicates, boxes)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(boxes, np.full(boxes, 1.0 / boxes), REPLICATES).astype(np.float64)


def _limits(drawn: np.ndarray) -> list[float]:
    if not np.isfinite(drawn).any():
        return [float("nan"), float("nan")]
    return [float(limit) for limit in np.nanpercentile(drawn, LIMITS)]


def _in_boxes(freeboard: np.ndarray, mean: np.ndarray, box: np.ndarray, seed: int) -> list[float]:
    """Return the mean over boxes of the distance of their distributions, and its limits."""
    order = np.argsort(box, kind="stable")
    edges = np.nonzero(np.diff(box[order]))[0] + 1
    found = np.array(
        [
            wasserstein(mean[rows], freeboard[rows])
            for rows in np.split(order, edges)
            if rows.size >= FEWEST_CELLS
        ]
    )
    if found.size == 0:
        return [float("nan")] * 3
    drawn = _draws(found.size, seed) @ found / found.size
    return [float(found.mean()), *_limits(drawn)]
