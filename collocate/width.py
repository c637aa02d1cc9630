"""How wide a lead is where it is closest."""

import numpy as np

from ._label_kernels import chords
from .distance import Place, closest_pixels
from .nearest import build

#: Steps along a line across a lead, as a share of a pixel.
STEP = 0.25

#: Rounds of measuring across, each from the middle of the last.
ROUNDS = 3

#: The foot of a distance lies on the edge of a pixel; this far beyond it is the pixel [pixel].
INSIDE = 0.25


def lead_width(
    mask: np.ndarray,
    first_line: int,
    first_sample: int,
    place: Place,
    line: np.ndarray,
    sample: np.ndarray,
    widest: float,
) -> np.ndarray:
    """Return how wide the closest leads are where they are closest [m on the ground], (n,).

    Parameters
    ----------
    mask : array (lines, samples), bool
        Leads in a window of the image.
    first_line, first_sample : int
        Where the window begins.
    place : Place
        (n,) places.
    line, sample : array (n,), float64
        The closest point of a lead, the place itself inside one; nan without any.
    widest : float
        Leads are measured no wider than this [m].

    Returns
    -------
    array (n,), float64
        Length of the line across the lead from where its side is closest to the other side; nan
        without any lead.

    Notes
    -----
    The line is found in rounds: from a point in the lead towards the closest point outside and
    back to the other side, then the same from the middle of that line, where the stairs that
    pixels make of an edge no longer matter.
    """
    width = np.full(line.size, np.nan)
    at = np.flatnonzero(np.isfinite(line))
    near = Place(*(column[at] for column in place))
    outside = build(~mask)
    step = STEP * place.spacing.mean()
    off = np.stack([line[at] - near.line, sample[at] - near.sample], axis=-1)
    far = np.linalg.norm(off, axis=-1, keepdims=True)
    middle = np.stack([line[at], sample[at]], axis=-1)
    middle = middle + INSIDE * np.divide(off, far, out=np.zeros_like(off), where=far > 0)
    corner = np.array([first_line, first_sample])
    middle = _into_lead(mask, middle - corner) + corner
    for _ in range(ROUNDS):
        foot = closest_pixels(
            outside, first_line, first_sample, near, middle[:, :1], middle[:, 1:], widest
        )
        across = np.stack([foot.line[:, 0], foot.sample[:, 0]], axis=-1) - middle
        metres = np.linalg.norm(across * near.spacing, axis=-1, keepdims=True)
        # Without an outside within reach, or from its very edge, any direction is as good.
        known = np.isfinite(metres) & (metres > 0)
        metres = np.where(known, metres, 1.0)
        across = np.where(known, across, [0.0, 1.0] / near.spacing) * step / metres
        ahead, back = np.empty((2, at.size), dtype=np.int64)
        lines = np.ascontiguousarray((middle - corner).T)
        chords(mask, *lines, *np.ascontiguousarray(across.T), int(widest / step), ahead, back)
        middle = middle + 0.5 * (ahead - back)[:, None] * across
    width[at] = np.minimum((ahead + back + 1) * step, widest)
    return width


def _into_lead(mask: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return points (n, 2) of which those on the very edge of a lead are moved into it."""
    moved = points.copy()
    last = np.array(mask.shape) - 1
    outside = np.ones(len(points), dtype=bool)
    for way in ((0, 0), (-1, -1), (-1, 1), (1, -1), (1, 1)):
        there = points + INSIDE * np.array(way)
        pixel = np.clip(np.rint(there).astype(np.int64), 0, last)
        found = outside & mask[pixel[:, 0], pixel[:, 1]]
        moved[found] = there[found]
        outside &= ~found
    return moved
