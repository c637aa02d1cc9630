"""Surface classes of altimeter records, in the codes of the ESA CCI sea-ice products."""

from enum import IntEnum

import numpy as np


class Surface(IntEnum):
    """What an altimeter record saw; the codes of the ESA CCI sea-ice thickness products."""

    UNKNOWN = 0
    OCEAN = 1
    LEAD = 2
    SEA_ICE = 4
    LAND = 7


#: ``surf_type`` of CryoSat-2, Sentinel-3 and the CNES products: continental ice and land.
LAND_TYPES = (2, 3)


def with_land(surface: np.ndarray, surface_type: np.ndarray) -> np.ndarray:
    """Return classes that are ``LAND`` where the product gives no class and its mask says land.

    Parameters
    ----------
    surface : array (n,), int
        Codes of ``Surface``.
    surface_type : array (n,), number
        The product's land mask: 0 ocean, 1 lake or enclosed sea, 2 continental ice, 3 land.

    Returns
    -------
    array (n,), int8
    """
    land = (surface == Surface.UNKNOWN) & np.isin(surface_type, LAND_TYPES)
    return np.where(land, Surface.LAND, surface).astype(np.int8)
