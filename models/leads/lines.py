"""Lines through each pixel: how likely leads they are by their sides, and where they lead on.

A line is made of pieces, each the mean over a few pixels in a row, so that long lines cost little
more than short ones.
"""

import math
from collections.abc import Iterator
from dataclasses import astuple
from typing import NamedTuple

import numpy as np

from ._kernels import box_mean, line_mean, raise_by_lines
from .contrasts import Context, LeadThreshold

#: Directions of short and of long lines; multiples of four, so that quarter turns and mirrors
#: change nothing.
DIRECTIONS, LONG_DIRECTIONS = 20, 32
#: Pieces of short and of long lines to either side of the one in their middle.
PIECES, LONG_PIECES = 1, 4
#: Bounds of the evidence that a pixel lends others, as log-odds: below the odds of leads at large,
#: and about as sure as contrast alone can be.
LEAST_EVIDENCE, MOST_EVIDENCE = -5.0, 3.0
#: Step of fixed-point numbers: sums of multiples of a power of two are exact in float64.
EVIDENCE_STEP = np.float32(2.0**-8)


class LineSizes(NamedTuple):
    """Sizes of lines [pixel]."""

    piece: int  #: half length
    narrow: tuple[int, int]  #: distances to the sides
    wide: tuple[int, int]
    context: int  #: half width of the area

    @property
    def short(self) -> int:
        """Half length of a short line."""
        return self.piece + PIECES * (2 * self.piece + 1)

    @property
    def long(self) -> int:
        """Half length of a long line."""
        return self.piece + LONG_PIECES * (2 * self.piece + 1)

    @property
    def halo(self) -> int:
        """How far away what bears on ``in_context`` of ``line_evidence`` may be."""
        return self.short + self.wide[-1] + max(self.long, self.context) + 1


def line_sizes(how: LeadThreshold, pixel_spacing_m: float) -> LineSizes:
    """Return the sizes of lines, to the nearest pixel and no less than one."""

    def pixels(length: float) -> int:
        return max(1, math.floor(length / pixel_spacing_m + 0.5))

    def both(distances: tuple[float, float]) -> tuple[int, int]:
        return pixels(distances[0]), pixels(distances[1])

    return LineSizes(
        piece=pixels((how.piece_length - pixel_spacing_m) / 2.0),
        narrow=both(how.narrow.distances),
        wide=both(how.wide.distances),
        context=pixels(how.context_width / 2.0),
    )


def line_evidence(
    hh: np.ndarray,
    hv: np.ndarray,
    dark_gain: np.ndarray,
    how: LeadThreshold,
    sizes: LineSizes,
    without_hv: bool,
) -> np.ndarray:
    """Return the log-odds of the likeliest lead among the lines through each pixel.

    Parameters
    ----------
    hh : array (lines, samples), float32
        Above the level of dark leads [dB]; nan where missing.
    hv : array (lines, samples), float32
        Such that ``hh - hv`` is HH over HV above that of bright leads, or without HV how far HH
        is above theirs [dB]; nan where missing.
    dark_gain : array (lines, samples), float32
        By which the darkness of HH against the sides is multiplied.
    how : LeadThreshold
    sizes : LineSizes
    without_hv : bool
        Whether ``hv`` tells nothing.

    Returns
    -------
    array (lines, samples), float32
        -inf where no line is seen whole.
    """
    evidence = np.full(hh.shape, np.float32(-np.inf), dtype=np.float32)
    piece, hh_line, hv_line = (np.empty_like(hh) for _ in range(3))
    for down, right in _directions(DIRECTIONS):
        for image, line in ((hh, hh_line), (hv, hv_line)):
            _mean(image, (down, right), sizes.piece, PIECES, piece, line)
        for sides, distances in ((how.narrow, sizes.narrow), (how.wide, sizes.wide)):
            dark = sides.dark_without_hv if without_hv else sides.dark
            bright = sides.bright_without_hv if without_hv else sides.bright
            for distance in distances:
                step = _whole(distance * np.array([right, -down]))
                laws = _floats(astuple(dark)), _floats(astuple(bright))
                raise_by_lines(evidence, hh_line, hv_line, dark_gain, *step, *laws)
    return evidence


def in_context(evidence: np.ndarray, context: Context, sizes: LineSizes) -> np.ndarray:
    """Return the log-odds of a lead from the evidence at a pixel, along lines, and around it.

    What lies outside the array counts as ``LEAST_EVIDENCE`` on lines, and not at all around.
    """
    bounded = np.clip(evidence, np.float32(LEAST_EVIDENCE), np.float32(MOST_EVIDENCE))
    bounded = np.rint(bounded / EVIDENCE_STEP) * EVIDENCE_STEP
    padded = np.pad(bounded, sizes.long, constant_values=np.float32(LEAST_EVIDENCE))
    along = np.full(padded.shape, np.float32(LEAST_EVIDENCE), dtype=np.float32)
    piece, line = np.empty_like(padded), np.empty_like(padded)
    for direction in _directions(LONG_DIRECTIONS):
        _mean(padded, direction, sizes.piece, LONG_PIECES, piece, line)
        np.maximum(along, line, out=along)
    along = along[sizes.long : -sizes.long, sizes.long : -sizes.long]
    around = box_mean(bounded, np.ones(bounded.shape, dtype=bool), sizes.context)
    here, on, by, odds = _floats(astuple(context))
    return here * bounded + on * along + by * around + odds


def _directions(count: int) -> Iterator[tuple[float, float]]:
    """Yield how far one goes down and to the right per pixel along lines of each direction."""
    for angle in np.pi * np.arange(count) / count:
        yield float(np.sin(angle)), float(np.cos(angle))


def _mean(
    image: np.ndarray,
    direction: tuple[float, float],
    half: int,
    pieces: int,
    piece: np.ndarray,
    line: np.ndarray,
) -> None:
    """Fill ``line`` with the mean along lines of a direction, ``piece`` with that of one piece."""
    down, right = direction
    along = np.arange(1, half + 1)
    starts = np.arange(1, pieces + 1) * (2 * half + 1)
    line_mean(image, _whole(along * down), _whole(along * right), piece)
    line_mean(piece, _whole(starts * down), _whole(starts * right), line)


def _whole(offset: np.ndarray) -> np.ndarray:
    """Return the nearest whole numbers; halves go away from zero, so that mirrors agree."""
    return (np.sign(offset) * np.floor(np.round(np.abs(offset), 9) + 0.5)).astype(np.int64)


def _floats(numbers: tuple[float, ...]) -> tuple[np.float32, ...]:
    """Return numbers in the precision of images, which keeps what is made of both in it."""
    return tuple(np.float32(number) for number in numbers)
