"""The offset centre of gravity retracker (OCOG, Ice-1): robust, for any shape of echo.

References
----------
Wingham, D. J., Rapley, C. G., and Griffiths, H. (1986), New techniques in satellite altimeter
tracking systems, Proceedings of IGARSS 1986, 1339-1344.
"""

from typing import NamedTuple

import numpy as np


class Gravity(NamedTuple):
    """Of n echoes; float64 (n,), nan of an echo without power or with a nan."""

    gate: np.ndarray  #: of the leading edge, centre less half the width, counted from 0
    amplitude: np.ndarray  #: of the box, in the units of the echo
    width: np.ndarray  #: of the box [gates]


def ocog(echo: np.ndarray, noise_gates: tuple[int, int]) -> Gravity:
    """Return the box that has the echo's centre of gravity, and where it begins.

    Amplitude sqrt(sum y4 / sum y2), width (sum y2)2 / sum y4, centre sum i y2 / sum y2, where y is
    what of the echo lies above the mean of its noise.  The edge is centre - width / 2.

    Parameters
    ----------
    echo : array (n, gates), float
        Power in any unit.
    noise_gates : pair of int
        The first and after the last gate whose mean is noise.
    """
    noise = echo[:, slice(*noise_gates)].mean(axis=1, keepdims=True, dtype=np.float64)
    square = np.maximum(echo - noise, 0.0) ** 2
    second, fourth = square.sum(axis=1), (square**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        width = second**2 / fourth
        centre = (square * np.arange(echo.shape[1])).sum(axis=1) / second
        return Gravity(centre - 0.5 * width, np.sqrt(fourth / second), width)
