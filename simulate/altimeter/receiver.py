"""What an altimeter makes of echoes: its range window, speckle, noise, gain and clipping.

Random numbers come in blocks of records, each from a stream of its own: blocks may be computed in
any order.

References
----------
Mahafza, B. R. (2013), Radar Systems Analysis and Design Using MATLAB, chapter 11: the alpha-beta
tracker.
Zakharova, E. A., et al. (2015), Sea ice leads detection using SARAL/AltiKa altimeter, Marine
Geodesy, 38, 522-533, doi:10.1080/01490419.2015.1019655: 6-10 % of peaks over leads are lost to
saturation.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter

SPECKLE_STREAM, TRACKER_STREAM = 1, 2
BLOCK = 64  # records


class Tracker(NamedTuple):
    """An alpha-beta loop that keeps the range window on the surface."""

    position_gain: float  #: alpha: share of a record's error that corrects the range
    rate_gain: float  #: beta: share that corrects the range's rate
    noise: float  #: standard deviation of a record's own estimate of the range [m]
    step: float  #: of the window's place [m]


class Receiver(NamedTuple):
    """From power to counts."""

    looks: int  #: independent pulses averaged into an echo
    thermal_noise: float  #: per gate, in units of backscatter (``closed_form``)
    gain_db: float  #: counts per unit of backscatter at an AGC of 0 dB [dB]
    agc_target: float  #: counts, the mean of a window to which the AGC steers
    agc_lag: float  #: s, in which the AGC follows by 63 %
    agc_step: float  #: dB
    full_scale: int  #: counts, at which echoes are clipped


def random_blocks(
    seed: int, stream: int, count: int
) -> Iterator[tuple[slice, np.random.Generator]]:
    """Yield blocks of ``BLOCK`` records and the random stream of each."""
    for start in range(0, count, BLOCK):
        block = slice(start, min(start + BLOCK, count))
        yield block, np.random.default_rng([seed, stream, start // BLOCK])


def tracked_range(surface_range: np.ndarray, tracker: Tracker, seed: int) -> np.ndarray:
    """Return where the tracker puts the window, as the range of its reference gate (n,) [m].

    The window of a record is predicted from the records before it, so it follows a steady rate
    without error, lags behind changes of the rate, and jitters with what noise the loop lets
    through; the first record finds the loop settled.

    Parameters
    ----------
    surface_range : array (n,), float [m]
        Range of the surface at nadir as the radar measures it; two records or more.
    tracker : Tracker
    seed : int
    """
    noise = np.empty(surface_range.size)
    for block, rng in random_blocks(seed, TRACKER_STREAM, noise.size):
        noise[block] = tracker.noise * rng.standard_normal(block.stop - block.start)
    alpha, beta = tracker.position_gain, tracker.rate_gain
    steady = surface_range[0] + np.arange(noise.size) * (surface_range[1] - surface_range[0])
    predicted = lfilter(
        [0.0, alpha + beta, -alpha], [1.0, alpha + beta - 2.0, 1.0 - alpha],
        surface_range - steady + noise,
    )  # fmt: skip
    return np.rint((steady + predicted) / tracker.step) * tracker.step


def with_speckle(
    incoherent: np.ndarray, coherent: np.ndarray, receiver: Receiver, seed: int
) -> np.ndarray:
    """Return echoes with thermal noise and speckle, (n, gates), in the units of the power.

    The sum over looks of the squares of a steady amplitude and Gaussian noise is noncentrally
    chi-square (Rice); without a coherent part it is the gamma distribution of multilooked
    speckle.  The mean is incoherent + coherent + thermal noise.
    """
    echo = np.empty(incoherent.shape)
    freedom = 2.0 * receiver.looks
    for block, rng in random_blocks(seed, SPECKLE_STREAM, len(echo)):
        fading = incoherent[block] + receiver.thermal_noise
        echo[block] = rng.noncentral_chisquare(freedom, freedom * coherent[block] / fading)
        echo[block] *= fading / freedom
    return echo


def gain_control(
    power: np.ndarray, interval: float, receiver: Receiver
) -> tuple[np.ndarray, np.ndarray]:
    """Return echoes in counts as the AGC leaves them, and its settings.

    The loop follows the mean power of the windows in dB; an echo is governed by those before it,
    so the first moments over a lead meet the gain of the ice and may be clipped.

    Parameters
    ----------
    power : array (n, gates), float
        In units of backscatter.
    interval : float
        Between records [s].
    receiver : Receiver

    Returns
    -------
    counts : array (n, gates), float32
        Whole numbers up to ``full_scale``.
    agc_db : array (n,), float64
        counts * 10 ** ((agc_db - gain_db) / 10) is the power, where nothing was clipped.
    """
    level = 10.0 * np.log10(power.mean(axis=1)) + receiver.gain_db
    wanted = level - 10.0 * np.log10(receiver.agc_target)
    pole = np.exp(-interval / receiver.agc_lag)
    followed, _ = lfilter([0.0, 1.0 - pole], [1.0, -pole], wanted, zi=wanted[:1])
    agc_db = np.rint(followed / receiver.agc_step) * receiver.agc_step
    counts = np.rint(power * 10.0 ** (0.1 * (receiver.gain_db - agc_db[:, None])))
    return np.minimum(counts, receiver.full_scale).astype(np.float32), agc_db
