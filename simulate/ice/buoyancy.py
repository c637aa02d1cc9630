"""How high floating ice stands above the sea: Archimedes, with snow on top."""

import numpy as np

WATER_DENSITY = 1024.0  # kg/m3, sea water, Alexandrov et al. (2010), doi:10.5194/tc-4-373-2010
FIRST_YEAR_DENSITY = 916.7  # kg/m3, Alexandrov et al. (2010), +-35.7 between floes
MULTI_YEAR_DENSITY = 882.0  # kg/m3, Alexandrov et al. (2010), +-23 between floes
SNOW_DENSITY = 300.0  # kg/m3, between 250 and 350 in winter (assumed)


def hydrostatic_freeboard(
    thickness: np.ndarray,
    snow_depth: np.ndarray | float,
    ice_density: np.ndarray | float,
    snow_density: np.ndarray | float = SNOW_DENSITY,
) -> np.ndarray:
    """Return the ice freeboard: how high the ice's upper side stands above the water.

    Parameters
    ----------
    thickness, snow_depth : array, float
        Of one shape [m]; nan gives nan.
    ice_density, snow_density : float or array of that shape
        kg/m3.

    Returns
    -------
    array
        m; negative where the snow pushes the ice under.

    References
    ----------
    Alexandrov, V., S. Sandven, J. Wahlin and O. M. Johannessen (2010), The relation between
    sea ice thickness and freeboard in the Arctic, The Cryosphere 4, 373-380, eq. 2 solved for
    the freeboard, doi:10.5194/tc-4-373-2010.
    """
    weight = thickness * (WATER_DENSITY - ice_density) - snow_density * snow_depth
    return weight / WATER_DENSITY


def total_freeboard(ice_freeboard: np.ndarray, snow_depth: np.ndarray) -> np.ndarray:
    """Return how high the snow's surface stands above the water [m]; arrays of one shape [m]."""
    return ice_freeboard + snow_depth
