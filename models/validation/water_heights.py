"""The level of the sea from cells of which only some are water, by expectation and maximisation.

A candidate either shows the sea, raised by the share of its echo that is the ice's, or it is ice
after all.  What is known beforehand gives the odds, heights give the odds after; the level is
fitted to the heights by these odds, the ice's freeboard is found above it, and so on until
both rest.

References
----------
Dempster, A. P., Laird, N. M., and Rubin, D. B. (1977), Journal of the Royal Statistical Society B,
39, 1-38.
"""

from typing import NamedTuple

import numpy as np

from .swath_level import Cells, Level, fit_level, level_of_lines
from .swot_water import Candidates

#: Rounds of expectation and maximisation; the level moves by less than 1 mm in the last.
ROUNDS = 20
#: Height of what lies in leads above the sea level, and its spread: from open water to thin ice
#: of a decimetre or two (assumed) [m].
LEAD_FREEBOARD_M, LEAD_SIGMA_M = 0.01, 0.02
#: First guess of the ice's freeboard and its spread [m] (assumed; found anew at each round).
ICE = (0.3, 0.2)
#: Cells of one lead err together: so many count as one (chosen on simulated worlds of other seeds
#: than those reported).
CELLS_THAT_ERR_TOGETHER = 4.0
START_QUANTILE = 0.25  # of candidates' heights: where the level starts


class Water(NamedTuple):
    """A half-swath's level and what it rests on."""

    level: Level
    probability: np.ndarray  #: (lines, pixels), that the cell shows the sea level
    effective_cells: float  #: the sum of these probabilities


def find_level(
    cells: Cells,
    height: np.ndarray,
    sigma: np.ndarray,
    candidates: Candidates,
    length: float,
    order: int,
) -> Water:
    """Return the level of a half-swath.

    Parameters
    ----------
    cells : Cells
        ``along`` (lines,), ``across`` (lines, pixels).
    height : array (lines, pixels), float64
        Above the mean sea surface [m]; nan where it may not be used.
    sigma : array (lines, pixels), float64
        Its noise [m].
    candidates : Candidates
        Arrays (lines, pixels).
    length : float
        Of the swath along track [m].
    order : int
        Of the polynomial across track.
    """
    known = np.isfinite(height)
    chosen = known & (candidates.trust > 0.0)
    line, _ = np.nonzero(chosen)
    some = Cells(cells.along[line], cells.across[chosen])
    found, noise = height[chosen], np.hypot(sigma[chosen], LEAD_SIGMA_M)
    told = Candidates(*(values[chosen] for values in candidates))
    start = np.quantile(found, START_QUANTILE) if found.size else 0.0
    odds, raised, spread = _expect(found - start, noise, told, ICE)
    level = fit_level(some, found - raised, _weight(odds, spread), length, 0)
    for _ in range(ROUNDS):
        above = height - level_of_lines(level, cells.along, cells.across)
        ice = _ice(above[known & ~chosen])
        odds, raised, spread = _expect(above[chosen], noise, told, ice)
        level = fit_level(some, found - raised, _weight(odds, spread), length, order)
    probability = np.zeros(height.shape)
    probability[chosen] = odds
    return Water(level, probability, float(odds.sum()))


def _expect(
    above: np.ndarray, noise: np.ndarray, told: Candidates, ice: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the odds of water, by how much ice raises it, and how well that is known [m].

    ``above`` are heights above the level (n,).
    """
    freeboard, spread = ice
    raised = told.ice_share * freeboard + LEAD_FREEBOARD_M
    doubt = np.hypot(told.share_sigma * freeboard, told.ice_share * spread)
    doubt = np.hypot(noise, doubt)
    as_water = told.trust * _gaussian(above - raised, doubt)
    as_ice = (1.0 - told.trust) * _gaussian(above - freeboard, np.hypot(noise, spread))
    total = np.maximum(as_water + as_ice, np.finfo(float).tiny)
    return as_water / total, raised, doubt


def _weight(odds: np.ndarray, spread: np.ndarray) -> np.ndarray:
    return odds / (CELLS_THAT_ERR_TOGETHER * spread**2)


def _gaussian(x: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * (x / sigma) ** 2) / (np.sqrt(2.0 * np.pi) * sigma)


def _ice(above: np.ndarray) -> tuple[float, float]:
    """Return the middle of the ice's freeboard and its spread, at least a centimetre each [m]."""
    if above.size == 0:
        return ICE
    low, middle, high = np.quantile(above, [0.16, 0.5, 0.84])
    return max(float(middle), 0.01), max(float(0.5 * (high - low)), 0.01)
