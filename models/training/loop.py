"""The loop that trains every network of the project."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from ...collocate.progress import Progress, Watch, unwatched
from .ahead import ahead
from .checkpoints import (
    Checkpoint,
    Course,
    State,
    read_checkpoint,
    read_state,
    require_same,
    write_checkpoint,
)
from .locks import alone

Batch: TypeAlias = dict[str, Tensor]
Loss: TypeAlias = Callable[[Any, Batch], tuple[Tensor, Tensor | float]]

#: Gradients longer than this are cut to it, so that one odd batch cannot undo the others.
LARGEST_GRADIENT = 1.0
#: Over so many steps of the first epoch the learning rate grows to its full value.
WARM_UP_STEPS = 100
#: Share of the learning rate that the last epochs are left with.
LEAST_RATE = 0.01
#: After so many steps the losses are looked at: to do so stops an accelerator.
LOOK = 20


class Fitting(NamedTuple):
    """How to train."""

    epochs: int = 30  #: at most
    batch: int = 8  #: examples in a step; the caller makes the batches
    learning_rate: float = 1e-3  #: the largest; it falls as a cosine over the epochs
    weight_decay: float = 1e-2  #: of AdamW, on matrices only
    patience: int = 5  #: epochs without a better validation loss after which it ends
    seed: int = 0
    device: str = "auto"  #: or "cpu" or "cuda"


class History(NamedTuple):
    """How a training went."""

    training_loss: tuple[float, ...]  #: one an epoch, of the weights as they changed in it
    validation_loss: tuple[float, ...]  #: one an epoch, of the weights at its end
    best_epoch: int  #: from 0: the one with the least validation loss
    seconds: float  #: of all runs together


def fit(
    network: nn.Module,
    loss: Loss,
    batches: Callable[[int, np.random.Generator], Iterator[Batch]],
    validation: Callable[[], Iterator[Batch]],
    fitting: Fitting,
    folder: str | Path,
    watch: Watch = unwatched,
    made_from: Mapping[str, Any] | None = None,
) -> History:
    """Train a network until its validation loss no longer falls.

    After each epoch all is kept in ``folder``.  A training that is found there goes on after its
    last whole epoch and ends with the weights that it would have had undisturbed: on a CPU, with
    as many threads, bit for bit.  One that is found there complete is not repeated.  On CUDA
    devices that have bfloat16 the loss is computed in mixed precision.

    Parameters
    ----------
    network : torch.nn.Module
        Is trained in place: ends with the weights of the best epoch, on the device of the
        training, in evaluation mode.
    loss : function
        (network, batch) to the mean loss of a batch, a finite scalar, and the weight of that mean
        [1] in the mean of an epoch.  What a network gives may be bfloat16.
    batches : function
        (epoch from 0, random numbers) to the batches of that epoch, mappings of name to tensor;
        these are all the random numbers it may use.  Batches are made in another thread, ahead of
        the training.
    validation : function
        To the batches of the validation part, the same each time.
    fitting : Fitting
    folder : path
        For checkpoints; it is made if it is not there.  Of one process at a time.
    watch : function, optional
        Is told of each epoch, with the losses of the one before (``collocate.progress``).  How many
        batches there are is 0 until one epoch has been done.
    made_from : mapping, optional
        What else the weights depend on, as JSON: data, their checksums, options.

    Returns
    -------
    History

    Raises
    ------
    ValueError
        If the fitting is not possible, the folder holds another training or cannot be written, a
        part has no examples, or a loss is not finite.
    """
    _require_sense(fitting)
    device, folder = device_of(fitting.device), Path(folder)
    network.to(device)
    optimiser = _optimiser(network, fitting)
    settings = _settings(network, fitting, made_from)
    with alone(folder):
        found = read_checkpoint(folder)
        if found is not None:
            require_same(folder, found.settings, settings)
            _put_state(network, optimiser, read_state(folder, found, _epochs(found.course) - 1))
        checkpoint = found or Checkpoint(settings, Course(), {})
        steps = 0
        while not _ended(checkpoint.course, fitting):
            began, epoch = time.monotonic(), _epochs(checkpoint.course)
            with (
                watch(_told(checkpoint.course, fitting)) as progress,
                seeded(fitting.seed, epoch, device=device),
            ):
                made = batches(epoch, np.random.default_rng([fitting.seed, epoch]))
                rate = _rate(epoch, fitting)
                trained, steps = _train(network, loss, made, optimiser, rate, steps, progress)
                validated = _validate(network, loss, validation(), device)
            course = _further(checkpoint.course, trained, validated, time.monotonic() - began)
            checkpoint = checkpoint._replace(course=course)
            checkpoint = write_checkpoint(folder, checkpoint, _state(network, optimiser))
        best = read_state(folder, checkpoint, checkpoint.course.best_epoch)
    _put_network(network, best)
    network.eval()
    return History(*checkpoint.course)


def device_of(name: str) -> torch.device:
    """Return the device that is meant: "auto" takes CUDA where there is any.

    Raises
    ------
    ValueError
        If there is no such device.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise ValueError(f"a device is auto, cpu or cuda, got {name!r}")
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise ValueError("there is no CUDA device here; choose cpu or auto")
    return torch.device("cuda" if there and name != "cpu" else "cpu")


