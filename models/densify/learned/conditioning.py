"""Freeboard of cells from what the network expects and what was observed.

The same as ``posterior``, for any number of observations: the coefficients are learnt from some
of them all over the map, the residual from those near each tile.

Scenes may have another level than any that the network was trained on: another kind of freeboard,
or season.  Where the observations speak for it, less is believed of the constant.

References
----------
Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, eqs. 2.30 and 2.40 to 2.42;
Kass and Raftery (1995), doi:10.1080/01621459.1995.10476572 (how much evidence is strong).
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from ..fields import Points, select
from ..gaussian_process import MOST_FOR_TREND, Law, Trend, covariance_of, predict

#: Most observations by which beliefs are weighed.
MOST_FOR_EVIDENCE = 400
#: Spreads that the constant may have beside what is believed [m], and the logarithm of the ratio
#: of likelihoods from which a wider one is taken.
FURTHER, STRONG = (0.0, 0.3, 3.0), 3.0


class Believed(NamedTuple):
    """What the network knows of all scenes."""

    mean: np.ndarray  #: (b,) of the coefficients
    covariance: np.ndarray  #: (b, b)
    law: Law  #: of the residual, in units of its spread


def scaled(points: Points, spread: np.ndarray) -> Points:
    """Return observations in units of the spread (n,) of the residual where they are."""
    return points._replace(
        freeboard=points.freeboard / spread, uncertainty=points.uncertainty / spread,
        shared_uncertainty=points.shared_uncertainty / spread,
    )  # fmt: skip


def doubted(points: Points, basis: np.ndarray, spread: np.ndarray, believed: Believed) -> Believed:
    """Return what is believed, less of the constant where observations lie far from it.

    Parameters
    ----------
    points : Points
        In units of the spread.
    basis : array (n, b)
        In the same units; its first column is the constant.
    spread : array (n,) [m]
    believed : Believed
    """
    every = max(1, -(-points.x.size // MOST_FOR_EVIDENCE))
    some, columns = select(points, np.arange(0, points.x.size, every)), basis[::every]
    residual = some.freeboard - columns @ believed.mean
    known = covariance_of(some, believed.law) + columns @ believed.covariance @ columns.T
    evidence = []
    for further in FURTHER:
        whole = known + np.outer(further / spread[::every], further / spread[::every])
        lower = np.linalg.cholesky(whole)
        white = solve_triangular(lower, residual, lower=True)
        evidence.append(-np.log(np.diag(lower)).sum() - 0.5 * float(white @ white))
    best = int(np.argmax(evidence))
    if evidence[best] - evidence[0] < STRONG:
        return believed
    covariance = believed.covariance.copy()
    covariance[0, 0] += FURTHER[best] ** 2
    return believed._replace(covariance=covariance)


def trend_of(points: Points, basis: np.ndarray, believed: Believed) -> Trend:
    """Return the coefficients given observations and what was believed before.

    Parameters
    ----------
    points : Points
        In units of the spread.
    basis : array (n, b)
        In the same units.
    believed : Believed
    """
    every = max(1, -(-points.x.size // MOST_FOR_TREND))
    some, columns = select(points, np.arange(0, points.x.size, every)), basis[::every]
    covariance = covariance_of(some, believed.law)
    weighted = cho_solve(cho_factor(covariance, lower=True), columns)
    before = np.linalg.inv(believed.covariance)
    after = np.linalg.inv(before + columns.T @ weighted)
    after = 0.5 * (after + after.T)
    return Trend(after @ (before @ believed.mean + weighted.T @ some.freeboard), after)


def conditioned(
    points: Points,
    basis: np.ndarray,
    places: np.ndarray,
    place_basis: np.ndarray,
    believed: Believed,
    cell_size: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance (cells,) of freeboard at places, all in units of the spread.

    Parameters
    ----------
    points : Points
    basis : array (n, b)
    places : array (cells, 2), float64 [m on the plane]
    place_basis : array (cells, b)
    believed : Believed
    cell_size : float
        About the distance between places [m].
    """
    trend = trend_of(points, basis, believed)
    return predict(points, basis, places, place_basis, believed.law, cell_size, trend)
