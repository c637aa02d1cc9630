"""Small datasets of collocations of AltiKa-like echoes over leads whose distance is known."""

import json
from pathlib import Path

import numpy as np

from iceco.collocate.output import SUMMARY
from iceco.collocate.table import ALTIMETER, COLUMNS, write_table
from iceco.products.altika import GATE_SPACING_M, REFERENCE_GATE
from iceco.products.canonical import make_track

ALTITUDE = 800e3  # m
STEP = 175.0  # m, between records
LEADS_APART = 4_000.0  # m
DISTANCES = (250.0, 500.0, 1000.0)


def lead_distance(records: int, random: np.random.Generator) -> np.ndarray:
    """Distance [m] of records from leads across the track, at random places."""
    along = np.arange(records) * STEP
    leads = np.arange(0.0, along[-1] + LEADS_APART, LEADS_APART)
    leads = leads + random.uniform(-0.4, 0.4, leads.size) * LEADS_APART
    return np.abs(along[:, None] - leads).min(axis=1)


def echoes(distance: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Counts (n, 128): an edge, a slow tail, and a spike as late as a lead is far."""
    gate = np.arange(128.0)
    x = gate - REFERENCE_GATE
    ice = 100.0 / (1.0 + np.exp(-x / 1.5)) * np.exp(-np.maximum(x, 0.0) / 60.0)
    late = 1.126 * distance**2 / (2.0 * ALTITUDE) / GATE_SPACING_M
    spike = np.exp(-0.5 * ((x - late[:, None]) / 1.2) ** 2)
    bright = 2_000.0 * np.exp(-distance / 1_000.0)[:, None] * spike
    speckle = random.gamma(50.0, 1.0 / 50.0, (distance.size, 128))
    return ((ice + bright + 2.0) * speckle).astype(np.float32)


def altika_pass(records: int, seed: int, begin: str, number: int = 1):
    """A pass with its true distances [m]."""
    random = np.random.default_rng(seed)
    distance = lead_distance(records, random)
    waveform = echoes(distance, random)
    columns = {
        "longitude": np.full(records, 10.0 + number),
        "latitude": 80.0 + np.arange(records) * STEP / 111_200.0,
        "altitude": np.full(records, ALTITUDE),
        "window_range": np.full(records, ALTITUDE - 10.0),
        "scale_factor_db": np.full(records, -10.0),
        "waveform": waveform,
    }
    attributes = {
        "mission": "al", "mode": "LRM", "product": "SGDR", "baseline": "F",
        "track_id": f"al_001_{number:04d}", "rate_hz": 40, "source": "none",
        "gate_spacing_m": GATE_SPACING_M, "reference_gate": REFERENCE_GATE,
    }  # fmt: skip
    time = np.datetime64(begin, "ns") + np.arange(records) * np.timedelta64(25, "ms")
    return make_track(time, columns, attributes), distance


def columns_of(track, distance: np.ndarray, scene: str, sigma: float = 50.0) -> dict:
    """Everything ``write_table`` wants of the records of one meeting."""
    records = distance.size
    nan, words = np.full(records, np.nan), np.full(records, "none", dtype=object)
    near = {f"p_lead_{t:g}m": 1 / (1 + np.exp((distance - t) / sigma * 1.7)) for t in DISTANCES}
    known = {
        "mission": np.full(records, track.attrs["mission"], dtype=object),
        "track_id": np.full(records, track.attrs["track_id"], dtype=object),
        "record": track["record"].values,
        "time": track["time"].values,
        "longitude": track["longitude"].values,
        "latitude": track["latitude"].values,
        "scene_id": np.full(records, scene, dtype=object),
        "scene_time": track["time"].values,
        "lag_s": np.full(records, 600.0),
        "drift_method": words,
        "position_sigma_m": np.full(records, sigma),
        "distance_to_lead_m": distance,
        "distance_mean_m": distance,
        "distance_sigma_m": np.full(records, sigma),
        "distance_low_m": np.maximum(distance - sigma, 0.0),
        "distance_high_m": distance + sigma,
        "lead_width_m": np.full(records, 200.0),
        "p_inside_lead": (distance < 100.0).astype(np.float32),
        "distance_censored": np.zeros(records, dtype=bool),
        "quality_flag": np.zeros(records, dtype=np.int32),
        "mode": np.full(records, track.attrs["mode"], dtype=object),
        **near,
    }
    rest = [name for name in COLUMNS if name not in known]
    numbers = {n: np.full(records, track.attrs[n]) for n in ("rate_hz", "gate_spacing_m")}
    numbers["reference_gate"] = np.full(records, track.attrs["reference_gate"])
    told = {n: track[n].values if n in track else nan for n in ALTIMETER}
    return {**dict.fromkeys(rest, nan), **known, **numbers, **told}


def write_dataset(folder: Path, meetings: list[dict], waveforms: list[np.ndarray]) -> Path:
    """Write meetings, of which each has a scene of its own."""
    for columns, waveform in zip(meetings, waveforms, strict=True):
        month = str(columns["time"][0].astype("datetime64[M]"))
        echo = f"{columns['mode'][0].lower()}_{waveform.shape[1]}"
        place = folder / f"mission={columns['mission'][0]}" / f"echo={echo}" / f"month={month}"
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"{columns['scene_id'][0]}.parquet"
        write_table(path, columns, waveform, DISTANCES, {"options": {}})
    (folder / SUMMARY).write_text(json.dumps({"records": sum(map(len, waveforms))}))
    return folder


def write_collocations(folder: Path, days: int = 6, records: int = 150, alter=None) -> Path:
    """Write one meeting a day; ``alter`` may change the columns of each before they are written."""
    meetings, waveforms = [], []
    for day in range(days):
        track, distance = altika_pass(records, day, f"2023-03-{day + 1:02d}T12:00:00", day + 1)
        columns = columns_of(track, distance, f"S1A_{day:03d}")
        if alter is not None:
            alter(columns, day)
        meetings.append(columns)
        waveforms.append(track["waveform"].values)
    return write_dataset(folder, meetings, waveforms)
