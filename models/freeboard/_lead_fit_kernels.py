"""Compiled least squares of the Gaussian-plus-exponential lead echo.

Arrays in, arrays filled: no defaults, no checks.  The caller checks; these loops trust it.
"""

import math

import numpy as np
from numba import njit

PARAMETERS = 4  # gate of the maximum; logarithms of rise, decay and amplitude
ITERATIONS = 60  # at most
CONVERGED = 1e-10  # relative gain in the sum of squares
STEP = 1e-5  # of a parameter, in the differences of the Jacobian


@njit(cache=True, nogil=True)
def lead_echo(gate: float, peak: float, rise: float, decay: float) -> float:
    """Return the echo of amplitude 1 at a gate (Giles et al. 2007, eq. 1 to 5).

    A Gaussian of width ``rise`` [gates] up to the maximum, the exponential of the rate ``decay``
    [1/gate] after it, and between them, for decay x rise2, a cubic that joins both smoothly.
    """
    after = gate - peak
    joint = decay * rise * rise
    root = math.sqrt(decay * joint)
    if after <= 0.0:
        f = after / rise
    elif after >= joint:
        f = math.sqrt(decay * after)
    else:
        second = (5.0 * decay * rise - 4.0 * root) / (2.0 * rise * joint * root)
        third = (2.0 * root - 3.0 * decay * rise) / (2.0 * rise * joint * joint * root)
        f = ((third * after + second) * after + 1.0 / rise) * after
    return math.exp(-f * f)


@njit(cache=True, nogil=True)
def fit_lead_echoes(
    echo: np.ndarray, begin: np.ndarray, end: np.ndarray, start: np.ndarray, found: np.ndarray
) -> None:
    """Fill the least-squares parameters and the misfit, found (n, 5), of echoes (n, gates).

    Gates from ``begin`` to before ``end`` (n,) count.  ``start`` and ``found`` hold peak, rise,
    decay, amplitude; ``found`` also the root mean square of what is left over, as a share of the
    amplitude.  Levenberg and Marquardt's steps, in the logarithms of all but the peak.
    """
    best, trial = np.empty(PARAMETERS), np.empty(PARAMETERS)
    for i in range(echo.shape[0]):
        piece = echo[i, begin[i] : end[i]].astype(np.float64)
        best[0] = start[i, 0] - begin[i]
        best[1:] = np.log(start[i, 1:])
        residual, jacobian = np.empty(piece.size), np.empty((piece.size, PARAMETERS))
        total = _residual(piece, best, residual)
        damping = 1e-3
        for _ in range(ITERATIONS):
            _jacobian(piece, best, residual, jacobian)
            normal = jacobian.T @ jacobian
            slope = jacobian.T @ residual
            for j in range(PARAMETERS):
                normal[j, j] *= 1.0 + damping
                normal[j, j] += 1e-12 * slope.size
            trial[:] = best - np.linalg.solve(normal, slope)
            changed = _residual(piece, trial, residual)
            if changed < total:
                gain = (total - changed) / total
                best[:] = trial
                total, damping = changed, 0.3 * damping
                if gain < CONVERGED:
                    break
            else:
                damping *= 5.0
                _residual(piece, best, residual)
                if damping > 1e10:
                    break
        found[i, 0] = best[0] + begin[i]
        found[i, 1:PARAMETERS] = np.exp(best[1:])
        found[i, PARAMETERS] = math.sqrt(total / piece.size) / math.exp(best[3])


@njit(cache=True, nogil=True)
def _residual(piece: np.ndarray, of: np.ndarray, residual: np.ndarray) -> float:
    """Fill model less data and return the sum of its squares; inf beyond any sensible shape."""
    total = 0.0
    if max(abs(of[1]), abs(of[2])) > 7.0 or abs(of[0]) > 10.0 * piece.size or of[3] > 700.0:
        return np.inf
    rise, decay, amplitude = math.exp(of[1]), math.exp(of[2]), math.exp(of[3])
    for g in range(piece.size):
        residual[g] = amplitude * lead_echo(float(g), of[0], rise, decay) - piece[g]
        total += residual[g] ** 2
    return total


@njit(cache=True, nogil=True)
def _jacobian(
    piece: np.ndarray, of: np.ndarray, residual: np.ndarray, jacobian: np.ndarray
) -> None:
    moved, other = of.copy(), np.empty(piece.size)
    for j in range(PARAMETERS):
        moved[j] = of[j] + STEP
        _residual(piece, moved, other)
        jacobian[:, j] = (other - residual) / STEP
        moved[j] = of[j]
