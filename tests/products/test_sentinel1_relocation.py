"""Products on the annotation of others: moved as a whole, and nothing else changed."""

import hashlib
import shutil
from binascii import crc_hqx
from xml.etree import ElementTree

import numpy as np
import pytest

from iceco.geo.orbit import Orbit, geodetic_to_ecef, zero_doppler
from iceco.products.canonical import wrap_longitude
from iceco.products.sentinel1.annotation import parse_annotation
from iceco.products.sentinel1.digital_numbers import digital_numbers
from iceco.products.sentinel1.ew_scene import plan_scene, scene_radiometry
from iceco.products.sentinel1.flight import View
from iceco.products.sentinel1.geometry import SPEED_OF_LIGHT
from iceco.products.sentinel1.reader import open_sentinel1
from iceco.products.sentinel1.relocation import read_radiometry, write_sentinel1_like
from iceco.products.sentinel1.writer import write_sentinel1

VIEW = View(20.0, 80.0, np.datetime64("2022-11-30T01:44:14.7"), 120, 130)
START = np.datetime64("2023-05-02T15:46:00.123456")
SHIFT = -45.0  # degree
SAFE = "sar/safe/S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15.SAFE"


@pytest.fixture(scope="module")
def images():
    image = np.arange(120 * 130, dtype=np.uint16).reshape(120, 130)
    return {"HH": image, "HV": image + 1}


@pytest.fixture(scope="module")
def template(images, tmp_path_factory):
    return write_sentinel1(tmp_path_factory.mktemp("template"), plan_scene(VIEW), images)


@pytest.fixture(scope="module")
def real_template(sample_data, tmp_path_factory):
    """A real product whose annotation calls for a small image."""
    folder = tmp_path_factory.mktemp("real") / "template.SAFE"
    shutil.copytree(sample_data / SAFE, folder)
    for file in (folder / "annotation").glob("*.xml"):
        file.chmod(0o644)
        text = file.read_text()
        text = text.replace("<numberOfLines>10708<", "<numberOfLines>120<")
        file.write_text(text.replace("<numberOfSamples>10487<", "<numberOfSamples>130<"))
    return folder


@pytest.fixture(scope="module")
def moved(real_template, images, tmp_path_factory):
    folder = tmp_path_factory.mktemp("moved")
    return write_sentinel1_like(real_template, folder, images, START, SHIFT)


def annotation(product, polarisation="hh"):
    (file,) = (product / "annotation").glob(f"s1a-ew-grd-{polarisation}-*.xml")
    return parse_annotation(file.read_bytes(), str(file))


def test_all_times_move_together(real_template, moved):
    before, after = annotation(real_template), annotation(moved)
    delay = START - before.first_line_time
    assert after.first_line_time == START
    assert after.stop_time == before.stop_time + delay
    np.testing.assert_array_equal(after.grid.azimuth_time, before.grid.azimuth_time + delay)
    np.testing.assert_array_equal(after.orbit.time, before.orbit.time + delay)
    for file in moved.rglob("*.xml"):
        assert "2022-11-30T" not in file.read_text()


def test_only_longitudes_move_in_space(real_template, moved):
    before, after = annotation(real_template).grid, annotation(moved).grid
    turned = wrap_longitude(before.longitude + SHIFT)
    np.testing.assert_allclose(after.longitude, turned, rtol=0, atol=1e-12)
    for field in ("latitude", "height", "incidence_angle", "slant_range_time", "line", "sample"):
        np.testing.assert_array_equal(getattr(after, field), getattr(before, field))


def test_the_moved_tie_points_are_still_seen_at_their_times_and_ranges(moved):
    after = annotation(moved)
    states = after.orbit
    seconds = (states.time - states.time[0]) / np.timedelta64(1, "s")
    orbit = Orbit(states.time[0], seconds, states.position, states.velocity)
    grid = after.grid
    ecef = geodetic_to_ecef(grid.longitude.ravel(), grid.latitude.ravel(), grid.height.ravel())
    time, slant_range = zero_doppler(orbit, ecef)
    expected = (grid.azimuth_time.ravel() - orbit.epoch) / np.timedelta64(1, "s")
    np.testing.assert_allclose(time, expected, rtol=0, atol=3e-6)  # as before the move
    expected = 0.5 * SPEED_OF_LIGHT * grid.slant_range_time.ravel()
    np.testing.assert_allclose(slant_range, expected, rtol=0, atol=0.001)


def test_the_name_is_rebuilt_and_orbit_and_data_take_are_kept(moved):
    assert moved.name.startswith("S1A_EW_GRDM_1SDH_20230502T154600_20230502T154704_046117_058549_")
    checksum = crc_hqx((moved / "manifest.safe").read_bytes(), 0xFFFF)
    assert moved.name.endswith(f"{checksum:04X}.SAFE")
    names = {file.name[-70:] for file in moved.rglob("*-ew-grd-*")}
    assert all("20230502t154600-20230502t154704-046117-058549" in name for name in names)


