"""A retracker for any surface: a threshold on a leading edge that the edge itself chooses.

An echo of quasi-specular water decays within a gate or two, and the surface lies higher on its
leading edge than on that of ice: at a share of the amplitude that follows from the closed form
(``closed_form.uniform_echo``), as the width does.  Amplitude and width are those of the offset
centre of gravity (OCOG), taken over the first gates of the edge: what comes later from beside
the nadir does not move it, unless it is so bright that it is itself taken for the edge, as the
retrackers of the products take it.

References
----------
Wingham, D. J., Rapley, C. G., and Griffiths, H. (1986), New techniques in satellite altimeter
tracking systems, Proceedings of IGARSS 1986, 1339-1344.
"""

from typing import NamedTuple

import numpy as np

from .closed_form import PulseLimitedRadar, gate_ranges, uniform_echo

NOISE_GATES = 11  # the first ones, before any surface
#: Mean square slopes of the closed forms from which the threshold is taken; endless: diffuse.
SLOPES = np.append(np.geomspace(3e-7, 1e-2, 40), np.inf)
EDGE = np.arange(-3, 20)  # gates around the first at half the amplitude of the whole echo
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
        Power in any unit, thermal noise in its first gates; without any signal beyond its noise
        an echo gives nan.
    radar : PulseLimitedRadar
    altitude : float
        Mean of the pass [m].
    looks : float
        Independent pulses in an echo: its speckle, whose mean effect on amplitude and width is
        undone to first order; infinite for none.
    """
    echo = np.asarray(echo, dtype=np.float64)
    signal = np.maximum(echo - echo[:, :NOISE_GATES].mean(axis=1, keepdims=True), 0.0)
    first, edge = _leading_edge(signal)
    amplitude, width = _ocog(edge)
    # Gamma-distributed y of unit mean: E[y2] = 1 + 1/L, E[y4] = 1 + 6/L + ...
    amplitude, width = amplitude / (1.0 + 2.5 / looks), width * (1.0 + 4.0 / looks)
    widths, shares, diffuse = _surface_shares(radar, altitude)
    threshold = amplitude * np.interp(width, widths, shares)
    after = np.maximum((edge > threshold[:, None]).argmax(axis=1), 1)
    record = np.arange(len(echo))
    low, high = edge[record, after - 1], edge[record, after]
    with np.errstate(invalid="ignore"):
        gate = first + after - 1 + (threshold - low) / (high - low)
    return Retracked(gate, amplitude / diffuse)


def _leading_edge(signal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the gates around the first at half the echo's amplitude: the first one, and all."""
    strong = signal > 0.5 * _ocog(signal)[0][:, None]
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
        amplitude, width = _ocog(_leading_edge(echo)[1])
        at_surface = (1.0 - SHIFTS) * echo[:, gate] + SHIFTS * echo[:, gate + 1]
        widths[i], shares[i] = width.mean(), (at_surface / amplitude).mean()
    return widths, shares, float(amplitude.mean())
