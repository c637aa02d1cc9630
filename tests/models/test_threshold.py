"""Leads by thresholds: known leads in synthetic winter pack come back, and nothing else does."""

import json
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numba
import numpy as np
import pytest
import rasterio
import xarray as xr
from naive import leads as naive
from scipy.ndimage import binary_dilation, gaussian_filter

from iceco.models.leads._kernels import box_mean, line_mean, raise_by_lines
from iceco.models.leads.threshold import (
    FITTED,
    halo_pixels,
    lead_map,
    lead_probability,
)

SPACING = 40.0  # m
SIDE = 600  # pixel
#: Templates that fit into small images, for tests of form and not of skill.
SMALL = replace(
    FITTED,
    piece_length=120.0,
    narrow=replace(FITTED.narrow, distances=(80.0, 120.0)),
    wide=replace(FITTED.wide, distances=(160.0, 200.0)),
    area_width=120.0,
    context_width=480.0,
)
full_size = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="600 x 600 pixels take an hour as plain Python"
)


class Lead(NamedTuple):
    width: float  # m
    length: float  # pixel
    bright: bool


class Pack(NamedTuple):
    """What the radar sees, and the truth that only scores read."""

    hh: np.ndarray
    hv: np.ndarray
    incidence: np.ndarray
    nesz_hh: np.ndarray
    nesz_hv: np.ndarray
    cover: np.ndarray  # share of a pixel that is lead
    width: np.ndarray  # of the lead that covers half of it, 0 elsewhere
    bright: np.ndarray


def linear(decibel):
    return 10.0 ** (np.asarray(decibel) / 10.0)


def smooth_field(rng, scale):
    field = gaussian_filter(rng.standard_normal((SIDE, SIDE)), scale, mode="wrap")
    return (field - field.mean()) / field.std()


def speckle(rng):
    """Intensity of 10.7 looks, correlated as in EW GRDM: 0.76, 0.33 at lags of 1 and 2 pixels."""
    weights = np.repeat([*np.ones(10), 0.45], 2)
    looks = (gaussian_filter(rng.standard_normal((SIDE, SIDE)), 1.35, mode="wrap") for _ in weights)
    intensity = sum(weight * look**2 for weight, look in zip(weights, looks, strict=True))
    return intensity / intensity.mean()


def strip(rng, width, length):
    """Return the share of each pixel that a curved strip covers."""
    line, sample = np.mgrid[:SIDE, :SIDE].astype(float)
    direction, phase = rng.uniform(0.0, np.pi), rng.uniform(0.0, 2.0 * np.pi)
    middle = rng.uniform(0.2 * SIDE, 0.8 * SIDE, 2)
    along = (line - middle[0]) * np.sin(direction) + (sample - middle[1]) * np.cos(direction)
    across = (line - middle[0]) * np.cos(direction) - (sample - middle[1]) * np.sin(direction)
    bend, wave = rng.uniform(0.0, 10.0), 2.0 * np.pi / rng.uniform(200.0, 400.0)
    slope = bend * wave * np.cos(wave * along + phase)
    away = np.abs(across - bend * (np.sin(wave * along + phase) - np.sin(phase)))
    away /= np.sqrt(1.0 + slope**2)
    cover = np.clip(0.5 * width / SPACING - away + 0.5, 0.0, min(1.0, width / SPACING))
    return cover * np.clip(0.5 * length - np.abs(along) + 0.5, 0.0, 1.0)


