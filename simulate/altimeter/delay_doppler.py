"""Multi-looked delay-Doppler echoes of a faceted surface, as level 1b of CryoSat-2 and Sentinel-3.

Every 20 Hz surface location is seen through a stack of beams that point at it while the satellite
flies by.  Each beam weights the surface along track by its Doppler response, and the slant range
to the location is taken off; what lies beside the location along track still walks through the
gates from beam to beam.  Specular water answers only to the beams near nadir.  Echoes are means
over the stack.

The transmitted chirp is not weighted: the point target response in range is sinc2.  Differences
of the slant range's fourth power inside the window, 2 parts in 10 000, are left out.

References
----------
Raney, R. K. (1998), The delay/Doppler radar altimeter, IEEE Transactions on Geoscience and Remote
Sensing, 36(5), 1578-1588.
Wingham, D. J., et al. (2006), CryoSat: a mission to determine the fluctuations in Earth's land
and marine ice fields, Advances in Space Research, 37(4), 841-871.
Landy, J. C., Tsamados, M., and Scharien, R. K. (2019), A facet-based numerical model for
simulating SAR altimeter echoes from heterogeneous sea ice surfaces, IEEE Transactions on
Geoscience and Remote Sensing, 57(7), 4164-4180, doi:10.1109/TGRS.2018.2889763.
Fung, A. K., and Eom, H. J. (1983), Coherent scattering of a spherical wave from an irregular
surface, IEEE Transactions on Antennas and Propagation, 31(1), 68-72.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.constants import speed_of_light

from ..orbits import EARTH_GRAVITY
from ._delay_doppler_kernels import spread_facets
from .closed_form import EARTH_RADIUS, Length, curvature
from .facets import KU, Facets

BANDWIDTH = 320e6  # Hz, of SIRAL and SRAL (CryoSat-2 Product Handbook)
RANGE_RESOLUTION = speed_of_light / (2.0 * BANDWIDTH)  # m, one way
PULSE_RATE = 17_825.0  # Hz, inside a burst (Wingham et al. 2006)
BURST_PULSES = 64  # pulses in a burst, beams of a burst (Wingham et al. 2006)
HAMMING = 0.54  # 1, constant term of the window
BEAMS = 41  # beams that stand for the stack: Gaussians in angle sum without loss, mss >= 5e-7
LOOKS = 248  # looks of a stack before weighting (a CryoSat-2 file of 2014)
FINE = 16  # steps of the delay axis per range resolution
MARGIN = 4.0  # m, of delays kept before the first and after the last gate


class SarAltimeter(NamedTuple):
    """What shapes the delay-Doppler echoes of a mission."""

    gates: int
    gate_spacing: float  #: one-way range [m]
    reference_gate: float  #: at which the window's range holds, counted from 0
    sea_gate: float  #: at which the tracker keeps the sea
    antenna_gamma: float  #: (2 / ln 2) sin2(half of the beam's 3 dB width)
    doppler_window: float  #: constant term of the window over a burst: 1 none, 0.54 Hamming
    doppler_reach: float  #: how far along track facets are added up [along-track resolution]
    transmit_power: float  #: W
    antenna_gain: float  #: linear, one way, at boresight
    thermal_noise: float  #: mean of every gate [W]


class Echoes(NamedTuple):
    """What n records receive, free of noise and speckle [W]."""

    power: np.ndarray  #: (n, gates) float64, mean over the stack
    stack: np.ndarray  #: (n, BEAMS) float64, power of each beam integrated over range


def half_stack(altitude: Length) -> Length:
    """Return the look angle of the outermost beams [rad]: lambda PRF / 4v."""
    speed = (EARTH_GRAVITY / (EARTH_RADIUS + altitude)) ** 0.5
    return KU.wavelength * PULSE_RATE / (4.0 * speed)


def look_angles(altitude: np.ndarray | float) -> np.ndarray:
    """Return the look angles of the beams, positive before the location, (..., BEAMS) [rad]."""
    share = (2.0 * np.arange(BEAMS) + 1.0) / BEAMS - 1.0
    return half_stack(np.asarray(altitude))[..., None] * share


def along_resolution(altitude: Length) -> Length:
    """Return the along-track resolution L_x = lambda h PRF / (2 v N) of a beam [m]."""
    return 2.0 * altitude * half_stack(altitude) / BURST_PULSES


def doppler_response(offset: np.ndarray, window: float) -> np.ndarray:
    """Return the power response of a beam, 1 at its centre.

    Parameters
    ----------
    offset : array, float
        Along track from the beam's centre, in units of the along-track resolution.
    window : float
        a of the window a - (1 - a) cos over the pulses of a burst; 1 gives sinc2.
    """
    side = 0.5 * (1.0 - window) / window
    amplitude = np.sinc(offset) + side * (np.sinc(offset - 1.0) + np.sinc(offset + 1.0))
    return amplitude**2


def radar_constant(radar: SarAltimeter) -> float:
    """Return P_t G0**2 lambda**2 / (4 pi)**3 of the radar equation [W m2]."""
    gain = radar.antenna_gain * KU.wavelength
    return radar.transmit_power * gain**2 / (4.0 * math.pi) ** 3


def mirror_slope(altitude: np.ndarray) -> np.ndarray:
    """Return beta2, the mean square slope that a mirror seems to have (Fung and Eom 1983).

    1 / (k h beta0)2 + beta0**2 / 4 with beta0 = sqrt(2 c / (B h)); its sigma0 at normal incidence
    is the coherent |R0|2 / beta2.
    """
    footprint = 2.0 * speed_of_light / (BANDWIDTH * altitude)
    wavenumber = 2.0 * math.pi / KU.wavelength
    return 1.0 / ((wavenumber * altitude) ** 2 * footprint) + 0.25 * footprint


def sar_echoes(
    radar: SarAltimeter,
    facets: Facets,
    record_along: np.ndarray,
    altitude: np.ndarray,
    sea_gate: np.ndarray,
) -> Echoes:
    """Return the echoes of records over a strip of facets.

    Parameters
    ----------
    radar : SarAltimeter
    facets : Facets
        Wide enough for the delays of the window, and ``doppler_reach`` resolutions longer than
        the records on both sides.
    record_along : array (n,), float64
        Where the records look, along track in the facets' frame [m].
    altitude : array (n,), float64
        Of the satellite above the sea [m].
    sea_gate : array (n,), float64
        Gate at which the sea level at nadir arrives, counted from 0, fractional.
    """
    first, weight = doppler_weights(radar, facets, record_along, altitude)
    density, stack = delay_density(radar, facets, record_along, altitude, sea_gate, first, weight)
    return Echoes(density @ pulse_response(radar), stack)


def doppler_weights(
    radar: SarAltimeter, facets: Facets, record_along: np.ndarray, altitude: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return each record's first row of facets (n,), int, and how its beams weight the rows.

    The weights (n, rows), float64, are those of rows ``first`` and following.
    """
    resolution = along_resolution(altitude)
    reach = radar.doppler_reach * resolution
    first = np.searchsorted(facets.along, record_along - reach)
    rows = math.ceil(2.0 * float(reach.max()) / facets.side)
    place = facets.along[first[:, None] + np.arange(rows)]
    offset = (place - record_along[:, None]) / resolution[:, None]
    response = doppler_response(offset, radar.doppler_window)
    return first, np.where(offset <= radar.doppler_reach, response, 0.0)


