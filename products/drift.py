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
from .netcdf import decode_time, open_netcdf, optional, required, variable_of

#: NSIDC polar stereographic on the Hughes 1980 ellipsoid, by plane.  Read as EPSG:3413 the
#: positions would be 23 m off at 80 N and 96 m at 50 N.
OSI405_CRS = {3413: "EPSG:3411", 3976: "EPSG:3412"}
#: NSIDC EASE-Grid (version 1) on a sphere, by plane.
NSIDC_CRS = {3413: "EPSG:3408", 3976: "EPSG:3409"}

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


#: ``t0`` instead of ``dt0`` marks the climate record OSI-455, another grid and another interval.
_OSI405_NAMES, _OSI455_NAME = {"xc", "yc", "dX", "dY", "lat", "lon", "time_bnds"}, "t0"
_NSIDC_NAMES = {"x", "y", "time", "u", "v", "icemotion_error_estimate", "latitude"}


class _Displacement(NamedTuple):
    """Displacements on the plane [m], nan where there is none."""

    dx: np.ndarray
    dy: np.ndarray


def is_osi405(path: str | Path) -> bool:
    """Tell whether ``open_osi405`` can read the file, by its content."""
    try:
        with open_netcdf(path) as dataset:
            return _is_osi405(dataset)
    except ValueError:
        return False


