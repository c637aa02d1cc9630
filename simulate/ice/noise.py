"""Gaussian random fields on the whole plane, without rasters: value noise on hashed lattices.

The value at a place follows from a seed and the place alone, so that any part of a field may be
made in any order.  Every field is exactly standard normal at every place; a sum of several, each
of half the spacing of the one before, has a spectrum that falls with a power of the wavenumber.
"""

import numpy as np
from scipy.special import ndtri

from . import _noise_kernels
from ._noise_kernels import Lattices

NORMAL_COUNT = 4096  # of the numbers that lattice values are drawn from


def normal_numbers() -> np.ndarray:
    """Return 4096 rising numbers of which each is as probable as the others, float64.

    They are the means of the standard normal law over equally probable intervals, stretched (by
    2e-4) to a variance of 1.
    """
    edges = ndtri(np.linspace(0.0, 1.0, NORMAL_COUNT + 1))
    density = np.exp(-0.5 * edges**2) / np.sqrt(2.0 * np.pi)
    numbers = -np.diff(density) * NORMAL_COUNT
    return np.asarray(numbers / np.sqrt(np.mean(numbers**2)))


def draw_lattices(seed: int, stream: int, spacing: np.ndarray, stretch: float = 1.0) -> Lattices:
    """Return lattices with cells of given sizes, each turned and shifted at random.

    Parameters
    ----------
    seed, stream : int
        The same integers give the same lattices.
    spacing : array (n,), float
        Sides of the cells [m].
    stretch : float
        Cells are longer than wide by this factor, their area being unchanged.
    """
    spacing = np.asarray(spacing, dtype=np.float64)
    rng = np.random.default_rng([seed, stream])
    turn = rng.uniform(0.0, 2.0 * np.pi, spacing.size)
    shift = rng.uniform(0.0, 1.0, (2, spacing.size))
    key = rng.integers(0, 2**32, spacing.size)
    along = spacing * np.sqrt(stretch)
    across = spacing / np.sqrt(stretch)
    cosine, sine = np.cos(turn), np.sin(turn)
    frame = np.stack([cosine / along, sine / along, -sine / across, cosine / across, *shift], -1)
    return Lattices(frame, key, normal_numbers())


def power_law_weights(spacing: np.ndarray, slope: float) -> np.ndarray:
    """Return weights (n,) of lattices whose sum has unit variance and a power-law spectrum.

    Along a straight line the spectral density falls with the wavenumber to the power of
    ``-slope``, for wavelengths from 4 times the smallest to twice the largest spacing.  Spacings
    (n,) [m] are in geometric progression: each lattice holds the variance of its own band, which
    goes with spacing**(slope - 1).
    """
    weights = np.asarray(spacing, dtype=np.float64) ** (0.5 * (slope - 1.0))
    return np.asarray(weights / np.linalg.norm(weights))


def noise(
    lattices: Lattices, weights: np.ndarray, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return two independent Gaussian fields.

    Parameters
    ----------
    lattices : Lattices
    weights : array (lattices,), float
        Standard deviations of the parts.
    x, y : array of one shape, float
        Places [m].

    Returns
    -------
    first, second : array of that shape, float64
        Mean 0; the variance is the sum of the squared weights.
    """
    x = np.asarray(x, dtype=np.float64)
    y = np.asarray(y, dtype=np.float64)
    fields = np.zeros((2, x.size))
    both = np.stack([weights, weights], axis=-1)
    _noise_kernels.add_fields(x.ravel(), y.ravel(), lattices, both, fields)
    return fields[0].reshape(x.shape), fields[1].reshape(x.shape)
