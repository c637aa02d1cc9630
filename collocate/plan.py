"""What a run has to do: one task a scene, and the pairs of scenes to follow before."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .archive import gather, is_product
from .catalogue import Catalogue, Failure
from .drift_choice import DriftChoice, DriftFiles, files_around
from .matching import Pairs, match
from .output import stamp
from .progress import Progress, silent
from .scene_pairs import scene_pairs


class PairTask(NamedTuple):
    """Two scenes between which the ice is to be followed."""

    first: str  #: id of the earlier scene
    second: str
    first_path: Path
    second_path: Path
    hours: float  #: between the two
    stamp: str  #: changes when a scene does


class SceneTask(NamedTuple):
    """One scene, and all tracks that may meet it."""

    scene: str  #: its id
    path: Path
    tracks: tuple[Path, ...]  #: in order of time
    pairs: tuple[PairTask, ...]  #: whose drift it needs
    drift: DriftFiles  #: the rest of the drift
    stamp: str  #: changes when any of these files does


class Plan(NamedTuple):
    """All that a run has to do."""

    scenes: list[SceneTask]  #: sorted by id
    meetings: list[tuple[str, str]]  #: ids of scene and track that may meet
    drift: DriftChoice
    failures: list[Failure]  #: what could not be used so far
    digest: str  #: changes when anything of this does


def find(paths: Iterable[Path], kind: str, progress: Progress = silent) -> Catalogue:
    """Return the catalogue rows of one kind among products, folders and catalogues.

    Parameters
    ----------
    paths : iterable of Path
    kind : str
        "track" or "scene".

    Raises
    ------
    ValueError
        If nothing of that kind is there, or a product named itself cannot be read.
    """
    paths = list(paths)
    found = gather(paths, progress)
    entries = found.entries[found.entries["kind"] == kind].reset_index(drop=True)
    if entries.empty and not any(path.is_file() or is_product(path) for path in paths):
        named = {"track": "altimeter track poleward of 40 degrees", "scene": "SAR scene"}[kind]
        raise ValueError(f"{', '.join(map(str, paths))}: holds no {named}")
    return Catalogue(entries, found.failures)


def make_plan(
    tracks: Catalogue, scenes: Catalogue, drift: DriftChoice, max_lag: np.timedelta64
) -> Plan:
    """Return what there is to do to collocate tracks and scenes.

    A scene named like one before it is left out, and is among the failures.
    """
    rows, doubles = _named_once(scenes.entries)
    meetings = match(tracks.entries, rows, max_lag)
    pairs = _pairs(tracks.entries, rows, max_lag) if drift.auto else {}
    tasks = [
        _task(rows.iloc[number], _tracks_of(number, meetings, tracks.entries),
              pairs.get(number, ()), drift)
        for number in np.unique(meetings.scene)
    ]  # fmt: skip
    tasks.sort(key=lambda task: task.scene)
    ids = (rows["id"].to_numpy()[meetings.scene], tracks.entries["id"].to_numpy()[meetings.track])
    failures = [*tracks.failures, *scenes.failures, *doubles]
    content = [[task.scene, task.stamp] for task in tasks] + [list(f) for f in failures]
    return Plan(
        tasks,
        list(zip(*ids, strict=True)),
        drift,
        failures,
        digest_of(content),
    )


def _named_once(scenes: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Failure]]:
    double = scenes["id"].duplicated()
    first = scenes.drop_duplicates("id").set_index("id")["path"]
    failures = [
        Failure(str(row.path), f"{row.path}: {first[row.id]} has the same name; rename one")
        for row in scenes[double].itertuples()
    ]
    return scenes[~double].reset_index(drop=True), failures


def _tracks_of(number: int, meetings: Pairs, tracks: gpd.GeoDataFrame) -> tuple[Path, ...]:
    met = tracks.iloc[meetings.track[meetings.scene == number]]
    order = met.sort_values(["start_datetime", "id", "path"], kind="stable")
    return tuple(dict.fromkeys(Path(path).absolute() for path in order["path"]))


def _task(
    scene: pd.Series, tracks: tuple[Path, ...], pairs: tuple[PairTask, ...], drift: DriftChoice
) -> SceneTask:
    begin, end = (scene[n].to_datetime64() for n in ("start_datetime", "end_datetime"))
    path = Path(scene["path"]).absolute()
    files = files_around(drift, begin, end)
    digest = digest_of(
        [
            *(stamp(file) for file in (path, *tracks, *files.inputs)),
            *(pair.stamp for pair in pairs),
            str(files.displacement),
        ]
    )
    return SceneTask(scene["id"], path, tracks, pairs, files, digest)


def _pairs(
    tracks: gpd.GeoDataFrame, scenes: gpd.GeoDataFrame, max_lag: np.timedelta64
) -> dict[int, tuple[PairTask, ...]]:
    """Return the pairs to follow by the row number of each scene that needs them.

    A scene needs its own pairs, and those of scenes that overlap it around its time.
    """
    found = scene_pairs(tracks, scenes, max_lag)
    tasks = [
        _pair(scenes.iloc[first], scenes.iloc[second])
        for first, second in zip(found.first, found.second, strict=True)
    ]
    begin, end = (scenes[n].to_numpy("datetime64[ns]") for n in ("start_datetime", "end_datetime"))
    outlines = shapely.from_wkb(scenes["footprint"].to_numpy(dtype=object))
    plane = scenes["crs"].to_numpy()
    needed = {}
    for number in range(len(scenes)):
        near = (begin[found.first] <= end[number] + max_lag) & (
            end[found.second] >= begin[number] - max_lag
        )
        near &= plane[found.first] == plane[number]
        near[near] = shapely.intersects(outlines[found.first[near]], outlines[number])
        near |= (found.first == number) | (found.second == number)
        needed[number] = tuple(tasks[i] for i in np.flatnonzero(near))
    return needed


def _pair(first: pd.Series, second: pd.Series) -> PairTask:
    hours = (second["start_datetime"] - first["start_datetime"]).total_seconds() / 3600.0
    a, b = (Path(row["path"]).absolute() for row in (first, second))
    return PairTask(first["id"], second["id"], a, b, hours, digest_of([stamp(a), stamp(b)]))


def digest_of(content: object) -> str:
    """Return the SHA-256 of what JSON can hold."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
