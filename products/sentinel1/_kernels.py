"""Compiled loops of the Sentinel-1 reader.

Arrays in, arrays filled: no checks, no files.  The callers check; these loops trust them.
Lines and samples are those of the whole image; a window starts at (first_line, first_sample).
The error model is NumPy's: Python's looks at each divisor, and the loop is then not vectorised
(0.15 instead of 0.07 s for an EW image).
"""

from typing import NamedTuple

import numpy as np
from numba import njit


class RowTable(NamedTuple):
    """A look-up table that is linear along lines: n rows, each on every sample of the image."""

    line: np.ndarray  # (n,) float64, increasing
    value: np.ndarray  # (n, samples) float32


class NoiseTable(NamedTuple):
    """Thermal noise power [DN squared]: range noise of each sub-swath times its azimuth factor.

    ``value[s, k, j]`` is the range noise of sub-swath s at line ``line[k]`` and sample
    ``start[s] + j``; sub-swaths narrower than the widest are filled up with nan.
    """

    line: np.ndarray  # (n,) float64, increasing
    value: np.ndarray  # (swaths, n, width) float32
    start: np.ndarray  # (swaths,) int64
    azimuth: np.ndarray  # (swaths, lines) float32


class Window(NamedTuple):
    """A window of the image, and where it is valid; all limits belong to the valid part."""

    first_line: int
    first_sample: int
    margin: int  # samples that were read in front of it
    row_first: np.ndarray  # (rows,) int64, first valid sample of each line
    row_last: np.ndarray  # (rows,) int64
    column_first: np.ndarray  # (columns,) int64, first valid line of each sample
    column_last: np.ndarray  # (columns,) int64


@njit(cache=True, nogil=True, error_model="numpy")
def bracket(knots: np.ndarray, at: float) -> tuple[int, int, float]:
    """Return the knots around ``at`` and the weight of the second; beyond the ends, the end."""
    last = knots.size - 1
    if at <= knots[0]:
        return 0, 0, 0.0
    if at >= knots[last]:
        return last, last, 0.0
    above = int(np.searchsorted(knots, at))
    width = knots[above] - knots[above - 1]
    return above - 1, above, float((at - knots[above - 1]) / width)


@njit(cache=True, nogil=True, error_model="numpy")
def table_rows(first_line: int, first_sample: int, table: RowTable, out: np.ndarray) -> None:
    """Fill a window (rows, columns), float32, with a table's values."""
    rows, columns = out.shape
    for i in range(rows):
        below, above, weight = bracket(table.line, float(first_line + i))
        w = np.float32(weight)
        v0 = table.value[below, first_sample : first_sample + columns]
        v1 = table.value[above, first_sample : first_sample + columns]
        row = out[i]
        for j in range(columns):
            row[j] = v0[j] + w * (v1[j] - v0[j])


@njit(cache=True, nogil=True, error_model="numpy")
def noise_row(
    line: int, first_sample: int, blocks: np.ndarray, noise: NoiseTable, row: np.ndarray
) -> None:
    """Fill a part of one line, float32, with noise [DN squared]; nan outside the sub-swaths.

    ``blocks`` (b, 5) holds first line, last line, first sample, last sample and sub-swath.
    """
    row[:] = np.float32(np.nan)
    below, above, weight = bracket(noise.line, float(line))
    w = np.float32(weight)
    for b in range(blocks.shape[0]):
        start = max(blocks[b, 2], first_sample)
        stop = min(blocks[b, 3] + 1, first_sample + row.size)
        if blocks[b, 0] <= line <= blocks[b, 1] and start < stop:
            swath = blocks[b, 4]
            offset = noise.start[swath]
            v0 = noise.value[swath, below, start - offset : stop - offset]
            v1 = noise.value[swath, above, start - offset : stop - offset]
            factor = noise.azimuth[swath, line]
            part = row[start - first_sample : stop - first_sample]
            for j in range(part.size):
                part[j] = factor * (v0[j] + w * (v1[j] - v0[j]))


@njit(cache=True, nogil=True, error_model="numpy")
def nesz_rows(
    first_line: int,
    first_sample: int,
    blocks: np.ndarray,
    noise: NoiseTable,
    sigma_nought: RowTable,
    out: np.ndarray,
) -> None:
    """Fill a window (rows, columns), float32, with noise-equivalent sigma0."""
    rows, columns = out.shape
    for i in range(rows):
        row = out[i]
        noise_row(first_line + i, first_sample, blocks, noise, row)
        below, above, weight = bracket(sigma_nought.line, float(first_line + i))
        w = np.float32(weight)
        a0 = sigma_nought.value[below, first_sample : first_sample + columns]
        a1 = sigma_nought.value[above, first_sample : first_sample + columns]
        for j in range(columns):
            a = a0[j] + w * (a1[j] - a0[j])
            row[j] = row[j] / (a * a)


@njit(cache=True, nogil=True, error_model="numpy")
def sigma0_rows(
    dn: np.ndarray,
    window: Window,
    blocks: np.ndarray,
    noise: NoiseTable,
    sigma_nought: RowTable,
    out: np.ndarray,
) -> None:
    """Fill a window (rows, columns), float32, with sigma0 less its noise; nan where not valid.

    sigma0 = (DN^2 - noise) / sigmaNought^2 in one pass over the digital numbers ``dn``
    (rows, >= columns), which begin ``window.margin`` samples before the window.
    """
    rows, columns = out.shape
    first_sample = window.first_sample
    first_everywhere = window.column_first.max()
    last_everywhere = window.column_last.min()
    for i in range(rows):
        line = window.first_line + i
        row = out[i]
        numbers = dn[i, window.margin : window.margin + columns]
        noise_row(line, first_sample, blocks, noise, row)
        below, above, weight = bracket(sigma_nought.line, float(line))
        w = np.float32(weight)
        a0 = sigma_nought.value[below, first_sample : first_sample + columns]
        a1 = sigma_nought.value[above, first_sample : first_sample + columns]
        for j in range(columns):
            a = a0[j] + w * (a1[j] - a0[j])
            amplitude = np.float32(numbers[j])
            row[j] = (amplitude * amplitude - row[j]) / (a * a)
        row[: max(window.row_first[i] - first_sample, 0)] = np.float32(np.nan)
        row[max(window.row_last[i] + 1 - first_sample, 0) :] = np.float32(np.nan)
        if line < first_everywhere or line > last_everywhere:
            for j in range(columns):
                if not window.column_first[j] <= line <= window.column_last[j]:
                    row[j] = np.float32(np.nan)


@njit(cache=True, nogil=True, error_model="numpy")
def walk_border(
    dn: np.ndarray,
    floor: np.ndarray,
    start: np.ndarray,
    step: int,
    run: int,
    reach: int,
    out: np.ndarray,
) -> None:
    """Walk along each row of ``dn`` (rows, k) from its ``start`` until the image begins.

    The image begins where ``run`` pixels in a row are not below ``floor`` (rows, k); at once
    where the first one is not.  ``out`` is the number of steps to there: ``reach`` where it
    does not begin within ``reach`` steps, 0 where ``start`` lies outside the row.
    """
    rows, size = dn.shape
    for i in range(rows):
        out[i] = 0
        at = start[i]
        if not 0 <= at < size or dn[i, at] >= floor[i, at]:
            continue
        bright = 0
        steps = 0
        while steps < reach and 0 <= at < size and bright < run:
            bright = bright + 1 if dn[i, at] >= floor[i, at] else 0
            steps += 1
            at += step
        out[i] = steps - run if bright == run else reach
