"""An OSI-405-c drift file from velocities on the polar plane, for simulated worlds and tests."""

from pathlib import Path

import netCDF4
import numpy as np
import pyproj

from ..geo.polar import NORTH, PolarPlane, forward, inverse
from .beside import written_beside
from .drift import OSI405_CRS, OSI405_NOMINAL

#: First cell and number of cells along xc and yc, by plane [km]; yc decreases.
GRIDS = {3413: ((-3750.0, 119), (5750.0, 177)), 3976: ((-3875.0, 125), (4250.0, 131))}
SPACING_KM = 62.5
EPOCH = np.datetime64("1978-01-01T00:00:00", "ns")
TIME_UNITS = "seconds since 1978-01-01 00:00:00"
FILL = np.float32(-1e10)
#: ``status_flag`` of a cell without a vector.
NO_VECTOR = 1
GRID_MAPPING = "Polar_Stereographic_Grid"


def osi405_name(plane: PolarPlane, start: np.datetime64, stop: np.datetime64) -> str:
    """Return the name of the multi-sensor file of an interval."""
    hemisphere = "nh" if plane == NORTH else "sh"
    first, last = (
        np.datetime_as_string(time, "m").translate(str.maketrans("", "", "-:T"))
        for time in (start, stop)
    )
    return f"ice_drift_{hemisphere}_polstere-625_multi-oi_{first}-{last}.nc"


def osi405_cells(plane: PolarPlane) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y [m] on ``plane`` of the product's cells, each (177, 119) or (131, 125)."""
    _, longitude, latitude = _grid(plane)
    return forward(plane, longitude, latitude)


def write_osi405(
    path: str | Path,
    plane: PolarPlane,
    interval: tuple[np.datetime64, np.datetime64],
    velocity: tuple[np.ndarray, np.ndarray],
    sigma: np.ndarray | float,
) -> None:
    """Write an OSI-405-c file that ``products.drift.open_osi405`` reads.

    Parameters
    ----------
    path : path
        Appears whole or not at all.  The field's name for it: ``osi405_name``.
    plane : PolarPlane
        Hemisphere of the file and plane of ``velocity``.
    interval : (start, stop)
        UTC; the product's own is 48 h from 12 h to 12 h.
    velocity : (u, v), each array of the shape of ``osi405_cells``
        Mean velocity [m/s] along x and y of ``plane`` of the ice that starts at each cell; nan
        where there is no ice.
    sigma : number or array of that shape
        Standard deviation of each component of the displacement [m].

    Raises
    ------
    ValueError
        If the velocity is not on the product's cells or the interval is not positive.
    """
    axes, longitude, latitude = _grid(plane)
    start, stop = (time.astype("datetime64[ns]") for time in interval)
    if not start < stop:
        raise ValueError(f"a drift interval must end after it starts, got {start} to {stop}")
    if any(np.shape(component) != latitude.shape for component in velocity):
        raise ValueError(f"the velocity must have the shape {latitude.shape} of osi405_cells")
    seconds = (stop - start) / np.timedelta64(1, "s")
    x, y = forward(plane, longitude, latitude)
    end = inverse(plane, x + velocity[0] * seconds, y + velocity[1] * seconds)
    grid_x, grid_y = np.meshgrid(*axes)
    end_x, end_y = pyproj.Proj(OSI405_CRS[plane.epsg])(*end)
    ice = np.isfinite(velocity[0]) & np.isfinite(velocity[1])
    with (
        written_beside(path) as part,
        netCDF4.Dataset(part, "w", format="NETCDF3_CLASSIC") as dataset,
    ):
        _frame(dataset, plane, axes, (start, stop))
        _still(dataset, "lat", latitude, "degrees_north")
        _still(dataset, "lon", longitude, "degrees_east")
        _offsets(dataset, (start, stop), ice.shape)
        _moved(dataset, "lon1", np.where(ice, end[0], np.nan), "degrees_east")
        _moved(dataset, "lat1", np.where(ice, end[1], np.nan), "degrees_north")
        _moved(dataset, "dX", np.where(ice, end_x - grid_x, np.nan) / 1e3, "km")
        _moved(dataset, "dY", np.where(ice, end_y - grid_y, np.nan) / 1e3, "km")
        _status(dataset, ice)
        _moved(dataset, "uncert_dX_and_dY", np.where(ice, sigma, np.nan) / 1e3, "km")


