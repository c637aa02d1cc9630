"""Colours: lines that everyone tells apart, and one perceptual map for each quantity.

Maps change evenly in lightness; only those of differences have two hues, white at zero.

References
----------
Okabe, M., and Ito, K. (2008), Color universal design: how to make figures and presentations that
are friendly to colorblind people.
"""

from collections.abc import Callable, Iterable
from itertools import cycle
from typing import Any, NamedTuple

from .colour_maps import colour_map

#: Colours of lines (Okabe and Ito 2008), without their yellow, which is lost on white, and with a
#: grey for their black, which is the reference's.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#808080")
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, GREY = COLOURS
#: Strokes and markers, as many as keep pairs with a colour apart.
STROKES = ("-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)), (0, (3, 3)))
MARKERS = "osD^vP*X"

#: What a measurement that judges others is drawn in, and where there is none.
REFERENCE_COLOUR = "black"
MISSING_COLOUR = "0.90"
LAND_COLOUR, SHORE_COLOUR = "0.82", "0.45"
BOUND_COLOUR = "0.55"  # of lower bounds

#: One map for each quantity (Thyng et al. 2016; see ``colour_maps``).
FREEBOARD = colour_map("haline")
SIGMA = colour_map("matter")
DIFFERENCE = colour_map("balance")
BACKSCATTER = colour_map("gray")
DISTANCE = colour_map("deep")
POWER = colour_map("thermal")
PROBABILITY = colour_map("amp")
DRIFT_SPEED = colour_map("speed")
DENSITY = colour_map("dense")  # how many


class Style(NamedTuple):
    """How one of several things is drawn."""

    colour: str
    stroke: Any
    marker: str
    order: int  #: greater ones lie in front


def styles(names: Iterable[str]) -> Callable[[str], Style]:
    """Return a function of a name that gives how it is drawn; the first name lies in front."""
    listed = list(names)
    looks = zip(listed, cycle(COLOURS), cycle(STROKES), cycle(MARKERS), strict=False)
    behind = 10 + len(listed)
    table = {
        name: Style(colour, stroke, marker, behind - k)
        for k, (name, colour, stroke, marker) in enumerate(looks)
    }
    return table.__getitem__
