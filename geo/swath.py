"""Geolocation of swath images: from pixels to a polar plane and back.

A scene's geolocation is known at the nodes of a coarse grid of pixels.  Between the nodes x and
y are interpolated on the polar plane, never longitude and latitude (which bend by hundreds of
metres at high latitudes and break at the pole and the date line).
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from . import _kernels
from .polar import PolarPlane, flat_float64, forward


@dataclass(frozen=True, eq=False)
class Geolocation:
    """Where the pixels of a swath image lie on a polar plane; made by ``fit_geolocation``."""

    plane: PolarPlane
    #: Pixel centres of the nodes, 0-based, increasing, float64 (n,) and (m,).
    grid_line: np.ndarray
    grid_sample: np.ndarray
    #: Bicubic coefficients of x and y in each cell, float64 (n - 1, m - 1, 2, 4, 4).
    patches: np.ndarray
    #: Affine map from (x, y, 1) to (line, sample), float64 (2, 3): where the inverse starts.
    first_guess: np.ndarray


def fit_geolocation(
    grid_line: np.ndarray,
    grid_sample: np.ndarray,
    grid_x: np.ndarray,
    grid_y: np.ndarray,
    plane: PolarPlane,
) -> Geolocation:
    """Return the smooth geolocation through the nodes of a grid.

    Cubic splines (twice differentiable, not-a-knot ends) along lines and samples.

    Parameters
    ----------
    grid_line : array (n,), float
    grid_sample : array (m,), float
        Pixel centres of the nodes, 0-based, increasing; steps may differ.
    grid_x, grid_y : array (n, m), float [m]
        Where the nodes lie on the plane.
    plane : PolarPlane

    Raises
    ------
    ValueError
        If shapes disagree, there are fewer than two nodes a side, nodes do not increase, a
        position is missing, or the cells between the nodes fold or have no area.
    """
    line = np.asarray(grid_line, dtype=np.float64)
    sample = np.asarray(grid_sample, dtype=np.float64)
    nodes = np.stack([grid_x, grid_y]).astype(np.float64)
    if nodes.shape[1:] != (line.size, sample.size) or min(line.size, sample.size) < 2:
        raise ValueError(
            f"a geolocation grid needs x and y at 2 x 2 nodes or more, got {nodes.shape[1:]} "
            f"for {line.size} lines and {sample.size} samples"
        )
    if not (np.diff(line) > 0).all() or not (np.diff(sample) > 0).all():
        raise ValueError("the lines and samples of a geolocation grid must increase")
    if not np.isfinite(nodes).all():
        raise ValueError("a geolocation grid must know the position of each node, some are nan")
    areas = _cell_areas(nodes)
    if not ((areas > 0).all() or (areas < 0).all()):
        raise ValueError("the nodes of the geolocation grid are out of order on the plane")
    along_line = CubicSpline(line, nodes, axis=1).c  # (4, n - 1, 2, m)
    both = CubicSpline(sample, along_line, axis=3).c  # (4, m - 1, 4, n - 1, 2)
    patches = np.ascontiguousarray(both.transpose(3, 1, 4, 2, 0))
    return Geolocation(plane, line, sample, patches, _affine(line, sample, nodes))


def image_to_plane(
    geolocation: Geolocation, line: np.ndarray, sample: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return where pixels lie.

    Parameters
    ----------
    geolocation : Geolocation
    line, sample : array, float
        Pixels, 0-based, whole numbers at their centres; any shapes that broadcast.

    Returns
    -------
    x, y : array, float64 [m]
        On the geolocation's plane; nan more than half a pixel outside the grid.
    """
    flat, shape = flat_float64(line, sample)
    x, y = _kernels.swath_forward(
        *flat,
        geolocation.grid_line,
        geolocation.grid_sample,
        geolocation.patches,
    )
    return x.reshape(shape)[()], y.reshape(shape)[()]


def plane_to_image(
    geolocation: Geolocation, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels in which places lie: the inverse of ``image_to_plane``, to 1e-6 pixel.

    Parameters
    ----------
    geolocation : Geolocation
    x, y : array, float [m]
        On the geolocation's plane; any shapes that broadcast.

    Returns
    -------
    line, sample : array, float64
        0-based, whole numbers at pixel centres; nan more than half a pixel outside the grid.
    """
    flat, shape = flat_float64(x, y)
    line, sample = _kernels.swath_inverse(
        *flat,
        geolocation.first_guess,
        geolocation.grid_line,
        geolocation.grid_sample,
        geolocation.patches,
    )
    return line.reshape(shape)[()], sample.reshape(shape)[()]


def sea_level_grid(
    line: np.ndarray,
    sample: np.ndarray,
    longitude: np.ndarray,
    latitude: np.ndarray,
    height: np.ndarray,
    incidence_angle: np.ndarray,
    pixel_spacing: float,
    plane: PolarPlane,
) -> tuple[np.ndarray, np.ndarray]:
    """Return where the nodes of a grid annotated at terrain height see the sea (height 0).

    A place at height h appears h / tan(incidence) nearer in ground range than the same place at
    sea level would; each row of the grid is interpolated back onto its nominal samples.  An
    approximation: where orbit and slant range are known, ``sea_level_grid_from_orbit`` is exact.

    Parameters
    ----------
    line : array (n,), float
    sample : array (m,), float
        Pixel centres of the nodes, 0-based, increasing.
    longitude, latitude : array (n, m), float [degree]
        Where the nodes lie at their heights.
    height : array (n, m), float [m]
        Above the ellipsoid.
    incidence_angle : array (n, m), float [degree]
    pixel_spacing : float [m]
        Along samples, on the ground.
    plane : PolarPlane

    Returns
    -------
    x, y : array (n, m), float64 [m]
        On the plane.

    Raises
    ------
    ValueError
        If the terrain is so steep that the shifted nodes of a row change places.
    """
    shift = height / np.tan(np.radians(incidence_angle)) / pixel_spacing
    seen = sample + shift
    if not (np.diff(seen, axis=1) > 0).all():
        raise ValueError("terrain heights fold the geolocation grid: it has no sea-level form")
    nodes = np.stack(forward(plane, longitude, latitude), axis=-1)  # (n, m, 2)
    rows = [CubicSpline(seen[i], nodes[i])(sample) for i in range(line.size)]
    x, y = np.moveaxis(np.stack(rows), -1, 0)
    return x, y


def _affine(line: np.ndarray, sample: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Return the affine map (2, 3) from (x, y, 1) to (line, sample) that fits the nodes best."""
    pixels = np.stack(np.meshgrid(line, sample, indexing="ij")).reshape(2, -1)
    places = nodes.reshape(2, -1)
    pixel, place = pixels.mean(axis=1), places.mean(axis=1)
    turn, *_ = np.linalg.lstsq(places.T - place, pixels.T - pixel, rcond=None)
    return np.column_stack([turn.T, pixel - turn.T @ place])


def _cell_areas(nodes: np.ndarray) -> np.ndarray:
    """Return twice the areas (n - 1, m - 1) of the cells of nodes (2, n, m), signed by order."""
    x, y = nodes[:, 1:, 1:] - nodes[:, :-1, :-1]
    across_x, across_y = nodes[:, 1:, :-1] - nodes[:, :-1, 1:]
    return x * across_y - y * across_x
