"""Compiled loop of the ice cover: from places to all that a ``Surface`` holds, block by block.

Arrays in, arrays out: no defaults, no checks.  The caller in ``cover.py`` checks; this loop trusts
it.  Pairs (2,) in the law below are those of first-year and of multi-year ice.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from ._floe_kernels import FloeLaw, Found, find_cracks, find_floes, new_found
from ._noise_kernels import HASH_MASK, NORMAL_SHIFT, Lattices, add_fields, add_noise, scramble

UNIT = 2.0**-32  # 1, turns a hash into a number of [0, 1)
BLOCK = 1024  # places worked on at a time: what is between the steps stays in fast memory


class CoverLaw(NamedTuple):
    """What the ice is like, in the terms of the loop; weights are standard deviations."""

    warp_weight: np.ndarray  #: (warps, 2) of the displacement of floe outlines [m]
    field_weight: np.ndarray  #: (fields, 2) of level thickness and of texture
    thickness_from_floe: float  #: weight of the floe's own number in level thickness
    texture_from_floe: float  #: likewise in texture
    rubble_weight: np.ndarray  #: (rubble fields, 2) of the share of ridged ice and of snow
    rubble_from_floe: float  #: weight of the floe's own numbers in both
    region_weight: float  #: of the region in what decides on a floe's kind
    kind_threshold: np.ndarray  #: (2,) of ice between floes, of floes; multi-year lies below
    log_thickness: np.ndarray  #: (2,) mean logarithm of the level ice's thickness in m
    thickness_spread: np.ndarray  #: (2,) standard deviation of that logarithm
    log_snow: np.ndarray  #: (2,) mean logarithm of the snow's depth in m
    snow_spread: float  #: standard deviation of that logarithm
    rubble_logit: np.ndarray  #: (2,) median of the share of ridged ice away from ridges, as logit
    rubble_spread: np.ndarray  #: (2,) standard deviation of that logit
    ridging: float  #: factor of all ridged shares
    seam_ridged: float  #: probability that a floe's edge is ridged
    crack_ridged: float  #: probability that a crack is ridged
    crack_opened: float  #: probability that a crack opened and froze over long ago
    least_half_width: float  #: of ridged zones [m]
    largest_half_width: float  #: of ridged zones and of old openings [m]
    sail_cutoff: float  #: least height of a ridge's sail [m]
    sail_excess: float  #: mean of what is exponential above it [m]
    sail_fill: float  #: mean ice freeboard added by ridged ice over the height of its sails
    lift: np.ndarray  #: (2,) freeboard gained for ice thickness gained
    snow_sinking: float  #: freeboard lost for snow depth gained
    snow_limit: float  #: share of the level ice's freeboard without snow that snow may take


class CoverLattices(NamedTuple):
    """The lattices of every field."""

    warp: Lattices
    field: Lattices  #: thickness and texture
    rubble: Lattices  #: share of ridged ice, and snow
    region: Lattices
    floe: Lattices
    crack: Lattices


class Output(NamedTuple):
    """What the loop writes; arrays (n,), float32 but for ``kind``."""

    kind: np.ndarray  #: uint8
    thickness: np.ndarray
    snow_depth: np.ndarray
    ice_freeboard: np.ndarray
    deformation: np.ndarray
    texture: np.ndarray


class Floe(NamedTuple):
    """What a floe has of its own; standard normal numbers, weighted."""

    kind: int
    thickness: float
    texture: float
    rubble: float
    snow: float


@njit(cache=True, nogil=True)
def _share_of(identity: int, which: int) -> float:
    """Return one of the numbers, uniform over 0..1, that belong to a hash."""
    return scramble((identity + which) & HASH_MASK) * UNIT


@njit(cache=True, nogil=True)
def _draw_floe(
    identity: int,
    threshold: float,
    x: np.ndarray,
    y: np.ndarray,
    law: CoverLaw,
    region_lattice: Lattices,
) -> Floe:
    """Return what is a floe's own; x, y (1,) [m] is its centre, which places it in a region."""
    normal = region_lattice.normal
    region = np.zeros((2, 1))
    add_noise(0, x, y, region_lattice, (law.region_weight, 0.0), region)
    own = math.sqrt(1.0 - law.region_weight**2)
    chance = region[0, 0] + own * normal[scramble((identity + 21) & HASH_MASK) >> NORMAL_SHIFT]
    return Floe(
        int(chance < threshold),
        law.thickness_from_floe * normal[scramble((identity + 22) & HASH_MASK) >> NORMAL_SHIFT],
        law.texture_from_floe * normal[scramble((identity + 23) & HASH_MASK) >> NORMAL_SHIFT],
        law.rubble_from_floe * normal[scramble((identity + 24) & HASH_MASK) >> NORMAL_SHIFT],
        law.rubble_from_floe * normal[scramble((identity + 25) & HASH_MASK) >> NORMAL_SHIFT],
    )


@njit(cache=True, nogil=True)
def _crest(distance: float, identity: int, ridged: float, law: CoverLaw) -> float:
    """Return the share of ridged ice at a distance [m] from a seam: 1 on it, then falling."""
    if distance >= law.largest_half_width or _share_of(identity, 11) >= ridged:
        return 0.0
    range_ = law.largest_half_width - law.least_half_width
    half_width = law.least_half_width + range_ * _share_of(identity, 12)
    return max(1.0 - distance / half_width, 0.0)


