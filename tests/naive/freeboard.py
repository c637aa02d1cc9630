"""Freeboard the slow way: one echo, one matrix, one number at a time."""

import numpy as np
from scipy.ndimage import uniform_filter1d


def tfmra_gate(echo, noise, oversampling, smoothing, first_maximum, threshold):
    """Gate at which one echo reaches a share of its first maximum, nan where there is none."""
    floor = echo[noise[0] : noise[1]]
    places = np.linspace(0, echo.size - 1, (echo.size - 1) * oversampling + 1)
    fine = np.interp(places, np.arange(echo.size), echo - floor.mean())
    half = smoothing // 2
    smooth = np.array([fine[max(k - half, 0) : k + half + 1].mean() for k in range(fine.size)])
    inner = uniform_filter1d(fine, smoothing)[half:-half]
    assert np.allclose(inner, smooth[half:-half])
    least = max(first_maximum * smooth.max(), 2.0 * (floor.max() - floor.mean()))
    for k in range(1, fine.size - 1):
        if smooth[k] > least and smooth[k] > smooth[k - 1] and smooth[k] >= smooth[k + 1]:
            below = np.flatnonzero(smooth[:k] < threshold * smooth[k])
            if below.size == 0:
                return np.nan
            last = below[-1]
            share = (threshold * smooth[k] - smooth[last]) / (smooth[last + 1] - smooth[last])
            return (last + share) / oversampling
    return np.nan


def level_by_matrices(along, anomaly, noise, shared, prior, length):
    """Sea level and its standard deviation by the covariances of all records with all tie points.

    Matern 3/2 anomaly and level of the pass, seen with white noise and an error of exponential
    covariance that is scaled tie point by tie point.
    """
    tie = np.flatnonzero(np.isfinite(anomaly))
    lag = np.abs(along[:, None] - along)
    scaled = np.sqrt(3.0) * lag / length[0]
    level = prior[0] ** 2 * (1.0 + scaled) * np.exp(-scaled) + prior[1] ** 2
    error = np.outer(shared[tie], shared[tie]) * np.exp(-lag[np.ix_(tie, tie)] / length[1])
    seen = level[np.ix_(tie, tie)] + error + np.diag(noise[tie] ** 2)
    gain = np.linalg.solve(seen, level[tie]).T
    return gain @ anomaly[tie], np.sqrt(np.diag(level) - (gain * level[:, tie]).sum(axis=1))


def quartiles_around(values, begin, end):
    return np.array(
        [np.quantile(values[b:e], (0.25, 0.5, 0.75)) for b, e in zip(begin, end, strict=True)]
    )


def bilinear(longitudes, latitudes, surface, longitude, latitude):
    """Value at one place of a grid (longitude, latitude) that goes round the Earth."""
    step = longitudes[1] - longitudes[0]
    column = (longitude - longitudes[0]) % 360.0 / step
    row = (latitude - latitudes[0]) / (latitudes[1] - latitudes[0])
    i, j = int(column), int(row)
    u, v = column - i, row - j
    i, after = i % longitudes.size, (i + 1) % longitudes.size
    west = (1 - v) * surface[i, j] + v * surface[i, j + 1]
    east = (1 - v) * surface[after, j] + v * surface[after, j + 1]
    return (1 - u) * west + u * east
