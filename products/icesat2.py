"""ICESat-2 ATL10 granules: total (snow) freeboard of laser segments, beam after beam."""

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from .canonical import make_track
from .netcdf import check_located, decode_time, open_netcdf, unpack, variable_of
from .surface import Surface

BEAMS = ("gt1l", "gt1r", "gt2l", "gt2r", "gt3l", "gt3r")
#: Where a beam keeps freeboards and heights: releases 005 and later, and those before.
LAYOUTS = (
    ("freeboard_segment", "freeboard_segment/heights"),
    ("freeboard_beam_segment/beam_freeboard", "freeboard_beam_segment/height_segments"),
)
#: Columns of a track with their names beside the freeboards, and among the heights.
FREEBOARD_NAMES = {
    "longitude": "longitude",
    "latitude": "latitude",
    "product_total_freeboard": "beam_fb_height",
    "product_total_freeboard_uncertainty": "beam_fb_unc",
}
HEIGHT_NAMES = {
    "segment_length": "height_segment_length_seg",
    "sea_ice_concentration": "ice_conc_amsr2",
}
QUALITY = "beam_fb_quality_flag"
BEST = 1  # value of the product's quality flag
#: ``height_segment_ssh_flag``: 0 ice, 1 candidate for the sea surface, 2 used for it.
SEA_SURFACE = "height_segment_ssh_flag"
LARGEST = 1e30  # what is larger is one of the finite fill values that a variable does not name


def is_atl10(path: str | Path) -> bool:
    """Tell whether ``open_atl10`` can read the file, by its content."""
    try:
        with open_netcdf(path) as dataset:
            return _is_atl10(dataset)
    except ValueError:
        return False


def _is_atl10(dataset: netCDF4.Dataset) -> bool:
    """Tell whether an open file says that it is an ATL10 granule."""
    names = ("identifier_product_type", "short_name")
    return any(str(getattr(dataset, name, "")).strip() == "ATL10" for name in names)


def open_atl10(path: str | Path) -> xr.Dataset:
    """Open the freeboard segments of an ATL10 granule as a track.

    Parameters
    ----------
    path : path

    Returns
    -------
    xr.Dataset
        See ``products.canonical.make_track``: the beams one after another, as ``beam`` tells (1 to
        6, gt1l to gt3r; times start anew with each).  ``product_total_freeboard`` is height
        above the local sea surface, snow included; ``product_quality_flag`` 0 where the product
        calls it best.  Attribute ``strong_beams`` names the strong ones.

    Raises
    ------
    ValueError
        If the file is damaged, is no such granule, or has no freeboard segment.
    """
    with open_netcdf(path) as dataset:
        if not _is_atl10(dataset):
            raise ValueError(f"{path}: the file is not an ATL10 granule of ICESat-2")
        found = [f for f in (_beam(dataset, name) for name in BEAMS) if f is not None]
        if not found:
            raise ValueError(
                f"{path}: no beam has a freeboard segment; take a granule of the place itself"
            )
        time = np.concatenate([times for times, _ in found])
        shared = set.intersection(*(set(columns) for _, columns in found))
        columns = {
            name: np.concatenate([own[name] for _, own in found])
            for name in found[0][1]
            if name in shared
        }
        check_located(path, time, columns["longitude"], columns["latitude"])
        attributes = _attributes(dataset, time) | {"source": str(path)}
    return make_track(time, columns, attributes)


def _beam(dataset: netCDF4.Dataset, name: str) -> tuple[np.ndarray, dict[str, np.ndarray]] | None:
    """Return times and columns of a beam, or None where the granule has no freeboard of it."""
    for place, heights in LAYOUTS:
        group = _group(dataset, f"{name}/{place}")
        if group is None or "beam_fb_height" not in group.variables:
            continue
        columns = {own: _read(group, source) for own, source in FREEBOARD_NAMES.items()}
        beside = _group(dataset, f"{name}/{heights}")
        if beside is not None:
            columns |= {
                own: _read(beside, source)
                for own, source in HEIGHT_NAMES.items()
                if source in beside.variables
            }
            if SEA_SURFACE in beside.variables:
                columns["product_surface_class"] = _classes(_read(beside, SEA_SURFACE))
        if QUALITY in group.variables:
            columns["product_quality_flag"] = (_read(group, QUALITY) != BEST).astype(np.int64)
        time = decode_time(variable_of(group, "delta_time"))
        columns["beam"] = np.full(time.size, BEAMS.index(name) + 1, dtype=np.int8)
        return time, columns
    return None


def _group(dataset: netCDF4.Dataset, path: str) -> netCDF4.Dataset | None:
    group = dataset
    for part in path.split("/"):
        if part not in group.groups:
            return None
        group = group.groups[part]
    return group


def _read(group: netCDF4.Dataset, name: str) -> np.ndarray:
    """Return a variable, float64; fill values that it does not name are finite, and huge."""
    values = unpack(variable_of(group, name))
    return np.where(np.abs(values) > LARGEST, np.nan, values)


def _classes(sea_surface: np.ndarray) -> np.ndarray:
    return np.where(sea_surface > 0, Surface.LEAD, Surface.SEA_ICE).astype(np.int8)


def _attributes(dataset: netCDF4.Dataset, time: np.ndarray) -> dict[str, Any]:
    start = np.datetime_as_string(time[~np.isnat(time)].min(), "s").translate(_NO_PUNCTUATION)
    beams = [
        name
        for name in BEAMS
        if name in dataset.groups
        and str(getattr(dataset.groups[name], "atlas_beam_type", "")).strip() == "strong"
    ]
    return {
        "mission": "icesat2",
        "mode": "laser",
        "product": "ATL10",
        "baseline": _release(dataset),
        "track_id": f"icesat2_atl10_{start}",
        "rate_hz": _rate(time),
        "strong_beams": " ".join(beams),
    }


def _rate(time: np.ndarray) -> float:
    """Return segments in a second; their lengths vary, so that it is the median of a beam's."""
    steps = np.diff(time) / np.timedelta64(1, "s")
    steps = steps[steps > 0.0]
    return float(1.0 / np.median(steps)) if steps.size else 0.0


def _release(dataset: netCDF4.Dataset) -> str:
    group = _group(dataset, "ancillary_data")
    if group is None or "release" not in group.variables:
        return ""
    release = np.asarray(group.variables["release"][...]).ravel()[0]
    return release.decode().strip() if isinstance(release, bytes) else str(release).strip()


_NO_PUNCTUATION = str.maketrans({"-": None, ":": None})
