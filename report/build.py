"""A folder to a page: what is found, section by section."""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from .. import __version__
from ..collocate.progress import Watch, unwatched
from .drift import drift_section
from .echoes import echoes_section
from .find import Holdings, attempts, find
from .freeboard import freeboard_section
from .headline import headline_section, subtitle
from .lead_scores import lead_scores_section
from .outlines import Outlines, outlines
from .overview import map_plot
from .page import Heading, write_page
from .parts import Note, Section
from .passes import collocated
from .provenance import inputs_of, provenance_section, troubles_section
from .scene import scene_section
from .words import now_words


class Report(NamedTuple):
    """What was written."""

    path: Path
    size: int  #: byte
    notes: list[str]  #: what is missing
    troubles: list[str]  #: what could not be used


def report(folder: Path, out: Path, watch: Watch = unwatched) -> Report:
    """Write what a folder holds as one HTML page.

    Parameters
    ----------
    folder : Path
    out : Path
        Appears whole or not at all.
    watch : Watch

    Returns
    -------
    Report

    Raises
    ------
    ValueError
        If there is nothing of iceco's in the folder, or ``out`` cannot be written.
    """
    if folder.is_dir() and not out.parent.is_dir():
        raise ValueError(f"{out}: there is no folder {out.parent} to write it in")
    if out.is_dir():
        raise ValueError(f"{out}: is a folder; name a file that ends in .html")
    with watch("looking around") as progress:
        held = find(folder, progress)
    sections, heading = _sections(held, watch)
    write_page(heading, sections, out)
    notes = [p.words for s in sections for p in s.parts if isinstance(p, Note)]
    troubles = [f"{name}: {reason}" for name, reason in held.troubles]
    return Report(out, out.stat().st_size, notes, troubles)


def _sections(held: Holdings, watch: Watch) -> tuple[list[Section], Heading]:
    attempt = attempts(held)
    inputs = [i.place for i in inputs_of(held).values() if i.place is not None]
    found = outlines(held, inputs, watch, attempt)
    scenes = {path.name.partition(".")[0]: path for path in (*held.products, *inputs)}
    known = collocated(held, attempt)
    sections = [
        headline_section(held),
        _map_section(found),
        *_if_any(drift_section(held, attempt)),
        scene_section(known, scenes, attempt),
        echoes_section(known, attempt),
        lead_scores_section(held, attempt),
        freeboard_section(held, attempt),
        provenance_section(held, watch, attempt),
    ]
    sections += _if_any(troubles_section(held))  # last: the others add to it
    made = f"Made on {now_words(datetime.now(UTC))} by iceco {__version__}"
    heading = Heading(f"iceco report: {held.folder.resolve().name}", subtitle(held, found), made)
    return sections, heading


def _if_any(section: Section) -> list[Section]:
    return [section] if section.parts else []


def _map_section(found: Outlines | None) -> Section:
    if found is None:
        note = Note(
            "No scene, track or swath lies in this folder, or where its collocations found them.",
            "iceco simulate world",
        )
        return Section("where", "Where", [note])
    return Section("where", "Where", [map_plot(found)])
