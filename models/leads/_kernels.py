"""Compiled loops of the lead detector: means over boxes and lines, contrast across, edges.

Arrays in, arrays out: no defaults, no checks.  The callers check; these loops trust them.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def box_mean(values: np.ndarray, keep: np.ndarray, half: int) -> np.ndarray:
    """Return the mean of what is kept in the box of 2 half + 1 pixels squared about each pixel.

    values (lines, samples) float32, keep (lines, samples) bool; the box is cut at the edge of
    the array; nan where it keeps nothing.  Running sums, float64: where the values are multiples
    of one power of two, and their sums below 2**53 of it, they are exact.
    """
    lines, samples = values.shape
    mean = np.empty((lines, samples), np.float32)
    column_sum = np.zeros(samples)
    column_count = np.zeros(samples)
    for i in range(-half, lines):
        if i + half < lines:
            for j in range(samples):
                if keep[i + half, j]:
                    column_sum[j] += values[i + half, j]
                    column_count[j] += 1.0
        if i < 0:
            continue
        if i > half:
            for j in range(samples):
                if keep[i - half - 1, j]:
                    column_sum[j] -= values[i - half - 1, j]
                    column_count[j] -= 1.0
        total = column_sum[: min(half, samples)].sum()
        count = column_count[: min(half, samples)].sum()
        for j in range(samples):
            if j + half < samples:
                total += column_sum[j + half]
                count += column_count[j + half]
            if j > half:
                total -= column_sum[j - half - 1]
                count -= column_count[j - half - 1]
            mean[i, j] = total / count if count > 0.0 else np.nan
    return mean


@njit(cache=True, nogil=True)
def line_mean(image: np.ndarray, line_offset: np.ndarray, sample_offset: np.ndarray) -> np.ndarray:
    """Return the mean of image (lines, samples) float32 along a line through each pixel.

    The line is the pixel and those at plus and minus the offsets (n,); nan where one of them is
    nan or outside the image.  Pairs are added first, so that mirrored lines give the same bits.
    """
    lines, samples = image.shape
    top, side = np.abs(line_offset).max(), np.abs(sample_offset).max()
    mean = np.full((lines, samples), np.float32(np.nan), np.float32)
    share = np.float32(1.0 / (2 * line_offset.size + 1))
    for i in range(top, lines - top):
        row = mean[i, side : samples - side]
        n = row.size
        row[:] = image[i, side : side + n]
        for k in range(line_offset.size):
            down, right, left = line_offset[k], side + sample_offset[k], side - sample_offset[k]
            one = image[i + down, right : right + n]
            other = image[i - down, left : left + n]
            for j in range(n):
                row[j] += one[j] + other[j]
        for j in range(n):
            row[j] *= share
    return mean


@njit(cache=True, nogil=True)
def raise_by_lines(
    excess: np.ndarray,
    hh_line: np.ndarray,
    hv_line: np.ndarray,
    dark_gain: np.ndarray,
    line_step: int,
    sample_step: int,
    dark: tuple[float, float],
    bright: tuple[float, float],
    most: tuple[float, float],
) -> None:
    """Raise excess (lines, samples) float32 [dB], in place, to that of lines over their sides.

    hh_line, hv_line (lines, samples) float32: means in dB over lines of one direction; a pixel's
    sides are the lines through those at plus and minus the steps, and the one that differs less
    counts.  dark_gain (lines, samples) float32: by which darkness is multiplied first.  dark,
    bright: contrast to exceed [dB], and weight of the HV depth.  most: caps of HH brightness and
    of HV depth [dB].  A nan in HH raises nothing; one in HV counts as depth 0.
    """
    lines, samples = excess.shape
    top, side = abs(line_step), abs(sample_step)
    right, left = side + sample_step, side - sample_step
    zero = np.float32(0.0)
    dark_least, dark_weight = dark
    bright_least, bright_weight = bright
    most_brightness, most_depth = most
    for i in range(top, lines - top):
        best = excess[i, side : samples - side]
        n = best.size
        hh = hh_line[i, side : side + n]
        hh_one = hh_line[i + line_step, right : right + n]
        hh_other = hh_line[i - line_step, left : left + n]
        hv = hv_line[i, side : side + n]
        hv_one = hv_line[i + line_step, right : right + n]
        hv_other = hv_line[i - line_step, left : left + n]
        gain = dark_gain[i, side : side + n]
        for j in range(n):
            one, other = hh_one[j] - hh[j], hh_other[j] - hh[j]
            depth_one, depth_other = hv_one[j] - hv[j], hv_other[j] - hv[j]
            depth = min(min(depth_one, depth_other), most_depth)
            depth = depth if depth_one + depth_other == depth_one + depth_other else zero
            as_dark = gain[j] * (min(one, other) + dark_weight * depth) - dark_least
            brightness = min(min(-one, -other), most_brightness)
            as_bright = brightness + bright_weight * depth - bright_least
            found = as_dark if as_dark > as_bright else as_bright
            found = found if one + other == one + other else best[j]
            best[j] = found if found > best[j] else best[j]


@njit(cache=True, nogil=True)
def move_edges(
    probability: np.ndarray,
    level: np.ndarray,
    threshold: float,
    lead_reach: int,
    ice_reach: int,
    least_ratio: float,
) -> np.ndarray:
    """Return probability (lines, samples) float32 with the edges of leads moved by up to a pixel.

    level (lines, samples) float32: linear backscatter.  A lead's level is the mean of the more
    extreme half of its pixels within lead_reach, the ice's that of pixels below half the
    threshold within ice_reach.  A pixel that touches a lead and is at least half way from ice to
    lead gets the highest probability it touches; a lead pixel less than half way the share of it.
    Where the levels differ by less than least_ratio nothing moves.
    """
    lines, samples = probability.shape
    moved = probability.copy()
    for i in range(lines):
        for j in range(samples):
            highest = np.float32(0.0)
            for a in range(max(0, i - 1), min(lines, i + 2)):
                for b in range(max(0, j - 1), min(samples, j + 2)):
                    near = probability[a, b]
                    if near >= threshold and near > highest:
                        highest = near
            if highest == 0.0 or np.isnan(level[i, j]) or np.isnan(probability[i, j]):
                continue
            ice = mean_below(probability, level, 0.5 * threshold, i, j, ice_reach)
            lead = mean_beyond(probability, level, threshold, ice, i, j, lead_reach)
            if np.isnan(ice) or ice < lead * least_ratio < ice * least_ratio**2:
                continue
            share = (level[i, j] - ice) / (lead - ice)
            if share >= 0.5:
                moved[i, j] = highest
            elif probability[i, j] >= threshold:
                moved[i, j] = highest * max(share, 0.0)
    return moved


@njit(cache=True, nogil=True)
def mean_below(
    probability: np.ndarray, level: np.ndarray, limit: float, i: int, j: int, reach: int
) -> float:
    """Return the mean level of pixels with a probability below limit around one; nan without."""
    total, count = 0.0, 0
    for a in range(max(0, i - reach), min(probability.shape[0], i + reach + 1)):
        for b in range(max(0, j - reach), min(probability.shape[1], j + reach + 1)):
            if probability[a, b] < limit and level[a, b] == level[a, b]:
                total += np.float64(level[a, b])
                count += 1
    return total / count if count > 0 else np.nan


@njit(cache=True, nogil=True)
def mean_beyond(
    probability: np.ndarray,
    level: np.ndarray,
    limit: float,
    ice: float,
    i: int,
    j: int,
    reach: int,
) -> float:
    """Return the mean level of those lead pixels that lie further from ice than their mean."""
    total, count = 0.0, 0
    far_total, far_count = 0.0, 0
    for again in range(2):
        mean = total / count if again else 0.0
        for a in range(max(0, i - reach), min(probability.shape[0], i + reach + 1)):
            for b in range(max(0, j - reach), min(probability.shape[1], j + reach + 1)):
                if probability[a, b] >= limit and level[a, b] == level[a, b]:
                    if not again:
                        total += np.float64(level[a, b])
                        count += 1
                    elif (level[a, b] <= mean) == (mean < ice):
                        far_total += np.float64(level[a, b])
                        far_count += 1
    return far_total / far_count if far_count > 0 else mean
