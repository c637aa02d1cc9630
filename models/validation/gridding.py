"""Measurements averaged over the cells of any grid: swaths, polar grids, blocks of a swath."""

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from ...geo.polar import forward, plane_of_latitude, scale_factor

#: Half the diagonal of a square cell, in its sides.
HALF_DIAGONAL = 0.7072


class CellMeans(NamedTuple):
    """What fell into each of n cells; float64, nan where nothing did."""

    mean: np.ndarray
    sigma: np.ndarray  #: of the mean, of errors independent between measurements
    weight: np.ndarray  #: sum of the weights, 0 where nothing fell


def cell_of_places(
    grid_longitude: np.ndarray,
    grid_latitude: np.ndarray,
    cell_size_m: float,
    longitude: np.ndarray,
    latitude: np.ndarray,
) -> np.ndarray:
    """Return which cell each place lies in, int64 of the places' shape; -1 outside the grid.

    A place belongs to the cell with the nearest centre, if that is within half a diagonal.

    Parameters
    ----------
    grid_longitude, grid_latitude : array of one shape [degree]
        Centres of cells, counted in C order; nan for cells that are nowhere.
    cell_size_m : float
        Side of a cell on the ground.
    longitude, latitude : array of one shape [degree]
        nan lies outside.
    """
    plane = plane_of_latitude(grid_latitude)
    x, y = (values.ravel() for values in forward(plane, grid_longitude, grid_latitude))
    there = np.nonzero(np.isfinite(x) & np.isfinite(y))[0]
    cells = np.full(np.shape(longitude), -1, dtype=np.int64)
    placed = np.isfinite(longitude) & np.isfinite(latitude)
    if not placed.any():
        return cells
    at = np.stack(forward(plane, longitude[placed], latitude[placed]), axis=-1)
    distance, nearest = cKDTree(np.stack([x[there], y[there]], axis=-1)).query(at)
    inside = distance <= HALF_DIAGONAL * cell_size_m * scale_factor(plane, latitude[placed])
    cells[placed] = np.where(inside, there[nearest], -1)
    return cells


def mean_of_cells(
    cell: np.ndarray, value: np.ndarray, sigma: np.ndarray, weight: np.ndarray, count: int
) -> CellMeans:
    """Return weighted means of the values in each cell.

    Parameters
    ----------
    cell : array (n,), int
        -1 for none.
    value, sigma : array (n,), float
        nan where missing.
    weight : array (n,), float
        Such as areas or lengths, not inverse variances: means must stand for the cell.
    count : int
        Number of cells.
    """
    use = (cell >= 0) & np.isfinite(value) & np.isfinite(sigma) & (weight > 0.0)
    at, w = cell[use], weight[use]
    total = np.bincount(at, w, count)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(at, w * value[use], count) / total
        spread = np.sqrt(np.bincount(at, (w * sigma[use]) ** 2, count)) / total
    return CellMeans(mean, spread, total)


def cell_size(longitude: np.ndarray, latitude: np.ndarray) -> float:
    """Return the median ground distance between neighbouring lines of a grid [m].

    Parameters
    ----------
    longitude, latitude : array (lines, pixels) [degree]
        Of two lines at least.
    """
    plane = plane_of_latitude(latitude)
    x, y = forward(plane, longitude, latitude)
    steps = np.hypot(np.diff(x, axis=0), np.diff(y, axis=0)) / scale_factor(plane, latitude[1:])
    return float(np.nanmedian(steps))
