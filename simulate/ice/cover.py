"""The ice cover: first-year and multi-year ice at any place of a sheet without leads.

A pack of floes of two ages, each with a thickness, a roughness and a brightness of its own, in
which level ice varies lognormally and ridges stand along seams and cracks.  All is a function of a
seed and of material coordinates; ice floats in balance with its snow at every place, as it does
over the breadth of a ridged zone.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import logit, ndtri

from ..surface import Surface
from ._cover_kernels import CoverLattices, CoverLaw, Output, cover_ice
from .buoyancy import FIRST_YEAR_DENSITY, MULTI_YEAR_DENSITY, SNOW_DENSITY, WATER_DENSITY
from .floes import SEAM_REACH, crack_lattices, crack_law, floe_lattices, floe_law
from .noise import draw_lattices, power_law_weights

WARP_STREAM, FIELD_STREAM, RUBBLE_STREAM, REGION_STREAM = 313, 314, 315, 316

#: Waves of floe outlines: lengths and amplitudes [m] (assumed, by eye against Sentinel-1 images).
WARP_SPACING = np.array([7_000.0, 1_800.0, 500.0])
WARP_AMPLITUDE = np.array([1_100.0, 260.0, 70.0])
#: Spacings of the fields of thickness and texture [m]: freeboard decorrelates over 1-5 km.
FIELD_SPACING = 6_400.0 / 2.0 ** np.arange(7)
#: Shares of texture's variance on these spacings, then from floe to floe (assumed).
TEXTURE_SHARES = np.array([0.0, 0.0, 0.05, 0.1, 0.05, 0.15, 0.3])
TEXTURE_FROM_FLOE = 0.35
#: Spacings of rubble and snow [m], and shares of variance, then from floe to floe (assumed).
RUBBLE_SPACING = np.array([1_500.0, 300.0])
RUBBLE_SHARES = np.array([0.3, 0.2])
RUBBLE_FROM_FLOE = 0.5
REGION_SPACING = 60_000.0  # m, of regions richer or poorer in multi-year ice (assumed)
REGION_SHARE = 0.3  # 1, of the variance of what decides on a floe's kind (assumed)

#: Share of the plane that no floe covers or a crack opened in, as measured over 4e6 places.
BETWEEN_FLOES = 0.27
#: Probabilities that a floe's edge is ridged, that a crack is, that it opened (assumed).
SEAM_RIDGED, CRACK_RIDGED, CRACK_OPENED = 0.6, 0.35, 0.3
LEAST_HALF_WIDTH = 20.0  # m; ridged zones are 40 to 200 m wide: images of 40 m see them (assumed)
SAIL_CUTOFF = 0.8  # m, least height of a ridge's sail (science.md 7.4)
SAIL_EXCESS = 0.35  # m, mean height above the cut-off: 0.3-0.4 m (science.md 7.4)
#: Mean freeboard that ridged ice adds, over its sails' height: triangles, half of them gaps
#: (assumed).
SAIL_FILL = 0.25
#: Snow that would take more than this of the level ice's own freeboard is blown away (assumed).
SNOW_LIMIT = 0.8


class CoverSettings(NamedTuple):
    """What the ice is like; thickness and snow are lognormal within an age."""

    multi_year_share: float = 0.4  #: of the area, 0..1 (assumed)
    first_year_thickness: float = 1.2  #: median of level ice, late winter [m] (assumed)
    multi_year_thickness: float = 1.9  #: median of level ice [m] (assumed)
    mean_growth: float = 1.0  #: factor on the thickness of first-year ice, for a season
    first_year_spread: float = 0.35  #: standard deviation of the logarithm (assumed)
    multi_year_spread: float = 0.30  #: standard deviation of the logarithm (assumed)
    thickness_slope: float = 2.0  #: fall of the spectrum of level thickness within a floe
    floe_share: float = 0.4  #: of that logarithm's variance, from floe to floe (assumed)
    first_year_snow: float = 0.12  #: mean depth [m], 0.05-0.20 (science.md 7.4, assumed)
    multi_year_snow: float = 0.28  #: mean depth [m], 0.2-0.4 (science.md 7.4, assumed)
    snow_spread: float = 0.35  #: standard deviation of the logarithm (assumed)
    first_year_rubble: float = 0.08  #: median share of ridged ice away from ridges (assumed)
    multi_year_rubble: float = 0.25  #: median share of ridged ice away from ridges (assumed)
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
    out = Output(np.empty(x.size, dtype=np.uint8), *numbers)
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


def _law(settings: CoverSettings) -> CoverLaw:
    density = np.array([FIRST_YEAR_DENSITY, MULTI_YEAR_DENSITY])
    level = np.array(
        [settings.first_year_thickness * settings.mean_growth, settings.multi_year_thickness]
    )
    snow = np.array([settings.first_year_snow, settings.multi_year_snow])
    within = power_law_weights(FIELD_SPACING, settings.thickness_slope)
    return CoverLaw(
        warp_weight=np.stack([WARP_AMPLITUDE, WARP_AMPLITUDE], axis=-1),
        field_weight=np.stack(
            [np.sqrt(1.0 - settings.floe_share) * within, np.sqrt(TEXTURE_SHARES)], axis=-1
        ),
        thickness_from_floe=math.sqrt(settings.floe_share),
        texture_from_floe=math.sqrt(TEXTURE_FROM_FLOE),
        rubble_weight=np.stack([np.sqrt(RUBBLE_SHARES), np.sqrt(RUBBLE_SHARES)], axis=-1),
        rubble_from_floe=math.sqrt(RUBBLE_FROM_FLOE),
        region_weight=math.sqrt(REGION_SHARE),
        kind_threshold=ndtri(_multi_year_chances(settings.multi_year_share)),
        log_thickness=np.log(level),
        thickness_spread=np.array([settings.first_year_spread, settings.multi_year_spread]),
        log_snow=np.log(snow) - 0.5 * settings.snow_spread**2,
        snow_spread=settings.snow_spread,
        rubble_logit=logit([settings.first_year_rubble, settings.multi_year_rubble]),
        rubble_spread=np.array([1.0, 0.7]),
        ridging=settings.ridging,
        seam_ridged=SEAM_RIDGED,
        crack_ridged=CRACK_RIDGED,
        crack_opened=CRACK_OPENED,
        least_half_width=LEAST_HALF_WIDTH,
        largest_half_width=SEAM_REACH,
        sail_cutoff=SAIL_CUTOFF,
        sail_excess=SAIL_EXCESS,
        sail_fill=SAIL_FILL,
        lift=1.0 - density / WATER_DENSITY,
        snow_sinking=SNOW_DENSITY / WATER_DENSITY,
        snow_limit=SNOW_LIMIT,
    )


def _multi_year_chances(share: float) -> np.ndarray:
    """Return the probabilities that ice between floes, and that a floe, is multi-year ice.

    Ice between floes is young, unless there is more multi-year ice than floes can be.
    """
    floes = 1.0 - BETWEEN_FLOES
    chance = min(share / floes, 1.0)
    return np.array([(share - chance * floes) / BETWEEN_FLOES, chance])
