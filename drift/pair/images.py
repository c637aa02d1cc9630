"""Two scenes brought onto one grid of the polar plane, as images that can be matched.

A pixel of the grid is the mean backscatter of an area of the scene, in dB and freed of its
dependence on incidence, so that the same ice looks alike in scenes seen from different sides.
Land, which stands still and looks alike on any day, is left out.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np
import shapely
import xarray as xr

from ...geo.land import is_land
from ...geo.polar import PolarPlane, inverse
from ...geo.swath import Geolocation, plane_to_image
from ...products.canonical import scene_geolocation

#: Backscatter with incidence in winter [dB/degree]: deformed first-year ice, Makynen and Karvonen
#: (2017); VV and VH as HH and HV (assumed).
INCIDENCE_SLOPE = {"hh": -0.24, "hv": -0.16, "vv": -0.24, "vh": -0.16}
REFERENCE_INCIDENCE = 34.5  # degree, about the middle of an EW swath

#: Darker or brighter pixels than this are all alike [dB]: what lies below is noise.
DARKEST, BRIGHTEST = -32.0, 0.0

#: A pixel of the grid needs this share of valid pixels of the scene.
LEAST_VALID_SHARE = 0.5

#: Longest time between scenes: the ice of a pair further apart is not the same [days] (assumed).
LONGEST_LAG = 30.0

#: Least width of the overlap of two scenes: two patches or so [m] (assumed).
LEAST_OVERLAP = 5_000.0

LAND_CELL = 500.0  #: side of the squares that are land or sea [m on the plane]

LINES_AT_ONCE = 512  # of a scene, read and averaged
ROWS_AT_ONCE = 256  # of the grid, looked up in a scene


class Seen(NamedTuple):
    """Where and when a scene saw its pixels."""

    geolocation: Geolocation
    line_time: np.ndarray  #: (lines,) datetime64[ns], UTC


class Pair(NamedTuple):
    """Two scenes on one grid; images are (bands, rows, columns) float32 [dB].

    nan on land and where there are no data.
    """

    plane: PolarPlane
    x: np.ndarray  #: (columns,) of pixel centres, increasing [m on the plane]
    y: np.ndarray  #: (rows,), increasing: row 0 is the lowest [m on the plane]
    spacing: float  #: of the pixels [m on the plane]
    bands: tuple[str, ...]  #: polarisations that both scenes have, lower case
    first: np.ndarray
    second: np.ndarray
    first_seen: Seen
    second_seen: Seen


class _Grid(NamedTuple):
    x: np.ndarray
    y: np.ndarray
    pixel: float


def common_grid(first: xr.Dataset, second: xr.Dataset, pixel: float, workers: int = 1) -> Pair:
    """Return two scenes on one grid of the polar plane, over the area that both saw.

    Parameters
    ----------
    first, second : dataset
        Scenes as ``products.canonical`` describes them, the earlier first.
    pixel : float
        Spacing of the grid [m on the plane]; pixel centres lie at its whole multiples.
    workers : int
        Threads; the images do not depend on it.

    Raises
    ------
    ValueError
        If the scenes are one and the same, out of order, too far apart in time, on different
        planes, without a polarisation in common, or hardly overlap.
    """
    bands = check_scenes(first, second)
    grid = _Grid(*_axes(first, second, pixel), pixel)
    seen = [Seen(scene_geolocation(s), s["line_time"].values) for s in (first, second)]
    one, other = (
        _on_grid(scene, geolocation, bands, grid, workers)
        for scene, (geolocation, _) in zip((first, second), seen, strict=True)
    )
    plane = seen[0].geolocation.plane
    land = _land(plane, grid)
    for image in (one, other):
        image[:, land] = np.nan
    return Pair(plane, *grid, bands, one, other, *seen)


def check_scenes(first: xr.Dataset, second: xr.Dataset) -> tuple[str, ...]:
    """Return the polarisations two scenes have in common; raises as ``common_grid`` does."""
    lag = (_middle_time(second) - _middle_time(first)) / np.timedelta64(1, "D")
    names = _names(first, second)
    if lag == 0.0:
        raise ValueError(f"{names} were seen at the same time: drift needs two different times")
    if lag < 0.0:
        raise ValueError(f"{names} are out of order in time: give the earlier scene first")
    if lag > LONGEST_LAG:
        raise ValueError(
            f"{names} are {lag:.0f} days apart: the ice can be followed over {LONGEST_LAG:.0f} "
            "days at most"
        )
    if first.attrs["crs"] != second.attrs["crs"]:
        raise ValueError(f"{names} do not overlap: one is of the Arctic, one of the Antarctic")
    bands = tuple(
        band for band in INCIDENCE_SLOPE if all(f"sigma0_{band}" in s for s in (first, second))
    )
    if not bands:
        raise ValueError(f"{names} hold no image of the same polarisation")
    return bands


def time_of(seen: Seen, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return when a scene saw places of the plane.

    Parameters
    ----------
    seen : Seen
    x, y : array (n,), float64 [m]

    Returns
    -------
    array (n,), datetime64[ns]
        NaT outside the scene and where a coordinate is nan.
    """
    line, _ = plane_to_image(seen.geolocation, x, y)
    origin = seen.line_time[0]
    passed = (seen.line_time - origin).astype(np.float64)
    nanoseconds = np.interp(line, np.arange(passed.size), passed)
    known = np.isfinite(nanoseconds)
    time = np.full(line.shape, np.datetime64("NaT", "ns"))
    time[known] = origin + np.rint(nanoseconds[known]).astype("timedelta64[ns]")
    return time


