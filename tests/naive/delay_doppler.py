"""Delay-Doppler echoes, beam by beam and facet by facet, with every facet a box of delays."""

import numpy as np

from iceco.simulate.altimeter.closed_form import curvature
from iceco.simulate.altimeter.delay_doppler import (
    FINE,
    RANGE_RESOLUTION,
    along_resolution,
    doppler_response,
    fine_ranges,
    look_angles,
    mirror_slope,
    radar_constant,
)


def delay_density(radar, facets, place, altitude, sea_gate):
    """Return power by fine delay before the pulse, (bins,), and by beam [W], of one record."""
    step = RANGE_RESOLUTION / FINE
    edges = np.append(fine_ranges(radar) - 0.5 * step, fine_ranges(radar)[-1] + 0.5 * step)
    alpha = curvature(altitude)
    beta2 = float(mirror_slope(np.array(altitude)))
    resolution = along_resolution(altitude)
    look = look_angles(altitude)
    density, stack = np.zeros(edges.size - 1), np.zeros(look.size)
    for (i, j), _ in np.ndenumerate(facets.height):
        beside, y = facets.along[i] - place, facets.across[j]
        if abs(beside) > radar.doppler_reach * resolution:
            continue
        weight = doppler_response(beside / resolution, radar.doppler_window)
        for b, angle in enumerate(look):
            x = beside + angle * altitude
            off_nadir2 = (x**2 + y**2) / altitude**2
            tan2 = alpha**2 * off_nadir2
            mss = float(facets.mean_square_slope[i, j])
            scatter = facets.sigma0[i, j] * np.exp(-tan2 / mss) * (1.0 + tan2) ** 2
            scatter += facets.coherent[i, j] / beta2 * np.exp(-tan2 / beta2)
            power = weight * scatter * np.exp(-4.0 / radar.antenna_gamma * off_nadir2)
            power *= facets.side**2 / look.size
            middle = alpha * (x**2 + y**2 - (angle * altitude) ** 2) / (2.0 * altitude)
            middle += sea_gate * radar.gate_spacing - facets.height[i, j]
            slant = alpha / altitude * np.hypot(x, y) * facets.side
            width = max(np.hypot(slant, np.sqrt(12.0) * facets.rms_height[i, j]), step)
            share = np.diff(np.clip((edges - middle) / width + 0.5, 0.0, 1.0))
            density += power * share
            stack[b] += look.size * power * share.sum()
    watts = radar_constant(radar) / altitude**4
    return density * watts, stack * watts
