"""The network of leads of a world, drawn cell by cell from its seed.

A lead is a strip about a gently bent middle line over a straight chord, in the drift frame: the
polygon (s, f(s) +- g(t) b(s) / 2) with s along the chord, f and b linear between nodes and g the
opening of ``lead_cycle``.  Leads come in bursts, many that open together near each other: parallel
ones of one of two conjugate directions, and branches that start at the burst's widest lead.
"""

import math
from typing import NamedTuple

import numpy as np

from . import _lead_kernels
from .lead_bursts import BURST_LIMITS, Members, branch_leads, place_leads
from .lead_columns import Leads, join_leads, near_square
from .lead_cycle import (
    DAY,
    FREEZING_POINT,
    HOUR,
    LifeSettings,
    draw_stays,
    longest_life,
    longest_stay,
    mean_open_time,
)
from .lead_lines import MEAN_TAPER, STEEPEST_SLOPE, WidthLaw, draw_lines

#: Random streams of a world that belong to leads.
BURSTS, DIRECTIONS = 210, 211

CELL = 50_000.0  # m, side of the cells whose leads are drawn together
INDEX_CELL = 1_000.0  # m, side of the cells of the spatial index

LEADS_A_BURST = 7.0  # mean number proposed (assumed)
BURST_DURATION = 6 * HOUR  # within which a burst's leads begin to open (assumed)
TURNING_WAVELENGTHS = 300_000.0, 900_000.0  # m, of the families' directions (assumed)
TURNING = 0.3  # rad, amplitude of each of the waves in direction (assumed)
LENGTH_SCATTER = 0.3  # greatest deviation from the length that goes with a width (assumed)
FASTEST_SLIP = 1_000.0 / DAY  # m/s, of leads FAST_WIDTH and more wide (assumed)
SLIP_PER_LENGTH = 0.125  # greatest slip within the span; at half the length s folds
FAST_WIDTH = 1_000.0  # m (assumed)
REACH_PER_WIDTH = 20.0  # reach of the motion across a lead, in its widths (assumed)
LEAST_REACH, GREATEST_REACH = 500.0, 5_000.0  # m; twice the greatest breadth if that is more


class LeadSettings(NamedTuple):
    """What the leads of a world are like on average."""

    #: The pdf of widths w, square to the leads and met at random along lines, is proportional to
    #: w**-exponent; 2.47 +- 0.04 in the Arctic winter (Wernecke and Kaleschke 2015, CryoSat-2).
    #: Measured along the lines, many narrow leads look wide: 2.3 from 100 m to 1 km.
    exponent: float = 2.47
    narrowest: float = 30.0  #: m; tapering leads are narrower near their ends
    widest: float = 10_000.0  #: m
    #: Sum of the leads' areas over that of the plane; 2.44 % in January 2019 (Murashkin 2024).
    area_fraction: float = 0.0244
    shortest: float = 5_000.0  #: m, usual length of the narrowest leads (assumed)
    longest: float = 50_000.0  #: m, usual length of the widest; a power law between (assumed)
    #: Between the two families of leads and the direction halfway between them [degree]; 15-40 in
    #: satellite images (assumed).
    half_angle: float = 25.0
    roughened_share: float = 0.5  #: of the leads are open to the wind (assumed)
    span: float = 3 * DAY  #: leads are known from this time before the epoch to as long after [s]
    life: LifeSettings = LifeSettings()

    @property
    def widths(self) -> WidthLaw:
        """The law of crossing widths."""
        return WidthLaw(self.exponent, self.narrowest, self.widest)


class LeadNetwork(NamedTuple):
    """Leads, (leads,) float64 unless said, with their nodes and a spatial index.

    In the drift frame; s runs along a lead's chord from its origin, n to the left of it.
    """

    x0: np.ndarray  #: origin of the chord [m]
    y0: np.ndarray
    direction: np.ndarray  #: of the chord [rad], from x towards y
    length: np.ndarray  #: of the chord [m]
    width: np.ndarray  #: mean breadth at full opening [m]
    opened: np.ndarray  #: when it begins to open [s after the epoch]
    closing: np.ndarray  #: when it begins to close [s after the epoch]
    slip_rate: np.ndarray  #: of the left side along s, relative to the right, while active [m/s]
    roughened: np.ndarray  #: bool, open to the wind
    reach: np.ndarray  #: how far the motion across it spreads from its edges [m]
    step: np.ndarray  #: between nodes along the chord [m]
    first_node: np.ndarray  #: (leads + 1,), int64: where each lead's nodes start
    offset: np.ndarray  #: (nodes,), float64, of the middle line, along n [m]
    breadth: np.ndarray  #: (nodes,), float64, at full opening, along n [m]
    life: LifeSettings
    index_origin: tuple[int, int]  #: lowest column and row of the index, in cells of the plane
    index_shape: tuple[int, int]  #: columns, rows
    index_first: np.ndarray  #: (columns * rows + 1,), int64: where each cell's leads start
    index_lead: np.ndarray  #: int32, leads whose motion may be felt in each cell, row after row


