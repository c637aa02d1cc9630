"""Monthly means of freeboard and how sure they are, given that errors are shared.

Every map tells a standard deviation of each cell.  A part of it, up to ``SHARED_SIGMA_M``, is the
sea level that the tracks behind a map have in common, and is the same over the whole map; the rest
is common to what lies within one cell of 25 km, and independent from cell to cell.  Two maps made
from tracks within +-5 days share as many of them as their windows overlap: the errors of both
parts correlate by rho = max(0, 1 - |dt| / 10 d).  What no average removes (mean sea surface,
penetration, retracker bias) is ``SYSTEMATIC_M``.  For a mean with weights w of map g and cell c

    variance = systematic**2 + sum_gh rho_gh (sum_c w_gc s_gc) (sum_c w_hc s_hc)
               + sum_gh rho_gh sum_c w_gc w_hc l_gc l_hc,

the general law of propagation of errors with these covariances (JCGM 100:2008, eq. 13).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

#: Part of a map's error that the sea level makes [m] (assumed).
SHARED_SIGMA_M = 0.03
#: Part of the error that no averaging removes [m] (assumed).
SYSTEMATIC_M = 0.01
#: Maps this far apart in time share no track [day]: windows of +-5 days.
INDEPENDENT_DAYS = 10.0
DAY = np.timedelta64(86_400, "s")


class MapCells(NamedTuple):
    """One map, or the part of it in a region, summed over the cells of the 25 km grid it meets."""

    time: np.datetime64
    cell: np.ndarray  #: (n,), int64, numbers of the 25 km cells, increasing
    area: np.ndarray  #: (n,), covered [m2]
    freeboard: np.ndarray  #: (n,), mean over that area [m]
    shared: np.ndarray  #: (n,), part of sigma that the map shares [m]
    local: np.ndarray  #: (n,), the rest of it [m]
    cells: np.ndarray  #: (n,), int64, how many of the map's own cells


class Mean(NamedTuple):
    """A mean and what is known of it; floats."""

    freeboard: float  #: [m]
    uncertainty: float  #: 1 standard deviation in all [m]
    correlated: float  #: part of it that more of the same would not remove [m]
    area: float  #: seen at least once [m2]
    maps: int
    cells: int  #: of maps


def map_cells(
    time: np.datetime64,
    cell: np.ndarray,
    area: np.ndarray,
    freeboard: np.ndarray,
    sigma: np.ndarray,
) -> MapCells:
    """Return a map summed over 25 km cells.

    Parameters
    ----------
    time : datetime64
    cell : array (n,), int
        25 km cell of each of the map's cells; -1 for none.
    area : array (n,), float [m2]
    freeboard, sigma : array (n,), float [m]
        nan where missing.
    """
    use = (cell >= 0) & np.isfinite(freeboard) & np.isfinite(sigma) & (area > 0.0)
    numbers, at = np.unique(cell[use], return_inverse=True)
    weight = area[use]
    total = np.bincount(at, weight)
    shared = np.minimum(sigma[use], SHARED_SIGMA_M)
    local = np.sqrt(sigma[use] ** 2 - shared**2)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.bincount(at, weight * values) / total)

    return MapCells(
        time, numbers, total, mean(freeboard[use]), mean(shared), mean(local), np.bincount(at)
    )


def mean_of_maps(maps: Sequence[MapCells]) -> Mean | None:
    """Return the mean over all cells of some maps, or None where they hold none.

    Each 25 km cell is averaged over its maps by the area that they cover of it, then cells by the
    largest area that a map saw of them: a place seen often counts no more than one seen once.
    """
    maps = [one for one in maps if one.cell.size]
    if not maps:
        return None
    cells = np.unique(np.concatenate([one.cell for one in maps]))
    area, value, shared, local = (
        _table(maps, cells, name) for name in ("area", "freeboard", "shared", "local")
    )
    extent = area.max(axis=0)
    weight = area / area.sum(axis=0) * (extent / extent.sum())
    rho = correlation(np.array([one.time for one in maps]))
    common = (weight * shared).sum(axis=1)
    apart = weight * local
    correlated = SYSTEMATIC_M**2 + common @ rho @ common
    variance = correlated + float(((rho @ apart) * apart).sum())
    return Mean(
        float((weight * value).sum()),
        float(np.sqrt(variance)),
        float(np.sqrt(correlated)),
        float(extent.sum()),
        len(maps),
        int(sum(one.cells.sum() for one in maps)),
    )


def means_of_cells(maps: Sequence[MapCells], count: int) -> dict[str, np.ndarray]:
    """Return the mean of every 25 km cell, arrays (count,), nan where nothing is known.

    The same law as ``mean_of_maps`` for one cell at a time.
    """
    names = ("freeboard", "uncertainty", "correlated")
    found = {name: np.full(count, np.nan) for name in names}
    found |= {name: np.zeros(count) for name in ("area", "maps", "cells")}
    maps = [one for one in maps if one.cell.size]
    if not maps:
        return found
    cells = np.unique(np.concatenate([one.cell for one in maps]))
    area, value, shared, local = (
        _table(maps, cells, name) for name in ("area", "freeboard", "shared", "local")
    )
    weight = area / area.sum(axis=0)
    rho = correlation(np.array([one.time for one in maps]))
    common, apart = weight * shared, weight * local
    correlated = SYSTEMATIC_M**2 + ((rho @ common) * common).sum(axis=0)
    found["freeboard"][cells] = (weight * value).sum(axis=0)
    found["correlated"][cells] = np.sqrt(correlated)
    found["uncertainty"][cells] = np.sqrt(correlated + ((rho @ apart) * apart).sum(axis=0))
    found["area"][cells] = area.max(axis=0)
    found["maps"][cells] = (area > 0.0).sum(axis=0)
    found["cells"][cells] = _table(maps, cells, "cells").sum(axis=0)
    return found


def correlation(time: np.ndarray) -> np.ndarray:
    """Return the correlation (n, n) of errors of maps at times (n,): how windows overlap."""
    days = np.abs(time[:, None] - time) / DAY
    return np.maximum(1.0 - days / INDEPENDENT_DAYS, 0.0)


def _table(maps: Sequence[MapCells], cells: np.ndarray, name: str) -> np.ndarray:
    """Return a column of all maps over all cells, (maps, cells), 0 where a map has none."""
    table = np.zeros((len(maps), cells.size))
    for row, one in zip(table, maps, strict=True):
        row[np.searchsorted(cells, one.cell)] = getattr(one, name)
    return table
