"""Where KaRIn tells nothing: lines lost to the downlink and patches edited on the way."""

import numpy as np

LOST_RATE = 0.5 / 100e3  # 1/m, runs of lost lines along track (assumed)
LOST_LENGTH = 3_000.0  # m, their mean length (assumed)
EDITED_RATE = 1.0 / 100e3  # 1/m, patches along track (assumed)
EDITED_RADIUS = 1_500.0  # m, their mean radius (assumed)
REACH = 60_000.0  # m, across track
_STREAM = 11


def missing_cells(along: np.ndarray, across: np.ndarray, seed: int) -> np.ndarray:
    """Return which cells of a pass are missing, bool (lines, pixels).

    Runs of lines are lost on the left side, on the right one or on both, alike often; patches
    are discs.  Their numbers are Poisson's, their sizes exponential.

    Parameters
    ----------
    along : array (lines,)
        Distance along track, increasing [m].
    across : array (pixels,)
        Distance across track, negative on the left [m].
    seed : int
        Of the pass.
    """
    rng = np.random.default_rng([seed, _STREAM])
    missing = np.zeros((along.size, across.size), dtype=bool)
    length = along[-1] - along[0]
    for _ in range(rng.poisson(LOST_RATE * length)):
        start, stop = along[0] + rng.random() * length + [0.0, rng.exponential(LOST_LENGTH)]
        side = (across < 0.0, across > 0.0, np.ones(across.shape, dtype=bool))[rng.integers(3)]
        missing |= ((along >= start) & (along < stop))[:, None] & side
    for _ in range(rng.poisson(EDITED_RATE * length)):
        middle = along[0] + rng.random() * length, REACH * (2.0 * rng.random() - 1.0)
        distance = np.hypot(along[:, None] - middle[0], across - middle[1])
        missing |= distance < rng.exponential(EDITED_RADIUS)
    return missing
