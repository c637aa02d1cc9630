"""Height error of leads beside the track ("snagging"), from what a model says of their distance.

An echo of a lead at the ground distance d comes alpha d2 / 2h late: the lead seems to lie so much
too low.

References
----------
Armitage, T. W. K., and Davidson, M. W. J. (2014), Using the interferometric capabilities of the
ESA CryoSat-2 mission to improve the accuracy of sea ice freeboard retrievals, IEEE Transactions
on Geoscience and Remote Sensing, 52, 529-536, doi:10.1109/TGRS.2013.2242082.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from ..waveforms.network import SCALE_M
from .leads import Leads

EARTH_RADIUS = 6_371_000.0  # m, mean
QUANTILES = 16  # over which the square of the distance is averaged
FAINTEST = 1e-12  # probability, so that a quantile is finite


class HeightError(NamedTuple):
    """Float64 (n,) [m]; nan where no distance is known."""

    mean: np.ndarray  #: of the height, not above 0
    sigma: np.ndarray


def off_nadir_height(distance: np.ndarray, altitude: np.ndarray) -> np.ndarray:
    """Return the height error -alpha d2 / 2h of a target beside the track [m].

    ``distance`` on the ground and ``altitude`` of the satellite [m], of shapes that broadcast;
    alpha = 1 + h / R of a spherical Earth.
    """
    return -(1.0 + altitude / EARTH_RADIUS) * distance**2 / (2.0 * altitude)


def snagging(leads: Leads, altitude: np.ndarray) -> HeightError:
    """Return the expected height error of the closest lead, if it is one, and its deviation.

    The distance is taken as the model's, log(1 + d / ``SCALE_M``) being Gaussian, on condition
    that there is a lead: cut at 0 and at ``leads.reach``.  Without the latter the tail of the
    distribution, which belongs to records that are none, corrects three times too much.  Mean and
    variance are those over ``QUANTILES`` of it.
    """
    middle, low, high = (
        np.log1p(each / SCALE_M) for each in (leads.distance, leads.low, leads.high)
    )
    # The lower quantile may be cut at 0, the upper one never is.
    sigma = np.where(leads.low > 0.0, 0.5 * (high - low), high - middle)
    below_reach = ndtr((np.log1p(leads.reach / SCALE_M) - middle) / sigma)
    share = (np.arange(QUANTILES) + 0.5) / QUANTILES
    normal = ndtri(np.maximum(below_reach[:, None] * share, FAINTEST))
    log_distance = np.maximum(middle[:, None] + sigma[:, None] * normal, 0.0)
    error = off_nadir_height(SCALE_M * np.expm1(log_distance), altitude[:, None])
    return HeightError(error.mean(axis=1), error.std(axis=1))
