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
    """Return degrees (n,) of metres (n,) by eqs. 20-18, 21-40 and 20-16."""
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
def _cell(nodes: np.ndarray, value: float) -> int:
    """Return i so that nodes[i] <= value < nodes[i + 1]; the nearest i outside the nodes."""
    last = nodes.size - 2
    share = (value - nodes[0]) / (nodes[-1] - nodes[0])
    i = min(max(int(share * (last + 1)), 0), last)
    while i > 0 and value < nodes[i]:
        i -= 1
    while i < last and value >= nodes[i + 1]:
        i += 1
    return i


@njit(cache=True, nogil=True)
def _inside(nodes: np.ndarray, value: float) -> bool:
    """Tell whether value lies within the image; nan does not."""
    return nodes[0] - HALF_PIXEL <= value <= nodes[-1] + HALF_PIXEL


@njit(cache=True, nogil=True)
def _clamp(nodes: np.ndarray, value: float) -> float:
    """Return the number within the image that is nearest to value."""
    return min(max(value, nodes[0] - HALF_PIXEL), nodes[-1] + HALF_PIXEL)


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
    x = np.full(line.size, math.nan)
    y = np.full(line.size, math.nan)
    for k in range(line.size):
        if _inside(grid_line, line[k]) and _inside(grid_sample, sample[k]):
            i = _cell(grid_line, line[k])
            j = _cell(grid_sample, sample[k])
            u = line[k] - grid_line[i]
            v = sample[k] - grid_sample[j]
            x[k] = _bicubic(patches[i, j, 0], u, v)
            y[k] = _bicubic(patches[i, j, 1], u, v)
    return x, y


@njit(cache=True, nogil=True)
def _newton_step(
    x: float,
    y: float,
    line: float,
    sample: float,
    grid_line: np.ndarray,
    grid_sample: np.ndarray,
    patches: np.ndarray,
) -> tuple[float, float]:
    """Return the step [pixel] from (line, sample) towards the place (x, y)."""
    i = _cell(grid_line, line)
    j = _cell(grid_sample, sample)
    u = line - grid_line[i]
    v = sample - grid_sample[j]
    px, px_u, px_v = _bicubic_with_slopes(patches[i, j, 0], u, v)
    py, py_u, py_v = _bicubic_with_slopes(patches[i, j, 1], u, v)
    determinant = px_u * py_v - px_v * py_u
    down = ((x - px) * py_v - (y - py) * px_v) / determinant
    right = ((y - py) * px_u - (x - px) * py_u) / determinant
    return down, right


@njit(cache=True, nogil=True)
def swath_inverse(
    x: np.ndarray,
    y: np.ndarray,
    first_guess: np.ndarray,
    grid_line: np.ndarray,
    grid_sample: np.ndarray,
    patches: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return line and sample (n,) of places (n,), by Newton steps kept within the image.

    first_guess (2, 3) maps (x, y, 1) to (line, sample).  A place outside the image pins the
    iteration to the edge while the steps still lead outwards: the answer is nan.
    """
    line = np.full(x.size, math.nan)
    sample = np.full(x.size, math.nan)
    for k in range(x.size):
        if not (math.isfinite(x[k]) and math.isfinite(y[k])):
            continue
        a = first_guess[0, 0] * x[k] + first_guess[0, 1] * y[k] + first_guess[0, 2]
        b = first_guess[1, 0] * x[k] + first_guess[1, 1] * y[k] + first_guess[1, 2]
        a = _clamp(grid_line, a)
        b = _clamp(grid_sample, b)
        for _ in range(MAXIMUM_STEPS):
            down, right = _newton_step(x[k], y[k], a, b, grid_line, grid_sample, patches)
            next_a = _clamp(grid_line, a + down)
            next_b = _clamp(grid_sample, b + right)
            arrived = abs(down) < SHORT_STEP and abs(right) < SHORT_STEP
            pinned = abs(next_a - a) < SHORT_STEP and abs(next_b - b) < SHORT_STEP
            a = next_a
            b = next_b
            if arrived:
                line[k] = a
                sample[k] = b
            if arrived or pinned:
                break
    return line, sample
