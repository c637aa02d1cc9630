"""What a run would cost, before it is begun."""

from pathlib import Path
from typing import NamedTuple

from .plan import Plan

#: Time to open a full EW scene, and to label one track in it, on one core [s] (assumed).
SECONDS_A_SCENE, SECONDS_A_PAIR = 2.0, 10.0

#: Time to follow the ice between two full EW scenes on one core [s] (assumed).
SECONDS_A_DRIFT = 60.0


class Estimate(NamedTuple):
    """What a run would read, and how long it might take."""

    scenes: int
    pairs: int
    drift_pairs: int  #: of scenes between which the ice would be followed
    bytes_at_most: int  #: sizes of all scenes and tracks that meet; only corridors are read
    minutes: float  #: a rough guess


def estimate(plan: Plan, workers: int) -> Estimate:
    """Return what a plan costs with so many workers."""
    pairs = {pair for task in plan.scenes for pair in task.pairs}
    files = {path for task in plan.scenes for path in (task.path, *task.tracks)}
    seconds = (
        SECONDS_A_SCENE * len(plan.scenes)
        + SECONDS_A_PAIR * len(plan.meetings)
        + SECONDS_A_DRIFT * len(pairs)
    )
    size = sum(map(_size, files))
    return Estimate(
        len(plan.scenes), len(plan.meetings), len(pairs), size, seconds / workers / 60.0
    )


def _size(path: Path) -> int:
    """Return the size of a file, or of all files of a product folder [byte]."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size if path.is_file() else 0
