"""Compiled loops of densification: local kriging, and means of pixels over cells.

Arrays in, arrays out: no defaults, no checks.  The callers check; these loops trust them.
"""

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def matern(distance: float, variance: float, length: float) -> float:
    """Return the Matern-3/2 covariance at a distance [m]."""
    scaled = math.sqrt(3.0) * distance / length
    return variance * (1.0 + scaled) * math.exp(-scaled)


@njit(cache=True, nogil=True)
def krige_tiles(
    places: np.ndarray,
    residual: np.ndarray,
    noise: np.ndarray,
    shared: np.ndarray,
    track: np.ndarray,
    basis: np.ndarray,
    neighbours: np.ndarray,
    targets: np.ndarray,
    target_basis: np.ndarray,
    starts: np.ndarray,
    members: np.ndarray,
    trend_covariance: np.ndarray,
    variance: float,
    length: float,
    mean: np.ndarray,
    spread: np.ndarray,
) -> None:
    """Fill mean and spread (variance) of a residual at the members of tiles, float64.

    places (n, 2) [m]; residual, noise (a variance), shared (a sigma), track (n,); basis (n, b) of
    the trend; neighbours (tiles, k), the points that each tile uses; targets (cells, 2);
    target_basis (cells, b); members, mean, spread (m,), of which starts[i]:starts[i + 1] are the
    i-th tile's cells; trend_covariance (b, b).
    """
    k = neighbours.shape[1]
    bases = basis.shape[1]
    covariance = np.empty((k, k))
    for tile in range(neighbours.shape[0]):
        near = neighbours[tile]
        for i in range(k):
            p = near[i]
            for j in range(i + 1):
                q = near[j]
                apart = math.hypot(places[p, 0] - places[q, 0], places[p, 1] - places[q, 1])
                value = matern(apart, variance, length)
                if track[p] == track[q]:
                    value += shared[p] * shared[q]
                covariance[i, j] = value
                covariance[j, i] = value
            covariance[i, i] += noise[p]
        lower = np.linalg.cholesky(covariance)
        first, last = starts[tile], starts[tile + 1]
        count = last - first
        # Rows are points, columns the residual, the trend's basis, and then the cells: one
        # forward substitution for all, whose inner loop runs along the cells.
        right = np.empty((k, 1 + bases + count))
        for i in range(k):
            p = near[i]
            right[i, 0] = residual[p]
            for b in range(bases):
                right[i, 1 + b] = basis[p, b]
            for c in range(count):
                cell = members[first + c]
                apart = math.hypot(places[p, 0] - targets[cell, 0], places[p, 1] - targets[cell, 1])
                right[i, 1 + bases + c] = matern(apart, variance, length)
            for j in range(i):
                factor = lower[i, j]
                for c in range(right.shape[1]):
                    right[i, c] -= factor * right[j, c]
            scale = 1.0 / lower[i, i]
            for c in range(right.shape[1]):
                right[i, c] *= scale
        unexplained = np.empty(bases)
        for c in range(count):
            cell = members[first + c]
            total = 0.0
            left = variance
            for i in range(k):
                total += right[i, 0] * right[i, 1 + bases + c]
                left -= right[i, 1 + bases + c] ** 2
            for b in range(bases):
                value = target_basis[cell, b]
                for i in range(k):
                    value -= right[i, 1 + b] * right[i, 1 + bases + c]
                unexplained[b] = value
            for a in range(bases):
                for b in range(bases):
                    left += unexplained[a] * trend_covariance[a, b] * unexplained[b]
            mean[first + c] = total
            spread[first + c] = left


#: Columns of the sums over cells that ``add_pixels`` fills.
COUNT, LEAD, INCIDENCE, COPOLAR, CROSSPOLAR, SUMS = 0, 1, 2, 3, 6, 9


@njit(cache=True, nogil=True)
def add_pixels(
    copolar: np.ndarray,
    crosspolar: np.ndarray,
    probability: np.ndarray,
    nodes: np.ndarray,
    step: int,
    first_line: int,
    first_sample: int,
    column_of: np.ndarray,
    slot_step: float,
    cell_of: np.ndarray,
    sums: np.ndarray,
) -> None:
    """Add the pixels of a window of a scene to the sums of the cells they lie in.

    copolar, crosspolar (lines, samples) float32, linear; probability of a lead; nan where
    missing.  nodes (3, rows, columns) float64: fractional row and slot of the grid, and incidence,
    at every step-th line and sample of the scene, bilinear between; nan off the grid.  column_of
    (slots,) gives the column of slots of 1 / slot_step of a cell; cell_of (rows, columns) the
    index among the cells that are summed, -1 for none.  sums (cells, SUMS) float64: pixels, lead
    probability, incidence; then for either polarisation the weights 1 - probability, and the
    power and its square times them.
    """
    lines, samples = copolar.shape
    rows = cell_of.shape[0]
    for i in range(lines):
        down = (first_line + i) / step
        a = min(int(down), nodes.shape[1] - 2)
        down -= a
        for j in range(samples):
            if math.isnan(copolar[i, j]) or math.isnan(probability[i, j]):
                continue
            right = (first_sample + j) / step
            b = min(int(right), nodes.shape[2] - 2)
            right -= b
            w00, w01 = (1.0 - down) * (1.0 - right), (1.0 - down) * right
            w10, w11 = down * (1.0 - right), down * right
            row = (
                w00 * nodes[0, a, b] + w01 * nodes[0, a, b + 1]
                + w10 * nodes[0, a + 1, b] + w11 * nodes[0, a + 1, b + 1]
            )  # fmt: skip
            slot = (
                w00 * nodes[1, a, b] + w01 * nodes[1, a, b + 1]
                + w10 * nodes[1, a + 1, b] + w11 * nodes[1, a + 1, b + 1]
            )  # fmt: skip
            if not (row >= -0.5 and row < rows - 0.5 and slot >= -0.5):
                continue
            place = math.floor((slot + 0.5) * slot_step)
            if place >= column_of.size or column_of[place] < 0:
                continue
            cell = cell_of[math.floor(row + 0.5), column_of[place]]
            if cell < 0:
                continue
            lead = float(probability[i, j])
            sums[cell, COUNT] += 1.0
            sums[cell, LEAD] += lead
            sums[cell, INCIDENCE] += (
                w00 * nodes[2, a, b] + w01 * nodes[2, a, b + 1]
                + w10 * nodes[2, a + 1, b] + w11 * nodes[2, a + 1, b + 1]
            )  # fmt: skip
            power = float(copolar[i, j])
            sums[cell, COPOLAR] += 1.0 - lead
            sums[cell, COPOLAR + 1] += (1.0 - lead) * power
            sums[cell, COPOLAR + 2] += (1.0 - lead) * power * power
            power = float(crosspolar[i, j])
            if not math.isnan(power):
                sums[cell, CROSSPOLAR] += 1.0 - lead
                sums[cell, CROSSPOLAR + 1] += (1.0 - lead) * power
                sums[cell, CROSSPOLAR + 2] += (1.0 - lead) * power * power
