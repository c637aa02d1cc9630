"""Compiled loops over echoes: leading edges, shapes, resampling, running medians.

Arrays in, arrays out: no defaults, no checks.  The callers check; these loops trust them.  An
echo with a nan, or without any power, gives nan.
"""

import math

import numpy as np
from numba import njit

OVERSAMPLING = 10  # of the leading edge, linear (Helm et al. 2014)
HALF_BOX = 5  # oversampled gates on either side in the running mean of 11 (Helm et al. 2014)
EDGE_SHARES = (0.05, 0.5, 0.95)  # of the first maximum, whose places are looked for

#: Columns of ``describe``.
(
    SHARE,
    LEFT,
    RIGHT,
    LEADING,
    EDGE_WIDTH,
    ABOVE_NOISE,
    OCOG_AMPLITUDE,
    OCOG_WIDTH,
    OCOG_CENTRE,
    MAXIMUM,
    PEAK_GATE,
    LATE_TAIL,
    SLOPE,
) = range(13)
COUNT = 13  # of these columns

MOST_PEAKY = 1000.0  # times what lies beside it a peak can be: beyond, the rest is quantised
CPOM_BEFORE, CPOM_GATES = 50, 128  # gates before the maximum, and in all (CPOM)
CPOM_NOISE = (10, 20)  # gates of that window whose mean is noise (CPOM)


@njit(cache=True, nogil=True)
def leading_edges(
    echo: np.ndarray,
    noise_begin: int,
    noise_end: int,
    faintest: float,
    edges: np.ndarray,
    first: np.ndarray,
) -> None:
    """Find the gates (n, 3) of ``EDGE_SHARES`` of the first maximum, and its own gate (n,).

    As TFMRA: the first local maximum above the share ``faintest`` of the echo's maximum, noise
    subtracted, oversampled and smoothed; crossings are the last before it.
    """
    fine = np.empty((echo.shape[1] - 1) * OVERSAMPLING + 1)
    smooth = np.empty(fine.size)
    for i in range(echo.shape[0]):
        noise = _mean(echo[i], noise_begin, noise_end)
        first[i] = _leading_edge(echo[i], noise, noise_end, faintest, edges[i], fine, smooth)


@njit(cache=True, nogil=True)
def _leading_edge(
    echo: np.ndarray,
    noise: float,
    begin: int,
    faintest: float,
    edges: np.ndarray,
    fine: np.ndarray,
    smooth: np.ndarray,
) -> float:
    edges[:] = np.nan
    highest, peak = _peak(echo)
    # nan fails every comparison
    if not highest - noise > noise or peak < begin:
        return np.nan
    least = faintest * (highest - noise)
    start = _before_the_edge(echo, begin, noise + least, noise + EDGE_SHARES[0] * least)
    top = _first_maximum(echo, noise, least, start * OVERSAMPLING, fine, smooth)
    if top < 0:
        return np.nan
    for j in range(len(EDGE_SHARES)):
        level = EDGE_SHARES[j] * smooth[top]
        k = top
        while k > start * OVERSAMPLING and smooth[k] >= level:
            k -= 1
        if smooth[k] < level:
            edges[j] = (k + (level - smooth[k]) / (smooth[k + 1] - smooth[k])) / OVERSAMPLING
    return top / OVERSAMPLING


@njit(cache=True, nogil=True)
def _before_the_edge(echo: np.ndarray, begin: int, high: float, low: float) -> int:
    """Return a gate such that every crossing that is looked for lies after it.

    The box is little more than a gate long: where two gates in a row are low, so is it between.
    """
    g = begin
    while echo[g] <= high:
        g += 1
    while g > 0 and (echo[g] > low or echo[g - 1] > low):
        g -= 1
    return max(0, g - 1)


@njit(cache=True, nogil=True)
def _first_maximum(
    echo: np.ndarray,
    noise: float,
    least: float,
    start: int,
    fine: np.ndarray,
    smooth: np.ndarray,
) -> int:
    """Return where the smoothed signal first has a maximum above ``least``, -1 for nowhere.

    Fills ``smooth`` from ``start`` to one place after it; the box is cut at ``start`` and at the
    end of the echo.
    """
    filled = start  # fine[start:filled] is known
    total, low = 0.0, start
    for k in range(start, fine.size):
        while filled < min(k + HALF_BOX + 1, fine.size):
            gate = filled // OVERSAMPLING
            value = echo[gate] - noise
            share = (filled - gate * OVERSAMPLING) / OVERSAMPLING
            if share > 0.0:
                value += share * (echo[gate + 1] - echo[gate])
            fine[filled] = value
            total += value
            filled += 1
        if k - HALF_BOX > low:
            total -= fine[low]
            low += 1
        smooth[k] = total / (filled - low)
        if k >= start + 2:
            top = smooth[k - 1]
            if top > least and top > smooth[k - 2] and top >= smooth[k]:
                return k - 1
    return -1


