"""One scene with all its tracks: from files to the parts of the dataset that it fills."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from .. import __version__
from ..products.recognise import open_product
from .catalogue import Failure
from .corridor import LeadFinder
from .drift_choice import DriftChoice, DriftFiles, in_words, open_source
from .output import Stamp, checksum, put, read_json, staged, stamp, write_json
from .pair import Collocating, collocate_tracks
from .pair_task import vectors_path
from .plan import PairTask, SceneTask
from .table import FLAGS, count_flags, write_table

Columns = dict[str, np.ndarray]

#: The NetCDF library is not safe in threads, of which a Dask worker may have several.
ONE_AT_A_TIME = threading.Lock()


class Job(NamedTuple):
    """What all tasks of a run have in common."""

    folder: Path  #: where the parts go
    work: Path  #: where notes and vectors are kept while the run lasts
    how: Collocating
    leads: LeadFinder
    drift: DriftChoice


class Note(NamedTuple):
    """What became of a scene; kept in a file, so that a later run need not do it again."""

    stamp: str  #: of the task that was done
    parts: dict[str, int]  #: path below the dataset's folder -> size [byte]
    records: int
    flags: dict[str, int]  #: reason -> records
    meetings: int  #: tracks with records in the scene
    inputs: dict[str, str]  #: file -> checksum
    failures: list[list[str]]  #: file and reason


def collocate_scene(job: Job, task: SceneTask) -> Note:
    """Write the parts of the dataset that one scene fills, and then its note.

    What cannot be read is told in the note.

    Raises
    ------
    OutputError
        If they cannot be written.
    """
    with ONE_AT_A_TIME:
        files, pairs = _drift(job, task)
        found, failures = _records(job, task, files)
        inputs = _checksums(task, pairs) if found else {}
        parts = dict(_parts(found, task.scene))
        words = in_words(job.drift, ((pair.first, pair.second) for pair in pairs))
        sizes = _write(job, parts, words, inputs)
    flags = Counter(dict.fromkeys(FLAGS.values(), 0))
    for part in parts.values():
        flags.update(count_flags(part["quality_flag"]))
    records = sum(len(part["record"]) for part in parts.values())
    told = [list(failure) for failure in failures]
    note = Note(task.stamp, sizes, records, dict(flags), len(found), inputs, told)
    keep_note(job.work, task.scene, note)
    return note


def given_up(job: Job, task: SceneTask, reason: str) -> Note:
    """Keep the note of a scene that cannot be done."""
    note = Note(task.stamp, {}, 0, {}, 0, {}, [[str(task.path), f"{task.path}: {reason}"]])
    keep_note(job.work, task.scene, note)
    return note


def keep_note(work: Path, scene: str, note: Note) -> None:
    """Write the note of a scene."""
    write_json(work, work / "scenes" / f"{scene}.json", note._asdict())


def note_of(job: Job, task: SceneTask) -> Note | None:
    """Return the note of a scene that is done and whose parts are there, else None."""
    told = read_json(job.work / "scenes" / f"{task.scene}.json")
    if told is None or told["stamp"] != task.stamp:
        return None
    for name, size in told["parts"].items():
        path = job.folder / name
        if not path.is_file() or path.stat().st_size != size:
            return None
    return Note(**told)


def _drift(job: Job, task: SceneTask) -> tuple[DriftFiles, list[PairTask]]:
    """Return the drift of a scene, and those of its pairs that showed any."""
    pairs = [pair for pair in task.pairs if vectors_path(job.work, pair).exists()]
    files = task.drift._replace(pairs=tuple(vectors_path(job.work, pair) for pair in pairs))
    return files, pairs


def _records(job: Job, task: SceneTask, files: DriftFiles) -> tuple[list[Columns], list[Failure]]:
    """Return the records of each track that has any in a scene, and what could not be read."""
    found: list[Columns] = []
    failures: list[Failure] = []
    path = task.path
    try:
        source = open_source(files)
        with open_product(path) as scene:
            _require_image(scene, path)
            tracks = []
            for track in task.tracks:
                try:
                    tracks.append(_open_track(stamp(track)))
                except ValueError as error:
                    failures.append(Failure(str(track), str(error)))
            columns = collocate_tracks(tracks, scene, source, job.leads, job.how)
            found = [of_track for of_track in columns if of_track]
    except Exception as error:  # whatever it is, one scene must not stop ten thousand
        return [], [*failures, Failure(str(path), _reason(error, path))]
    return found, failures


@lru_cache(maxsize=4)
def _open_track(file: Stamp) -> xr.Dataset:
    """Open a track; the next scene in time most often meets it again."""
    return open_product(file[0])


@lru_cache(maxsize=256)
def _checksum(file: Stamp) -> str:
    return checksum(Path(file[0]))


def _checksums(task: SceneTask, pairs: list[PairTask]) -> dict[str, str]:
    of_pairs = (path for pair in pairs for path in (pair.first_path, pair.second_path))
    files = dict.fromkeys([task.path, *task.tracks, *of_pairs])
    return {str(path): _checksum(stamp(path)) for path in files if path.exists()}


def _reason(error: Exception, path: Path) -> str:
    """Return why a scene could not be done, in one line."""
    if isinstance(error, ValueError):
        return str(error)
    if isinstance(error, OSError):
        return f"{path}: cannot be read ({error.strerror or error})"
    return f"{path}: internal error ({type(error).__name__}: {error}); report it"


def _require_image(scene: xr.Dataset, path: Path) -> None:
    if not any(str(name).startswith("sigma0_") for name in scene.data_vars):
        raise ValueError(f"{path}: holds no image to look for leads in (measurement missing)")


def _parts(found: list[Columns], scene: str) -> Iterator[tuple[str, Columns]]:
    """Give the records of one scene as one set of columns a kind of echo and month."""
    kinds: dict[str, list[Columns]] = {}
    for columns in found:
        kinds.setdefault(str(columns["kind"][0]), []).append(columns)
    for kind, parts in sorted(kinds.items()):
        mission, echo = kind.split("_", 1)
        columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        months = columns["time"].astype("datetime64[M]")
        for month in np.unique(months):
            place = f"mission={mission}/echo={echo}/month={month}/{scene}.parquet"
            yield place, {name: values[months == month] for name, values in columns.items()}


def _write(
    job: Job, parts: dict[str, Columns], drift: str, inputs: dict[str, str]
) -> dict[str, int]:
    """Write the parts; return the size of each [byte]."""
    provenance = described(job) | {"drift": drift, "inputs": inputs}
    sizes = {}
    with staged(job.work) as folder:
        for place, part in parts.items():
            file = folder / "part.parquet"
            write_table(file, part, part.get("waveform"), job.how.lead_distances_m, provenance)
            sizes[place] = file.stat().st_size
            put(file, job.folder / place)
    return sizes


def described(job: Job) -> dict[str, Any]:
    """Return what decides how everything of a run is made, as JSON has it."""
    return {
        "iceco_version": __version__,
        "options": json.loads(json.dumps(asdict(job.how))),
        "leads": job.leads.description,
        "drift": in_words(job.drift, ()),
    }
