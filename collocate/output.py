"""Output that appears whole or not at all, and says what it was made from."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Written last into every dataset of collocations: what it is and what it was made from.
SUMMARY = "_collocations.json"


@contextmanager
def whole_or_nothing(out: Path) -> Iterator[Path]:
    """Hand out an empty folder beside ``out`` that takes its name when all went well.

    An earlier dataset of collocations at ``out`` is replaced; nothing else is.

    Raises
    ------
    ValueError
        If ``out`` is something else, or cannot be written.
    """
    out = out.absolute()
    if out.exists() and not _replaceable(out):
        raise ValueError(
            f"{out}: exists and is no dataset of collocations; name another output directory"
        )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".partial", dir=out.parent))
    except OSError as error:
        raise ValueError(
            f"{out}: the output directory cannot be written ({error.strerror})"
        ) from error
    folder.chmod(0o755)
    try:
        yield folder
        if out.exists():
            shutil.rmtree(out)
        folder.rename(out)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


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


def _replaceable(out: Path) -> bool:
    return out.is_dir() and ((out / SUMMARY).is_file() or not any(out.iterdir()))
