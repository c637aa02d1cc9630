"""Where the sea is in a Sentinel-1 image: solved from the orbit, free of the terrain's heights."""

import numpy as np

from ...geo.ground_range import RangeConversion, ground_to_slant_range, update_lines
from ...geo.orbit import Orbit, ecef_to_geodetic, locate, sea_level_grid_from_orbit, state
from ...geo.polar import PolarPlane
from .annotation import Annotation

SPEED_OF_LIGHT = 299_792_458.0  # m/s, SI
SECOND = np.timedelta64(1, "s")


def sea_level_nodes(annotation: Annotation, plane: PolarPlane, name: str) -> dict[str, np.ndarray]:
    """Return a geolocation grid at sea level.

    Its lines lie where the processor updated the polynomial from ground to slant range, about
    one a second: it does so for the mean terrain height of the swath, and beside an ice cap the
    sea moves by tens of metres from one to the next, which the annotated grid (a node in three
    seconds) does not show.  Without polynomials the nodes are the annotated ones.

    Parameters
    ----------
    annotation : Annotation
    plane : PolarPlane
        Of ``x`` and ``y``.
    name : str
        How errors call the product.

    Returns
    -------
    dict
        ``line`` (n,), ``sample`` (m,), and ``x``, ``y`` (n, m) [m], float64.

    Raises
    ------
    ValueError
        If the orbit does not cover the image.
    """
    orbit, time, slant_range = _tie_points(annotation)
    line = annotation.grid.line
    if annotation.range_polynomials is not None:
        polynomials = annotation.range_polynomials
        conversion = RangeConversion(
            (polynomials.time - orbit.epoch) / SECOND,
            polynomials.ground_origin,
            polynomials.coefficients,
        )
        first = (annotation.first_line_time - orbit.epoch) / SECOND
        interval = annotation.line_interval
        # Echoes of far range come later; tie points count that, and all rows of them alike.
        delay = (time - (first + line * interval)[:, None]).mean(axis=0)
        line = update_lines(conversion, first, interval, annotation.lines)
        line_time = first + line * interval
        ground_range = annotation.grid.sample * annotation.sample_spacing
        slant_range = ground_to_slant_range(conversion, line_time, ground_range)
        time = line_time[:, None] + delay
    x, y = sea_level_grid_from_orbit(orbit, time, slant_range, plane)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError(f"{name}: the orbit's state vectors do not cover the image")
    return {"line": line, "sample": annotation.grid.sample, "x": x, "y": y}


def sea_level_incidence(annotation: Annotation) -> np.ndarray:
    """Return the incidence angle [degree] (n, m) at the tie points of the grid, at height 0.

    Measured against the normal of the ellipsoid.  The annotated angles are those at the
    terrain, and against the line to the Earth's centre (up to 0.04 degree off at 80 north).
    """
    orbit, time, slant_range = _tie_points(annotation)
    ground = locate(orbit, time.ravel(), slant_range.ravel())
    longitude, latitude, _ = (np.radians(x) for x in ecef_to_geodetic(ground))
    normal = np.stack(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ],
        axis=-1,
    )
    sight = state(orbit, time.ravel())[0] - ground
    cosine = np.sum(normal * sight, axis=-1) / np.linalg.norm(sight, axis=-1)
    return np.degrees(np.arccos(cosine)).reshape(time.shape)


def _tie_points(annotation: Annotation) -> tuple[Orbit, np.ndarray, np.ndarray]:
    """Return the orbit, and the times [s] and slant ranges [m] at which tie points are seen."""
    states = annotation.orbit
    orbit = Orbit(
        epoch=states.time[0],
        time=(states.time - states.time[0]) / SECOND,
        position=states.position,
        velocity=states.velocity,
    )
    time = (annotation.grid.azimuth_time - states.time[0]) / SECOND
    return orbit, time, 0.5 * SPEED_OF_LIGHT * annotation.grid.slant_range_time
