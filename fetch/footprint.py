"""Footprints on a polar plane, where neither the pole nor the date line is special."""

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from ..geo.polar import PolarPlane, forward

#: Spacing of points along an edge [degree]: a chord on the plane then misses its great circle
#: by less than 1 km.
STEP = 1.0
#: The other hemisphere is seen to here [degree]: its pole lies at infinity.
FARTHEST = 30.0


def along_parallels(ring: np.ndarray, step: float = STEP) -> np.ndarray:
    """Return a ring with points added along edges that are straight in longitude and latitude.

    Parameters
    ----------
    ring : array (n, 2), float64 [degree]
        Longitude and latitude.  A step of more than half a turn, but less than a whole one, is
        the short way over the date line; a whole turn is a whole turn.
    step : float
        Longest edge in longitude or latitude [degree].

    Returns
    -------
    array (m, 2), float64 [degree]
        Longitudes are continuous, of any turn.
    """
    longitude, latitude = _unwrapped(ring[:, 0]), ring[:, 1]
    longest = np.maximum(np.abs(np.diff(longitude)), np.abs(np.diff(latitude)))
    knots = np.arange(len(ring), dtype=np.float64)
    at = _with_points_between(np.maximum(np.ceil(longest / step), 1.0))
    return np.column_stack([np.interp(at, knots, longitude), np.interp(at, knots, latitude)])


def along_great_circles(line: np.ndarray, step: float = STEP) -> np.ndarray:
    """Return a line with points added along the great circles between its points.

    Parameters
    ----------
    line : array (n, 2), float64 [degree]
        Longitude and latitude, taken as places on a sphere.
    step : float
        Longest edge [degree of arc].

    Returns
    -------
    array (m, 2), float64 [degree]
    """
    longitude, latitude = np.radians(line).T
    places = np.column_stack(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ]
    )
    cosine = np.clip(np.sum(places[:-1] * places[1:], axis=1), -1.0, 1.0)
    angle = np.arccos(cosine)
    at = _with_points_between(np.maximum(np.ceil(np.degrees(angle) / step), 1.0))
    edge = np.minimum(at.astype(np.int64), len(angle) - 1)
    part, whole = at - edge, np.maximum(angle[edge], 1e-12)
    # Spherical linear interpolation (Shoemake 1985); of a short edge it is the linear one.
    first = np.sin((1.0 - part) * whole)[:, None] * places[edge]
    last = np.sin(part * whole)[:, None] * places[edge + 1]
    x, y, z = (first + last).T
    return np.degrees(np.column_stack([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))]))


def on_plane(footprint: BaseGeometry, plane: PolarPlane) -> BaseGeometry:
    """Return a footprint on a polar plane, in metres.

    Parameters
    ----------
    footprint : geometry
        Points, lines or polygons in longitude and latitude [degree] whose edges are great
        circles; a polygon may hold the pole and cross the date line as it likes.
    plane : PolarPlane
        Parts that lie on the other hemisphere alone are left out; what else lies beyond
        ``FARTHEST`` there is drawn to it.

    Returns
    -------
    geometry
        Valid, in metres.
    """
    parts = [_part_on_plane(part, plane) for part in shapely.get_parts([footprint]).tolist()]
    return shapely.union_all(parts)


def ring_on_plane(ring: np.ndarray, plane: PolarPlane) -> BaseGeometry:
    """Return the polygon (m) on a plane within a ring (n, 2) [degree] of near points."""
    return shapely.make_valid(Polygon(_projected(ring, plane)))


def _part_on_plane(part: BaseGeometry, plane: PolarPlane) -> BaseGeometry:
    places = shapely.get_coordinates(part)
    if (plane.hemisphere * places[:, 1] < 0.0).all():
        return Polygon()  # on the other hemisphere, whose pole would be outside of any ring
    if isinstance(part, Polygon):
        outer, *holes = (
            ring_on_plane(along_great_circles(shapely.get_coordinates(ring)), plane)
            for ring in (part.exterior, *part.interiors)
        )
        return outer.difference(shapely.union_all(holes)) if holes else outer
    if len(places) == 1:
        return Point(_projected(places, plane)[0])
    return LineString(_projected(along_great_circles(places), plane))


def _projected(places: np.ndarray, plane: PolarPlane) -> np.ndarray:
    latitude = plane.hemisphere * np.maximum(plane.hemisphere * places[:, 1], -FARTHEST)
    return np.column_stack(forward(plane, places[:, 0], latitude))


def _unwrapped(longitude: np.ndarray) -> np.ndarray:
    step = np.diff(longitude)
    far = (np.abs(step) > 180.0) & (np.abs(step) < 360.0)
    step = np.where(far, step - 360.0 * np.sign(step), step)
    return np.concatenate([longitude[:1], longitude[0] + np.cumsum(step)])


def _with_points_between(counts: np.ndarray) -> np.ndarray:
    """Return places along a chain of unit edges, each cut into ``counts`` equal pieces."""
    pieces = [edge + np.arange(count) / count for edge, count in enumerate(counts.astype(np.int64))]
    return np.concatenate([*pieces, [float(len(counts))]])
