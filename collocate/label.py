"""From a lead mask and uncertain positions to a distance, its sigma and P(distance < T)."""

from typing import NamedTuple

import numpy as np

from ..geo.polar import inverse, scale_factor
from ..geo.swath import Geolocation, plane_to_image
from .corridor import LEAD, UNSEEN, Corridor
from .distance import distance_to_outline, outline

#: Points that stand for the Gaussian of a position: the error of a probability is about 0.01.
POSITION_POINTS = 128

#: Turn between one of those points and the next [rad]: the golden angle spreads them evenly.
GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))


class Labels(NamedTuple):
    """What the image says of each position; arrays (n,).

    Where the position's own pixel was not imaged, distance, sigma and probability are nan.
    """

    imaged: np.ndarray  #: bool: the position's own pixel was imaged
    distance: np.ndarray  #: to the closest lead's edge [m], 0 inside; where censored, a lower bound
    distance_sigma: np.ndarray  #: standard deviation of it under the position's uncertainty [m]
    beyond_reach: np.ndarray  #: bool: no lead within reach
    unseen_nearer: np.ndarray  #: bool: the image ends, or is missing, closer than the closest lead
    probability: np.ndarray  #: (n, thresholds): P(distance < T)


def label_positions(
    corridor: Corridor,
    geolocation: Geolocation,
    x: np.ndarray,
    y: np.ndarray,
    sigma: np.ndarray,
    thresholds: tuple[float, ...],
    reach: float,
) -> Labels:
    """Return distance to the closest lead and its probabilities at uncertain positions.

    Parameters
    ----------
    corridor : Corridor
        Surveyed out to ``reach`` from every position and its uncertainty.
    geolocation : Geolocation
        Of the scene.
    x, y : array (n,), float64
        Positions on the geolocation's plane [m], all inside the image.
    sigma : array (n,), float64
        Standard deviation of either coordinate of the position [m on the ground].
    thresholds : tuple of float
        The distances T [m].
    reach : float
        Distance out to which leads are looked for [m].

    Notes
    -----
    Mean, spread and probabilities are averages over ``POSITION_POINTS`` positions that stand,
    equally weighted, for an isotropic Gaussian (radii at its quantiles, golden-angle turns).
    For a straight edge at signed distance s this is P = Phi((T - s) / sigma).
    """
    corner = (corridor.first_line, corridor.first_sample)
    leads = outline(corridor.state == LEAD, geolocation, *corner)
    seen = outline(corridor.state != UNSEEN, geolocation, *corner)

    def distance(px: np.ndarray, py: np.ndarray) -> np.ndarray:
        here = _state_at(corridor, geolocation, px, py)
        return np.where(here == LEAD, 0.0, distance_to_outline(leads, px, py))

    to_lead = distance(x, y)
    imaged = _state_at(corridor, geolocation, x, y) != UNSEEN
    to_unseen = distance_to_outline(seen, x, y)
    spread = np.minimum(distance(*_scattered(geolocation, x, y, sigma)), reach)
    probability = np.stack([(spread < t).mean(axis=-1) for t in thresholds], axis=-1)
    return Labels(
        imaged=imaged,
        distance=np.where(imaged, np.minimum(np.minimum(to_lead, to_unseen), reach), np.nan),
        distance_sigma=np.where(imaged, spread.std(axis=-1), np.nan),
        beyond_reach=imaged & (to_lead > reach),
        unseen_nearer=imaged & (to_unseen < np.minimum(to_lead, reach)),
        probability=np.where(imaged[:, None], probability, np.nan),
    )


def _scattered(
    geolocation: Geolocation, x: np.ndarray, y: np.ndarray, sigma: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return, (n, POSITION_POINTS), positions that stand for each uncertain one."""
    rank = np.arange(POSITION_POINTS)
    radius = np.sqrt(-2.0 * np.log1p(-(rank + 0.5) / POSITION_POINTS))
    _, latitude = inverse(geolocation.plane, x, y)
    on_plane = (sigma * scale_factor(geolocation.plane, latitude))[:, None]
    turn = rank * GOLDEN_ANGLE
    return (
        x[:, None] + on_plane * radius * np.cos(turn),
        y[:, None] + on_plane * radius * np.sin(turn),
    )


def _state_at(
    corridor: Corridor, geolocation: Geolocation, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """Return the state of the pixels that hold some positions; UNSEEN outside the corridor."""
    line, sample = plane_to_image(geolocation, x, y)
    row = np.rint(line) - corridor.first_line
    column = np.rint(sample) - corridor.first_sample
    lines, samples = corridor.state.shape
    inside = (row >= 0) & (row < lines) & (column >= 0) & (column < samples)
    state = np.full(np.shape(x), UNSEEN)
    state[inside] = corridor.state[row[inside].astype(int), column[inside].astype(int)]
    return state
