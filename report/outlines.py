"""Where the scenes, tracks, swaths and grids of a run lie, as lines on a polar plane."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr

from ..collocate.catalogue import SCENE_KINDS, TRACK_KINDS, entries_of, read_entries
from ..collocate.progress import Watch
from ..geo.polar import PolarPlane, forward, plane_of_epsg, plane_of_latitude
from ..products.freeboard_grid import open_freeboard_grid
from ..products.recognise import identify, open_product
from .find import Attempt, Holdings
from .words import mission_name, span_words

#: Most products that are opened for their outlines; more are drawn from catalogues alone.
MOST_OPENED = 300
#: Most products opened that served trainings only.
MOST_TRAINING_OPENED = 50
#: Most outlines on a map.
MOST_SHOWN = 4000
#: Swaths whose files are larger are not opened for their outlines [byte].
LARGEST_SWATH = 300 << 20
#: Poleward of this latitude swaths and grids are outlined [degree].
LOWEST_LATITUDE = 50.0
#: Points along a long side of an outline.
SIDE_POINTS = 60
#: Lines are thinned until they may be so far off [m].
TOLERANCE_M = 200.0

TRAINING = "used for training only"
SCENES, SWATHS, GRIDS = "SAR scenes", "SWOT swaths", "mapped freeboard"


class Outline(NamedTuple):
    """A product on the map."""

    layer: str
    name: str
    when: str
    closed: bool  #: an area, or a line
    lines: list[np.ndarray]  #: (n, 2) float64 [m on the plane]
    training: bool = False


class Outlines(NamedTuple):
    """All that a map shows."""

    plane: PolarPlane
    shown: list[Outline]
    left_out: int  #: how many there are besides


def outlines(held: Holdings, inputs: list[Path], watch: Watch, attempt: Attempt) -> Outlines | None:
    """Return the outlines of a run's products and grids; None where there are none.

    Parameters
    ----------
    held : Holdings
    inputs : list of Path
        Products that the run names and that lie elsewhere.
    watch, attempt : functions
    """
    kinds = {*SCENE_KINDS, *TRACK_KINDS, "swot"}
    products = [path for path, kind in held.products.items() if kind in kinds]
    products += [path for path in inputs if path not in held.products]
    training = _training_only(held)
    lessons = [path for path in products if path.name in training]
    others = [path for path in products if path.name not in training]
    opened = [*_thinned(others, MOST_OPENED), *_thinned(lessons, MOST_TRAINING_OPENED)]
    found: list[tuple[PolarPlane, Outline]] = []
    with watch("outlines") as tell:
        for done, path in enumerate(opened):
            tell(done, len(opened))
            for plane, outline in attempt(path, _of_product, path) or []:
                found.append((plane, outline._replace(training=path.name in training)))
    for path in held.catalogues:
        found += attempt(path, _of_catalogue, path) or []
    for path in held.files["grid"]:
        found += attempt(path, _of_grid, path) or []
    if not found:
        return None
    plane = Counter(plane for plane, _ in found).most_common(1)[0][0]
    here = list({(o.name, o.layer): o for p, o in found if p is plane}.values())
    left_out = len(products) - len(opened) + max(0, len(here) - MOST_SHOWN)
    return Outlines(plane, here[:MOST_SHOWN], left_out)


def _thinned(paths: list[Path], most: int) -> list[Path]:
    return paths[:: -(-len(paths) // most) or 1]


def _training_only(held: Holdings) -> set[str]:
    """Return the names of products that served trainings alone, where others served more."""
    lessons = {
        Path(name).name
        for model in held.models
        for name in model.card["data"].get("collocations", {})
    }
    used: dict[bool, set[str]] = {True: set(), False: set()}
    for dataset in held.datasets:
        names = {Path(name).name for name in dataset.summary.get("inputs", {})}
        used[dataset.path.name in lessons] |= names
    return used[True] - used[False] if used[False] else set()


def _of_product(path: Path) -> list[tuple[PolarPlane, Outline]]:
    kind = identify(path)
    if kind in (*SCENE_KINDS, *TRACK_KINDS):
        return _of_entries(entries_of(path))
    return _of_swath(path) if kind == "swot" else []


def _of_catalogue(path: Path) -> list[tuple[PolarPlane, Outline]]:
    return _of_entries(read_entries(path))


def _of_entries(entries: gpd.GeoDataFrame) -> list[tuple[PolarPlane, Outline]]:
    found = []
    for row in entries.itertuples():
        footprint = shapely.simplify(shapely.from_wkb(row.footprint), TOLERANCE_M)
        scene = row.kind == "scene"
        parts = [footprint.exterior] if scene else shapely.get_parts(footprint)
        lines = [shapely.get_coordinates(part) for part in parts]
        layer = SCENES if scene else f"{mission_name(row.mission)} tracks"
        when = span_words(row.start_datetime, row.end_datetime)
        outline = Outline(layer, Path(row.path).name, when, scene, lines)
        found.append((plane_of_epsg(row.crs), outline))
    return found


def _of_swath(path: Path) -> list[tuple[PolarPlane, Outline]]:
    if path.stat().st_size > LARGEST_SWATH:
        return []
    found = []
    with open_product(path) as swath:
        for hemisphere in (1.0, -1.0):
            polar = hemisphere * swath["latitude"].values > LOWEST_LATITUDE
            part = swath.isel(line=np.flatnonzero(polar.any(axis=1)))
            if part.sizes["line"] > 1:
                found.append(_of_cells(part, SWATHS, path.name))
    return found


def _of_grid(path: Path) -> list[tuple[PolarPlane, Outline]]:
    return [_of_cells(open_freeboard_grid(path), GRIDS, path.name)]


def _of_cells(cells: xr.Dataset, layer: str, name: str) -> tuple[PolarPlane, Outline]:
    longitude, latitude = cells["longitude"].values, cells["latitude"].values
    plane = plane_of_latitude(latitude)
    ring = np.array(list(_border(*longitude.shape)))
    x, y = forward(plane, longitude[tuple(ring.T)], latitude[tuple(ring.T)])
    time = cells["time"].values
    when = span_words(np.nanmin(time), np.nanmax(time))
    known = np.isfinite(x) & np.isfinite(y)
    outline = Outline(layer, name, when, True, [np.stack([x[known], y[known]], axis=-1)])
    return plane, outline


def _border(rows: int, columns: int) -> Iterator[tuple[int, int]]:
    """Give places round the edge of an array, thinned along its sides."""
    down = np.unique(np.linspace(0, rows - 1, SIDE_POINTS).astype(int)).tolist()
    right = np.unique(np.linspace(0, columns - 1, SIDE_POINTS).astype(int)).tolist()
    yield from ((0, k) for k in right)
    yield from ((k, columns - 1) for k in down)
    yield from ((rows - 1, k) for k in reversed(right))
    yield from ((k, 0) for k in reversed(down))


def places_of(shown: list[Outline]) -> tuple[np.ndarray, np.ndarray]:
    """Return all places of outlines, x and y (n,) [m]; those of training only if alone."""
    chosen = [o for o in shown if not o.training] or shown
    places = np.concatenate([line for o in chosen for line in o.lines])
    return places[:, 0], places[:, 1]
