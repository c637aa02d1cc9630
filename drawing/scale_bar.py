"""A bar of a round length, and an arrow to the north: how large, and which way up."""

from typing import Any

import numpy as np
from matplotlib.offsetbox import AnchoredOffsetbox, AuxTransformBox, TextArea, VPacker
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from ..geo.polar import PolarPlane, inverse, scale_factor
from .panels import length_words, round_length

#: A bar is the round length at or below this share of a panel's width.
SHARE = 0.28
#: Height of a bar as a share of the panel's height.
THICKNESS = 0.014
CORNERS = {"upper right": (0.90, 0.89), "upper left": (0.10, 0.89),
           "lower right": (0.90, 0.11), "lower left": (0.10, 0.11)}  # fmt: skip
#: Length of an arrow as a share of the panel's smaller side.
ARROW = 0.09


def add_scale_and_north(
    axes: Any,
    plane: PolarPlane,
    metres_per_unit: float = 1e3,
    corners: tuple[str, str] = ("lower right", "upper right"),
) -> None:
    """Draw scale bar and north arrow on a map of a plane, true in its middle.

    Parameters
    ----------
    axes : matplotlib Axes
        Of x and y of the plane; its limits are set.
    plane : PolarPlane
    metres_per_unit : float
        Length of a unit of the axes on the plane [m].
    corners : tuple of str
        Of the bar and of the arrow.
    """
    middle = (metres_per_unit * float(np.mean(limits)) for limits in _limits(axes))
    _, latitude = inverse(plane, *(np.asarray(m) for m in middle))
    add_scale_bar(axes, metres_per_unit / float(scale_factor(plane, latitude)), corners[0])
    add_north_arrow(axes, plane, corners[1])


def add_scale_bar(axes: Any, metres_per_unit: float, corner: str = "lower right") -> float:
    """Draw a bar of a round length in a corner of a panel whose limits are set.

    Parameters
    ----------
    axes : matplotlib Axes
    metres_per_unit : float
        Length of a unit of the x axis on the ground [m].
    corner : str
        "lower right" and so on.

    Returns
    -------
    float
        The length of the bar on the ground [m].
    """
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    length = round_length(SHARE * abs(right - left) * metres_per_unit)
    bar = AuxTransformBox(axes.transData)
    height = THICKNESS * abs(top - bottom)
    for k, colour in enumerate(("black", "white")):  # two halves, seen on dark and bright
        half = 0.5 * length / metres_per_unit
        bar.add_artist(
            Rectangle((k * half, 0.0), half, height, facecolor=colour, edgecolor="black", lw=0.5)
        )
    words = TextArea(length_words(length), textprops={"fontsize": 7.0})
    packed = VPacker(children=[words, bar], align="center", pad=0, sep=2)
    box = AnchoredOffsetbox(corner, child=packed, pad=0.35, borderpad=0.5, frameon=True)
    box.patch.set(facecolor="white", alpha=0.8, linewidth=0.0)
    box.set_zorder(60)
    axes.add_artist(box)
    return length


def add_north_arrow(
    axes: Any, plane: PolarPlane, corner: str = "upper right"
) -> tuple[float, float]:
    """Draw an arrow that points north at the middle of a map whose limits are set.

    Parameters
    ----------
    axes : matplotlib Axes
        Of x and y of the plane.
    plane : PolarPlane
    corner : str

    Returns
    -------
    tuple of float
        The direction of north along x and y, of length one; at the pole none.
    """
    middle = np.array([np.mean(limits) for limits in _limits(axes)])
    away = middle / max(float(np.hypot(*middle)), 1e-9)
    north = -plane.hemisphere * away
    sides = [abs(float(np.diff(limits)[0])) for limits in _limits(axes)]
    share = ARROW * min(sides) / np.array(sides)
    tip = np.array(CORNERS[corner]) + 0.4 * north * share
    tail = tip - north * share
    axes.annotate(
        "", tip, tail, xycoords="axes fraction", zorder=61,
        arrowprops={
            "arrowstyle": "-|>", "linewidth": 1.0, "facecolor": "black", "shrinkA": 0,
            "shrinkB": 0, "path_effects": [withStroke(linewidth=3.0, foreground="white")],
        },
    )  # fmt: skip
    axes.text(
        *(tip + 0.35 * north * share), "N", transform=axes.transAxes, fontsize=7.0, ha="center",
        va="center", zorder=61, bbox={"facecolor": "white", "alpha": 0.8, "pad": 0.8, "lw": 0.0},
    )  # fmt: skip
    return float(north[0]), float(north[1])


def _limits(axes: Any) -> tuple[tuple[float, float], tuple[float, float]]:
    return axes.get_xlim(), axes.get_ylim()
