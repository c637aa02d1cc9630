"""A pass of CryoSat-2 in SAR mode over a world, written as the level 1b that ESA would deliver."""

from pathlib import Path

import numpy as np

from ...products.canonical import make_track
from ...products.cryosat2 import GATE_SPACING_M
from ...products.cryosat2_writer import GATES, REFERENCE_GATE, cryosat2_name, write_cryosat2
from ..orbits import Pass
from ..sea import SeaAt
from ..surface import SurfaceAt
from .delay_doppler import HAMMING, LOOKS, SarAltimeter
from .sar_pass import common_columns, gain_setting, record_pass
from .stack import stack_shape

SIRAL = SarAltimeter(
    gates=GATES,
    gate_spacing=GATE_SPACING_M["SAR"],
    reference_gate=REFERENCE_GATE,
    sea_gate=88.0,  # 44 of 128 before the echo is oversampled twice (CryoSat-2 Product Handbook)
    antenna_gamma=2.86e-4,  # of 1.14 degrees, the mean of 1.08 and 1.2 (Wingham et al. 2006)
    doppler_window=HAMMING,
    doppler_reach=2.0,
    transmit_power=21.877616,  # W, in a SAR file of 2014
    antenna_gain=10**4.28,  # 42.8 dB (Wingham et al. 2006)
    thermal_noise=1e-17,  # W, lower quartile of the first gates in a SAR file of 2014
)
LEAST_GAIN = 36.0  # dB, over the weakest echoes of a SAR file of 2014
LEAST_POWER = 8e-16  # W, mean of a window at that setting (assumed)


def write_cryosat2_pass(
    folder: Path,
    track: Pass,
    surface_at: SurfaceAt,
    sea_at: SeaAt,
    epoch: np.datetime64,
    seed: int,
) -> Path:
    """Write the level 1b SAR file of a pass.

    Parameters
    ----------
    folder : Path
        Exists.
    track : Pass
        Records 1/20 s apart, two or more.
    surface_at : SurfaceAt
    sea_at : SeaAt
        Its delays and its height move the echo at each record; the file has corrections once a
        second, and neither the mean sea surface nor the anomaly.
    epoch : datetime64
        UTC, zero of the time of surface and sea.
    seed : int
        Of speckle, noise and tracker.

    Returns
    -------
    Path
        Of the file: ``products.cryosat2_writer.cryosat2_name``.
    """
    recorded = record_pass(SIRAL, track, surface_at, sea_at, epoch, seed)
    shape = stack_shape(recorded.stack, LOOKS)
    sea = recorded.sea
    columns = common_columns(track, recorded) | {
        "ocean_tide": sea.ocean_tide - sea.load_tide - sea.ocean_tide_equilibrium,
        "waveform": recorded.power.astype(np.float32),
        "agc_db": LEAST_GAIN + gain_setting(recorded.power, LEAST_POWER),
        "stack_standard_deviation": shape.standard_deviation,
        "stack_kurtosis": shape.kurtosis,
        "stack_skewness": shape.skewness,
    }
    attributes = {
        "mission": "c2",
        "mode": "SAR",
        "product": "SIR_SAR_1B",
        "baseline": "E",
        "track_id": "c2_simulated",
        "rate_hz": 20,
        "source": "simulated",
        "gate_spacing_m": SIRAL.gate_spacing,
        "reference_gate": SIRAL.reference_gate,
    }
    path = folder / cryosat2_name(track.time[0], track.time[-1])
    write_cryosat2(path, make_track(track.time, columns, attributes))
    return path
