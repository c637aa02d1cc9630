"""C-band backscatter of ice and leads at HH and HV, by kind, deformation, texture and angle.

In decibels, sigma0 falls linearly with the incidence angle; deformation moves a kind from its
level to its ridged form, in HV farther than in HH; and texture, which no other property of the
ice tells, adds its own part, so that backscatter follows the ice's freeboard only loosely.

References
----------
Mäkynen, M. and Karvonen, J. (2017), Incidence angle dependence of first-year sea ice backscattering
coefficient in Sentinel-1 SAR imagery over the Kara Sea, IEEE TGRS 55(11).
IEEE TGRS (2023), article 3315056: slopes of ice types at HH from the RADARSAT Constellation (RCM).
"""

from typing import NamedTuple

import numpy as np

from ..surface import Kind, Surface
from ._kernels import Law, backscatter

REFERENCE_ANGLE = 30.0  # degree, at which the levels hold


class Scatter(NamedTuple):
    """Backscatter of one kind of surface at one polarisation."""

    level: float  #: undeformed, at the reference angle [dB]
    slope: float  #: undeformed [dB per degree]
    ridged_level: float  #: where all is ridged ice [dB]
    ridged_slope: float  #: where all is ridged ice [dB per degree]
    texture: float  #: standard deviation of what texture adds [dB]


def _lead(level: float, slope: float, texture: float) -> Scatter:
    return Scatter(level, slope, level, slope, texture)


#: Levels and spreads of a winter (assumed, within the ranges seen at 30 degrees); the two ages
#: overlap so far that the rank correlation with freeboard comes near 0.5.  Slopes of first-year
#: ice from Mäkynen and Karvonen (2017), of multi-year ice at HH from RCM, all others assumed.
SCATTER: dict[str, dict[Kind, Scatter]] = {
    "HH": {
        Kind.FIRST_YEAR: Scatter(-16.5, -0.25, -12.5, -0.24, 2.0),
        Kind.MULTI_YEAR: Scatter(-12.5, -0.167, -11.2, -0.167, 1.9),
        Kind.CALM_WATER: _lead(-24.0, -0.35, 0.8),
        Kind.ROUGH_WATER: _lead(-11.0, -0.45, 0.8),
        Kind.NILAS: _lead(-22.5, -0.30, 1.3),
        Kind.FROST_FLOWERS: _lead(-11.5, -0.22, 1.0),
    },
    "HV": {
        Kind.FIRST_YEAR: Scatter(-25.5, -0.16, -20.5, -0.16, 2.4),
        Kind.MULTI_YEAR: Scatter(-21.0, -0.12, -19.0, -0.12, 2.2),
        Kind.CALM_WATER: _lead(-34.0, -0.20, 0.8),
        Kind.ROUGH_WATER: _lead(-27.5, -0.30, 0.8),
        Kind.NILAS: _lead(-31.5, -0.20, 1.3),
        Kind.FROST_FLOWERS: _lead(-24.0, -0.15, 1.0),
    },
}


def sigma0(surface: Surface, incidence_angle: np.ndarray, polarisation: str) -> np.ndarray:
    """Return the backscatter of a surface.

    Parameters
    ----------
    surface : Surface
        Arrays (rows, columns).
    incidence_angle : array (columns,), float [degree]
    polarisation : str
        HH or HV.

    Returns
    -------
    array (rows, columns), float32
        Linear, without noise or speckle.
    """
    scatter = [SCATTER[polarisation][kind] for kind in Kind]
    law = Law(*np.array(scatter, dtype=np.float32).T.copy())
    off_reference = (incidence_angle - REFERENCE_ANGLE).astype(np.float32)
    out = np.empty(surface.kind.shape, dtype=np.float32)
    backscatter(surface.kind, surface.deformation, surface.texture, off_reference, law, out)
    return out
