"""Lead probability by thresholds on contrast, level and shape.

Calm water and nilas are darker than the ice about them, and darker than nearly all ice anywhere;
leads under wind or frost flowers are bright in HH while HV stays low.  What they have in common is
that they are lines.  So each pixel is judged in three steps:

- short lines through it in many directions: how likely a lead each is by its contrast with the
  lines on either side and by its level, for narrow leads and for wide ones, dark and bright;
- the evidence so found, along the likeliest of longer lines and around it: a lead goes on and
  stands out, a dark patch of first-year ice does neither;
- calm water wider than all that is known by its level alone.

The result is the logarithm of the odds; then ``edges`` puts the edges of clear leads where the
image has them.  All support is finite: a tile that comes with ``halo_pixels`` around it gives the
same bits as the whole scene.
"""

import json
import math
from dataclasses import asdict
from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy.special import expit

from ._kernels import box_mean
from .contrasts import FITTED, LeadThreshold
from .edges import edge_halo, sharpen_edges
from .lines import in_context, line_evidence, line_sizes

#: NESZ where none is known [dB], of the order of Sentinel-1 EW's: -22 to -32 dB.
ASSUMED_NESZ_DB = -30.0
#: Noise vectors of old products can be all zeros; this is the least NESZ believed [dB].
LEAST_NESZ_DB = -35.0
#: Backscatter plus NESZ is positive but for errors of the NESZ: held above this share of it.
LEAST_SHARE_OF_NESZ = 0.1
#: Probability from which a pixel is called a lead, and from which a lead is clear enough to have
#: its edges moved.
LEAD_PROBABILITY, CLEAR_LEAD = 0.5, 0.97
#: Half side of the box that averages speckle before the spread of the ice is taken [pixel].
SPECKLE_HALF = 1
#: Ice whose spread counts is what lies no further than this from the mean of all [dB].
COMMON_ICE_DB = 3.0
#: Spread of the ice at which the dark contrasts hold, that of simulated winter pack [dB].
USUAL_SPREAD_DB = 1.7
#: Added to spreads in squares: no ice is so even that a faint trace on it is a lead [dB].
LEAST_SPREAD_DB = 0.5

#: Steps of fixed-point numbers: sums of multiples of a power of two are exact in float64.
SIGMA0_STEP = np.float32(2.0**-30)
DECIBEL_STEP = np.float32(2.0**-8)


class _Band(NamedTuple):
    """Backscatter and its NESZ, brought to the reference incidence: linear, float32."""

    signal: np.ndarray
    noise: np.ndarray


def lead_probability(
    sigma0_hh: np.ndarray,
    sigma0_hv: np.ndarray | None,
    incidence_angle: np.ndarray,
    pixel_spacing_m: float,
    how: LeadThreshold = FITTED,
    nesz_hh: np.ndarray | None = None,
    nesz_hv: np.ndarray | None = None,
) -> np.ndarray:
    """Return the probability that each pixel is a lead.

    Parameters
    ----------
    sigma0_hh, sigma0_hv : array (lines, samples), float32
        Calibrated, denoised backscatter, linear; may be negative; nan where missing.  Without HV
        most bright leads are missed.  Where only HV is missing HH decides.
    incidence_angle : array (lines, samples)
        Degrees.
    pixel_spacing_m : float
        Of lines and of samples on the ground [m].
    how : LeadThreshold
    nesz_hh, nesz_hv : array (lines, samples), optional
        Noise-equivalent sigma0 that was subtracted, linear; ``ASSUMED_NESZ_DB`` if left out.

    Returns
    -------
    array (lines, samples), float32
        In 0..1; nan where HH or the incidence angle is nan.

    Raises
    ------
    ValueError
        If the arrays differ in shape.
    """
    images = (sigma0_hh, sigma0_hv, incidence_angle, nesz_hh, nesz_hv)
    shapes = {np.shape(image) for image in images if image is not None}
    if len(shapes) != 1 or np.ndim(sigma0_hh) != 2:
        raise ValueError(f"the images of a scene must share one 2-D shape, got {sorted(shapes)}")
    tilt = np.float32(how.reference_incidence) - np.asarray(incidence_angle, dtype=np.float32)
    hh = _band(sigma0_hh, nesz_hh, how.hh_slope * tilt)
    hv = None if sigma0_hv is None else _band(sigma0_hv, nesz_hv, how.hv_slope * tilt)
    sizes = line_sizes(how, pixel_spacing_m)
    gain = _gain(hh, _background_half(how, pixel_spacing_m))
    evidence = line_evidence(*_contrasts(hh, hv, how), gain, how, sizes, hv is None)
    context = how.context_without_hv if hv is None else how.context
    odds = in_context(evidence, context, sizes)
    odds = np.fmax(odds, _calm_odds(hh, how, pixel_spacing_m))
    probability = np.where(np.isnan(hh.signal), np.float32(np.nan), expit(odds))
    return sharpen_edges(probability, hh.signal, pixel_spacing_m, LEAD_PROBABILITY, CLEAR_LEAD)


