"""Compiled loops of the geo room: polar stereographic projection and swath geolocation.

Arrays in, arrays out: no defaults, no checks.  The callers in ``polar.py`` and ``swath.py``
check; these loops trust them.  Equation numbers are those of Snyder (1987).
"""

import math

import numpy as np
from numba import njit

#: Pixels by which the outermost pixel centres lie inside the image's edge.
HALF_PIXEL = 0.5
#: A Newton step this short [pixel] leaves an error far below it: convergence is quadratic.
SHORT_STEP = 1e-6
#: Room for rounding [pixel] at the image's edge.
EDGE_TOLERANCE = 1e-6
#: Newton steps; 2 or 3 suffice inside a scene, a few more slide along its edge.
MAXIMUM_STEPS = 20


@njit(cache=True, nogil=True)
def _isometric(sine: float, eccentricity: float) -> float:
    """Return ((1 + e sin) / (1 - e sin)) ** (e / 2), the ellipsoid's share in eq. 15-9."""
    es = eccentricity * sine
    return math.exp(eccentricity * math.atanh(es))


@njit(cache=True, nogil=True)
def _geodetic_latitude(t: float, eccentricity: float) -> float:
    """Return the latitude [radian] at which eq. 15-9 takes the value t, by eqs. 7-13 and 3-5."""
    e2 = eccentricity * eccentricity
    e4, e6, e8 = e2 * e2, e2 * e2 * e2, e2 * e2 * e2 * e2
    conformal = 0.5 * math.pi - 2.0 * math.atan(t)
    return (
        conformal
        + (e2 / 2 + 5 * e4 / 24 + e6 / 12 + 13 * e8 / 360) * math.sin(2 * conformal)
        + (7 * e4 / 48 + 29 * e6 / 240 + 811 * e8 / 11520) * math.sin(4 * conformal)
        + (7 * e6 / 120 + 81 * e8 / 1120) * math.sin(6 * conformal)
        + (4279 * e8 / 161280) * math.sin(8 * conformal)
    )


