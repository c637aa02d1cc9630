"""Compiled loops of the pulse-limited echoes.

Arrays in, arrays out, no checks: ``pulse_limited`` knows what they need.
"""

import math

import numpy as np
from numba import njit

FINE = 8  # steps a gate in which facets are sorted by range
EARLY = 12  # gates before the sea at nadir that are kept: 3.7 m of ice above it
LATE = 6  # gates after the window from which the pulse may still reach into it
LAYER = 0.05  # m of rms height between the layers in which rough facets are kept apart
LAYERS = 10
REACH = 4.5  # standard deviations of the pulse to which a facet's power is spread


@njit(cache=True, nogil=True)
def pulse_limited_echoes(
    first_row: float,
    side: float,
    across: np.ndarray,
    height: np.ndarray,
    sigma0: np.ndarray,
    inverse_slope: np.ndarray,
    layer: np.ndarray,
    upper_share: np.ndarray,
    coherent: np.ndarray,
    mirror_rows: np.ndarray,
    record_along: np.ndarray,
    altitude: np.ndarray,
    alpha: np.ndarray,
    nadir_gate: np.ndarray,
    coherent_slope: np.ndarray,
    antenna_gamma: float,
    pulse_sigma: float,
    gate_spacing: float,
    echo: np.ndarray,
) -> None:
    """Add to ``echo`` (n, 2, gates) the incoherent and the coherent power of facets.

    ``first_row`` is the along-track place of the first row's centres.  A facet's incoherent power
    goes to its ``layer`` of roughness and, by ``upper_share``, to the next.  ``mirror_rows``
    (rows,) is true where ``coherent`` has anything.
    """
    gates = echo.shape[2]
    columns = across.size
    rough = np.empty((FINE * (EARLY + gates + LATE), LAYERS))
    mirror = np.empty((rough.shape[0], 1))
    column_gain = np.empty(columns)
    across2 = across**2
    place = np.empty(columns)
    power = np.empty(columns)
    step = gate_spacing / FINE
    for i in range(record_along.size):
        h = altitude[i]
        to_range = alpha[i] / (2.0 * h)
        seen = (gates + LATE - nadir_gate[i]) * gate_spacing / to_range
        if seen <= 0.0:
            continue
        rough[:] = 0.0
        mirror[:] = 0.0
        beam = 4.0 / (antenna_gamma * h * h)
        for j in range(columns):
            column_gain[j] = math.exp(-beam * across2[j])
        to_slope = (alpha[i] / h) ** 2
        reach = math.sqrt(seen)
        first = max(0, math.ceil((record_along[i] - reach - first_row) / side))
        last = min(height.shape[0], math.floor((record_along[i] + reach - first_row) / side) + 1)
        for row in range(first, last):
            along2 = (first_row + row * side - record_along[i]) ** 2
            half = math.sqrt(max(seen - along2, 0.0))
            left = max(0, math.ceil((-half - across[0]) / side))
            right = min(columns, math.floor((half - across[0]) / side) + 1)
            row_gain = math.exp(-beam * along2)
            _place_row(
                along2, across2, height[row], to_range, step, row_gain, column_gain,
                left, right, place, power,
            )  # fmt: skip
            if mirror_rows[row]:
                rate = to_slope / coherent_slope[i]
                _sort_mirrors(
                    along2, across2, coherent[row], rate, coherent_slope[i],
                    left, right, place, power, mirror,
                )  # fmt: skip
            _sort_row(
                along2, across2, sigma0[row], inverse_slope[row], layer[row], upper_share[row],
                to_slope, left, right, place, power, rough,
            )  # fmt: skip
        # Range varies within a facet by (alpha d side / h)2 / 12, linear in the range itself;
        # sharing power between two steps has added step2 / 6 on average.
        widening = alpha[i] * side * side / (6.0 * h)
        variance = pulse_sigma**2 - step * step / 6.0
        scale = side * side * alpha[i] / (2.0 * math.pi * h * gate_spacing)
        _spread(rough, nadir_gate[i], step, variance, widening, scale, gate_spacing, echo[i, 0])
        _spread(mirror, nadir_gate[i], step, variance, widening, scale, gate_spacing, echo[i, 1])