def test_the_manifest_lists_just_the_files_there_are_with_their_checksums(moved):
    root = ElementTree.parse(moved / "manifest.safe").getroot()
    listed = {}
    for item in root.findall("dataObjectSection/dataObject"):
        stream = item.find("byteStream")
        path = moved / stream.find("fileLocation").get("href")
        listed[item.get("ID")] = path.resolve()
        assert int(stream.get("size")) == path.stat().st_size
        assert stream.findtext("checksum") == hashlib.md5(path.read_bytes()).hexdigest()
    there = {path.resolve() for path in moved.rglob("*") if path.is_file()}
    assert there == {*listed.values(), (moved / "manifest.safe").resolve()}
    pointers = {item.get("dataObjectID") for item in root.iter("dataObjectPointer")}
    assert pointers == set(listed)
    units = {unit.get("ID") for unit in root.iter("metadataObject")}
    for unit in root.iter("{urn:ccsds:schema:xfdu:1}contentUnit"):
        assert set((unit.get("dmdID") or "").split()) <= units


def test_the_footprint_moves_along(moved):
    assert "76.879097,46.651596 78.260895,30.348396" in (moved / "manifest.safe").read_text()


def test_the_irregularities_of_the_template_are_kept(real_template, moved):
    for kind in ("calibration", "noise"):
        for polarisation in ("hh", "hv"):
            before, after = (
                next((p / "annotation/calibration").glob(f"{kind}-*-{polarisation}-*")).read_text()
                for p in (real_template, moved)
            )
            drop = ("azimuthTime", "startTime", "stopTime")
            lines = [
                [line for line in text.splitlines() if not any(f"<{d}>" in line for d in drop)]
                for text in (before, after)
            ]
            assert lines[0] == lines[1]


def test_a_template_that_is_not_moved_gives_the_same_annotation(template, images, tmp_path):
    again = write_sentinel1_like(template, tmp_path, images)
    assert again.name[:-10] == template.name[:-10]
    files = [path.relative_to(template) for path in template.rglob("*.xml")]
    assert len(files) == 6
    for file in files:
        assert (again / file).read_bytes() == (template / file).read_bytes()


def test_moved_there_and_back_is_the_same_place(template, images, tmp_path):
    start = annotation(template).first_line_time
    there = write_sentinel1_like(template, tmp_path, images, START, 170.0)
    back = write_sentinel1_like(there, tmp_path, images, start, -170.0)
    assert back.name[:-10] == template.name[:-10]
    before, after = open_sentinel1(template), open_sentinel1(back)
    np.testing.assert_allclose(after["grid_x"], before["grid_x"], rtol=0, atol=1e-3)
    np.testing.assert_array_equal(after["line_time"], before["line_time"])


def test_images_made_with_the_template_s_radiometry_come_back_as_backscatter(template, tmp_path):
    sigma0 = np.full((120, 130), 0.02, dtype=np.float32)
    images = {
        name: digital_numbers(sigma0, read_radiometry(template, name)) for name in ("HH", "HV")
    }
    found = open_sentinel1(write_sentinel1_like(template, tmp_path, images, START))
    for name in ("sigma0_hh", "sigma0_hv"):
        values = found[name].values[found["valid"].values]
        np.testing.assert_allclose(values, 0.02, rtol=0.02)


def test_the_radiometry_of_a_product_on_disk_is_the_planned_one(template):
    found = read_radiometry(template, "HV")
    planned = scene_radiometry(plan_scene(VIEW), "HV")
    assert found.blocks == planned.blocks
    assert [v.line for v in found.noise.range_vectors] == [
        v.line for v in planned.noise.range_vectors
    ]


def test_images_of_other_polarisations_or_sizes_are_refused(template, images, tmp_path):
    with pytest.raises(ValueError, match="has images of HH HV, got HH"):
        write_sentinel1_like(template, tmp_path, {"HH": images["HH"]})
    cut = {name: image[:100] for name, image in images.items()}
    with pytest.raises(ValueError, match=r"HH image must be uint16 of shape \(120, 130\)"):
        write_sentinel1_like(template, tmp_path, cut)
    assert list(tmp_path.iterdir()) == []


def test_a_polarisation_that_is_not_there_is_refused(template):
    with pytest.raises(ValueError, match="has no polarisation VV"):
        read_radiometry(template, "VV")


def test_a_product_of_another_mode_is_refused(sample_data, images, tmp_path):
    with pytest.raises(ValueError, match="only an EW GRD product"):
        read_radiometry(next((sample_data / "sar/safe").glob("S1C_S4_*")), "HH")


def test_a_template_without_manifest_or_with_a_damaged_file_is_refused(template, images, tmp_path):
    bare = shutil.copytree(template, tmp_path / "bare.SAFE")
    (bare / "manifest.safe").unlink()
    with pytest.raises(ValueError, match=r"there is no manifest\.safe"):
        write_sentinel1_like(bare, tmp_path, images)
    cut = shutil.copytree(template, tmp_path / "cut.SAFE")
    noise = next((cut / "annotation/calibration").glob("noise-*"))
    noise.write_bytes(noise.read_bytes()[:5000])
    with pytest.raises(ValueError, match="cut off or damaged"):
        write_sentinel1_like(cut, tmp_path, images)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bare.SAFE", "cut.SAFE"]
