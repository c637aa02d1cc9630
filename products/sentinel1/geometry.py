"""The geometry of a made-up EW scene: an orbit above it, and the ground it then sees.

The orbit is a circle in space, turned into the Earth-fixed frame, so that the annotation is
consistent with itself: state vectors, zero-Doppler times, slant ranges, ground-range polynomials
and the geolocation grid all follow from it through ``geo.orbit``.

References
----------
Sentinel-1 Level-1 Detailed Algorithm Definition, S1-TN-MDA-52-7445, for ground range and for the
quantities of the annotation; their conventions (geocentric angles, polynomials of the nearest
record, times that move across the swath) were measured on products of IPF 3.52.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...geo.ellipsoid import ecef_to_geodetic, geodetic_to_ecef
from ...geo.orbit import Orbit, locate, state
from .annotation import GeolocationGrid

SPEED_OF_LIGHT = 299_792_458.0  # m/s, SI
EARTH_GRAVITY = 3.986004418e14  # m3/s2, WGS 84 (NIMA TR8350.2)
EARTH_ROTATION = 7.292115e-5  # rad/s, WGS 84 (NIMA TR8350.2)
ORBIT_RADIUS = 7_071_000.0  # m, Sentinel-1 User Handbook: mean altitude 693 km
INCLINATION = 98.18  # degree, Sentinel-1 User Handbook
PIXEL_SPACING = 40.0  # m on the ground both ways, EW GRDM (S1-RS-MDA-52-7440)
POLYNOMIAL_DEGREE = 8  # of the ground-range polynomials, as the processor writes them

#: Height [m] of the ground above the ellipsoid at longitudes and latitudes [degree].
Terrain = Callable[[np.ndarray, np.ndarray], np.ndarray]


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


class GroundRange(NamedTuple):
    """Polynomials between ground range and slant range, one row a record.

    Ground range runs on the ellipsoid from the first sample; slant = sum slant_i ground^i and
    ground = sum ground_i (slant - near_range)^i.
    """

    time: np.ndarray  # (n,) [s] after the epoch
    near_range: float  # slant range of sample 0 [m]
    slant: np.ndarray  # (n, 9)
    ground: np.ndarray  # (n, 9)


@dataclass(frozen=True)
class SceneGeometry:
    """Which point of the Earth each pixel of a scene sees; times in seconds after the epoch."""

    orbit: Orbit
    lines: int
    samples: int
    first_line_time: float  # [s] after orbit.epoch, in whole microseconds
    line_interval: float  # [s]
    ground_range: GroundRange
    mid_range: float  # slant range [m] in the middle of the swath


def scene_geometry(view: View) -> SceneGeometry:
    """Return the geometry under which ``view`` is seen.

    Lines lie 40 m apart at the centre of the scene, and samples 40 m apart everywhere.
    """
    orbit = orbit_over(view)
    centre = geodetic_to_ecef(view.longitude, view.latitude, 0.0)
    centre_range = float(np.linalg.norm(centre - state(orbit, np.zeros(1))[0][0]))
    before_after = locate(orbit, np.array([-0.5, 0.5]), np.full(2, centre_range))
    interval = PIXEL_SPACING / float(np.linalg.norm(before_after[1] - before_after[0]))
    first = round(-0.5 * (view.lines - 1) * interval, 6)
    width = (view.samples - 1) * PIXEL_SPACING
    near = _range_before(orbit, centre_range, 0.5 * width)
    # IPF: records every second, the first one 0.64 s before the image.
    records = np.arange(first - 0.64, first + (view.lines - 1) * interval + 1.0)
    ground_range = _fit_ground_range(orbit, records, near, width)
    far = np.polynomial.polynomial.polyval(width, ground_range.slant[len(records) // 2])
    return SceneGeometry(
        orbit, view.lines, view.samples, first, interval, ground_range, 0.5 * (near + far)
    )


def orbit_over(view: View) -> Orbit:
    """Return an orbit that sees the centre of ``view`` square to its right, at the epoch.

    State vectors are Earth-fixed, every 10 s from at least 60 s before the scene to 60 s after.
    """
    ground = geodetic_to_ecef(view.longitude, view.latitude, 0.0)
    position, velocity = _state_above(ground, view)
    rate = np.sqrt(EARTH_GRAVITY / ORBIT_RADIUS**3)  # rad/s
    reach = 10.0 * np.ceil((60.0 + 0.5 * view.lines * PIXEL_SPACING / 6500.0) / 10.0)
    time = np.arange(-reach, reach + 1.0, 10.0)
    cosine, sine = np.cos(rate * time)[:, None], np.sin(rate * time)[:, None]
    place = cosine * position + sine * velocity / rate
    speed = cosine * velocity - sine * position * rate
    turn = -EARTH_ROTATION * time
    fixed = _rotate(place, turn)
    drag = EARTH_ROTATION * np.stack([-fixed[:, 1], fixed[:, 0], np.zeros(time.size)], axis=-1)
    epoch = np.datetime64(view.time, "us")
    return Orbit(time, fixed, _rotate(speed, turn) - drag, epoch.astype("datetime64[ns]"))


def ground_position(
    geometry: SceneGeometry,
    line: np.ndarray,
    sample: np.ndarray,
    height: np.ndarray | float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the longitude and latitude [degree] which a pixel sees, given its height [m].

    ``line`` and ``sample`` are 0-based, fractional, of any one shape; this is the exact answer,
    without any grid between.
    """
    line, sample, height = np.broadcast_arrays(line, sample, height)
    time, slant_range = range_doppler(geometry, line, sample)
    ecef = locate(geometry.orbit, time.ravel(), slant_range.ravel(), height.ravel())
    longitude, latitude, _ = ecef_to_geodetic(ecef)
    return longitude.reshape(line.shape), latitude.reshape(line.shape)


