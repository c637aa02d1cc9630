"""An index of tracks and scenes: what, when and where, in STAC-GeoParquet.

A file holds the columns of ``COLUMNS``, ``geometry``, and those that make it STAC (``stac``).
``geometry`` is in longitude and latitude for other people's tools, cut at the date line;
``footprint`` (WKB) is the same on the polar plane named by ``crs``, where iceco searches.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import antimeridian
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
import xarray as xr

from ..geo.polar import NORTH, SOUTH, PolarPlane, forward, inverse, plane_of_epsg
from ..products.beside import written_beside
from ..products.recognise import identify, open_product
from .stac import STAC_NAMES, stac_table

#: Tracks are indexed poleward of this latitude only: sea ice ends before it [degree].
LOWEST_LATITUDE = 40.0

#: Spacing of the points kept of a track [records] at its rate of 20 or 40 a second: 7 to 13 km.
TRACK_STRIDE = 40

#: A track is cut where consecutive points lie further apart than this [m on the plane].
TRACK_GAP = 100_000.0

#: Farthest apart that corners of a footprint in degrees lie [m on the plane].
DEGREES_SPACING = 50_000.0

#: A track's line is thinned until a record may lie so far from it [m on the plane].
TRACK_TOLERANCE = 100.0

#: "scene" and "track" are what readers of other packages open (``products.plugins``).
SCENE_KINDS = ("sentinel1", "raster", "scene")
TRACK_KINDS = ("altika", "cryosat2", "sentinel3", "track")

COLUMNS = (
    "id", "kind", "mission", "mode", "start_datetime", "end_datetime", "crs", "footprint", "path",
)  # fmt: skip

TIMES = ("start_datetime", "end_datetime")

#: Kind of row: type of its footprint as Shapely counts them.
FOOTPRINT_TYPES = {
    "scene": shapely.GeometryType.POLYGON,
    "track": shapely.GeometryType.MULTILINESTRING,
}


class Failure(NamedTuple):
    """A file that could not be used, and why."""

    path: str
    reason: str


class Catalogue(NamedTuple):
    """What was found (a row a scene, a row a track and hemisphere), and what was unreadable."""

    entries: gpd.GeoDataFrame
    failures: list[Failure]


def entries_of(path: Path) -> gpd.GeoDataFrame:
    """Return the rows of one product: none if it is neither track nor scene, one, or two.

    A track has a row in each hemisphere that it visits.

    Raises
    ------
    ValueError
        If the product cannot be read.
    """
    kind = identify(path)
    if kind in SCENE_KINDS:
        with open_product(path) as scene:
            return _frame([_scene_row(path, scene)])
    if kind in TRACK_KINDS:
        with open_product(path) as track:
            return _frame(list(_track_rows(path, track)))
    return empty_entries()


def empty_entries() -> gpd.GeoDataFrame:
    """Return a catalogue of nothing."""
    return _frame([])


def write_entries(entries: gpd.GeoDataFrame, path: Path) -> None:
    """Write a catalogue as STAC-GeoParquet, beside its name and then renamed.

    Paths become absolute, so that the catalogue may be used from any folder.
    """
    absolute = entries.assign(path=[absolute_path(p) for p in entries["path"]])
    with written_beside(path) as partial:
        pq.write_table(stac_table(absolute), partial)


def absolute_path(path: str) -> str:
    """Return a path from the root, without ".." and with links as they are."""
    return os.path.normpath(Path(path).absolute())


def read_entries(path: Path) -> gpd.GeoDataFrame:
    """Read a catalogue that ``write_entries`` wrote; columns that others added are left out.

    Raises
    ------
    ValueError
        If it is missing, damaged, or no catalogue.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    try:
        entries = gpd.read_parquet(path)
        entries = entries.rename(columns={theirs: ours for ours, theirs in STAC_NAMES.items()})
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path}: no catalogue, or a damaged one; write it again") from error
    if not {*COLUMNS, "geometry"} <= set(entries.columns):
        raise ValueError(f"{path}: no catalogue of iceco: it lacks columns; write it again")
    try:
        return _checked(entries[[*COLUMNS, "geometry"]])
    except (shapely.GEOSException, ValueError, TypeError) as error:
        raise ValueError(
            f"{path}: a damaged catalogue, or not one of iceco ({error}); write it again"
        ) from error


