"""Delay-Doppler echoes of uniform surfaces in closed form: the SAMOSA model and a folded variant.

``samosa_echo`` is the model of Ray et al. (2015) as Dinardo et al. (2018) write it, summed over
the beams of the stack: Gaussian point target responses, an antenna and a backscatter that fall
off with the look angle.  It multiplies the decay of antenna and backscatter onto the echo after
the pulse, which is wrong by a third of the peak for a mean square slope of 1e-6.  ``folded_echo``
folds the decay with the pulse, and is right to 1 % of the peak for specular water too.  Powers are
absolute [W].

References
----------
Ray, C., et al. (2015), SAR altimeter backscattered waveform model, IEEE Transactions on
Geoscience and Remote Sensing, 53(2), 911-919.
Dinardo, S., et al. (2018), Coastal SAR and PLRM altimetry in German Bight and West Baltic Sea,
Advances in Space Research, 62(6), 1371-1404.
MacArthur, J. L. (1978), SEASAT-A radar altimeter design description, SDO-5232, Johns Hopkins
University Applied Physics Laboratory.
"""

import math

import numpy as np
from scipy.special import gamma, ive, kve

from .closed_form import curvature
from .delay_doppler import (
    RANGE_RESOLUTION,
    SarAltimeter,
    along_resolution,
    look_angles,
    radar_constant,
)

#: Standard deviation of the Gaussian that stands for sinc2, in resolutions (MacArthur 1978), and
#: of that for the response of a Hamming window (Dinardo et al. 2018).
GAUSSIAN_OF_SINC = 0.513
GAUSSIAN_OF_HAMMING = 0.55


def f0(xi: np.ndarray) -> np.ndarray:
    """Return pi/4 |xi|**(1/2) [I(-1/4) + sgn(xi) I(1/4)](xi2 / 4) exp(-xi2 / 4).

    It is sqrt(pi / 2) times the integral of x**(-1/2) N(xi - x) over x > 0, N the normal
    density.  Before the edge the difference of the Bessel functions is a K(1/4), which keeps
    its precision.
    """
    xi = np.asarray(xi, dtype=np.float64)
    z = np.where(xi == 0.0, 1.0, xi**2 / 4.0)
    root = 0.25 * math.pi * np.sqrt(np.abs(xi))
    late = root * (ive(-0.25, z) + ive(0.25, z))
    early = root * math.sqrt(2.0) / math.pi * kve(0.25, z) * np.exp(-2.0 * z)
    at_zero = math.pi * 2.0**0.75 / (4.0 * gamma(0.75))
    return np.where(xi == 0.0, at_zero, np.where(xi > 0.0, late, early))


def f1(xi: np.ndarray) -> np.ndarray:
    """Return minus the derivative of f0, the first-order term of heights.

    It is pi/8 |xi|**(3/2) {[I(1/4) - I(-3/4)] + sgn(xi) [I(-1/4) - I(3/4)]}(xi2/4) exp(-xi2/4).
    """
    xi = np.asarray(xi, dtype=np.float64)
    z = np.where(xi == 0.0, 1.0, xi**2 / 4.0)
    root = 0.125 * math.pi * np.abs(xi) ** 1.5
    late = root * (ive(0.25, z) - ive(-0.75, z) + ive(-0.25, z) - ive(0.75, z))
    early = -root * math.sqrt(2.0) / math.pi * (kve(0.25, z) + kve(0.75, z)) * np.exp(-2.0 * z)
    at_zero = -(2.0**0.75) * gamma(0.75) / 4.0
    return np.where(xi == 0.0, at_zero, np.where(xi > 0.0, late, early))


def samosa_echo(
    radar: SarAltimeter,
    range_beyond: np.ndarray,
    altitude: float,
    sigma0: float,
    mean_square_slope: float = math.inf,
    rms_height: float = 0.0,
) -> np.ndarray:
    """Return the echo of an endless uniform surface by the SAMOSA model, mean over the stack [W].

    Parameters
    ----------
    radar : SarAltimeter
    range_beyond : array (gates,), float64
        One-way range beyond the surface at nadir; negative before it [m].
    altitude : float
        Of the satellite above the surface [m].
    sigma0 : float
        At normal incidence, linear.
    mean_square_slope : float
        Of the surface; infinite for diffuse ice.  SAMOSA's nu counts look angles, not local
        ones: it is alpha**2 / mss.
    rms_height : float
        Of the surface's Gaussian heights [m].
    """
    look = look_angles(altitude)[:, None]
    alpha = curvature(altitude)
    rate = decay_rate(radar, altitude, mean_square_slope)
    pulse = GAUSSIAN_OF_SINC * RANGE_RESOLUTION
    walk = alpha * look * _gaussian_of(radar) * along_resolution(altitude)
    width = np.sqrt(pulse**2 + walk**2 + rms_height**2)
    xi = range_beyond / width
    tilted = f0(xi) + rate * rms_height**2 / width * f1(xi)
    decay = np.exp(-rate * (np.maximum(range_beyond, 0.0) + 0.5 * alpha * altitude * look**2))
    return (_scale(radar, altitude, sigma0) / np.sqrt(width) * decay * tilted).mean(axis=0)


