"""Tracks and scenes on disk in, a dataset of labelled altimeter records out."""

import os
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from .catalogue import Failure
from .corridor import LeadFinder
from .drift_choice import choose_drift, in_words
from .executors import Runner, WorkerLost, workers_of
from .output import checksum, put, staged
from .pair import Collocating
from .pair_task import follow_pair, not_followed, outcome_of
from .plan import Plan, SceneTask, digest_of, find, make_plan
from .progress import Progress, Watch, unwatched
from .resume import Place, Shard, abandon, begin, claimed, complete, finished, last, place_of
from .scene_task import Job, Note, collocate_scene, described, given_up, note_of
from .table import FLAGS, column_names, write_table

T = TypeVar("T")
Paths = str | Path | Iterable[str | Path]

#: The part of a dataset without any record.
NOTHING = "collocations.parquet"


def run(
    tracks: Paths,
    scenes: Paths | None,
    out: str | Path,
    *,
    drift: str = "none",
    how: Collocating | None = None,
    leads: LeadFinder | None = None,
    workers: int | None = None,
    dask: str | None = None,
    shard: tuple[int, int] | None = None,
    watch: Watch = unwatched,
) -> dict[str, Any]:
    """Collocate what some paths hold, as ``iceco collocate`` does.

    An interrupted run goes on where it was when it is started again; a dataset that is there and
    whole is left as it is, and one made otherwise is replaced.

    Parameters
    ----------
    tracks, scenes : path or iterable of paths
        Products, folders of products, or catalogues of ``iceco catalog``.  Without scenes, the
        catalogues or folders hold both.
    out : path
        Folder for the dataset (``docs/collocations.md``).  It appears when it is whole; until
        then it grows in ``<out>.partial``.
    drift : str
        As ``iceco collocate --drift``: a path, "DX,DY" [m], "none", or "auto" and one of these.
    how : Collocating, optional
    leads : LeadFinder, optional
        By default the one that needs no training.  Other processes must be able to import it.
    workers : int, optional
        Processes; by default as many as there are cores.
    dask : str, optional
        Address of a Dask scheduler to use instead; all its workers must see the same files.
    shard : (number, count), optional
        Do only this share of the scenes, number from 1 to count; the last share to be done
        completes the dataset.
    watch : function, optional
        Is told how far the run is (``collocate.progress``).

    Returns
    -------
    dict
        The summary that the dataset keeps in ``_collocations.json``, and ``complete``; if that
        is false, only ``scenes`` and ``scenes_done``.

    Raises
    ------
    ValueError
        If an input named itself cannot be used, no scene can, ``out`` holds something else or
        cannot be written, or another run is writing it.
    """
    how = how or Collocating()
    share = _share(shard)
    plan = plan_of(tracks, scenes, drift, how, watch)
    place = place_of(Path(out))
    job = Job(place.folder, place.work, how, leads or _threshold_leads(), plan.drift)
    digest = digest_of([described(job), plan.digest])
    whole = finished(place, digest)
    if whole is None:
        with workers_of(workers, dask) as work, claimed(place, share):
            begin(place, described(job))
            tasks = [task for task in plan.scenes if share is None or _falls_to(task, share)]
            _follow(job, tasks, work, _threads(workers, dask), watch)
            _collocate(job, tasks, work, watch)
            whole = _complete(job, plan, place, digest) if share is None else None
    if whole is None:
        with last(place) as alone:
            whole = _complete(job, plan, place, digest) if alone else finished(place, digest)
    if whole is None:
        done = sum(note_of(job, task) is not None for task in plan.scenes)
        return {"complete": False, "scenes": len(plan.scenes), "scenes_done": done}
    return whole | {"complete": True}


def plan_of(
    tracks: Paths, scenes: Paths | None, drift: str, how: Collocating, watch: Watch = unwatched
) -> Plan:
    """Return what ``run`` would have to do; raises as it does."""
    choice = choose_drift(drift)
    with watch("reading tracks") as progress:
        found_tracks = find(_paths(tracks), "track", progress)
    with watch("reading scenes") as progress:
        found_scenes = find(_paths(tracks if scenes is None else scenes), "scene", progress)
    if scenes is None and found_scenes.entries.empty:
        raise ValueError(f"{', '.join(map(str, _paths(tracks)))}: holds no SAR scene; name some")
    return make_plan(found_tracks, found_scenes, choice, how.max_lag)


def _paths(named: Paths) -> list[Path]:
    return [Path(named)] if isinstance(named, str | Path) else [Path(path) for path in named]


def _share(shard: tuple[int, int] | None) -> Shard | None:
    if shard is None:
        return None
    number, count = shard
    if not 1 <= number <= count:
        raise ValueError(f"a shard is one of 1 to their count, got {number} of {count}")
    return Shard(number, count)