@njit(cache=True, nogil=True)
def resample(
    echo: np.ndarray, start: np.ndarray, step: float, scale: np.ndarray, out: np.ndarray
) -> None:
    """Fill out (n, samples) with scale x echo at gates start + k step, linear between gates.

    nan before the first and after the last gate, and where a neighbour is nan.
    """
    last = echo.shape[1] - 1
    for i in range(echo.shape[0]):
        for k in range(out.shape[1]):
            gate = start[i] + k * step
            if not 0.0 <= gate <= last:
                out[i, k] = np.nan
                continue
            low = min(int(gate), last - 1)
            share = gate - low
            value = (1.0 - share) * echo[i, low] + share * echo[i, low + 1]
            out[i, k] = scale[i] * value


@njit(cache=True, nogil=True)
def running_crowd(
    values: np.ndarray, reach: int, width: float, share: float, middle: np.ndarray
) -> None:
    """Fill the median of the uppermost crowd from ``reach`` places before to as many after each.

    Values crowd in an interval of a width that holds the most of them, and in one that holds at
    least a share of so many.  At the ends the window is whole, and its middle elsewhere; nan is
    left out.
    """
    window = np.empty(2 * reach + 1)
    count = np.empty(2 * reach + 1, np.int64)
    n = values.size
    size = 0
    for j in range(min(2 * reach + 1, n)):
        size = _insert(window, size, values[j])
    for i in range(n):
        if i > reach and i + reach < n:
            size = _remove(window, size, values[i - reach - 1])
            size = _insert(window, size, values[i + reach])
        elif i > 0:
            middle[i] = middle[i - 1]
            continue
        middle[i] = _uppermost_crowd(window[:size], width, share, count)


