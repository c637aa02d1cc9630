"""Echoes of an altimeter in low-resolution mode over any surface, facet by facet.

P(r) = sum of G2(theta_j) sigma0_j(alpha d_j / h) dA_j s(r - alpha d_j2 / 2h + z_j), the range r
counted from the sea at nadir and s the Gaussian pulse; r**-4 varies by 1e-4 within the window and
is left to the unit of power (``closed_form``).  Each facet's power is spread over the ranges
between its near and its far corner and over those of the heights inside it.

The coherent part of flat leads has the form of quasi-specular backscatter with the mean square
slope beta2 of Fung and Eom (1983), which is that of the pulse-limited footprint.

References
----------
Brown (1977), see ``closed_form``; Fung and Eom (1983) and Landy et al. (2019), see ``facets``.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.constants import speed_of_light

from . import _kernels
from .closed_form import PulseLimitedRadar, curvature
from .facets import Facets


class Echoes(NamedTuple):
    """Noise-free power, (n, gates) float64 each, in units of backscatter (``closed_form``)."""

    incoherent: np.ndarray
    coherent: np.ndarray  #: of flat leads; does not fade as speckle does


def pulse_limited_echoes(
    facets: Facets,
    record_along: np.ndarray,
    altitude: np.ndarray,
    nadir_gate: np.ndarray,
    radar: PulseLimitedRadar,
) -> Echoes:
    """Return the echoes of records over facets.

    Parameters
    ----------
    facets : Facets
        Of the radar's band, reaching as far to all sides as the window sees (6 km for AltiKa).
    record_along : array (n,), float [m]
        Of the nadir points, in the facets' frame.
    altitude : array (n,), float [m]
        Of the satellite above the surface.
    nadir_gate : array (n,), float
        Gate at which the sea at nadir lies, fractional, counted from 0.
    radar : PulseLimitedRadar
    """
    altitude = np.asarray(altitude, dtype=np.float64)
    layer, upper_share = _roughness_layers(facets.rms_height)
    echo = np.zeros((record_along.size, 2, radar.gates))
    _kernels.pulse_limited_echoes(
        float(facets.along[0]),
        facets.side,
        facets.across,
        facets.height,
        facets.sigma0,
        np.float32(1.0) / facets.mean_square_slope,
        layer,
        upper_share,
        facets.coherent,
        facets.coherent.any(axis=1),
        np.asarray(record_along, dtype=np.float64),
        altitude,
        curvature(altitude),
        np.asarray(nadir_gate, dtype=np.float64),
        coherent_slope(radar, altitude),
        radar.antenna_gamma,
        radar.pulse_sigma,
        radar.gate_spacing,
        echo,
    )
    return Echoes(echo[:, 0], echo[:, 1])


def _roughness_layers(rms_height: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the layer of each facet's rms height and the share of the next, uint8 and float32.

    The two together have the variance of the heights.
    """
    inner = rms_height / np.float32(_kernels.LAYER)
    layer = np.minimum(inner.astype(np.uint8), _kernels.LAYERS - 2)
    low = layer.astype(np.float32)
    return layer, np.clip((inner**2 - low**2) / (2.0 * low + 1.0), 0.0, 1.0).astype(np.float32)


def coherent_slope(radar: PulseLimitedRadar, altitude: np.ndarray) -> np.ndarray:
    """Return beta2, the mean square slope that a mirror seems to have (Fung and Eom 1983).

    1 / (k h beta0)2 + beta0**2 / 4 with beta0 = sqrt(2 c / (B h)), the half-angle of the
    pulse-limited footprint; 3.9e-7 for AltiKa.
    """
    footprint = 2.0 * speed_of_light / (radar.bandwidth * altitude)
    wavenumber = 2.0 * math.pi / radar.wavelength
    return 1.0 / ((wavenumber * altitude) ** 2 * footprint) + 0.25 * footprint
