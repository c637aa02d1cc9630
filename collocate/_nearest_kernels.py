"""Compiled loops of the nearest lead: the pyramid of a mask and the search down it.

Arrays in, arrays out: no defaults, no checks.  The callers in ``nearest.py`` check; these loops
trust them.  What runs at every visit is put in place (``inline``): calls cost a tenth more.

A *word* is 64 bits, eight rows of eight: bit 8 i + j says whether child (i, j) holds anything.
The children of level 0 are pixels, those of each level above are the words below it.  Levels lie
one after another in one array of words.

``best`` is the answer so far: squared distance, line and sample of the closest point.  ``window``
is the part of the mask that can hold a better one: first and last line, first and last sample.
Both are tuples, which stay in registers as arrays would not.
"""

import math
from typing import Any

import numpy as np
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

#: Children along each side of a word.
SIDE = 8

NO_BIT = np.uint64(0)
ONE = np.uint64(1)
BYTE = np.uint64(255)

#: The last bit of every row, and all others.
LAST = np.uint64(0x8080808080808080)
OTHERS = ~LAST

#: Bits of the rows, and of the columns, from one on; and up to one, itself included.
ROWS_FROM = np.array([(1 << 64) - (1 << SIDE * i) for i in range(SIDE)], dtype=np.uint64)
ROWS_TO = np.array([(1 << SIDE * (i + 1)) - 1 for i in range(SIDE)], dtype=np.uint64)
FIRST_COLUMN = sum(1 << SIDE * i for i in range(SIDE))
COLUMNS_FROM = np.array([FIRST_COLUMN * (256 - (1 << j)) for j in range(SIDE)], dtype=np.uint64)
COLUMNS_TO = np.array([FIRST_COLUMN * ((2 << j) - 1) for j in range(SIDE)], dtype=np.uint64)

#: How much wider than the best distance to look, as a share and in pixels, against rounding.
WIDER = 1.0 + 1e-9
SLACK = 1e-6


def _closest_columns() -> np.ndarray:
    """Return, of every row of pixels as a byte, the column closest to a point.

    The axes are the column the point lies in, whether it lies beyond that column's middle, and
    the byte.
    """
    closest = np.zeros((SIDE, 2, 256), dtype=np.int8)
    for column in range(SIDE):
        for half, point in enumerate((column - 0.25, column + 0.25)):
            for byte in range(1, 256):
                held = [j for j in range(SIDE) if byte >> j & 1]
                closest[column, half, byte] = min(held, key=lambda j: abs(j - point))
    return closest


CLOSEST = _closest_columns()


