"""Arrows of displacements on a map, with a key that says how long they are on the ground."""

from typing import Any

import numpy as np
from matplotlib.colors import Colormap

from .panels import length_words, round_length

#: Arrows of this percentile of all lengths reach to the next.
LONG_PERCENT = 90.0
#: Length below which ice counts as at rest [m].
AT_REST_M = 1.0


def draw_arrows(
    axes: Any,
    places: tuple[np.ndarray, np.ndarray],
    displacements: tuple[np.ndarray, np.ndarray],
    spacing: float,
    colours: np.ndarray | str = "black",
    colour_map: Colormap | None = None,
) -> Any:
    """Draw displacements as arrows, and above the panel a key.

    Parameters
    ----------
    axes : matplotlib Axes
        Of x and y of a plane [km].
    places, displacements : tuples of two arrays (n,), float [m]
        x and y where arrows begin, and along x and y; all known, n >= 1.
    spacing : float [m]
        Between the beginnings of neighbours.
    colours : array (n,) or str
        What the colours of the arrows stand for, or one colour.
    colour_map : Colormap, optional

    Returns
    -------
    matplotlib Quiver
    """
    dx, dy = displacements
    longest = max(float(np.percentile(np.hypot(dx, dy), LONG_PERCENT)), AT_REST_M)
    by_value = {} if isinstance(colours, str) else {"cmap": colour_map}
    values = () if isinstance(colours, str) else (colours,)
    arrows = axes.quiver(
        *(place / 1e3 for place in places), dx / 1e3, dy / 1e3, *values, angles="xy",
        scale_units="xy", scale=longest / spacing, width=5e-3, edgecolor="white",
        linewidth=0.3, zorder=40, **by_value, **({"color": colours} if not values else {}),
    )  # fmt: skip
    key = round_length(longest)
    axes.quiverkey(
        arrows, 0.86, 1.03, key / 1e3, length_words(key), labelpos="W", color="black",
        fontproperties={"size": 7.0}, labelsep=0.05,
    )  # fmt: skip
    return arrows
