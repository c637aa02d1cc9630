"""The Gaussian-plus-exponential retracker for leads.

References
----------
Giles, K. A., et al. (2007), Combined airborne laser and radar altimeter measurements over the Fram
Strait in May 2002, Remote Sensing of Environment, 111, 182-194, doi:10.1016/j.rse.2007.02.037.
"""

from typing import NamedTuple

import numpy as np

from . import _lead_fit_kernels as kernels

BEFORE_M, AFTER_M = 3.0, 3.0  # range around the maximum that is fitted
START_RISE_M, START_DECAY = 0.25, 1.0  # m; per m: of a mirror as wide as the pulse
START_GATES = (-1.0, -0.25, 0.5)  # from the highest gate: the best of several minima is taken


class LeadFit(NamedTuple):
    """Of n echoes; float64 (n,), nan of an echo without power or with a nan."""

    gate: np.ndarray  #: of the maximum, fractional, counted from 0
    rise: np.ndarray  #: width of the Gaussian before it [gates]
    decay: np.ndarray  #: rate of the exponential after it [1/gate]
    amplitude: np.ndarray  #: in the units of the echo
    misfit: np.ndarray  #: root mean square of what is left over, as a share of the amplitude


def fit_leads(echo: np.ndarray, noise_gates: tuple[int, int], gate_spacing: float) -> LeadFit:
    """Return the lead echo that fits best around the maximum of each echo.

    Parameters
    ----------
    echo : array (n, gates), float
        Power in any unit.
    noise_gates : pair of int
        The first and after the last gate whose mean is subtracted.
    gate_spacing : float [m]
    """
    found = np.full((len(echo), kernels.PARAMETERS + 1), np.nan)
    noise = echo[:, slice(*noise_gates)].mean(axis=1, keepdims=True, dtype=np.float64)
    signal = echo - noise
    whole = np.flatnonzero(np.isfinite(signal).all(axis=1) & (signal.max(axis=1) > 0.0))
    if whole.size:
        signal = signal[whole]
        highest = signal.max(axis=1)
        peak = signal.argmax(axis=1)
        begin = np.maximum(peak - round(BEFORE_M / gate_spacing), 0)
        end = np.minimum(peak + round(AFTER_M / gate_spacing) + 1, echo.shape[1])
        of_peak = np.ones(whole.size)
        shape = (START_RISE_M / gate_spacing * of_peak, START_DECAY * gate_spacing * of_peak)
        fitted = np.full((whole.size, kernels.PARAMETERS + 1), np.inf)
        for offset in START_GATES:
            start = np.column_stack([peak + offset, *shape, of_peak])
            other = np.empty_like(fitted)
            kernels.fit_lead_echoes(signal / highest[:, None], begin, end, start, other)
            better = other[:, -1] < fitted[:, -1]
            fitted[better] = other[better]
        fitted[:, 3] *= highest
        found[whole] = fitted
    return LeadFit(*found.T)
