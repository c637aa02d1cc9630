"""Correlation of patches place by place, and how a patch pulls, pixel by pixel."""

import math

import numpy as np


def sample(image: np.ndarray, row: float, column: float, angle: float, size: int) -> np.ndarray:
    """Return the patch (size, size) of an image about a place, turned by an angle [radian]."""
    half = size // 2
    patch = np.empty((size, size))
    for i, j in np.ndindex(size, size):
        up, right = i - half, j - half
        patch[i, j] = _between(
            image,
            row + right * math.sin(angle) + up * math.cos(angle),
            column + right * math.cos(angle) - up * math.sin(angle),
        )
    return patch


def unexplained(
    templates: np.ndarray, area: np.ndarray, least_seen: float, flat: float
) -> np.ndarray:
    """Return 1 - r^2 of templates (a, n, n) at each place of an area, 1 where r is negative."""
    size = templates.shape[1]
    places = area.shape[0] - size + 1
    left = np.ones((len(templates), places, places))
    for k, i, j in np.ndindex(left.shape):
        one, other = templates[k].astype(float), area[i : i + size, j : j + size].astype(float)
        both = np.isfinite(one + other)
        if both.sum() < least_seen * size**2:
            left[k, i, j] = np.nan
        elif min(one[both].var(), other[both].var()) > flat:
            left[k, i, j] = 1.0 - max(np.corrcoef(one[both], other[both])[0, 1], 0.0) ** 2
    return left


def pull_and_bend(one: np.ndarray, other: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what each of count x count blocks pulls (count^2, 3), and how stiff all are (3, 3).

    one, other (bands, n + 2, n + 2): patches with a rim of one pixel, all of it seen.
    """
    size = one.shape[1] - 2
    pull, bend = np.zeros((count * count, 3)), np.zeros((3, 3))
    for band in range(one.shape[0]):
        inner = [image[band, 1:-1, 1:-1] - image[band, 1:-1, 1:-1].mean() for image in (one, other)]
        scale = math.sqrt((inner[0] ** 2).sum() * (inner[1] ** 2).sum())
        correlation = (inner[0] * inner[1]).sum() / scale
        weight = correlation / (1.0 - correlation**2) / scale
        for i, j in np.ndindex(size, size):
            slopes = [_slopes(image[band], i, j, size // 2) for image in (one, other)]
            step = inner[0][i, j] * slopes[1] - slopes[0] * inner[1][i, j]
            block = _block_of(i, size, count) * count + _block_of(j, size, count)
            pull[block] += 0.5 * weight * step
            product = np.outer(slopes[0], slopes[1])
            bend += 0.5 * weight * (product + product.T)
    return pull, bend


def _between(image: np.ndarray, row: float, column: float) -> float:
    rows, columns = image.shape
    if not (0.0 <= row <= rows - 1 and 0.0 <= column <= columns - 1):
        return math.nan
    low, left = min(int(row), rows - 2), min(int(column), columns - 2)
    up, right = row - low, column - left
    below = (1.0 - right) * image[low, left] + right * image[low, left + 1]
    above = (1.0 - right) * image[low + 1, left] + right * image[low + 1, left + 1]
    return (1.0 - up) * below + up * above


def _slopes(image: np.ndarray, i: int, j: int, middle: int) -> np.ndarray:
    """Return slopes along columns, rows and angle at a pixel inside the rim."""
    along = 0.5 * (image[i + 1, j + 2] - image[i + 1, j])
    up = 0.5 * (image[i + 2, j + 1] - image[i, j + 1])
    return np.array([along, up, (j - middle) * up - (i - middle) * along])


def _block_of(i: int, size: int, count: int) -> int:
    return next(k for k in range(count) if i < (k + 1) * size // count)
