"""From a map of lead probability and uncertain positions to a distance and its distribution.

Two things are uncertain: where the record lies in the image, and what in the image is lead.  A
label averages over both: over points that stand for the Gaussian of the position, each of which
meets one of a few nested masks, those where the lead probability reaches a level.  For a straight
edge at signed distance s this is P(distance < T) = Phi((T - s) / sigma).
"""

from typing import NamedTuple

import numpy as np

from ..geo.swath import Geolocation
from .corridor import UNSEEN, Corridor, lead_mask, lead_share
from .distance import Place, closest_pixels, distance_to_pixels, place_in_image
from .footprint import Footprint, lead_fraction, spread_over
from .nearest import build
from .width import lead_width

#: Points that stand for the Gaussian of a position: the error of a probability is about 0.01.
POSITION_POINTS = 128

#: Turn between one of those points and the next [rad]: the golden angle spreads them evenly.
GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))

#: Between these shares of its distribution the distance lies with 68 %.
LOW, HIGH = 0.16, 0.84


class Labels(NamedTuple):
    """What the image says of each position; arrays (n,) unless said.

    Where the position's own pixel was not imaged all but the flags are nan.
    """

    imaged: np.ndarray  #: bool: the position's own pixel was imaged
    distance: np.ndarray  #: to the closest lead's edge [m], 0 inside; where censored, a lower bound
    mean: np.ndarray  #: expected distance [m], with no distance above the reach
    sigma: np.ndarray  #: standard deviation of it [m]
    low: np.ndarray  #: the distance is below this with a probability of LOW [m]
    high: np.ndarray  #: and below this with one of HIGH [m]
    lead_width: np.ndarray  #: of the closest lead where it is closest [m]; nan without any
    lead_fraction: np.ndarray  #: expected share of the footprint; nan where mostly unseen
    inside: np.ndarray  #: probability that the position is in a lead
    probability: np.ndarray  #: (n, thresholds): P(distance < T)
    beyond_reach: np.ndarray  #: bool: no lead within reach
    end_nearer: np.ndarray  #: bool: the image ends closer than the closest lead
    gap_nearer: np.ndarray  #: bool: pixels are missing closer than the closest lead


def label_positions(
    corridor: Corridor,
    geolocation: Geolocation,
    line: np.ndarray,
    sample: np.ndarray,
    covariance: np.ndarray,
    thresholds: tuple[float, ...],
    reach: float,
    footprint: Footprint | None = None,
    heading: np.ndarray | None = None,
) -> Labels:
    """Return distances to the closest lead and their distribution at uncertain positions.

    Parameters
    ----------
    corridor : Corridor
        Surveyed out to ``reach`` from every position and its uncertainty.
    geolocation : Geolocation
        Of the scene.
    line, sample : array (n,), float64
        Positions in the scene, inside the image.
    covariance : array (n, 2, 2), float64
        Of the positions along x and y of the geolocation's plane [m2 on the ground].
    thresholds : tuple of float
        The distances T [m].
    reach : float
        Distance out to which leads are looked for [m].
    footprint : Footprint, optional
        Of the records; without it ``lead_fraction`` is nan.
    heading : array (n,), float, optional
        Of the flight on the plane [rad], with the footprint.
    """
    corner = (corridor.first_line, corridor.first_sample)
    place = place_in_image(geolocation, line, sample)
    leads = lead_mask(corridor, corridor.threshold)
    to_lead = distance_to_pixels(build(leads), *corner, geolocation, place, reach)
    gaps = build(corridor.state == UNSEEN)
    to_gap = distance_to_pixels(gaps, *corner, geolocation, place, reach).distance
    to_end = _distance_to_end(geolocation, place)
    imaged = to_gap > 0.0
    offset = _scattered(place, covariance)
    spread = np.minimum(_spread(corridor, place, offset, reach), reach)
    low, high = np.quantile(spread, (LOW, HIGH), axis=-1)
    probability = np.stack([(spread < t).mean(axis=-1) for t in thresholds], axis=-1)
    known = {
        "distance": np.minimum.reduce(
            [to_lead.distance, to_gap, to_end, np.full(len(line), reach)]
        ),
        "mean": spread.mean(axis=-1),
        "sigma": spread.std(axis=-1),
        "low": low,
        "high": high,
        "lead_width": lead_width(leads, *corner, place, to_lead.line, to_lead.sample, reach),
        "lead_fraction": _fraction(corridor, place, offset, footprint, heading),
        "inside": (spread == 0.0).mean(axis=-1),
    }
    nearest = np.minimum(to_lead.distance, reach)
    return Labels(
        imaged=imaged,
        **{name: np.where(imaged, values, np.nan) for name, values in known.items()},
        probability=np.where(imaged[:, None], probability, np.nan),
        beyond_reach=imaged & np.isinf(to_lead.distance),
        end_nearer=imaged & (to_end < nearest),
        gap_nearer=imaged & (to_gap < nearest),
    )


def _distance_to_end(geolocation: Geolocation, place: Place) -> np.ndarray:
    """Return how far places inside an image are from its end [m on the ground]."""
    lines, samples = geolocation.grid_line[-1], geolocation.grid_sample[-1]
    to_line = np.minimum(place.line, lines - place.line) + 0.5
    to_sample = np.minimum(place.sample, samples - place.sample) + 0.5
    return np.minimum(to_line * place.spacing[:, 0], to_sample * place.spacing[:, 1])


def _scattered(place: Place, covariance: np.ndarray) -> np.ndarray:
    """Return, (n, POSITION_POINTS, 2), lines and samples to points that stand for each place.

    Radii lie at the quantiles of the distribution, each a golden angle on from the last.
    """
    rank = np.arange(POSITION_POINTS)
    radius = np.sqrt(-2.0 * np.log1p(-(rank + 0.5) / POSITION_POINTS))
    turn = rank * GOLDEN_ANGLE
    standard = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=-1)
    return standard @ np.swapaxes(place.to_image @ np.linalg.cholesky(covariance), -1, -2)


def _spread(corridor: Corridor, place: Place, offset: np.ndarray, reach: float) -> np.ndarray:
    """Return distances (n, points) to the closest lead from where places may be [m]."""
    line = place.line[:, None] + offset[..., 0]
    sample = place.sample[:, None] + offset[..., 1]
    distance = np.empty(line.shape)
    corner = (corridor.first_line, corridor.first_sample)
    for i, level in enumerate(corridor.levels):
        turn = slice(i, None, len(corridor.levels))
        mask = build(lead_mask(corridor, level))
        near = closest_pixels(mask, *corner, place, line[:, turn], sample[:, turn], reach)
        distance[:, turn] = near.distance
    return distance


def _fraction(
    corridor: Corridor,
    place: Place,
    offset: np.ndarray,
    footprint: Footprint | None,
    heading: np.ndarray | None,
) -> np.ndarray:
    """Return the expected lead fraction of footprints (n,); nan without any."""
    if footprint is None or heading is None:
        return np.full(place.line.size, np.nan)
    known = np.isfinite(heading) | (not footprint.strip)
    ground = spread_over(footprint, np.where(np.isfinite(heading), heading, 0.0))
    points = ground @ np.swapaxes(place.to_image, -1, -2)
    line = place.line[:, None] + offset[..., 0] - corridor.first_line
    sample = place.sample[:, None] + offset[..., 1] - corridor.first_sample
    share = lead_fraction(corridor.state, lead_share(corridor), line, sample, points)
    return np.where(known, share, np.nan)
