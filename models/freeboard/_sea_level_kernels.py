"""Compiled Kalman smoother of the sea level along a track.

Arrays in, arrays filled: no defaults, no checks.  The caller checks; this loop trusts it.
"""

import math

import numpy as np
from numba import njit

STATES = 4  # anomaly, its slope, error that neighbours share, level of the pass


@njit(cache=True, nogil=True)
def smooth_level(
    step: np.ndarray,
    anomaly: np.ndarray,
    noise: np.ndarray,
    shared: np.ndarray,
    prior: tuple[float, float],
    length: tuple[float, float],
    level: np.ndarray,
    sigma: np.ndarray,
) -> None:
    """Fill the sea level and its standard deviation (n,) at every record, given the tie points.

    A Kalman filter along the track and the fixed-interval smoother of Bierman (1977), which
    inverts nothing.  The state is an anomaly with the Matern covariance of order 3/2 and its
    slope, an error that neighbours share with exponential covariance and variance 1, and a level
    of the whole pass; a tie point sees anomaly + level + ``shared`` x error + noise.

    Parameters
    ----------
    step : array (n,), float64
        Metres from the record before; 0 for the first.
    anomaly : array (n,), float64 [m]
        nan where there is no tie point.
    noise, shared : array (n,), float64 [m]
        Standard deviations of a tie point's own and of its shared error.
    prior : pair of float [m]
        Standard deviations of anomaly and level.
    length : pair of float [m]
        Of the anomaly and of the shared error.
    level, sigma : array (n,), float64 [m], filled
    """
    states, spreads = np.empty((step.size, STATES)), np.empty((step.size, STATES, STATES))
    rate = math.sqrt(3.0) / length[0]
    _predict(step, anomaly, noise, shared, prior, rate, length[1], states, spreads)
    adjoint, information = np.zeros(STATES), np.zeros((STATES, STATES))
    for k in range(step.size - 1, -1, -1):
        spread = spreads[k]
        if not math.isnan(anomaly[k]):
            column, variance = _seen(spread, shared[k], noise[k])
            view = np.array([1.0, 0.0, shared[k], 1.0])
            # With keep = 1 - column view' / variance: keep' adjoint, keep' information keep.
            innovation = _innovation(anomaly[k], states[k], shared[k])
            adjoint = adjoint - view * ((_dot(column, adjoint) + innovation) / variance)
            pulled = _times(information, column)
            both = (_dot(column, pulled) / variance + 1.0) / variance
            cross = _outer(view, pulled) / variance
            information = information - cross - cross.T + _outer(view, view) * both
        column = spread[0] + spread[3]  # covariance of the state with the sea level
        level[k] = states[k, 0] + states[k, 3] - _dot(column, adjoint)
        variance = column[0] + column[3] - _dot(column, _times(information, column))
        sigma[k] = math.sqrt(max(variance, 0.0))
        back = _move(step[k], rate, length[1]).T.copy()
        adjoint = _times(back, adjoint)
        information = _turned(back, information)


@njit(cache=True, nogil=True)
def _predict(
    step: np.ndarray,
    anomaly: np.ndarray,
    noise: np.ndarray,
    shared: np.ndarray,
    prior: tuple[float, float],
    rate: float,
    shared_length: float,
    states: np.ndarray,
    spreads: np.ndarray,
) -> None:
    """Fill each record's state (n, 4) and its covariance (n, 4, 4) as the records before have it.

    ``rate`` is sqrt(3) over the length of the anomaly [1/m].
    """
    stationary = np.zeros((STATES, STATES))
    stationary[0, 0], stationary[1, 1], stationary[2, 2] = prior[0] ** 2, (rate * prior[0]) ** 2, 1
    state, spread = np.zeros(STATES), stationary.copy()
    spread[3, 3] = prior[1] ** 2
    for k in range(step.size):
        move = _move(step[k], rate, shared_length)
        state = _times(move, state)
        # What the step adds is such that far away the stationary covariance is kept.
        spread = stationary + _turned(move, spread - stationary)
        states[k], spreads[k] = state, spread
        if not math.isnan(anomaly[k]):
            column, variance = _seen(spread, shared[k], noise[k])
            state = state + column * (_innovation(anomaly[k], state, shared[k]) / variance)
            spread = spread - _outer(column, column) / variance


@njit(cache=True, nogil=True)
def _move(step: float, rate: float, shared_length: float) -> np.ndarray:
    """Return how the state's expectation moves over a step."""
    fade = math.exp(-rate * step)
    move = np.zeros((STATES, STATES))
    move[0, 0] = (1.0 + rate * step) * fade
    move[0, 1] = step * fade
    move[1, 0] = -(rate**2) * step * fade
    move[1, 1] = (1.0 - rate * step) * fade
    move[2, 2] = math.exp(-step / shared_length)
    move[3, 3] = 1.0
    return move


@njit(cache=True, nogil=True)
def _seen(spread: np.ndarray, shared: float, noise: float) -> tuple[np.ndarray, float]:
    """Return the covariance of the state with a tie point, and the tie point's variance."""
    column = spread[:, 0] + shared * spread[:, 2] + spread[:, 3]
    return column, column[0] + shared * column[2] + column[3] + noise * noise


@njit(cache=True, nogil=True)
def _innovation(anomaly: float, state: np.ndarray, shared: float) -> float:
    return float(anomaly - state[0] - shared * state[2] - state[3])


# Plain loops: matrices of four rows need no library, whose calls take seconds to compile.


@njit(cache=True, nogil=True)
def _dot(a: np.ndarray, b: np.ndarray) -> float:
    total = 0.0
    for i in range(STATES):
        total += a[i] * b[i]
    return total


@njit(cache=True, nogil=True)
def _times(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    out = np.zeros(STATES)
    for i in range(STATES):
        for j in range(STATES):
            out[i] += matrix[i, j] * vector[j]
    return out


@njit(cache=True, nogil=True)
def _outer(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    out = np.empty((STATES, STATES))
    for i in range(STATES):
        for j in range(STATES):
            out[i, j] = a[i] * b[j]
    return out


@njit(cache=True, nogil=True)
def _turned(move: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return move x spread x its transpose."""
    half, out = np.zeros((STATES, STATES)), np.zeros((STATES, STATES))
    for i in range(STATES):
        for j in range(STATES):
            for k in range(STATES):
                half[i, j] += move[i, k] * spread[k, j]
    for i in range(STATES):
        for j in range(STATES):
            for k in range(STATES):
                out[i, j] += half[i, k] * move[j, k]
    return out