@contextmanager
def seeded(*key: int, device: torch.device | None = None) -> Iterator[None]:
    """Let torch's random numbers follow from integers; the caller's go on after it as before."""
    cuda = [device] if device is not None and device.type == "cuda" else []
    seed = int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> 1)
    with torch.random.fork_rng(cuda):
        torch.default_generator.manual_seed(seed)
        for each in cuda:
            with torch.cuda.device(each):
                torch.cuda.manual_seed(seed)
        yield


def _train(
    network: nn.Module,
    loss: Loss,
    batches: Iterator[Batch],
    optimiser: torch.optim.Optimizer,
    rate: Callable[[int], float],
    expected: int,
    progress: Progress,
) -> tuple[float, int]:
    """Do the steps of an epoch; return the mean loss and how many steps there were."""
    network.train()
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    device = parameters[0].device
    sums, steps = torch.zeros(2, dtype=torch.float64, device=device), 0
    with closing(ahead(_placed(batches, device))) as made:
        for steps, batch in enumerate(made, start=1):
            for group in optimiser.param_groups:
                group["lr"] = rate(steps)
            optimiser.zero_grad()
            with _mixed(device):
                value, weight = loss(network, batch)
            torch.autograd.backward(value)
            nn.utils.clip_grad_norm_(parameters, LARGEST_GRADIENT)
            optimiser.step()
            sums += _weighted(value, weight, device)
            if steps % LOOK == 0:
                _require_number(sums, "training")
            progress(steps, max(steps, expected) if expected else 0)
    return _mean(sums, "training"), steps


def _validate(
    network: nn.Module, loss: Loss, batches: Iterator[Batch], device: torch.device
) -> float:
    network.eval()
    sums = torch.zeros(2, dtype=torch.float64, device=device)
    with closing(ahead(_placed(batches, device))) as made, torch.no_grad(), _mixed(device):
        for batch in made:
            sums += _weighted(*loss(network, batch), device)
    return _mean(sums, "validation")


def _placed(batches: Iterator[Batch], device: torch.device) -> Iterator[Batch]:
    """Give batches on a device; copies to one that is not the CPU go on beside its work."""
    for batch in batches:
        if device.type == "cpu":
            yield batch
        else:
            pinned = {name: value.pin_memory() for name, value in batch.items()}
            yield {name: value.to(device, non_blocking=True) for name, value in pinned.items()}


def _mixed(device: torch.device) -> torch.autocast:
    able = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=able)


def _weighted(value: Tensor, weight: Tensor | float, device: torch.device) -> Tensor:
    """Return loss times weight, and weight: a tensor (2,) of float64."""
    if not isinstance(weight, Tensor):
        weight = torch.full((), weight, device=device)  # no copy that an accelerator waits for
    each = weight.detach().double().to(device)
    return torch.stack([value.detach().double() * each, each])


def _mean(sums: Tensor, part: str) -> float:
    _require_number(sums, part)
    total, weight = sums.tolist()
    if weight == 0.0:
        raise ValueError(f"the {part} part has no example that counts; give it more data")
    return total / weight


