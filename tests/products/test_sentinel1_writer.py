"""Written EW products: complete, like real ones, and read back as what was put in."""

import hashlib
import re
from binascii import crc_hqx
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio
from naive.sentinel1 import noise_power as slow_noise_power
from pyproj import Geod

from iceco.geo.polar import inverse, plane_of_epsg
from iceco.geo.swath import image_to_plane
from iceco.products.canonical import scene_geolocation
from iceco.products.sentinel1 import writer
from iceco.products.sentinel1.annotation import (
    parse_annotation,
    parse_calibration,
    parse_manifest,
    parse_noise,
)
from iceco.products.sentinel1.digital_numbers import EW_LOOKS, digital_numbers, noise_power
from iceco.products.sentinel1.ew_scene import plan_scene, scene_radiometry
from iceco.products.sentinel1.flight import View
from iceco.products.sentinel1.geometry import ground_position
from iceco.products.sentinel1.instrument import swath_blocks
from iceco.products.sentinel1.reader import open_sentinel1
from iceco.products.sentinel1.writer import write_sentinel1

TIME = np.datetime64("2022-11-30T01:44:14.7")
VIEW = View(88.0, 79.5, TIME, 300, 400)
EW = "sar/safe/S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15.SAFE"
NAME = re.compile(
    r"S1A_EW_GRDM_1SDH_20221130T014413_20221130T014415_046117_[0-9A-F]{6}_[0-9A-F]{4}\.SAFE"
)


def backscatter(lines=VIEW.lines, samples=VIEW.samples):
    """Return sigma0 of an ice-like field, linear, from -32 to -8 dB."""
    line, sample = np.ogrid[:lines, :samples]
    waves = np.sin(line / 17.0) * np.cos(sample / 11.0)
    return (10.0 ** ((-20.0 + 12.0 * waves) / 10.0)).astype(np.float32)


@pytest.fixture(scope="module")
def scene():
    return plan_scene(VIEW)


@pytest.fixture(scope="module")
def images(scene):
    return {
        name: digital_numbers(backscatter(), scene_radiometry(scene, name)) for name in ("HH", "HV")
    }


@pytest.fixture(scope="module")
def product(scene, images, tmp_path_factory):
    return write_sentinel1(tmp_path_factory.mktemp("archive"), scene, images)


@pytest.fixture(scope="module")
def real(sample_data):
    return sample_data / EW


def file(product, kind, polarisation="hv"):
    folder, prefix = {
        "product": ("annotation", "s1a"),
        "noise": ("annotation/calibration", "noise"),
        "calibration": ("annotation/calibration", "calibration"),
        "measurement": ("measurement", "s1a"),
    }[kind]
    (found,) = (product / folder).glob(f"{prefix}*-{polarisation}-*")
    return found


def parsed(product, polarisation="hv"):
    parsers = {
        "product": parse_annotation,
        "noise": parse_noise,
        "calibration": parse_calibration,
    }
    return {
        kind: parse(file(product, kind, polarisation).read_bytes(), kind)
        for kind, parse in parsers.items()
    }


def paths(element, above=""):
    """Return each path below an element once, in the order of first appearance."""
    found = {}
    for child in element:
        path = f"{above}/{child.tag}"
        found |= {path: None, **dict.fromkeys(paths(child, path))}
    return list(found)


def test_backscatter_comes_back_within_the_rounding_of_the_digital_numbers(scene, product, images):
    found = open_sentinel1(product)
    valid = found["valid"].values
    for name in ("HH", "HV"):
        lut = scene_radiometry(scene, name).calibration.sigma_nought[0]
        lut = np.interp(np.arange(VIEW.samples), lut.sample, lut.value)
        power = images[name].astype(float) ** 2
        rounding = images[name] + 0.25 + 1e-4 * power  # half a number, and float32
        error = np.abs(found[f"sigma0_{name.lower()}"].values - backscatter()) * lut**2
        assert (error < rounding)[valid].all()
    assert valid.mean() > 0.95


