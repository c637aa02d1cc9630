"""Sea level anomaly along a track, from heights of leads: mean and honest uncertainty everywhere.

Tie points are heights of leads above the mean sea surface.  Between and beyond them the anomaly is
a Gaussian process along the track with a Matern covariance of order 3/2, solved as a Kalman
smoother: time and memory grow with the number of records alone.

References
----------
Hartikainen, J., and Sarkka, S. (2010), Kalman filtering and smoothing solutions to temporal
Gaussian process regression models, IEEE International Workshop on Machine Learning for Signal
Processing, doi:10.1109/MLSP.2010.5589113.
Bierman, G. J. (1977), Factorization Methods for Discrete Sequential Estimation: the smoother.
Huber, P. J. (1964), Robust estimation of a location parameter, Annals of Mathematical Statistics,
35, 73-101.
Ricker, R., et al. (2014), doi:10.5194/tc-8-1607-2014: tie points, and 200 km from them at most.
"""

from typing import NamedTuple

import numpy as np

from . import _kernels, _sea_level_kernels

LENGTH_M = 100_000.0  # of the anomaly's Matern covariance (as the running mean of AWI)
ANOMALY_SIGMA_M = 0.10  # of it far from leads (AWI's uncertainty at 100 km)
LEVEL_SIGMA_M = 1.0  # of a whole pass: mean sea surfaces and retrackers differ by decimetres
SHARED_LENGTH_M = 1_000.0  # along which errors of leads are alike: that of a lead's echo (assumed)
FLOOR_SIGMA_M = 0.02  # what is common to all leads of a pass (AWI's least uncertainty)
FURTHEST_M = 200_000.0  # from a lead: beyond, no sea level is given

BELIEVED = 1.5  # standard deviations to which a tie point is believed as it is (Huber: 1 to 2)
ROUNDS = 4  # in which the level is sought

OUTLIER_WINDOW_M = 50_000.0  # around a height that is judged (Ricker et al. 2014)
LEAST_SPREAD_M = 0.1  # standard deviation that the judgement uses at least (Ricker et al. 2014)
INTERQUARTILE = 1.349  # standard deviations between the quartiles of a Gaussian


class TiePoints(NamedTuple):
    """Heights of leads; float64 (n,) over the records of a track."""

    anomaly: np.ndarray  #: above the mean sea surface [m], nan where there is no tie point
    noise: np.ndarray  #: standard deviation of its own error [m]
    shared: np.ndarray  #: standard deviation of the error it shares with its neighbours [m]


class SeaLevel(NamedTuple):
    """Float64 (n,); nan further than ``FURTHEST_M`` from any tie point."""

    anomaly: np.ndarray  #: above the mean sea surface [m]
    sigma: np.ndarray  #: its standard deviation [m], correlated along the track
    distance: np.ndarray  #: along the track to the closest tie point [m]


def tie_points(
    anomaly: np.ndarray, probability: np.ndarray, noise: float, shared: np.ndarray
) -> TiePoints:
    """Return leads as tie points, each weighted by probability / (sum of the variances).

    Parameters
    ----------
    anomaly : array (n,), float64 [m]
        Heights above the mean sea surface, corrected for what is known of them; nan off leads.
    probability : array (n,), float64
        That it is a lead.
    noise : float [m]
        Standard deviation of the retracking of one echo.
    shared : array (n,), float64 [m]
        Standard deviation of what off-nadir distance and kind of lead leave.
    """
    less = np.sqrt(np.where(np.isfinite(anomaly), probability, 1.0))
    return TiePoints(anomaly, noise / less, shared / less)


def without_outliers(
    along: np.ndarray, anomaly: np.ndarray, bounds: tuple[float, float]
) -> np.ndarray:
    """Return heights (n,) [m] with nan for those far from the median within the window around.

    ``bounds`` are standard deviations below and above it, of a Gaussian of the same interquartile
    range, which a few outliers do not widen.
    """
    place = np.flatnonzero(np.isfinite(anomaly))
    at, height = along[place], anomaly[place]
    begin = np.searchsorted(at, at - OUTLIER_WINDOW_M / 2)
    end = np.searchsorted(at, at + OUTLIER_WINDOW_M / 2, side="right")
    quartiles = np.empty((place.size, 3))
    _kernels.window_quartiles(height, begin, end, quartiles)
    low, middle, high = quartiles.T
    spread = np.maximum((high - low) / INTERQUARTILE, LEAST_SPREAD_M)
    off = (height - middle) / spread
    kept = anomaly.copy()
    kept[place[(off < bounds[0]) | (off > bounds[1])]] = np.nan
    return kept


def sea_level(along: np.ndarray, ties: TiePoints) -> SeaLevel:
    """Return the sea level anomaly at every record.

    The anomaly's own variance and that of the tie points' errors make the uncertainty, which
    grows from ``FLOOR_SIGMA_M`` near many leads towards ``ANOMALY_SIGMA_M`` beyond them.  Errors
    have long tails: a tie point that lies far off the level is given a larger error and the level
    is sought again (Huber 1964).

    Parameters
    ----------
    along : array (n,), float64 [m]
        From the first record, not falling.
    ties : TiePoints
    """
    step = np.diff(along, prepend=along[:1])
    level, sigma = np.empty(along.size), np.empty(along.size)
    doubt = np.ones(along.size)
    for _ in range(ROUNDS):
        _sea_level_kernels.smooth_level(
            step, ties.anomaly, doubt * ties.noise, doubt * ties.shared,
            (ANOMALY_SIGMA_M, LEVEL_SIGMA_M), (LENGTH_M, SHARED_LENGTH_M), level, sigma,
        )  # fmt: skip
        off = np.abs(ties.anomaly - level) / np.hypot(ties.noise, ties.shared)
        doubt = np.fmax(off / BELIEVED, 1.0)
    distance = distance_along(along, np.isfinite(ties.anomaly))
    near = distance <= FURTHEST_M
    sigma = np.hypot(sigma, FLOOR_SIGMA_M)
    return SeaLevel(np.where(near, level, np.nan), np.where(near, sigma, np.nan), distance)


def distance_along(along: np.ndarray, marked: np.ndarray) -> np.ndarray:
    """Return how far along the track the closest marked record is, (n,) [m]; inf for none."""
    places = along[marked]
    if places.size == 0:
        return np.full(along.size, np.inf)
    after = np.minimum(np.searchsorted(places, along), places.size - 1)
    before = np.maximum(after - 1, 0)
    return np.minimum(np.abs(places[after] - along), np.abs(along - places[before]))
