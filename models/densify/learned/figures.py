"""How the densifying network learnt, and what it is worth by distance from observations."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from ....drawing.page import FULL_WIDTH, new_figure, on_paper
from ....drawing.palette import styles
from ....drawing.panels import letter
from ...training.figures import draw_history


@on_paper()
def plot_training(
    history: Mapping[str, Any], scores: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Figure:
    """Draw losses by epoch, and errors of network and rivals by distance from observations.

    Parameters
    ----------
    history : mapping
        ``scores.history`` of the model's card.
    scores : mapping of method to bins
        ``scores.test`` of the card: ``from_m``, ``rmse``, ``coverage_68`` and ``targets`` of each
        bin of distance.
    """
    figure = new_figure(FULL_WIDTH, 2.7)
    learning, error, honest = figure.subplots(1, 3)
    draw_history(learning, history)
    style = styles(scores)
    for name, bins in scores.items():
        colour, stroke, marker, front = style(name)
        far = [told["from_m"] / 1e3 for told in bins]
        look = {"color": colour, "linestyle": stroke, "marker": marker, "zorder": front}
        error.plot(far, [told["rmse"] for told in bins], markersize=3.5, label=name, **look)
        honest.plot(far, [told["coverage_68"] for told in bins], markersize=3.5, **look)
    honest.axhline(0.6827, color="0.5", linewidth=0.8, zorder=0)
    error.set(ylabel="RMSE [m]", ylim=(0.0, None))
    honest.set(ylabel="share within one sigma", ylim=(0.0, 1.0))
    for axes in (error, honest):
        axes.set_xlabel("from this distance [km]")
        axes.grid(visible=True)
    error.legend()
    letter((learning, error, honest), ("learning", "error in the test", "honesty; line: 68 %"))
    return figure
