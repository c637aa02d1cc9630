"""Compiled loop of the delay-Doppler echoes: each facet's power, beam by beam, where it arrives.

Arrays in, arrays filled: no defaults, no checks.  The caller in ``delay_doppler.py`` checks; this
loop trusts it.
"""

import math

import numpy as np
from numba import njit

#: exp(-exponent) beyond this is nothing.
FADED = 40.0


@njit(cache=True, nogil=True)
def spread_facets(
    along: np.ndarray,
    across: np.ndarray,
    height: np.ndarray,
    sigma0: np.ndarray,
    mean_square_slope: np.ndarray,
    rms_height: np.ndarray,
    coherent: np.ndarray,
    side: float,
    record: np.ndarray,
    altitude: np.ndarray,
    curvature: np.ndarray,
    beam: np.ndarray,
    first: np.ndarray,
    weight: np.ndarray,
    antenna: float,
    mirror_slope: np.ndarray,
    sea_bin: np.ndarray,
    bin_width: float,
    steps: np.ndarray,
    stack: np.ndarray,
) -> None:
    """Add what each facet scatters back through each beam, mean over the beams.

    Facets as in ``Facets``.  Records (n,): place ``record`` along track [m], ``altitude`` [m],
    ``curvature`` [1], ``mirror_slope`` [1], ``sea_bin`` where the sea level at nadir arrives.
    ``beam`` (n, beams): how far before the record the satellite is when the beam points at it
    [m on the ground].  ``weight`` (n, rows): Doppler response of row ``first + r``.  ``antenna``
    is 4 / gamma.

    ``steps`` (n, bins + 2) gets differences from bin to bin: their running sum is sigma0 times
    area [m2] times weights; ``stack`` (n, beams) each beam's share of it, summed over the bins.
    """
    beams = beam.shape[1]
    last = steps.shape[1] - 2.0
    gain_along = np.empty(beams)
    slope_along = np.empty(beams)
    range_along = np.empty(beams)
    width_along = np.empty(beams)
    gain_across = np.empty(across.size)
    area = side * side / beams
    for i in range(record.size):
        h = altitude[i]
        bend = curvature[i] / (2.0 * h)
        tilt = curvature[i] / h
        taper = antenna / (h * h)
        for c in range(across.size):
            gain_across[c] = math.exp(-taper * across[c] ** 2)
        for r in range(weight.shape[1]):
            if weight[i, r] == 0.0:
                continue
            row = first[i] + r
            beyond = along[row] - record[i]
            for b in range(beams):
                distance = beyond + beam[i, b]
                gain_along[b] = weight[i, r] * area * math.exp(-taper * distance**2)
                slope_along[b] = (tilt * distance) ** 2
                # The slant range to the record itself is taken off each beam.
                range_along[b] = bend * (distance**2 - beam[i, b] ** 2)
                width_along[b] = (tilt * distance * side) ** 2
            for c in range(across.size):
                slope_across = (tilt * across[c]) ** 2
                mss = float(mean_square_slope[row, c])
                flat = coherent[row, c] / mirror_slope[i]
                widest = max(mss, mirror_slope[i]) if flat > 0.0 else mss
                range_across = bend * across[c] ** 2 - height[row, c]
                # Boxes with the variance of the facet's slant and of the heights in it.
                width_across = slope_across * side * side + 12.0 * rms_height[row, c] ** 2
                for b in range(beams):
                    slope = slope_across + slope_along[b]
                    if slope > FADED * widest:
                        continue
                    power = sigma0[row, c] * math.exp(-slope / mss) * (1.0 + slope) ** 2
                    if flat > 0.0:
                        power += flat * math.exp(-slope / mirror_slope[i])
                    power *= gain_along[b] * gain_across[c]
                    centre = sea_bin[i] + (range_across + range_along[b]) / bin_width
                    width = math.sqrt(width_across + width_along[b]) / bin_width
                    width = max(width, 1.0)
                    start = min(max(centre - 0.5 * width, 0.0), last)
                    stop = min(max(centre + 0.5 * width, 0.0), last)
                    level = power / width
                    k = int(start)
                    late = start - k
                    steps[i, k] += level * (1.0 - late)
                    steps[i, k + 1] += level * late
                    k = int(stop)
                    late = stop - k
                    steps[i, k] -= level * (1.0 - late)
                    steps[i, k + 1] -= level * late
                    stack[i, b] += level * (stop - start)
