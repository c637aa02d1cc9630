"""Copernicus Data Space and EUMETSAT's Data Store: searched and entered by eodag."""

import threading
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import requests
from eodag import EODataAccessGateway
from eodag.utils.exceptions import AuthenticationError, MisconfiguredError
from shapely.geometry import Polygon

from .area import Area, Box
from .footprint import along_parallels
from .period import Period, iso, utc
from .products import Offer
from .remote import Found, Remote, SignInError, checksum_text

#: Names of the archives in eodag.
EODAG_NAMES = {"copernicus": "cop_dataspace", "eumetsat": "eumetsat_ds"}
SIGN_IN = {
    "copernicus": "set EODAG__COP_DATASPACE__AUTH__CREDENTIALS__USERNAME and ...__PASSWORD, or "
    "write them into ~/.config/eodag/eodag.yml; register at https://dataspace.copernicus.eu",
    "eumetsat": "set EODAG__EUMETSAT_DS__AUTH__CREDENTIALS__USERNAME and ...__PASSWORD to the "
    "consumer key and secret of https://api.eumetsat.int/api-key, or write them into "
    "~/.config/eodag/eodag.yml; register at https://eoportal.eumetsat.int",
}
#: Widest polygon that is asked for [degree], and spacing of its vertices: so small that
#: edges may be taken as parallels or as great circles.
WIDEST, SPACING = 120.0, 5.0
#: A polygon ends short of the pole [degree], where longitude means nothing; no orbit reaches it.
NEXT_TO_POLE = 89.9
#: Products asked for at once.
PAGE = 500


def search(offer: Offer, area: Area, period: Period) -> Found:
    """Search an archive that eodag knows for products."""
    gateway = EODataAccessGateway()
    products = [
        product
        for box in area.boxes
        for polygon in polygons(box)
        for product in _products(gateway, offer, polygon, period)
    ]
    return Found(
        [_remote(product) for product in products], lambda: _sign_in(offer.provider, products)
    )


def polygons(box: Box) -> Iterator[Polygon]:
    """Yield polygons that make up a box, right whether edges are parallels or great circles.

    At ``SPACING`` a great circle leaves a parallel by less than 0.06 degrees towards the pole;
    polygons are larger by that.
    """
    south, north = max(box.south, -NEXT_TO_POLE), min(box.north, NEXT_TO_POLE)
    south, north = (south - 0.06, north) if south >= 0.0 else (south, north + 0.06)
    pieces = int(np.ceil((box.east - box.west) / WIDEST))
    edges = np.linspace(box.west, box.east, pieces + 1).tolist()
    for west, east in pairwise(edges):
        corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
        yield Polygon(along_parallels(np.array(corners), SPACING))


def _products(
    gateway: EODataAccessGateway, offer: Offer, polygon: Polygon, period: Period
) -> list[Any]:
    filters: dict[str, Any] = dict(offer.filters)
    if "sar:polarizations" in filters:
        filters["sar:polarizations"] = filters["sar:polarizations"].split(",")
    found = gateway.search(
        provider=EODAG_NAMES[offer.provider],
        collection=offer.collection,
        geom=polygon,
        start=iso(period.start),
        end=iso(period.end),
        limit=PAGE,
        raise_errors=True,
        **filters,
    )
    found.raise_errors = True  # eodag's own search_all passes over a page that is missing
    products = list(found)
    for page in found.next_page():
        products.extend(page)
    return products


def _remote(product: Any) -> Remote:
    about = product.properties
    size, checksum = about.get("file:size"), about.get("file:checksum")
    title = about["title"].removesuffix(".SAFE")
    return Remote(
        f"{title}.zip",
        about["id"],
        product.remote_location,
        utc(about["start_datetime"]),
        utc(about["end_datetime"]),
        product.geometry,
        size=size if isinstance(size, int) else None,
        size_is_exact=False,
        checksum=checksum_text("MD5", checksum if isinstance(checksum, str) else ""),
    )


def _sign_in(provider: str, products: list[Any]) -> requests.Session:
    """Return a session that asks eodag for a token at each request: they last ten minutes."""
    entrance = products[0].downloader_auth
    _token(provider, entrance)
    session, one_at_a_time = requests.Session(), threading.Lock()

    def with_token(request: requests.PreparedRequest) -> requests.PreparedRequest:
        with one_at_a_time:  # a token may be renewed by one of its own, which holds once
            token = _token(provider, entrance)
        return token(request)

    session.auth = with_token
    return session


def _token(provider: str, entrance: Any) -> Any:
    try:
        return entrance.authenticate()
    except MisconfiguredError as error:
        raise SignInError(f"no login for {provider} is known: {SIGN_IN[provider]}") from error
    except AuthenticationError as error:
        raise SignInError(f"{provider} refuses the login: {SIGN_IN[provider]}") from error
    except Exception as error:  # of the network, of what came instead of a token
        raise SignInError(
            f"{provider} gives no token ({type(error).__name__}); try again later"
        ) from error
