"""Compiled loops over whole tracks: the threshold retracker, and quartiles along the track.

Arrays in, arrays filled: no defaults, no checks.  The callers check; these loops trust them.
"""

import numpy as np
from numba import njit

ABOVE_NOISE = 2.0  # times the highest noise gate above their mean: what is more is none (assumed)


@njit(cache=True, nogil=True)
def threshold_retrack(
    echo: np.ndarray,
    noise: tuple[int, int],
    oversampling: int,
    half_box: int,
    first_maximum: float,
    threshold: np.ndarray,
    gate: np.ndarray,
    first: np.ndarray,
) -> None:
    """Fill gates (n,) where echoes (n, gates) rise to a share of their first maximum, and its own.

    ``noise`` are the first and after the last gate whose mean is subtracted; ``half_box``
    oversampled gates on either side are averaged; ``first_maximum`` is the share of the greatest
    power that the first local maximum must exceed, beside ``ABOVE_NOISE`` times what the noise
    reaches; ``threshold`` (n,) the share of the first maximum.  nan where there is no such edge,
    or a gate is nan.
    """
    fine = np.empty((echo.shape[1] - 1) * oversampling + 1)
    smooth = np.empty(fine.size)
    for i in range(echo.shape[0]):
        gate[i] = first[i] = np.nan
        mean, highest = _noise(echo[i], noise[0], noise[1])
        _oversampled(echo[i], mean, oversampling, fine)
        _running_mean(fine, half_box, smooth)
        least = max(first_maximum * smooth.max(), ABOVE_NOISE * (highest - mean))
        top = _first_maximum(smooth, least)
        if top < 0:
            continue
        first[i] = top / oversampling
        level = threshold[i] * smooth[top]
        k = top - 1
        while k >= 0 and smooth[k] >= level:
            k -= 1
        if k >= 0:
            share = (level - smooth[k]) / (smooth[k + 1] - smooth[k])
            gate[i] = (k + share) / oversampling


@njit(cache=True, nogil=True)
def _noise(echo: np.ndarray, begin: int, end: int) -> tuple[float, float]:
    """Return the mean and the greatest of the gates from begin to before end."""
    total, highest = 0.0, -np.inf
    for g in range(begin, end):
        total += float(echo[g])
        highest = max(highest, float(echo[g]))
    return total / (end - begin), highest


@njit(cache=True, nogil=True)
def _oversampled(echo: np.ndarray, noise: float, oversampling: int, fine: np.ndarray) -> None:
    for g in range(echo.size - 1):
        low, rise = float(echo[g]) - noise, float(echo[g + 1]) - float(echo[g])
        for j in range(oversampling):
            fine[g * oversampling + j] = low + rise * j / oversampling
    fine[-1] = float(echo[-1]) - noise


@njit(cache=True, nogil=True)
def _running_mean(values: np.ndarray, half: int, mean: np.ndarray) -> None:
    """Fill the mean of 2 half + 1 values around each; the box is cut at the ends."""
    total, low, high = 0.0, 0, 0
    for k in range(values.size):
        while high < min(k + half + 1, values.size):
            total += values[high]
            high += 1
        if k - half > low:
            total -= values[low]
            low += 1
        mean[k] = total / (high - low)


@njit(cache=True, nogil=True)
def _first_maximum(values: np.ndarray, least: float) -> int:
    """Return where the first local maximum above a value is, -1 for nowhere."""
    if not least > 0.0:
        return -1  # nan fails every comparison
    for k in range(1, values.size - 1):
        if values[k] > least and values[k] > values[k - 1] and values[k] >= values[k + 1]:
            return k
    return -1


@njit(cache=True, nogil=True)
def window_quartiles(
    values: np.ndarray, begin: np.ndarray, end: np.ndarray, quartiles: np.ndarray
) -> None:
    """Fill the quartiles (n, 3) of values from ``begin`` to before ``end`` (n,), none missing."""
    for k in range(values.size):
        ordered = np.sort(values[begin[k] : end[k]])
        for j in range(3):
            place = 0.25 * (j + 1) * (ordered.size - 1)
            low = int(place)
            high = min(low + 1, ordered.size - 1)
            quartiles[k, j] = ordered[low] + (place - low) * (ordered[high] - ordered[low])
