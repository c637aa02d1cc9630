"""The geometry of a made-up EW scene: which point of the Earth each pixel sees, and when.

Zero-Doppler times, slant ranges, ground-range polynomials and the geolocation grid all follow
from one orbit through ``geo.orbit``, so that the annotation is consistent with itself.

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

from ...geo.orbit import Orbit, ecef_to_geodetic, geodetic_to_ecef, locate, state
from .annotation import GeolocationGrid
from .flight import PIXEL_SPACING, View, orbit_over, utc

SPEED_OF_LIGHT = 299_792_458.0  # m/s, SI
POLYNOMIAL_DEGREE = 8  # of the ground-range polynomials, as the processor writes them

#: Height [m] of the ground above the ellipsoid at longitudes and latitudes [degree].
Terrain = Callable[[np.ndarray, np.ndarray], np.ndarray]


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
    centre = geodetic_to_ecef(np.array(view.longitude), np.array(view.latitude))
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
    that height: farther from the radar than at sea level by height / tan(incidence).
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
    incidence = _incidence_angle(geometry.orbit, time.ravel(), ecef)
    return GeolocationGrid(
        line=line,
        sample=sample,
        azimuth_time=utc(geometry.orbit, time),
        slant_range_time=2.0 * slant_range / SPEED_OF_LIGHT,
        latitude=latitude,
        longitude=longitude,
        height=height,
        incidence_angle=incidence.reshape(time.shape),
    )


def elevation_angle(geometry: SceneGeometry, grid: GeolocationGrid) -> np.ndarray:
    """Return the angle [degree] at the satellite between the Earth's centre and each tie point."""
    ground = geodetic_to_ecef(grid.longitude, grid.latitude, grid.height)
    time = (grid.azimuth_time - geometry.orbit.epoch) / np.timedelta64(1, "s")
    position, _ = state(geometry.orbit, time.ravel())
    return _angle(position, position - ground.reshape(-1, 3)).reshape(time.shape)


def _nodes(size: int, step: int) -> np.ndarray:
    return np.unique(np.append(np.arange(0, size, step), size - 1)).astype(np.float64)


def _arc(orbit: Orbit, time: float, slant_range: np.ndarray) -> np.ndarray:
    """Return the ground range [m] of each slant range (n,) from the first, on the ellipsoid."""
    ground = locate(orbit, np.full(slant_range.size, time), slant_range)
    chord = np.linalg.norm(np.diff(ground, axis=0), axis=-1)
    radius = 6_371_000.0  # m; mean, the term is below a millimetre a step
    return np.append(0.0, np.cumsum(chord * (1.0 + chord**2 / (24.0 * radius**2))))


def _range_before(orbit: Orbit, slant_range: float, distance: float) -> float:
    """Return the slant range ``distance`` [m] of ground nearer than ``slant_range``, at time 0."""
    near = slant_range - 0.5 * distance
    for _ in range(6):  # Newton
        arc = _arc(orbit, 0.0, np.linspace(near, slant_range, 65))
        slope = arc[1] / ((slant_range - near) / 64.0)
        near += (arc[-1] - distance) / slope
    return near


def _fit_ground_range(
    orbit: Orbit, time: np.ndarray, near_range: float, width: float
) -> GroundRange:
    steps = np.linspace(0.0, 0.8 * width, 161)  # slant range grows by less than ground range
    slant, ground = [], []
    for record in time:
        arc = _arc(orbit, float(record), near_range + steps)
        seen = arc <= 1.02 * width
        slant.append(_fit(arc[seen], near_range + steps[seen]))
        ground.append(_fit(steps[seen], arc[seen]))
    return GroundRange(time, near_range, np.array(slant), np.array(ground))


def _fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the coefficients of y = sum c_i x^i."""
    return np.polynomial.Polynomial.fit(x, y, POLYNOMIAL_DEGREE).convert().coef


def _incidence_angle(orbit: Orbit, time: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """Return the incidence angle [degree] of ground points (n, 3), as the processor has it.

    It is measured against the line to the Earth's centre, not against the ellipsoid's normal
    (the two differ by up to 0.04 degrees at 80 degrees north).
    """
    position, _ = state(orbit, time)
    return _angle(ground, position - ground)


def _angle(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the angle [degree] between the vectors of two arrays (n, 3)."""
    cosine = (first * second).sum(axis=-1)
    cosine /= np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
    return np.degrees(np.arccos(cosine))