def _grid(plane: PolarPlane) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, np.ndarray]:
    """Return the axes [m], and longitude and latitude of every cell."""
    (first_x, columns), (first_y, rows) = GRIDS[plane.epsg]
    x = (first_x + SPACING_KM * np.arange(columns)) * 1e3
    y = (first_y - SPACING_KM * np.arange(rows)) * 1e3
    grid_x, grid_y = np.meshgrid(x, y)
    longitude, latitude = pyproj.Proj(OSI405_CRS[plane.epsg])(grid_x, grid_y, inverse=True)
    return (x, y), longitude, latitude


def _frame(
    dataset: netCDF4.Dataset,
    plane: PolarPlane,
    axes: tuple[np.ndarray, np.ndarray],
    interval: tuple[np.datetime64, np.datetime64],
) -> None:
    """Write dimensions, axes, times and the grid mapping."""
    for name, size in (("xc", axes[0].size), ("yc", axes[1].size), ("time", 1), ("nv", 2)):
        dataset.createDimension(name, size)
    dataset.setncatts({"Conventions": "CF-1.4", "institution": "iceco", "product_id": "OSI-405"})
    dataset.comment = "simulated; in the layout of the OSI SAF product"
    mapping = dataset.createVariable(GRID_MAPPING, "i4", ())
    sign = 1.0 if plane == NORTH else -1.0
    mapping.setncatts(
        {
            "grid_mapping_name": "polar_stereographic",
            "straight_vertical_longitude_from_pole": -45.0 if plane == NORTH else 0.0,
            "latitude_of_projection_origin": sign * 90.0,
            "standard_parallel": sign * 70.0,
            "false_easting": 0.0,
            "false_northing": 0.0,
            "semi_major_axis": 6378273.0,
            "semi_minor_axis": 6356889.44891,
        }
    )
    for name, axis in zip("xy", axes, strict=True):
        variable = dataset.createVariable(f"{name}c", "f8", (f"{name}c",))
        variable.standard_name = f"projection_{name}_coordinate"
        variable.units = "km"
        variable[:] = axis / 1e3
    time = dataset.createVariable("time", "f8", ("time",))
    time.standard_name, time.units, time.bounds = "time", TIME_UNITS, "time_bnds"
    bounds = dataset.createVariable("time_bnds", "f8", ("time", "nv"))
    bounds.units = TIME_UNITS
    bounds[0] = [(edge - EPOCH) / np.timedelta64(1, "s") for edge in interval]
    time[0] = bounds[0, 1]


def _still(dataset: netCDF4.Dataset, name: str, values: np.ndarray, units: str) -> None:
    variable = dataset.createVariable(name, "f4", ("yc", "xc"))
    variable.units = units
    variable[:] = values


def _moved(dataset: netCDF4.Dataset, name: str, values: np.ndarray, units: str) -> None:
    variable = dataset.createVariable(name, "f4", ("time", "yc", "xc"), fill_value=FILL)
    variable.units = units
    variable.grid_mapping = GRID_MAPPING
    variable.coordinates = "lat lon"
    variable[0] = np.where(np.isnan(values), FILL, values)


def _offsets(
    dataset: netCDF4.Dataset, interval: tuple[np.datetime64, np.datetime64], shape: tuple[int, ...]
) -> None:
    for name, edge in zip(("dt0", "dt1"), interval, strict=True):
        variable = dataset.createVariable(name, "i4", ("time", "yc", "xc"))
        variable.units = f"seconds since {str(edge)[:19].replace('T', ' ')}"
        variable[0] = np.zeros(shape)


def _status(dataset: netCDF4.Dataset, ice: np.ndarray) -> None:
    variable = dataset.createVariable("status_flag", "i1", ("time", "yc", "xc"))
    variable.flag_values = np.array([NO_VECTOR, OSI405_NOMINAL], dtype="i1")
    variable.flag_meanings = "missing_input_data nominal_quality"
    variable[0] = np.where(ice, OSI405_NOMINAL, NO_VECTOR)
