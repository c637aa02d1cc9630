"""Polar stereographic planes, true distances on them and between places.

Positions are turned to metres on the plane of their hemisphere, where neither the pole nor the
date line is special.  A length on such a plane is not a length on the ground (0.970 of it at
88 N): divide by ``scale_factor``, or use ``ground_distance`` or ``geodesic_distance``.

References
----------
Snyder, J. P. (1987), Map projections: a working manual, U.S. Geological Survey Professional
Paper 1395, doi:10.3133/pp1395; equation numbers in this room are his.
"""

import math
from dataclasses import dataclass

import numpy as np
from pyproj import Geod

from . import _kernels

SEMI_MAJOR_AXIS = 6_378_137.0  # m, WGS 84 (NIMA TR8350.2)
FLATTENING = 1.0 / 298.257_223_563  # 1, WGS 84 (NIMA TR8350.2)
ECCENTRICITY = math.sqrt(FLATTENING * (2.0 - FLATTENING))  # 1, Snyder eq. 3-10


@dataclass(frozen=True)
class PolarPlane:
    """A polar stereographic plane on WGS 84: x and y in metres, the origin at the pole."""

    epsg: int
    #: Latitude at which lengths on the plane are true [degree]; its sign is the hemisphere's.
    true_scale_latitude: float
    #: Longitude that runs down the plane in the north, up in the south [degree].
    central_longitude: float

    @property
    def crs(self) -> str:
        """The plane's name as other software reads it, such as "EPSG:3413"."""
        return f"EPSG:{self.epsg}"

    @property
    def hemisphere(self) -> float:
        """1 in the north, -1 in the south."""
        return math.copysign(1.0, self.true_scale_latitude)

    @property
    def radius_scale(self) -> float:
        """Distance from the pole divided by t of eq. 15-9 [m]: a m_c / t_c of eq. 21-34."""
        phi = math.radians(abs(self.true_scale_latitude))
        es = ECCENTRICITY * math.sin(phi)
        m = math.cos(phi) / math.sqrt(1.0 - es * es)
        t = math.tan(math.pi / 4 - phi / 2) / ((1 - es) / (1 + es)) ** (ECCENTRICITY / 2)
        return SEMI_MAJOR_AXIS * m / t


NORTH = PolarPlane(epsg=3413, true_scale_latitude=70.0, central_longitude=-45.0)
SOUTH = PolarPlane(epsg=3976, true_scale_latitude=-70.0, central_longitude=0.0)


def plane_of_latitude(latitude: np.ndarray) -> PolarPlane:
    """Return the plane of the hemisphere in which most of the latitudes [degree] lie.

    Raises
    ------
    ValueError
        If no latitude is finite.
    """
    latitude = np.asarray(latitude, dtype=np.float64)
    known = latitude[np.isfinite(latitude)]
    if known.size == 0:
        raise ValueError("no latitude is finite: the hemisphere is unknown")
    return NORTH if np.median(known) >= 0.0 else SOUTH


def plane_of_epsg(crs: str) -> PolarPlane:
    """Return the plane named "EPSG:3413" or "EPSG:3976".

    Raises
    ------
    ValueError
        For every other name.
    """
    for plane in (NORTH, SOUTH):
        if crs == plane.crs:
            return plane
    raise ValueError(f"the plane must be {NORTH.crs} or {SOUTH.crs}, got {crs!r}")


