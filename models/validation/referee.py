"""What a referee says of the cells of a grid: SWOT's freeboard brought onto them."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from ...geo.polar import geodesic_distance
from .gridding import cell_of_places, cell_size, mean_of_cells
from .swot_freeboard import SwotFreeboard

#: Two grids are one if their cells lie this close together, in cells.
SAME_PLACE = 0.05
#: Share of a cell that must have been seen for its mean to stand for it.
LEAST_SEEN = 0.5
SNOW_DENSITY = 0.30  # g/cm3, winter (assumed)
#: Spread of snow depth from floe to floe, in its mean (assumed): no single depth is right for all.
SNOW_SPREAD = 0.4
KINDS = ("total", "ice", "radar")


class Referee(NamedTuple):
    """Arrays (lines, pixels) on the cells of a grid, float64; nan where nothing is known."""

    freeboard: np.ndarray  #: [m]
    sigma: np.ndarray  #: of errors independent from cell to cell [m]
    shared_sigma: np.ndarray  #: of errors common to neighbours [m]
    lag_s: np.ndarray  #: referee's time less that of the grid


def swot_on_grid(swath: xr.Dataset, seen: SwotFreeboard, grid: xr.Dataset) -> Referee:
    """Return SWOT's freeboard on a grid's cells: sample by sample, or the mean over each cell.

    Parameters
    ----------
    swath : xr.Dataset
        See ``products.canonical_swath``.
    seen : SwotFreeboard
    grid : xr.Dataset
        See ``products.freeboard_grid``; moved to the swath's time by whoever made it.
    """
    lag = lag_of(swath["time"].values, grid)
    if same_samples(swath, grid):
        lags = np.broadcast_to(lag[:, None], seen.freeboard.shape)
        return Referee(
            seen.freeboard, seen.sigma, seen.level_sigma, np.where(seen.valid, lags, np.nan)
        )
    shape, size = grid["longitude"].shape, size_of(grid)
    own = float(swath.attrs["cell_size_m"])
    cell = cell_of_places(
        grid["longitude"].values, grid["latitude"].values, size,
        swath["longitude"].values, swath["latitude"].values,
    ).ravel()  # fmt: skip
    count = grid["longitude"].size
    ones = np.ones(cell.size)
    value, noise, level = (
        np.asarray(v).ravel() for v in (seen.freeboard, seen.sigma, seen.level_sigma)
    )
    means = mean_of_cells(cell, value, noise, ones, count)
    shared = mean_of_cells(cell, level, np.zeros(cell.size), ones, count).mean
    lags = np.broadcast_to(lag[:, None], swath["longitude"].shape).ravel()
    lags = mean_of_cells(cell, lags, np.zeros(cell.size), ones, count).mean
    # A cell smaller than the swath's own takes the one sample that falls into it.
    enough = means.weight >= LEAST_SEEN * max((size / own) ** 2, 1.0)
    return Referee(
        *(
            np.where(enough, v, np.nan).reshape(shape)
            for v in (means.mean, means.sigma, shared, lags)
        )
    )


def as_kind(referee: Referee, kind: str, snow_depth: float) -> Referee:
    """Return total freeboard turned into the kind that a field tells, under snow of a depth [m].

    Ice freeboard is total freeboard less the snow; radar freeboard is less again by the slower
    light in the snow, F_r = F_i - eta h_s, eta = (1 + 0.51 rho_s)**1.5 - 1 (rho_s in g/cm3;
    Mallett et al. 2020, The Cryosphere, 14, 251, eq. 6).  What one depth for all snow leaves
    unknown (``SNOW_SPREAD``) is added to the shared error.

    Raises
    ------
    ValueError
        If the kind is none of ``KINDS``.
    """
    if kind not in KINDS:
        raise ValueError(f"the kind of freeboard must be one of {', '.join(KINDS)}, got {kind!r}")
    delay = (1.0 + 0.51 * SNOW_DENSITY) ** 1.5 - 1.0
    off = {"total": 0.0, "ice": 1.0, "radar": 1.0 + delay}[kind] * snow_depth
    return referee._replace(
        freeboard=referee.freeboard - off,
        shared_sigma=np.hypot(referee.shared_sigma, SNOW_SPREAD * off),
    )


def same_samples(swath: xr.Dataset, grid: xr.Dataset) -> bool:
    """Tell whether a grid lies on the samples of a swath."""
    if swath["longitude"].shape != grid["longitude"].shape:
        return False
    lines = np.linspace(0, swath.sizes["line"] - 1, 5).astype(int)
    places = [d[n].values[lines] for d in (swath, grid) for n in ("longitude", "latitude")]
    apart = geodesic_distance(*places)
    known = np.isfinite(apart)
    return bool(known.any() and apart[known].max() < SAME_PLACE * swath.attrs["cell_size_m"])


def lag_of(time: np.ndarray, grid: xr.Dataset) -> np.ndarray:
    """Return times (n,) less that of the grid, its middle where it has many, in seconds."""
    times = np.atleast_1d(grid["time"].values)
    times = np.sort(times[~np.isnat(times)])
    return (time - times[times.size // 2]) / np.timedelta64(1, "s")


def size_of(grid: xr.Dataset) -> float:
    """Return the side of a grid's cells on the ground [m]."""
    told = float(grid.attrs.get("cell_size_m", np.nan))
    if np.isfinite(told):
        return told
    return cell_size(grid["longitude"].values, grid["latitude"].values)