@cache
def winter_pack(seed, leads=(), ridges=25):
    """Return first- and multi-year floes 3 dB apart, ridges, leads, speckle and noise.

    Levels are those of winter at C band (Makynen and Karvonen 2017): HH -17 to -11 dB, HV -27 to
    -19 dB.  The point spread is 90 m wide; the NESZ steps between sub-swaths at sample 180 and
    each is wrong by 0.3 dB.
    """
    rng = np.random.default_rng([2024, seed])
    floe = smooth_field(rng, 40)
    floe = np.where(floe > 0.6, 1.0, np.where(floe < -0.6, -1.0, 0.0))
    broad, fine, other = (smooth_field(rng, scale) for scale in (20, 1.5, 1.5))
    hh_ice = -14.0 + 3.0 * floe + 0.5 * broad
    hh = linear(hh_ice + fine)
    hv = linear(-23.0 + 4.0 * floe + 0.5 * broad + 0.7 * fine + 0.7 * other)
    for _ in range(ridges):
        ridge = strip(rng, rng.uniform(20.0, 80.0), rng.uniform(50.0, 200.0))
        hh *= 1.0 + ridge * (linear(rng.uniform(2.0, 5.0)) - 1.0)
        hv *= 1.0 + ridge * (linear(rng.uniform(3.0, 6.0)) - 1.0)
    cover, width, bright = np.zeros((3, SIDE, SIDE))
    for lead in leads:
        share = strip(rng, lead.width, lead.length)
        if lead.bright:
            lead_hh = linear(hh_ice + rng.uniform(2.0, 6.0) + 0.7 * fine)
            lead_hv = linear(rng.uniform(-27.0, -24.0) + 0.7 * other)
        else:
            lead_hh, lead_hv = linear(hh_ice - rng.uniform(8.0, 12.0) + 0.5 * fine), linear(-31.0)
        hh, hv = (1.0 - share) * hh + share * lead_hh, (1.0 - share) * hv + share * lead_hv
        cover = np.maximum(cover, share)
        width[share >= 0.5], bright[share >= 0.5] = lead.width, lead.bright
    far = np.arange(SIDE) >= 180
    incidence = np.broadcast_to(28.0 + 0.0026 * np.arange(SIDE), (SIDE, SIDE))
    seen = [
        observe(rng, hh * linear(-0.24 * (incidence - 30.0)), np.where(far, -29.0, -25.0), far),
        observe(rng, hv * linear(-0.16 * (incidence - 30.0)), np.where(far, -29.5, -23.5), far),
    ]
    (hh, nesz_hh), (hv, nesz_hv) = seen
    incidence = incidence.astype(np.float32)
    return Pack(hh, hv, incidence, nesz_hh, nesz_hv, cover, width, bright.astype(bool))


def observe(rng, sigma0, nesz_db, far):
    """Return a band as denoised, with its NESZ: blurred, speckled, the noise known to 0.3 dB."""
    nesz = np.broadcast_to(linear(nesz_db), sigma0.shape)
    error = linear(np.where(far, *rng.normal(0.0, 0.3, 2)))
    measured = (gaussian_filter(sigma0, 0.955) + nesz) * speckle(rng) - nesz * error
    return measured.astype(np.float32), nesz.astype(np.float32)


def look(pack, how=FITTED, hv=True):
    return lead_probability(
        pack.hh, pack.hv if hv else None, pack.incidence, SPACING, how, pack.nesz_hh, pack.nesz_hv
    )


#: 2 to 3 % of a scene in leads from 40 m to 500 m, as many bright as dark.
MIXED = tuple(
    Lead(width, 400.0 if width < 500.0 else 120.0, bright)
    for width in (40.0, 80.0, 120.0, 200.0, 500.0)
    for bright in (False, True)
)


class Score(NamedTuple):
    precision: float  # at 60 % recall
    f1: float  # the best of all thresholds
    at_half: float  # F1 at probability 0.5
    calibration: float  # expected calibration error, ten bins


def score(probability, pack, tolerance=1):
    """Score against pixels at least half lead; those within a tolerance of one are not counted."""
    truth = pack.cover >= 0.5
    counted = truth | ~binary_dilation(pack.cover > 0.0, iterations=tolerance)
    order = np.argsort(-probability[counted], kind="stable")
    found, ranked = np.cumsum(truth[counted][order]), probability[counted][order]
    precision = found / np.arange(1, found.size + 1)
    recall = found / found[-1]
    f1 = 2.0 * precision * recall / np.maximum(precision + recall, 1e-9)
    bins = np.minimum((10.0 * probability).astype(int), 9)
    gap = [abs((probability - truth)[bins == k].sum()) for k in range(10)]
    return Score(
        precision[np.searchsorted(recall, 0.6)],
        f1.max(),
        f1[max(np.count_nonzero(ranked >= 0.5) - 1, 0)],
        sum(gap) / truth.size,
    )


def recall(probability, pack, width, bright):
    return np.mean(probability[(pack.width == width) & (pack.bright == bright)] >= 0.5)


# --- skill


@full_size
@pytest.mark.parametrize("seed", [1, 2])
def test_mixed_leads_are_found_as_well_as_published_methods_find_them(seed):
    pack = winter_pack(seed, MIXED)
    found = score(look(pack), pack)
    assert found.precision > 0.9
    assert found.f1 > 0.7
    assert found.at_half > 0.65
    assert found.calibration < 0.015


