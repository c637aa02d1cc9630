"""SWOT KaRIn level 3 swaths of AVISO (L3_LR_SSH): Basic and Expert at 2 km, Unsmoothed at 250 m.

Of the three anomalies only ``ssha_unedited`` is told over ice; the others are edited away there.
Pixels of the nadir altimeter are merged into the swath: they are not KaRIn's, and left out.
"""

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from .canonical_swath import make_swath
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
from .swot import EXPERT_CELL_M, UNSMOOTHED_CELL_M, mirror_distance

ANOMALY = "ssha_unedited"
EDITED = ("ssha", "ssha_filtered", "ssha_unfiltered", "ssha_noiseless")
#: Columns of a swath with their names in the file, all optional.
NAMES = {
    "sigma0": "sigma0",
    "crossover_correction": "calibration",
    "mean_sea_surface": "mss",
    "dynamic_atmosphere_correction": "dac",
    "ocean_tide": "ocean_tide",
    "internal_tide": "internal_tide",
}
QUALITY = "quality_flag"
ACROSS = "cross_track_distance"
#: Swaths of 2 km have 69 pixels, of 250 m 519.
MOST_PIXELS_OF_2_KM = 100


def is_swot_level3(path: str | Path) -> bool:
    """Tell whether ``open_swot_level3`` can read the file, by its content."""
    try:
        with open_netcdf(path) as dataset:
            return _is_level3(dataset)
    except ValueError:
        return False


def open_swot_level3(path: str | Path) -> xr.Dataset:
    """Open an L3_LR_SSH file as a swath.

    Parameters
    ----------
    path : path

    Returns
    -------
    xr.Dataset
        See ``products.canonical_swath``.  ``sea_level_anomaly`` is the product's, unedited, above
        its own mean sea surface, its calibration included (``crossover_correction``); heights
        above the ellipsoid are not told.  ``product_quality_flag`` is the product's: 0 good, 18
        to 20 ice or perhaps ice.  A Basic file tells neither backscatter nor distances across
        track: these are half those to the other side's mirror pixel.

    Raises
    ------
    ValueError
        If the file is damaged, is no such file, or has no unedited anomaly.
    """
    with open_netcdf(path) as dataset:
        if not _is_level3(dataset):
            raise ValueError(f"{path}: the file is not a level 3 swath of SWOT")
        if ANOMALY not in dataset.variables:
            raise ValueError(
                f"{path}: has no {ANOMALY}, and its other heights are edited away over ice; take "
                "the Expert file, or a later version"
            )
        time = decode_time(variable_of(dataset, "time"))
        columns = _columns(dataset)
        check_located(path, time[:, None], columns["longitude"], columns["latitude"])
        attributes = _attributes(dataset, time, columns["longitude"].shape[1])
    return make_swath(time, columns, attributes | {"source": str(path)})


def _is_level3(dataset: netCDF4.Dataset) -> bool:
    places = dataset.variables.keys() >= {"longitude", "latitude", "time"}
    heights = any(name in dataset.variables for name in (ANOMALY, *EDITED))
    return places and heights and {"num_lines", "num_pixels"} <= dataset.dimensions.keys()


def _columns(dataset: netCDF4.Dataset) -> dict[str, np.ndarray]:
    columns = {name: required(dataset, name) for name in ("longitude", "latitude")}
    shape = columns["longitude"].shape
    columns["sea_level_anomaly"] = required(dataset, ANOMALY)
    columns["sea_level_anomaly"][_nadir(dataset, shape)] = np.nan
    columns["cross_track_distance"] = _across(dataset, columns)
    for name, source in NAMES.items():
        values = optional(dataset, source)
        if values is not None:
            columns[name] = values
    if QUALITY in dataset.variables:
        columns["product_quality_flag"] = required_flags(dataset, QUALITY)
    for name, values in columns.items():
        if len(shape) != 2 or values.shape != shape:
            raise ValueError(
                f"{dataset.filepath()}: the {name} has the shape {values.shape} beside {shape}"
            )
    return columns


def _nadir(dataset: netCDF4.Dataset, shape: tuple[int, ...]) -> np.ndarray:
    """Return the pixels that hold heights of the nadir altimeter, bool."""
    nadir = np.zeros(shape, dtype=bool)
    if dataset.variables.keys() >= {"i_num_line", "i_num_pixel"}:
        line, pixel = (required_flags(dataset, name) for name in ("i_num_line", "i_num_pixel"))
        inside = (line >= 0) & (line < shape[0]) & (pixel >= 0) & (pixel < shape[1])
        nadir[line[inside], pixel[inside]] = True
    return nadir


def _across(dataset: netCDF4.Dataset, columns: dict[str, np.ndarray]) -> np.ndarray:
    """Return distances across track [m]; the files give kilometres, one a pixel."""
    distance = optional(dataset, ACROSS)
    if distance is None:
        return mirror_distance(columns["longitude"], columns["latitude"])
    units = str(getattr(dataset.variables[ACROSS], "units", "km"))
    metres = distance if units in ("m", "meters", "metres") else 1000.0 * distance
    return np.broadcast_to(metres, columns["longitude"].shape).copy()


def _attributes(dataset: netCDF4.Dataset, time: np.ndarray, pixels: int) -> dict[str, Any]:
    cycle, number = (getattr(dataset, name, 0) for name in ("cycle_number", "pass_number"))
    start = np.datetime_as_string(time[~np.isnat(time)].min(), "s").translate(_NO_PUNCTUATION)
    at_2_km = pixels <= MOST_PIXELS_OF_2_KM
    kind = (
        ("Expert" if NAMES["sigma0"] in dataset.variables else "Basic") if at_2_km else "Unsmoothed"
    )
    return {
        "mission": "swot",
        "product": f"L3_LR_SSH {kind}",
        "baseline": text_attribute(dataset, "product_version"),
        "cell_size_m": EXPERT_CELL_M if at_2_km else UNSMOOTHED_CELL_M,
        "cycle_number": int(cycle),
        "pass_number": int(number),
        "track_id": f"swot_{int(cycle):03d}_{int(number):03d}_{start}_l3_{kind.lower()}",
    }


_NO_PUNCTUATION = str.maketrans({"-": None, ":": None})
