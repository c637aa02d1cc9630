"""The EASE-Grid 2.0 of 25 km, on which polar time series are given: equal areas, no date line.

Brodzik, M. J., et al. (2012), ISPRS International Journal of Geo-Information, 1, 32-45:
EPSG:6931 in the north, EPSG:6932 in the south.
"""

import numpy as np
from pyproj import Transformer

CELL_M = 25_000.0
CELLS = 432  # along either side
HALF_EXTENT_M = 0.5 * CELLS * CELL_M


def crs_of(hemisphere: float) -> str:
    """Return the grid's projection: of the north where ``hemisphere`` is positive."""
    return "EPSG:6931" if hemisphere > 0.0 else "EPSG:6932"


def axes() -> tuple[np.ndarray, np.ndarray]:
    """Return x, increasing, and y, decreasing, of the cells' centres [m]."""
    x = (np.arange(CELLS) + 0.5) * CELL_M - HALF_EXTENT_M
    return x, -x


def cell_numbers(crs: str, longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return the cell that each place lies in, counted row by row from the top; -1 outside."""
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(longitude, latitude)
    with np.errstate(invalid="ignore"):
        column = np.floor((np.asarray(x) + HALF_EXTENT_M) / CELL_M)
        row = np.floor((HALF_EXTENT_M - np.asarray(y)) / CELL_M)
    inside = (column >= 0) & (column < CELLS) & (row >= 0) & (row < CELLS)
    number = np.where(inside, row * CELLS + column, -1.0)
    return np.asarray(number.astype(np.int64))


def places(crs: str) -> tuple[np.ndarray, np.ndarray]:
    """Return longitude and latitude (432, 432) of the cells' centres; nan off the Earth."""
    back = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    longitude, latitude = back.transform(*np.meshgrid(*axes()))
    on_earth = np.isfinite(longitude) & np.isfinite(latitude)
    return np.where(on_earth, longitude, np.nan), np.where(on_earth, latitude, np.nan)
