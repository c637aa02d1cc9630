"""NASA's archives (NSIDC, PO.DAAC, ASF): searched by earthaccess, entered by Earthdata Login."""

import warnings
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import earthaccess
import requests
import shapely
from earthaccess.exceptions import LoginAttemptFailure, LoginStrategyUnavailable
from shapely.geometry import MultiPolygon, shape
from shapely.geometry.base import BaseGeometry

from .area import Area, Box
from .footprint import along_parallels
from .period import Period, iso, utc
from .products import Offer
from .remote import Found, Remote, SignInError, checksum_text

REGISTER = "https://urs.earthdata.nasa.gov"
SIGN_IN = (
    "set EARTHDATA_TOKEN, or EARTHDATA_USERNAME and EARTHDATA_PASSWORD, or write a line for "
    f"urs.earthdata.nasa.gov into ~/.netrc; register at {REGISTER}"
)


def search(offer: Offer, area: Area, period: Period) -> Found:
    """Search NASA's Common Metadata Repository for granules."""
    granules = [granule for box in area.boxes for granule in _granules(offer, box, period)]
    return Found([remote for granule in granules for remote in _remotes(granule)], sign_in)


def sign_in() -> requests.Session:
    """Return a session of an Earthdata Login that is found in the environment or in netrc.

    Raises
    ------
    SignInError
        If there is none, or it is refused.
    """
    auth = earthaccess.Auth()
    for strategy in ("environment", "netrc"):
        try:
            auth.login(strategy=strategy)
        except LoginStrategyUnavailable:
            continue
        except LoginAttemptFailure as error:
            raise SignInError(f"Earthdata refuses the login from {strategy}: {SIGN_IN}") from error
        return auth.get_session()
    raise SignInError(f"no Earthdata login is known: {SIGN_IN}")


def _granules(offer: Offer, box: Box, period: Period) -> list[dict[str, Any]]:
    query = earthaccess.DataGranules(earthaccess.Auth()).parameters(
        short_name=offer.collection,
        temporal=(iso(period.start), iso(period.end)),
        bounding_box=tuple(box),
        **offer.filters,
    )
    with warnings.catch_warnings():  # of its own next version, at every granule
        warnings.filterwarnings("ignore", "As of version 1.0", FutureWarning)
        return list(query.get_all())


def _remotes(granule: dict[str, Any]) -> list[Remote]:
    """Return the files of a granule, as UMM-G describes them."""
    umm = granule["umm"]
    start, end = _times(umm["TemporalExtent"])
    footprint = _footprint(granule)
    known = {
        one.get("Name"): one
        for one in umm.get("DataGranule", {}).get("ArchiveAndDistributionInformation", ())
    }
    remotes = []
    for link in umm.get("RelatedUrls", ()):
        if link["Type"] != "GET DATA" or not link["URL"].startswith("http"):
            continue
        name = PurePosixPath(urlsplit(link["URL"]).path).name
        about = known.get(name, {})
        checksum = about.get("Checksum", {})
        digest = checksum_text(checksum.get("Algorithm", ""), checksum.get("Value", ""))
        size, source, url = about.get("SizeInBytes"), umm["GranuleUR"], link["URL"]
        remotes.append(Remote(name, source, url, start, end, footprint, size, checksum=digest))
    return remotes


def _times(extent: dict[str, Any]) -> tuple[datetime, datetime]:
    if "SingleDateTime" in extent:
        return utc(extent["SingleDateTime"]), utc(extent["SingleDateTime"])
    span = extent["RangeDateTime"]
    return utc(span["BeginningDateTime"]), utc(span["EndingDateTime"])


def _footprint(granule: Any) -> BaseGeometry | None:
    """Return where a granule lies; None where its metadata say nothing that can be drawn."""
    try:
        drawn = shape(granule.__geo_interface__)
    except ValueError:
        return None
    domain = granule["umm"]["SpatialExtent"]["HorizontalSpatialDomain"]["Geometry"]
    if "GPolygons" in domain or "BoundingRectangles" not in domain:
        return drawn
    # The edges of a rectangle are parallels, those of every other shape great circles.
    rings = [shapely.get_coordinates(part.exterior) for part in shapely.get_parts(drawn)]
    return MultiPolygon([(along_parallels(ring), []) for ring in rings])
