"""Slow twins of the loops over echoes: NumPy on one echo at a time."""

import numpy as np


def leading_edge(echo, noise_gates, faintest, shares=(0.05, 0.5, 0.95)):
    """Return the gates of shares of the first maximum, and its own gate."""
    signal = echo.astype(float) - echo[slice(*noise_gates)].astype(float).mean()
    gates = np.arange(10 * (echo.size - 1) + 1) / 10
    fine = np.interp(gates, np.arange(echo.size), signal)
    smooth = np.array([fine[max(0, k - 5) : k + 6].mean() for k in range(fine.size)])
    inner = smooth[1:-1]
    tops = (inner > smooth[:-2]) & (inner >= smooth[2:]) & (inner > faintest * signal.max())
    if not tops.any():
        return np.full(3, np.nan), np.nan
    top = 1 + int(tops.argmax())
    edges = []
    for share in shares:
        level = share * smooth[top]
        below = np.flatnonzero(smooth[:top] < level)
        k = below[-1]
        edges.append((k + (level - smooth[k]) / (smooth[k + 1] - smooth[k])) / 10)
    return np.array(edges), top / 10


def resampled(echo, start, step, scale, samples):
    """Return scale x echo at gates start + k step."""
    gate = start + np.arange(samples) * step
    values = np.interp(gate, np.arange(echo.size), echo.astype(float))
    return scale * np.where((gate >= 0) & (gate <= echo.size - 1), values, np.nan)


def running_crowd(values, reach, width, share):
    """Return the median of the uppermost crowd of the whole window about each place."""
    found = np.full(values.size, np.nan)
    for i in range(values.size):
        start = max(0, min(i - reach, values.size - 2 * reach - 1))
        window = values[start : start + 2 * reach + 1]
        window = np.sort(window[np.isfinite(window)])
        if window.size == 0:
            continue
        inside = [(window <= top) & (window >= top - width) for top in window]
        counts = np.array([each.sum() for each in inside])
        uppermost = np.flatnonzero(counts >= share * counts.max())[-1]
        touching = np.flatnonzero(window >= window[uppermost] - width)
        touching = touching[touching <= uppermost]
        fullest = touching[::-1][counts[touching[::-1]].argmax()]
        found[i] = np.median(window[inside[fullest]])
    return found


def shape(echo, noise_gates, native):
    """Return features of one echo in gates, by the definitions of the literature."""
    power = echo.astype(float)
    noise = power[slice(*noise_gates)].mean()
    signal = np.maximum(power - noise, 0.0)
    peak = int(power.argmax())
    left = signal[peak - 3 * native : peak - native + 1].mean()
    right = signal[peak + native : peak + 3 * native + 1].mean()
    square = signal**2
    begin = max(0, min(peak - 50, power.size - 128))
    cropped = power[begin : begin + 128]
    above = cropped[cropped > cropped[10:20].mean()]
    return {
        "share": power.max() / power.sum(),
        "above_noise": power.max() / above.mean(),
        "left": 3 * signal[peak] / left,
        "right": 3 * signal[peak] / right,
        "ocog_amplitude": np.sqrt((square**2).sum() / square.sum()),
        "ocog_width": square.sum() ** 2 / (square**2).sum(),
        "ocog_centre": (np.arange(power.size) * square).sum() / square.sum(),
    }


def slope(echo, begin, end):
    """Return the slope of ln(power) from one gate to another."""
    return np.polyfit(np.arange(begin, end + 1), np.log(echo[begin : end + 1].astype(float)), 1)[0]
