"""Radargrams along tracks, labels and predictions below, to be zoomed and read by record."""

from typing import Any

import numpy as np
from bokeh.layouts import gridplot
from bokeh.models import (
    BoxZoomTool,
    ColorBar,
    ColumnDataSource,
    HoverTool,
    LinearColorMapper,
    PanTool,
    Range1d,
    ResetTool,
    WheelZoomTool,
)
from bokeh.plotting import figure
from matplotlib.colors import to_hex

from ..drawing.palette import BLUE, BOUND_COLOUR, POWER, SKY
from ..models.waveforms.radargram import FIRST_M, SPACING_M, Radargram
from .find import Attempt
from .parts import Note, Part, Plot, Section
from .passes import Collocated, Pass, longest_passes
from .words import counted, listed, mission_name, time_words

#: Power shown, below the strongest percentile of a radargram [dB].
DYNAMIC_DB, BRIGHTEST_PERCENT = 35.0, 99.5
#: Records are put on the nearest point of an even axis, if it is nearer than so many steps.
NEAREST_STEPS = 1.5
#: Width of an even axis at the most, in records.
LONGEST_AXIS = 4.0
#: Greatest distance that is drawn: leads were looked for so far [m].
REACH_M = 10_000.0
HEIGHTS = (250, 110, 220)  # pixels
LABEL = "black"


def echoes_section(known: Collocated, attempt: Attempt) -> Section:
    """Return radargrams of the longest pass of each mission."""
    shown = longest_passes(known, attempt)
    parts: list[Part] = [pass_plot(one) for one in shown]
    if not shown:
        parts.append(Note(
            "No collocations with echoes: there is nothing labelled to show.",
            "iceco collocate TRACKS --scenes SCENES --drift auto --out collocations",
        ))  # fmt: skip
    bare = [mission_name(one.meeting.mission) for one in shown if one.predicted is None]
    if bare:
        parts.append(Note(
            f"Of the passes of {listed(bare)} the labels alone are shown: what a model says of "
            "their echoes is not there.",
            "iceco classify TRACK --out leads",
        ))  # fmt: skip
    return Section("echoes", "Echoes, labels and predictions", parts)


def pass_plot(one: Pass) -> Plot:
    """Return the panels of a pass: power, probability of a lead, distance to the closest one."""
    along = one.seen.along / 1e3
    x_range = Range1d(float(along[0]), float(along[-1]))
    source = ColumnDataSource(_columns(one))
    panels = [_panel(x_range, height, one) for height in HEIGHTS]
    _draw_echoes(panels[0], one.seen)
    _draw_probability(panels[1], source, one)
    _draw_distance(panels[2], source, one)
    for panel in panels:
        _let_read(panel, source)
    for panel in panels[:2]:
        panel.xaxis.major_label_text_font_size = "0px"
    panels[2].xaxis.axis_label = "distance along the track [km]"
    layout = gridplot(
        [[panel] for panel in panels], merge_tools=True, toolbar_location="above",
        sizing_mode="stretch_width", toolbar_options={"logo": None},
    )  # fmt: skip
    name = f"pass-{one.meeting.mission}"
    return Plot(name, layout, _caption(one), f"Radargram of {one.meeting.track_id}")


def _caption(one: Pass) -> str:
    mission, lag = mission_name(one.meeting.mission), np.nanmedian(one.records["lag_s"].values)
    words = (
        f"{mission}, pass {one.meeting.track_id}, {counted(one.records.sizes['time'], 'record')} "
        f"over the scene {one.meeting.scene_id}, {abs(lag) / 60.0:.0f} min "
        f"{'after' if lag > 0 else 'before'} it. Above: power of the echoes [dB] by range beyond "
        "the ice edge [m]; leads are bright, those beside the track draw hyperbolae that open "
        "downwards. Middle: probability that a lead is nearer than "
        f"{one.lead_distance_m:g} m, by the image (grey) "
    )
    if one.predicted is not None:
        words += "and by the echoes (blue). "
    words += "Below: distance to the closest lead [km] by the image (black; grey: at least)"
    if one.predicted is not None:
        words += " and by the echoes (blue, with its 68 % interval)"
    return (
        words
        + ". Point at a record to read it; drag to move, hold Ctrl and turn the wheel to zoom."
    )


def _columns(one: Pass) -> dict[str, Any]:
    """Return what the panels draw and say of each record."""
    records = one.records
    distance = np.minimum(records["distance_to_lead_m"].values, REACH_M)
    censored = records["distance_censored"].values.astype(bool)
    low, high = (records[f"distance_{end}_m"].values for end in ("low", "high"))
    columns: dict[str, Any] = {
        "along": one.seen.along / 1e3,
        "time": [time_words(time) for time in records["time"].values],
        "longitude": records["longitude"].values,
        "latitude": records["latitude"].values,
        "p_label": records[f"p_lead_{one.lead_distance_m:g}m"].values.astype(np.float64),
        "found": np.where(censored, np.nan, distance) / 1e3,
        "bound": np.where(censored, distance, np.nan) / 1e3,
        "label": [_label_words(*row) for row in zip(distance, low, high, censored, strict=True)],
        "sigma": records["position_sigma_m"].values,
        "zero": np.zeros(distance.size),
    }
    if one.predicted is None:
        return columns | {"said": ["none"] * distance.size}
    names = ("distance_to_lead", "distance_to_lead_p16", "distance_to_lead_p84")
    middle, below, above = (one.predicted[name].values for name in names)
    probability = one.predicted["lead_probability"].values
    told = zip(probability, middle, below, above, strict=True)
    return columns | {
        "p_said": probability,
        "distance": middle / 1e3,
        "below": below / 1e3,
        "above": np.minimum(above, REACH_M) / 1e3,
        "said": [_said_words(*row) for row in told],
    }


