"""Motion between the times that a displacement joins, which the displacement does not show.

The velocity of a piece of ice is taken as a mean, of which nothing is known beforehand, plus two
stationary Gaussian fluctuations, alike in x and y: inertial oscillation, whose covariance is
s^2 exp(-|t| / d) cos(f t), and weather, s^2 exp(-|t| / d).  Displacements over any intervals are
integrals of that velocity, so that their covariances follow in closed form from the variance of
displacement G(t), and what is known of one interval can be said of any other.

For one displacement over an interval T, of which the share tau / T is taken for a part of it,
the variance left is G(tau) + (tau / T)^2 G(T) - 2 (tau / T) C with C the covariance of the part
with the whole: a bridge, zero for tau = 0 and for tau = T.
"""

import math
from typing import NamedTuple

import numpy as np

#: The earth's angular speed twice, at 80 degrees of latitude [rad/s]: f runs from 1.39e-4 at
#: 72 degrees to 1.46e-4 at the pole.
CORIOLIS = 2.0 * 7.292115e-5 * math.sin(math.radians(80.0))

#: Standard deviation of the mean velocity before anything is known [m/s]: so wide that estimates
#: are not drawn towards rest (chosen: three times that of pack ice).
MEAN_SPEED = 0.3


class Fluctuation(NamedTuple):
    """How velocity differs from its mean; standard deviations are per component.

    The figures are those of the simulated worlds (900 seeds, parts of 0.5 to 12 h of intervals of
    6.6 to 48 h).  Against the MOSAiC buoys of October to April they are too large by 1.6 for an
    hour in the middle of a day (79 m; observed 48 m), and too small by 1.3 for one at its ends
    (94 m; 124 m) and by 2 for half of it (378 m; 742 m): weather turns more smoothly there, and
    over more days.
    """

    inertial_speed: float = 0.0202  #: [m/s] (fitted)
    inertial_decay: float = 10.0 * 86_400.0  #: [s] (assumed)
    weather_speed: float = 0.042  #: [m/s] (fitted)
    weather_decay: float = 3.5 * 86_400.0  #: [s] (fitted)


#: At the ice edge, where tides and swell rule: fitted on drifting buoys of the Barents and Laptev
#: Seas (Spitsbergen Bank 2017, 2018, 2021), parts of 1 to 12 h of intervals of 24 and 48 h.
ICE_EDGE = Fluctuation(0.13, 10.0 * 86_400.0, 0.23, 1.0 * 86_400.0)


def displacement_variance(motion: Fluctuation, seconds: np.ndarray) -> np.ndarray:
    """Return the variance G [m2] of a component of the fluctuation's displacement over times.

    Parameters
    ----------
    motion : Fluctuation
    seconds : array, float [s]
        Of either sign.

    Notes
    -----
    A covariance s^2 Re exp(-l |t|) of velocity, l complex, gives
    G = 2 s^2 Re[(l t - 1 + exp(-l t)) / l^2], t > 0 (Taylor 1922, eq. 21, integrated).
    """
    t = np.abs(seconds)
    inertial = complex(1.0 / motion.inertial_decay, CORIOLIS)
    weather = complex(1.0 / motion.weather_decay, 0.0)
    total = np.zeros(np.shape(t))
    for speed, rate in ((motion.inertial_speed, inertial), (motion.weather_speed, weather)):
        total += 2.0 * speed**2 * ((rate * t + np.expm1(-rate * t)) / rate**2).real
    return total


def displacement_covariance(
    motion: Fluctuation,
    first: tuple[np.ndarray, np.ndarray],
    second: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """Return the covariance [m2] of a component of the displacements over two intervals.

    Parameters
    ----------
    motion : Fluctuation
    first, second : (start, stop), arrays of float [s]
        After any one time; shapes broadcast.  A stop before its start is motion run backwards.
    """
    a, b = first
    c, d = second

    def g(seconds: np.ndarray) -> np.ndarray:
        return displacement_variance(motion, seconds)

    mean = MEAN_SPEED**2 * (b - a) * (d - c)
    return mean + 0.5 * (g(b - c) + g(a - d) - g(b - d) - g(a - c))


def bridge_variance(
    motion: Fluctuation,
    part: tuple[np.ndarray, np.ndarray],
    whole: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """Return the variance [m2] of a component of displacement about its share of a longer one.

    Parameters
    ----------
    motion : Fluctuation
    part, whole : (start, stop), arrays of float [s]
        Of the displacement wanted, and of the one whose share tau / T is taken for it; the part
        may reach beyond the whole.
    """
    share = (part[1] - part[0]) / (whole[1] - whole[0])
    left = displacement_covariance(motion, part, part)
    left = left + share**2 * displacement_covariance(motion, whole, whole)
    left = left - 2.0 * share * displacement_covariance(motion, part, whole)
    return np.maximum(left, 0.0)  # but for rounding


def speed_variance(motion: Fluctuation, seconds: np.ndarray) -> np.ndarray:
    """Return the variance [m2/s2] of a component of velocity about its mean over intervals [s].

    It is that at any time of the interval, on average over these times: R(0) - G(T) / T^2.
    """
    whole = motion.inertial_speed**2 + motion.weather_speed**2
    return whole - displacement_variance(motion, seconds) / np.square(seconds)
