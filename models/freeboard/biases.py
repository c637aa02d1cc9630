"""Where threshold retrackers put leads and floes, and how well: one table by kind of echo.

Half of the first maximum lies before the surface: by more on the edge of diffuse ice than on that
of a mirror, which rises within a pulse, and by more on a rough edge, whose echo is less peaky.

References
----------
Laforge, A., et al. (2021), Toward improved sea ice freeboard observation with SAR altimetry,
Advances in Space Research, 68, 732-745, doi:10.1016/j.asr.2020.02.001: a correction by peakiness.
"""

from typing import NamedTuple

import numpy as np

PEAKINESS = 8.0  # of a floe at which ``HeightErrors.floe`` holds


class HeightErrors(NamedTuple):
    """Of the half-power heights of a kind of echo [m]."""

    lead: float  #: mean height of leads above the sea, off-nadir distance taken off
    lead_noise: float  #: standard deviation of one lead's height, its own
    lead_shared: float  #: that which is alike along a lead: of its kind, width and surroundings
    floe: float  #: mean height of floes above their radar freeboard
    floe_slope: float  #: its increase with the logarithm of the peakiness
    floe_noise: float  #: standard deviation: speckle, and ice beside the nadir
    most_peaky_floe: float  #: gates x maximum / sum; more is not a floe alone


#: Biases and ``floe_noise`` as ``benchmarks/freeboard_along_track.py --derive`` finds them on
#: simulated worlds other than those it judges, on passes from which the model of leads has learnt
#: nothing (the validation part of its card).  The closed forms of uniform surfaces, without
#: neighbours and speckle, give leads of mss 1e-6 0.13, 0.22, 0.31 m and ice 0.01, 0.37, 0.42 m.
#: ``lead_shared`` is below the spread of single leads (0.10, 0.11, 0.14 m), whose tails
#: ``sea_level.sea_level`` takes for what they are.
ERRORS = {
    "al_lrm": HeightErrors(0.129, 0.03, 0.07, -0.070, -0.083, 0.082, 5.0),
    "c2_sar": HeightErrors(0.280, 0.03, 0.08, 0.380, -0.094, 0.109, 12.0),
    "s3_sar": HeightErrors(0.357, 0.03, 0.11, 0.416, -0.041, 0.113, 10.0),
}


def peakiness(echo: np.ndarray) -> np.ndarray:
    """Return gates x maximum / sum of echoes (n, gates), (n,); nan of an empty or missing one."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(echo.shape[1] * echo.max(axis=1) / echo.sum(axis=1), dtype=np.float64)


def height_bias(errors: HeightErrors, lead: np.ndarray, peaky: np.ndarray) -> np.ndarray:
    """Return by how much half-power heights are too high, (n,) [m].

    Parameters
    ----------
    errors : HeightErrors
    lead : array (n,), bool
        All else is taken as ice.
    peaky : array (n,), float64
        ``peakiness``; of ice beyond what a floe has the bias stays what it is there.
    """
    of_floe = np.log(np.minimum(peaky, errors.most_peaky_floe) / PEAKINESS)
    return np.where(lead, errors.lead, errors.floe + errors.floe_slope * of_floe)
