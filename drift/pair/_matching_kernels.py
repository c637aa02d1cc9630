"""Compiled loops that climb to where patches of two images match best.

Arrays in, arrays out: no defaults, no checks.  The callers in ``matching.py`` check; these loops
trust them.  Images are (bands, rows, columns) float32, nan where there is nothing to match.
"""

import math

import numpy as np
from numba import njit

from ._patch_kernels import FLAT, LANES, LEAST_SEEN, PERFECT, correlation_of, cut, sample

#: Steps taken whole, before halves put an end to going to and fro [1].
WHOLE_STEPS = 3

#: Blocks along either side of a patch, taken as independent in the covariance [1].
BLOCKS = 5


@njit(cache=True, nogil=True)
def gradients(window: np.ndarray, value: np.ndarray, along: np.ndarray, up: np.ndarray) -> None:
    """Fill value, and its slopes along columns and up rows, inside the rim of a window.

    window (n + 2, w + 2); the others (n, w).  Where the pixel or one of its four neighbours is
    nan, value is nan and the slopes are 0.
    """
    for i in range(value.shape[0]):
        below, here, above = window[i], window[i + 1], window[i + 2]
        for j in range(value.shape[1]):
            slope_along = np.float32(0.5) * (here[j + 2] - here[j])
            slope_up = np.float32(0.5) * (above[j + 1] - below[j + 1])
            inside = here[j + 1] + np.float32(0.0) * (slope_along + slope_up)
            seen = inside == inside
            value[i, j] = inside
            along[i, j] = slope_along if seen else np.float32(0.0)
            up[i, j] = slope_up if seen else np.float32(0.0)


@njit(cache=True, nogil=True)
def correlation_of_windows(
    one: np.ndarray, other: np.ndarray, least: float, rest: np.ndarray
) -> tuple[float, float]:
    """Return the correlation of one with other, each (n, w), and the product of their norms.

    Only pixels that are seen in both count.  Fills rest (2, n, w) with values less their mean, 0
    where they do not count.  nan where fewer than ``least`` count, or where a window is flat.
    """
    rows, width = one.shape
    lanes = np.zeros((3, width))
    for i in range(rows):
        for j in range(width):
            seen = one[i, j] + other[i, j] == one[i, j] + other[i, j]
            lanes[0, j] += 1.0 if seen else 0.0
            lanes[1, j] += one[i, j] if seen else 0.0
            lanes[2, j] += other[i, j] if seen else 0.0
    count = lanes[0].sum()
    if count < least:
        return math.nan, math.nan
    mean_one, mean_other = np.float32(lanes[1].sum() / count), np.float32(lanes[2].sum() / count)
    lanes[:] = 0.0
    for i in range(rows):
        for j in range(width):
            seen = one[i, j] + other[i, j] == one[i, j] + other[i, j]
            a = one[i, j] - mean_one if seen else np.float32(0.0)
            b = other[i, j] - mean_other if seen else np.float32(0.0)
            rest[0, i, j], rest[1, i, j] = a, b
            lanes[0, j] += a * a
            lanes[1, j] += b * b
            lanes[2, j] += a * b
    squares_one, squares_other = lanes[0].sum(), lanes[1].sum()
    if not min(squares_one, squares_other) > FLAT * count:
        return math.nan, math.nan
    scale = math.sqrt(squares_one * squares_other)
    return lanes[2].sum() / scale, scale


