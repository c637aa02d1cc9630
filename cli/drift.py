"""``iceco drift``: how the ice moved between two scenes, and drift against buoys."""

import json
import math
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import typer
import xarray as xr

from ..collocate.catalogue import SCENE_KINDS
from ..drawing.saving import save_figure
from ..drift.buoy_evaluation import evaluate_against_drifters, evaluate_vectors, scores
from ..drift.displacement import product_drift
from ..drift.figures import plot_vectors
from ..drift.pair.images import Pair, common_grid
from ..drift.pair.vectors import PairSettings, track_pair
from ..drift.speed import sigma_on_ground, speed_on_ground
from ..geo.polar import plane_of_epsg
from ..products.canonical_vectors import VECTORS, usable
from ..products.recognise import identify, open_product
from ..products.vectors import check_vectors_name, write_vectors
from . import progress

PRODUCT_KINDS = ("osi405", "nsidc0116")

#: A buoy is compared with the closest vector if it lies this near [m on the plane].
BUOY_RADIUS = 4_000.0

#: Most pixels of the picture's background along its longer side.
PICTURE_PIXELS = 1_200


class Told(NamedTuple):
    """What vectors amount to; nan where there is none."""

    vectors: dict[str, int]  #: how many, by the meaning of their flag
    hours: float  #: median time between the scenes
    median_speed: float  #: over the ground [m/s]
    median_sigma_m: float  #: of a component, on the ground


def follow_or_evaluate(
    files: list[Path],
    out: Path | None,
    spacing: float,
    pixel: float,
    figure: Path | None,
    buoys: list[Path],
    as_json: bool,
) -> None:
    """Follow the ice between two scenes; or compare drift files that are there with buoys."""
    kinds = [identify(path) for path in files]
    if all(kind in (*PRODUCT_KINDS, "vectors") for kind in kinds):
        if out is not None or figure is not None or not buoys:
            raise ValueError(
                f"{files[0]}: is a drift file, which can only be compared with --buoys FILE"
            )
        _evaluate(files, open_buoy_files(buoys), as_json)
        return
    for path, kind in zip(files, kinds, strict=True):
        if kind not in SCENE_KINDS:
            raise ValueError(f"{path}: is of kind {kind}, not a SAR scene")
    if len(files) != 2:
        raise ValueError(f"drift is found from two scenes, the earlier first; got {len(files)}")
    if out is None:
        raise ValueError("name the file for the vectors: --out FILE.nc or --out FILE.parquet")
    _follow(files, pair_settings(spacing, pixel), out, figure, open_buoy_files(buoys), as_json)


def pair_settings(spacing: float, pixel: float) -> PairSettings:
    """Return the settings that the options describe.

    Raises
    ------
    ValueError
        If the grid is finer than the image, or the pixel is no length.
    """
    if not 10.0 <= pixel <= 1000.0:
        raise ValueError(f"--pixel must lie between 10 and 1000 m, got {pixel:g}")
    if not spacing >= pixel:
        raise ValueError(f"--spacing must not be below the pixel of {pixel:g} m, got {spacing:g}")
    return PairSettings(spacing_m=spacing, pixel_m=pixel)


def open_buoy_files(paths: list[Path]) -> list[xr.Dataset]:
    """Return the drifters of some files.

    Raises
    ------
    ValueError
        If one is something else.
    """
    for path in paths:
        if identify(path) != "buoys":
            raise ValueError(f"{path}: is of kind {identify(path)}, not a file of buoys")
    return [open_product(path) for path in paths]


def tell(vectors: xr.Dataset) -> Told:
    """Return what vectors amount to."""
    flags = VECTORS["quality_flag"]
    meanings = zip(flags["flag_values"].split(), flags["flag_meanings"].split(), strict=True)
    flag = vectors["quality_flag"].values
    counts = {meaning: int((flag == int(value)).sum()) for value, meaning in meanings}
    good = vectors.isel(vector=np.flatnonzero(usable(vectors)))
    if good.sizes["vector"] == 0:
        return Told(counts, math.nan, math.nan, math.nan)
    interval = np.median((good["stop_time"] - good["start_time"]).values)
    return Told(
        counts,
        float(interval / np.timedelta64(1, "h")),
        float(np.median(speed_on_ground(good))),
        float(np.median(sigma_on_ground(good))),
    )


