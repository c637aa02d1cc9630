"""Images of the ice and the freeboard under tracks that crossed it: what the network learns from.

A *world* is one scene on a grid, and the observations of the tracks that crossed it, one a track
and cell.  Simulated worlds know the freeboard of every cell too; it is a target of the training
and never an input.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import netCDF4
import numpy as np
import xarray as xr

from ....collocate.catalogue import SCENE_KINDS
from ....collocate.output import checksum
from ....collocate.progress import Watch, unwatched
from ....drift.displacement import no_drift
from ....geo.polar import NORTH, SOUTH
from ....products.netcdf import open_netcdf
from ....products.recognise import NotAProduct, identify, open_product
from ...leads.finder import threshold_leads
from ...training.arrays_on_disk import Arrays, Layout, build_once
from ..covariates import NAMES, middle_time, scene_covariates
from ..fields import select
from ..grids import Grid, cell_at, map_grid
from ..observations import Observed, advected, points_of, read_freeboard, super_observations

#: Size of the cells [m]: that of SWOT's 2 km products.
CELL_SIZE = 2_000.0
#: Longest time between a scene and an observation that the network learns from (chosen): within
#: it ice hardly changes.
WINDOW = np.timedelta64(6 * 3_600, "s")
#: A cell's truth is the mean of its nodes; with less than this share of them there is none.
LEAST_OF_CELL = 0.9
#: Folder of what is true of simulated worlds, in that of their products.
TRUTH = "truth"
#: Kinds of products that carry freeboard.
CARRIERS = ("cryosat2", "sentinel3", "atl10", "track")
#: Changes with what a world holds, so that an older cache is not taken for this one.
LAYOUT = 1

#: What is known of each observation.
COLUMNS = {
    "x": "f8",  # [m on the plane]
    "y": "f8",
    "cell": "i8",  # in which it lies, row by row
    "track": "i8",
    "freeboard": "f8",  # mean over the records [m]
    "records": "i8",
    "scatter": "f8",  # sum of the squares of what records differ by from that mean [m2]
    "uncertainty": "f8",  # 1 sigma of the mean [m]; 0 where the freeboard is true
    "shared_uncertainty": "f8",  # 1 sigma of what the track shares [m]
    "position_sigma_m": "f8",
}


class World(NamedTuple):
    """One scene on a grid, and the observations on it."""

    name: str  #: of the scene
    day: str  #: of the scene, and in simulated worlds what tells them from each other
    covariates: np.ndarray  #: (rows, columns, len(NAMES)) float32, nan where unseen
    lead_probability: np.ndarray  #: (rows, columns) float32, nan where unseen
    x: np.ndarray  #: (rows, columns) float64 [m on the plane]
    y: np.ndarray
    truth: np.ndarray  #: (rows, columns) float32, mean freeboard of the ice [m]; nan where unknown
    observed: dict[str, np.ndarray]  #: ``COLUMNS``, arrays (n,)


class _Track(NamedTuple):
    """A file that carries freeboard."""

    name: str
    sha256: str
    observed: Observed


class _Source(NamedTuple):
    """The files of one world."""

    scene: Path
    truth: Path | None  #: of a simulated world
    tracks: tuple[_Track, ...]  #: of a real one, and of other times too


def open_worlds(
    folders: Sequence[str | Path], cache: str | Path, workers: int, watch: Watch = unwatched
) -> tuple[list[World], dict[str, str]]:
    """Return the worlds of some folders, and the files they are made from by their checksums.

    Parameters
    ----------
    folders : sequence of path
        Of ``iceco simulate``; or with scenes and files that carry freeboard, in any order.
    cache : path
        Folder for the worlds, each of which is made once.
    workers : int
        Threads that read scenes.
    watch : Watch

    Raises
    ------
    ValueError
        If a folder holds no scene, or no freeboard that a scene saw.
    """
    sources = [source for folder in folders for source in _sources(Path(folder))]
    worlds: list[World] = []
    sums: dict[str, str] = {}
    with watch("preparing worlds") as progress:
        for done, source in enumerate(sources):
            world, told = _world(source, Path(cache), workers)
            sums |= told
            if world.observed["x"].size:
                worlds.append(world)
            progress(done + 1, len(sources))
    if not worlds:
        raise ValueError(
            f"{', '.join(map(str, folders))}: no scene saw a freeboard observation within "
            f"{WINDOW.astype('m8[h]')}; there is nothing to learn"
        )
    return worlds, sums


def _sources(folder: Path) -> list[_Source]:
    """Return the worlds in a folder.

    Raises
    ------
    ValueError
        If there are none.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder}: is no folder; name folders of iceco simulate, or with scenes")
    truths = sorted((folder / TRUTH).glob("truth_*.nc"))
    if truths:
        return [_Source(_scene_of(folder, truth), truth, ()) for truth in truths]
    kinds = {path: _kind(path) for path in sorted(folder.iterdir())}
    scenes = [path for path, kind in kinds.items() if kind in SCENE_KINDS]
    paths = [path for path, kind in kinds.items() if kind in ("freeboard", *CARRIERS)]
    if not scenes or not paths:
        raise ValueError(
            f"{folder}: holds {len(scenes)} scenes and {len(paths)} tracks; the network learns "
            "from folders of iceco simulate, or with scenes and files of iceco freeboard"
        )
    tracks = tuple(_Track(path.name, checksum(path), read_freeboard(path)) for path in paths)
    return [_Source(scene, None, tracks) for scene in scenes]