def is_nsidc0116(path: str | Path) -> bool:
    """Tell whether ``open_nsidc0116`` can read the file, by its content."""
    try:
        with open_netcdf(path) as dataset:
            return dataset.variables.keys() >= _NSIDC_NAMES
    except ValueError:
        return False


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
    with open_netcdf(path) as dataset:
        if not _is_osi405(dataset):
            raise ValueError(f"{path}: the file is not an OSI-405-c drift file")
        grid = {axis: required(dataset, f"{axis}c") * _metres(dataset, f"{axis}c") for axis in "xy"}
        longitude, latitude = (np.squeeze(required(dataset, name)) for name in ("lon", "lat"))
        plane = _plane(path, latitude)
        crs = OSI405_CRS[plane.epsg]
        move = _osi405_displacement(dataset, plane, grid, (longitude, latitude))
        quality = _osi405_quality(dataset, move)
        start, stop, time = _osi405_times(dataset, quality.shape)
        sigma = _osi405_sigma(dataset, quality.shape)
    return make_drift(
        {"time": time, **grid, "longitude": wrap_longitude(longitude), "latitude": latitude},
        {
            **_kept({"dx": move.dx, "dy": move.dy, "displacement_sigma": sigma}, quality),
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
    with open_netcdf(path) as dataset:
        if not dataset.variables.keys() >= _NSIDC_NAMES:
            raise ValueError(f"{path}: the file is not an NSIDC-0116 drift file")
        grid = {axis: required(dataset, axis) * _metres(dataset, axis) for axis in "xy"}
        plane = _plane(path, required(dataset, "latitude"))
        # The calendar attribute says "julian"; counted from 1970 that makes no difference.
        day = decode_time(variable_of(dataset, "time")).astype("datetime64[D]")
        # A year is 47 million cells: single precision, in which the file itself has them.
        u, v = ((required(dataset, name) * CM_PER_S).astype(np.float32) for name in "uv")
        error = required(dataset, "icemotion_error_estimate").astype(np.float32)
    crs = NSIDC_CRS[plane.epsg]
    longitude, latitude = _positions(crs, *np.meshgrid(grid["x"], grid["y"]))
    seconds = 86400.0
    move = _along_axes(plane, crs, grid, u * seconds, v * seconds)
    suspect = (error < 0) | (np.abs(error) >= NSIDC_FAR)
    quality = np.where(suspect, INTERPOLATED, NOMINAL).astype(np.int8)
    quality[np.isnan(move.dx)] = REJECTED
    # The estimate is a ground speed: brought to the plane.
    per_estimate = CM_PER_S * seconds * scale_factor(plane, latitude).astype(np.float32)
    sigma = np.abs(error) % NSIDC_FAR * per_estimate
    start = day.astype("datetime64[ns]")
    return make_drift(
        {"time": start + DAY // 2, **grid, "longitude": longitude, "latitude": latitude},
        {
            **_kept({"dx": move.dx, "dy": move.dy, "displacement_sigma": sigma}, quality),
            "start_time": np.broadcast_to(start[:, None, None], quality.shape),
            "stop_time": np.broadcast_to((start + DAY)[:, None, None], quality.shape),
            "quality_flag": quality,
        },
        _attributes("NSIDC-0116", crs, plane, path),
    )


def _is_osi405(dataset: netCDF4.Dataset) -> bool:
    names = dataset.variables.keys()
    return names >= _OSI405_NAMES and _OSI455_NAME not in names


def _plane(path: str | Path, latitude: np.ndarray) -> PolarPlane:
    latitude = np.where(np.abs(latitude) <= 90.0, latitude, np.nan)
    if np.isnan(latitude).all():
        raise ValueError(f"{path}: no cell of the grid has a position")
    return plane_of_latitude(latitude)


def _metres(dataset: netCDF4.Dataset, name: str) -> float:
    """Return how many metres the unit of a variable is."""
    units = str(getattr(variable_of(dataset, name), "units", ""))
    if units not in METRES:
        raise ValueError(f"{dataset.filepath()}: the units {units!r} of {name} are no length")
    return METRES[units]


def _positions(crs: str, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return longitude and latitude on the grid's own ellipsoid, which the agencies mean."""
    longitude, latitude = pyproj.Proj(crs)(x, y, inverse=True)
    return longitude, latitude


def _along_axes(
    plane: PolarPlane, crs: str, grid: dict[str, np.ndarray], dx: np.ndarray, dy: np.ndarray
) -> _Displacement:
    """Return displacements on the plane from components (t, m, n) [m] along the grid's axes."""
    x, y = np.meshgrid(grid["x"], grid["y"])
    start_x, start_y = forward(plane, *_positions(crs, x, y))
    move = _Displacement(*(np.full(dx.shape, np.nan, dtype=np.float32) for _ in "xy"))
    for step in range(dx.shape[0]):
        there = np.isfinite(dx[step]) & np.isfinite(dy[step])
        end = _positions(crs, x[there] + dx[step, there], y[there] + dy[step, there])
        end_x, end_y = forward(plane, *end)
        move.dx[step, there] = end_x - start_x[there]
        move.dy[step, there] = end_y - start_y[there]
    return move


def _osi405_displacement(
    dataset: netCDF4.Dataset,
    plane: PolarPlane,
    grid: dict[str, np.ndarray],
    start: tuple[np.ndarray, np.ndarray],
) -> _Displacement:
    longitude, latitude = optional(dataset, "lon1"), optional(dataset, "lat1")
    if longitude is not None and latitude is not None:
        there = np.abs(latitude) <= 90.0  # files differ in their fill, and some do not name it
        start_x, start_y = forward(plane, *start)
        end_x, end_y = forward(plane, *(np.where(there, c, np.nan) for c in (longitude, latitude)))
        return _Displacement(end_x - start_x, end_y - start_y)
    upward = "dY_v1p4" if "dY_v1p4" in dataset.variables else "dY"
    dx, dy = (required(dataset, name) * _metres(dataset, name) for name in ("dX", upward))
    return _along_axes(plane, OSI405_CRS[plane.epsg], grid, dx, dy)


def _osi405_quality(dataset: netCDF4.Dataset, move: _Displacement) -> np.ndarray:
    name = "status_flag_v1p4" if "status_flag_v1p4" in dataset.variables else "status_flag"
    status = required(dataset, name)
    quality = np.where(status >= OSI405_NOMINAL, NOMINAL, INTERPOLATED).astype(np.int8)
    quality[~(status >= OSI405_USABLE) | np.isnan(move.dx)] = REJECTED
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


def _kept(columns: dict[str, np.ndarray], quality: np.ndarray) -> dict[str, np.ndarray]:
    return {
        name: np.where(quality == REJECTED, np.nan, values).astype(np.float32)
        for name, values in columns.items()
    }


def _attributes(product: str, crs: str, plane: PolarPlane, path: str | Path) -> dict[str, str]:
    return {"product": product, "crs": crs, "plane": plane.crs, "source": str(path)}