def folded_echo(
    radar: SarAltimeter,
    range_beyond: np.ndarray,
    altitude: float,
    sigma0: float,
    mean_square_slope: float = math.inf,
    rms_height: float = 0.0,
) -> np.ndarray:
    """Return the echo of an endless uniform surface, pulse, beam and decay folded [W].

    As ``samosa_echo``, but exp(-k r) r**(-1/2) is folded with the Gaussian of variance s2, which
    gives exp(-k r + k2 s2 / 2) f0((r - k s2) / s); and antenna and backscatter act at each place
    along track: with the beam's response they make a narrower Gaussian that leans to nadir.
    """
    look = look_angles(altitude)[:, None]
    alpha = curvature(altitude)
    rate = decay_rate(radar, altitude, mean_square_slope)
    fall = 0.5 * alpha * altitude * rate
    beam2 = (_gaussian_of(radar) * along_resolution(altitude)) ** 2
    along2 = 1.0 / (1.0 / beam2 + 2.0 * fall / altitude**2)
    lean = -2.0 * fall * look / altitude * along2
    pulse2 = (GAUSSIAN_OF_SINC * RANGE_RESOLUTION) ** 2 + rms_height**2
    width = np.sqrt(pulse2 + (alpha * look) ** 2 * along2)
    # alpha x2 / 2h delays the beam by its mean, and by its skew with the walk hastens the edge.
    bow = 0.5 * alpha * along2 / altitude * pulse2 / width**2
    shift = alpha * (look * lean + lean**2 / (2.0 * altitude)) + bow
    share = math.sqrt(along2 / beam2) * np.exp(-fall * look**2 + lean**2 / (2.0 * along2))
    late = range_beyond - shift
    echo = np.exp(rate * (0.5 * rate * width**2 - late)) * f0(late / width - rate * width)
    scale = _scale(radar, altitude, sigma0)
    return (scale * share / np.sqrt(width) * echo).mean(axis=0)


def decay_rate(radar: SarAltimeter, altitude: float, mean_square_slope: float) -> float:
    """Return by which rate antenna and backscatter decay with range across track [1/m]."""
    alpha = curvature(altitude)
    fall = 4.0 / radar.antenna_gamma + alpha**2 / mean_square_slope
    return 2.0 * fall / (alpha * altitude)


def peak_of_unit_sigma0(radar: SarAltimeter, altitude: np.ndarray) -> np.ndarray:
    """Return the peak power of flat diffuse ice of sigma0 1, (n,) [W].

    It is computed for the mean altitude: h**-3 of it, for the loss of power h**-4, the area
    h**(3/2) and the walk, which smears it as h**(-1/2).
    """
    mean = float(altitude.mean())
    peak = samosa_echo(radar, np.linspace(0.0, 2.0, 201), mean, 1.0).max()
    return peak * (mean / altitude) ** 3


def _gaussian_of(radar: SarAltimeter) -> float:
    return GAUSSIAN_OF_SINC if radar.doppler_window == 1.0 else GAUSSIAN_OF_HAMMING


def _scale(radar: SarAltimeter, altitude: float, sigma0: float) -> float:
    """Return the power of a beam at nadir, less s**(-1/2) f0 [W m**(1/2)].

    Areas under the true power responses; across track dy = sqrt(h / (2 alpha r)) dr either side.
    """
    a = radar.doppler_window
    along = along_resolution(altitude) * (a**2 + 0.5 * (1.0 - a) ** 2) / a**2
    across = math.sqrt(4.0 * altitude / (math.pi * curvature(altitude))) * RANGE_RESOLUTION
    return radar_constant(radar) * sigma0 * along * across / altitude**4
