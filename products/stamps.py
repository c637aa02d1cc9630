"""Times as the names and headers of ESA's and EUMETSAT's products say them."""

import numpy as np

_HALF = {"s": np.timedelta64(500_000_000, "ns"), "us": np.timedelta64(500, "ns")}


def rounded(time: np.datetime64, unit: str) -> np.datetime64:
    """Return a time rounded to the second ("s") or microsecond ("us")."""
    return (time.astype("datetime64[ns]") + _HALF[unit]).astype(f"datetime64[{unit}]")


def stamp(time: np.datetime64) -> str:
    """Return a time as names of products have it, to the nearest second.

    >>> stamp(np.datetime64("2014-11-18T09:23:02.971353"))
    '20141118T092303'
    """
    return str(rounded(time, "s")).replace("-", "").replace(":", "")
