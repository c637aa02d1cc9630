"""The surface under a pass as a strip of square facets, with what a nadir radar sees of each.

A facet scatters by geometrical optics, sigma0(theta) = sigma0(0) exp(-tan2(theta) / mss), theta
being the local angle of incidence; flat water and nilas reflect a part of the power coherently
beside it, where they fill the first Fresnel zone.  Lengths are ground metres: those of the plane
divided by its scale factor.

References
----------
Fung, A. K., and Eom, H. J. (1983), Coherent scattering of a spherical wave from an irregular
surface, IEEE Transactions on Antennas and Propagation, 31(1), 68-72.
Landy, J. C., Tsamados, M., and Scharien, R. K. (2019), A facet-based numerical model for
simulating SAR altimeter echoes from heterogeneous sea ice surfaces, IEEE Transactions on
Geoscience and Remote Sensing, 57(7), 4164-4180, doi:10.1109/TGRS.2018.2889763.
Mallett, R. D. C., et al. (2020), Brief communication: Conventional assumptions involving the
speed of radar waves in snow, The Cryosphere, 14, 251-260, doi:10.5194/tc-14-251-2020.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.ndimage import convolve

from ...geo.polar import NORTH, ground_distance, inverse, scale_factor
from ..orbits import Pass
from ..surface import FIRST_LEAD, Kind, Surface, SurfaceAt

SNOW_DENSITY = 0.3  # g/cm3, mean of winter (assumed)
SLOWER_IN_SNOW = (1.0 + 0.51 * SNOW_DENSITY) ** 1.5 - 1.0  # 1, eta = c / c_snow - 1 (Mallett)
CALM_SLOPE_DECADES = (
    -5.5,
    0.25,
)  # log10 of the mss of calm water: mean, per unit texture (assumed)
CALM_SLOPE_RANGE = (1e-6, 1e-5)  # 1, mss of calm water (assumed)
ROUGH_SLOPE = 1e-2  # 1, mss of wind-roughened water (assumed)
NILAS_SLOPE = 1e-5  # 1, mss (assumed)
FROST_FLOWER_SLOPE = 1e-3  # 1, mss (assumed)
ICE_SLOPE = 1e-2  # 1, mss of level ice (assumed)
RIDGED_ICE_SLOPE = 5e-2  # 1, mss of fully ridged ice (assumed)
NEW_ICE_REFLECTIVITY = 0.15  # 1, |R0|2 of a half space of permittivity 5 (assumed)
FROST_FLOWER_REFLECTIVITY = 0.05  # 1, of what lies under them, scattered away in part (assumed)
MIRROR_RMS_HEIGHT = 2e-3  # m, of the ripples of calm water and nilas (assumed)
LEVEL_RMS_HEIGHT = 0.03  # m, of level ice inside a facet (assumed)
RIDGED_RMS_HEIGHT = 0.4  # m, of ridged ice: mean excess of sails above 0.8 m is 0.3-0.4 (assumed)
STRETCH = 128  # rows that are seen at one time: 6.4 km in a second, ice moves centimetres


class Band(NamedTuple):
    """How a radar band meets water, ice and snow."""

    name: str
    wavelength: float  #: m
    reflectivity_water: float  #: |R0|2 of sea water at normal incidence, linear
    ice_sigma0_db: float  #: of level ice at normal incidence [dB]
    deformation_db: float  #: what full ridging adds to it [dB]
    texture_db: float  #: what a unit of texture adds to it [dB]
    ice_sigma0_range_db: tuple[float, float]  #: least and most [dB]
    snow_penetration: float  #: depth of the scattering horizon as a share of the snow's


KU = Band("Ku", 0.022084, 0.61, 10.0, -6.0, 2.5, (2.5, 20.0), 1.0)  # levels assumed
#: The penetration puts the radar freeboard of Ka 4-7 cm above that of Ku (Armitage and Ridout
#: 2015) under 0.14-0.22 m of snow; it and the levels are assumed.
KA = Band("Ka", 0.008386, 0.53, 7.0, -3.0, 0.7, (5.0, 9.0), 0.75)


class Facets(NamedTuple):
    """A strip of square facets along a ground track; (rows, columns) arrays are float32."""

    along: np.ndarray  #: (rows,) of the centres, along the track from its first record [m]
    across: np.ndarray  #: (columns,) of the centres, positive left of the flight [m]
    height: np.ndarray  #: of the scattering horizon above the sea [m]
    sigma0: np.ndarray  #: incoherent, linear, at normal incidence
    mean_square_slope: np.ndarray  #: 1
    rms_height: np.ndarray  #: of what scatters inside a facet [m]
    coherent: np.ndarray  #: |R0|2 of the coherent part, scaled by the filled Fresnel zone; linear
    side: float  #: m


def record_along(track: Pass) -> np.ndarray:
    """Return how far along the ground track each record looks down, (n,) [m]; the first at 0."""
    steps = ground_distance(NORTH, track.x[:-1], track.y[:-1], track.x[1:], track.y[1:])
    return np.concatenate([[0.0], np.cumsum(steps)])


def facets_along(
    track: Pass,
    surface_at: SurfaceAt,
    epoch: np.datetime64,
    band: Band,
    side: float = 50.0,
    half_width: float = 8000.0,
) -> Facets:
    """Return the facets on both sides of a pass and beyond its ends.

    Parameters
    ----------
    track : Pass
        Two records or more.
    surface_at : SurfaceAt
        Asked at the facets' centres, a stretch of ``STRETCH`` rows at its own time.
    epoch : datetime64
        UTC, zero of the surface's time.
    band : Band
    side : float
        Of a facet [m].  Leads narrower than that are there or not by where the centres fall:
        their area is right on average.
    half_width : float
        How far facets reach left and right, before the first and after the last record [m].

    Returns
    -------
    Facets
        (rows, columns) of about (length + 2 half_width, 2 half_width) / side.
    """
    records = record_along(track)
    columns = round(2.0 * half_width / side)
    rows = math.ceil((records[-1] + 2.0 * half_width) / side)
    along = (np.arange(rows) + 0.5) * side - half_width
    across = (np.arange(columns) - 0.5 * (columns - 1)) * side
    seconds = _beyond((track.time - epoch) / np.timedelta64(1, "s"), records, along)
    x, y = _places(track, records, along, across)
    stretches = [slice(start, min(start + STRETCH, rows)) for start in range(0, rows, STRETCH)]
    seen = [
        _scatter(surface_at(x[part], y[part], float(seconds[part].mean())), band)
        for part in stretches
    ]
    height, sigma0, slope, rms_height, coherent = (
        np.concatenate(parts).astype(np.float32) for parts in zip(*seen, strict=True)
    )
    zone = math.sqrt(0.5 * band.wavelength * float(track.altitude.mean()))
    coherent *= _filled_share(coherent > 0.0, zone / side)
    return Facets(along, across, height, sigma0, slope, rms_height, coherent, side)


def radar_freeboard(ice_freeboard: np.ndarray, snow_depth: np.ndarray, band: Band) -> np.ndarray:
    """Return the height at which a band's range puts the ice above the sea [m].

    The scattering horizon lies ``snow_penetration`` of the snow's depth below its surface, and
    the snow above it is longer for the radar than it is, by eta (Mallett 2020).
    """
    path = band.snow_penetration * (1.0 + SLOWER_IN_SNOW)
    return ice_freeboard + (1.0 - path) * snow_depth


def _places(
    track: Pass, records: np.ndarray, along: np.ndarray, across: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the facets' centres on the plane, (rows, columns) each [m]."""
    x, y = _beyond(track.x, records, along), _beyond(track.y, records, along)
    heading = _beyond(np.unwrap(track.heading), records, along)
    left = across * scale_factor(NORTH, inverse(NORTH, x, y)[1])[:, None]
    sine, cosine = np.sin(heading)[:, None], np.cos(heading)[:, None]
    return x[:, None] - sine * left, y[:, None] + cosine * left


