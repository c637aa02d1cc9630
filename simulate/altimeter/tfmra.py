"""The threshold first-maximum retracker (TFMRA), as sea-ice processors run it on SAR echoes.

References
----------
Helm, V., Humbert, A., and Miller, H. (2014), Elevation and elevation change of Greenland and
Antarctica derived from CryoSat-2, The Cryosphere, 8, 1539-1559, doi:10.5194/tc-8-1539-2014.
Ricker, R., et al. (2014), Sensitivity of CryoSat-2 Arctic sea-ice freeboard and thickness on
radar-waveform interpretation, The Cryosphere, 8, 1607-1622, doi:10.5194/tc-8-1607-2014.
"""

import numpy as np
from scipy.ndimage import uniform_filter1d

from .delay_doppler import RANGE_RESOLUTION, SarAltimeter, sar_echoes, uniform_facets

NOISE_GATES = 6  # first gates of an echo, of which the mean is noise
OVERSAMPLING = 10  # linear (Ricker et al. 2014)
SMOOTHING = 11  # oversampled gates of the running mean (Ricker et al. 2014)
FIRST_MAXIMUM = 0.15  # share of the echo's maximum that the first local one must reach
PLACES = 8  # of a surface between two gates, over which a bias is averaged
THRESHOLD = 0.5  # share of the first maximum at which the surface lies


def tfmra(echo: np.ndarray) -> np.ndarray:
    """Return the gates at which echoes rise to half of their first maximum.

    Parameters
    ----------
    echo : array (n, gates), float
        Power in any unit, noise alone in its first gates.

    Returns
    -------
    array (n,), float64
        Fractional gate, counted from 0; nan where the echo is flat.
    """
    gates = echo.shape[1]
    fine = np.arange((gates - 1) * OVERSAMPLING + 1) / OVERSAMPLING
    low = np.minimum(fine.astype(int), gates - 2)
    signal = echo - echo[:, :NOISE_GATES].mean(axis=1, keepdims=True)
    signal = signal[:, low] + (fine - low) * (signal[:, low + 1] - signal[:, low])
    smooth = uniform_filter1d(signal, SMOOTHING, axis=1, mode="nearest")
    inner = smooth[:, 1:-1]
    rises = (inner > smooth[:, :-2]) & (inner >= smooth[:, 2:])
    first = 1 + (rises & (inner > FIRST_MAXIMUM * smooth.max(axis=1, keepdims=True))).argmax(axis=1)
    record = np.arange(len(echo))
    level = THRESHOLD * smooth[record, first]
    below = (smooth < level[:, None]) & (np.arange(fine.size) < first[:, None])
    last = fine.size - 1 - below[:, ::-1].argmax(axis=1)
    before, after = smooth[record, last], smooth[record, np.minimum(last + 1, fine.size - 1)]
    with np.errstate(invalid="ignore", divide="ignore"):
        gate = (last + (level - before) / (after - before)) / OVERSAMPLING
    return np.where(below.any(axis=1), gate, np.nan)


def tfmra_bias(radar: SarAltimeter, altitude: float, mean_square_slope: float) -> float:
    """Return how much too early TFMRA finds a uniform flat surface: negative [m].

    Mean over places of the surface between two gates.  Half power lies 0.15 m earlier on the edge
    of diffuse ice than on that of a mirror: ESA's heights of leads and ice differ by 0.16 m
    for the same reason.
    """
    gate = radar.sea_gate + np.arange(PLACES) / PLACES * RANGE_RESOLUTION / radar.gate_spacing
    facets = uniform_facets(radar, altitude, 1.0, mean_square_slope)
    echo = sar_echoes(radar, facets, np.zeros(PLACES), np.full(PLACES, altitude), gate).power
    return float((tfmra(echo) - gate).mean() * radar.gate_spacing)
