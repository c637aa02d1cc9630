"""A map on a polar plane: land, a net of longitudes and latitudes, and where on Earth it is."""

from typing import Any, NamedTuple

import numpy as np
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from ..geo.coast import coastline
from ..geo.polar import PolarPlane, forward, inverse
from .palette import LAND_COLOUR, SHORE_COLOUR, VERMILION

#: Steps of the net [degree], of which the one that gives about ``NET_LINES`` lines is taken.
LATITUDE_STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
LONGITUDE_STEPS = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 45.0)
NET_LINES = 4
#: The shore is drawn from 1 km on where a map is narrower than this [m].
FINE_COAST_M = 600e3
#: From the pole to the edge of the map of a whole polar region [m].
REGION_M = 3_600e3
#: Places along a line of the net.
ALONG = 1441
LOWEST = 50.0  #: latitude of the last parallel [degree]
NET = {"color": "0.55", "linewidth": 0.4, "linestyle": (0, (4, 3)), "zorder": 5}


class Extent(NamedTuple):
    """Edges of a map on the plane [m]."""

    left: float
    right: float
    bottom: float
    top: float


def extent_around(x: np.ndarray, y: np.ndarray, margin: float = 0.12, least: float = 0.0) -> Extent:
    """Return a square that holds all places, with a margin and a least width.

    Parameters
    ----------
    x, y : array, float [m]
        On the plane; nan is passed over.
    margin : float
        On either side, as a share of the width.
    least : float [m]
        Width of the square at the least.
    """
    sides = [(float(np.nanmin(a)), float(np.nanmax(a))) for a in (x, y)]
    half = max(*(high - low for low, high in sides), least / (1.0 + 2.0 * margin), 1.0)
    half *= 0.5 + margin
    (mx, my) = (0.5 * (low + high) for low, high in sides)
    return Extent(mx - half, mx + half, my - half, my + half)


def draw_polar_map(axes: Any, plane: PolarPlane, extent: Extent) -> None:
    """Make empty axes a map on a plane: land, net of degrees, no ticks; units are metres.

    Parameters
    ----------
    axes : matplotlib Axes
    plane : PolarPlane
    extent : Extent
    """
    axes.set_aspect("equal")
    axes.set(xlim=extent[:2], ylim=extent[2:], xticks=[], yticks=[])
    width = extent.right - extent.left
    _draw_land(axes, plane, "i" if width < FINE_COAST_M else "l")
    _draw_net(axes, plane, extent)


def add_locator(axes: Any, plane: PolarPlane, extent: Extent, corner: str = "upper left") -> Any:
    """Add a small map of the polar region to a map, on which its extent is marked."""
    vertical, side = corner.split()
    place = (0.0 if side == "left" else 0.72, 0.72 if vertical == "upper" else 0.0, 0.28, 0.28)
    inset = axes.inset_axes(place, zorder=70)
    region = Extent(-REGION_M, REGION_M, -REGION_M, REGION_M)
    inset.set_aspect("equal")
    inset.set(xlim=region[:2], ylim=region[2:], xticks=[], yticks=[], facecolor="white")
    _draw_land(inset, plane, "c")
    middle = (0.5 * (extent.left + extent.right), 0.5 * (extent.bottom + extent.top))
    inset.plot(*middle, "s", markersize=4, markerfacecolor="none", color=VERMILION, mew=1.2)
    inset.add_patch(Rectangle(
        (extent.left, extent.bottom), extent.right - extent.left, extent.top - extent.bottom,
        facecolor="none", edgecolor=VERMILION, linewidth=1.0,
    ))  # fmt: skip
    return inset


def _draw_land(axes: Any, plane: PolarPlane, resolution: str) -> None:
    """Draw land with its lakes left open: rings are one path, holes turn the other way."""
    rings = coastline(plane, resolution)
    land = Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
    axes.add_patch(PathPatch(
        land, facecolor=LAND_COLOUR, edgecolor=SHORE_COLOUR, linewidth=0.4, zorder=2,
    ))  # fmt: skip


