"""``iceco info``: what a file is, and what iceco sees in it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import typer
import xarray as xr

from ..geo.polar import inverse
from ..geo.swath import plane_to_image
from ..products.canonical import scene_geolocation, wrap_longitude
from ..products.recognise import recognise

SCENES = ("sentinel1", "raster", "scene")
DRIFT = ("osi405", "nsidc0116")

#: Of a large grid every so many cells are enough for its bounding box.
CELLS_BETWEEN = 16


def show(files: list[Path], as_json: bool) -> None:
    """Print what files are; those that cannot be read are named, and make the exit code 2."""
    found: list[dict[str, Any]] = []
    failed = False
    for path in files:
        try:
            found.append(summary(path))
        except ValueError as error:
            failed = True
            found.append({"path": str(path), "error": str(error)})
            typer.echo(f"iceco: {error}", err=True)
        else:
            if not as_json:
                typer.echo(render(found[-1]))
    if as_json:
        typer.echo(json.dumps(found, indent=1))
    if failed:
        raise typer.Exit(2)


def summary(path: str | Path) -> dict[str, Any]:
    """Return what a product holds, as values that JSON can hold; no image is read.

    Returns
    -------
    dict
        ``path``, ``kind``, ``id``, ``product``, ``mission``, ``mode``; ``time``, the first and
        last in UTC; ``bounding_box``, west, south, east and north [degree], west above east
        across the date line; ``sizes``, ``variables`` (name: fraction of values that are there,
        None where that would mean reading an image) and ``notes``.  None where a product does
        not have it.

    Raises
    ------
    ValueError
        If the file is absent, damaged, or no product that iceco reads.
    """
    product = recognise(path)
    data = product.open(Path(path))
    if product.kind == "chart":
        details = _of_chart(data)
    elif product.kind in SCENES:
        details = _of_scene(data)
    else:
        details = _of_dataset(data)
    attributes = data.attrs
    return {
        "path": str(path),
        "kind": product.kind,
        "id": attributes.get("track_id") or attributes.get("scene_id") or Path(path).stem,
        "product": _product_name(attributes),
        "mission": attributes.get("mission"),
        "mode": attributes.get("mode"),
        **details,
        "notes": list(_notes(attributes)),
    }


def render(found: dict[str, Any]) -> str:
    """Return a summary as a block of text for people."""
    rows = [(name, found[name]) for name in ("id", "product", "mission", "mode")]
    rows.insert(0, ("kind", found["kind"]))
    if found["time"]:
        rows.append(("time", " to ".join(dict.fromkeys(found["time"])) + " UTC"))
    if found["bounding_box"]:
        west, south, east, north = found["bounding_box"]
        rows.append(("where", f"{south:.2f} to {north:.2f} N, {west:.2f} to {east:.2f} E"))
    rows.append(("sizes", ", ".join(f"{name} {n}" for name, n in found["sizes"].items())))
    rows += [("note", note) for note in found["notes"]]
    lines = [found["path"]]
    lines += [f"  {name:<10}{value}" for name, value in rows if value]
    lines.append(f"  {'variables':<10}valid")
    width = max(len(name) for name in found["variables"])
    for name, fraction in found["variables"].items():
        there = "" if fraction is None else f"{fraction:8.1%}"
        lines.append(f"    {name:<{width}}{there}".rstrip())
    return "\n".join(lines) + "\n"


def _of_scene(scene: xr.Dataset) -> dict[str, Any]:
    geolocation = scene_geolocation(scene)
    longitude, latitude = inverse(geolocation.plane, scene["grid_x"].values, scene["grid_y"].values)
    pole = bool(np.isfinite(plane_to_image(geolocation, np.zeros(1), np.zeros(1))).all())
    return {
        "time": _span(scene["line_time"].values),
        "bounding_box": bounding_box(longitude, latitude, pole),
        "sizes": {name: scene.sizes[name] for name in ("line", "sample")},
        "variables": dict.fromkeys(map(str, scene.data_vars)),
    }


def _of_dataset(data: xr.Dataset) -> dict[str, Any]:
    pole = False
    if "longitude" in data.variables:
        longitude, latitude = data["longitude"].values, data["latitude"].values
    else:
        longitude, latitude, pole = _grid_positions(data)
    return {
        "time": _span(_times(data)),
        "bounding_box": bounding_box(longitude, latitude, pole),
        "sizes": {str(name): n for name, n in data.sizes.items()},
        "variables": {
            str(name): _there(variable.values)
            for name, variable in data.variables.items()
            if variable.dims and name not in data.dims
        },
    }


def _times(data: xr.Dataset) -> np.ndarray:
    """Return the times of a dataset; of drift vectors, which have two each, both."""
    names = ("time",) if "time" in data.variables else ("start_time", "stop_time")
    return np.concatenate([data[name].values.ravel() for name in names])


def _of_chart(chart: Any) -> dict[str, Any]:
    west, south, east, north = chart.to_crs("EPSG:4326").total_bounds
    columns = chart.drop(columns="geometry")
    return {
        "time": _span(np.array([chart.attrs["time"]])),
        "bounding_box": [round(float(value), 4) for value in (west, south, east, north)],
        "sizes": {"polygon": len(chart)},
        "variables": {name: float(columns[name].notna().mean()) for name in columns},
    }


def bounding_box(longitude: np.ndarray, latitude: np.ndarray, pole: bool = False) -> Any:
    """Return west, south, east and north [degree] of places, or None where there are none.

    West and east bound the shortest arc that holds all longitudes, so that west is above east
    across the date line; around the pole they are -180 and 180.
    """
    there = np.isfinite(longitude) & np.isfinite(latitude)
    if not there.any():
        return None
    south, north = float(latitude[there].min()), float(latitude[there].max())
    west, east = -180.0, 180.0
    if pole:
        south, north = (south, 90.0) if north > 0.0 else (-90.0, north)
    else:
        around = np.unique(wrap_longitude(longitude[there]))
        gaps = np.diff(around, append=around[0] + 360.0)
        widest = int(gaps.argmax())
        west, east = float(around[(widest + 1) % around.size]), float(around[widest])
    return [round(value, 4) for value in (west, south, east, north)]


def _grid_positions(grid: xr.Dataset) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return longitudes and latitudes of a polar grid's cells, and whether the pole is inside."""
    axes = [grid[name].values for name in ("x", "y")]
    thinned = [np.append(axis[::CELLS_BETWEEN], axis[-1]) for axis in axes]
    x, y = np.meshgrid(*thinned)
    longitude, latitude = pyproj.Proj(grid.attrs["crs"])(x, y, inverse=True)
    pole = all(axis.min() < 0.0 < axis.max() for axis in axes)
    return longitude, latitude, pole


