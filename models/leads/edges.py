"""Lead edges put where the backscatter is halfway between the lead's and the ice's.

Templates that find a lead blur its edge by their own width.  Here every pixel near a found lead is
asked how much of it is lead, between the level of the lead beside it and that of the ice beside it;
at least half makes it lead.  The edge of a step blurred by a symmetric point spread lies just
there.  Found leads grow or shrink by a pixel a pass.
"""

import numpy as np
from scipy.ndimage import convolve1d

from ._kernels import move_edges

#: Passes, of a pixel each: templates were seen to be off by up to three pixels of 40 m.
PASSES = 3
#: Half width of the square in which a lead's own level is looked for [m].
LEAD_REACH = 160.0
#: Half width of the square in which the level of the ice is looked for [m].
ICE_REACH = 320.0
#: Where lead and ice differ by less than this ratio, 5 dB, speckle would draw the edge: moving
#: edges of leads as faint as that cost more pixels than it won on synthetic pack.
LEAST_RATIO = 10**0.5
#: Weights along either axis of the mean in which pixels are compared: speckle is halved, an edge
#: stays where it is.
WEIGHTS = np.array([0.25, 0.5, 0.25], dtype=np.float32)


def sharpen_edges(
    probability: np.ndarray, sigma0: np.ndarray, pixel_spacing_m: float, lead: float, clear: float
) -> np.ndarray:
    """Return lead probability with its edges moved to where the image has them.

    Parameters
    ----------
    probability : array (lines, samples), float32
        Lead probability, nan where unknown.
    sigma0 : array (lines, samples), float32
        Backscatter, linear, of the polarisation that shows leads best; nan where missing.
    pixel_spacing_m : float
        [m]
    lead, clear : float
        Probability from which a pixel is called lead, and from which it surely is one.

    Returns
    -------
    array (lines, samples), float32
        Pixels that turn to lead take the highest probability around them; pixels that turn to ice
        keep the share of it that is lead, below half.
    """
    level = _smooth(sigma0)
    lead_reach, ice_reach = (_pixels(reach, pixel_spacing_m) for reach in (LEAD_REACH, ICE_REACH))
    for _ in range(PASSES):
        probability = move_edges(
            probability,
            level,
            np.float32(lead),
            np.float32(clear),
            lead_reach,
            ice_reach,
            LEAST_RATIO,
        )
    return probability


def edge_halo(pixel_spacing_m: float) -> int:
    """Return how many pixels around a window bear on the edges inside it."""
    reach = max(_pixels(LEAD_REACH, pixel_spacing_m), _pixels(ICE_REACH, pixel_spacing_m))
    return PASSES * reach + WEIGHTS.size // 2


def _pixels(length: float, pixel_spacing_m: float) -> int:
    return max(2, round(length / pixel_spacing_m))


def _smooth(sigma0: np.ndarray) -> np.ndarray:
    """Return the weighted mean of what is there of each pixel's neighbourhood; nan stays nan."""
    there = np.isfinite(sigma0)
    total, weight = np.where(there, sigma0, np.float32(0.0)), there.astype(np.float32)
    for axis in (0, 1):
        total = convolve1d(total, WEIGHTS, axis=axis, mode="constant")
        weight = convolve1d(weight, WEIGHTS, axis=axis, mode="constant")
    return np.divide(total, weight, out=np.full_like(total, np.nan), where=there)
