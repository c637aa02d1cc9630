"""Many files into a folder: what is there is passed over, what fails does not stop the rest."""

import fcntl
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import requests
from rich.filesize import decimal

from .check import verified
from .listing import (
    Entry,
    Failure,
    entry_of,
    is_there,
    read_listing,
    write_failures,
    write_listing,
)
from .remote import Found, Remote
from .transfer import ArchiveError, FetchError, part_of, transfer

#: Told of the bytes that came and of those that are to come in all.
Progress = Callable[[int, int], None]


class Outcome(NamedTuple):
    """What became of the files that were found."""

    fetched: list[Remote]
    there: list[Remote]  #: were there before
    failures: list[Failure]


def divide(remotes: list[Remote], folder: Path) -> tuple[list[Remote], list[Remote]]:
    """Return the files that are in a folder already, and those that are missing."""
    entries = read_listing(folder)
    there = [r for r in remotes if is_there(r, folder / r.name, entries.get(r.name))]
    names = {remote.name for remote in there}
    return there, [remote for remote in remotes if remote.name not in names]


def fetch(found: Found, folder: Path, workers: int, progress: Progress) -> Outcome:
    """Bring what an archive has into a folder.

    An interrupted run goes on where it stopped.  ``_fetched.json`` lists what came;
    ``_failures.json`` lists what did not, and why.

    Parameters
    ----------
    found : Found
    folder : Path
        Is made if need be.
    workers : int
        Files that come at once.
    progress : function of the bytes done and those in all, 0 while that is not known

    Raises
    ------
    ValueError
        If another run works in the folder, no login is known or it is refused, the archive wants
        rest, or the disk is or would be full; what came stays.
    """
    with _alone(folder):
        there, missing = divide(found.remotes, folder)
        _check_space(folder, missing)
        entries = read_listing(folder)
        for remote in there:
            if remote.name not in entries:
                path = folder / remote.name
                entries[remote.name] = entry_of(remote, path, verified(path, remote))
        failures: list[Failure] = []
        if missing:
            _bring(found.sign_in(), missing, folder, workers, progress, entries, failures)
        write_listing(folder, entries)
        write_failures(folder, failures)
    failed = {failure.name for failure in failures}
    return Outcome([r for r in missing if r.name not in failed], there, failures)


def _bring(
    session: requests.Session,
    missing: list[Remote],
    folder: Path,
    workers: int,
    progress: Progress,
    entries: dict[str, Entry],
    failures: list[Failure],
) -> None:
    """Bring files, adding to ``entries`` and ``failures`` as they come or fail."""
    watch, stop = _watch(missing, progress)
    with ThreadPoolExecutor(workers) as pool:
        running = {
            pool.submit(transfer, session, remote, folder / remote.name, watch): remote
            for remote in missing
        }
        try:
            for future in as_completed(running):
                _note(future, running[future], folder, entries, failures)
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise


def _note(
    future: Future[str],
    remote: Remote,
    folder: Path,
    entries: dict[str, Entry],
    failures: list[Failure],
) -> None:
    try:
        checksum = future.result()
    except FetchError as error:
        failures.append(Failure(remote.name, remote.source, str(error)))
        write_failures(folder, failures)
        return
    entries[remote.name] = entry_of(remote, folder / remote.name, checksum)
    write_listing(folder, entries)


def _watch(
    missing: list[Remote], progress: Progress
) -> tuple[Callable[[int], None], threading.Event]:
    """Return a function that counts bytes for all threads, and what makes it stop them."""
    lock, stop = threading.Lock(), threading.Event()
    total = sum(remote.size or 0 for remote in missing)
    done = 0

    def count(more: int) -> None:
        nonlocal done
        if stop.is_set():
            raise CancelledError
        with lock:
            done += more
            progress(done, total)

    return count, stop


def _check_space(folder: Path, missing: list[Remote]) -> None:
    parts = (part_of(folder / remote.name) for remote in missing)
    here = sum(part.stat().st_size for part in parts if part.exists())
    needed = sum(remote.size or 0 for remote in missing) - here
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise ArchiveError(
            f"{folder}: {decimal(needed)} are to come and {decimal(free)} are free; make room, or "
            "ask for less"
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Work in a folder alone; the lock is on the folder itself and leaves no file in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise ValueError(f"{folder}: cannot be made ({error.strerror})") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise ValueError(
            f"{folder}: another run is fetching into it; wait until it has ended"
        ) from error
    try:
        yield
    finally:
        os.close(descriptor)
