"""Arrays that are made once, kept on disk, and read from there as needed."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.format import open_memmap

from .locks import waited_for

#: Shape and type of each array.
Layout: TypeAlias = Mapping[str, tuple[tuple[int, ...], Any]]
Arrays: TypeAlias = dict[str, np.memmap]


def build_once(
    folder: str | Path, digest: str, layout: Layout, fill: Callable[[Arrays], None]
) -> Arrays:
    """Return arrays from a cache, after making them if they are not there.

    They lie in ``folder/digest`` as ``.npy`` files, which appear together and whole.  Processes
    that want the same arrays wait for the one that makes them.  Arrays that were damaged since
    are made anew.  What has another digest stays: to remove the folder is always safe.

    Parameters
    ----------
    folder : path
        The cache; it is made if it is not there.
    digest : str
        Of all that the arrays depend on: letters and digits.
    layout : mapping of name to (shape, dtype)
        Names are those of files.
    fill : function
        Is given the arrays, full of zeros and writable, to fill them in pieces.

    Returns
    -------
    dict of name to np.memmap
        Read-only.

    Raises
    ------
    ValueError
        If the cache cannot be written, for one because the disk is full.
    """
    folder = Path(folder)
    place = folder / digest
    found = _opened(place, layout)
    if found is not None:
        return found
    try:
        with waited_for(folder):
            found = _opened(place, layout)
            if found is None:
                _build(place, layout, fill)
    except OSError as error:
        raise ValueError(
            f"{folder}: {_gigabytes(layout)} GB of arrays cannot be kept there "
            f"({error.strerror or error}); free some space, or name another folder"
        ) from error
    return found or _opened(place, layout) or {}


def _build(place: Path, layout: Layout, fill: Callable[[Arrays], None]) -> None:
    part = place.with_name(f".{place.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # of a process that was killed
    try:
        part.mkdir()
        arrays = {name: _new(part / f"{name}.npy", *form) for name, form in layout.items()}
        fill(arrays)
        for name, array in arrays.items():
            array.flush()
            _to_disk(part / f"{name}.npy")
        shutil.rmtree(place, ignore_errors=True)  # what is there does not fit, or is damaged
        part.rename(place)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _new(path: Path, shape: tuple[int, ...], dtype: Any) -> np.memmap:
    """Return an array of zeros on the disk, whose space is sure.

    To write where a full disk has no room would otherwise kill the process.
    """
    array = open_memmap(path, mode="w+", dtype=np.dtype(dtype), shape=shape)
    with path.open("rb+") as file:
        os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return array


def _opened(place: Path, layout: Layout) -> Arrays | None:
    """Return the arrays if they are there and whole."""
    try:
        arrays = {name: open_memmap(place / f"{name}.npy", mode="r") for name in layout}
    except (OSError, ValueError):
        return None
    forms = {name: (array.shape, array.dtype) for name, array in arrays.items()}
    wanted = {name: (tuple(shape), np.dtype(dtype)) for name, (shape, dtype) in layout.items()}
    return arrays if forms == wanted else None


def _to_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _gigabytes(layout: Layout) -> str:
    sizes = [np.dtype(dtype).itemsize * np.prod(shape) for shape, dtype in layout.values()]
    return f"{sum(sizes) / 1e9:.1f}"
