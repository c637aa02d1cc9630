"""Lead probability by thresholds on local contrast, along lines and over areas.

Calm water and nilas are darker than the ice about them; leads under wind or frost flowers are
brighter in HH while HV stays low.  Four templates ask of every pixel by how much its contrast
exceeds the contrast at which a lead becomes likelier than ice:

- lines in twenty directions, against the lines beside them at four distances, and of the two
  sides against the one that differs less: the edge of a floe is no lead;
- a small area, against the ice within a few kilometres.

Dark contrasts are asked to be larger where the ice is rougher, in proportion to its spread.  Calm water wider than that is known by its level alone.  The largest excess, in dB, times a
steepness is the logarithm of the odds.  All support is finite, so that a tile that came with
``halo_pixels`` around it gives the same bits as the whole scene.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
import xarray as xr

from ._kernels import box_mean, line_mean, raise_by_lines

#: Directions of lines; a multiple of four, so that quarter turns and mirrors change nothing.
DIRECTIONS = 20
#: NESZ where none is known [dB]: amid those of Sentinel-1 EW, -22 to -32 dB.
ASSUMED_NESZ_DB = -30.0
#: Noise vectors of old products can be all zeros; this is the least NESZ believed [dB].
LEAST_NESZ_DB = -35.0
#: Backscatter plus NESZ is positive but for errors of the NESZ: held above this share of it.
LEAST_SHARE_OF_NESZ = 0.1
#: Ice of the background is what lies at most so far below and above the mean of all [dB].
BACKGROUND_BELOW_DB, BACKGROUND_ABOVE_DB = 3.0, 4.0
#: HH contrast beyond this, a ship's or an iceberg's, makes no brighter a lead [dB].
MOST_BRIGHTNESS_DB = 5.0
#: HV depth beyond this is more noise than sign [dB].
MOST_DEPTH_DB = 6.0
#: Half side of the box in which speckle is averaged before a pixel is compared [pixel].
SPECKLE_HALF = 1
#: Spread of winter pack at which the dark contrasts hold [dB]: of what is shorter than the
#: templates, and of all; fitted as the contrasts were.
USUAL_ROUGHNESS_DB, USUAL_SPREAD_DB = 1.2, 1.7
#: Added in squares to both: ice is never so even that a faint trace is a lead [dB].
LEAST_SPREAD_DB = 0.5
#: Probability from which a pixel is called a lead.
LEAD_THRESHOLD = 0.5

#: Steps of fixed-point numbers: sums of multiples of a power of two are exact in float64.
SIGMA0_STEP = np.float32(2.0**-30)
DECIBEL_STEP = np.float32(2.0**-8)


class Contrasts(NamedTuple):
    """Contrast with the ice at which a lead and ice are equally likely [dB].

    Contrast is that of HH plus ``hv_weight`` times how much darker HV is.
    """

    lines: tuple[float, float, float, float]  #: against those at each of ``side_distances``
    area: float
    hv_weight: float


def _rises(values: tuple[float, ...]) -> bool:
    return all(a < b < math.inf for a, b in zip(values, values[1:], strict=False))


@dataclass(frozen=True, slots=True)
class LeadThreshold:
    """How to find leads by thresholds.

    The contrasts and the steepness were fitted on synthetic winter pack with 3 % leads; slopes
    are those of deformed first-year ice in winter (Makynen and Karvonen 2017).
    """

    hh_slope: float = -0.24  #: of backscatter with incidence [dB/degree]
    hv_slope: float = -0.16  #: [dB/degree]
    reference_incidence: float = 30.0  #: [degree]
    line_length: float = 1000.0  #: [m]
    side_distances: tuple[float, float, float, float] = (160.0, 320.0, 560.0, 1000.0)  #: [m]
    area_width: float = 280.0  #: [m]
    background_width: float = 5000.0  #: [m]
    dark: Contrasts = Contrasts((3.8, 4.0, 4.4, 5.0), 6.4, 0.4)
    bright: Contrasts = Contrasts((3.8, 3.7, 3.6, 3.6), 3.0, 0.75)
    dark_without_hv: Contrasts = Contrasts((3.8, 3.9, 4.1, 4.5), 5.2, 0.0)
    bright_without_hv: Contrasts = Contrasts((4.5, 4.5, 4.5, 4.5), 5.5, 0.0)
    calm_level: float = -22.5  #: HH that calm water has as often as ice, at the reference [dB]
    steepness: float = 2.4  #: of the log-odds [1/dB]

    def __post_init__(self) -> None:
        """Refuse sizes that cannot be nested in each other, and odds that fall with contrast."""
        widths = (0.0, self.area_width, self.background_width)
        sides = (0.0, *self.side_distances, self.background_width / 2)
        if not (_rises(widths) and _rises(sides) and self.line_length > 0.0):
            raise ValueError(
                "area_width and side_distances must rise from 0 to below the background's, and "
                f"line_length be positive, got {self.area_width}, {self.side_distances}, "
                f"{self.background_width} and {self.line_length} m"
            )
        if not 0.0 < self.steepness < math.inf:
            raise ValueError(f"steepness must be positive, got {self.steepness} per dB")


#: The options that were fitted.
FITTED = LeadThreshold()


class _Band(NamedTuple):
    """Backscatter and its NESZ, brought to the reference incidence: linear, float32."""

    signal: np.ndarray
    noise: np.ndarray


class _Background(NamedTuple):
    """The ice around each pixel."""

    ice: np.ndarray  #: bool: neither much darker nor much brighter than the mean around it
    line_gain: np.ndarray  #: by which darkness of lines counts more where the ice is even
    area_gain: np.ndarray  #: the same of areas


class _Sizes(NamedTuple):
    """Half widths and distances of the templates [pixel]."""

    line: int
    sides: tuple[int, ...]
    area: int
    background: int


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
        bright leads are mostly missed.  Where only HV is missing HH decides.
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
        In 0..1; nan where HH is nan.

    Raises
    ------
    ValueError
        If the images differ in shape.
    """
    images = (sigma0_hh, sigma0_hv, incidence_angle, nesz_hh, nesz_hv)
    shapes = {np.shape(image) for image in images if image is not None}
    if len(shapes) != 1 or sigma0_hh.ndim != 2:
        raise ValueError(f"the images of a scene must share one 2-D shape, got {sorted(shapes)}")
    sizes = _sizes(how, pixel_spacing_m)
    tilt = how.reference_incidence - np.asarray(incidence_angle, dtype=np.float32)
    hh = _band(sigma0_hh, nesz_hh, how.hh_slope * tilt)
    hv = None if sigma0_hv is None else _band(sigma0_hv, nesz_hv, how.hv_slope * tilt)
    dark = how.dark_without_hv if hv is None else how.dark
    bright = how.bright_without_hv if hv is None else how.bright
    background = _background(hh, ~np.isnan(hh.signal), sizes)
    excess = _area_excess(hh, hv, background, sizes, dark, bright)
    excess = np.fmax(excess, np.float32(how.calm_level) - _level_db(hh, sizes))
    _raise_by_lines(excess, hh, hv, background.line_gain, sizes, dark, bright)
    probability = 1.0 / (1.0 + np.exp(np.float32(-how.steepness) * excess))
    return np.where(np.isnan(sigma0_hh), np.float32(np.nan), probability)


