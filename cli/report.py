"""``iceco report``: what a folder of results holds, as one page."""

import json
from pathlib import Path

import typer

from ..report.build import report
from . import progress


def write_report(folder: Path, out: Path | None, as_json: bool) -> None:
    """Write the page of a folder, by default into it, and say what it lacks."""
    made = report(folder, out or folder / "report.html", progress.over)
    if as_json:
        typer.echo(json.dumps({**made._asdict(), "path": str(made.path)}, indent=1))
        return
    for words in made.troubles:
        typer.echo(f"could not be used: {words}", err=True)
    for words in made.notes:
        typer.echo(f"missing: {words}")
    typer.echo(f"wrote {made.path}, {made.size / 1e6:.1f} MB: open it in a browser")
