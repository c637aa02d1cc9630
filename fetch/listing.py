"""``_fetched.json``: what lies in a folder, from where it came, and that it was checked.

The underscore hides it, and ``_failures.json`` beside it, from readers of folders.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from ..products.beside import written_beside
from .check import DamagedError, verified
from .period import iso
from .remote import Remote

LISTING = "_fetched.json"
FAILURES = "_failures.json"


class Entry(NamedTuple):
    """A file that came whole."""

    size: int  #: bytes
    checksum: str  #: "algorithm:digest"
    source: str  #: what the archive calls it
    fetched: str  #: when, UTC


class Failure(NamedTuple):
    """A file that did not come."""

    name: str
    source: str
    reason: str


def read_listing(folder: Path) -> dict[str, Entry]:
    """Return what a folder lists, by name; nothing where there is no listing.

    Raises
    ------
    ValueError
        If the listing is damaged.
    """
    path = folder / LISTING
    if not path.exists():
        return {}
    try:
        return {name: Entry(**entry) for name, entry in json.loads(path.read_text()).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path}: is damaged; delete it, and what is beside it is checked again"
        ) from error


def write_listing(folder: Path, entries: dict[str, Entry]) -> None:
    """Write what a folder holds; the listing is whole at any time."""
    _write(folder / LISTING, {name: entries[name]._asdict() for name in sorted(entries)})


def write_failures(folder: Path, failures: list[Failure]) -> None:
    """Write what did not come; without failures there is no such file."""
    if not failures:
        (folder / FAILURES).unlink(missing_ok=True)
        return
    _write(folder / FAILURES, [failure._asdict() for failure in failures])


def entry_of(remote: Remote, path: Path, checksum: str) -> Entry:
    """Return the entry of a file that has just come."""
    return Entry(path.stat().st_size, checksum, remote.source, iso(datetime.now(UTC)))


def is_there(remote: Remote, path: Path, entry: Entry | None) -> bool:
    """Tell whether a file is there, and is the one that the archive has now.

    A file that is listed was checked when it came: its size must be as it was, and its checksum
    the archive's, unless it came from another archive, which may pack the same product in another
    way.  Any other file is checked now.
    """
    if not path.is_file():
        return False
    if entry is None:
        return _is_the_archives(path, remote)
    comparable = remote.checksum and remote.size_is_exact and remote.source == entry.source
    return path.stat().st_size == entry.size and (
        not comparable or remote.checksum == entry.checksum
    )


def _is_the_archives(path: Path, remote: Remote) -> bool:
    if remote.checksum is None and remote.size is None:
        return False
    try:
        verified(path, remote)
    except DamagedError:
        return False
    return True


def _write(path: Path, content: Any) -> None:
    with written_beside(path) as part:
        part.write_text(json.dumps(content, indent=1) + "\n")
