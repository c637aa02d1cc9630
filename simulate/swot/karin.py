"""What KaRIn measures wrongly: random noise by distance across track, and errors of each side.

Systematic height errors, x across track [m, positive right], H the altitude, R the Earth's radius,
B the baseline, k = 2 pi / wavelength, at each moment of the pass:

- roll theta of the baseline: (1 + H/R) theta x, both sides alike;
- phase phi of a side's interferogram: (1 + H/R) phi x / (k B);
- timing tau of a side's echoes: c tau / 2;
- stretch of the baseline dB: -(1 + H/R) x**2 dB / (H B);
- what the model misses of the wet troposphere: a level and a tilt across the swath.

All vary slowly along track.  The correction from crossovers over open ocean is an estimate of the
first three; over ice, far from crossovers, it knows little of them.

References
----------
Esteban-Fernandez, D. (2017), SWOT project: mission performance and error budget, JPL D-79084,
section 5 (form of the errors, noise requirement).
Dibarboure, G., et al. (2022), Data-driven calibration algorithm and pre-launch performance
simulations for the SWOT mission, Remote Sensing, 14(23), 6070, doi:10.3390/rs14236070.
Mueller, F. L., Dettmering, D., and Seitz, F. (2026), The Cryosphere, 20, 397 (SWOT and ICESat-2
over sea ice: steps between the sides up to 50 cm).
"""

from typing import NamedTuple

import numpy as np
from scipy.constants import speed_of_light

from ..altimeter.facets import KA
from ..orbits import SWOT

BASELINE = 10.0  # m, between the antennas
EARTH_RADIUS = 6_371_000.0  # m, mean
CURVATURE = 1.0 + SWOT.altitude / EARTH_RADIUS  # 1
SWATH_EDGE = 60_000.0  # m, outer edge of the swath
#: Requirement on random noise at SWH 0, for a cell of 1 km2 (Esteban-Fernandez 2017).
REQUIREMENT_DISTANCE = (10e3, 15e3, 20e3, 30e3, 40e3, 50e3, 60e3)  # m, across track
REQUIREMENT_NOISE = (0.0257, 0.0205, 0.0175, 0.0151, 0.0164, 0.0229, 0.0451)  # m, 1 sigma
REQUIREMENT_AREA = 1e6  # m2
WAVES = 32  # sinusoids that make up an error along track
SHORTEST, LONGEST = 100e3, 5_000e3  # m, wavelengths of these sinusoids (assumed)
NOISE_BLOCK = 64  # lines whose noise comes from one random stream
_NOISE, _SYSTEMATIC, _CROSSOVER, _TROPOSPHERE = 1, 2, 3, 4


class KarinErrors(NamedTuple):
    """Size of the errors, standard deviations over many passes."""

    noise_share: float = 0.5  #: of random noise in flight to the requirement (assumed)
    roll: float = 2e-6  #: rad: 14 cm at the swath's edge, before calibration (assumed)
    phase: float = 8e-3  #: rad, of either side: 7 cm at the edge (assumed)
    timing: float = 0.8e-9  #: s, of either side: 12 cm, steps of 50 cm being rare (assumed)
    stretch: float = 10e-6  #: m, of the baseline: 5 mm at the edge (assumed)
    wet_troposphere: float = (
        0.01  #: m, of the level; its tilt does half of it at the edge (assumed)
    )
    #: Share of the variance of roll, phase and timing errors that the crossover correction
    #: removes: 1 over open ocean, little over ice (assumed).
    crossover_share: float = 0.3


