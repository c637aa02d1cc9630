"""Files that appear whole or not at all: written beside their place, then renamed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_beside(path: str | Path) -> Iterator[Path]:
    """Give the path of a temporary file that becomes ``path`` when the block ends well.

    A block that raises leaves neither the temporary file nor a changed ``path``.

    Raises
    ------
    ValueError
        If the folder of ``path`` does not exist.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise ValueError(f"{path}: there is no folder {path.parent} to write it in")
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def folder_beside(path: str | Path) -> Iterator[Path]:
    """Give an empty folder that becomes ``path``, in place of any there, when the block ends well.

    A block that raises leaves neither the temporary folder nor a changed ``path``.

    Raises
    ------
    ValueError
        If the folder of ``path`` does not exist, or ``path`` is a file.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise ValueError(f"{path}: there is no folder {path.parent} to write it in")
    if path.is_file():
        raise ValueError(f"{path}: is a file; move it, for a folder of that name is to be written")
    part = path.with_name(f".{path.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        yield part
        shutil.rmtree(path, ignore_errors=True)
        part.replace(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)