@njit(cache=True, nogil=True)
def add_pull(
    rest: np.ndarray,
    one: np.ndarray,
    other: np.ndarray,
    size: int,
    weight: float,
    blocks: np.ndarray,
    bend: np.ndarray,
) -> None:
    """Add to blocks (BLOCKS^2, 3) how each block pulls, to bend (3, 3) how stiffly all resist.

    rest (2, n, w): values of both less their mean; one, other (3, n, w): their slopes, along
    columns and up rows, come second and third.  Pull, along columns, rows and angle, is half of
    one grad(other) less grad(one) other, times weight: the two take part alike, so that noise in
    neither biases it.  Bend is the product of the two gradients, to which their noise adds
    nothing on average.
    """
    middle, width = size // 2, one.shape[2]
    half = 0.5 * weight
    lanes = np.empty((9, width), np.float32)
    for down in range(BLOCKS):
        lanes[:] = 0.0
        px, ypx, py, xx, yxx, yyxx, xy, yxy, yy = lanes
        for i in range(down * size // BLOCKS, (down + 1) * size // BLOCKS):
            y = np.float32(i - middle)
            a, ax, ay = rest[0, i], one[1, i], one[2, i]
            b, bx, by = rest[1, i], other[1, i], other[2, i]
            for j in range(width):
                pull = a[j] * bx[j] - ax[j] * b[j]
                px[j] += pull
                ypx[j] += y * pull
            for j in range(width):
                py[j] += a[j] * by[j] - ay[j] * b[j]
            for j in range(width):
                product = ax[j] * bx[j]
                xx[j] += product
                yxx[j] += y * product
                yyxx[j] += y * y * product
            for j in range(width):
                product = ax[j] * by[j] + ay[j] * bx[j]
                xy[j] += product
                yxy[j] += y * product
            for j in range(width):
                yy[j] += ay[j] * by[j]
        for right in range(BLOCKS):
            block = blocks[down * BLOCKS + right]
            for j in range(right * size // BLOCKS, (right + 1) * size // BLOCKS):
                x = float(j - middle)
                block[0] += half * px[j]
                block[1] += half * py[j]
                block[2] += half * (x * py[j] - ypx[j])
                bend[0, 0] += weight * xx[j]
                bend[1, 1] += weight * yy[j]
                bend[2, 2] += weight * (x * x * yy[j] - x * yxy[j] + yyxx[j])
                bend[0, 1] += half * xy[j]
                bend[0, 2] += weight * (0.5 * x * xy[j] - yxx[j])
                bend[1, 2] += weight * (x * yy[j] - 0.5 * yxy[j])
    bend[1, 0], bend[2, 0], bend[2, 1] = bend[0, 1], bend[0, 2], bend[1, 2]


@njit(cache=True, nogil=True)
def inverse(matrix: np.ndarray, result: np.ndarray) -> bool:
    """Fill result (3, 3) with the inverse of a symmetric matrix; false where not positive."""
    a, b, c = matrix[0, 0], matrix[0, 1], matrix[0, 2]
    d, e, f = matrix[1, 1], matrix[1, 2], matrix[2, 2]
    minor = a * d - b * b
    whole = f * minor - a * e * e - d * c * c + 2.0 * b * c * e
    if not (a > 0.0 and minor > 0.0 and whole > 0.0):
        return False
    result[0, 0], result[1, 1], result[2, 2] = d * f - e * e, a * f - c * c, minor
    result[0, 1] = result[1, 0] = c * e - b * f
    result[0, 2] = result[2, 0] = b * e - c * d
    result[1, 2] = result[2, 1] = b * c - a * e
    result /= whole
    return True


@njit(cache=True, nogil=True)
def compare(
    one: np.ndarray, other: np.ndarray, size: int, blocks: np.ndarray, bend: np.ndarray
) -> float:
    """Fill blocks and bend (``add_pull``) of windows; return the share of variance unexplained.

    one, other (bands, 3, n, w): values and slopes (``gradients``).  The derivative of the
    logarithm of the likelihood weights a band by r / (1 - r^2), r its correlation.
    """
    unexplained = 1.0
    blocks[:] = 0.0
    bend[:] = 0.0
    rest = np.empty((2, one.shape[2], one.shape[3]), np.float32)
    for band in range(one.shape[0]):
        least = LEAST_SEEN * size * size
        correlation, scale = correlation_of_windows(one[band, 0], other[band, 0], least, rest)
        if correlation > 0.0:
            left = max(1.0 - correlation * correlation, PERFECT)
            unexplained *= left
            weight = correlation / left / scale
            add_pull(rest, one[band], other[band], size, weight, blocks, bend)
    return unexplained


@njit(cache=True, nogil=True)
def times(matrix: np.ndarray, vector: np.ndarray) -> tuple[float, float, float]:
    """Return matrix (3, 3) times vector (3,)."""
    return (
        matrix[0, 0] * vector[0] + matrix[0, 1] * vector[1] + matrix[0, 2] * vector[2],
        matrix[1, 0] * vector[0] + matrix[1, 1] * vector[1] + matrix[1, 2] * vector[2],
        matrix[2, 0] * vector[0] + matrix[2, 1] * vector[1] + matrix[2, 2] * vector[2],
    )


@njit(cache=True, nogil=True)
def scatter_of(blocks: np.ndarray, spread: np.ndarray, angle: float) -> tuple[float, float, float]:
    """Return variance of x (columns), covariance, variance of y (rows) [pixel^2] of a match.

    What each of the blocks (b, 3) pulls, through the stiffness of all, whose inverse is spread
    (3, 3), moves the match; the patch is turned by angle [radian].
    """
    cosine, sine = math.cos(angle), math.sin(angle)
    xx = xy = yy = 0.0
    for block in range(blocks.shape[0]):
        along, up, _ = times(spread, blocks[block])
        x, y = along * cosine - up * sine, along * sine + up * cosine
        xx += x * x
        xy += x * y
        yy += y * y
    return xx, xy, yy


@njit(cache=True, nogil=True)
def refine_points(
    first: np.ndarray,
    second: np.ndarray,
    place: np.ndarray,
    start: np.ndarray,
    guess: np.ndarray,
    hold: float,
    half: int,
    steps: int,
    close: float,
    farthest: float,
    farthest_turn: float,
) -> np.ndarray:
    """Return, for each point, its match to sub-pixel: (n, 7) float64.

    place (n, 2) int64: row and column in the first image; start (n, 3): row, column and angle
    [radian] in the second.  At most steps Newton steps, until one is below close [pixel]; what
    moves beyond farthest [pixel] or turns beyond farthest_turn [radian] is lost: nan.  The answer
    has row, column, angle, correlation, and variance of x (columns), covariance, variance of y
    (rows) [pixel^2], not calibrated.
    """
    bands, size = first.shape[0], 2 * half + 1
    width = -(-size // LANES) * LANES
    found = np.full((place.shape[0], 7), np.nan)
    template = np.empty((bands, size + 2, size + 2), np.float32)
    # What lies beyond the size is nan, and so never seen.
    window = np.full((bands, size + 2, width + 2), np.float32(np.nan), np.float32)
    one = np.empty((bands, 3, size, width), np.float32)
    other = np.empty_like(one)
    blocks, bend, spread = np.empty((BLOCKS * BLOCKS, 3)), np.empty((3, 3)), np.empty((3, 3))
    for point in range(place.shape[0]):
        row, column, angle = start[point]
        if math.isnan(row + column + angle):
            continue
        cut(first, place[point, 0], place[point, 1], template)
        window[:, :, : size + 2] = template
        for band in range(bands):
            gradients(window[band], one[band, 0], one[band, 1], one[band, 2])
        for step in range(steps):
            sample(second, row, column, angle, window)
            for band in range(bands):
                gradients(window[band], other[band, 0], other[band, 1], other[band, 2])
            unexplained = compare(one, other, size, blocks, bend)
            bend[2, 2] += hold
            if not inverse(bend, spread):
                break
            pull = blocks.sum(axis=0)
            pull[2] += hold * (guess[point] - angle)
            if step >= WHOLE_STEPS:
                pull *= 0.5
            along, up, turn = times(spread, pull)
            cosine, sine = math.cos(angle), math.sin(angle)
            column += along * cosine - up * sine
            row += along * sine + up * cosine
            angle += turn
            moved = math.hypot(row - start[point, 0], column - start[point, 1])
            if not (moved <= farthest and abs(angle - start[point, 2]) <= farthest_turn):
                break
            if math.hypot(along, up) + half * abs(turn) < close:
                correlation = correlation_of(unexplained, bands)
                found[point] = (row, column, angle, correlation, *scatter_of(blocks, spread, angle))
                break
    return found
