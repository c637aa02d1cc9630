"""Grids that freeboard is mapped on: the samples of a SWOT swath, or a map in any projection."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import xarray as xr
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from ...geo.polar import PolarPlane, forward
from ...geo.swath import fit_geolocation, plane_to_image

#: EASE-Grid 2.0 of either hemisphere (Brodzik et al. 2012, doi:10.3390/ijgi1010032).
EASE = {1.0: "EPSG:6931", -1.0: "EPSG:6932"}
#: A swath is placed by splines through nodes about so far apart [m]: to a metre.
NODE_SPACING = 4_000.0
#: Slots in a cell: by them the column of a cell is looked up from its distance across track.
SLOTS_A_CELL = 16
#: Most cells of a map: some 2000 km at 250 m.
MOST_CELLS = 64_000_000


class Axes(NamedTuple):
    """The axes of a map [m] in a projection; both increase."""

    x: np.ndarray
    y: np.ndarray
    crs: str


class Grid(NamedTuple):
    """Cells in rows and columns; of a swath, lines and pixels."""

    plane: PolarPlane
    cell_size: float  #: [m]
    longitude: np.ndarray  #: (rows, columns) float64 [degree]
    latitude: np.ndarray
    x: np.ndarray  #: (rows, columns) float64 [m on the plane]
    y: np.ndarray
    #: From places on the plane to fractional row and position across, in cells: outside the grid
    #: beyond its rows and columns, or nan.
    locate: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
    #: Column of each slot across, of which there are ``slot_step`` in a cell; -1 for none.
    column_of: np.ndarray
    slot_step: float
    swath: xr.Dataset | None  #: that the grid follows
    axes: Axes | None  #: of a map


def swath_grid(swath: xr.Dataset, plane: PolarPlane, x: np.ndarray, y: np.ndarray) -> Grid:
    """Return the grid of a swath's samples.

    Parameters
    ----------
    swath : dataset
        As ``products.canonical_swath`` describes it.
    plane : PolarPlane
    x, y : array (n,), float64 [m on the plane]
        Places of interest, such as corners of scenes and records of tracks: lines far from all of
        them are on the grid, but nothing is found to lie on them.

    Raises
    ------
    ValueError
        If the swath passes nowhere near.
    """
    longitude, latitude = swath["longitude"].values, swath["latitude"].values
    same_side = plane.hemisphere * latitude > 0.0
    px, py = np.full(latitude.shape, np.nan), np.full(latitude.shape, np.nan)
    px[same_side], py[same_side] = forward(plane, longitude[same_side], latitude[same_side])
    near = _near(px, x, swath) & _near(py, y, swath)
    lines = np.flatnonzero(near.any(axis=1) & np.isfinite(px + py).all(axis=1))
    cell = float(swath.attrs["cell_size_m"])
    across = np.nanmedian(swath["cross_track_distance"].values, axis=0) / cell
    if lines.size < 2:
        raise ValueError(
            f"{swath.attrs['source']}: the swath passes nowhere near the tracks and scenes; name "
            "a granule that does"
        )
    every = max(1, round(NODE_SPACING / cell))
    node_line, node_pixel = _thinned(lines, every), _thinned(np.arange(across.size), every)
    nodes = np.ix_(node_line, node_pixel)
    placed = fit_geolocation(
        _padded(node_line.astype(np.float64)),
        _padded(across[node_pixel]),
        _padded(_padded(px[nodes]).T).T,
        _padded(_padded(py[nodes]).T).T,
        plane,
    )

    def locate(at_x: np.ndarray, at_y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        line, beside = plane_to_image(placed, at_x, at_y)
        return line, beside - across[0]

    slots = (np.arange(np.ceil((across[-1] - across[0] + 1) * SLOTS_A_CELL)) + 0.5) / SLOTS_A_CELL
    return Grid(
        plane, cell, longitude, latitude, px, py, locate,
        _columns(across - across[0], slots - 0.5), float(SLOTS_A_CELL), swath, None,
    )  # fmt: skip


def map_grid(
    plane: PolarPlane, x: np.ndarray, y: np.ndarray, resolution: float, crs: str | None = None
) -> Grid:
    """Return the map that holds some places, its cell edges at whole multiples of the resolution.

    Parameters
    ----------
    plane : PolarPlane
    x, y : array (n,), float64 [m on the plane]
        Places to hold.
    resolution : float [m]
    crs : str, optional
        Of the map, in metres; EASE-Grid 2.0 of the hemisphere by default.

    Raises
    ------
    ValueError
        If the projection is unknown or not in metres, or there were too many cells.
    """
    name = crs or EASE[plane.hemisphere]
    forth, back, to_degrees = _transformers(plane, name)
    map_x, map_y = forth.transform(x, y)
    axes = Axes(_axis(map_x, resolution), _axis(map_y, resolution), name)
    if axes.x.size * axes.y.size > MOST_CELLS:
        raise ValueError(
            f"the map would have {axes.y.size} x {axes.x.size} cells, more than {MOST_CELLS}: "
            "choose a coarser --resolution, or tracks and scenes closer together"
        )
    grid_x, grid_y = np.meshgrid(axes.x, axes.y)
    longitude, latitude = to_degrees.transform(grid_x, grid_y)
    plane_x, plane_y = back.transform(grid_x, grid_y)

    def locate(at_x: np.ndarray, at_y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        there = forth.transform(at_x, at_y)
        return (there[1] - axes.y[0]) / resolution, (there[0] - axes.x[0]) / resolution

    return Grid(
        plane, resolution, longitude, latitude, plane_x, plane_y, locate,
        np.arange(axes.x.size, dtype=np.int32), 1.0, None, axes,
    )  # fmt: skip


def cell_at(grid: Grid, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the cells (n,) in which places lie, int64, row by row; -1 off the grid."""
    row, across = grid.locate(x, y)
    slot = np.floor((np.nan_to_num(across, nan=-1.0) + 0.5) * grid.slot_step).astype(np.int64)
    line = np.floor(np.nan_to_num(row, nan=-1.0) + 0.5).astype(np.int64)
    rows, columns = grid.x.shape
    on = (line >= 0) & (line < rows) & (slot >= 0) & (slot < grid.column_of.size)
    found = grid.column_of[np.where(on, slot, 0)]
    return np.where(on & (found >= 0), line * columns + found, -1)


