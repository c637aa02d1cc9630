"""Compiled loops of the lead detector: means over boxes and lines, lines by their sides, edges.

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
def line_mean(
    image: np.ndarray, line_offset: np.ndarray, sample_offset: np.ndarray, mean: np.ndarray
) -> None:
    """Fill mean (lines, samples) float32 with that of image along a line through each pixel.

    image (lines, samples) float32.  The line is the pixel and those at plus and minus the offsets
    (n,); nan where one of them is nan or outside the image.  Pairs are added first, so that
    mirrored lines give the same bits.
    """
    lines, samples = image.shape
    top, side = np.abs(line_offset).max(), np.abs(sample_offset).max()
    share = np.float32(1.0 / (2 * line_offset.size + 1))
    mean[: min(top, lines)] = np.nan
    mean[max(lines - top, 0) :] = np.nan
    for i in range(top, lines - top):
        mean[i, : min(side, samples)] = np.nan
        mean[i, max(samples - side, 0) :] = np.nan
        row = mean[i, side : samples - side]
        n = row.size
        for j in range(n):
            row[j] = image[i, side + j]
        for k in range(line_offset.size):
            down, right, left = line_offset[k], side + sample_offset[k], side - sample_offset[k]
            one = image[i + down, right : right + n]
            other = image[i - down, left : left + n]
            for j in range(n):
                row[j] += one[j] + other[j]
        for j in range(n):
            row[j] *= share


@njit(cache=True, nogil=True)
def raise_by_lines(
    evidence: np.ndarray,
    hh_line: np.ndarray,
    hv_line: np.ndarray,
    dark_gain: np.ndarray,
    line_step: int,
    sample_step: int,
    dark: tuple[float, float, float, float],
    bright: tuple[float, float, float, float],
) -> None:
    """Raise evidence (lines, samples) float32, in place, to the log-odds of lines by their sides.

    hh_line, hv_line (lines, samples) float32: means over lines of one direction, of HH above the
    level of dark leads, and of HV such that HH less HV is the ratio above that of bright leads
    [dB].  A pixel's sides are the lines through those at plus and minus the steps, and the one
    that differs less counts.  dark_gain (lines, samples) float32: by which HH darkness against
    the sides is multiplied.  dark, bright: a ``LineLaw`` each.  A nan in HH raises nothing; one in
    HV leaves HH to tell of dark leads.
    """
    lines, samples = evidence.shape
    top, side = abs(line_step), abs(sample_step)
    right, left = side + sample_step, side - sample_step
    zero = np.float32(0.0)
    dark_contrast, dark_relief, dark_level, dark_odds = dark
    bright_contrast, bright_relief, bright_level, bright_odds = bright
    for i in range(top, lines - top):
        best = evidence[i, side : samples - side]
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
            hv_one_more, hv_other_more = hv_one[j] - hv[j], hv_other[j] - hv[j]
            seen = one + other == one + other
            hv_seen = hv_one_more + hv_other_more == hv_one_more + hv_other_more
            depth = min(hv_one_more, hv_other_more) if hv_seen else zero
            as_dark = dark_contrast * gain[j] * min(one, other) + dark_relief * depth
            as_dark += dark_odds - dark_level * hh[j]
            as_bright = bright_contrast * min(-one, -other)
            as_bright += bright_relief * min(hv_one_more - one, hv_other_more - other)
            as_bright += bright_odds + bright_level * (hh[j] - hv[j])
            found = as_dark if seen and as_dark > best[j] else best[j]
            best[j] = as_bright if seen and hv_seen and as_bright > found else found


@njit(cache=True, nogil=True)
def move_edges(
    probability: np.ndarray,
    level: np.ndarray,
    lead: float,
    clear: float,
    lead_reach: int,
    ice_reach: int,
    least_ratio: float,
) -> np.ndarray:
    """Return probability (lines, samples) float32 with the edges of leads moved by up to a pixel.

    level (lines, samples) float32: linear backscatter.  A lead's level is the mean of the more
    extreme half of the pixels of at least the probability clear within lead_reach, the ice's that
    of pixels below half the probability lead within ice_reach.  A pixel that touches a clear lead
    and is at least half way from ice to lead gets the highest probability it touches; one that is
    called a lead and is less than half way the share of its own.  Where no lead is clear, or the
    levels differ by less than least_ratio, nothing moves.
    """
    lines, samples = probability.shape
    moved = probability.copy()
    for i in range(lines):
        for j in range(samples):
            highest = np.float32(0.0)
            for a in range(max(0, i - 1), min(lines, i + 2)):
                for b in range(max(0, j - 1), min(samples, j + 2)):
                    near = probability[a, b]
                    if near >= clear and near > highest:
                        highest = near
            own = probability[i, j]
            if np.isnan(level[i, j]) or not (own >= lead or (highest > 0.0 and own < lead)):
                continue
            ice = mean_below(probability, level, 0.5 * lead, i, j, ice_reach)
            water = mean_beyond(probability, level, clear, ice, i, j, lead_reach)
            far_apart = water * least_ratio <= ice or water >= ice * least_ratio
            if not far_apart:
                continue
            share = (level[i, j] - ice) / (water - ice)
            if share < 0.5 and own >= lead:
                moved[i, j] = own * max(share, 0.0)
            elif share >= 0.5 and highest > 0.0:
                moved[i, j] = highest
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
    """Return the mean level of those leads that lie further from ice than their mean, or nan."""
    total, count = 0.0, 0
    far_total, far_count = 0.0, 0
    for again in range(2):
        if again and count == 0:
            return np.nan
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
