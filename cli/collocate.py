"""``iceco collocate``: words into options, one call, and a table of what came out."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pandas as pd
import typer

from ..collocate.archive import is_product
from ..collocate.catalogue import SCENE_KINDS, TRACK_KINDS
from ..collocate.estimate import estimate
from ..collocate.pair import Collocating
from ..collocate.plan import Plan
from ..collocate.runs import plan_of, run
from ..drawing.saving import save_figure
from ..models.leads.finder import threshold_leads
from ..products.recognise import identify
from .collocate_picture import picture_of_collocations
from .progress import over

INTERRUPTED = 130  # exit code of a program ended by Ctrl-C, as shells have it


def collocate_paths(
    tracks: list[Path],
    scenes: list[Path] | None,
    out: Path,
    drift: str,
    labels: tuple[str, str, str | None],
    workers: int | None,
    dask: str | None,
    shard: str | None,
    dry_run: bool,
    figure: Path | None,
    as_json: bool,
) -> None:
    """Collocate what some paths hold, draw one scene of it and say what came out.

    ``labels`` are the longest lag, the lead distances and the life of leads, as words.
    """
    how = parse_labels(*labels)
    share = parse_shard(shard)
    if scenes is not None:
        tracks, scenes = _sort_out(tracks, scenes)
    if dry_run:
        if figure is not None:
            raise ValueError("--figure has nothing to draw in a --dry-run: leave one of them out")
        _say_plan(plan_of(tracks, scenes, drift, how, over), workers, as_json)
        return
    try:
        summary = run(
            tracks, scenes, out, drift=drift, how=how, leads=threshold_leads(), workers=workers,
            dask=dask, shard=share, watch=over,
        )  # fmt: skip
    except KeyboardInterrupt as stop:
        typer.echo("iceco: stopped; start again to go on from here", err=True)
        raise typer.Exit(INTERRUPTED) from stop
    _say_summary(summary, out, as_json)
    if figure is not None:
        _draw(summary, out, figure)


def _draw(summary: dict[str, Any], out: Path, figure: Path) -> None:
    """Draw the scene with most labels; say so where there is none."""
    if not summary["complete"] or not summary["records"]:
        typer.echo(f"{figure} is not drawn: there are no collocations yet", err=True)
        return
    picture = picture_of_collocations(out, [Path(name) for name in summary["inputs"]])
    save_figure(picture, figure)


def parse_labels(max_lag: str, lead_distance: str, lead_life: str | None) -> Collocating:
    """Return how to label, given the words of the options."""
    return Collocating(
        max_lag_s=parse_duration("--max-lag", max_lag),
        lead_distances_m=parse_distances(lead_distance),
        lead_life_s=None if lead_life is None else parse_duration("--lead-life", lead_life),
    )


def parse_duration(option: str, text: str) -> float:
    """Return the seconds of a duration such as "3h", "45min" or "5d"."""
    days = re.sub(r"(?<=\d)d$", "D", text)  # pandas knows days by the capital letter
    try:
        return pd.Timedelta(days).total_seconds()
    except ValueError as error:
        raise ValueError(f"{option} {text!r} is no duration; write 3h, 45min or 5d") from error


def parse_distances(text: str) -> tuple[float, ...]:
    """Return the distances [m] of a list such as "250,500,1000"."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(
            f"--lead-distance {text!r} is no list of metres; write 250,500,1000"
        ) from error


def parse_shard(text: str | None) -> tuple[int, int] | None:
    """Return number and count of a share such as "3/20"."""
    if text is None:
        return None
    try:
        number, count = (int(part) for part in text.split("/"))
    except ValueError as error:
        raise ValueError(f"--shard {text!r} is no share; write 3/20") from error
    return number, count


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


def _say_plan(plan: Plan, workers: int | None, as_json: bool) -> None:
    processes = workers or len(os.sched_getaffinity(0))
    cost = estimate(plan, processes)
    pairs = [{"scene": scene, "track": track} for scene, track in plan.meetings]
    followed = dict.fromkeys(pair for task in plan.scenes for pair in task.pairs)
    drift = [{"first": pair.first, "second": pair.second} for pair in followed]
    for failure in plan.failures:
        typer.echo(f"left out: {failure.reason}", err=True)
    if as_json:
        told = {"pairs": pairs} | ({"drift": drift} if plan.drift.auto else {})
        typer.echo(json.dumps(told | {"estimate": cost._asdict()}, indent=1))
        return
    for pair in pairs:
        typer.echo(f"{pair['scene']}  {pair['track']}")
    for pair in drift:
        typer.echo(f"drift from {pair['first']} to {pair['second']}")
    typer.echo(
        f"{cost.pairs} pairs, {cost.scenes} scenes to read; at most {cost.bytes_at_most / 1e9:.3g} "
        f"GB, roughly {cost.minutes:.2g} minutes with {processes} workers; nothing written"
    )


def _say_summary(summary: dict[str, Any], out: Path, as_json: bool) -> None:
    for failure in summary.get("failures", ()):
        typer.echo(f"left out: {failure['reason']}", err=True)
    if as_json:
        typer.echo(json.dumps(summary | {"out": str(out)}, indent=1))
        return
    if not summary["complete"]:
        typer.echo(
            f"{summary['scenes_done']} of {summary['scenes']} scenes are done; {out} appears when "
            "the other shards are"
        )
        return
    _say_drift(summary)
    if not summary["records"]:
        typer.echo("no record of these tracks falls into these scenes within the lag")
    for reason, count in summary["records_flagged"].items():
        if count:
            typer.echo(f"{count:9d}  {reason}")
    typer.echo(
        f"wrote {out}: {summary['records']} records of {summary['pairs_with_records']} "
        "track-scene pairs"
    )


def _say_drift(summary: dict[str, Any]) -> None:
    for pair in summary.get("drift_pairs", ()):
        what = f"{pair['vectors']} vectors" if pair["vectors"] else f"no drift: {pair['reason']}"
        typer.echo(f"{pair['first']} to {pair['second']}, {pair['hours']:.1f} h: {what}")
    for scene in summary.get("scenes_without_drift", ()):
        typer.echo(f"{scene}: no pair of scenes shows how the ice moved there")
