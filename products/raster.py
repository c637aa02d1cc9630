"""SAR scenes from georeferenced rasters: GeoTIFFs and whatever else rasterio opens.

Pictures and uncalibrated images are refused; the rest is brought to linear sigma0 in the
canonical scene.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
import rasterio
import xarray as xr
from rasterio._err import CPLE_BaseError  # GDAL's errors where rasterio lets them through
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from .canonical import make_scene
from .lazy import lazy_image
from .raster_ground import node_grid, pixel_spacing, raster_ground
from .raster_tags import is_decibel, mission_and_mode, named_polarisation, scene_time

#: Backscatter in dB lies well below this in its median, linear backscatter above it.
DECIBEL_MEDIAN = -1.0

#: No echo is brighter [dB]; what is, is damage, and would overflow when it is made linear.
MOST_DECIBEL = 100.0

#: Side of the windows in which the values of a raster are looked at [pixel].
PROBE = 128


@dataclass(frozen=True)
class _Band:
    """One band of a raster and how to read backscatter from it."""

    path: Path
    number: int  # counted from 1
    shape: tuple[int, int]
    scale: float
    offset: float
    decibel: bool = False


def is_raster(path: str | Path) -> bool:
    """Return whether a file begins as a TIFF does; ``open_raster`` says whether it is SAR."""
    path = Path(path)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def is_picture(path: str | Path) -> bool:
    """Return whether a raster is a picture in colour.

    Raises
    ------
    ValueError
        If it is absent or damaged.
    """
    with _without_georeference_warning(), _opened(Path(path)) as source:
        return _in_colour(source)


def open_raster(
    path: str | Path,
    *,
    polarisation: str | None = None,
    time: str | datetime | np.datetime64 | None = None,
    decibel: bool | None = None,
) -> xr.Dataset:
    """Open a georeferenced SAR raster as a scene; pixels are read when they are indexed.

    Parameters
    ----------
    path : path
        A raster with a CRS and an affine transform, or with ground control points in any CRS.
    polarisation : str, optional
        Of the bands in their order, "HV" or "HH HV"; read from the band descriptions, tags or
        the file's name if left out.
    time : optional
        UTC time of acquisition; read from the tags or the file's name if left out.
    decibel : bool, optional
        Whether the values are in dB; read from units and names, else guessed, if left out.

    Returns
    -------
    Dataset
        As ``make_scene`` makes it: ``sigma0_*`` linear, float32, nan outside the image (nodata,
        masks, not finite, zeros joined to the left or right border), and ``valid``.  All lines
        have one time.  Attributes beyond the usual: ``time_told_by``, ``unit_told_by``,
        ``stored_in`` (dB or linear), ``geolocation_method`` and ``geolocation_residual_m``, the
        root mean square of the leave-one-out residuals of the control points, or of the grid
        against the transform between its nodes.  ``thermal_noise`` is "unknown".

    Raises
    ------
    ValueError
        If the file is absent or damaged, is a picture, complex or uncalibrated, has no
        georeference, or does not tell its polarisation, time or unit.
    """
    path = Path(path)
    with _without_georeference_warning(), _opened(path) as source:
        _check_backscatter(path, source)
        bands = _bands(path, source, polarisation)
        in_decibel, unit_told_by = _unit(path, source, [*bands.values()], decibel)
        moment, time_told_by = _time(path, source, time)
        ground = raster_ground(path, source)
        shape: tuple[int, int] = source.shape
    bands = {
        name: _Band(b.path, b.number, b.shape, b.scale, b.offset, in_decibel)
        for name, b in bands.items()
    }
    images = {
        f"sigma0_{name}": lazy_image(shape, np.float32, partial(_read_sigma0, band))
        for name, band in bands.items()
    }
    images["valid"] = lazy_image(shape, np.bool_, partial(_read_valid, [*bands.values()]))
    grid, residual = node_grid(shape, ground)
    spacing = pixel_spacing(shape, ground)
    mission, mode = mission_and_mode(path.name)
    return make_scene(
        images,
        np.full(shape[0], moment),
        grid,
        {
            "scene_id": path.stem,
            "mission": mission,
            "mode": mode,
            "polarisations": " ".join(name.upper() for name in bands),
            "crs": ground.plane.crs,
            "pixel_spacing_line_m": spacing[0],
            "pixel_spacing_sample_m": spacing[1],
            "thermal_noise": "unknown",
            "source": str(path),
            "time_told_by": time_told_by,
            "stored_in": "dB" if in_decibel else "linear",
            "unit_told_by": unit_told_by,
            "geolocation_method": ground.method,
            "geolocation_residual_m": residual,
        },
    )


@contextmanager
def _opened(path: Path) -> Iterator[rasterio.DatasetReader]:
    """Open a raster; whatever fails in it becomes one sentence."""
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    try:
        with rasterio.open(path) as source:
            yield source
    except (RasterioError, CPLE_BaseError) as error:
        reason = str(error).splitlines()[0] if str(error) else "no reason given"
        raise ValueError(f"{path}: the raster is damaged or cut off ({reason})") from error


@contextmanager
def _without_georeference_warning() -> Iterator[None]:
    """Silence what rasterio says of an image without georeference: it is refused in words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


