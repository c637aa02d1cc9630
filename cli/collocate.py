"""``iceco collocate``: words into options, one call, and a table of what came out."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import typer

from ..collocate.archive import gather, is_product
from ..collocate.catalogue import SCENE_KINDS, TRACK_KINDS, Catalogue
from ..collocate.corridor import LeadFinder
from ..collocate.matching import match
from ..collocate.pair import Collocating
from ..collocate.run import run
from ..collocate.scene_pairs import scene_pairs
from ..models.leads.contrasts import FITTED
from ..models.leads.threshold import LEAD_PROBABILITY, halo_pixels, lead_map
from ..products.recognise import identify
from .drift_source import Tracked, auto_drift, parse_drift, source_of
from .progress import over


def collocate_paths(
    tracks: list[Path],
    scenes: list[Path],
    out: Path,
    drift: str,
    max_lag: str,
    lead_distance: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Collocate what some paths hold and say what came out."""
    how = Collocating(max_lag_s=parse_lag(max_lag), lead_distances_m=parse_distances(lead_distance))
    auto, named = parse_drift(drift)
    tracks, scenes = _sort_out(tracks, scenes)
    with over("reading tracks") as progress:
        found_tracks = _gather(tracks, "track", progress)
    with over("reading scenes") as progress:
        found_scenes = _gather(scenes, "scene", progress)
    if dry_run:
        _say_plan(found_tracks.entries, found_scenes.entries, how, auto, as_json)
        return
    found = (found_tracks.entries, found_scenes.entries)
    source, tracked = source_of(named), None
    if auto:
        with over("following the ice") as progress:
            source, tracked = auto_drift(*found, how.max_lag, named, progress)
    failures = found_tracks.failures + found_scenes.failures
    with over("collocating") as progress:
        summary = run(*found, out, source, threshold_leads(), how, failures, progress)
    _say_summary(summary, tracked, out, as_json)


def parse_lag(text: str) -> float:
    """Return the seconds of a duration such as "3h" or "45min"."""
    try:
        return pd.Timedelta(text).total_seconds()
    except ValueError as error:
        raise ValueError(f"--max-lag {text!r} is no duration; write 3h, 45min or 600s") from error


def parse_distances(text: str) -> tuple[float, ...]:
    """Return the distances [m] of a list such as "250,500,1000"."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(
            f"--lead-distance {text!r} is no list of metres; write 250,500,1000"
        ) from error


def threshold_leads() -> LeadFinder:
    """Return the lead finder that needs no training."""
    return LeadFinder(
        find=lambda window: lead_map(window, FITTED),
        halo=lambda spacing: halo_pixels(FITTED, spacing),
        threshold=LEAD_PROBABILITY,
        description=f"threshold {FITTED}",
    )


def _sort_out(tracks: list[Path], scenes: list[Path]) -> tuple[list[Path], list[Path]]:
    """Return tracks and scenes, each single product where its content says.

    A shell turns ``--scenes S*.SAFE`` into one scene for the option and the others among the
    tracks; their content tells them apart.
    """
    kinds = {path: _kind(path) for path in [*tracks, *scenes]}
    for path in scenes:
        if kinds[path] not in (None, *SCENE_KINDS):
            raise ValueError(f"{path}: is of kind {kinds[path]}, not a SAR scene")
    for path in tracks:
        if kinds[path] not in (None, *SCENE_KINDS, *TRACK_KINDS):
            raise ValueError(f"{path}: is of kind {kinds[path]}, not an altimeter track")
    moved = [path for path in tracks if kinds[path] in SCENE_KINDS]
    kept = [path for path in tracks if path not in moved]
    if not kept:
        raise ValueError(f"{tracks[0]}: is a SAR scene, and no altimeter track is named")
    return kept, [*scenes, *moved]


def _kind(path: Path) -> str | None:
    """Return what a path holds; None for a folder of products or a catalogue."""
    if path.suffix == ".parquet" or (path.is_dir() and not is_product(path)):
        return None
    return identify(path)


def _gather(paths: Iterable[Path], kind: str, progress: Any) -> Catalogue:
    """Return the catalogue rows of one kind."""
    found = gather(paths, progress)
    entries = found.entries[found.entries["kind"] == kind].reset_index(drop=True)
    if entries.empty and not any(path.is_file() or is_product(path) for path in paths):
        named = {"track": "altimeter track poleward of 40 degrees", "scene": "SAR scene"}[kind]
        raise ValueError(f"{', '.join(map(str, paths))}: holds no {named}")
    return Catalogue(entries, found.failures)


def _say_plan(
    tracks: gpd.GeoDataFrame, scenes: gpd.GeoDataFrame, how: Collocating, auto: bool, as_json: bool
) -> None:
    pairs = match(tracks, scenes, how.max_lag)
    names = scenes["id"].to_numpy()
    plan = [
        {"scene": names[s], "track": tracks["id"].iloc[t]}
        for t, s in zip(pairs.track, pairs.scene, strict=True)
    ]
    followed = zip(*scene_pairs(tracks, scenes, how.max_lag), strict=True) if auto else ()
    drift = [{"first": names[a], "second": names[b]} for a, b in followed]
    if as_json:
        typer.echo(json.dumps({"pairs": plan} | ({"drift": drift} if auto else {}), indent=1))
        return
    for pair in plan:
        typer.echo(f"{pair['scene']}  {pair['track']}")
    for pair in drift:
        typer.echo(f"drift from {pair['first']} to {pair['second']}")
    typer.echo(f"{len(plan)} pairs, {np.unique(pairs.scene).size} scenes to read; nothing written")


def _say_summary(
    summary: dict[str, Any], tracked: Tracked | None, out: Path, as_json: bool
) -> None:
    if tracked is not None:
        summary = summary | {"drift_pairs": [pair._asdict() for pair in tracked.pairs]}
    for failure in summary["failures"]:
        typer.echo(f"left out: {failure['reason']}", err=True)
    if as_json:
        typer.echo(json.dumps(summary | {"out": str(out)}, indent=1))
        return
    if tracked is not None:
        _say_tracked(tracked)
    records = summary["records"]
    if not records:
        typer.echo("no record of these tracks falls into these scenes within the lag")
    for reason, count in summary["records_flagged"].items():
        if count:
            typer.echo(f"{count:9d}  {reason}")
    typer.echo(
        f"wrote {out}: {records} records of {summary['pairs_with_records']} track-scene pairs"
    )


def _say_tracked(tracked: Tracked) -> None:
    for pair in tracked.pairs:
        what = f"{pair.vectors} vectors" if pair.vectors else f"no drift: {pair.reason}"
        typer.echo(f"{pair.first} to {pair.second}, {pair.hours:.1f} h: {what}")
    for scene in tracked.without:
        typer.echo(f"{scene}: no pair of scenes shows how the ice moved there")
