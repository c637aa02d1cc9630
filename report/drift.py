"""How the ice moved between scenes, as vectors followed from one to the other."""

from pathlib import Path

from ..drift.figures import plot_vectors
from ..products.recognise import open_product
from .find import Attempt, Holdings
from .parts import Part, Picture, Section, Words, drawn
from .words import counted

#: Files of which a picture is shown.
MOST_SHOWN = 3


def drift_section(held: Holdings, attempt: Attempt) -> Section:
    """Return pictures of the files of vectors; none is missed where there is none."""
    paths = [path for path, kind in held.products.items() if kind == "vectors"]
    shown = [attempt(path, _picture, path, held) for path in paths[:MOST_SHOWN]]
    parts: list[Part] = [picture for picture in shown if picture is not None]
    if len(paths) > MOST_SHOWN:
        more = counted(len(paths) - MOST_SHOWN, "more file")
        parts.append(Words(f"{more} of vectors: not drawn."))
    return Section("drift", "How the ice moved", parts)


def _picture(path: Path, held: Holdings) -> Picture:
    figure = plot_vectors(open_product(path))
    words = (
        f"{held.name(path)}: (a) how far the ice went between the two scenes, arrows to the scale "
        "of their key and coloured by mean speed; (b) the standard deviation of a component, the "
        "doubtful ringed. Crosses are vectors that were rejected, as beside opening leads, where "
        "what was to be found again has changed."
    )
    return drawn(figure, "Drift vectors between two scenes and their uncertainty", words)
