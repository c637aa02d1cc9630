"""Simulated scenes: what readers get from their files is the surface that was looked at."""

import numpy as np
import pytest
import rasterio

from iceco.geo.polar import NORTH, forward, scale_factor
from iceco.geo.swath import plane_to_image
from iceco.products import open as open_product
from iceco.products.canonical import scene_geolocation
from iceco.products.sentinel1.digital_numbers import EW_LOOKS
from iceco.products.sentinel1.flight import View
from iceco.products.sentinel1.instrument import BURST_CYCLE, SWATHS, swath_blocks
from iceco.simulate.sar.backscatter import sigma0
from iceco.simulate.sar.scene import write_scene
from iceco.simulate.sar.thermal_noise import draw_noise_error
from iceco.simulate.surface import Kind, Surface

EPOCH = np.datetime64("2016-03-15T16:00:00", "ns")
TIME = np.datetime64("2016-03-15T16:40:00", "ns")
VIEW = View(-140.0, 75.5, TIME, lines=620, samples=400)
SEED = 11


def surface_of(kind, texture=0.0):
    """Return a surface of given kinds and textures, without ridges."""
    nothing = np.zeros(kind.shape, dtype=np.float32)
    return Surface(kind.astype(np.uint8), nothing, nothing, nothing, nothing, nothing + texture)


def all_of(kind):
    return lambda x, y, t: surface_of(np.full(x.shape, kind))


def scene_of(folder, surface_at, view=VIEW, **settings):
    return open_product(write_scene(folder, surface_at, EPOCH, view, SEED, **settings))


@pytest.fixture(scope="module")
def water(tmp_path_factory):
    """Return a scene of calm water, of which HV shows hardly more than noise."""
    folder = tmp_path_factory.mktemp("water")
    return scene_of(folder, all_of(Kind.CALM_WATER), first_slice=False).load()


@pytest.fixture(scope="module")
def ice(tmp_path_factory):
    """Return a scene of level first-year ice, the first of a data take; path and dataset."""
    path = write_scene(
        tmp_path_factory.mktemp("ice"), all_of(Kind.FIRST_YEAR), EPOCH, VIEW, SEED, workers=2
    )
    return path, open_product(path).load()