def draw_leads(
    seed: int, settings: LeadSettings, centre: tuple[float, float], reach: float
) -> LeadNetwork:
    """Return the leads that are felt within a square at any time of the world's span.

    Whatever square is asked for, a lead is the same to the last bit, and so is the order of
    leads.

    Parameters
    ----------
    seed : int
    settings : LeadSettings
    centre : (x, y) [m in the drift frame]
    reach : float
        Half the square's side [m].  What is asked of the network beyond the square finds leads
        missing.

    Raises
    ------
    ValueError
        If no such leads can be.
    """
    _check(settings)
    margin = _farthest(settings) + reach
    i0, i1, j0, j1 = (math.floor((c + side) / CELL) for c in centre for side in (-margin, margin))
    cells = [
        near_square(_draw_cell(seed, settings, i, j), centre, reach)
        for j in range(j0, j1 + 1)
        for i in range(i0, i1 + 1)
    ]
    return network_of(join_leads(cells), settings.life, centre, reach)


def _check(settings: LeadSettings) -> None:
    """Refuse settings that describe no leads."""
    life = settings.life
    if not settings.exponent > 1.0:
        raise ValueError(f"the exponent of widths must exceed 1, got {settings.exponent}")
    if not 0.0 < settings.narrowest < settings.widest:
        raise ValueError(
            "the narrowest lead must be narrower than the widest, "
            f"got {settings.narrowest} m and {settings.widest} m"
        )
    if not 0.0 <= settings.area_fraction <= 0.5:
        raise ValueError(f"the leads' share must be 0 to 0.5, got {settings.area_fraction}")
    if not settings.span > 0.0:
        raise ValueError(f"the span must be longer than 0 s, got {settings.span} s")
    if not life.air_temperature < FREEZING_POINT:
        raise ValueError(
            f"leads freeze in air below {FREEZING_POINT} degrees C, got {life.air_temperature}"
        )
    if not longest_stay(life) > 0.0:
        raise ValueError(
            "opening and closing must take less than "
            f"{longest_life(life) / HOUR:.0f} h, in which the lead's ice grows up"
        )


def _farthest(settings: LeadSettings) -> float:
    """Return how far [m] from its burst's centre a lead can be felt."""
    longest = (1.0 + LENGTH_SCATTER) * settings.longest
    to_branch = longest * math.hypot(0.5, STEEPEST_SLOPE)
    reach = float(_reach(settings.widest, settings.widest))
    of_branch = longest * math.hypot(1.0, STEEPEST_SLOPE)
    return math.hypot(*BURST_LIMITS) + to_branch + of_branch + 2.0 * settings.widest + reach


def _reach(width: np.ndarray | float, broadest: np.ndarray | float) -> np.ndarray:
    """Return how far [m] from its edges a lead is felt."""
    usual = np.clip(REACH_PER_WIDTH * np.asarray(width), LEAST_REACH, GREATEST_REACH)
    return np.maximum(usual, 2.0 * np.asarray(broadest))


def _usual_length(settings: LeadSettings, width: np.ndarray) -> np.ndarray:
    """Return the length [m] that goes with a width [m]: a power law through both ends."""
    grown = np.log(width / settings.narrowest) / np.log(settings.widest / settings.narrowest)
    return settings.shortest * (settings.longest / settings.shortest) ** grown


def _bursts_per_cell(settings: LeadSettings) -> float:
    """Return the mean number of bursts in a cell, within ``_time_window``.

    At any time, the expected sum over leads of opening times area is the wanted share of the
    cell's.  Of the leads proposed, one of length L is kept with probability shortest / L: each
    burst so adds ``LEADS_A_BURST`` times the shortest length, whose width is as at a random place
    along leads.
    """
    area_of_burst = LEADS_A_BURST * settings.shortest * settings.widths.mean() * MEAN_TAPER
    first, last = _time_window(settings)
    present = mean_open_time(settings.life) / (last - first)
    return settings.area_fraction * CELL**2 / (area_of_burst * present)


