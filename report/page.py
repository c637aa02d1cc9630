"""Sections to one HTML file that needs nothing else: no server, no network, no other file."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from bokeh.embed import components
from bokeh.resources import Resources
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ..products.beside import written_beside
from .parts import Plot, Section


class Heading(NamedTuple):
    """What stands above all sections."""

    title: str
    subtitle: str
    made: str  #: when and by what the page was made


def write_page(heading: Heading, sections: Sequence[Section], path: Path) -> None:
    """Write a page; it appears whole or not at all.

    All texts of sections are escaped here, and those inside of plots by Bokeh: names of files and
    what files say of themselves may be anything.

    Raises
    ------
    ValueError
        If the folder of ``path`` does not exist.
    """
    with written_beside(path) as part:
        part.write_text(page(heading, sections), encoding="utf-8")


def page(heading: Heading, sections: Sequence[Section]) -> str:
    """Return a page as HTML."""
    plots = {p.name: p for section in sections for p in section.parts if isinstance(p, Plot)}
    script, divisions = _embedded({name: plot.model for name, plot in plots.items()})
    # Texts come from files: everything that is not Markup is escaped.
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True)  # fmt: skip
    source = (files(__package__) / "page.html").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        heading=heading, sections=sections, script=Markup(script), divisions=divisions,  # noqa: S704 - by Bokeh
        library=Markup(_library()) if plots else "",  # noqa: S704 - Bokeh itself
    )  # fmt: skip


def _embedded(models: dict[str, Any]) -> tuple[str, dict[str, Markup]]:
    if not models:
        return "", {}
    script, divisions = components(models)
    return script, {name: Markup(division) for name, division in divisions.items()}  # noqa: S704


def _library() -> str:
    """Return Bokeh without widgets and tables, as script elements that hold all of it."""
    return Resources(mode="inline", components=["bokeh"]).render_js()