def _scene_of(folder: Path, truth: Path) -> Path:
    with open_netcdf(truth) as known:
        scene = known.scenes.split()[0]
    found = next((folder / "sentinel1").glob(f"{scene}*"), None)
    if found is None:
        raise ValueError(f"{truth}: its scene {scene} is not in {folder / 'sentinel1'}")
    return found


def _kind(path: Path) -> str:
    """Return what a file is; files of iceco freeboard are no agency's product."""
    try:
        return identify(path)
    except NotAProduct:
        return "freeboard" if path.suffix == ".nc" else "unknown"


def _world(source: _Source, cache: Path, workers: int) -> tuple[World, dict[str, str]]:
    """Return a world from the cache, made if need be, and its files by their checksums."""
    scene = open_product(source.scene)
    grid, tracks = _grid(scene), _within(source.tracks, middle_time(scene))
    if source.truth is None:
        sums = {track.sha256: track.name for track in tracks}
        observed = _tracks(tracks, middle_time(scene), grid)
    else:
        sums = {checksum(source.truth): source.truth.name}
        observed = _true_tracks(source.truth, grid)
    rows, columns = grid.x.shape
    size = observed["x"].size
    layout: Layout = {
        "covariates": ((rows, columns, len(NAMES)), "f4"),
        "lead_probability": ((rows, columns), "f4"),
        "truth": ((rows, columns), "f4"),
        **{name: ((size,), kind) for name, kind in COLUMNS.items()},
    }

    def fill(arrays: Arrays) -> None:
        every = np.arange(grid.x.size)
        seen = scene_covariates(
            [scene], grid, every, no_drift(), middle_time(scene), threshold_leads(), workers,
            lambda done, total: None,
        )  # fmt: skip
        arrays["covariates"][:] = seen.values.reshape(rows, columns, -1)
        arrays["lead_probability"][:] = seen.lead_probability.reshape(rows, columns)
        arrays["truth"][:] = np.nan if source.truth is None else _truth(source.truth, grid)
        for name in COLUMNS:
            arrays[name][:] = observed[name]

    told = [LAYOUT, NAMES, scene.attrs["scene_id"], *sums]
    digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    arrays = build_once(cache, digest, layout, fill)
    world = World(
        scene.attrs["scene_id"], f"{middle_time(scene).astype('M8[D]')}{source.truth or ''}",
        arrays["covariates"], arrays["lead_probability"], grid.x, grid.y, arrays["truth"],
        {name: np.asarray(arrays[name]) for name in COLUMNS},
    )  # fmt: skip
    return world, sums


def _grid(scene: xr.Dataset) -> Grid:
    x, y = (scene[f"grid_{axis}"].values.ravel() for axis in "xy")
    plane = NORTH if scene.attrs["crs"] == NORTH.crs else SOUTH
    return map_grid(plane, x, y, CELL_SIZE)