def _require_number(sums: Tensor, part: str) -> None:
    if not bool(torch.isfinite(sums).all()):
        raise ValueError(
            f"the {part} loss is no longer a number; lower the learning rate, and look for odd "
            "values in the examples"
        )


def _rate(epoch: int, fitting: Fitting) -> Callable[[int], float]:
    """Return the learning rate of an epoch by step, from 1."""
    cosine = 0.5 + 0.5 * math.cos(math.pi * epoch / fitting.epochs)
    full = fitting.learning_rate * (LEAST_RATE + (1.0 - LEAST_RATE) * cosine)
    return lambda step: full if epoch else full * min(1.0, step / WARM_UP_STEPS)


def _optimiser(network: nn.Module, fitting: Fitting) -> torch.optim.Optimizer:
    """Return AdamW (Loshchilov and Hutter, 2019) whose decay spares biases and scales."""
    learnt = [p for p in network.parameters() if p.requires_grad]
    matrices, others = ([p for p in learnt if (p.ndim > 1) is wide] for wide in (True, False))
    groups = [
        {"params": matrices, "weight_decay": fitting.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([g for g in groups if g["params"]], lr=fitting.learning_rate)


def _state(network: nn.Module, optimiser: torch.optim.Optimizer) -> State:
    state = {f"network.{name}": value for name, value in network.state_dict().items()}
    for number, moments in optimiser.state_dict()["state"].items():
        state |= {f"optimiser.{number}.{name}": value for name, value in moments.items()}
    return state


def _put_state(network: nn.Module, optimiser: torch.optim.Optimizer, state: State) -> None:
    _put_network(network, state)
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in state.items():
        if name.startswith("optimiser."):
            _, number, what = name.split(".", 2)
            moments.setdefault(int(number), {})[what] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": moments, "param_groups": groups})


def _put_network(network: nn.Module, state: State) -> None:
    prefix = "network."
    own = {n.removeprefix(prefix): value for n, value in state.items() if n.startswith(prefix)}
    network.load_state_dict(own)


def _settings(
    network: nn.Module, fitting: Fitting, made_from: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return all that the weights depend on; the device is none of it."""
    shapes = {n: [str(v.dtype), *v.shape] for n, v in network.state_dict().items()}
    settings = {name: value for name, value in fitting._asdict().items() if name != "device"}
    settings |= {
        "network": hashlib.sha256(json.dumps(shapes).encode()).hexdigest(),
        "made_from": dict(made_from or {}),
    }
    return json.loads(json.dumps(settings))


def _require_sense(fitting: Fitting) -> None:
    for name, least in {"epochs": 1, "batch": 1, "patience": 1, "seed": 0}.items():
        if getattr(fitting, name) < least:
            raise ValueError(f"{name} must be at least {least}, got {getattr(fitting, name)}")
    if not (fitting.learning_rate > 0.0 and fitting.weight_decay >= 0.0):
        raise ValueError(
            "learning_rate must be positive and weight_decay not negative, got "
            f"{fitting.learning_rate} and {fitting.weight_decay}"
        )


def _epochs(course: Course) -> int:
    return len(course.validation_loss)


def _ended(course: Course, fitting: Fitting) -> bool:
    waited = _epochs(course) - 1 - course.best_epoch
    return _epochs(course) >= fitting.epochs or waited >= fitting.patience


def _further(course: Course, trained: float, validated: float, seconds: float) -> Course:
    better = not course.validation_loss or validated < min(course.validation_loss)
    return Course(
        (*course.training_loss, trained),
        (*course.validation_loss, validated),
        _epochs(course) if better else course.best_epoch,
        course.seconds + seconds,
    )


def _told(course: Course, fitting: Fitting) -> str:
    text = f"training, epoch {_epochs(course) + 1} of {fitting.epochs}"
    if not course.validation_loss:
        return text
    trained, validated = course.training_loss[-1], course.validation_loss[-1]
    best = min(course.validation_loss)
    return f"{text} (loss {trained:.4f}, validation {validated:.4f}, best {best:.4f})"
