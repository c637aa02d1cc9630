"""Collocations as training rows: echoes, features and labels in a cache on disk."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.parquet as pq
import xarray as xr

from ...collocate.opening import open_collocations
from ...collocate.output import SUMMARY, checksum
from ...collocate.progress import Watch, unwatched
from ...collocate.table import ALTIMETER, ALTIMETER_ATTRIBUTES, COLUMNS
from ..training.arrays_on_disk import build_once
from .features import FEATURES, features
from .radargram import GATES, radargram

#: Codes of ``Examples.mission``, and of ``mode``: places in these tuples.
MISSIONS = ("al", "c2", "s3a", "s3b")
MODES = ("LRM", "SAR", "SARIN")

#: Records read at once, so that memory does not grow with the archive.
ROWS_AT_ONCE = 200_000

#: Power below this is as good as none [dB]; it stands for gates without a count.
FLOOR_DB = -40.0

#: Changes with what a row holds, so that an older cache is not taken for this one.
LAYOUT = 1

#: Labels of a row, by the column of the collocations: type in the cache.
LABELS = {
    "p_inside_lead": "f4",
    "distance_to_lead_m": "f4",
    "distance_mean_m": "f4",
    "distance_sigma_m": "f4",
    "distance_low_m": "f4",
    "distance_high_m": "f4",
    "distance_censored": "?",
    "lag_s": "f4",
    "position_sigma_m": "f4",
    "lead_width_m": "f4",
    "quality_flag": "i4",
    "record": "i8",
    "longitude": "f8",
    "latitude": "f8",
}


class Examples(NamedTuple):
    """A row per record and meeting, in order of meeting and time; arrays (m, ...), memory-mapped.

    A *meeting* is one track in one scene; its rows follow each other.
    """

    power_db: np.ndarray  #: (m, GATES) float16, of ``Radargram.power``; nan where there is none
    packed: np.ndarray  #: (m, GATES) float16, of ``Radargram.packed``
    features: np.ndarray  #: (m, F) float32, in the order of ``feature_names``
    meeting: np.ndarray  #: int32, from 0 without gaps, never falling
    along: np.ndarray  #: metres on the ground from the meeting's first record
    time: np.ndarray  #: datetime64[ns], UTC
    mission: np.ndarray  #: int8, place in MISSIONS
    mode: np.ndarray  #: int8, place in MODES
    scene: np.ndarray  #: int32, place in ``scene_ids``
    track: np.ndarray  #: int32, place in ``track_ids``
    p_lead: np.ndarray  #: (m, T) float32, P(distance < T) for T in ``lead_distances``
    p_inside_lead: np.ndarray  #: float32; this and what follows as in docs/collocations.md
    distance_to_lead_m: np.ndarray
    distance_mean_m: np.ndarray
    distance_sigma_m: np.ndarray
    distance_low_m: np.ndarray
    distance_high_m: np.ndarray
    distance_censored: np.ndarray
    lag_s: np.ndarray
    position_sigma_m: np.ndarray
    lead_width_m: np.ndarray
    quality_flag: np.ndarray
    record: np.ndarray
    longitude: np.ndarray
    latitude: np.ndarray
    scene_ids: np.ndarray  #: unicode
    track_ids: np.ndarray
    feature_names: tuple[str, ...]
    lead_distances: tuple[float, ...]  #: [m]
    sources: dict[str, str]  #: datasets and their SHA-256


class _Part(NamedTuple):
    """Files of one mission, echo and month of one dataset that are read together."""

    dataset: Path
    folder: dict[str, str]  #: mission, echo and month
    scenes: list[str]
    rows: int


class _Outline(NamedTuple):
    """What is known of the datasets before their echoes are read."""

    parts: list[_Part]
    scene_ids: list[str]
    track_ids: list[str]
    lead_distances: tuple[float, ...]

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.parts)


def open_examples(
    paths: Sequence[str | Path], cache: str | Path, watch: Watch = unwatched
) -> Examples:
    """Return the records of some datasets of collocations as training rows.

    Parameters
    ----------
    paths : sequence of path
        What ``iceco collocate`` wrote.
    cache : path
        Folder for the rows; those of the same collocations are made only once.
    watch : Watch
        Told how many records are done.

    Returns
    -------
    rows : Examples

    Raises
    ------
    ValueError
        If a dataset is none, they have different lead distances, or hold no echo.
    """
    sources = {str(path): _content(Path(path)) for path in paths}
    outline = _outline([Path(path) for path in dict.fromkeys(map(str, paths))])
    if not outline.parts:
        raise ValueError(f"{', '.join(sources)}: hold no record with an echo; collocate more")
    what = [LAYOUT, GATES, list(FEATURES), sorted(sources.values())]
    digest = hashlib.sha256(json.dumps(what).encode()).hexdigest()
    arrays = build_once(
        Path(cache), digest, _shapes(outline), lambda arrays: _fill(arrays, outline, watch)
    )
    time = arrays["time"].view("M8[ns]")
    return Examples(
        **{**arrays, "time": time},
        feature_names=tuple(FEATURES),
        lead_distances=outline.lead_distances,
        sources=sources,
    )


def track_of(records: xr.Dataset) -> xr.Dataset:
    """Return the records of one meeting as a canonical track.

    Parameters
    ----------
    records : dataset
        Of ``open_collocations(..., as_xarray=True)``, of one track in one scene, in order of time.
    """
    first = {name: records[name].values[0] for name in ("mission", "mode", "track_id")}
    numbers = {name: float(records[name].values[0]) for name in ALTIMETER_ATTRIBUTES}
    names = [n for n in ALTIMETER if n != "product_surface_class"]
    columns = {name: records[name] for name in names if np.isfinite(records[name]).any()}
    track = xr.Dataset(
        columns | {"waveform": records["waveform"], "record": records["record"]},
        coords={name: records[name] for name in ("time", "longitude", "latitude")},
    )
    return track.assign_attrs({**{k: str(v) for k, v in first.items()}, **numbers})


def decibel(power: np.ndarray) -> np.ndarray:
    """Return 10 log10 of linear power [dB], float32, not below FLOOR_DB; nan stays nan."""
    return 10.0 * np.log10(np.maximum(power, np.float32(10.0 ** (FLOOR_DB / 10.0))))


def _content(path: Path) -> str:
    if not path.is_dir():
        raise ValueError(f"{path}: there is no such folder of collocations")
    if not (path / SUMMARY).is_file():
        raise ValueError(f"{path}: no dataset of collocations ({SUMMARY} is missing)")
    return checksum(path)


def _outline(paths: list[Path]) -> _Outline:
    parts: list[_Part] = []
    scenes: dict[str, None] = {}
    tracks: dict[str, None] = {}
    distances: set[tuple[float, ...]] = set()
    for path in paths:
        for folder in sorted(path.glob("mission=*/echo=*/month=*")):
            told = dict(level.split("=", 1) for level in folder.relative_to(path).parts)
            if told["echo"].endswith("_0"):
                continue
            distances |= {_lead_distances(next(folder.glob("*.parquet")))}
            for part in _parts(path, folder, told, tracks):
                parts.append(part)
                scenes |= dict.fromkeys(part.scenes)
    if len(distances) > 1:
        raise ValueError(
            f"{', '.join(map(str, paths))}: have different lead distances; collocate them alike"
        )
    return _Outline(parts, list(scenes), list(tracks), *distances or {()})


def _parts(
    path: Path, folder: Path, told: dict[str, str], tracks: dict[str, None]
) -> Iterator[_Part]:
    """Give the files of a folder in parts of bearable size; tell the tracks met."""
    scenes: list[str] = []
    rows = 0
    for file in sorted(folder.glob("*.parquet")):
        ids = pq.ParquetFile(file).read(columns=["scene_id", "track_id"])
        scenes += [s for s in ids["scene_id"].unique().to_pylist() if s not in scenes]
        tracks |= dict.fromkeys(ids["track_id"].unique().to_pylist())
        rows += ids.num_rows
        if rows >= ROWS_AT_ONCE:
            yield _Part(path, told, scenes, rows)
            scenes, rows = [], 0
    if rows:
        yield _Part(path, told, scenes, rows)


def _lead_distances(file: Path) -> tuple[float, ...]:
    """Return the thresholds [m] for which a file has probabilities."""
    names = pq.read_schema(file).names
    return tuple(
        float(name[len("p_lead_") : -1])
        for name in names
        if name.startswith("p_lead_") and name not in COLUMNS
    )


def _shapes(outline: _Outline) -> dict[str, tuple[tuple[int, ...], str]]:
    rows = outline.rows
    columns = {name: ((rows,), kind) for name, kind in LABELS.items()}
    names = {
        f"{what}_ids": ((len(ids),), f"U{max(map(len, ids))}")
        for what, ids in (("scene", outline.scene_ids), ("track", outline.track_ids))
    }
    return {
        "power_db": ((rows, GATES), "f2"),
        "packed": ((rows, GATES), "f2"),
        "features": ((rows, len(FEATURES)), "f4"),
        "meeting": ((rows,), "i4"),
        "along": ((rows,), "f8"),
        "time": ((rows,), "i8"),
        "mission": ((rows,), "i1"),
        "mode": ((rows,), "i1"),
        "scene": ((rows,), "i4"),
        "track": ((rows,), "i4"),
        "p_lead": ((rows, len(outline.lead_distances)), "f4"),
        **columns,
        **names,
    }


def _fill(arrays: Mapping[str, np.ndarray], outline: _Outline, watch: Watch) -> None:
    arrays["scene_ids"][:] = outline.scene_ids
    arrays["track_ids"][:] = outline.track_ids
    scenes = {name: code for code, name in enumerate(outline.scene_ids)}
    tracks = {name: code for code, name in enumerate(outline.track_ids)}
    row = meeting = 0
    with watch("echoes") as tell:
        for part in outline.parts:
            for records in _meetings(part):
                here = slice(row, row + records.sizes["time"])
                rows = _rows(records, outline.lead_distances) | {
                    "meeting": meeting,
                    "scene": scenes[str(records["scene_id"].values[0])],
                    "track": tracks[str(records["track_id"].values[0])],
                }
                for name, values in rows.items():
                    arrays[name][here] = values
                row, meeting = here.stop, meeting + 1
                tell(row, outline.rows)


def _meetings(part: _Part) -> Iterator[xr.Dataset]:
    """Give the records of one track in one scene after the other, in order of time."""
    filters = [(name, "==", value) for name, value in part.folder.items()]
    records = open_collocations(
        part.dataset, filters=[*filters, ("scene_id", "in", part.scenes)], as_xarray=True
    )
    _, scene = np.unique(records["scene_id"].values.astype(str), return_inverse=True)
    _, track = np.unique(records["track_id"].values.astype(str), return_inverse=True)
    order = np.lexsort((records["time"].values, track, scene))
    records = records.isel(time=order)
    change = (np.diff(scene[order]) != 0) | (np.diff(track[order]) != 0)
    bounds = [0, *(np.flatnonzero(change) + 1), order.size]
    for start, stop in pairwise(bounds):
        yield records.isel(time=slice(start, stop))


def _rows(records: xr.Dataset, distances: tuple[float, ...]) -> dict[str, Any]:
    """Return what the rows of a meeting hold, by the name in ``Examples``."""
    track = track_of(records)
    seen = radargram(track)
    columns = features(track, seen)
    labels = {name: records[name].values for name in LABELS}
    return {
        "power_db": decibel(seen.power),
        "packed": seen.packed,
        "features": np.stack([columns[name] for name in FEATURES], axis=-1),
        "along": seen.along,
        "time": track["time"].values.astype("M8[ns]").astype(np.int64),
        "mission": MISSIONS.index(track.attrs["mission"]),
        "mode": MODES.index(track.attrs["mode"]),
        "p_lead": np.stack([records[f"p_lead_{d:g}m"].values for d in distances], axis=-1),
        **labels,
    }
