"""Planes through scattered displacements: robust, local, and with the variance of what they say."""

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

#: Standard deviation of the gradient of displacement a priori, each component [1]: 20 degrees.
GRADIENT_SIGMA = 0.35

#: Median length over standard deviation of a component, of a two-dimensional normal [1].
MEDIAN_LENGTH = 1.18

ROUNDS = 4  # of reweighting


class Plane(NamedTuple):
    """What the displacements around places say of the places themselves."""

    move: np.ndarray  #: (n, 2) displacement
    gradient: (
        np.ndarray
    )  #: (n, 2, 2); ``gradient[:, i, j]`` is that of component i along axis j [1]
    variance: np.ndarray  #: (n,) of either component of the displacement, scatter included
    distance: np.ndarray  #: (n,) median distance to the displacements used


def local_plane(
    known: np.ndarray,
    move: np.ndarray,
    place: np.ndarray,
    count: int,
    noise: float,
    *,
    without_itself: bool = False,
) -> Plane:
    """Fit a plane to the displacements nearest to each place.

    Parameters
    ----------
    known, move : array (m, 2), float64
        Places with displacements, finite, and these, in one unit.  At least two.
    place : array (n, 2), float64
        Where displacements are wanted.
    count : int
        How many of the nearest are used.
    noise : float
        Least standard deviation of either component of a displacement.
    without_itself : bool
        Whether ``place`` is ``known`` and each of them is to be told from the others alone.

    Notes
    -----
    Least squares with weights that fall with distance and with the residual (Cauchy's, four
    rounds), and a gradient of 0 +- ``GRADIENT_SIGMA`` a priori: far from all that is known the
    variance grows with distance.
    """
    skip = int(without_itself)
    distance, near = nearest(known, place, count + skip)
    distance, near = distance[:, skip:], near[:, skip:]
    offset, moves = known[near] - place[:, None], move[near]
    away = np.median(distance, axis=1)
    closeness = np.exp(-0.5 * (distance / (2.0 * away[:, None] + 1e-9)) ** 2)
    design = np.concatenate([np.ones_like(offset[:, :, :1]), offset], axis=2)
    prior = np.diag([0.0, GRADIENT_SIGMA**-2, GRADIENT_SIGMA**-2])
    residual = moves - np.median(moves, axis=1)[:, None]
    for _ in range(ROUNDS):
        off = np.linalg.norm(residual, axis=2)
        scatter = np.maximum(np.median(off, axis=1) / MEDIAN_LENGTH, noise)[:, None]
        weight = closeness / (1.0 + (off / (2.0 * scatter)) ** 2) / scatter**2
        weighted = (design * weight[..., None]).transpose(0, 2, 1)
        normal = weighted @ design + prior
        plane = np.linalg.solve(normal, weighted @ moves)
        residual = moves - design @ plane
    variance = np.linalg.inv(normal)[:, 0, 0] + scatter[:, 0] ** 2
    return Plane(plane[:, 0], plane[:, 1:].transpose(0, 2, 1), variance, away)


def nearest(known: np.ndarray, place: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return distances and numbers (n, count) of the known places (m, 2) nearest to others.

    Fewer than ``count`` where fewer are known.
    """
    return cKDTree(known).query(place, k=np.arange(1, min(count, len(known)) + 1))
