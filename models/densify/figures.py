"""A quick look at a map: the image, the tracks, the freeboard, and how sure it is."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.colors import Colormap
from matplotlib.figure import Figure

from ...drawing.page import FULL_WIDTH, new_figure, on_paper
from ...drawing.palette import BACKSCATTER, DISTANCE, FREEBOARD, MISSING_COLOUR, SIGMA
from ...drawing.panels import colour_bar, letter, robust_limits, say_none
from ...drawing.scale_bar import add_scale_and_north
from ...geo.polar import PolarPlane, forward, plane_of_latitude
from .fields import Points

#: What is drawn of each cell.
SHOWN = (
    "sea_ice_freeboard", "sea_ice_freeboard_uncertainty", "sigma0_hv", "distance_to_observation",
)  # fmt: skip

#: A gap in a swath is so many times as wide as a cell.
GAP = 4.0
#: Most cells along the longer side of a panel.
MOST_CELLS = 900
DOT_SIZE = 7  # points squared


@on_paper()
def plot_map(grid: xr.Dataset, points: Points | None = None, title: str = "") -> Figure:
    """Draw backscatter, observations, mapped freeboard and its uncertainty.

    Parameters
    ----------
    grid : dataset
        The file of ``iceco densify``, on a swath or a map, as xarray opens it.
    points : Points, optional
        The observations, at the time of the map; without them the distance to them is drawn.
    title : str
        By default the kind of freeboard and the file's title.
    """
    plane = plane_of_latitude(grid["latitude"].values)
    shown = _shown(grid["sea_ice_freeboard"].values)
    x, y = (v / 1e3 for v in forward(plane, *_arrays(grid, shown, "longitude", "latitude")))
    x, y, freeboard, sigma, image, distance = _parted(x, y, *_arrays(grid, shown, *SHOWN))
    seen = np.empty(0) if points is None else points.freeboard
    same = robust_limits(freeboard, seen)
    figure = new_figure(FULL_WIDTH, 6.3)
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    places = panels.ravel()
    _draw(places[0], (x, y, image), BACKSCATTER, robust_limits(image), "HV backscatter [dB]")
    if points is None:
        far = robust_limits(distance) | {"vmin": 0.0}
        _draw(places[1], (x, y, distance / 1e3), DISTANCE, {k: v / 1e3 for k, v in far.items()},
              "distance [km]")  # fmt: skip
    else:
        dots = places[1].scatter(
            points.x / 1e3, points.y / 1e3, DOT_SIZE, seen, cmap=FREEBOARD, **same
        )
        colour_bar(places[1], dots, "freeboard [m]", "both")
    _draw(places[2], (x, y, freeboard), FREEBOARD, same, "freeboard [m]")
    _draw(places[3], (x, y, sigma), SIGMA, robust_limits(sigma), "standard deviation [m]")
    observed = "distance to observations" if points is None else f"{seen.size} observations"
    letter(places, ("image", observed, f"map by {grid.attrs['method']}", "its uncertainty"))
    _frame(panels, x, y, plane)
    figure.suptitle(title or grid.attrs["title"])
    return figure


def _arrays(grid: xr.Dataset, shown: tuple[slice, slice], *names: str) -> list[np.ndarray]:
    return [grid[name].values[shown].astype(np.float64) for name in names]


def _shown(freeboard: np.ndarray) -> tuple[slice, slice]:
    """Return rows and columns that hold everything mapped, thinned to what a picture can show."""
    there = np.isfinite(freeboard)
    spans = []
    for axis in (1, 0):
        found = np.flatnonzero(there.any(axis=axis))
        step = 1 + (found[-1] - found[0]) // MOST_CELLS
        spans.append(slice(found[0], found[-1] + 1, step))
    return spans[0], spans[1]


def _parted(x: np.ndarray, y: np.ndarray, *images: np.ndarray) -> list[np.ndarray]:
    """Return places and images with two empty columns on the banks of a gap in the swath."""
    step = np.hypot(np.diff(x, axis=1), np.diff(y, axis=1)).mean(axis=0)
    wide = np.flatnonzero(step > GAP * np.median(step))
    if wide.size == 0:
        return [x, y, *images]
    at = int(wide[0]) + 1
    banks = [
        np.stack([2 * v[:, at - 1] - v[:, at - 2], 2 * v[:, at] - v[:, at + 1]], axis=1)
        for v in (x, y)
    ]
    banks += [np.full((x.shape[0], 2), np.nan)] * len(images)
    return [np.insert(v, [at, at], bank, axis=1)
            for v, bank in zip((x, y, *images), banks, strict=True)]  # fmt: skip


def _draw(
    axes: Any,
    values: tuple[np.ndarray, np.ndarray, np.ndarray],
    colours: Colormap,
    limits: dict[str, float],
    words: str,
) -> None:
    x, y, shown = values
    if not limits:
        say_none(axes)
        return
    mesh = axes.pcolormesh(
        x, y, np.ma.masked_invalid(shown), shading="nearest", rasterized=True, cmap=colours,
        **limits,
    )  # fmt: skip
    colour_bar(axes, mesh, words, "both")


def _frame(panels: np.ndarray, x: np.ndarray, y: np.ndarray, plane: PolarPlane) -> None:
    """Set what all panels share: limits, grounds, names of axes, scale and north."""
    for axes in panels.ravel():
        axes.set_aspect("equal")
        axes.set_facecolor(MISSING_COLOUR)
    axes.set(xlim=(np.nanmin(x), np.nanmax(x)), ylim=(np.nanmin(y), np.nanmax(y)))
    for axes in panels[1]:
        axes.set_xlabel(f"x of {plane.crs} [km]")
    for axes in panels[:, 0]:
        axes.set_ylabel(f"y of {plane.crs} [km]")
    add_scale_and_north(panels[0, 1], plane)
