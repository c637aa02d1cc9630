"""Radar freeboard: how far floes stand above the sea level between the leads."""

from typing import NamedTuple

import numpy as np

#: Radar freeboards outside are no measurements [m] (AWI).
VALID_M = (-0.35, 2.35)

#: Classes of the surface in the output.
UNKNOWN, LEAD, FLOE = 0, 1, 2


class Freeboard(NamedTuple):
    """Float64 (n,) [m]; nan off floes, without sea level, and outside ``VALID_M``."""

    value: np.ndarray
    sigma: np.ndarray  #: of its own noise and of the sea level, the latter alike along the track


def radar_freeboard(
    anomaly: np.ndarray,
    sea_level: np.ndarray,
    range_sigma: np.ndarray | float,
    sea_level_sigma: np.ndarray,
) -> Freeboard:
    """Return the radar freeboard of floes (Ricker et al. 2014, eq. 2).

    Parameters
    ----------
    anomaly : array (n,), float64 [m]
        Of floes: heights above the mean sea surface, the retracker's bias taken off; nan off them.
    sea_level : array (n,), float64 [m]
        Sea level anomaly.
    range_sigma : array (n,) or number [m]
        Standard deviation of a floe's height.
    sea_level_sigma : array (n,), float64 [m]
    """
    value = anomaly - sea_level
    value[(value < VALID_M[0]) | (value > VALID_M[1])] = np.nan
    sigma = np.where(np.isnan(value), np.nan, np.hypot(range_sigma, sea_level_sigma))
    return Freeboard(value, sigma)
