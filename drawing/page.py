"""How large figures and their letters are: for the columns of a journal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

#: Widths of a figure over two columns and over one [inch]: 183 and 89 mm.
FULL_WIDTH, COLUMN_WIDTH = 7.2, 3.5

#: Settings of matplotlib; it knows each key as a type of its own.
PAPER: Any = {
    "font.size": 8.0,
    "axes.titlesize": 8.0,
    "axes.titlelocation": "left",
    "axes.titlepad": 4.0,
    "axes.labelsize": 8.0,
    "axes.labelpad": 2.5,
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.fontsize": 7.0,
    "legend.title_fontsize": 7.0,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "figure.titlesize": 8.0,
    "lines.linewidth": 1.2,
    "grid.color": "0.90",
    "grid.linewidth": 0.5,
    "image.interpolation": "nearest",
    "mathtext.default": "regular",
}


@contextmanager
def on_paper() -> Iterator[None]:
    """Draw in the sizes of a journal; also a decorator of functions that draw."""
    with mpl.rc_context(PAPER):
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a width and height [inch] that lays its panels out itself."""
    layout = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.04, wspace=0.02, hspace=0.02)
    return Figure(figsize=(width, height), layout=layout)
