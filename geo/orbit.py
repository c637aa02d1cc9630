"""Orbits and the range-Doppler equations: where a radar echo comes from, and when it is seen.

A SAR focused to zero Doppler sees a ground point P at the time t at which it lies square to the
satellite's velocity, (P - R(t)) . V(t) = 0, at the slant range |P - R(t)|.  Positions are
Earth-centred and Earth-fixed (ECEF) [m]; the ellipsoid is WGS 84; times are seconds after the
orbit's epoch.

References
----------
Curlander, J. C. (1982), Location of spaceborne SAR imagery, IEEE Transactions on Geoscience and
Remote Sensing, GE-20(3), 359-364, doi:10.1109/TGRS.1982.350455.
Bowring, B. R. (1976), Transformation from spatial to geographical coordinates, Survey Review,
23(181), 323-327, doi:10.1179/sre.1976.23.181.323.
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from .polar import ECCENTRICITY, FLATTENING, SEMI_MAJOR_AXIS, PolarPlane, forward

#: Newton steps: the equations are nearly linear, 4 reach rounding from anywhere in a scene.
NEWTON_STEPS = 6


@dataclass(frozen=True, eq=False)
class Orbit:
    """State vectors of a satellite."""

    #: Zero of ``time``, UTC datetime64[ns].
    epoch: np.datetime64
    #: Seconds after ``epoch``, increasing, float64 (n,).
    time: np.ndarray
    #: ECEF position [m], float64 (n, 3).
    position: np.ndarray
    #: ECEF velocity [m / s], float64 (n, 3).
    velocity: np.ndarray

    def __post_init__(self) -> None:
        if self.time.size < 2 or not (np.diff(self.time) > 0).all():
            raise ValueError("an orbit needs two state vectors or more, their times increasing")


def state(orbit: Orbit, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where a satellite is, and how fast.

    Hermite cubics through positions and velocities: with vectors 10 s apart they err by 0.3 mm.

    Parameters
    ----------
    orbit : Orbit
    t : array (m,), float [s]
        After the orbit's epoch.

    Returns
    -------
    position [m], velocity [m / s] : array (m, 3), float64
        nan outside the span of the state vectors.
    """
    path = CubicHermiteSpline(orbit.time, orbit.position, orbit.velocity, extrapolate=False)
    return path(t), path(t, 1)


