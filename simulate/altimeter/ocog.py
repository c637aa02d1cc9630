"""A retracker for any surface: a threshold on a leading edge that the edge itself chooses.

An echo of quasi-specular water decays within a gate or two, and the surface lies higher on its
leading edge than on that of ice: at a share of the amplitude that follows from the closed form
(``closed_form.uniform_echo``), as the width does.  Amplitude and width are those of the offset
centre of gravity (OCOG), taken over the first gates of the edge: what comes later from beside
the nadir does not move it, unless it is so bright that it is itself taken for the edge, as it
is by the retrackers of the products.

References
----------
Wingham, D. J., Rapley, C. G., and Griffiths, H. (1986), New techniques in satellite altimeter
tracking systems, Proceedings of IGARSS 1986, 1339-1344.
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .closed_form import PulseLimitedRadar, gate_ranges, uniform_echo

NOISE_GATES = 11  # the first ones, before any surface
#: Mean square slopes of the closed forms from which the threshold is taken; endless: diffuse.
SLOPES = np.append(np.geomspace(3e-7, 1e-2, 40), np.inf)
EDGE = np.arange(-3, 10)  # gates around the first edge that are retracked
RISE = 4  # gates in which an edge comes to its height
FAINTEST_EDGE = 0.03  # of the echo's highest gate
ABOVE_NOISE = 3.0  # times the mean noise: less is no edge
SHIFTS = np.arange(8) / 8  # gates: places of the surface between two gates


class Retracked(NamedTuple):
    """Arrays (n,), float64."""

    gate: np.ndarray  #: of the surface, fractional, counted from 0
    amplitude: np.ndarray  #: of a diffuse echo, that of its plateau; in the units of the echo


def retrack(echo: np.ndarray, radar: PulseLimitedRadar, altitude: float, looks: float) -> Retracked:
    """Return the surface's gate and the amplitude of echoes.

    Parameters
    ----------
    echo : array (n, gates), float
        Power in any unit, thermal noise in its first gates; without any signal beyond its noise,
        or with an edge that rises before the gates looked at, an echo gives nan.
    radar : PulseLimitedRadar
    altitude : float
        Mean of the pass [m].
    looks : float
        Independent pulses in an echo: its speckle, whose mean effect on amplitude and width is
        undone to first order; infinite for none.
    """
    echo = np.asarray(echo, dtype=np.float64)
    noise = echo[:, :NOISE_GATES].mean(axis=1, keepdims=True)
    signal = np.maximum(echo - noise, 0.0)
    first, edge = _leading_edge(signal, ABOVE_NOISE * noise)
    amplitude, width = _ocog(edge)
    # Gamma-distributed y of unit mean: E[y2] = 1 + 1/L, E[y4] = 1 + 6/L + ...
    amplitude, width = amplitude / (1.0 + 2.5 / looks), width * (1.0 + 4.0 / looks)
    widths, shares, diffuse = _surface_shares(radar, altitude)
    threshold = amplitude * np.interp(width, widths, shares)
    after = np.maximum((edge > threshold[:, None]).argmax(axis=1), 1)
    record = np.arange(len(echo))
    low, high = edge[record, after - 1], edge[record, after]
    rise = np.where((low <= threshold) & (threshold < high), high - low, np.nan)
    gate = first + after - 1 + (threshold - low) / rise
    return Retracked(gate, amplitude / diffuse)


def _leading_edge(signal: np.ndarray, faintest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first gate of ``EDGE`` around the first edge, and the signal in all of them."""
    faintest = np.maximum(faintest, FAINTEST_EDGE * signal.max(axis=1, keepdims=True))
    height = sliding_window_view(signal, RISE, axis=1).max(axis=2)
    strong = (signal[:, : 1 - RISE] > 0.5 * height) & (height > faintest)
    crossing = np.clip(strong.argmax(axis=1), -EDGE[0], signal.shape[1] - 1 - EDGE[-1])
    return crossing + EDGE[0], np.take_along_axis(signal, crossing[:, None] + EDGE, axis=1)


def _ocog(signal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return amplitude sqrt(sum y4 / sum y2) and width (sum y2)2 / sum y4; nan without signal."""
    second = (signal**2).sum(axis=-1)
    fourth = (signal**4).sum(axis=-1)
    with np.errstate(invalid="ignore"):
        return np.sqrt(fourth / second), second**2 / fourth


def _surface_shares(
    radar: PulseLimitedRadar, altitude: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return widths, shares of the amplitude at the surface, and the diffuse echo's amplitude.

    Means over the surface's places between gates, the echo between gates taken as linear: that
    is how it is retracked.
    """
    gate = int(radar.reference_gate)
    ranges = gate_ranges(radar, gate + SHIFTS)
    widths, shares = np.empty(SLOPES.size), np.empty(SLOPES.size)
    for i, slope in enumerate(SLOPES):
        echo = uniform_echo(radar, ranges, altitude, 1.0, slope)
        amplitude, width = _ocog(_leading_edge(echo, np.zeros((SHIFTS.size, 1)))[1])
        at_surface = (1.0 - SHIFTS) * echo[:, gate] + SHIFTS * echo[:, gate + 1]
        widths[i], shares[i] = width.mean(), (at_surface / amplitude).mean()
    return widths, shares, float(amplitude.mean())
