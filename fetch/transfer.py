"""One file from an archive to a folder: continued where it stopped, and checked before it is there.

Bytes lie in ``.NAME.part`` until size and checksum are right; only then has the file its name.
"""

import errno
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import requests

from ..collocate.output import put
from .check import DamagedError, verified
from .remote import Remote

CHUNK = 1 << 18  # bytes written at once
TIMEOUT = (30.0, 120.0)  # s, to connect and between bytes
#: How often an archive is asked that gives nothing more, and the rest between [s].
ATTEMPTS, REST = 4, 1.0
#: Longest wait that is waited for when an archive asks for it [s].
PATIENCE = 60.0

#: Told of the bytes that came; raises where the transfer is to stop.
Watch = Callable[[int], None]


class FetchError(ValueError):
    """A file cannot be had; others may."""


class ArchiveError(ValueError):
    """No file can be had now: the archive refuses, or the disk is full."""


class _BrokenOffError(Exception):
    """The bytes stopped on the way."""


def transfer(session: requests.Session, remote: Remote, path: Path, watch: Watch) -> str:
    """Bring a file to its place and return its checksum, "algorithm:digest".

    A part that is there is continued, if the whole can be checked afterwards; an archive that
    does not continue, or a whole that is wrong, begins it again.

    Parameters
    ----------
    session : requests.Session
        Signed in.
    remote : Remote
    path : Path
        In a folder that exists.
    watch : function of the number of bytes that came; negative where they were for nothing

    Raises
    ------
    FetchError
        If the file is not there, stops coming, or has a wrong size or checksum.
    ArchiveError
        If the login is refused, too much is asked at once, or the disk is full.
    """
    _check_url(remote)
    part = part_of(path)
    try:
        if not _can_be_checked(remote):
            part.unlink(missing_ok=True)
        continued = part.exists()
        watch(_size(part))
        try:
            checksum = _received(session, remote, part, watch)
        except DamagedError:
            if not continued:
                raise
            # The part may have been of another version.
            checksum = _received(session, remote, part, watch)
        put(part, path)
    except DamagedError as fault:
        raise FetchError(f"{remote.name}: {fault}; nothing of it was kept") from fault
    except OSError as error:
        _say_disk(path.parent, error)
    return checksum


def part_of(path: Path) -> Path:
    """Return where the bytes of a file lie until it is whole and right."""
    return path.with_name(f".{path.name}.part")


def _received(session: requests.Session, remote: Remote, part: Path, watch: Watch) -> str:
    """Bring all bytes to ``part`` and return their checksum; what is wrong is thrown away."""
    _receive(session, remote, part, watch)
    try:
        return verified(part, remote)
    except DamagedError:
        _begin_again(part, watch)
        raise


def _receive(session: requests.Session, remote: Remote, part: Path, watch: Watch) -> None:
    """Bring all bytes to ``part``, asking again as long as more of them come."""
    fruitless, most = 0, _size(part)
    while True:
        try:
            wait = _request(session, remote, part, watch)
            error: Exception | None = None
        except (_BrokenOffError, requests.RequestException) as broken:
            wait, error = REST, broken
        if wait is None:
            return
        if _size(part) > most:
            fruitless, most = 0, _size(part)
            continue
        fruitless += 1
        if fruitless == ATTEMPTS or wait > PATIENCE:
            _give_up(remote, part, wait, error)
        time.sleep(wait)


def _give_up(remote: Remote, part: Path, wait: float, error: Exception | None) -> NoReturn:
    if error is None:
        raise ArchiveError(
            f"{_host(remote)} is asked too much (HTTP 429) and wants {wait:.0f} s of rest; "
            "start again later, with fewer --workers"
        )
    raise FetchError(
        f"{remote.name}: stopped at {_size(part)} bytes ({_reason(error)}); start again to go on "
        "from there"
    ) from error


def _request(session: requests.Session, remote: Remote, part: Path, watch: Watch) -> float | None:
    """Ask once and write what comes; return the seconds to wait, None when all is here."""
    at = _size(part)
    # Compressed on the way, a file would have neither its size nor its ranges.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={at}-"} if at else {})
    with session.get(remote.url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == 429:
            return _seconds(answer.headers.get("Retry-After", ""))
        if answer.status_code == 416:  # nothing is left to come, or the part is of something else
            if not answer.headers.get("Content-Range", "").endswith(f"/{at}"):
                _begin_again(part, watch)
                raise _BrokenOffError("the archive has fewer bytes")
            return None
        _check_answer(answer, remote)
        continues = answer.status_code == 206 and answer.headers.get(
            "Content-Range", ""
        ).startswith(f"bytes {at}-")
        if at and not continues:
            _begin_again(part, watch)
            at = 0
        _write(answer, part, watch)
        length = answer.headers.get("Content-Length")
    if length is not None and _size(part) != at + int(length):
        raise _BrokenOffError("bytes are missing")
    return None


def _write(answer: requests.Response, part: Path, watch: Watch) -> None:
    with part.open("ab") as file:
        for chunk in answer.iter_content(CHUNK):
            file.write(chunk)
            watch(len(chunk))


def _check_answer(answer: requests.Response, remote: Remote) -> None:
    status = answer.status_code
    if status == 401:
        raise ArchiveError(f"{_host(remote)} refuses the login (HTTP 401); renew it")
    if status == 403:
        raise FetchError(
            f"{remote.name}: the archive does not hand it out to this login (HTTP 403); there may "
            "be a licence to accept on its pages"
        )
    if not 200 <= status < 300:
        if status >= 500:
            raise _BrokenOffError(f"HTTP {status}")
        raise FetchError(f"{remote.name}: the archive does not hand it out (HTTP {status})")
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        raise ArchiveError(
            f"{_host(remote)} sends a web page instead of {remote.name}, for the login is not "
            "known there; sign in on that page once and allow what it asks"
        )


def _check_url(remote: Remote) -> None:
    """Refuse to carry a login to where it could be read on the way."""
    parts = urlsplit(remote.url)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise FetchError(f"{remote.name}: its address is not https ({parts.scheme}://)")


def _can_be_checked(remote: Remote) -> bool:
    return bool(remote.checksum) or remote.name.endswith(".zip")


def _seconds(text: str) -> float:
    """Return the seconds of a Retry-After; as a date it is taken for a minute."""
    return float(text) if text.isdigit() else PATIENCE


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _begin_again(part: Path, watch: Watch) -> None:
    watch(-_size(part))
    part.unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    """Return why bytes stopped; what requests says of it may hold a token in an address."""
    return str(error) if isinstance(error, _BrokenOffError) else type(error).__name__


def _host(remote: Remote) -> str:
    return urlsplit(remote.url).netloc


def _say_disk(folder: Path, error: OSError) -> NoReturn:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        raise ArchiveError(
            f"{folder}: the disk is full; make room and start again to go on from here"
        ) from error
    raise ArchiveError(f"{folder}: cannot be written ({error.strerror or error})") from error