@njit(cache=True, nogil=True)
def _uppermost_crowd(ordered: np.ndarray, width: float, share: float, count: np.ndarray) -> float:
    """Return the median of the fullest interval that touches the uppermost crowd."""
    if ordered.size == 0:
        return np.nan
    low = 0
    for high in range(ordered.size):
        while ordered[high] - ordered[low] > width:
            low += 1
        count[high] = high - low + 1  # values in the interval that ends here
    least = share * count[: ordered.size].max()
    high = ordered.size - 1
    while count[high] < least:
        high -= 1
    last, lowest = high, ordered[high] - width
    while high > 0 and ordered[high - 1] >= lowest:
        high -= 1
        if count[high] > count[last]:
            last = high
    first = last - count[last] + 1
    return 0.5 * (ordered[(first + last) // 2] + ordered[(first + last + 1) // 2])


@njit(cache=True, nogil=True)
def _insert(window: np.ndarray, size: int, value: float) -> int:
    if math.isnan(value):
        return size
    k = size
    while k > 0 and window[k - 1] > value:
        window[k] = window[k - 1]
        k -= 1
    window[k] = value
    return size + 1


@njit(cache=True, nogil=True)
def _remove(window: np.ndarray, size: int, value: float) -> int:
    if math.isnan(value):
        return size
    k = np.searchsorted(window[:size], value)
    for j in range(k, size - 1):
        window[j] = window[j + 1]
    return size - 1


@njit(cache=True, nogil=True)
def describe(
    echo: np.ndarray,
    edges: np.ndarray,
    first: np.ndarray,
    noise_begin: int,
    noise_end: int,
    native: int,
    late: tuple[float, float],
    slope_gates: int,
    shape: np.ndarray,
) -> None:
    """Fill shape (n, COUNT): the columns named above, in gates and in the echo's own units.

    ``edges`` and ``first`` are those of ``leading_edges``; ``native`` gates make one of the
    instrument's own; ``late`` are the ends of the tail in gates after the leading edge;
    ``slope_gates`` those after the maximum along which the slope is fitted.
    """
    for i in range(echo.shape[0]):
        row, of = echo[i], shape[i]
        of[:] = np.nan
        total = row.sum()
        if not total > 0.0:
            continue
        noise = _mean(row, noise_begin, noise_end)
        highest, peak = _peak(row)
        of[SHARE] = highest / total
        of[MAXIMUM] = highest
        of[PEAK_GATE] = peak
        of[ABOVE_NOISE] = _peakiness_above_noise(row, highest, peak)
        of[OCOG_AMPLITUDE], of[OCOG_WIDTH], of[OCOG_CENTRE] = _ocog(row, noise)
        of[SLOPE] = _slope(row, peak, min(peak + slope_gates, row.size - 1))
        if highest > noise:
            of[LEFT] = 3.0 * _peak_over(row, noise, peak - 3 * native, peak - native, peak)
            of[RIGHT] = 3.0 * _peak_over(row, noise, peak + native, peak + 3 * native, peak)
        if not math.isnan(first[i]):
            of[EDGE_WIDTH] = edges[i, 2] - edges[i, 0]
            top = int(first[i] + 0.5)
            of[LEADING] = 3.0 * _peak_over(row, 0.0, top - 3, top - 1, top)
        if edges[i, 1] + late[0] <= row.size - 2:
            begin = math.ceil(edges[i, 1] + late[0])
            end = min(int(edges[i, 1] + late[1]) + 1, row.size)
            of[LATE_TAIL] = max(_mean(row, begin, end) - noise, 0.0) / max(highest - noise, 1e-30)


@njit(cache=True, nogil=True)
def _mean(echo: np.ndarray, begin: int, end: int) -> float:
    total = 0.0
    for g in range(begin, end):
        total += float(echo[g])
    return total / (end - begin)


@njit(cache=True, nogil=True)
def _peak(echo: np.ndarray) -> tuple[float, int]:
    """Return the greatest power and its gate; (nan, 0) of an echo with a nan."""
    place = 0
    for g in range(echo.size):
        if math.isnan(echo[g]):
            return np.nan, 0
        if echo[g] > echo[place]:
            place = g
    return float(echo[place]), place


@njit(cache=True, nogil=True)
def _peak_over(echo: np.ndarray, noise: float, begin: int, end: int, peak: int) -> float:
    """Return the power at a gate over the mean of gates begin to end, at most MOST_PEAKY."""
    if begin < 0 or end >= echo.size:
        return np.nan
    total = 0.0
    for g in range(begin, end + 1):
        total += max(echo[g] - noise, 0.0)
    height = echo[peak] - noise
    return height / max(total / (end - begin + 1), height / MOST_PEAKY)


@njit(cache=True, nogil=True)
def _peakiness_above_noise(echo: np.ndarray, highest: float, peak: int) -> float:
    """Return maximum over mean of the gates above noise, 128 of them around the peak (CPOM)."""
    begin = max(0, min(peak - CPOM_BEFORE, echo.size - CPOM_GATES))
    end = min(begin + CPOM_GATES, echo.size)
    noise = _mean(echo, begin + CPOM_NOISE[0], begin + CPOM_NOISE[1])
    total, count = 0.0, 0
    for g in range(begin, end):
        if echo[g] > noise:
            total += echo[g]
            count += 1
    return highest * count / total if count > 0 else np.nan


@njit(cache=True, nogil=True)
def _ocog(echo: np.ndarray, noise: float) -> tuple[float, float, float]:
    """Return amplitude, width and centre of gravity [gates] of the echo above its noise."""
    second, fourth, moment = 0.0, 0.0, 0.0
    for g in range(echo.size):
        power = max(float(echo[g]) - noise, 0.0)
        square = power * power
        second += square
        fourth += square * square
        moment += g * square
    if not fourth > 0.0:
        return np.nan, np.nan, np.nan
    return math.sqrt(fourth / second), second * second / fourth, moment / second


@njit(cache=True, nogil=True)
def _slope(echo: np.ndarray, begin: int, end: int) -> float:
    """Return the slope of ln(power) [1/gate] from one gate to another, by least squares.

    Power below 1 / MOST_PEAKY of the first gate counts as that.
    """
    count = end - begin + 1
    if count < 3:
        return np.nan
    centre = 0.5 * (begin + end)
    floor = echo[begin] / MOST_PEAKY
    total, spread = 0.0, 0.0
    for g in range(begin, end + 1):
        total += (g - centre) * math.log(max(echo[g], floor))
        spread += (g - centre) ** 2
    return total / spread
