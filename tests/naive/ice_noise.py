"""Value noise and floes, place by place and with nothing left out."""

import math

import numpy as np

from iceco.simulate.ice._floe_kernels import FloeLaw
from iceco.simulate.ice._noise_kernels import Lattices

MASK = 2**32 - 1
NEIGHBOURHOOD = 4  # cells to either side: farther than any floe reaches


def scramble(h: int) -> int:
    """Return a hash of 32 bits, in whole numbers of any length."""
    h ^= h >> 16
    h = h * 0x7FEB352D % 2**32
    h ^= h >> 15
    h = h * 0x5BD1E995 % 2**32
    return h ^ (h >> 16)


def cell_hash(i: int, j: int, key: int) -> int:
    """Return the hash of a cell."""
    return scramble((scramble((i + key) % 2**32) + j) % 2**32)


def in_cells(lattices: Lattices, k: int, x: float, y: float) -> tuple[float, float]:
    """Return a place [m] in the coordinates of a lattice."""
    uxx, uxy, vxx, vxy, u0, v0 = lattices.frame[k]
    return uxx * x + uxy * y + u0, vxx * x + vxy * y + v0


def noise(lattices: Lattices, k: int, x: float, y: float) -> tuple[float, float]:
    """Return the two fields of one lattice at one place [m]."""
    u, v = in_cells(lattices, k, x, y)
    total = np.zeros(2)
    squares = 0.0
    for i in (math.floor(u), math.floor(u) + 1):
        for j in (math.floor(v), math.floor(v) + 1):
            near_u, near_v = 1.0 - abs(u - i), 1.0 - abs(v - j)
            weight = near_u**2 * (3 - 2 * near_u) * near_v**2 * (3 - 2 * near_v)
            h = cell_hash(i, j, int(lattices.key[k]))
            total += weight * lattices.normal[[h // 2**20, h // 2**8 % 2**12]]
            squares += weight**2
    first, second = total / math.sqrt(squares)
    return first, second


def discs(
    lattices: Lattices, law: FloeLaw, k: int, x: float, y: float
) -> list[tuple[float, int, float, float]]:
    """Return power distance [cell**2], hash and centre [cell] of all floes around a place."""
    u, v = in_cells(lattices, k, x, y)
    found = []
    steps = range(-NEIGHBOURHOOD, NEIGHBOURHOOD + 1)
    for i in (math.floor(u) + step for step in steps):
        for j in (math.floor(v) + step for step in steps):
            h = cell_hash(i, j, int(lattices.key[k]))
            present, along, across, size = (scramble((h + n) % 2**32) / 2**32 for n in (1, 2, 3, 4))
            if present >= law.presence[k]:
                continue
            centre_u = i + 0.5 + law.jitter * (along - 0.5)
            centre_v = j + 0.5 + law.jitter * (across - 0.5)
            p = law.radius_exponent + 1
            low, high = law.least_radius**p, law.largest_radius**p
            radius = (low + size * (high - low)) ** (1 / p)
            power = (u - centre_u) ** 2 + (v - centre_v) ** 2 - radius**2
            found.append((power, h, centre_u, centre_v))
    return sorted(found)


def floe(lattices: Lattices, law: FloeLaw, x: float, y: float) -> tuple[int, int, float, int]:
    """Return level and hash of the floe at a place, and distance [m] and hash of its edge."""
    levels = lattices.key.size
    seam = (math.inf, 0)
    for k in range(levels):
        u, v = in_cells(lattices, k, x, y)
        metres = 1.0 / math.hypot(lattices.frame[k, 0], lattices.frame[k, 1])
        around = discs(lattices, law, k, x, y)
        power, own, *centre = around[0]
        edges = around if power >= 0.0 else around[:1]
        for square, h, *middle in edges:
            away = math.dist((u, v), middle)
            seam = min(seam, (0.5 * abs(square) / away * metres, h))
        if power < 0.0:
            square, h, *middle = around[1]
            apart = math.dist(centre, middle)
            seam = min(seam, (0.5 * (square - power) / apart * metres, own ^ h))
            return k, own, *seam
    return levels, 0, *seam
