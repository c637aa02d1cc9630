"""Slip lines: where neighbouring vectors show two motions with a straight edge between them.

Among the neighbours of a vector all straight lines of some directions and places are tried; the
displacement beyond a line is allowed a jump.  The best line is taken where the jump explains the
vectors far better than smooth motion and vector errors do: twice the gain in log likelihood,
|s' A^-1 y|^2 / (s' A^-1 s) with s the indicator of the far side, y the displacements and A their
covariance, is chi-squared with two degrees of freedom if there is none.
"""

from typing import NamedTuple

import numpy as np

DIRECTIONS = 12  # of lines, over 180 degrees
PLACES = tuple(0.5 * step for step in range(-4, 5))  # of lines, from the vector [grid spacings]
LEAST_SIDE = 3  # vectors on either side
#: Gain from which a line is believed: by chance one in 1e6 of a single trial, in some 1e4 of the
#: hundred lines tried.
LEAST_GAIN = 28.0


class Split(NamedTuple):
    """Slip lines among the neighbours of some vectors, (g,)."""

    same_side: np.ndarray  #: (g, k) bool: whether a neighbour lies on the vector's side
    jump: np.ndarray  #: (g, 2) displacement beyond the line less that of this side [m]; 0 if none
    normal: np.ndarray  #: (g, 2) unit vector to the far side
    near: np.ndarray  #: (g,) along it, the last vector of this side [m]
    far: np.ndarray  #: (g,) and the first of the far side; the line is between them

    def chance_beyond(self, which: np.ndarray, offset: np.ndarray) -> np.ndarray:
        """Return the probability (q,) that places lie beyond the line.

        ``which`` (q,) numbers the vector, ``offset`` (q, 2) is relative to it [m].  The line is
        anywhere between the vectors on its two sides.
        """
        along = np.sum(offset * self.normal[which], axis=1)
        near, far = self.near[which], self.far[which]
        return np.clip((along - near) / (far - near), 0.0, 1.0)


def split_neighbours(
    place: np.ndarray, move: np.ndarray, inverse: np.ndarray, spacing: float
) -> Split:
    """Return the slip line, if any, among each vector's neighbours.

    Parameters
    ----------
    place, move : array (g, k, 2), float64 [m]
        Of the neighbours, relative to the vector.
    inverse : array (g, k, k), float64 [1/m2]
        Of the covariance of ``move``, smooth motion and errors together.
    spacing : float [m]
    """
    groups, count = place.shape[:2]
    angle = np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    normal = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    along = place @ normal.T  # (g, k, directions)
    edge = spacing * np.asarray(PLACES)
    beyond = (along[..., None] > edge).reshape(groups, count, -1)  # (g, k, lines)
    # The far side is the one without the vector, which is at 0.
    beyond ^= np.tile(edge < 0.0, DIRECTIONS)
    step = beyond.astype(np.float64)
    score = np.einsum("gkl,gkc->glc", step, inverse @ move)
    curvature = np.sum(step * (inverse @ step), axis=1)
    members = step.sum(axis=1)
    allowed = (members >= LEAST_SIDE) & (count - members >= LEAST_SIDE)
    gain = np.where(allowed, np.sum(score**2, axis=-1) / np.maximum(curvature, 1e-300), 0.0)
    best = gain.argmax(axis=1)
    row = np.arange(groups)
    found = gain[row, best] > LEAST_GAIN
    far_side = beyond[row, :, best] & found[:, None]
    jump = score[row, best] / np.maximum(curvature[row, best], 1e-300)[:, None]
    outward = (
        normal[best // len(PLACES)] * np.where(edge[best % len(PLACES)] < 0, -1.0, 1.0)[:, None]
    )
    distance = np.sum(place * outward[:, None], axis=-1)
    near = np.where(far_side, -np.inf, distance).max(axis=1)
    far = np.where(far_side, distance, np.inf).min(axis=1)
    return Split(
        ~far_side,
        np.where(found[:, None], jump, 0.0),
        outward,
        np.where(found, near, 0.0),
        np.where(found, far, 1.0),
    )
