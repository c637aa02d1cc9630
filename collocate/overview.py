"""A scene on a coarse grid of its plane: what a picture of it can show."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from ..drift.pair.images import area_mean
from ..geo.polar import PolarPlane
from ..geo.swath import plane_to_image
from ..products.canonical import scene_geolocation
from .corridor import Corridor, LeadFinder, lead_mask, survey

MOST_PIXELS = 1200  # of an overview along its longer side
LINES_AT_ONCE = 512  # of a scene, read and averaged
BANDS = ("hv", "vh", "hh", "vv")  # of which the first that a scene has is shown
LEADS_WITHIN_M = 25_000.0  # of a record leads are shown
LEAST_POWER = 1e-5  # what noise left below is taken for -50 dB


class Overview(NamedTuple):
    """A scene on a grid of the polar plane; images (rows, columns) float32, nan outside."""

    plane: PolarPlane
    x: np.ndarray  #: (columns,) of pixel centres, increasing [m on the plane]
    y: np.ndarray  #: (rows,), increasing: row 0 is the lowest
    image: np.ndarray  #: mean backscatter of the pixel [dB]
    band: str  #: HV or the like
    leads: np.ndarray | None  #: share of the pixel that is lead; None where not looked for
    scene_id: str
    time: np.datetime64  #: of its middle, UTC


class _Part(NamedTuple):
    """Lines and samples of a scene that a grid needs, and how many make one side of an area."""

    lines: slice
    samples: slice
    factor: int


def leads_near(scene: xr.Dataset, records: pd.DataFrame, leads: LeadFinder) -> Corridor:
    """Look for the leads of a scene around its records, as far as a picture shows them.

    Parameters
    ----------
    scene : dataset
    records : DataFrame
        Collocations with the scene: ``line`` and ``sample``, known of one at least.
    leads : LeadFinder
    """
    places = records[["line", "sample"]].dropna().to_numpy(dtype=np.float64)
    line, sample = places.T
    return survey(scene, line, sample, np.full(line.size, LEADS_WITHIN_M), leads)


def overview(
    scene: xr.Dataset,
    corridor: Corridor | None = None,
    extent: tuple[float, float, float, float] | None = None,
    most_pixels: int = MOST_PIXELS,
) -> Overview:
    """Return a scene, or a part of it, coarse enough for a picture.

    Pixels are means over areas of the image, HV where there is HV; the scene is read in strips.

    Parameters
    ----------
    scene : dataset
        As ``products.canonical`` describes it.
    corridor : Corridor, optional
        Where leads were looked for, as ``leads_near`` does.
    extent : left, right, bottom, top, optional
        Of the part on the plane [m]; by default all of it.
    most_pixels : int
        Along the longer side of the grid.

    Raises
    ------
    ValueError
        If the scene has no image, or nothing of it lies in the extent.
    """
    geolocation = scene_geolocation(scene)
    spacing = 0.5 * (scene.attrs["pixel_spacing_line_m"] + scene.attrs["pixel_spacing_sample_m"])
    x, y = _axes(extent or _bounds(scene), spacing, most_pixels)
    line, sample = plane_to_image(geolocation, *np.meshgrid(x, y))
    part = _part(line, sample, max(1, round((x[1] - x[0]) / spacing)), scene)
    band = _band(scene)
    image = _backscatter(scene, f"sigma0_{band}", part)
    leads = None if corridor is None else _lead_share(corridor, part)
    time = scene["line_time"].values
    return Overview(
        geolocation.plane, x, y, _looked_up(image, part, line, sample), band.upper(),
        None if leads is None else _looked_up(leads, part, line, sample),
        str(scene.attrs["scene_id"]), time[time.size // 2],
    )  # fmt: skip


def _band(scene: xr.Dataset) -> str:
    for band in BANDS:
        if f"sigma0_{band}" in scene:
            return band
    raise ValueError(f"{scene.attrs['source']}: holds no image to draw")


def _bounds(scene: xr.Dataset) -> tuple[float, float, float, float]:
    x, y = scene["grid_x"].values, scene["grid_y"].values
    return float(x.min()), float(x.max()), float(y.min()), float(y.max())


def _axes(
    extent: tuple[float, float, float, float], spacing: float, most_pixels: int
) -> tuple[np.ndarray, np.ndarray]:
    left, right, bottom, top = extent
    pixel = max(spacing, max(right - left, top - bottom) / most_pixels)
    return (
        np.arange(left + 0.5 * pixel, max(right, left + 2.0 * pixel), pixel),
        np.arange(bottom + 0.5 * pixel, max(top, bottom + 2.0 * pixel), pixel),
    )


def _part(line: np.ndarray, sample: np.ndarray, factor: int, scene: xr.Dataset) -> _Part:
    seen = np.isfinite(line)
    if not seen.any():
        raise ValueError(f"{scene.attrs['scene_id']}: nothing of the scene lies in the extent")
    spans = []
    for at, dim in ((line[seen], "line"), (sample[seen], "sample")):
        first = max(0, int(at.min()) - factor)
        stop = min(scene.sizes[dim], int(at.max()) + 2 + factor)
        spans.append(slice(first, first + max(1, (stop - first) // factor) * factor))
    return _Part(spans[0], spans[1], factor)


def _backscatter(scene: xr.Dataset, name: str, part: _Part) -> np.ndarray:
    """Return the mean backscatter of the areas of a part [dB]."""
    step = max(1, LINES_AT_ONCE // part.factor) * part.factor
    means = []
    for first in range(part.lines.start, part.lines.stop, step):
        lines = slice(first, min(first + step, part.lines.stop))
        strip = scene.isel(line=lines, sample=part.samples)
        power = strip[name].values
        if "valid" in strip:
            power = np.where(strip["valid"].values, power, np.float32(np.nan))
        means.append(area_mean(power, part.factor))
    return 10.0 * np.log10(np.maximum(np.concatenate(means), np.float32(LEAST_POWER)))


def _lead_share(corridor: Corridor, part: _Part) -> np.ndarray:
    """Return the share of the areas of a part that is lead, 0 where not looked for."""
    shape = [span.stop - span.start for span in part[:2]]
    mask = np.zeros(shape, dtype=np.float32)
    leads = lead_mask(corridor, corridor.threshold)
    corner = (corridor.first_line, corridor.first_sample)
    here, there = [], []
    for first, size, span in zip(corner, leads.shape, part[:2], strict=True):
        begin, end = max(first, span.start), min(first + size, span.stop)
        here.append(slice(begin - span.start, max(begin, end) - span.start))
        there.append(slice(begin - first, max(begin, end) - first))
    mask[tuple(here)] = leads[tuple(there)]
    return area_mean(mask, part.factor)


def _looked_up(image: np.ndarray, part: _Part, line: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """Return the area of an image that each place of a grid falls into, nan outside."""
    seen = np.isfinite(line)
    row, column = (
        np.clip(
            np.floor((np.where(seen, at, 0.0) + 0.5 - span.start) / part.factor).astype(int),
            0, size - 1,
        )
        for at, span, size in zip((line, sample), part[:2], image.shape, strict=True)
    )  # fmt: skip
    return np.where(seen, image[row, column], np.float32(np.nan))
