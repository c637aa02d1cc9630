"""Copernicus Marine: listed and entered by its own client; files are open once listed."""

import logging
import re
from datetime import UTC, datetime
from typing import Any

import copernicusmarine
import requests

from .area import Area
from .period import Period
from .products import Offer
from .remote import Found, Remote, SignInError, checksum_text

SIGN_IN = (
    "set COPERNICUSMARINE_SERVICE_USERNAME and COPERNICUSMARINE_SERVICE_PASSWORD, or call "
    "copernicusmarine login once; register at https://data.marine.copernicus.eu/register"
)
MEBIBYTE = 1024**2
#: A day, or a minute, in the name of a file.
STAMP = re.compile(r"(?<!\d)(\d{8})(\d{4})?(?!\d)")


def search(offer: Offer, area: Area, period: Period) -> Found:
    """List the files of a dataset; its grid covers the hemisphere that is in its name.

    Raises
    ------
    SignInError
        If no login is known or it is refused: without one the client lists nothing.
    """
    logging.getLogger("copernicusmarine").setLevel(logging.CRITICAL)  # else it tells of each step
    if not copernicusmarine.login(check_credentials_valid=True):
        raise SignInError(f"no login for Copernicus Marine is known that it takes: {SIGN_IN}")
    hemisphere = "NORTH" if area.plane.hemisphere > 0.0 else "SOUTH"
    listed = copernicusmarine.get(
        dataset_id=offer.collection.format(HEMISPHERE=hemisphere),
        dry_run=True,
        disable_progress_bar=True,
    )
    return Found([_remote(file) for file in listed.files if STAMP.search(file.filename)], _open)


def _open() -> requests.Session:
    return requests.Session()


def _remote(file: Any) -> Remote:
    stamps = [_time(*stamp) for stamp in STAMP.findall(file.filename)]
    etag = file.etag.strip('"')
    return Remote(
        file.filename,
        file.s3_url,
        file.https_url,
        min(stamps),
        max(stamps),
        size=round(file.file_size * MEBIBYTE),
        # The tag of what was put in one piece is its MD5; of several pieces it ends with -N.
        checksum=checksum_text("MD5", etag if re.fullmatch("[0-9a-fA-F]{32}", etag) else ""),
    )


def _time(day: str, minute: str) -> datetime:
    return datetime.strptime(day + (minute or "0000"), "%Y%m%d%H%M").replace(tzinfo=UTC)
