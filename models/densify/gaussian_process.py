"""Gaussian processes with a trend, fitted once and solved in overlapping tiles.

An observation is a trend, plus a process with Matern-3/2 covariance, plus noise: that of the
record, that which its track shares (sea level), what the ice varies at scales below the spacing
of the observations (the nugget), and what the process changes over the error of its place.

Each tile of the map uses the ``NEIGHBOURS`` observations nearest to its middle; neighbouring
tiles overlap by half and are blended, so that nothing jumps.  Memory and time grow with the
number of cells, not with the square of the number of observations.

References
----------
Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, eqs. 2.41, 2.42 (the
trend) and 4.17 (the covariance); Patterson and Thompson (1971), doi:10.1093/biomet/58.3.545
(restricted likelihood); Gregory et al. (2024), doi:10.1038/s41467-024-53567-z (local experts).
"""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.optimize import minimize
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from ._kernels import krige_tiles
from .fields import Points, select

#: Observations that a tile uses.
NEIGHBOURS = 96
#: Side of a tile, between so many cells' sizes, and this share of the correlation length between.
FEWEST_CELLS, MOST_CELLS, SHARE_OF_LENGTH = 8, 32, 0.25
#: Most observations by which the likelihood is judged, in runs of neighbours; and the trend.
MOST_FITTED, RUN = 320, 20
MOST_FOR_TREND = 1500
#: Middle and spread (of the logarithm) of what is expected before looking (assumed): length [m],
#: and variances over that of the observations.
EXPECTED = np.log([0.7, 15_000.0, 0.1])
EXPECTED_SPREAD = np.array([1.0, 1.2, 1.5])
SHORTEST, LONGEST = 500.0, 500_000.0  # m, of correlation lengths
SMALLEST_NOISE = 1e-6  # m2: keeps matrices of coinciding points regular


class Law(NamedTuple):
    """How freeboard varies about its trend."""

    variance: float  #: of the process [m2]
    length_m: float  #: of its Matern-3/2 covariance
    nugget: float  #: variance of the ice that no distance explains [m2]


class Trend(NamedTuple):
    """Coefficients (b,) of a trend's basis, and their covariance (b, b)."""

    coefficients: np.ndarray
    covariance: np.ndarray


def matern(distance: np.ndarray, law: Law) -> np.ndarray:
    """Return the covariance [m2] of the process at distances [m]."""
    scaled = np.sqrt(3.0) * distance / law.length_m
    return np.asarray(law.variance * (1.0 + scaled) * np.exp(-scaled))


def noise_variance(points: Points, law: Law) -> np.ndarray:
    """Return the variance (n,) [m2] of observations about the process, but for the shared part.

    A place wrong by e changes the process by 2 (C(0) - C(e)); the distance is sqrt(2) sigmas.
    """
    misplaced = 2.0 * (law.variance - matern(np.sqrt(2.0) * points.position_sigma_m, law))
    return np.asarray(points.uncertainty**2 + law.nugget + misplaced + SMALLEST_NOISE)


def fit_law(points: Points, basis: np.ndarray) -> Law:
    """Return the law of greatest restricted likelihood, with weak expectations beside it.

    Parameters
    ----------
    points : Points
    basis : array (n, b)
        Of the trend, which the likelihood does not depend on.
    """
    scale = max(float(np.var(points.freeboard)), SMALLEST_NOISE)
    which = _runs(points)
    some = select(points, which)
    places = np.stack([some.x, some.y], axis=-1)
    distance = cdist(places, places)
    middle = EXPECTED + np.array([np.log(scale), 0.0, np.log(scale)])
    bounds = [(m - 6.0, m + 3.0) for m in middle]
    bounds[1] = (np.log(SHORTEST), np.log(LONGEST))

    def cost(logarithms: np.ndarray) -> float:
        law = Law(*np.exp(logarithms))
        unlikely = ((logarithms - middle) / EXPECTED_SPREAD) ** 2
        return _restricted(some, basis[which], distance, law) + 0.5 * float(unlikely.sum())

    found = minimize(cost, middle, method="L-BFGS-B", bounds=bounds, options={"maxiter": 40})
    return Law(*map(float, np.exp(found.x)))