def _checked(entries: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows of a catalogue as ``_frame`` makes them.

    Raises
    ------
    GEOSException, ValueError, TypeError
        If a value is none that ``_frame`` writes.
    """
    texts = [name for name in COLUMNS if name not in (*TIMES, "footprint")]
    for name in texts:
        if not all(isinstance(value, str) for value in entries[name]):
            raise ValueError(f"{name} is not always a text")
    for name in TIMES:
        times = pd.to_datetime(entries[name], utc=True).dt.tz_localize(None)
        if times.isna().any():
            raise ValueError(f"{name} is missing somewhere")
        entries[name] = times.astype("datetime64[ns]")
    for crs in entries["crs"].unique():
        plane_of_epsg(crs)
    footprints = shapely.from_wkb(entries["footprint"].to_numpy(dtype=object))
    kinds = entries["kind"].map(FOOTPRINT_TYPES).to_numpy(dtype=np.float64)
    if not np.array_equal(shapely.get_type_id(footprints), kinds):
        raise ValueError("a footprint is not of the type of its kind")
    if shapely.is_empty(footprints).any() or not np.isfinite(shapely.bounds(footprints)).all():
        raise ValueError("a footprint is empty or not finite")
    return entries


def _frame(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(
        {name: [row[name] for row in rows] for name in COLUMNS},
        geometry=[_on_the_globe(row) for row in rows],
        crs="EPSG:4326",
    )
    for name in TIMES:
        frame[name] = frame[name].astype("datetime64[ns]")
    return frame


def _scene_row(path: Path, scene: xr.Dataset) -> dict[str, Any]:
    x, y = scene["grid_x"].values, scene["grid_y"].values
    border = [np.concatenate([a[0], a[1:, -1], a[-1, -2::-1], a[-2:0:-1, 0]]) for a in (x, y)]
    return {
        "id": scene.attrs["scene_id"],
        "kind": "scene",
        "mission": scene.attrs["mission"],
        "mode": scene.attrs["mode"],
        "start_datetime": scene["line_time"].values.min(),
        "end_datetime": scene["line_time"].values.max(),
        "crs": scene.attrs["crs"],
        "footprint": shapely.Polygon(np.stack(border, axis=-1)).wkb,
        "path": str(path),
    }


def _track_rows(path: Path, track: xr.Dataset) -> Iterator[dict[str, Any]]:
    for plane in (NORTH, SOUTH):
        part = track.isel(
            time=np.flatnonzero(plane.hemisphere * track["latitude"].values > LOWEST_LATITUDE)
        )
        if part.sizes["time"] == 0:
            continue
        time = part["time"].values
        yield {
            "id": track.attrs["track_id"],
            "kind": "track",
            "mission": track.attrs["mission"],
            "mode": track.attrs["mode"],
            "start_datetime": time.min(),
            "end_datetime": time.max(),
            "crs": plane.crs,
            "footprint": _track_line(plane, part).wkb,
            "path": str(path),
        }


def _track_line(plane: PolarPlane, part: xr.Dataset) -> shapely.MultiLineString:
    """Return the track on the plane, cut at its gaps and thinned."""
    thin = np.unique(
        np.append(np.arange(0, part.sizes["time"], TRACK_STRIDE), part.sizes["time"] - 1)
    )
    x, y = forward(plane, part["longitude"].values[thin], part["latitude"].values[thin])
    points = np.stack([x, y], axis=-1)
    cuts = np.flatnonzero(np.hypot(*np.diff(points, axis=0).T) > TRACK_GAP) + 1
    pieces = [p if len(p) > 1 else np.repeat(p, 2, axis=0) for p in np.split(points, cuts)]
    lines = [shapely.LineString(p) for p in pieces]
    return shapely.MultiLineString(list(shapely.simplify(lines, TRACK_TOLERANCE)))


def _on_the_globe(row: dict[str, Any]) -> shapely.Geometry:
    """Return a footprint in longitude and latitude, cut at the date line and round the pole."""
    plane = plane_of_epsg(row["crs"])
    on_plane = shapely.from_wkb(row["footprint"])
    holds_pole = bool(shapely.contains_xy(on_plane, 0.0, 0.0))
    # Without points between its corners a long side would leave its course in degrees.
    if on_plane.geom_type == "MultiLineString":
        parts = [
            part if part.length == 0.0 else shapely.segmentize(part, DEGREES_SPACING)
            for part in on_plane.geoms
        ]
        in_degrees = _degrees(plane, shapely.MultiLineString(parts))
        return antimeridian.fix_multi_line_string(in_degrees, great_circle=True)
    return antimeridian.fix_polygon(
        _degrees(plane, shapely.segmentize(on_plane, DEGREES_SPACING)),
        force_north_pole=holds_pole and plane is NORTH,
        force_south_pole=holds_pole and plane is SOUTH,
        fix_winding=not holds_pole,
    )


def _degrees(plane: PolarPlane, geometry: Any) -> Any:
    return shapely.transform(
        geometry, lambda p: np.stack(inverse(plane, p[:, 0], p[:, 1]), axis=-1)
    )
