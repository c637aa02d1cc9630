"""Altimeter records moved with the ice to the time at which the SAR saw them."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from ..drift.displacement import Drift, isotropic
from ..geo.polar import forward, scale_factor
from ..geo.swath import Geolocation, plane_to_image

#: Standard deviation of either coordinate that a scene's geolocation leaves [m]: what EW grids
#: show over the sea against the orbit, doubled for orbit and timing errors (assumed).
GEOLOCATION_SIGMA = 20.0

#: Speed of a lead's edges along either axis against the ice about it [m/s]: leads open, close and
#: slip between the two times, which no drift shows.  Fitted on simulated worlds, whose leads slip
#: by up to a kilometre a day (assumed there).
EDGE_SPEED = 0.014

#: Rounds of the fixed point between landing place and pixel time.  Ice at 1 m/s moves 60 m
#: during a scene, so that each round shrinks the error a hundred-fold or more.
ROUNDS = 3


class Landed(NamedTuple):
    """Records that land inside a scene; arrays (n,)."""

    place: np.ndarray  #: of the record in its track
    line: np.ndarray  #: where it lands, fractional
    sample: np.ndarray
    x: np.ndarray  #: the same on the scene's plane [m]
    y: np.ndarray
    pixel_time: np.ndarray  #: datetime64[ns]
    dx: np.ndarray  #: drift from the record's to the pixel's time on the plane [m]
    dy: np.ndarray
    covariance: np.ndarray  #: (n, 2, 2) of the place along x and y [m2 on the ground]
    heading: np.ndarray  #: of the flight on the plane [rad], from x towards y; nan if unknown
    drift_known: np.ndarray  #: bool
    drift_source: np.ndarray  #: which source of the drift counts most, -1 where none is known

    @property
    def position_sigma(self) -> np.ndarray:
        """Standard deviation (n,) of a coordinate, the mean over directions [m on the ground]."""
        return np.sqrt(0.5 * np.trace(self.covariance, axis1=-2, axis2=-1))


def land(
    track: xr.Dataset,
    scene: xr.Dataset,
    geolocation: Geolocation,
    drift: Drift,
    max_lag: np.timedelta64,
) -> Landed:
    """Return where the records of a track land in a scene.

    The ice under a record drifts from the record's time to the time of the line in which it
    is seen, which depends on where it lands: a fixed point, found by a few rounds.

    Parameters
    ----------
    track, scene : dataset
        Canonical track and scene.
    geolocation : Geolocation
        Of the scene.
    drift : Drift
    max_lag : timedelta64
        Records further in time from their pixel are left out.
    """
    plane = geolocation.plane
    line_time = scene["line_time"].values
    near = np.flatnonzero(
        (track["time"].values >= line_time.min() - max_lag)
        & (track["time"].values <= line_time.max() + max_lag)
        & (np.sign(track["latitude"].values) == plane.hemisphere)
    )
    time = track["time"].values[near]
    latitude = track["latitude"].values[near]
    x, y = forward(plane, track["longitude"].values[near], latitude)
    pixel_time = np.full(near.shape, line_time[line_time.size // 2])
    for _ in range(ROUNDS):
        move = drift(plane, x, y, time, pixel_time)
        line, sample = plane_to_image(geolocation, x + move.dx, y + move.dy)
        pixel_time = np.where(np.isfinite(line), _time_of_line(line_time, line), pixel_time)
    # The last round's displacement belongs to the round before: its error is below a millimetre.
    inside = np.isfinite(line) & (np.abs(time - pixel_time) <= max_lag)
    spacing = max(scene.attrs["pixel_spacing_line_m"], scene.attrs["pixel_spacing_sample_m"])
    ground = move.covariance / scale_factor(plane, latitude)[:, None, None] ** 2
    still = GEOLOCATION_SIGMA**2 + (spacing / 2) ** 2
    lag = (time - pixel_time) / np.timedelta64(1, "s")
    covariance = ground + isotropic(still + (EDGE_SPEED * lag) ** 2)
    columns = (
        near, line, sample, x + move.dx, y + move.dy, pixel_time, move.dx, move.dy, covariance,
        _heading(x, y), move.known, move.source,
    )  # fmt: skip
    return Landed(*(column[inside] for column in columns))


def _heading(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the direction of a pass at its records [rad], nan for a single record."""
    if x.size < 2:
        return np.full(x.shape, np.nan)
    return np.arctan2(np.gradient(y), np.gradient(x))


def _time_of_line(line_time: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Return the time at fractional lines; NaT where the line is nan."""
    origin = line_time[0]
    seconds = np.interp(line, np.arange(line_time.size), (line_time - origin).astype(np.float64))
    known = np.isfinite(seconds)
    time = np.full(line.shape, np.datetime64("NaT", "ns"))
    time[known] = origin + np.rint(seconds[known]).astype("timedelta64[ns]")
    return time
