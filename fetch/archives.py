"""The archives by name: one call into the client of the field that knows each of them.

Clients are imported when they are called: they are heavy, and an optional extra.
"""

import socket
import ssl

from .area import Area
from .period import Period
from .products import Offer, Product
from .remote import Found, SignInError, wanted

PROVIDERS = {
    "asf": "Alaska Satellite Facility",
    "copernicus": "Copernicus Data Space",
    "earthdata": "NASA Earthdata",
    "eumetsat": "EUMETSAT Data Store",
    "marine": "Copernicus Marine",
}

#: What the network itself says, below the many words of clients.
NETWORK = (ConnectionError, TimeoutError, socket.gaierror, ssl.SSLError)


def search(product: Product, offer: Offer, area: Area, period: Period) -> Found:
    """Return what an archive has of a product in an area and a period.

    Raises
    ------
    ValueError
        If the client is not installed, the archive cannot be reached or refuses the search.
    """
    archive = PROVIDERS[offer.provider]
    try:
        found = _searched(offer, area, period)
    except ModuleNotFoundError as error:
        raise ValueError(
            f"{error.name} is not installed, which knows {archive}: pip install 'iceco[fetch]'"
        ) from error
    except SignInError:
        raise
    except Exception as error:  # clients raise what they like
        raise ValueError(
            f"{archive} gave no answer ({_reason(error)}); try again later, or another --provider"
        ) from error
    return found._replace(remotes=wanted(found.remotes, product.name, area, period))


def _searched(offer: Offer, area: Area, period: Period) -> Found:
    if offer.provider == "asf":
        from . import asf

        return asf.search(offer, area, period)
    if offer.provider == "earthdata":
        from . import earthdata

        return earthdata.search(offer, area, period)
    if offer.provider == "marine":
        from . import marine

        return marine.search(offer, area, period)
    from . import dataspace

    return dataspace.search(offer, area, period)


def _reason(error: Exception) -> str:
    """Return in short why a client failed: what the network said, if it was the network."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, NETWORK) and at.strerror:
            return at.strerror
        at = at.__cause__ or at.__context__
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:200]}".removesuffix(": ")
