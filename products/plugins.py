"""Readers that other packages bring: entry points of the group ``iceco.readers``.

An entry point names a ``recognise.Product`` whose ``kind`` is the shape in which it hands over its
data: a *track*, a *scene* or *vectors*.  Readers of iceco are asked first, so that no package
changes what is made of the files that iceco knows; a reader that fails is named with its package.
"""

from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from .recognise import NotAProduct, Product, own_reader

GROUP = "iceco.readers"


@lru_cache(maxsize=1)
def readers() -> tuple[Product, ...]:
    """Return the readers of installed packages, in order of their names; looked up once.

    Returns
    -------
    tuple of Product
        What they open is checked (``products.contract``), and whatever fails in them becomes a
        ``ValueError`` that names the package.

    Raises
    ------
    ValueError
        If a package's reader cannot be loaded, or is none.
    """
    found = sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value))
    return tuple(_loaded(entry) for entry in found)


def reader_of(path: Path) -> Product | None:
    """Return the first reader of another package that takes a path for its product, else None.

    Raises
    ------
    ValueError
        If a reader cannot be loaded, or fails.
    """
    return next((reader for reader in readers() if reader.recognises(path)), None)


def _loaded(entry: EntryPoint) -> Product:
    who = _name(entry)
    try:
        reader = entry.load()
    except Exception as error:  # whatever an import can raise
        raise ValueError(
            f"{who} cannot be loaded ({_words(error)}); repair or uninstall the package"
        ) from error
    try:
        return _guarded(reader, who)
    except ValueError as error:
        raise ValueError(f"{error}; repair or uninstall the package") from error


def _guarded(reader: Any, who: str) -> Product:
    """Return a reader whose answers are checked, and whose faults say ``who`` is at fault."""
    from .contract import CHECKS

    if not isinstance(reader, Product) or reader.kind not in CHECKS:
        kinds = ", ".join(CHECKS)
        raise ValueError(f"{who} is no iceco.products.recognise.Product of a kind among {kinds}")

    def recognises(path: Path) -> bool:
        try:
            return bool(reader.recognises(path))
        except Exception as error:  # it should answer, whatever the file
            raise _fault(path, who, error) from error

    def open_checked(path: Path) -> Any:
        try:
            data = reader.open(path)
        except ValueError:
            raise  # of a damaged file
        except Exception as error:  # a fault of the reader, not of the file
            raise _fault(path, who, error) from error
        try:
            CHECKS[reader.kind](data)
        except ValueError as error:
            raise ValueError(f"{path}: {who} breaks the contract: {error}") from error
        return data

    return Product(reader.kind, recognises, open_checked)


def _fault(path: Path, who: str, error: Exception) -> ValueError:
    return ValueError(f"{path}: {who} failed ({_words(error)}); report it to the package's authors")


def _name(entry: EntryPoint) -> str:
    package = entry.dist.name if entry.dist else entry.module
    return f"the reader {entry.name!r} of the package {package!r}"


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def check_reader(reader: Product, path: Path) -> Any:
    """Check a reader against what iceco asks of it; for the tests of the package that has it.

    Parameters
    ----------
    reader : Product
        What the package registers.
    path : Path
        Of a file, or folder, that the reader should take.

    Returns
    -------
    xr.Dataset
        What the reader opens, so that its values can be tested next.

    Raises
    ------
    ValueError
        If the kind is none of track, scene and vectors; if the reader does not recognise the
        file, recognises one that iceco reads itself, or fails; or if what it opens is not as
        ``products.contract`` wants it.
    """
    checked = _guarded(reader, "the reader")
    try:
        own = own_reader(path)
    except NotAProduct:
        own = None
    if own is not None:
        raise ValueError(f"{path}: iceco reads this itself, as {own.kind}; the reader is not asked")
    if not checked.recognises(path):
        raise ValueError(f"{path}: the reader does not recognise it")
    return checked.open(path)
