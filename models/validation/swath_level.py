"""The level of the sea in a half-swath: slow along track, a polynomial across it.

What KaRIn adds to heights over ice, a + b ac (+ c ac**2) for each side, and the sea level itself
are slow along track, and nothing in a half-swath tells them apart: one surface stands for their
sum.  Each coefficient is a Gaussian process along track, linear between knots; heights of water are
its data.  So the surface follows water where there is any, is smooth between, and knows its error.
"""

from typing import NamedTuple

import numpy as np
from scipy import sparse

KNOT_SPACING_M = 20_000.0
#: Standard deviation of each order's process at the side's edge, and its length [m] (assumed:
#: roll, phase and timing change over hundreds of kilometres, the sea level over about 200 km).
PROCESS_SIGMA_M = (0.3, 0.2, 0.03)
PROCESS_LENGTH_M = 200_000.0
#: Their means along the track are as good as unknown [m].
MEAN_SIGMA_M = (10.0, 1.0, 0.3)
HALF_WIDTH_M = 25_000.0  # of a side of the swath: distances across track are counted in it
MIDDLE_M = 35_000.0  # from nadir


class Cells(NamedTuple):
    """Places of cells; arrays of one shape, float64."""

    along: np.ndarray  #: distance along track from the first line [m]
    across: np.ndarray  #: distance across track [m]


class Level(NamedTuple):
    """A fitted surface."""

    knots: np.ndarray  #: (k,) [m along track]
    coefficients: np.ndarray  #: (orders, k) [m]
    covariance: np.ndarray  #: (orders, k, orders, k) [m2]


def fit_level(
    cells: Cells,
    height: np.ndarray,
    weight: np.ndarray,
    length: float,
    order: int,
) -> Level:
    """Return the most probable level given heights of water.

    Parameters
    ----------
    cells : Cells
        Arrays (n,).
    height : array (n,), float64 [m]
    weight : array (n,), float64 [1/m2]
        1 / variance, times the probability of water.
    length : float
        Of the swath along track [m].
    order : int
        Of the polynomial across track, 0 to 2.

    References
    ----------
    Rasmussen, C. E., and Williams, C. K. I. (2006), Gaussian processes for machine learning,
    section 2.1 (weight-space view), eq. 4.17 (Matern 3/2).
    """
    knots = np.linspace(0.0, length, max(2, round(length / KNOT_SPACING_M) + 1))
    basis = _basis(cells, knots, order)
    weighted = basis.multiply(weight[:, None]).tocsr()
    precision = (weighted.T @ basis).toarray() + np.linalg.inv(_prior(knots, order))
    covariance = np.linalg.inv(precision)
    coefficients = covariance @ (weighted.T @ height)
    orders, k = order + 1, knots.size
    return Level(knots, coefficients.reshape(orders, k), covariance.reshape(orders, k, orders, k))


def level_of_lines(level: Level, along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Return the level [m] at lines (n,) and distances across track (n, pixels)."""
    left, share = _between(along, level.knots)
    at = (1.0 - share) * level.coefficients[:, left] + share * level.coefficients[:, left + 1]
    powers = _powers(across, len(at))
    return np.asarray(sum(at[i][:, None] * powers[..., i] for i in range(len(at))))


def sigma_of_lines(level: Level, along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Return the standard deviation of ``level_of_lines`` [m]."""
    left, share = _between(along, level.knots)
    orders = level.coefficients.shape[0]
    powers = _powers(across, orders)
    variance = np.zeros(across.shape)
    for i in range(orders):
        for j in range(orders):
            block = level.covariance[i, :, j, :]
            at = (
                (1.0 - share) ** 2 * block[left, left]
                + share * (1.0 - share) * (block[left, left + 1] + block[left + 1, left])
                + share**2 * block[left + 1, left + 1]
            )
            variance += at[:, None] * powers[..., i] * powers[..., j]
    return np.sqrt(variance)


def _prior(knots: np.ndarray, order: int) -> np.ndarray:
    """Return the covariance of all coefficients before any water is seen."""
    apart = np.sqrt(3.0) * np.abs(knots[:, None] - knots) / PROCESS_LENGTH_M
    shape = (1.0 + apart) * np.exp(-apart)
    blocks = [
        sigma**2 * shape + mean**2
        for sigma, mean in zip(PROCESS_SIGMA_M[: order + 1], MEAN_SIGMA_M, strict=False)
    ]
    return sparse.block_diag(blocks).toarray() + 1e-9 * np.eye(knots.size * (order + 1))


def _basis(cells: Cells, knots: np.ndarray, order: int) -> sparse.csr_matrix:
    left, share = _between(cells.along, knots)
    row = np.arange(left.size)
    weights, columns = np.concatenate([1.0 - share, share]), np.concatenate([left, left + 1])
    shape = (left.size, knots.size)
    hats = sparse.csr_matrix((weights, (np.tile(row, 2), columns)), shape=shape)
    powers = _powers(cells.across, order + 1)
    return sparse.hstack(
        [hats.multiply(powers[:, i][:, None]) for i in range(order + 1)], format="csr"
    )


def _between(along: np.ndarray, knots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the knot before each place along track, and how far it is to the next, 0..1."""
    place = np.clip(along / (knots[1] - knots[0]), 0.0, knots.size - 1.0)
    left = np.minimum(place.astype(np.int64), knots.size - 2)
    return left, place - left


def _powers(across: np.ndarray, orders: int) -> np.ndarray:
    distance = (np.abs(across) - MIDDLE_M) / HALF_WIDTH_M
    return np.stack([distance**i for i in range(orders)], axis=-1)
