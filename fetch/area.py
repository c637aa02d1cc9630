"""The area that is asked for: a box or a GeoJSON file, right at the pole and over the date line."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from ..geo.polar import NORTH, SOUTH, PolarPlane, inverse
from .footprint import STEP, along_parallels, on_plane, ring_on_plane

#: Boxes are larger than the area by so much [degree]: what is found is compared with the area.
MARGIN = 1e-6


class Box(NamedTuple):
    """A box in longitude and latitude [degree] that does not cross the date line."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Area:
    """A part of one hemisphere."""

    plane: PolarPlane
    #: The area on the plane [m].
    shape: BaseGeometry
    #: One or two boxes that hold the area, for archives that are asked by boxes.
    boxes: tuple[Box, ...]

    def meets(self, footprint: BaseGeometry | None) -> bool:
        """Tell whether a footprint in longitude and latitude touches the area; None may."""
        if footprint is None or footprint.is_empty:
            return True
        return bool(self.shape.intersects(on_plane(footprint, self.plane)))


def parse_area(text: str) -> Area:
    """Return the area of ``W,S,E,N`` in degrees or of a GeoJSON file.

    A box whose west lies east of its east crosses the date line; one of 360 degrees that ends
    at 90 is the cap around the pole.  Edges are straight in longitude and latitude, as GeoJSON
    has them (RFC 7946); holes of polygons are not left out.

    Raises
    ------
    ValueError
        If the text is neither, the area is empty or has a place that is not on the globe, or it
        lies on both hemispheres.
    """
    numbers = _numbers(text)
    if numbers is not None:
        return _area([_box_ring(text, *numbers)], text)
    path = Path(text)
    if not path.is_file():
        raise ValueError(
            f"--area {text!r} is neither W,S,E,N in degrees (-30,78,30,88) nor a GeoJSON file"
        )
    return _area(_rings(path), text)


def _numbers(text: str) -> tuple[float, float, float, float] | None:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        return None
    return west, south, east, north


def _box_ring(text: str, west: float, south: float, east: float, north: float) -> np.ndarray:
    if not (-180.0 <= west <= 360.0 and -180.0 <= east <= 360.0 and abs(west - east) <= 360.0):
        raise ValueError(f"--area {text}: longitudes must lie between -180 and 360, west first")
    if not south < north:
        raise ValueError(f"--area {text}: south must lie below north; the order is W,S,E,N")
    if east == west:
        raise ValueError(f"--area {text}: the box has no width; the order is W,S,E,N")
    east = east if east > west else east + 360.0
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    # Half-way points keep the way round of edges longer than half a turn.
    middle = 0.5 * (west + east)
    return np.array([*corners[:1], (middle, south), *corners[1:3], (middle, north), *corners[3:]])


def _rings(path: Path) -> list[np.ndarray]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        polygons = [
            part
            for geometry in _geometries(document)
            for part in shapely.get_parts(shape(geometry)).tolist()
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ShapelyError) as error:
        raise ValueError(f"{path}: cannot be read as GeoJSON ({error})") from error
    if not polygons or any(part.geom_type != "Polygon" for part in polygons):
        raise ValueError(f"{path}: the area must be made of polygons")
    return [shapely.get_coordinates(part.exterior) for part in polygons]


def _geometries(document: dict[str, Any]) -> list[dict[str, Any]]:
    if document["type"] == "FeatureCollection":
        return [feature["geometry"] for feature in document["features"]]
    return [document["geometry"] if document["type"] == "Feature" else document]


def _area(rings: list[np.ndarray], text: str) -> Area:
    for ring in rings:
        if not np.isfinite(ring).all() or np.abs(ring[:, 1]).max() > 90.0:
            raise ValueError(f"--area {text}: a place lies nowhere on the globe")
    latitude = np.concatenate([ring[:, 1] for ring in rings])
    if latitude.min() < 0.0 < latitude.max():
        raise ValueError(f"--area {text}: lies on both hemispheres; ask for one at a time")
    plane = NORTH if latitude.max() > 0.0 else SOUTH
    parts = [ring_on_plane(along_parallels(ring), plane) for ring in rings]
    whole = shapely.union_all(parts)
    if whole.area == 0.0:
        raise ValueError(f"--area {text}: the area is empty")
    return Area(plane, whole, _boxes(whole, plane))


def _boxes(whole: BaseGeometry, plane: PolarPlane) -> tuple[Box, ...]:
    """Return boxes in longitude and latitude that hold a shape on the plane."""
    longitude, latitude = inverse(plane, *shapely.get_coordinates(whole).T)
    south = max(float(latitude.min()) - MARGIN, -90.0)
    north = min(float(latitude.max()) + MARGIN, 90.0)
    holds_pole = bool(whole.contains(shapely.Point(0.0, 0.0)))
    if holds_pole:
        south, north = (south, 90.0) if plane is NORTH else (-90.0, north)
    turned = np.sort(longitude[np.abs(latitude) < 90.0 - MARGIN] % 360.0)
    gaps = np.diff(np.append(turned, turned[0] + 360.0))
    widest = int(gaps.argmax())
    if holds_pole or gaps[widest] < 2.0 * STEP:
        return (Box(-180.0, south, 180.0, north),)
    west = _from_minus_180(float(turned[(widest + 1) % len(turned)]) - MARGIN)
    east = _from_minus_180(float(turned[widest]) + MARGIN)
    if west <= east:
        return (Box(west, south, east, north),)
    return (Box(west, south, 180.0, north), Box(-180.0, south, east, north))


def _from_minus_180(longitude: float) -> float:
    return (longitude + 180.0) % 360.0 - 180.0