def lead_map(scene: xr.Dataset, how: LeadThreshold = FITTED) -> xr.Dataset:
    """Return ``lead_probability`` of a canonical scene, or of a window of one.

    VV and VH serve where HH and HV are absent.  A scene without ``incidence_angle`` is taken
    as it is; one whose thermal noise was not removed as one without NESZ.

    Raises
    ------
    ValueError
        If the scene has neither HH nor VV.
    """
    copolar = _first_of(scene, "hh", "vv")
    crosspolar = _first_of(scene, "hv", "vh")
    if copolar is None:
        raise ValueError(
            f"{scene.attrs.get('source', 'the scene')}: leads are found in HH or VV, "
            f"and it has only {sorted(map(str, scene.data_vars))}"
        )
    sigma0 = scene[f"sigma0_{copolar}"]
    incidence = (
        scene["incidence_angle"].values
        if "incidence_angle" in scene
        else np.full(sigma0.shape, how.reference_incidence, dtype=np.float32)
    )
    spacing = (scene.attrs["pixel_spacing_line_m"] + scene.attrs["pixel_spacing_sample_m"]) / 2
    probability = lead_probability(
        sigma0.values,
        None if crosspolar is None else scene[f"sigma0_{crosspolar}"].values,
        incidence,
        spacing,
        how,
        _nesz(scene, copolar),
        _nesz(scene, crosspolar),
    )
    return xr.Dataset(
        {
            "lead_probability": (
                ("line", "sample"),
                probability,
                {"long_name": "probability that the pixel is a lead", "units": "1"},
            )
        },
        coords=scene.coords,
        attrs={
            **scene.attrs,
            "lead_method": "threshold on local contrast",
            "lead_options": json.dumps(asdict(how)),
            "lead_threshold": LEAD_THRESHOLD,
        },
    )


