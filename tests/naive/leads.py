"""Box means, line means and contrast across lines, pixel by pixel."""

import numpy as np


def box_mean(values: np.ndarray, keep: np.ndarray, half: int) -> np.ndarray:
    """Return the mean of what is kept in the box about each pixel, nan where nothing is."""
    mean = np.full(values.shape, np.nan)
    for i, j in np.ndindex(values.shape):
        box = np.s_[max(i - half, 0) : i + half + 1, max(j - half, 0) : j + half + 1]
        if keep[box].any():
            mean[i, j] = values[box][keep[box]].astype(float).mean()
    return mean


def line_mean(image: np.ndarray, line_offset: np.ndarray, sample_offset: np.ndarray) -> np.ndarray:
    """Return the mean over a pixel and those at plus and minus the offsets, nan if one is."""
    offsets = np.stack([line_offset, sample_offset], axis=1)
    offsets = np.concatenate([[[0, 0]], offsets, -offsets])
    mean = np.empty(image.shape)
    for pixel in np.ndindex(image.shape):
        mean[pixel] = np.mean([_at(image, *(pixel + offset)) for offset in offsets])
    return mean


def raise_by_lines(
    evidence: np.ndarray,
    hh_line: np.ndarray,
    hv_line: np.ndarray,
    dark_gain: np.ndarray,
    step: tuple[int, int],
    dark: tuple[float, float, float, float],
    bright: tuple[float, float, float, float],
) -> np.ndarray:
    """Return the larger of evidence and what each line has over the less different of its sides."""
    raised = evidence.astype(float)
    for i, j in np.ndindex(evidence.shape):
        sides = (i + step[0], j + step[1]), (i - step[0], j - step[1])
        hh, hv = float(hh_line[i, j]), float(hv_line[i, j])
        rise = np.array([_at(hh_line, *side) for side in sides]) - hh
        hv_rise = np.array([_at(hv_line, *side) for side in sides]) - hv
        if np.isnan(rise).any():
            continue
        depth = 0.0 if np.isnan(hv_rise).any() else hv_rise.min()
        seen = [dark_gain[i, j] * rise.min(), depth, -hh, 1.0]
        raised[i, j] = max(raised[i, j], np.dot(dark, seen))
        if not np.isnan(hv_rise).any():
            seen = [(-rise).min(), (hv_rise - rise).min(), hh - hv, 1.0]
            raised[i, j] = max(raised[i, j], np.dot(bright, seen))
    return raised


def _at(image: np.ndarray, line: int, sample: int) -> float:
    inside = 0 <= line < image.shape[0] and 0 <= sample < image.shape[1]
    return float(image[line, sample]) if inside else float("nan")
