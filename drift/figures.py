"""A picture of ice-drift vectors over the image they start from."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from ..drawing.arrows import draw_arrows
from ..drawing.page import FULL_WIDTH, new_figure, on_paper
from ..drawing.palette import BACKSCATTER, DRIFT_SPEED, MISSING_COLOUR, SIGMA, VERMILION
from ..drawing.panels import colour_bar, letter, robust_limits
from ..drawing.scale_bar import add_scale_and_north
from ..geo.polar import plane_of_epsg
from ..products.canonical_vectors import DOUBTFUL, GOOD, NO_DATA, REJECTED, usable
from .pair.images import Pair
from .speed import sigma_on_ground, speed_on_ground

HEIGHT = 3.9  # inch
#: Length of a side of either of the two maps, about [points].
MAP_POINTS = 190.0
#: Most arrows along the longer side of a map.
MOST_ARROWS = 22
#: How much of the image shows through, so that arrows and dots stand out on it.
OPACITY = 0.6
CORNERS = ("lower left", "upper right")  # of scale bar and arrow
#: How vectors without an arrow are marked: flag, words, marker, colour.
MARKS = (
    (REJECTED, "rejected", "x", VERMILION),
    (NO_DATA, "no data or masked", ".", "0.45"),
)


@on_paper()
def plot_vectors(vectors: xr.Dataset, background: Pair | None = None) -> Figure:
    """Draw displacements, and beside them their uncertainty, over the first image.

    Parameters
    ----------
    vectors : dataset
        As ``products.canonical_vectors`` describes it.
    background : Pair, optional
        Its first image lies below the arrows.

    Returns
    -------
    matplotlib Figure
        Arrows as long as the ice went between the scenes, to the scale of the key and not of the
        map, coloured by speed over the ground; dots coloured by the standard deviation of a
        component.  Vectors without an answer are marked by why.
    """
    figure = new_figure(FULL_WIDTH, HEIGHT)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes in (left, right):
        axes.set_facecolor(MISSING_COLOUR)
        if background is not None:
            _draw_image(axes, background)
        _draw_marks(axes, vectors)
        axes.set_aspect("equal")
        axes.set_xlabel(f"x of {vectors.attrs['plane']} [km]")
    left.set_ylabel(f"y of {vectors.attrs['plane']} [km]")
    letter((left, right), ("displacement", "its standard deviation"))
    if usable(vectors).any():
        _draw_displacements(left, vectors)
        _draw_sigma(right, vectors)
    if vectors.sizes["vector"]:
        add_scale_and_north(left, plane_of_epsg(vectors.attrs["plane"]), corners=CORNERS)
    handles, labels = right.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
    figure.suptitle(_title(vectors))
    return figure


def _draw_image(axes: Any, pair: Pair) -> None:
    image = pair.first[0]
    half = 0.5 * pair.spacing
    edges = (pair.x[0] - half, pair.x[-1] + half, pair.y[0] - half, pair.y[-1] + half)
    axes.imshow(
        image, cmap=BACKSCATTER, alpha=OPACITY, origin="lower", **robust_limits(image),
        extent=tuple(edge / 1e3 for edge in edges),
    )  # fmt: skip


def _draw_marks(axes: Any, vectors: xr.Dataset) -> None:
    """Mark where there is no vector, but for places outside the overlap."""
    size = _dot_points(vectors)
    for flag, words, marker, colour in MARKS:
        which = vectors["quality_flag"].values == flag
        if which.any():
            x, y = (vectors[name].values[which] / 1e3 for name in ("x0", "y0"))
            axes.plot(x, y, marker, color=colour, markersize=size, label=words, linestyle="")


def _draw_displacements(axes: Any, vectors: xr.Dataset) -> None:
    step, which = _thinned(vectors)
    shown = vectors.isel(vector=which)
    x, y, dx, dy = (shown[name].values for name in ("x0", "y0", "dx", "dy"))
    arrows = draw_arrows(axes, (x, y), (dx, dy), step, speed_on_ground(shown), DRIFT_SPEED)
    colour_bar(axes, arrows, "mean speed [m s$^{-1}$]")


def _draw_sigma(axes: Any, vectors: xr.Dataset) -> None:
    size = _dot_points(vectors) ** 2
    x, y = vectors["x0"].values / 1e3, vectors["y0"].values / 1e3
    sigma = sigma_on_ground(vectors)
    limits = robust_limits(sigma[usable(vectors)]) | {"vmin": 0.0}
    for flag, edge in ((GOOD, "none"), (DOUBTFUL, "black")):
        which = usable(vectors) & (vectors["quality_flag"].values == flag)
        if which.any():
            dots = axes.scatter(
                x[which], y[which], size, sigma[which], edgecolors=edge, linewidths=0.6,
                cmap=SIGMA, label="doubtful" if flag == DOUBTFUL else None, **limits,
            )  # fmt: skip
    colour_bar(axes, dots, "standard deviation of a component [m]", "max")


def _dot_points(vectors: xr.Dataset) -> float:
    """Return the diameter of dots that leaves gaps between those of neighbours [points]."""
    apart = MAP_POINTS * _spacing(vectors) / max(_extent(vectors), 1.0)
    return float(np.clip(0.55 * apart, 1.5, 7.0))


def _thinned(vectors: xr.Dataset) -> tuple[float, np.ndarray]:
    """Return the spacing of arrows [m] and which usable vectors get one.

    Of a large grid these are those of every so many rows and columns; free points all have one.
    """
    row, column = vectors["grid_row"].values, vectors["grid_column"].values
    every = 1 + max(row.max(initial=0), column.max(initial=0)) // MOST_ARROWS
    known = usable(vectors)
    which = np.flatnonzero(known & (row % every == 0) & (column % every == 0))
    return every * _spacing(vectors), which if which.size else np.flatnonzero(known)


def _spacing(vectors: xr.Dataset) -> float:
    """Return the spacing of vectors [m]; of free points that of as many on a square grid."""
    spacing = float(vectors.attrs["spacing_m"])
    if np.isfinite(spacing):
        return spacing
    return _extent(vectors) / max(1.0, np.sqrt(vectors.sizes["vector"]))


def _extent(vectors: xr.Dataset) -> float:
    """Return the longer side of the box around all vectors [m]."""
    sides = [np.ptp(vectors[name].values) for name in ("x0", "y0") if vectors.sizes["vector"]]
    return float(max(sides, default=0.0))


def _title(vectors: xr.Dataset) -> str:
    good = vectors.isel(vector=np.flatnonzero(usable(vectors)))
    names = f"{vectors.attrs['first_scene']}\n{vectors.attrs['second_scene']}"
    if good.sizes["vector"] == 0:
        return f"{names}\nno ice was followed"
    hours = np.median((good["stop_time"] - good["start_time"]).values) / np.timedelta64(1, "h")
    return f"{names}\n{good.sizes['vector']} vectors over {hours:.1f} h"
