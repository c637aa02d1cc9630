"""How the radar turns backscatter into digital numbers: speckle, blur and thermal noise.

An EW image is a sum of looks in cells of about 90 m, sampled every 40 m.  Both its number of looks
and the correlation of its speckle follow from one picture: a single look in every pixel, with
exponential intensity, smoothed by the point spread function,

    DN^2 = A^2 PSF * (sigma0 E) + N PSF * E,     1 / looks = sum PSF^2,

with E of mean 1, A the look-up table sigmaNought and N the thermal noise.  Signal and noise share
E, because amplitudes add before they are detected; A and N stand outside the smoothing, because
each sub-swath is focused by itself and the image is cut sharply where they meet.

References
----------
Goodman, J. W. (1976), Some fundamental properties of speckle, JOSA 66(11); Sentinel-1 Product
Definition, S1-RS-MDA-52-7440, for resolution and equivalent number of looks.
"""

import numpy as np

from ...products.sentinel1.digital_numbers import EW_LOOKS
from ._kernels import record

#: Standard deviation of the Gaussian point spread function [pixel] along either axis: the sum of
#: its squares is 1 / EW_LOOKS.  It is 87 m wide at half its height, the product's resolution.
PSF_SIGMA = float(np.sqrt(EW_LOOKS / (4.0 * np.pi)))
REACH = 4  # pixels, beyond which the point spread function is less than 1e-4 of its peak
SPECKLE_STREAM = 31  # of random numbers


def psf_weights() -> np.ndarray:
    """Return the point spread function along one axis, float32 (2 REACH + 1,), of sum 1."""
    offset = np.arange(-REACH, REACH + 1)
    weight = np.exp(-0.5 * (offset / PSF_SIGMA) ** 2)
    return (weight / weight.sum()).astype(np.float32)


def single_looks(seed: int, band: int, lines: range, samples: int) -> np.ndarray:
    """Return single-look speckle: exponential, of mean 1, white.

    Each line has a random stream of its own, so that any block of lines may be drawn alone.

    Parameters
    ----------
    seed : int
    band : int
        Number of the polarisation: different ones have independent speckle.
    lines : range
        May begin ``REACH`` lines before the image, at -REACH.
    samples : int
        Of the image.

    Returns
    -------
    array (lines, samples + 2 REACH), float32
    """
    looks = np.empty((len(lines), samples + 2 * REACH), dtype=np.float32)
    for row, line in zip(looks, lines, strict=True):
        rng = np.random.default_rng([seed, SPECKLE_STREAM, band, line + REACH])
        rng.standard_exponential(dtype=np.float32, out=row)
    return looks


def image_lines(
    sigma0: np.ndarray, looks: np.ndarray, sigma_nought: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """Return lines of the image which the radar records.

    Parameters
    ----------
    sigma0 : array (lines + 2 REACH, samples + 2 REACH), float32
        Backscatter, linear, of the lines and what surrounds them.
    looks : array like sigma0, float32
        From ``single_looks``; ones for an image without speckle.
    sigma_nought : array (samples,), float
        Calibration: DN over the root of sigma0.
    noise : array (lines, samples), float32
        Thermal noise [DN^2], 0 outside the sub-swaths.

    Returns
    -------
    array (lines, samples), uint16
        Rounded; 0 where the noise is.
    """
    gain = (sigma_nought**2).astype(np.float32)
    image = np.empty(noise.shape, dtype=np.uint16)
    record(sigma0, looks, psf_weights(), gain, noise, image)
    return image