def test_speckled_backscatter_comes_back_as_the_same_mean(scene, tmp_path):
    rng = np.random.default_rng(5)
    sigma0 = np.full((VIEW.lines, VIEW.samples), 0.03, dtype=np.float32)
    numbers = digital_numbers(sigma0, scene_radiometry(scene, "HH"), EW_LOOKS, rng)
    found = open_sentinel1(write_sentinel1(tmp_path, scene, {"HH": numbers}))["sigma0_hh"].values
    assert np.nanmean(found) == pytest.approx(0.03, rel=0.01)


def test_the_digital_numbers_stand_in_the_file_as_they_were_given(product, images):
    for name, image in images.items():
        with rasterio.open(file(product, "measurement", name.lower())) as tiff:
            np.testing.assert_array_equal(tiff.read(1), image)


def test_the_image_is_uncompressed_strips_with_the_tie_points_of_the_annotation(scene, product):
    with rasterio.open(file(product, "measurement")) as tiff:
        points, crs = tiff.gcps
        assert (tiff.height, tiff.width, tiff.dtypes) == (VIEW.lines, VIEW.samples, ("uint16",))
        assert tiff.compression is None
        assert tiff.block_shapes[0][1] == VIEW.samples
    assert crs.to_epsg() == 4326
    grid = scene.grid
    assert [p.row for p in points] == np.repeat(grid.line, grid.sample.size).tolist()
    assert [p.col for p in points] == np.tile(grid.sample, grid.line.size).tolist()
    assert [p.x for p in points] == grid.longitude.ravel().tolist()
    assert [p.y for p in points] == grid.latitude.ravel().tolist()


def test_noise_equivalent_sigma0_comes_back(scene, product):
    radiometry = scene_radiometry(scene, "HV")
    lut = radiometry.calibration.sigma_nought[0]
    lut = np.interp(np.arange(VIEW.samples), lut.sample, lut.value)
    expected = noise_power(radiometry, np.arange(VIEW.lines), VIEW.samples) / lut**2
    found = open_sentinel1(product)["nesz_hv"].values
    inside = expected > 0.0
    np.testing.assert_array_equal(np.isfinite(found), inside)
    np.testing.assert_allclose(found[inside], expected[inside], rtol=1e-5)


def test_the_noise_put_in_agrees_with_its_slow_twin(scene):
    radiometry = scene_radiometry(scene, "HV")
    lines = np.array([0, 1, 5, 9, 12, 37, 38, 170, 299])
    found = noise_power(radiometry, lines, VIEW.samples)
    for row, line in zip(found, lines, strict=True):
        slow = slow_noise_power(
            radiometry.noise, radiometry.blocks, int(line), VIEW.lines, VIEW.samples
        )
        np.testing.assert_allclose(row, np.nan_to_num(slow), rtol=1e-5)


def test_what_was_planned_is_what_the_annotation_says(scene, product):
    for name in ("hh", "hv"):
        found = parsed(product, name)
        annotation, radiometry = found["product"], scene_radiometry(scene, name.upper())
        assert annotation.polarisation == name.upper()
        assert annotation.blocks == scene.blocks
        assert (annotation.lines, annotation.samples) == (VIEW.lines, VIEW.samples)
        assert annotation.first_line_time == scene.start
        assert annotation.line_interval == pytest.approx(scene.geometry.line_interval, rel=1e-14)
        for field in ("latitude", "longitude", "height", "incidence_angle", "slant_range_time"):
            np.testing.assert_allclose(
                getattr(annotation.grid, field), getattr(scene.grid, field), rtol=1e-15
            )
        np.testing.assert_array_equal(annotation.grid.azimuth_time, scene.grid.azimuth_time)
        for written, planned in (
            (found["noise"].range_vectors, radiometry.noise.range_vectors),
            (found["calibration"].sigma_nought, radiometry.calibration.sigma_nought),
        ):
            assert [v.line for v in written] == [v.line for v in planned]
            for mine, theirs in zip(written, planned, strict=True):
                np.testing.assert_array_equal(mine.sample, theirs.sample)
                np.testing.assert_allclose(mine.value, theirs.value, rtol=1e-6)
        factors = zip(found["noise"].azimuth_vectors, radiometry.noise.azimuth_vectors, strict=True)
        for mine, theirs in factors:
            assert mine.block == theirs.block
            np.testing.assert_array_equal(mine.line, theirs.line)
            np.testing.assert_allclose(mine.value, theirs.value, rtol=1e-6)