@njit(cache=True, nogil=True)
def _is_opening(found: Found, n: int, course: float, law: CoverLaw) -> bool:
    """Return whether place n lies where a crack opened; its breadth follows ``course``, 0..1."""
    distance = found.crack_distance[n]
    if distance >= law.largest_half_width * course:
        return False
    kind = _share_of(int(found.crack[n]), 11) - law.crack_ridged
    return 0.0 <= kind < law.crack_opened


@njit(cache=True, nogil=True)
def _ridge(found: Found, n: int, law: CoverLaw) -> tuple[float, float]:
    """Return share of ridged ice by ridges at place n, and their excess height [m]."""
    crest = _crest(found.seam_distance[n], int(found.seam[n]), law.seam_ridged, law)
    seam = int(found.seam[n])
    crack_crest = _crest(found.crack_distance[n], int(found.crack[n]), law.crack_ridged, law)
    if crack_crest > crest:
        crest = crack_crest
        seam = int(found.crack[n])
    if crest == 0.0:
        return 0.0, 0.0
    return crest, -law.sail_excess * math.log(1.0 - _share_of(seam, 13))


@njit(cache=True, nogil=True)
def _write(
    n: int,
    kind: int,
    ridge: tuple[float, float],
    numbers: tuple[float, float, float],
    law: CoverLaw,
    out: Output,
) -> None:
    """Write place n: ridge is share and excess height, numbers those of level, rubble, snow."""
    crest, excess = ridge
    level_number, rubble_number, snow_number = numbers
    logit = law.rubble_logit[kind] + law.rubble_spread[kind] * rubble_number
    rubble = law.ridging * (1.0 - crest) / (1.0 + math.exp(-logit))
    sails = rubble * (law.sail_cutoff + law.sail_excess) + crest * (law.sail_cutoff + excess)
    lift = law.lift[kind]
    level = math.exp(law.log_thickness[kind] + law.thickness_spread[kind] * level_number)
    snow = math.exp(law.log_snow[kind] + law.snow_spread * snow_number)
    snow = min(snow, law.snow_limit * level * lift / law.snow_sinking)
    thickness = level + law.sail_fill * sails / lift
    out.kind[n] = kind
    out.thickness[n] = thickness
    out.snow_depth[n] = snow
    out.ice_freeboard[n] = thickness * lift - snow * law.snow_sinking
    out.deformation[n] = crest + rubble


@njit(cache=True, nogil=True)
def _cover_block(
    found: Found,
    field: np.ndarray,
    rubble: np.ndarray,
    law: CoverLaw,
    lattices: CoverLattices,
    out: Output,
) -> None:
    """Write the ice of a block from what was found there and from fields (2, n or more)."""
    levels = lattices.floe.key.size
    before = -1
    floe = Floe(0, 0.0, 0.0, 0.0, 0.0)
    for n in range(out.kind.size):
        # Along their course cracks open by more or less, and ridges are higher or lower.
        course = min(max(0.5 + 0.7 * rubble[0, n], 0.0), 1.0)
        opening = _is_opening(found, n, course, law)
        identity = int(found.crack[n]) if opening else int(found.identity[n])
        if identity != before:
            before = identity
            between = opening or found.level[n] == levels
            threshold = law.kind_threshold[0 if between else 1]
            x = found.x[n : n + 1]
            y = found.y[n : n + 1]
            floe = _draw_floe(identity, threshold, x, y, law, lattices.region)
        crest, excess = _ridge(found, n, law)
        numbers = (
            floe.thickness + field[0, n],
            floe.rubble + rubble[0, n],
            floe.snow + rubble[1, n],
        )
        _write(n, floe.kind, (law.ridging * crest * course, excess), numbers, law, out)
        out.texture[n] = floe.texture + field[1, n]


@njit(cache=True, nogil=True)
def cover_ice(
    x: np.ndarray,
    y: np.ndarray,
    law: CoverLaw,
    floe_law: FloeLaw,
    crack_law: FloeLaw,
    lattices: CoverLattices,
    out: Output,
) -> None:
    """Write the ice at places (n,) [m] into ``out``."""
    levels = lattices.floe.key.size
    found = new_found(BLOCK)
    bent = np.empty((2, BLOCK))
    field = np.empty((2, BLOCK))
    rubble = np.empty((2, BLOCK))
    for start in range(0, x.size, BLOCK):
        stop = min(start + BLOCK, x.size)
        here_x = x[start:stop]
        here_y = y[start:stop]
        bent[0, : stop - start] = here_x
        bent[1, : stop - start] = here_y
        field[:] = 0.0
        rubble[:] = 0.0
        add_fields(here_x, here_y, lattices.warp, law.warp_weight, bent)
        add_fields(here_x, here_y, lattices.field, law.field_weight, field)
        add_fields(here_x, here_y, lattices.rubble, law.rubble_weight, rubble)
        bent_x = bent[0, : stop - start]
        bent_y = bent[1, : stop - start]
        find_cracks(bent_x, bent_y, lattices.crack, crack_law, levels, found)
        for k in range(levels):
            find_floes(k, bent_x, bent_y, lattices.floe, floe_law, found)
        part = Output(
            out.kind[start:stop],
            out.thickness[start:stop],
            out.snow_depth[start:stop],
            out.ice_freeboard[start:stop],
            out.deformation[start:stop],
            out.texture[start:stop],
        )
        _cover_block(found, field, rubble, law, lattices, part)
