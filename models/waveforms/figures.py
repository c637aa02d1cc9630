"""Figures of an evaluation: ROC, reliability, distances against their floor, a radargram.

Colours are those of Okabe and Ito (2008), which colour-blind readers tell apart; lines differ in
their strokes besides.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...drift.quick_look import DOTS_PER_INCH, check_figure_name
from ...products.beside import written_beside
from .distance_scores import physical_floor
from .evaluate import REACH
from .radargram import FIRST_M, SPACING_M, Radargram
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

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STROKES = ("-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)), (0, (3, 3)))
MARKERS = "osD^vP*X"
LABEL_COLOUR, BOUND_COLOUR = "black", "0.55"
#: Lowest false-alarm rate shown.
LEAST_FALSE_ALARMS = 1e-3
#: Lowest share of rows shown, of a bin of probability.
LEAST_SHARE = 1e-3
#: Distances between which errors are shown, and their bins [m].
ERROR_BINS = np.geomspace(250.0, 10_000.0, 13)
#: Fewest rows of a bin whose error is shown.
LEAST_ROWS = 20
#: Power shown, below the strongest percentile of a radargram [dB].
DYNAMIC_DB = 35.0
BRIGHTEST_PERCENT = 99.5


class Style(NamedTuple):
    """How a predictor is drawn."""

    colour: str
    stroke: Any
    marker: str
    order: int  #: greater ones lie in front


def draw_roc(predictions: Mapping[str, Prediction], rows: Rows, path: str | Path) -> None:
    """Draw true positives against false alarms, linear and from 0.1 % on a logarithmic axis.

    Classifiers that decide by themselves are points.

    Parameters
    ----------
    predictions : mapping of name to Prediction
        Arrays (n,); the first in front.
    rows : Rows
        A lead is a row of probability 0.5 or more.
    path : path
        A .png, .pdf or .svg; appears whole or not at all.
    """
    with _figure(path, (9.0, 4.6)) as figure:
        axes = figure.subplots(1, 2, sharey=True)
        styles = _styles(predictions)
        for name, said in predictions.items():
            _draw_curve(axes, name, said, rows, styles(name))
        for ax in axes:
            ax.plot([LEAST_FALSE_ALARMS, 1.0], [LEAST_FALSE_ALARMS, 1.0], color="0.8", zorder=0)
            ax.set_xlabel("false-alarm rate")
            _grid(ax)
        chance = np.geomspace(LEAST_FALSE_ALARMS, 1.0)
        axes[1].lines[-1].set_data(chance, chance)
        axes[1].set_xscale("log")
        axes[1].set_xlim(LEAST_FALSE_ALARMS, 1.0)
        for rate in FALSE_ALARMS:
            axes[1].axvline(rate, color="0.5", linewidth=0.8, zorder=1)
        axes[0].set_ylabel("true-positive rate")
        _title(axes[0], "(a)")
        _title(axes[1], "(b) from 0.1 %; lines at 1 % and 3 %")
        figure.legend(
            *axes[0].get_legend_handles_labels(), loc="outside right center", frameon=False,
            fontsize="small", title="area under curve", title_fontsize="small",
        )  # fmt: skip


def draw_reliability(predictions: Mapping[str, Prediction], rows: Rows, path: str | Path) -> None:
    """Draw how often leads are there against how probable they were, and how often that is said.

    Parameters
    ----------
    predictions, rows, path
        As for ``draw_roc``.
    """
    with _figure(path, (6.2, 5.6)) as figure:
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        styles = _styles(predictions)
        limits = np.linspace(0.0, 1.0, BINS + 1)
        above.plot([0.0, 1.0], [0.0, 1.0], color="0.8", zorder=0)
        for name, said in predictions.items():
            probability, event = _judged(said, rows)
            if not probability.size:
                continue
            mean, frequency, weight = reliability(probability, event)
            error = float(lead_scores(_sums(probability, event))["ece"])
            colour, stroke, marker, front = styles(name)
            above.plot(
                mean, frequency, marker, linestyle=stroke, color=colour, markersize=4.5,
                zorder=front, label=f"{name} ({error:.3f})",
            )  # fmt: skip
            below.stairs(weight / weight.sum(), limits, color=colour, linestyle=stroke)
        above.set_ylabel("frequency of leads")
        above.set_xlim(0.0, 1.0)
        above.set_ylim(0.0, 1.0)
        above.legend(
            frameon=False, fontsize="small", title="expected calibration error",
            title_fontsize="small", loc="upper left",
        )  # fmt: skip
        below.set_yscale("log")
        below.set_ylim(LEAST_SHARE, 1.0)
        below.set_ylabel("share of rows")
        below.set_xlabel("predicted probability of a lead")
        for ax in (above, below):
            _grid(ax)


def draw_distances(predictions: Mapping[str, Prediction], rows: Rows, path: str | Path) -> None:
    """Draw the first predictor's distances against those found, and errors of all by distance.

    Parameters
    ----------
    predictions : mapping of name to Prediction
        Those without a distance are passed over.
    rows, path
        As for ``draw_roc``; distances that are lower bounds are left out.
    """
    given = {name: said for name, said in predictions.items() if said.distance is not None}
    with _figure(path, (9.6, 4.6)) as figure:
        left, right = figure.subplots(1, 2)
        styles = _styles(given)
        for k, (name, said) in enumerate(given.items()):
            distance = np.asarray(said.distance, dtype=np.float64)
            known = np.isfinite(rows.distance) & np.isfinite(distance) & ~rows.censored
            found, predicted = rows.distance[known], distance[known]
            if k == 0:
                _draw_density(figure, left, found, predicted)
                _title(left, f"(a) {name}")
            colour, stroke, marker, front = styles(name)
            middle, error = _error_by_distance(found, predicted)
            right.plot(
                middle, error, marker, linestyle=stroke, color=colour, markersize=4.5,
                zorder=front, label=name,
            )  # fmt: skip
        _draw_floor(right, rows)
        right.set_xscale("log")
        right.set_yscale("log")
        right.set_xlabel("distance to the closest lead [km]")
        right.set_ylabel("68 % of errors are smaller than [m]")
        _plain_numbers(right, (0.3, 1.0, 3.0, 10.0))
        _grid(right)
        right.legend(frameon=False, fontsize="small")
        _title(right, "(b) error and physical floor")


def draw_pass(
    seen: Radargram,
    prediction: Prediction,
    rows: Rows,
    lead_distance: float,
    path: str | Path,
    truth: np.ndarray | None = None,
) -> None:
    """Draw a pass: its radargram, and below it leads and distances, predicted and found.

    Parameters
    ----------
    seen : Radargram
        Of n echoes in order along the track.
    prediction, rows
        Of the same n echoes.
    lead_distance : float
        What is nearer counts as a lead [m].
    path : path
    truth : array (n,), float, optional
        True distances [m], of a simulated world.
    """
    along = seen.along / 1e3
    with _figure(path, (9.6, 7.6)) as figure:
        image, chance, distance = figure.subplots(3, 1, sharex=True, height_ratios=(2.4, 1, 1.6))
        _draw_echoes(figure, image, seen)
        chance.fill_between(
            along, np.nan_to_num(rows.lead), step="mid", color="0.82", label="label"
        )
        chance.plot(
            along, prediction.probability, color=COLOURS[0], linewidth=1.2, label="predicted"
        )
        if truth is not None:
            _mark_true_leads(chance, along, truth < lead_distance)
        chance.set_ylim(0.0, 1.08)
        chance.set_ylabel(f"P(lead within\n{lead_distance:g} m)")
        _draw_distance_line(distance, along, prediction, rows, truth)
        distance.set_xlabel("distance along the track [km]")
        for ax, words in ((image, "(a) power"), (chance, "(b) lead probability"),
                          (distance, "(c) distance to the closest lead")):  # fmt: skip
            _title(ax, words)
            if ax is not image:
                ax.legend(
                    frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5)
                )


@contextmanager
def _figure(path: str | Path, size: tuple[float, float]) -> Iterator[Any]:
    """Give an empty figure that is written to ``path`` when the block ends well."""
    from matplotlib.figure import Figure

    check_figure_name(path)
    figure = Figure(figsize=size, layout="constrained")
    yield figure
    with written_beside(path) as part:
        figure.savefig(part, format=Path(path).suffix[1:], dpi=DOTS_PER_INCH)


def _styles(predictions: Mapping[str, Any]) -> Callable[[str], Style]:
    """Return a function of a predictor's name that gives how it is drawn."""
    looks = zip(predictions, cycle(COLOURS), cycle(STROKES), cycle(MARKERS), strict=False)
    behind = 10 + len(predictions)
    table = {
        name: Style(colour, stroke, marker, behind - k)
        for k, (name, colour, stroke, marker) in enumerate(looks)
    }
    return table.__getitem__