def _there(values: np.ndarray) -> float:
    if np.issubdtype(values.dtype, np.datetime64):
        return float(1.0 - np.isnat(values).mean())
    if np.issubdtype(values.dtype, np.floating):
        return float(np.isfinite(values).mean())
    return 1.0


def _span(time: np.ndarray) -> list[str] | None:
    """Return the first and last time in ISO 8601, to the second, or None where none is known."""
    time = time[~np.isnat(time)]
    if time.size == 0:
        return None
    return [str(np.datetime64(moment, "s")) for moment in (time.min(), time.max())]


def _product_name(attributes: dict[str, Any]) -> str | None:
    name, baseline = attributes.get("product"), attributes.get("baseline")
    return f"{name}, baseline {baseline}" if name and baseline else name


def _notes(attributes: dict[str, Any]) -> Iterator[str]:
    """Tell what a user should know of a product before using it."""
    if attributes.get("records_without_time"):
        yield f"{attributes['records_without_time']} records without a time were left out"
    if "thermal_noise" in attributes:
        yield f"thermal noise: {attributes['thermal_noise']}"
    polarisations = attributes.get("polarisations", "").split()
    images = attributes.get("images")
    absent = [p for p in polarisations if images is not None and p not in images.split()]
    if absent:
        yield f"the measurement of {' and '.join(absent)} is missing: no sigma0"
    if "stored_in" in attributes:
        yield f"values stored in {attributes['stored_in']} ({attributes['unit_told_by']})"
        yield f"time told by: {attributes['time_told_by']}"
    if "geolocation_residual_m" in attributes:
        residual = attributes["geolocation_residual_m"]
        yield f"geolocation: {attributes['geolocation_method']}, residual {residual:.2f} m"
    for column, code, number in attributes.get("unknown_codes", []):
        yield f"code {code!r} of {column} is none of SIGRID-3, read as not told: {number} polygons"
