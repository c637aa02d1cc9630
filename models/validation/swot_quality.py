"""Which cells of a swath hold a height that may be used over ice.

The products' own flags call nearly all heights over ice bad, and are not asked: tests are on
what was measured.  The flags of land and heavy rain, which know nothing of ice, are kept.
"""

import numpy as np
import xarray as xr
from scipy.ndimage import maximum_filter1d

#: Between them KaRIn's heights are specified [m across track].
INNERMOST_M, OUTERMOST_M = 10_000.0, 60_000.0
LEAST_COHERENCE = 0.4  # below it phase noise is no longer Gaussian (assumed)
LEAST_SIGMA0 = 3.0  # standard deviations of its noise, where no coherence is told (assumed)
SATURATED_DB = 26.0  # sigma0 at which the receiver nears its limit (assumed)
RINGING_M = 750.0  # how far from saturated cells heights ring, across track (assumed)
FEWEST_CELLS = 16.0  # of the 64 cells of 250 m in a pixel of 2 km (assumed)
#: A height farther than this from the median of its half-swath is an error [m].
GROSS_M = 5.0
NOT_SEA = (1, 2, 3, 4)  # values of ``surface_flag``: land, inland water, vegetation, ice sheet
RAIN = 2  # value of ``rain_flag``
#: Below this sea-ice concentration there is open water [percent] (OSI SAF's ice edge).
ICE_EDGE_PERCENT = 15.0


def usable_cells(swath: xr.Dataset, height: np.ndarray) -> np.ndarray:
    """Return the cells whose height and backscatter can be trusted, bool (lines, pixels).

    Parameters
    ----------
    swath : xr.Dataset
        See ``products.canonical_swath``; a test whose column is missing is passed.
    height : array (lines, pixels), float64
        Above the mean sea surface [m]; nan where missing.
    """
    across = np.abs(swath["cross_track_distance"].values)
    good = np.isfinite(height) & (across >= INNERMOST_M) & (across <= OUTERMOST_M)
    good &= _strong_enough(swath) & ~_disturbed(swath)
    if "number_of_cells" in swath:
        good &= ~(swath["number_of_cells"].values < FEWEST_CELLS)
    if "surface_flag" in swath:
        good &= ~np.isin(swath["surface_flag"].values, NOT_SEA)
    if "rain_flag" in swath:
        good &= swath["rain_flag"].values != RAIN
    return good & ~_gross(swath["side"].values, np.where(good, height, np.nan))


def open_water(swath: xr.Dataset) -> np.ndarray:
    """Return the cells outside the ice by the product's concentration, bool (lines, pixels)."""
    if "sea_ice_concentration" not in swath:
        return np.zeros(swath["cross_track_distance"].shape, dtype=bool)
    return np.asarray(swath["sea_ice_concentration"].values < ICE_EDGE_PERCENT)


def _strong_enough(swath: xr.Dataset) -> np.ndarray:
    if "coherence" in swath:
        return ~(swath["coherence"].values < LEAST_COHERENCE)
    if {"sigma0", "sigma0_uncertainty"} <= swath.keys():
        return ~(swath["sigma0"].values < LEAST_SIGMA0 * swath["sigma0_uncertainty"].values)
    return np.ones(swath["cross_track_distance"].shape, dtype=bool)


def _disturbed(swath: xr.Dataset) -> np.ndarray:
    """Return cells that are saturated, or lie beside such a cell across track."""
    if "sigma0" not in swath:
        return np.zeros(swath["cross_track_distance"].shape, dtype=bool)
    saturated = swath["sigma0"].values > 10.0 ** (0.1 * SATURATED_DB)
    reach = int(RINGING_M / swath.attrs["cell_size_m"])
    sides = swath["side"].values
    disturbed = np.zeros(saturated.shape, dtype=bool)
    for side in np.unique(sides):
        disturbed[:, sides == side] = maximum_filter1d(
            saturated[:, sides == side], 2 * reach + 1, axis=1, mode="constant"
        )
    return disturbed


def _gross(sides: np.ndarray, height: np.ndarray) -> np.ndarray:
    gross = np.zeros(height.shape, dtype=bool)
    for side in np.unique(sides):
        here = height[:, sides == side]
        if np.isfinite(here).any():
            gross[:, sides == side] = np.abs(here - np.nanmedian(here)) > GROSS_M
    return gross
