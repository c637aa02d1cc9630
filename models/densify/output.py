"""Grids of freeboard as files: CF-1.11 and ACDD-1.3, a swath's like SWOT's own."""

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr
from pyproj import CRS

from ...products.beside import written_beside
from .attributes import VERSION, Origin, global_attributes
from .densify import FAR, GOOD, NOTHING, WITHOUT_SAR, Densified, Request
from .fields import LEVELS
from .grids import Axes, Grid

EPOCH = np.datetime64("2000-01-01", "ns")
TIME = {
    "standard_name": "time",
    "units": "seconds since 2000-01-01 00:00:00.0",
    "calendar": "standard",
    "units_metadata": "leap_seconds: none",
    "coverage_content_type": "coordinate",
}
#: The name of the variable that says what a map's axes mean.
GRID_MAPPING = "crs"
FILL = 9.96921e36  # that of the NetCDF library

MEANINGS = {
    "radar": "of the horizon that radar echoes show above the sea; the slower light in snow is "
    "not corrected for",
    "ice": "of the ice surface above the sea",
    "total": "of the snow surface above the sea",
}

#: Variables over the cells that a field and its surroundings have, and how CF describes them.
BESIDE: dict[str, dict[str, Any]] = {
    "lead_probability": {
        "long_name": "share of the cell that is lead",
        "units": "1",
        "valid_min": np.float32(0.0),
        "valid_max": np.float32(1.0),
        "coverage_content_type": "auxiliaryInformation",
    },
    "distance_to_observation": {
        "long_name": "ground distance to the nearest observation",
        "units": "m",
        "coverage_content_type": "auxiliaryInformation",
    },
    "age_of_observation": {
        "long_name": "time of the nearest observation minus the target time",
        "units": "s",
        "coverage_content_type": "auxiliaryInformation",
    },
    "sigma0_hv": {
        "long_name": "cross-polarised backscatter of the ice at an incidence of 34.5 degree",
        "units": "1",
        "comment": "in decibel",
        "coverage_content_type": "auxiliaryInformation",
    },
    "quality_flag": {
        "standard_name": "quality_flag",
        "long_name": "how a cell's freeboard came about",
        "flag_values": np.array([GOOD, WITHOUT_SAR, FAR, NOTHING], np.int8),
        "flag_meanings": "good from_points_alone far_from_observations nothing",
        "coverage_content_type": "qualityInformation",
    },
}


def suggested_name(result: Densified, request: Request) -> str:
    """Return the name of a grid's file, as SWOT names its own."""
    swath = result.grid.swath
    if swath is None:
        return f"ICECO_L3_LR_SIFB_Map_{_compact(request.target)}_v{VERSION}.nc"
    subset = "Unsmoothed" if result.grid.cell_size < 1000.0 else "Expert"
    cycle, number = (int(swath.attrs[f"{name}_number"]) for name in ("cycle", "pass"))
    lines = swath["time"].values
    begin, end = (_compact(end) for end in (np.nanmin(lines), np.nanmax(lines)))
    return f"ICECO_L3_LR_SIFB_{subset}_{cycle:03d}_{number:03d}_{begin}_{end}_v{VERSION}.nc"


def write_grid(result: Densified, request: Request, origin: Origin, path: Path) -> None:
    """Write a grid as NetCDF-4; the file appears whole or not at all.

    Parameters
    ----------
    result : Densified
    request : Request
    origin : Origin
    path : Path
    """
    grid = result.grid
    with (
        written_beside(path) as part,
        netCDF4.Dataset(part, "w", format="NETCDF4") as dataset,
    ):
        dataset.setncatts(global_attributes(result, request, origin, path.stem))
        if grid.swath is not None:
            dims = _swath_coordinates(dataset, grid, grid.swath)
            place = {"coordinates": "time longitude latitude"}
        elif grid.axes is not None:
            dims = _map_coordinates(dataset, grid, grid.axes, request.target)
            place = {"coordinates": "longitude latitude", "grid_mapping": GRID_MAPPING}
        _write_field(dataset, dims, place, result, origin.kind)


def freeboard_attributes(kind: str) -> dict[str, dict[str, Any]]:
    """Return how CF describes mean, uncertainty and quantiles of a kind of freeboard.

    Only that of the ice has a standard name.
    """
    standard = "sea_ice_freeboard"
    named = {"standard_name": standard} if kind == "ice" else {}
    error = {"standard_name": f"{standard} standard_error"} if kind == "ice" else {}
    told = {"units": "m", "comment": f"{kind} freeboard: {MEANINGS[kind]}"}
    return {
        standard: {
            **named,
            "long_name": f"{kind} freeboard, mean of its distribution",
            "ancillary_variables": f"{standard}_uncertainty quality_flag",
            "coverage_content_type": "modelResult",
            **told,
        },
        f"{standard}_uncertainty": {
            **error,
            "long_name": f"standard deviation of the {kind} freeboard",
            "coverage_content_type": "qualityInformation",
            **told,
        },
        f"{standard}_quantile": {
            "long_name": f"quantiles of the {kind} freeboard",
            "coverage_content_type": "modelResult",
            **told,
        },
    }


