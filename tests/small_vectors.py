"""Small vectors datasets, on a grid with gaps and at free points."""

import numpy as np
import xarray as xr

from iceco.products.canonical_vectors import make_vectors

START = np.datetime64("2023-03-01T12:00", "ns")
HOUR = np.timedelta64(3_600_000_000_000, "ns")
CENTRE = (-1_300_000.0, 200_000.0)  # m, in the Beaufort Sea
SPACING = 4_000.0  # m


def uniform_vectors(
    x: np.ndarray, y: np.ndarray, velocity=(0.1, -0.05), hours=24.0, sigma=50.0
) -> xr.Dataset:
    """Free vectors of ice that moves alike everywhere: velocity [m/s], sigma [m]."""
    seconds = hours * 3600.0
    same = {
        "dx": velocity[0] * seconds,
        "dy": velocity[1] * seconds,
        "start_time": START,
        "stop_time": START + np.timedelta64(round(seconds * 1e9), "ns"),
        "variance_x": sigma**2,
        "variance_y": sigma**2,
        "covariance_xy": 0.0,
        "correlation": 0.75,
        "rotation": 0.5,
        "quality_flag": 0,
        "grid_row": -1,
        "grid_column": -1,
    }
    return make_vectors(
        {"x0": x, "y0": y, **{name: np.full(x.size, value) for name, value in same.items()}},
        {
            "plane": "EPSG:3413",
            "method": "pair",
            "first_scene": "A",
            "second_scene": "B",
            "spacing_m": np.nan,
            "source": "memory",
        },
    )


def grid_vectors(rows: int = 7, columns: int = 9, velocity=(0.1, -0.05), hours=24.0) -> xr.Dataset:
    """A grid with a corner missing, a masked cell, a rejected and a doubtful one."""
    row, column = (index.ravel() for index in np.indices((rows, columns)))
    keep = row + column >= 2
    row, column = row[keep], column[keep]
    x, y = CENTRE[0] + SPACING * column, CENTRE[1] + SPACING * row
    vectors = uniform_vectors(x, y, velocity, hours).assign_attrs(spacing_m=SPACING)
    vectors["grid_row"].values[:] = row + 3
    vectors["grid_column"].values[:] = column
    vectors["quality_flag"].values[[5, 20, 30]] = [3, 2, 1]
    for name in ("dx", "dy", "variance_x", "variance_y", "covariance_xy", "correlation"):
        vectors[name].values[5] = np.nan
    vectors["stop_time"].values[5] = np.datetime64("NaT")
    return vectors


def free_vectors(size: int = 12) -> xr.Dataset:
    """Vectors at scattered points, each with its own time, length and covariance."""
    random = np.random.default_rng(3)
    x, y = (centre + random.uniform(-2e4, 2e4, size) for centre in CENTRE)
    vectors = uniform_vectors(x, y)
    for name in ("dx", "dy", "rotation"):
        vectors[name].values[:] += random.normal(0.0, 100.0, size)
    vectors["variance_y"].values[:] *= 4.0
    vectors["covariance_xy"].values[:] = random.uniform(-2000.0, 2000.0, size)
    vectors["start_time"].values[:] += np.arange(size) * np.timedelta64(7_000, "ns")
    return vectors
