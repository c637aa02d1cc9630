"""A dataset in the making: who works on it, what is done of it, and how it takes its place.

It grows in ``<out>.partial`` beside its place.  The folder ``_work`` in it holds a note for each
scene that is done; a run that finds notes goes on from there.  Whoever works there holds a lock
that the system takes back when the process ends, however it ends: a whole run alone, the jobs of
an array together, each with a second lock for its own share.
"""

import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from .output import FAILURES, SUMMARY, OutputError, read_json, write_json

LOCK = "_lock"


class Shard(NamedTuple):
    """The share of the scenes that one job of an array does."""

    number: int  #: from 1
    total: int


class Place(NamedTuple):
    """Where a dataset will be, and where it grows."""

    out: Path
    folder: Path  #: until it is whole
    work: Path  #: notes, unfinished files and vectors

    @property
    def replaced(self) -> Path:
        """Where an earlier dataset goes on its way out."""
        return self.out.with_name(f"{self.out.name}.replaced")


def place_of(out: Path) -> Place:
    """Return where a dataset grows, after putting one in its place that was whole but not there.

    Raises
    ------
    ValueError
        If something else is in its place.
    """
    out = out.absolute()
    if out.exists() and not (out.is_dir() and ((out / SUMMARY).is_file() or _empty(out))):
        raise ValueError(
            f"{out}: exists and is no dataset of collocations; name another output directory"
        )
    folder = out.with_name(f"{out.name}.partial")
    place = Place(out, folder, folder / "_work")
    if (folder / SUMMARY).is_file():
        with _alone(place):
            take_place(place)
    return place


@contextmanager
def claimed(place: Place, shard: Shard | None) -> Iterator[None]:
    """Work on a dataset as the only one, or as the only one that does this share.

    Raises
    ------
    ValueError
        If another run does, or the folder cannot be written.
    """
    try:
        place.work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{place.out}: the output directory cannot be written ({error.strerror})"
        ) from error
    if shard is None:
        with _alone(place):
            yield
        return
    own = place.work / f"shard-{shard.number}-of-{shard.total}.lock"
    with _held(place.folder / LOCK, place, fcntl.LOCK_SH), _held(own, place, fcntl.LOCK_EX):
        yield


@contextmanager
def last(place: Place) -> Iterator[bool]:
    """Tell a job of an array whether no other is at work; keep others out if so.

    Of jobs that end together one at least is told so.
    """
    try:
        lock = _lock(place.folder / LOCK, fcntl.LOCK_EX)
    except (BlockingIOError, FileNotFoundError):
        yield False
        return
    try:
        yield True
    finally:
        os.close(lock)


def begin(place: Place, described: dict[str, Any]) -> None:
    """Begin a dataset, or go on with one.

    Raises
    ------
    ValueError
        If what is there was begun in another way.
    """
    file = place.work / "run.json"
    before = read_json(file)
    if before is None:
        write_json(place.work, file, described)
        return
    changed = [name for name in described if before.get(name) != described[name]]
    if changed:
        raise ValueError(
            f"{place.folder}: holds an unfinished run with other {' and '.join(changed)}; finish "
            "it as it was begun, or remove it"
        )


def finished(place: Place, plan: str) -> dict[str, Any] | None:
    """Return the summary of the dataset if it is whole and of this plan, else None."""
    summary = read_json(place.out / SUMMARY)
    return summary if summary is not None and summary.get("plan") == plan else None


def abandon(place: Place) -> None:
    """Remove a dataset of which nothing came."""
    shutil.rmtree(place.folder, ignore_errors=True)


def complete(place: Place, parts: set[str], failures: list[Any], summary: dict[str, Any]) -> None:
    """Write what is told of a dataset, remove what is none of it, and put it in its place.

    Parameters
    ----------
    place : Place
    parts : set of str
        Paths of its files, below its folder.
    failures : list
    summary : dict
        Both hold nothing but what JSON can.
    """
    for path in place.folder.rglob("*.parquet"):
        if str(path.relative_to(place.folder)) not in parts:
            path.unlink()
    write_json(place.work, place.folder / FAILURES, failures)
    write_json(place.work, place.folder / SUMMARY, summary)
    take_place(place)


def take_place(place: Place) -> None:
    """Put a whole dataset in its place, that of an earlier one if there is one."""
    shutil.rmtree(place.work, ignore_errors=True)
    if place.out.exists():
        shutil.rmtree(place.replaced, ignore_errors=True)
        place.out.rename(place.replaced)
    place.folder.rename(place.out)
    (place.out / LOCK).unlink(missing_ok=True)
    shutil.rmtree(place.replaced, ignore_errors=True)


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    with _held(place.folder / LOCK, place, fcntl.LOCK_EX):
        yield


@contextmanager
def _held(path: Path, place: Place, kind: int) -> Iterator[None]:
    try:
        lock = _lock(path, kind)
    except (BlockingIOError, FileNotFoundError) as error:
        raise ValueError(
            f"{place.out}: another run is writing it ({_owner(path)}); wait until it has ended"
        ) from error
    try:
        yield
    finally:
        os.close(lock)


def _lock(path: Path, kind: int) -> int:
    """Return a descriptor that holds the lock of a file as long as it is open.

    Raises
    ------
    BlockingIOError
        If somebody else holds it.
    FileNotFoundError
        If its folder took its place, or was removed, meanwhile.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        if path.stat().st_ino != os.fstat(descriptor).st_ino:
            raise FileNotFoundError(path)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _owner(path: Path) -> str:
    try:
        return path.read_text() or "just begun"
    except OSError:
        return "just ended"


def _empty(folder: Path) -> bool:
    return not any(folder.iterdir())
