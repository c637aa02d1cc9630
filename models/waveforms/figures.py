"""Figures of an evaluation: operating curves, reliability, distances against their floor."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ...drawing.page import COLUMN_WIDTH, FULL_WIDTH, new_figure, on_paper
from ...drawing.palette import DENSITY, VERMILION, Style, styles
from ...drawing.panels import colour_bar, letter, plain_ticks
from ..training.figures import draw_history
from .distance_scores import physical_floor
from .rows import Prediction, Rows
from .scores import (
    BINS,
    FALSE_ALARMS,
    LeadSums,
    lead_scores,
    lead_sums,
    operating_curve,
    reliability,
)

#: Lowest false-alarm rate shown.
LEAST_FALSE_ALARMS = 1e-3
#: Lowest share of rows shown, of a bin of probability.
LEAST_SHARE = 1e-3
#: Distances between which errors are shown, and their bins [m].
ERROR_BINS = np.geomspace(250.0, 10_000.0, 13)
#: Fewest rows of a bin whose error is shown.
LEAST_ROWS = 20
CHANCE_COLOUR = "0.75"
MARKER_SIZE = 3.2


@on_paper()
def plot_roc(predictions: Mapping[str, Prediction], rows: Rows) -> Figure:
    """Draw true positives against false alarms, linear and from 0.1 % on a logarithmic axis.

    Classifiers that decide by themselves are points.

    Parameters
    ----------
    predictions : mapping of name to Prediction
        Arrays (n,); the first in front.
    rows : Rows
        A lead is a row of probability 0.5 or more.
    """
    figure = new_figure(FULL_WIDTH, 3.1)
    axes = figure.subplots(1, 2, sharey=True)
    draw_curves(axes[0], predictions, rows)
    draw_curves(axes[1], predictions, rows, logarithmic=True)
    axes[0].set_ylabel("true-positive rate")
    letter(axes, ("operating curves", "from 0.1 %; lines at 1 % and 3 %"))
    _legend_of_areas(figure, axes[0])
    return figure


@on_paper()
def plot_training(
    history: Mapping[str, Any], predictions: Mapping[str, Prediction], rows: Rows
) -> Figure:
    """Draw how a network learnt, and its operating curve beside its rivals'.

    Parameters
    ----------
    history : mapping
        ``training_loss``, ``validation_loss`` and ``best_epoch``, as of ``training.loop``.
    predictions, rows
        As for ``plot_roc``, on the rows of the test.
    """
    figure = new_figure(FULL_WIDTH, 2.9)
    left, right = figure.subplots(1, 2)
    draw_history(left, history)
    draw_curves(right, predictions, rows, logarithmic=True)
    right.set_ylabel("true-positive rate")
    letter((left, right), ("learning", "test; lines at 1 % and 3 %"))
    _legend_of_areas(figure, right)
    return figure


@on_paper()
def plot_reliability(predictions: Mapping[str, Prediction], rows: Rows) -> Figure:
    """Draw how often leads are there against how probable they were, and how often that is said.

    Parameters
    ----------
    predictions, rows
        As for ``plot_roc``.
    """
    figure = new_figure(1.35 * COLUMN_WIDTH, 4.4)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    style = styles(predictions)
    limits = np.linspace(0.0, 1.0, BINS + 1)
    above.plot([0.0, 1.0], [0.0, 1.0], color=CHANCE_COLOUR, zorder=0)
    for name, said in predictions.items():
        probability, event = _judged(said, rows)
        if not probability.size:
            continue
        mean, frequency, weight = reliability(probability, event)
        error = float(lead_scores(_sums(probability, event))["ece"])
        colour, stroke, marker, front = style(name)
        above.plot(
            mean, frequency, marker, linestyle=stroke, color=colour, markersize=MARKER_SIZE,
            zorder=front, label=f"{name} ({error:.3f})",
        )  # fmt: skip
        below.stairs(weight / weight.sum(), limits, color=colour, linestyle=stroke)
    above.set(ylabel="frequency of leads", xlim=(0.0, 1.0), ylim=(0.0, 1.0))
    above.legend(title="expected calibration error", loc="upper left")
    below.set(yscale="log", ylim=(LEAST_SHARE, 1.0), ylabel="share of rows")
    below.set_xlabel("predicted probability of a lead")
    for ax in (above, below):
        ax.grid(visible=True)
    letter((above, below), ("reliability", "how often it is said"))
    return figure


@on_paper()
def plot_distances(predictions: Mapping[str, Prediction], rows: Rows) -> Figure:
    """Draw the first predictor's distances against those found, and errors of all by distance.

    Parameters
    ----------
    predictions : mapping of name to Prediction
        Those without a distance are passed over.
    rows : Rows
        Distances that are lower bounds are left out.
    """
    given = {name: said for name, said in predictions.items() if said.distance is not None}
    figure = new_figure(FULL_WIDTH, 3.4)
    left, right = figure.subplots(1, 2)
    style = styles(given)
    for k, (name, said) in enumerate(given.items()):
        distance = np.asarray(said.distance, dtype=np.float64)
        known = np.isfinite(rows.distance) & np.isfinite(distance) & ~rows.censored
        found, predicted = rows.distance[known], distance[known]
        if k == 0:
            _draw_density(left, found, predicted)
        colour, stroke, marker, front = style(name)
        middle, error = _error_by_distance(found, predicted)
        right.plot(
            middle, error, marker, linestyle=stroke, color=colour, markersize=MARKER_SIZE,
            zorder=front, label=name,
        )  # fmt: skip
    _draw_floor(right, rows)
    right.set(xscale="log", yscale="log", xlabel="distance to the closest lead [km]")
    right.set_ylabel("68 % of errors are smaller than [m]")
    plain_ticks(right.xaxis, (0.3, 1.0, 3.0, 10.0))
    right.grid(visible=True)
    right.legend()
    letter((left, right), (next(iter(given), ""), "error and physical floor"))
    return figure


def draw_curves(
    axes: Any, predictions: Mapping[str, Prediction], rows: Rows, logarithmic: bool = False
) -> None:
    """Draw operating curves into a panel; classifiers that decide by themselves are points.

    Parameters
    ----------
    axes : matplotlib Axes
    predictions, rows
        As for ``plot_roc``.
    logarithmic : bool
        Show false alarms from ``LEAST_FALSE_ALARMS`` on.
    """
    style = styles(predictions)
    for name, said in predictions.items():
        _draw_curve(axes, name, said, rows, style(name))
    chance = np.geomspace(LEAST_FALSE_ALARMS, 1.0)
    axes.plot(chance, chance, color=CHANCE_COLOUR, zorder=0)
    axes.set_xlabel("false-alarm rate")
    axes.set_ylim(-0.02, 1.02)
    axes.grid(visible=True)
    if logarithmic:
        axes.set_xscale("log")
        axes.set_xlim(LEAST_FALSE_ALARMS, 1.0)
        for rate in FALSE_ALARMS:
            axes.axvline(rate, color="0.5", linewidth=0.8, zorder=1)


def _legend_of_areas(figure: Figure, axes: Any) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside right center", title="area under curve")


def _judged(said: Prediction, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Return probability and event (bool) of the rows of which both are known."""
    known = np.isfinite(rows.lead) & np.isfinite(said.probability)
    return said.probability[known], rows.lead[known] >= 0.5


