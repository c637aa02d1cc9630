"""A simulated world as a picture: what the instruments saw, and what is true."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from ..drawing.arrows import draw_arrows
from ..drawing.page import FULL_WIDTH, new_figure, on_paper
from ..drawing.palette import BACKSCATTER, FREEBOARD, MISSING_COLOUR, ORANGE, styles
from ..drawing.panels import colour_bar, letter, robust_limits
from ..drawing.scale_bar import add_scale_and_north
from ..geo.polar import PolarPlane

#: Arrows along a side.
ARROWS = 9
#: Freeboard is shown up to this percentile.
HIGHEST_PERCENT = 99.0
MARGIN = 0.03  # around the ice that is shown, as a share of its width

Place = tuple[np.ndarray, np.ndarray]


class Raster(NamedTuple):
    """An image on a grid of the plane."""

    x: np.ndarray  #: (columns,), increasing [m]
    y: np.ndarray  #: (rows,), increasing [m]
    values: np.ndarray  #: (rows, columns), nan where there is nothing


class Glance(NamedTuple):
    """What a picture of a world shows; places are on the plane [m]."""

    plane: PolarPlane
    image: Raster  #: HV backscatter of a scene [dB]
    freeboard: Raster  #: true height of the snow's surface above the sea [m]
    tracks: Mapping[str, Sequence[Place]]  #: of each mission x and y (n,) of its passes' records
    swaths: Sequence[np.ndarray]  #: outlines (n, 2) of what SWOT saw
    drift_from: Place  #: x and y (m, m) of ice at the epoch
    drift: Place  #: where it went along x and y until the last product
    hours: float  #: that this took


@on_paper()
def plot_world(glance: Glance, title: str = "") -> Figure:
    """Draw a scene with tracks, swaths and drift, and beside it the true freeboard.

    Parameters
    ----------
    glance : Glance
    title : str
    """
    figure = new_figure(FULL_WIDTH, 3.8)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    image = _draw_raster(left, glance.image, BACKSCATTER, robust_limits(glance.image.values))
    limits = robust_limits(glance.freeboard.values, high=HIGHEST_PERCENT) | {"vmin": 0.0}
    truth = _draw_raster(right, glance.freeboard, FREEBOARD, limits)
    colour_bar(left, image, "HV backscatter [dB]", "both")
    colour_bar(right, truth, "true total freeboard [m]", "max")
    for axes in (left, right):
        _draw_courses(axes, glance)
        axes.set_xlabel(f"x of {glance.plane.crs} [km]")
    left.set_ylabel(f"y of {glance.plane.crs} [km]")
    _frame(left, glance.freeboard)
    _draw_drift(right, glance)
    add_scale_and_north(left, glance.plane)
    letter((left, right), ("what a scene shows", f"what is true; drift of {glance.hours:.1f} h"))
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    figure.suptitle(title)
    return figure


def _draw_raster(axes: Any, raster: Raster, colours: Any, limits: dict[str, float]) -> Any:
    half = 0.5 * (raster.x[1] - raster.x[0])
    edges = (raster.x[0] - half, raster.x[-1] + half, raster.y[0] - half, raster.y[-1] + half)
    axes.set_facecolor(MISSING_COLOUR)
    return axes.imshow(
        raster.values, cmap=colours, origin="lower", **limits,
        extent=tuple(edge / 1e3 for edge in edges),
    )  # fmt: skip


def _draw_courses(axes: Any, glance: Glance) -> None:
    """Draw tracks and outlines of swaths, white under their colours."""
    style = styles(glance.tracks)
    for name, passes in glance.tracks.items():
        colour, stroke, *_ = style(name)
        for k, (x, y) in enumerate(passes):
            axes.plot(x / 1e3, y / 1e3, color="white", linewidth=2.4)
            axes.plot(
                x / 1e3, y / 1e3, color=colour, linestyle=stroke, linewidth=1.4,
                label=name if k == 0 else None,
            )  # fmt: skip
    for k, outline in enumerate(glance.swaths):
        axes.plot(
            *(outline.T / 1e3), color=ORANGE, linewidth=1.2, linestyle=(0, (4, 2)),
            label="SWOT's swath" if k == 0 else None,
        )  # fmt: skip


def _draw_drift(axes: Any, glance: Glance) -> None:
    step = max(1, glance.drift[0].shape[0] // ARROWS)
    chosen = (slice(step // 2, None, step),) * 2
    x, y, dx, dy = (v[chosen].ravel() for v in (*glance.drift_from, *glance.drift))
    known = glance.freeboard
    inside = (x > known.x[0]) & (x < known.x[-1]) & (y > known.y[0]) & (y < known.y[-1])
    x, y, dx, dy = (v[inside] for v in (x, y, dx, dy))
    spacing = step * float(glance.drift_from[0][0, 1] - glance.drift_from[0][0, 0])
    draw_arrows(axes, (x, y), (dx, dy), 0.8 * spacing)


def _frame(axes: Any, raster: Raster) -> None:
    """Show the true ice and a little more: swaths go on beyond."""
    for name, values in (("x", raster.x), ("y", raster.y)):
        room = MARGIN * (values[-1] - values[0])
        axes.set(**{f"{name}lim": ((values[0] - room) / 1e3, (values[-1] + room) / 1e3)})
