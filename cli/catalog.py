"""``iceco catalog``: index an archive."""

import json
from pathlib import Path

import typer

from ..collocate.archive import gather
from ..collocate.catalogue import write_entries
from ..collocate.catalogue_figure import plot_catalogue
from ..drawing.saving import save_figure
from .progress import over


def write_catalogue(folders: list[Path], out: Path, figure: Path | None, as_json: bool) -> None:
    """Index what is in some folders, write the catalogue, draw it and say what is in it."""
    with over("indexing") as progress:
        catalogue = gather(folders, progress)
    write_entries(catalogue.entries, out)
    if figure is not None:
        save_figure(plot_catalogue(catalogue.entries), figure)
    kinds = catalogue.entries["kind"].value_counts()
    result = {
        "catalogue": str(out),
        "tracks": int(kinds.get("track", 0)),
        "scenes": int(kinds.get("scene", 0)),
        "failures": [failure._asdict() for failure in catalogue.failures],
    }
    if as_json:
        typer.echo(json.dumps(result, indent=1))
        return
    for failure in catalogue.failures:
        typer.echo(f"left out: {failure.reason}", err=True)
    typer.echo(f"wrote {out}: {result['tracks']} tracks, {result['scenes']} scenes")
