"""Backscatter in Ka band a few degrees off nadir, and where KaRIn's heights come from.

Every kind of surface scatters by geometrical optics, sigma0 = |R|2 / mss exp(-tan2 / mss) / cos4:
calm leads shine near nadir and are black in the far swath.
"""

from typing import NamedTuple

import numpy as np

from ..altimeter.facets import (
    FROST_FLOWER_REFLECTIVITY,
    FROST_FLOWER_SLOPE,
    ICE_SLOPE,
    KA,
    NEW_ICE_REFLECTIVITY,
    RIDGED_ICE_SLOPE,
    ROUGH_SLOPE,
)
from ..orbits import SWOT
from ..surface import FIRST_LEAD, Kind, Surface
from .karin import CURVATURE

#: Mean square slopes of sheltered surfaces for what they scatter at 1 degree and beyond: a few
#: steeper ripples, of which the mirror that a nadir altimeter sees tells nothing (assumed).
CALM_TAIL_SLOPE, NILAS_TAIL_SLOPE = 4e-4, 3e-4  # 1
SLOPE_DECADES = 0.25  # per unit of texture: how calm leads differ (assumed)
DARKEST = 1e-6  # linear: mirrors scatter as much from their edges (assumed)
SNOW_PENETRATION = 0.0  # 1, share of the snow's depth: KaRIn sees near its upper side (assumed)
NOISE_EQUIVALENT = 0.3  # linear, thermal noise, subtracted on average (assumed)
LOOKS = 500  # in a cell of 250 m (assumed)
COHERENCE = 0.98  # of a strong echo, by geometry (assumed)
SATURATION = 10**2.7  # linear, the receiver's limit (assumed)
SIDELOBE = 10**-1.5  # of the power beyond the limit, in cells beside it across track (assumed)
SIDELOBE_REACH = 3  # cells (assumed)


class Echo(NamedTuple):
    """Arrays of one shape, float64."""

    sigma0: np.ndarray  #: linear
    height: np.ndarray  #: above the sea, weighted by power [m]


def echo_of_cells(surface: Surface, across: np.ndarray) -> Echo:
    """Return what cells give back, each the sum over the places inside it.

    Parameters
    ----------
    surface : Surface
        Arrays (lines, pixels, places).
    across : array (pixels,)
        Distance across track [m].

    Returns
    -------
    Echo
        Arrays (lines, pixels).
    """
    sigma0 = backscatter(surface, across[:, None])
    height = surface.ice_freeboard + (1.0 - SNOW_PENETRATION) * surface.snow_depth
    power = sigma0.sum(axis=-1)
    return Echo(power / sigma0.shape[-1], (sigma0 * height).sum(axis=-1) / power)


def backscatter(surface: Surface, across: np.ndarray) -> np.ndarray:
    """Return sigma0 (linear, float64) of places at distances across track [m] that broadcast."""
    kind = surface.kind
    slope = _mean_square_slope(surface)
    reflectivity = np.full(kind.shape, KA.reflectivity_water)
    reflectivity[kind == Kind.NILAS] = NEW_ICE_REFLECTIVITY
    reflectivity[kind == Kind.FROST_FLOWERS] = FROST_FLOWER_REFLECTIVITY
    level = KA.ice_sigma0_db + KA.texture_db * surface.texture
    level = np.clip(level + KA.deformation_db * surface.deformation, *KA.ice_sigma0_range_db)
    at_nadir = np.where(kind < FIRST_LEAD, 10.0 ** (0.1 * level), reflectivity / slope)
    tangent = np.tan(CURVATURE * across / SWOT.altitude) ** 2
    sigma0 = at_nadir * np.exp(-tangent / slope) * (1.0 + tangent) ** 2
    return np.maximum(sigma0, DARKEST)


def with_ringing(sigma0: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the backscatter that a receiver with a limit sees, and where it is disturbed.

    What exceeds ``SATURATION`` is cut off, and rings in the cells beside it across track.

    Parameters
    ----------
    sigma0 : array (lines, pixels), linear

    Returns
    -------
    sigma0 : array (lines, pixels), float64
    disturbed : array (lines, pixels), bool
        Saturated, or ringing louder than the cell itself.
    """
    excess = np.maximum(sigma0 - SATURATION, 0.0)
    around = np.pad(excess, ((0, 0), (SIDELOBE_REACH, SIDELOBE_REACH)))
    width = sigma0.shape[1]
    ringing = SIDELOBE * sum(
        around[:, shift : shift + width] for shift in range(2 * SIDELOBE_REACH + 1)
    )
    disturbed = (excess > 0.0) | (ringing > sigma0)
    return np.minimum(sigma0 + ringing, SATURATION), disturbed


def measured(sigma0: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return backscatter with noise, and its standard deviation, both linear.

    Speckle of ``LOOKS`` looks on echo and thermal noise, less the mean of the noise: negative
    at times where a surface is dark.

    Parameters
    ----------
    sigma0, noise : array of one shape
        Linear; standard normal.
    """
    deviation = (sigma0 + NOISE_EQUIVALENT) / np.sqrt(LOOKS)
    return sigma0 + deviation * noise, deviation


def coherence(sigma0: np.ndarray) -> np.ndarray:
    """Return the interferometric coherence of echoes of a backscatter (linear), 0..1."""
    return np.asarray(COHERENCE * sigma0 / (sigma0 + NOISE_EQUIVALENT))


def _mean_square_slope(surface: Surface) -> np.ndarray:
    kind = surface.kind
    slope = ICE_SLOPE + (RIDGED_ICE_SLOPE - ICE_SLOPE) * surface.deformation.astype(np.float64)
    varied = 10.0 ** (SLOPE_DECADES * surface.texture.astype(np.float64))
    slope = np.where(kind == Kind.CALM_WATER, CALM_TAIL_SLOPE * varied, slope)
    slope = np.where(kind == Kind.NILAS, NILAS_TAIL_SLOPE * varied, slope)
    slope[kind == Kind.ROUGH_WATER] = ROUGH_SLOPE
    slope[kind == Kind.FROST_FLOWERS] = FROST_FLOWER_SLOPE
    return slope