def _write_field(
    dataset: netCDF4.Dataset,
    dims: tuple[str, str],
    place: dict[str, str],
    result: Densified,
    kind: str,
) -> None:
    """Write everything that is over the cells."""
    dataset.createDimension("quantile", len(LEVELS))
    _put(dataset, "quantile", np.array(LEVELS, np.float32), ("quantile",), {
        "long_name": "probability of the quantile", "units": "1",
        "coverage_content_type": "coordinate",
    })  # fmt: skip
    told = freeboard_attributes(kind)
    for (name, described), values in zip(told.items(), result.field, strict=True):
        whole = dims if values.ndim == 2 else ("quantile", *dims)
        _put(dataset, name, values, whole, described | place)
    beside = (
        result.lead_probability, result.distance_m, result.age_s, result.backscatter,
        result.quality_flag,
    )  # fmt: skip
    for (name, described), values in zip(BESIDE.items(), beside, strict=True):
        _put(dataset, name, values, dims, described | place)


def _swath_coordinates(dataset: netCDF4.Dataset, grid: Grid, swath: xr.Dataset) -> tuple[str, str]:
    """Write where and when a swath's samples lie; return its dimensions."""
    dims = ("num_lines", "num_pixels")
    for dim, size in zip(dims, grid.x.shape, strict=True):
        dataset.createDimension(dim, size)
    time = swath["time"].values
    seconds = np.where(np.isnat(time), np.nan, (time - EPOCH) / np.timedelta64(1, "s"))
    _put(dataset, "time", seconds, dims[:1], TIME | {"long_name": "when SWOT saw the line, UTC"})
    _put_places(dataset, grid, dims)
    across = np.nanmedian(swath["cross_track_distance"].values, axis=0)
    _put(dataset, "cross_track_distance", across.astype(np.float32), dims[1:], {
        "long_name": "from nadir, negative on the left", "units": "m",
        "coverage_content_type": "referenceInformation",
    })  # fmt: skip
    return dims


def _map_coordinates(
    dataset: netCDF4.Dataset, grid: Grid, axes: Axes, target: np.datetime64
) -> tuple[str, str]:
    """Write the axes of a map and its projection; return its dimensions."""
    for dim, values in (("y", axes.y), ("x", axes.x)):
        dataset.createDimension(dim, values.size)
        _put(dataset, dim, values, (dim,), {
            "standard_name": f"projection_{dim}_coordinate", "units": "m", "axis": dim.upper(),
            "long_name": f"{dim} of {axes.crs}", "coverage_content_type": "coordinate",
        })  # fmt: skip
    dataset.createVariable(GRID_MAPPING, "i4", ()).setncatts(CRS(axes.crs).to_cf())
    time = dataset.createVariable("time", "f8", ())
    time.setncatts(TIME | {"long_name": "time of the map, UTC", "axis": "T"})
    time[...] = (target - EPOCH) / np.timedelta64(1, "s")
    _put_places(dataset, grid, ("y", "x"))
    return "y", "x"


def _put_places(dataset: netCDF4.Dataset, grid: Grid, dims: tuple[str, str]) -> None:
    for name, units in (("latitude", "degrees_north"), ("longitude", "degrees_east")):
        _put(dataset, name, getattr(grid, name), dims, {
            "standard_name": name, "long_name": f"{name} of the cell's centre", "units": units,
            "coverage_content_type": "coordinate",
        })  # fmt: skip


def _put(
    dataset: netCDF4.Dataset,
    name: str,
    values: np.ndarray,
    dims: tuple[str, ...],
    told: dict[str, Any],
) -> None:
    """Write a variable; where some of it is nan, that is its fill value."""
    missing = np.isnan(values)
    data = values.dtype.kind == "f" and (missing.any() or len(dims) > 1)
    variable = dataset.createVariable(
        name, values.dtype, dims, zlib=True, complevel=4,
        fill_value=values.dtype.type(FILL) if data else None,
        chunksizes=(1, *values.shape[1:]) if len(dims) == 3 else None,
    )  # fmt: skip
    variable.setncatts(told)
    variable.set_auto_maskandscale(False)
    variable[...] = np.where(missing, values.dtype.type(FILL), values) if data else values


def _compact(time: np.datetime64) -> str:
    return str(np.datetime_as_string(time, "s").translate(str.maketrans("", "", "-:")))
