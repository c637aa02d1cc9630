"""What stands on a figure: words, arrows, dots, limits of colours."""

from matplotlib.cm import ScalarMappable
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.quiver import Quiver, QuiverKey
from matplotlib.text import Text


def words_of(figure: Figure) -> set[str]:
    """Every text that is not empty, once the figure is laid out."""
    figure.draw_without_rendering()
    keys = {key.text.get_text() for key in figure.findobj(QuiverKey)}
    return keys | {text.get_text() for text in figure.findobj(Text) if text.get_text()}


def arrows_of(figure: Figure) -> list[int]:
    """How many arrows each field of arrows has."""
    return [quiver.N for quiver in figure.findobj(Quiver)]


def limits_of(figure: Figure, name: str) -> list[tuple[float, float]]:
    """Limits of the colours of everything that is drawn in a map of colours of a name."""
    figure.draw_without_rendering()
    return [
        shown.get_clim()
        for shown in figure.findobj(lambda artist: isinstance(artist, ScalarMappable))
        if shown.get_array() is not None and shown.get_cmap().name == name
    ]


def dots_of(figure: Figure, name: str) -> list[int]:
    """How many dots each scatter in a map of colours of a name has."""
    return [
        len(dots.get_offsets())
        for axes in figure.axes
        for dots in axes.collections
        if isinstance(dots, PathCollection) and dots.get_array() is not None
        if dots.get_cmap().name == name
    ]


def smallest_letters(figure: Figure) -> float:
    """Size of the smallest letters [points]."""
    figure.draw_without_rendering()
    return min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text())