@pytest.mark.parametrize(
    ("longitude", "latitude", "ascending"),
    [(10.0, 90.0, False), (180.0, 75.0, True), (-45.0, -74.0, True), (179.9, -78.0, False)],
    ids=["pole", "date line", "Weddell Sea", "Ross Sea"],
)
def test_a_scene_anywhere_is_read_back_in_its_place(tmp_path, longitude, latitude, ascending):
    scene = plan_scene(View(longitude, latitude, TIME, 200, 240, ascending))
    image = np.full((200, 240), 100, dtype=np.uint16)
    found = open_sentinel1(write_sentinel1(tmp_path, scene, {"HH": image}))
    line, sample = np.meshgrid(np.arange(3.0, 200.0, 28.0), np.arange(0.0, 240.0, 31.0))
    x, y = image_to_plane(scene_geolocation(found), line, sample)
    place = inverse(plane_of_epsg(found.attrs["crs"]), x, y)
    away = Geod(ellps="WGS84").inv(*place, *ground_position(scene.geometry, line, sample))[2]
    assert away.max() < 2.0
    assert found.attrs["pass_direction"] == ("ASCENDING" if ascending else "DESCENDING")


def test_every_file_of_the_manifest_is_there_with_its_size_and_checksum(product):
    root = ElementTree.parse(product / "manifest.safe").getroot()
    objects = root.findall("dataObjectSection/dataObject/byteStream")
    assert len(objects) == 8
    listed = set()
    for item in objects:
        path = product / item.find("fileLocation").get("href")
        listed.add(path.resolve())
        assert int(item.get("size")) == path.stat().st_size
        assert item.findtext("checksum") == hashlib.md5(path.read_bytes()).hexdigest()
    there = {path.resolve() for path in product.rglob("*") if path.is_file()}
    assert there - listed == {(product / "manifest.safe").resolve()}


def test_the_name_ends_with_the_crc_of_the_manifest_as_real_names_do(product, real):
    assert NAME.fullmatch(product.name)
    for folder in (product, real):
        checksum = crc_hqx((folder / "manifest.safe").read_bytes(), 0xFFFF)
        assert folder.stem[-4:] == f"{checksum:04X}"


def test_the_manifest_says_version_orbit_and_corners(scene, product):
    text = (product / "manifest.safe").read_bytes()
    manifest = parse_manifest(text, "manifest")
    assert (manifest.ipf_version, manifest.relative_orbit) == ("003.52", 20)
    corners = re.search(r"<gml:coordinates>(.*?)<", text.decode())[1].split()
    first = f"{scene.grid.latitude[-1, 0]:.6f},{scene.grid.longitude[-1, 0]:.6f}"
    assert (len(corners), corners[0]) == (4, first)


@pytest.mark.parametrize("kind", ["product", "noise", "calibration"])
def test_each_file_has_every_element_of_a_real_one_in_the_same_order(product, real, kind):
    ours = paths(ElementTree.parse(file(product, kind)).getroot())
    theirs = paths(ElementTree.parse(file(real, kind)).getroot())
    assert ours == theirs


def test_the_manifest_has_every_element_of_a_real_one_but_the_earlier_processing(product, real):
    ours = paths(ElementTree.parse(product / "manifest.safe").getroot())
    theirs = paths(ElementTree.parse(real / "manifest.safe").getroot())
    steps = "{http://www.esa.int/safe/sentinel-1.0}processing/{http://www.esa.int/safe/sentinel-1.0}resource"
    assert set(ours) == {path for path in theirs if steps not in path}


def test_a_full_scene_has_the_sub_swaths_of_the_real_one(real):
    annotation = parse_annotation(file(real, "product").read_bytes(), "real")
    assert swath_blocks(annotation.lines, annotation.samples) == annotation.blocks


