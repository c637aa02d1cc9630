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


class Output(NamedTuple):
    """What the loop writes; arrays (n,), float32 but for ``kind``."""

    kind: np.ndarray  #: uint8
    thickness: np.ndarray
    snow_depth: np.ndarray
    ice_freeboard: np.ndarray
    deformation: np.ndarray
    texture: np.ndarray


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
    identity: int, threshold: float, x: float, y: float, law: CoverLaw, regions: Lattices
) -> Floe:
    """Return what is a floe's own; its centre x, y [m] places it in a region."""
    region = np.zeros((2, 1))
    add_noise(0, np.array([x]), np.array([y]), regions, (law.region_weight, 0.0), region)
    normal = regions.normal
    own = math.sqrt(1.0 - law.region_weight**2) * _normal_of(identity, 21, normal)
    thickness_weight, texture_weight, rubble_weight = law.floe_weight
    return Floe(
        int(region[0, 0] + own < threshold),
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
def _sail_excess(seam: int, law: RidgeLaw) -> float:
    """Return by how much [m] a ridge's sail exceeds the least height: exponential."""
    return -law.sail_excess * math.log(1.0 - _share_of(seam, 13))


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
    rubble_field: np.ndarray,
    law: CoverLaw,
    lattices: CoverLattices,
    out: Output,
) -> None:
    """Write the ice of a block from what was found there and from fields (2, n or more)."""
    levels = lattices.floe.key.size
    ridge = law.ridge
    mean_sail = ridge.sail_cutoff + ridge.sail_excess
    age = law.first_year
    floe = Floe(0, 0.0, 0.0, 0.0, 0.0)
    before = -1
    for n in range(out.kind.size):
        # Along their course cracks open by more or less, and ridges are higher or lower.
        course = min(max(0.5 + 0.7 * rubble_field[0, n], 0.0), 1.0)
        crack = int(found.crack[n])
        crack_distance = found.crack_distance[n]
        opening = _is_opening(crack_distance, crack, course, ridge)
        identity = crack if opening else int(found.identity[n])
        if identity != before:
            before = identity
            between = opening or found.level[n] == levels
            threshold = law.between_threshold if between else law.floe_threshold
            floe = _draw_floe(identity, threshold, found.x[n], found.y[n], law, lattices.region)
            age = law.multi_year if floe.kind == 1 else law.first_year
        seam = int(found.seam[n])
        crest = _crest(found.seam_distance[n], seam, ridge.seam_ridged, ridge)
        crack_crest = _crest(crack_distance, crack, ridge.crack_ridged, ridge)
        if crack_crest > crest:
            crest = crack_crest
            seam = crack
        crest *= ridge.ridging * min(0.4 + course, 1.0)
        logit = age.rubble_logit + age.rubble_spread * (floe.rubble + rubble_field[0, n])
        rubble = ridge.ridging * (1.0 - crest) / (1.0 + math.exp(-logit))
        sails = rubble * mean_sail
        if crest > 0.0:
            sails += crest * (ridge.sail_cutoff + _sail_excess(seam, ridge))
        thickness, snow, freeboard = _float_ice(
            floe.thickness + field[0, n],
            floe.snow + rubble_field[1, n],
            ridge.sail_fill * sails,
            age,
        )
        out.kind[n] = floe.kind
        out.thickness[n] = thickness
        out.snow_depth[n] = snow
        out.ice_freeboard[n] = freeboard
        out.deformation[n] = crest + rubble
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