@full_size
def test_dark_leads_three_pixels_wide_are_found_in_hh_alone():
    pack = winter_pack(3, tuple(Lead(w, 400.0, False) for w in (120.0, 200.0, 500.0)))
    probability = look(pack, hv=False)
    assert score(probability, pack).precision > 0.9
    assert recall(probability, pack, 500.0, False) > 0.8


@full_size
def test_bright_leads_are_found_where_hv_stays_dark():
    pack = winter_pack(4, tuple(Lead(w, 300.0, True) for w in (120.0, 200.0, 500.0)))
    probability = look(pack)
    assert score(probability, pack).precision > 0.9
    assert recall(probability, pack, 500.0, True) > 0.6


@full_size
def test_pack_without_leads_has_hardly_any():
    pack = winter_pack(5)
    assert np.mean(look(pack) >= 0.5) < 0.001
    assert np.mean(look(pack, hv=False) >= 0.5) < 0.002


@full_size
def test_the_step_of_the_noise_between_subswaths_is_no_lead():
    probability = look(winter_pack(5))
    assert np.mean(probability[:, 170:190] >= 0.5) < 0.002


@full_size
@pytest.mark.parametrize("offset_db", [-1.0, 1.0])
def test_a_calibration_offset_of_three_sigma_costs_hardly_any_skill(offset_db):
    pack = winter_pack(1, MIXED)
    gain = np.float32(linear(offset_db))
    louder = pack._replace(
        **{n: gain * getattr(pack, n) for n in ("hh", "hv", "nesz_hh", "nesz_hv")}
    )
    probability, unmoved = look(louder), look(pack)
    assert score(probability, pack).at_half == pytest.approx(score(unmoved, pack).at_half, abs=0.02)
    assert np.mean((probability >= 0.5) != (unmoved >= 0.5)) < 0.003


@full_size
def test_a_tile_with_its_halo_gives_the_same_bits_as_the_scene():
    pack = winter_pack(1, MIXED)
    halo = halo_pixels(FITTED, SPACING)
    tile = np.s_[200:320, 240:330]
    around = tuple(slice(s.start - halo, s.stop + halo) for s in tile)
    part = look(Pack(*(image[around] for image in pack)))[halo:-halo, halo:-halo]
    np.testing.assert_array_equal(part, look(pack)[tile])


# --- the leads of a real pair


@full_size
def test_the_long_lead_of_the_real_pair_is_seen_on_both_days(sample_data):
    for day, line in (("20200301", 309), ("20200302", 344)):
        (path,) = (sample_data / "sar" / "pairs").glob(f"clip_HH_*_{day}T*_20*.tif")
        with rasterio.open(path) as source:
            hh = linear(source.read(1)).astype(np.float32)
        probability = lead_probability(hh, None, np.full(hh.shape, 30.0), 100.0)
        along_lead = probability[line - 5 : line + 6, 380:460].max(axis=0)
        assert np.median(along_lead) > 0.5
        assert np.mean(probability >= 0.5) < 0.03


# --- form


def small_pack(shape=(44, 40), seed=0):
    """Ice with a dark lead down its middle and a bright one across it."""
    rng = np.random.default_rng(seed)
    hh = np.full(shape, 0.05)
    hv = np.full(shape, 0.005)
    hh[:, 18:21], hv[:, 18:21] = 0.004, 0.0008
    hh[30:33], hv[30:33] = 0.15, 0.002
    hh, hv = (a * rng.gamma(30.0, 1.0 / 30.0, shape) for a in (hh, hv))
    return hh.astype(np.float32), hv.astype(np.float32)


def small_look(hh, hv, how=SMALL):
    return lead_probability(hh, hv, np.full(hh.shape, 30.0), SPACING, how)


def test_a_dark_and_a_bright_lead_stand_out():
    probability = small_look(*small_pack())
    assert np.median(probability[8:24, 19]) > 0.9
    assert np.median(probability[31, 24:34]) > 0.9
    assert np.median(probability[8:24, 28:34]) < 0.1


def test_any_part_of_an_image_with_its_halo_gives_the_same_bits():
    images = small_pack((44, 40))
    halo = halo_pixels(SMALL, SPACING)
    whole = small_look(*images)[halo:-halo, halo:-halo]
    part = small_look(*(image[1:-2, 3:-1] for image in images))[halo:-halo, halo:-halo]
    np.testing.assert_array_equal(part, whole[1:-2, 3:-1])


