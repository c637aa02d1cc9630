"""``iceco demo``: the whole chain on a simulated world, as the commands that a user would give."""

import shlex
import time
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import NamedTuple, TextIO

import typer
from typer.main import get_command

from .demo_results import results, words_of

SEED = 2024
#: What the commands print, which is more than a demonstration wants to show.
LOG = Path("demo.log")


class Step(NamedTuple):
    """A command of the chain."""

    what: str
    words: str  #: after ``iceco``, as for a shell in the demo's folder


TRACKS = "{0}/altika {0}/cryosat2 {0}/sentinel3"
COLLOCATE = f"collocate {TRACKS} --scenes {{0}}/sentinel1 --drift {{1}} --out {{2}}"
EACH_TRACK = "world/altika/* world/cryosat2/* world/sentinel3/*"
CHAIN = (
    Step("100 km by 100 km of sea ice, seen by every instrument", f"simulate world --seed {SEED}"),
    Step(
        "altimeter records on the images, the drift between them undone",
        COLLOCATE.format("world", "world/drift", "collocations"),
    ),
    Step(
        "the same with the drift left in, for comparison",
        COLLOCATE.format("world", "none", "collocations-without-drift"),
    ),
    Step("eight small worlds to learn from", f"simulate lessons --preset lessons --seed {SEED}"),
    Step(
        "their records, labelled",
        COLLOCATE.format("lessons", "lessons/drift", "lessons-collocations"),
    ),
    Step(
        "a small network taught, beside its rivals",
        "train-lstm lessons-collocations --out model --epochs 10 --batch 4 --learning-rate 2e-3 "
        "--patience 4",
    ),
    Step("leads by the model that comes with iceco", f"classify {EACH_TRACK} --out leads"),
    Step("freeboard above the sea between the leads", f"freeboard {EACH_TRACK} --out freeboard"),
    Step(
        "freeboard on SWOT's samples by the network, every other method, and SWOT",
        "densify world/sentinel1/* freeboard/* --validate-swot world/swot/* --snow-depth 0.2 "
        "--drift world/drift --method network --out map.nc --figure map.png",
    ),
    Step("all of it on one page", "report ."),
)


def run_demo(out: Path) -> None:
    """Run the chain in ``out``; print five results beside their baselines, and the report."""
    out.mkdir(parents=True, exist_ok=True)
    typer.echo(f"{len(CHAIN)} commands, run in {out}; what they say in full is in {out / LOG}\n")
    with chdir(out):
        for number, step in enumerate(CHAIN, start=1):
            typer.echo(f"{number:2d}/{len(CHAIN)}  {step.what}\n       iceco {step.words}")
            started = time.monotonic()
            with LOG.open("w" if number == 1 else "a", encoding="utf-8") as log:
                _run(step, log)
            typer.echo(f"       {time.monotonic() - started:.0f} s")
        found = results(Path())
    typer.echo("\n" + words_of(found))
    typer.echo(f"\nreport: {out / 'report.html'}")


def _run(step: Step, log: TextIO) -> None:
    """Run a command as a shell would; what it prints goes into the log."""
    from .app import app

    log.write(f"\n$ iceco {step.words}\n")
    log.flush()
    with redirect_stdout(log):
        get_command(app).main(_expanded(step.words), "iceco", standalone_mode=False)


def _expanded(words: str) -> list[str]:
    """Return the words with patterns replaced by the files they stand for."""
    found: list[str] = []
    for word in shlex.split(words):
        files = sorted(map(str, Path().glob(word))) if "*" in word else []
        found += files or [word]
    return found