def _beyond(values: np.ndarray, records: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Interpolate linearly, and continue beyond each end at the rate of change there."""
    inside = np.clip(along, records[0], records[-1])
    rate = np.diff(values) / np.diff(records)
    at_end = np.where(along > records[-1], rate[-1], rate[0])
    return np.interp(inside, records, values) + at_end * (along - inside)


def _scatter(surface: Surface, band: Band) -> tuple[np.ndarray, ...]:
    """Return height, sigma0, mean square slope, rms height and coherent reflectivity."""
    kind = surface.kind
    ice = kind < FIRST_LEAD
    slope = _mean_square_slope(surface)
    reflectivity = np.full(kind.shape, band.reflectivity_water)
    reflectivity[kind == Kind.NILAS] = NEW_ICE_REFLECTIVITY
    reflectivity[kind == Kind.FROST_FLOWERS] = FROST_FLOWER_REFLECTIVITY
    mirror = (kind == Kind.CALM_WATER) | (kind == Kind.NILAS)
    # Of a power |R0|2 the ripples leave exp(-4 k2 sigma_h2) in phase (Fung and Eom 1983).
    in_phase = math.exp(-((4.0 * math.pi / band.wavelength * MIRROR_RMS_HEIGHT) ** 2))
    coherent = np.where(mirror, in_phase * reflectivity, 0.0)
    level = band.ice_sigma0_db + band.texture_db * surface.texture
    level = np.clip(level + band.deformation_db * surface.deformation, *band.ice_sigma0_range_db)
    sigma0 = np.where(ice, 10.0 ** (0.1 * level), (reflectivity - coherent) / slope)
    ridged = RIDGED_RMS_HEIGHT**2 * surface.deformation
    rms_height = np.where(ice, np.sqrt(LEVEL_RMS_HEIGHT**2 + ridged), 0.0)
    height = radar_freeboard(surface.ice_freeboard, surface.snow_depth, band)
    return height, sigma0, slope, rms_height, coherent


def _mean_square_slope(surface: Surface) -> np.ndarray:
    kind = surface.kind
    slope = ICE_SLOPE + (RIDGED_ICE_SLOPE - ICE_SLOPE) * surface.deformation.astype(np.float64)
    decades = CALM_SLOPE_DECADES[0] + CALM_SLOPE_DECADES[1] * surface.texture
    calm = np.clip(10.0**decades, *CALM_SLOPE_RANGE)
    slope = np.where(kind == Kind.CALM_WATER, calm, slope)
    slope[kind == Kind.ROUGH_WATER] = ROUGH_SLOPE
    slope[kind == Kind.NILAS] = NILAS_SLOPE
    slope[kind == Kind.FROST_FLOWERS] = FROST_FLOWER_SLOPE
    return slope


def _filled_share(mirror: np.ndarray, radius: float) -> np.ndarray:
    """Return which share of the disc of ``radius`` [facets] around each facet is mirror."""
    reach = math.ceil(radius)
    fine = (np.arange(10 * (2 * reach + 1)) + 0.5) / 10 - (reach + 0.5)
    inside = np.hypot(fine[:, None], fine) < radius
    weight = inside.reshape(2 * reach + 1, 10, 2 * reach + 1, 10).mean(axis=(1, 3))
    return convolve(mirror.astype(np.float32), weight / weight.sum(), mode="nearest")