def _falls_to(task: SceneTask, share: Shard) -> bool:
    """Tell whether a scene is in a share: by its name, so that it is always the same."""
    return int(digest_of(task.scene)[:12], 16) % share.total == share.number - 1


def _threshold_leads() -> LeadFinder:
    """Return the default lead finder: named, not imported, since models build on collocation."""
    return import_module("iceco.models.leads.finder").threshold_leads()


def _threads(workers: int | None, dask: str | None) -> int:
    """Return how many cores there are for tasks that are fewer; those of a cluster have one."""
    return 1 if dask is not None else workers or len(os.sched_getaffinity(0))


def _follow(job: Job, tasks: list[SceneTask], work: Runner, cores: int, watch: Watch) -> None:
    """Follow the ice between all pairs of scenes that some tasks need."""
    pairs = list(dict.fromkeys(pair for task in tasks for pair in task.pairs))
    to_do = [pair for pair in pairs if outcome_of(job.work, pair) is None]
    function = partial(follow_pair, job.work, max(1, cores // max(1, len(to_do))))
    with watch("following the ice") as progress:
        for pair, outcome in _counted(work(function, to_do), len(to_do), len(pairs), progress):
            if isinstance(outcome, WorkerLost):
                not_followed(job.work, pair, outcome.reason)


def _collocate(job: Job, tasks: list[SceneTask], work: Runner, watch: Watch) -> None:
    """Do the scenes that are not done."""
    to_do = [task for task in tasks if note_of(job, task) is None]
    function = partial(collocate_scene, job)
    with watch("collocating") as progress:
        for task, note in _counted(work(function, to_do), len(to_do), len(tasks), progress):
            if isinstance(note, WorkerLost):
                given_up(job, task, note.reason)


def _counted(
    results: Generator[T, None, None], to_do: int, total: int, progress: Progress
) -> Iterator[T]:
    """Give results as they come, and tell how many of all are done."""
    with closing(results):
        progress(total - to_do, total)
        for done, result in enumerate(results, start=total - to_do + 1):
            yield result
            progress(done, total)


def _complete(job: Job, plan: Plan, place: Place, digest: str) -> dict[str, Any] | None:
    """Complete a dataset whose scenes are all done, and return its summary; else None.

    Raises
    ------
    ValueError
        If not one scene could be used.
    """
    notes = list(_done(note_of(job, task) for task in plan.scenes))
    if len(notes) < len(plan.scenes):
        return None
    records = sum(note.records for note in notes)
    if notes and not records and all(note.failures for note in notes):
        abandon(place)
        raise ValueError(notes[0].failures[0][1])
    summary = described(job) | _summary(job, plan, notes) | {"plan": digest}
    parts = {name for note in notes for name in note.parts}
    if not records:
        parts = {NOTHING}
        _write_nothing(job)
    complete(place, parts, summary["failures"], summary)
    return summary


def _done(outcomes: Iterable[T | None]) -> Iterator[T]:
    return (outcome for outcome in outcomes if outcome is not None)


def _summary(job: Job, plan: Plan, notes: list[Note]) -> dict[str, Any]:
    """Return what a dataset tells of how it came about."""
    flags = Counter(dict.fromkeys(FLAGS.values(), 0))
    inputs = {str(path): checksum(path) for path in plan.drift.inputs if notes}
    for note in notes:
        flags.update(note.flags)
        inputs |= note.inputs
    told = [note.failures for note in notes]
    failures = dict.fromkeys([*plan.failures, *(Failure(*f) for some in told for f in some)])
    pairs = dict.fromkeys(pair for task in plan.scenes for pair in task.pairs)
    outcomes = list(_done(outcome_of(job.work, pair) for pair in pairs))
    shown = [(pair.first, pair.second) for pair in outcomes if pair.vectors]
    in_pairs = {scene for pair in shown for scene in pair}
    auto = {
        "drift_pairs": [pair._asdict() for pair in outcomes],
        "scenes_without_drift": [t.scene for t in plan.scenes if t.scene not in in_pairs],
    }
    return {
        "drift": in_words(plan.drift, shown),
        "inputs": dict(sorted(inputs.items())),
        "candidate_pairs": len(plan.meetings),
        "pairs_with_records": sum(note.meetings for note in notes),
        "records": sum(note.records for note in notes),
        "records_flagged": dict(flags),
        "failures": [failure._asdict() for failure in failures],
    } | (auto if plan.drift.auto else {})


def _write_nothing(job: Job) -> None:
    """Write a part without any record, so that a dataset always has its columns."""
    distances = job.how.lead_distances_m
    nothing = {name: np.array([], dtype=object) for name in column_names(distances)}
    with staged(job.work) as folder:
        write_table(folder / NOTHING, nothing, None, distances, described(job))
        put(folder / NOTHING, job.folder / NOTHING)