def _names(first: xr.Dataset, second: xr.Dataset) -> str:
    return f"{first.attrs['scene_id']} and {second.attrs['scene_id']}"


def _middle_time(scene: xr.Dataset) -> np.datetime64:
    line_time = scene["line_time"].values
    return line_time[line_time.size // 2]


def _axes(first: xr.Dataset, second: xr.Dataset, pixel: float) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of the pixel centres of the box around what both scenes saw."""
    both = _footprint(first) & _footprint(second)
    if both.is_empty:
        raise ValueError(f"{_names(first, second)} do not overlap")
    narrow = 2.0 * both.area / both.length  # of a long strip, its width
    if narrow < LEAST_OVERLAP:
        raise ValueError(
            f"{_names(first, second)} overlap in a strip of {narrow / 1000:.1f} km only, ice is "
            f"followed where there are {LEAST_OVERLAP / 1000:.0f} km or more"
        )
    left, bottom, right, top = (edge / pixel for edge in both.bounds)
    x = np.arange(np.ceil(left), np.floor(right) + 1.0) * pixel
    y = np.arange(np.ceil(bottom), np.floor(top) + 1.0) * pixel
    return x, y


def _footprint(scene: xr.Dataset) -> shapely.Polygon:
    """Return the outline of a scene on its plane [m]."""
    x, y = scene["grid_x"].values, scene["grid_y"].values
    border = [np.concatenate([a[0], a[1:, -1], a[-1, -2::-1], a[-2:0:-1, 0]]) for a in (x, y)]
    return shapely.Polygon(np.stack(border, axis=-1))


def _land(plane: PolarPlane, grid: _Grid) -> np.ndarray:
    """Return which pixels (rows, columns) lie on land, told for squares of ``LAND_CELL``."""
    step = max(1, round(LAND_CELL / grid.pixel))
    places = np.meshgrid(grid.x[step // 2 :: step], grid.y[step // 2 :: step])
    land = is_land(*inverse(plane, *places))
    rows, columns = (
        np.minimum(np.arange(a.size) // step, n - 1)
        for a, n in zip((grid.y, grid.x), land.shape, strict=True)
    )
    return land[rows[:, None], columns]


def _on_grid(
    scene: xr.Dataset, geolocation: Geolocation, bands: tuple[str, ...], grid: _Grid, workers: int
) -> np.ndarray:
    """Return a scene's images on a grid, (bands, rows, columns) float32 [dB]."""
    spacing = 0.5 * (scene.attrs["pixel_spacing_line_m"] + scene.attrs["pixel_spacing_sample_m"])
    factor = max(1, round(grid.pixel / spacing))
    averaged = np.full(
        (len(bands), scene.sizes["line"] // factor, scene.sizes["sample"] // factor),
        np.nan,
        np.float32,
    )
    images = np.full((len(bands), grid.y.size, grid.x.size), np.nan, np.float32)
    with ThreadPoolExecutor(workers) as threads:
        average = partial(_average, scene, bands, factor, averaged)
        list(threads.map(average, _parts(averaged.shape[1], max(1, LINES_AT_ONCE // factor))))
        look_up = partial(_look_up, averaged, geolocation, factor, grid, images)
        list(threads.map(look_up, _parts(grid.y.size, ROWS_AT_ONCE)))
    return images


def _parts(size: int, step: int) -> list[slice]:
    return [slice(first, min(first + step, size)) for first in range(0, size, step)]


def _average(
    scene: xr.Dataset, bands: tuple[str, ...], factor: int, averaged: np.ndarray, rows: slice
) -> None:
    """Fill rows of the image of areas of ``factor`` x ``factor`` pixels."""
    samples = averaged.shape[2] * factor
    window = scene.isel(
        line=slice(rows.start * factor, rows.stop * factor), sample=slice(0, samples)
    )
    valid = window["valid"].values if "valid" in window else True
    off_reference: np.ndarray | float = 0.0
    if "incidence_angle" in window:
        middle = window["incidence_angle"].values[factor // 2 :: factor, factor // 2 :: factor]
        off_reference = middle - REFERENCE_INCIDENCE
    for image, band in zip(averaged, bands, strict=True):
        power = np.where(valid, window[f"sigma0_{band}"].values, np.nan)
        level = _decibel(area_mean(power, factor)) - INCIDENCE_SLOPE[band] * off_reference
        image[rows] = np.clip(level, DARKEST, BRIGHTEST)


def area_mean(image: np.ndarray, factor: int) -> np.ndarray:
    """Return means over areas of ``factor`` x ``factor`` pixels, nan where too few are valid.

    Parameters
    ----------
    image : array (n factor, m factor), float32
        nan where there is no data.
    factor : int

    Returns
    -------
    array (n, m), float32
        nan where less than ``LEAST_VALID_SHARE`` of the pixels are valid.
    """
    rows, columns = image.shape[0] // factor, image.shape[1] // factor
    areas = image.reshape(rows, factor, columns, factor)
    seen = np.isfinite(areas)
    count = seen.sum(axis=(1, 3))
    total = np.where(seen, areas, np.float32(0.0)).sum(axis=(1, 3))
    enough = (count >= LEAST_VALID_SHARE * factor**2) & (count > 0)
    return np.divide(
        total, count, out=np.full(total.shape, np.nan, np.float32), where=enough, casting="unsafe"
    )


def _decibel(power: np.ndarray) -> np.ndarray:
    """Return power in dB; what the subtraction of noise left at or below zero is darkest."""
    return 10.0 * np.log10(np.maximum(power, np.float32(1e-9)))


def _look_up(
    averaged: np.ndarray,
    geolocation: Geolocation,
    factor: int,
    grid: _Grid,
    images: np.ndarray,
    rows: slice,
) -> None:
    """Fill rows of the images on the grid by interpolation between the averaged areas."""
    line, sample = plane_to_image(geolocation, *np.meshgrid(grid.x, grid.y[rows]))
    middle = 0.5 * (factor - 1)
    where = [((sample - middle) / factor), ((line - middle) / factor)]
    columns, lines = (np.nan_to_num(w, nan=-9.0).astype(np.float32) for w in where)
    for image, source in zip(images, averaged, strict=True):
        image[rows] = cv2.remap(
            source,
            columns,
            lines,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=np.nan,
        )