NO_ERRORS = KarinErrors(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Systematic(NamedTuple):
    """Arrays (lines, pixels) [m]."""

    error: np.ndarray  #: of the height, before any correction
    crossover: np.ndarray  #: to be added to heights


def random_noise_std(
    cross_track: np.ndarray, area: float, noise_share: float = KarinErrors().noise_share
) -> np.ndarray:
    """Return the standard deviation of heights' random noise [m].

    The requirement, linear between its distances and level beyond them, scaled by
    1 / sqrt(area): noise is white between cells.

    Parameters
    ----------
    cross_track : array [m]
        Distance across track, either sign.
    area : float
        Of a cell [m2].
    noise_share : float
        Noise in flight over the requirement.
    """
    table = np.interp(np.abs(cross_track), REQUIREMENT_DISTANCE, REQUIREMENT_NOISE)
    return np.asarray(noise_share * np.sqrt(REQUIREMENT_AREA / area) * table)


def unit_noise(seed: int, block: int, pixels: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return three independent fields of white standard normal noise for a block of lines.

    Parameters
    ----------
    seed : int
        Of the pass.
    block : int
        Number of the block along track; blocks may be asked for in any order.
    pixels : int

    Returns
    -------
    for heights, for backscatter, for ringing : array (NOISE_BLOCK, pixels), float64
    """
    rng = np.random.default_rng([seed, _NOISE, block])
    height, backscatter, ringing = rng.standard_normal((3, NOISE_BLOCK, pixels))
    return height, backscatter, ringing


def systematic_errors(
    along: np.ndarray, cross_track: np.ndarray, seed: int, errors: KarinErrors
) -> Systematic:
    """Return the errors of a pass that vary slowly along track, and their crossover correction.

    Parameters
    ----------
    along : array (lines,)
        Distance along track from anywhere [m].
    cross_track : array (pixels,)
        Distance across track, negative on the left [m].
    seed : int
        Of the pass; the errors are the same at whatever places they are asked for.
    errors : KarinErrors
    """
    sides = (cross_track > 0.0).astype(int)
    offset, slope = _sides(along, np.random.default_rng([seed, _SYSTEMATIC]), errors)
    wrong = _sides(along, np.random.default_rng([seed, _CROSSOVER]), errors)
    # The best estimate that removes a share of the variance: its own error is independent.
    share = errors.crossover_share
    luck = np.sqrt(share * (1.0 - share))
    estimate = [
        share * true + luck * other for true, other in zip((offset, slope), wrong, strict=True)
    ]
    error = offset[sides].T + slope[sides].T * cross_track
    crossover = -(estimate[0][sides].T + estimate[1][sides].T * cross_track)
    return Systematic(error + _both_sides(along, cross_track, seed, errors), crossover)


def _sides(
    along: np.ndarray, rng: np.random.Generator, errors: KarinErrors
) -> tuple[np.ndarray, np.ndarray]:
    """Return offset [m] and slope across track [1] of either side, (2, lines)."""
    roll = _slow(along, rng, errors.roll)
    phase = np.stack([_slow(along, rng, errors.phase) for _ in range(2)])
    timing = np.stack([_slow(along, rng, errors.timing) for _ in range(2)])
    wave_number = 2.0 * np.pi / KA.wavelength
    slope = CURVATURE * (roll + phase / (wave_number * BASELINE))
    return speed_of_light * timing / 2.0, slope


def _both_sides(
    along: np.ndarray, cross_track: np.ndarray, seed: int, errors: KarinErrors
) -> np.ndarray:
    """Return the errors that no crossover correction knows of, (lines, pixels) [m]."""
    rng = np.random.default_rng([seed, _TROPOSPHERE])
    stretch = _slow(along, rng, errors.stretch)
    level = _slow(along, rng, errors.wet_troposphere)
    tilt = _slow(along, rng, 0.5 * errors.wet_troposphere)
    parabola = -CURVATURE * cross_track**2 / (SWOT.altitude * BASELINE)
    wet = level[:, None] + np.outer(tilt, cross_track / SWATH_EDGE)
    return wet + np.outer(stretch, parabola)


def _slow(along: np.ndarray, rng: np.random.Generator, deviation: float) -> np.ndarray:
    """Return a random process along track: sinusoids, as many in each octave of wavelength."""
    wavelength = SHORTEST * (LONGEST / SHORTEST) ** rng.random(WAVES)
    phase = 2.0 * np.pi * (along[:, None] / wavelength + rng.random(WAVES))
    return np.asarray(deviation * np.sqrt(2.0 / WAVES) * np.cos(phase).sum(axis=1))
