"""Compiled loop of the ice cover: from places to all that a ``Surface`` holds, block by block.

Arrays in, arrays out: no defaults, no checks.  The caller in ``cover.py`` checks; this loop trusts
it.  Pairs (2,) in the law below are those of first-year and of multi-year ice.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from ..surface import Surface
from ._floe_kernels import FloeLaw, Found, find_cracks, find_floes, new_found
from ._noise_kernels import (
    BLOCK,
    HASH_MASK,
    NORMAL_SHIFT,
    Lattices,
    add_fields,
    add_noise,
    scramble,
)

UNIT = 2.0**-32  # 1, turns a hash into a number of [0, 1)


class AgeLaw(NamedTuple):
    """What ice of one age is like; logarithms are natural, of lengths in metres."""

    log_thickness: float  #: mean, of level ice
    thickness_spread: float  #: standard deviation
    log_snow: float  #: mean, of the depth of snow
    snow_spread: float  #: standard deviation
    rubble_logit: float  #: median of the share of ridged ice away from ridges, as logit
    rubble_spread: float  #: standard deviation of that logit
    lift: float  #: freeboard gained for ice thickness gained
    snow_sinking: float  #: freeboard lost for snow depth gained
    snow_limit: float  #: share of the level ice's freeboard without snow that snow may take


class RidgeLaw(NamedTuple):
    """Where ice is ridged, and how high."""

    ridging: float  #: factor of all ridged shares
    seam_ridged: float  #: probability that a floe's edge is ridged
    crack_ridged: float  #: probability that a crack is ridged
    crack_opened: float  #: probability that a crack opened and froze over long ago
    least_half_width: float  #: of ridged zones [m]
    largest_half_width: float  #: of ridged zones and of old openings [m]
    sail_cutoff: float  #: least height of a ridge's sail [m]
    sail_excess: float  #: mean of what is exponential above it [m]
    sail_fill: float  #: mean ice freeboard added by ridged ice over the height of its sails


class CoverLaw(NamedTuple):
    """What the ice is like, in the terms of the loop; weights are standard deviations."""

    warp_weight: np.ndarray  #: (warps, 2) of the displacement of floe outlines [m]
    field_weight: np.ndarray  #: (fields, 2) of level thickness and of texture
    rubble_weight: np.ndarray  #: (rubble fields, 2) of the share of ridged ice and of snow
    floe_weight: tuple[float, float, float]  #: of a floe's own part in thickness, texture, rubble
    region_weight: float  #: of the region in what decides on a floe's age
    between_threshold: float  #: ice between floes is multi-year ice below
    floe_threshold: float  #: floes are multi-year ice below
    ridge: RidgeLaw
    first_year: AgeLaw
    multi_year: AgeLaw


class CoverLattices(NamedTuple):
    """The lattices of every field."""

    warp: Lattices
    field: Lattices  #: thickness and texture
    rubble: Lattices  #: share of ridged ice, and snow
    region: Lattices
    floe: Lattices
    crack: Lattices


class Floe(NamedTuple):
    """What a floe has of its own; normal numbers, weighted."""

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
def _normal_of(identity: int, which: int, normal: np.ndarray) -> float:
    """Return one of the standard normal numbers that belong to a hash."""
    return float(normal[scramble((identity + which) & HASH_MASK) >> NORMAL_SHIFT])


@njit(cache=True, nogil=True)
def _draw_floe(
    identity: int, between: bool, x: float, y: float, law: CoverLaw, regions: Lattices
) -> Floe:
    """Return what is a floe's own; its centre x, y [m] places it in a region.

    Ice between floes belongs to no region: it may meet several floes.
    """
    normal = regions.normal
    age = _normal_of(identity, 21, normal)
    threshold = law.between_threshold
    if not between:
        region = np.zeros((2, 1))
        add_noise(0, np.array([x]), np.array([y]), regions, (law.region_weight, 0.0), region)
        age = region[0, 0] + math.sqrt(1.0 - law.region_weight**2) * age
        threshold = law.floe_threshold
    thickness_weight, texture_weight, rubble_weight = law.floe_weight
    return Floe(
        int(age < threshold),
        thickness_weight * _normal_of(identity, 22, normal),
        texture_weight * _normal_of(identity, 23, normal),
        rubble_weight * _normal_of(identity, 24, normal),
        rubble_weight * _normal_of(identity, 25, normal),
    )


@njit(cache=True, nogil=True)
def _is_opening(distance: float, crack: int, course: float, law: RidgeLaw) -> bool:
    """Return whether a crack, at a distance [m], opened as far; ``course`` 0..1 is its breadth."""
    if distance >= law.largest_half_width * course:
        return False
    choice = _share_of(crack, 11) - law.crack_ridged
    return 0.0 <= choice < law.crack_opened


@njit(cache=True, nogil=True)
def _crest(distance: float, seam: int, ridged: float, law: RidgeLaw) -> float:
    """Return the share of ridged ice at a distance [m] from a seam: 1 on it, then falling."""
    if distance >= law.largest_half_width or _share_of(seam, 11) >= ridged:
        return 0.0
    further = (law.largest_half_width - law.least_half_width) * _share_of(seam, 12)
    return max(1.0 - distance / (law.least_half_width + further), 0.0)


@njit(cache=True, nogil=True)
def _highest(edge: tuple[float, int], crack: tuple[float, int], law: RidgeLaw) -> tuple[float, int]:
    """Return share of ridged ice and hash of the ridge on whose crest a place rather lies.

    Edge and crack are distances [m] and hashes of what may be ridged.
    """
    on_edge = _crest(edge[0], edge[1], law.seam_ridged, law)
    on_crack = _crest(crack[0], crack[1], law.crack_ridged, law)
    if on_crack > on_edge:
        return on_crack, crack[1]
    return on_edge, edge[1]


@njit(cache=True, nogil=True)
def _ridged(
    crest: float, seam: int, number: float, age: AgeLaw, law: RidgeLaw
) -> tuple[float, float]:
    """Return the share of ridged ice, and by how much it lifts the ice's upper side [m].

    Crest is a ridge's share; number, normal, gives that of rubble beside it.  Sails exceed their
    least height exponentially, by the same all along a ridge.
    """
    logit = age.rubble_logit + age.rubble_spread * number
    rubble = law.ridging * (1.0 - crest) / (1.0 + math.exp(-logit))
    sails = rubble * (law.sail_cutoff + law.sail_excess)
    if crest > 0.0:
        excess = -law.sail_excess * math.log(1.0 - _share_of(seam, 13))
        sails += crest * (law.sail_cutoff + excess)
    return crest + rubble, law.sail_fill * sails


@njit(cache=True, nogil=True)
def _float_ice(
    level_number: float, snow_number: float, rise: float, law: AgeLaw
) -> tuple[float, float, float]:
    """Return thickness, snow depth and ice freeboard [m]; ``rise`` [m] is what ridges add."""
    level = math.exp(law.log_thickness + law.thickness_spread * level_number)
    thickness = level + rise / law.lift
    snow = math.exp(law.log_snow + law.snow_spread * snow_number)
    snow = min(snow, law.snow_limit * level * law.lift / law.snow_sinking)
    return thickness, snow, thickness * law.lift - snow * law.snow_sinking


@njit(cache=True, nogil=True)
def _cover_block(
    found: Found,
    field: np.ndarray,
    rubble: np.ndarray,
    law: CoverLaw,
    lattices: CoverLattices,
    out: Surface,
) -> None:
    """Write the ice of a block from what was found there and from fields (2, n or more)."""
    levels = lattices.floe.key.size
    ridge = law.ridge
    age = law.first_year
    floe = Floe(0, 0.0, 0.0, 0.0, 0.0)
    before = -1
    for n in range(out.kind.size):
        # Along their course cracks open by more or less, and ridges are higher or lower.
        course = min(max(0.5 + 0.7 * rubble[0, n], 0.0), 1.0)
        edge = found.seam_distance[n], int(found.seam[n])
        crack = found.crack_distance[n], int(found.crack[n])
        opening = _is_opening(crack[0], crack[1], course, ridge)
        identity = crack[1] if opening else int(found.identity[n])
        if identity != before:
            before = identity
            between = opening or found.level[n] == levels
            floe = _draw_floe(identity, between, found.x[n], found.y[n], law, lattices.region)
            age = law.multi_year if floe.kind == 1 else law.first_year
        crest, seam = _highest(edge, crack, ridge)
        crest *= ridge.ridging * min(0.4 + course, 1.0)
        deformation, rise = _ridged(crest, seam, floe.rubble + rubble[0, n], age, ridge)
        level_number = floe.thickness + field[0, n]
        snow_number = floe.snow + rubble[1, n]
        thickness, snow, freeboard = _float_ice(level_number, snow_number, rise, age)
        out.kind[n] = floe.kind
        out.thickness[n] = thickness
        out.snow_depth[n] = snow
        out.ice_freeboard[n] = freeboard
        out.deformation[n] = deformation
        out.texture[n] = floe.texture + field[1, n]


@njit(cache=True, nogil=True)
def cover_ice(
    x: np.ndarray,
    y: np.ndarray,
    law: CoverLaw,
    floe_law: FloeLaw,
    crack_law: FloeLaw,
    lattices: CoverLattices,
    out: Surface,
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
        for i in range(stop - start):
            bent[0, i], bent[1, i] = here_x[i], here_y[i]
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
        part = Surface(
            out.kind[start:stop],
            out.thickness[start:stop],
            out.snow_depth[start:stop],
            out.ice_freeboard[start:stop],
            out.deformation[start:stop],
            out.texture[start:stop],
        )
        _cover_block(found, field, rubble, law, lattices, part)