@njit(cache=True, nogil=True)
def polar_forward(
    longitude: np.ndarray,
    latitude: np.ndarray,
    hemisphere: float,
    central_longitude: float,
    radius_scale: float,
    eccentricity: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Project degrees (n,) to metres (n,) by eqs. 15-9, 21-34, 21-30 and 21-31."""
    x = np.empty(longitude.size)
    y = np.empty(longitude.size)
    for i in range(longitude.size):
        phi = math.radians(hemisphere * latitude[i])
        theta = math.radians(hemisphere * (longitude[i] - central_longitude))
        t = math.tan(0.25 * math.pi - 0.5 * phi) * _isometric(math.sin(phi), eccentricity)
        radius = radius_scale * t
        x[i] = hemisphere * radius * math.sin(theta)
        y[i] = -hemisphere * radius * math.cos(theta)
    return x, y


@njit(cache=True, nogil=True)
def polar_inverse(
    x: np.ndarray,
    y: np.ndarray,
    hemisphere: float,
    central_longitude: float,
    radius_scale: float,
    eccentricity: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return degrees (n,) of metres (n,) by eqs. 20-18, 21-40 and 20-16; -180 <= longitude < 180."""
    longitude = np.empty(x.size)
    latitude = np.empty(x.size)
    for i in range(x.size):
        t = math.hypot(x[i], y[i]) / radius_scale
        theta = math.atan2(hemisphere * x[i], 0.0 - hemisphere * y[i])
        degrees = central_longitude + hemisphere * math.degrees(theta)
        longitude[i] = (degrees + 180.0) % 360.0 - 180.0
        latitude[i] = hemisphere * math.degrees(_geodetic_latitude(t, eccentricity))
    return longitude, latitude


@njit(cache=True, nogil=True)
def _scale_at_sine(sine: float, radius_scale: float, eccentricity: float) -> float:
    """Return eq. 21-32 at a latitude's sine, per unit semi-major axis.

    The cosine of eq. 14-15 is divided out of eq. 15-9 (tan(45 - phi / 2) / cos(phi) is
    1 / (1 + sin(phi))), so that the pole is an ordinary place.
    """
    es = eccentricity * sine
    return (
        radius_scale
        * _isometric(sine, eccentricity)
        * math.sqrt(1.0 - es * es)
        / (1.0 + sine)
    )


@njit(cache=True, nogil=True)
def polar_scale(sine: np.ndarray, radius_scale: float, eccentricity: float) -> np.ndarray:
    """Return eq. 21-32 at sines (n,) of poleward latitudes, times the semi-major axis."""
    scale = np.empty(sine.size)
    for i in range(sine.size):
        scale[i] = _scale_at_sine(sine[i], radius_scale, eccentricity)
    return scale


@njit(cache=True, nogil=True)
def polar_scale_in_plane(
    x: np.ndarray, y: np.ndarray, radius_scale: float, eccentricity: float
) -> np.ndarray:
    """Return eq. 21-32 at places (n,) of the plane, times the semi-major axis."""
    scale = np.empty(x.size)
    for i in range(x.size):
        t = math.hypot(x[i], y[i]) / radius_scale
        sine = math.sin(_geodetic_latitude(t, eccentricity))
        scale[i] = _scale_at_sine(sine, radius_scale, eccentricity)
    return scale


@njit(cache=True, nogil=True)
def _cell(nodes: np.ndarray, value: float) -> int:
    """Return i so that nodes[i] <= value < nodes[i + 1]; the nearest i outside the nodes."""
    last = nodes.size - 2
    i = min(max(int((value - nodes[0]) / (nodes[1] - nodes[0])), 0), last)
    while i > 0 and value < nodes[i]:
        i -= 1
    while i < last and value >= nodes[i + 1]:
        i += 1
    return i


@njit(cache=True, nogil=True)
def _inside(nodes: np.ndarray, value: float, margin: float) -> bool:
    """Tell whether value lies within margin of the nodes; nan does not."""
    return nodes[0] - margin <= value <= nodes[-1] + margin


@njit(cache=True, nogil=True)
def _bicubic(patch: np.ndarray, u: float, v: float) -> float:
    """Return the sum of patch[i, j] u**(3 - i) v**(3 - j), patch (4, 4)."""
    value = 0.0
    for i in range(4):
        row = ((patch[i, 0] * v + patch[i, 1]) * v + patch[i, 2]) * v + patch[i, 3]
        value = value * u + row
    return value


@njit(cache=True, nogil=True)
def _bicubic_with_slopes(patch: np.ndarray, u: float, v: float) -> tuple[float, float, float]:
    """Return ``_bicubic`` and its derivatives by u and by v."""
    value = along_u = along_v = 0.0
    for i in range(4):
        row = ((patch[i, 0] * v + patch[i, 1]) * v + patch[i, 2]) * v + patch[i, 3]
        slope = (3.0 * patch[i, 0] * v + 2.0 * patch[i, 1]) * v + patch[i, 2]
        along_u = along_u * u + value
        value = value * u + row
        along_v = along_v * u + slope
    return value, along_u, along_v


@njit(cache=True, nogil=True)
def swath_forward(
    line: np.ndarray,
    sample: np.ndarray,
    grid_line: np.ndarray,
    grid_sample: np.ndarray,
    patches: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y (n,) at pixels (n,); patches (lines - 1, samples - 1, 2, 4, 4)."""
    x = np.empty(line.size)
    y = np.empty(line.size)
    for k in range(line.size):
        margin = HALF_PIXEL + EDGE_TOLERANCE
        if not (
            _inside(grid_line, line[k], margin) and _inside(grid_sample, sample[k], margin)
        ):
            x[k] = y[k] = math.nan
            continue
        i = _cell(grid_line, line[k])
        j = _cell(grid_sample, sample[k])
        u = line[k] - grid_line[i]
        v = sample[k] - grid_sample[j]
        x[k] = _bicubic(patches[i, j, 0], u, v)
        y[k] = _bicubic(patches[i, j, 1], u, v)
    return x, y


@njit(cache=True, nogil=True)
def _clamp(nodes: np.ndarray, value: float) -> float:
    """Return the value within the image that is nearest to value."""
    return min(max(value, nodes[0] - HALF_PIXEL), nodes[-1] + HALF_PIXEL)


@njit(cache=True, nogil=True)
def swath_inverse(
    x: np.ndarray,
    y: np.ndarray,
    first_guess: np.ndarray,
    grid_line: np.ndarray,
    grid_sample: np.ndarray,
    patches: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return line and sample (n,) of places (n,), by Newton steps that never leave the image.

    first_guess (2, 3) maps (x, y, 1) to (line, sample).  A place outside the image pins the
    iteration to its edge with a step still leading outwards: the answer is nan.
    """
    line = np.full(x.size, math.nan)
    sample = np.full(x.size, math.nan)
    margin = HALF_PIXEL + EDGE_TOLERANCE
    for k in range(x.size):
        if not (math.isfinite(x[k]) and math.isfinite(y[k])):
            continue
        a = first_guess[0, 0] * x[k] + first_guess[0, 1] * y[k] + first_guess[0, 2]
        b = first_guess[1, 0] * x[k] + first_guess[1, 1] * y[k] + first_guess[1, 2]
        a = _clamp(grid_line, a)
        b = _clamp(grid_sample, b)
        for _ in range(MAXIMUM_STEPS):
            i = _cell(grid_line, a)
            j = _cell(grid_sample, b)
            u = a - grid_line[i]
            v = b - grid_sample[j]
            px, px_u, px_v = _bicubic_with_slopes(patches[i, j, 0], u, v)
            py, py_u, py_v = _bicubic_with_slopes(patches[i, j, 1], u, v)
            determinant = px_u * py_v - px_v * py_u
            to_a = a + ((x[k] - px) * py_v - (y[k] - py) * px_v) / determinant
            to_b = b + ((y[k] - py) * px_u - (x[k] - px) * py_u) / determinant
            if (
                abs(to_a - a) < SHORT_STEP
                and abs(to_b - b) < SHORT_STEP
                and _inside(grid_line, to_a, margin)
                and _inside(grid_sample, to_b, margin)
            ):
                line[k] = to_a
                sample[k] = to_b
                break
            new_a = _clamp(grid_line, to_a)
            new_b = _clamp(grid_sample, to_b)
            if new_a == a and new_b == b:
                break
            a = new_a
            b = new_b
    return line, sample
