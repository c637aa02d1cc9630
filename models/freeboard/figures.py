"""Freeboard along a track as a picture: heights and sea level, and what stands between them."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from ...drawing.page import FULL_WIDTH, new_figure, on_paper
from ...drawing.palette import BLUE, GREEN, GREY, SKY, VERMILION
from ...drawing.panels import letter, robust_limits, round_length
from ..waveforms.power import along_track
from .freeboard import FLOE, LEAD, UNKNOWN

#: Heights between these percentiles fill a panel but for its margin.
LOW_PERCENT, HIGH_PERCENT = 1.0, 99.0
MARGIN = 0.25
#: Length of the pieces of a track whose mean is drawn: the round one at or below this share of the
#: track, and no less than the other [km].
MEAN_SHARE, LEAST_MEAN_KM = 0.05, 5.0
MANY = 200  # records of a class, whose marks are smaller
#: How classes are drawn: value, words, marker, colour, size.
CLASSES = (
    (UNKNOWN, "neither", ".", GREY, 2.4),
    (FLOE, "floe", ".", BLUE, 3.0),
    (LEAD, "lead", "v", VERMILION, 4.5),
)


@on_paper()
def plot_freeboard(track: xr.Dataset, title: str = "") -> Figure:
    """Draw surface heights with the sea level between the leads, and below them the freeboard.

    Parameters
    ----------
    track : dataset
        As ``along_track.freeboard`` returns it, or the file of ``iceco freeboard``.
    title : str
        By default pass, time, and from where leads and snow were taken.

    Returns
    -------
    matplotlib Figure
        Bands and bars are 68 %; nothing is drawn where nothing is known.  With snow there is a
        third panel, of thickness.
    """
    along = along_track(track) / 1e3
    thick = "sea_ice_thickness" in track
    figure = new_figure(FULL_WIDTH, 4.9 if thick else 3.9)
    panels = figure.subplots(2 + thick, 1, sharex=True, height_ratios=(1.3, 1.0, 0.8)[: 2 + thick])
    height = track["surface_height"].values - track["mean_sea_surface"].values
    _draw_heights(panels[0], along, height, track)
    panels[0].set_ylabel("height above the\nmean sea surface [m]")
    _draw_values(panels[1], along, track, "radar_freeboard", BLUE, SKY)
    panels[1].axhline(0.0, color="0.4", linewidth=0.6)
    panels[1].set_ylabel("radar\nfreeboard [m]")
    if thick:
        _draw_values(panels[2], along, track, "sea_ice_thickness", GREEN, "#9fd8c6")
        panels[2].set_ylabel("ice thickness [m]")
    panels[-1].set_xlabel("distance along the track [km]")
    panels[-1].set_xlim(along[0], along[-1])
    letter(panels, ("surface heights and sea level", "freeboard", "thickness")[: 2 + thick])
    for ax in panels:
        ax.grid(visible=True)
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), markerscale=1.2)
    figure.suptitle(title or _words(track))
    return figure


def _draw_heights(axes: Any, along: np.ndarray, height: np.ndarray, track: xr.Dataset) -> None:
    """Draw heights by class over the sea level and its uncertainty."""
    level, sigma = (
        track[name].values.astype(np.float64)
        for name in ("sea_level_anomaly", "sea_level_anomaly_uncertainty")
    )
    classes = track["surface_class"].values
    for value, words, marker, colour, size in CLASSES:
        which = classes == value
        size = size if which.sum() < MANY else 0.6 * size
        axes.plot(
            along[which], height[which], marker, color=colour, markersize=size, linestyle="",
            markeredgewidth=0.0, label=words, rasterized=True,
        )  # fmt: skip
    axes.fill_between(
        along, level - sigma, level + sigma, color="black", alpha=0.2, linewidth=0.0,
        label="its 68 %",
    )  # fmt: skip
    axes.plot(along, level, color="black", label="sea level")
    kinds = (height[classes == value] for value in (LEAD, FLOE))
    _leave_outliers(axes, *kinds, level - sigma, level + sigma)


def _draw_values(
    axes: Any, along: np.ndarray, track: xr.Dataset, name: str, colour: str, light: str
) -> None:
    """Draw a quantity of single records with their 68 %, and its mean over pieces of the track."""
    value, sigma = (track[key].values.astype(np.float64) for key in (name, f"{name}_uncertainty"))
    known = np.isfinite(value)
    axes.vlines(
        along[known], (value - sigma)[known], (value + sigma)[known], color=light, linewidth=0.8,
        alpha=0.6, label="68 % of a record", rasterized=True,
    )  # fmt: skip
    axes.plot(
        along[known], value[known], ".", color=colour, markersize=1.8, markeredgewidth=0.0,
        label="record", rasterized=True,
    )  # fmt: skip
    length = max(LEAST_MEAN_KM, round_length(max(MEAN_SHARE * along[-1], LEAST_MEAN_KM)))
    begin, mean = _means(along[known], value[known], length)
    axes.hlines(
        mean, begin, begin + length, color="black", linewidth=1.4, label=f"mean of {length:g} km"
    )
    _leave_outliers(axes, value - sigma, value + sigma)


def _means(along: np.ndarray, value: np.ndarray, length: float) -> tuple[np.ndarray, np.ndarray]:
    """Return where pieces that hold records begin [km], and the mean of the records in each."""
    pieces, member = np.unique(np.floor(along / length), return_inverse=True)
    return pieces * length, np.bincount(member, value) / np.bincount(member)


def _leave_outliers(axes: Any, *values: np.ndarray) -> None:
    """Let a panel end a little beyond what all but a few values of each kind reach."""
    spans = [robust_limits(kind, low=LOW_PERCENT, high=HIGH_PERCENT) for kind in values]
    known = [(span["vmin"], span["vmax"]) for span in spans if span]
    if known:
        low, high = min(low for low, _ in known), max(high for _, high in known)
        room = MARGIN * (high - low)
        axes.set_ylim(low - room, high + room)


def _words(track: xr.Dataset) -> str:
    start = np.datetime_as_string(track["time"].values[0], "m").replace("T", " ")
    made = [f"{name}: {track.attrs[name]}" for name in ("leads", "snow") if name in track.attrs]
    return ", ".join([track.attrs["track_id"], f"{start} UTC", *made])
