"""Files of the output: they appear whole, and say what they were made from."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Written last into every dataset of collocations: what it is and what it was made from.  The
#: underscore hides it from readers of Parquet.
SUMMARY = "_collocations.json"

#: Which files could not be used, and why.
FAILURES = "_failures.json"

#: Where unfinished files lie, below the folder of notes.
STAGING = "staging"

Stamp = tuple[str, int, int]


class OutputError(ValueError):
    """The output cannot be written, whatever is read."""


@contextmanager
def staged(work: Path) -> Iterator[Path]:
    """Hand out a folder of one's own for unfinished files, on the disk of the output.

    Raises
    ------
    OutputError
        If anything in the block cannot be written.
    """
    try:
        (work / STAGING).mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=work / STAGING))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise OutputError(
            f"{work.parent}: cannot be written ({error.strerror or error}); mend that, and start "
            "again to go on from here"
        ) from error


def put(file: Path, place: Path) -> None:
    """Give a finished file its place; it is on the disk before it has its name."""
    with file.open("rb+") as written:
        os.fsync(written.fileno())
    place.parent.mkdir(parents=True, exist_ok=True)
    file.replace(place)


def write_json(work: Path, place: Path, content: Any) -> None:
    """Write JSON that appears whole."""
    with staged(work) as folder:
        file = folder / place.name
        file.write_text(json.dumps(content, indent=1) + "\n")
        put(file, place)


def read_json(path: Path) -> Any:
    """Return what ``write_json`` wrote; None where there is nothing."""
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None


def stamp(path: Path) -> Stamp:
    """Return what changes when a file does: name, size [byte] and time of change [ns].

    Of a product folder its manifest stands for it.  A file that is not there has none.
    """
    manifests = (path / name for name in ("manifest.safe", "xfdumanifest.xml"))
    told = next(filter(Path.is_file, manifests), path)
    try:
        status = told.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), status.st_size, status.st_mtime_ns


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file; of a product folder, that of its list of its files.

    A SAFE manifest holds the checksum of each of its files, so it stands for them all; of
    other folders every file is read.
    """
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    manifest = path / "manifest.safe"
    if manifest.is_file():
        return checksum(manifest)
    parts = [
        f"{p.relative_to(path)} {checksum(p)}\n" for p in sorted(path.rglob("*")) if p.is_file()
    ]
    return hashlib.sha256("".join(parts).encode()).hexdigest()
