"""Lead probability by thresholds on local contrast, along lines and over areas.

Calm water and nilas are darker than the ice about them; leads under wind or frost flowers are
brighter in HH while HV stays low.  Every pixel is asked by how much its contrast exceeds the
contrast at which a lead becomes likelier than ice:

- along lines in many directions, against the lines beside them at four distances, and of the two
  sides against the one that differs less: the edge of a floe is no lead;
- over a small area, against the ice within a few kilometres.

Darkness must be greater where the ice is rougher, in proportion to its spread.  Calm water wider
than all that is known by its level.  The largest excess, in dB, times a steepness is the logarithm
of the odds; then ``edges`` puts the edges of clear leads where the image has them.  All support is
finite: a tile that comes with ``halo_pixels`` around it gives the same bits as the whole
scene.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy.special import expit

from ._kernels import box_mean, line_mean, raise_by_lines
from .contrasts import FITTED, Contrasts, LeadThreshold
from .edges import edge_halo, sharpen_edges

#: Directions of lines; a multiple of four, so that quarter turns and mirrors change nothing.
DIRECTIONS = 20
#: NESZ where none is known [dB], of the order of Sentinel-1 EW's: -22 to -32 dB.
ASSUMED_NESZ_DB = -30.0
#: Noise vectors of old products can be all zeros; this is the least NESZ believed [dB].
LEAST_NESZ_DB = -35.0
#: Backscatter plus NESZ is positive but for errors of the NESZ: held above this share of it.
LEAST_SHARE_OF_NESZ = 0.1
#: Half side of the box that averages speckle before a pixel is compared to others [pixel].
SPECKLE_HALF = 1
#: Ice of the background is what lies at most so far below and above the mean of all [dB].
BELOW_MEAN_DB, ABOVE_MEAN_DB = 3.0, 4.0
#: Spread of the ice at which the dark contrasts hold: of what is shorter than the third side
#: distance, and of all; those of the synthetic pack they were fitted on [dB].
USUAL_ROUGHNESS_DB, USUAL_SPREAD_DB = 1.2, 1.7
#: Added to both in squares: no ice is so even that a faint trace on it is a lead [dB].
LEAST_SPREAD_DB = 1.3
#: HH brightness beyond this, a ship's or an iceberg's, makes no likelier lead [dB].
MOST_BRIGHTNESS_DB = 5.0
#: Nor does HV depth beyond this, which is mostly noise [dB].
MOST_DEPTH_DB = 6.0
#: What differs by less than this from the ice nearby is ice, whatever lies beside it [dB]: between
#: two leads it stands out, but not from the ice.
STANDS_OUT_DB = 0.8
#: Excess given to it [dB].
EXCESS_OF_ICE_DB = -2.0
#: Probability from which a pixel is called a lead.
LEAD_PROBABILITY = 0.5

#: Steps of fixed-point numbers: sums of multiples of a power of two are exact in float64.
SIGMA0_STEP = np.float32(2.0**-30)
DECIBEL_STEP = np.float32(2.0**-8)


class _Sizes(NamedTuple):
    """Half widths and distances of the templates [pixel]."""

    line: int
    sides: tuple[int, ...]
    area: int
    background: int


class _Band(NamedTuple):
    """Backscatter and its NESZ, brought to the reference incidence: linear, float32."""

    signal: np.ndarray
    noise: np.ndarray


class _Background(NamedTuple):
    """The ice around each pixel."""

    ice: np.ndarray  #: bool: neither much darker nor much brighter than the mean around it
    near_gain: np.ndarray  #: how much more darkness says where the ice is even, at short range
    far_gain: np.ndarray  #: the same at long range


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
    dark = how.dark_without_hv if hv is None else how.dark
    bright = how.bright_without_hv if hv is None else how.bright
    sizes = _sizes(how, pixel_spacing_m)
    background = _background(hh, sizes)
    excess = _area_excess(hh, hv, background, sizes, dark, bright)
    _raise_by_lines(excess, hh, hv, background, sizes, dark, bright)
    excess[_like_ice(hh, background.ice, sizes)] = EXCESS_OF_ICE_DB
    excess = np.fmax(excess, np.float32(how.calm_level) - _level_db(hh, sizes))
    probability = expit(np.float32(how.steepness) * excess)
    probability = np.where(np.isnan(hh.signal), np.float32(np.nan), probability)
    return sharpen_edges(probability, hh.signal, pixel_spacing_m, LEAD_PROBABILITY)


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
            "lead_method": "threshold on local contrast",
            "lead_options": json.dumps(asdict(how)),
            "lead_threshold": LEAD_PROBABILITY,
        },
    )


def halo_pixels(how: LeadThreshold, pixel_spacing_m: float) -> int:
    """Return how many pixels around a window bear on the probabilities inside it."""
    sizes = _sizes(how, pixel_spacing_m)
    lines = sizes.line + sizes.sides[-1]
    templates = max(SPECKLE_HALF + 2 * sizes.background, sizes.area, lines)
    return templates + edge_halo(pixel_spacing_m)


def _sizes(how: LeadThreshold, pixel_spacing_m: float) -> _Sizes:
    def pixels(length: float) -> int:
        return max(1, math.floor(length / pixel_spacing_m + 0.5))

    return _Sizes(
        line=pixels(how.line_length / 2.0),
        sides=tuple(pixels(distance) for distance in how.side_distances),
        area=pixels((how.area_width - pixel_spacing_m) / 2.0),
        background=pixels(how.background_width / 2.0),
    )


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
    return np.float32(10.0) * np.log10(np.maximum(signal + noise, LEAST_SHARE_OF_NESZ * noise))


def _level_db(hh: _Band, sizes: _Sizes) -> np.ndarray:
    """Return the backscatter of the area about each pixel without noise [dB]."""
    area = _sigma0_mean(hh.signal, ~np.isnan(hh.signal), sizes.area)
    return np.float32(10.0) * np.log10(np.maximum(area, LEAST_SHARE_OF_NESZ * hh.noise))


def _background(hh: _Band, sizes: _Sizes) -> _Background:
    """Return where there is common ice, and what its evenness makes of darkness."""
    seen = ~np.isnan(hh.signal)
    smooth = _total_db(_sigma0_mean(hh.signal, seen, SPECKLE_HALF), hh.noise)
    smooth = _fixed(np.nan_to_num(smooth, nan=0.0, copy=False))
    above = smooth - box_mean(smooth, seen, sizes.background)
    ice = seen & (above > -BELOW_MEAN_DB) & (above < ABOVE_MEAN_DB)
    rough = _fixed(smooth - box_mean(smooth, seen, sizes.sides[2]))
    return _Background(
        ice,
        _gain(_spread(rough, ice, sizes.background), USUAL_ROUGHNESS_DB),
        _gain(_spread(smooth, ice, sizes.background), USUAL_SPREAD_DB),
    )


def _like_ice(hh: _Band, ice: np.ndarray, sizes: _Sizes) -> np.ndarray:
    """Return where a pixel is as the ice around it, out to the furthest sides."""
    seen = ~np.isnan(hh.signal)
    here = _total_db(_sigma0_mean(hh.signal, seen, SPECKLE_HALF), hh.noise)
    around = _total_db(_sigma0_mean(hh.signal, ice, sizes.sides[-1]), hh.noise)
    return np.abs(here - around) < STANDS_OUT_DB


def _spread(decibel: np.ndarray, keep: np.ndarray, half: int) -> np.ndarray:
    """Return the standard deviation of what is kept in the box about each pixel [dB]."""
    mean, square = (box_mean(d, keep, half) for d in (decibel, decibel * decibel))
    return np.sqrt(np.maximum(square - mean * mean, 0.0))


def _gain(spread: np.ndarray, usual: float) -> np.ndarray:
    usual = math.hypot(usual, LEAST_SPREAD_DB)
    return np.float32(usual) / np.hypot(spread, np.float32(LEAST_SPREAD_DB))


def _area_excess(
    hh: _Band,
    hv: _Band | None,
    background: _Background,
    sizes: _Sizes,
    dark: Contrasts,
    bright: Contrasts,
) -> np.ndarray:
    """Return by how much the area about each pixel stands out from the ice around it [dB]."""
    contrast = _contrast(hh, background.ice, sizes)
    depth = np.float32(0.0)
    if hv is not None:
        depth = np.minimum(-_contrast(hv, background.ice, sizes), MOST_DEPTH_DB)
        depth = np.nan_to_num(depth, nan=0.0, copy=False)
    brightness = np.minimum(contrast, MOST_BRIGHTNESS_DB)
    return np.fmax(
        background.far_gain * (dark.hv_weight * depth - contrast) - dark.area,
        brightness + bright.hv_weight * depth - bright.area,
    )


def _contrast(band: _Band, ice: np.ndarray, sizes: _Sizes) -> np.ndarray:
    """Return the contrast [dB] of the area about each pixel with the ice, both under its noise."""
    seen = ~np.isnan(band.signal)
    area = _sigma0_mean(band.signal, seen, sizes.area)
    around = _sigma0_mean(band.signal, seen & ice, sizes.background)
    return _total_db(area, band.noise) - _total_db(around, band.noise)


def _raise_by_lines(
    excess: np.ndarray,
    hh: _Band,
    hv: _Band | None,
    background: _Background,
    sizes: _Sizes,
    dark: Contrasts,
    bright: Contrasts,
) -> None:
    """Raise the excess [dB] in place to that of the line that stands out most at each pixel."""
    hh_db = _total_db(*hh)
    hv_db = None if hv is None else _total_db(*hv)
    gains = (*(3 * (background.near_gain,)), background.far_gain)
    for along, steps in _lines(sizes):
        hh_line = line_mean(hh_db, *along)
        hv_line = hh_line if hv_db is None else line_mean(hv_db, *along)
        for step, gain, *least in zip(steps, gains, dark.lines, bright.lines, strict=True):
            raise_by_lines(
                excess,
                hh_line,
                hv_line,
                gain,
                *step,
                _single(least[0], dark.hv_weight),
                _single(least[1], bright.hv_weight),
                _single(MOST_BRIGHTNESS_DB, MOST_DEPTH_DB),
            )


def _single(first: float, second: float) -> tuple[np.float32, np.float32]:
    """Return two numbers in the precision of images, which keeps the kernel in it."""
    return np.float32(first), np.float32(second)


def _lines(
    sizes: _Sizes,
) -> Iterator[tuple[tuple[np.ndarray, np.ndarray], list[tuple[int, int]]]]:
    """Yield, per direction, the offsets (line, sample) along half of it and steps to its sides."""
    along = np.arange(1, sizes.line + 1)
    sides = np.array(sizes.sides)
    for direction in np.pi * np.arange(DIRECTIONS) / DIRECTIONS:
        down, right = np.sin(direction), np.cos(direction)
        steps = zip(_whole(right * sides).tolist(), _whole(-down * sides).tolist(), strict=True)
        yield (_whole(along * down), _whole(along * right)), list(steps)


def _whole(offset: np.ndarray) -> np.ndarray:
    """Return the nearest whole numbers; halves go away from zero, so that mirrors agree."""
    return (np.sign(offset) * np.floor(np.abs(offset) + 0.5)).astype(np.int64)


def _sigma0_mean(sigma0: np.ndarray, keep: np.ndarray, half: int) -> np.ndarray:
    return box_mean(np.rint(sigma0 / SIGMA0_STEP) * SIGMA0_STEP, keep, half)


def _fixed(decibel: np.ndarray) -> np.ndarray:
    return np.rint(decibel / DECIBEL_STEP) * DECIBEL_STEP


def _first_of(scene: xr.Dataset, *polarisations: str) -> str | None:
    return next((p for p in polarisations if f"sigma0_{p}" in scene), None)


def _nesz(scene: xr.Dataset, polarisation: str | None) -> np.ndarray | None:
    known = f"nesz_{polarisation}" in scene and scene.attrs.get("thermal_noise") != "present"
    return scene[f"nesz_{polarisation}"].values if known else None
