"""A pass of Sentinel-3A over a world, written as the marine level 2 that EUMETSAT would deliver.

The level 2 numbers come from the echoes alone: a retracker, thresholds on peakiness, and the sea
level that records called leads have, interpolated between them.
"""

from pathlib import Path

import numpy as np

from ...products.canonical import make_track
from ...products.sentinel3 import ECHOES
from ...products.sentinel3 import SUMMED as PRODUCT_SUM
from ...products.sentinel3_writer import GATES, write_sentinel3
from ...products.surface import Surface
from ..orbits import Pass
from ..sea import SeaAt
from ..surface import SurfaceAt
from .delay_doppler import SarAltimeter
from .samosa import peak_of_unit_sigma0
from .sar_pass import common_columns, gain_setting, record_pass
from .tfmra import tfmra, tfmra_bias

SRAL = SarAltimeter(
    gates=GATES,
    gate_spacing=ECHOES[GATES][0],
    reference_gate=ECHOES[GATES][1],
    sea_gate=43.0,  # (measured on real echoes)
    antenna_gamma=4.00e-4,  # of 1.35 degrees
    doppler_window=1.0,
    doppler_reach=4.0,  # sidelobes of sinc2 beyond are 23 dB down
    transmit_power=7.0,  # W (assumed; counts do not show it)
    antenna_gain=10**4.2,  # 42 dB (assumed; counts do not show it)
    thermal_noise=8e-18,  # W, 6 counts under an echo of 1000 (measured on real echoes)
)
LEAST_GAIN = 20.0  # dB (assumed)
LEAST_POWER = 4e-17  # W, mean of a window at that setting (assumed)
COUNTS_PER_WATT = 4e20  # at a setting of 0 dB: makes ice of 10 dB peak at about 1000 (assumed)
#: The product's peakiness is this times the share of the peak in the sum (measured on 50 echoes).
PEAKINESS_SCALE = 85.0
#: Peakiness from which records are leads, and up to which sea ice (between those of 1140 leads
#: and 1893 ice records of a real Arctic file).
LEAD_PEAKINESS, ICE_PEAKINESS = 24.0, 16.0
LEAD_SLOPE = 1e-6  # 1, mss of the calm water on which the lead retracker is calibrated (assumed)
ICE_CONCENTRATION = 99.0  # %, of a radiometer over winter pack ice (assumed)
#: What the processor adds to range: it is of the generation that takes the dynamic atmosphere.
SUMMED = (*PRODUCT_SUM, "dynamic_atmosphere_correction")


def write_sentinel3_pass(
    folder: Path,
    track: Pass,
    surface_at: SurfaceAt,
    sea_at: SeaAt,
    epoch: np.datetime64,
    seed: int,
    cycle: int,
    relative_orbit: int,
) -> Path:
    """Write the SEN3 folder of a pass, with its enhanced measurement file.

    Parameters
    ----------
    folder : Path
        Exists.
    track : Pass
        Records 1/20 s apart, two or more.
    surface_at : SurfaceAt
    sea_at : SeaAt
        Its delays and its height move the echo at each record; the file has corrections once a
        second, and nothing of the anomaly.
    epoch : datetime64
        UTC, zero of the time of surface and sea.
    seed : int
        Of speckle, noise and tracker.
    cycle, relative_orbit : int
        Of the mission, for the product's name and attributes.

    Returns
    -------
    Path
        The product's folder.
    """
    recorded = record_pass(SRAL, track, surface_at, sea_at, epoch, seed)
    agc_db = LEAST_GAIN + gain_setting(recorded.power, LEAST_POWER)
    counts = recorded.power * COUNTS_PER_WATT * 10.0 ** (-0.1 * agc_db[:, None])
    unit = peak_of_unit_sigma0(SRAL, recorded.altitude) * COUNTS_PER_WATT
    scale_factor_db = agc_db - 10.0 * np.log10(unit)
    columns = common_columns(track, recorded) | {
        "waveform": counts.astype(np.float32),
        "agc_db": agc_db,
        "scale_factor_db": scale_factor_db,
        "sea_ice_concentration": np.full(agc_db.size, ICE_CONCENTRATION),
    }
    columns |= _level2(columns, float(recorded.altitude.mean()))
    attributes = {
        "mission": "s3a",
        "mode": "SAR",
        "product": "SR_2_WAT",
        "baseline": "006.01.00",
        "track_id": f"s3a_{cycle:03d}_{relative_orbit:03d}",
        "rate_hz": 20,
        "source": "simulated",
        "gate_spacing_m": SRAL.gate_spacing,
        "reference_gate": SRAL.reference_gate,
    }
    return write_sentinel3(
        folder, make_track(track.time, columns, attributes), cycle, relative_orbit
    )


def _level2(columns: dict[str, np.ndarray], altitude: float) -> dict[str, np.ndarray]:
    """Return what the processor finds in the echoes, by name of the track's columns."""
    counts = columns["waveform"].astype(np.float64)
    peak = counts.max(axis=1)
    peakiness = PEAKINESS_SCALE * peak / counts.sum(axis=1)
    lead = peakiness >= LEAD_PEAKINESS
    surface = np.where(lead, Surface.LEAD, Surface.UNKNOWN)
    surface[peakiness <= ICE_PEAKINESS] = Surface.SEA_ICE
    bias = np.where(lead, *(tfmra_bias(SRAL, altitude, mss) for mss in (LEAD_SLOPE, np.inf)))
    beyond = (tfmra(counts) - SRAL.reference_gate) * SRAL.gate_spacing - bias
    product_range = columns["window_range"] + beyond
    elevation = columns["altitude"] - product_range - sum(columns[name] for name in SUMMED)
    anomaly = elevation - columns["mean_sea_surface"]
    return {
        "product_range": product_range,
        "product_elevation": elevation,
        "product_sea_level_anomaly": anomaly,
        "product_radar_freeboard": _freeboard(anomaly, surface),
        "product_peakiness": peakiness,
        "product_surface_class": surface.astype(np.int8),
        "product_quality_flag": np.zeros(peak.size, np.int16),
        "sigma0_db": 10.0 * np.log10(peak) + columns["scale_factor_db"],
    }


def _freeboard(anomaly: np.ndarray, surface: np.ndarray) -> np.ndarray:
    """Return the anomaly of ice above that of leads before and behind it, nan elsewhere [m]."""
    lead = np.flatnonzero((surface == Surface.LEAD) & np.isfinite(anomaly))
    if lead.size == 0:
        return np.full(anomaly.shape, np.nan)
    record = np.arange(anomaly.size)
    between = np.interp(record, lead, anomaly[lead], left=np.nan, right=np.nan)
    return np.where(surface == Surface.SEA_ICE, anomaly - between, np.nan)
