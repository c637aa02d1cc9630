"""Compiled loops that take patches from images, and what a patch must be to count.

Arrays in, arrays out: no defaults, no checks.  Images are (bands, rows, columns) float32, nan
where there is nothing to match.
"""

import math

import numpy as np
from numba import njit

#: A patch takes part where at least this share of its pixels is seen in both images [1].
LEAST_SEEN = 0.5

#: No patch leaves less of the variance unexplained: identical ones weigh finitely [1].
PERFECT = 1e-6

#: A patch of less variance is flat [dB^2].
FLAT = 1e-6

#: Numbers that a processor adds at once; rows are padded to a multiple [1].
LANES = 16


@njit(cache=True, nogil=True)
def halve(image: np.ndarray) -> np.ndarray:
    """Return the mean of each two by two pixels, nan where fewer than two of them are seen."""
    rows, columns = image.shape[0] // 2, image.shape[1] // 2
    half = np.empty((rows, columns), np.float32)
    for i in range(rows):
        for j in range(columns):
            total = np.float32(0.0)
            count = np.float32(0.0)
            for k in range(4):
                value = image[2 * i + k // 2, 2 * j + k % 2]
                if value == value:
                    total += value
                    count += np.float32(1.0)
            half[i, j] = total / count if count >= 2.0 else np.nan
    return half


@njit(cache=True, nogil=True)
def sample(image: np.ndarray, row: float, column: float, angle: float, patch: np.ndarray) -> None:
    """Fill patch (bands, size, >= size) with image about (row, column) turned by angle [radian].

    Patch pixel (row i, column j) counted from the centre of the patch is taken, bilinearly, at
    column + j cos - i sin and row + j sin + i cos; nan where a neighbour is nan or outside.
    Columns of the patch from size on stay as they are.
    """
    bands, rows, columns = image.shape
    size = patch.shape[1]
    half = size // 2
    pixels = image.reshape((bands, rows * columns))
    cosine, sine = math.cos(angle), math.sin(angle)
    corner = np.empty(size, np.int64)
    up, right = np.empty(size, np.float32), np.empty(size, np.float32)
    for i in range(size):
        start_row = row - half * sine + (i - half) * cosine
        start_column = column - half * cosine - (i - half) * sine
        end_row, end_column = start_row + 2 * half * sine, start_column + 2 * half * cosine
        inside = min(start_row, end_row) >= 0.0 and max(start_row, end_row) < rows - 1
        inside = inside and min(start_column, end_column) >= 0.0
        inside = inside and max(start_column, end_column) < columns - 1
        for j in range(size):
            at_row, at_column = start_row + j * sine, start_column + j * cosine
            if not inside:
                seen = 0.0 <= at_row <= rows - 1 and 0.0 <= at_column <= columns - 1
                at_row = min(at_row, rows - 1.001) if seen else np.nan
                at_column = min(at_column, columns - 1.001) if seen else 0.0
            low, left = int(at_row) if at_row == at_row else 0, int(at_column)
            up[j], right[j] = at_row - low, at_column - left
            corner[j] = low * columns + left
        for band in range(bands):
            values, line = pixels[band], patch[band, i]
            for j in range(size):
                k = corner[j]
                below = values[k] + right[j] * (values[k + 1] - values[k])
                k += columns
                above = values[k] + right[j] * (values[k + 1] - values[k])
                line[j] = below + up[j] * (above - below)


@njit(cache=True, nogil=True)
def cut(image: np.ndarray, row: int, column: int, area: np.ndarray) -> None:
    """Fill area (bands, size, size) with image about pixel (row, column), nan outside."""
    bands, rows, columns = image.shape
    size = area.shape[1]
    top, side = row - size // 2, column - size // 2
    begin, end = min(max(-side, 0), size), max(min(columns - side, size), 0)
    for band in range(bands):
        for i in range(size):
            area[band, i] = np.nan
            if 0 <= top + i < rows and begin < end:
                area[band, i, begin:end] = image[band, top + i, side + begin : side + end]


@njit(cache=True, nogil=True)
def correlation_of(unexplained: float, bands: int) -> float:
    """Return the correlation that every band would have to leave this unexplained."""
    return math.sqrt(1.0 - unexplained ** (1.0 / bands))
