"""The sea under the ice: its level, and what stands between it and a range measurement."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Sea(NamedTuple):
    """Arrays of one shape [m], float64; signs as the products have them.

    Everything but ``sea_level_anomaly`` is added to a measured range before it is subtracted
    from the altitude: altitude - (range + dry + wet + ionosphere + tides + atmosphere) is the
    mean sea surface plus the anomaly.
    """

    mean_sea_surface: np.ndarray  #: above the ellipsoid
    sea_level_anomaly: np.ndarray  #: what no product knows
    dry_troposphere: np.ndarray  #: negative
    wet_troposphere: np.ndarray  #: negative
    ionosphere_ku: np.ndarray  #: negative; in Ka band 1/6.9 of it
    inverse_barometer: np.ndarray
    hf_fluctuations: np.ndarray  #: the dynamic atmosphere's part beyond the inverse barometer
    ocean_tide: np.ndarray  #: geocentric: with load tide and long-period equilibrium tide in it
    ocean_tide_equilibrium: np.ndarray  #: part of ``ocean_tide``
    load_tide: np.ndarray  #: part of ``ocean_tide``
    solid_earth_tide: np.ndarray
    pole_tide: np.ndarray


#: Sea at x, y [m] on the plane, at a time [s] after the world's epoch (a number or an array).
SeaAt = Callable[[np.ndarray, np.ndarray, np.ndarray | float], Sea]


def sea_height(sea: Sea) -> np.ndarray:
    """Return how high the sea stands above the ellipsoid at that moment [m]."""
    return (
        sea.mean_sea_surface
        + sea.sea_level_anomaly
        + sea.inverse_barometer
        + sea.hf_fluctuations
        + sea.ocean_tide
        + sea.solid_earth_tide
        + sea.pole_tide
    )


def path_delay(sea: Sea, ionosphere_share: float = 1.0) -> np.ndarray:
    """Return by how much a measured range is too long [m], positive.

    ``ionosphere_share`` is 1 in Ku band and (13.575 / 35.75)**2 in Ka band.
    """
    return -(sea.dry_troposphere + sea.wet_troposphere + ionosphere_share * sea.ionosphere_ku)
