"""``iceco demo``: a small world, collocated with drift and without, beside the truth."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import typer

from ..collocate.catalogue import entries_of
from ..collocate.run import Collocating, run
from ..simulate.demo_world import make_demo_world, scores
from .collocate import parse_drift, threshold_leads

SEED = 2016


def run_demo(out: Path) -> None:
    """Make the world in ``out``, collocate it, and print what came out beside what is true."""
    files = out / "files"
    files.mkdir(parents=True, exist_ok=True)
    typer.echo(f"making a Sentinel-1 scene, an AltiKa pass and a drift product in {files}")
    world = make_demo_world(files, SEED)
    rows = []
    for name, drift, folder in (
        ("product", str(world.drift), out / "collocations"),
        ("none", "none", out / "collocations-without-drift"),
    ):
        run(
            entries_of(world.track), entries_of(world.scene), folder, parse_drift(drift),
            threshold_leads(), Collocating(), [],
        )  # fmt: skip
        rows.append((name, scores(gpd.read_parquet(folder), world)))
    _print_table(rows)
    typer.echo(f"wrote {out}/collocations: {rows[0][1]['records']} labelled records")
    typer.echo(f"look closer: iceco info {files}/*")


def _print_table(rows: list[tuple[str, dict[str, Any]]]) -> None:
    typer.echo(f"\n{'':36s}" + "".join(f"{'drift ' + name:>16s}" for name, _ in rows))
    for score in rows[0][1]:
        values = (scores[score] for _, scores in rows)
        typer.echo(f"{score:36s}" + "".join(f"{v:16.4g}" for v in values))
    typer.echo("")
