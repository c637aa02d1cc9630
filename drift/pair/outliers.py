"""How vectors compare with those around them: which to doubt, and what this adds to their error."""

from typing import NamedTuple

import numpy as np

from .local_plane import MEDIAN_LENGTH, local_plane, nearest

#: Scatter is a median over a vector and this many around it; a plane is fitted to as many if not
#: told otherwise.
AROUND = 8

#: What deformation within a patch adds to the error of its vector, over the scatter among the
#: vectors around that matching does not explain; how it falls where these lie further apart than
#: the patch reaches; and what a difference beyond that scatter adds [1].  Fitted on simulated
#: pairs of 1 to 48 hours, one set of them turned by 20 degrees, of four worlds (seeds 3, 12, 27
#: and 31) with vectors every 1, 2 and 4 km, so that 68 % of errors lie in the 68 % ellipses, of
#: all vectors as of those with little or much scatter.
WITHIN_PATCH = 1.9
FALL_WITH_DISTANCE = 1.6
BESIDE_OTHERS = 0.6


class Comparison(NamedTuple):
    """Vectors against the plane through those around them; nan where fewer than three are."""

    off: np.ndarray  #: (n,) length of the difference
    scatter: np.ndarray  #: (n,) median of ``off`` here and around
    distance: np.ndarray  #: (n,) median distance to those around


def compare(place: np.ndarray, move: np.ndarray, noise: float, around: int = AROUND) -> Comparison:
    """Compare each vector with the vectors around it.

    Parameters
    ----------
    place : array (n, 2), float64
        Where vectors start; on a grid or not.
    move : array (n, 2), float64
        Displacements in the same unit; nan where there is none, which then is no neighbour.
    noise : float
        Least standard deviation of a component of a displacement.
    around : int
        How many of the nearest the plane is fitted to.
    """
    missing = np.full(len(place), np.nan)
    result = Comparison(missing, missing.copy(), missing.copy())
    known = np.flatnonzero(np.isfinite(move).all(axis=1))
    if known.size < 4:
        return result
    here, gone = place[known], move[known]
    plane = local_plane(here, gone, here, around, noise, without_itself=True)
    off = np.linalg.norm(gone - plane.move, axis=1)
    result.off[known] = off
    result.scatter[known] = np.median(off[nearest(here, here, AROUND + 1)[1]], axis=1)
    result.distance[known] = plane.distance
    return result


def unlikeness(comparison: Comparison, noise: float) -> np.ndarray:
    """Return differences over what is usual around, (n,): the normalised median test.

    Good vectors stay below about 2 (Westerweel and Scarano 2005, here with a plane for the
    median).  Across a slip line all differ, so that both sides pass.
    """
    return comparison.off / (comparison.scatter + noise)


def deformation_variance(
    comparison: Comparison, matching_variance: np.ndarray, half_patch: float
) -> np.ndarray:
    """Return what deformation adds to the variance of either component, (n,).

    A patch does not move as one: its match is a mean over what differs inside.  How much, the
    scatter among vectors tells, less what is but the noise of matching; patches that overlap share
    some of that noise, which then is no scatter: what they do not share grows as the square of
    their distance, as differences of anything smooth do.  Where vectors lie further apart than the
    patch reaches, less of what differs among them does so within it.  And next to a lead the patch
    may follow the other side.

    Parameters
    ----------
    comparison : Comparison
    matching_variance : array (n,), float64
        Of either component, of matching alone, in the unit of the places squared.
    half_patch : float
        Half the side of a patch, in the unit of the places.
    """
    scatter = comparison.scatter / MEDIAN_LENGTH
    unshared = np.minimum(1.0, comparison.distance / (2.0 * half_patch)) ** 2
    unexplained = np.maximum(scatter**2 - unshared * matching_variance, 0.0)
    share = np.minimum(1.0, half_patch / comparison.distance) ** FALL_WITH_DISTANCE
    beside = np.maximum(comparison.off - scatter, 0.0)
    return (WITHIN_PATCH * share) ** 2 * unexplained + (BESIDE_OTHERS * beside) ** 2