@njit(cache=True, nogil=True)
def _place_row(
    along2: float,
    across2: np.ndarray,
    height: np.ndarray,
    to_range: float,
    step: float,
    row_gain: float,
    column_gain: np.ndarray,
    left: int,
    right: int,
    place: np.ndarray,
    gain: np.ndarray,
) -> None:
    """Fill in each facet's range, in steps from EARLY gates before the sea, and its gain."""
    to_steps = 1.0 / step
    for j in range(left, right):
        beyond = to_range * (along2 + across2[j]) - height[j]
        # Where the ice is too high or too low it is put at the ends.
        place[j] = max(beyond * to_steps + FINE * EARLY, 0.0)
        gain[j] = row_gain * column_gain[j]


@njit(cache=True, nogil=True)
def _sort_row(
    along2: float,
    across2: np.ndarray,
    sigma0: np.ndarray,
    inverse_slope: np.ndarray,
    layer: np.ndarray,
    upper_share: np.ndarray,
    to_slope: float,
    left: int,
    right: int,
    place: np.ndarray,
    gain: np.ndarray,
    rough: np.ndarray,
) -> None:
    """Add the incoherent power of a row of facets to its steps and layers."""
    for j in range(left, right):
        k = int(place[j])
        if k + 1 >= rough.shape[0]:
            continue
        fall = to_slope * (along2 + across2[j]) * inverse_slope[j]
        power = gain[j] * sigma0[j]
        # The series is good to 1e-6 and saves the exponential of nearly all facets.
        power *= 1.0 - fall + 0.5 * fall * fall if fall < 0.02 else math.exp(-fall)
        after = power * (place[j] - k)
        before = power - after
        low = layer[j]
        share = upper_share[j]
        rough[k, low] += before - share * before
        rough[k, low + 1] += share * before
        rough[k + 1, low] += after - share * after
        rough[k + 1, low + 1] += share * after


@njit(cache=True, nogil=True)
def _sort_mirrors(
    along2: float,
    across2: np.ndarray,
    coherent: np.ndarray,
    rate: float,
    coherent_slope: float,
    left: int,
    right: int,
    place: np.ndarray,
    gain: np.ndarray,
    mirror: np.ndarray,
) -> None:
    """Add the coherent power of a row of facets to its steps."""
    for j in range(left, right):
        k = int(place[j])
        if coherent[j] == 0.0 or k + 1 >= mirror.shape[0]:
            continue
        power = gain[j] * coherent[j] / coherent_slope * math.exp(-rate * (along2 + across2[j]))
        mirror[k, 0] += (k + 1 - place[j]) * power
        mirror[k + 1, 0] += (place[j] - k) * power


@njit(cache=True, nogil=True)
def _spread(
    sorted_power: np.ndarray,
    nadir_gate: float,
    step: float,
    variance: float,
    widening: float,
    scale: float,
    gate_spacing: float,
    echo: np.ndarray,
) -> None:
    """Add to an echo (gates,) power sorted by range and roughness (steps, layers)."""
    for k in range(sorted_power.shape[0]):
        beyond = k * step - EARLY * gate_spacing
        gate = nadir_gate + beyond / gate_spacing
        for layer in range(sorted_power.shape[1]):
            power = sorted_power[k, layer]
            if power == 0.0:
                continue
            spread = (variance + widening * max(beyond, 0.0)) / gate_spacing**2
            spread += (layer * LAYER / gate_spacing) ** 2
            sigma = math.sqrt(spread)
            first = max(0, math.ceil(gate - REACH * sigma))
            last = min(echo.size, math.floor(gate + REACH * sigma) + 1)
            # A Gaussian from gate to gate: its ratio of neighbours falls by a constant factor.
            off = first - gate
            value = scale * power / (math.sqrt(2.0 * math.pi) * sigma)
            value *= math.exp(-0.5 * off * off / spread)
            ratio = math.exp(-(off + 0.5) / spread)
            fall = math.exp(-1.0 / spread)
            for g in range(first, last):
                echo[g] += value
                value *= ratio
                ratio *= fall
