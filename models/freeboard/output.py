"""Freeboard along a track as CF NetCDF."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import netCDF4
import numpy as np
import xarray as xr

from ... import __version__
from ...collocate.output import checksum
from ...products.beside import written_beside
from .freeboard import FLOE, LEAD, UNKNOWN


class Variable(NamedTuple):
    """How a variable is kept, and what CF says of it."""

    dtype: str
    attributes: dict[str, Any]


def _metres(long_name: str, dtype: str = "f4", **more: str) -> Variable:
    return Variable(dtype, {"long_name": long_name, "units": "m", **more})


#: Variables of the output beside time, place and record.
VARIABLES = {
    "retracked_range": _metres(
        "range from the centre of mass to the surface, without geophysical corrections", "f8"
    ),
    "surface_height": _metres("height of the surface above the ellipsoid", "f8"),
    "mean_sea_surface": _metres("height of the mean sea surface above the ellipsoid", "f8"),
    "sea_level_anomaly": _metres(
        "height of the sea between the leads above the mean sea surface",
        ancillary_variables="sea_level_anomaly_uncertainty",
    ),
    "sea_level_anomaly_uncertainty": _metres(
        "standard deviation of the sea level anomaly, alike along the track"
    ),
    "surface_class": Variable(
        "i1",
        {
            "long_name": "what the echo came from",
            "flag_values": np.array([UNKNOWN, LEAD, FLOE], dtype=np.int8),
            "flag_meanings": "unknown lead floe",
        },
    ),
    "lead_probability": Variable("f4", {"long_name": "probability of a lead", "units": "1"}),
    "radar_freeboard": _metres(
        "height of the radar's scattering horizon above the sea, not corrected for snow",
        ancillary_variables="radar_freeboard_uncertainty",
    ),
    "radar_freeboard_uncertainty": _metres(
        "standard deviation of the radar freeboard, that of the sea level in it"
    ),
    "snow_depth": _metres("snow depth taken", standard_name="surface_snow_thickness"),
    "snow_depth_uncertainty": _metres("standard deviation of the snow depth"),
    "sea_ice_freeboard": _metres(
        "height of the ice's upper side above the sea",
        standard_name="sea_ice_freeboard",
        ancillary_variables="sea_ice_freeboard_uncertainty",
    ),
    "sea_ice_freeboard_uncertainty": _metres(
        "standard deviation of the sea-ice freeboard",
        standard_name="sea_ice_freeboard standard_error",
    ),
    "sea_ice_thickness": _metres(
        "thickness of the ice",
        standard_name="sea_ice_thickness",
        ancillary_variables="sea_ice_thickness_uncertainty",
    ),
    "sea_ice_thickness_uncertainty": _metres(
        "standard deviation of the thickness",
        standard_name="sea_ice_thickness standard_error",
    ),
}

TIME_UNITS = "microseconds since 2000-01-01 00:00:00"


def write_freeboard(
    result: xr.Dataset, path: str | Path, source: Path, told: Mapping[str, str]
) -> None:
    """Write what ``along_track.freeboard`` returned; the file appears whole or not at all.

    Parameters
    ----------
    result : dataset
    path : path
    source : path
        The product, which the file names with its checksum.
    told : mapping
        More attributes of the file: model, snow, mean sea surface.
    """
    attributes = {
        "Conventions": "CF-1.11",
        "title": "Sea-ice freeboard along an altimeter track",
        "featureType": "trajectory",
        "software": f"iceco {__version__}",
        "input": source.name,
        "input_sha256": checksum(source),
        **told,
        **result.attrs,
    }
    with (
        written_beside(path) as part,
        netCDF4.Dataset(part, "w", format="NETCDF4") as dataset,
    ):
        dataset.setncatts(attributes)
        dataset.createDimension("time", result.sizes["time"])
        _write_time(dataset, result["time"].values)
        for name in ("longitude", "latitude", "record", *VARIABLES):
            if name in result.variables:
                _write(dataset, name, result[name])
        trajectory = dataset.createVariable("trajectory", str, ())
        trajectory.setncatts({"cf_role": "trajectory_id", "long_name": "the altimeter pass"})
        trajectory[...] = result.attrs["track_id"]


def _write(dataset: netCDF4.Dataset, name: str, values: xr.DataArray) -> None:
    measured = name in VARIABLES and values.dtype.kind == "f"
    variable = dataset.createVariable(
        name, values.dtype, ("time",), fill_value=np.nan if measured else None, zlib=True
    )
    variable.set_auto_maskandscale(False)
    place = {} if name in ("longitude", "latitude") else {"coordinates": "longitude latitude"}
    variable.setncatts({**values.attrs, **place})
    variable[:] = values.values


def _write_time(dataset: netCDF4.Dataset, time: np.ndarray) -> None:
    variable = dataset.createVariable("time", "i8", ("time",), zlib=True)
    variable.setncatts(
        {
            "standard_name": "time",
            "units": TIME_UNITS,
            "calendar": "standard",
            "units_metadata": "leap_seconds: none",
            "axis": "T",
        }
    )
    since = time.astype("M8[ns]") - np.datetime64("2000-01-01", "ns")
    variable[:] = np.rint(since / np.timedelta64(1, "us")).astype(np.int64)
