"""The flight over a made-up EW scene: an orbit from which a wanted place is seen.

The orbit is a circle in space with the radius and inclination of Sentinel-1, turned into the
Earth-fixed frame.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...geo.orbit import Orbit, ecef_to_geodetic, geodetic_to_ecef, state

EARTH_GRAVITY = 3.986004418e14  # m3/s2, WGS 84 (NIMA TR8350.2)
EARTH_ROTATION = 7.292115e-5  # rad/s, WGS 84 (NIMA TR8350.2)
ORBIT_RADIUS = 7_071_000.0  # m, Sentinel-1 User Handbook: mean altitude 693 km
INCLINATION = 98.18  # degree, Sentinel-1 User Handbook
PIXEL_SPACING = 40.0  # m on the ground both ways, EW GRDM (S1-RS-MDA-52-7440)
SLOWEST_OVER_GROUND = 6500.0  # m/s, below any ground speed of a scene's lines


@dataclass(frozen=True)
class View:
    """Where, when and how a scene is seen.

    Any place will do: where no pass of Sentinel-1 comes by (the poles), the orbit gets the
    nearest inclination from which the place can be seen.
    """

    longitude: float  #: centre of the scene at height 0 [degree]
    latitude: float  #: centre of the scene at height 0 [degree]
    time: np.datetime64  #: at which the centre is seen, UTC
    lines: int  #: along the flight, 40 m each
    samples: int  #: across the flight, 40 m each on the ground
    ascending: bool = False
    incidence_angle: float = 34.4  #: at the centre [degree]; that of a whole EW swath

    def __post_init__(self) -> None:
        """Refuse what the radar cannot see."""
        if not (100 <= self.lines <= 50_000 and 100 <= self.samples <= 11_000):
            raise ValueError(
                "an EW scene has 100 to 50000 lines and 100 to 11000 samples, "
                f"got {self.lines} x {self.samples}"
            )
        if not abs(self.latitude) <= 90.0:
            raise ValueError(f"the latitude must lie in -90..90 degrees, got {self.latitude}")
        if not 30.0 <= self.incidence_angle <= 45.0:
            raise ValueError(
                "the incidence angle at the centre must lie in 30..45 degrees, "
                f"got {self.incidence_angle}"
            )


def orbit_over(view: View) -> Orbit:
    """Return an orbit that sees the centre of ``view`` square to its right, at the epoch.

    State vectors are Earth-fixed, every 10 s from at least 60 s before the scene to 60 s after.
    """
    ground = geodetic_to_ecef(np.array(view.longitude), np.array(view.latitude))
    position, velocity = _state_above(ground, view)
    rate = np.sqrt(EARTH_GRAVITY / ORBIT_RADIUS**3)  # rad/s
    reach = 10.0 * np.ceil((60.0 + 0.5 * view.lines * PIXEL_SPACING / SLOWEST_OVER_GROUND) / 10.0)
    time = np.arange(-reach, reach + 1.0, 10.0)
    cosine, sine = np.cos(rate * time)[:, None], np.sin(rate * time)[:, None]
    place = cosine * position + sine * velocity / rate
    speed = cosine * velocity - sine * position * rate
    turn = -EARTH_ROTATION * time
    fixed = _rotate(place, turn)
    drag = EARTH_ROTATION * np.stack([-fixed[:, 1], fixed[:, 0], np.zeros(time.size)], axis=-1)
    epoch = view.time.astype("datetime64[us]")
    return Orbit(epoch.astype("datetime64[ns]"), time, fixed, _rotate(speed, turn) - drag)


def heading(orbit: Orbit) -> float:
    """Return the direction of flight over ground [degree, clockwise from north, -180..180]."""
    (position,), (velocity,) = state(orbit, np.zeros(1))
    longitude, latitude, _ = ecef_to_geodetic(position)
    east, north, _ = _east_north_up(float(longitude), float(latitude))
    return float(np.degrees(np.arctan2(velocity @ east, velocity @ north)))


def ascending_node_time(orbit: Orbit) -> np.datetime64:
    """Return when the satellite last crossed the equator northwards, UTC."""
    (position,), (velocity,) = state(orbit, np.zeros(1))
    inertial = velocity + EARTH_ROTATION * np.array([-position[1], position[0], 0.0])
    phase = np.arctan2(
        position[2] / np.linalg.norm(position), inertial[2] / np.linalg.norm(inertial)
    )
    period = 2.0 * np.pi * np.sqrt(ORBIT_RADIUS**3 / EARTH_GRAVITY)
    return utc(orbit, -(phase % (2.0 * np.pi)) / (2.0 * np.pi) * period)


def utc(orbit: Orbit, seconds: np.ndarray | float) -> Any:
    """Return seconds after the epoch as datetime64[ns], in whole microseconds as the files do."""
    return orbit.epoch + np.rint(np.asarray(seconds) * 1e6).astype("timedelta64[us]")


def _state_above(ground: np.ndarray, view: View) -> tuple[np.ndarray, np.ndarray]:
    """Return position and inertial velocity at the epoch, in axes that are then Earth-fixed.

    All directions from which the radar could look at the centre are tried, and the one kept
    whose orbit is inclined most nearly as Sentinel-1's among those of the wanted pass.
    """
    azimuth = 0.0
    for reach, step in ((180.0, 0.1), (0.1, 1e-4)):
        azimuths = azimuth + np.arange(-reach, reach, step)
        position, velocity = _states_around(ground, view, azimuths)
        momentum = np.cross(position, velocity)
        inclination = np.degrees(np.arccos(momentum[:, 2] / np.linalg.norm(momentum, axis=-1)))
        other_pass = (velocity[:, 2] > 0.0) != view.ascending
        best = int(np.argmin(np.abs(inclination - INCLINATION) + 360.0 * other_pass))
        azimuth = azimuths[best]
    return position[best], velocity[best]


def _states_around(
    ground: np.ndarray, view: View, azimuth: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the states (n, 3) from which ``ground`` lies square to the right, n azimuths [degree].

    The azimuth is that of the satellite seen from the ground.  Square means in the Earth-fixed
    frame: (v - w x r) . s = 0, with w the rotation of the Earth and s the line of sight.
    """
    east, north, up = _east_north_up(view.longitude, view.latitude)
    azimuth, incidence = np.radians(azimuth)[:, None], np.radians(view.incidence_angle)
    level = np.cos(azimuth) * north + np.sin(azimuth) * east
    sight = np.sin(incidence) * level + np.cos(incidence) * up
    inward = sight @ ground
    slant_range = -inward + np.sqrt(inward**2 - ground @ ground + ORBIT_RADIUS**2)
    position = ground + slant_range[:, None] * sight
    zenith = position / ORBIT_RADIUS
    east = np.stack([-zenith[:, 1], zenith[:, 0], np.zeros(azimuth.size)], axis=-1)
    axis_distance = np.linalg.norm(east, axis=-1, keepdims=True)
    east = east / axis_distance
    north = np.cross(zenith, east)
    along_north, along_east = (sight * north).sum(axis=-1), (sight * east).sum(axis=-1)
    speed = np.sqrt(EARTH_GRAVITY / ORBIT_RADIUS)
    drag = EARTH_ROTATION * ORBIT_RADIUS * axis_distance[:, 0] * along_east / speed
    course = np.arctan2(along_east, along_north)
    course = (course + np.arccos(drag / np.hypot(along_east, along_north)))[:, None]
    return position, speed * (np.cos(course) * north + np.sin(course) * east)


def _east_north_up(longitude: float, latitude: float) -> np.ndarray:
    """Return the three unit vectors, one a row, at a geodetic place [degree]."""
    lam, phi = np.radians(longitude), np.radians(latitude)
    return np.array(
        [
            [-np.sin(lam), np.cos(lam), 0.0],
            [-np.sin(phi) * np.cos(lam), -np.sin(phi) * np.sin(lam), np.cos(phi)],
            [np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)],
        ]
    )


def _rotate(vectors: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Turn each vector (n, 3) by its angle (n,) [rad] about the Earth's axis."""
    cosine, sine = np.cos(angle), np.sin(angle)
    x, y, z = vectors.T
    return np.stack([cosine * x - sine * y, sine * x + cosine * y, z], axis=-1)
