"""AltiKa-like tracks for tests: every column the product has, and nothing but numbers."""

import numpy as np

from iceco.products.altika import GATE_SPACING_M, REFERENCE_GATE
from iceco.products.canonical import make_track

START = np.datetime64("2023-03-01T12:00:00", "ns")
ONE_HZ = (
    "dry_troposphere_correction",
    "wet_troposphere_correction",
    "ionosphere_correction",
    "inverse_barometer_correction",
    "dynamic_atmosphere_correction",
    "ocean_tide",
    "ocean_tide_equilibrium",
    "load_tide",
    "solid_earth_tide",
    "pole_tide",
    "mean_sea_surface",
)


def altika_track(records=95, gates=128, missing=()):
    """A track with ``records`` places in its file, those of ``missing`` without a time."""
    random = np.random.default_rng(records)
    row = np.arange(records) // 40
    time = START + (np.arange(records) * 25_000_000).astype("timedelta64[ns]")
    time[list(missing)] = np.datetime64("NaT")
    columns = {
        "longitude": np.linspace(179.0, 181.0, records),
        "latitude": np.linspace(70.0, 71.0, records),
        "altitude": 800_000.0 + random.uniform(-2e4, 2e4, records),
        "window_range": 800_000.0 + random.uniform(-2e4, 2e4, records),
        "product_range": 800_000.0 + random.uniform(-2e4, 2e4, records),
        "agc_db": random.uniform(20, 50, records),
        "scale_factor_db": random.uniform(-40, 10, records),
        "sigma0_db": random.uniform(5, 40, records),
        "product_peakiness": random.uniform(1, 30, records),
        "product_quality_flag": random.integers(0, 2, records).astype(float),
        "waveform": random.integers(0, 3000, (records, gates)).astype(np.float32),
    }
    for name in ONE_HZ:
        columns[name] = random.uniform(-3, 3, row[-1] + 1)[row]
    columns["inverse_barometer_correction"] /= 10
    columns["dynamic_atmosphere_correction"] /= 10
    attributes = {
        "mission": "al",
        "mode": "LRM",
        "product": "SGDR",
        "baseline": "F",
        "track_id": "al_012_0345",
        "rate_hz": 40,
        "source": "",
        "gate_spacing_m": GATE_SPACING_M,
        "reference_gate": REFERENCE_GATE,
    }
    return make_track(time, columns, attributes)
