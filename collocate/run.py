"""Tracks and scenes on disk in, a dataset of labelled altimeter records out."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import xarray as xr

from .. import __version__
from ..drift.displacement import Drift
from ..geo.swath import Geolocation
from ..products.canonical import scene_geolocation
from ..products.recognise import open_product
from .catalogue import Failure
from .corridor import Corridor, LeadFinder, survey
from .label import Labels, label_positions
from .matching import match
from .output import SUMMARY, checksum, whole_or_nothing
from .records import Landed, land
from .table import FLAGS, column_names, count_flags, probability_column, write_table

#: A corridor is looked at this many position sigmas beyond the reach.
MARGIN_SIGMAS = 5.0


@dataclass(frozen=True, slots=True)
class Collocating:
    """How to collocate."""

    max_lag_s: float = 3 * 3600.0  #: longest time between record and pixel [s]
    lead_distances_m: tuple[float, ...] = (250.0, 500.0, 1000.0)  #: T of P(distance < T)
    reach_m: float = 10_000.0  #: leads further away than this are not looked for

    def __post_init__(self) -> None:
        if not self.max_lag_s > 0:
            raise ValueError(f"the longest lag must be positive, got {self.max_lag_s} s")
        if not self.lead_distances_m or min(self.lead_distances_m) <= 0:
            raise ValueError(f"lead distances must be positive, got {self.lead_distances_m}")
        if len(set(self.lead_distances_m)) < len(self.lead_distances_m):
            raise ValueError(f"lead distances must differ, got {self.lead_distances_m}")
        if max(self.lead_distances_m) > self.reach_m:
            raise ValueError(
                f"lead distances must lie within the reach of {self.reach_m:g} m, "
                f"got {max(self.lead_distances_m):g} m"
            )

    @property
    def max_lag(self) -> np.timedelta64:
        """The longest lag as numpy has it."""
        return np.timedelta64(round(self.max_lag_s * 1e9), "ns")


class Source(NamedTuple):
    """A drift, and the words by which the output remembers it."""

    drift: Drift
    description: str
    methods: tuple[str, ...]  #: names of the drift's sources, as ``Displacement.source`` counts
    inputs: tuple[Path, ...]


def collocate_pair(
    track: xr.Dataset,
    scene: xr.Dataset,
    source: Source,
    leads: LeadFinder,
    how: Collocating,
) -> dict[str, np.ndarray]:
    """Return the labelled records of one track in one scene, a column per name of the table.

    Empty if no record lands in the scene.  The column ``waveform`` is there if the track has
    echoes; ``kind`` tells apart records whose echoes differ in mission, mode or gates.
    """
    geolocation = scene_geolocation(scene)
    landed = land(track, scene, geolocation, source.drift, how.max_lag)
    if landed.place.size == 0:
        return {}
    corridor, labels = _label(scene, geolocation, landed, leads, how)
    records = track.isel(time=landed.place)
    methods = _methods(source, landed)
    return _columns(records, scene, landed, methods, corridor, labels, how)


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


def _label(
    scene: xr.Dataset,
    geolocation: Geolocation,
    landed: Landed,
    leads: LeadFinder,
    how: Collocating,
) -> tuple[Corridor, Labels]:
    reach = how.reach_m + MARGIN_SIGMAS * float(landed.position_sigma.max())
    corridor = survey(scene, landed.line, landed.sample, reach, leads)
    labels = label_positions(
        corridor,
        geolocation,
        landed.x,
        landed.y,
        landed.position_sigma,
        how.lead_distances_m,
        how.reach_m,
    )
    return corridor, labels


def _columns(
    records: xr.Dataset,
    scene: xr.Dataset,
    landed: Landed,
    methods: np.ndarray,
    corridor: Corridor,
    labels: Labels,
    how: Collocating,
) -> dict[str, np.ndarray]:
    """Return the columns of the table, as ``collocate.table`` names them."""
    rows = landed.place.size
    time = records["time"].values
    missing = np.full(rows, np.nan, dtype=np.float32)
    columns = {
        "mission": np.full(rows, records.attrs["mission"], dtype=object),
        "track_id": np.full(rows, records.attrs["track_id"], dtype=object),
        "record": records["record"].values,
        "time": time,
        "longitude": records["longitude"].values,
        "latitude": records["latitude"].values,
        "scene_id": np.full(rows, scene.attrs["scene_id"], dtype=object),
        "scene_time": landed.pixel_time,
        "lag_s": (time - landed.pixel_time) / np.timedelta64(1, "s"),
        "drift_dx_m": landed.dx,
        "drift_dy_m": landed.dy,
        "drift_method": methods,
        "position_sigma_m": landed.position_sigma,
        "line": landed.line,
        "sample": landed.sample,
        "sigma0_hh_db": _decibel(corridor.images.get("sigma0_hh", missing)),
        "sigma0_hv_db": _decibel(corridor.images.get("sigma0_hv", missing)),
        "incidence_angle_deg": corridor.images.get("incidence_angle", missing),
        "distance_to_lead_m": labels.distance,
        "distance_sigma_m": labels.distance_sigma,
        "distance_censored": labels.beyond_reach | labels.unseen_nearer | ~labels.imaged,
        "quality_flag": _flags(records, landed, labels),
    }
    for i, distance in enumerate(how.lead_distances_m):
        columns[probability_column(distance)] = labels.probability[:, i]
    if "waveform" in records:
        columns["waveform"] = records["waveform"].values
    columns["kind"] = np.full(rows, _kind(records), dtype=object)
    return columns


def _methods(source: Source, landed: Landed) -> np.ndarray:
    """Return by what name the motion of each record is known, (n,); "none" where it is not."""
    names = np.array([*source.methods, "none"], dtype=object)
    return names[landed.drift_source]


def _flags(records: xr.Dataset, landed: Landed, labels: Labels) -> np.ndarray:
    """Return the sum of the bits of ``table.FLAGS``, (n,) int32."""
    nothing = np.zeros(landed.place.size, dtype=bool)
    echo_missing = (
        ~np.isfinite(records["waveform"].values).all(axis=1) if "waveform" in records else ~nothing
    )
    product_flagged = (
        records["product_quality_flag"].values != 0
        if "product_quality_flag" in records
        else nothing
    )
    reasons = (
        ~landed.drift_known,
        labels.beyond_reach,
        labels.unseen_nearer,
        ~labels.imaged,
        echo_missing,
        product_flagged,
    )
    return np.dot(list(FLAGS), np.stack(reasons)).astype(np.int32)


def _kind(records: xr.Dataset) -> str:
    """Return the name of the folder for records whose echoes are alike."""
    gates = records.sizes.get("gate", 0)
    return f"{records.attrs['mission']}_{records.attrs['mode'].lower()}_{gates}"


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


def _decibel(power: np.ndarray) -> np.ndarray:
    """Return 10 log10, nan where there is no power above zero."""
    return 10.0 * np.log10(power, out=np.full(power.shape, np.nan, np.float32), where=power > 0)
