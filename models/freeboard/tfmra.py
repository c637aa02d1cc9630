"""The threshold first-maximum retracker (TFMRA), for whole tracks of any mission.

References
----------
Helm, V., Humbert, A., and Miller, H. (2014), Elevation and elevation change of Greenland and
Antarctica derived from CryoSat-2, The Cryosphere, 8, 1539-1559, doi:10.5194/tc-8-1539-2014.
Ricker, R., et al. (2014), Sensitivity of CryoSat-2 Arctic sea-ice freeboard and thickness on
radar-waveform interpretation, The Cryosphere, 8, 1607-1622, doi:10.5194/tc-8-1607-2014.
Zakharova, E. A., et al. (2015), Sea ice leads detection using SARAL/AltiKa altimeter, Marine
Geodesy, 38, 522-533, doi:10.1080/01490419.2015.1019655: 6-10 % of peaks over leads are clipped.
"""

from typing import NamedTuple

import numpy as np

from . import _kernels


class EdgeSettings(NamedTuple):
    """How the leading edge of a kind of echo is found."""

    noise_gates: tuple[int, int]  #: the first and after the last one whose mean is noise
    oversampling: int  #: linear
    smoothing: int  #: oversampled gates of the running mean, odd
    first_maximum: float  #: share of the echo's maximum that the first local one must exceed
    lead_threshold: float  #: share of the first maximum at which a lead lies
    floe_threshold: float  #: the same of a floe


#: By kind of echo (``waveforms.sequences.kind_of``).  Noise, oversampling, smoothing and first
#: maximum as AWI and CCI run it on CryoSat-2 and Sentinel-3 (Ricker et al. 2014, and later
#: settings for SARIn); half of the maximum for both surfaces.  AltiKa's first maximum is lower
#: (assumed), so that ice is found before a brighter lead beside the track.
EDGES = {
    "al_lrm": EdgeSettings((10, 20), 10, 11, 0.10, 0.5, 0.5),
    "c2_lrm": EdgeSettings((10, 20), 10, 11, 0.15, 0.5, 0.5),
    "c2_sar": EdgeSettings((0, 6), 10, 11, 0.15, 0.5, 0.5),
    "c2_sarin": EdgeSettings((0, 6), 10, 21, 0.45, 0.5, 0.5),
    "s3_lrm": EdgeSettings((10, 20), 10, 11, 0.15, 0.5, 0.5),
    "s3_sar": EdgeSettings((0, 6), 10, 11, 0.15, 0.5, 0.5),
}


class Retracked(NamedTuple):
    """Of n echoes; float64 (n,), nan where there is no edge."""

    gate: np.ndarray  #: of the surface, fractional, counted from 0
    first_maximum: np.ndarray  #: gate of the first maximum: the rise from ``gate`` is its quality


def tfmra(echo: np.ndarray, threshold: np.ndarray | float, settings: EdgeSettings) -> Retracked:
    """Return where echoes rise to a share of their first maximum.

    Parameters
    ----------
    echo : array (n, gates), float32
        Power in any unit; an echo with a nan, or without power beyond its noise, gives nan.
    threshold : array (n,) or number
        Share of the first maximum, 0 to 1.
    settings : EdgeSettings
        Its own thresholds are not looked at.
    """
    found = Retracked(np.empty(len(echo)), np.empty(len(echo)))
    _kernels.threshold_retrack(
        np.ascontiguousarray(echo, dtype=np.float32),
        settings.noise_gates,
        settings.oversampling,
        settings.smoothing // 2,
        settings.first_maximum,
        np.broadcast_to(np.asarray(threshold, dtype=np.float64), len(echo)),
        *found,
    )
    return found


def clipped(echo: np.ndarray) -> np.ndarray:
    """Return which echoes (n, gates) have their highest power in several gates, (n,) bool.

    An echo of a mirror has one peak.  Where the gain has not followed, its top is cut, and half of
    what is left lies decimetres early (AltiKa; Zakharova et al. 2015).
    """
    return np.asarray((echo == echo.max(axis=1, keepdims=True)).sum(axis=1) > 1)
