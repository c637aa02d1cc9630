"""ICESat-2 ATL10 as a second referee: laser segments moved to a grid's time, averaged to its cells.

A beam is 11 m wide and crosses a cell on a line: its mean stands for the cell only so far as the
ice is alike along and beside the line.  That, not the laser, is most of the error told here.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ...drift.displacement import Drift
from ...geo.polar import forward, inverse, plane_of_latitude, scale_factor
from ...products.freeboard_grid import open_freeboard_grid
from ...products.recognise import identify, open_product
from .comparison import compare, usable
from .gridding import cell_of_places, mean_of_cells
from .referee import Referee, as_kind, lag_of, size_of
from .validate import judge

#: Length along which freeboards are alike [m]: of a line so much counts as one value (assumed).
ALIKE_M = 1_000.0
#: A cell needs so much of a line through it [m].
LEAST_LINE_M = 500.0
#: Nominal length of a segment where the product tells none [m] (assumed).
SEGMENT_M = 20.0
#: Farther in time than this the ice is another's, whatever is known of its drift [s].
LONGEST_LAG_S = 86_400.0
#: By how much a freeboard changes over the uncertainty of its place: its own spread within this
#: length [m] (assumed).
PLACE_SCALE_M = 2_000.0


def laser_on_grid(track: xr.Dataset, grid: xr.Dataset, drift: Drift | None = None) -> Referee:
    """Return laser freeboard on a grid's cells.

    Parameters
    ----------
    track : xr.Dataset
        See ``products.icesat2``; segments that the product does not call best are left out.
    grid : xr.Dataset
        See ``products.freeboard_grid``.
    drift : Drift, optional
        Moves each segment from its own time to the grid's; without it they stay, and the lag
        alone tells how much that is worth.

    Returns
    -------
    Referee
        ``sigma`` is how well lines through the cell stand for it: the spread of their segments over
        the root of the line's length in ``ALIKE_M``, widened where drift leaves the place
        uncertain; ``shared_sigma`` the product's own, which is that of the sea level.

    Raises
    ------
    ValueError
        If no segment is within a day of the grid.
    """
    lag = lag_of(track["time"].values, grid)
    good = np.isfinite(track["product_total_freeboard"].values) & (np.abs(lag) <= LONGEST_LAG_S)
    if "product_quality_flag" in track:
        good &= track["product_quality_flag"].values == 0
    if not good.any():
        raise ValueError(
            f"{track.attrs['source']}: has no good freeboard within a day of the grid; take "
            "another granule"
        )
    longitude, latitude, place_sigma = _moved(track.isel(time=good), grid, drift)
    places = (grid["longitude"].values, grid["latitude"].values, size_of(grid))
    cell = cell_of_places(*places, longitude, latitude)
    own = track.isel(time=good)
    length = (
        own["segment_length"].values if "segment_length" in own else np.full(cell.size, SEGMENT_M)
    )
    return _averages(own, cell, length, lag[good], place_sigma, grid["longitude"].shape)


def validate_on_atl10(
    grids: Sequence[Path],
    granules: Sequence[Path],
    snow_depth: float = 0.0,
    drift: Drift | None = None,
) -> dict[str, Any]:
    """Return how fields compare with ICESat-2, ready for JSON: see ``validate.judge``.

    Parameters
    ----------
    grids, granules : sequences of Path
    snow_depth : float
        By which total freeboard is turned into the kind that a grid tells [m].
    drift : Drift, optional

    Raises
    ------
    ValueError
        If a file is of another kind, or a grid is crossed by no granule.
    """
    fields = [open_freeboard_grid(path) for path in grids]
    return judge_by_laser(fields, open_granules(granules), snow_depth, drift)


def open_granules(paths: Sequence[Path]) -> list[xr.Dataset]:
    """Return the tracks of ATL10 granules.

    Raises
    ------
    ValueError
        If a file is of another kind.
    """
    for path in paths:
        if (kind := identify(path)) != "atl10":
            raise ValueError(f"{path}: is of kind {kind}, not an ATL10 granule")
    return [open_product(path) for path in paths]


def judge_by_laser(
    grids: Sequence[xr.Dataset],
    tracks: Sequence[xr.Dataset],
    snow_depth: float = 0.0,
    drift: Drift | None = None,
) -> dict[str, Any]:
    """Return how fields compare with laser tracks: see ``validate_on_atl10``."""
    found = []
    for grid in grids:
        name = grid.attrs["method"] or Path(grid.attrs["source"]).stem
        kind = grid.attrs["freeboard_kind"] or "total"
        beside = [
            compare(name, grid, as_kind(laser_on_grid(track, grid, drift), kind, snow_depth))
            for track in tracks
        ]
        crossed = [one for one in beside if usable(one).any()]
        if not crossed:
            raise ValueError(
                f"{tracks[0].attrs['source']}: ICESat-2 crosses no cell that is mapped; give a "
                "granule within a day that does"
            )
        found += crossed
    return judge(found) | {"referee": "ICESat-2 ATL10"}


def _moved(
    track: xr.Dataset, grid: xr.Dataset, drift: Drift | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where segments are at the grid's time [degree], and how sure that is [m]."""
    longitude, latitude = (track[n].values for n in ("longitude", "latitude"))
    if drift is None:
        return longitude, latitude, np.zeros(longitude.size)
    plane = plane_of_latitude(latitude)
    x, y = forward(plane, longitude, latitude)
    times = np.atleast_1d(grid["time"].values)
    times = np.sort(times[~np.isnat(times)])
    stop = np.full(x.size, times[times.size // 2])
    move = drift(plane, x, y, track["time"].values, stop)
    ground = move.sigma / scale_factor(plane, latitude)
    return *inverse(plane, x + move.dx, y + move.dy), ground


def _averages(
    track: xr.Dataset,
    cell: np.ndarray,
    length: np.ndarray,
    lag: np.ndarray,
    place_sigma: np.ndarray,
    shape: tuple[int, ...],
) -> Referee:
    count = int(np.prod(shape))
    value = track["product_total_freeboard"].values
    none = np.zeros(value.size)

    def mean(values: np.ndarray) -> np.ndarray:
        return mean_of_cells(cell, values, none, length, count).mean

    means = mean_of_cells(cell, value, none, length, count)
    spread = np.sqrt(np.maximum(mean(value**2) - means.mean**2, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        standing = spread / np.sqrt(np.maximum(means.weight / ALIKE_M, 1.0))
    misplaced = spread * np.minimum(mean(place_sigma) / PLACE_SCALE_M, 1.0)
    told = track.get("product_total_freeboard_uncertainty")
    shared = mean(np.nan_to_num(told.values)) if told is not None else np.zeros(count)
    enough = means.weight >= LEAST_LINE_M
    parts = (means.mean, np.hypot(standing, misplaced), shared, mean(lag))
    return Referee(*(np.where(enough, v, np.nan).reshape(shape) for v in parts))
