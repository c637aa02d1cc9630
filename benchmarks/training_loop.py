"""Sequences per second that the training loop learns from, beside a bare loop and the data alone.

Run it as ``python benchmarks/training_loop.py [cpu|cuda]``.  The network is a plain bidirectional
``torch.nn.LSTM`` with 64 hidden units over sequences of 32 echoes of 128 gates.  The bare loop has
the same network, optimiser and precision, its batches lie in memory, and it does nothing but
learn; the project's reads them from memory-mapped files in random order, watches, checks and keeps
a checkpoint.  It prints a table and fails where the promise is not kept.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from iceco.models.training.arrays_on_disk import build_once
from iceco.models.training.loop import Fitting, fit

HIDDEN, GATES, SEQUENCE, BATCH = 64, 128, 32, 64
STEPS = {"cpu": 120, "cuda": 2_000}
IN_MEMORY = 64  # batches that the bare loop goes round
ROUNDS = 5
OF_BARE = 0.9  # of the sequences per second of the bare loop
DATA_AHEAD = 2.0  # times as fast, at least, the data alone


class Plain(nn.Module):
    """Echo by echo into an LSTM, and out of it a number for each."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(GATES, HIDDEN, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * HIDDEN, 1)

    def forward(self, echoes: Tensor) -> Tensor:  # (B, T, GATES) -> (B, T)
        """Return one logit an echo."""
        return self.head(self.lstm(echoes)[0])[..., 0]


def loss(network: nn.Module, batch: dict[str, Tensor]) -> tuple[Tensor, float]:
    answer = network(batch["echoes"]).float()
    value = nn.functional.binary_cross_entropy_with_logits(answer, batch["label"])
    return value, float(answer.numel())


def main(device: str) -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        rows = STEPS[device] * BATCH
        arrays = build_once(
            folder,
            "echoes",
            {"echoes": ((rows, SEQUENCE, GATES), "f4"), "label": ((rows, SEQUENCE), "f4")},
            fill,
        )
        memory = [batch for batch, _ in zip(shuffled(arrays, 0), range(IN_MEMORY), strict=False)]
        ways: dict[str, Callable[[], float]] = {
            "data alone": lambda: timed(lambda: list(map(len, shuffled(arrays, 0))), device),
            "bare loop": lambda: timed(lambda: bare(memory, device), device),
            "iceco": lambda: timed(lambda: with_iceco(arrays, memory, folder, device), device),
        }
        rates = {name: [] for name in ways}
        for round_ in range(ROUNDS + 1):
            for name, way in ways.items():
                seconds = way()
                if round_:  # the first one warms up
                    rates[name].append(rows / seconds)
    for name, each in rates.items():
        print(f"{name:12} {statistics.median(each):10,.0f} sequences/s")
    of_bare, data = (
        statistics.median(a / b for a, b in zip(rates[one], rates[other], strict=True))
        for one, other in (("iceco", "bare loop"), ("data alone", "iceco"))
    )
    print(f"iceco: {of_bare:.2f} of the bare loop; the data alone {data:.1f} times as fast")
    assert of_bare >= OF_BARE, "the loop is too slow"
    assert data >= DATA_AHEAD, "the data holds the loop up"


def fill(arrays: dict[str, np.memmap]) -> None:
    random = np.random.default_rng(0)
    for start in range(0, len(arrays["echoes"]), BATCH):
        rows = slice(start, start + BATCH)
        arrays["echoes"][rows] = random.normal(size=(BATCH, SEQUENCE, GATES))
        arrays["label"][rows] = random.random((BATCH, SEQUENCE))


def shuffled(arrays: dict[str, np.memmap], seed: int) -> Iterator[dict[str, Tensor]]:
    order = np.random.default_rng(seed).permutation(len(arrays["label"]))
    for rows in order.reshape(-1, BATCH):
        yield {name: torch.from_numpy(array[rows]) for name, array in arrays.items()}


def bare(memory: list[dict[str, Tensor]], device: str) -> None:
    network = Plain().to(device)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
    placed = [{name: value.to(device) for name, value in batch.items()} for batch in memory]
    for step in range(STEPS[device]):
        with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
            value, _ = loss(network, placed[step % len(placed)])
        optimiser.zero_grad()
        value.backward()
        optimiser.step()


def with_iceco(
    arrays: dict[str, np.memmap], memory: list[dict[str, Tensor]], folder: str, device: str
) -> None:
    fitting = Fitting(epochs=1, batch=BATCH, device=device)
    with tempfile.TemporaryDirectory(dir=folder) as checkpoints:
        fit(
            Plain(),
            loss,
            lambda epoch, random: shuffled(arrays, int(random.integers(1 << 30))),
            lambda: iter(memory[:1]),
            fitting,
            Path(checkpoints),
            watched,
        )


@contextmanager
def watched(what: str) -> Iterator[Callable[[int, int], None]]:
    yield lambda done, total: None


def timed(work: Callable[[], object], device: str) -> float:
    start = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "cpu")
