"""Folders in which one process works at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: The file whose lock is held; the system takes the lock back when its process ends.
LOCK = "_lock"


@contextmanager
def waited_for(folder: Path) -> Iterator[None]:
    """Work in a folder alone, after whoever works there now; it is made if it is not there."""
    lock = _lock(folder, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(lock)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Work in a folder alone; it is made if it is not there.

    Raises
    ------
    ValueError
        If another process works there, or the folder cannot be written.
    """
    try:
        lock = _lock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ValueError(
            f"{folder}: another run is at work there; wait until it has ended, or name another "
            "folder"
        ) from error
    except OSError as error:
        raise ValueError(f"{folder}: cannot be written ({error.strerror or error})") from error
    try:
        yield
    finally:
        os.close(lock)


def _lock(folder: Path, kind: int) -> int:
    """Return a descriptor that holds the lock of a folder as long as it is open."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, kind)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
