"""Vectors of simulated smooth drift, and of motions made up, for tests of the field."""

import numpy as np
import xarray as xr

from iceco.geo.polar import NORTH, forward
from iceco.products.canonical_vectors import make_vectors
from iceco.simulate.ice.motion import (
    Motion,
    MotionSettings,
    draw_motion,
    drift_frame,
    smooth_displacement,
)

CENTRE = tuple(float(c) for c in forward(NORTH, np.array(-140.0), np.array(75.5)))
EPOCH = np.datetime64("2024-03-15T00:00", "ns")
SPACING = 4_000.0  # m
SIGMA = 20.0  # m, of vectors
DAY = 86_400.0  # s


def utc(seconds) -> np.ndarray:
    return EPOCH + np.rint(np.asarray(seconds) * 1e9).astype("timedelta64[ns]")


def grid(size: int = 12, spacing: float = SPACING) -> tuple[np.ndarray, np.ndarray]:
    """Places (size * size,) of a grid about the centre, row by row."""
    axis = (np.arange(size) - 0.5 * (size - 1)) * spacing
    x, y = np.meshgrid(CENTRE[0] + axis, CENTRE[1] + axis)
    return x.ravel(), y.ravel()


def vectors(x, y, dx, dy, start=0.0, stop=DAY, sigma=SIGMA, spacing=SPACING, **attributes):
    """A vectors dataset of a square grid given row by row."""
    size = round(np.sqrt(x.size))
    rows, columns = np.divmod(np.arange(x.size), size)
    nothing = np.zeros(x.size)
    columns = {
        "x0": x,
        "y0": y,
        "dx": dx + nothing,
        "dy": dy + nothing,
        "start_time": utc(start + nothing),
        "stop_time": utc(stop + nothing),
        "variance_x": nothing + sigma**2,
        "variance_y": nothing + sigma**2,
        "covariance_xy": nothing,
        "correlation": nothing + 0.9,
        "rotation": nothing,
        "quality_flag": nothing,
        "grid_row": rows,
        "grid_column": columns,
    }
    given = {"plane": "EPSG:3413", "method": "pair", "first_scene": "", "second_scene": ""}
    return make_vectors(columns, given | {"spacing_m": spacing, "source": ""} | attributes)


def moved(motion: Motion, x, y, start, stop) -> np.ndarray:
    """True displacement (2, n) of the ice at x, y at ``start``; a start for each place."""
    start, stop = np.broadcast_to(start, x.shape), np.broadcast_to(stop, x.shape)
    xi, eta = np.array(x), np.array(y)
    for time in np.unique(start):
        at = start == time
        xi[at], eta[at] = drift_frame(motion, x[at], y[at], float(time))
    before = smooth_displacement(motion, xi, eta, start)
    return np.stack(smooth_displacement(motion, xi, eta, stop)) - np.stack(before)


def simulated(seed: int, start=0.0, stop=DAY, size=12, sigma=SIGMA) -> tuple[Motion, xr.Dataset]:
    """A smooth drift, and noisy vectors of it."""
    motion = draw_motion(seed, MotionSettings(), CENTRE)
    x, y = grid(size)
    noise = np.random.default_rng([seed, 1]).normal(0.0, sigma, (2, x.size))
    dx, dy = moved(motion, x, y, start, stop) + noise
    return motion, vectors(x, y, dx, dy, start, stop, sigma)