@pytest.mark.parametrize(
    "turn", [np.rot90, np.flipud, np.fliplr, np.transpose], ids=["rot90", "ud", "lr", "transpose"]
)
def test_a_turned_image_gives_the_turned_map(turn):
    hh, hv = small_pack()
    turned = small_look(*(np.ascontiguousarray(turn(image)) for image in (hh, hv)))
    np.testing.assert_allclose(turned, turn(small_look(hh, hv)), atol=1e-5)


def test_missing_borders_stay_missing_and_make_no_leads():
    hh, hv = small_pack()
    hh[:, 18:21], hv[:, 18:21], hh[30:33], hv[30:33] = 0.05, 0.005, 0.05, 0.005
    rng = np.random.default_rng(1)
    ragged = np.arange(40) < rng.integers(5, 9, 44)[:, None]
    hh[ragged] = hv[ragged] = np.nan
    probability = small_look(hh, hv)
    np.testing.assert_array_equal(np.isnan(probability), ragged)
    assert np.nanmax(probability) < 0.5


def test_where_only_hv_is_missing_hh_decides():
    hh, hv = small_pack()
    hv[:] = np.nan
    probability = small_look(hh, hv)
    assert np.isfinite(probability).all()
    assert np.median(probability[8:24, 19]) > 0.9


def test_water_of_noise_alone_is_lead_throughout():
    rng = np.random.default_rng(0)
    nesz = np.full((40, 40), linear(-26.0), dtype=np.float32)
    hh, hv = (nesz * (rng.gamma(10.7, 1.0 / 10.7, nesz.shape) - 1.0) for _ in range(2))
    assert (hh < 0.0).any()
    angle = np.full(nesz.shape, 30.0)
    assert lead_probability(hh, hv, angle, SPACING, SMALL, nesz, nesz).min() > 0.9


def test_noise_vectors_of_zeros_do_no_harm():
    hh, hv = small_pack()
    hh[20, 20] = hv[20, 20] = 0.0
    zero = np.zeros_like(hh)
    probability = lead_probability(hh, hv, np.full(hh.shape, 30.0), SPACING, SMALL, zero, zero)
    assert np.isfinite(probability).all()


def test_the_edge_of_a_floe_is_no_lead():
    hh, hv = small_pack()
    hh[:, 18:21], hv[:, 18:21], hh[30:33], hv[30:33] = 0.05, 0.005, 0.05, 0.005
    hh[:, 20:] *= 2.0
    hv[:, 20:] *= 2.5
    assert small_look(hh, hv).max() < 0.5


def test_a_ship_is_no_bright_lead():
    hh, hv = small_pack()
    hh[:, 18:21], hv[:, 18:21], hh[30:33], hv[30:33] = 0.05, 0.005, 0.05, 0.005
    hh[20:22, 20:22], hv[20:22, 20:22] = 5.0, 1.0
    assert small_look(hh, hv).max() < 0.5


def test_ice_that_fades_with_incidence_is_levelled():
    angle = np.broadcast_to(np.linspace(20.0, 46.0, 40), (44, 40))
    hh = linear(-13.0 + FITTED.hh_slope * (angle - 30.0)).astype(np.float32)
    hv = linear(-23.0 + FITTED.hv_slope * (angle - 30.0)).astype(np.float32)
    how = replace(SMALL, dark_level=-14.0)
    assert lead_probability(hh, hv, angle, SPACING, how).max() < 0.5
    assert lead_probability(hh, hv, np.full(angle.shape, 30.0), SPACING, how).max() > 0.5


# --- datasets


def small_scene(**attributes):
    hh, hv = small_pack()
    images = {"sigma0_hh": hh, "sigma0_hv": hv, "incidence_angle": np.full_like(hh, 30.0)}
    images |= {"nesz_hh": np.full_like(hh, 1e-3), "nesz_hv": np.full_like(hh, 1e-3)}
    return xr.Dataset(
        {name: (("line", "sample"), image) for name, image in images.items()},
        coords={"line": np.arange(44) + 500, "sample": np.arange(40) + 70},
        attrs={"pixel_spacing_line_m": 40.0, "pixel_spacing_sample_m": 40.0, **attributes},
    )


def test_a_window_keeps_its_place_and_says_how_leads_were_found():
    scene = small_scene(scene_id="s")
    leads = lead_map(scene, SMALL)
    np.testing.assert_array_equal(leads["line"], scene["line"])
    np.testing.assert_array_equal(leads["sample"], scene["sample"])
    assert leads["lead_probability"].dtype == np.float32
    assert leads.attrs["scene_id"] == "s"
    assert leads.attrs["lead_threshold"] == 0.5
    assert json.loads(leads.attrs["lead_options"])["wide"]["dark"]["level"] == SMALL.wide.dark.level


