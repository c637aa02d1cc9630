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
    excess: np.ndarray,
    hh_line: np.ndarray,
    hv_line: np.ndarray,
    dark_gain: np.ndarray,
    step: tuple[int, int],
    dark: tuple[float, float],
    bright: tuple[float, float],
    most: tuple[float, float],
) -> np.ndarray:
    """Return the larger of excess and what each line has over the less different of its sides."""
    raised = excess.astype(float)
    for i, j in np.ndindex(excess.shape):
        sides = (i + step[0], j + step[1]), (i - step[0], j - step[1])
        rise = [_at(hh_line, *side) - float(hh_line[i, j]) for side in sides]
        depth = min(*(_at(hv_line, *side) - float(hv_line[i, j]) for side in sides), most[1])
        if np.isnan(rise).any():
            continue
        if np.isnan([_at(hv_line, *side) - hv_line[i, j] for side in sides]).any():
            depth = 0.0
        as_dark = dark_gain[i, j] * (min(rise) + dark[1] * depth) - dark[0]
        as_bright = min(-max(rise), most[0]) + bright[1] * depth - bright[0]
        raised[i, j] = max(raised[i, j], as_dark, as_bright)
    return raised


def _at(image: np.ndarray, line: int, sample: int) -> float:
    inside = 0 <= line < image.shape[0] and 0 <= sample < image.shape[1]
    return float(image[line, sample]) if inside else float("nan")
