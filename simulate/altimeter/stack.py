"""Numbers that describe a stack of beams: how its power depends on the look angle.

The definitions are those of the CryoSat-2 level 1b: width and centre are of the Gaussian that fits
the range-integrated power by look; skewness and kurtosis are moments of the powers themselves, as
a real file shows: -1 for the plateau of diffuse ice, 10 and more where few looks stand out.

References
----------
Guo, H. (2011), A simple algorithm for fitting a Gaussian function, IEEE Signal Processing
Magazine, 28(5), 134-137.
Wingham, D. J., et al. (2006), CryoSat: a mission to determine the fluctuations in Earth's land
and marine ice fields, Advances in Space Research, 37(4), 841-871.
"""

from typing import NamedTuple

import numpy as np


class StackShape(NamedTuple):
    """Arrays (n,), float64."""

    standard_deviation: np.ndarray  #: of the fitted Gaussian [look]; nan where none fits
    skewness: np.ndarray  #: of the powers over the looks
    kurtosis: np.ndarray  #: of the powers over the looks, 0 for normal ones


def stack_shape(power: np.ndarray, looks: int) -> StackShape:
    """Return the shape of stacks.

    Parameters
    ----------
    power : array (n, beams), float64
        Integrated over range, of beams evenly spaced in look angle; positive.
    looks : int
        Looks of the whole stack, for which the beams stand.
    """
    return StackShape(
        _fitted_width(power) * looks / power.shape[1],
        _moment(power, 3),
        _moment(power, 4) - 3.0,
    )


def _fitted_width(power: np.ndarray) -> np.ndarray:
    """Return standard deviations of Gaussians [beam]: ln P is a parabola, weighted by P2."""
    beams = power.shape[1]
    place = np.linspace(-1.0, 1.0, beams)
    relative = power / power.max(axis=1, keepdims=True)
    root = relative[..., None] * np.stack([np.ones(beams), place, place**2], axis=-1)
    normal = np.einsum("nbi,nbj->nij", root, root)
    right = np.einsum("nbi,nb->ni", root, relative * np.log(relative))
    bend = np.linalg.solve(normal, right[..., None])[:, 2, 0]
    half = 0.5 * (beams - 1)
    return half * np.sqrt(-0.5 / np.where(bend < 0.0, bend, np.nan))


def _moment(power: np.ndarray, order: int) -> np.ndarray:
    deviation = power - power.mean(axis=1, keepdims=True)
    return (deviation**order).mean(axis=1) / deviation.std(axis=1) ** order
