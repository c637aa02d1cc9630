"""Passes of the three altimeters over ice with one straight lead, and tracks made by hand."""

from pathlib import Path

import numpy as np
import xarray as xr
from toy_surfaces import EPOCH, FREEBOARD, SNOW_DEPTH, changing_sea

from iceco.products.canonical import make_track
from iceco.products.recognise import open_product
from iceco.simulate.altimeter.altika import write_altika_pass
from iceco.simulate.altimeter.cryosat2 import write_cryosat2_pass
from iceco.simulate.altimeter.sentinel3 import write_sentinel3_pass
from iceco.simulate.orbits import CRYOSAT2, SARAL, SENTINEL3, Pass, fly_over
from iceco.simulate.surface import Kind, Surface

#: Mission: orbit, seconds between records, writer, and what the writer is told at the end.
MISSIONS = {
    "al": (SARAL, 1 / 40, write_altika_pass, (100, 455)),
    "c2": (CRYOSAT2, 1 / 20, write_cryosat2_pass, ()),
    "s3a": (SENTINEL3, 1 / 20, write_sentinel3_pass, (42, 210)),
}


def oblique_lead(track: Pass, width: float, angle: float):
    """Ice with a lead of calm water that crosses the middle of a track at an angle [rad]."""
    middle = track.x.size // 2
    normal = track.heading[middle] + angle - np.pi / 2

    def surface_at(x, y, seconds):
        off = (x - track.x[middle]) * np.cos(normal) + (y - track.y[middle]) * np.sin(normal)
        ice = np.where(np.abs(off) < width / 2, 0.0, 1.0).astype(np.float32)
        kind = np.where(ice == 0.0, Kind.CALM_WATER, Kind.FIRST_YEAR).astype(np.uint8)
        nothing = np.zeros_like(ice)
        return Surface(kind, 1.5 * ice, SNOW_DEPTH * ice, FREEBOARD * ice, nothing, nothing)

    return surface_at


def fly(folder: Path, mission: str, count: int, width: float, angle: float = np.pi / 2):
    """Return the track of a pass as its file is read, and the orbit it was made of."""
    orbit, interval, write, last = MISSIONS[mission]
    track = fly_over(orbit, -140.0, 75.0, EPOCH, interval, count)
    surface = oblique_lead(track, width, angle)
    path = write(folder, track, surface, changing_sea, EPOCH, 5, *last)
    return open_product(path).load(), track


def made_track(echo: np.ndarray, **changes) -> xr.Dataset:
    """Return a track of echoes whose windows lie alike, 175 m apart; columns can be changed."""
    n = len(echo)
    columns = {
        "longitude": np.zeros(n),
        "latitude": 80.0 + 175.0 / 111_700.0 * np.arange(n),
        "altitude": np.full(n, 800_000.0),
        "waveform": echo.astype(np.float32),
        "window_range": np.full(n, 800_000.0),
        "scale_factor_db": np.zeros(n),
    }
    attributes = {
        "mission": "al",
        "mode": "LRM",
        "product": "SGDR",
        "baseline": "F",
        "track_id": "al_made",
        "rate_hz": 40,
        "source": "made",
        "gate_spacing_m": 0.3125,
        "reference_gate": 51.0,
    }
    attributes |= {k: v for k, v in changes.items() if k in attributes}
    columns |= {k: v for k, v in changes.items() if k not in attributes and k != "time"}
    time = changes.get("time", EPOCH + np.arange(n) * np.timedelta64(25, "ms"))
    return make_track(time, columns, attributes)


def ice_echoes(n: int, level: float = 5.0, gate: float = 51.0, seed: int = 1) -> np.ndarray:
    """Return echoes of ice of a level with thermal noise and speckle of 95 looks, (n, 128)."""
    beyond = np.arange(128) - gate
    mean = 0.25 + level / (1.0 + np.exp(-beyond / 0.3)) * np.exp(-np.maximum(beyond, 0.0) / 29.0)
    return mean * np.random.default_rng(seed).gamma(95.0, 1.0 / 95.0, (n, 128))
