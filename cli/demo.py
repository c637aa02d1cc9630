"""``iceco demo``: a small world, collocated with drift and without, beside the truth."""

from pathlib import Path

import typer

from ..collocate.opening import open_collocations
from ..collocate.runs import run
from ..models.leads.finder import threshold_leads
from ..simulate.ice.leads import LeadSettings
from ..simulate.presets import PRESETS
from ..simulate.produce import MISSIONS, produce
from ..simulate.scores import collocation_scores
from ..simulate.truth import truth_name
from . import progress

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
        tracks = [world / mission for mission in MISSIONS]
        run(tracks, world / "sentinel1", folder, drift=drift, leads=threshold_leads())
        records = open_collocations(folder)
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