def _check_backscatter(path: Path, source: rasterio.DatasetReader) -> None:
    """Refuse what cannot be backscatter."""
    dtypes = set(source.dtypes)
    if _in_colour(source):
        raise ValueError(f"{path}: this is a picture in colour, not a SAR image")
    if any(np.issubdtype(dtype, np.complexfloating) for dtype in dtypes):
        raise ValueError(f"{path}: the image is complex (an SLC), iceco reads detected images")
    whole = all(np.issubdtype(dtype, np.integer) for dtype in dtypes)
    if whole and set(source.scales) == {1.0}:
        raise ValueError(
            f"{path}: the pixels are whole numbers ({', '.join(sorted(dtypes))}), not backscatter; "
            "calibrate the image first, or open the .SAFE folder it comes from"
        )
    if min(source.shape) < 2:
        raise ValueError(f"{path}: the image has {source.shape} pixels, a scene has more")


def _in_colour(source: rasterio.DatasetReader) -> bool:
    return bool({ColorInterp.red, ColorInterp.palette} & set(source.colorinterp))


def _bands(path: Path, source: rasterio.DatasetReader, given: str | None) -> dict[str, _Band]:
    """Return the bands with backscatter by polarisation in lower case."""
    numbers = range(1, source.count + 1)
    names = [_band_polarisation(path, source, n) for n in numbers] if given is None else []
    if given is not None:
        names = [*given.upper().split()]
        if len(names) != source.count or not {*names} <= {"HH", "HV", "VH", "VV"}:
            raise ValueError(
                f"{path}: the polarisation {given!r} does not fit the {source.count} band(s); "
                "give one of HH, HV, VH, VV per band"
            )
    if None in names or len({*names}) != len(names):
        raise ValueError(
            f"{path}: the polarisation of the {source.count} band(s) is not told; "
            "pass it, as in polarisation='HH'"
        )
    return {
        str(name).lower(): _Band(
            path, n, source.shape, float(source.scales[n - 1]), float(source.offsets[n - 1])
        )
        for name, n in zip(names, numbers, strict=True)
    }


def _band_polarisation(path: Path, source: rasterio.DatasetReader, number: int) -> str | None:
    tags = {key.lower(): value for key, value in source.tags(number).items()}
    texts = [tags.get("polarisation", ""), tags.get("polarization", "")]
    texts += [source.descriptions[number - 1] or "", tags.get("name", "")]
    if source.count == 1:
        overall = {key.lower(): value for key, value in source.tags().items()}
        texts += [overall.get("polarisation", ""), overall.get("polarization", ""), path.stem]
    return named_polarisation(texts)


