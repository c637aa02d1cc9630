"""What every instrument sees: the surface at places of the plane at a time.

The ice answers a question (``SurfaceAt``); instruments ask it at their own times and places, and
know nothing of how the ice is made.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

import numpy as np


class Kind(IntEnum):
    """What a place is covered with; all from ``CALM_WATER`` on are leads."""

    FIRST_YEAR = 0
    MULTI_YEAR = 1
    CALM_WATER = 2  #: open, sheltered: dark in SAR, a mirror at nadir
    ROUGH_WATER = 3  #: open, roughened by wind: bright in SAR
    NILAS = 4  #: up to 10 cm of smooth new ice: dark in SAR, nearly a mirror at nadir
    FROST_FLOWERS = 5  #: young ice with frost flowers: bright in SAR, rough at nadir


FIRST_LEAD = Kind.CALM_WATER


class Surface(NamedTuple):
    """Arrays of one shape; lengths in metres, float32 unless said."""

    kind: np.ndarray  #: uint8, a ``Kind``
    thickness: np.ndarray  #: of the ice, 0 in open water
    snow_depth: np.ndarray  #: 0 in leads
    ice_freeboard: np.ndarray  #: height of the ice's upper side above the sea level, hydrostatic
    deformation: np.ndarray  #: share of ridged ice, 0..1, 0 in leads
    texture: np.ndarray  #: standard normal; what backscatter has of its own beside deformation


#: Surface at x, y [m] on the plane (any one shape), at a time [s] after the world's epoch.
SurfaceAt = Callable[[np.ndarray, np.ndarray, float], Surface]
