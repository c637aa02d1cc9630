"""Polar stereographic projection, one place at a time, as in the textbook (Snyder 1987)."""

import math

A = 6_378_137.0  # m, WGS 84
F = 1.0 / 298.257_223_563
E = math.sqrt(2 * F - F * F)


def _t(phi: float) -> float:
    """Return eq. 15-9 at a latitude [radian]."""
    ratio = (1 - E * math.sin(phi)) / (1 + E * math.sin(phi))
    return math.tan(math.pi / 4 - phi / 2) / ratio ** (E / 2)


def _scale(true_scale_latitude: float) -> float:
    """Return a m_c / t_c of eq. 21-34."""
    phi = math.radians(abs(true_scale_latitude))
    m = math.cos(phi) / math.sqrt(1 - E**2 * math.sin(phi) ** 2)
    return A * m / _t(phi)


def forward(
    longitude: float, latitude: float, true_scale_latitude: float, central_longitude: float
) -> tuple[float, float]:
    """Project one place; the south by turning all signs (Snyder's page 162)."""
    if true_scale_latitude < 0:
        x, y = forward(-longitude, -latitude, -true_scale_latitude, -central_longitude)
        return -x, -y
    rho = _scale(true_scale_latitude) * _t(math.radians(latitude))
    theta = math.radians(longitude - central_longitude)
    return rho * math.sin(theta), -rho * math.cos(theta)


def inverse(
    x: float, y: float, true_scale_latitude: float, central_longitude: float
) -> tuple[float, float]:
    """Return longitude and latitude of one point, iterating eq. 7-9."""
    if true_scale_latitude < 0:
        longitude, latitude = inverse(-x, -y, -true_scale_latitude, -central_longitude)
        return -longitude, -latitude
    t = math.hypot(x, y) / _scale(true_scale_latitude)
    phi = math.pi / 2 - 2 * math.atan(t)
    for _ in range(30):
        ratio = (1 - E * math.sin(phi)) / (1 + E * math.sin(phi))
        phi = math.pi / 2 - 2 * math.atan(t * ratio ** (E / 2))
    return central_longitude + math.degrees(math.atan2(x, -y)), math.degrees(phi)
