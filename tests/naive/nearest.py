"""The closest pixel of a mask, every one tried."""

import numpy as np


def nearest_of_all(
    mask: np.ndarray,
    line: np.ndarray,
    sample: np.ndarray,
    line_spacing: float,
    sample_spacing: float,
    reach: float,
) -> np.ndarray:
    """Return the distance, line and sample (3, n) of the closest point of a mask's pixels."""
    i, j = np.nonzero(mask)
    answers = np.tile([np.inf, np.nan, np.nan], (line.size, 1))
    for answer, p, q in zip(answers, line, sample, strict=True):
        if not (np.isfinite(p) and np.isfinite(q)):
            answer[0] = np.nan
            continue
        foot_line, foot_sample = np.clip(p, i - 0.5, i + 0.5), np.clip(q, j - 0.5, j + 0.5)
        distance = np.sqrt(
            ((foot_line - p) * line_spacing) ** 2 + ((foot_sample - q) * sample_spacing) ** 2
        )
        order = np.lexsort([foot_sample, foot_line, distance])
        if order.size and distance[order[0]] <= reach:
            answer[:] = distance[order[0]], foot_line[order[0]], foot_sample[order[0]]
    return answers.T
