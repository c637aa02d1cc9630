"""An index of tracks and scenes: what, when and where, in GeoParquet with STAC's column names.

``geometry`` is in longitude and latitude for other people's tools, cut at the date line;
``footprint`` (WKB) is the same on the polar plane named by ``crs``, where iceco searches.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import antimeridian
import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely
import xarray as xr

from ..geo.polar import NORTH, SOUTH, PolarPlane, forward, inverse, plane_of_epsg
from ..products.beside import written_beside
from ..products.recognise import identify, open_product

#: Tracks are indexed poleward of this latitude only: sea ice ends before it [degree].
LOWEST_LATITUDE = 40.0

#: Spacing of the points kept of a track [records] at its rate of 20 or 40 a second: 7 to 13 km.
TRACK_STRIDE = 40

#: A track is cut where consecutive points lie further apart than this [m on the plane].
TRACK_GAP = 100_000.0

SCENE_KINDS = ("sentinel1", "raster")
TRACK_KINDS = ("altika", "cryosat2", "sentinel3")

COLUMNS = (
    "id", "kind", "mission", "mode", "start_datetime", "end_datetime", "crs", "footprint", "path",
)  # fmt: skip


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
    """Write a catalogue as GeoParquet, beside its name and then renamed."""
    with written_beside(path) as partial:
        entries.to_parquet(partial, index=False)


def read_entries(path: Path) -> gpd.GeoDataFrame:
    """Read a catalogue that ``write_entries`` wrote.

    Raises
    ------
    ValueError
        If it is missing, damaged, or no catalogue.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    try:
        entries = gpd.read_parquet(path)
    except (pa.ArrowInvalid, OSError, ValueError) as error:
        raise ValueError(f"{path}: no catalogue, or a damaged one; write it again") from error
    if not set(COLUMNS) <= set(entries.columns):
        raise ValueError(f"{path}: no catalogue of iceco: it lacks columns; write it again")
    return entries


def _frame(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(
        {name: [row[name] for row in rows] for name in COLUMNS},
        geometry=[_on_the_globe(row) for row in rows],
        crs="EPSG:4326",
    )
    for name in ("start_datetime", "end_datetime"):
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
    """Return the track on the plane, thinned and cut at its gaps."""
    thin = np.unique(
        np.append(np.arange(0, part.sizes["time"], TRACK_STRIDE), part.sizes["time"] - 1)
    )
    x, y = forward(plane, part["longitude"].values[thin], part["latitude"].values[thin])
    points = np.stack([x, y], axis=-1)
    cuts = np.flatnonzero(np.hypot(*np.diff(points, axis=0).T) > TRACK_GAP) + 1
    pieces = [p if len(p) > 1 else np.repeat(p, 2, axis=0) for p in np.split(points, cuts)]
    return shapely.MultiLineString([shapely.LineString(p) for p in pieces])


def _on_the_globe(row: dict[str, Any]) -> shapely.Geometry:
    """Return a footprint in longitude and latitude, cut at the date line and round the pole."""
    plane = plane_of_epsg(row["crs"])
    on_plane = shapely.from_wkb(row["footprint"])
    holds_pole = bool(shapely.contains_xy(on_plane, 0.0, 0.0))
    if on_plane.geom_type == "MultiLineString":
        return antimeridian.fix_multi_line_string(_degrees(plane, on_plane), great_circle=True)
    # Without points between its corners a long side would leave its course in degrees.
    return antimeridian.fix_polygon(
        _degrees(plane, shapely.segmentize(on_plane, 50_000.0)),
        force_north_pole=holds_pole and plane is NORTH,
        force_south_pole=holds_pole and plane is SOUTH,
        fix_winding=not holds_pole,
    )


def _degrees(plane: PolarPlane, geometry: Any) -> Any:
    return shapely.transform(
        geometry, lambda p: np.stack(inverse(plane, p[:, 0], p[:, 1]), axis=-1)
    )
