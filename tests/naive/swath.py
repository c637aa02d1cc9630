"""Swath geolocation, one pixel at a time: SciPy's splines along lines, then along samples."""

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import root


def image_to_plane(
    grid_line: np.ndarray,
    grid_sample: np.ndarray,
    grid_x: np.ndarray,
    grid_y: np.ndarray,
    line: float,
    sample: float,
) -> tuple[float, float]:
    """Return x and y of one pixel."""
    at_line = [[CubicSpline(grid_line, column)(line) for column in g.T] for g in (grid_x, grid_y)]
    x, y = (float(CubicSpline(grid_sample, row)(sample)) for row in at_line)
    return x, y


def plane_to_image(
    grid_line: np.ndarray,
    grid_sample: np.ndarray,
    grid_x: np.ndarray,
    grid_y: np.ndarray,
    x: float,
    y: float,
) -> tuple[float, float]:
    """Return the pixel of one place, by a general root finder from the nearest node."""
    grid = (grid_line, grid_sample, grid_x, grid_y)
    i, j = np.unravel_index(np.hypot(grid_x - x, grid_y - y).argmin(), grid_x.shape)

    def missed(pixel: np.ndarray) -> np.ndarray:
        return np.subtract(image_to_plane(*grid, pixel[0], pixel[1]), (x, y))

    found = root(missed, [grid_line[i], grid_sample[j]], tol=1e-12)
    return float(found.x[0]), float(found.x[1])
