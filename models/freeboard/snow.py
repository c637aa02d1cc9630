"""Snow on sea ice: depth from a climatology, a product or a number, density by the season.

References
----------
Mallett, R. D. C., et al. (2020), Brief communication: Conventional assumptions involving the
speed of radar waves in snow, The Cryosphere, 14, 251-260, doi:10.5194/tc-14-251-2020.
Warren, S. G., et al. (1999), Snow depth on Arctic sea ice, Journal of Climate, 12, 1814-1829,
doi:10.1175/1520-0442(1999)012<1814:SDOASI>2.0.CO;2: table 1.
"""

from typing import NamedTuple

import numpy as np
import xarray as xr

#: Depth over the Arctic by month, January first: H0 [cm], and the coefficients of x, y, xy, x2, y2
#: of a quadratic surface, x and y in degrees of arc from the pole towards 0 and 90 degrees east.
WARREN = np.array(
    [
        [28.01, 0.1270, -1.1833, -0.1164, -0.0051, 0.0243],
        [30.28, 0.1056, -0.5908, -0.0263, -0.0049, 0.0044],
        [33.89, 0.5486, -0.1996, 0.0280, 0.0216, -0.0176],
        [36.80, 0.4046, -0.4005, 0.0256, 0.0024, -0.0641],
        [36.93, 0.0214, -1.1795, -0.1076, -0.0244, -0.0142],
        [36.59, 0.7021, -1.4819, -0.1195, -0.0009, -0.0603],
        [11.02, 0.3008, -1.2591, -0.0811, -0.0043, -0.0959],
        [4.64, 0.3100, -0.6350, -0.0655, 0.0059, -0.0005],
        [15.81, 0.2119, -1.0292, -0.0868, -0.0177, -0.0723],
        [22.66, 0.3594, -1.3483, -0.1063, 0.0051, -0.0577],
        [25.57, 0.1496, -1.4643, -0.1409, -0.0079, -0.0258],
        [26.67, -0.1876, -1.4229, -0.1413, -0.0316, -0.0029],
    ]
)
#: Root mean square error of those fits by month [cm] (Warren et al. 1999, table 1).
WARREN_SIGMA = np.array([7.6, 7.9, 9.4, 9.4, 10.6, 14.1, 9.5, 4.6, 7.8, 8.0, 7.9, 8.2])

#: Share of the climatology's depth that lies on first-year ice (Kurtz and Farrell 2011).
ON_FIRST_YEAR_ICE = 0.5
#: Multi-year fraction of ice whose type is not known, and its standard deviation: anything between
#: 0 and 1 (assumed).
MULTI_YEAR_FRACTION, MULTI_YEAR_SIGMA = 0.5, 0.29

GIVEN_SIGMA_M = 0.05  # of a depth given as a number, or by a product (assumed)
DENSITY_SIGMA = 50.0  # kg/m3 (AWI)
DENSITY_SOUTH = 320.0  # kg/m3, of the Antarctic (assumed)


class Snow(NamedTuple):
    """On n places; float64 (n,)."""

    depth: np.ndarray  #: m
    sigma: np.ndarray  #: m
    density: np.ndarray  #: kg/m3


def snow_along(track: xr.Dataset, source: str | float) -> Snow:
    """Return the snow along a track from "warren", "product", or one depth [m] everywhere.

    Raises
    ------
    ValueError
        If the product has no snow depth, or the climatology is asked for south of the equator.
    """
    time = track["time"].values
    longitude, latitude = track["longitude"].values, track["latitude"].values
    density = snow_density(time, latitude)
    if source == "warren":
        if (latitude < 0.0).any():
            raise ValueError(
                f"{track.attrs['source']}: lies in the south, and the climatology of Warren in "
                "the north; take --snow product or a depth in metres"
            )
        return Snow(*warren(longitude, latitude, months(time)), density)
    if source == "product":
        if "snow_depth" not in track:
            raise ValueError(
                f"{track.attrs['source']}: the product has no snow depth; take --snow warren or a "
                "depth in metres"
            )
        depth = track["snow_depth"].values.astype(np.float64)
    else:
        depth = np.full(time.size, float(source))
    return Snow(depth, np.full(depth.size, GIVEN_SIGMA_M), density)


def warren(
    longitude: np.ndarray, latitude: np.ndarray, month: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return depth and its standard deviation (n,) [m] by the climatology of Warren et al. (1999).

    The type of ice is not known: on first-year ice lies ``ON_FIRST_YEAR_ICE`` of it, and the
    uncertainty holds what that leaves open.  Nowhere less than 0, which the quadratic surface is
    far from the central Arctic.

    Parameters
    ----------
    longitude, latitude : array (n,), float64 [degree]
    month : array (n,), int
        1 to 12.
    """
    arc, angle = 90.0 - latitude, np.radians(longitude)
    x, y = arc * np.cos(angle), arc * np.sin(angle)
    terms = np.stack([np.ones_like(x), x, y, x * y, x**2, y**2], axis=-1)
    on_old_ice = np.maximum((terms * WARREN[month - 1]).sum(axis=-1), 0.0) / 100.0
    share = ON_FIRST_YEAR_ICE + (1.0 - ON_FIRST_YEAR_ICE) * MULTI_YEAR_FRACTION
    share_sigma = (1.0 - ON_FIRST_YEAR_ICE) * MULTI_YEAR_SIGMA
    sigma = np.hypot(share * WARREN_SIGMA[month - 1] / 100.0, share_sigma * on_old_ice)
    return share * on_old_ice, sigma


def snow_density(time: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return the density of snow (n,) [kg/m3]: 274.51 + 6.50 t in the north (Mallett et al. 2020).

    t are months since October; from May to September April's density is taken.
    """
    since_october = (months(time) - 10) % 12
    return np.where(
        latitude < 0.0, DENSITY_SOUTH, 274.51 + 6.50 * np.minimum(since_october, LAST_MONTH)
    )


LAST_MONTH = 6  # since October: April, the last one of the growing season


def months(time: np.ndarray) -> np.ndarray:
    """Return the months 1 to 12 of times, datetime64, (n,) int."""
    return np.asarray(time.astype("datetime64[M]").astype(np.int64) % 12 + 1)
