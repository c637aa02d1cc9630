"""Compiled loops of random fields as functions of place: integer hashes and value noise.

Arrays in, arrays out: no defaults, no checks.  The callers check; these loops trust them.
Hashes are 32 bits wide and live in 64, so that no product overflows, compiled or not.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

HASH_MASK = 0xFFFFFFFF
NORMAL_SHIFT = 20  # bits; the upper 12 of a hash choose one of 4096 normal numbers
LOWER_SHIFT = 8  # bits; the next 12 choose another
NORMAL_MASK = 0xFFF
NO_CELL = -(2**62)  # no place lies there


class Lattices(NamedTuple):
    """Square lattices laid over the plane, one a row, each turned and shifted its own way."""

    frame: np.ndarray  #: (n, 6): u = f0 x + f1 y + f4, v = f2 x + f3 y + f5, in cells; 1/m
    key: np.ndarray  #: (n,) int64, below 2**32
    normal: np.ndarray  #: (4096,) equally probable standard normal numbers, rising


@njit(cache=True, nogil=True)
def scramble(h: int) -> int:
    """Return a hash (32 bits) of an integer of 32 bits; one-to-one."""
    h ^= h >> 16
    h = (h * 0x7FEB352D) & HASH_MASK
    h ^= h >> 15
    h = (h * 0x5BD1E995) & HASH_MASK
    return h ^ (h >> 16)


@njit(cache=True, nogil=True)
def hash_cell(i: int, j: int, key: int) -> int:
    """Return the hash (32 bits) of a cell of the lattice with a key."""
    return scramble((scramble((i + key) & HASH_MASK) + j) & HASH_MASK)


@njit(cache=True, nogil=True)
def _normal_pair(i: int, j: int, key: int, normal: np.ndarray) -> tuple[float, float]:
    """Return the two normal numbers of a corner of a lattice."""
    h = hash_cell(i, j, key)
    return normal[h >> NORMAL_SHIFT], normal[(h >> LOWER_SHIFT) & NORMAL_MASK]


@njit(cache=True, nogil=True)
def add_noise(
    k: int,
    x: np.ndarray,
    y: np.ndarray,
    lattices: Lattices,
    weights: tuple[float, float],
    out: np.ndarray,
) -> None:
    """Add two independent normal fields of lattice k at places (n,) [m] to the rows of out.

    Corner values are joined by weights that fade smoothly (3 f**2 - 2 f**3); dividing by the root
    of the sum of their squares leaves the variance at 1 everywhere in the cell.  Out is (2, n or
    more); its rows gain the weights' multiples of the fields.
    """
    f0, f1, f2, f3, f4, f5 = lattices.frame[k]
    key = int(lattices.key[k])
    normal = lattices.normal
    first_weight, second_weight = weights
    # Neighbouring places mostly share their cell, whose corners are drawn once.
    drawn_i = drawn_j = NO_CELL
    a00 = a01 = a10 = a11 = b00 = b01 = b10 = b11 = 0.0
    for n in range(x.size):
        u = f0 * x[n] + f1 * y[n] + f4
        v = f2 * x[n] + f3 * y[n] + f5
        i = math.floor(u)
        j = math.floor(v)
        if i != drawn_i or j != drawn_j:
            drawn_i = i
            drawn_j = j
            a00, b00 = _normal_pair(i, j, key, normal)
            a01, b01 = _normal_pair(i, j + 1, key, normal)
            a10, b10 = _normal_pair(i + 1, j, key, normal)
            a11, b11 = _normal_pair(i + 1, j + 1, key, normal)
        u -= i
        v -= j
        right = u * u * (3.0 - 2.0 * u)
        upper = v * v * (3.0 - 2.0 * v)
        left = 1.0 - right
        lower = 1.0 - upper
        squares = (right * right + left * left) * (upper * upper + lower * lower)
        scale = 1.0 / math.sqrt(squares)
        w00, w01, w10, w11 = left * lower, left * upper, right * lower, right * upper
        first = scale * (w00 * a00 + w01 * a01 + w10 * a10 + w11 * a11)
        second = scale * (w00 * b00 + w01 * b01 + w10 * b10 + w11 * b11)
        out[0, n] += first_weight * first
        out[1, n] += second_weight * second


@njit(cache=True, nogil=True)
def add_fields(
    x: np.ndarray, y: np.ndarray, lattices: Lattices, weights: np.ndarray, out: np.ndarray
) -> None:
    """Add to out (2, n or more) the sum over lattices of weights (lattices, 2) times fields."""
    for k in range(lattices.key.size):
        add_noise(k, x, y, lattices, (weights[k, 0], weights[k, 1]), out)
