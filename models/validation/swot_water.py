"""Where KaRIn sees water among ice, and how much of the echo is the ice's all the same.

Over the few degrees of KaRIn's view calm water shines near nadir and is black in the far swath;
water roughened by wind is bright everywhere.  A contrast with the ice at the same distance across
track tells it, of either sign.  Heights take no part here: cells picked for being low would
give a sea level that is too low by their noise.

A height is the mean over the cell weighted by power.  Where a share f of a cell is water, its echo
is R times that of ice alone, and the ice is as bright as elsewhere, the ice holds (1 - f) / R of
the power: a bright cell lies at the sea level but for that share of the freeboard, even if
most of it is ice.  A dark one does so only if it is all water, for the little ice in it outshines
the water.
"""

from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy.ndimage import median_filter

#: A cell stands out by so many standard deviations of the ice, and by so many dB (assumed).
OUTSTANDING = 4.0
BRIGHT_DB, DARK_DB = 5.0, -3.0
#: Share of ice in cells that stand out as bright, and its spread: most leads are narrower than
#: a cell (assumed).
ICE_IN_BRIGHT, ICE_IN_BRIGHT_SIGMA = 0.75, 0.2
#: Side of cells from which backscatter tells no water: heights of 2 km are plain means of those of
#: 250 m, few leads fill one, and a bright pixel lies nearly as high as the ice in it.
COARSE_M = 1_000.0
SAR_SIGMA = 0.15  # of the share that a SAR scene tells (assumed)
#: Share of lead by SAR from which a bright cell, and any other, may show the sea (assumed).
LEAST_LEAD_SHARE, MOST_LEAD = 0.2, 0.8
#: How probably the heights are as the shares say, rather than those of ice (assumed).
TRUST_BRIGHT, TRUST_DARK, TRUST_OPEN = 0.9, 0.3, 0.98
BLOCK_M = 50_000.0  # m along track, of which the median stands for the ice
DARKEST = 1e-3  # linear: what is darker, or negative by noise, counts as this
MAD_TO_SIGMA = 1.4826  # of a Gaussian
SMOOTHED_COLUMNS = 9  # across track


class Candidates(NamedTuple):
    """Cells that may show the sea level; arrays (lines, pixels), float64."""

    trust: np.ndarray  #: probability that they do; 0 for ice and cells not to be used
    ice_share: np.ndarray  #: share of the echo's power that is the ice's, 0..1
    share_sigma: np.ndarray  #: its standard deviation


def water_candidates(
    swath: xr.Dataset,
    usable: np.ndarray,
    outside_ice: np.ndarray,
    lead_probability: np.ndarray | None,
) -> Candidates:
    """Return the cells that may show the sea level.

    Parameters
    ----------
    swath : xr.Dataset
        With ``sigma0``, linear; without it only a lead probability tells.
    usable, outside_ice : array (lines, pixels), bool
    lead_probability : array (lines, pixels), float, or None
        Of SAR, the mean over each cell, nan where not seen.

    Raises
    ------
    ValueError
        If there is neither backscatter nor a lead probability.
    """
    ice = usable & ~outside_ice
    if "sigma0" in swath:
        db = 10.0 * np.log10(np.maximum(swath["sigma0"].values, DARKEST))
        contrast, scatter = contrast_to_ice(np.where(ice, db, np.nan), swath.attrs["cell_size_m"])
    elif lead_probability is not None:
        contrast, scatter = np.zeros(ice.shape), np.zeros(ice.shape)
    else:
        raise ValueError(
            f"{swath.attrs['source']}: has no backscatter to find water by; give a lead "
            "probability, or take an Expert or Unsmoothed file"
        )
    if lead_probability is not None:
        coarse = swath.attrs["cell_size_m"] >= COARSE_M
        found = _by_sar(contrast, lead_probability, coarse)
    elif swath.attrs["cell_size_m"] < COARSE_M:
        found = _by_backscatter(contrast, scatter)
    else:
        found = Candidates(*(np.zeros(ice.shape) for _ in Candidates._fields))
    trust = np.where(outside_ice, TRUST_OPEN, found.trust) * usable
    share, sigma = (np.where(outside_ice, 0.0, v) for v in (found.ice_share, found.share_sigma))
    return Candidates(trust, share, sigma)


def contrast_to_ice(db: np.ndarray, cell_size_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much cells differ from the ice, and the ice's own scatter [dB].

    The ice is the median along track in blocks of ``BLOCK_M`` at the same distance across track,
    smoothed across track; water fills a few percent of it.

    Parameters
    ----------
    db : array (lines, pixels), float64
        Backscatter in dB, nan where missing.
    cell_size_m : float
    """
    lines = db.shape[0]
    blocks = max(1, round(lines * cell_size_m / BLOCK_M))
    contrast, scatter = np.full(db.shape, np.nan), np.full(db.shape, np.nan)
    for rows in np.array_split(np.arange(lines), blocks):
        contrast[rows] = db[rows] - _smooth_median(db[rows])
        scatter[rows] = MAD_TO_SIGMA * _smooth_median(np.abs(contrast[rows]))
    return contrast, scatter


def _by_backscatter(contrast: np.ndarray, scatter: np.ndarray) -> Candidates:
    bright = contrast > np.maximum(OUTSTANDING * scatter, BRIGHT_DB)
    dark = contrast < np.minimum(-OUTSTANDING * scatter, DARK_DB)
    fainter = 10.0 ** (-0.1 * np.nan_to_num(np.maximum(contrast, 0.0)))
    trust = np.where(bright, TRUST_BRIGHT, np.where(dark, TRUST_DARK, 0.0))
    share, sigma = ICE_IN_BRIGHT * fainter, ICE_IN_BRIGHT_SIGMA * fainter
    return Candidates(trust, share * bright, sigma * bright)


def _by_sar(contrast: np.ndarray, lead_probability: np.ndarray, coarse: bool) -> Candidates:
    """Return the cells that SAR calls leads; backscatter tells how much they outshine the ice.

    Not so in coarse cells, whose heights are plain means, and which must be filled by a lead: of
    smaller shares the level would come out too high by errors of the share.
    """
    lead = np.nan_to_num(lead_probability)
    fainter = 10.0 ** (-0.1 * np.nan_to_num(np.maximum(contrast, 0.0)))
    chosen = lead >= MOST_LEAD
    if coarse:
        fainter = np.ones(lead.shape)
    else:
        chosen |= (lead >= LEAST_LEAD_SHARE) & (contrast > BRIGHT_DB)
    trust = np.where(chosen, np.where(contrast < DARK_DB, TRUST_DARK, TRUST_BRIGHT), 0.0)
    return Candidates(trust, (1.0 - lead) * fainter, SAR_SIGMA * fainter)


def _smooth_median(values: np.ndarray) -> np.ndarray:
    """Return the median of each column that holds anything, smoothed over its neighbours."""
    there = np.isfinite(values).any(axis=0)
    median = np.full(values.shape[1], np.nan)
    if there.any():
        columns = np.nanmedian(values[:, there], axis=0)
        median[there] = median_filter(columns, SMOOTHED_COLUMNS, mode="nearest")
    return median
