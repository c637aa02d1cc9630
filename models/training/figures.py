"""How a network learnt: its losses by epoch."""

from collections.abc import Mapping
from typing import Any

from matplotlib.ticker import MaxNLocator

from ...drawing.palette import BLUE, VERMILION


def draw_history(axes: Any, history: Mapping[str, Any]) -> None:
    """Draw losses of training and validation by epoch into a panel, and mark the best.

    Parameters
    ----------
    axes : matplotlib Axes
    history : mapping
        ``training_loss`` and ``validation_loss``, a value each epoch, and ``best_epoch``, its
        number from 0 on.
    """
    best = history["best_epoch"]
    for name, words, colour, stroke in (
        ("training_loss", "training", BLUE, "-"), ("validation_loss", "validation", VERMILION, "--")
    ):  # fmt: skip
        losses = history[name]
        axes.plot(
            range(1, len(losses) + 1), losses, stroke, color=colour, label=words, marker=".",
            markersize=4,
        )  # fmt: skip
    axes.plot(
        best + 1, history["validation_loss"][best], "o", markersize=7, markerfacecolor="none",
        color=VERMILION, label="kept",
    )  # fmt: skip
    axes.set(xlabel="epoch", ylabel="loss")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=True)
    axes.legend()