def lead_map(scene: xr.Dataset, how: LeadThreshold = FITTED) -> xr.Dataset:
    """Return ``lead_probability`` of a canonical scene, or of a window of one.

    VV and VH serve where HH and HV are absent.  A scene without ``incidence_angle`` is taken to
    be normalised; one whose thermal noise is still present, to have no known NESZ.

    Raises
    ------
    ValueError
        If the scene has neither HH nor VV.
    """
    copolar = _first_of(scene, "hh", "vv")
    crosspolar = _first_of(scene, "hv", "vh")
    if copolar is None:
        raise ValueError(
            f"{scene.attrs.get('source', 'this scene')}: leads are found in HH or VV backscatter, "
            f"and it has only {sorted(str(name) for name in scene.data_vars)}"
        )
    sigma0 = scene[f"sigma0_{copolar}"].values
    incidence = np.full(sigma0.shape, how.reference_incidence, dtype=np.float32)
    probability = lead_probability(
        sigma0,
        None if crosspolar is None else scene[f"sigma0_{crosspolar}"].values,
        scene["incidence_angle"].values if "incidence_angle" in scene else incidence,
        (scene.attrs["pixel_spacing_line_m"] + scene.attrs["pixel_spacing_sample_m"]) / 2.0,
        how,
        _nesz(scene, copolar),
        _nesz(scene, crosspolar),
    )
    attributes = {"long_name": "probability that the pixel is a lead", "units": "1"}
    return xr.Dataset(
        {"lead_probability": (("line", "sample"), probability, attributes)},
        coords=scene.coords,
        attrs={
            **scene.attrs,
            "lead_method": "thresholds on contrast, level and shape",
            "lead_options": json.dumps(asdict(how)),
            "lead_threshold": LEAD_PROBABILITY,
        },
    )


def halo_pixels(how: LeadThreshold, pixel_spacing_m: float) -> int:
    """Return how many pixels around a window bear on the probabilities inside it."""
    sizes = line_sizes(how, pixel_spacing_m)
    lines = sizes.short + sizes.wide[-1]
    background = SPECKLE_HALF + 2 * _background_half(how, pixel_spacing_m)
    evidence = max(lines, background) + max(sizes.long, sizes.context)
    return max(evidence, _area_half(how, pixel_spacing_m)) + edge_halo(pixel_spacing_m)


def _band(sigma0: np.ndarray, nesz: np.ndarray | None, shift_db: np.ndarray) -> _Band:
    """Return a band shifted in dB to the reference incidence, its NESZ above nothing."""
    gain = 10.0 ** (shift_db / np.float32(10.0))
    signal = gain * np.asarray(sigma0, dtype=np.float32)
    if nesz is None:
        return _Band(signal, gain * np.float32(10.0 ** (ASSUMED_NESZ_DB / 10.0)))
    least = np.float32(10.0 ** (LEAST_NESZ_DB / 10.0))
    return _Band(signal, gain * np.fmax(np.asarray(nesz, dtype=np.float32), least))


