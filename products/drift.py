"""Ice-drift products: OSI SAF OSI-405-c (48 h, 62.5 km) and NSIDC-0116 (daily, 25 km).

Both give components along the axes of their own grids, on an old ellipsoid or a sphere, and the
signs of some have changed over the years.  Positions have not: each vector is made here from
where the ice was and where it went.

No real file of either was at hand when this was written; names, units and signs are those of the
product manuals and of published readers.
"""

from pathlib import Path
from typing import NamedTuple

import netCDF4
import numpy as np
import pyproj
import xarray as xr

from ..geo.polar import PolarPlane, forward, plane_of_latitude, scale_factor
from .canonical import wrap_longitude
from .canonical_drift import INTERPOLATED, NOMINAL, REJECTED, make_drift
from .netcdf import decode_time, open_netcdf, optional, packed_flags, required, variable_of

#: NSIDC polar stereographic on the Hughes 1980 ellipsoid (EPSG:3411, 3412), by sign of latitude.
#: Read as EPSG:3413 the positions would be 23 m off at 80 N and 96 m at 50 N.
OSI405_CRS = {1: "EPSG:3411", -1: "EPSG:3412"}
#: NSIDC EASE-Grid (version 1) on a sphere, by sign of latitude.
NSIDC_CRS = {1: "EPSG:3408", -1: "EPSG:3409"}

#: Standard deviation where the file gives none [m]: the product's target accuracy per component
#: (OSI SAF product user manual of OSI-405-c).
OSI405_SIGMA_M = 5000.0
#: ``status_flag`` of OSI-405-c: from here usable, from here of nominal quality.
OSI405_USABLE, OSI405_NOMINAL = 20, 30
#: The error estimate of NSIDC-0116 is raised by this where no observation lies within 1250 km.
NSIDC_FAR = 1000.0

METRES = {"m": 1.0, "metre": 1.0, "meters": 1.0, "km": 1000.0}
CM_PER_S = 0.01
DAY = np.timedelta64(1, "D").astype("timedelta64[ns]")


class _Displacement(NamedTuple):
    """Start and displacement on the plane, each the shape of the input."""

    dx: np.ndarray
    dy: np.ndarray


def is_osi405(path: str | Path) -> bool:
    """Tell whether ``open_osi405`` can read the file, by its content."""
    return _has(path, _OSI405_NAMES, absent="t0")


def is_nsidc0116(path: str | Path) -> bool:
    """Tell whether ``open_nsidc0116`` can read the file, by its content."""
    return _has(path, _NSIDC_NAMES)


#: ``t0`` instead of ``dt0`` marks the climate record OSI-455, another grid and another interval.
_OSI405_NAMES = ("xc", "yc", "dX", "dY", "lat", "lon", "time_bnds")
_NSIDC_NAMES = ("x", "y", "time", "u", "v", "icemotion_error_estimate")


def open_osi405(path: str | Path) -> xr.Dataset:
    """Open an OSI-405-c low-resolution drift file.

    The displacement is from ``lat``, ``lon`` to ``lat1``, ``lon1``; only a file without these
    is read by its ``dX`` and ``dY`` (``dY_v1p4`` where there is one: older files have ``dY``
    with the wrong sign).  Vectors with a ``status_flag`` below 20 are nan.

    Returns
    -------
    xr.Dataset
        See ``products.canonical_drift.DRIFT``.  ``quality_flag`` is 0 for status 30, 1 for
        20 to 29.  ``displacement_sigma`` is 5 km where the file has none.

    Raises
    ------
    ValueError
        If the file is damaged or is not such a product.
    """
    if not is_osi405(path):
        with open_netcdf(path):  # says so when the file is damaged
            raise ValueError(f"{path}: the file is not an OSI-405-c drift file")
    with open_netcdf(path) as dataset:
        grid = {name: required(dataset, f"{name}c") * _metres(dataset, f"{name}c") for name in "xy"}
        longitude, latitude = (np.squeeze(required(dataset, name)) for name in ("lon", "lat"))
        plane = plane_of_latitude(latitude)
        crs = OSI405_CRS[_hemisphere(latitude)]
        move = _osi405_displacement(dataset, plane, crs, grid, (longitude, latitude))
        quality = _osi405_quality(dataset, move)
        start, stop, time = _osi405_times(dataset, move.dx.shape)
        sigma = _osi405_sigma(dataset, move.dx.shape)
    rejected = quality == REJECTED
    return make_drift(
        {"time": time, **grid, "longitude": wrap_longitude(longitude), "latitude": latitude},
        {
            "dx": _kept(move.dx, rejected),
            "dy": _kept(move.dy, rejected),
            "displacement_sigma": _kept(sigma, rejected),
            "start_time": start,
            "stop_time": stop,
            "quality_flag": quality,
        },
        _attributes("OSI-405-c", crs, plane, path),
    )


