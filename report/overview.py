"""The map of a run: what lies where on a polar plane, to be moved and zoomed."""

from collections.abc import Sequence

import numpy as np
import shapely
from bokeh.models import (
    ColumnDataSource,
    HoverTool,
    LabelSet,
    Metric,
    PanTool,
    Range1d,
    ScaleBar,
    WheelZoomTool,
)
from bokeh.plotting import figure

from ..drawing.palette import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION
from ..drawing.polar_map import Extent, extent_around
from ..geo.coast import coastline
from ..geo.polar import PolarPlane, forward
from .outlines import GRIDS, SCENES, SWATHS, TRAINING, Outline, Outlines, places_of
from .parts import Plot, Switch
from .words import counted

LAND, NET, SEA, BLACK = "#d9d6ce", "#b9c2c9", "#ffffff", "#000000"
#: From the pole to the edge of the map of a whole polar region [m].
REGION_M = 4_300e3
#: Least width of the map that opens [m].
LEAST_WIDTH_M = 250e3
#: A finer shore is drawn within so much of the run [m].
NEAR_M = 700e3
#: Colours of tracks in the order of their layers' names.
TRACK_COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE)
GREY = "#9aa0a6"
#: Steps of the net [degree of latitude, of longitude] by the width of the map [m].
NETS = ((400e3, (1.0, 5.0)), (1_500e3, (2.0, 10.0)), (np.inf, (10.0, 30.0)))
#: The net ends at this latitude, and its meridians so far from the pole [degree].
LOWEST, POLE_GAP = 40.0, 2.0
NAME = "overview"
#: What is named so is hidden where the map is much wider than when it opened.
NEAR = "near"


def map_plot(found: Outlines) -> Plot:
    """Return the interactive map of outlines."""
    extent = extent_around(*places_of(found.shown), margin=0.15, least=LEAST_WIDTH_M)
    plot = _empty_map(extent)
    _draw_land(plot, found.plane, extent)
    _draw_net(plot, found.plane, extent)
    layers = _layers(found.shown)
    for k, (layer, members) in enumerate(layers.items()):
        _draw_layer(plot, f"layer-{k}", layer, members, _colour(layer, list(layers)))
    switches = [
        Switch("the run", NAME, ranges=(*extent[:2], *extent[2:])),
        Switch(
            "the whole Arctic" if found.plane.hemisphere > 0 else "the whole Antarctic", NAME,
            ranges=(-REGION_M, REGION_M, -REGION_M, REGION_M),
        ),
    ]  # fmt: skip
    switches += [
        Switch(f"{layer} ({len(members)})", f"layer-{k}", _colour(layer, list(layers)))
        for k, (layer, members) in enumerate(layers.items())
    ]
    return Plot(
        NAME, plot, _caption(found), "Map of scenes, tracks and swaths", switches,
        inset=_svg_path(found.plane), inset_mark=_mark(extent),
    )  # fmt: skip


def _caption(found: Outlines) -> str:
    words = (
        f"Where the run lies, on {found.plane.crs}. Drag to move, turn the wheel to zoom; point at "
        "an outline to read which file it is and when it was taken; the buttons show and hide. "
        "Lengths on the plane are true at 70° and up to 4 % off elsewhere poleward of 60°."
    )
    if found.left_out:
        words += f" {counted(found.left_out, 'product')} more are not drawn."
    return words


def _empty_map(extent: Extent) -> figure:
    # Equal ranges need a square frame, from which a toolbar would take.
    plot = figure(
        name=NAME, x_range=Range1d(*extent[:2]), y_range=Range1d(*extent[2:]),
        sizing_mode="scale_width", aspect_ratio=1.0, width=760, min_border=0,
        background_fill_color=SEA, outline_line_color="#6b7075", toolbar_location=None, tools=[],
    )  # fmt: skip
    wheel = WheelZoomTool()
    plot.add_tools(PanTool(), wheel)
    plot.toolbar.active_scroll = wheel
    plot.axis.visible = False
    plot.grid.visible = False
    plot.add_layout(ScaleBar(
        range=plot.x_range, unit="m", dimensional=Metric(base_unit="m", include=["m", "km"]),
        orientation="horizontal", location="bottom_right", background_fill_alpha=0.8,
        border_line_color=None, bar_length=0.2,
    ))  # fmt: skip
    return plot


def _draw_land(plot: figure, plane: PolarPlane, extent: Extent) -> None:
    """Draw land, finer near the run; without a shoreline, for finer and coarser parts meet."""
    near = shapely.box(
        extent.left - NEAR_M, extent.bottom - NEAR_M, extent.right + NEAR_M, extent.top + NEAR_M
    )
    coarse = shapely.difference(_polygons(plane, "l"), near)
    fine = shapely.intersection(_polygons(plane, "i"), near)
    rings = shapely.get_exterior_ring(_parts(np.append(coarse, fine)))
    corners = [shapely.get_coordinates(ring).astype(np.float32) for ring in rings]
    xs, ys = ([ring[:, k] for ring in corners] for k in (0, 1))
    plot.patches(xs, ys, fill_color=LAND, line_color=LAND, line_width=0.5)


def _polygons(plane: PolarPlane, resolution: str) -> np.ndarray:
    return shapely.make_valid([shapely.Polygon(ring) for ring in coastline(plane, resolution)])


def _parts(geometries: np.ndarray) -> np.ndarray:
    """Return the areas among geometries, one polygon each."""
    parts = shapely.get_parts(shapely.get_parts(geometries))
    return parts[shapely.area(parts) > 0.0]