def truth(scene, kind, polarisation):
    """Return the true backscatter at each pixel of a uniform scene."""
    angle = scene["incidence_angle"].values
    flat = surface_of(np.full((1, angle.shape[1]), kind))
    return np.broadcast_to(sigma0(flat, angle[len(angle) // 2], polarisation), angle.shape)


def numbers(path, polarisation):
    (file,) = path.glob(f"measurement/*-{polarisation}-*")
    with rasterio.open(file) as tiff:
        return tiff.read(1)


def inside(scene, swath, margin=0):
    """Return the valid pixels of a sub-swath, ``margin`` samples away from its ends."""
    mask = (scene["subswath"].values == swath + 1) & scene["valid"].values
    whole = mask.copy()
    for step in range(1, margin + 1):
        mask[:, step:] &= whole[:, :-step]
        mask[:, :-step] &= whole[:, step:]
    return mask


def test_calibrated_speckle_has_the_looks_of_the_product(ice):
    _, scene = ice
    for name, polarisation in (("hh", "HH"), ("hv", "HV")):
        power = scene[f"sigma0_{name}"].values + scene[f"nesz_{name}"].values
        power /= truth(scene, Kind.FIRST_YEAR, polarisation) + scene[f"nesz_{name}"].values
        relative = [
            (power[mask].mean() ** 2 / power[mask].var(), mask.sum())
            for mask in (inside(scene, swath) for swath in range(len(SWATHS)))
        ]
        looks = np.average([r for r, _ in relative], weights=[n for _, n in relative])
        independent = sum(n for _, n in relative) / EW_LOOKS
        assert looks == pytest.approx(EW_LOOKS, rel=4.0 * np.sqrt(2.6 / independent))


@pytest.mark.parametrize("polarisation", ["HH", "HV"])
@pytest.mark.parametrize("kind", [Kind.CALM_WATER, Kind.FIRST_YEAR])
def test_denoised_backscatter_errs_by_what_the_annotation_gets_wrong(
    kind, polarisation, water, ice
):
    scene = water if kind == Kind.CALM_WATER else ice[1]
    name = polarisation.lower()
    error = draw_noise_error(SEED, ("HH", "HV").index(polarisation))
    true = truth(scene, kind, polarisation)
    noise = scene[f"nesz_{name}"].values
    for swath in range(len(SWATHS)):
        mask = inside(scene, swath, margin=3)
        bias = (scene[f"sigma0_{name}"].values - true)[mask].mean()
        expected = (error.scale[swath] - 1.0) * noise[mask].mean() + error.offset[swath]
        spread = np.sqrt(((true + noise)[mask] ** 2).mean() / mask.sum())
        # White single looks, n of them; 1.2 for what smoothing loses at the mask's rim.
        assert bias == pytest.approx(expected, abs=4.5 * 1.2 * spread)


def test_residual_noise_steps_at_the_sub_swaths_ends_by_the_difference_of_their_errors(water):
    error = draw_noise_error(SEED, 1)
    rest = water["sigma0_hv"].values - truth(water, Kind.CALM_WATER, "HV")
    noise = water["nesz_hv"].values
    steps = []
    for swath in range(len(SWATHS) - 1):
        sides = [inside(water, swath), inside(water, swath + 1)]
        end = np.flatnonzero(sides[0].any(axis=0)).max()
        near = [np.s_[:, end - 24 : end], np.s_[:, end + 2 : end + 26]]
        seen = [np.nanmean(rest[part]) for part in near]
        told = [
            (error.scale[s] - 1.0) * np.nanmean(noise[part]) + error.offset[s]
            for s, part in zip((swath, swath + 1), near, strict=True)
        ]
        spread = np.hypot(*(np.nanmean(noise[part]) / np.sqrt(24 * VIEW.lines) for part in near))
        assert seen[1] - seen[0] == pytest.approx(told[1] - told[0], abs=6.0 * spread)
        steps.append((told[1] - told[0]) / spread)
    assert np.abs(steps).max() > 6.0  # there is a step to be seen


def test_the_raw_image_shows_the_noise_steps_and_the_scalloping(water):
    raw = 10 * np.log10(np.nanmean(water["sigma0_hv"].values + water["nesz_hv"].values, axis=0))
    told = 10 * np.log10(np.nanmean(water["nesz_hv"].values, axis=0))
    end = np.flatnonzero(inside(water, 0).any(axis=0)).max()
    step = raw[end - 8 : end - 1].mean() - raw[end + 2 : end + 9].mean()
    expected = told[end - 8 : end - 1].mean() - told[end + 2 : end + 9].mean()
    assert expected > 4.0
    assert step == pytest.approx(expected, abs=1.0)


def test_the_raw_image_shows_the_scalloping(water):
    mask = inside(water, 0)
    noise = water["nesz_hv"].values
    raw = np.where(mask, water["sigma0_hv"].values + noise, np.nan)
    told = np.where(mask, noise, np.nan)
    raw, told = (np.nanmean(part.reshape(31, -1), axis=1) for part in (raw, told))
    seconds = (water["line_time"].values[-1] - water["line_time"].values[0]) / np.timedelta64(
        1, "s"
    )
    assert seconds > BURST_CYCLE  # the scene holds more than one burst
    assert told.max() / told.min() > 1.15
    assert np.corrcoef(raw, told)[0, 1] > 0.9  # means of 2400 pixels: 2 % of speckle


def test_speckle_of_hh_and_hv_is_not_correlated(ice):
    _, scene = ice
    mask = inside(scene, 2)
    hh, hv = (scene[f"sigma0_{name}"].values[mask] for name in ("hh", "hv"))
    tolerance = 4.0 * np.sqrt(EW_LOOKS / mask.sum())
    # Both fall with the incidence angle, by little within a sub-swath.
    assert abs(np.corrcoef(hh, hv)[0, 1]) < tolerance + 0.01


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """Return a scene of level first-year ice that is 200 km wide."""
    view = View(-140.0, 75.5, TIME, lines=100, samples=5000)
    folder = tmp_path_factory.mktemp("wide")
    return scene_of(folder, all_of(Kind.FIRST_YEAR), view, first_slice=False)


@pytest.mark.parametrize(("name", "slope"), [("hh", -0.25), ("hv", -0.16)])
def test_the_slope_of_level_ice_comes_back_from_a_wide_scene(wide, name, slope):
    power = np.nanmean(wide[f"sigma0_{name}"].values, axis=0).reshape(-1, 200).mean(axis=1)
    angle = np.nanmean(wide["incidence_angle"].values, axis=0).reshape(-1, 200).mean(axis=1)
    assert np.ptp(angle) > 10.0
    fit = np.polyfit(angle, 10 * np.log10(power), 1)[0]
    # An error of 0.03 in the noise of one end of the swath tilts HV, at -27 dB, by 0.02.
    assert fit == pytest.approx(slope, abs=0.01 if name == "hh" else 0.03)


def test_drifting_water_lies_where_it_is_when_it_is_seen(tmp_path):
    x0, y0 = forward(NORTH, np.asarray(-140.0), np.asarray(75.5))
    elapsed = (TIME - EPOCH) / np.timedelta64(1, "s")

    def surface_at(x, y, t):
        pond = np.hypot(x - x0 - 1.2 * t, y - y0 + 0.8 * t) < 1_500.0  # moves by 3.5 km
        return surface_of(np.where(pond, Kind.ROUGH_WATER, Kind.CALM_WATER))

    scene = scene_of(tmp_path, surface_at, first_slice=False)
    found = [index.mean() for index in np.nonzero(scene["sigma0_hh"].values > 0.02)]
    expected = plane_to_image(scene_geolocation(scene), x0 + 1.2 * elapsed, y0 - 0.8 * elapsed)
    assert found == pytest.approx(expected, abs=0.5)


def test_the_surface_is_asked_at_the_time_at_which_its_lines_are_seen(tmp_path):
    asked = []

    def surface_at(x, y, t):
        asked.append((t, x.shape[0]))
        return surface_of(np.zeros(x.shape))

    scene = scene_of(tmp_path, surface_at)
    seconds = (scene["line_time"].values - EPOCH) / np.timedelta64(1, "s")
    middle = [seconds[first : first + 256].mean() for first in (0, 256, 512)]
    np.testing.assert_allclose([t for t, _ in asked], middle, atol=2e-6)


def test_any_number_of_workers_writes_the_same_bytes(tmp_path):
    def surface_at(x, y, t):
        return surface_of((np.sin(x / 300.0) > 0.8) * Kind.NILAS, np.sin(y / 200.0))

    written = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        folder.mkdir()
        product = write_scene(folder, surface_at, EPOCH, VIEW, SEED, workers)
        files = sorted(path for path in product.rglob("*") if path.is_file())
        written.append([(str(p.relative_to(folder)), p.read_bytes()) for p in files])
    assert written[0] == written[1]


def test_another_seed_gives_other_speckle_and_the_same_ice(tmp_path, ice):
    other = open_product(write_scene(tmp_path, all_of(Kind.FIRST_YEAR), EPOCH, VIEW, SEED + 1))
    first, second = ice[1]["sigma0_hh"].values, other["sigma0_hh"].values
    both = np.isfinite(first) & np.isfinite(second)
    ratio = first[both] / truth(other, Kind.FIRST_YEAR, "HH")[both]
    rest = second[both] / truth(other, Kind.FIRST_YEAR, "HH")[both]
    assert abs(np.corrcoef(ratio, rest)[0, 1]) < 5.0 * np.sqrt(EW_LOOKS / both.sum())
    assert ratio.mean() == pytest.approx(rest.mean(), rel=0.02)


def test_the_first_slice_starts_ragged_and_a_later_one_does_not(ice, water):
    image = numbers(ice[0], "hv")
    blocks = swath_blocks(VIEW.lines, VIEW.samples)
    told = np.zeros(image.shape, dtype=bool)
    for block in blocks:
        told[block.first_line : block.last_line + 1, block.first_sample : block.last_sample + 1] = (
            True
        )
    assert not told[0].all()
    np.testing.assert_array_equal(image > 0, told)
    assert water["valid"].values.all()


@pytest.mark.parametrize(("longitude", "latitude"), [(179.9, 78.0), (30.0, 90.0)])
def test_the_date_line_and_the_pole_are_ordinary_places(tmp_path, longitude, latitude):
    view = View(longitude, latitude, TIME, lines=150, samples=150)
    x0, y0 = forward(NORTH, np.asarray(longitude), np.asarray(latitude))
    reach = 1_000.0 * scale_factor(NORTH, np.asarray(latitude))

    def surface_at(x, y, t):
        pond = np.hypot(x - x0, y - y0) < reach
        return surface_of(np.where(pond, Kind.ROUGH_WATER, Kind.CALM_WATER))

    scene = scene_of(tmp_path, surface_at, view, first_slice=False)
    bright = scene["sigma0_hh"].values > 0.02
    line, sample = (index.mean() for index in np.nonzero(bright))
    assert (line, sample) == pytest.approx((74.5, 74.5), abs=0.7)
    assert bright.sum() == pytest.approx(np.pi * 25.0**2, rel=0.1)


def test_rasterio_finds_both_images_and_their_tie_points(ice):
    path, scene = ice
    for polarisation in ("hh", "hv"):
        (file,) = path.glob(f"measurement/*-{polarisation}-*")
        with rasterio.open(file) as tiff:
            points, crs = tiff.gcps
            assert tiff.shape == (VIEW.lines, VIEW.samples)
            assert crs.to_epsg() == 4326
        place = scene_geolocation(scene)
        x, y = forward(NORTH, np.array([p.x for p in points]), np.array([p.y for p in points]))
        line, sample = plane_to_image(place, x, y)
        seen = np.isfinite(line)
        assert seen.mean() > 0.8
        rows, columns = np.array([p.row for p in points]), np.array([p.col for p in points])
        np.testing.assert_allclose(line[seen], rows[seen], atol=0.5)
        np.testing.assert_allclose(sample[seen], columns[seen], atol=0.5)


def test_xarray_sentinel_calibrates_to_the_same_backscatter(ice):
    sentinel = pytest.importorskip("xarray_sentinel")
    import xarray as xr

    path, scene = ice
    with (
        xr.open_dataset(path, engine="sentinel-1", group="EW/HV") as image,
        xr.open_dataset(path, engine="sentinel-1", group="EW/HV/calibration") as calibration,
    ):
        seen = sentinel.calibrate_intensity(image["measurement"], calibration["sigmaNought"])
        seen = seen.values
    own = (scene["sigma0_hv"] + scene["nesz_hv"]).values
    valid = np.isfinite(own)
    np.testing.assert_allclose(seen[valid], own[valid], rtol=2e-3)


@pytest.mark.filterwarnings("ignore")
def test_satpy_reads_the_same_backscatter(ice):
    satpy = pytest.importorskip("satpy")
    path, scene = ice
    patterns = ("annotation/*.xml", "annotation/calibration/*.xml", "measurement/*.tiff")
    files = [str(file) for pattern in patterns for file in path.glob(pattern)]
    found = satpy.Scene(reader="sar-c_safe", filenames=files)
    found.load(["measurement"], polarization="hh", calibration="sigma_nought", quantity="natural")
    seen = found["measurement"].values
    own = scene["sigma0_hh"].values
    both = np.isfinite(own) & np.isfinite(seen)
    assert both.mean() > 0.9
    assert np.median(np.abs(seen[both] / own[both] - 1.0)) < 0.01
