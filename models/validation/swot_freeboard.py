"""SWOT swaths as referees: freeboard of every cell above a sea level found on the swath itself.

KaRIn sees near the upper side of the snow: this is total freeboard.  Heights over ice hold errors
that crossovers cannot remove, of either side of the swath apart and up to half a metre; they and
the sea level come off together, by the heights of leads on that side.
"""

from typing import NamedTuple

import numpy as np
import xarray as xr

from ...geo.polar import geodesic_distance
from ...products.canonical_swath import NADIR
from .karin_noise import karin_noise
from .swath_level import Cells, level_of_lines, sigma_of_lines
from .swot_quality import open_water, usable_cells
from .swot_water import COARSE_M, Candidates, water_candidates
from .water_heights import find_level

#: A half-swath needs so many cells' worth of water for a sea level.
FEWEST_WATER_CELLS = 10.0
#: Farther from water than gives this sigma the sea level is as good as unknown [m].
WORST_LEVEL_SIGMA_M = 0.10
#: What all leads of a side have in common: thin ice, the ice's share of bright cells [m] (chosen on
#: simulated worlds of other seeds than those reported).
LEAD_BIAS_SIGMA_M = 0.015
#: Total freeboards outside this are errors [m], to within four sigma.
FREEBOARD_RANGE_M = (-0.3, 3.0)


class SideModel(NamedTuple):
    """What is removed from heights across track."""

    order: int = 1  #: of the polynomial: 0 a, 1 a + b ac, 2 a + b ac + c ac**2
    sides_apart: bool = True  #: whether left and right have polynomials of their own


class SwotFreeboard(NamedTuple):
    """Arrays (lines, pixels), float64, nan where not valid."""

    freeboard: np.ndarray  #: total, above the local sea level [m]
    sigma: np.ndarray  #: of the noise, independent from cell to cell [m]
    level_sigma: np.ndarray  #: of the sea level, common to neighbours [m]
    level: np.ndarray  #: sea level and errors of the side, above the mean sea surface [m]
    water: np.ndarray  #: probability that the cell is all water
    valid: np.ndarray  #: bool


def swot_freeboard(
    swath: xr.Dataset,
    mean_sea_surface: np.ndarray | None = None,
    lead_probability: np.ndarray | None = None,
    sides: SideModel | None = None,
) -> SwotFreeboard:
    """Return the freeboard that a swath of SWOT measured.

    Parameters
    ----------
    swath : xr.Dataset
        See ``products.canonical_swath``, with ``sea_level_anomaly``; L2 Expert, L3, or L2
        Unsmoothed after ``products.swot.with_corrections_of``.
    mean_sea_surface : array (lines, pixels), float64, optional
        The one that altimeters were referred to [m above WGS 84]; else the product's.
    lead_probability : array (lines, pixels), float, optional
        Of a SAR scene moved to the swath's time, the mean over each cell; nan where not seen,
        which counts as ice.  Without it water is found by KaRIn's own backscatter.
    sides : SideModel, optional

    Returns
    -------
    SwotFreeboard

    Raises
    ------
    ValueError
        If the swath has no anomalies, no cell passes the quality tests, or no side has enough
        water to find the sea level by.
    """
    sides = SideModel() if sides is None else sides
    height = height_above(swath, mean_sea_surface)
    usable = tested_cells(swath, height)
    outside = open_water(swath)
    candidates = water_candidates(swath, usable, outside, lead_probability)
    noise = noise_of(swath)
    found = _levels(swath, np.where(usable, height, np.nan), noise, candidates, sides)
    freeboard = height - found.level
    low, high = FREEBOARD_RANGE_M
    valid = usable & ~outside & (found.level_sigma <= WORST_LEVEL_SIGMA_M)
    valid &= (freeboard >= low - 4.0 * noise) & (freeboard <= high + 4.0 * noise)
    value, own, shared = (np.where(valid, v, np.nan) for v in (freeboard, noise, found.level_sigma))
    return SwotFreeboard(value, own, shared, found.level, found.water, valid)