def _total_db(signal: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Return signal plus noise [dB].

    It never nears zero, and its speckle is that of the looks alone: contrast in it fades by
    itself as noise drowns the signal.
    """
    return _decibel(np.maximum(signal + noise, LEAST_SHARE_OF_NESZ * noise))


def _contrasts(hh: _Band, hv: _Band | None, how: LeadThreshold) -> tuple[np.ndarray, np.ndarray]:
    """Return HH above dark leads, and what HH lies above by as much as its ratio to HV [dB].

    The ratio is that above the ratio of bright leads, both under the noise; without HV it is how
    far HH is above theirs.
    """
    dark, bright = (
        _decibel(_linear(level) + hh.noise) for level in (how.dark_level, how.bright_level)
    )
    above_dark = _total_db(*hh) - dark
    if hv is None:
        return above_dark, bright - dark
    bright_hv = _decibel(_linear(how.bright_hv_level) + hv.noise)
    return above_dark, _total_db(*hv) - bright_hv + bright - dark


def _gain(hh: _Band, half: int) -> np.ndarray:
    """Return how much more darkness says at each pixel than in ice of the usual spread."""
    seen = ~np.isnan(hh.signal)
    smooth = _total_db(box_mean(_fixed(hh.signal, SIGMA0_STEP), seen, SPECKLE_HALF), hh.noise)
    smooth = _fixed(np.nan_to_num(smooth, nan=0.0, copy=False), DECIBEL_STEP)
    ice = seen & (np.abs(smooth - box_mean(smooth, seen, half)) < COMMON_ICE_DB)
    mean, square = (box_mean(power, ice, half) for power in (smooth, smooth * smooth))
    spread = np.sqrt(np.maximum(square - mean * mean, 0.0))
    usual = np.float32(math.hypot(USUAL_SPREAD_DB, LEAST_SPREAD_DB))
    return usual / np.hypot(spread, np.float32(LEAST_SPREAD_DB))


def _calm_odds(hh: _Band, how: LeadThreshold, pixel_spacing_m: float) -> np.ndarray:
    """Return the log-odds of calm water from the level of the area about each pixel alone."""
    seen = ~np.isnan(hh.signal)
    area = box_mean(_fixed(hh.signal, SIGMA0_STEP), seen, _area_half(how, pixel_spacing_m))
    level = _decibel(np.maximum(area, LEAST_SHARE_OF_NESZ * hh.noise))
    return np.float32(how.steepness) * (np.float32(how.dark_level) - level)


def _area_half(how: LeadThreshold, pixel_spacing_m: float) -> int:
    return max(1, math.floor((how.area_width / pixel_spacing_m - 1.0) / 2.0 + 0.5))


def _background_half(how: LeadThreshold, pixel_spacing_m: float) -> int:
    return max(1, math.floor(how.background_width / pixel_spacing_m / 2.0 + 0.5))


def _fixed(image: np.ndarray, step: np.float32) -> np.ndarray:
    return np.rint(image / step) * step


def _decibel(power: np.ndarray) -> np.ndarray:
    return np.float32(10.0) * np.log10(power)


def _linear(decibel: float) -> np.float32:
    return np.float32(10.0 ** (decibel / 10.0))


def _first_of(scene: xr.Dataset, *polarisations: str) -> str | None:
    return next((p for p in polarisations if f"sigma0_{p}" in scene), None)


def _nesz(scene: xr.Dataset, polarisation: str | None) -> np.ndarray | None:
    known = f"nesz_{polarisation}" in scene and scene.attrs.get("thermal_noise") != "present"
    return scene[f"nesz_{polarisation}"].values if known else None
