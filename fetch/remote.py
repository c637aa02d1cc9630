"""A file as an archive lists it, and the answer to a search."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

import requests
from shapely.geometry.base import BaseGeometry

from .area import Area
from .period import Period


class SignInError(ValueError):
    """No login is known to the client, or the archive refuses it."""


class Remote(NamedTuple):
    """A file of an archive."""

    name: str  #: of the file
    source: str  #: what the archive calls it
    url: str
    start: datetime  #: UTC
    end: datetime  #: UTC
    #: In longitude and latitude, edges great circles; None where the archive says none.
    footprint: BaseGeometry | None = None
    size: int | None = None  #: bytes
    #: Whether ``size`` is that of the file to the byte; else it may be of what it holds.
    size_is_exact: bool = True
    checksum: str | None = None  #: algorithm of hashlib and hexadecimal digest: "md5:0a1b..."


class Found(NamedTuple):
    """What an archive has of a product, and how to enter it."""

    remotes: list[Remote]
    #: Returns a session that may download; raises SignInError where there is no login.
    sign_in: Callable[[], requests.Session]


def wanted(
    remotes: Iterable[Remote], name: re.Pattern[str], area: Area, period: Period
) -> list[Remote]:
    """Return the files of a product that meet area and period, each once, by time and name.

    Parameters
    ----------
    remotes : iterable of Remote
        What several searches found, possibly the same twice.
    name : pattern
        The whole of a file's name.  Of files whose names differ in the group ``release`` alone
        the last is kept.
    area, period : Area, Period
        Archives search by boxes and by whole orbits; here it is looked at closely.
    """
    latest: dict[str, tuple[str, Remote]] = {}
    for remote in remotes:
        match = name.fullmatch(remote.name)
        if match is None or not period.meets(remote.start, remote.end):
            continue
        release = match.groupdict().get("release") or ""
        first, last = match.span("release") if release else (0, 0)
        granule = remote.name[:first] + remote.name[last:]
        if granule not in latest or latest[granule][0] < release:
            latest[granule] = (release, remote)
    kept = [remote for _, remote in latest.values() if area.meets(remote.footprint)]
    return sorted(kept, key=lambda remote: (remote.start, remote.name))


def checksum_text(algorithm: str, digest: str) -> str | None:
    """Return a checksum as ``Remote`` has it; None for an algorithm that hashlib does not know.

    >>> checksum_text("SHA-256", "0A1B")
    'sha256:0a1b'
    """
    known = {"MD5": "md5", "SHA1": "sha1", "SHA256": "sha256", "SHA512": "sha512"}
    name = known.get(algorithm.upper().replace("-", ""))
    return f"{name}:{digest.lower()}" if name and digest else None