def _near(position: np.ndarray, wanted: np.ndarray, swath: xr.Dataset) -> np.ndarray:
    """Return which positions lie within the bounds of those wanted, and a swath's width beyond."""
    known = wanted[np.isfinite(wanted)]
    beyond = float(np.ptp(np.nanmedian(swath["cross_track_distance"].values, axis=0)))
    return np.asarray((position >= known.min() - beyond) & (position <= known.max() + beyond))


def _thinned(indices: np.ndarray, every: int) -> np.ndarray:
    """Return every so many of some indices, the last among them."""
    return np.unique(np.append(indices[::every], indices[-1]))


def _padded(values: np.ndarray) -> np.ndarray:
    """Return values (n, ...) with one more at either end, in line with the two nearest."""
    return np.concatenate(
        [2.0 * values[:1] - values[1:2], values, 2.0 * values[-1:] - values[-2:-1]]
    )


def _columns(across: np.ndarray, slots: np.ndarray) -> np.ndarray:
    """Return which column each slot lies in, int32; -1 in gaps of the swath."""
    after = np.clip(np.searchsorted(across, slots), 1, across.size - 1)
    nearest = np.where(slots - across[after - 1] < across[after] - slots, after - 1, after)
    inside = np.abs(across[nearest] - slots) <= 0.5 + 0.5 / SLOTS_A_CELL
    return np.where(inside, nearest, -1).astype(np.int32)


def _axis(values: np.ndarray, resolution: float) -> np.ndarray:
    """Return the centres of cells that hold all values, their edges at whole multiples."""
    first, last = np.floor(np.nanmin(values) / resolution), np.ceil(np.nanmax(values) / resolution)
    return (np.arange(first, max(last, first + 1)) + 0.5) * resolution


def _transformers(plane: PolarPlane, name: str) -> tuple[Transformer, Transformer, Transformer]:
    """Return from the plane to a map, back, and from the map to degrees."""
    try:
        there = CRS(name)
    except CRSError as error:
        raise ValueError(
            f"--crs {name!r} is no projection that PROJ knows; try EPSG:3413"
        ) from error
    if not there.is_projected or there.axis_info[0].unit_name != "metre":
        raise ValueError(f"--crs {name!r} is not a projection in metres")
    return (
        Transformer.from_crs(plane.crs, name, always_xy=True),
        Transformer.from_crs(name, plane.crs, always_xy=True),
        Transformer.from_crs(name, "EPSG:4326", always_xy=True),
    )
