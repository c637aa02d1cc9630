"""Grids of freeboard to monthly means, of regions and of the cells of the 25 km EASE-Grid 2.0."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from pyproj import CRS

from ...geo.polar import forward, plane_of_latitude
from ...products.freeboard_grid import open_freeboard_grid
from . import ease
from .areas import cell_areas
from .means import (
    INDEPENDENT_DAYS,
    SHARED_SIGMA_M,
    SYSTEMATIC_M,
    MapCells,
    map_cells,
    mean_of_maps,
    means_of_cells,
)
from .regions import Regions, inside, read_regions

UNCERTAINTY_MODEL = (
    f"one standard deviation; sea level shared by a whole map up to {SHARED_SIGMA_M} m, the rest "
    f"by 25 km cells; errors of maps less than {INDEPENDENT_DAYS:g} days apart correlated as their "
    f"windows overlap; {SYSTEMATIC_M} m that no average removes (all assumed)"
)
GRID_MAPPING = "Lambert_Azimuthal_Grid"
#: Variables of a mean: name of ``means.Mean``, suffix, attributes.
COLUMNS: dict[str, tuple[str, dict[str, str]]] = {
    "freeboard": ("sea_ice_freeboard", {"units": "m"}),
    "uncertainty": (
        "sea_ice_freeboard_uncertainty",
        {"units": "m", "comment": UNCERTAINTY_MODEL},
    ),
    "correlated": (
        "sea_ice_freeboard_uncertainty_correlated",
        {"units": "m", "long_name": "part of the uncertainty that more cells would not remove"},
    ),
    "coverage": ("coverage", {"units": "1", "long_name": "share of the area seen in the month"}),
    "maps": ("number_of_maps", {"units": "1"}),
    "cells": ("number_of_observations", {"units": "1", "long_name": "cells of maps averaged"}),
}


class _Map(NamedTuple):
    """A grid, as far as means need it."""

    whole: MapCells
    regions: list[MapCells]
    kind: str


def monthly_means(paths: Sequence[Path], regions_file: Path) -> xr.Dataset:
    """Return monthly means of freeboard grids.

    Parameters
    ----------
    paths : sequence of Path
        Files of ``iceco densify``, of one hemisphere and one kind of freeboard.
    regions_file : Path
        See ``regions.read_regions``.

    Returns
    -------
    xr.Dataset
        Over ``time`` (every month from the first grid to the last, by its first day), ``region``
        and ``y``, ``x`` of EASE-Grid 2.0: ``sea_ice_freeboard`` [m] of the 25 km cells with its
        uncertainty, coverage and numbers, and the same of regions with the prefix
        ``regional_``; nan where a month has no data.

    Raises
    ------
    ValueError
        If a file is of another kind, grids are not of one hemisphere or kind of freeboard, or no
        grid has a cell in a region.
    """
    with open_freeboard_grid(paths[0]) as first:
        plane = plane_of_latitude(first["latitude"].values)
    regions = read_regions(regions_file, plane)
    maps = [_open_map(path, regions, plane.hemisphere) for path in paths]
    kinds = sorted({one.kind for one in maps})
    if len(kinds) > 1:
        raise ValueError(
            f"the grids tell different freeboards ({', '.join(kinds)}); average them apart"
        )
    if not any(part.cell.size for one in maps for part in one.regions):
        raise ValueError(f"{regions_file}: no cell of the grids lies in any of its regions")
    months = _months([one.whole.time for one in maps])
    member = [one.whole.time.astype("datetime64[M]") for one in maps]
    by_month = [
        [one for one, own in zip(maps, member, strict=True) if own == month] for month in months
    ]
    return _dataset(months, by_month, regions, ease.crs_of(plane.hemisphere), kinds[0])


def _open_map(path: Path, regions: Regions, hemisphere: float) -> _Map:
    grid = open_freeboard_grid(path)
    longitude, latitude = grid["longitude"].values, grid["latitude"].values
    plane = plane_of_latitude(latitude)
    if plane.hemisphere != hemisphere:
        raise ValueError(f"{path}: lies in the other hemisphere than the first grid; split them")
    if "freeboard_uncertainty" not in grid:
        raise ValueError(f"{path}: tells no uncertainty; make it anew with iceco densify")
    times = np.atleast_1d(grid["time"].values)
    times = np.sort(times[~np.isnat(times)])
    cell = ease.cell_numbers(ease.crs_of(hemisphere), longitude, latitude).ravel()
    area = cell_areas(longitude, latitude).ravel()
    value, sigma = (grid[n].values.ravel() for n in ("freeboard", "freeboard_uncertainty"))
    x, y = (v.ravel() for v in forward(plane, longitude, latitude))
    time = times[times.size // 2]

    def part(within: np.ndarray) -> MapCells:
        return map_cells(time, cell[within], area[within], value[within], sigma[within])

    everywhere = np.ones(cell.size, dtype=bool)
    own = [part(inside(polygon, x, y)) for polygon in regions.polygons]
    return _Map(part(everywhere), own, grid.attrs["freeboard_kind"] or "unknown")


def _months(times: Sequence[np.datetime64]) -> np.ndarray:
    months = [time.astype("datetime64[M]") for time in times]
    return np.arange(min(months), max(months) + 1)


def _dataset(
    months: np.ndarray, by_month: list[list[_Map]], regions: Regions, crs: str, kind: str
) -> xr.Dataset:
    shape = (ease.CELLS, ease.CELLS)
    cells = [means_of_cells([one.whole for one in maps], shape[0] * shape[1]) for maps in by_month]
    gridded = {
        name: np.stack([month[name] for month in cells]).reshape(-1, *shape) for name in cells[0]
    }
    gridded["coverage"] = gridded.pop("area") / ease.CELL_M**2
    dataset = xr.Dataset(
        {
            name: (
                ("time", "y", "x"),
                gridded[key].astype(np.float32),
                _told(name, told, kind, True),
            )
            for key, (name, told) in COLUMNS.items()
        }
        | {
            f"regional_{name}": (
                ("region", "time"),
                _regional(by_month, regions, key).T,
                _told(name, told, kind, False),
            )
            for key, (name, told) in COLUMNS.items()
        }
    )
    return _with_coordinates(dataset, months, regions, crs)


def _regional(by_month: list[list[_Map]], regions: Regions, key: str) -> np.ndarray:
    table = np.full((len(by_month), len(regions.names)), np.nan)
    for i, maps in enumerate(by_month):
        for k in range(table.shape[1]):
            mean = mean_of_maps([one.regions[k] for one in maps])
            if mean is None:
                table[i, k] = 0.0 if key in ("coverage", "maps", "cells") else np.nan
            elif key == "coverage":
                table[i, k] = mean.area / regions.areas[k]
            else:
                table[i, k] = getattr(mean, key)
    return table


def _told(name: str, told: dict[str, str], kind: str, gridded: bool) -> dict[str, str]:
    """Return the attributes of a variable."""
    attributes = {"long_name": name.replace("_", " "), **told}
    if name == "sea_ice_freeboard":
        attributes |= {"comment": f"kind of freeboard: {kind}", "cell_methods": "time: area: mean"}
        if kind == "ice":
            attributes["standard_name"] = "sea_ice_freeboard"
        beside = [column for column, _ in COLUMNS.values() if column.startswith(f"{name}_")]
        prefix = "" if gridded else "regional_"
        attributes["ancillary_variables"] = " ".join(prefix + column for column in beside)
    if gridded:
        attributes |= {"grid_mapping": GRID_MAPPING, "coordinates": "longitude latitude"}
    else:
        attributes["coordinates"] = "region_name"
    return attributes


def _with_coordinates(
    dataset: xr.Dataset, months: np.ndarray, regions: Regions, crs: str
) -> xr.Dataset:
    x, y = ease.axes()
    longitude, latitude = ease.places(crs)
    begin = months.astype("datetime64[ns]")
    end = (months + 1).astype("datetime64[ns]")
    axis: dict[str, Any] = {
        name: (name, values, {"standard_name": f"projection_{name}_coordinate", "units": "m"})
        for name, values in (("x", x), ("y", y))
    }
    return (
        dataset.assign_coords(
            axis
            | {
                "time": (
                    "time",
                    begin,
                    {"standard_name": "time", "bounds": "time_bnds", "axis": "T"},
                ),
                "longitude": (
                    ("y", "x"),
                    longitude,
                    {"standard_name": "longitude", "units": "degrees_east"},
                ),
                "latitude": (
                    ("y", "x"),
                    latitude,
                    {"standard_name": "latitude", "units": "degrees_north"},
                ),
                "region_name": (
                    "region",
                    np.array(regions.names, dtype=object),
                    {"long_name": "name of the region"},
                ),
            }
        )
        .assign(
            time_bnds=(("time", "bnds"), np.stack([begin, end], axis=1)),
            region_area=(
                "region",
                regions.areas,
                {"long_name": "area of the region", "units": "m2"},
            ),
        )
        .assign({GRID_MAPPING: ((), np.int32(0), CRS(crs).to_cf())})
    )
