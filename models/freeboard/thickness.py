"""From radar freeboard and snow to ice freeboard and thickness, every uncertainty propagated.

References
----------
Alexandrov, V., et al. (2010), The relation between sea ice thickness and freeboard in the Arctic,
The Cryosphere, 4, 373-380, doi:10.5194/tc-4-373-2010: densities of ice.
Mallett, R. D. C., et al. (2020), doi:10.5194/tc-14-251-2020: the speed of radar waves in snow.
Ricker, R., et al. (2014), doi:10.5194/tc-8-1607-2014: thickness and its uncertainty.
"""

from typing import NamedTuple

import numpy as np

from .freeboard import Freeboard
from .snow import DENSITY_SIGMA, MULTI_YEAR_FRACTION, MULTI_YEAR_SIGMA, Snow

WATER_DENSITY = 1024.0  # kg/m3
FIRST_YEAR_DENSITY, FIRST_YEAR_SIGMA = 916.7, 35.7  # kg/m3 (Alexandrov et al. 2010)
MULTI_YEAR_DENSITY, MULTI_YEAR_DENSITY_SIGMA = 882.0, 23.0  # kg/m3 (Alexandrov et al. 2010)
#: Ice freeboards outside are no measurements [m] (AWI).
VALID_M = (-0.25, 2.25)


class Penetration(NamedTuple):
    """Depth of the scattering horizon as a share of the snow's."""

    share: float
    sigma: float


#: By mission.  Ku band sees through dry snow; Ka band scatters within it, and the share is such
#: that it puts ice 4-7 cm above Ku band (Armitage and Ridout 2015) (assumed).
KU, KA = Penetration(1.0, 0.0), Penetration(0.75, 0.2)


class IceThickness(NamedTuple):
    """Float64 (n,) [m]; nan without freeboard or snow."""

    ice_freeboard: np.ndarray
    ice_freeboard_sigma: np.ndarray
    thickness: np.ndarray
    thickness_sigma: np.ndarray


def penetration_of(mission: str) -> Penetration:
    """Return how deep a mission's radar sees into snow."""
    return KA if mission == "al" else KU


def path_excess(density: np.ndarray) -> np.ndarray:
    """Return c / c_snow - 1 of snow of a density [kg/m3] (Mallett et al. 2020, eq. 1)."""
    return np.asarray((1.0 + 0.51e-3 * density) ** 1.5 - 1.0)


def ice_density() -> tuple[float, float]:
    """Return the density of ice of unknown type and its standard deviation [kg/m3]."""
    old = MULTI_YEAR_FRACTION
    mean = (1.0 - old) * FIRST_YEAR_DENSITY + old * MULTI_YEAR_DENSITY
    own = (1.0 - old) * FIRST_YEAR_SIGMA**2 + old * MULTI_YEAR_DENSITY_SIGMA**2
    between = (FIRST_YEAR_DENSITY - MULTI_YEAR_DENSITY) * MULTI_YEAR_SIGMA
    return mean, float(np.sqrt(own + between**2))


def ice_thickness(freeboard: Freeboard, snow: Snow, penetration: Penetration) -> IceThickness:
    """Return ice freeboard and thickness in hydrostatic balance.

    With p the share of the snow that the radar sees through, eta its path excess and h its depth,
    ice freeboard F = radar freeboard - (1 - p (1 + eta)) h, which is radar freeboard + eta h in Ku
    band, and thickness T = (rho_w F + rho_s h) / (rho_w - rho_i).  Errors of radar freeboard, snow
    depth, snow density, penetration and ice density are independent of one another and are
    carried to first order; snow acts on T through F too.
    """
    excess = path_excess(snow.density)
    per_density = 1.5 * 0.51e-3 * (1.0 + 0.51e-3 * snow.density) ** 0.5
    slant = 1.0 - penetration.share * (1.0 + excess)
    ice_freeboard = freeboard.value - slant * snow.depth
    ice_freeboard[(ice_freeboard < VALID_M[0]) | (ice_freeboard > VALID_M[1])] = np.nan
    density, density_sigma = ice_density()
    lift = WATER_DENSITY - density
    thickness = (WATER_DENSITY * ice_freeboard + snow.density * snow.depth) / lift
    # Derivatives of F; those of T are rho_w / lift of them, and what snow weighs.
    by_depth, by_density = -slant, penetration.share * per_density * snow.depth
    by_penetration = (1.0 + excess) * snow.depth
    parts_of_freeboard = (
        freeboard.sigma,
        by_depth * snow.sigma,
        by_density * DENSITY_SIGMA,
        by_penetration * penetration.sigma,
    )
    water = WATER_DENSITY / lift
    parts_of_thickness = (
        water * freeboard.sigma,
        (water * by_depth + snow.density / lift) * snow.sigma,
        (water * by_density + snow.depth / lift) * DENSITY_SIGMA,
        water * by_penetration * penetration.sigma,
        thickness / lift * density_sigma,
    )
    return IceThickness(
        ice_freeboard,
        _where_known(ice_freeboard, parts_of_freeboard),
        thickness,
        _where_known(thickness, parts_of_thickness),
    )


def _where_known(value: np.ndarray, parts: tuple[np.ndarray, ...]) -> np.ndarray:
    """Return the root of the sum of squares where the value is known, else nan."""
    return np.where(np.isnan(value), np.nan, np.sqrt(sum(part**2 for part in parts)))
