"""Slow twin of the pulse-limited echoes: every facet's own Gaussian at every gate."""

import numpy as np


def pulse_limited_echo(facets, along, altitude, nadir_gate, radar, coherent_slope):
    """Return the incoherent and the coherent echo (gates,) of one record."""
    alpha = 1.0 + altitude / 6_371_000.0
    d2 = (facets.along[:, None] - along) ** 2 + facets.across**2
    range_beyond = alpha * d2 / (2 * altitude) - facets.height
    antenna = np.exp(-4.0 / radar.antenna_gamma * d2 / altitude**2)
    angle2 = alpha**2 * d2 / altitude**2
    within = alpha**2 * d2 / altitude**2 * facets.side**2 / 12
    ring = 2 * np.pi * altitude * radar.gate_spacing / alpha
    gate = (np.arange(radar.gates) - nadir_gate) * radar.gate_spacing
    echoes = []
    for power, rough in (
        (facets.sigma0 * np.exp(-angle2 / facets.mean_square_slope), facets.rms_height),
        (facets.coherent * np.exp(-angle2 / coherent_slope) / coherent_slope, 0.0),
    ):
        variance = np.broadcast_to(radar.pulse_sigma**2 + within + rough**2, d2.shape)
        weight = power * antenna * facets.side**2 / ring * radar.gate_spacing
        weight = weight / np.sqrt(2 * np.pi * variance)
        echo = np.zeros(radar.gates)
        for row in range(d2.shape[0]):
            off = gate - range_beyond[row, :, None]
            echo += (weight[row, :, None] * np.exp(-0.5 * off**2 / variance[row, :, None])).sum(0)
        echoes.append(echo)
    return echoes