def delay_density(
    radar: SarAltimeter,
    facets: Facets,
    record_along: np.ndarray,
    altitude: np.ndarray,
    sea_gate: np.ndarray,
    first: np.ndarray,
    weight: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return power by fine delay before the pulse smears it, (n, bins), and by beam [W].

    Parameters are those of ``sar_echoes``, then what ``doppler_weights`` gives.
    """
    bins = fine_ranges(radar).size
    bin_width = RANGE_RESOLUTION / FINE
    steps = np.zeros((record_along.size, bins + 2))
    stack = np.zeros((record_along.size, BEAMS))
    spread_facets(
        facets.along,
        facets.across,
        facets.height,
        facets.sigma0,
        facets.mean_square_slope,
        facets.rms_height,
        facets.coherent,
        facets.side,
        record_along,
        altitude,
        curvature(altitude),
        look_angles(altitude) * altitude[:, None],
        first,
        weight,
        4.0 / radar.antenna_gamma,
        mirror_slope(altitude),
        (sea_gate * radar.gate_spacing + MARGIN) / bin_width,
        bin_width,
        steps,
        stack,
    )
    watts = radar_constant(radar) / altitude[:, None] ** 4
    return np.cumsum(steps, axis=1)[:, :bins] * watts, stack * BEAMS * watts


def uniform_facets(
    radar: SarAltimeter, altitude: float, sigma0: float, mean_square_slope: float
) -> Facets:
    """Return flat uniform facets around a record at 0, without a coherent part.

    ``sigma0`` is linear, at normal incidence.
    """
    side, half_width = 50.0, 8000.0
    half_length = radar.doppler_reach * along_resolution(altitude) + 2.0 * side
    along, across = (
        (np.arange(2 * math.ceil(half / side)) + 0.5) * side - math.ceil(half / side) * side
        for half in (half_length, half_width)
    )
    shape = (along.size, across.size)
    nothing = np.zeros(shape, np.float32)
    backscatter, slope = (np.full(shape, v, np.float32) for v in (sigma0, mean_square_slope))
    return Facets(along, across, nothing, backscatter, slope, nothing, nothing, side)


def fine_ranges(radar: SarAltimeter) -> np.ndarray:
    """Return the ranges of the fine delay axis beyond the first gate, (bins,) [m]."""
    length = (radar.gates - 1) * radar.gate_spacing + 2.0 * MARGIN
    bin_width = RANGE_RESOLUTION / FINE
    return (np.arange(math.ceil(length / bin_width)) + 0.5) * bin_width - MARGIN


def pulse_response(radar: SarAltimeter) -> np.ndarray:
    """Return what each fine delay leaves in each gate, sinc2, (bins, gates)."""
    gate = np.arange(radar.gates) * radar.gate_spacing
    return np.sinc((gate - fine_ranges(radar)[:, None]) / RANGE_RESOLUTION) ** 2
