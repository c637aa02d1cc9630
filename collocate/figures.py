"""A picture of collocations: a scene with its leads and the records that fell into it."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.colors import LogNorm, to_rgba
from matplotlib.figure import Figure

from ..drawing.arrows import draw_arrows
from ..drawing.page import FULL_WIDTH, new_figure, on_paper
from ..drawing.palette import BACKSCATTER, DISTANCE, MISSING_COLOUR, VERMILION
from ..drawing.panels import colour_bar, letter, plain_ticks, robust_limits
from ..drawing.scale_bar import add_scale_and_north
from ..geo.polar import forward
from .overview import Overview

#: Distances to leads that colours tell apart [km].
NEAREST_KM, FARTHEST_KM = 0.1, 10.0
NAMED_KM = (0.1, 0.3, 1.0, 3.0, 10.0)
#: Arrows along a track.
ARROWS = 9
LEAST_SPAN_M = 10_000.0  # of records, for the scale of arrows
#: Size of a record [points squared].
DOT_SIZE = 7
#: How dense a lead of probability one is drawn.
OPACITY = 0.75
#: Names of missions, by the ids that products give them.
MISSIONS = {
    "al": "AltiKa", "c2": "CryoSat-2", "s3a": "Sentinel-3A", "s3b": "Sentinel-3B",
    "ja1": "Jason-1",
}  # fmt: skip

Records = pd.DataFrame | xr.Dataset


@on_paper()
def plot_scene(
    seen: Overview, records: Records, predicted: np.ndarray | None = None, title: str = ""
) -> Figure:
    """Draw a scene with its leads, and over it records coloured by the distance to a lead.

    Parameters
    ----------
    seen : Overview
        Of ``collocate.overview.overview``; its leads are drawn where they were looked for.
    records : DataFrame or dataset
        Of ``open_collocations``, those of this scene (n rows): ``longitude``, ``latitude``,
        ``drift_dx_m``, ``drift_dy_m``, ``lag_s``, ``mission`` and ``distance_to_lead_m``.  They
        are drawn where their ice was when the image was taken.
    predicted : array (n,), float, optional
        Distances that a model read from the echoes of these records [m], nan where none: they
        get a panel of their own, on the same scale of colours.
    title : str
        By default the name of the scene and the times.

    Returns
    -------
    matplotlib Figure
        Arrows are displacements of the ice from the altimeter's time to the scene's.
    """
    labels = _numbers(records, "distance_to_lead_m")
    shown = [labels] if predicted is None else [labels, np.asarray(predicted, dtype=np.float64)]
    shape = (seen.y[-1] - seen.y[0]) / (seen.x[-1] - seen.x[0])
    width = FULL_WIDTH if len(shown) == 2 else 0.75 * FULL_WIDTH
    panel = (width - 0.9) / len(shown)
    figure = new_figure(width, float(np.clip(panel * shape, 1.5, 8.0)) + 0.75)
    panels = figure.subplots(1, len(shown), sharex=True, sharey=True, squeeze=False)[0]
    x, y = _at_scene_time(seen, records)
    for axes, distance in zip(panels, shown, strict=True):
        _draw_scene(axes, seen)
        dots = _draw_records(axes, x, y, distance)
        axes.set(xlim=_span(seen.x), ylim=_span(seen.y))  # records may lie beyond
    _draw_drift(panels[0], records, x, y)
    add_scale_and_north(panels[-1], seen.plane)
    panels[0].set_ylabel(f"y of {seen.plane.crs} [km]")
    letter(panels, ("distance seen in the image", "distance read from the echoes")[: len(shown)])
    bar = colour_bar(panels, dots, "distance to the closest lead [km]", "both")
    plain_ticks(bar.ax.yaxis, NAMED_KM)
    figure.suptitle(title or _words(seen, records))
    return figure


def _span(centres: np.ndarray) -> tuple[float, float]:
    """Return where the pixels of an axis begin and end [km]."""
    half = 0.5 * float(centres[1] - centres[0])
    return (float(centres[0]) - half) / 1e3, (float(centres[-1]) + half) / 1e3


def _numbers(records: Records, name: str) -> np.ndarray:
    return np.asarray(records[name], dtype=np.float64)


def _at_scene_time(seen: Overview, records: Records) -> tuple[np.ndarray, np.ndarray]:
    """Return where the ice of records was when the scene was taken [m on the plane]."""
    x, y = forward(seen.plane, _numbers(records, "longitude"), _numbers(records, "latitude"))
    return x + _numbers(records, "drift_dx_m"), y + _numbers(records, "drift_dy_m")


def _draw_scene(axes: Any, seen: Overview) -> None:
    place = {"extent": (*_span(seen.x), *_span(seen.y)), "origin": "lower"}
    axes.set_facecolor(MISSING_COLOUR)
    axes.imshow(seen.image, cmap=BACKSCATTER, **robust_limits(seen.image), **place)
    if seen.leads is not None:
        ink = np.broadcast_to(to_rgba(VERMILION), (*seen.leads.shape, 4)).copy()
        ink[..., 3] = OPACITY * np.nan_to_num(seen.leads)
        axes.imshow(ink, **place)
    axes.set_xlabel(f"x of {seen.plane.crs} [km]")


def _draw_records(axes: Any, x: np.ndarray, y: np.ndarray, distance: np.ndarray) -> Any:
    """Draw records with a distance in colour, the others as small dots."""
    known = np.isfinite(distance)
    axes.plot(x[~known] / 1e3, y[~known] / 1e3, ".", color="white", markersize=1.0)
    axes.scatter(x[known] / 1e3, y[known] / 1e3, 2.2 * DOT_SIZE, color="white", linewidths=0.0)
    return axes.scatter(
        x[known] / 1e3, y[known] / 1e3, DOT_SIZE, np.maximum(distance[known], 1.0) / 1e3,
        cmap=DISTANCE, norm=LogNorm(NEAREST_KM, FARTHEST_KM), linewidths=0.0,
    )  # fmt: skip


def _draw_drift(axes: Any, records: Records, x: np.ndarray, y: np.ndarray) -> None:
    """Draw arrows of equal scale along each track, where the drift is known and not nought."""
    dx, dy = _numbers(records, "drift_dx_m"), _numbers(records, "drift_dy_m")
    moved = np.isfinite(dx) & (np.hypot(dx, dy) > 0.0)
    tracks = np.asarray(records["track_id"])
    chosen = [
        np.flatnonzero(moved & (tracks == track))[:: max(1, int(np.sum(tracks == track)) // ARROWS)]
        for track in np.unique(tracks)
    ]
    which = np.concatenate(chosen)
    if which.size == 0:
        return
    step = max(float(np.ptp(x)), float(np.ptp(y)), LEAST_SPAN_M) / ARROWS
    draw_arrows(axes, (x[which], y[which]), (dx[which], dy[which]), 0.8 * step)


def _words(seen: Overview, records: Records) -> str:
    """Return scene and time, and of each mission how much later than the scene it passed."""
    missions, lag = np.asarray(records["mission"]).astype(str), _numbers(records, "lag_s")
    passes = ", ".join(
        f"{MISSIONS.get(name, name)} {_lag(float(np.median(lag[missions == name])))}"
        for name in dict.fromkeys(missions)
    )
    time = np.datetime_as_string(seen.time, "m").replace("T", " ")
    return f"{seen.scene_id}\n{seen.band} at {time} UTC; {passes}"


def _lag(seconds: float) -> str:
    minutes = round(abs(seconds) / 60.0)
    return f"{minutes // 60} h {minutes % 60:02d} min {'later' if seconds > 0.0 else 'earlier'}"
