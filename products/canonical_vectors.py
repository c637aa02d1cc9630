"""The shape of ice-drift vectors: where ice was, where it went, and how sure that is.

A vectors dataset is a list along ``vector``, from image pairs, drifters or whatever else follows
single pieces of ice.  Those of a pair on a regular grid remember their row and column, so that
they can be laid out as fields (``vectors_on_grid``).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from ..geo.polar import inverse, plane_of_epsg

GOOD, DOUBTFUL, REJECTED, NO_DATA, OUTSIDE = 0, 1, 2, 3, 4
#: Flag of a cell of a grid that no vector of the list belongs to.
NO_VECTOR = -1

#: Every variable of a vectors dataset along ``vector``: its attributes.
VECTORS: dict[str, dict[str, str]] = {
    "x0": {"long_name": "x of the ice at start_time on the plane", "units": "m"},
    "y0": {"long_name": "y of the ice at start_time on the plane", "units": "m"},
    "dx": {
        "long_name": "displacement along x of the plane",
        "standard_name": "sea_ice_x_displacement",
        "units": "m",
    },
    "dy": {
        "long_name": "displacement along y of the plane",
        "standard_name": "sea_ice_y_displacement",
        "units": "m",
    },
    "start_time": {"long_name": "UTC time at which the ice was at x0, y0"},
    "stop_time": {"long_name": "UTC time at which it had been displaced by dx, dy"},
    "variance_x": {"long_name": "error variance of dx", "units": "m2"},
    "variance_y": {"long_name": "error variance of dy", "units": "m2"},
    "covariance_xy": {"long_name": "error covariance of dx and dy", "units": "m2"},
    "correlation": {"long_name": "correlation of the two images of the ice", "units": "1"},
    "rotation": {
        "long_name": "rotation of the ice, counter-clockwise on the plane",
        "units": "degree",
    },
    "quality_flag": {
        "long_name": "trust in the vector",
        "flag_values": "0 1 2 3 4",
        "flag_meanings": "good doubtful rejected no_data_or_masked out_of_overlap",
    },
    "grid_row": {"long_name": "row in the grid of vectors, increasing with y; -1 off grid"},
    "grid_column": {"long_name": "column in the grid of vectors, increasing with x; -1 off grid"},
}

#: Attributes of every vectors dataset.
VECTORS_ATTRIBUTES = (
    "plane",  # of x0, y0, dx and dy: EPSG:3413 or EPSG:3976
    "method",  # pair, drifter, ...: how the ice was followed
    "first_scene",  # "" where there is none
    "second_scene",
    "spacing_m",  # of the grid of vectors on the plane; nan for free points
    "source",  # paths of the files
)

_TYPES: dict[str, str] = {
    "start_time": "datetime64[ns]",
    "stop_time": "datetime64[ns]",
    "correlation": "float32",
    "rotation": "float32",
    "quality_flag": "int8",
    "grid_row": "int32",
    "grid_column": "int32",
}


def make_vectors(columns: Mapping[str, np.ndarray], attributes: Mapping[str, Any]) -> xr.Dataset:
    """Return a vectors dataset.

    Parameters
    ----------
    columns : mapping of name in ``VECTORS`` to array (n,)
        Places and displacements [m on the plane] at the true times of the pixels
        (datetime64[ns], UTC; NaT where not known), the covariance of (dx, dy) [m2],
        ``correlation``, ``rotation`` [degree], the flag and the place in the grid (-1 for free
        points).  nan where missing; ``x0`` and ``y0`` are always there.
    attributes : mapping
        Must hold all of ``VECTORS_ATTRIBUTES``; may hold more (settings).

    Returns
    -------
    xr.Dataset
        Float64 but for ``correlation`` and ``rotation`` (float32), the flag (int8) and the
        place in the grid (int32); with ``longitude`` and ``latitude`` of (x0, y0) [degree].

    Raises
    ------
    ValueError
        If a name is unknown or missing.
    """
    wrong = columns.keys() ^ VECTORS.keys()
    needed = [name for name in VECTORS_ATTRIBUTES if name not in attributes]
    if wrong or needed:
        raise ValueError(f"a vectors dataset has exactly {sorted(VECTORS)} and needs {needed}")
    vectors = xr.Dataset(
        {
            name: ("vector", np.asarray(columns[name], dtype=_TYPES.get(name, "float64")), about)
            for name, about in VECTORS.items()
        },
        attrs=dict(attributes),
    )
    plane = plane_of_epsg(vectors.attrs["plane"])
    longitude, latitude = inverse(plane, vectors["x0"].values, vectors["y0"].values)
    return vectors.assign_coords(
        longitude=(
            "vector",
            longitude,
            {"standard_name": "longitude", "units": "degrees_east"},
        ),
        latitude=("vector", latitude, {"standard_name": "latitude", "units": "degrees_north"}),
    )


def covariance_of(vectors: xr.Dataset) -> np.ndarray:
    """Return the covariance of every displacement, (n, 2, 2) float64 [m2], x before y."""
    xx, yy, xy = (vectors[n].values for n in ("variance_x", "variance_y", "covariance_xy"))
    return np.stack([np.stack([xx, xy], axis=-1), np.stack([xy, yy], axis=-1)], axis=-2)


def usable(vectors: xr.Dataset) -> np.ndarray:
    """Return which vectors may be used, (n,) bool: good or doubtful, and with a displacement."""
    return np.asarray(
        (vectors["quality_flag"].values <= DOUBTFUL)
        & np.isfinite(vectors["dx"].values)
        & np.isfinite(vectors["dy"].values)
    )


def vectors_on_grid(vectors: xr.Dataset) -> xr.Dataset:
    """Return vectors of a regular grid as fields over ``y`` and ``x``.

    ``grid_row`` lies along y and ``grid_column`` along x.  Cells that no vector of the list
    belongs to hold nan, NaT and the flag ``NO_VECTOR``.

    Raises
    ------
    ValueError
        If the vectors are free points.
    """
    if not on_grid(vectors):
        raise ValueError("vectors at free points cannot be laid out on a grid")
    row, column = vectors["grid_row"].values, vectors["grid_column"].values
    axes = {
        "y": _axis(vectors["y0"].values, row, vectors.attrs["spacing_m"]),
        "x": _axis(vectors["x0"].values, column, vectors.attrs["spacing_m"]),
    }
    fields: dict[str, Any] = {}
    for name in VECTORS:
        if name in ("x0", "y0", "grid_row", "grid_column"):
            continue  # the axes and their numbers
        values = vectors[name].values
        field = np.full((axes["y"].size, axes["x"].size), _missing(name, values), values.dtype)
        field[row - row.min(), column - column.min()] = values
        fields[name] = (("y", "x"), field, VECTORS[name])
    numbers = {"grid_row": ("y", row), "grid_column": ("x", column)}
    for name, (axis, index) in numbers.items():
        fields[name] = (
            axis,
            np.arange(index.min(), index.max() + 1, dtype=np.int32),
            VECTORS[name],
        )
    return xr.Dataset(fields, coords=axes, attrs=vectors.attrs)


def vectors_from_grid(grid: xr.Dataset) -> xr.Dataset:
    """Return the list of vectors, row by row, that ``vectors_on_grid`` laid out."""
    row, column = np.nonzero(grid["quality_flag"].values != NO_VECTOR)
    places = {
        "x0": grid["x"].values[column],
        "y0": grid["y"].values[row],
        "grid_row": grid["grid_row"].values[row],
        "grid_column": grid["grid_column"].values[column],
    }
    fields = {name: grid[name].values[row, column] for name in VECTORS if name not in places}
    return make_vectors(places | fields, grid.attrs)


def on_grid(vectors: xr.Dataset) -> bool:
    """Tell whether there are vectors and all have a place in a regular grid."""
    return vectors.sizes["vector"] > 0 and bool((vectors["grid_row"].values >= 0).all())


def _axis(position: np.ndarray, index: np.ndarray, spacing: float) -> np.ndarray:
    """Return the positions [m] of all indices from the lowest to the highest."""
    origin = np.median(position - spacing * index)
    return np.asarray(origin + spacing * np.arange(index.min(), index.max() + 1))


def _missing(name: str, values: np.ndarray) -> Any:
    if name == "quality_flag":
        return NO_VECTOR
    return np.datetime64("NaT") if values.dtype.kind == "M" else np.nan
