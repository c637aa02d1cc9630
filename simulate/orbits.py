"""Passes of made-up satellites: circular orbits through the zenith of a wanted place."""

from typing import NamedTuple

import numpy as np

from ..geo.orbit import ecef_to_geodetic, geodetic_to_ecef
from ..geo.polar import NORTH, forward

EARTH_GRAVITY = 3.986004418e14  # m3/s2, WGS 84 (NIMA TR8350.2)
EARTH_ROTATION = 7.292115e-5  # rad/s, WGS 84 (NIMA TR8350.2)


class OrbitKind(NamedTuple):
    """What the passes of a mission have in common."""

    altitude: float  #: above the ellipsoid at the wanted place [m]
    inclination: float  #: degree


SARAL = OrbitKind(800_000.0, 98.538)  # drifting since 2016, about as high
CRYOSAT2 = OrbitKind(717_200.0, 92.03)
SENTINEL3 = OrbitKind(814_500.0, 98.65)
SWOT = OrbitKind(891_000.0, 77.6)


class Pass(NamedTuple):
    """A ground track; arrays (n,), float64 unless said."""

    time: np.ndarray  #: UTC, datetime64[ns]
    longitude: np.ndarray  #: of the nadir point [degree]
    latitude: np.ndarray
    x: np.ndarray  #: of the nadir point on the plane [m]
    y: np.ndarray
    altitude: np.ndarray  #: above the ellipsoid [m]
    altitude_rate: np.ndarray  #: m/s
    ground_speed: np.ndarray  #: of the nadir point [m/s]
    heading: np.ndarray  #: direction of flight on the plane [rad], from x towards y


def fly_over(
    kind: OrbitKind,
    longitude: float,
    latitude: float,
    time: np.datetime64,
    interval: float,
    count: int,
    ascending: bool = True,
) -> Pass:
    """Return a pass whose middle record looks straight down on a place.

    Parameters
    ----------
    kind : OrbitKind
    longitude, latitude : float
        Of the place [degree]; no farther north than the inclination allows.
    time : datetime64
        UTC at which the place is passed, by record ``count // 2``.
    interval : float
        Between records [s].
    count : int
        Records.
    ascending : bool
        Whether the satellite flies northwards.

    Raises
    ------
    ValueError
        If the orbit never comes over the place.
    """
    seconds = (np.arange(count) - count // 2) * interval
    position = _positions(kind, longitude, latitude, seconds, ascending)
    nadir_longitude, nadir_latitude, altitude = ecef_to_geodetic(position)
    x, y = forward(NORTH, nadir_longitude, nadir_latitude)
    ground = geodetic_to_ecef(nadir_longitude, nadir_latitude)
    ecef_step = np.gradient(ground, seconds, axis=0)
    elapsed = np.rint(seconds * 1e9).astype("timedelta64[ns]")
    return Pass(
        time.astype("datetime64[ns]") + elapsed,
        nadir_longitude,
        nadir_latitude,
        x,
        y,
        altitude,
        np.gradient(altitude, seconds),
        np.linalg.norm(ecef_step, axis=1),
        np.arctan2(np.gradient(y, seconds), np.gradient(x, seconds)),
    )


def _positions(
    kind: OrbitKind, longitude: float, latitude: float, seconds: np.ndarray, ascending: bool
) -> np.ndarray:
    """Return Earth-fixed positions (n, 3) [m]."""
    start = geodetic_to_ecef(np.array([longitude]), np.array([latitude]), kind.altitude)[0]
    radius = np.linalg.norm(start)
    up = start / radius
    east = np.array([-up[1], up[0], 0.0]) / np.hypot(up[0], up[1])
    north = np.cross(up, east)
    # cos(inclination) = cos(latitude) sin(course), from the momentum's component along the axis
    share = np.cos(np.radians(kind.inclination)) / np.hypot(up[0], up[1])
    if abs(share) > 1.0:
        raise ValueError(
            f"an orbit inclined by {kind.inclination} degrees never comes over {latitude} north"
        )
    course = share * east + np.sqrt(1.0 - share**2) * (1.0 if ascending else -1.0) * north
    phase = (np.sqrt(EARTH_GRAVITY / radius**3) * seconds)[:, None]
    x, y, z = (radius * (np.cos(phase) * up + np.sin(phase) * course)).T
    turn = -EARTH_ROTATION * seconds
    return np.stack(
        [np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y, z], axis=1
    )
