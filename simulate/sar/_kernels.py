"""Compiled loops of the simulated radar images.

Arrays in, arrays filled: no checks.  The error model is NumPy's, so that the loops over samples
are vectorised.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

NEPER_PER_DB = math.log(10.0) / 10.0  # of power


class Law(NamedTuple):
    """Backscatter of each kind of surface: (kinds,) float32, what ``backscatter.Scatter`` holds."""

    level: np.ndarray
    slope: np.ndarray
    ridged_level: np.ndarray
    ridged_slope: np.ndarray
    texture: np.ndarray


@njit(cache=True, nogil=True, error_model="numpy")
def backscatter(
    kind: np.ndarray,
    deformation: np.ndarray,
    texture: np.ndarray,
    off_reference: np.ndarray,
    law: Law,
    out: np.ndarray,
) -> None:
    """Fill ``out`` (rows, columns), float32, with linear sigma0.

    ``off_reference`` (columns,) is the incidence angle less the one at which levels hold [degree].
    """
    rows, columns = out.shape
    for i in range(rows):
        for j in range(columns):
            k = kind[i, j]
            ridged = deformation[i, j]
            level = law.level[k] + ridged * (law.ridged_level[k] - law.level[k])
            slope = law.slope[k] + ridged * (law.ridged_slope[k] - law.slope[k])
            decibel = level + slope * off_reference[j] + law.texture[k] * texture[i, j]
            out[i, j] = math.exp(np.float32(NEPER_PER_DB) * decibel)


@njit(cache=True, nogil=True, error_model="numpy")
def record(
    sigma0: np.ndarray,
    speckle: np.ndarray,
    weight: np.ndarray,
    gain: np.ndarray,
    noise: np.ndarray,
    out: np.ndarray,
) -> None:
    """Fill ``out`` (rows, columns), uint16, with digital numbers; 0 where there is no noise.

    ``sigma0`` and ``speckle`` (rows + 2 r, columns + 2 r), float32, reach r pixels farther than
    the image; ``weight`` (2 r + 1,) is the point spread function along either axis, ``gain``
    (columns,) the square of sigmaNought, ``noise`` (rows, columns) thermal noise [DN^2].
    """
    rows, columns = out.shape
    width = columns + weight.size - 1
    echo = np.empty(width, dtype=np.float32)
    bare = np.empty(width, dtype=np.float32)
    for i in range(rows):
        echo[:] = 0.0
        bare[:] = 0.0
        for k in range(weight.size):
            w, s, e = weight[k], sigma0[i + k], speckle[i + k]
            for j in range(width):
                part = w * e[j]
                bare[j] += part
                echo[j] += part * s[j]
        row, thermal = out[i], noise[i]
        for j in range(columns):
            signal = np.float32(0.0)
            clutter = np.float32(0.0)
            for k in range(weight.size):
                signal += weight[k] * echo[j + k]
                clutter += weight[k] * bare[j + k]
            power = gain[j] * signal + thermal[j] * clutter
            number = np.float32(math.sqrt(power)) + np.float32(0.5)
            row[j] = np.uint16(min(number, np.float32(65535.0))) if thermal[j] > 0.0 else 0
