"""Grids of freeboard as ``iceco densify`` writes them: on a swath of SWOT or a polar grid."""

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pyproj
import xarray as xr

from .canonical import wrap_longitude
from .netcdf import decode_time, open_netcdf, optional, required, text_attribute, variable_of

#: Variables of a grid over (line, pixel) with their names in the file; the first is required.
NAMES = {
    "freeboard": "sea_ice_freeboard",
    "freeboard_uncertainty": "sea_ice_freeboard_uncertainty",
    "lead_probability": "lead_probability",
    "distance_to_observation": "distance_to_observation",
    "age_of_observation": "age_of_observation",
    "quality_flag": "quality_flag",
}
#: Global attributes that are handed on.
TOLD = ("method", "freeboard_kind", "title")
ACROSS = "cross_track_distance"
QUANTILE = "sea_ice_freeboard_quantile"
#: Lengths of the units in which a file may give these [m], [s].
METRES = {"m": 1.0, "metre": 1.0, "metres": 1.0, "meters": 1.0, "km": 1000.0}
SECONDS = {"s": 1.0, "seconds": 1.0, "minutes": 60.0, "h": 3600.0, "hours": 3600.0, "days": 86400.0}


def is_freeboard_grid(path: str | Path) -> bool:
    """Tell whether ``open_freeboard_grid`` can read the file, by its content."""
    try:
        with open_netcdf(path) as dataset:
            return _is_grid(dataset)
    except ValueError:
        return False


def open_freeboard_grid(path: str | Path) -> xr.Dataset:
    """Open a grid of freeboard.

    Returns
    -------
    xr.Dataset
        Over (line, pixel), whether a swath or a polar grid: ``freeboard`` and
        ``freeboard_uncertainty`` [m], float64, nan where there is none; where the file has them
        ``quantiles`` (quantile, line, pixel), ``lead_probability``, ``distance_to_observation``
        [m], ``age_of_observation`` [s, observation less target time], ``quality_flag``,
        ``cross_track_distance`` (pixel,) [m].
        Coordinates ``longitude``, ``latitude`` (line, pixel) and ``time``: (line,) of a swath,
        a scalar of a polar grid.  Attributes ``method``, ``freeboard_kind`` (radar, ice, total),
        ``title``, "" where not told; ``cell_size_m``, nan where not told; ``source``.

    Raises
    ------
    ValueError
        If the file is damaged or is no such grid.
    """
    with open_netcdf(path) as dataset:
        if not _is_grid(dataset):
            raise ValueError(
                f"{path}: is not a grid of freeboard; give files that iceco densify wrote"
            )
        columns = {name: _column(dataset, name, source) for name, source in NAMES.items()}
        longitude, latitude = _places(dataset)
        shape = longitude.shape
        variables: dict[str, Any] = {
            name: (("line", "pixel"), values.reshape(shape))
            for name, values in columns.items()
            if values is not None
        }
        if QUANTILE in dataset.variables:
            values = required(dataset, QUANTILE)
            variables["quantiles"] = (("quantile", "line", "pixel"), values.reshape(-1, *shape))
        if ACROSS in dataset.variables:
            variables[ACROSS] = ("pixel", np.broadcast_to(required(dataset, ACROSS), shape[1:]))
        time = np.atleast_1d(decode_time(variable_of(dataset, "time")))
        attributes: dict[str, Any] = {name: text_attribute(dataset, name) for name in TOLD}
        attributes["cell_size_m"] = float(getattr(dataset, "cell_size_m", np.nan))
    grid = xr.Dataset(variables, attrs=attributes | {"source": str(path)})
    return grid.assign_coords(
        longitude=(("line", "pixel"), wrap_longitude(longitude)),
        latitude=(("line", "pixel"), latitude),
        time=("line", time) if time.size == shape[0] > 1 else ((), time[0]),
    )


def _is_grid(dataset: netCDF4.Dataset) -> bool:
    if not dataset.variables.keys() >= {NAMES["freeboard"], "time"}:
        return False
    return dataset.variables[NAMES["freeboard"]].ndim >= 2  # along a track it is 1


def _column(dataset: netCDF4.Dataset, name: str, source: str) -> np.ndarray | None:
    values = optional(dataset, source)
    if values is None:
        return None
    units = str(getattr(dataset.variables[source], "units", ""))
    if name == "age_of_observation":
        return values * SECONDS.get(units, 1.0)
    return values * METRES.get(units, 1.0)


def _places(dataset: netCDF4.Dataset) -> tuple[np.ndarray, np.ndarray]:
    for names in (("longitude", "latitude"), ("lon", "lat")):
        if dataset.variables.keys() >= set(names):
            longitude, latitude = (required(dataset, name) for name in names)
            if longitude.ndim == 2:
                return longitude, latitude
    shape = dataset.variables[NAMES["freeboard"]].dimensions[-2:]
    y, x = (_metres(dataset, name) for name in shape)
    mapping = str(getattr(dataset.variables[NAMES["freeboard"]], "grid_mapping", ""))
    wkt = str(getattr(dataset.variables.get(mapping), "crs_wkt", ""))
    if not wkt:
        raise ValueError(
            f"{dataset.filepath()}: tells neither places nor a projection of its cells"
        )
    back = pyproj.Transformer.from_crs(pyproj.CRS.from_wkt(wkt), "EPSG:4326", always_xy=True)
    longitude, latitude = back.transform(*np.meshgrid(x, y))
    return np.asarray(longitude), np.asarray(latitude)


def _metres(dataset: netCDF4.Dataset, name: str) -> np.ndarray:
    units = str(getattr(variable_of(dataset, name), "units", "m"))
    return required(dataset, name) * METRES.get(units, 1.0)
