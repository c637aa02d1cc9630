"""The sea of a world: what a product's corrections say, and the anomaly that none of them knows.

Every part is a sum of waves that travel over the plane, or a tide of the sky (``sea_tides.py``):
smooth, known at every place and time, the same each time it is asked for.
"""

from typing import NamedTuple

import numpy as np

from ..geo.polar import NORTH, inverse
from .sea import Sea
from .sea_tides import (
    CONSTITUENTS,
    DAY,
    Sky,
    angular_rate,
    draw_sky,
    equilibrium_tide,
    pole_tide,
    solid_earth_tide,
)

SEA_STREAM = 303  # of random numbers, beside the seed

MEAN_LEVEL = (-5.0, 35.0)  # m, of the Arctic geoid above the ellipsoid (assumed)
STANDARD_PRESSURE = 1_013.3  # hPa, of the inverse barometer's formula
#: Rise of the sea per pressure, -1 / (density times gravity) [m/hPa] (Wunsch and Stammer 1997,
#: doi:10.1029/96RG03037).
INVERSE_BAROMETER = -9.948e-3
#: Zenith delay per pressure [m/hPa] and how gravity's change with latitude changes it (Davis et
#: al. 1985, doi:10.1029/RS020i006p01593, appendix A).
DRY_DELAY, DRY_GRAVITY = 2.2768e-3, 2.66e-3
MEAN_WET = -0.04  # m, of Arctic winter (assumed)
MEAN_IONOSPHERE = -0.028  # m, in Ku band (assumed)
#: Its daily part at the equator [m] (assumed).
DAILY_IONOSPHERE = 0.02
#: Load tide over ocean tide (assumed; the sea bed gives way under the water).
LOAD_SHARE = -0.06
#: Typical ocean tide in the deep Arctic [m] (assumed).
OCEAN_TIDE = {"M2": 0.12, "S2": 0.05, "K1": 0.05, "O1": 0.03}


class Waves(NamedTuple):
    """A sum of plane waves; arrays (m,), float64."""

    wavenumber_x: np.ndarray  #: rad/m
    wavenumber_y: np.ndarray
    rate: np.ndarray  #: rad/s
    amplitude: np.ndarray
    phase: np.ndarray  #: rad, at the centre at the epoch


class Spread(NamedTuple):
    """Between what bounds waves are drawn; all of them have the same amplitude."""

    number: int
    root_mean_square: float  #: of their sum, whose largest value is (2 number)**0.5 of it
    wavelength: tuple[float, float]  #: m
    period: tuple[float, float]  #: s; infinite for what stands still


STILL = (np.inf, np.inf)
#: Metres; slopes of 1e-5, and what seamounts and ridges do within 100 km (assumed).
GEOID = Spread(8, 2.0, (800e3, 3_000e3), STILL)
SEAMOUNTS = Spread(8, 0.15, (50e3, 100e3), STILL)
#: Metres; eddies and currents (assumed).
ANOMALY = Spread(10, 0.04, (100e3, 500e3), (10.0 * DAY, 40.0 * DAY))
#: hPa; lows and highs crossing at some 10 m/s (assumed).
PRESSURE = Spread(6, 8.0, (1_500e3, 4_000e3), (2.0 * DAY, 6.0 * DAY))
#: Metres; what the sea does when the wind turns faster than it settles (assumed).
FLUCTUATIONS = Spread(6, 0.015, (400e3, 1_500e3), (0.25 * DAY, 5.0 * DAY))
#: Metres; moist and dry air, dense and thin plasma (assumed).
MOISTURE = Spread(6, 0.005, (200e3, 1_000e3), (DAY, 5.0 * DAY))
PLASMA = Spread(6, 0.002, (500e3, 2_000e3), (0.1 * DAY, DAY))
#: Waves of each constituent of the ocean tide, as shares of its amplitude: the first prevails, so
#: that no place is without tide; and their wavelengths [m] (assumed).
TIDE_SHARES, TIDE_WAVELENGTH = (0.8, 0.4, 0.3), (1_500e3, 5_000e3)


class SeaField(NamedTuple):
    """What the sea of a world follows from."""

    centre: tuple[float, float]  #: on the plane, where phases are counted from [m]
    mean_level: float  #: of the mean sea surface [m]
    geoid: Waves
    seamounts: Waves
    anomaly: Waves
    pressure: Waves
    fluctuations: Waves
    moisture: Waves
    plasma: Waves
    ocean_tide: Waves
    sky: Sky