def test_vertical_polarisation_serves_where_horizontal_is_absent():
    scene = small_scene()
    vertical = scene.rename(sigma0_hh="sigma0_vv", sigma0_hv="sigma0_vh", nesz_hh="nesz_vv")
    vertical = vertical.rename(nesz_hv="nesz_vh")
    xr.testing.assert_equal(lead_map(vertical, SMALL), lead_map(scene, SMALL))


def test_a_nesz_that_was_not_removed_is_not_added_back():
    present = small_scene(thermal_noise="present")
    unknown = present.drop_vars(["nesz_hh", "nesz_hv"])
    xr.testing.assert_equal(lead_map(present, SMALL), lead_map(unknown, SMALL))


def test_a_raster_without_incidence_angle_is_taken_as_normalised():
    scene = small_scene()
    xr.testing.assert_equal(
        lead_map(scene.drop_vars("incidence_angle"), SMALL), lead_map(scene, SMALL)
    )


def test_a_scene_without_a_copolar_band_is_refused():
    scene = small_scene(source="a.tif").drop_vars("sigma0_hh")
    with pytest.raises(ValueError, match=r"a\.tif: leads are found in HH or VV"):
        lead_map(scene)


def test_images_of_unlike_shape_are_refused():
    hh, hv = small_pack()
    with pytest.raises(ValueError, match=r"one 2-D shape, got \[\(44, 39\), \(44, 40\)\]"):
        small_look(hh, hv[:, 1:])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"narrow": replace(FITTED.narrow, distances=(300.0, 240.0))}, "sides must rise"),
        ({"wide": replace(FITTED.wide, distances=(200.0, 1000.0))}, "sides must rise"),
        ({"area_width": 0.0}, "area_width must lie"),
        ({"context_width": 200.0}, "area_width must lie"),
        ({"background_width": -1.0}, "background_width must be"),
        ({"piece_length": -1.0}, "piece_length and"),
        ({"steepness": 0.0}, "steepness must be positive"),
        ({"steepness": float("nan")}, "steepness must be positive"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        replace(FITTED, **options)


# --- slow twins


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    images = rng.normal(-14.0, 2.0, (3, 13, 11)).astype(np.float32)
    images[0, 4, 5] = images[1, 9, 2] = np.nan
    return images


@pytest.mark.parametrize("half", [1, 3, 20])
def test_the_box_mean_agrees_with_the_slow_one(images, half):
    keep = ~np.isnan(images[0]) & (images[2] > -15.0)
    keep[:5, :5] = False
    np.testing.assert_allclose(
        box_mean(images[0], keep, half), naive.box_mean(images[0], keep, half), rtol=1e-6
    )


@pytest.mark.parametrize("offsets", [((0, 0, 0), (1, 2, 3)), ((1, 2), (-1, -1)), ((2, 4), (0, 1))])
def test_the_line_mean_agrees_with_the_slow_one(images, offsets):
    line, sample = (np.array(o) for o in offsets)
    mean = np.empty_like(images[0])
    line_mean(images[0], line, sample, mean)
    np.testing.assert_allclose(mean, naive.line_mean(images[0], line, sample), rtol=1e-6)


@pytest.mark.parametrize("step", [(0, 2), (3, -1), (-2, -2)])
def test_the_evidence_of_lines_agrees_with_the_slow_one(images, step):
    hh, hv = images[0] + np.float32(16.0), images[1] + np.float32(14.0)
    evidence = images[2] + np.float32(14.0)
    gain = np.linspace(0.5, 2.0, hh.size, dtype=np.float32).reshape(hh.shape)
    given = [(1.0, 0.4, 0.2, -0.5), (0.5, 0.75, 0.3, -0.3)]
    slow = naive.raise_by_lines(evidence, hh, hv, gain, step, *given)
    for law in given:
        alone = naive.raise_by_lines(np.full_like(hh, -99.0), hh, hv, gain, step, law, given[1])
        assert (alone > evidence).any()
    raise_by_lines(evidence, hh, hv, gain, *step, *(tuple(np.float32(g)) for g in given))
    np.testing.assert_allclose(evidence, slow, rtol=1e-4, atol=1e-5)
