"""Predictive distributions given by quantiles: intervals, CRPS, and what a mixture of them is.

Between and beyond the quantiles given, a distribution runs straight in normal scores
z = Phi^-1(level): exactly for a Gaussian, with Gaussian tails for any other.
"""

import numpy as np
from scipy.special import ndtri

#: Levels at which the fields of iceco give quantiles.
LEVELS = (0.05, 0.16, 0.50, 0.84, 0.95)
#: Levels at which CRPS is summed: their quantiles stand for the whole distribution.
FINE_LEVELS = (np.arange(40) + 0.5) / 40.0
#: Levels by which a cell is represented in the distribution of a whole field.
MIXTURE_LEVELS = (np.arange(10) + 0.5) / 10.0


def gaussian_quantiles(mean: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Return the quantiles of Gaussians at ``LEVELS``, (5, n), for means and sigmas (n,)."""
    return mean + ndtri(np.array(LEVELS))[:, None] * sigma


def at_level(quantiles: np.ndarray, level: float) -> np.ndarray:
    """Return the quantile of a level, (n,), from those at ``LEVELS``, (5, n)."""
    known = ndtri(np.array(LEVELS))
    z = ndtri(level)
    right = int(np.clip(np.searchsorted(known, z), 1, known.size - 1))
    share = (z - known[right - 1]) / (known[right] - known[right - 1])
    return quantiles[right - 1] + share * (quantiles[right] - quantiles[right - 1])


def with_noise(quantiles: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Return quantiles (5, n) of what a referee with noise ``sigma`` (n,) would measure.

    The distance of each quantile from the median and that of the noise add in quadrature: exact
    for Gaussians.
    """
    z = ndtri(np.array(LEVELS))[:, None]
    median = quantiles[2]
    wider = np.hypot(quantiles - median, z * sigma)
    return median + np.sign(z) * wider


def crps(quantiles: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the continuous ranked probability score (n,), in the truth's unit, smaller is better.

    Twice the mean of the quantile (pinball) loss over ``FINE_LEVELS``.

    Parameters
    ----------
    quantiles : array (5, n), float
        At ``LEVELS``.
    truth : array (n,), float

    References
    ----------
    Gneiting, T., and Ranjan, R. (2011), Journal of Business & Economic Statistics, 29, 411-422,
    eq. 9.
    """
    total = np.zeros(truth.shape)
    for level in FINE_LEVELS:
        quantile = at_level(quantiles, level)
        total += (np.where(truth < quantile, 1.0, 0.0) - level) * (quantile - truth)
    return 2.0 * total / FINE_LEVELS.size


def inside(quantiles: np.ndarray, truth: np.ndarray, share: float) -> np.ndarray:
    """Return whether truths (n,) lie in the central interval that holds ``share``, bool."""
    low, high = (at_level(quantiles, 0.5 + side * 0.5 * share) for side in (-1.0, 1.0))
    return (truth >= low) & (truth <= high)


def mixture(quantiles: np.ndarray) -> np.ndarray:
    """Return a sample of the distribution of a whole field, (10 n,): that of its cells, mixed."""
    return np.concatenate([at_level(quantiles, level) for level in MIXTURE_LEVELS])


def wasserstein(first: np.ndarray, second: np.ndarray) -> float:
    """Return the Wasserstein-1 distance of two samples: the area between their CDFs.

    ``first`` has a whole number of times as many values as ``second``.
    """
    times = first.size // second.size
    return float(np.abs(np.sort(first) - np.repeat(np.sort(second), times)).mean())
