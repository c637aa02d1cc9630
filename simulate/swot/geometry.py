"""Where the cells of a swath lie: true ground metres across track from a flown nadir track."""

from typing import NamedTuple

import numpy as np
from pyproj import Geod

from ...geo.orbit import geodetic_to_ecef
from ..orbits import SWOT, Pass, fly_over

CELL = 250.0  # m, side of a cell of the Unsmoothed product
CELLS = 8  # of 250 m along either side of a pixel of 2 km
INNERMOST, OUTERMOST = 5_000.0, 65_000.0  # m, across track: what the Unsmoothed product spans
#: Across track, both sides, left to right [m]: centres of the cells and of the 2 km pixels.
CELLS_ACROSS = np.concatenate(
    [s * (np.arange(INNERMOST, OUTERMOST, CELL)[::s] + CELL / 2) for s in (-1, 1)]
)
PIXELS_ACROSS = np.arange(-34, 35) * CELLS * CELL


class Swath(NamedTuple):
    """Lines of cells square to the flight; float64."""

    time: np.ndarray  #: (lines,), UTC, datetime64[ns]
    along: np.ndarray  #: (lines,), ground distance along track from the middle [m]
    across: np.ndarray  #: (pixels,), distance from nadir [m], negative on the left
    longitude: np.ndarray  #: (lines, pixels) [degree]
    latitude: np.ndarray
    nadir_longitude: np.ndarray  #: (lines,) [degree]
    nadir_latitude: np.ndarray
    altitude: np.ndarray  #: (lines,), of the satellite above the ellipsoid [m]
    altitude_rate: np.ndarray  #: (lines,) [m/s]
    heading: np.ndarray  #: (lines,), of flight over the ground, clockwise from north [degree]


def lay_swath(
    longitude: float, latitude: float, time: np.datetime64, length: float, ascending: bool
) -> tuple[Swath, Swath]:
    """Return the 250 m cells and the 2 km pixels of a pass over a place.

    Parameters
    ----------
    longitude, latitude : float
        Of the place at nadir in the middle [degree].
    time : datetime64
        UTC, when it is passed.
    length : float
        On the ground [m]; taken as the nearest whole number of 2 km lines, one at least.
    ascending : bool

    Returns
    -------
    cells, pixels : Swath
        Every pixel has 8 lines of cells, centred on it.

    Raises
    ------
    ValueError
        If the place lies farther north than SWOT comes.
    """
    lines = CELLS * max(1, round(length / (CELLS * CELL)))
    speed = fly_over(SWOT, longitude, latitude, time, 0.1, 3, ascending).ground_speed[1]
    # Records half a cell apart: at the edges of the lines of cells and at their centres.
    interval = 0.5 * CELL / float(speed)
    track = fly_over(SWOT, longitude, latitude, time, interval, 2 * lines + 1, ascending)
    azimuth = _azimuth(track)
    cells = _lines(track, azimuth, slice(1, None, 2), CELLS_ACROSS)
    return cells, _lines(track, azimuth, slice(CELLS, None, 2 * CELLS), PIXELS_ACROSS)


def _azimuth(track: Pass) -> np.ndarray:
    """Return the heading of the ground track, clockwise from north, -180..180 [degree]."""
    step = np.gradient(geodetic_to_ecef(track.longitude, track.latitude), axis=0)
    lam, phi = np.radians(track.longitude), np.radians(track.latitude)
    east = np.cos(lam) * step[:, 1] - np.sin(lam) * step[:, 0]
    inwards = np.cos(lam) * step[:, 0] + np.sin(lam) * step[:, 1]
    north = np.cos(phi) * step[:, 2] - np.sin(phi) * inwards
    return np.asarray(np.degrees(np.arctan2(east, north)))


def _lines(track: Pass, azimuth: np.ndarray, which: slice, across: np.ndarray) -> Swath:
    middle = track.time.size // 2
    along = (np.arange(track.time.size) - middle) * 0.5 * CELL
    shape = (along[which].size, across.size)
    nadir_longitude, nadir_latitude, sidewards, distance = (
        np.broadcast_to(values, shape)
        for values in (
            track.longitude[which, None],
            track.latitude[which, None],
            azimuth[which, None] + 90.0,
            across,
        )
    )
    longitude, latitude, _ = Geod(ellps="WGS84").fwd(
        nadir_longitude, nadir_latitude, sidewards, distance
    )
    return Swath(
        track.time[which],
        along[which],
        across,
        longitude,
        latitude,
        track.longitude[which],
        track.latitude[which],
        track.altitude[which],
        track.altitude_rate[which],
        azimuth[which],
    )
