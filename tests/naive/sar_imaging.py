"""Backscatter and radar imaging, pixel by pixel."""

import math

import numpy as np

from iceco.simulate.sar.backscatter import REFERENCE_ANGLE, SCATTER
from iceco.simulate.surface import Kind, Surface


def sigma0(surface: Surface, incidence_angle: np.ndarray, polarisation: str) -> np.ndarray:
    """Return the backscatter of each pixel, linear."""
    power = np.empty(surface.kind.shape)
    for i, j in np.ndindex(power.shape):
        scatter = SCATTER[polarisation][Kind(surface.kind[i, j])]
        off_reference = incidence_angle[j] - REFERENCE_ANGLE
        undeformed = scatter.level + scatter.slope * off_reference
        ridged = scatter.ridged_level + scatter.ridged_slope * off_reference
        share = surface.deformation[i, j]
        decibel = (1 - share) * undeformed + share * ridged
        power[i, j] = 10 ** ((decibel + scatter.texture * surface.texture[i, j]) / 10)
    return power


def image_lines(
    sigma0: np.ndarray, looks: np.ndarray, psf: np.ndarray, gain: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """Return digital numbers, not rounded, given a point spread function in two dimensions."""
    numbers = np.zeros(noise.shape)
    for i, j in np.ndindex(noise.shape):
        if noise[i, j] > 0:
            near = np.s_[i : i + psf.shape[0], j : j + psf.shape[1]]
            weight = psf * looks[near]
            power = gain[j] * (weight * sigma0[near]).sum() + noise[i, j] * weight.sum()
            numbers[i, j] = math.sqrt(power)
    return numbers