def _label_words(distance: float, low: float, high: float, censored: bool) -> str:
    if not np.isfinite(distance):
        return "not known"
    return f"{'at least ' if censored else ''}{distance:.0f} m (68 %: {low:.0f} to {high:.0f} m)"


def _said_words(probability: float, distance: float, low: float, high: float) -> str:
    if not np.isfinite(probability):
        return "none"
    return f"p = {probability:.2f}, {distance:.0f} m (68 %: {low:.0f} to {high:.0f} m)"


def _panel(x_range: Range1d, height: int, one: Pass) -> figure:
    panel = figure(
        x_range=x_range, height=height, sizing_mode="stretch_width", tools=[],
        outline_line_color="#6b7075", min_border_left=58, min_border_right=8, min_border_top=6,
        name=f"pass-{one.meeting.mission}-{height}",
    )  # fmt: skip
    wheel = WheelZoomTool(dimensions="width", modifiers="ctrl")
    panel.add_tools(PanTool(dimensions="width"), wheel, BoxZoomTool(dimensions="width"),
                    ResetTool())  # fmt: skip
    panel.toolbar.active_scroll = wheel
    panel.grid.grid_line_color = "#e6e6e6"
    panel.axis.axis_label_text_font_style = "normal"
    panel.axis.axis_label_text_font_size = "12px"
    panel.yaxis.axis_label_standoff = 4
    return panel


def _draw_echoes(panel: figure, seen: Radargram) -> None:
    image, left, width = _even(seen)
    brightest = float(np.nanpercentile(image, BRIGHTEST_PERCENT))
    colours = LinearColorMapper(
        palette=[to_hex(POWER(k)) for k in range(256)], low=brightest - DYNAMIC_DB,
        high=brightest, nan_color="#f2f2f2",
    )  # fmt: skip
    gates = image.shape[0]
    panel.image(
        [image], x=left, y=FIRST_M - 0.5 * SPACING_M, dw=width, dh=gates * SPACING_M,
        color_mapper=colours,
    )  # fmt: skip
    panel.y_range = Range1d(FIRST_M + (gates - 0.5) * SPACING_M, FIRST_M - 0.5 * SPACING_M)
    panel.yaxis.axis_label = "range [m]"
    panel.add_layout(
        ColorBar(
            color_mapper=colours, title="power [dB]", height=8, padding=2,
            orientation="horizontal", title_text_font_style="normal",
            title_text_font_size="11px", major_label_text_font_size="10px",
        ),
        "above",
    )  # fmt: skip


def _even(seen: Radargram) -> tuple[np.ndarray, float, float]:
    """Return power [dB] on an even axis along the track, (gates, n), its left end and width [km].

    A point that no record is near to is nan.
    """
    along = seen.along / 1e3
    step = float(np.median(np.diff(along))) if along.size > 1 else 1.0
    points = int(min(np.ptp(along) / step, LONGEST_AXIS * along.size)) + 1
    axis = np.linspace(along[0], along[-1], points)
    nearest = np.clip(np.searchsorted(0.5 * (along[1:] + along[:-1]), axis), 0, along.size - 1)
    near = np.abs(along[nearest] - axis) < NEAREST_STEPS * step
    with np.errstate(divide="ignore", invalid="ignore"):
        power = 10.0 * np.log10(np.maximum(seen.power, np.float32(1e-6)))
    image = np.where(near[:, None], power[nearest], np.nan).T.astype(np.float32)
    return image, float(along[0] - step / 2), float(np.ptp(along) + step)


def _draw_probability(panel: figure, source: ColumnDataSource, one: Pass) -> None:
    panel.varea_step("along", "zero", "p_label", source=source, color="#c9c9c9", step_mode="center")
    if one.predicted is not None:
        panel.line("along", "p_said", source=source, color=BLUE, line_width=1.5)
    panel.y_range = Range1d(0.0, 1.04)
    panel.yaxis.axis_label = "P(lead)"


def _draw_distance(panel: figure, source: ColumnDataSource, one: Pass) -> None:
    if one.predicted is not None:
        panel.varea("along", "below", "above", source=source, color=SKY, alpha=0.4)
        panel.line("along", "distance", source=source, color=BLUE, line_width=1.5)
    panel.scatter("along", "found", source=source, color=LABEL, size=3)
    panel.scatter(
        "along", "bound", source=source, color=to_hex(BOUND_COLOUR), size=4, marker="triangle"
    )
    panel.yaxis.axis_label = "distance [km]"
    panel.y_range.start = 0.0


def _let_read(panel: figure, source: ColumnDataSource) -> None:
    """Let a record be read wherever in a panel it is pointed at."""
    read = panel.line("along", "zero", source=source, alpha=0.0, line_width=1)
    read.name = "read"
    panel.add_tools(HoverTool(
        renderers=[read], mode="vline", line_policy="nearest", point_policy="follow_mouse",
        attachment="horizontal", visible=False,
        tooltips=[
            ("time", "@time"), ("place", "@latitude{0.000}°, @longitude{0.000}°"),
            ("by the image", "@label"), ("P(lead) by the image", "@p_label{0.00}"),
            ("place on it known to", "@sigma{0} m"), ("by the echo", "@said"),
        ],
    ))  # fmt: skip
