"""Bursts of leads: where those that open together lie, and which start at another."""

import math
from typing import NamedTuple

import numpy as np

from .lead_lines import Lines

#: Standard deviations of where a burst's leads are, along and across their direction [m]
#: (assumed), and where both are cut.
BURST_SIZES = 12_000.0, 7_000.0
BURST_LIMITS = 30_000.0, 17_500.0
BRANCH_SHARE = 0.35  # of a burst's leads start at its widest (assumed)
BRANCHING_STRETCH = 0.15, 0.85  # of its length, where branches start (assumed)
BRANCH_ANGLES = math.radians(25.0), math.radians(65.0)  # to the widest (assumed)
DIRECTION_SCATTER = math.radians(7.0)  # standard deviation within a family (assumed)


class Members(NamedTuple):
    """Leads of a cell's bursts before they have a shape and a place; arrays (leads,)."""

    burst: np.ndarray  #: int64, in order
    score: np.ndarray  #: normal score of its width
    length: np.ndarray  #: m
    opened: np.ndarray  #: s after the epoch
    closing: np.ndarray  #: s after the epoch


class Chords(NamedTuple):
    """Straight lines from end to end of leads; arrays (leads,)."""

    x0: np.ndarray  #: m
    y0: np.ndarray
    direction: np.ndarray  #: rad


def place_leads(
    x: np.ndarray, y: np.ndarray, towards: np.ndarray, members: Members, rng: np.random.Generator
) -> Chords:
    """Return chords whose middles scatter about their bursts' centres (bursts,) at x, y [m]."""
    burst = members.burst
    direction = towards[burst] + DIRECTION_SCATTER * rng.standard_normal(burst.size)
    cosine, sine = np.cos(direction), np.sin(direction)
    along, across = (
        np.clip(size * rng.standard_normal(burst.size), -limit, limit)
        for size, limit in zip(BURST_SIZES, BURST_LIMITS, strict=True)
    )
    along -= 0.5 * members.length
    return Chords(
        x[burst] + along * cosine - across * sine,
        y[burst] + along * sine + across * cosine,
        direction,
    )


def branch_leads(
    chords: Chords, members: Members, lines: Lines, rng: np.random.Generator
) -> Chords:
    """Return the chords, with some moved to start at a node of their burst's widest lead."""
    x0, y0, direction = chords
    widest = _widest(members)
    moved = (rng.random(x0.size) < BRANCH_SHARE) & (widest != np.arange(x0.size))
    turn = rng.uniform(*BRANCH_ANGLES, x0.size) * rng.choice([-1.0, 1.0], x0.size)
    turn += rng.choice([0.0, math.pi], x0.size)
    share = rng.uniform(*BRANCHING_STRETCH, x0.size)
    count = (share * np.diff(lines.first_node)[widest]).astype(np.int64)
    s, n = count * lines.step[widest], lines.offset[lines.first_node[widest] + count]
    cosine, sine = np.cos(direction[widest]), np.sin(direction[widest])
    return Chords(
        np.where(moved, x0[widest] + s * cosine - n * sine, x0),
        np.where(moved, y0[widest] + s * sine + n * cosine, y0),
        np.where(moved, direction[widest] + turn, direction),
    )


def _widest(members: Members) -> np.ndarray:
    """Return for each lead the number of the widest in its burst."""
    order = np.lexsort((-members.score, members.burst))
    return order[np.searchsorted(members.burst, members.burst)]