def _grid(axes: Any) -> None:
    axes.set_axisbelow(True)
    axes.grid(color="0.92")


def _plain_numbers(axes: Any, ticks: tuple[float, ...]) -> None:
    """Write the ticks of a logarithmic x axis as they are spoken."""
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()


def _title(axes: Any, words: str) -> None:
    axes.set_title(words, loc="left", fontsize="medium")


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
        kind = {"linestyle": stroke, "linewidth": 1.5}
    else:
        called = said.called[np.isfinite(rows.lead) & np.isfinite(said.probability)]
        recall, false_alarms = np.mean(called[event]), np.mean(called[~event])
        words = f"{name}, its own decision"
        front = 50  # points before lines
        kind = {"linestyle": "", "marker": marker, "markersize": 6, "markeredgecolor": "white"}
    for ax in axes:
        ax.plot(false_alarms, recall, color=colour, zorder=front, label=words, **kind)


def _draw_density(figure: Any, axes: Any, found: np.ndarray, predicted: np.ndarray) -> None:
    most = 10.0 if found.max(initial=0.0) > 5e3 else 5.0  # km
    inside = (found <= 1e3 * most) & (predicted <= 1e3 * most)
    cells = axes.hexbin(
        found[inside] / 1e3, predicted[inside] / 1e3, gridsize=45, bins="log", mincnt=1,
        extent=(0.0, most, 0.0, most), cmap="viridis", linewidths=0.1,
    )  # fmt: skip
    cells.set_clim(1.0, max(2.0, np.max(np.asarray(cells.get_array()), initial=0.0)))
    axes.plot([0.0, most], [0.0, most], color=COLOURS[1], linewidth=1.0)
    axes.set_xlim(0.0, most)
    axes.set_ylim(0.0, most)
    axes.set_aspect("equal")
    axes.set_xlabel("distance found [km]")
    axes.set_ylabel("distance predicted [km]")
    figure.colorbar(cells, ax=axes, label="echoes", shrink=0.85)


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