def tested_cells(swath: xr.Dataset, height: np.ndarray) -> np.ndarray:
    """Return the cells that pass the quality tests, bool, given heights (lines, pixels) [m].

    Raises
    ------
    ValueError
        If none does.
    """
    usable = usable_cells(swath, height)
    if not usable.any():
        raise ValueError(
            f"{swath.attrs['source']}: no cell of the swath passes the quality tests; take "
            "another pass"
        )
    return usable


def height_above(swath: xr.Dataset, mean_sea_surface: np.ndarray | None) -> np.ndarray:
    """Return heights [m] above a mean sea surface: the product's anomaly, referred anew.

    Raises
    ------
    ValueError
        If the swath has no anomaly, or its own mean sea surface is not known.
    """
    source = swath.attrs["source"]
    if "sea_level_anomaly" not in swath:
        raise ValueError(
            f"{source}: has no tides and no atmosphere to take off; give the Expert file of the "
            "same pass as well"
        )
    anomaly = np.asarray(swath["sea_level_anomaly"].values)
    if mean_sea_surface is None:
        return anomaly
    if "mean_sea_surface" not in swath:
        raise ValueError(
            f"{source}: does not tell its own mean sea surface, so that no other can replace it; "
            "take the Expert file"
        )
    return anomaly + swath["mean_sea_surface"].values - mean_sea_surface


def noise_of(swath: xr.Dataset) -> np.ndarray:
    """Return the noise of heights [m]: the product's where it tells any, else the mission's."""
    nominal = karin_noise(swath["cross_track_distance"].values, swath.attrs["cell_size_m"])
    if "sea_surface_height_uncertainty" not in swath:
        return nominal
    told = swath["sea_surface_height_uncertainty"].values
    return np.where(told > 0.0, told, nominal)


def along_track(swath: xr.Dataset) -> np.ndarray:
    """Return the ground distance of lines (lines,) from the first [m], in the swath's middle."""
    middle = swath.sizes["pixel"] // 2
    longitude, latitude = (swath[n].values[:, middle] for n in ("longitude", "latitude"))
    steps = geodesic_distance(longitude[:-1], latitude[:-1], longitude[1:], latitude[1:])
    steps = np.where(np.isfinite(steps), steps, swath.attrs["cell_size_m"])
    return np.concatenate([[0.0], np.cumsum(steps)])


def _advice(swath: xr.Dataset) -> str:
    if swath.attrs["cell_size_m"] < COARSE_M:
        return "take a pass with leads, or give a lead probability"
    return "give the Unsmoothed file of the same pass as well: too few leads fill pixels of 2 km"


class _Found(NamedTuple):
    level: np.ndarray
    level_sigma: np.ndarray
    water: np.ndarray


def _levels(
    swath: xr.Dataset,
    height: np.ndarray,
    noise: np.ndarray,
    candidates: Candidates,
    sides: SideModel,
) -> _Found:
    """Fit each side, or both as one; a side without water stays unknown."""
    along, across = along_track(swath), swath["cross_track_distance"].values
    which = swath["side"].values if sides.sides_apart else np.ones(across.shape[1])
    found = _Found(*(np.full(across.shape, v) for v in (np.nan, np.inf, 0.0)))
    for side in np.unique(which[which != NADIR]):
        pixels = which == side
        cells = Cells(along, across[:, pixels])
        told = Candidates(*(values[:, pixels] for values in candidates))
        length = float(along[-1])
        water = find_level(cells, height[:, pixels], noise[:, pixels], told, length, sides.order)
        if water.effective_cells < FEWEST_WATER_CELLS:
            continue
        found.level[:, pixels] = level_of_lines(water.level, *cells)
        sigma = sigma_of_lines(water.level, *cells)
        found.level_sigma[:, pixels] = np.hypot(sigma, LEAD_BIAS_SIGMA_M)
        found.water[:, pixels] = water.probability
    if not np.isfinite(found.level).any():
        raise ValueError(
            f"{swath.attrs['source']}: too little water is seen on the swath to find the sea "
            f"level; {_advice(swath)}"
        )
    return found
