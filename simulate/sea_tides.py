"""Tides that follow from the sky alone: of the solid Earth, of a sea in equilibrium, of the pole.

Latitude in radians, longitude in radians, t in seconds after the world's epoch; heights in
metres.  The phases of Moon and Sun at the epoch are drawn, not computed: a world has no date that
its tides would have to match.

References
----------
Doodson, A. T. (1921), The harmonic development of the tide-generating potential, Proceedings of
the Royal Society A, 100, 305-329, doi:10.1098/rspa.1921.0088.
Cartwright, D. E., and A. C. Edden (1973), Corrected tables of tidal harmonics, Geophysical
Journal International, 33, 253-264, doi:10.1111/j.1365-246X.1973.tb03420.x.
Wahr, J. M. (1981), Body tides on an elliptical, rotating, elastic and oceanless Earth,
Geophysical Journal of the Royal Astronomical Society, 64, 677-703.
Wahr, J. M. (1985), Deformation induced by polar motion, Journal of Geophysical Research, 90(B11),
9363-9368, doi:10.1029/JB090iB11p09363.
"""

from typing import NamedTuple

import numpy as np

HOUR = 3_600.0  # s
DAY = 86_400.0  # s
LOVE_K2 = 0.302  # 1, of the solid Earth (Wahr 1981)
#: Height of the equilibrium sea over that of the potential: 1 + k2 - h2 (Wahr 1981).
EQUILIBRIUM_SHARE = 0.693
#: (1 + k2) Omega**2 a**2 / (2 g): the geocentric pole tide at 45 degrees (Wahr 1985), with
#: Omega = 7.292115e-5 rad/s, a = 6378137 m, g = 9.80 m/s2 [m per rad of polar motion].
POLE_TIDE = (1.0 + LOVE_K2) * (7.292115e-5 * 6_378_137.0) ** 2 / (2.0 * 9.80)
ARCSECOND = np.pi / 648_000.0  # rad
POLAR_MOTION = 0.15 * ARCSECOND  # rad, of the pole from its mean place (assumed)
CHANDLER_PERIOD = 433.0 * DAY  # s

LONG_PERIOD, DIURNAL, SEMIDIURNAL = 0, 1, 2


class Constituent(NamedTuple):
    """One line of the tidal spectrum."""

    speed: float  #: degree per hour
    species: int  #: times round a day: 0, 1 or 2
    potential: float  #: amplitude of the potential over gravity, less its latitude's factor [m]
    love_h2: float  #: rise of the solid Earth over that of the potential


#: By Darwin's name; Doodson numbers 255.555, 273.555, 165.555, 145.555, 075.555, 065.455 (Doodson
#: 1921).  Amplitudes of Cartwright and Edden (1973), Love numbers of Wahr (1981).
CONSTITUENTS = {
    "M2": Constituent(28.9841042, SEMIDIURNAL, 0.2423, 0.609),
    "S2": Constituent(30.0, SEMIDIURNAL, 0.1127, 0.609),
    "K1": Constituent(15.0410686, DIURNAL, 0.1416, 0.520),
    "O1": Constituent(13.9430356, DIURNAL, 0.1007, 0.603),
    "Mf": Constituent(1.0980331, LONG_PERIOD, 0.0420, 0.606),
    "Mm": Constituent(0.5443747, LONG_PERIOD, 0.0222, 0.606),
}


class Sky(NamedTuple):
    """Where Moon, Sun and pole are at the epoch."""

    phase: np.ndarray  #: of each of ``CONSTITUENTS`` at Greenwich [rad], (6,)
    pole: float  #: direction of the polar motion [rad, eastwards of Greenwich]


def draw_sky(rng: np.random.Generator) -> Sky:
    """Return Moon, Sun and pole anywhere."""
    return Sky(rng.uniform(0.0, 2.0 * np.pi, len(CONSTITUENTS)), rng.uniform(0.0, 2.0 * np.pi))


def angular_rate(constituent: Constituent) -> float:
    """Return the speed of a constituent [rad/s]."""
    return float(np.radians(constituent.speed) / HOUR)


def solid_earth_tide(
    sky: Sky, longitude: np.ndarray, latitude: np.ndarray, t: np.ndarray | float
) -> np.ndarray:
    """Return how far the ground rises: the sum of h2 times the potential's lines."""
    lines = zip(CONSTITUENTS.values(), sky.phase, strict=True)
    rise = [line.love_h2 * _potential(line, phase, longitude, latitude, t) for line, phase in lines]
    return np.sum(rise, axis=0)


def equilibrium_tide(
    sky: Sky, longitude: np.ndarray, latitude: np.ndarray, t: np.ndarray | float
) -> np.ndarray:
    """Return the long-period tide of a sea in equilibrium, relative to its bed."""
    lines = zip(CONSTITUENTS.values(), sky.phase, strict=True)
    rise = [
        EQUILIBRIUM_SHARE * _potential(line, phase, longitude, latitude, t)
        for line, phase in lines
        if line.species == LONG_PERIOD
    ]
    return np.sum(rise, axis=0)


def pole_tide(
    sky: Sky, longitude: np.ndarray, latitude: np.ndarray, t: np.ndarray | float
) -> np.ndarray:
    """Return how high the sea rises as the pole circles its mean place in 433 days.

    -(1 + k2) Omega**2 a**2 / (2 g) sin(2 latitude) (m1 cos(longitude) + m2 sin(longitude)) with
    the pole at (m1, m2): Wahr (1985), for a sea in equilibrium.
    """
    pole = sky.pole + 2.0 * np.pi * np.asarray(t) / CHANDLER_PERIOD
    return -POLE_TIDE * POLAR_MOTION * np.sin(2.0 * latitude) * np.cos(longitude - pole)


def _potential(
    line: Constituent,
    phase: float,
    longitude: np.ndarray,
    latitude: np.ndarray,
    t: np.ndarray | float,
) -> np.ndarray:
    """Return one line of the tide-generating potential over gravity [m]."""
    shape = {
        LONG_PERIOD: 0.5 - 1.5 * np.sin(latitude) ** 2,
        DIURNAL: np.sin(2.0 * latitude),
        SEMIDIURNAL: np.cos(latitude) ** 2,
    }[line.species]
    angle = angular_rate(line) * np.asarray(t) + line.species * longitude + phase
    return line.potential * shape * np.cos(angle)
