"""A pass of SARAL/AltiKa over a world, written as the SGDR its agency would deliver."""

from pathlib import Path

import numpy as np

from ...products.altika import GATE_SPACING_M
from ...products.altika_writer import altika_name, write_altika
from ...products.canonical import make_track
from ..orbits import Pass
from ..sea import Sea, SeaAt, path_delay, sea_height
from ..surface import SurfaceAt
from .closed_form import ALTIKA
from .corrections import correction_columns
from .facets import KA, facets_along, record_along
from .ocog import retrack
from .pulse_limited import pulse_limited_echoes
from .receiver import Receiver, Tracker, gain_control, tracked_range, with_speckle

IONOSPHERE_SHARE = (13.575 / 35.75) ** 2  # 1, path delay in Ka over that in Ku band: f**-2
HALF_WIDTH = 6_500.0  # m, of the strip of facets: the window sees 5.9 km
PEAKINESS_SCALE = 31.5  # 1, of max / sum of an echo (Peacock and Laxon 2004; assumed for AltiKa)
TRACKER = Tracker(  # (assumed)
    position_gain=0.15,
    rate_gain=0.01,
    noise=1.0,
    step=GATE_SPACING_M / 4,
)
RECEIVER = Receiver(  # (assumed, but that full scale is what the product's int16 holds)
    looks=95,
    thermal_noise=10**-0.6,
    gain_db=40.0,
    agc_target=20.0,  # clips 6-10 % of the echoes over leads (Zakharova et al. 2015)
    agc_lag=1.5,
    agc_step=1.0,
    full_scale=32766,
)


def write_altika_pass(
    folder: Path,
    track: Pass,
    surface_at: SurfaceAt,
    sea_at: SeaAt,
    epoch: np.datetime64,
    seed: int,
    cycle: int,
    pass_number: int,
) -> Path:
    """Write the SGDR of a pass.

    Parameters
    ----------
    folder : Path
        Exists.
    track : Pass
        Records 1/40 s apart, two or more.
    surface_at : SurfaceAt
    sea_at : SeaAt
        Its delays and its height move the echo at each record; the file has corrections and
        mean sea surface once a second, and nothing of the anomaly.
    epoch : datetime64
        UTC, zero of the time of surface and sea.
    seed : int
        Of speckle, noise and tracker.
    cycle, pass_number : int
        Of the mission, for the file's name and attributes.

    Returns
    -------
    Path
        Of the file: ``products.altika_writer.altika_name``.
    """
    seconds = (track.time - epoch) / np.timedelta64(1, "s")
    sea = sea_at(track.x, track.y, seconds)
    columns = {
        "longitude": track.longitude,
        "latitude": track.latitude,
        "altitude": track.altitude,
        **correction_columns(sea, IONOSPHERE_SHARE),
        **_measured(track, surface_at, sea, epoch, seed),
    }
    attributes = {
        "mission": "al",
        "mode": "LRM",
        "product": "SGDR",
        "baseline": "F",
        "track_id": f"al_{cycle:03d}_{pass_number:04d}",
        "rate_hz": 40,
        "source": "simulated",
        "gate_spacing_m": ALTIKA.gate_spacing,
        "reference_gate": ALTIKA.reference_gate,
    }
    path = folder / altika_name(cycle, pass_number, track.time[0], track.time[-1])
    write_altika(path, make_track(track.time, columns, attributes), cycle, pass_number)
    return path


def _measured(
    track: Pass, surface_at: SurfaceAt, sea: Sea, epoch: np.datetime64, seed: int
) -> dict[str, np.ndarray]:
    """Return what the altimeter measures, and what its ground segment makes of that alone."""
    altitude = track.altitude - sea_height(sea)
    sea_range = altitude + path_delay(sea, IONOSPHERE_SHARE)
    window_range = tracked_range(sea_range, TRACKER, seed)
    nadir_gate = ALTIKA.reference_gate + (sea_range - window_range) / ALTIKA.gate_spacing
    facets = facets_along(track, surface_at, epoch, KA, half_width=HALF_WIDTH)
    clean = pulse_limited_echoes(facets, record_along(track), altitude, nadir_gate, ALTIKA)
    power = with_speckle(clean.incoherent, clean.coherent, RECEIVER, seed)
    interval = float((track.time[1] - track.time[0]) / np.timedelta64(1, "s"))
    counts, agc_db = gain_control(power, interval, RECEIVER)
    return {
        "waveform": counts,
        "window_range": window_range,
        "agc_db": agc_db,
        "scale_factor_db": agc_db - RECEIVER.gain_db,
        **_retracked(counts, window_range, agc_db, float(altitude.mean())),
    }


def _retracked(
    counts: np.ndarray, window_range: np.ndarray, agc_db: np.ndarray, altitude: float
) -> dict[str, np.ndarray]:
    """Return the columns of the product's own retracking; clipped or lost echoes are bad."""
    found = retrack(counts, ALTIKA, altitude, RECEIVER.looks)
    beyond = (found.gate - ALTIKA.reference_gate) * ALTIKA.gate_spacing
    highest = counts.max(axis=1)
    bad = (highest >= RECEIVER.full_scale) | np.isnan(found.gate)
    with np.errstate(invalid="ignore"):
        peakiness = PEAKINESS_SCALE * highest / counts.sum(axis=1)
    return {
        "product_range": window_range + beyond,
        "sigma0_db": 10.0 * np.log10(found.amplitude) + agc_db - RECEIVER.gain_db,
        "product_peakiness": peakiness,
        "product_quality_flag": bad.astype(np.float64),
    }