def _draw_echoes(figure: Any, axes: Any, seen: Radargram) -> None:
    brightest = 10.0 * np.log10(np.nanpercentile(seen.power, BRIGHTEST_PERCENT))
    # Gates without a count are as dark as it gets; only missing echoes stay white.
    weakest = np.float32(10.0 ** ((brightest - DYNAMIC_DB) / 10.0))
    power = 10.0 * np.log10(np.maximum(seen.power, weakest))
    beyond = FIRST_M + SPACING_M * np.arange(seen.power.shape[1])
    cells = axes.pcolormesh(
        seen.along / 1e3, beyond, power.T, cmap="magma", vmin=brightest - DYNAMIC_DB,
        vmax=brightest, shading="nearest", rasterized=True,
    )  # fmt: skip
    axes.invert_yaxis()
    axes.set_ylabel("range beyond the ice edge [m]")
    beside = axes.inset_axes((1.015, 0.0, 0.015, 1.0))
    figure.colorbar(cells, cax=beside, label="power [dB]", extend="max")


def _mark_true_leads(axes: Any, along: np.ndarray, lead: np.ndarray) -> None:
    axes.plot(
        along[lead], np.full(lead.sum(), 1.03), "|", color=COLOURS[1], markersize=5, label="true"
    )


def _draw_distance_line(
    axes: Any, along: np.ndarray, prediction: Prediction, rows: Rows, truth: np.ndarray | None
) -> None:
    if prediction.low is not None and prediction.high is not None:
        axes.fill_between(
            along, prediction.low / 1e3, prediction.high / 1e3, color=COLOURS[5], alpha=0.5,
            linewidth=0.0, label="68 % interval",
        )  # fmt: skip
    if prediction.distance is not None:
        axes.plot(
            along, prediction.distance / 1e3, color=COLOURS[0], linewidth=1.2, label="predicted"
        )
    found, bound = (np.where(rows.censored == c, rows.distance, np.nan) for c in (False, True))
    axes.plot(along, found / 1e3, ".", color=LABEL_COLOUR, markersize=2.0, label="label")
    if np.isfinite(bound).any():
        axes.plot(along, bound / 1e3, "^", color=BOUND_COLOUR, markersize=2.5, label="at least")
    if truth is not None:
        axes.plot(along, truth / 1e3, "--", color=COLOURS[1], linewidth=1.0, label="true")
    axes.set_ylabel("distance [km]")
    axes.set_ylim(0.0, min(1.05 * REACH / 1e3, axes.get_ylim()[1]))
    _grid(axes)