def halo_pixels(how: LeadThreshold, pixel_spacing_m: float) -> int:
    """Return how many pixels around a window bear on the probabilities inside it."""
    sizes = _sizes(how, pixel_spacing_m)
    ice = SPECKLE_HALF + max(sizes.background, sizes.sides[-1])
    return max(ice + sizes.background, sizes.line + sizes.sides[-1])


def _sizes(how: LeadThreshold, pixel_spacing_m: float) -> _Sizes:
    def pixels(length: float) -> int:
        return max(1, math.floor(length / pixel_spacing_m + 0.5))

    return _Sizes(
        line=pixels(how.line_length / 2),
        sides=tuple(pixels(distance) for distance in how.side_distances),
        area=pixels(how.area_width / 2 - pixel_spacing_m / 2),
        background=pixels(how.background_width / 2),
    )


def _band(sigma0: np.ndarray, nesz: np.ndarray | None, shift_db: np.ndarray) -> _Band:
    """Return a band shifted in dB to the reference incidence, with a NESZ above nothing."""
    gain = 10.0 ** (shift_db / np.float32(10.0))
    if nesz is None:
        return _Band(sigma0 * gain, gain * np.float32(10.0 ** (ASSUMED_NESZ_DB / 10.0)))
    return _Band(sigma0 * gain, gain * np.maximum(nesz, np.float32(10.0 ** (LEAST_NESZ_DB / 10.0))))


