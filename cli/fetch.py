"""``iceco fetch``: words into a search, one call, and what came."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from ..fetch.archives import search
from ..fetch.area import parse_area
from ..fetch.period import iso, parse_period
from ..fetch.products import offer_of
from ..fetch.remote import Remote
from ..fetch.run import Outcome, divide, fetch

INTERRUPTED = 130  # exit code of a program ended by Ctrl-C, as shells have it


def fetch_product(
    product: str,
    area: str,
    period: tuple[str, str],
    out: Path,
    provider: str | None,
    workers: int,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Fetch a product of an area and a period, or say what would be fetched."""
    known, offer = offer_of(product, provider)
    asked, when = parse_area(area), parse_period(*period)
    for client in ("eodag", "earthaccess"):  # what went wrong is said once, by iceco
        logging.getLogger(client).addHandler(logging.NullHandler())
    found = search(known, offer, asked, when)
    if dry_run:
        _say_plan(found.remotes, out, offer.provider, as_json)
        return
    try:
        with _bytes_bar() as progress:
            outcome = fetch(found, out, workers, progress)
    except KeyboardInterrupt as stop:
        typer.echo("iceco: stopped; start again to go on from here", err=True)
        raise typer.Exit(INTERRUPTED) from stop
    _say_outcome(outcome, out, offer.provider, as_json)


@contextmanager
def _bytes_bar() -> Iterator[Callable[[int, int], None]]:
    """Hand out a function of (bytes done, bytes in all) that draws a bar on a terminal."""
    columns = (
        TextColumn("fetching"), BarColumn(), DownloadColumn(), TransferSpeedColumn(),
        TimeRemainingColumn(),
    )  # fmt: skip
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, disable=not sys.stderr.isatty(), transient=True
    ) as bar:
        task = bar.add_task("fetching", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


def _say_plan(remotes: list[Remote], out: Path, provider: str, as_json: bool) -> None:
    there, missing = divide(remotes, out)
    if as_json:
        files = [_told(remote) | {"there": remote in there} for remote in remotes]
        typer.echo(json.dumps({"provider": provider, "files": files}, indent=1))
        return
    for remote in remotes:
        size = "size unknown" if remote.size is None else decimal(remote.size)
        typer.echo(f"{remote.name}  {iso(remote.start)}  {size:>12s}")
    typer.echo(
        f"{_count(remotes)} at {provider}, of which {len(there)} are in {out}; "
        f"{_amount(missing)} to come; nothing written"
    )


def _say_outcome(outcome: Outcome, out: Path, provider: str, as_json: bool) -> None:
    for failure in outcome.failures:
        typer.echo(f"left out: {failure.reason}", err=True)
    if as_json:
        told: dict[str, Any] = {
            "provider": provider,
            "out": str(out),
            "fetched": [_told(remote) for remote in outcome.fetched],
            "there": [_told(remote) for remote in outcome.there],
            "failures": [failure._asdict() for failure in outcome.failures],
        }
        typer.echo(json.dumps(told, indent=1))
        return
    if not (outcome.fetched or outcome.there or outcome.failures):
        typer.echo(f"{provider} has nothing of this area and time")
        return
    typer.echo(
        f"wrote {out}: {_count(outcome.fetched)} ({_amount(outcome.fetched)}); "
        f"{len(outcome.there)} were there"
    )


def _told(remote: Remote) -> dict[str, Any]:
    return {
        "name": remote.name,
        "source": remote.source,
        "start": iso(remote.start),
        "end": iso(remote.end),
        "size": remote.size,
        "checksum": remote.checksum,
    }


def _count(remotes: list[Remote]) -> str:
    return "1 file" if len(remotes) == 1 else f"{len(remotes)} files"


def _amount(remotes: list[Remote]) -> str:
    """Return the bytes of files; at least so many, where the archive says nothing of some."""
    known = sum(remote.size or 0 for remote in remotes)
    at_least = "at least " if any(remote.size is None for remote in remotes) else ""
    return f"{at_least}{decimal(known)}"
