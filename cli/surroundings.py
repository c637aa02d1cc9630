"""The commands around the measurement: getting data, looking at results, the state of the house."""

from pathlib import Path
from typing import Annotated

import typer

from .options import Json

commands = typer.Typer()


@commands.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the files made and the result.")] = Path(
        "demo-output"
    ),
) -> None:
    """Simulate a small world, collocate it, train on others, and map its freeboard beside SWOT."""
    from .demo import run_demo

    run_demo(out)


@commands.command()
def doctor(as_json: Json = False) -> None:
    """Say versions, threads, GPU and folders: what to send with a question.

    Example: iceco doctor
    """
    from .doctor import examine

    examine(as_json)