@njit(cache=True, nogil=True)
def stack_rows(packed: np.ndarray, words: np.ndarray) -> None:
    """Make the first words (R, C) from the bytes (8 R, C) of eight children along a row each."""
    for i in range(packed.shape[0] // SIDE):
        rows = packed[SIDE * i : SIDE * (i + 1)]
        for j in range(packed.shape[1]):
            word = NO_BIT
            for k in range(SIDE):
                word |= np.uint64(rows[k, j]) << np.uint64(SIDE * k)
            words[i, j] = word


@intrinsic
def _lowest(_: Any, bits: Any) -> Any:
    """Return the place of the lowest bit that is set: one instruction, which Python lacks."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], cgutils.true_bit)

    return types.int64(bits), generate


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
    beyond the best so far.  It starts from the word that held the answer for the point before,
    and leaves out what the search about that point found empty: both spare most of it along a
    track; the answer does not depend on them.
    """
    bound = np.empty(SIDE * SIDE * (first.size + 1))
    place = np.empty((bound.size, 3), dtype=np.int64)
    before, emptied = (0.0, 0.0), 0.0
    row = column = -1
    for n in range(line.size):
        point = (line[n], sample[n])
        distance[n] = foot_line[n] = foot_sample[n] = math.nan
        if not (math.isfinite(point[0]) and math.isfinite(point[1])):
            continue
        best = (reach * reach, math.inf, math.inf)
        if row >= 0:
            word = words[row * shapes[0, 1] + column]
            best = _scan_pixels(word, row, column, point, spacing, best)
        window = _window(point, best[0], before, emptied, spacing, shapes)
        waiting = _push_window(window, point, spacing, bound, place)
        while waiting > 0:
            waiting -= 1
            if bound[waiting] > best[0]:
                continue
            level, i, j = place[waiting, 0], place[waiting, 1], place[waiting, 2]
            word = words[first[level] + i * shapes[level, 1] + j]
            word &= _inside(window, level, i, j)
            if level > 0:
                waiting = _push_children(
                    word, level, i, j, point, spacing, best[0], bound, place, waiting
                )
            elif word != NO_BIT and (i != row or j != column):  # that one is done
                better = _scan_pixels(word, i, j, point, spacing, best)
                if better[0] < best[0]:
                    row, column = i, j
                best = better
        distance[n] = math.inf
        if best[1] < math.inf:
            distance[n] = math.sqrt(best[0])
            foot_line[n], foot_sample[n] = best[1], best[2]
        before, emptied = point, best[0]


@njit(cache=True, nogil=True, inline="always")
def _window(
    point: tuple[float, float],
    squared: float,
    before: tuple[float, float],
    emptied: float,
    spacing: tuple[float, float],
    shapes: np.ndarray,
) -> tuple[int, int, int, int]:
    """Return the window around what lies within a squared distance and may hold a pixel.

    Nothing lies within the squared distance ``emptied`` of the point ``before``.  What is left of
    the disc about ``point`` without the disc about that one lies ahead of the straight line
    through where their rims meet.  This line is ``behind`` ahead of ``point`` in the direction
    (down, right) from ``before``.
    """
    squared *= WIDER
    radius = math.sqrt(squared)
    top, bottom, left, right = -radius, radius, -radius, radius
    down, across = (point[0] - before[0]) * spacing[0], (point[1] - before[1]) * spacing[1]
    step = math.sqrt(down * down + across * across)
    if step > 0.0 and squared < math.inf:
        down, across = down / step, across / step
        behind = 0.5 * ((emptied / WIDER - squared) / step - step)
        if behind > -radius:
            half_chord = math.sqrt(max(squared - behind * behind, 0.0))
            if -down * radius < behind:
                top = behind * down - half_chord * abs(across)
            if down * radius < behind:
                bottom = behind * down + half_chord * abs(across)
            if -across * radius < behind:
                left = behind * across - half_chord * abs(down)
            if across * radius < behind:
                right = behind * across + half_chord * abs(down)
    return (
        _pixel(point[0] + top / spacing[0] - SLACK, shapes[0, 0]),
        _pixel(point[0] + bottom / spacing[0] + SLACK, shapes[0, 0]),
        _pixel(point[1] + left / spacing[1] - SLACK, shapes[0, 1]),
        _pixel(point[1] + right / spacing[1] + SLACK, shapes[0, 1]),
    )


@njit(cache=True, nogil=True)
def _pixel(at: float, words: int) -> int:
    """Return which line, or sample, of so many words is nearest to a coordinate."""
    return int(min(max(at + 0.5, 0.0), SIDE * words - 1.0))


@njit(cache=True, nogil=True, inline="always")
def _push_window(
    window: tuple[int, int, int, int],
    point: tuple[float, float],
    spacing: tuple[float, float],
    bound: np.ndarray,
    place: np.ndarray,
) -> int:
    """Put the few words of the lowest level that can span the window; return how many."""
    top, bottom, left, right = window
    level, shift = 0, 3
    while max(bottom - top, right - left) >> shift > 0:
        level += 1
        shift += 3
    waiting = 0
    for i in range(top >> shift, (bottom >> shift) + 1):
        for j in range(left >> shift, (right >> shift) + 1):
            bound[waiting] = _squared_distance(i, j, 1 << shift, point, spacing)
            place[waiting, 0], place[waiting, 1], place[waiting, 2] = level, i, j
            waiting += 1
    return waiting


@njit(cache=True, nogil=True, inline="always")
def _inside(window: tuple[int, int, int, int], level: int, row: int, column: int) -> np.uint64:
    """Return the children of a word, which overlaps the window, that do so too."""
    top, bottom, left, right = window
    shift, row, column = 3 * level, SIDE * row, SIDE * column
    rows = ROWS_FROM[max((top >> shift) - row, 0)]
    rows &= ROWS_TO[min((bottom >> shift) - row, SIDE - 1)]
    columns = COLUMNS_FROM[max((left >> shift) - column, 0)]
    columns &= COLUMNS_TO[min((right >> shift) - column, SIDE - 1)]
    return rows & columns


@njit(cache=True, nogil=True, inline="always")
def _push_children(
    bits: np.uint64,
    level: int,
    row: int,
    column: int,
    point: tuple[float, float],
    spacing: tuple[float, float],
    squared: float,
    bound: np.ndarray,
    place: np.ndarray,
    waiting: int,
) -> int:
    """Put those of some children that lie within a distance on the stack, the closest on top.

    ``bound`` and ``place`` (level, row, column) of the ``waiting`` words are the stack; return how
    many are waiting then.
    """
    start = closest = waiting
    least = math.inf
    while bits != NO_BIT:
        k = _lowest(bits)
        bits &= bits - ONE
        i, j = SIDE * row + (k >> 3), SIDE * column + (k & 7)
        away = _squared_distance(i, j, 1 << 3 * level, point, spacing)
        bound[waiting] = away
        place[waiting, 0], place[waiting, 1], place[waiting, 2] = level - 1, i, j
        closest = waiting if away < least else closest
        least = min(away, least)
        waiting += away <= squared
    if waiting > start:
        top = waiting - 1
        bound[top], bound[closest] = bound[closest], bound[top]
        for k in range(3):
            place[top, k], place[closest, k] = place[closest, k], place[top, k]
    return waiting


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
    best: tuple[float, float, float],
) -> tuple[float, float, float]:
    """Return the best pixel of a word of level 0 where it is better than the best so far.

    Of each row only one pixel can be, that closest to the point's column.  Most words hold no
    better one: a first look without branches finds that out.  Two rows are taken in the end, since
    where a point lies between two rows the order of their samples decides.
    """
    row, column = SIDE * row, SIDE * column
    here = math.ceil(min(max(point[1] - column - 0.5, 0.0), SIDE - 1.0))
    half = int(point[1] > column + here)
    first, least = 0, math.inf
    held_rows = (((word & OTHERS) + OTHERS) | word) & LAST  # the last bit of each, if any is set
    while held_rows != NO_BIT:
        k = _lowest(held_rows) >> 3
        held_rows &= held_rows - ONE
        j = column + CLOSEST[here, half, (word >> np.uint64(SIDE * k)) & BYTE]
        squared = _squared_distance(row + k, j, 1, point, spacing)
        first = k if squared < least else first
        least = min(squared, least)
    if least > best[0]:
        return best
    for k in range(first, min(first + 2, SIDE)):
        held = (word >> np.uint64(SIDE * k)) & BYTE
        if held != NO_BIT:
            best = _better(row + k, column + CLOSEST[here, half, held], point, spacing, best)
    return best


@njit(cache=True, nogil=True)
def _better(
    i: int,
    j: int,
    point: tuple[float, float],
    spacing: tuple[float, float],
    best: tuple[float, float, float],
) -> tuple[float, float, float]:
    """Return a pixel's closest point if it is better: closer, or of lower line, then sample."""
    squared = _squared_distance(i, j, 1, point, spacing)
    line = min(max(point[0], i - 0.5), i + 0.5)
    sample = min(max(point[1], j - 0.5), j + 0.5)
    found = (squared, line, sample)
    return found if found < best else best
