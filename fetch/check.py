"""Whether a file that came is the one that the archive says it has."""

import hashlib
import zipfile
import zlib
from pathlib import Path

from .remote import Remote


class DamagedError(ValueError):
    """A file is not what the archive says it is; the text says in what."""


def verified(path: Path, remote: Remote) -> str:
    """Return the checksum of a file that came, "algorithm:digest", if it is the archive's.

    A size and checksum that may be of what an archive unpacks are held against the file only
    where the sizes agree; of a zip without a checksum its own are tried (CRC-32 of each member).

    Raises
    ------
    DamagedError
        If size or checksum are others, or a zip is not sound.
    """
    size = path.stat().st_size
    if remote.size is not None and remote.size_is_exact and remote.size != size:
        raise DamagedError(f"has {size} bytes, the archive says {remote.size}")
    if remote.checksum and (remote.size_is_exact or remote.size == size):
        found = digest(path, remote.checksum.split(":")[0])
        if found != remote.checksum:
            raise DamagedError(f"has {found}, the archive says {remote.checksum}")
        return found
    if remote.name.endswith(".zip"):
        _check_zip(path)
    elif not size:
        raise DamagedError("is empty")
    return digest(path, "sha256")


def digest(path: Path, algorithm: str) -> str:
    """Return the checksum of a file, "algorithm:digest"."""
    with path.open("rb") as file:
        return f"{algorithm}:{hashlib.file_digest(file, algorithm).hexdigest()}"


def _check_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DamagedError(f"is no sound zip ({error})") from error
    if broken:
        raise DamagedError(f"is damaged at {broken}")
