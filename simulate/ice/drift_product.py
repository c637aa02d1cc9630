"""What a drift product says of the simulated ice: coarse, over 48 h, and with its error."""

from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from ...geo.polar import NORTH
from ...products.drift_writer import osi405_cells, osi405_name, write_osi405
from .motion import Motion, drift_frame, smooth_displacement

PRODUCT_STREAM = 302  # of random numbers, beside the seed
INTERVAL = np.timedelta64(48, "h")
SECOND = np.timedelta64(1, "s")
#: Standard deviation [cell] of the Gaussian that spreads errors over cells of 62.5 km.  The
#: windows in which the product matches images are some 140 km wide (assumed): neighbouring cells
#: share about half of theirs, and their errors correlate by 0.45, those two cells apart by 0.06.
ERROR_SPREAD = 0.6


def write_drift_product(
    folder: Path,
    motion: Motion,
    seed: int,
    day: np.datetime64,
    epoch: np.datetime64,
    region: tuple[tuple[float, float], float],
    sigma: float = 2_500.0,
) -> Path:
    """Write the OSI-405-c file of the 48 h that end at noon of a day.

    Parameters
    ----------
    folder : Path
        The file gets the product's own name in it.
    motion : Motion
    seed : int
        Of the product's error; not negative.
    day : datetime64
        Any time of the interval's last day, UTC.
    epoch : datetime64
        UTC at which the time of ``motion`` is 0.
    region : ((x, y), radius) [m on the plane]
        Cells beyond have no vector.
    sigma : float [m]
        Standard deviation of each component's error over the 48 h, as the file states it.
        The target of OSI-405-c is 5 km; in winter it does better (2.5 km assumed).

    Returns
    -------
    Path
        Of the file.  Its vectors are those of the ice that the smooth drift carries from each
        cell at the interval's start, plus the error; the slip along leads is far below it.
    """
    stop = day.astype("datetime64[D]") + np.timedelta64(12, "h")
    start = stop - INTERVAL
    x, y = osi405_cells(NORTH)
    (centre_x, centre_y), radius = region
    inside = np.hypot(x - centre_x, y - centre_y) <= radius
    seconds = [float((time - epoch) / SECOND) for time in (start, stop)]
    moved = _displacement(motion, x[inside], y[inside], *seconds)
    error = sigma * product_error(seed, stop, x.shape)
    velocity = np.full((2, *x.shape), np.nan)
    velocity[:, inside] = (moved + error[:, inside]) / (seconds[1] - seconds[0])
    path = folder / osi405_name(NORTH, start, stop)
    write_osi405(path, NORTH, (start, stop), (velocity[0], velocity[1]), sigma)
    return path


def product_error(seed: int, stop: np.datetime64, shape: tuple[int, int]) -> np.ndarray:
    """Return errors (2, *shape) of the two components in units of their standard deviation.

    Normal; independent between components and between products, correlated between near cells
    (``ERROR_SPREAD``).
    """
    number = int(stop.astype("datetime64[D]").astype(np.int64))
    rng = np.random.default_rng([seed, PRODUCT_STREAM, number])
    white = rng.standard_normal((2, *shape))
    impulse = np.zeros(shape)
    impulse[shape[0] // 2, shape[1] // 2] = 1.0
    loss = np.sqrt(np.sum(gaussian_filter(impulse, ERROR_SPREAD, mode="wrap") ** 2))
    return gaussian_filter(white, ERROR_SPREAD, mode="wrap", axes=(1, 2)) / loss


def _displacement(
    motion: Motion, x: np.ndarray, y: np.ndarray, start: float, stop: float
) -> np.ndarray:
    """Return (2, n) how the ice at places of the plane at ``start`` moves until ``stop`` [m]."""
    xi, eta = drift_frame(motion, x, y, start)
    dx, dy = smooth_displacement(motion, xi, eta, stop)
    return np.stack([xi + dx - x, eta + dy - y])
