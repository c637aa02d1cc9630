"""``iceco train-lstm``: words into options, one training, and a table of how good it became."""

import json
from pathlib import Path

import typer

from ..drawing.saving import save_figure
from ..models.training.loop import Fitting
from ..models.waveforms.evaluation_files import drawn_of, tables, write_evaluation
from ..models.waveforms.figures import plot_training
from ..models.waveforms.learn import Learnt, train
from ..models.waveforms.task import Learning
from .progress import over

EVALUATION = "evaluation"  # folder of scores and figures in that of the model
INTERRUPTED = 130  # exit code of a program ended by Ctrl-C, as shells have it


def train_paths(
    collocations: list[Path],
    out: Path,
    learning: Learning,
    cache: Path | None,
    resume: bool,
    baselines: bool,
    figure: Path | None,
    as_json: bool,
) -> None:
    """Train on some datasets, draw how it went and say what came out."""
    try:
        learnt = train(
            collocations, out, learning, cache=cache, resume=resume, baselines=baselines, watch=over
        )
    except KeyboardInterrupt as stop:
        typer.echo("iceco: stopped; go on from here with --resume", err=True)
        raise typer.Exit(INTERRUPTED) from stop
    write_evaluation(learnt.judged, learnt.examples, out / EVALUATION)
    if figure is not None:
        history, judged = learnt.card["scores"]["history"], learnt.judged
        save_figure(plot_training(history, drawn_of(judged), judged.rows), figure)
    if as_json:
        typer.echo(json.dumps(learnt.card | {"out": str(out)}, indent=1))
        return
    _say(learnt, out)


def fitting_of(
    epochs: int, batch: int, learning_rate: float, patience: int, seed: int, device: str
) -> Fitting:
    """Return how the loop is to run."""
    return Fitting(epochs, batch, learning_rate, patience=patience, seed=seed, device=device)


def parse_learning(
    lead_distance: float,
    sequence: int,
    hard_labels: bool,
    packed: bool,
    hold_out: list[str],
    fitting: Fitting,
) -> Learning:
    """Return how to train, given the words of the options.

    Raises
    ------
    ValueError
        If a number makes no sense.
    """
    if not 1 <= sequence <= 1024:
        raise ValueError(f"--sequence must lie between 1 and 1024, got {sequence}")
    winters = tuple(int(word) for word in hold_out if word.isdecimal())
    regions = tuple(word for word in hold_out if not word.isdecimal())
    return Learning(lead_distance, sequence, hard_labels, packed, winters, regions, fitting)


def _say(learnt: Learnt, out: Path) -> None:
    history, scores = learnt.card["scores"]["history"], learnt.card["scores"]["test"]
    split = learnt.card["split"]
    for part in ("training", "validation", "test"):
        typer.echo(f"{split[part]['rows']:9d}  records for {part}, {split[part]['blocks']} blocks")
    typer.echo(
        f"{len(history['validation_loss'])} epochs in {history['seconds']:.0f} s, the best was "
        f"number {history['best_epoch'] + 1} with a validation loss of "
        f"{min(history['validation_loss']):.4f}"
    )
    typer.echo(tables(scores))
    typer.echo(f"wrote {out}, with scores and figures in {out / EVALUATION}")
