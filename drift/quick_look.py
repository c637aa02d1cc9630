"""A picture of ice-drift vectors over the image they start from."""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..geo.polar import plane_of_epsg, scale_factor
from ..products.beside import written_beside
from ..products.canonical_vectors import DOUBTFUL, GOOD, NO_DATA, REJECTED, usable
from .pair.images import Pair

ENDINGS = (".png", ".pdf", ".svg")
DOTS_PER_INCH = 200
SIZE = (11.0, 5.8)  # inch
#: Length of a side of either of the two maps, about [points].
MAP_POINTS = 290.0
#: Most arrows along the longer side of a map.
MOST_ARROWS = 30
#: Arrows of this percentile of all lengths reach to the next.
LONG_PERCENT = 90.0
#: Brightness of the image runs between these percentiles, colours up to the second.
DARKEST_PERCENT, BRIGHTEST_PERCENT = 2.0, 98.0
#: How much of the image shows through, so that black arrows and dots stand out on it.
OPACITY = 0.6
#: How vectors without an arrow are marked: flag, words, marker, colour.
MARKS = (
    (REJECTED, "rejected", "x", "crimson"),
    (NO_DATA, "no data or masked", ".", "0.45"),
)


def check_figure_name(path: str | Path) -> None:
    """Refuse the name of a picture that ``draw_vectors`` would not draw.

    Raises
    ------
    ValueError
        If it does not end in .png, .pdf or .svg.
    """
    if Path(path).suffix not in ENDINGS:
        raise ValueError(f"{path}: pictures are drawn as {', '.join(ENDINGS)}")


def draw_vectors(vectors: xr.Dataset, background: Pair | None, path: str | Path) -> None:
    """Draw displacements, and beside them their uncertainty, over the first image.

    Parameters
    ----------
    vectors : dataset
        As ``products.canonical_vectors`` describes it.
    background : Pair or None
        Its first image lies below the arrows.
    path : path
        A .png, .pdf or .svg; appears whole or not at all.
    """
    from matplotlib.figure import Figure

    check_figure_name(path)
    figure = Figure(figsize=SIZE, layout="constrained")
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes in (left, right):
        if background is not None:
            _draw_image(axes, background)
        _draw_marks(axes, vectors)
        axes.set_aspect("equal")
        axes.set_xlabel(f"x of {vectors.attrs['plane']} [km]")
    left.set_ylabel(f"y of {vectors.attrs['plane']} [km]")
    left.set_title("(a) displacement", loc="left", fontsize="medium")
    right.set_title("(b) its standard deviation", loc="left", fontsize="medium")
    if usable(vectors).any():
        _draw_arrows(figure, left, vectors)
        _draw_sigma(figure, right, vectors)
    handles, labels = right.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    figure.suptitle(_title(vectors), fontsize="medium")
    with written_beside(path) as part:
        figure.savefig(part, format=Path(path).suffix[1:], dpi=DOTS_PER_INCH)


def speed_on_ground(vectors: xr.Dataset) -> np.ndarray:
    """Return speeds (n,) over the ground [m/s], nan where there is no displacement."""
    seconds = (vectors["stop_time"] - vectors["start_time"]).values / np.timedelta64(1, "s")
    length = np.hypot(vectors["dx"].values, vectors["dy"].values)
    return np.asarray(length / _scale(vectors) / seconds)


def sigma_on_ground(vectors: xr.Dataset) -> np.ndarray:
    """Return standard deviations (n,) of a component of the displacements [m on the ground]."""
    variance = 0.5 * (vectors["variance_x"] + vectors["variance_y"]).values
    return np.asarray(np.sqrt(variance) / _scale(vectors))


def _scale(vectors: xr.Dataset) -> np.ndarray:
    plane = plane_of_epsg(vectors.attrs["plane"])
    return scale_factor(plane, vectors["latitude"].values)


