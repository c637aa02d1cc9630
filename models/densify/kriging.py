"""Optimal interpolation, and kriging with backscatter as external drift.

References
----------
Bretherton, Davis and Fandry (1976), doi:10.1016/0011-7471(76)90001-2; Chiles and Delfiner (2012),
Geostatistics, section 3.4 (external drift).
"""

import numpy as np
from scipy.spatial import cKDTree

from .fields import Cells, Field, Points, column, gaussian_field
from .gaussian_process import fit_law, fit_trend, predict


def optimal_interpolation(points: Points, cells: Cells) -> Field:
    """Return the Gaussian process with a constant mean, which knows no image."""
    ones = (np.ones((points.x.size, 1)), np.ones((cells.x.size, 1)))
    return _krige(points, cells, *ones)


def external_drift(points: Points, cells: Cells) -> Field:
    """Return the Gaussian process about a mean linear in HV backscatter [dB]."""
    return _krige(points, cells, *design(points, cells, ("sigma0_hv_db",)))


def linear(points: Points, cells: Cells) -> Field:
    """Return the regression on HV, HH and their ratio, by generalised least squares.

    Residuals that go together along a track count as fewer (Liu et al. 2025 regress likewise).
    """
    names = ("sigma0_hv_db", "sigma0_hh_db", "hv_over_hh")
    basis, cell_basis = design(points, cells, names)
    law = fit_law(points, basis)
    trend = fit_trend(points, basis, law)
    spread = np.einsum("ij,jk,ik->i", cell_basis, trend.covariance, cell_basis)
    return gaussian_field(cell_basis @ trend.coefficients, spread + law.variance + law.nugget)


def design(points: Points, cells: Cells, names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return a constant and covariates of points and cells, standardised by those of points."""
    columns = [(np.ones(points.x.size), np.ones(cells.x.size))]
    for name in names:
        at_points, at_cells = column(points, cells, name)
        columns.append((standardised(at_points, at_points), standardised(at_cells, at_points)))
    of_points, of_cells = (np.column_stack(part) for part in zip(*columns, strict=True))
    return of_points, of_cells


def standardised(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return values less the mean of a reference, over its standard deviation."""
    return np.asarray((values - reference.mean()) / max(float(reference.std()), 1e-6))


def _krige(points: Points, cells: Cells, basis: np.ndarray, cell_basis: np.ndarray) -> Field:
    law = fit_law(points, basis)
    places = np.stack([cells.x, cells.y], axis=-1)
    mean, variance = predict(points, basis, places, cell_basis, law, spacing(places))
    return gaussian_field(mean, variance)


def spacing(places: np.ndarray) -> float:
    """Return the usual distance [m] from one of some places (n, 2) to the next."""
    some = places[:: max(1, places.shape[0] // 500)]
    distance, _ = cKDTree(places).query(some, k=min(2, places.shape[0]))
    return float(max(np.median(np.reshape(distance, (some.shape[0], -1))[:, -1]), 1.0))
