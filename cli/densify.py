"""``iceco densify``: words into a request, one map, and what came out."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import typer
import xarray as xr

from ..collocate.drift_choice import choose_drift
from ..drawing.saving import save_figure
from ..drift.displacement import Drift
from ..geo.polar import PolarPlane, plane_of_latitude
from ..models.densify.attributes import Origin
from ..models.densify.covariates import middle_time
from ..models.densify.densify import NOTHING, Densified, Request, map_grid_by, prepare
from ..models.densify.drifting import chosen_drift
from ..models.densify.fields import Points, select
from ..models.densify.figures import plot_map
from ..models.densify.mapping import candidates, try_methods
from ..models.densify.methods import METHODS
from ..models.densify.observations import advected, points_of, read_freeboard
from ..models.densify.output import suggested_name, write_grid
from ..models.leads.finder import threshold_leads
from ..products.recognise import identify, open_product
from .collocate import parse_duration
from .densify_files import Files
from .densify_validation import (
    Mapping,
    Referees,
    open_referees,
    times_of,
    validate,
    words_of,
)
from .progress import over

#: Resolutions that have a name [m].
RESOLUTIONS = {"2km": 2000.0, "250m": 250.0}


class Asked(NamedTuple):
    """The words of the options."""

    time: str | None
    window: str
    drift: str
    method: str
    resolution: str
    like: Path | None
    crs: str | None
    snow_depth: float | None  #: by which referees' freeboard is turned into the map's kind [m]
    model: Path | None = None  #: of the network; None: that which comes with iceco


class Material(NamedTuple):
    """Everything that a map is made from and judged by, opened."""

    points: Points  #: at the target time
    scenes: list[xr.Dataset]
    drift: Drift
    request: Request
    origin: Origin
    referees: Referees


def densify_paths(
    files: Files,
    asked: Asked,
    out: Path,
    figure: Path | None,
    workers: int | None,
    as_json: bool,
) -> None:
    """Map the freeboard of some tracks with the help of some scenes, and say what came out.

    ``out`` is a file, or a folder in which the file is given SWOT's kind of name.  Where referees
    are named, all methods are mapped and judged in a folder beside it.
    """
    _check_places(asked, out)
    cores = workers or len(os.sched_getaffinity(0))
    material = gather(files, asked, cores)
    mapping = _mapped(material, asked.method, cores)
    result, request, origin = mapping.result, material.request, material.origin
    place = out / suggested_name(result, request) if out.is_dir() else out
    folder = place.with_suffix(".validation")
    found = validate(mapping, material.referees, folder) if material.referees.any else {}
    write_grid(result, request, origin, place)
    if figure is not None:
        title = f"{origin.kind} freeboard, {np.datetime_as_string(request.target, 'm')} UTC"
        with xr.open_dataset(place, decode_timedelta=False) as grid:
            save_figure(plot_map(grid, result.points, title), figure)
    _say(result, place, found, folder, as_json)


def gather(files: Files, asked: Asked, workers: int) -> Material:
    """Open files, and take the observations in the window to where their ice is at the time.

    Raises
    ------
    ValueError
        If the words or files are not what they should be, or do not go together.
    """
    resolution, window = parse_resolution(asked.resolution), parse_window(asked.window)
    choice = choose_drift(asked.drift)
    referees = open_referees(files, asked.snow_depth)
    follow = swath_to_follow(asked, files)
    like = None if follow is None else open_like(follow)
    scenes = [open_product(path) for path in files.scenes]
    swaths = referees.swaths if like is None else [like, *referees.swaths]
    target = target_time(asked.time, swaths, scenes)
    points, kind = points_of([read_freeboard(path) for path in files.tracks], target, window)
    plane = plane_of(points.y, scenes)
    points = select(points, plane.hemisphere * points.y > 0.0)  # a pass can see both poles
    times = [points.time.min(), points.time.max(), target, *map(middle_time, scenes)]
    times += times_of(referees, target)
    drift, words = chosen_drift(choice, scenes, min(times), max(times), workers)
    request = Request(target, plane, asked.method, resolution, like, asked.crs, asked.model)
    origin = Origin(files.tracks, files.scenes, follow, words, asked.window, kind)
    return Material(
        advected(points, plane, drift, target), scenes, drift, request, origin, referees
    )


def _mapped(material: Material, method: str, workers: int) -> Mapping:
    """Return the map, by the method asked for; where it is judged, all are tried."""
    points, scenes, drift, request, origin, referees = material
    with over("reading scenes") as watch:
        ready = prepare(points, scenes, drift, threshold_leads(), request, workers, watch)
    wanted = "auto" if referees.any else method
    tried = try_methods(ready.points, ready.cells, wanted, request.model)
    asked_for = candidates(ready.points, ready.cells, method, tried.methods)
    result = map_grid_by(ready, tried, tried.best if method == "auto" else asked_for[0])
    return Mapping(ready, tried, result, request, origin, drift)


def _check_places(asked: Asked, out: Path) -> None:
    """Refuse words that need no file to be seen as wrong."""
    if asked.method not in (*METHODS, "auto"):
        raise ValueError(
            f"--method must be auto or one of {', '.join(METHODS)}, got {asked.method}"
        )
    if not out.is_dir() and (out.suffix != ".nc" or not out.parent.is_dir()):
        raise ValueError(
            f"{out}: name a file that ends in .nc in a folder that exists, or a folder"
        )


def swath_to_follow(asked: Asked, files: Files) -> Path | None:
    """Return the swath whose samples are mapped: as told, else the first that is to judge."""
    if asked.like is not None or asked.crs is not None or not files.swot:
        return asked.like
    return files.swot[0]


def parse_resolution(text: str) -> float:
    """Return the metres of a resolution such as "2km", "250m" or "1000".

    Raises
    ------
    ValueError
        If it is none, or below 100 m or above 100 km.
    """
    try:
        metres = RESOLUTIONS.get(text) or float(text.removesuffix("m"))
    except ValueError as error:
        raise ValueError(
            f"--resolution {text!r} is none of 2km, 250m or a number of metres"
        ) from error
    if not 100.0 <= metres <= 100_000.0:
        raise ValueError(f"--resolution must lie between 100 m and 100 km, got {text}")
    return metres


def parse_window(text: str) -> np.timedelta64:
    """Return the duration that "5d", "12h" and the like say."""
    return np.timedelta64(round(parse_duration("--window", text) * 1e9), "ns")


def open_like(path: Path) -> xr.Dataset:
    """Return the swath whose samples the grid follows.

    Raises
    ------
    ValueError
        If the file is something else.
    """
    if identify(path) != "swot":
        raise ValueError(
            f"{path}: --like needs a granule of SWOT, this is of kind {identify(path)}"
        )
    swath: xr.Dataset = open_product(path)
    return swath


def target_time(
    text: str | None, swaths: list[xr.Dataset], scenes: list[xr.Dataset]
) -> np.datetime64:
    """Return the time to map: as told, else of the first swath's middle, else of the first scene.

    Raises
    ------
    ValueError
        If the words are no time, or nothing tells one.
    """
    if text is not None:
        try:
            return np.array([text.removesuffix("Z")], dtype="datetime64[ns]")[0]
        except ValueError as error:
            raise ValueError(f"--time {text!r} is no time; write 2024-03-15T12:00:00") from error
    if swaths:
        times = swaths[0]["time"].values
        times = times[~np.isnat(times)]
        return times.min() + (times.max() - times.min()) // 2
    if scenes:
        return middle_time(scenes[0])
    raise ValueError("without a scene or --like the time to map must be told: --time")


def plane_of(latitude: np.ndarray, scenes: list[xr.Dataset]) -> PolarPlane:
    """Return the polar plane to work on: that of most of the observations' latitudes [degree].

    Raises
    ------
    ValueError
        If a scene is of the other hemisphere.
    """
    plane = plane_of_latitude(latitude)
    for scene in scenes:
        if scene.attrs["crs"] != plane.crs:
            raise ValueError(
                f"{scene.attrs['source']}: the scene is at the other pole than the tracks"
            )
    return plane


def _say(
    result: Densified, place: Path, found: dict[str, Any], folder: Path, as_json: bool
) -> None:
    flags = result.quality_flag
    told: dict[str, Any] = {
        "out": str(place),
        "method": result.method,
        "cells": int((flags != NOTHING).sum()),
        "observations": int(result.points.x.size),
        "mean_freeboard_m": round(float(np.nanmean(result.field.mean)), 4),
        "median_uncertainty_m": round(float(np.nanmedian(result.field.sigma)), 4),
        "scores": {name: score._asdict() for name, score in result.scores.items()},
    }
    if found:
        told["validation"] = str(folder)
    if as_json:
        typer.echo(json.dumps(told, indent=1))
        return
    if found:
        typer.echo(f"{words_of(found)}\nwrote {folder}: maps by all methods, scores, figures")
    for name, score in sorted(result.scores.items(), key=lambda item: item[1].crps):
        typer.echo(
            f"{name:8s} on tracks held out: CRPS {score.crps:.4f} m, RMSE {score.rmse:.4f} m, "
            f"{100 * score.coverage_68:.0f} % within 1 sigma"
        )
    typer.echo(
        f"wrote {place}: {told['cells']} cells from {told['observations']} observations by "
        f"{result.method}, mean freeboard {told['mean_freeboard_m']:.3f} m, uncertainty "
        f"{told['median_uncertainty_m']:.3f} m"
    )
