"""A pass as a picture: its radargram, and below it leads and distances, predicted and found."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from ...drawing.page import FULL_WIDTH, new_figure, on_paper
from ...drawing.palette import BLUE, BOUND_COLOUR, POWER, REFERENCE_COLOUR, SKY, VERMILION
from ...drawing.panels import letter
from .evaluate import REACH
from .radargram import FIRST_M, SPACING_M, Radargram, radargram
from .rows import Prediction, Rows

#: Power shown, below the strongest percentile of a radargram [dB].
DYNAMIC_DB = 35.0
BRIGHTEST_PERCENT = 99.5
#: Most echoes and gates beside one another that a picture shows.
MOST_ECHOES = 2400
LABEL_COLOUR = "0.80"


@on_paper()
def plot_pass(
    seen: Radargram,
    prediction: Prediction,
    lead_distance: float,
    rows: Rows | None = None,
    truth: np.ndarray | None = None,
    title: str = "",
) -> Figure:
    """Draw a pass: its radargram, and below it leads and distances, predicted and found.

    Parameters
    ----------
    seen : Radargram
        Of n echoes in order along the track.
    prediction : Prediction
        Of the same n echoes.
    lead_distance : float
        What is nearer counts as a lead [m].
    rows : Rows, optional
        What images say of the same n echoes.
    truth : array (n,), float, optional
        True distances [m], of a simulated world.
    title : str
    """
    along = seen.along / 1e3
    figure = new_figure(FULL_WIDTH, 5.4)
    image, chance, distance = figure.subplots(3, 1, sharex=True, height_ratios=(2.4, 1, 1.6))
    _draw_echoes(image, seen)
    if rows is not None:
        chance.fill_between(
            along, np.nan_to_num(rows.lead), step="mid", color=LABEL_COLOUR, label="label",
            linewidth=0.0,
        )  # fmt: skip
    chance.plot(along, prediction.probability, color=BLUE, label="predicted")
    if truth is not None:
        _mark_true_leads(chance, along, truth < lead_distance)
    chance.set(ylim=(0.0, 1.08), ylabel=f"P(lead within\n{lead_distance:g} m)")
    _draw_distances(distance, along, prediction, rows, truth)
    distance.set_xlabel("distance along the track [km]")
    distance.set_xlim(along[0], along[-1])
    letter(
        (image, chance, distance),
        ("echoes: power", "lead probability", "distance to the closest lead"),
    )
    for ax in (chance, distance):
        ax.grid(visible=True)
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.suptitle(title)
    return figure


def plot_classified(track: xr.Dataset, classified: xr.Dataset) -> Figure:
    """Draw a track and what a model said of it.

    Parameters
    ----------
    track : dataset
        Canonical track with echoes.
    classified : dataset
        As ``classify`` returns it, or the file of ``iceco classify``, of the same records.
    """
    names = ("lead_probability", "distance_to_lead", "distance_to_lead_p16", "distance_to_lead_p84")
    start = np.datetime_as_string(track["time"].values[0], "m").replace("T", " ")
    return plot_pass(
        radargram(track),
        Prediction(*(classified[name].values.astype(np.float64) for name in names)),
        float(classified.attrs["lead_distance_m"]),
        title=f"{track.attrs['track_id']}, {start} UTC",
    )


def _draw_echoes(axes: Any, seen: Radargram) -> None:
    step = 1 + seen.along.size // MOST_ECHOES
    power = seen.power[::step]
    brightest = 10.0 * np.log10(np.nanpercentile(power, BRIGHTEST_PERCENT))
    # Gates without a count are as dark as it gets; only missing echoes stay white.
    weakest = np.float32(10.0 ** ((brightest - DYNAMIC_DB) / 10.0))
    decibel = 10.0 * np.log10(np.maximum(power, weakest))
    beyond = FIRST_M + SPACING_M * np.arange(power.shape[1])
    cells = axes.pcolormesh(
        seen.along[::step] / 1e3, beyond, decibel.T, cmap=POWER, vmin=brightest - DYNAMIC_DB,
        vmax=brightest, shading="nearest", rasterized=True,
    )  # fmt: skip
    known = beyond[np.isfinite(power).any(axis=0)]
    axes.set_ylim(known[-1], known[0])  # range grows downwards
    axes.set_ylabel("range beyond\nthe ice edge [m]")
    beside = axes.inset_axes((1.015, 0.0, 0.015, 1.0))
    axes.figure.colorbar(cells, cax=beside, label="power [dB]", extend="both")


def _mark_true_leads(axes: Any, along: np.ndarray, lead: np.ndarray) -> None:
    axes.plot(
        along[lead], np.full(lead.sum(), 1.03), "|", color=VERMILION, markersize=4, label="true"
    )


def _draw_distances(
    axes: Any,
    along: np.ndarray,
    prediction: Prediction,
    rows: Rows | None,
    truth: np.ndarray | None,
) -> None:
    if prediction.low is not None and prediction.high is not None:
        axes.fill_between(
            along, prediction.low / 1e3, prediction.high / 1e3, color=SKY, alpha=0.5,
            linewidth=0.0, label="68 % interval",
        )  # fmt: skip
    if prediction.distance is not None:
        axes.plot(along, prediction.distance / 1e3, color=BLUE, label="predicted")
    if rows is not None:
        _draw_labels(axes, along, rows)
    if truth is not None:
        axes.plot(along, truth / 1e3, "--", color=VERMILION, linewidth=1.0, label="true")
    axes.set_ylabel("distance [km]")
    axes.set_ylim(0.0, min(1.05 * REACH / 1e3, axes.get_ylim()[1]))


def _draw_labels(axes: Any, along: np.ndarray, rows: Rows) -> None:
    found, bound = (np.where(rows.censored == c, rows.distance, np.nan) for c in (False, True))
    axes.plot(along, found / 1e3, ".", color=REFERENCE_COLOUR, markersize=1.6, label="label")
    if np.isfinite(bound).any():
        axes.plot(along, bound / 1e3, "^", color=BOUND_COLOUR, markersize=2.0, label="at least")
