"""Drifting-buoy files, the ground truth of ice motion, as one flat list of positions.

Read are the trajectory NetCDF files of published drifter releases (``trajectory`` by
``observation``), the MOSAiC tables (one buoy a file, its name in the file's name) and
IABP-style tables with an ``id`` and a manual flag.
"""

from pathlib import Path

import netCDF4
import numpy as np
import pandas as pd
import xarray as xr

from .canonical import wrap_longitude
from .netcdf import open_netcdf, required, text_attribute, variable_of

#: The padding of ``time`` is the default fill of netCDF, which the files do not name; anything
#: from here on is no time [s].
LATEST_S = 4e9
TIME_UNITS = "seconds since 1970-01-01 00:00:00"

#: Column of the time and of the buoy's name in each kind of table.
TABLES = {"MOSAiC table": ("datetime", None), "IABP table": ("date", "id")}

#: Every variable of a buoy dataset along ``observation``: its attributes.
BUOYS: dict[str, dict[str, str]] = {
    "buoy_id": {"long_name": "name of the buoy", "cf_role": "trajectory_id"},
    "time": {"standard_name": "time"},
    "longitude": {"standard_name": "longitude", "units": "degrees_east"},
    "latitude": {"standard_name": "latitude", "units": "degrees_north"},
    "product_quality_flag": {"long_name": "0 where the product calls the position good"},
}


def is_buoys(path: str | Path) -> bool:
    """Tell whether ``open_buoys`` can read the file, by its content."""
    try:
        if _is_netcdf(path):
            with open_netcdf(path) as dataset:
                return _is_trajectories(dataset)
        return _kind_of_table(_read_table(path, rows=1)) is not None
    except ValueError:
        return False


def open_buoys(path: str | Path) -> xr.Dataset:
    """Open a drifter file.

    Returns
    -------
    xr.Dataset
        Along ``observation``, sorted by ``buoy_id`` and within a buoy by time: ``buoy_id``
        (text), ``time`` (datetime64[ns], UTC), ``longitude`` (-180..180) and ``latitude``
        (float64, degree), and ``product_quality_flag`` (int64) where the file has one.
        Observations without a time or a position (padding, wave messages) are left out; nothing
        else is filtered.  Attributes: ``product`` and ``source``.

    Raises
    ------
    ValueError
        If the file is damaged or is not a drifter file.
    """
    if _is_netcdf(path):
        product, table = "trajectories", _trajectories(path)
    else:
        product, table = _table(path)
    table = table[table[["time", "longitude", "latitude"]].notna().all(axis=1)]
    table = table.sort_values(["buoy_id", "time"], kind="stable")
    columns = {str(name): table[name].to_numpy() for name in table}
    columns["longitude"] = wrap_longitude(columns["longitude"])
    columns["buoy_id"] = columns["buoy_id"].astype(str)
    return xr.Dataset(
        {
            name: ("observation", columns[name], attributes)
            for name, attributes in BUOYS.items()
            if name in columns
        },
        attrs={"product": product, "source": str(path)},
    )


def _is_netcdf(path: str | Path) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(4) in (b"\x89HDF", b"CDF\x01", b"CDF\x02")
    except OSError as error:
        raise ValueError(f"{path}: the file cannot be read ({error.strerror})") from error


def _is_trajectories(dataset: netCDF4.Dataset) -> bool:
    return (
        dataset.dimensions.keys() >= {"trajectory", "observation"}
        and dataset.variables.keys() >= {"trajectory_id", "time", "lon", "lat"}
        and text_attribute(dataset, "featureType") == "trajectory"
    )


def _trajectories(path: str | Path) -> pd.DataFrame:
    with open_netcdf(path) as dataset:
        if not _is_trajectories(dataset):
            raise ValueError(f"{path}: the file is not one of drifter trajectories")
        units = str(getattr(variable_of(dataset, "time"), "units", ""))
        if not units.startswith(TIME_UNITS):
            raise ValueError(f"{path}: the units {units!r} of time are not {TIME_UNITS!r}")
        seconds, longitude, latitude = (required(dataset, name) for name in ("time", "lon", "lat"))
        names = netCDF4.chartostring(np.asarray(dataset["trajectory_id"][...]))
    seconds = np.where(np.abs(seconds) < LATEST_S, seconds, np.nan)
    there = np.abs(latitude) <= 90.0
    return pd.DataFrame(
        {
            "buoy_id": np.repeat([str(name).strip() for name in names], seconds.shape[1]),
            "time": pd.to_datetime(seconds.ravel(), unit="s").astype("datetime64[ns]"),
            "longitude": np.where(there, longitude, np.nan).ravel(),
            "latitude": np.where(there, latitude, np.nan).ravel(),
        }
    )


def _table(path: str | Path) -> tuple[str, pd.DataFrame]:
    raw = _read_table(path)
    kind = _kind_of_table(raw)
    if kind is None:
        raise ValueError(f"{path}: the file is not a table of buoy positions")
    time, buoy = TABLES[kind]
    try:
        table = pd.DataFrame(
            {
                "buoy_id": Path(path).stem if buoy is None else raw[buoy].astype(str),
                "time": pd.to_datetime(raw[time], format="ISO8601").astype("datetime64[ns]"),
                "longitude": raw["longitude"].astype(np.float64),
                "latitude": raw["latitude"].astype(np.float64),
            }
        )
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path}: a time or position is not a number ({error})") from error
    if "flag" in raw:
        table["product_quality_flag"] = raw["flag"].to_numpy()
    return kind, table


def _read_table(path: str | Path, rows: int | None = None) -> pd.DataFrame:
    try:
        return pd.read_csv(path, nrows=rows)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: the file is not a table ({error})") from error


def _kind_of_table(table: pd.DataFrame) -> str | None:
    if not {"latitude", "longitude"} <= set(table.columns):
        return None
    for kind, names in TABLES.items():
        if {name for name in names if name is not None} <= set(table.columns):
            return kind
    return None
