"""From open tracks and scenes to freeboard on a grid."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy.spatial import cKDTree

from ...collocate.corridor import LeadFinder
from ...drift.displacement import Drift
from ...geo.land import is_land
from ...geo.polar import PolarPlane, scale_factor
from .covariates import NAMES, Covariates, scene_covariates
from .cross_validation import Score
from .fields import Cells, Field, Points, select
from .grids import Grid, cell_at, map_grid, swath_grid
from .mapping import Mapped, Tried, map_by, try_methods
from .observations import super_observations
from .representativeness import representative

#: Cells further than this from all observations are not mapped [m] (chosen): nothing is left of
#: what tracks say, and images look different by then.
FARTHEST = 200_000.0
#: Half the width of what an echo sees [m]: pulse-limited radius of the missions (science).
FOOTPRINT = 800.0
#: Values of ``quality_flag``.
GOOD, WITHOUT_SAR, FAR, NOTHING = 0, 1, 2, 3
#: From this distance on a cell is flagged as far from observations [m] (chosen).
FAR_M = 60_000.0


class Request(NamedTuple):
    """What is to be mapped, and how."""

    target: np.datetime64  #: UTC
    plane: PolarPlane
    method: str  #: a name of ``methods.METHODS``, or auto
    resolution: float  #: of a map [m]; a swath has its own
    like: xr.Dataset | None  #: swath whose samples the grid follows; None: a map
    crs: str | None  #: of a map; None: EASE-Grid 2.0
    model: Path | None = None  #: of the network; None: that which comes with iceco


class Densified(NamedTuple):
    """Freeboard on a grid; arrays (rows, columns) float32, nan where there is nothing."""

    grid: Grid
    field: Field  #: of arrays (rows, columns) and (5, rows, columns)
    lead_probability: np.ndarray
    distance_m: np.ndarray  #: to the nearest observation, on the ground
    age_s: np.ndarray  #: of that observation, minus the target time
    quality_flag: np.ndarray  #: int8
    backscatter: np.ndarray  #: HV at the reference incidence [dB]
    points: Points  #: the observations as they were used
    method: str
    scores: dict[str, Score]


class Prepared(NamedTuple):
    """All that methods map from."""

    grid: Grid
    wanted: np.ndarray  #: (cells,) int64, which of the grid's cells are mapped, row by row
    points: Points  #: one a track and cell, with covariates
    cells: Cells


def densify(
    points: Points,
    scenes: list[xr.Dataset],
    drift: Drift,
    leads: LeadFinder,
    request: Request,
    workers: int,
    watch: Callable[[int, int], None],
) -> Densified:
    """Map the freeboard of some observations with the help of some scenes: see ``prepare``."""
    ready = prepare(points, scenes, drift, leads, request, workers, watch)
    tried = try_methods(ready.points, ready.cells, request.method, request.model)
    return map_grid_by(ready, tried, tried.best)


def prepare(
    points: Points,
    scenes: list[xr.Dataset],
    drift: Drift,
    leads: LeadFinder,
    request: Request,
    workers: int,
    watch: Callable[[int, int], None],
) -> Prepared:
    """Lay out the grid, read the scenes, and bring observations and scenes onto the cells.

    Parameters
    ----------
    points : Points
        On the plane, at the target time.
    scenes : list of dataset
        Canonical scenes; may be empty.
    drift : Drift
        That takes scenes to the target time.
    leads : LeadFinder
    request : Request
    workers : int
        Threads that read scenes.
    watch : function of (done, in all)

    Raises
    ------
    ValueError
        If the swath passes elsewhere, a scene misses the grid, or no cell is near an observation.
    """
    grid = _grid(points, scenes, request)
    wanted = _wanted(grid, points)
    seen = _covariates(scenes, grid, wanted, drift, leads, request, workers, watch)
    names = NAMES if scenes else ()
    x, y = (values.ravel()[wanted] for values in (grid.x, grid.y))
    cells = Cells(x, y, seen.values, names, seen.lead_probability)
    used = with_covariates(_averaged(points, grid), cells, grid.cell_size)
    if grid.cell_size > 2.0 * FOOTPRINT:
        used = representative(used, names)
    return Prepared(grid, wanted, used, cells)


def map_grid_by(ready: Prepared, tried: Tried, method: str) -> Densified:
    """Return the freeboard of a grid by one of the methods tried."""
    mapped = map_by(ready.points, ready.cells, tried, method)
    return _assembled(ready.grid, ready.wanted, ready.points, ready.cells, mapped)


def _assembled(
    grid: Grid, wanted: np.ndarray, used: Points, cells: Cells, mapped: Mapped
) -> Densified:
    """Return what is known of the wanted cells laid out on the grid."""
    tree = cKDTree(np.stack([used.x, used.y], axis=-1))
    distance, nearest = tree.query(np.stack([cells.x, cells.y], axis=-1))
    distance = distance / scale_factor(grid.plane, grid.latitude.ravel()[wanted])
    flag = np.where(mapped.without_image, WITHOUT_SAR, np.where(distance > FAR_M, FAR, GOOD))
    flag = np.where(np.isnan(mapped.field.mean), NOTHING, flag)

    def spread(values: np.ndarray, fill: float = np.nan, dtype: str = "f4") -> np.ndarray:
        whole: np.ndarray = np.full(grid.x.size, fill, dtype)
        whole[wanted] = values
        return whole.reshape(grid.x.shape)

    field = Field(
        spread(mapped.field.mean), spread(mapped.field.sigma),
        np.stack([spread(values) for values in mapped.field.quantiles]),
    )  # fmt: skip
    backscatter = cells.covariates[:, 0] if cells.names else np.full(wanted.size, np.nan)
    return Densified(
        grid, field, spread(cells.lead_probability), spread(distance),
        spread(used.age_s[nearest]), spread(flag, NOTHING, "i1"), spread(backscatter),
        used, mapped.method, mapped.scores,
    )  # fmt: skip


def _grid(points: Points, scenes: list[xr.Dataset], request: Request) -> Grid:
    """Return the grid: that of the swath, or a map of the scenes, or of the points."""
    corners = [[scene[f"grid_{axis}"].values.ravel() for scene in scenes] for axis in "xy"]
    if request.like is not None:
        x, y = (
            np.concatenate([own, *nodes])
            for own, nodes in zip((points.x, points.y), corners, strict=True)
        )
        return swath_grid(request.like, request.plane, x, y)
    x, y = (
        np.concatenate(nodes or [own])
        for own, nodes in zip((points.x, points.y), corners, strict=True)
    )
    return map_grid(request.plane, x, y, request.resolution, request.crs)


def _wanted(grid: Grid, points: Points) -> np.ndarray:
    """Return the cells at sea that have a place and an observation within reach, row by row."""
    known = np.flatnonzero(np.isfinite(grid.x).ravel())
    tree = cKDTree(np.stack([points.x, points.y], axis=-1))
    places = np.stack([values.ravel()[known] for values in (grid.x, grid.y)], axis=-1)
    distance, _ = tree.query(places, distance_upper_bound=FARTHEST)
    known = known[np.isfinite(distance)]
    if known.size == 0:
        raise ValueError(
            f"no cell of the grid lies within {FARTHEST / 1000:g} km of an observation; name "
            "tracks that cross it"
        )
    land = is_land(grid.longitude.ravel()[known], grid.latitude.ravel()[known])
    return np.asarray(known[~land])


def _covariates(
    scenes: list[xr.Dataset],
    grid: Grid,
    wanted: np.ndarray,
    drift: Drift,
    leads: LeadFinder,
    request: Request,
    workers: int,
    watch: Callable[[int, int], None],
) -> Covariates:
    if not scenes:
        nothing = np.full(wanted.size, np.nan, np.float32)
        return Covariates(
            np.empty((wanted.size, 0), np.float32), nothing, np.full(wanted.size, -1, np.int16)
        )
    return scene_covariates(scenes, grid, wanted, drift, request.target, leads, workers, watch)


def _averaged(points: Points, grid: Grid) -> Points:
    """Return the observations near the grid, those of a track and cell averaged."""
    cell = cell_at(grid, points.x, points.y)
    # Off the grid, where they only bear on the edges, squares of the plane stand for cells.
    column, row = (np.floor(values / grid.cell_size) for values in (points.x, points.y))
    beside = -2 - ((row + 2**20) * 2**21 + column + 2**20).astype(np.int64)
    tree = cKDTree(np.stack([v[np.isfinite(grid.x)] for v in (grid.x, grid.y)], axis=-1))
    distance, _ = tree.query(np.stack([points.x, points.y], axis=-1), distance_upper_bound=FARTHEST)
    near = np.isfinite(distance)
    return super_observations(select(points, near), np.where(cell >= 0, cell, beside)[near])


def with_covariates(points: Points, cells: Cells, cell_size: float) -> Points:
    """Return points with the covariates under their footprints: the mean over its cells."""
    count = max(1, round(np.pi * (FOOTPRINT / cell_size) ** 2))
    reach = max(FOOTPRINT, 0.75 * cell_size)
    tree = cKDTree(np.stack([cells.x, cells.y], axis=-1))
    places = np.stack([points.x, points.y], axis=-1)
    _, index = tree.query(places, k=[*range(1, count + 1)], distance_upper_bound=reach)
    padded = np.concatenate([cells.covariates, np.full((1, cells.covariates.shape[1]), np.nan)])
    values = padded[index]  # (n, count, c); what is out of reach has the index after the last
    there = np.isfinite(values)
    total = np.where(there, values, 0.0).sum(axis=1)
    held = there.sum(axis=1)
    mean = np.divide(total, held, out=np.full(total.shape, np.nan), where=held > 0)
    return points._replace(covariates=mean.astype(np.float32))
