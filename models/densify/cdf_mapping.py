"""Freeboard by rank: the n-th brightest HV is given the n-th highest freeboard.

References
----------
Kortum, Singha and Spreen (2025), The Cryosphere 19, 4701: HV of an image, sorted, takes the
distribution of the freeboards seen nearby.
"""

import numpy as np
from scipy.spatial import cKDTree

from .fields import LEVELS, Cells, Field, Points, column

#: The distributions are those of so many of the nearest observations: along one track some
#: 150 km at 2 km (assumed; the paper's are those of one track in one scene).
NEIGHBOURS = 300
#: Side of the squares that share a distribution [m]; neighbours are blended.
SQUARE = 50_000.0
#: Probabilities at which distributions are compared.
RANKS = np.linspace(0.01, 0.99, 50)


def cdf_mapping(points: Points, cells: Cells) -> Field:
    """Return the freeboard that has the rank of each cell's HV, and how far that is off."""
    at_points, at_cells = column(points, cells, "sigma0_hv_db")
    seen = np.stack([points.x, points.y], axis=-1)
    tree = cKDTree(seen)
    count = min(NEIGHBOURS, points.x.size)

    def mapped(places: np.ndarray, brightness: np.ndarray) -> np.ndarray:
        total = np.zeros(places.shape[0])
        scaled = places / SQUARE
        corner = np.floor(scaled)
        for offset in ((0, 0), (0, 1), (1, 0), (1, 1)):
            square = corner + offset
            weight = (1.0 - np.abs(scaled - square)).prod(axis=1)
            middles, which = np.unique(square, axis=0, return_inverse=True)
            for i, middle in enumerate(middles * SQUARE):
                _, near = tree.query(middle, k=count)
                here = which.ravel() == i
                ranked, value = _curve(points, at_points, np.atleast_1d(near))
                total[here] += weight[here] * np.interp(brightness[here], ranked, value)
        return total

    mean = mapped(np.stack([cells.x, cells.y], axis=-1), at_cells)
    residual = points.freeboard - mapped(seen, at_points)
    noise = points.uncertainty**2 + points.shared_uncertainty**2
    spread = _noise_free_share(residual, noise) * residual.std()
    sigma = np.hypot(spread, _level_sigma(points))
    quantiles = mean + sigma * np.quantile(residual, LEVELS)[:, None] / max(residual.std(), 1e-6)
    sigma = np.full(mean.shape, sigma)
    return Field(*(values.astype(np.float32) for values in (mean, sigma, quantiles)))


def _curve(
    points: Points, brightness: np.ndarray, near: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return quantiles of HV and of freeboard freed of its noise; what np.interp wants."""
    freeboard = points.freeboard[near]
    noise = points.uncertainty[near] ** 2 + points.shared_uncertainty[near] ** 2
    share = _noise_free_share(freeboard, noise)
    # Noise widens a distribution; drawing it in about its mean undoes that for the second moment.
    true = freeboard.mean() + share * (freeboard - freeboard.mean())
    rising = np.arange(RANKS.size) * 1e-9  # np.interp needs strictly rising abscissae
    return np.quantile(brightness[near], RANKS) + rising, np.quantile(true, RANKS)


def _level_sigma(points: Points) -> float:
    """Return the uncertainty of the mean of the observations [m]: a track errs as one."""
    _, track = np.unique(points.track, return_inverse=True)
    shared = np.bincount(track, points.shared_uncertainty)
    return float(np.sqrt(shared @ shared + np.sum(points.uncertainty**2)) / points.x.size)


def _noise_free_share(values: np.ndarray, noise_variance: np.ndarray) -> float:
    """Return the share of the standard deviation of values that is not noise, 0.1 at least."""
    spread = max(float(values.var()), 1e-12)
    return float(np.sqrt(np.clip(1.0 - noise_variance.mean() / spread, 0.01, 1.0)))
