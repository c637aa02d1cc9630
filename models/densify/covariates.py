"""What SAR scenes say of each cell: backscatter of the ice, its texture, and leads.

Every pixel counts in the cell that its ice lies in at the target time, so a cell's value is the
mean over its area whatever the sizes.  A scene is read in windows, each once, and only near cells
that nothing closer in time has seen.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy.ndimage import map_coordinates

from ...collocate.corridor import LeadFinder
from ...drift.displacement import Drift
from ...geo.swath import image_to_plane
from ...products.canonical import scene_geolocation
from ._kernels import COPOLAR, COUNT, CROSSPOLAR, INCIDENCE, LEAD, SUMS, add_pixels
from .grids import Grid
from .incidence import REFERENCE_INCIDENCE, incidence_slope

#: Covariates of a cell.  The ratio is linear; textures are the standard deviation of power over
#: its mean, between the pixels of the cell.
NAMES = ("sigma0_hv_db", "sigma0_hh_db", "hv_over_hh", "texture_hv", "texture_hh")
#: Pixels between the nodes at which pixels are placed on the grid, bilinear between.
STEP = 16
#: Nodes between the places at which the drift is asked, bilinear between.
DRIFT_NODES = 8
#: Side of the windows that are read [pixel], and how many are read ahead in each thread.
WINDOW, AHEAD = 1024, 2
#: A cell needs so much of its area seen as ice; backscatter below this is noise [linear].
LEAST_SHARE, LEAST_POWER = 0.5, 1e-4


class Covariates(NamedTuple):
    """What scenes say of cells."""

    values: np.ndarray  #: (cells, len(NAMES)) float32, nan where unseen
    lead_probability: np.ndarray  #: (cells,) float32, nan where unseen
    scene: np.ndarray  #: (cells,) int16, which of the scenes, -1 for none


class _Placed(NamedTuple):
    """A scene, and where its pixels lie on the grid."""

    scene: xr.Dataset
    nodes: np.ndarray  #: (3, rows, columns): row and slot of the grid, incidence


def scene_covariates(
    scenes: list[xr.Dataset],
    grid: Grid,
    wanted: np.ndarray,
    drift: Drift,
    target: np.datetime64,
    leads: LeadFinder,
    workers: int,
    watch: Callable[[int, int], None],
) -> Covariates:
    """Return what scenes say of cells, the scene nearest in time where several do.

    Parameters
    ----------
    scenes : list of dataset
        Canonical scenes, each with HH or VV.
    grid : Grid
    wanted : array (cells,), int64
        Cells of the grid, row by row.
    drift : Drift
        Takes the ice of a scene to the target time; where it knows nothing the ice stays.
    target : datetime64
    leads : LeadFinder
        Leads count for nothing in the backscatter of a cell's ice.
    workers : int
        Threads; the answer does not depend on it.
    watch : function of (done, in all)
        Told after every window.

    Raises
    ------
    ValueError
        If a scene sees no cell of the grid.
    """
    result = Covariates(
        np.full((wanted.size, len(NAMES)), np.nan, np.float32),
        np.full(wanted.size, np.nan, np.float32),
        np.full(wanted.size, -1, np.int16),
    )
    order = np.argsort([abs(middle_time(scene) - target) for scene in scenes], kind="stable")
    for turn, number in enumerate(order):
        placed = _place(scenes[number], grid, drift, target)
        _require_overlap(placed, grid)
        missing = np.isnan(result.lead_probability)
        cell_of = np.full(grid.x.size, -1, dtype=np.int32)
        cell_of[wanted[missing]] = np.flatnonzero(missing)
        sums = np.zeros((wanted.size, SUMS))
        windows = _windows(placed, grid, cell_of.reshape(grid.x.shape))
        for done, part in enumerate(_read_ahead(placed.scene, windows, leads, workers)):
            add_pixels(
                *part, placed.nodes, STEP, windows[done][0].start, windows[done][1].start,
                grid.column_of, grid.slot_step, cell_of.reshape(grid.x.shape), sums,
            )  # fmt: skip
            watch(turn * len(windows) + done + 1, len(order) * len(windows))
        area = grid.cell_size**2 / _pixel_area(placed.scene)
        seen = missing & (sums[:, COUNT] >= LEAST_SHARE * area)
        result.values[seen] = _values(sums[seen])
        result.lead_probability[seen] = sums[seen, LEAD] / sums[seen, COUNT]
        result.scene[seen] = number
    return result


def middle_time(scene: xr.Dataset) -> np.datetime64:
    """Return when the middle of a scene was seen."""
    line_time = scene["line_time"].values
    return line_time[line_time.size // 2]


def _place(scene: xr.Dataset, grid: Grid, drift: Drift, target: np.datetime64) -> _Placed:
    """Return where the pixels of a scene lie on the grid at the target time."""
    geolocation = scene_geolocation(scene)
    axes = [_nodes(scene.sizes[name]) for name in ("line", "sample")]
    line, sample = np.meshgrid(*axes, indexing="ij")
    x, y = image_to_plane(geolocation, line, sample)
    dx, dy = _motion(scene, x, y, drift, target, grid)
    row, across = grid.locate((x + dx).ravel(), (y + dy).ravel())
    incidence = np.full(x.shape, REFERENCE_INCIDENCE)
    if "incidence_angle" in scene:
        at = {"line": line[:, 0].astype(int), "sample": sample[0].astype(int)}
        incidence = scene["incidence_angle"].isel(at).values.astype(np.float64)
    nodes = np.stack([row.reshape(x.shape), across.reshape(x.shape), incidence])
    for axis, places in enumerate(axes):
        nodes = _evened(nodes, axis + 1, places)
    return _Placed(scene, nodes)


def _nodes(size: int) -> np.ndarray:
    """Return nodes along an axis; the last one at the last pixel, if before its even place."""
    return np.minimum(STEP * np.arange((size - 2) // STEP + 2.0), size - 1.0)


def _evened(nodes: np.ndarray, axis: int, places: np.ndarray) -> np.ndarray:
    """Return values with the last node carried on to its even place."""
    before, last = (np.take(nodes, [i], axis) for i in (-2, -1))
    even = before + (last - before) * STEP / (places[-1] - places[-2])
    return np.concatenate([np.delete(nodes, -1, axis), even], axis)


def _motion(
    scene: xr.Dataset, x: np.ndarray, y: np.ndarray, drift: Drift, target: np.datetime64, grid: Grid
) -> tuple[np.ndarray, np.ndarray]:
    """Return how far the ice at nodes goes until the target time [m]."""
    pick = [np.unique(np.append(np.arange(0, n, DRIFT_NODES), n - 1)) for n in x.shape]
    some_x, some_y = (values[np.ix_(*pick)].ravel() for values in (x, y))
    start, stop = (
        np.full(some_x.size, t.astype("datetime64[ns]")) for t in (middle_time(scene), target)
    )
    move = drift(grid.plane, some_x, some_y, start, stop)
    where = np.meshgrid(
        *(
            np.interp(np.arange(n), p, np.arange(p.size))
            for n, p in zip(x.shape, pick, strict=True)
        ),
        indexing="ij",
    )
    shape = (pick[0].size, pick[1].size)
    dx, dy = (
        map_coordinates(np.where(move.known, part, 0.0).reshape(shape), where, order=1)
        for part in (move.dx, move.dy)
    )
    return dx, dy


def _require_overlap(placed: _Placed, grid: Grid) -> None:
    """Refuse a scene that lies off the grid."""
    row, across = placed.nodes[:2]
    on = (np.abs(row + 0.5) <= grid.x.shape[0]) & (row >= -0.5) & (across >= -0.5)
    if not (on & (across * grid.slot_step < grid.column_of.size)).any():
        raise ValueError(
            f"{placed.scene.attrs['source']}: the scene misses the grid; name scenes that see "
            "the swath or map asked for"
        )


def _windows(placed: _Placed, grid: Grid, cell_of: np.ndarray) -> list[tuple[slice, slice]]:
    """Return the windows of a scene that hold pixels of wanted cells."""
    row, across = placed.nodes[:2]
    slot = np.nan_to_num((across + 0.5) * grid.slot_step, nan=-1.0).astype(np.int64)
    line = np.floor(np.nan_to_num(row, nan=-1.0) + 0.5).astype(np.int64)
    on = (line >= 0) & (line < cell_of.shape[0]) & (slot >= 0) & (slot < grid.column_of.size)
    column = grid.column_of[np.where(on, slot, 0)]
    on &= column >= 0
    on[on] = cell_of[line[on], column[on]] >= 0
    sizes = [placed.scene.sizes[name] for name in ("line", "sample")]
    reach = WINDOW // STEP
    windows = []
    for top in range(0, sizes[0], WINDOW):
        for left in range(0, sizes[1], WINDOW):
            i, j = top // STEP, left // STEP
            if on[i : i + reach + 1, j : j + reach + 1].any():
                windows.append(
                    (slice(top, min(top + WINDOW, sizes[0])),
                     slice(left, min(left + WINDOW, sizes[1])))
                )  # fmt: skip
    return windows


def _read_ahead(
    scene: xr.Dataset, windows: list[tuple[slice, slice]], leads: LeadFinder, workers: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Give the pixels of windows in turn; threads read the next ones meanwhile."""
    waiting: deque = deque()
    with ThreadPoolExecutor(workers) as threads:
        for window in windows:
            waiting.append(threads.submit(_read, scene, window, leads))
            if len(waiting) >= AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _read(
    scene: xr.Dataset, core: tuple[slice, slice], leads: LeadFinder
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return like- and cross-polarised power and lead probability of a window, float32."""
    spacing = (scene.attrs["pixel_spacing_line_m"] + scene.attrs["pixel_spacing_sample_m"]) / 2.0
    halo = leads.halo(spacing)
    top, left = (max(0, part.start - halo) for part in core)
    window = scene.isel(
        line=slice(top, core[0].stop + halo), sample=slice(left, core[1].stop + halo)
    ).load()
    inside = (
        slice(core[0].start - top, core[0].stop - top),
        slice(core[1].start - left, core[1].stop - left),
    )
    copolar = _first_of(window, "hh", "vv")
    crosspolar = _first_of(window, "hv", "vh")
    return (
        np.ascontiguousarray(window[copolar].values[inside]),
        np.full([part.stop - part.start for part in core], np.nan, np.float32)
        if crosspolar is None
        else np.ascontiguousarray(window[crosspolar].values[inside]),
        np.ascontiguousarray(leads.find(window)["lead_probability"].values[inside]),
    )


def _first_of(scene: xr.Dataset, *polarisations: str) -> str | None:
    names = (f"sigma0_{polarisation}" for polarisation in polarisations)
    return next((name for name in names if name in scene), None)


def _pixel_area(scene: xr.Dataset) -> float:
    return float(scene.attrs["pixel_spacing_line_m"] * scene.attrs["pixel_spacing_sample_m"])


def _values(sums: np.ndarray) -> np.ndarray:
    """Return the covariates (cells, len(NAMES)) of sums over their pixels."""
    incidence = sums[:, INCIDENCE] / sums[:, COUNT]
    level, texture = [], []
    with np.errstate(invalid="ignore", divide="ignore"):
        for first, kind in ((CROSSPOLAR, "hv"), (COPOLAR, "hh")):
            mean, square = (sums[:, first + i] / sums[:, first] for i in (1, 2))
            power = np.maximum(mean, LEAST_POWER)
            decibel = 10.0 * np.log10(power)
            slope = incidence_slope(decibel, incidence, kind)
            level.append(decibel - slope * (incidence - REFERENCE_INCIDENCE))
            texture.append(np.sqrt(np.maximum(square - mean**2, 0.0)) / power)
    ratio = 10.0 ** ((level[0] - level[1]) / 10.0)
    return np.stack([*level, ratio, *texture], axis=-1).astype(np.float32)