def forward(
    plane: PolarPlane, longitude: np.ndarray, latitude: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Project places onto a plane.

    Parameters
    ----------
    plane : PolarPlane
    longitude, latitude : array, float [degree]
        Any shapes that broadcast; longitudes of any turn.  nan gives nan.

    Returns
    -------
    x, y : array, float64 [m]
        Equal to PROJ's to 1 mm poleward of 40 degrees.

    References
    ----------
    Snyder (1987), eqs. 15-9, 21-30, 21-31, 21-34; southern signs as on his page 162.
    """
    flat, shape = flat_float64(longitude, latitude)
    x, y = _kernels.polar_forward(*flat, *_constants(plane), ECCENTRICITY)
    return x.reshape(shape)[()], y.reshape(shape)[()]


def inverse(plane: PolarPlane, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of points on a plane.

    Parameters
    ----------
    plane : PolarPlane
    x, y : array, float [m]
        Any shapes that broadcast; nan gives nan.

    Returns
    -------
    longitude, latitude : array, float64 [degree]
        -180 <= longitude <= 180; the pole has the plane's central longitude.

    References
    ----------
    Snyder (1987), eqs. 3-5, 7-13, 20-16, 20-18, 21-40.
    """
    flat, shape = flat_float64(x, y)
    longitude, latitude = _kernels.polar_inverse(*flat, *_constants(plane), ECCENTRICITY)
    return longitude.reshape(shape)[()], latitude.reshape(shape)[()]


def scale_factor(plane: PolarPlane, latitude: np.ndarray) -> np.ndarray:
    """Return length on the plane divided by length on the ground, at latitudes [degree].

    The same in all directions (the projection is conformal); 1 at the plane's latitude of true
    scale, smaller poleward of it; nan gives nan.

    References
    ----------
    Snyder (1987), eq. 21-32.
    """
    sine = np.sin(np.radians(plane.hemisphere * np.asarray(latitude, dtype=np.float64)))
    es = ECCENTRICITY * sine
    isometric = np.exp(ECCENTRICITY * np.arctanh(es))
    # tan(45 - phi / 2) of eq. 15-9 over cos(phi) of eq. 14-15 is 1 / (1 + sin(phi)): written
    # so, the pole is an ordinary place.
    scale = plane.radius_scale * isometric * np.sqrt(1.0 - es**2) / (1.0 + sine)
    return scale / SEMI_MAJOR_AXIS


def ground_distance(
    plane: PolarPlane, x0: np.ndarray, y0: np.ndarray, x1: np.ndarray, y1: np.ndarray
) -> np.ndarray:
    """Return ground lengths [m] of short straight lines on a plane.

    The length on the plane is divided by the scale factor along the line (Simpson's mean over
    its ends and middle).  True to 0.1 m up to 20 km, poleward of 40 degrees.

    Parameters
    ----------
    plane : PolarPlane
    x0, y0, x1, y1 : array, float [m]
        The lines' ends, any shapes that broadcast; nan gives nan.
    """
    x0, y0, x1, y1 = (np.asarray(end, dtype=np.float64) for end in (x0, y0, x1, y1))

    def stretch(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return 1.0 / scale_factor(plane, inverse(plane, x, y)[1])

    middle = stretch(0.5 * (x0 + x1), 0.5 * (y0 + y1))
    mean = (stretch(x0, y0) + 4.0 * middle + stretch(x1, y1)) / 6.0
    return np.hypot(x1 - x0, y1 - y0) * mean


def geodesic_distance(
    longitude0: np.ndarray, latitude0: np.ndarray, longitude1: np.ndarray, latitude1: np.ndarray
) -> np.ndarray:
    """Return the shortest distance [m] over WGS 84 between places [degree]; nan gives nan.

    Shapes broadcast.  For places a few kilometres apart on a plane ``ground_distance`` is faster.
    """
    ends, shape = flat_float64(longitude0, latitude0, longitude1, latitude1)
    _, _, distance = Geod(ellps="WGS84").inv(ends[0], ends[1], ends[2], ends[3])
    return np.reshape(distance, shape)[()]


def flat_float64(*arrays: np.ndarray) -> tuple[list[np.ndarray], tuple[int, ...]]:
    """Return arrays as float64 (n,) of one length, and the shape they broadcast to."""
    given = [np.asarray(a, dtype=np.float64) for a in arrays]
    shape = np.broadcast_shapes(*(a.shape for a in given))
    # NumPy's broadcast views are not to be written to, even by kernels that do not.
    together = [a if a.shape == shape else np.broadcast_to(a, shape).copy() for a in given]
    return [np.ascontiguousarray(a).ravel() for a in together], shape


def _constants(plane: PolarPlane) -> tuple[float, float, float]:
    """Return what the kernels need to know of a plane, in their order."""
    return plane.hemisphere, plane.central_longitude, plane.radius_scale
