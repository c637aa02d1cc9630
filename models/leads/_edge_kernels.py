"""Compiled loops that move the edges of leads; ``edges.py`` checks, these trust it."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def move_edges(
    probability: np.ndarray,
    level: np.ndarray,
    threshold: float,
    lead_reach: int,
    ice_reach: int,
    least_ratio: float,
) -> np.ndarray:
    """Return probability (lines, samples) float32 with the edges of leads moved by up to a pixel.

    level (lines, samples) float32: linear backscatter.  A lead's level is the mean of the more
    extreme half of its pixels within lead_reach, the ice's that of pixels below half the
    threshold within ice_reach.  A pixel that touches a lead and is at least half way from ice to
    lead gets the highest probability it touches; a lead pixel less than half way the share of it.
    Where the levels differ by less than least_ratio nothing moves.
    """
    lines, samples = probability.shape
    moved = probability.copy()
    for i in range(lines):
        for j in range(samples):
            highest = np.float32(0.0)
            for a in range(max(0, i - 1), min(lines, i + 2)):
                for b in range(max(0, j - 1), min(samples, j + 2)):
                    near = probability[a, b]
                    if near >= threshold and near > highest:
                        highest = near
            if highest == 0.0 or np.isnan(level[i, j]) or np.isnan(probability[i, j]):
                continue
            ice = mean_below(probability, level, 0.5 * threshold, i, j, ice_reach)
            lead = mean_beyond(probability, level, threshold, ice, i, j, lead_reach)
            if np.isnan(ice) or ice < lead * least_ratio < ice * least_ratio**2:
                continue
            share = (level[i, j] - ice) / (lead - ice)
            if share >= 0.5:
                moved[i, j] = highest
            elif probability[i, j] >= threshold:
                moved[i, j] = highest * max(share, 0.0)
    return moved


@njit(cache=True, nogil=True)
def mean_below(
    probability: np.ndarray, level: np.ndarray, limit: float, i: int, j: int, reach: int
) -> float:
    """Return the mean level of pixels with a probability below limit around one; nan without."""
    total, count = 0.0, 0
    for a in range(max(0, i - reach), min(probability.shape[0], i + reach + 1)):
        for b in range(max(0, j - reach), min(probability.shape[1], j + reach + 1)):
            if probability[a, b] < limit and level[a, b] == level[a, b]:
                total += np.float64(level[a, b])
                count += 1
    return total / count if count > 0 else np.nan


@njit(cache=True, nogil=True)
def mean_beyond(
    probability: np.ndarray,
    level: np.ndarray,
    limit: float,
    ice: float,
    i: int,
    j: int,
    reach: int,
) -> float:
    """Return the mean level of those lead pixels that lie further from ice than their mean."""
    total, count = 0.0, 0
    far_total, far_count = 0.0, 0
    for again in range(2):
        mean = total / count if again else 0.0
        for a in range(max(0, i - reach), min(probability.shape[0], i + reach + 1)):
            for b in range(max(0, j - reach), min(probability.shape[1], j + reach + 1)):
                if probability[a, b] >= limit and level[a, b] == level[a, b]:
                    if not again:
                        total += np.float64(level[a, b])
                        count += 1
                    elif (level[a, b] <= mean) == (mean < ice):
                        far_total += np.float64(level[a, b])
                        far_count += 1
    return far_total / far_count if far_count > 0 else mean
