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
BLOCK = 1024  # places worked on at a time: what is between steps stays in fast memory
NOWHERE = -np.inf
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
def _normal_pair(
    i: int, j: int, key: int, normal: np.ndarray, weights: tuple[float, float]
) -> tuple[float, float]:
    """Return the two normal numbers of a corner of a lattice, times weights."""
    h = hash_cell(i, j, key)
    first = normal[h >> NORMAL_SHIFT]
    second = normal[(h >> LOWER_SHIFT) & NORMAL_MASK]
    return weights[0] * first, weights[1] * second


@njit(cache=True, nogil=True, error_model="numpy")
def _fade(
    x: np.ndarray,
    y: np.ndarray,
    axis: tuple[float, float, float],
    cell: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
) -> None:
    """Write in which cell along an axis places lie, and the weights of the cell's two ends.

    The axis is c in u = c0 x + c1 y + c2 [cell].  Weights fade smoothly (3 f**2 - 2 f**3) and are
    divided by the root of the sum of their squares, which leaves the variance at 1 all over the
    cell.  No branch is in this loop, so that places are worked on side by side.
    """
    for n in range(x.size):
        u = axis[0] * x[n] + axis[1] * y[n] + axis[2]
        cell[n] = np.floor(u)
        u -= cell[n]
        far = u * u * (3.0 - 2.0 * u)
        near = 1.0 - far
        scale = 1.0 / math.sqrt(near * near + far * far)
        lower[n] = scale * near
        upper[n] = scale * far


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

    Out is (2, n or more); its rows gain the weights' multiples of the fields.
    """
    f0, f1, f2, f3, f4, f5 = lattices.frame[k]
    row = np.empty(x.size)
    lower = np.empty(x.size)
    upper = np.empty(x.size)
    column = np.empty(x.size)
    left = np.empty(x.size)
    right = np.empty(x.size)
    _fade(x, y, (f0, f1, f4), row, lower, upper)
    _fade(x, y, (f2, f3, f5), column, left, right)
    key = int(lattices.key[k])
    normal = lattices.normal
    first_out = out[0]
    second_out = out[1]
    # Neighbouring places mostly share their cell, whose corners are drawn once.
    drawn_row = drawn_column = NOWHERE
    a00 = a01 = a10 = a11 = b00 = b01 = b10 = b11 = 0.0
    for n in range(x.size):
        if row[n] != drawn_row or column[n] != drawn_column:
            drawn_row = row[n]
            drawn_column = column[n]
            i = int(drawn_row)
            j = int(drawn_column)
            a00, b00 = _normal_pair(i, j, key, normal, weights)
            a01, b01 = _normal_pair(i, j + 1, key, normal, weights)
            a10, b10 = _normal_pair(i + 1, j, key, normal, weights)
            a11, b11 = _normal_pair(i + 1, j + 1, key, normal, weights)
        at_left = lower[n] * a00 + upper[n] * a10
        at_right = lower[n] * a01 + upper[n] * a11
        first_out[n] += left[n] * at_left + right[n] * at_right
        at_left = lower[n] * b00 + upper[n] * b10
        at_right = lower[n] * b01 + upper[n] * b11
        second_out[n] += left[n] * at_left + right[n] * at_right


@njit(cache=True, nogil=True)
def add_fields(
    x: np.ndarray, y: np.ndarray, lattices: Lattices, weights: np.ndarray, out: np.ndarray
) -> None:
    """Add to out (2, n or more) the sum over lattices of weights (lattices, 2) times fields."""
    for start in range(0, x.size, BLOCK):
        stop = min(start + BLOCK, x.size)
        for k in range(lattices.key.size):
            here = out[:, start:stop]
            add_noise(
                k, x[start:stop], y[start:stop], lattices, (weights[k, 0], weights[k, 1]), here
            )
