"""Trainings on their way: what is kept after each epoch, so that they go on if interrupted.

In a folder lie ``checkpoint.json`` and the states of the last epoch and of the best.  A state is
there before the JSON that speaks of it, and goes after: whenever a run is killed, what the JSON
says is there.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch

from ... import __version__
from ...products.beside import written_beside
from .locks import LOCK
from .tensors import read_tensors, write_tensors

CHECKPOINT = "checkpoint.json"

#: Tensors by name, ``network.…`` and ``optimiser.…``.
State = dict[str, torch.Tensor]


class Course(NamedTuple):
    """How a training went so far."""

    training_loss: tuple[float, ...] = ()  #: one an epoch
    validation_loss: tuple[float, ...] = ()  #: the same
    best_epoch: int = -1  #: from 0; -1 before there is one
    seconds: float = 0.0  #: of all runs together, without epochs that were not finished


class Checkpoint(NamedTuple):
    """What a folder knows of a training."""

    settings: dict[str, Any]  #: JSON of all that the weights depend on
    course: Course
    sha256: dict[str, str]  #: of the states by epoch


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """Return how far the training in a folder is; None where there is none.

    Raises
    ------
    ValueError
        If what is there is none, or damaged.
    """
    path = folder / CHECKPOINT
    try:
        told = json.loads(path.read_text())
        checkpoint = Checkpoint(dict(told["settings"]), _course(told["course"]), told["sha256"])
        course = checkpoint.course
        names = {str(course.best_epoch), str(len(course.validation_loss) - 1)}
        if set(checkpoint.sha256) != names:
            raise ValueError("epochs do not agree")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path}: is damaged; {_remedy(folder)}") from error
    return checkpoint


def require_same(folder: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on with a training that was begun otherwise.

    Raises
    ------
    ValueError
        Which names the settings that changed.
    """
    names = [n for n in dict.fromkeys([*before, *now]) if before.get(n) != now.get(n)]
    if names:
        changes = ", ".join(f"{n} {_short(before.get(n))}, now {_short(now.get(n))}" for n in names)
        raise ValueError(
            f"{folder}: holds a training with other settings ({changes}); go on with those, or "
            "remove the folder to begin anew"
        )


def read_state(folder: Path, checkpoint: Checkpoint, epoch: int) -> State:
    """Return the state after an epoch, the last or the best.

    Raises
    ------
    ValueError
        If it is missing or damaged.
    """
    return read_tensors(_place(folder, epoch), checkpoint.sha256[str(epoch)], _remedy(folder))


def write_checkpoint(folder: Path, checkpoint: Checkpoint, state: State) -> Checkpoint:
    """Keep the state after one more epoch; return the checkpoint with its checksum.

    Raises
    ------
    ValueError
        If the folder cannot be written.
    """
    course = checkpoint.course
    last = len(course.validation_loss) - 1
    try:
        sums = checkpoint.sha256 | {str(last): write_tensors(_place(folder, last), state)}
        kept = {str(epoch): sums[str(epoch)] for epoch in {course.best_epoch, last}}
        written = checkpoint._replace(sha256=kept)
        _write_json(folder, written)
        for path in folder.glob("state-*.safetensors"):
            if path not in [_place(folder, int(epoch)) for epoch in kept]:
                path.unlink()
    except OSError as error:
        raise ValueError(
            f"{folder}: cannot be written ({error.strerror or error}); mend that, and start again "
            "to go on from here"
        ) from error
    return written


def discard(folder: Path) -> None:
    """Remove what a training left in a folder, and the folder if nothing else is in it."""
    for path in folder.glob("*"):
        if path.name in (CHECKPOINT, LOCK) or re.fullmatch(r"state-\d+\.safetensors", path.name):
            path.unlink()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _course(told: Mapping[str, Any]) -> Course:
    training, validation = (
        tuple(float(loss) for loss in told[name]) for name in ("training_loss", "validation_loss")
    )
    return Course(training, validation, int(told["best_epoch"]), float(told["seconds"]))


def _write_json(folder: Path, checkpoint: Checkpoint) -> None:
    told = checkpoint._asdict() | {
        "course": checkpoint.course._asdict(),
        "iceco_version": __version__,
    }
    with written_beside(folder / CHECKPOINT) as part, part.open("w") as file:
        json.dump(told, file, indent=1, allow_nan=False)
        file.flush()
        os.fsync(file.fileno())


def _place(folder: Path, epoch: int) -> Path:
    return folder / f"state-{epoch:04d}.safetensors"


def _remedy(folder: Path) -> str:
    return f"remove {folder} to begin the training anew"


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
