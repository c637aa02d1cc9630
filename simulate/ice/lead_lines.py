"""The shape of leads: middle lines that bend and kink, breadths that swell, pinch and taper.

Leads of any number of nodes are drawn together: arrays (nodes,) hold those of the first lead,
then those of the second, and so on.  All randomness is noise over a lattice along the lead:
normal with unit variance at each place, so that what is made of it has an exact distribution.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

NODE_SPACING = 250.0  # m, about
STEEPEST_SLOPE = 0.45  # 1, of a crack against its chord before it leans (assumed)

KINK_SPACING = 1_600.0  # m, between the kinks of a middle line (assumed)
KINK_SLOPE = 0.24  # 1, standard deviation (assumed)
MEANDER_SPACING = 7_000.0  # m (assumed)
MEANDER_SLOPE = 0.14  # 1 (assumed)
RAGGED_SPACING = 600.0  # m (assumed)
RAGGED_SLOPE = 0.08  # 1 (assumed)
SWELL_SPACING = 6_000.0  # m, of slow changes of breadth (assumed)
PINCH_SPACING = 1_500.0  # m, of quick ones (assumed)

#: Correlation between the normal scores of breadth at a place and of the lead it belongs to
#: (assumed).
BREADTH_OF_LEAD = 0.96
#: What the score's variation along the lead consists of (assumed); the squares add up to 1.
SWELL, PINCH, RAGS = 0.90, 0.41, 0.0219**0.5
#: Share of the length, at either end, over which a lead tapers to a point (assumed).
TAPER = 0.2
#: Mean over a lead of its taper, integral of ``_taper``.
MEAN_TAPER = 1.0 - 2.0 * TAPER / 3.0


class WidthLaw(NamedTuple):
    """Truncated power law of widths: pdf proportional to w**-exponent."""

    exponent: float
    narrowest: float  #: m
    widest: float  #: m

    def mean(self) -> float:
        """Return the mean width [m]."""
        return self._moment(2.0 - self.exponent) / self._moment(1.0 - self.exponent)

    def of_score(self, score: np.ndarray) -> np.ndarray:
        """Return the width [m] below which lies what lies below a standard normal score."""
        power = 1.0 - self.exponent
        low, high = self.narrowest**power, self.widest**power
        return (high + ndtr(-score) * (low - high)) ** (1.0 / power)

    def _moment(self, power: float) -> float:
        """Return the integral of w**(power - 1) over all widths."""
        if power == 0.0:
            return float(np.log(self.widest / self.narrowest))
        return float(self.widest**power - self.narrowest**power) / power


class Lines(NamedTuple):
    """Middle lines and breadths of leads over straight chords."""

    first_node: np.ndarray  #: (leads + 1,), int64: where each lead's nodes start
    step: np.ndarray  #: (leads,), float64, along the chord between nodes [m]
    offset: np.ndarray  #: (nodes,), float64, of the middle line, to the left of the chord [m]
    breadth: np.ndarray  #: (nodes,), float64, across the chord [m]


def draw_lines(
    length: np.ndarray, score: np.ndarray, law: WidthLaw, rng: np.random.Generator
) -> Lines:
    """Draw the shapes of leads.

    At a place drawn at random along leads whose ``score`` is standard normal, weighted by length,
    breadth divided by taper follows ``law``.

    Parameters
    ----------
    length : array (leads,), float64 [m]
        Of the chords.
    score : array (leads,), float64
        Normal score of how wide each lead is.
    law : WidthLaw
    rng : Generator
    """
    segments = np.ceil(length / NODE_SPACING).astype(np.int64)
    step = length / segments
    first_node = np.concatenate([[0], np.cumsum(segments + 1)])
    lead = np.repeat(np.arange(length.size), segments + 1)
    along = (np.arange(lead.size) - first_node[lead]) * step[lead]

    def noise(spacing: float) -> np.ndarray:
        return _smooth_noise(lead, along, length, spacing, rng)

    slope = (
        KINK_SLOPE * _step_noise(lead, along, length, KINK_SPACING, rng)
        + MEANDER_SLOPE * noise(MEANDER_SPACING)
        + RAGGED_SLOPE * noise(RAGGED_SPACING)
    )
    slope = STEEPEST_SLOPE * np.tanh(slope / STEEPEST_SLOPE)
    change = (
        SWELL * noise(SWELL_SPACING) + PINCH * noise(PINCH_SPACING) + RAGS * noise(RAGGED_SPACING)
    )
    local = BREADTH_OF_LEAD * score[lead] + np.sqrt(1.0 - BREADTH_OF_LEAD**2) * change
    breadth = law.of_score(local) * _taper(along / length[lead])
    # A lead that swells to both sides alike looks like a string of beads.
    lean = rng.uniform(-0.5, 0.5, length.size)[lead]
    offset = _running_sum(slope * step[lead], first_node) + lean * breadth
    return Lines(first_node, step, offset, breadth)


def _running_sum(rise: np.ndarray, first_node: np.ndarray) -> np.ndarray:
    """Return the sum of ``rise`` over a lead's nodes before each, 0 at its first."""
    before = np.cumsum(rise) - rise
    return before - np.repeat(before[first_node[:-1]], np.diff(first_node))


def _taper(share: np.ndarray) -> np.ndarray:
    """Return 0 at both ends (``share`` 0 and 1) and 1 away from them: parabolas between."""
    t = np.clip(np.minimum(share, 1.0 - share) / TAPER, 0.0, 1.0)
    return t * (2.0 - t)


def _smooth_noise(
    lead: np.ndarray,
    along: np.ndarray,
    length: np.ndarray,
    spacing: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return, (nodes,), smooth standard normal noise with a new value every ``spacing`` [m]."""
    values, first = _lattice(length, spacing, rng)
    place = along / spacing + rng.random(length.size)[lead]
    cell = place.astype(np.int64)
    u = place - cell
    v = u * u * (3.0 - 2.0 * u)
    left = first[lead] + cell
    return ((1.0 - v) * values[left] + v * values[left + 1]) / np.hypot(1.0 - v, v)


def _step_noise(
    lead: np.ndarray,
    along: np.ndarray,
    length: np.ndarray,
    spacing: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return, (nodes,), standard normal noise, constant over stretches of ``spacing`` or so [m]."""
    jitter = _smooth_noise(lead, along, length, 2.0 * spacing, rng)
    place = along / spacing + 1.0 + np.clip(0.4 * jitter, -1.0, 1.0)
    values, first = _lattice(length, spacing, rng)
    return values[first[lead] + place.astype(np.int64)]


def _lattice(
    length: np.ndarray, spacing: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return normal values for all leads' lattices, and where each lead's start.

    A lead's lattice reaches three spacings beyond its length.
    """
    count = (length / spacing).astype(np.int64) + 4
    return rng.standard_normal(count.sum()), np.cumsum(count) - count
