"""Compiled loops of the leads: spatial index, motion across leads and its inverse.

Arrays in, arrays out: no defaults, no checks.  The callers in ``leads.py`` and
``lead_geometry.py`` check; these loops trust them.  s runs along a lead's chord from its origin,
n to the left of it; lengths are in metres.

Leads come as rows of numbers, in the order of the constants below.
"""

import math

import numpy as np
from numba import njit

#: Columns of the rows that describe leads at a time.
X0, Y0, COSINE, SINE, LENGTH, NODES_PER_METRE = 0, 1, 2, 3, 4, 5
LOWEST, HIGHEST, OPENING, SLIP, REACH, OPENED = 6, 7, 8, 9, 10, 11

#: A step this short [m] ends the search for a place.
SHORT_STEP = 1e-4
#: Full steps of the search: a point at the very edge of a strip leaves it in about 20, by doubling.
FULL_STEPS = 60
#: Half steps after them, for what the full ones throw to and fro.
HALF_STEPS = 100


@njit(cache=True, nogil=True)
def _is_felt(
    s: float,
    n: float,
    margin: float,
    length: float,
    reach: float,
    step: float,
    offset: np.ndarray,
    breadth: np.ndarray,
) -> bool:
    """Tell whether a lead may be felt within ``margin`` of a point."""
    if s < -margin or s > length + margin:
        return False
    last = offset.size - 1
    first_node = min(max(int((s - margin) / step), 0), last)
    last_node = min(max(int((s + margin) / step) + 1, 0), last)
    low = high = offset[first_node]
    for k in range(first_node, last_node + 1):
        half = 0.5 * breadth[k]
        low = min(low, offset[k] - half)
        high = max(high, offset[k] + half)
    return low - reach <= n + margin and n - margin <= high + reach


