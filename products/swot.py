"""SWOT KaRIn level 2 low-rate granules (L2_LR_SSH), Expert at 2 km and Unsmoothed at 250 m.

Heights are those with the model's wet troposphere (``ssh_karin_2``): the radiometer sees the ice.
``sigma0`` is linear.  Over ice the product's quality flags call nearly everything bad; nothing is
left out here.  An Unsmoothed granule knows its mean sea surface but neither tides nor atmosphere:
``with_corrections_of`` brings them from the Expert granule of the same pass.
"""

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr
from scipy.interpolate import RegularGridInterpolator

from ..geo.polar import geodesic_distance
from .canonical_swath import CORRECTIONS, SWATH_FLAGS, make_swath, sea_level_anomaly
from .netcdf import (
    check_located,
    decode_time,
    open_netcdf,
    optional,
    required,
    required_flags,
    text_attribute,
    variable_of,
)

#: Columns of a swath with their names in an Expert granule.
EXPERT_NAMES = {
    "longitude": "longitude",
    "latitude": "latitude",
    "cross_track_distance": "cross_track_distance",
    "sea_surface_height": "ssh_karin_2",
    "sea_surface_height_uncertainty": "ssh_karin_uncert",
    "product_sea_level_anomaly": "ssha_karin_2",
    "sigma0": "sig0_karin_2",
    "sigma0_uncertainty": "sig0_karin_uncert",
    "number_of_cells": "num_pt_avg",
    "sea_ice_concentration": "ice_conc",
    "dry_troposphere_correction": "model_dry_tropo_cor",
    "wet_troposphere_correction": "model_wet_tropo_cor",
    "ionosphere_correction": "iono_cor_gim_ka",
    "sea_state_bias_correction": "sea_state_bias_cor_2",
    "crossover_correction": "height_cor_xover",
    "mean_sea_surface": "mean_sea_surface_cnescls",
    "mean_sea_surface_dtu": "mean_sea_surface_dtu",
    "inverse_barometer_correction": "inv_bar_cor",
    "dynamic_atmosphere_correction": "dac",
    "ocean_tide": "ocean_tide_fes",
    "ocean_tide_equilibrium": "ocean_tide_eq",
    "ocean_tide_non_equilibrium": "ocean_tide_non_eq",
    "load_tide": "load_tide_fes",
    "internal_tide": "internal_tide_hret",
    "solid_earth_tide": "solid_earth_tide",
    "pole_tide": "pole_tide",
    "sigma0_quality_flag": "sig0_karin_qual",
    "correction_quality_flag": "correction_flag",
    "surface_flag": "ancillary_surface_classification_flag",
    "ice_flag": "dynamic_ice_flag",
    "rain_flag": "rain_flag",
    "nadir_longitude": "longitude_nadir",
    "nadir_latitude": "latitude_nadir",
    "altitude": "sc_altitude",
    "altitude_rate": "orbit_alt_rate",
    "heading": "velocity_heading",
}
#: The same of either group of an Unsmoothed granule.
UNSMOOTHED_NAMES = {
    "longitude": "longitude",
    "latitude": "latitude",
    "cross_track_distance": "cross_track_distance",
    "sea_surface_height": "ssh_karin_2",
    "sea_surface_height_uncertainty": "ssh_karin_uncert",
    "sigma0": "sig0_karin_2",
    "sigma0_uncertainty": "sig0_karin_uncert",
    "coherence": "total_coherence",
    "mean_sea_surface": "mean_sea_surface_cnescls",
    "surface_flag": "ancillary_surface_classification_flag",
}
#: ``product_quality_flag``: released granules, and the definition of 2022.
EXPERT_QUALITY = ("ssha_karin_2_qual", "ssha_karin_qual")
UNSMOOTHED_QUALITY = ("ssh_karin_2_qual", "ssh_qual")
SIDES = ("left", "right")
EXPERT_CELL_M = 2000.0
UNSMOOTHED_CELL_M = 250.0


def is_swot(path: str | Path) -> bool:
    """Tell whether ``open_swot`` can read the file, by its content."""
    try:
        with open_netcdf(path) as dataset:
            return _is_expert(dataset) or _is_unsmoothed(dataset)
    except ValueError:
        return False