def fit_trend(points: Points, basis: np.ndarray, law: Law) -> Trend:
    """Return the trend by generalised least squares (R&W eq. 2.42, a vague prior)."""
    every = max(1, -(-points.x.size // MOST_FOR_TREND))
    some = select(points, np.arange(0, points.x.size, every))
    factor = cho_factor(covariance_of(some, law), lower=True)
    weighted = cho_solve(factor, basis[::every])
    covariance = np.linalg.inv(basis[::every].T @ weighted)
    return Trend(covariance @ (weighted.T @ some.freeboard), covariance)


def predict(
    points: Points,
    basis: np.ndarray,
    places: np.ndarray,
    place_basis: np.ndarray,
    law: Law,
    cell_size: float,
    trend: Trend | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of freeboard at places, given observations.

    Parameters
    ----------
    points : Points
        One at least.
    basis : array (n, b)
    places : array (cells, 2), float64 [m on the plane]
    place_basis : array (cells, b)
    law : Law
    cell_size : float
        About the distance between places [m].
    trend : Trend, optional
        Where it is known better than by generalised least squares.

    Returns
    -------
    mean, variance : array (cells,), float64
        The variance is that of the ice itself, nugget included, without noise of observations.
    """
    trend = trend or fit_trend(points, basis, law)
    residual = points.freeboard - basis @ trend.coefficients
    side = float(np.clip(SHARE_OF_LENGTH * law.length_m, FEWEST_CELLS * cell_size,
                         MOST_CELLS * cell_size))  # fmt: skip
    tiles, members, weight, starts = _tiles(places, side)
    seen = np.stack([points.x, points.y], axis=-1)
    k = min(NEIGHBOURS, points.x.size)
    _, near = cKDTree(seen).query(tiles, k=k)
    near = near.reshape(tiles.shape[0], k)
    noise = noise_variance(points, law)
    mean, spread = np.empty(members.size), np.empty(members.size)

    def solve(part: slice) -> None:
        first, last = starts[part.start], starts[part.stop]
        krige_tiles(
            seen, residual, noise, points.shared_uncertainty, points.track, basis, near[part],
            places, place_basis, starts[part.start : part.stop + 1] - first, members[first:last],
            trend.covariance, law.variance, law.length_m, mean[first:last], spread[first:last],
        )  # fmt: skip

    workers = os.cpu_count() or 1
    edges = np.linspace(0, tiles.shape[0], 4 * workers + 1).astype(np.int64)
    parts = [slice(*pair) for pair in pairwise(edges) if pair[1] > pair[0]]
    with ThreadPoolExecutor(workers) as threads:
        list(threads.map(solve, parts))
    blended = np.bincount(members, weight * mean, places.shape[0])
    # What tiles disagree by is uncertain too.
    variance = np.bincount(members, weight * (spread + mean**2), places.shape[0]) - blended**2
    return place_basis @ trend.coefficients + blended, np.maximum(variance, 0.0) + law.nugget


def covariance_of(points: Points, law: Law, distance: np.ndarray | None = None) -> np.ndarray:
    """Return the covariance (n, n) [m2] of observations about their trend.

    Parameters
    ----------
    points : Points
    law : Law
    distance : array (n, n), optional
        Between the observations [m], where it is known already.
    """
    if distance is None:
        places = np.stack([points.x, points.y], axis=-1)
        distance = cdist(places, places)
    same = points.track[:, None] == points.track
    shared = np.where(same, np.outer(points.shared_uncertainty, points.shared_uncertainty), 0.0)
    return matern(distance, law) + shared + np.diag(noise_variance(points, law))


def _restricted(points: Points, basis: np.ndarray, distance: np.ndarray, law: Law) -> float:
    """Return minus the logarithm of the restricted likelihood, but for a constant."""
    lower = np.linalg.cholesky(covariance_of(points, law, distance))
    right = solve_triangular(lower, np.column_stack([points.freeboard, basis]), lower=True)
    value, design = right[:, 0], right[:, 1:]
    normal = design.T @ design
    explained = design.T @ value
    misfit = value @ value - explained @ np.linalg.solve(normal, explained)
    return float(np.log(np.diag(lower)).sum() + 0.5 * np.linalg.slogdet(normal)[1] + 0.5 * misfit)


def _runs(points: Points) -> np.ndarray:
    """Return indices of runs of neighbours along tracks, spread over all: near and far alike."""
    order = np.lexsort((points.time, points.track))
    if order.size <= MOST_FITTED:
        return order
    count = MOST_FITTED // RUN
    begin = np.linspace(0, order.size - RUN, count).astype(np.int64)
    return np.asarray(order[(begin[:, None] + np.arange(RUN)).ravel()])


def _tiles(
    places: np.ndarray, side: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the middles (tiles, 2), and of each tile in turn its members and their weights.

    A tile reaches a side to all ways from its middle; the weights of the four tiles that hold a
    place are bilinear and add up to one.
    """
    scaled = places / side
    corner = np.floor(scaled).astype(np.int64)
    into = scaled - corner
    ids, weights = [], []
    low = corner.min(axis=0)
    width = int(corner[:, 1].max() - low[1] + 2)
    for a in (0, 1):
        for b in (0, 1):
            ids.append((corner[:, 0] - low[0] + a) * width + corner[:, 1] - low[1] + b)
            weights.append(np.abs(1 - a - into[:, 0]) * np.abs(1 - b - into[:, 1]))
    every = np.concatenate(ids)
    order = np.argsort(every, kind="stable")
    found, first = np.unique(every[order], return_index=True)
    middles = np.stack([found // width, found % width], axis=-1) + low
    members = np.tile(np.arange(places.shape[0]), 4)[order]
    return middles * side, members, np.concatenate(weights)[order], np.append(first, order.size)
