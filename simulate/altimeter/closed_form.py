"""Echoes of uniform surfaces in closed form: what a pulse-limited altimeter sees at nadir.

The convolution of the flat-surface response of a Gaussian antenna over a sphere with a Gaussian
pulse (Brown 1977); quasi-specular backscatter, sigma0(theta) = sigma0(0) exp(-tan2(theta) / mss)
with the local angle theta = alpha d / h, adds to the exponential decay of the trailing edge.
The usual product form, which leaves the decay out of the leading edge, is wrong by 3 % of the
peak for a mean square slope of 1e-5 and by a third for 1e-6: it is not used.

Powers are in units of backscatter: an endless diffuse surface without an antenna has the plateau
sigma0, 2 pi h (gate spacing) / alpha square metres of it in every gate.

References
----------
Brown, G. S. (1977), The average impulse response of a rough surface and its applications, IEEE
Transactions on Antennas and Propagation, 25(1), 67-74, doi:10.1109/TAP.1977.1141536.
Hayne, G. S. (1980), Radar altimeter mean return waveforms from near-normal-incidence ocean
surface scattering, IEEE Transactions on Antennas and Propagation, 28(5), 687-692,
doi:10.1109/TAP.1980.1142398.
"""

import math
from typing import NamedTuple, TypeVar

import numpy as np
from scipy.special import erf

from ...products.altika import GATE_SPACING_M, REFERENCE_GATE
from ...products.altika_writer import GATES

EARTH_RADIUS = 6_371_000.0  # m, mean


class PulseLimitedRadar(NamedTuple):
    """What shapes the echoes of an altimeter in low-resolution mode."""

    gates: int
    gate_spacing: float  #: one-way range [m]
    reference_gate: float  #: at which the window's range holds, counted from 0
    antenna_gamma: float  #: (2 / ln 2) sin2(half of the beam's 3 dB width)
    pulse_sigma: float  #: one-way range [m], of the Gaussian point target response
    bandwidth: float  #: Hz
    wavelength: float  #: m


ALTIKA = PulseLimitedRadar(
    gates=GATES,
    gate_spacing=GATE_SPACING_M,
    reference_gate=REFERENCE_GATE,
    antenna_gamma=8.04e-5,  # of 0.605 degrees (Verron et al. 2015)
    pulse_sigma=0.513 * GATE_SPACING_M,  # 0.513 / B in two-way time (MacArthur 1978)
    bandwidth=480e6,  # (Verron et al. 2015)
    wavelength=0.008386,  # 35.75 GHz (Verron et al. 2015)
)


Length = TypeVar("Length", float, np.ndarray)


def curvature(altitude: Length) -> Length:
    """Return alpha = 1 + h / R_E, by which the Earth's roundness hastens ranges and angles."""
    return 1.0 + altitude / EARTH_RADIUS


def off_nadir_range(distance: np.ndarray, altitude: float) -> np.ndarray:
    """Return alpha d2 / 2h: how much farther than nadir is what lies d [m] beside it [m]."""
    return curvature(altitude) * np.asarray(distance) ** 2 / (2.0 * altitude)


def decay_rate(radar: PulseLimitedRadar, altitude: float, mean_square_slope: float) -> float:
    """Return how fast the trailing edge decays with one-way range [1/m], power as exp(-rate r).

    4c / (gamma alpha h) of the antenna and alpha c / (h mss) of the surface are per second of
    two-way time: here they are times 2 / c.  An infinite slope means a diffuse surface.
    """
    alpha = curvature(altitude)
    antenna = 8.0 / (radar.antenna_gamma * alpha * altitude)
    return antenna + 2.0 * alpha / (altitude * mean_square_slope)


def uniform_echo(
    radar: PulseLimitedRadar,
    range_beyond: np.ndarray,
    altitude: float,
    sigma0: float,
    mean_square_slope: float = math.inf,
    rms_height: float = 0.0,
) -> np.ndarray:
    """Return the echo of an endless uniform surface, without noise.

    Parameters
    ----------
    radar : PulseLimitedRadar
    range_beyond : array, float [m]
        One-way range beyond the surface at nadir; negative before it.
    altitude : float
        Of the satellite above the surface [m].
    sigma0 : float
        At normal incidence, linear.
    mean_square_slope : float
        Of the surface; infinite for diffuse ice.
    rms_height : float
        Of the surface's Gaussian heights [m].

    Returns
    -------
    array, float64
        A/2 [1 + erf((r - k s2) / (sqrt(2) s))] exp(-k r + k2 s2 / 2), k the ``decay_rate`` and
        s2 the variance of pulse and heights.
    """
    rate = decay_rate(radar, altitude, mean_square_slope)
    variance = radar.pulse_sigma**2 + rms_height**2
    r = np.asarray(range_beyond, dtype=np.float64)
    edge = 0.5 * (1.0 + erf((r - rate * variance) / math.sqrt(2.0 * variance)))
    return sigma0 * edge * np.exp(-rate * r + 0.5 * rate**2 * variance)


def gate_ranges(radar: PulseLimitedRadar, nadir_gate: np.ndarray | float) -> np.ndarray:
    """Return one-way ranges of the gates beyond nadir, (..., gates) [m]."""
    gate = np.arange(radar.gates) - np.asarray(nadir_gate, dtype=np.float64)[..., None]
    return gate * radar.gate_spacing


def peakiness(echo: np.ndarray) -> np.ndarray:
    """Return pulse peakiness, gates * max / sum, of echoes (..., gates) without noise."""
    return echo.shape[-1] * echo.max(axis=-1) / echo.sum(axis=-1)
