"""What goes into a densification method, and what comes out of it."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

#: Probabilities of the quantiles that a field has.
LEVELS = (0.05, 0.16, 0.50, 0.84, 0.95)


class Points(NamedTuple):
    """Freeboard observations at the target time, each array (n,) float64 unless said."""

    x: np.ndarray  #: [m on the polar plane]
    y: np.ndarray
    time: np.ndarray  #: datetime64[ns], UTC, of the measurement
    freeboard: np.ndarray  #: [m]
    uncertainty: np.ndarray  #: 1 sigma of the part that differs from record to record [m]
    shared_uncertainty: np.ndarray  #: 1 sigma of the part a track's records share: sea level [m]
    track: np.ndarray  #: int64, which track
    position_sigma_m: np.ndarray  #: 1 sigma of a component of the place at the target time
    age_s: np.ndarray  #: observation minus target time
    covariates: np.ndarray  #: (n, c) float32, as those of ``Cells``; nan where no scene saw it


class Cells(NamedTuple):
    """Places to map, each array (cells,) unless said."""

    x: np.ndarray  #: float64 [m on the polar plane]
    y: np.ndarray
    covariates: np.ndarray  #: (cells, c) float32; nan where no scene saw the cell
    names: tuple[str, ...]  #: of the c covariates
    lead_probability: np.ndarray  #: float32, share of the cell that is lead; nan where unseen


class Field(NamedTuple):
    """Freeboard of cells as a distribution, float32 [m], nan where there is no answer."""

    mean: np.ndarray  #: (cells,)
    sigma: np.ndarray  #: (cells,) 1 standard deviation
    quantiles: np.ndarray  #: (5, cells), at ``LEVELS``


Method = Callable[[Points, Cells], Field]


def gaussian_field(mean: np.ndarray, variance: np.ndarray) -> Field:
    """Return the field of normal distributions with means (cells,) and variances (cells,)."""
    sigma = np.sqrt(variance)
    quantiles = mean + norm.ppf(LEVELS)[:, None] * sigma
    return Field(*(values.astype(np.float32) for values in (mean, sigma, quantiles)))


def column(points: Points, cells: Cells, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the covariate ``name`` of points and cells, float64."""
    i = cells.names.index(name)
    return points.covariates[:, i].astype(np.float64), cells.covariates[:, i].astype(np.float64)


def select(points: Points, which: np.ndarray) -> Points:
    """Return those of some points that a mask or indices choose."""
    return Points(*(values[which] for values in points))