def _draw_net(plot: figure, plane: PolarPlane, extent: Extent) -> None:
    """Draw meridians and parallels, finer ones near the run with their names at its edges."""
    width = extent.right - extent.left
    lines = _net(plane, *next(steps for most, steps in NETS if width <= most))
    around = shapely.box(
        extent.left - width, extent.bottom - width, extent.right + width, extent.top + width
    )
    near = shapely.intersection([shapely.LineString(line) for line in lines.values()], around)
    whole = list(_net(plane, *NETS[-1][1]).values())
    for name, drawn in (("", whole), (NEAR, [p.coords for p in shapely.get_parts(near)])):
        corners = [np.asarray(line, dtype=np.float32) for line in drawn if len(line) > 1]
        xs, ys = ([line[:, k] for line in corners] for k in (0, 1))
        plot.multi_line(xs, ys, line_color=NET, line_width=0.6, name=name)
    named = [(words, *at) for words, line in lines.items() if (at := _leaves(line, extent))]
    words, x, y = (list(column) for column in zip(*named, strict=True)) if named else ([], [], [])
    plot.add_layout(LabelSet(
        x="x", y="y", text="words", source=ColumnDataSource({"x": x, "y": y, "words": words}),
        text_color="#5d656b", text_font_size="11px", x_offset=4, y_offset=3, name=NEAR,
        background_fill_color=SEA, background_fill_alpha=0.7,
    ))  # fmt: skip


def _net(plane: PolarPlane, latitude_step: float, longitude_step: float) -> dict[str, np.ndarray]:
    """Return the lines (n, 2) [m] of a net, by their names."""
    sign = plane.hemisphere
    around = np.linspace(-180.0, 180.0, 361)
    outward = np.linspace(90.0 - POLE_GAP, LOWEST, 61)
    lines = {}
    for latitude in np.arange(LOWEST, 90.0, latitude_step):
        x, y = forward(plane, around, np.full(around.shape, sign * latitude))
        lines[f"{latitude:g}° {'N' if sign > 0 else 'S'}"] = np.stack([x, y], axis=-1)
    for longitude in np.arange(-180.0, 180.0, longitude_step):
        x, y = forward(plane, np.full(outward.shape, longitude), sign * outward)
        lines[_meridian(longitude)] = np.stack([x, y], axis=-1)
    return lines


def _meridian(longitude: float) -> str:
    side = "" if longitude in (0.0, -180.0) else " E" if longitude > 0 else " W"
    return f"{abs(longitude):g}°{side}"


def _leaves(line: np.ndarray, extent: Extent) -> tuple[float, float] | None:
    """Return where a line crosses the left or lower edge of a map; None where it does not."""
    edges = shapely.LineString(
        [(extent.left, extent.top), (extent.left, extent.bottom), (extent.right, extent.bottom)]
    )
    crossing = shapely.get_coordinates(shapely.intersection(shapely.LineString(line), edges))
    return (float(crossing[0, 0]), float(crossing[0, 1])) if len(crossing) else None


def _layers(shown: Sequence[Outline]) -> dict[str, list[Outline]]:
    """Return outlines by layer: areas below lines, those of training at the bottom."""
    layers: dict[str, list[Outline]] = {}
    for outline in sorted(shown, key=lambda o: (not o.training, not o.closed, o.layer)):
        layers.setdefault(TRAINING if outline.training else outline.layer, []).append(outline)
    return layers


def _colour(layer: str, layers: Sequence[str]) -> str:
    fixed = {SCENES: BLACK, SWATHS: SKY, GRIDS: PURPLE, TRAINING: GREY}
    if layer in fixed:
        return fixed[layer]
    tracks = sorted(name for name in layers if name not in fixed)
    return TRACK_COLOURS[tracks.index(layer) % len(TRACK_COLOURS)]


def _draw_layer(
    plot: figure, name: str, layer: str, members: Sequence[Outline], colour: str
) -> None:
    """Draw outlines under one name; only lines answer, so that what lies below can be read too."""
    quiet = layer == TRAINING
    areas = [line.astype(np.float32) for o in members if o.closed for line in o.lines]
    if areas and not quiet:
        xs, ys = ([line[:, k] for line in areas] for k in (0, 1))
        plot.patches(xs, ys, fill_color=colour, fill_alpha=0.05, line_color=None, name=name)
    lines = [(o, line.astype(np.float32)) for o in members for line in o.lines]
    source = ColumnDataSource({
        "xs": [line[:, 0] for _, line in lines],
        "ys": [line[:, 1] for _, line in lines],
        "file": [o.name for o, _ in lines],
        "when": [o.when for o, _ in lines],
        "what": [o.layer for o, _ in lines],
        "width": [1.0 if quiet else 1.8 if o.closed else 2.8 for o, _ in lines],
    })  # fmt: skip
    drawn = plot.multi_line(
        "xs", "ys", source=source, line_color=colour, line_width="width", name=name,
        hover_line_color=BLACK, hover_line_width=4.0,
    )  # fmt: skip
    plot.add_tools(HoverTool(
        renderers=[drawn], tooltips=[("", "@what"), ("file", "@file"), ("taken", "@when")],
        visible=False,
    ))  # fmt: skip


def _svg_path(plane: PolarPlane) -> str:
    """Return the land of the polar region as a path in a square of 100 by 100."""
    pieces = []
    for ring in coastline(plane, "c"):
        x, y = _in_inset(ring[:, 0], ring[:, 1])
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
        pieces.append(f"M{points}Z")
    return "".join(pieces)


def _mark(extent: Extent) -> tuple[float, float, float, float]:
    """Return left, top, width and height of a map within the square of the polar region."""
    x, y = _in_inset(np.array(extent[:2]), np.array(extent[2:]))
    return float(x[0]), float(y[1]), float(x[1] - x[0]), float(y[0] - y[1])


def _in_inset(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return 50.0 * (1.0 + x / REGION_M), 50.0 * (1.0 - y / REGION_M)
