"""Two scenes, followed once, for all scenes whose records their drift moves."""

from pathlib import Path
from typing import NamedTuple

from ..drift.pair.vectors import track_pair
from ..products.canonical_vectors import usable
from ..products.recognise import open_product
from ..products.vectors import write_vectors
from .output import put, read_json, staged, write_json
from .plan import PairTask


class Followed(NamedTuple):
    """What became of a pair of scenes."""

    first: str  #: ids of the scenes
    second: str
    hours: float  #: between the two
    vectors: int  #: that can be used
    reason: str  #: why there are none, "" where there are


def vectors_path(work: Path, pair: PairTask) -> Path:
    """Return where the vectors of a pair of scenes are kept while a run lasts."""
    return work / "drift" / f"{pair.first}-{pair.second}.nc"


def follow_pair(work: Path, threads: int, pair: PairTask) -> Followed:
    """Follow the ice between two scenes; keep its vectors, if any, and then what became of it.

    Raises
    ------
    OutputError
        If they cannot be written.
    """
    names = (pair.first, pair.second, pair.hours)
    path = vectors_path(work, pair)
    try:
        with open_product(pair.first_path) as a, open_product(pair.second_path) as b:
            vectors = track_pair(a, b, workers=threads)
    except ValueError as error:
        return _keep(work, pair, Followed(*names, 0, str(error)))
    count = int(usable(vectors).sum())
    if not count:
        reason = "the ice of the one was not found in the other"
        return _keep(work, pair, Followed(*names, 0, reason))
    with staged(work) as folder:
        write_vectors(vectors, folder / "vectors.nc")
        put(folder / "vectors.nc", path)
    return _keep(work, pair, Followed(*names, count, ""))


def not_followed(work: Path, pair: PairTask, reason: str) -> Followed:
    """Keep that a pair cannot be followed."""
    return _keep(work, pair, Followed(pair.first, pair.second, pair.hours, 0, reason))


def outcome_of(work: Path, pair: PairTask) -> Followed | None:
    """Return what became of a pair that is done, else None."""
    told = read_json(vectors_path(work, pair).with_suffix(".json"))
    if told is None or told.pop("stamp") != pair.stamp:
        return None
    return Followed(**told)


def _keep(work: Path, pair: PairTask, outcome: Followed) -> Followed:
    path = vectors_path(work, pair)
    if not outcome.vectors:
        path.unlink(missing_ok=True)
    write_json(work, path.with_suffix(".json"), outcome._asdict() | {"stamp": pair.stamp})
    return outcome