def _draw_image(axes: Any, pair: Pair) -> None:
    image = pair.first[0]
    known = image[np.isfinite(image)]
    if known.size == 0:
        return
    dark, bright = np.percentile(known, [DARKEST_PERCENT, BRIGHTEST_PERCENT])
    half = 0.5 * pair.spacing
    edges = (pair.x[0] - half, pair.x[-1] + half, pair.y[0] - half, pair.y[-1] + half)
    axes.imshow(
        image, cmap="gray", vmin=dark, vmax=bright, alpha=OPACITY, origin="lower",
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


def _draw_arrows(figure: Any, axes: Any, vectors: xr.Dataset) -> None:
    step, which = _thinned(vectors)
    shown = vectors.isel(vector=which)
    x, y, dx, dy = (shown[name].values / 1e3 for name in ("x0", "y0", "dx", "dy"))
    longest = max(float(np.percentile(np.hypot(dx, dy), LONG_PERCENT)), 1e-3)  # km
    arrows = axes.quiver(
        x, y, dx, dy, speed_on_ground(shown), angles="xy", scale_units="xy",
        scale=longest / (1e-3 * step), cmap="plasma", width=4e-3, edgecolor="black",
        linewidth=0.4,
    )  # fmt: skip
    key = _round_length(longest)
    words = f"{key:g} km" if key >= 1.0 else f"{1e3 * key:g} m"
    axes.quiverkey(arrows, 0.88, 1.035, key, words, labelpos="W", color="black")
    figure.colorbar(arrows, ax=axes, label="mean speed [m/s]", shrink=0.85)


def _draw_sigma(figure: Any, axes: Any, vectors: xr.Dataset) -> None:
    size = _dot_points(vectors) ** 2
    x, y = vectors["x0"].values / 1e3, vectors["y0"].values / 1e3
    sigma = sigma_on_ground(vectors)
    most = np.percentile(sigma[usable(vectors)], BRIGHTEST_PERCENT)
    for flag, edge in ((GOOD, "none"), (DOUBTFUL, "black")):
        which = usable(vectors) & (vectors["quality_flag"].values == flag)
        if which.any():
            dots = axes.scatter(
                x[which], y[which], size, sigma[which], edgecolors=edge, linewidths=0.8,
                cmap="viridis", vmin=0.0, vmax=most,
                label="doubtful" if flag == DOUBTFUL else None,
            )  # fmt: skip
    figure.colorbar(
        dots, ax=axes, label="standard deviation of a component [m]", extend="max", shrink=0.85
    )


def _dot_points(vectors: xr.Dataset) -> float:
    """Return the diameter of dots that leaves gaps between those of neighbours [points]."""
    apart = MAP_POINTS * _spacing(vectors) / max(_extent(vectors), 1.0)
    return float(np.clip(0.5 * apart, 1.5, 7.0))


def _thinned(vectors: xr.Dataset) -> tuple[float, np.ndarray]:
    """Return the spacing of arrows [m] and which usable vectors get one.

    Of a large grid these are those of every so many rows and columns; free points all have one.
    """
    row, column = vectors["grid_row"].values, vectors["grid_column"].values
    every = 1 + max(row.max(initial=0), column.max(initial=0)) // MOST_ARROWS
    which = np.flatnonzero(usable(vectors) & (row % every == 0) & (column % every == 0))
    return every * _spacing(vectors), which


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


def _round_length(length: float) -> float:
    """Return the 1, 2 or 5 times a power of ten at or below a length."""
    power = 10.0 ** np.floor(np.log10(length))
    return float(power * max(step for step in (1, 2, 5) if step * power <= length))


def _title(vectors: xr.Dataset) -> str:
    good = vectors.isel(vector=np.flatnonzero(usable(vectors)))
    names = f"{vectors.attrs['first_scene']}\n{vectors.attrs['second_scene']}"
    if good.sizes["vector"] == 0:
        return f"{names}\nno ice was followed"
    hours = np.median((good["stop_time"] - good["start_time"]).values) / np.timedelta64(1, "h")
    return f"{names}\n{good.sizes['vector']} vectors over {hours:.1f} h"
