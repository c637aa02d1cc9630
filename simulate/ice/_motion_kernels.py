"""Compiled loops of the smooth drift: sums of plane waves, and the way back.

Arrays in, arrays out: no defaults, no checks.  The callers in ``motion.py`` check; these loops
trust them.  Positions are relative to the centre of the motion, float64 (n,) [m].
"""

import math

import numpy as np
from numba import njit

#: A Newton step this short [m] leaves less than 1e-6 m: convergence is quadratic, and the
#: gradient of the displacement changes by less than 1e-4 a metre.
SHORT_STEP = 0.1
#: Newton steps; 3 or 4 suffice where the displacement's gradient stays below 0.3.
MAXIMUM_STEPS = 20


@njit(cache=True, nogil=True)
def wave_sum(
    x: np.ndarray,
    y: np.ndarray,
    t: np.ndarray,
    wavenumber: np.ndarray,
    rate: np.ndarray,
    amplitude: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the two components (n,) of the real part of sum A exp(i (k . x + rate t)).

    wavenumber (m, 2) [rad/m], rate (m,) [rad/s], amplitude (m, 2) complex; t (n,) [s].
    """
    u = np.zeros(x.size)
    v = np.zeros(x.size)
    for i in range(x.size):
        for m in range(rate.size):
            phase = wavenumber[m, 0] * x[i] + wavenumber[m, 1] * y[i] + rate[m] * t[i]
            cosine = math.cos(phase)
            sine = math.sin(phase)
            u[i] += amplitude[m, 0].real * cosine - amplitude[m, 0].imag * sine
            v[i] += amplitude[m, 1].real * cosine - amplitude[m, 1].imag * sine
    return u, v


@njit(cache=True, nogil=True)
def _sum_and_gradient(
    x: float, y: float, wavenumber: np.ndarray, amplitude: np.ndarray
) -> tuple[float, float, float, float, float, float]:
    """Return the sum's components at one time and place, and their derivatives by x and by y."""
    u = v = u_x = u_y = v_x = v_y = 0.0
    for m in range(wavenumber.shape[0]):
        phase = wavenumber[m, 0] * x + wavenumber[m, 1] * y
        cosine = math.cos(phase)
        sine = math.sin(phase)
        u += amplitude[m, 0].real * cosine - amplitude[m, 0].imag * sine
        v += amplitude[m, 1].real * cosine - amplitude[m, 1].imag * sine
        slope_u = -amplitude[m, 0].real * sine - amplitude[m, 0].imag * cosine
        slope_v = -amplitude[m, 1].real * sine - amplitude[m, 1].imag * cosine
        u_x += slope_u * wavenumber[m, 0]
        u_y += slope_u * wavenumber[m, 1]
        v_x += slope_v * wavenumber[m, 0]
        v_y += slope_v * wavenumber[m, 1]
    return u, v, u_x, u_y, v_x, v_y


@njit(cache=True, nogil=True)
def undo_displacement(
    x: np.ndarray, y: np.ndarray, wavenumber: np.ndarray, amplitude: np.ndarray
) -> np.ndarray:
    """Return (n, 2) the displacement U(xi) of the ice that lies at x = xi + U(xi), by Newton."""
    displacement = np.empty((x.size, 2))
    for i in range(x.size):
        u, v, _, _, _, _ = _sum_and_gradient(x[i], y[i], wavenumber, amplitude)
        xi = x[i] - u
        eta = y[i] - v
        for _ in range(MAXIMUM_STEPS):
            u, v, u_x, u_y, v_x, v_y = _sum_and_gradient(xi, eta, wavenumber, amplitude)
            miss_x = x[i] - xi - u
            miss_y = y[i] - eta - v
            determinant = (1.0 + u_x) * (1.0 + v_y) - u_y * v_x
            step_x = (miss_x * (1.0 + v_y) - miss_y * u_y) / determinant
            step_y = (miss_y * (1.0 + u_x) - miss_x * v_x) / determinant
            xi += step_x
            eta += step_y
            if abs(step_x) + abs(step_y) < SHORT_STEP:
                break
        displacement[i, 0] = x[i] - xi
        displacement[i, 1] = y[i] - eta
    return displacement


@njit(cache=True, nogil=True)
def _cubic_weights(u: float) -> tuple[float, float, float, float]:
    """Return Lagrange's weights of the nodes -1, 0, 1, 2 at u (0 <= u <= 1)."""
    return (
        u * (u - 1.0) * (2.0 - u) / 6.0,
        (u + 1.0) * (u - 1.0) * (u - 2.0) / 2.0,
        (u + 1.0) * u * (2.0 - u) / 2.0,
        (u + 1.0) * u * (u - 1.0) / 6.0,
    )


@njit(cache=True, nogil=True)
def subtract_interpolated(
    x: np.ndarray, y: np.ndarray, spacing: float, first_i: int, first_j: int, table: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y (n,) less what a table (rows, columns, 2) says, bicubic between its nodes.

    Node [0, 0] lies at (first_i, first_j) * spacing; one node lies beyond the points below, two
    above.
    """
    xi = np.empty(x.size)
    eta = np.empty(x.size)
    for n in range(x.size):
        # Where in its cell a point lies must not depend on where the table begins.
        row = x[n] / spacing
        column = y[n] / spacing
        i = math.floor(row)
        j = math.floor(column)
        a0, a1, a2, a3 = _cubic_weights(row - i)
        along = _cubic_weights(column - j)
        i -= first_i + 1
        j -= first_j + 1
        dx = dy = 0.0
        for k in range(4):
            dx += along[k] * (
                a0 * table[i, j + k, 0]
                + a1 * table[i + 1, j + k, 0]
                + a2 * table[i + 2, j + k, 0]
                + a3 * table[i + 3, j + k, 0]
            )
            dy += along[k] * (
                a0 * table[i, j + k, 1]
                + a1 * table[i + 1, j + k, 1]
                + a2 * table[i + 2, j + k, 1]
                + a3 * table[i + 3, j + k, 1]
            )
        xi[n] = x[n] - dx
        eta[n] = y[n] - dy
    return xi, eta
