"""``iceco train-densify``: words into options, one training, and how good it became."""

import json
import os
from pathlib import Path
from typing import Any

import typer

from ..drawing.saving import save_figure
from ..models.densify.learned.figures import plot_training
from ..models.densify.learned.learn import train
from ..models.training.loop import Fitting
from .progress import over

INTERRUPTED = 130  # exit code of a program ended by Ctrl-C, as shells have it


def train_folders(
    folders: list[Path],
    out: Path,
    fitting: Fitting,
    cache: Path | None,
    resume: bool,
    workers: int | None,
    figure: Path | None,
    as_json: bool,
) -> None:
    """Train on some folders of worlds, draw how it went and say what came out."""
    cores = workers or len(os.sched_getaffinity(0))
    try:
        card = train(folders, out, fitting, cache, resume, cores, over)
    except KeyboardInterrupt as stop:
        typer.echo("iceco: stopped; go on from here with --resume", err=True)
        raise typer.Exit(INTERRUPTED) from stop
    if figure is not None:
        scores = card["scores"]
        save_figure(plot_training(scores["history"], scores["test"]), figure)
    if as_json:
        typer.echo(json.dumps(card | {"out": str(out)}, indent=1))
        return
    _say(card, out)


def fitting_of(
    epochs: int, batch: int, learning_rate: float, patience: int, seed: int, device: str
) -> Fitting:
    """Return how the loop is to run."""
    return Fitting(epochs, batch, learning_rate, patience=patience, seed=seed, device=device)


def _say(card: dict[str, Any], out: Path) -> None:
    history = card["scores"]["history"]
    for part in ("training", "validation", "test"):
        typer.echo(f"{len(card['split'][part]):6d}  worlds for {part}")
    typer.echo(
        f"{len(history['validation_loss'])} epochs in {history['seconds']:.0f} s, the best was "
        f"number {history['best_epoch'] + 1} with a validation loss of "
        f"{min(history['validation_loss']):.4f}"
    )
    for name, bins in card["scores"]["test"].items():
        for told in bins:
            reach = f"from {told['from_m'] / 1000:g} km"
            typer.echo(
                f"{name:8s} {reach:>12s}  {told['targets']:7d} targets  RMSE {told['rmse']:.4f} m  "
                f"CRPS {told['crps']:.4f} m  {100 * told['coverage_68']:.0f} % within 1 sigma"
            )
    typer.echo(f"wrote {out}")