def _draw_net(axes: Any, plane: PolarPlane, extent: Extent) -> None:
    longitudes, latitudes = _net(plane, extent)
    around = np.linspace(-180.0, 180.0, ALONG)
    outward = plane.hemisphere * np.linspace(90.0, LOWEST - 25.0, ALONG)
    for latitude in latitudes:
        x, y = forward(plane, around, np.full(ALONG, latitude))
        axes.plot(x, y, **NET)
        _name(axes, x, y, extent, _degrees(latitude, "NS"), closed=True)
    for longitude in longitudes:
        x, y = forward(plane, np.full(ALONG, longitude), outward)
        axes.plot(x, y, **NET)
        _name(axes, x, y, extent, _degrees(longitude, "EW"))


def _net(plane: PolarPlane, extent: Extent) -> tuple[np.ndarray, np.ndarray]:
    """Return the longitudes and latitudes of the net [degree]."""
    x, y = np.meshgrid(np.linspace(*extent[:2], 41), np.linspace(*extent[2:], 41))
    longitude, latitude = inverse(plane, x, y)
    polar = latitude[plane.hemisphere * latitude >= LOWEST]
    low, high = (float(end(polar if polar.size else latitude)) for end in (np.min, np.max))
    if extent.left < 0.0 < extent.right and extent.bottom < 0.0 < extent.top:
        return np.arange(-180.0, 180.0, 30.0), _steps(low, high, LATITUDE_STEPS)
    middle = np.median(longitude)
    off = (longitude - middle + 180.0) % 360.0 - 180.0
    found = _steps(middle + off.min(), middle + off.max(), LONGITUDE_STEPS)
    return (found + 180.0) % 360.0 - 180.0, _steps(low, high, LATITUDE_STEPS)


def _steps(low: float, high: float, steps: tuple[float, ...]) -> np.ndarray:
    """Return the whole multiples of a step between two numbers, about ``NET_LINES`` of them."""
    step = min(steps, key=lambda step: abs(np.log((high - low) / step / NET_LINES)))
    return step * np.arange(np.ceil(low / step), np.floor(high / step) + 1.0)


def _name(
    axes: Any, x: np.ndarray, y: np.ndarray, extent: Extent, words: str, closed: bool = False
) -> None:
    """Write a line's name where it leaves the map: a meridian away from the pole, a parallel below.

    A parallel that does not leave it bears its name inside.
    """
    inside = (x > extent.left) & (x < extent.right) & (y > extent.bottom) & (y < extent.top)
    places = np.flatnonzero(inside)
    if places.size == 0:
        return
    if closed and inside.all():
        k = places[np.argmax(x)]
        axes.text(
            x[k], y[k], words, color="0.35", ha="center", va="center", zorder=6, fontsize=7.0,
            bbox={"facecolor": "white", "alpha": 0.7, "pad": 0.4, "linewidth": 0.0},
        )  # fmt: skip
        return
    k = places[np.argmin(y[places])] if closed else places[-1]
    _name_at_frame(axes, float(x[k]), float(y[k]), extent, words)


def _name_at_frame(axes: Any, x: float, y: float, extent: Extent, words: str) -> None:
    ends = {
        (-1, 0): (extent.left, y), (1, 0): (extent.right, y),
        (0, -1): (x, extent.bottom), (0, 1): (x, extent.top),
    }  # fmt: skip
    way = min(ends, key=lambda way: abs(ends[way][0] - x) + abs(ends[way][1] - y))
    axes.annotate(
        words, ends[way], xytext=(3 * way[0], 3 * way[1]), textcoords="offset points",
        color="0.35", ha={-1: "right", 0: "center", 1: "left"}[way[0]], fontsize=7.0,
        va={-1: "top", 0: "center", 1: "bottom"}[way[1]], annotation_clip=False,
    )  # fmt: skip


def _degrees(angle: float, names: str) -> str:
    """Return an angle as it stands on maps: 75.5° N, 140° W, 0°."""
    rounded = round(float(angle), 3)
    name = "" if rounded in (0.0, -180.0, 180.0) else f" {names[0 if rounded > 0.0 else 1]}"
    return f"{abs(rounded):g}°{name}"
