"""What a page is made of: sections of pictures, plots, tables and notes; texts are not yet HTML."""

import base64
import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from matplotlib.figure import Figure

#: Resolution of pictures drawn for the page: about twice that of a plain screen.
DOTS_PER_INCH = 220
#: Pixels of the page for an inch of a figure: letters of 8 points become those of 10.
PIXELS_PER_INCH = 120.0
#: Resolution of a picture that does not tell its own, and the widest that is shown [pixel].
ASSUMED_DOTS_PER_INCH, WIDEST = 200.0, 920  # assumed
#: Pictures that lie in the folder are no larger [byte].
LARGEST_PICTURE = 4 << 20
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Picture:
    """A PNG inside the page."""

    source: str  #: data URI
    width: int  #: on the page [pixel]
    alt: str
    caption: str

    kind: ClassVar[str] = "picture"


class Switch(NamedTuple):
    """A button of a plot, by which something of it is shown or hidden, or its ranges set."""

    words: str
    target: str  #: name of the model in the plot
    colour: str = ""  #: of the swatch; "" for buttons that set ranges
    ranges: tuple[float, float, float, float] | None = None  #: x from, to, y from, to


@dataclass(frozen=True)
class Plot:
    """An interactive plot."""

    name: str
    model: Any  #: of Bokeh
    caption: str
    label: str  #: what a screen reader says of it
    switches: Sequence[Switch] = ()
    inset: str = ""  #: path of an SVG of 100 x 100 that says where a map lies
    inset_mark: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)

    kind: ClassVar[str] = "plot"


@dataclass(frozen=True)
class Table:
    """Rows of texts, the first column their names."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str
    strong: frozenset[tuple[int, int]] = frozenset()  #: (row, column) of the best
    folded: str = ""  #: words under which the table is folded; "" for one that is open
    look: str = ""  #: "prose" for a table of texts

    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Note:
    """What is missing, and what would make it."""

    words: str
    command: str = ""

    kind: ClassVar[str] = "note"


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    words: str

    kind: ClassVar[str] = "words"


Part = Picture | Plot | Table | Note | Words


class Section(NamedTuple):
    """A chapter of the page."""

    name: str  #: within the page's address
    title: str
    parts: Sequence[Part]


def drawn(figure: Figure, alt: str, caption: str) -> Picture:
    """Return a figure as a picture of the page."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH)
    return _picture(buffer.getvalue(), alt, caption)


def found(path: Path, alt: str, caption: str) -> Picture:
    """Return a PNG of the folder as a picture of the page.

    Raises
    ------
    ValueError
        If it is none, or too large for a page.
    """
    size = path.stat().st_size
    if size > LARGEST_PICTURE:
        raise ValueError(f"{path}: is larger than {LARGEST_PICTURE >> 20} MiB, too much for a page")
    content = path.read_bytes()
    if not content.startswith(PNG) or not content.endswith(b"IEND\xaeB`\x82"):
        raise ValueError(f"{path}: is no PNG picture, or cut off; draw it again")
    return _picture(content, alt, caption)


def _picture(content: bytes, alt: str, caption: str) -> Picture:
    (pixels,) = struct.unpack(">I", content[16:20])  # of the header that a PNG begins with
    inches = pixels / _dots_per_inch(content)
    source = "data:image/png;base64," + base64.b64encode(content).decode("ascii")
    return Picture(source, round(min(PIXELS_PER_INCH * inches, WIDEST)), alt, caption)


def _dots_per_inch(content: bytes) -> float:
    """Return the resolution that a PNG tells in its chunk pHYs, in pixels a metre."""
    place = content.find(b"pHYs", 0, content.find(b"IDAT"))
    if place < 0:
        return ASSUMED_DOTS_PER_INCH
    per_metre, _, unit = struct.unpack(">IIB", content[place + 4 : place + 13])
    return 0.0254 * per_metre if unit == 1 and per_metre > 0 else ASSUMED_DOTS_PER_INCH
