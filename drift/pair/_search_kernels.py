"""Compiled loops that seek a patch at every place and angle of an area by correlation.

Arrays in, arrays out: no defaults, no checks.  Images are (bands, rows, columns) float32, nan
where there is nothing to match.
"""

import math

import numpy as np
from numba import njit

from ._patch_kernels import FLAT, LANES, LEAST_SEEN, PERFECT, correlation_of, cut, sample


@njit(cache=True, nogil=True)
def correlate(template: np.ndarray, area: np.ndarray, total: np.ndarray) -> None:
    """Fill total (m, w) with the sums of template (n, n) times area (m + n - 1, w + n - 1)."""
    size, places, width = template.shape[0], total.shape[0], total.shape[1]
    total[:] = 0.0
    for place in range(places):
        sums = total[place]
        for i in range(size):
            weights, line = template[i], area[place + i]
            # Four columns at a time: the sums are loaded and stored a quarter as often.
            for j in range(0, size - 3, 4):
                a, b, c, d = weights[j], weights[j + 1], weights[j + 2], weights[j + 3]
                after = line[j:]
                for k in range(width):
                    sums[k] += a * after[k] + b * after[k + 1] + c * after[k + 2] + d * after[k + 3]
            for j in range(size - size % 4, size):
                after = line[j:]
                for k in range(width):
                    sums[k] += weights[j] * after[k]


@njit(cache=True, nogil=True)
def box_sums(area: np.ndarray, size: int, total: np.ndarray) -> None:
    """Fill total (m, w) with the sums of area (m + size - 1, w + size - 1) over size x size."""
    places, width = total.shape
    lines = np.zeros(area.shape[1])
    for i in range(size - 1):
        for j in range(lines.size):
            lines[j] += area[i, j]
    for place in range(places):
        for j in range(lines.size):
            lines[j] += area[place + size - 1, j]
        running = lines[: size - 1].sum()
        for k in range(width):
            running += lines[k + size - 1]
            total[place, k] = running
            running -= lines[k]
        for j in range(lines.size):
            lines[j] -= area[place, j]


@njit(cache=True, nogil=True)
def centred(values: np.ndarray, seen: np.ndarray, rest: np.ndarray) -> bool:
    """Fill seen with 1 where values (n, n) are, and rest with values less their mean, else 0.

    Both may be larger; what is beyond the values stays as it is.  Return whether all is seen.
    """
    total, count = 0.0, 0
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            if values[i, j] == values[i, j]:
                total += values[i, j]
                count += 1
    mean = np.float32(total / max(count, 1))
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            here = values[i, j] == values[i, j]
            seen[i, j] = 1.0 if here else 0.0
            rest[i, j] = values[i, j] - mean if here else 0.0
    return count == values.size