def _follow(
    files: list[Path],
    settings: PairSettings,
    out: Path,
    figure: Path | None,
    drifters: list[xr.Dataset],
    as_json: bool,
) -> None:
    check_vectors_name(out)
    if not out.parent.is_dir():
        raise ValueError(f"{out}: there is no folder {out.parent} to write it in")
    with open_product(files[0]) as first, open_product(files[1]) as second:
        with progress.over("following the ice"):
            vectors = track_pair(first, second, settings, workers=os.cpu_count() or 1)
        write_vectors(vectors, out)
        if figure is not None:
            save_figure(plot_vectors(vectors, _background(first, second)), figure)
    comparisons = [evaluate_vectors(vectors, d, BUOY_RADIUS) for d in drifters]
    _say_vectors(tell(vectors), comparisons, out, as_json)


def _background(first: xr.Dataset, second: xr.Dataset) -> Pair:
    """Return two scenes coarse enough for a picture."""
    extent = max(np.ptp(first[name].values) for name in ("grid_x", "grid_y"))
    pixel = max(extent / PICTURE_PIXELS, first.attrs["pixel_spacing_line_m"])
    return common_grid(first, second, float(np.ceil(pixel)), os.cpu_count() or 1)


def _evaluate(files: list[Path], drifters: list[xr.Dataset], as_json: bool) -> None:
    found = {}
    for path in files:
        drift = open_product(path)
        compare = _compare_vectors if "vector" in drift.dims else _compare_product
        found[str(path)] = _scores([compare(drift, buoys) for buoys in drifters])
    if as_json:
        typer.echo(json.dumps(_plain(found), indent=1))
        return
    for name, score in found.items():
        typer.echo(f"{name}: {_sentence(score)}")


def _compare_vectors(vectors: xr.Dataset, buoys: xr.Dataset) -> xr.Dataset:
    return evaluate_vectors(vectors, buoys, BUOY_RADIUS)


def _compare_product(product: xr.Dataset, buoys: xr.Dataset) -> xr.Dataset:
    """Compare a gridded product with buoys over each of its own intervals."""
    interval = np.median((product["stop_time"] - product["start_time"]).values)
    plane = plane_of_epsg(product.attrs["plane"])
    starts = product["time"].values - interval / 2
    return evaluate_against_drifters(product_drift([product]), buoys, plane, starts, interval)


def _scores(comparisons: list[xr.Dataset]) -> dict[str, float]:
    return scores(xr.concat(comparisons, "comparison"))


def _say_vectors(told: Told, comparisons: list[xr.Dataset], out: Path, as_json: bool) -> None:
    against = _scores(comparisons) if comparisons else None
    if as_json:
        result = told._asdict() | {"out": str(out)} | ({"buoys": against} if against else {})
        typer.echo(json.dumps(_plain(result), indent=1))
        return
    for meaning, count in told.vectors.items():
        typer.echo(f"{count:9d}  {meaning.replace('_', ' ')}")
    if math.isnan(told.hours):
        typer.echo("no ice could be followed: the flags of the vectors say why")
    else:
        typer.echo(
            f"median speed {told.median_speed:.3f} m/s over {told.hours:.1f} h, "
            f"median sigma {told.median_sigma_m:.0f} m"
        )
    if against:
        typer.echo(f"against buoys: {_sentence(against)}")
    typer.echo(f"wrote {out}: {sum(told.vectors.values())} vectors")


def _sentence(score: dict[str, float]) -> str:
    if not score["comparisons"]:
        return "no buoy was near at that time"
    return (
        f"{score['comparisons']:.0f} comparisons with {score['buoys']:.0f} buoys, median error "
        f"{score['median_error_m']:.0f} m, rms {score['rms_m']:.0f} m, bias "
        f"{score['bias_x_m']:+.0f} {score['bias_y_m']:+.0f} m along x and y, median sigma "
        f"{score['median_sigma_m']:.0f} m, {score['inside_68_percent']:.0f} % inside the 68 % "
        f"ellipse, median displacement {score['median_displacement_m']:.0f} m"
    )


def _plain(told: Any) -> Any:
    """Return what JSON can hold: null for nan."""
    if isinstance(told, dict):
        return {name: _plain(value) for name, value in told.items()}
    return None if isinstance(told, float) and math.isnan(told) else told
