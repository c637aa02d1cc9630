"""Tracks in one scene: their records moved with the ice, labelled, and laid out as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from ..drift.displacement import Drift
from ..geo.swath import Geolocation
from ..products.canonical import scene_geolocation
from .corridor import Corridor, LeadFinder, survey
from .footprint import footprint_of
from .label import Labels, label_positions
from .records import Landed, land
from .survival import outlive
from .table import ALTIMETER, ALTIMETER_ATTRIBUTES, FLAGS, probability_column

#: A corridor is looked at this many position sigmas beyond the reach.
MARGIN_SIGMAS = 5.0


@dataclass(frozen=True, slots=True)
class Collocating:
    """How to collocate."""

    max_lag_s: float = 3 * 3600.0  #: longest time between record and pixel [s]
    lead_distances_m: tuple[float, ...] = (250.0, 500.0, 1000.0)  #: T of P(distance < T)
    reach_m: float = 10_000.0  #: leads further away than this are not looked for
    #: Mean time for which a lead can be seen [s]: probabilities fade with the lag; None: they last
    lead_life_s: float | None = None

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
        if self.lead_life_s is not None and not self.lead_life_s > 0:
            raise ValueError(f"the life of leads must be positive, got {self.lead_life_s} s")

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


def collocate_tracks(
    tracks: Sequence[xr.Dataset],
    scene: xr.Dataset,
    source: Source,
    leads: LeadFinder,
    how: Collocating,
) -> list[dict[str, np.ndarray]]:
    """Return the labelled records of some tracks in one scene, a column per name of the table.

    Those of a track are empty if none of its records lands in the scene.  The column ``waveform``
    is there if the track has echoes; ``kind`` tells apart records whose echoes differ in mission,
    mode or gates.  The scene is read, and its leads looked for, once for all tracks.
    """
    geolocation = scene_geolocation(scene)
    landings = [land(track, scene, geolocation, source.drift, how.max_lag) for track in tracks]
    corridors = iter(
        _corridors([landed for landed in landings if landed.place.size], scene, leads, how)
    )
    found: list[dict[str, np.ndarray]] = []
    for track, landed in zip(tracks, landings, strict=True):
        if landed.place.size == 0:
            found.append({})
            continue
        corridor = next(corridors)
        records = track.isel(time=landed.place)
        labels = _label(records, geolocation, landed, corridor, how)
        methods = _methods(source, landed)
        found.append(_columns(records, scene, landed, methods, corridor, labels, how))
    return found


def _corridors(
    landings: list[Landed], scene: xr.Dataset, leads: LeadFinder, how: Collocating
) -> list[Corridor]:
    """Return what was seen near each track; the map of all is shared."""
    if not landings:
        return []
    reach = [how.reach_m + MARGIN_SIGMAS * landed.position_sigma for landed in landings]
    line, sample = (
        np.concatenate([getattr(one, name) for one in landings]) for name in ("line", "sample")
    )
    seen = survey(scene, line, sample, np.concatenate(reach), leads)
    splits = np.cumsum([landed.place.size for landed in landings])[:-1]
    parts = {name: np.split(image, splits) for name, image in seen.images.items()}
    return [
        seen._replace(images={name: part[i] for name, part in parts.items()})
        for i in range(len(landings))
    ]


def _label(
    records: xr.Dataset,
    geolocation: Geolocation,
    landed: Landed,
    corridor: Corridor,
    how: Collocating,
) -> Labels:
    labels = label_positions(
        corridor,
        geolocation,
        landed.line,
        landed.sample,
        landed.covariance,
        how.lead_distances_m,
        how.reach_m,
        footprint_of(records),
        landed.heading,
    )
    lag = _lag(records, landed)
    return labels._replace(
        probability=outlive(labels.probability, lag, how.lead_life_s),
        inside=outlive(labels.inside, lag, how.lead_life_s),
    )


def _lag(records: xr.Dataset, landed: Landed) -> np.ndarray:
    """Return how long after its pixel each record was measured (n,) [s]."""
    return (records["time"].values - landed.pixel_time) / np.timedelta64(1, "s")


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
        "lag_s": _lag(records, landed),
        "drift_dx_m": landed.dx,
        "drift_dy_m": landed.dy,
        "drift_method": methods,
        "position_sigma_m": landed.position_sigma,
        "position_xx_m2": landed.covariance[:, 0, 0],
        "position_xy_m2": landed.covariance[:, 0, 1],
        "position_yy_m2": landed.covariance[:, 1, 1],
        "line": landed.line,
        "sample": landed.sample,
        "sigma0_hh_db": _decibel(corridor.images.get("sigma0_hh", missing)),
        "sigma0_hv_db": _decibel(corridor.images.get("sigma0_hv", missing)),
        "incidence_angle_deg": corridor.images.get("incidence_angle", missing),
        "distance_to_lead_m": labels.distance,
        "distance_mean_m": labels.mean,
        "distance_sigma_m": labels.sigma,
        "distance_low_m": labels.low,
        "distance_high_m": labels.high,
        "lead_width_m": labels.lead_width,
        "lead_fraction": labels.lead_fraction,
        "p_inside_lead": labels.inside,
        "distance_censored": labels.beyond_reach
        | labels.end_nearer
        | labels.gap_nearer
        | ~labels.imaged,
        "quality_flag": _flags(records, landed, labels),
    }
    for i, distance in enumerate(how.lead_distances_m):
        columns[probability_column(distance)] = labels.probability[:, i]
    columns["mode"] = np.full(rows, records.attrs["mode"], dtype=object)
    for name in ALTIMETER_ATTRIBUTES:
        columns[name] = np.full(rows, float(records.attrs.get(name, np.nan)))
    for name in ALTIMETER:
        known = records[name].values if name in records else np.nan
        columns[name] = np.broadcast_to(np.asarray(known, dtype=np.float64), rows)
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
        labels.end_nearer,
        ~labels.imaged,
        echo_missing,
        product_flagged,
        labels.gap_nearer,
    )
    return np.dot(list(FLAGS), np.stack(reasons)).astype(np.int32)


def _kind(records: xr.Dataset) -> str:
    """Return the name of the folder for records whose echoes are alike."""
    gates = records.sizes.get("gate", 0)
    return f"{records.attrs['mission']}_{records.attrs['mode'].lower()}_{gates}"


def _decibel(power: np.ndarray) -> np.ndarray:
    """Return 10 log10, nan where there is no power above zero."""
    return 10.0 * np.log10(power, out=np.full(power.shape, np.nan, np.float32), where=power > 0)
