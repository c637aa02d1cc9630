"""Areas of the cells of any grid, on the ground."""

import numpy as np

from ...geo.polar import forward, plane_of_latitude, scale_factor


def cell_areas(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return the ground area of each cell [m2], (lines, pixels); nan where a place is.

    The parallelogram of the steps to the nearest neighbours along both axes: right for swaths with
    a gap at nadir as for grids that stretch.

    Parameters
    ----------
    longitude, latitude : array (lines, pixels) [degree]
        Of two lines and two pixels at least; across the date line or round the pole.
    """
    plane = plane_of_latitude(latitude)
    x, y = forward(plane, longitude, latitude)
    (down_x, down_y), (right_x, right_y) = (_steps(x, y, axis) for axis in (0, 1))
    area = np.abs(down_x * right_y - down_y * right_x)
    return np.asarray(area / scale_factor(plane, latitude) ** 2)


def _steps(x: np.ndarray, y: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the shorter of the steps to the two neighbours along an axis."""
    dx, dy = np.diff(x, axis=axis), np.diff(y, axis=axis)
    edge = [(0, 0), (0, 0)]

    def padded(values: np.ndarray, before: bool) -> np.ndarray:
        edge[axis] = (1, 0) if before else (0, 1)
        return np.pad(values, edge, constant_values=np.nan)

    ahead, behind = ((padded(dx, b), padded(dy, b)) for b in (False, True))
    length, other = np.hypot(*ahead), np.hypot(*behind)
    take = np.isnan(other) | (length <= other)
    return np.where(take, ahead[0], behind[0]), np.where(take, ahead[1], behind[1])
