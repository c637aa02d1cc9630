"""A field beside its referee, on the same cells and at one resolution."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from ...geo.polar import forward, plane_of_latitude
from .referee import Referee, size_of
from .scores import Prediction, Truth

BOX_M = 25_000.0  # side of the boxes that are drawn, and whose distributions are compared
#: Share of the small cells of a coarse one that must be there.
LEAST_THERE = 0.5


class Comparison(NamedTuple):
    """Arrays (lines, pixels), float64, nan where missing; ``quantiles`` (5, lines, pixels)."""

    name: str  #: of the field's method
    cell_size_m: float
    referee: Referee
    mean: np.ndarray  #: of the field [m]
    sigma: np.ndarray
    quantiles: np.ndarray | None
    distance_m: np.ndarray  #: to the nearest observation
    age_s: np.ndarray  #: of the nearest observation
    box: np.ndarray  #: int64, number of the box
    across_m: np.ndarray  #: (pixels,), along the second axis; from nadir where that is known


def compare(name: str, grid: xr.Dataset, referee: Referee) -> Comparison:
    """Return a grid beside a referee on its cells.

    Parameters
    ----------
    name : str
    grid : xr.Dataset
        See ``products.freeboard_grid``.
    referee : Referee
        Arrays of the grid's shape.
    """
    shape = grid["freeboard"].shape
    unknown = np.full(shape, np.nan)

    def column(key: str) -> np.ndarray:
        return grid[key].values if key in grid else unknown

    return Comparison(
        name,
        size_of(grid),
        referee,
        grid["freeboard"].values,
        column("freeboard_uncertainty"),
        grid["quantiles"].values if "quantiles" in grid else None,
        column("distance_to_observation"),
        column("age_of_observation"),
        boxes(grid["longitude"].values, grid["latitude"].values),
        _across(grid),
    )


def _across(grid: xr.Dataset) -> np.ndarray:
    if "cross_track_distance" in grid:
        return np.asarray(grid["cross_track_distance"].values)
    return size_of(grid) * (np.arange(grid.sizes["pixel"]) + 0.5)


def boxes(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return the number of the box of ``BOX_M`` on the polar plane that each place lies in."""
    plane = plane_of_latitude(latitude)
    x, y = (np.nan_to_num(values) for values in forward(plane, longitude, latitude))
    column, row = (np.floor(values / BOX_M).astype(np.int64) + 2**15 for values in (x, y))
    return np.asarray(row * 2**16 + column)


def usable(one: Comparison) -> np.ndarray:
    """Return the cells that both field and referee know, bool."""
    known = np.isfinite(one.mean) & np.isfinite(one.sigma)
    known &= np.isfinite(one.referee.freeboard) & np.isfinite(one.referee.sigma)
    if one.quantiles is not None:
        known &= np.isfinite(one.quantiles).all(axis=0)
    return known


def on_cells(one: Comparison, cells: np.ndarray, number: int) -> tuple[Truth, Prediction]:
    """Return truth and prediction of some cells (bool), boxes told apart by a pass's number."""
    referee = one.referee
    truth = Truth(
        referee.freeboard[cells],
        referee.sigma[cells],
        referee.shared_sigma[cells],
        one.box[cells] + number * 2**32,
    )
    quantiles = None if one.quantiles is None else one.quantiles[:, cells]
    return truth, Prediction(one.mean[cells], one.sigma[cells], quantiles)


def coarser(one: Comparison, times: int) -> Comparison:
    """Return the comparison on blocks of ``times`` by ``times`` cells.

    The referee's noise averages down, its shared error does not.  The field's cells are taken to
    err together: spread and quantiles of a block are the means of its cells'.  A block is
    missing where fewer than ``LEAST_THERE`` of its cells are known to both.
    """
    known = usable(one)

    def mean(values: np.ndarray) -> np.ndarray:
        return block_mean(np.where(known, values, np.nan), times)

    referee = one.referee
    count = block_sum(known.astype(np.float64), times)
    noise = np.sqrt(block_sum(np.where(known, referee.sigma, 0.0) ** 2, times))
    noise = noise / np.maximum(count, 1.0)
    enough = count >= LEAST_THERE * times**2
    coarse = Referee(
        mean(referee.freeboard),
        np.where(count > 0.0, noise, np.nan),
        mean(referee.shared_sigma),
        mean(referee.lag_s),
    )
    lines, pixels = enough.shape
    middle = np.ix_(times // 2 + times * np.arange(lines), times // 2 + times * np.arange(pixels))
    return Comparison(
        one.name,
        one.cell_size_m * times,
        Referee(*(np.where(enough, values, np.nan) for values in coarse)),
        np.where(enough, mean(one.mean), np.nan),
        mean(one.sigma),
        None if one.quantiles is None else np.stack([mean(q) for q in one.quantiles]),
        mean(one.distance_m),
        mean(one.age_s),
        one.box[middle],
        one.across_m[: pixels * times].reshape(pixels, times).mean(axis=1),
    )


def block_sum(values: np.ndarray, times: int) -> np.ndarray:
    """Return sums over whole blocks of ``times`` by ``times``; what is left over is dropped."""
    lines, pixels = (size // times for size in values.shape)
    whole = values[: lines * times, : pixels * times]
    return np.asarray(whole.reshape(lines, times, pixels, times).sum(axis=(1, 3)))


def block_mean(values: np.ndarray, times: int) -> np.ndarray:
    """Return means over blocks of what is there, nan where nothing is."""
    there = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return block_sum(np.where(there, values, 0.0), times) / block_sum(there * 1.0, times)
