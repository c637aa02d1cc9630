"""How well distances to the closest lead, and their intervals, agree with what was there.

As in ``scores``: sums over rows, kept per block, and scores that follow from them.
"""

from typing import NamedTuple

import numpy as np

from ...collocate.footprint import EARTH_RADIUS, RADARS
from .scores import ratio, sums_by_block

#: Distances are compared in the logarithm of 1 + d / ``SCALE``, as the network learns them.
SCALE = 500.0  # m
RANGE_NOISE = 0.05  # m, of one echo's range, which sets the physical floor (assumed)
#: Where errors are compared with it [m]: nearer it exceeds the distance, farther the echo ends.
COMPARED_BETWEEN = (700.0, 4000.0)
#: Edges of standardised errors; the interval's ends -1 and 1 are two of them and belong inside.
_STEPS = np.round(np.arange(-4.0, 4.0 + 1e-9, 0.05), 2)
EDGES = np.where(_STEPS == 1.0, np.nextafter(1.0, 2.0), _STEPS)
#: Edges of error over floor, by 2 %, of which the median is read.
RATIO_EDGES = np.exp(np.arange(np.log(1e-3), np.log(1e4), 0.02))
#: Median of |x| of a standard normal variable.
NORMAL_MEDIAN = 0.6744897501960817

#: Score -> its meaning.
DISTANCE_SCORES = {
    "bias_m": "mean error, positive where leads are closer than said",
    "mae_m": "mean of the error's size",
    "rmse_m": "root mean square error",
    "rmse_over_floor": "from 0.7 to 4 km: rmse over the root mean square of the physical floor",
    "median_over_floor": "from 0.7 to 4 km: median of error over floor, 1 for a normal error as "
    "large as the floor",
    "coverage": "share of truths inside the 68 % interval, censored ones by Kaplan and Meier",
    "interval_m": "mean length of the 68 % interval",
}


class DistanceSums(NamedTuple):
    """What the scores of a distance follow from; the first axis is that of blocks."""

    weight: np.ndarray  #: (...,) of rows whose distance is known
    error: np.ndarray  #: (...,)
    absolute: np.ndarray  #: (...,)
    squared: np.ndarray  #: (...,)
    squared_compared: np.ndarray  #: (...,) of rows that are compared with the floor
    floor: np.ndarray  #: (...,) squares of the physical floor of these
    over_floor: np.ndarray  #: (..., len(RATIO_EDGES) + 1) weight of these by |error| / floor
    known: np.ndarray  #: (..., len(EDGES) + 1) weight by standardised error, distance known
    censored: np.ndarray  #: (..., len(EDGES) + 1) the same where it is a lower bound
    length: np.ndarray  #: (...,) of intervals, all rows


def physical_floor(distance: np.ndarray, mission: np.ndarray) -> np.ndarray:
    """Return the error of distance [m] that the noise of range alone makes.

    A lead at distance d lies alpha d^2 / (2 h) behind the ice in range, alpha = 1 + h / R, so
    that sigma_d = h sigma_r / (alpha d); infinite at no distance.

    Parameters
    ----------
    distance : array (n,), float [m]
    mission : array (n,), str
        Codes of ``collocate.footprint.RADARS``; nan for others.
    """
    altitude = np.full(mission.shape, np.nan)
    for name, radar in RADARS.items():
        altitude[mission == name] = radar.altitude
    alpha = 1.0 + altitude / EARTH_RADIUS
    with np.errstate(divide="ignore"):
        return np.asarray(altitude * RANGE_NOISE / (alpha * distance))


