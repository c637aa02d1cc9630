"""``iceco demo``: a small world, collocated with drift and without, beside the truth."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import typer

from ..collocate.archive import gather
from ..collocate.pair import Collocating
from ..collocate.run import run
from ..simulate.ice.leads import LeadSettings
from ..simulate.presets import PRESETS
from ..simulate.produce import MISSIONS, produce
from ..simulate.scores import collocation_scores
from ..simulate.truth import truth_name
from . import progress
from .collocate import threshold_leads
from .drift_source import parse_drift, source_of

SEED = 2024
WORKERS = 2


def run_demo(out: Path) -> None:
    """Make the world in ``out``, collocate it, and print what came out beside what is true."""
    world = out / "world"
    (plan,) = PRESETS["demo"](SEED, LeadSettings())
    typer.echo(f"simulating 100 km by 100 km of sea ice, seen by every instrument, in {world}")
    with progress.over("simulating") as advance:
        produce(world, plan, WORKERS, "processes", advance)
    rows = []
    for name, drift, folder in (
        ("product", str(world / "drift"), out / "collocations"),
        ("none", "none", out / "collocations-without-drift"),
    ):
        tracks = gather([world / mission for mission in MISSIONS]).entries
        scenes = gather([world / "sentinel1"]).entries
        source = source_of(parse_drift(drift)[1])
        run(tracks, scenes, folder, source, threshold_leads(), Collocating(), [])
        parts = [gpd.read_parquet(part) for part in sorted(folder.glob("*/*.parquet"))]
        records = pd.concat(parts, ignore_index=True)
        rows.append((name, collocation_scores(records, world / "truth" / truth_name(plan))))
    _print_table(rows)
    typer.echo(f"wrote {out}/collocations: {rows[0][1]['records']:.0f} labelled records")
    typer.echo(f"look closer: iceco info {world}/*/*")


def _print_table(rows: list[tuple[str, dict[str, float]]]) -> None:
    typer.echo(f"\n{'':56s}" + "".join(f"{'drift ' + name:>16s}" for name, _ in rows))
    for score in rows[0][1]:
        values = (scores[score] for _, scores in rows)
        typer.echo(f"{score:56s}" + "".join(f"{v:16.4g}" for v in values))
    typer.echo("")