def draw_sea(seed: int, centre: tuple[float, float]) -> SeaField:
    """Return the sea that follows from a seed (not negative), around a place of the plane [m]."""
    rng = np.random.default_rng([seed, SEA_STREAM])
    return SeaField(
        centre=centre,
        mean_level=rng.uniform(*MEAN_LEVEL),
        geoid=_draw_waves(GEOID, rng),
        seamounts=_draw_waves(SEAMOUNTS, rng),
        anomaly=_draw_waves(ANOMALY, rng),
        pressure=_draw_waves(PRESSURE, rng),
        fluctuations=_draw_waves(FLUCTUATIONS, rng),
        moisture=_draw_waves(MOISTURE, rng),
        plasma=_draw_waves(PLASMA, rng),
        ocean_tide=_draw_ocean_tide(rng),
        sky=draw_sky(rng),
    )


def sea_at(field: SeaField, x: np.ndarray, y: np.ndarray, t: np.ndarray | float) -> Sea:
    """Return the sea's level and all corrections.

    Parameters
    ----------
    field : SeaField
    x, y : array, float [m]
        On the plane.
    t : number or array, float [s]
        After the epoch.  All of any shapes that broadcast; nan gives nan.

    Returns
    -------
    Sea
        Arrays float64 [m] of the common shape.
    """
    x, y, t = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (x, y, t)))
    place = (x - field.centre[0], y - field.centre[1], t)
    longitude, latitude = (np.radians(angle) for angle in inverse(NORTH, x, y))
    from_sky = (field.sky, longitude, latitude, t)
    pressure = wave_sum(field.pressure, *place)
    ocean = wave_sum(field.ocean_tide, *place)
    equilibrium = equilibrium_tide(*from_sky)
    load = LOAD_SHARE * ocean
    gravity = 1.0 - DRY_GRAVITY * np.cos(2.0 * latitude)
    day = np.cos(latitude) * np.cos(2.0 * np.pi * t / DAY + longitude)
    return Sea(
        mean_sea_surface=field.mean_level
        + wave_sum(field.geoid, *place)
        + wave_sum(field.seamounts, *place),
        sea_level_anomaly=wave_sum(field.anomaly, *place),
        dry_troposphere=-DRY_DELAY * (STANDARD_PRESSURE + pressure) / gravity,
        wet_troposphere=MEAN_WET + wave_sum(field.moisture, *place),
        ionosphere_ku=MEAN_IONOSPHERE + DAILY_IONOSPHERE * day + wave_sum(field.plasma, *place),
        inverse_barometer=INVERSE_BAROMETER * pressure,
        hf_fluctuations=wave_sum(field.fluctuations, *place),
        ocean_tide=ocean + load + equilibrium,
        ocean_tide_equilibrium=equilibrium,
        load_tide=load,
        solid_earth_tide=solid_earth_tide(*from_sky),
        pole_tide=pole_tide(*from_sky),
    )


def wave_sum(waves: Waves, x: np.ndarray, y: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return sum a cos(k . x + rate t + phase) at places from the centre [m] and times [s]."""
    total = np.zeros(x.shape)
    for along_x, along_y, rate, amplitude, phase in zip(*waves, strict=True):
        total += amplitude * np.cos(along_x * x + along_y * y + rate * t + phase)
    return total


def _draw_waves(spread: Spread, rng: np.random.Generator) -> Waves:
    number = spread.number
    wavelength = _between(spread.wavelength, number, rng)
    period = rng.choice([-1.0, 1.0], number) * _between(spread.period, number, rng)
    course = rng.uniform(0.0, 2.0 * np.pi, number)
    amplitude = np.full(number, spread.root_mean_square * np.sqrt(2.0 / number))
    return _waves(wavelength, course, 2.0 * np.pi / period, amplitude, rng)


def _between(bounds: tuple[float, float], number: int, rng: np.random.Generator) -> np.ndarray:
    """Return logarithmically uniform numbers; infinite ones between infinite bounds."""
    share = rng.random(number)
    return bounds[0] ** (1.0 - share) * bounds[1] ** share


def _draw_ocean_tide(rng: np.random.Generator) -> Waves:
    """Return a few waves of each constituent: amplitude and phase vary from place to place."""
    names = np.repeat(list(OCEAN_TIDE), len(TIDE_SHARES))
    typical = np.outer(list(OCEAN_TIDE.values()), TIDE_SHARES).ravel()
    rate = np.array([angular_rate(CONSTITUENTS[name]) for name in names])
    wavelength = _between(TIDE_WAVELENGTH, names.size, rng)
    course = rng.uniform(0.0, 2.0 * np.pi, names.size)
    return _waves(wavelength, course, rate, typical * rng.uniform(0.7, 1.3, names.size), rng)


def _waves(
    wavelength: np.ndarray,
    course: np.ndarray,
    rate: np.ndarray,
    amplitude: np.ndarray,
    rng: np.random.Generator,
) -> Waves:
    number = 2.0 * np.pi / wavelength
    phase = rng.uniform(0.0, 2.0 * np.pi, wavelength.size)
    return Waves(number * np.cos(course), number * np.sin(course), rate, amplitude, phase)
