"""Thermal noise as it is, beside what the annotation says of it.

The annotated noise of a real product is right in its shape, but each sub-swath is off by a few
per cent and by a small constant (Park et al. 2018 and 2019 fit both over open sea).  Here they are
drawn: the noise in the image is

    N = scale N_annotated + offset A^2.

References
----------
Park, J.-W. et al. (2018), Efficient thermal noise removal for Sentinel-1 TOPSAR cross-polarization
channel, IEEE TGRS 56(3), doi:10.1109/TGRS.2017.2765248; Park, J.-W. et al. (2019), Textural noise
correction for Sentinel-1 TOPSAR cross-polarization channel images, doi:10.1109/TGRS.2018.2889381.
"""

from typing import NamedTuple

import numpy as np

from ...products.sentinel1.digital_numbers import noise_power
from ...products.sentinel1.instrument import SWATHS, Radiometry

SCALE_SIGMA = 0.03  # spread of Park's scaling factors between sub-swaths, S1A EW HV, IPF 3.1-3.3
OFFSET_SIGMA = 3e-5  # sigma0, linear; the lower end of Park's power balancing (assumed)
NOISE_STREAM = 32  # of random numbers


class NoiseError(NamedTuple):
    """What the annotation of one polarisation gets wrong; arrays (sub-swaths,), float64."""

    scale: np.ndarray  #: true over annotated noise, apart from the offset
    offset: np.ndarray  #: true less annotated noise, as linear sigma0, after scaling


def draw_noise_error(seed: int, band: int) -> NoiseError:
    """Return the annotation's error, the same for the same seed and number of polarisation."""
    rng = np.random.default_rng([seed, NOISE_STREAM, band])
    size = len(SWATHS)
    return NoiseError(rng.normal(1.0, SCALE_SIGMA, size), rng.normal(0.0, OFFSET_SIGMA, size))


def true_noise(
    radiometry: Radiometry, error: NoiseError, line: np.ndarray, sigma_nought: np.ndarray
) -> np.ndarray:
    """Return the thermal noise of whole lines.

    Parameters
    ----------
    radiometry : Radiometry
        As annotated.
    error : NoiseError
    line : array (lines,), int
        Ascending.
    sigma_nought : array (samples,), float
        Calibration of these lines.

    Returns
    -------
    array (lines, samples), float32 [DN^2]
        0 outside the sub-swaths.
    """
    noise = noise_power(radiometry, line, sigma_nought.size)
    for block in radiometry.blocks:
        swath = SWATHS.index(block.swath)
        rows = slice(*np.searchsorted(line, (block.first_line, block.last_line + 1)))
        columns = slice(block.first_sample, block.last_sample + 1)
        noise[rows, columns] *= error.scale[swath]
        noise[rows, columns] += error.offset[swath] * sigma_nought[columns] ** 2
    return noise