def _sums(probability: np.ndarray, event: np.ndarray) -> LeadSums:
    return LeadSums(*(s[0] for s in lead_sums(probability, event, probability >= 0.5)))


def _draw_curve(axes: Any, name: str, said: Prediction, rows: Rows, style: Style) -> None:
    colour, stroke, marker, front = style
    probability, event = _judged(said, rows)
    if event.all() or not event.any():
        return
    sums = _sums(probability, event)
    if said.called is None:
        recall, false_alarms = operating_curve(sums.positive, sums.negative)
        words = f"{name} {float(lead_scores(sums)['auc']):.3f}"
        kind = {"linestyle": stroke}
    else:
        called = said.called[np.isfinite(rows.lead) & np.isfinite(said.probability)]
        recall, false_alarms = np.mean(called[event]), np.mean(called[~event])
        words = f"{name}, its own decision"
        front = 50  # points before lines
        kind = {"linestyle": "", "marker": marker, "markersize": 5, "markeredgecolor": "white"}
    axes.plot(false_alarms, recall, color=colour, zorder=front, label=words, **kind)


def _draw_density(axes: Any, found: np.ndarray, predicted: np.ndarray) -> None:
    most = 10.0 if found.max(initial=0.0) > 5e3 else 5.0  # km
    inside = (found <= 1e3 * most) & (predicted <= 1e3 * most)
    cells = axes.hexbin(
        found[inside] / 1e3, predicted[inside] / 1e3, gridsize=40, bins="log", mincnt=1,
        extent=(0.0, most, 0.0, most), cmap=DENSITY, linewidths=0.1,
    )  # fmt: skip
    cells.set_clim(1.0, max(2.0, np.max(np.asarray(cells.get_array()), initial=0.0)))
    axes.plot([0.0, most], [0.0, most], color=VERMILION, linewidth=1.0)
    axes.set(xlim=(0.0, most), ylim=(0.0, most), aspect="equal")
    axes.set(xlabel="distance found [km]", ylabel="distance predicted [km]")
    colour_bar(axes, cells, "echoes")


def _error_by_distance(found: np.ndarray, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return middles of distance bins [km] and the 68 % quantile of errors in each [m]."""
    place = np.digitize(found, ERROR_BINS)
    size = np.abs(predicted - found)
    bins = [k for k in range(1, ERROR_BINS.size) if np.sum(place == k) >= LEAST_ROWS]
    middle = np.array([np.sqrt(ERROR_BINS[k - 1] * ERROR_BINS[k]) for k in bins])
    return middle / 1e3, np.array([np.quantile(size[place == k], 0.6827) for k in bins])


def _draw_floor(axes: Any, rows: Rows) -> None:
    """Draw the physical floor over all missions at hand, and twice of it where it is promised."""
    distance = np.geomspace(ERROR_BINS[0], ERROR_BINS[-1], 60)
    floors = np.array(
        [physical_floor(distance, np.full(60, name)) for name in np.unique(rows.mission)]
    )
    low, high = floors.min(axis=0), floors.max(axis=0)
    axes.fill_between(distance / 1e3, low, high, color="0.6", label="floor of 5 cm range noise")
    aimed = (distance >= 700.0) & (distance <= 4000.0)
    axes.plot(distance[aimed] / 1e3, 2.0 * high[aimed], ":", color="black", label="twice the floor")
