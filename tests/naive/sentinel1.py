"""Calibration, thermal noise and borders of Sentinel-1 images, slowly and from the raw vectors."""

import math
from collections.abc import Sequence

import numpy as np

from iceco.products.sentinel1.annotation import Calibration, LutVector, Noise, SwathBlock


def interpolate(knots: Sequence[float], values: np.ndarray, at: float) -> np.ndarray:
    """Return the row of ``values`` (n, m) at ``at``, linear between knots, constant outside."""
    columns = np.asarray(values).T
    return np.array([np.interp(at, knots, column) for column in columns])


def sigma_nought(calibration: Calibration, line: int, samples: int) -> np.ndarray:
    """Return one line of the calibration table: in range first, then between two vectors."""
    vectors = sorted(calibration.sigma_nought, key=lambda vector: vector.line)
    below, above = _around(vectors, line)
    sample = np.arange(samples)
    return _blend(
        below,
        above,
        line,
        np.interp(sample, below.sample, below.value),
        np.interp(sample, above.sample, above.value),
    )


def noise_power(
    noise: Noise, blocks: Sequence[SwathBlock], line: int, lines: int, samples: int
) -> np.ndarray:
    """Return one line of thermal noise [DN squared], block by block; nan outside the blocks."""
    row = np.full(samples, np.nan)
    for block in blocks:
        if not block.first_line <= line <= block.last_line:
            continue
        own = []
        for vector in sorted(noise.range_vectors, key=lambda vector: vector.line):
            good = _own_samples(vector, block.swath, blocks, lines)
            if good.any():
                own.append(LutVector(vector.line, vector.sample[good], vector.value[good]))
        below, above = _around(own, line)
        sample = np.arange(block.first_sample, block.last_sample + 1)
        range_noise = _blend(
            below,
            above,
            line,
            np.interp(sample, below.sample, below.value),
            np.interp(sample, above.sample, above.value),
        )
        row[sample] = range_noise * _azimuth_factor(noise, block.swath, line)
    return row


def walk_border(
    row: np.ndarray, floor: np.ndarray, start: int, step: int, run: int, reach: int
) -> int:
    """Return the steps along one row from ``start`` to where the image begins."""
    if not 0 <= start < row.size:
        return 0
    path = [start + step * k for k in range(reach) if 0 <= start + step * k < row.size]
    bright = [bool(row[at] >= floor[at]) for at in path]
    if bright[0]:
        return 0
    for k in range(len(bright) - run + 1):
        if all(bright[k : k + run]):
            return k
    return reach


def _around(vectors: Sequence[LutVector], line: int) -> tuple[LutVector, LutVector]:
    before = [vector for vector in vectors if vector.line <= line]
    after = [vector for vector in vectors if vector.line >= line]
    return (before or after)[-1 if before else 0], (after or before)[0 if after else -1]


def _blend(
    below: LutVector, above: LutVector, line: int, first: np.ndarray, second: np.ndarray
) -> np.ndarray:
    if above.line <= below.line:
        return first
    weight = (line - below.line) / (above.line - below.line)
    return (1.0 - weight) * first + weight * second


def _own_samples(
    vector: LutVector, swath: str, blocks: Sequence[SwathBlock], lines: int
) -> np.ndarray:
    at = min(max(vector.line, 0), lines - 1)
    good = np.zeros(vector.sample.size, dtype=bool)
    for block in blocks:
        if block.swath == swath and block.first_line <= at <= block.last_line:
            for k, (sample, value) in enumerate(zip(vector.sample, vector.value, strict=True)):
                inside = block.first_sample <= sample <= block.last_sample
                good[k] = inside and value > 0.0 and math.isfinite(value)
    return good


def _azimuth_factor(noise: Noise, swath: str, line: int) -> float:
    points = sorted(
        (float(at), float(value))
        for vector in noise.azimuth_vectors
        if vector.block.swath == swath
        for at, value in zip(vector.line, vector.value, strict=True)
    )
    if not points:
        return 1.0
    return float(np.interp(line, [at for at, _ in points], [value for _, value in points]))
