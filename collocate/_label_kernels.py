"""Compiled loops of labels: leads within footprints, and across.

Arrays in, arrays out: no defaults, no checks.
"""

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def mean_share(
    state: np.ndarray,
    share: np.ndarray,
    line: np.ndarray,
    sample: np.ndarray,
    offset_line: np.ndarray,
    offset_sample: np.ndarray,
    least_seen: float,
    mean: np.ndarray,
) -> None:
    """Fill mean (n,) of the share of the pixels at points (n, k) moved by offsets (n, m).

    ``share`` (states,) is that of each state; state 0 is left out, and the mean is nan where
    fewer than ``least_seen`` of the points have another.
    """
    lines, samples = state.shape
    count = line.shape[1] * offset_line.shape[1]
    for n in range(line.shape[0]):
        seen, total = 0, 0.0
        for k in range(line.shape[1]):
            for m in range(offset_line.shape[1]):
                i = math.floor(line[n, k] + offset_line[n, m] + 0.5)
                j = math.floor(sample[n, k] + offset_sample[n, m] + 0.5)
                if 0 <= i < lines and 0 <= j < samples and state[i, j] != 0:
                    seen += 1
                    total += share[state[i, j]]
        mean[n] = total / seen if seen >= least_seen * count else math.nan


@njit(cache=True, nogil=True)
def chords(
    mask: np.ndarray,
    line: np.ndarray,
    sample: np.ndarray,
    step_line: np.ndarray,
    step_sample: np.ndarray,
    steps: int,
    ahead: np.ndarray,
    back: np.ndarray,
) -> None:
    """Fill ahead and back (n,) with how many steps lead on within a mask from points (n,).

    Steps end where the pixel is no longer in the mask, or the mask ends, or after ``steps``.
    """
    lines, samples = mask.shape
    for n in range(line.size):
        for sign in (1.0, -1.0):
            count = 0
            while count < steps:
                i = math.floor(line[n] + sign * (count + 1) * step_line[n] + 0.5)
                j = math.floor(sample[n] + sign * (count + 1) * step_sample[n] + 0.5)
                if not (0 <= i < lines and 0 <= j < samples and mask[i, j]):
                    break
                count += 1
            if sign > 0:
                ahead[n] = count
            else:
                back[n] = count