def range_doppler(
    geometry: SceneGeometry, line: np.ndarray, sample: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the zero-Doppler time [s after the epoch] and the slant range [m] of pixels.

    As in real products the slant range is the polynomial of the nearest record, and the time
    moves by half the two-way travel time across the swath, 0 in its middle.
    """
    line_time = geometry.first_line_time + np.asarray(line) * geometry.line_interval
    records = geometry.ground_range.time
    record = np.rint(line_time - records[0]).astype(int).clip(0, records.size - 1)
    slant_range = np.zeros(line_time.shape)
    for power in range(POLYNOMIAL_DEGREE, -1, -1):
        slant_range = slant_range * (np.asarray(sample) * PIXEL_SPACING)
        slant_range += geometry.ground_range.slant[record, power]
    return line_time + (slant_range - geometry.mid_range) / SPEED_OF_LIGHT, slant_range


def geolocation_grid(geometry: SceneGeometry, terrain: Terrain | None = None) -> GeolocationGrid:
    """Return the tie points the processor would write, about 20 x 20.

    With ``terrain``, each point carries the height of the ground, and lies where its echo meets
    that height: towards the radar from where it would lie at sea level.
    """
    line = _nodes(geometry.lines, min(500, -(-geometry.lines // 20)))
    sample = _nodes(geometry.samples, -(-geometry.samples // 20))
    time, slant_range = range_doppler(geometry, *np.meshgrid(line, sample, indexing="ij"))
    time = np.round(time, 6)  # as the file will say it
    height = np.zeros(time.shape)
    for _ in range(5 if terrain else 1):
        ecef = locate(geometry.orbit, time.ravel(), slant_range.ravel(), height.ravel())
        longitude, latitude, _ = (x.reshape(time.shape) for x in ecef_to_geodetic(ecef))
        if terrain:
            height = np.asarray(terrain(longitude, latitude), dtype=np.float64)
    incidence, elevation = _angles(geometry.orbit, time.ravel(), ecef)
    return GeolocationGrid(
        line=line,
        sample=sample,
        azimuth_time=utc(geometry, time),
        slant_range_time=2.0 * slant_range / SPEED_OF_LIGHT,
        latitude=latitude,
        longitude=longitude,
        height=height,
        incidence_angle=incidence.reshape(time.shape),
    )
