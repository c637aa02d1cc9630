"""Tracks and scenes on disk in, a dataset of labelled altimeter records out."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import xarray as xr

from .. import __version__
from ..products.recognise import open_product
from .catalogue import Failure
from .corridor import LeadFinder
from .matching import match
from .output import SUMMARY, checksum, whole_or_nothing
from .pair import Collocating, Source, collocate_pair
from .table import FLAGS, column_names, count_flags, write_table


def run(
    tracks: gpd.GeoDataFrame,
    scenes: gpd.GeoDataFrame,
    out: Path,
    source: Source,
    leads: LeadFinder,
    how: Collocating,
    failures: list[Failure],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Collocate catalogued tracks with catalogued scenes; return the summary it also writes.

    Parameters
    ----------
    tracks, scenes : GeoDataFrame
        Rows of a catalogue.
    out : Path
        Folder for ``<mission>_<mode>_<gates>/<scene>.parquet`` and ``_collocations.json``.  It
        appears whole, at the end, or not at all; an earlier result of iceco is replaced.
    source : Source
        The drift.
    leads : LeadFinder
    how : Collocating
    failures : list of Failure
        What could not be read on the way here; goes into the summary.
    progress : function of (scenes done, scenes in all)

    Raises
    ------
    ValueError
        If ``out`` holds something else or cannot be written, or no scene could be read.
    """
    pairs = match(tracks, scenes, how.max_lag)
    used = [
        *sorted({Path(p) for p in tracks["path"].iloc[np.unique(pairs.track)]}),
        *sorted({Path(p) for p in scenes["path"].iloc[np.unique(pairs.scene)]}),
        *source.inputs,
    ]
    provenance = {
        "iceco_version": __version__,
        "options": asdict(how),
        "drift": source.description,
        "leads": leads.description,
        "inputs": {str(path): checksum(path) for path in used},
    }
    records = 0
    flags = Counter(dict.fromkeys(FLAGS.values(), 0))
    meetings = 0
    failed: list[Failure] = []
    open_track = lru_cache(maxsize=16)(open_product)
    with whole_or_nothing(out) as folder:
        numbers = np.unique(pairs.scene)
        for done, number in enumerate(numbers):
            progress(done, numbers.size)
            paths = tracks["path"].iloc[pairs.track[pairs.scene == number]]
            scene_path = Path(scenes["path"].iloc[number])
            try:
                with open_product(scene_path) as scene:
                    _require_image(scene, scene_path)
                    found = [
                        collocate_pair(open_track(Path(path)), scene, source, leads, how)
                        for path in paths
                    ]
            except ValueError as error:
                failed.append(Failure(str(scene_path), str(error)))
                continue
            for kind, part in _by_kind(found).items():
                _write(folder / kind, part, how, provenance)
                records += len(part["record"])
                flags.update(count_flags(part["quality_flag"]))
            meetings += sum(bool(columns) for columns in found)
        progress(numbers.size, numbers.size)
        if failed and len(failed) == numbers.size:
            raise ValueError(failed[0].reason)
        if not records:
            _write_empty(folder, how, provenance)
        summary = provenance | {
            "candidate_pairs": int(pairs.track.size),
            "pairs_with_records": meetings,
            "records": records,
            "records_flagged": dict(flags),
            "failures": [failure._asdict() for failure in [*failures, *failed]],
        }
        (folder / SUMMARY).write_text(json.dumps(summary, indent=1) + "\n")
    return summary


def _require_image(scene: xr.Dataset, path: Path) -> None:
    if not any(str(name).startswith("sigma0_") for name in scene.data_vars):
        raise ValueError(f"{path}: holds no image to look for leads in (measurement missing)")


def _by_kind(found: list[dict[str, np.ndarray]]) -> dict[str, dict[str, np.ndarray]]:
    """Return the records of one scene joined into one set of columns a kind of echo."""
    kinds: dict[str, list[dict[str, np.ndarray]]] = {}
    for columns in filter(None, found):
        kinds.setdefault(str(columns.pop("kind")[0]), []).append(columns)
    return {
        kind: {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        for kind, parts in kinds.items()
    }


def _write(
    folder: Path, part: dict[str, np.ndarray], how: Collocating, provenance: dict[str, Any]
) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / f"{part['scene_id'][0]}.parquet"
    if path.exists():
        raise ValueError(f"two scenes are called {path.stem}: rename one, or leave one out")
    write_table(path, part, part.get("waveform"), how.lead_distances_m, provenance)


def _write_empty(folder: Path, how: Collocating, provenance: dict[str, Any]) -> None:
    nothing = {name: np.array([], dtype=object) for name in column_names(how.lead_distances_m)}
    write_table(folder / "collocations.parquet", nothing, None, how.lead_distances_m, provenance)