def _time_window(settings: LeadSettings) -> tuple[float, float]:
    """Return from when to when [s] bursts begin that may matter within the span."""
    return -settings.span - longest_life(settings.life) - BURST_DURATION, settings.span


def _draw_cell(seed: int, settings: LeadSettings, i: int, j: int) -> Leads:
    """Draw the leads of all bursts centred in a cell."""
    rng = np.random.default_rng([seed, BURSTS, i & 0xFFFFFFFF, j & 0xFFFFFFFF])
    bursts = rng.poisson(_bursts_per_cell(settings))
    x, y = CELL * (i + rng.random(bursts)), CELL * (j + rng.random(bursts))
    family = rng.choice([-1.0, 1.0], bursts) * math.radians(settings.half_angle)
    members = _draw_members(settings, bursts, rng)
    lines = draw_lines(members.length, members.score, settings.widths, rng)
    chords = place_leads(x, y, _axis(seed, x, y) + family, members, rng)
    width = np.add.reduceat(lines.breadth, lines.first_node[:-1]) / np.diff(lines.first_node)
    broadest = np.maximum.reduceat(lines.breadth, lines.first_node[:-1])
    return Leads(
        *branch_leads(chords, members, lines, rng),
        members.length,
        width,
        members.opened,
        members.closing,
        _draw_slip(settings, width, members.length, rng),
        rng.random(width.size) < settings.roughened_share,
        _reach(width, broadest),
        lines.step,
        np.diff(lines.first_node),
        lines.offset,
        lines.breadth,
    )


def _draw_members(settings: LeadSettings, bursts: int, rng: np.random.Generator) -> Members:
    """Draw the leads of a cell's bursts: those that are open some time within the span.

    The longer a lead would be, the more seldom it is kept (see ``_bursts_per_cell``).
    """
    began = rng.uniform(*_time_window(settings), bursts)
    burst = np.repeat(np.arange(bursts), 1 + rng.poisson(LEADS_A_BURST - 1.0, bursts))
    score = rng.standard_normal(burst.size)
    usual = _usual_length(settings, settings.widths.of_score(score))
    length = usual * rng.uniform(1.0 - LENGTH_SCATTER, 1.0 + LENGTH_SCATTER, burst.size)
    opened = began[burst] + rng.uniform(0.0, BURST_DURATION, burst.size)
    closing = opened + settings.life.opening_duration + draw_stays(settings.life, burst.size, rng)
    shut = closing + settings.life.closing_duration
    kept = rng.random(burst.size) * usual < settings.shortest
    kept &= (opened < settings.span) & (shut > -settings.span)
    return Members(burst[kept], score[kept], length[kept], opened[kept], closing[kept])


def _draw_slip(
    settings: LeadSettings, width: np.ndarray, length: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return how fast the sides slip past each other [m/s]: wide leads fast, narrow ones little."""
    rate = rng.uniform(-1.0, 1.0, width.size) * FASTEST_SLIP * np.minimum(width / FAST_WIDTH, 1.0)
    fastest = SLIP_PER_LENGTH * length / settings.span
    return np.clip(rate, -fastest, fastest)


def _axis(seed: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the direction [rad] halfway between the two families: it turns over 300 km."""
    rng = np.random.default_rng([seed, DIRECTIONS])
    axis = np.full(x.shape, rng.uniform(0.0, math.pi))
    for wavelength, towards, phase in zip(
        rng.uniform(*TURNING_WAVELENGTHS, 4), *rng.uniform(0.0, 2 * math.pi, (2, 4)), strict=True
    ):
        path = x * math.cos(towards) + y * math.sin(towards)
        axis += TURNING * np.sin(2 * math.pi * path / wavelength + phase)
    return axis


def network_of(
    leads: Leads, life: LifeSettings, centre: tuple[float, float], reach: float
) -> LeadNetwork:
    """Return leads as a network, with an index of the cells of a square; see ``draw_leads``."""
    low = [math.floor((c - reach) / INDEX_CELL) for c in centre]
    high = [math.floor((c + reach) / INDEX_CELL) for c in centre]
    shape = (high[0] - low[0] + 1, high[1] - low[1] + 1)
    first, lead = _lead_kernels.index_leads(
        np.stack([*leads[:4], leads.reach, leads.step], axis=1),
        leads.first_node,
        leads.offset,
        leads.breadth,
        INDEX_CELL,
        *low,
        *shape,
    )
    return LeadNetwork(
        *leads[:11],
        leads.first_node,
        leads.offset,
        leads.breadth,
        life,
        (low[0], low[1]),
        shape,
        first,
        lead,
    )
