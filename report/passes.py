"""The longest collocated pass of each mission, its echoes, labels and predictions."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import xarray as xr

from ..collocate.opening import open_collocations
from ..models.waveforms.examples import track_of
from ..models.waveforms.radargram import Radargram, radargram
from .find import Attempt, Dataset, Holdings

#: Files of a mission that are searched for its longest pass: the largest.
MOST_SEARCHED = 50
#: Records of a pass that are shown, from its first.
MOST_RECORDS = 1500
#: Predictions of a classified track, by the names of its file.
PREDICTED = (
    "lead_probability", "distance_to_lead", "distance_to_lead_p16", "distance_to_lead_p84",
)  # fmt: skip


class Meeting(NamedTuple):
    """One track in one scene."""

    dataset: Path
    mission: str
    track_id: str
    scene_id: str
    records: int
    echoes: bool  #: whether their echoes were kept
    drift: bool  #: whether they were moved with the ice


class Collocated(NamedTuple):
    """What of collocations and classified tracks may be shown."""

    meetings: list[Meeting]
    predicted: dict[str, xr.Dataset]  #: ``PREDICTED`` and ``record``, by the track's id


class Pass(NamedTuple):
    """What is shown of a meeting; all over the same ``time``."""

    meeting: Meeting
    records: xr.Dataset  #: of ``open_collocations``, in order of time
    seen: Radargram
    predicted: xr.Dataset | None  #: ``PREDICTED``, nan where nothing was predicted
    lead_distance_m: float  #: what is nearer counts as a lead


def collocated(held: Holdings, attempt: Attempt) -> Collocated:
    """Return the meetings of a run, and what was predicted along its tracks."""
    meetings: list[Meeting] = []
    for dataset in held.datasets:
        meetings += attempt(dataset.path, _meetings, dataset) or []
    tracks = (attempt(path, _classified, path) for path in held.files["classified"])
    predicted = {track.attrs["track_id"]: track for track in tracks if track is not None}
    return Collocated(meetings, predicted)


def longest_passes(known: Collocated, attempt: Attempt) -> list[Pass]:
    """Return the longest pass of each mission, those with predictions and drift before others."""

    def rank(meeting: Meeting) -> tuple[bool, bool, int]:
        return meeting.track_id in known.predicted, meeting.drift, meeting.records

    shown = []
    for mission in sorted({meeting.mission for meeting in known.meetings}):
        candidates = [m for m in known.meetings if m.mission == mission and m.echoes]
        if not candidates:
            continue
        chosen = max(candidates, key=rank)
        result = known.predicted.get(chosen.track_id)
        found = attempt(chosen.dataset, _pass, chosen, result)
        if found is not None and np.isfinite(found.seen.power).any():
            shown.append(found)
    return shown


def _meetings(dataset: Dataset) -> list[Meeting]:
    """Return the meetings of each mission, of its largest files."""
    drift = dataset.summary.get("drift", "none") != "none"
    return [
        Meeting(dataset.path, folder.name.removeprefix("mission="), *ids, rows, echoes, drift)
        for folder in sorted(dataset.path.glob("mission=*"))
        for file in _largest_files(folder)
        for echoes in [not file.parent.parent.name.endswith("_0")]
        for ids, rows in _counts(file)
    ]


def _largest_files(folder: Path) -> list[Path]:
    files = sorted(folder.rglob("*.parquet"), key=lambda f: (-f.stat().st_size, f.name))
    return files[:MOST_SEARCHED]


def _counts(file: Path) -> Iterator[tuple[tuple[str, str], int]]:
    """Give track and scene of each meeting of a file, and the number of its records."""
    ids = pq.ParquetFile(file).read(columns=["track_id", "scene_id"]).to_pandas()
    for (track, scene), rows in ids.groupby(["track_id", "scene_id"]).size().items():
        yield (str(track), str(scene)), int(rows)


def open_meeting(meeting: Meeting, columns: list[str] | None = None) -> xr.Dataset:
    """Return the records of a meeting in order of time."""
    names = ("mission", "track_id", "scene_id")
    filters = [(name, "==", getattr(meeting, name)) for name in names]
    records = open_collocations(meeting.dataset, columns, filters, as_xarray=True)
    return records.isel(time=np.argsort(records["time"].values, kind="stable"))


def predictions_at(result: xr.Dataset | None, record: np.ndarray) -> xr.Dataset | None:
    """Return what was predicted of some records of a track, nan for those it does not know."""
    if result is None:
        return None
    frame = pd.DataFrame({name: result[name].values for name in PREDICTED})
    frame.index = pd.Index(result["record"].values)
    return xr.Dataset({
        name: ("time", column.to_numpy(np.float64))
        for name, column in frame[~frame.index.duplicated()].reindex(record).items()
    })  # fmt: skip


def _pass(meeting: Meeting, result: xr.Dataset | None) -> Pass:
    records = open_meeting(meeting).isel(time=slice(MOST_RECORDS))
    predicted = predictions_at(result, records["record"].values)
    lead_distance = (
        float(result.attrs["lead_distance_m"]) if result is not None else _middle(records)
    )
    return Pass(meeting, records, radargram(track_of(records)), predicted, lead_distance)


def _middle(records: xr.Dataset) -> float:
    """Return the middle one of the distances T for which there is a probability [m]."""
    names = [str(name) for name in records if str(name).startswith("p_lead_")]
    distances = sorted(float(name[len("p_lead_") : -1]) for name in names)
    return distances[len(distances) // 2]


def _classified(path: Path) -> xr.Dataset:
    with xr.open_dataset(path, engine="netcdf4") as opened:
        return opened[[*PREDICTED, "record"]].load()