@pytest.mark.parametrize("size", [(100, 100), (300, 400), (777, 2311), (10708, 10487)])
@pytest.mark.parametrize("first_slice", [True, False])
def test_from_where_the_last_sub_swath_starts_every_pixel_belongs_to_just_one(size, first_slice):
    owners = np.zeros(size, dtype=np.uint8)
    blocks = swath_blocks(*size, first_slice)
    for block in blocks:
        owners[
            block.first_line : block.last_line + 1, block.first_sample : block.last_sample + 1
        ] += 1
    start = max(
        block.first_line
        for block in blocks
        if block.swath == "EW5" and block.last_line < size[0] - 1
    )
    assert (owners[start:] == 1).all()
    assert owners.max() == 1
    assert (start > 0) == first_slice


def test_trap_noise_vectors_have_lengths_and_pixels_of_their_own(product):
    vectors = parsed(product)["noise"].range_vectors
    lists = {tuple(vector.sample) for vector in vectors}
    assert len(lists) > 1


def test_trap_noise_is_zero_at_the_last_sample_and_in_swaths_not_yet_started(scene, product):
    vectors = parsed(product)["noise"].range_vectors
    assert all(vector.value[-1] == 0.0 for vector in vectors)
    first = vectors[0]
    ew1 = next(block for block in scene.blocks if block.swath == "EW1")
    assert (first.value[first.sample > ew1.last_sample] == 0.0).all()
    assert (first.value[first.sample <= ew1.last_sample] > 0.0).all()


def test_trap_noise_lines_are_not_evenly_spaced_and_calibration_reaches_past_the_image(product):
    found = parsed(product)
    assert len(set(np.diff([vector.line for vector in found["noise"].range_vectors]))) > 1
    assert found["calibration"].sigma_nought[-1].line >= VIEW.lines


def test_trap_azimuth_blocks_can_have_a_single_value(product):
    vectors = parsed(product)["noise"].azimuth_vectors
    assert min(vector.line.size for vector in vectors) == 1
    assert all(vector.line[0] == vector.block.first_line for vector in vectors)
    assert max(vector.value.max() for vector in vectors) > 1.2


def test_trap_the_noise_jumps_by_6_db_between_the_first_two_sub_swaths(product):
    vector = parsed(product)["noise"].range_vectors[-1]
    edge = np.flatnonzero(np.diff(vector.sample) == 1.0)[0]
    jump = 10.0 * np.log10(vector.value[edge] / vector.value[edge + 1])
    assert jump == pytest.approx(6.0, abs=0.5)


def test_no_data_is_zero_where_no_sub_swath_has_started(scene, images):
    start = min(block.first_line for block in scene.blocks if block.swath == "EW5")
    assert (images["HV"][:start, -1] == 0).all()
    assert (images["HV"][start:, -1] > 0).all()


def test_missing_backscatter_is_written_as_no_data(scene):
    sigma0 = backscatter()
    sigma0[100:110, 50:60] = np.nan
    image = digital_numbers(sigma0, scene_radiometry(scene, "HH"))
    assert (image[100:110, 50:60] == 0).all()
    assert (image[120:, :] > 0).all()


def test_speckle_has_mean_one_and_variance_one_over_looks(scene):
    radiometry = scene_radiometry(scene, "HH")
    sigma0 = np.full((VIEW.lines, VIEW.samples), 0.1, dtype=np.float32)
    plain = digital_numbers(sigma0, radiometry).astype(float) ** 2
    image = digital_numbers(sigma0, radiometry, EW_LOOKS, np.random.default_rng(7)).astype(float)
    speckle = (image**2)[plain > 0.0] / plain[plain > 0.0]
    assert speckle.mean() == pytest.approx(1.0, abs=0.005)
    assert speckle.var() == pytest.approx(1.0 / EW_LOOKS, rel=0.02)


def test_the_same_seed_gives_the_same_bytes(scene, images, tmp_path, product):
    again = write_sentinel1(tmp_path, scene, images)
    assert again.name == product.name
    assert write_sentinel1(tmp_path, scene, images) == again
    assert [path.name for path in tmp_path.iterdir()] == [product.name]