def _total_db(signal: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Return signal plus noise in dB.

    It never nears zero, and its speckle is that of the looks alone: contrast in it fades by
    itself where the noise drowns the signal.
    """
    return np.float32(10.0) * np.log10(np.maximum(signal + noise, LEAST_SHARE_OF_NESZ * noise))


def _background(hh: _Band, seen: np.ndarray, sizes: _Sizes) -> _Background:
    """Return where there is common ice, and how even it is around each pixel."""
    smooth = _total_db(_sigma0_mean(hh.signal, seen, SPECKLE_HALF), hh.noise)
    smooth = _fixed(np.nan_to_num(smooth, nan=0.0, copy=False))
    above = smooth - box_mean(smooth, seen, sizes.background)
    ice = seen & (above > -BACKGROUND_BELOW_DB) & (above < BACKGROUND_ABOVE_DB)
    short = smooth - box_mean(smooth, seen, sizes.sides[-1])
    return _Background(
        ice,
        _gain(_spread(short, ice, sizes.background), USUAL_ROUGHNESS_DB),
        _gain(_spread(smooth, ice, sizes.background), USUAL_SPREAD_DB),
    )


def _spread(decibel: np.ndarray, keep: np.ndarray, half: int) -> np.ndarray:
    """Return the standard deviation of what is kept in the box about each pixel [dB]."""
    decibel = _fixed(decibel)
    mean, square = (box_mean(d, keep, half) for d in (decibel, decibel * decibel))
    return np.sqrt(np.maximum(square - mean * mean, 0.0))


def _gain(spread: np.ndarray, usual: float) -> np.ndarray:
    return np.float32(math.hypot(usual, LEAST_SPREAD_DB)) / np.hypot(spread, LEAST_SPREAD_DB)


def _raise_by_lines(
    excess: np.ndarray,
    hh: _Band,
    hv: _Band | None,
    dark_gain: np.ndarray,
    sizes: _Sizes,
    dark: Contrasts,
    bright: Contrasts,
) -> None:
    """Raise the excess [dB] in place to that of the line through each pixel that stands out most."""
    hh_db = _total_db(*hh)
    hv_db = None if hv is None else _total_db(*hv)
    for along, steps in _lines(sizes):
        hh_line = line_mean(hh_db, *along)
        hv_line = hh_line if hv_db is None else line_mean(hv_db, *along)
        for step, least_dark, least_bright in zip(
            steps, dark.lines, bright.lines, strict=True
        ):
            raise_by_lines(
                excess,
                hh_line,
                hv_line,
                dark_gain,
                *step,
                tuple(np.float32([least_dark, dark.hv_weight])),
                tuple(np.float32([least_bright, bright.hv_weight])),
                tuple(np.float32([MOST_BRIGHTNESS_DB, MOST_DEPTH_DB])),
            )


def _lines(
    sizes: _Sizes,
) -> Iterator[tuple[tuple[np.ndarray, np.ndarray], list[tuple[int, int]]]]:
    """Yield, for each direction, offsets (line, sample) along it and steps to its sides."""
    along = np.arange(1, sizes.line + 1)
    for direction in np.pi * np.arange(DIRECTIONS) / DIRECTIONS:
        down, right = np.sin(direction), np.cos(direction)
        steps = [(int(_nearest(right * s)), int(_nearest(-down * s))) for s in sizes.sides]
        yield (_nearest(along * down), _nearest(along * right)), steps


def _nearest(offset: np.ndarray) -> np.ndarray:
    """Return the nearest whole number; halves go away from zero, so that mirrors agree."""
    return (np.sign(offset) * np.floor(np.abs(offset) + 0.5)).astype(np.int64)


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
        depth = np.nan_to_num(np.minimum(-_contrast(hv, background.ice, sizes), MOST_DEPTH_DB))
    brightness = np.minimum(contrast, MOST_BRIGHTNESS_DB)
    return np.fmax(
        background.area_gain * (dark.hv_weight * depth - contrast) - dark.area,
        brightness + bright.hv_weight * depth - bright.area,
    )


def _contrast(band: _Band, ice: np.ndarray, sizes: _Sizes) -> np.ndarray:
    """Return the contrast [dB] of the area about each pixel with the ice, both under its noise."""
    seen = ~np.isnan(band.signal)
    area = _sigma0_mean(band.signal, seen, sizes.area)
    around = _sigma0_mean(band.signal, seen & ice, sizes.background)
    return _total_db(area, band.noise) - _total_db(around, band.noise)


def _level_db(hh: _Band, sizes: _Sizes) -> np.ndarray:
    """Return the backscatter of the area about each pixel, noise apart [dB]."""
    area = _sigma0_mean(hh.signal, ~np.isnan(hh.signal), sizes.area)
    return np.float32(10.0) * np.log10(np.maximum(area, LEAST_SHARE_OF_NESZ * hh.noise))


def _sigma0_mean(sigma0: np.ndarray, keep: np.ndarray, half: int) -> np.ndarray:
    return box_mean(np.rint(sigma0 / SIGMA0_STEP) * SIGMA0_STEP, keep, half)


def _fixed(decibel: np.ndarray) -> np.ndarray:
    return np.rint(decibel / DECIBEL_STEP) * DECIBEL_STEP


def _nesz(scene: xr.Dataset, polarisation: str | None) -> np.ndarray | None:
    known = f"nesz_{polarisation}" in scene and scene.attrs.get("thermal_noise") != "present"
    return scene[f"nesz_{polarisation}"].values if known else None


def _first_of(scene: xr.Dataset, *polarisations: str) -> str | None:
    return next((p for p in polarisations if f"sigma0_{p}" in scene), None)
