"""Regions from GeoJSON or GeoPackage, as polygons on the polar plane: no seam at the date line."""

from pathlib import Path
from typing import NamedTuple

import geopandas
import numpy as np
import shapely
from pyproj import Transformer

from ...geo.polar import PolarPlane, forward
from .ease import crs_of

#: Sides are drawn as the file means them, by points at most this far apart [degree], [m].
STEP_DEGREE, STEP_M = 0.25, 10_000.0
NAME_COLUMNS = ("name", "region", "title", "id")
GEOGRAPHIC = "EPSG:4326"


class Regions(NamedTuple):
    """Regions in the order of their file."""

    names: list[str]
    polygons: np.ndarray  #: (n,) shapely polygons on the polar plane [m]
    areas: np.ndarray  #: (n,) on the ground [m2]


def read_regions(path: str | Path, plane: PolarPlane) -> Regions:
    """Return the regions of a file.

    Parameters
    ----------
    path : path
        GeoJSON, GeoPackage or what else geopandas reads: a polygon or several a region, named by a
        column ``name``, ``region``, ``title`` or ``id``, else by its number.
    plane : PolarPlane
        Of the hemisphere in question.

    Raises
    ------
    ValueError
        If the file is not there, cannot be read, or holds no polygon.

    Notes
    -----
    In longitude and latitude sides are straight in degrees, as GeoJSON has it.  A side of more than
    half a turn but less than a whole one is taken the short way, across the date line.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    try:
        table = geopandas.read_file(path)
    except (RuntimeError, OSError, ValueError) as error:  # pyogrio's own are RuntimeErrors
        raise ValueError(f"{path}: cannot be read as regions ({error})") from error
    shapes = getattr(table, "geometry", None)
    polygonal = [] if shapes is None else shapes.geom_type.isin(["Polygon", "MultiPolygon"])
    if not np.any(polygonal):
        raise ValueError(f"{path}: holds no polygon; give regions as polygons")
    table = table[polygonal]
    crs = table.crs or GEOGRAPHIC
    flat = shapely.force_2d(table.geometry.to_numpy())
    polygons = np.array([_on_plane(shape, crs, plane) for shape in flat], dtype=object)
    return Regions(_names(table), polygons, _areas(polygons, plane))


def inside(polygon: shapely.Geometry, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return which points of the plane (any one shape) lie in a polygon, bool."""
    shapely.prepare(polygon)
    return np.asarray(shapely.contains_xy(polygon, x, y))


def _on_plane(shape: shapely.Geometry, crs: object, plane: PolarPlane) -> shapely.Geometry:
    if _is_geographic(crs):
        drawn = shapely.segmentize(_unwrapped(shape), STEP_DEGREE)
        placed = shapely.transform(drawn, lambda at: np.stack(forward(plane, *at.T), axis=-1))
    else:
        to_plane = Transformer.from_crs(crs, plane.crs, always_xy=True)
        drawn = shapely.segmentize(shape, STEP_M)
        placed = shapely.transform(drawn, lambda at: np.stack(to_plane.transform(*at.T), axis=-1))
    # A cap given as a box of longitudes touches itself along the pole's meridian.
    return shapely.make_valid(placed)


def _is_geographic(crs: object) -> bool:
    return bool(getattr(crs, "is_geographic", crs == GEOGRAPHIC))


def _unwrapped(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape whose sides of more than half a turn go the short way."""

    def ring(at: np.ndarray) -> np.ndarray:
        step = np.diff(at[:, 0])
        turns = np.where((np.abs(step) > 180.0) & (np.abs(step) < 360.0), -np.sign(step), 0.0)
        at = at.copy()
        at[1:, 0] += 360.0 * np.cumsum(turns)
        return at

    def polygon(part: shapely.Polygon) -> shapely.Polygon:
        holes = [ring(shapely.get_coordinates(hole)) for hole in part.interiors]
        return shapely.Polygon(ring(shapely.get_coordinates(part.exterior)), holes)

    parts = [polygon(part) for part in shapely.get_parts(shape)]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _areas(polygons: np.ndarray, plane: PolarPlane) -> np.ndarray:
    """Return ground areas: those of the same polygons on an equal-area plane."""
    to_equal = Transformer.from_crs(plane.crs, crs_of(plane.hemisphere), always_xy=True)
    equal = shapely.transform(polygons, lambda at: np.stack(to_equal.transform(*at.T), axis=-1))
    return np.asarray(shapely.area(equal))


def _names(table: geopandas.GeoDataFrame) -> list[str]:
    known = {str(column).lower(): column for column in table.columns}
    for name in NAME_COLUMNS:
        if name in known:
            return [str(value) for value in table[known[name]]]
    return [f"region {i + 1}" for i in range(len(table))]