@njit(cache=True, nogil=True)
def index_leads(
    chords: np.ndarray,
    first_node: np.ndarray,
    offset: np.ndarray,
    breadth: np.ndarray,
    cell: float,
    column0: int,
    row0: int,
    columns: int,
    rows: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return where each cell's leads start, (columns * rows + 1,), and the leads, int32.

    chords: (leads, 6), x0, y0, direction, length, reach and step between nodes.
    """
    first = np.zeros(columns * rows + 1, dtype=np.int64)
    lead = np.empty(0, dtype=np.int32)
    margin = cell * math.sqrt(0.5)
    for filling in range(2):
        if filling:
            for c in range(columns * rows):
                first[c + 1] += first[c]
            lead = np.empty(first[-1], dtype=np.int32)
        for i in range(chords.shape[0]):
            x0, y0, direction, length, reach, step = chords[i]
            cosine, sine = math.cos(direction), math.sin(direction)
            f = offset[first_node[i] : first_node[i + 1]]
            b = breadth[first_node[i] : first_node[i + 1]]
            low = (f - 0.5 * b).min() - reach
            high = (f + 0.5 * b).max() + reach
            left = min(0.0, length * cosine) + min(-low * sine, -high * sine)
            right = max(0.0, length * cosine) + max(-low * sine, -high * sine)
            bottom = min(0.0, length * sine) + min(low * cosine, high * cosine)
            top = max(0.0, length * sine) + max(low * cosine, high * cosine)
            from_column = max(math.floor((x0 + left) / cell) - column0, 0)
            to_column = min(math.floor((x0 + right) / cell) - column0, columns - 1)
            from_row = max(math.floor((y0 + bottom) / cell) - row0, 0)
            to_row = min(math.floor((y0 + top) / cell) - row0, rows - 1)
            for row in range(from_row, to_row + 1):
                dy = (row + row0 + 0.5) * cell - y0
                for column in range(from_column, to_column + 1):
                    dx = (column + column0 + 0.5) * cell - x0
                    s, n = dx * cosine + dy * sine, dy * cosine - dx * sine
                    if _is_felt(s, n, margin, length, reach, step, f, b):
                        c = row * columns + column
                        if filling:
                            lead[first[c]] = i
                            first[c] += 1
                        else:
                            first[c + 1] += 1
    # Filling moved every start to the next cell's.
    for c in range(columns * rows, 0, -1):
        first[c] = first[c - 1]
    first[0] = 0
    return first, lead


@njit(cache=True, nogil=True)
def _between_nodes(values: np.ndarray, place: float, first: int, last: int) -> float:
    """Return values at a place counted in nodes from ``first``; segments end at ``last``."""
    k = min(int(place), last - first - 1)
    u = place - k
    return (1.0 - u) * values[first + k] + u * values[first + k + 1]


@njit(cache=True, nogil=True)
def _jump(
    row: np.ndarray,
    first: int,
    last: int,
    offset: np.ndarray,
    breadth: np.ndarray,
    x: float,
    y: float,
) -> tuple[float, float, bool]:
    """Return a lead's share in the jump at a point (x and y), and whether the point is in it.

    ``first`` and ``last`` are the lead's first and last nodes.
    """
    dx, dy = x - row[X0], y - row[Y0]
    s = dx * row[COSINE] + dy * row[SINE]
    n = dy * row[COSINE] - dx * row[SINE]
    if s <= 0.0 or s >= row[LENGTH] or n <= row[LOWEST] or n >= row[HIGHEST]:
        return 0.0, 0.0, False
    place = s * row[NODES_PER_METRE]
    f = _between_nodes(offset, place, first, last)
    width = row[OPENING] * _between_nodes(breadth, place, first, last)
    m = n - f
    beyond = abs(m) - 0.5 * width
    if beyond >= row[REACH]:
        return 0.0, 0.0, False
    if beyond < 0.0:
        share = m / width
    else:
        fall = 1.0 - (beyond / row[REACH]) ** 2
        share = math.copysign(0.5 * fall * fall, m)
    across, along = width * share, 0.0
    if row[SLIP] != 0.0:
        # The sides slip along the bent middle line, so that they neither part nor overlap.
        e = s / row[LENGTH]
        along = row[SLIP] * 4.0 * e * (1.0 - e) * share
        across += f - _between_nodes(offset, (s - along) * row[NODES_PER_METRE], first, last)
    jump_x = along * row[COSINE] - across * row[SINE]
    jump_y = along * row[SINE] + across * row[COSINE]
    return jump_x, jump_y, beyond < 0.0


@njit(cache=True, nogil=True)
def _jump_of_all(
    rows: np.ndarray,
    first_node: np.ndarray,
    offset: np.ndarray,
    breadth: np.ndarray,
    leads_here: np.ndarray,
    x: float,
    y: float,
) -> tuple[int, float, float]:
    """Return the youngest lead a point is in, or -1, and the sum of the leads' jumps."""
    youngest, jump_x, jump_y = -1, 0.0, 0.0
    for i in leads_here:
        dx, dy, inside = _jump(rows[i], first_node[i], first_node[i + 1] - 1, offset, breadth, x, y)
        jump_x += dx
        jump_y += dy
        if inside and (youngest < 0 or rows[i, OPENED] > rows[youngest, OPENED]):
            youngest = i
    return youngest, jump_x, jump_y


@njit(cache=True, nogil=True)
def _leads_of_cell(
    cell_first: np.ndarray,
    cell_lead: np.ndarray,
    grid: tuple[float, int, int, int, int],
    x: float,
    y: float,
) -> np.ndarray:
    """Return the leads that may be felt in the cell of a point, none beyond the index.

    grid: side of a cell, lowest column and row, columns and rows.
    """
    cell, column0, row0, columns, rows = grid
    column, row = math.floor(x / cell) - column0, math.floor(y / cell) - row0
    if column < 0 or column >= columns or row < 0 or row >= rows:
        return cell_lead[:0]
    c = row * columns + column
    return cell_lead[cell_first[c] : cell_first[c + 1]]


@njit(cache=True, nogil=True)
def meet(
    rows: np.ndarray,
    first_node: np.ndarray,
    offset: np.ndarray,
    breadth: np.ndarray,
    cell_first: np.ndarray,
    cell_lead: np.ndarray,
    grid: tuple[float, int, int, int, int],
    xi: np.ndarray,
    eta: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the youngest lead at each point (n,), int32, or -1, and the jump, x and y."""
    lead = np.empty(xi.size, dtype=np.int32)
    jump_x, jump_y = np.empty(xi.size), np.empty(xi.size)
    for i in range(xi.size):
        here = _leads_of_cell(cell_first, cell_lead, grid, xi[i], eta[i])
        lead[i], jump_x[i], jump_y[i] = _jump_of_all(
            rows, first_node, offset, breadth, here, xi[i], eta[i]
        )
    return lead, jump_x, jump_y


@njit(cache=True, nogil=True)
def find(
    rows: np.ndarray,
    first_node: np.ndarray,
    offset: np.ndarray,
    breadth: np.ndarray,
    cell_first: np.ndarray,
    cell_lead: np.ndarray,
    grid: tuple[float, int, int, int, int],
    material_x: np.ndarray,
    material_y: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return where in the drift frame material points (n,) are.

    Fixed point x = X + jump(x).  Where the search does not end, the best place it met.
    """
    xi, eta = material_x.copy(), material_y.copy()
    for i in range(xi.size):
        x, y, least = xi[i], eta[i], math.inf
        for k in range(FULL_STEPS + HALF_STEPS):
            here = _leads_of_cell(cell_first, cell_lead, grid, x, y)
            _, jump_x, jump_y = _jump_of_all(rows, first_node, offset, breadth, here, x, y)
            dx, dy = material_x[i] + jump_x - x, material_y[i] + jump_y - y
            step = math.hypot(dx, dy)
            if step < least:
                xi[i], eta[i], least = x, y, step
            if step < SHORT_STEP:
                break
            share = 1.0 if k < FULL_STEPS else 0.5
            x += share * dx
            y += share * dy
    return xi, eta
