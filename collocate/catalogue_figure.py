"""What an archive holds as a map: footprints of scenes and courses of tracks near a pole."""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from ..drawing.page import FULL_WIDTH, new_figure, on_paper
from ..drawing.palette import GREY, Style, styles
from ..drawing.panels import letter
from ..drawing.polar_map import Extent, add_locator, draw_polar_map, extent_around
from ..drawing.scale_bar import add_scale_bar
from ..geo.polar import NORTH, SOUTH, PolarPlane, inverse, scale_factor
from .figures import MISSIONS

#: A map is at least so wide [m], and has a locator where it is narrower than the other.
LEAST_WIDTH_M, WIDTH_WITH_LOCATOR_M = 250e3, 2_500e3
#: Maps end at this latitude [degree]: beyond it is no ice.
LOWEST_LATITUDE = 50.0
SCENE_COLOUR = "#56B4E955"
TITLE_PAD = 14.0  # points, above the names of meridians


@on_paper()
def plot_catalogue(entries: gpd.GeoDataFrame, title: str = "") -> Figure:
    """Draw footprints and tracks of a catalogue on polar maps, one for each hemisphere at hand.

    Parameters
    ----------
    entries : GeoDataFrame
        As ``catalogue.read_entries`` returns it.
    title : str
        By default how many there are, and from when to when.

    Raises
    ------
    ValueError
        If the catalogue is empty.
    """
    planes = [plane for plane in (NORTH, SOUTH) if (entries["crs"] == plane.crs).any()]
    if not planes:
        raise ValueError("the catalogue is empty: there is nothing to draw")
    style = styles(sorted(entries["mission"].unique()))
    figure = new_figure(*((FULL_WIDTH, 3.95) if len(planes) == 2 else (0.75 * FULL_WIDTH, 5.4)))
    panels = figure.subplots(1, len(planes), squeeze=False)[0]
    for axes, plane in zip(panels, planes, strict=True):
        _draw_hemisphere(axes, plane, entries[entries["crs"] == plane.crs], style)
    if len(planes) == 2:
        letter(panels, ("Arctic", "Antarctic"))
        for axes in panels:
            axes.set_title(axes.get_title(loc="left"), loc="left", pad=TITLE_PAD)
    marks = {words: mark for axes in panels for mark, words in zip(
        *axes.get_legend_handles_labels(), strict=True)}  # fmt: skip
    figure.legend(marks.values(), marks.keys(), loc="outside lower center", ncols=4)
    figure.suptitle(title or _words(entries))
    return figure


def _draw_hemisphere(axes: Any, plane: PolarPlane, entries: gpd.GeoDataFrame, style: Any) -> None:
    shapes = shapely.from_wkb(entries["footprint"].to_numpy())
    extent = _extent(plane, shapes)
    draw_polar_map(axes, plane, extent)
    missions, kinds = (entries[name].to_numpy() for name in ("mission", "kind"))
    for mission in np.unique(missions):
        scenes = shapes[(missions == mission) & (kinds == "scene")]
        tracks = shapes[(missions == mission) & (kinds == "track")]
        _draw_scenes(axes, scenes)
        _draw_tracks(axes, tracks, style(mission), MISSIONS.get(mission, mission))
    middle = (0.5 * (extent.left + extent.right), 0.5 * (extent.bottom + extent.top))
    _, latitude = inverse(plane, *(np.asarray(m) for m in middle))
    add_scale_bar(axes, 1.0 / float(scale_factor(plane, latitude)), "lower left")
    if extent.right - extent.left < WIDTH_WITH_LOCATOR_M:
        add_locator(axes, plane, extent)


def _extent(plane: PolarPlane, shapes: np.ndarray) -> Extent:
    """Return the square around all footprints, cut at the lowest latitude."""
    x, y = shapely.get_coordinates(shapes).T
    _, latitude = inverse(plane, x, y)
    near = plane.hemisphere * latitude >= LOWEST_LATITUDE
    chosen = near if near.any() else np.ones(x.size, dtype=bool)
    return extent_around(x[chosen], y[chosen], least=LEAST_WIDTH_M)


def _draw_scenes(axes: Any, shapes: np.ndarray) -> None:
    if shapes.size == 0:
        return
    corners = [shapely.get_coordinates(polygon.exterior) for polygon in shapes]
    axes.add_collection(PolyCollection(
        corners, facecolor=SCENE_COLOUR, edgecolor=GREY, linewidth=0.7, zorder=10,
        label="SAR scenes",
    ))  # fmt: skip


def _draw_tracks(axes: Any, shapes: np.ndarray, style: Style, words: str) -> None:
    if shapes.size == 0:
        return
    parts = [shapely.get_coordinates(part) for part in shapely.get_parts(shapes)]
    axes.add_collection(LineCollection(
        parts, color=style.colour, linestyle=style.stroke, linewidth=1.0, zorder=20, label=words,
    ))  # fmt: skip


def _words(entries: gpd.GeoDataFrame) -> str:
    first, last = entries["start_datetime"].min(), entries["end_datetime"].max()
    kinds = entries["kind"].value_counts()
    counts = [f"{n} {kind}{'s' * (n != 1)}" for kind in ("track", "scene")
              for n in (int(kinds.get(kind, 0)),)]  # fmt: skip
    return f"{' and '.join(counts)}, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
