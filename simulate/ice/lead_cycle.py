"""How a lead lives: it opens within hours, freezes over, and closes again some days later.

Every function is one of time alone, the same for all leads but for the two moments drawn for
each: when it began to open and when it began to close.  Leads open at a steady rate and all close
before their ice is thicker than young ice, so that the share of leads is the same at all times
and the pack neither gains nor loses area.

References
----------
Lebedev, V. V. (1938), growth of ice in Arctic rivers and seas depending on negative air
temperatures, Problemy Arktiki 5, 9-25: h [cm] = 1.33 FDD**0.58, as in Maykut (1986), The surface
heat and mass balance, in The Geophysics of Sea Ice.
"""

import math
from typing import NamedTuple

import numpy as np

from ..surface import Kind

DAY = 86_400.0  # s
HOUR = 3_600.0  # s
FREEZING_POINT = -1.8  # degree Celsius, sea water of 33 g/kg
LEBEDEV_FACTOR = 0.0133  # m, Lebedev (1938)
LEBEDEV_EXPONENT = 0.58  # 1, Lebedev (1938)
ICE_FREE = 0.01  # m; a skim of ice thinner than this is seen as water (assumed)
NILAS_LIMIT = 0.10  # m, WMO sea-ice nomenclature: nilas is up to 10 cm thick
YOUNG_ICE_LIMIT = 0.30  # m, WMO sea-ice nomenclature: young ice is 10-30 cm thick


class LifeSettings(NamedTuple):
    """How long leads open, stay open and close [s], and how cold the air is."""

    air_temperature: float = -25.0  #: degree Celsius, steady (assumed)
    opening_duration: float = 12 * HOUR  #: from the first crack to full breadth (assumed)
    #: Mean of the exponential time between full breadth and the begin of closing [s]; leads are
    #: visible for 1-3 days (assumed).
    mean_life: float = 2 * DAY
    closing_duration: float = 12 * HOUR  #: from full breadth to shut (assumed)


def ice_thickness(age: np.ndarray, air_temperature: float) -> np.ndarray:
    """Return how thick ice of an age has grown [m], 0 at ages [s] of 0 and less.

    Lebedev (1938): the thickness goes with the sum of freezing-degree days to the power of 0.58.
    """
    degree_days = (FREEZING_POINT - air_temperature) * np.maximum(age, 0.0) / DAY
    return LEBEDEV_FACTOR * degree_days**LEBEDEV_EXPONENT


def age_of_ice(thickness: float, air_temperature: float) -> float:
    """Return in what time [s] ice grows to a thickness [m]: ``ice_thickness`` turned about."""
    degree_days = (thickness / LEBEDEV_FACTOR) ** (1.0 / LEBEDEV_EXPONENT)
    return degree_days / (FREEZING_POINT - air_temperature) * DAY


def longest_life(life: LifeSettings) -> float:
    """Return the time [s] from the first crack by which every lead is shut.

    It is the time in which the lead's ice would outgrow young ice.
    """
    return life.opening_duration + age_of_ice(YOUNG_ICE_LIMIT, life.air_temperature)


def longest_stay(life: LifeSettings) -> float:
    """Return for how long [s] a lead may stay at full breadth."""
    return longest_life(life) - life.opening_duration - life.closing_duration


def draw_stays(life: LifeSettings, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return for how long [s] each of ``count`` leads stays at full breadth: (count,), float64.

    Exponential with mean ``life.mean_life``, cut at ``longest_stay``.
    """
    least = math.exp(-longest_stay(life) / life.mean_life)
    return -life.mean_life * np.log(1.0 - rng.random(count) * (1.0 - least))


def mean_open_time(life: LifeSettings) -> float:
    """Return the mean over leads of the integral of ``opening`` over time [s]."""
    longest = longest_stay(life)
    mean_stay = life.mean_life - longest / math.expm1(longest / life.mean_life)
    return mean_stay + 0.5 * (life.opening_duration + life.closing_duration)


def opening(life: LifeSettings, opened: np.ndarray, closing: np.ndarray, t: float) -> np.ndarray:
    """Return the share of its full breadth, 0..1, to which each lead is open at a time.

    Parameters
    ----------
    life : LifeSettings
    opened, closing : array (leads,), float64 [s]
        When each begins to open and to close.
    t : float [s]
    """
    return _ramp((t - opened) / life.opening_duration) - _ramp(
        (t - closing) / life.closing_duration
    )


def _ramp(share: np.ndarray) -> np.ndarray:
    """Return 3 u**2 - 2 u**3: 0 before 0, 1 after 1, smooth and with a mean of 1/2 between."""
    u = np.clip(share, 0.0, 1.0)
    return u * u * (3.0 - 2.0 * u)


def thickness_in_leads(life: LifeSettings, opened: np.ndarray, t: float) -> np.ndarray:
    """Return the ice thickness [m] in leads that began to open at ``opened`` [s].

    Ice grows from the moment of full breadth: as long as a lead opens, what freezes is broken
    and herded away.  A skim thinner than ``ICE_FREE`` counts as none.
    """
    grown = ice_thickness(t - opened - life.opening_duration, life.air_temperature)
    return np.where(grown < ICE_FREE, 0.0, grown)


def kind_of_leads(thickness: np.ndarray, roughened: np.ndarray) -> np.ndarray:
    """Return the ``Kind`` of leads, uint8, from their ice thickness [m].

    ``roughened`` (bool) tells whether the lead is open to the wind: it matters while there is
    no ice in it.
    """
    water = np.where(roughened, Kind.ROUGH_WATER, Kind.CALM_WATER)
    ice = np.where(thickness < NILAS_LIMIT, Kind.NILAS, Kind.FROST_FLOWERS)
    return np.where(thickness == 0.0, water, ice).astype(np.uint8)


def slipping_time(
    life: LifeSettings, opened: np.ndarray, closing: np.ndarray, t: float
) -> np.ndarray:
    """Return how long [s] each lead has been active since the epoch; negative before it.

    A lead is active from when it begins to open until it is shut; its sides slip past each other
    then and only then.
    """
    shut = closing + life.closing_duration
    return np.clip(t, opened, shut) - np.clip(0.0, opened, shut)