def open_swot(path: str | Path) -> xr.Dataset:
    """Open an L2_LR_SSH granule, Expert or Unsmoothed, as a swath.

    Parameters
    ----------
    path : path

    Returns
    -------
    xr.Dataset
        See ``products.canonical_swath``.  Over (line, pixel) either way: 69 pixels of 2 km with
        nadir in the middle, or 480 of 250 m, the left group's and then the right one's, with a
        gap of about 10 km between them.  ``cross_track_distance`` of an Unsmoothed granule that
        does not tell it is half the geodesic distance to the other side's mirror pixel.

    Raises
    ------
    ValueError
        If the file is damaged, is no such granule, nothing in it has a time and a position, or
        the two sides of an Unsmoothed granule do not have the same lines and pixels.
    """
    with open_netcdf(path) as dataset:
        if _is_expert(dataset):
            time, columns = _columns(dataset, EXPERT_NAMES, EXPERT_QUALITY)
            kind, cell = "Expert", EXPERT_CELL_M
        elif _is_unsmoothed(dataset):
            time, columns = _both_sides(dataset)
            kind, cell = "Unsmoothed", UNSMOOTHED_CELL_M
        else:
            raise ValueError(f"{path}: the file is not an Expert or Unsmoothed granule of SWOT")
        check_located(path, time[:, None], columns["longitude"], columns["latitude"])
        attributes = _attributes(dataset, kind, time) | {"cell_size_m": cell, "source": str(path)}
    return make_swath(time, columns, attributes)


def with_corrections_of(unsmoothed: xr.Dataset, expert: xr.Dataset) -> xr.Dataset:
    """Return an Unsmoothed swath with the corrections and the anomaly that it lacks.

    Parameters
    ----------
    unsmoothed, expert : xr.Dataset
        Of ``open_swot``, one pass.

    Returns
    -------
    xr.Dataset
        ``unsmoothed`` with those columns of ``canonical_swath.CORRECTIONS`` that it does not
        have, interpolated bilinearly in time and distance across track, and with
        ``sea_level_anomaly``.  A sea-state bias is not taken over.  nan farther than a pixel
        outside the Expert granule.

    Raises
    ------
    ValueError
        If the two are of different passes, or the Expert swath has a single line.
    """
    passes = [(s.attrs["cycle_number"], s.attrs["pass_number"]) for s in (unsmoothed, expert)]
    if passes[0] != passes[1]:
        raise ValueError(f"the granules are of different cycles and passes, {passes}")
    if expert.sizes["line"] < 2:
        raise ValueError("corrections cannot be interpolated from an Expert granule of one line")
    names = CORRECTIONS.keys() & expert.keys() - unsmoothed.keys() - {"sea_state_bias_correction"}
    origin = expert["time"].values[0]
    line, pixel = _seconds(expert, origin), expert["cross_track_distance"].values.mean(axis=0)
    at = np.stack(
        np.broadcast_arrays(
            _seconds(unsmoothed, origin)[:, None], unsmoothed["cross_track_distance"].values
        ),
        axis=-1,
    )
    columns = {name: unsmoothed[name].values for name in unsmoothed.data_vars}
    for name in CORRECTIONS:
        if name in names:
            columns[name] = _interpolate(line, pixel, expert[name].values, at)
    new = {name: columns[name] for name in CORRECTIONS if name in names}
    anomaly = sea_level_anomaly({str(name): values for name, values in columns.items()})
    if anomaly is not None:
        new["sea_level_anomaly"] = anomaly
    return unsmoothed.assign(
        {name: (("line", "pixel"), values, expert[name].attrs) for name, values in new.items()}
    )


def _is_expert(dataset: netCDF4.Dataset) -> bool:
    return dataset.variables.keys() >= {"ssh_karin_2", "cross_track_distance", "longitude"}


def _is_unsmoothed(dataset: netCDF4.Dataset) -> bool:
    return all(
        side in dataset.groups and "ssh_karin_2" in dataset.groups[side].variables for side in SIDES
    )


def _attributes(dataset: netCDF4.Dataset, kind: str, time: np.ndarray) -> dict[str, Any]:
    cycle, number = (getattr(dataset, name, 0) for name in ("cycle_number", "pass_number"))
    start = np.datetime_as_string(time[~np.isnat(time)].min(), "s").translate(_NO_PUNCTUATION)
    return {
        "mission": "swot",
        "product": f"L2_LR_SSH {kind}",
        "baseline": text_attribute(dataset, "crid"),
        "cycle_number": int(cycle),
        "pass_number": int(number),
        "track_id": f"swot_{int(cycle):03d}_{int(number):03d}_{start}_{kind.lower()}",
    }


