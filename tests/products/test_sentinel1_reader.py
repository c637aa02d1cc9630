"""Scenes of Sentinel-1: calibrated, located, lazy, and refused when something is wrong."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import sentinel1 as naive
from safe_product import (
    INTERVAL,
    NAME,
    START,
    SmallProduct,
    small_orbit,
    write_product,
    write_tiff,
)

from iceco.geo.orbit import ecef_to_geodetic, locate
from iceco.geo.polar import NORTH, forward
from iceco.geo.swath import image_to_plane
from iceco.products.canonical import SCENE_ATTRIBUTES, scene_geolocation
from iceco.products.sentinel1.annotation import (
    parse_annotation,
    parse_calibration,
    parse_noise,
)
from iceco.products.sentinel1.geolocation import sea_level_incidence
from iceco.products.sentinel1.reader import open_sentinel1

EW = "sar/safe/S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15.SAFE"
STRIPMAP = "sar/safe/S1C_S4_GRDH_1SDH_20250118T171404_20250118T171421_000638_000538_4B8B.SAFE"
IW_236 = "sar/safe_zip/S1A_IW_GRDH_1SDV_20150203T043109_20150203T043134_004454_00574F_FEC3.zip"
SLC = "sar/safe/S1A_EW_SLC__1SDH_20210403T122536_20210403T122630_037286_046484_8152.SAFE"

RNG = np.random.default_rng(5)
HH = RNG.integers(30, 300, (60, 80), dtype=np.uint16)
HV = RNG.integers(0, 40, (60, 80), dtype=np.uint16) + np.uint16(1)
IMAGES = {"hh": HH, "hv": HV}
TILES = {"tiled": True, "blockxsize": 16, "blockysize": 16}


@pytest.fixture(scope="module")
def product():
    azimuth = [
        (("EW1", 0, 59, 0, 39), (0, 30, 59), (1.0, 1.2, 1.1)),
        (("EW2", 0, 59, 40, 79), (0, 59), (1.1, 1.0)),
    ]
    return SmallProduct(images=IMAGES, azimuth=azimuth)


@pytest.fixture(scope="module")
def safe(product, tmp_path_factory):
    return write_product(tmp_path_factory.mktemp("safe"), product)


@pytest.fixture(scope="module")
def scene(safe):
    return open_sentinel1(safe)


def plain_sigma0(safe, numbers, polarisation, subtract=True):
    """Return sigma0 of the small product by the plain twin, line by line."""
    files = {
        kind: next(safe.glob(f"annotation/{place}*-{polarisation}-*.xml")).read_bytes()
        for kind, place in [("a", ""), ("c", "calibration/calibration"), ("n", "calibration/noise")]
    }
    blocks = parse_annotation(files["a"], "a").blocks
    calibration, noise = parse_calibration(files["c"], "c"), parse_noise(files["n"], "n")
    sigma0 = np.empty(numbers.shape)
    for line, row in enumerate(numbers):
        power = naive.noise_power(noise, blocks, line, *numbers.shape)
        table = naive.sigma_nought(calibration, line, row.size)
        sigma0[line] = (row.astype(float) ** 2 - subtract * power) / table**2
    return sigma0


@pytest.mark.parametrize(("polarisation", "numbers"), IMAGES.items())
def test_sigma0_is_calibrated_and_free_of_noise_as_the_plain_twin_says(
    scene, safe, polarisation, numbers
):
    expected = plain_sigma0(safe, numbers, polarisation)
    values = scene[f"sigma0_{polarisation}"].values
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, expected, rtol=1e-5, atol=1e-8)


def test_values_below_the_noise_stay_negative(scene):
    assert (scene["sigma0_hv"].values < 0.0).mean() > 0.2


def test_sigma0_and_its_noise_add_up_to_the_echo(scene, safe):
    total = scene["sigma0_hv"].values + scene["nesz_hv"].values
    expected = plain_sigma0(safe, HV, "hv", subtract=False)
    np.testing.assert_allclose(total, expected, rtol=1e-5, atol=1e-8)


def test_a_flat_known_backscatter_comes_back(tmp_path):
    truth, lut, noise = 0.02, 500.0, 400.0
    number = round(np.sqrt(truth * lut**2 + noise))
    flat = SmallProduct(
        images={"hh": np.full((60, 80), number, dtype=np.uint16)},
        polarisations=("hh",),
        noise=[(0, (0, 39, 40, 79), (noise,) * 4)],
        sigma_nought=[(0, (0, 79), (lut, lut))],
    )
    sigma0 = open_sentinel1(write_product(tmp_path, flat))["sigma0_hh"].values
    np.testing.assert_allclose(sigma0, truth, rtol=0.02)


def test_the_scene_says_what_it_is(scene):
    assert set(SCENE_ATTRIBUTES) <= set(scene.attrs)
    expected = {
        "scene_id": NAME.removesuffix(".SAFE"),
        "mission": "s1a",
        "mode": "EW",
        "polarisations": "HH HV",
        "images": "HH HV",
        "crs": "EPSG:3413",
        "pixel_spacing_line_m": 40.0,
        "thermal_noise": "removed by iceco",
        "ipf_version": "003.52",
        "pass_direction": "DESCENDING",
        "absolute_orbit": 46117,
        "relative_orbit": 20,
        "start_time": "2022-11-30T01:43:42.546629",
    }
    assert {name: scene.attrs[name] for name in expected} == expected


def test_line_times_follow_from_the_first_and_the_interval(scene):
    time = scene["line_time"].values
    assert time[0] == START
    np.testing.assert_array_equal(np.diff(time), np.timedelta64(round(INTERVAL * 1e9), "ns"))


def test_subswaths_are_numbered_from_near_range(scene):
    numbers = scene["subswath"].values
    assert (numbers[:, :40] == 1).all()
    assert (numbers[:, 40:] == 2).all()


def test_pixels_lie_where_the_orbit_sees_them_at_sea_level(scene):
    line, sample = np.array([0.0, 13.0, 59.0]), np.array([0.0, 41.0, 79.0])
    ground = locate(small_orbit(), line * INTERVAL, 8.0e5 + 22.0 * sample)
    longitude, latitude, _ = ecef_to_geodetic(ground)
    x, y = image_to_plane(scene_geolocation(scene), line, sample)
    np.testing.assert_allclose(
        np.hypot(*np.subtract((x, y), forward(NORTH, longitude, latitude))), 0.0, atol=0.1
    )


def test_terrain_in_the_annotation_does_not_move_the_sea(scene, tmp_path):
    high = open_sentinel1(write_product(tmp_path, SmallProduct(images=IMAGES, height=500.0)))
    np.testing.assert_allclose(high["grid_x"], scene["grid_x"], atol=0.01)
    np.testing.assert_allclose(high["incidence_angle"], scene["incidence_angle"], atol=1e-4)


def test_incidence_is_measured_against_the_ellipsoid(sample_data):
    file = next((sample_data / EW).glob("annotation/*-hv-*.xml"))
    annotation = parse_annotation(file.read_bytes(), "a")
    grid = annotation.grid
    sea = np.abs(grid.height) < 0.1
    difference = sea_level_incidence(annotation) - grid.incidence_angle
    # The annotated angle is against the line to the Earth's centre.
    assert 0.01 < np.abs(difference[sea]).max() < 0.05


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"denoised": "true"}, "removed by the processor"),
        ({"noise": [(0, (0, 79), (0.0, 0.0))], "old_noise": True, "ipf": "002.36"}, "present"),
    ],
)
def test_noise_is_not_subtracted_twice_nor_from_zeros(tmp_path, options, expected):
    safe = write_product(tmp_path, SmallProduct(images=IMAGES, **options))
    scene = open_sentinel1(safe)
    assert scene.attrs["thermal_noise"] == expected
    plain = HH.astype(float) ** 2
    calibration = parse_calibration(
        next(safe.glob("annotation/calibration/calibration-*-hh-*.xml")).read_bytes(), "c"
    )
    plain /= np.array([naive.sigma_nought(calibration, line, 80) for line in range(60)]) ** 2
    finite = scene["valid"].values
    assert finite.mean() > 0.5
    np.testing.assert_allclose(scene["sigma0_hh"].values[finite], plain[finite], rtol=1e-5)
    assert ("nesz_hh" in scene) == (expected != "present")


def test_stripmap_is_one_subswath(tmp_path):
    options = {"blocks": (), "mode": "S4", "noise": [(0, (0, 79), (100.0, 200.0))]}
    scene = open_sentinel1(write_product(tmp_path, SmallProduct(images=IMAGES, **options)))
    assert scene.attrs["mode"] == "S4"
    assert (scene["subswath"] == 1).all()
    assert np.isfinite(scene["sigma0_hh"]).all()


@pytest.mark.parametrize(
    ("name", "mission", "mode", "noise", "shape"),
    [
        (EW, "s1a", "EW", "removed by iceco", (10708, 10487)),
        (STRIPMAP, "s1c", "S4", "removed by iceco", (11524, 8087)),
        (IW_236, "s1a", "IW", "present", (16711, 25562)),
    ],
)
def test_real_products_without_images_open_for_their_metadata(
    sample_data, name, mission, mode, noise, shape
):
    scene = open_sentinel1(sample_data / name)
    attributes = [scene.attrs[key] for key in ("mission", "mode", "thermal_noise", "images")]
    assert attributes == [mission, mode, noise, ""]
    assert (scene.sizes["line"], scene.sizes["sample"]) == shape
    assert not {"sigma0_hh", "sigma0_vv", "valid"} & set(scene.data_vars)
    assert float(scene["incidence_angle"][5000, 4000]) == pytest.approx(33.0, abs=6.0)


def test_the_real_scene_lies_in_severnaya_zemlya(sample_data):
    scene = open_sentinel1(sample_data / EW)
    assert scene.attrs["crs"] == "EPSG:3413"
    x, y = forward(NORTH, np.array([102.7865]), np.array([80.1140]))
    assert float(scene["grid_x"][0, 0]) == pytest.approx(x[0], abs=100.0)
    assert float(scene["grid_y"][0, 0]) == pytest.approx(y[0], abs=100.0)


def test_polarisations_are_chosen_by_name(safe):
    scene = open_sentinel1(safe, ("hv",))
    assert scene.attrs["polarisations"] == "HV"
    assert "sigma0_hv" in scene
    assert "sigma0_hh" not in scene
    with pytest.raises(ValueError, match=r"has no polarisation 'vv', it has \['hh', 'hv'\]"):
        open_sentinel1(safe, ("hh", "vv"))


def test_the_like_polarised_image_comes_first_whatever_the_order_asked_for(safe):
    scene = open_sentinel1(safe, ("hv", "hh"))
    assert scene.attrs["polarisations"] == "HH HV"


def test_an_image_of_either_byte_order_is_the_same(scene, tmp_path):
    big = SmallProduct(images=IMAGES, tiff={"ENDIANNESS": "BIG"})
    other = open_sentinel1(write_product(tmp_path, big))
    total = [s["sigma0_hh"] + s["nesz_hh"] for s in (scene, other)]
    np.testing.assert_allclose(*total, rtol=1e-5)


def test_a_product_with_one_image_gives_that_one_and_refuses_the_other(tmp_path):
    safe = write_product(tmp_path, SmallProduct(images={"hv": HV}))
    scene = open_sentinel1(safe)
    assert scene.attrs["images"] == "HV"
    assert np.isfinite(scene["sigma0_hv"]).all()
    assert "sigma0_hh" not in scene
    with pytest.raises(ValueError, match="the image of polarisation 'hh' is missing"):
        open_sentinel1(safe, ("hh",))


VARIABLES = ("sigma0_hh", "sigma0_hv", "nesz_hv", "incidence_angle", "subswath", "valid")


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_windows_and_points_are_parts_of_the_whole(scene, data):
    name = data.draw(st.sampled_from(VARIABLES))
    whole = scene[name].values
    lines = slice(*sorted(data.draw(st.tuples(st.integers(0, 60), st.integers(0, 60)))), 2)
    samples = slice(*sorted(data.draw(st.tuples(st.integers(0, 80), st.integers(0, 80)))))
    np.testing.assert_array_equal(scene[name][lines, samples].values, whole[lines, samples])
    points = data.draw(st.lists(st.tuples(st.integers(0, 59), st.integers(0, 79)), min_size=1))
    line, sample = (xr.DataArray(list(x), dims="point") for x in zip(*points, strict=True))
    found = scene[name].isel(line=line, sample=sample).values
    np.testing.assert_array_equal(found, whole[line.values, sample.values])


@pytest.mark.parametrize("name", VARIABLES)
def test_threads_and_strips_change_nothing(safe, scene, monkeypatch, name):
    expected = scene[name].values
    monkeypatch.setattr("iceco.products.sentinel1.band.LARGE_WINDOW", 1)
    monkeypatch.setattr("iceco.products.sentinel1.band.STRIP_LINES", 7)
    threaded = open_sentinel1(safe)[name]
    np.testing.assert_array_equal(threaded.values, expected)
    np.testing.assert_array_equal(threaded[3:58, 5:].values, expected[3:58, 5:])


def test_a_scene_read_from_many_threads_is_the_same(safe, scene):
    expected = scene["sigma0_hv"].values
    shared = open_sentinel1(safe)["sigma0_hv"]
    with ThreadPoolExecutor(4) as threads:
        rows = list(threads.map(lambda line: shared[line].values, range(60)))
    np.testing.assert_array_equal(rows, expected)


def test_a_scene_can_be_sent_to_another_process(scene):
    sent = pickle.loads(pickle.dumps(scene))
    xr.testing.assert_identical(sent.compute(), scene.compute())


def image_file(safe, polarisation="hv"):
    return next(safe.glob(f"measurement/*-{polarisation}-*"))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
@pytest.mark.parametrize(
    "tiff",
    [{"blockysize": 1}, {"tiled": True, "blockxsize": 16, "blockysize": 16, "compress": "lzw"}],
)
def test_an_image_cut_off_is_refused_at_once(tmp_path, share, tiff):
    safe = write_product(tmp_path, SmallProduct(images=IMAGES, tiff=tiff))
    data = image_file(safe).read_bytes()
    image_file(safe).write_bytes(data[: int(share * len(data))])
    with pytest.raises(ValueError, match=r"hv-.*tiff.*(cut off|damaged)"):
        open_sentinel1(safe)


def test_an_image_damaged_inside_is_refused_when_it_is_read(tmp_path):
    tiff = {**TILES, "compress": "deflate"}
    safe = write_product(tmp_path, SmallProduct(images=IMAGES, tiff=tiff))
    data = bytearray(image_file(safe).read_bytes())
    data[len(data) // 2 : len(data) // 2 + 400] = bytes(400)
    image_file(safe).write_bytes(data)
    scene = open_sentinel1(safe)
    with pytest.raises(ValueError, match=r"hv-.*cannot be read near line \d+; it is damaged"):
        scene["sigma0_hv"].load()


def test_an_image_of_another_size_or_kind_is_refused(tmp_path):
    safe = write_product(tmp_path, SmallProduct(images=IMAGES))
    write_tiff(image_file(safe), HV[:-1])
    with pytest.raises(ValueError, match="has 59 x 80 pixels, its annotation says 60 x 80"):
        open_sentinel1(safe)
    write_tiff(image_file(safe), HV.astype(np.float32))
    with pytest.raises(ValueError, match="holds 1 bands of float32, a GRD image has one of uint16"):
        open_sentinel1(safe)


def test_an_image_that_is_no_tiff_is_refused(tmp_path):
    safe = write_product(tmp_path, SmallProduct(images=IMAGES))
    image_file(safe).write_text('<VRTDataset rasterXSize="80" rasterYSize="60"></VRTDataset>')
    with pytest.raises(ValueError, match="is no readable TIFF"):
        open_sentinel1(safe)


@pytest.mark.parametrize("kind", ["calibration", "noise"])
def test_a_missing_calibration_or_noise_file_is_named(tmp_path, kind):
    safe = write_product(tmp_path, SmallProduct(images=IMAGES))
    next(safe.glob(f"annotation/calibration/{kind}-*-hv-*")).unlink()
    with pytest.raises(ValueError, match=f"the {kind} annotation of 'hv' is missing"):
        open_sentinel1(safe)


@pytest.mark.parametrize("kind", ["", "calibration/calibration-", "calibration/noise-"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.98])
def test_an_annotation_cut_off_is_named(tmp_path, kind, share):
    safe = write_product(tmp_path, SmallProduct(images=IMAGES))
    file = next(safe.glob(f"annotation/{kind}*-hv-*.xml"))
    text = file.read_bytes()
    file.write_bytes(text[: int(share * len(text))])
    with pytest.raises(ValueError, match=rf"{file.name}: the XML is cut off or damaged"):
        open_sentinel1(safe)


def test_files_of_another_polarisation_than_their_name_says_are_refused(tmp_path):
    safe = write_product(tmp_path, SmallProduct(images=IMAGES))
    hh, hv = (next(safe.glob(f"annotation/calibration/noise-*-{p}-*")) for p in ("hh", "hv"))
    hv.write_bytes(hh.read_bytes())
    with pytest.raises(ValueError, match="describes HH, its name says HV"):
        open_sentinel1(safe)


def test_an_orbit_that_does_not_cover_the_image_is_refused(tmp_path):
    safe = write_product(tmp_path, SmallProduct(images=IMAGES))
    for file in safe.glob("annotation/*.xml"):
        text = file.read_text()
        file.write_text(text.replace("<time>2022-11-30T01", "<time>2022-11-30T03"))
    with pytest.raises(ValueError, match="the orbit's state vectors do not cover the image"):
        open_sentinel1(safe)


def test_a_single_look_complex_product_is_refused(sample_data):
    with pytest.raises(ValueError, match="a product of type SLC; only ground-range detected"):
        open_sentinel1(sample_data / SLC)