def standardised(
    distance: np.ndarray, middle: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Return by how many standard deviations distances lie above the middle of their intervals.

    -1 and 1 are the ends of the 68 % interval; between and beyond them it is counted in the
    logarithm of 1 + d / ``SCALE``, on either side by its own half of the interval.
    """
    at, centre, below, above = (np.log1p(d / SCALE) for d in (distance, middle, low, high))
    half = np.where(at < centre, centre - below, above - centre)
    off = at - centre
    # An end is compared as it stands, since rounding would put it in or out by chance.
    inside = (distance >= low) & (distance <= high)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(off == 0.0, 0.0, off / half)
    outside = np.where(
        distance < low, np.minimum(value, -1.0 - 1e-9), np.maximum(value, 1.0 + 1e-9)
    )
    return np.where(inside, np.clip(value, -1.0, 1.0), outside)


def distance_sums(
    predicted: tuple[np.ndarray, np.ndarray, np.ndarray],
    distance: np.ndarray,
    censored: np.ndarray,
    mission: np.ndarray,
    weight: np.ndarray | None = None,
    block: np.ndarray | None = None,
) -> DistanceSums:
    """Return sums over the rows of each block.

    Parameters
    ----------
    predicted : three arrays (n,), float [m]
        Distances, and the lower and upper ends of their 68 % intervals; none missing.
    distance : array (n,), float [m]
        What was there; none missing.
    censored : array (n,), bool
        True where that is only a lower bound.
    mission : array (n,), str
    weight, block
        As in ``scores.lead_sums``.
    """
    middle, low, high = predicted
    weight = np.ones(distance.size) if weight is None else np.asarray(weight, dtype=np.float64)
    block = np.zeros(distance.size, np.int64) if block is None else block
    count = int(block.max(initial=0)) + 1
    known = np.where(censored, 0.0, weight)
    error = middle - distance
    floor = physical_floor(distance, mission)
    over = np.searchsorted(RATIO_EDGES, ratio(np.abs(error), floor), side="right")
    near, far = COMPARED_BETWEEN
    compared = known * (np.isfinite(floor) & (distance >= near) & (distance <= far))
    place = np.searchsorted(EDGES, standardised(distance, middle, low, high), side="right")
    steps = EDGES.size + 1
    return DistanceSums(
        weight=np.bincount(block, known, count),
        error=np.bincount(block, known * error, count),
        absolute=np.bincount(block, known * np.abs(error), count),
        squared=np.bincount(block, known * error**2, count),
        squared_compared=np.bincount(block, compared * error**2, count),
        floor=np.bincount(block, compared * np.where(compared > 0.0, floor, 0.0) ** 2, count),
        over_floor=sums_by_block(over, compared, block, count, RATIO_EDGES.size + 1),
        known=sums_by_block(place, known, block, count, steps),
        censored=sums_by_block(place, weight - known, block, count, steps),
        length=np.bincount(block, weight * (high - low), count),
    )


def distance_scores(sums: DistanceSums) -> dict[str, np.ndarray]:
    """Return the scores of ``DISTANCE_SCORES``, of the sums' leading shape; nan where none."""
    return {
        "bias_m": ratio(sums.error, sums.weight),
        "mae_m": ratio(sums.absolute, sums.weight),
        "rmse_m": np.sqrt(ratio(sums.squared, sums.weight)),
        "rmse_over_floor": np.sqrt(ratio(sums.squared_compared, sums.floor)),
        "median_over_floor": _median_ratio(sums.over_floor) / NORMAL_MEDIAN,
        "coverage": coverage(sums.known, sums.censored),
        "interval_m": ratio(sums.length, sums.known.sum(-1) + sums.censored.sum(-1)),
    }


def coverage(known: np.ndarray, censored: np.ndarray) -> np.ndarray:
    """Return the share of truths inside their 68 % interval.

    The distribution of standardised errors is that of Kaplan and Meier (1958, eq. 2b), which
    takes a lower bound for no more than that; without bounds it is the plain share.

    Parameters
    ----------
    known, censored : array (..., k), float
        Weights by bin of ``EDGES``.
    """
    both = known + censored
    at_risk = np.cumsum(both[..., ::-1], axis=-1)[..., ::-1]
    passed = 1.0 - np.where(at_risk > 0.0, ratio(known, at_risk), 0.0)
    survival = np.cumprod(passed, axis=-1)  # of the upper edge of each bin
    low, high = (int(np.flatnonzero(end == _STEPS)[0]) for end in (-1.0, 1.0))
    share = survival[..., low] - survival[..., high]
    return np.where(both.sum(-1) > 0.0, share, np.nan)


def _median_ratio(weights: np.ndarray) -> np.ndarray:
    """Return the median (...) of values whose weights by bin of ``RATIO_EDGES`` are given."""
    share = ratio(np.cumsum(weights, axis=-1), weights.sum(-1, keepdims=True))
    place = np.argmax(share >= 0.5, axis=-1)
    middle = np.sqrt(RATIO_EDGES[1:] * RATIO_EDGES[:-1])
    value = np.concatenate([[0.0], middle, RATIO_EDGES[-1:]])[place]
    return np.where(np.isfinite(share[..., -1]), value, np.nan)
