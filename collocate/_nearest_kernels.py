"""Compiled loops of the nearest lead: the pyramid of a mask and the search down it.

Arrays in, arrays out: no defaults, no checks.  The callers in ``nearest.py`` check; these loops
trust them.

A *word* is 64 bits, eight rows of eight: bit 8 i + j says whether child (i, j) holds anything.
The children of level 0 are pixels, those of each level above are the words below it.  Levels lie
one after another in one array of words.

``best`` (5,) float64 is the answer so far: squared distance, line and sample of the closest point,
and how far one need look, in lines and in samples.  ``pixel`` (2,) int64 is the pixel it lies on.
"""

import math

import numpy as np
from numba import njit

#: Children along each side of a word.
SIDE = 8

NO_BIT = np.uint64(0)
ONE = np.uint64(1)
BYTE = np.uint64(255)

#: The powers of two differ modulo 67, so that the remainder tells which bit is set.
PRIME = np.uint64(67)
PLACE = np.zeros(67, dtype=np.int64)
PLACE[[(1 << bit) % 67 for bit in range(64)]] = np.arange(64)

#: Bits of the rows, and of the columns, from one on; and up to one, itself included.
ROWS_FROM = np.array([(1 << 64) - (1 << SIDE * i) for i in range(SIDE)], dtype=np.uint64)
ROWS_TO = np.array([(1 << SIDE * (i + 1)) - 1 for i in range(SIDE)], dtype=np.uint64)
FIRST_COLUMN = sum(1 << SIDE * i for i in range(SIDE))
COLUMNS_FROM = np.array([FIRST_COLUMN * (256 - (1 << j)) for j in range(SIDE)], dtype=np.uint64)
COLUMNS_TO = np.array([FIRST_COLUMN * ((2 << j) - 1) for j in range(SIDE)], dtype=np.uint64)

#: The column of an empty row's pixel: too far away ever to be the closest.
FAR = 1 << 40

#: How much wider than the best distance to look, as a share and in pixels, against rounding.
WIDER = 1.0 + 1e-9
SLACK = 1e-6


def _closest_columns() -> np.ndarray:
    """Return, of every row of pixels as a byte, the column closest to a point.

    The axes are the column the point lies in, whether it lies beyond that column's middle, and
    the byte.
    """
    closest = np.full((SIDE, 2, 256), FAR)
    for column in range(SIDE):
        for half, point in enumerate((column - 0.25, column + 0.25)):
            for byte in range(1, 256):
                held = [j for j in range(SIDE) if byte >> j & 1]
                closest[column, half, byte] = min(held, key=lambda j: abs(j - point))
    return closest


CLOSEST = _closest_columns()


@njit(cache=True, nogil=True)
def stack_rows(packed: np.ndarray, words: np.ndarray) -> None:
    """Add to empty words (R, C) of level 0 the bytes (8 R, C) of eight pixels along a line each."""
    for i in range(words.shape[0]):
        for k in range(SIDE):
            shift = np.uint64(SIDE * k)
            for j in range(packed.shape[1]):
                words[i, j] |= np.uint64(packed[SIDE * i + k, j]) << shift


