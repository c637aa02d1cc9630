"""The ice cover: first-year and multi-year ice at any place of a sheet without leads.

A pack of floes of two ages, each with a thickness, a roughness and a brightness of its own, in
which level ice varies lognormally and ridges stand along seams and cracks.  All is a function of a
seed and of material coordinates; ice floats in balance with its snow at every place, as it does
over the breadth of a ridged zone.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from ..surface import Surface
from ._cover_kernels import AgeLaw, CoverLattices, CoverLaw, RidgeLaw, cover_ice
from .buoyancy import FIRST_YEAR_DENSITY, MULTI_YEAR_DENSITY, SNOW_DENSITY, WATER_DENSITY
from .floes import SEAM_REACH, crack_lattices, crack_law, floe_lattices, floe_law
from .noise import draw_lattices, power_law_weights

WARP_STREAM, FIELD_STREAM, RUBBLE_STREAM, REGION_STREAM = 313, 314, 315, 316

#: Waves of floe outlines: lengths and amplitudes [m] (assumed, by eye against Sentinel-1 images).
WARP_SPACING = np.array([7_000.0, 1_800.0, 500.0])
WARP_AMPLITUDE = np.array([1_100.0, 260.0, 70.0])
#: Spacings of the fields of thickness and texture [m]: freeboard decorrelates over 1-5 km.
FIELD_SPACING = 6_400.0 / 2.3 ** np.arange(6)
#: Shares of texture's variance on these spacings, then from floe to floe (assumed).
TEXTURE_SHARES = np.array([0.0, 0.05, 0.1, 0.05, 0.15, 0.3])
TEXTURE_FROM_FLOE = 0.35
#: Spacings of rubble and snow [m], and shares of variance, then from floe to floe (assumed).
RUBBLE_SPACING = np.array([1_500.0, 220.0])
RUBBLE_SHARES = np.array([0.25, 0.35])
RUBBLE_FROM_FLOE = 0.4
REGION_SPACING = 60_000.0  # m, of regions richer or poorer in multi-year ice (assumed)
REGION_SHARE = 0.2  # 1, of the variance of what decides on a floe's kind (assumed)

#: Share of the plane that no floe covers or a crack opened in, as measured over 6e6 places.
BETWEEN_FLOES = 0.2384
RIDGE_LAW = RidgeLaw(
    ridging=1.0,
    seam_ridged=0.6,  # (assumed)
    crack_ridged=0.35,  # (assumed)
    crack_opened=0.3,  # (assumed)
    least_half_width=20.0,  # ridged zones are 40 to 200 m wide: images of 40 m see them (assumed)
    largest_half_width=SEAM_REACH,
    sail_cutoff=0.8,  # science.md 7.4
    sail_excess=0.35,  # 0.3-0.4 m, science.md 7.4
    sail_fill=0.22,  # triangles, about half of them gaps (assumed)
)
#: Median share of ridged ice away from ridges, and the spread of its logit, by age (assumed).
FIRST_YEAR_RUBBLE, MULTI_YEAR_RUBBLE = (0.06, 1.1), (0.22, 1.0)
SNOW_SPREAD = 0.35  # 1, standard deviation of the logarithm of the depth (assumed)
#: Snow that would take more than this of the level ice's own freeboard is blown away (assumed).
SNOW_LIMIT = 0.8


class CoverSettings(NamedTuple):
    """What the ice is like; thickness and snow are lognormal within an age."""

    multi_year_share: float = 0.4  #: of the area, 0..1 (assumed)
    first_year_thickness: float = 1.15  #: median of level ice, late winter [m] (assumed)
    multi_year_thickness: float = 1.9  #: median of level ice [m] (assumed)
    mean_growth: float = 1.0  #: factor on the thickness of first-year ice, for a season
    first_year_spread: float = 0.35  #: standard deviation of the logarithm (assumed)
    multi_year_spread: float = 0.30  #: standard deviation of the logarithm (assumed)
    thickness_slope: float = 2.0  #: fall of the spectrum of level thickness within a floe
    floe_share: float = 0.4  #: of that logarithm's variance, from floe to floe (assumed)
    first_year_snow: float = 0.12  #: mean depth [m], 0.05-0.20 (science.md 7.4, assumed)
    multi_year_snow: float = 0.28  #: mean depth [m], 0.2-0.4 (science.md 7.4, assumed)
    ridging: float = 1.0  #: factor on all ridged shares, 0..1


def ice_cover(settings: CoverSettings, seed: int, x: np.ndarray, y: np.ndarray) -> Surface:
    """Return the ice at places of a sheet without leads.

    Parameters
    ----------
    settings : CoverSettings
    seed : int
        The same seed gives the same ice, whatever places are asked for together.
    x, y : array of one shape, float64
        Material coordinates [m]; finite.

    Returns
    -------
    Surface
        Arrays of that shape; kinds are ``FIRST_YEAR`` and ``MULTI_YEAR``.

    Raises
    ------
    ValueError
        If a share does not lie between 0 and 1.
    """
    for name in ("multi_year_share", "floe_share", "ridging"):
        if not 0.0 <= getattr(settings, name) <= 1.0:
            raise ValueError(f"{name} must lie between 0 and 1, got {getattr(settings, name)}")
    x = np.asarray(x, dtype=np.float64)
    y = np.asarray(y, dtype=np.float64)
    numbers = (np.empty(x.size, dtype=np.float32) for _ in range(5))
    out = Surface(np.empty(x.size, dtype=np.uint8), *numbers)
    lattices = _lattices(seed)
    cover_ice(x.ravel(), y.ravel(), _law(settings), floe_law(), crack_law(), lattices, out)
    return Surface(*(part.reshape(x.shape) for part in out))


def _lattices(seed: int) -> CoverLattices:
    return CoverLattices(
        draw_lattices(seed, WARP_STREAM, WARP_SPACING),
        draw_lattices(seed, FIELD_STREAM, FIELD_SPACING),
        draw_lattices(seed, RUBBLE_STREAM, RUBBLE_SPACING),
        draw_lattices(seed, REGION_STREAM, np.array([REGION_SPACING])),
        floe_lattices(seed),
        crack_lattices(seed),
    )


def _age_law(
    thickness: float, spread: float, snow: float, rubble: tuple[float, float], density: float
) -> AgeLaw:
    return AgeLaw(
        log_thickness=math.log(thickness),
        thickness_spread=spread,
        log_snow=math.log(snow) - 0.5 * SNOW_SPREAD**2,
        snow_spread=SNOW_SPREAD,
        rubble_logit=math.log(rubble[0] / (1.0 - rubble[0])),
        rubble_spread=rubble[1],
        lift=1.0 - density / WATER_DENSITY,
        snow_sinking=SNOW_DENSITY / WATER_DENSITY,
        snow_limit=SNOW_LIMIT,
    )


def _law(settings: CoverSettings) -> CoverLaw:
    within = math.sqrt(1.0 - settings.floe_share)
    thickness = within * power_law_weights(FIELD_SPACING, settings.thickness_slope)
    between, floe = _multi_year_chances(settings.multi_year_share)
    return CoverLaw(
        warp_weight=np.stack([WARP_AMPLITUDE, WARP_AMPLITUDE], axis=-1),
        field_weight=np.stack([thickness, np.sqrt(TEXTURE_SHARES)], axis=-1),
        rubble_weight=np.stack([np.sqrt(RUBBLE_SHARES), np.sqrt(RUBBLE_SHARES)], axis=-1),
        floe_weight=(
            math.sqrt(settings.floe_share),
            math.sqrt(TEXTURE_FROM_FLOE),
            math.sqrt(RUBBLE_FROM_FLOE),
        ),
        region_weight=math.sqrt(REGION_SHARE),
        between_threshold=float(ndtri(between)),
        floe_threshold=float(ndtri(floe)),
        ridge=RIDGE_LAW._replace(ridging=settings.ridging),
        first_year=_age_law(
            settings.first_year_thickness * settings.mean_growth,
            settings.first_year_spread,
            settings.first_year_snow,
            FIRST_YEAR_RUBBLE,
            FIRST_YEAR_DENSITY,
        ),
        multi_year=_age_law(
            settings.multi_year_thickness,
            settings.multi_year_spread,
            settings.multi_year_snow,
            MULTI_YEAR_RUBBLE,
            MULTI_YEAR_DENSITY,
        ),
    )


def _multi_year_chances(share: float) -> tuple[float, float]:
    """Return the probabilities that ice between floes, and that a floe, is multi-year ice.

    Ice between floes is young, unless there is more multi-year ice than floes can be.
    """
    floes = 1.0 - BETWEEN_FLOES
    floe = min(share / floes, 1.0)
    return max(share - floe * floes, 0.0) / BETWEEN_FLOES, floe