def open_nsidc0116(path: str | Path) -> xr.Dataset:
    """Open an NSIDC-0116 (version 4) file of daily Polar Pathfinder ice motion.

    ``u`` and ``v`` run along x and y of the EASE-Grid, whatever way the rows do.  The
    displacement is that of 24 h, from 0 h UTC of the product's day.

    Returns
    -------
    xr.Dataset
        See ``products.canonical_drift.DRIFT``.  ``quality_flag`` is 1 within 25 km of a coast
        (negative error estimate) and where no observation lies within 1250 km (1000 added to
        the estimate); ``displacement_sigma`` comes from the estimate without sign and addition,
        in the cm/s its units say, and is nan where there is none.

    Raises
    ------
    ValueError
        If the file is damaged or is not such a product.
    """
    if not is_nsidc0116(path):
        with open_netcdf(path):  # says so when the file is damaged
            raise ValueError(f"{path}: the file is not an NSIDC-0116 drift file")
    with open_netcdf(path) as dataset:
        x, y = (required(dataset, name) * _metres(dataset, name) for name in "xy")
        # The calendar attribute says "julian"; counted from 1970 that makes no difference.
        start = decode_time(variable_of(dataset, "time")).astype("datetime64[D]")
        u, v = (required(dataset, name) * CM_PER_S for name in "uv")
        error = required(dataset, "icemotion_error_estimate") * CM_PER_S
        hemisphere = _hemisphere(required(dataset, "latitude"))
    crs = NSIDC_CRS[hemisphere]
    seconds = DAY / np.timedelta64(1, "s")
    longitude, latitude = pyproj.Proj(crs)(*np.meshgrid(x, y), inverse=True)
    longitude, latitude = (
        np.where(np.isfinite(c), c, np.nan) for c in (longitude, latitude)
    )  # the corners of an EASE-Grid lie off the Earth
    plane = plane_of_latitude(latitude)
    move = _along_axes(plane, crs, {"x": x, "y": y}, u * seconds, v * seconds)
    quality = np.where(
        (error < 0) | (np.abs(error) >= NSIDC_FAR * CM_PER_S), INTERPOLATED, NOMINAL
    ).astype(np.int8)
    quality[~np.isfinite(move.dx)] = REJECTED
    sigma = np.abs(error) % (NSIDC_FAR * CM_PER_S) * seconds * scale_factor(plane, latitude)
    rejected = quality == REJECTED
    start = start.astype("datetime64[ns]")
    return make_drift(
        {"time": start + DAY // 2, "x": x, "y": y, "longitude": longitude, "latitude": latitude},
        {
            "dx": _kept(move.dx, rejected),
            "dy": _kept(move.dy, rejected),
            "displacement_sigma": _kept(sigma, rejected),
            "start_time": np.broadcast_to(start[:, None, None], u.shape),
            "stop_time": np.broadcast_to((start + DAY)[:, None, None], u.shape),
            "quality_flag": quality,
        },
        _attributes("NSIDC-0116", crs, plane, path),
    )


def _has(path: str | Path, names: tuple[str, ...], absent: str = "") -> bool:
    try:
        with open_netcdf(path) as dataset:
            return set(names) <= dataset.variables.keys() and absent not in dataset.variables
    except ValueError:
        return False


def _metres(dataset: netCDF4.Dataset, name: str) -> float:
    """Return how many metres the unit of a variable is."""
    units = str(getattr(variable_of(dataset, name), "units", ""))
    if units not in METRES:
        raise ValueError(f"{dataset.filepath()}: the units {units!r} of {name} are no length")
    return METRES[units]


def _hemisphere(latitude: np.ndarray) -> int:
    return 1 if np.nanmedian(latitude) > 0 else -1


def _between(
    plane: PolarPlane, start: tuple[np.ndarray, np.ndarray], end: tuple[np.ndarray, np.ndarray]
) -> _Displacement:
    """Return the displacement on the plane between two (longitude, latitude) fields."""
    x0, y0 = forward(plane, *start)
    x1, y1 = forward(plane, *end)
    return _Displacement(x1 - x0, y1 - y0)


def _along_axes(
    plane: PolarPlane, crs: str, grid: dict[str, np.ndarray], dx: np.ndarray, dy: np.ndarray
) -> _Displacement:
    """Return the displacement on the plane from components [m] along the axes of the grid."""
    projection = pyproj.Proj(crs)
    x, y = (np.broadcast_to(axis, dx.shape) for axis in np.meshgrid(grid["x"], grid["y"]))
    there = np.isfinite(dx) & np.isfinite(dy)
    x, y = x[there], y[there]
    start = projection(x, y, inverse=True)
    end = projection(x + dx[there], y + dy[there], inverse=True)
    found = _between(plane, start, end)
    move = _Displacement(np.full(dx.shape, np.nan), np.full(dx.shape, np.nan))
    move.dx[there], move.dy[there] = found
    return move


def _osi405_displacement(
    dataset: netCDF4.Dataset,
    plane: PolarPlane,
    crs: str,
    grid: dict[str, np.ndarray],
    start: tuple[np.ndarray, np.ndarray],
) -> _Displacement:
    end = optional(dataset, "lon1"), optional(dataset, "lat1")
    if end[0] is not None and end[1] is not None:
        there = np.abs(end[1]) <= 90.0  # files differ in their fill, and some do not name it
        return _between(plane, start, tuple(np.where(there, c, np.nan) for c in end))
    upward = "dY_v1p4" if "dY_v1p4" in dataset.variables else "dY"
    components = (required(dataset, name) * _metres(dataset, name) for name in ("dX", upward))
    return _along_axes(plane, crs, grid, *components)


def _osi405_quality(dataset: netCDF4.Dataset, move: _Displacement) -> np.ndarray:
    name = "status_flag_v1p4" if "status_flag_v1p4" in dataset.variables else "status_flag"
    status = packed_flags(dataset, name)
    if status is None:
        raise ValueError(f"{dataset.filepath()}: the variable status_flag is missing")
    quality = np.where(status >= OSI405_NOMINAL, NOMINAL, INTERPOLATED).astype(np.int8)
    quality[(status < OSI405_USABLE) | ~np.isfinite(move.dx)] = REJECTED
    return quality


def _osi405_times(
    dataset: netCDF4.Dataset, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return start and stop of every cell and the middle of every nominal interval."""
    bounds = _times(dataset, "time_bnds", "time")
    nominal = (np.broadcast_to(bounds[:, i, None, None], shape) for i in (0, 1))
    offsets = (_offset(dataset, name, shape) for name in ("dt0", "dt1"))
    start, stop = (edge + offset for edge, offset in zip(nominal, offsets, strict=True))
    return start, stop, bounds[:, 0] + (bounds[:, 1] - bounds[:, 0]) // 2


def _times(dataset: netCDF4.Dataset, name: str, units_of: str) -> np.ndarray:
    """Return the times of a variable whose units may stand at another, as CF has it for bounds."""
    variable = variable_of(dataset, name)
    if "units" in variable.ncattrs():
        return decode_time(variable)
    first = decode_time(variable_of(dataset, units_of))
    seconds = required(dataset, name) - required(dataset, units_of)[:, None]
    return first[:, None] + _nanoseconds(seconds)


def _offset(dataset: netCDF4.Dataset, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return the offset of each cell from the nominal time; 0 where the file does not know."""
    seconds = optional(dataset, name)
    if seconds is None:
        return np.zeros(shape, dtype="timedelta64[ns]")
    return _nanoseconds(np.where(np.abs(seconds) <= 86400.0, seconds, 0.0))


def _nanoseconds(seconds: np.ndarray) -> np.ndarray:
    return np.rint(seconds * 1e9).astype("timedelta64[ns]")


def _osi405_sigma(dataset: netCDF4.Dataset, shape: tuple[int, ...]) -> np.ndarray:
    name = "uncert_dX_and_dY"
    if name not in dataset.variables:
        return np.full(shape, OSI405_SIGMA_M)
    sigma = required(dataset, name) * _metres(dataset, name)
    return np.where(sigma > 0, sigma, OSI405_SIGMA_M)


def _kept(values: np.ndarray, rejected: np.ndarray) -> np.ndarray:
    return np.where(rejected, np.nan, values).astype(np.float32)


def _attributes(product: str, crs: str, plane: PolarPlane, path: str | Path) -> dict[str, str]:
    return {"product": product, "crs": crs, "plane": f"EPSG:{plane.epsg}", "source": str(path)}
