"""Made-up freeboard whose truth is known everywhere, seen along tracks and by a radar."""

from typing import NamedTuple

import numpy as np

from iceco.models.densify.fields import Cells, Points

NAMES = ("sigma0_hv_db", "sigma0_hh_db", "hv_over_hh", "texture_hv", "texture_hh")
TARGET = np.datetime64("2024-03-15T12:00:00", "ns")


class Made(NamedTuple):
    """Observations and cells of a made-up field, and the truth."""

    points: Points
    cells: Cells
    truth: np.ndarray  #: (cells,) [m]


def matern_field(rng, rows, columns, cell, length):
    """Return a field (rows, columns) of unit variance with Matern-3/2 covariance, by its spectrum.

    The spectrum in two dimensions goes as (3 / length**2 + k**2)**(-5/2).
    """
    ky, kx = (2.0 * np.pi * np.fft.fftfreq(n, cell) for n in (2 * rows, 2 * columns))
    power = (3.0 / length**2 + ky[:, None] ** 2 + kx**2) ** -2.5
    noise = np.fft.fft2(rng.standard_normal(power.shape))
    field = np.fft.ifft2(np.sqrt(power) * noise).real[:rows, :columns]
    scale = np.sqrt(power.sum() / power.size)
    return field / scale


def make_field(
    seed=0,
    rows=60,
    columns=60,
    cell=2000.0,
    tracks=(0.2, 0.5, 0.85),
    length=8000.0,
    correlation=0.5,
    sigma=0.05,
    sea_level=0.0,
):
    """Lognormal freeboard, HV of some rank correlation with it, and tracks down the columns."""
    rng = np.random.default_rng(seed)
    ice = matern_field(rng, rows, columns, cell, length)
    other, third = (matern_field(rng, rows, columns, cell, length) for _ in range(2))
    pearson = 2.0 * np.sin(np.pi * correlation / 6.0)  # of normal variates of that rank correlation
    look = pearson * ice + np.sqrt(1.0 - pearson**2) * other
    freeboard = 0.18 * np.exp(0.5 * ice)
    hv, hh = -25.0 + 2.0 * look, -15.0 + 0.5 * look + third
    ratio = 10.0 ** ((hv - hh) / 10.0)
    texture = np.stack([0.3 + 0.01 * look, 0.3 + 0.01 * third])
    stack = np.stack([hv, hh, ratio, *texture], axis=-1).reshape(-1, len(NAMES)).astype(np.float32)
    y, x = np.meshgrid(cell * np.arange(rows), cell * np.arange(columns), indexing="ij")
    cells = Cells(x.ravel(), y.ravel(), stack, NAMES, np.zeros(x.size, np.float32))
    index = np.concatenate([np.arange(rows) * columns + int(share * columns) for share in tracks])
    number = np.repeat(np.arange(len(tracks)), rows)
    level = sea_level * rng.standard_normal(len(tracks))
    seen = freeboard.ravel()[index] + sigma * rng.standard_normal(index.size) + level[number]
    seconds = np.concatenate([np.arange(rows) / 3.5 * cell / 2000.0] * len(tracks))
    time = TARGET + np.rint(seconds * 1e9).astype("timedelta64[ns]")
    points = Points(
        cells.x[index],
        cells.y[index],
        time,
        seen,
        np.full(index.size, sigma),
        np.full(index.size, sea_level),
        number,
        np.zeros(index.size),
        seconds,
        stack[index],
    )
    return Made(points, cells, freeboard.ravel())
