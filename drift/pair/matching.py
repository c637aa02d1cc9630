"""Where patches of one image are in another: correlation with rotation, from coarse to fine.

The search takes every place and angle, on images averaged to a few pixels a patch.  From there on
the match climbs, at each finer level, along the gradient of the correlation in position and angle.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from ._matching_kernels import refine_points
from ._patch_kernels import halve
from ._search_kernels import search_points

#: Fewest pixels from the centre of a patch to its side, of the coarsest level [pixel].
COARSEST_HALF = 4

#: Most Newton steps at a level, and the one after which it is done: at the finest level, and at
#: those that only lead there [pixel of the level].
STEPS = 8
CLOSE, COARSE_CLOSE = 0.1, 0.2

#: Farthest that a finer level may move a match from where the coarser one had it [pixel of its
#: own], and turn it [radian].
FARTHEST = 3.0
FARTHEST_TURN = np.radians(10.0)

#: The angle is held to that of the guess: standard deviation of it [radian], and pixels for each
#: independent one that stands against it [1] (assumed).
TURN_SIGMA = np.radians(5.0)
PIXELS_ALIKE = 4.0

#: Variance of a match over what the scatter within its patch says [1], and the standard deviation
#: of a match at which this doubles, texture being curved [pixel]; fitted on simulated pairs.
CALIBRATION = 0.85
CURVED_SIGMA = 0.4

#: Points matched at a time by a thread.
POINTS = 64


class Match(NamedTuple):
    """Where each patch is in the second image; nan where it was not found."""

    row: np.ndarray  #: (n,) float64 [pixel]
    column: np.ndarray  #: (n,) float64 [pixel]
    angle: np.ndarray  #: (n,) float64, from columns towards rows [degree]
    correlation: np.ndarray  #: (n,) float64, that of every band if all were alike
    covariance: np.ndarray  #: (n, 2, 2) float64, column first, row second [pixel^2]
    ambiguity: np.ndarray  #: (n,) float64, correlation of the next best place over that of the best


def match_patches(
    first: np.ndarray,
    second: np.ndarray,
    row: np.ndarray,
    column: np.ndarray,
    guess_row: np.ndarray,
    guess_column: np.ndarray,
    guess_angle: np.ndarray,
    search: np.ndarray,
    half_size: int,
    angles: tuple[float, ...],
    workers: int,
) -> Match:
    """Find patches of one image again in another.

    Parameters
    ----------
    first, second : array (bands, rows, columns), float32
        Backscatter in dB; nan where there is nothing to match.
    row, column : array (n,), float64
        Centres of the patches in the first image [pixel].
    guess_row, guess_column, guess_angle : array (n,), float64
        Where they should be in the second image [pixel], and turned by how much [degree, from
        columns towards rows].  A nan is not looked for.
    search : array (n,), float64
        How far from the guess to look, along rows and columns [pixel].
    half_size : int
        A patch has (2 half_size + 1) pixels squared.
    angles : tuple of float
        Angles about that of the guess at which to look [degree].
    workers : int
        Threads; the answer does not depend on it.

    Returns
    -------
    Match
        The covariance is that of matching alone.

    Raises
    ------
    ValueError
        If the patches are smaller than 9 pixels.

    Notes
    -----
    All bands count together: what is sought is the largest likelihood of jointly normal images,
    the least product over bands of 1 - r^2 with r their correlation (its first derivative weights
    a band by r / (1 - r^2)).  Steps to the peak are those of second-order minimisation (Benhimane
    and Malis 2004): the mean gradient of both images.  The covariance is the sandwich estimate of
    its scatter among blocks of the patch (Liang and Zeger 1986), calibrated.
    """
    if half_size < COARSEST_HALF:
        raise ValueError(
            f"a patch must have a half size of {COARSEST_HALF} pixels or more, got {half_size}"
        )
    halvings = int(math.log2(half_size / COARSEST_HALF))
    size = row.size
    levels = _levels(first, halvings, workers), _levels(second, halvings, workers)
    found = np.full((size, 8), np.nan)
    wanted = np.flatnonzero(np.isfinite(row + column + guess_row + guess_column + guess_angle))
    place = np.stack([row, column], axis=-1)[wanted]
    guess = np.stack([guess_row, guess_column, np.radians(guess_angle)], axis=-1)[wanted]
    parts = [slice(i, i + POINTS) for i in range(0, wanted.size, POINTS)]

    def match(part: slice) -> np.ndarray:
        turns = np.radians(np.array(angles))
        return _match(*levels, place[part], guess[part], search[wanted[part]], half_size, turns)

    with ThreadPoolExecutor(workers) as pool:
        for part, values in zip(parts, pool.map(match, parts), strict=True):
            found[wanted[part]] = values
    row_found, column_found, angle = found[:, :3].T
    covariance = _calibrated(found[:, 4:7])
    return Match(row_found, column_found, np.degrees(angle), found[:, 3], covariance, found[:, 7])


def _calibrated(scatter: np.ndarray) -> np.ndarray:
    """Return covariances (n, 2, 2) from xx, xy and yy of the scatter within patches, (n, 3)."""
    spread = 0.5 * (scatter[:, 0] + scatter[:, 2])
    factor = CALIBRATION * (1.0 + spread / CURVED_SIGMA**2)
    return (factor[:, None] * scatter)[:, [0, 1, 1, 2]].reshape(-1, 2, 2)


def _levels(image: np.ndarray, halvings: int, workers: int) -> list[np.ndarray]:
    """Return the image, and that of each halving."""

    def levels_of(band: np.ndarray) -> list[np.ndarray]:
        levels = [np.ascontiguousarray(band)]
        for _ in range(halvings):
            levels.append(halve(levels[-1]))
        return levels

    with ThreadPoolExecutor(workers) as pool:
        bands = list(pool.map(levels_of, image))
    return [np.stack(level) for level in zip(*bands, strict=True)]


def _match(
    first: list[np.ndarray],
    second: list[np.ndarray],
    place: np.ndarray,
    guess: np.ndarray,
    search: np.ndarray,
    half_size: int,
    angles: np.ndarray,
) -> np.ndarray:
    """Return row, column, angle, correlation, covariance (3) and ambiguity of points: (n, 8)."""
    coarsest = len(first) - 1
    found = np.full((place.shape[0], 8), np.nan)
    found[:, :3], reach = guess, search
    # At the second level, a pixel of the first about it is sought again at all angles: at the
    # coarsest, speckle often has a wrong one best.
    for level in range(coarsest, max(coarsest - 2, -1), -1):
        start = np.column_stack([found[:, :2], guess[:, 2]])
        peak = _search(
            first[level], second[level], 2**level, place, start, reach, half_size, angles
        )
        found[:, :3] = peak[:, :3]
        if level == coarsest:
            found[:, 7] = peak[:, 3]
        reach = np.full(search.shape, 0.5 * 2**level)
    for level in range(max(coarsest - 1, 0), -1, -1):
        scale, close = 2**level, COARSE_CLOSE if level else CLOSE
        finer = _refine(
            first[level], second[level], scale, place, found[:, :3], guess[:, 2], half_size, close
        )
        climbed = np.isfinite(finer[:, 0])
        found[climbed, :7] = finer[climbed]
    found[np.isnan(found[:, 3])] = np.nan
    return found


def _search(
    first: np.ndarray,
    second: np.ndarray,
    scale: int,
    place: np.ndarray,
    start: np.ndarray,
    reach: np.ndarray,
    half_size: int,
    angles: np.ndarray,
) -> np.ndarray:
    """Return row, column, angle and ambiguity (n, 4) from a search of a level."""
    coarse = np.column_stack([_coarser(start[:, :2], scale), start[:, 2]])
    radius = np.ceil(reach / scale).astype(np.int64) + 1
    found = search_points(
        first, second, _coarser(place, scale), coarse, radius, angles, half_size // scale
    )
    found[:, :2] = _finer(found[:, :2], scale)
    return found


def _refine(
    first: np.ndarray,
    second: np.ndarray,
    scale: int,
    place: np.ndarray,
    start: np.ndarray,
    guess_angle: np.ndarray,
    half_size: int,
    close: float,
) -> np.ndarray:
    """Return row, column, angle, correlation and scatter (n, 7) from climbing at a level."""
    half = half_size // scale
    pixel = np.rint(_coarser(place, scale))
    aside = place - _finer(pixel, scale)  # patches are centred on whole pixels
    coarse = _coarser(start[:, :2] - _turned(aside, start[:, 2]), scale)
    found = refine_points(
        first,
        second,
        pixel.astype(np.int64),
        np.column_stack([coarse, start[:, 2]]),
        guess_angle,
        PIXELS_ALIKE / (TURN_SIGMA * (2 * half + 1)) ** 2,
        half,
        STEPS,
        close,
        FARTHEST,
        FARTHEST_TURN,
    )
    found[:, :2] = _finer(found[:, :2], scale) + _turned(aside, found[:, 2])
    found[:, 4:] *= scale**2
    return found


def _coarser(pixel: np.ndarray, scale: int) -> np.ndarray:
    """Return pixel coordinates of a level averaged over scale x scale pixels."""
    return (pixel - 0.5 * (scale - 1)) / scale


def _finer(pixel: np.ndarray, scale: int) -> np.ndarray:
    return pixel * scale + 0.5 * (scale - 1)


def _turned(offset: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Return offsets (n, 2), rows first, turned by angle (n,) [radian]."""
    row, column = offset.T
    return np.stack(
        [
            row * np.cos(angle) + column * np.sin(angle),
            column * np.cos(angle) - row * np.sin(angle),
        ],
        axis=-1,
    )
