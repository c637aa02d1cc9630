"""The closest pixel of a mask, at a cost that does not depend on how many pixels it has.

One pass over the mask packs it into a pyramid of occupancy bits, an eighth of a byte a pixel.
Each point then searches the pyramid from the top, the closest block first, and passes by every
block that lies beyond the best pixel so far.  The bound of a block is rounded as the distance of
its pixels is, so that the answer is exact.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ._nearest_kernels import SIDE, find_nearest, stack_rows

#: Lines packed at a time: the bytes of an EW image's band of them stay in the processor's cache.
BAND = 256
#: Points searched at a time, at least; among them, each starts from the answer for the one before.
POINTS = 8192


class Hierarchy(NamedTuple):
    """A mask as a pyramid of words of 64 bits, each bit saying whether a part holds anything.

    A word of level 0 stands for 8 x 8 pixels, one of each level above for 8 x 8 words below.
    """

    words: np.ndarray  #: (words,) uint64, level after level, each line by line
    first: np.ndarray  #: (levels,) int64, where each level begins in ``words``
    shapes: np.ndarray  #: (levels, 2) int64, rows and columns of words of each level


class Nearest(NamedTuple):
    """The closest point of a mask's pixels, each a square one pixel wide about its centre."""

    distance: np.ndarray  #: (n,) float64, 0 inside a pixel, inf without any within reach
    line: np.ndarray  #: (n,) float64, the closest point; nan without any within reach
    sample: np.ndarray  #: (n,) float64


def build(mask: np.ndarray) -> Hierarchy:
    """Return the pyramid of a mask.

    Parameters
    ----------
    mask : array (lines, samples), bool or uint8
        Anything but 0 is inside.

    Returns
    -------
    Hierarchy
        Of 0.13 bytes a pixel.
    """
    shapes = _level_shapes(mask.shape)
    first = np.cumsum([0] + [rows * columns for rows, columns in shapes])
    words = np.zeros(first[-1], dtype=np.uint64)
    levels = [
        words[start:end].reshape(shape)
        for (start, end), shape in zip(pairwise(first), shapes, strict=True)
    ]

    threads = os.cpu_count() or 1
    share = BAND * -(-len(mask) // (BAND * threads))

    def pack_share(start: int) -> None:
        _pack(mask[start : start + share], levels[0][start // SIDE :])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(pack_share, range(0, len(mask), share or 1)))
    for below, above in pairwise(levels):
        _pack(below != 0, above)
    return Hierarchy(words, first[:-1], np.array(shapes))


def _pack(held: np.ndarray, words: np.ndarray) -> None:
    """Fill in the first words of a level from what its children (rows, columns) hold."""
    for start in range(0, len(held), BAND):
        packed = np.packbits(held[start : start + BAND], axis=1, bitorder="little")
        if len(packed) % SIDE:
            packed = np.pad(packed, ((0, -len(packed) % SIDE), (0, 0)))
        stack_rows(packed, words[start // SIDE :])


def _level_shapes(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return the rows and columns of words of each level, up to a single word."""
    rows, columns = (max(-(-n // SIDE), 1) for n in shape)
    shapes = [(rows, columns)]
    while rows * columns > 1:
        rows, columns = -(-rows // SIDE), -(-columns // SIDE)
        shapes.append((rows, columns))
    return shapes


def nearest(
    hierarchy: Hierarchy,
    line: np.ndarray,
    sample: np.ndarray,
    line_spacing: float,
    sample_spacing: float,
    reach: float,
) -> Nearest:
    """Return the closest point of a mask's pixels to each of some points.

    Parameters
    ----------
    hierarchy : Hierarchy
        Of the mask.
    line, sample : array (n,), float64
        Points in pixels of the mask, whole numbers at the centres; they may lie outside it.  A
        nan makes that point's distance nan.  Points in the order of a track are fastest.
    line_spacing, sample_spacing : float
        Size of a pixel, in any one unit: the distance is Euclidean once they scale the axes.
    reach : float
        How far to look, in that unit; may be inf.

    Returns
    -------
    Nearest
        Distances in the unit of the spacings.  Of points equally close it is the one of lower
        line, then of lower sample.
    """
    line, sample = (np.ascontiguousarray(a, dtype=np.float64) for a in (line, sample))
    found = Nearest(*(np.empty(line.size) for _ in Nearest._fields))
    spacing = (float(line_spacing), float(sample_spacing))

    threads = os.cpu_count() or 1
    share = max(POINTS, -(-line.size // threads))

    def look(start: int) -> None:
        part = slice(start, start + share)
        find_nearest(
            *hierarchy, line[part], sample[part], spacing, float(reach), *(a[part] for a in found)
        )

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(look, range(0, line.size, share)))
    return found