def _unit(
    path: Path, source: rasterio.DatasetReader, bands: list[_Band], given: bool | None
) -> tuple[bool, str]:
    """Return whether the values are in dB, and who says so."""
    if given is not None:
        return given, "option"
    tags = [source.tags(band.number) for band in bands]
    units = [source.units[band.number - 1] or "" for band in bands]
    units += [t.get("units", "") for t in tags] + [source.tags().get("units", "")]
    names = [source.descriptions[band.number - 1] or "" for band in bands]
    names += [t.get("name", "") for t in tags] + [path.stem]
    told = is_decibel(units, names)
    if told is not None:
        return told, "unit or name"
    values = _probed(bands[0])
    if values.size == 0:
        raise ValueError(
            f"{path}: too few pixels hold values to tell dB from linear; pass decibel=True or False"
        )
    return bool(np.median(values) < DECIBEL_MEDIAN), "guess from the values"


def _probed(band: _Band) -> np.ndarray:
    """Return the valid values in a few windows across an image, as stored."""
    middles = [(int(f * band.shape[0]), int(f * band.shape[1])) for f in (0.5, 0.25, 0.75)]
    windows = [(line, sample) for line, _ in middles for _, sample in middles]
    values = [
        _read_stored(band, _around(line, band.shape[0]), _around(sample, band.shape[1])).ravel()
        for line, sample in windows
    ]
    together = np.concatenate(values)
    return together[np.isfinite(together) & (together != 0.0)]


def _around(middle: int, size: int) -> slice:
    return slice(max(0, middle - PROBE // 2), min(size, middle + PROBE // 2))


def _time(
    path: Path, source: rasterio.DatasetReader, given: str | datetime | np.datetime64 | None
) -> tuple[np.datetime64, str]:
    """Return the time of acquisition, and who says so."""
    if given is not None:
        try:
            return np.array([given], dtype="datetime64[ns]")[0], "option"
        except ValueError as error:
            raise ValueError(f"{path}: the time {given!r} cannot be understood") from error
    told = scene_time(source.tags(), path.name)
    if told is None:
        raise ValueError(
            f"{path}: neither the tags nor the name tell the time of acquisition; "
            "pass it in UTC, as in time='2020-03-01T08:32:37'"
        )
    return told


def _read_sigma0(band: _Band, lines: slice, samples: slice) -> np.ndarray:
    """Return a window of linear backscatter, float32, nan outside the image."""
    stored = _read_stored(band, lines, samples)
    zero = stored == 0.0
    if zero.any():
        # A zero inside the image is a dark place; only those joined to the border are outside.
        whole = _read_stored(band, lines, slice(0, band.shape[1]))
        stored[zero & border_runs((whole == 0.0) | np.isnan(whole))[:, samples]] = np.nan
    values = stored * np.float32(band.scale) + np.float32(band.offset)
    if band.decibel:
        values[values > MOST_DECIBEL] = np.nan
        values = np.power(np.float32(10.0), values / np.float32(10.0))
    return values


def _read_valid(bands: list[_Band], lines: slice, samples: slice) -> np.ndarray:
    seen = [np.isfinite(_read_sigma0(band, lines, samples)) for band in bands]
    return np.logical_and.reduce(seen)


def _read_stored(band: _Band, lines: slice, samples: slice) -> np.ndarray:
    """Return a window of one band as stored, float32, nan where masked or not finite."""
    window = Window.from_slices(lines, samples)
    with _opened(band.path) as source:
        stored = source.read(band.number, window=window).astype(np.float32)
        masked = source.read_masks(band.number, window=window) == 0
    stored[masked | ~np.isfinite(stored)] = np.nan
    return stored


def border_runs(outside: np.ndarray) -> np.ndarray:
    """Return the pixels of (lines, samples) from which only ``outside`` leads to a side.

    The side is the left or the right one: enough for a footprint whose lines are not broken.
    """
    left = np.logical_and.accumulate(outside, axis=1)
    right = np.logical_and.accumulate(outside[:, ::-1], axis=1)[:, ::-1]
    return left | right
