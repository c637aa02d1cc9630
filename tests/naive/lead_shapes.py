"""Leads within footprints, and across leads, point by point."""

import numpy as np


def mean_share(state, share, points, least_seen):
    """Return the mean share of the pixels under points (k, 2), nan if too few are seen."""
    seen = []
    for line, sample in points:
        i, j = int(np.floor(line + 0.5)), int(np.floor(sample + 0.5))
        if 0 <= i < state.shape[0] and 0 <= j < state.shape[1] and state[i, j] != 0:
            seen.append(share[state[i, j]])
    return np.mean(seen) if len(seen) >= least_seen * len(points) else np.nan


def chord(mask, line, sample, step_line, step_sample, steps):
    """Return how many steps lead on within a mask from a point, ahead and back."""
    counts = []
    for sign in (1.0, -1.0):
        k = np.arange(1, steps + 1)
        i = np.floor(line + sign * k * step_line + 0.5).astype(int)
        j = np.floor(sample + sign * k * step_sample + 0.5).astype(int)
        inside = (i >= 0) & (i < mask.shape[0]) & (j >= 0) & (j < mask.shape[1])
        inside[inside] = mask[i[inside], j[inside]]
        counts.append(steps if inside.all() else int(np.argmin(inside)))
    return tuple(counts)