def zero_doppler(orbit: Orbit, ecef: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return when points are seen square to the velocity, and how far away they are then.

    Parameters
    ----------
    orbit : Orbit
        A stretch of less than half a revolution.
    ecef : array (m, 3), float [m]
        nan gives nan.

    Returns
    -------
    t : array (m,), float64 [s]
        After the orbit's epoch; nan where the point is not seen within the state vectors.
    slant_range : array (m,), float64 [m]
    """
    path = CubicHermiteSpline(orbit.time, orbit.position, orbit.velocity)
    t = np.full(len(ecef), 0.5 * (orbit.time[0] + orbit.time[-1]))
    for _ in range(NEWTON_STEPS):
        position, velocity, acceleration = path(t), path(t, 1), path(t, 2)
        sight = ecef - position
        slope = _dot(sight, acceleration) - _dot(velocity, velocity)
        t = t - _dot(sight, velocity) / slope
    t = np.where((t >= orbit.time[0]) & (t <= orbit.time[-1]), t, np.nan)
    return t, np.linalg.norm(ecef - state(orbit, t)[0], axis=1)


def locate(
    orbit: Orbit,
    t: np.ndarray,
    slant_range: np.ndarray,
    height: float | np.ndarray = 0.0,
    right_looking: bool = True,
) -> np.ndarray:
    """Return the points seen at zero Doppler at given times and slant ranges.

    Parameters
    ----------
    orbit : Orbit
    t : array (m,), float [s]
        After the orbit's epoch.
    slant_range : array (m,), float [m]
    height : float or array (m,) [m]
        Above the ellipsoid.
    right_looking : bool
        Whether the radar looks to the right of its velocity, as Sentinel-1 does.

    Returns
    -------
    array (m, 3), float64 [m]
        ECEF; nan outside the state vectors and where no point lies at that range.
    """
    position, velocity = state(orbit, t)
    axes = _axes(height)
    point = _on_sphere(position, velocity if right_looking else -velocity, slant_range, axes)
    for _ in range(NEWTON_STEPS):
        sight = point - position
        residual = np.stack(
            [
                _dot(sight, velocity),
                0.5 * (_dot(sight, sight) - slant_range**2),
                0.5 * (_dot(point / axes, point / axes) - 1.0),
            ],
            axis=-1,
        )
        jacobian = np.stack([velocity, sight, point / axes**2], axis=-2)
        point = point - _solve(jacobian, residual)
    return point


def sea_level_grid_from_orbit(
    orbit: Orbit, azimuth_time: np.ndarray, slant_range: np.ndarray, plane: PolarPlane
) -> tuple[np.ndarray, np.ndarray]:
    """Return where the pixels of a right-looking SAR image see the sea (height 0).

    Unlike the latitude and longitude of an annotated grid, which hold at the terrain's height,
    these are free of terrain.

    Parameters
    ----------
    orbit : Orbit
    azimuth_time : array (n, m), float [s]
        Zero-Doppler times of the nodes after the orbit's epoch.
    slant_range : array (n, m), float [m]
    plane : PolarPlane

    Returns
    -------
    x, y : array (n, m), float64 [m]
        On the plane.
    """
    points = locate(orbit, np.ravel(azimuth_time), np.ravel(slant_range))
    longitude, latitude, _ = ecef_to_geodetic(points)
    x, y = forward(plane, longitude, latitude)
    return x.reshape(np.shape(azimuth_time)), y.reshape(np.shape(azimuth_time))


def geodetic_to_ecef(
    longitude: np.ndarray, latitude: np.ndarray, height: float | np.ndarray = 0.0
) -> np.ndarray:
    """Return ECEF points (m, 3) [m] of places (m,) [degree] at heights [m]; nan gives nan."""
    lam, phi = np.radians(longitude), np.radians(latitude)
    squared = ECCENTRICITY**2
    radius = SEMI_MAJOR_AXIS / np.sqrt(1.0 - squared * np.sin(phi) ** 2)
    x = (radius + height) * np.cos(phi) * np.cos(lam)
    y = (radius + height) * np.cos(phi) * np.sin(lam)
    z = (radius * (1.0 - squared) + height) * np.sin(phi)
    return np.stack(np.broadcast_arrays(x, y, z), axis=-1)


def ecef_to_geodetic(ecef: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return longitude and latitude [degree] and height [m] of ECEF points (m, 3) [m].

    Bowring's (1976) step, twice: exact to 1e-8 m from the sea floor to satellites' heights.
    -180 <= longitude <= 180; nan gives nan.
    """
    x, y, z = np.moveaxis(np.asarray(ecef, dtype=np.float64), -1, 0)
    squared = ECCENTRICITY**2
    semi_minor_axis = SEMI_MAJOR_AXIS * (1.0 - FLATTENING)
    p = np.hypot(x, y)
    beta = np.arctan2(z, (1.0 - FLATTENING) * p)
    for _ in range(2):
        phi = np.arctan2(
            z + squared / (1.0 - squared) * semi_minor_axis * np.sin(beta) ** 3,
            p - squared * SEMI_MAJOR_AXIS * np.cos(beta) ** 3,
        )
        beta = np.arctan2((1.0 - FLATTENING) * np.sin(phi), np.cos(phi))
    height = (
        p * np.cos(phi)
        + z * np.sin(phi)
        - SEMI_MAJOR_AXIS * np.sqrt(1.0 - squared * np.sin(phi) ** 2)
    )
    return np.degrees(np.arctan2(y, x)), np.degrees(phi), height


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("...i,...i->...", a, b)


def _axes(height: float | np.ndarray) -> np.ndarray:
    """Return the axes of the ellipsoid that lies ``height`` above WGS 84, shape (..., 3).

    That surface is not quite an ellipsoid: the error is 1.4 mm at 1 km, 13 mm at 9 km.
    """
    a = SEMI_MAJOR_AXIS + np.asarray(height, dtype=np.float64)
    b = SEMI_MAJOR_AXIS * (1.0 - FLATTENING) + np.asarray(height, dtype=np.float64)
    return np.stack([a, a, b], axis=-1)


def _on_sphere(
    position: np.ndarray, velocity: np.ndarray, slant_range: np.ndarray, axes: np.ndarray
) -> np.ndarray:
    """Return the points to the right at a range, on a sphere through the sub-satellite point."""
    radius = np.linalg.norm(position, axis=-1, keepdims=True)
    up = position / radius
    right = np.cross(velocity, up)
    right /= np.linalg.norm(right, axis=-1, keepdims=True)
    sphere = 1.0 / np.linalg.norm(up / axes, axis=-1, keepdims=True)
    reach = slant_range[:, None]
    cosine = (radius**2 + reach**2 - sphere**2) / (2.0 * radius * reach)
    with np.errstate(invalid="ignore"):
        sine = np.sqrt(1.0 - cosine**2)
    return position + reach * (sine * right - cosine * up)


def _solve(matrices: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Solve 3x3 systems (m, 3, 3), (m, 3) by Cramer's rule; nan stays in its own row."""
    a, b, c = np.moveaxis(matrices, -2, 0)
    bc, ca, ab = np.cross(b, c), np.cross(c, a), np.cross(a, b)
    numerator = vectors[:, :1] * bc + vectors[:, 1:2] * ca + vectors[:, 2:] * ab
    return numerator / _dot(a, bc)[:, None]
