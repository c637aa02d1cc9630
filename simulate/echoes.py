"""AltiKa echoes over leads: diffuse ice in closed form, water facet by facet.

Equations of the flat-surface pulse-limited echo (Brown 1977) and of quasi-specular backscatter by
geometrical optics; off-nadir water comes late by alpha d**2 / 2h and draws hyperbolae along track.
"""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..products.altika import GATE_SPACING_M, REFERENCE_GATE

GATES = 128
ALTITUDE = 800_000.0  # m, SARAL
EARTH_RADIUS = 6_371_000.0  # m
ALPHA = 1.0 + ALTITUDE / EARTH_RADIUS  # 1, curvature of the Earth
BEAM_GAMMA = 8.04e-5  # 1, (2 / ln 2) sin2(0.605 deg / 2): AltiKa's antenna
PULSE_SIGMA = 0.513  # gates, Gaussian form of the point target response (MacArthur 1978)
ICE_SIGMA0 = 10**0.7  # 1, diffuse ice at nadir in Ka band (assumed)
WATER_REFLECTIVITY = 0.53  # 1, |R0|2 of sea water in Ka band (assumed)
WATER_SLOPE = 1e-5  # 1, mean square slope of sheltered water (assumed)
LOOKS = 95  # pulses averaged into a 40 Hz echo (assumed)
ICE_PLATEAU = 60.0  # counts: what the gain control leaves of the ice's echo
NOISE = 2.0  # counts
FULL_SCALE = 20_000.0  # counts: the gain control keeps an echo's peak below
FINE = 8  # steps a gate in which delays are sorted before the pulse smears them


def echoes(
    nadir_x: np.ndarray,
    nadir_y: np.ndarray,
    water: tuple[np.ndarray, np.ndarray, np.ndarray],
    rng: np.random.Generator,
) -> np.ndarray:
    """Return 40 Hz echoes, (n, 128) float32, the sea level at the reference gate.

    Power is in counts of an ungoverned receiver: the ice's plateau is ``ICE_PLATEAU``.

    Parameters
    ----------
    nadir_x, nadir_y : array (n,), float64
        Nadir points in the frame of the ice [m].
    water : (x, y, area)
        Facets of water in that frame [m, m, m2].
    rng : Generator
        Of the speckle.
    """
    delay = np.arange(GATES * FINE) / FINE - REFERENCE_GATE  # gates
    area = np.pi * ALTITUDE * 2 * GATE_SPACING_M / ALPHA  # m2, of the ring that adds to one gate
    decay = 8.0 * GATE_SPACING_M / (BEAM_GAMMA * ALPHA * ALTITUDE)  # per gate, 4c/(gamma alpha h)
    ice = ICE_SIGMA0 * area * np.exp(-decay * delay) * np.heaviside(delay, 0.5)
    power = np.stack([ice + _water(x, y, water) for x, y in zip(nadir_x, nadir_y, strict=True)])
    power = gaussian_filter1d(power, PULSE_SIGMA * FINE, axis=1, mode="nearest")[:, ::FINE]
    counts = power * ICE_PLATEAU / (ICE_SIGMA0 * area) + NOISE
    return (counts * rng.gamma(LOOKS, 1.0 / LOOKS, counts.shape)).astype(np.float32)


def gain_control(power: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return echoes [count] as the receiver governs them, and its setting [dB] (n,).

    The setting follows each echo's peak at once, in steps of 1 dB; ``power`` is
    counts * 10 ** (setting / 10).
    """
    setting = np.ceil(10 * np.log10(power.max(axis=1) / FULL_SCALE)).clip(min=0.0)
    return power / 10 ** (setting[:, None] / 10), setting


def _water(x: float, y: float, water: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """Return what the facets of water add at each delay, per gate."""
    off_nadir = (water[0] - x) ** 2 + (water[1] - y) ** 2  # m2
    delay = ALPHA * off_nadir / (2 * ALTITUDE) / GATE_SPACING_M + REFERENCE_GATE  # gates
    seen = delay < GATES - 1
    slope = ALPHA**2 * off_nadir[seen] / ALTITUDE**2  # tan2 of the local incidence angle
    sigma0 = WATER_REFLECTIVITY / WATER_SLOPE * np.exp(-slope / WATER_SLOPE) * (1 + slope) ** 2
    antenna = np.exp(-4.0 / BEAM_GAMMA * off_nadir[seen] / ALTITUDE**2)
    step = np.rint(delay[seen] * FINE).astype(int)
    return FINE * np.bincount(step, sigma0 * antenna * water[2][seen], minlength=GATES * FINE)