_NO_PUNCTUATION = str.maketrans({"-": None, ":": None})


def _columns(
    dataset: netCDF4.Dataset, names: dict[str, str], quality: tuple[str, ...]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the times of the lines and the columns of a granule or group."""
    time = decode_time(variable_of(dataset, "time"))
    shape = required(dataset, "longitude").shape
    columns = {name: required(dataset, name) for name in ("longitude", "latitude")}
    for name, source in names.items():
        values = _flags(dataset, source) if name in SWATH_FLAGS else optional(dataset, source)
        if values is not None:
            columns[name] = values
    told = [flags for flags in (_flags(dataset, name) for name in quality) if flags is not None]
    if told:
        columns["product_quality_flag"] = told[0]
    for name, values in columns.items():
        if len(shape) != 2 or values.shape not in (shape, shape[:1]) or time.shape != shape[:1]:
            raise ValueError(
                f"{dataset.filepath()}: the {name} has the shape {values.shape} beside {shape}"
            )
    return time, columns


def _flags(dataset: netCDF4.Dataset, name: str) -> np.ndarray | None:
    if name not in dataset.variables:
        return None
    values = required_flags(dataset, name)
    fill = getattr(dataset.variables[name], "_FillValue", None)
    return values if fill is None else np.where(values == int(fill), -1, values)


def _both_sides(dataset: netCDF4.Dataset) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the columns of both groups side by side, from the left edge to the right one."""
    (time, left), (other, right) = (
        _columns(dataset.groups[side], UNSMOOTHED_NAMES, UNSMOOTHED_QUALITY) for side in SIDES
    )
    path = dataset.filepath()
    spacing = np.median(np.diff(time)) if time.size > 1 else np.timedelta64(1, "s")
    if left["longitude"].shape != right["longitude"].shape or left.keys() != right.keys():
        raise ValueError(f"{path}: the two sides of the swath have different sizes or variables")
    if (np.abs(time - other) > spacing / 2).any():
        raise ValueError(f"{path}: the two sides of the swath have different times")
    left, right = (_in_order(*sides) for sides in ((left, right, -1), (right, left, 1)))
    columns = {name: np.concatenate([left[name], right[name]], axis=1) for name in left}
    if "cross_track_distance" not in columns:
        columns["cross_track_distance"] = mirror_distance(columns["longitude"], columns["latitude"])
    return time, columns


def _in_order(
    side: dict[str, np.ndarray], other: dict[str, np.ndarray], sign: int
) -> dict[str, np.ndarray]:
    """Return a side with its pixels from left to right; the other side tells where nadir is."""
    line = int(np.isfinite(side["longitude"] + other["longitude"]).sum(axis=1).argmax())
    beyond = [other[name][line, other[name].shape[1] // 2] for name in ("longitude", "latitude")]
    ends = [side[name][line, [0, -1]] for name in ("longitude", "latitude")]
    first, last = geodesic_distance(*ends, *beyond)
    if sign * (last - first) >= 0 or not np.isfinite(first + last):
        return side
    return {name: values[:, ::-1] for name, values in side.items()}


def mirror_distance(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return the distance of each pixel across track [m], negative in the left half.

    Half the geodesic distance to the pixel as far from the other edge of its line.
    """
    pixels = longitude.shape[1]
    distance = geodesic_distance(longitude, latitude, longitude[:, ::-1], latitude[:, ::-1])
    sign = np.where(np.arange(pixels) < pixels / 2, -0.5, 0.5)
    return np.asarray(sign * distance)


def _seconds(swath: xr.Dataset, origin: np.datetime64) -> np.ndarray:
    return np.asarray((swath["time"].values - origin) / np.timedelta64(1, "s"))


def _interpolate(
    line: np.ndarray, pixel: np.ndarray, values: np.ndarray, at: np.ndarray
) -> np.ndarray:
    """Interpolate a field bilinearly, to a pixel beyond its edges and no farther."""
    field = RegularGridInterpolator((line, pixel), values, bounds_error=False, fill_value=None)
    inside = np.ones(at.shape[:-1], dtype=bool)
    for axis, place in zip((line, pixel), np.moveaxis(at, -1, 0), strict=True):
        reach = np.abs(np.diff(axis)).max()
        inside &= (place >= axis[0] - reach) & (place <= axis[-1] + reach)
    return np.where(inside, field(at), np.nan)