def _truth(path: Path, grid: Grid) -> np.ndarray:
    """Return the mean freeboard of the ice in each cell, nan where the truth covers too little."""
    with open_netcdf(path) as known:
        ice = known["ice"]
        x, y = np.meshgrid(ice["x"][:], ice["y"][:])
        freeboard, icy = ice["ice_freeboard"][:], ice["kind"][:] < ice["kind"].first_lead
    cell = cell_at(grid, x.ravel(), y.ravel())
    inside = cell >= 0
    nodes = np.bincount(cell[inside], minlength=grid.x.size)
    weight = icy.ravel()[inside].astype(float)
    total = np.bincount(cell[inside], weight, grid.x.size)
    value = np.bincount(cell[inside], weight * freeboard.ravel()[inside], grid.x.size)
    full = (nodes >= LEAST_OF_CELL * np.median(nodes[nodes > 0])) & (total > 0)
    mean = np.divide(value, total, out=np.full(grid.x.size, np.nan), where=full)
    return np.asarray(mean.reshape(grid.x.shape))


def _true_tracks(path: Path, grid: Grid) -> dict[str, np.ndarray]:
    """Return the true freeboard under the passes of a simulated world, by track and cell."""
    parts = []
    with open_netcdf(path) as known:
        first_lead = known["ice"]["kind"].first_lead
        for number, group in enumerate(known["tracks"].groups.values()):
            parts.append(_true_track(group, first_lead, number, grid))
    return {name: np.concatenate([part[name] for part in parts]) for name in COLUMNS}


def _true_track(
    group: netCDF4.Group, first_lead: int, number: int, grid: Grid
) -> dict[str, np.ndarray]:
    x, y = (group[name][:] + group[f"d{name}"][0] for name in "xy")
    cell = cell_at(grid, x, y)
    here = (group["kind"][:] < first_lead) & (cell >= 0)
    value = group["ice_freeboard"][:].astype(np.float64)[here]
    zeros = np.zeros(value.size)
    return _averaged(x[here], y[here], cell[here], zeros + number, value, zeros)


def _averaged(
    x: np.ndarray, y: np.ndarray, cell: np.ndarray, track: np.ndarray, value: np.ndarray,
    position_sigma: np.ndarray,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Return the plain means of records by track and cell."""
    held, group = np.unique(np.stack([track, cell]), axis=1, return_inverse=True)
    group = group.ravel()
    records = np.bincount(group, minlength=held.shape[1])

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.bincount(group, values, held.shape[1]) / records)

    freeboard = mean(value)
    zeros = np.zeros(records.size)
    return {
        "x": mean(x), "y": mean(y), "cell": held[1].astype(np.int64),
        "track": held[0].astype(np.int64), "freeboard": freeboard, "records": records,
        "scatter": np.bincount(group, (value - freeboard[group]) ** 2, records.size),
        "uncertainty": zeros, "shared_uncertainty": zeros,
        "position_sigma_m": mean(position_sigma),
    }  # fmt: skip


def _within(tracks: tuple[_Track, ...], target: np.datetime64) -> list[_Track]:
    """Return the tracks with a record within the window."""
    return [track for track in tracks if (np.abs(track.observed.time - target) <= WINDOW).any()]


def _tracks(tracks: list[_Track], target: np.datetime64, grid: Grid) -> dict[str, np.ndarray]:
    """Return the observations of real tracks on the grid within the window, by track and cell."""
    if not tracks:
        return {name: np.empty(0, kind) for name, kind in COLUMNS.items()}
    points, _ = points_of([track.observed for track in tracks], target, WINDOW)
    points = advected(points, grid.plane, no_drift(), target)
    cell = cell_at(grid, points.x, points.y)
    on = cell >= 0
    if not on.any():
        return {name: np.empty(0, kind) for name, kind in COLUMNS.items()}
    few = super_observations(select(points, on), cell[on])
    size = few.x.size
    return {
        "x": few.x, "y": few.y, "cell": cell_at(grid, few.x, few.y), "track": few.track,
        "freeboard": few.freeboard, "records": np.ones(size, np.int64), "scatter": np.zeros(size),
        "uncertainty": few.uncertainty, "shared_uncertainty": few.shared_uncertainty,
        "position_sigma_m": few.position_sigma_m,
    }  # fmt: skip