@njit(cache=True, nogil=True)
def gather_words(below: np.ndarray, above: np.ndarray) -> None:
    """Add to the empty words of a level what those of the level below it say."""
    for i in range(below.shape[0]):
        for j in range(below.shape[1]):
            held = ONE if below[i, j] != NO_BIT else NO_BIT
            shift = np.uint64(SIDE * (i % SIDE) + j % SIDE)
            above[i // SIDE, j // SIDE] |= held << shift


@njit(cache=True, nogil=True)
def find_nearest(
    words: np.ndarray,
    first: np.ndarray,
    shapes: np.ndarray,
    line: np.ndarray,
    sample: np.ndarray,
    spacing: tuple[float, float],
    reach: float,
    distance: np.ndarray,
    foot_line: np.ndarray,
    foot_sample: np.ndarray,
) -> None:
    """Fill in the closest point of a pixel's square, and its distance, for each point.

    ``first`` (levels,) says where each level begins in ``words``, ``shapes`` (levels, 2) its rows
    and columns.  The search goes depth first, the closest child first, and passes by what lies
    beyond the best so far.  It starts from the pixels around the answer for the point before,
    which spares most of it along a track; the answer does not depend on it.
    """
    bound = np.empty(SIDE * SIDE * (first.size + 1))
    place = np.empty((bound.size, 3), dtype=np.int64)
    best = np.empty(5)
    pixel = np.full(2, -1)
    for n in range(line.size):
        point = (line[n], sample[n])
        distance[n] = foot_line[n] = foot_sample[n] = math.nan
        if not (math.isfinite(point[0]) and math.isfinite(point[1])):
            continue
        best[0], best[1], best[2] = reach * reach, math.inf, math.inf
        best[3], best[4] = reach / spacing[0], reach / spacing[1]
        if pixel[0] >= 0:
            i, j = pixel[0] // SIDE, pixel[1] // SIDE
            _scan_pixels(words[i * shapes[0, 1] + j], i, j, point, spacing, best, pixel)
        waiting = _push_window(shapes, point, spacing, best, bound, place)
        while waiting > 0:
            waiting -= 1
            if bound[waiting] > best[0]:
                continue
            level, i, j = place[waiting, 0], place[waiting, 1], place[waiting, 2]
            word = words[first[level] + i * shapes[level, 1] + j]
            if level == 0:
                _scan_pixels(word, i, j, point, spacing, best, pixel)
            else:
                waiting = _push_children(
                    word, level, i, j, point, spacing, best, bound, place, waiting
                )
        distance[n] = math.inf
        if best[1] < math.inf:
            distance[n] = math.sqrt(best[0])
            foot_line[n], foot_sample[n] = best[1], best[2]


@njit(cache=True, nogil=True)
def _push_window(
    shapes: np.ndarray,
    point: tuple[float, float],
    spacing: tuple[float, float],
    best: np.ndarray,
    bound: np.ndarray,
    place: np.ndarray,
) -> int:
    """Put the few words of the lowest level that can span the window to search; return how many."""
    rows, columns = WIDER * best[3] + SLACK, WIDER * best[4] + SLACK
    level, size = 0, SIDE
    while level < shapes.shape[0] - 1 and size < 2.0 * max(rows, columns):
        level += 1
        size *= SIDE
    last_row, last_column = shapes[level, 0] - 1, shapes[level, 1] - 1
    top, bottom = _block(point[0] - rows, size, last_row), _block(point[0] + rows, size, last_row)
    left = _block(point[1] - columns, size, last_column)
    right = _block(point[1] + columns, size, last_column)
    waiting = 0
    for i in range(top, bottom + 1):
        for j in range(left, right + 1):
            bound[waiting] = _squared_distance(i, j, size, point, spacing)
            place[waiting, 0], place[waiting, 1], place[waiting, 2] = level, i, j
            waiting += 1
    return waiting


@njit(cache=True, nogil=True)
def _push_children(
    bits: np.uint64,
    level: int,
    row: int,
    column: int,
    point: tuple[float, float],
    spacing: tuple[float, float],
    best: np.ndarray,
    bound: np.ndarray,
    place: np.ndarray,
    waiting: int,
) -> int:
    """Put the children of a word within the best distance on the stack, the closest on top.

    ``bound`` and ``place`` (level, row, column) of the ``waiting`` words are the stack; return how
    many are waiting then.
    """
    size = 1 << 3 * level
    rows, columns = WIDER * best[3] + SLACK, WIDER * best[4] + SLACK
    bits &= ROWS_FROM[_child(point[0] - rows, row, size)]
    bits &= ROWS_TO[_child(point[0] + rows, row, size)]
    bits &= COLUMNS_FROM[_child(point[1] - columns, column, size)]
    bits &= COLUMNS_TO[_child(point[1] + columns, column, size)]
    start = closest = waiting
    least = math.inf
    while bits != NO_BIT:
        others = bits & (bits - ONE)
        k = PLACE[(bits ^ others) % PRIME]
        bits = others
        i, j = SIDE * row + k // SIDE, SIDE * column + k % SIDE
        squared = _squared_distance(i, j, size, point, spacing)
        bound[waiting] = squared
        place[waiting, 0], place[waiting, 1], place[waiting, 2] = level - 1, i, j
        closest = waiting if squared < least else closest
        least = min(squared, least)
        waiting += squared <= best[0]
    if waiting > start:
        top = waiting - 1
        bound[top], bound[closest] = bound[closest], bound[top]
        for k in range(3):
            place[top, k], place[closest, k] = place[closest, k], place[top, k]
    return waiting


@njit(cache=True, nogil=True)
def _block(at: float, size: int, last: int) -> int:
    """Return which block of pixels, 0 to ``last``, is nearest to a coordinate."""
    return int(min(max((at + 0.5) / size, 0.0), float(last)))


@njit(cache=True, nogil=True)
def _child(at: float, word: int, size: int) -> int:
    """Return which child of a word, 0 to 7, is nearest to a coordinate."""
    return int(min(max((at + 0.5) / size - SIDE * word, 0.0), SIDE - 1.0))


@njit(cache=True, nogil=True)
def _gap(at: float, block: int, size: int) -> float:
    """Return how far a coordinate lies from a block of pixels [pixel], 0 inside."""
    low = block * size - 0.5
    return max(low - at, at - (low + size), 0.0)


@njit(cache=True, nogil=True)
def _squared_distance(
    i: int, j: int, size: int, point: tuple[float, float], spacing: tuple[float, float]
) -> float:
    """Return the squared distance of a point to a square block of pixels.

    Each operation is monotone, rounding included, so that a block never seems farther away than
    the pixels it holds.
    """
    down, right = _gap(point[0], i, size) * spacing[0], _gap(point[1], j, size) * spacing[1]
    return down * down + right * right


@njit(cache=True, nogil=True)
def _scan_pixels(
    word: np.uint64,
    row: int,
    column: int,
    point: tuple[float, float],
    spacing: tuple[float, float],
    best: np.ndarray,
    pixel: np.ndarray,
) -> None:
    """Take the best pixel of a word of level 0 where it is better than the best so far.

    Of each row only one pixel can be, that closest to the point's column.  Most words hold no
    better one: a first look without branches finds that out.  Two rows are taken in the end, since
    where a point lies between two rows the order of their samples decides.
    """
    row, column = SIDE * row, SIDE * column
    here = math.ceil(min(max(point[1] - column - 0.5, 0.0), SIDE - 1.0))
    closest = CLOSEST[here, int(point[1] > column + here)]
    first, least = 0, math.inf
    for k in range(SIDE):
        j = column + closest[(word >> np.uint64(SIDE * k)) & BYTE]
        squared = _squared_distance(row + k, j, 1, point, spacing)
        first = k if squared < least else first
        least = min(squared, least)
    if least > best[0]:
        return
    for k in range(first, min(first + 2, SIDE)):
        held = (word >> np.uint64(SIDE * k)) & BYTE
        if held != NO_BIT:
            _take_if_closer(row + k, column + closest[held], point, spacing, best, pixel)


@njit(cache=True, nogil=True)
def _take_if_closer(
    i: int,
    j: int,
    point: tuple[float, float],
    spacing: tuple[float, float],
    best: np.ndarray,
    pixel: np.ndarray,
) -> None:
    """Take a pixel whose closest point is better: closer, or of lower line, then sample."""
    squared = _squared_distance(i, j, 1, point, spacing)
    line = min(max(point[0], i - 0.5), i + 0.5)
    sample = min(max(point[1], j - 0.5), j + 0.5)
    if (squared, line, sample) < (best[0], best[1], best[2]):
        radius = math.sqrt(squared)
        best[0], best[1], best[2] = squared, line, sample
        best[3], best[4] = radius / spacing[0], radius / spacing[1]
        pixel[0], pixel[1] = i, j
