"""The Alaska Satellite Facility: searched by asf_search, entered by Earthdata Login."""

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import asf_search
from shapely.geometry import shape

from .area import Area, Box
from .earthdata import sign_in
from .period import Period, iso, utc
from .products import Offer
from .remote import Found, Remote, checksum_text


def search(offer: Offer, area: Area, period: Period) -> Found:
    """Search ASF for scenes."""
    scenes = [scene for box in area.boxes for scene in _scenes(offer, box, period)]
    return Found([_remote(scene) for scene in scenes], sign_in)


def _scenes(offer: Offer, box: Box, period: Period) -> list[Any]:
    asked = asf_search.ASFSearchOptions(
        platform=offer.collection,
        bbox=list(box),
        start=iso(period.start),
        end=iso(period.end),
        **offer.filters,
    )
    asf_search.REPORT_ERRORS = False  # else a search that fails is told to ASF, unasked
    found = asf_search.search(opts=asked)
    found.raise_if_incomplete()
    return list(found)


def _remote(scene: Any) -> Remote:
    about = scene.properties
    return Remote(
        PurePosixPath(urlsplit(about["url"]).path).name,
        about["fileID"],
        about["url"],
        utc(about["startTime"]),
        utc(about["stopTime"]),
        shape(scene.geometry) if scene.geometry["coordinates"] else None,
        size=about["bytes"],
        checksum=checksum_text("MD5", about["md5sum"] or ""),
    )
