"""The drift that takes tracks and scenes to the target time, from what the user named."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import xarray as xr

from ...collocate.drift_choice import DriftChoice, files_around, open_source
from ...drift.displacement import Drift
from ...drift.field import combined_drift, pair_drift
from ...drift.pair.vectors import PairSettings, track_pair
from ...products.canonical_vectors import usable
from .covariates import middle_time

#: Pairs of scenes further apart show ice that has changed; closer, errors as large as the motion.
LONGEST, SHORTEST = np.timedelta64(3 * 86_400, "s"), np.timedelta64(1_800, "s")
#: Of the grid of vectors [m]: the drift is wanted everywhere, at the scale of cells.
PAIRS = PairSettings(spacing_m=5_000.0)


def chosen_drift(
    choice: DriftChoice,
    scenes: Sequence[xr.Dataset],
    begin: np.datetime64,
    end: np.datetime64,
    workers: int,
) -> tuple[Drift, str]:
    """Return the drift between two times, and in words where it comes from.

    Parameters
    ----------
    choice : DriftChoice
        With ``auto``, pairs of the scenes are followed, and merged with what else is named.
    scenes : sequence of dataset
    begin, end : datetime64
        The first and the last time that motion is wanted of.
    workers : int
        Threads.
    """
    named = open_source(files_around(choice, begin, end))
    if not choice.auto:
        return named.drift, choice.description
    followed = _followed(scenes, workers)
    drifts = [pair_drift([vectors]) for vectors in followed]
    words = [f"{v.attrs['first_scene']} to {v.attrs['second_scene']}" for v in followed]
    if choice.description != "none" or not drifts:
        drifts.append(named.drift)
        words.append(choice.description)
    drift = combined_drift(drifts) if len(drifts) > 1 else drifts[0]
    return drift, "; ".join(["auto", *words])


def _followed(scenes: Sequence[xr.Dataset], workers: int) -> list[xr.Dataset]:
    """Return the vectors of every pair of scenes that saw the same ice."""
    found = []
    for first, second in combinations(sorted(scenes, key=middle_time), 2):
        lag = middle_time(second) - middle_time(first)
        if not SHORTEST <= lag <= LONGEST:
            continue
        try:
            vectors = track_pair(first, second, PAIRS, workers=workers)
        except ValueError:  # they do not overlap, or share no polarisation: no pair
            continue
        if usable(vectors).any():
            found.append(vectors)
    return found
