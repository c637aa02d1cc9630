"""Compiled loops that find the floes at places, the seams between them, and cracks.

No defaults, no checks: the callers check.  Lattices are those of ``_noise_kernels``.  Every cell
of a floe lattice holds at most one floe, a disc around a random point of the cell, cut straight
where it meets its neighbours of the same lattice.  Centres keep so far from the borders of their
cells, and discs are so small, that three by three cells hold all that can matter.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from ._noise_kernels import HASH_MASK, NO_CELL, Lattices, hash_cell, scramble

NEIGHBOURS = 9
UNIT = 2.0**-32  # 1, turns a hash into a number of [0, 1)
FAR = 1e9  # squared cells, or metres: farther than anything


class FloeLaw(NamedTuple):
    """How points lie in their cells, and floes around the points."""

    jitter: float  #: range of a centre along either axis [cell]
    least_radius: float  #: [cell]
    largest_radius: float  #: [cell]
    radius_exponent: float  #: of the radii's density, negative, not -1
    presence: np.ndarray  #: (lattices,) probability that a cell holds a floe
    reach: float  #: distance to seams beyond this [m] is not asked for


class Found(NamedTuple):
    """What lies at places; arrays (n or more,)."""

    level: np.ndarray  #: int64: of the floe's lattice; the number of lattices where there is none
    identity: np.ndarray  #: int64: hash of the floe, or of the patch between cracks
    x: np.ndarray  #: of the centre of floe or patch [m]
    y: np.ndarray
    seam_distance: np.ndarray  #: to the floe's own edge, or the nearest floe's [m]
    seam: np.ndarray  #: int64: hash of that edge
    crack_distance: np.ndarray  #: to the nearest crack [m]
    crack: np.ndarray  #: int64: hash of that crack


class Sites(NamedTuple):
    """The points of three by three cells that matter in the middle one, in the first rows."""

    place: np.ndarray  #: (9, 3): u, v and squared radius [cell]
    identity: np.ndarray  #: (9,) int64


@njit(cache=True, nogil=True)
def new_found(count: int) -> Found:
    """Return room for ``count`` places."""
    return Found(
        np.empty(count, dtype=np.int64),
        np.empty(count, dtype=np.int64),
        np.empty(count),
        np.empty(count),
        np.empty(count),
        np.empty(count, dtype=np.int64),
        np.empty(count),
        np.empty(count, dtype=np.int64),
    )


@njit(cache=True, nogil=True)
def _radius(share: float, law: FloeLaw) -> float:
    """Return the radius [cell] below which a share of the radii lies."""
    power = law.radius_exponent + 1.0
    low = law.least_radius**power
    high = law.largest_radius**power
    return float((low + share * (high - low)) ** (1.0 / power))


@njit(cache=True, nogil=True)
def _draw_sites(k: int, i: int, j: int, lattices: Lattices, law: FloeLaw, sites: Sites) -> int:
    """Draw the floes that a place of cell i, j of lattice k can meet; return their number."""
    key = int(lattices.key[k])
    frame = lattices.frame[k]
    margin = law.reach * math.sqrt(
        max(frame[0] ** 2 + frame[1] ** 2, frame[2] ** 2 + frame[3] ** 2)
    )
    count = 0
    for n in range(NEIGHBOURS):
        row = i + n // 3 - 1
        column = j + n % 3 - 1
        identity = hash_cell(row, column, key)
        if scramble((identity + 1) & HASH_MASK) * UNIT >= law.presence[k]:
            continue
        along = scramble((identity + 2) & HASH_MASK) * UNIT
        across = scramble((identity + 3) & HASH_MASK) * UNIT
        u = row + 0.5 + law.jitter * (along - 0.5)
        v = column + 0.5 + law.jitter * (across - 0.5)
        radius = _radius(scramble((identity + 4) & HASH_MASK) * UNIT, law)
        beside_u = max(abs(u - i - 0.5) - 0.5, 0.0)
        beside_v = max(abs(v - j - 0.5) - 0.5, 0.0)
        if beside_u**2 + beside_v**2 >= (radius + margin) ** 2:
            continue
        sites.identity[count] = identity
        sites.place[count, 0] = u
        sites.place[count, 1] = v
        sites.place[count, 2] = radius**2
        count += 1
    return count


@njit(cache=True, nogil=True)
def _nearest_two(
    u: float, v: float, count: int, place: np.ndarray
) -> tuple[int, int, float, float]:
    """Return which two floes are nearest in power distance, and these distances [cell**2]."""
    first = second = 0
    least = next_least = FAR
    for n in range(count):
        du = u - place[n, 0]
        dv = v - place[n, 1]
        power = du * du + dv * dv - place[n, 2]
        if power < next_least:
            if power < least:
                next_least = least
                second = first
                least = power
                first = n
            else:
                next_least = power
                second = n
    return first, second, least, next_least


@njit(cache=True, nogil=True)
def _distance(half_power: float, du: float, dv: float, frame: np.ndarray, reach: float) -> float:
    """Return how far [m] a place is from where a power distance vanishes, FAR beyond ``reach``.

    The gradient of half the power distance is (du, dv) [cell]; frame is a lattice's (6,).
    """
    along = frame[0] * du + frame[2] * dv
    across = frame[1] * du + frame[3] * dv
    square_slope = along * along + across * across
    if half_power * half_power >= reach * reach * square_slope:
        return FAR
    return half_power / math.sqrt(square_slope)


@njit(cache=True, nogil=True)
def _edge_distance(
    u: float, v: float, site: int, place: np.ndarray, frame: np.ndarray, reach: float
) -> float:
    """Return how far [m] a place [cell] is from the round edge of a floe, on either side."""
    du = u - place[site, 0]
    dv = v - place[site, 1]
    return _distance(0.5 * abs(du * du + dv * dv - place[site, 2]), du, dv, frame, reach)


@njit(cache=True, nogil=True)
def _centre(u: float, v: float, frame: np.ndarray) -> tuple[float, float]:
    """Return where on the plane [m] a place of a lattice [cell] lies."""
    du = u - frame[4]
    dv = v - frame[5]
    scale = 1.0 / (frame[0] * frame[3] - frame[1] * frame[2])
    return scale * (frame[3] * du - frame[1] * dv), scale * (frame[0] * dv - frame[2] * du)


@njit(cache=True, nogil=True)
def find_cracks(
    x: np.ndarray, y: np.ndarray, lattices: Lattices, law: FloeLaw, levels: int, found: Found
) -> None:
    """Write patch, crack and its distance at places (n,) [m], as if there were no floes.

    Patches are the cells around random points of lattice 0 (all radii being equal), cracks their
    borders; ``levels`` is the number of the floe lattices.
    """
    frame = lattices.frame[0]
    f0, f1, f2, f3, f4, f5 = frame
    sites = Sites(np.empty((NEIGHBOURS, 3)), np.empty(NEIGHBOURS, dtype=np.int64))
    place = sites.place
    drawn_i = drawn_j = NO_CELL
    count = 0
    for n in range(x.size):
        u = f0 * x[n] + f1 * y[n] + f4
        v = f2 * x[n] + f3 * y[n] + f5
        i = math.floor(u)
        j = math.floor(v)
        if i != drawn_i or j != drawn_j:
            drawn_i = i
            drawn_j = j
            count = _draw_sites(0, i, j, lattices, law, sites)
        first, second, least, next_least = _nearest_two(u, v, count, place)
        du = place[first, 0] - place[second, 0]
        dv = place[first, 1] - place[second, 1]
        identity = int(sites.identity[first])
        found.level[n] = levels
        found.identity[n] = identity
        found.x[n], found.y[n] = _centre(place[first, 0], place[first, 1], frame)
        found.seam_distance[n] = FAR
        found.seam[n] = 0
        found.crack_distance[n] = _distance(0.5 * (next_least - least), du, dv, frame, law.reach)
        found.crack[n] = identity ^ int(sites.identity[second])


@njit(cache=True, nogil=True)
def find_floes(
    k: int, x: np.ndarray, y: np.ndarray, lattices: Lattices, law: FloeLaw, found: Found
) -> None:
    """Write the floes of lattice k at places (n,) [m] where no coarser lattice has one.

    The distance is to the nearest edge of the floe that covers a place, or, where none does, to
    the nearest floe, over all lattices so far.
    """
    frame = lattices.frame[k]
    f0, f1, f2, f3, f4, f5 = frame
    sites = Sites(np.empty((NEIGHBOURS, 3)), np.empty(NEIGHBOURS, dtype=np.int64))
    place = sites.place
    levels = lattices.key.size
    drawn_i = drawn_j = NO_CELL
    count = 0
    for n in range(x.size):
        if found.level[n] < levels:
            continue
        u = f0 * x[n] + f1 * y[n] + f4
        v = f2 * x[n] + f3 * y[n] + f5
        i = math.floor(u)
        j = math.floor(v)
        if i != drawn_i or j != drawn_j:
            drawn_i = i
            drawn_j = j
            count = _draw_sites(k, i, j, lattices, law, sites)
        if count == 0:
            continue
        first, second, least, next_least = _nearest_two(u, v, count, place)
        if least >= 0.0:
            for site in range(count):
                distance = _edge_distance(u, v, site, place, frame, law.reach)
                if distance < found.seam_distance[n]:
                    found.seam_distance[n] = distance
                    found.seam[n] = int(sites.identity[site])
            continue
        identity = int(sites.identity[first])
        found.level[n] = k
        found.identity[n] = identity
        found.x[n], found.y[n] = _centre(place[first, 0], place[first, 1], frame)
        distance = _edge_distance(u, v, first, place, frame, law.reach)
        if distance < found.seam_distance[n]:
            found.seam_distance[n] = distance
            found.seam[n] = identity
        if next_least < FAR:
            du = place[first, 0] - place[second, 0]
            dv = place[first, 1] - place[second, 1]
            distance = _distance(0.5 * (next_least - least), du, dv, frame, law.reach)
            if distance < found.seam_distance[n]:
                found.seam_distance[n] = distance
                found.seam[n] = identity ^ int(sites.identity[second])
