"""What a delay-Doppler altimeter records on a pass: range window, echoes with noise, stacks.

Speckle is multiplied on the multi-looked echo.  Gates of an oversampled echo share part of it.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.ndimage import uniform_filter1d

from ..orbits import Pass
from ..sea import Sea, SeaAt, path_delay, sea_height
from ..surface import SurfaceAt
from .corrections import correction_columns
from .delay_doppler import (
    BEAMS,
    LOOKS,
    RANGE_RESOLUTION,
    SarAltimeter,
    sar_echoes,
)
from .facets import KU, facets_along, record_along
from .receiver import Tracker, random_blocks, tracked_range

EFFECTIVE_LOOKS = 80  # 1, of a 20 Hz echo: 60-100 of its 180-250 correlated looks (assumed)
ECHO_STREAM, STACK_STREAM = 11, 12  # of random numbers
TRACKER = Tracker(  # (assumed, but the step: window delays of a CryoSat-2 file move by it)
    position_gain=0.15,
    rate_gain=0.01,
    noise=1.0,
    step=RANGE_RESOLUTION / 2,
)
GAIN_RECORDS = 21  # over which the gain follows the power: the time in which a stack is gathered


class Recorded(NamedTuple):
    """Of n records."""

    sea: Sea  #: at the nadir points
    altitude: np.ndarray  #: (n,) of the satellite above the sea [m]
    window_range: np.ndarray  #: (n,) to the reference gate [m]
    power: np.ndarray  #: (n, gates) with noise and speckle [W]
    stack: np.ndarray  #: (n, BEAMS), the same by beam, summed over the gates [W]


def record_pass(
    radar: SarAltimeter,
    track: Pass,
    surface_at: SurfaceAt,
    sea_at: SeaAt,
    epoch: np.datetime64,
    seed: int,
) -> Recorded:
    """Return what an altimeter records.

    Parameters
    ----------
    radar : SarAltimeter
    track : Pass
        Two records or more.
    surface_at : SurfaceAt
    sea_at : SeaAt
        Its height and path delay move the echo; facets stand on it.
    epoch : datetime64
        UTC, zero of the time of surface and sea.
    seed : int
        Of tracker, noise and speckle.
    """
    sea = sea_at(track.x, track.y, (track.time - epoch) / np.timedelta64(1, "s"))
    altitude = track.altitude - sea_height(sea)
    sea_range = altitude + path_delay(sea)
    before = (radar.reference_gate - radar.sea_gate) * radar.gate_spacing
    window_range = tracked_range(sea_range, TRACKER, seed) + before
    sea_gate = radar.reference_gate + (sea_range - window_range) / radar.gate_spacing
    facets = facets_along(track, surface_at, epoch, KU)
    clean = sar_echoes(radar, facets, record_along(track), altitude, sea_gate)
    return Recorded(
        sea,
        altitude,
        window_range,
        with_multilook_speckle(clean.power + radar.thermal_noise, radar, seed),
        _stack_with_speckle(clean.stack, clean.power, radar, seed),
    )


def with_multilook_speckle(mean: np.ndarray, radar: SarAltimeter, seed: int) -> np.ndarray:
    """Return echoes (n, gates) with speckle of ``EFFECTIVE_LOOKS`` around their mean.

    Gamma-distributed by the cube of a normal variable (Wilson and Hilferty 1931).  That variable
    is correlated between neighbouring gates as the signal's power is, sinc2 of their distance,
    and not beyond: in native gates not at all.
    """
    shared = float(np.sinc(radar.gate_spacing / RANGE_RESOLUTION)) ** 2
    # A moving average e_i + q e_(i+1) has the correlation q / (1 + q2).
    q = (1.0 - math.sqrt(1.0 - 4.0 * shared**2)) / (2.0 * shared) if shared > 1e-9 else 0.0
    spread = 1.0 / (3.0 * math.sqrt(EFFECTIVE_LOOKS))
    echo = np.empty(mean.shape)
    for block, rng in random_blocks(seed, ECHO_STREAM, len(mean)):
        white = rng.standard_normal((block.stop - block.start, mean.shape[1] + 1))
        normal = (white[:, :-1] + q * white[:, 1:]) / math.sqrt(1.0 + q**2)
        echo[block] = mean[block] * (1.0 - spread**2 + spread * normal) ** 3
    return echo


def _stack_with_speckle(
    stack: np.ndarray, power: np.ndarray, radar: SarAltimeter, seed: int
) -> np.ndarray:
    """Return the power by beam with noise and the speckle of its looks and filled gates."""
    oversampling = RANGE_RESOLUTION / radar.gate_spacing
    mean = stack * oversampling + radar.thermal_noise * radar.gates
    filled = power.sum(axis=1) ** 2 / (power**2).sum(axis=1) / oversampling
    looks = np.maximum(filled, 1.0)[:, None] * LOOKS / BEAMS
    speckled = np.empty(mean.shape)
    for block, rng in random_blocks(seed, STACK_STREAM, len(mean)):
        speckled[block] = mean[block] * rng.gamma(
            looks[block], 1.0 / looks[block], mean[block].shape
        )
    return speckled


def gain_setting(power: np.ndarray, least: float) -> np.ndarray:
    """Return the attenuation (n,) in whole dB that follows the power over ``GAIN_RECORDS``.

    It is 0 for a mean power of ``least`` [W] in the window.
    """
    level = uniform_filter1d(power.mean(axis=1), min(GAIN_RECORDS, len(power)), mode="nearest")
    return np.rint(10.0 * np.log10(level / least))


def common_columns(track: Pass, recorded: Recorded) -> dict[str, np.ndarray]:
    """Return the columns that both products have: place, window and corrections.

    ``ocean_tide`` is the total, with load tide and equilibrium tide in it.
    """
    sea = recorded.sea
    return {
        "longitude": track.longitude,
        "latitude": track.latitude,
        "altitude": track.altitude,
        "window_range": recorded.window_range,
        **correction_columns(sea),
    }
