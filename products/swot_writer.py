"""SWOT L2_LR_SSH granules from swaths, in the layout of CNES and JPL: for simulated worlds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import netCDF4
import numpy as np
import xarray as xr

from ..geo.polar import FLATTENING, SEMI_MAJOR_AXIS
from ..geo.timescale import tai_minus_utc
from .beside import written_beside
from .canonical_swath import RIGHT, SWATH_FLAGS
from .swot import EXPERT_NAMES, SIDES, UNSMOOTHED_NAMES
from .swot_layout import (
    EXPERT,
    FILL,
    FLAGS,
    OFFSET,
    STANDARD_NAMES,
    UNSMOOTHED,
    Variable,
    variables,
)

EPOCH = np.datetime64("2000-01-01T00:00:00", "ns")
EXPERT_PIXELS = 69
SIDE_PIXELS = 240
CRID = "PIC0"
WAVELENGTH_M = 0.008385803020979  # m, 35.75 GHz
POLARISATION = {"left": b"H", "right": b"V"}
COMPRESSION: Final = 4
#: Written as copies of another variable: the second tide model agrees with the first.
TWICE = {"ocean_tide_got": "ocean_tide_fes", "load_tide_got": "load_tide_fes"}
#: Of an Expert granule, the same everywhere; what is neither here nor a column is missing.
EXPERT_CONSTANTS = {
    "rain_rate": 0.0,
    "sc_roll": 0.0,
    "sc_pitch": 0.0,
    "sc_yaw": 0.0,
    "orbit_qual": 0.0,
    "sig0_cor_atmos_model": 1.0,
}


class Granule(NamedTuple):
    """What the name of a granule tells."""

    cycle: int
    number: int  #: of the pass in its cycle
    counter: int = 1  #: of the granule's versions


def swot_name(kind: str, granule: Granule, first: np.datetime64, last: np.datetime64) -> str:
    """Return the name of a granule.

    Parameters
    ----------
    kind : str
        Expert or Unsmoothed.
    granule : Granule
    first, last : datetime64
        UTC times of its first and last line.
    """
    start, stop = (np.datetime_as_string(t, "s").translate(_NO_PUNCTUATION) for t in (first, last))
    return (
        f"SWOT_L2_LR_SSH_{kind}_{granule.cycle:03d}_{granule.number:03d}_{start}_{stop}"
        f"_{CRID}_{granule.counter:02d}.nc"
    )


_NO_PUNCTUATION = str.maketrans({"-": None, ":": None})


def write_swot_expert(path: str | Path, swath: xr.Dataset, granule: Granule) -> None:
    """Write a swath of 69 pixels as an Expert granule that ``products.swot.open_swot`` reads.

    Parameters
    ----------
    path : path
        Appears whole or not at all.  The field's name for it: ``swot_name``.
    swath : xr.Dataset
        See ``products.canonical_swath``; what the columns do not tell is written as missing.
        The file has as many lines as the swath.  ``sea_level_anomaly`` is not written.
    granule : Granule

    Raises
    ------
    ValueError
        If the swath has other than 69 pixels or a line without a time, or holds a number that
        the packing of the file cannot.
    """
    _check(swath, EXPERT_PIXELS)
    layout = variables(EXPERT)
    sizes = {"line": swath.sizes["line"], "pixel": EXPERT_PIXELS, "side": len(SIDES)}
    columns = _stored(swath, EXPERT_NAMES, "ssha_karin_qual")
    columns |= {name: columns[source] for name, source in TWICE.items() if source in columns}
    if "velocity_heading" in columns:
        columns["velocity_heading"] = columns["velocity_heading"] % 360.0
        columns["cross_track_angle"] = (columns["velocity_heading"] + 90.0) % 360.0
    for name, value in EXPERT_CONSTANTS.items():
        columns[name] = np.full([sizes[d] for d in layout[name].dimensions], value)
    columns["polarization_karin"] = np.tile(
        [POLARISATION[side] for side in SIDES], (sizes["line"], 1)
    )
    with written_beside(path) as part, netCDF4.Dataset(part, "w", format="NETCDF4") as dataset:
        dataset.setncatts(_attributes("Expert", "Expert SSH with Wind and Wave", swath, granule))
        _group(dataset, layout, columns, sizes)


def write_swot_unsmoothed(path: str | Path, swath: xr.Dataset, granule: Granule) -> None:
    """Write a swath of 2 x 240 pixels as an Unsmoothed granule that ``open_swot`` reads.

    Parameters
    ----------
    path : path
        Appears whole or not at all.  The field's name for it: ``swot_name``.
    swath : xr.Dataset
        See ``products.canonical_swath``; the left 240 pixels become the group ``left``.
        Distances across track have no place in the file.
    granule : Granule

    Raises
    ------
    ValueError
        If the swath has other than 480 pixels or a line without a time, or holds a number that
        the packing of the file cannot.
    """
    _check(swath, 2 * SIDE_PIXELS)
    columns = _stored(swath, UNSMOOTHED_NAMES, "ssh_qual")
    right = swath["side"].values == RIGHT
    sizes = {"line": swath.sizes["line"], "pixel": SIDE_PIXELS}
    with written_beside(path) as part, netCDF4.Dataset(part, "w", format="NETCDF4") as dataset:
        dataset.setncatts(_attributes("Unsmoothed", "Unsmoothed", swath, granule))
        for side, inside in zip(SIDES, (~right, right), strict=True):
            group = dataset.createGroup(side)
            group.description = f"Unsmoothed SSH measurement data for {side} side of swath"
            own = {n: v[:, inside] if v.ndim == 2 else v for n, v in columns.items()}
            own["polarization_karin"] = np.full(sizes["line"], POLARISATION[side])
            _group(group, variables(UNSMOOTHED), own, sizes)


def _check(swath: xr.Dataset, pixels: int) -> None:
    if swath.sizes["pixel"] != pixels or swath.sizes["line"] == 0:
        raise ValueError(
            f"such a granule has lines of {pixels} pixels, the swath has {dict(swath.sizes)}"
        )
    if np.isnat(swath["time"].values).any():
        raise ValueError("a granule cannot hold a line without a time")


def _stored(swath: xr.Dataset, names: Mapping[str, str], quality: str) -> dict[str, np.ndarray]:
    """Return the arrays of the swath by the names of the file; flags are nan where missing."""
    names = {**names, "product_quality_flag": quality}
    columns = {}
    for name, source in names.items():
        if name in swath.variables:
            values = swath[name].values
            columns[source] = (
                np.where(values < 0, np.nan, values) if name in SWATH_FLAGS else values
            )
    for name in columns.keys() & {"longitude", "longitude_nadir"}:
        # 360 itself has no place: it is what rounds up to a whole turn.
        columns[name] = np.round(columns[name] % 360.0, 6) % 360.0
    seconds = (swath["time"].values - EPOCH) / np.timedelta64(1, "s")
    columns["time"] = seconds
    columns["time_tai"] = seconds + tai_minus_utc(swath["time"].values)
    return columns


def _group(
    group: netCDF4.Dataset,
    layout: Mapping[str, Variable],
    columns: Mapping[str, np.ndarray],
    sizes: Mapping[str, int],
) -> None:
    """Write all variables of a layout; what has no column is missing everywhere."""
    for name, size in sizes.items():
        group.createDimension(f"num_{name}s", size)
    offset = round(float(columns["time_tai"][0] - columns["time"][0]))
    for name, variable in layout.items():
        stored = group.createVariable(
            name,
            variable.dtype,
            tuple(f"num_{dimension}s" for dimension in variable.dimensions),
            fill_value=FILL[variable.dtype],
            zlib=True,
            complevel=COMPRESSION,
        )
        stored.set_auto_maskandscale(False)
        stored.setncatts(_of_variable(name, variable))
        if name in ("time", "time_tai"):
            stored.calendar = "gregorian"
            stored.tai_utc_difference = float(offset)
        if name in columns:
            stored[:] = _pack(name, variable, columns[name])


def _of_variable(name: str, variable: Variable) -> dict[str, object]:
    """Return the attributes of a variable, beside those of time."""
    told: dict[str, object] = {"long_name": variable.long_name}
    if name in STANDARD_NAMES:
        told["standard_name"] = STANDARD_NAMES[name]
    if variable.units:
        told["units"] = variable.units
    if variable.scale is not None:
        told["scale_factor"] = variable.scale
    if name in OFFSET:
        told["add_offset"] = OFFSET[name]
    if name in FLAGS:
        meanings = FLAGS[name]
        told["flag_meanings"] = meanings
        told["flag_values"] = np.arange(len(meanings.split()), dtype=variable.dtype)
    if variable.valid_range is not None:
        low, high = np.array(variable.valid_range, dtype=variable.dtype)
        told["valid_min"], told["valid_max"] = low, high
    if variable.shape == "pixel" and name not in ("longitude", "latitude"):
        told["coordinates"] = "longitude latitude"
    return told


def _pack(name: str, variable: Variable, values: np.ndarray) -> np.ndarray:
    fill = FILL[variable.dtype]
    if variable.dtype == "S1":
        return values
    if variable.dtype.startswith("f"):
        return np.where(np.isnan(values), fill, values).astype(variable.dtype)
    counts = np.rint((values - OFFSET.get(name, 0.0)) / (variable.scale or 1.0))
    information = np.iinfo(variable.dtype)
    if (counts >= information.max).any() or (counts < information.min).any():
        raise ValueError(
            f"{name}: values from {np.nanmin(values):g} to {np.nanmax(values):g} {variable.units} "
            "do not fit into the packing of a granule"
        )
    return np.where(np.isnan(counts), fill, counts).astype(variable.dtype)


def _attributes(kind: str, title: str, swath: xr.Dataset, granule: Granule) -> dict[str, object]:
    first, last = (f"{str(time)[:26]}Z" for time in swath["time"].values[[0, -1]])
    longitude, latitude = (swath[name].values for name in ("longitude", "latitude"))
    # East of the left edge of the first line, so that a swath over the date line stays whole.
    around = (longitude - longitude[0, 0] + 180.0) % 360.0 - 180.0 + longitude[0, 0]
    corners = {
        f"{side}_{end}_{name}": float(values[line, pixel])
        for side, pixel in (("left", 0), ("right", -1))
        for end, line in (("first", 0), ("last", -1))
        for name, values in (("longitude", longitude % 360.0), ("latitude", latitude))
    }
    return {
        "Conventions": "CF-1.7",
        "title": f"Level 2 Low Rate Sea Surface Height Data Product - {title}",
        "institution": "iceco",
        "source": "Ka-band radar interferometer",
        "history": f"{last[:19]}Z : Creation",
        "comment": "simulated; in the layout of the CNES and JPL product",
        "platform": "SWOT",
        "cycle_number": np.int16(granule.cycle),
        "pass_number": np.int16(granule.number),
        "short_name": "L2_LR_SSH",
        "product_file_id": kind,
        "crid": CRID,
        "product_version": f"{granule.counter:02d}",
        "time_coverage_start": first,
        "time_coverage_end": last,
        "geospatial_lon_min": float(np.nanmin(around)) % 360.0,
        "geospatial_lon_max": float(np.nanmax(around)) % 360.0,
        "geospatial_lat_min": float(np.nanmin(latitude)),
        "geospatial_lat_max": float(np.nanmax(latitude)),
        **corners,
        "wavelength": WAVELENGTH_M,
        "ellipsoid_semi_major_axis": SEMI_MAJOR_AXIS,
        "ellipsoid_flattening": FLATTENING,
    }