def test_the_old_format_has_one_noise_list_without_scalloping(tmp_path):
    scene = plan_scene(VIEW, processor_version="002.72")
    radiometry = scene_radiometry(scene, "HV")
    assert radiometry.noise.azimuth_vectors == ()
    image = digital_numbers(backscatter(), radiometry)
    product = write_sentinel1(tmp_path, scene, {"HH": image, "HV": image})
    text = file(product, "noise").read_text()
    assert "<noiseVectorList" in text
    assert "<noiseLut" in text
    assert "noiseRange" not in text
    assert "noiseAzimuth" not in text
    assert "rfiMitigation" not in file(product, "product").read_text()
    found = open_sentinel1(product)
    inner = (slice(60, 200), slice(100, 300))
    np.testing.assert_allclose(found["sigma0_hv"][inner].values, backscatter()[inner], rtol=0.1)


def test_a_later_slice_starts_with_all_sub_swaths(tmp_path):
    scene = plan_scene(VIEW, first_slice=False)
    image = digital_numbers(backscatter(), scene_radiometry(scene, "HH"))
    assert (image > 0).all()
    product = write_sentinel1(tmp_path, scene, {"HH": image})
    assert "<sliceNumber>2<" in file(product, "product", "hh").read_text()
    assert product.name.startswith("S1A_EW_GRDM_1SSH_")


def test_terrain_heights_stand_in_the_tie_points_and_do_not_move_the_sea(tmp_path, product):
    hills = plan_scene(VIEW, terrain=lambda longitude, latitude: 600.0 * (longitude > 88.1))
    image = np.full((VIEW.lines, VIEW.samples), 100, dtype=np.uint16)
    written = write_sentinel1(tmp_path, hills, {"VV": image, "VH": image})
    heights = parsed(written, "vv")["product"].grid.height
    assert set(np.unique(heights)) == {0.0, 600.0}
    flat, found = open_sentinel1(product), open_sentinel1(written)
    np.testing.assert_allclose(found["grid_x"], flat["grid_x"], rtol=0, atol=0.01)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"HH": np.zeros((300, 401), np.uint16)}, r"HH image .* \(300, 401\)"),
        ({"HH": np.zeros((300, 400), np.float32)}, "HH image must be uint16"),
        ({"XX": np.zeros((300, 400), np.uint16)}, "'XX' is no polarisation"),
        ({"HV": np.zeros((300, 400), np.uint16)}, "HH and HV"),
        ({}, "got none"),
    ],
)
def test_images_that_are_no_product_are_refused_and_nothing_is_left(
    scene, tmp_path, wrong, message
):
    with pytest.raises(ValueError, match=message):
        write_sentinel1(tmp_path, scene, wrong)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_refused(scene, images, tmp_path):
    with pytest.raises(ValueError, match="no such folder"):
        write_sentinel1(tmp_path / "nowhere", scene, images)


def test_a_processor_version_of_another_form_is_refused():
    with pytest.raises(ValueError, match=r"looks like 003\.52"):
        plan_scene(VIEW, processor_version="3.5")


def test_speckle_without_a_generator_is_refused(scene):
    with pytest.raises(ValueError, match="rng"):
        digital_numbers(backscatter(), scene_radiometry(scene, "HH"), looks=EW_LOOKS)


def test_a_write_that_fails_leaves_nothing(scene, images, tmp_path, monkeypatch):
    def full_disk(path, image, grid):
        raise OSError("no space left on device")

    monkeypatch.setattr(writer, "write_measurement", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_sentinel1(tmp_path, scene, images)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("date", "orbit"), [("2014-01-01", 1), ("2023-05-02", 48350)])
def test_the_orbit_number_counts_from_a_known_one(date, orbit):
    scene = plan_scene(replace(VIEW, time=np.datetime64(f"{date}T12:00")))
    number = writer.scene_identity(scene, ("HH",)).orbit
    assert number == pytest.approx(orbit, abs=15)


def test_xarray_sentinel_opens_what_we_write(product):
    pytest.importorskip("xarray_sentinel")
    import xarray as xr

    with xr.open_dataset(product, engine="sentinel-1", group="EW/HV") as found:
        assert found.sizes == {"azimuth_time": VIEW.lines, "ground_range": VIEW.samples}
    with xr.open_dataset(product, engine="sentinel-1", group="EW/HV/calibration") as found:
        assert found.sizes["line"] == len(parsed(product)["calibration"].sigma_nought)
    with pytest.raises(ValueError, match=r"noise|inhomogeneous"):  # as with real products
        xr.open_dataset(product, engine="sentinel-1", group="EW/HV/noise_range")
