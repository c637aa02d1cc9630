"""``iceco demo``: a small world, collocated, mapped and beside SWOT; a network taught on others."""

from pathlib import Path

import pandas as pd
import typer

from ..collocate.opening import open_collocations
from ..collocate.runs import run
from ..models.leads.finder import threshold_leads
from ..models.training.loop import Fitting
from ..models.waveforms.evaluation_files import DRAWN, Judged, write_evaluation
from ..models.waveforms.learn import train
from ..models.waveforms.task import Learning
from ..simulate.ice.leads import LeadSettings
from ..simulate.presets import PRESETS
from ..simulate.produce import MISSIONS, produce
from ..simulate.scores import collocation_scores
from ..simulate.truth import truth_name
from . import progress
from .densify import Asked, densify_paths
from .densify_files import sort_out
from .freeboard import freeboard_paths

SEED = 2024
WORKERS = 2
#: By which SWOT's total freeboard is turned into radar freeboard [m] (assumed).
SNOW_M = 0.2
#: A small training.
LESSON = Learning(fitting=Fitting(epochs=10, batch=4, learning_rate=2e-3, patience=4))
#: Scores that are shown, and their names.
SHOWN = {
    "auc": "area under ROC",
    "false_alarms_at_95_percent": "false alarms at 95 % recall",
    "ece": "calibration error",
}


def run_demo(out: Path) -> None:
    """Make a world in ``out``, collocate it, train on others; print all beside what is true."""
    world = out / "world"
    typer.echo(f"simulating 100 km by 100 km of sea ice, seen by every instrument, in {world}")
    (plan,) = PRESETS["demo"](SEED, LeadSettings())
    with progress.over("simulating") as advance:
        produce(world, plan, WORKERS, "processes", advance)
    rows = []
    for name, drift, folder in (
        ("product", str(world / "drift"), out / "collocations"),
        ("none", "none", out / "collocations-without-drift"),
    ):
        records = _collocated(world, drift, folder)
        rows.append((name, collocation_scores(records, world / "truth" / truth_name(plan))))
    _print_table(rows)
    typer.echo(f"wrote {out}/collocations: {rows[0][1]['records']:.0f} labelled records")
    _teach(out)
    _map(out, world)
    typer.echo(f"look closer: iceco info {world}/*/*")


def _collocated(world: Path, drift: str, folder: Path) -> pd.DataFrame:
    tracks = [world / mission for mission in MISSIONS]
    run(tracks, world / "sentinel1", folder, drift=drift, leads=threshold_leads())
    return open_collocations(folder)


def _teach(out: Path) -> None:
    """Train a small network on a few other worlds, and print how it does beside its rivals."""
    world, folder, model = out / "lessons", out / "lessons-collocations", out / "model"
    plans = list(PRESETS["lessons"](SEED, LeadSettings()))
    typer.echo(f"\nsimulating {len(plans)} worlds of 40 km by 40 km to learn from, in {world}")
    for number, plan in enumerate(plans, start=1):
        with progress.over(f"simulating {number} of {len(plans)}") as advance:
            produce(world, plan, WORKERS, "processes", advance)
    _collocated(world, str(world / "drift"), folder)
    learnt = train([folder], model, LESSON, baselines=True, watch=progress.over)
    write_evaluation(learnt.judged, learnt.examples, model / "evaluation")
    _print_scores(learnt.judged, learnt.card["scores"]["history"]["seconds"])
    typer.echo(f"wrote {model}, with scores and figures in {model / 'evaluation'}")


def _map(out: Path, world: Path) -> None:
    """Map the freeboard of the passes on SWOT's samples, and judge it by SWOT."""
    boards = out / "freeboard"
    typer.echo("\nfreeboard along the passes, with the model that comes with iceco")
    for track in sorted(path for mission in MISSIONS for path in (world / mission).iterdir()):
        try:
            freeboard_paths([track], boards, None, "none", None, as_json=False)
        except ValueError as error:  # a short pass may show no lead
            typer.echo(f"left out: {error}")
    scenes, swaths = (sorted((world / name).iterdir()) for name in ("sentinel1", "swot"))
    files = sort_out([*scenes, *sorted(boards.iterdir())], [], swaths, [])
    asked = Asked(None, "5d", str(world / "drift"), "auto", "2km", None, None, SNOW_M)
    densify_paths(files, asked, out / "map.nc", out / "map.png", None, as_json=False)
    typer.echo(f"look at {out / 'map.png'} and {out / 'map.validation' / 'maps.png'}")


def _print_scores(judged: Judged, seconds: float) -> None:
    here = judged.scores["strata"]["all"]
    typer.echo(
        f"trained in {seconds:.0f} s; on {here['rows']} echoes of days not learnt from, "
        f"{here['leads']} of them with a lead within {judged.scores['lead_distance_m']:g} m:"
    )
    typer.echo(f"{'':28s}" + "".join(f"{name:>30s}" for name in SHOWN.values()))
    for name in (name for name in DRAWN if name in here["predictors"]):
        scores = (here["predictors"][name].get(score) for score in SHOWN)
        cells = ("-" if s is None or s[0] is None else f"{s[0]:.3f}" for s in scores)
        typer.echo(f"{name:28s}" + "".join(f"{cell:>30s}" for cell in cells))
    typer.echo("a network wants more worlds than these few: docs/validation.md has it on 124")


def _print_table(rows: list[tuple[str, dict[str, float]]]) -> None:
    typer.echo(f"\n{'':56s}" + "".join(f"{'drift ' + name:>16s}" for name, _ in rows))
    for score in rows[0][1]:
        values = (scores[score] for _, scores in rows)
        typer.echo(f"{score:56s}" + "".join(f"{v:16.4g}" for v in values))
    typer.echo("")
