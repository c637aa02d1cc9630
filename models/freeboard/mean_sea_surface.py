"""Mean sea surface along a track: the product's, or a grid's."""

from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr
from scipy.interpolate import RegularGridInterpolator

from ...products.netcdf import open_netcdf, unpack

#: Longitude, latitude and surface of a grid: their usual names, and the standard one.
KNOWN = (
    (("lon", "longitude", "x"), "longitude"),
    (("lat", "latitude", "y"), "latitude"),
    (("mss", "mean_sea_surface", "mssh", "z"), "sea_surface_height_above_reference_ellipsoid"),
)


def of_product(track: xr.Dataset) -> np.ndarray:
    """Return the mean sea surface that the product names, (n,) float64 [m].

    Raises
    ------
    ValueError
        If it names none, as level 1b of CryoSat-2.
    """
    if "mean_sea_surface" not in track:
        raise ValueError(
            f"{track.attrs['source']}: the product has no mean sea surface; name a grid with "
            "--mean-sea-surface"
        )
    return np.asarray(track["mean_sea_surface"].values, dtype=np.float64)


def of_grid(path: str | Path, longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return the mean sea surface of a grid, between its nodes bilinear, (n,) float64 [m].

    Parameters
    ----------
    path : path
        NetCDF with one longitude and one latitude axis [degree], in any order of dimensions,
        counted from -180 or from 0, and a surface above the ellipsoid of the track [m].  A grid
        that goes round the Earth is closed across its own seam.
    longitude, latitude : array (n,), float64 [degree]
        nan gives nan, and so do places outside the grid.

    Raises
    ------
    ValueError
        If the file is no such grid.
    """
    with open_netcdf(path) as dataset:
        x, y, surface = _axes(dataset, path)
    turned = x[0] + (np.asarray(longitude) - x[0]) % 360.0
    values = RegularGridInterpolator((x, y), surface, bounds_error=False, fill_value=np.nan)
    return np.asarray(values(np.column_stack([turned, latitude])), dtype=np.float64)


def _axes(dataset: netCDF4.Dataset, path: str | Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return longitude and latitude, rising, and the surface (longitude, latitude)."""
    x, y, surface = (_named(dataset, names, standard, path) for names, standard in KNOWN)
    values = unpack(surface)
    if surface.dimensions == (*y.dimensions, *x.dimensions):
        values = values.T
    elif surface.dimensions != (*x.dimensions, *y.dimensions):
        raise ValueError(f"{path}: {surface.name} does not lie on its longitude and latitude")
    longitude, latitude = unpack(x), unpack(y)
    east, north = np.argsort(longitude), np.argsort(latitude)
    return _closed(longitude[east], latitude[north], values[np.ix_(east, north)])


def _named(
    dataset: netCDF4.Dataset, names: tuple[str, ...], standard_name: str, path: str | Path
) -> netCDF4.Variable:
    """Return the variable of a standard name, or of one of some names."""
    for name, variable in dataset.variables.items():
        if getattr(variable, "standard_name", "") == standard_name or name.lower() in names:
            return variable
    raise ValueError(
        f"{path}: is no grid of a mean sea surface; it lacks a variable {' or '.join(names)}"
    )


def _closed(
    longitude: np.ndarray, latitude: np.ndarray, surface: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the axes and the surface with the first meridian again after the last.

    So a place between the last meridian and the first is inside, if the grid goes round.
    """
    spacing = np.diff(longitude).max(initial=0.0)
    gap = longitude[0] + 360.0 - longitude[-1]
    if 0.0 < gap <= 1.5 * spacing:
        longitude = np.append(longitude, longitude[0] + 360.0)
        surface = np.concatenate([surface, surface[:1]])
    return longitude, latitude, surface
