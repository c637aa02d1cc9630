"""Images of drifting ice brought onto another time: each pixel from where its ice was."""

from collections.abc import Callable

import numpy as np
from scipy.ndimage import map_coordinates

from ..geo.polar import PolarPlane
from ..geo.swath import Geolocation, image_to_plane, plane_to_image
from .displacement import Drift

#: Pixels between the places at which the drift is asked: slip lines are that blurred.
NODE_STEP = 8
#: Share of the bilinear weight that must be data.
LEAST_WEIGHT = 0.5

_ToPlane = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def warp_grid(
    image: np.ndarray,
    axes: tuple[np.ndarray, np.ndarray],
    plane: PolarPlane,
    drift: Drift,
    time_from: np.datetime64,
    time_to: np.datetime64,
) -> np.ndarray:
    """Return an image on a grid of the plane as it would look at another time.

    Parameters
    ----------
    image : array (rows, columns), float
        nan where there are no data.
    axes : (x (columns,), y (rows,)) [m]
        Evenly spaced, either way.
    plane : PolarPlane
    drift : Drift
    time_from, time_to : datetime64
        UTC, of the image, and of the one wanted.

    Returns
    -------
    array (rows, columns), of the image's type
        nan where the drift is not known, or the ice came from where the image has no data.

    Notes
    -----
    The drift is asked at every ``NODE_STEP``-th pixel, and bilinear between.
    """
    x, y = axes

    def to_plane(row: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return x[0] + column * (x[1] - x[0]), y[0] + row * (y[1] - y[0])

    def to_image(px: np.ndarray, py: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (py - y[0]) / (y[1] - y[0]), (px - x[0]) / (x[1] - x[0])

    return _warp(image, plane, to_plane, to_image, drift, (time_from, time_to))


def warp_scene(
    image: np.ndarray,
    geolocation: Geolocation,
    drift: Drift,
    time_from: np.datetime64,
    time_to: np.datetime64,
) -> np.ndarray:
    """Return an image on the lines and samples of a scene as it would look at another time.

    Parameters
    ----------
    image : array (lines, samples), float
    geolocation : Geolocation
        Of the scene.
    drift, time_from, time_to
        As of ``warp_grid``; a scene takes a minute, in which ice moves some metres.

    Returns
    -------
    array (lines, samples), of the image's type
        As of ``warp_grid``.
    """

    def to_plane(line: np.ndarray, sample: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return image_to_plane(geolocation, line, sample)

    def to_image(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return plane_to_image(geolocation, x, y)

    times = (time_from, time_to)
    return _warp(image, geolocation.plane, to_plane, to_image, drift, times)


def _warp(
    image: np.ndarray,
    plane: PolarPlane,
    to_plane: _ToPlane,
    to_image: _ToPlane,
    drift: Drift,
    times: tuple[np.datetime64, np.datetime64],
) -> np.ndarray:
    rows, columns = image.shape
    node_row, node_column = (_nodes(size) for size in image.shape)
    grid = np.meshgrid(node_row.astype(np.float64), node_column.astype(np.float64), indexing="ij")
    x, y = to_plane(grid[0].ravel(), grid[1].ravel())
    # Pixels are filled at the time wanted: their ice is followed back to that of the image.
    end, begin = (np.full(x.shape, time.astype("datetime64[ns]")) for time in times)
    move = drift(plane, x, y, begin, end)
    nodes = np.where(move.known, np.stack([move.dx, move.dy]), np.nan)
    nodes = nodes.reshape(2, node_row.size, node_column.size)
    every = np.arange(columns, dtype=np.float64)
    fraction_column = np.interp(every, node_column, np.arange(node_column.size))
    warped = np.empty_like(image)
    for row in range(rows):
        fraction_row = float(np.interp(row, node_row, np.arange(node_row.size)))
        dx, dy = _between(nodes, fraction_row, fraction_column)
        x, y = to_plane(np.full(columns, float(row)), every)
        warped[row] = _sample(image, np.stack(to_image(x + dx, y + dy)))
    return warped


def _nodes(size: int) -> np.ndarray:
    """Return the places of nodes along an axis, its two ends among them."""
    return np.append(np.arange(0, size - 1, NODE_STEP), size - 1)


def _between(nodes: np.ndarray, row: float, column: np.ndarray) -> np.ndarray:
    """Return values (2, n) bilinear between nodes; nan where one of the four is."""
    i = min(int(row), nodes.shape[1] - 2)
    j = np.minimum(column.astype(np.int64), nodes.shape[2] - 2)
    down, right = row - i, column - j
    upper = nodes[:, i, j] * (1.0 - right) + nodes[:, i, j + 1] * right
    lower = nodes[:, i + 1, j] * (1.0 - right) + nodes[:, i + 1, j + 1] * right
    return np.asarray(upper * (1.0 - down) + lower * down)


def _sample(image: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return an image at places (2, n), bilinear among the data; nan without enough of them."""
    found = np.full(where.shape[1], np.nan, dtype=image.dtype)
    ask = np.flatnonzero(np.isfinite(where).all(axis=0))
    low, high = where[0, ask], where[1, ask]
    if ask.size == 0:
        return found
    first = max(int(np.floor(low.min())), 0)
    last = min(int(np.ceil(low.max())) + 1, image.shape[0])
    if first >= last:
        return found
    part = image[first:last]
    there = np.isfinite(part)
    at = [low - first, high]
    weight = map_coordinates(there.astype(np.float64), at, order=1)
    total = map_coordinates(np.where(there, part, 0.0).astype(np.float64), at, order=1)
    enough = weight >= LEAST_WEIGHT
    found[ask[enough]] = total[enough] / weight[enough]
    return found
