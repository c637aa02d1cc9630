"""What a reader of another package must hand over, so that the rest of iceco can trust it.

``make_track``, ``make_scene`` and ``make_vectors`` give most of it by themselves; what they cannot
see from single columns is checked here: units, ranges, types, and words that become file names.
"""

import re
from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from .canonical import SCENE, SCENE_ATTRIBUTES, TRACK, TRACK_ATTRIBUTES, scene_geolocation
from .canonical_vectors import VECTORS, VECTORS_ATTRIBUTES, usable

#: Words that become parts of file names.
PLAIN_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def check_track(track: xr.Dataset) -> None:
    """Check that a dataset is a track as ``products.canonical`` describes it.

    Raises
    ------
    ValueError
        If a variable is unknown, missing, or of another type, shape or unit than it should be; a
        position or time is impossible; or an attribute is missing or not usable.
    """
    _check_names(track, TRACK, ("record", "longitude", "latitude"), TRACK_ATTRIBUTES)
    _check_words(track, ("mission", "mode", "track_id"))
    for name in TRACK.keys() & track.variables.keys():
        dims = ("time", "gate") if name == "waveform" else ("time",)
        _must(track[name].dims == dims, f"{name} lies along {track[name].dims}, not {dims}")
    time = track["time"].values
    _must(time.dtype == "datetime64[ns]", f"time is of type {time.dtype}, not datetime64[ns]")
    _must(not np.isnat(time).any(), "records without a time must be left out (make_track does)")
    _must(bool((np.diff(time) >= np.timedelta64(0)).all()), "time must not decrease")
    for name, limit in (("longitude", 180.0), ("latitude", 90.0)):
        values = track[name].values
        _must(values.dtype == np.float64, f"{name} is of type {values.dtype}, not float64")
        _must(not (np.abs(values) > limit).any(), f"{name} is beyond {limit:g} degrees")
    if "waveform" in track:
        _check_echoes(track)


def _check_echoes(track: xr.Dataset) -> None:
    dtype = track["waveform"].dtype
    _must(dtype == np.float32, f"waveform is of type {dtype}, not float32")
    spacing, gate = (track.attrs.get(name) for name in ("gate_spacing_m", "reference_gate"))
    _must(
        isinstance(spacing, float) and spacing > 0.0,
        f"gate_spacing_m is {spacing!r}, not a length [m]",
    )
    _must(
        isinstance(gate, float) and 0.0 <= gate < track.sizes["gate"],
        f"reference_gate is {gate!r}, not one of the {track.sizes['gate']} gates",
    )


def check_scene(scene: xr.Dataset) -> None:
    """Check that a dataset is a scene as ``products.canonical`` describes it; reads no image.

    Raises
    ------
    ValueError
        If a variable is unknown, missing, or of another shape or unit than it should be; an
        attribute is missing or not usable; or the geolocation grid does not hold together.
    """
    _check_names(scene, SCENE, ("valid",), SCENE_ATTRIBUTES)
    _check_words(scene, ("scene_id", "mission", "mode"))
    shape = (scene.sizes["line"], scene.sizes["sample"])
    for name in SCENE.keys() & scene.variables.keys():
        _must(scene[name].shape == shape, f"{name} has shape {scene[name].shape}, not {shape}")
    _must(
        any(name.startswith("sigma0_") for name in map(str, scene.data_vars)),
        "a scene has at least one sigma0 (hh, hv, vv or vh)",
    )
    time = scene["line_time"].values
    _must(time.dtype == "datetime64[ns]", f"line_time is of type {time.dtype}, not datetime64[ns]")
    _must(not np.isnat(time).any(), "a line has no time")
    for name in ("grid_line", "grid_sample"):
        _must(bool((np.diff(scene[name].values) > 0.0).all()), f"{name} does not increase")
    finite = np.isfinite(scene["grid_x"].values) & np.isfinite(scene["grid_y"].values)
    _must(bool(finite.all()), "a node of the geolocation grid has no place")
    scene_geolocation(scene)


def check_vectors(vectors: xr.Dataset) -> None:
    """Check that a dataset is a list of drift vectors as ``products.canonical_vectors`` has it.

    Raises
    ------
    ValueError
        If a variable is unknown, missing, or of another unit; an attribute is missing; or a
        usable vector lacks its times or ends before it begins.
    """
    _check_names(vectors, VECTORS, tuple(VECTORS), VECTORS_ATTRIBUTES)
    begin, end = (vectors[name].values for name in ("start_time", "stop_time"))
    used = usable(vectors)
    _must(bool((end[used] > begin[used]).all()), "a usable vector ends before it begins")
    for name in ("variance_x", "variance_y"):
        _must(
            bool((vectors[name].values[used] > 0.0).all()), f"{name} of a usable vector is not > 0"
        )


#: By the kind of a reader.
CHECKS: dict[str, Callable[[xr.Dataset], None]] = {
    "track": check_track,
    "scene": check_scene,
    "vectors": check_vectors,
}


def _check_names(
    data: xr.Dataset,
    known: Mapping[str, Mapping[str, str]],
    needed: tuple[str, ...],
    attributes: tuple[str, ...],
) -> None:
    _must(isinstance(data, xr.Dataset), f"it opens a {type(data).__name__}, not an xarray Dataset")
    unknown = sorted(set(map(str, data.data_vars)) - known.keys())
    _must(not unknown, f"it has variables that are not canonical: {', '.join(unknown)}")
    missing = [name for name in needed if name not in data.variables]
    _must(not missing, f"it lacks {', '.join(missing)}")
    lacking = [name for name in attributes if name not in data.attrs]
    _must(not lacking, f"it lacks the attributes {', '.join(lacking)}")
    for name, about in known.items():
        if name in data.variables and "units" in about:
            units = data[name].attrs.get("units")
            _must(units == about["units"], f"{name} is in {units!r}, not {about['units']!r}")


def _check_words(data: xr.Dataset, names: tuple[str, ...]) -> None:
    for name in names:
        word = data.attrs[name]
        _must(
            isinstance(word, str) and PLAIN_WORD.fullmatch(word) is not None,
            f"the attribute {name} is {word!r}; letters, digits, '_', '.' and '-' are allowed",
        )


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