@njit(cache=True, nogil=True, error_model="numpy")
def explain(templates: np.ndarray, area: np.ndarray, unexplained: np.ndarray) -> None:
    """Multiply unexplained (angles, m, m) by what templates leave of the variance of area.

    templates (angles, n, n), area (m + n - 1, m + n - 1): of one band.  That is 1 - r^2 where
    the correlation r over the pixels seen in both is positive, else 1, as where they are flat;
    nan where too few are seen.
    """
    turns, size, places = templates.shape[0], templates.shape[1], unexplained.shape[1]
    width = -(-places // LANES) * LANES
    unseen = np.float32(np.nan)
    zero, one, tiny = np.float32(0.0), np.float32(1.0), np.float32(1e-30)
    flat, perfect, least = np.float32(FLAT), np.float32(PERFECT), np.float32(LEAST_SEEN * size**2)
    wide = np.zeros((3, area.shape[0], width + size - 1), np.float32)
    seen, rest, squares = wide
    area_complete = centred(area, seen, rest)
    squares[:] = rest * rest
    mask, template = np.empty((2, size, size), np.float32)
    sums = np.empty((6, places, width), np.float32)
    both, count, first, second, first_squares, second_squares = sums
    if area_complete:
        box_sums(rest, size, second)
        box_sums(squares, size, second_squares)
    for turn in range(turns):
        complete = centred(templates[turn], mask, template)
        correlate(template, rest, both)
        if complete and area_complete:
            count[:] = size * size
            first[:] = 0.0
            first_squares[:] = (template * template).sum()
        else:
            correlate(mask, seen, count)
            correlate(template, seen, first)
            correlate(template * template, seen, first_squares)
            correlate(mask, rest, second)
            correlate(mask, squares, second_squares)
        for i in range(places):
            left = unexplained[turn, i]
            for j in range(places):
                n = max(count[i, j], one)
                variance = first_squares[i, j] - first[i, j] * first[i, j] / n
                area_variance = second_squares[i, j] - second[i, j] * second[i, j] / n
                covariance = both[i, j] - first[i, j] * second[i, j] / n
                positive = max(covariance, zero)
                rest_share = one - positive * positive / max(variance * area_variance, tiny)
                rough = min(variance, area_variance) > flat * n
                left[j] *= max(rest_share, perfect) if rough else one
                left[j] = left[j] if n >= least else unseen


@njit(cache=True, nogil=True)
def vertex(before: float, here: float, after: float) -> float:
    """Return where the parabola through three values is lowest, in [-0.5, 0.5] of a step."""
    bend = before + after - 2.0 * here
    if not bend > 0.0:
        return 0.0
    return min(max(0.5 * (before - after) / bend, -0.5), 0.5)


@njit(cache=True, nogil=True)
def lowest(values: np.ndarray) -> tuple[int, int, int]:
    """Return where values (a, m, w) are lowest, the first place if there are several."""
    best, place = np.float32(np.inf), (0, 0, 0)
    for k in range(values.shape[0]):
        for i in range(values.shape[1]):
            for j in range(values.shape[2]):
                if values[k, i, j] < best:
                    best, place = values[k, i, j], (k, i, j)
    return place


@njit(cache=True, nogil=True)
def second_least(unexplained: np.ndarray, row: int, column: int, apart: int) -> float:
    """Return the least local minimum of unexplained (m, m) not within apart of (row, column).

    1 where there is none.
    """
    places = unexplained.shape[0]
    best = 1.0
    for i in range(places):
        for j in range(places):
            if not unexplained[i, j] < best or max(abs(i - row), abs(j - column)) <= apart:
                continue
            valley = True
            for k in range(max(i - 1, 0), min(i + 2, places)):
                for m in range(max(j - 1, 0), min(j + 2, places)):
                    valley = valley and not unexplained[k, m] < unexplained[i, j]
            if valley:
                best = unexplained[i, j]
    return best


@njit(cache=True, nogil=True)
def search_points(
    first: np.ndarray,
    second: np.ndarray,
    place: np.ndarray,
    guess: np.ndarray,
    radius: np.ndarray,
    angles: np.ndarray,
    half: int,
) -> np.ndarray:
    """Return, for each point, where its patch is in the second image: (n, 4) float64.

    place (n, 2): row and column in the first image; guess (n, 3): row, column and angle [radian]
    in the second; radius (n,) int64: how far to look, in pixels; angles (a,): about that of the
    guess [radian].  The answer has row, column, angle and ambiguity: the correlation of the
    second highest peak over that of the highest; nan where no place has one.
    """
    bands, size = first.shape[0], 2 * half + 1
    found = np.full((place.shape[0], 4), np.nan)
    templates = np.empty((angles.size, bands, size, size), np.float32)
    for point in range(place.shape[0]):
        if math.isnan(guess[point].sum()):
            continue
        reach = radius[point]
        places = 2 * reach + 1
        area = np.empty((bands, size + 2 * reach, size + 2 * reach), np.float32)
        row, column = round(guess[point, 0]), round(guess[point, 1])
        cut(second, row, column, area)
        for k in range(angles.size):
            angle = guess[point, 2] + angles[k]
            sample(first, place[point, 0], place[point, 1], -angle, templates[k])
        unexplained = np.ones((angles.size, places, places), np.float32)
        for band in range(bands):
            explain(templates[:, band], area[band], unexplained)
        turn, i, j = lowest(unexplained)
        least = unexplained[turn, i, j]
        if not least < 1.0:
            continue
        peak = unexplained[turn]
        down = right = 0.0
        if 0 < i < places - 1:
            down = vertex(peak[i - 1, j], peak[i, j], peak[i + 1, j])
        if 0 < j < places - 1:
            right = vertex(peak[i, j - 1], peak[i, j], peak[i, j + 1])
        other = np.float32(1.0)
        for k in range(angles.size):
            other = min(other, second_least(unexplained[k], i, j, max(half // 2, 2)))
        found[point, 0] = row - reach + i + down
        found[point, 1] = column - reach + j + right
        found[point, 2] = guess[point, 2] + angles[turn]
        found[point, 3] = correlation_of(other, bands) / correlation_of(least, bands)
    return found
