"""The annotation files: what they say is read, and what is no annotation is refused."""

import numpy as np
import pytest
from safe_product import SmallProduct, annotation_xml, calibration_xml, manifest_xml, noise_xml

from iceco.products.sentinel1.annotation import (
    parse_annotation,
    parse_calibration,
    parse_manifest,
    parse_noise,
    parse_xml,
)

EW = "S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15"
STEM = "s1a-ew-grd-{}-20221130t014342-20221130t014446-046117-058549-{}.xml"


@pytest.fixture(scope="module")
def ew_folder(sample_data):
    return sample_data / f"sar/safe/{EW}.SAFE"


@pytest.fixture(scope="module")
def hv(ew_folder):
    return parse_annotation((ew_folder / "annotation" / STEM.format("hv", "002")).read_bytes(), EW)


def test_the_real_scene_has_its_known_size_spacing_and_swaths(hv):
    assert (hv.lines, hv.samples) == (10708, 10487)
    assert (hv.line_spacing, hv.sample_spacing) == (40.0, 40.0)
    assert (hv.mission, hv.mode, hv.polarisation, hv.product_type) == ("S1A", "EW", "HV", "GRD")
    assert (hv.pass_direction, hv.platform_heading) == ("DESCENDING", pytest.approx(-139.2989919))
    assert len(hv.blocks) == 17
    assert hv.blocks[4] == ("EW2", 128, 225, 3118, 5032)
    assert hv.thermal_noise_removed is False


def test_the_last_line_time_follows_from_the_first_and_the_interval(hv):
    seconds = (hv.stop_time - hv.first_line_time) / np.timedelta64(1, "s")
    assert (hv.lines - 1) * hv.line_interval == pytest.approx(seconds, abs=1e-6)


def test_the_real_grid_has_23_lines_of_21_points_the_last_steps_shorter(hv):
    grid = hv.grid
    assert grid.latitude.shape == (23, 21)
    np.testing.assert_array_equal(grid.line[-3:], [10000, 10500, 10707])
    np.testing.assert_array_equal(grid.sample[-2:], [9975, 10486])
    assert grid.latitude[0, 0] == pytest.approx(80.11401303129619849, abs=0.01)
    assert (np.diff(grid.azimuth_time[:, 0]) > np.timedelta64(0)).all()
    assert (np.diff(grid.slant_range_time, axis=1) > 0.0).all()
    assert (grid.incidence_angle.min(), grid.incidence_angle.max()) == pytest.approx(
        (18.9, 46.4), abs=0.1
    )


def test_the_grid_carries_terrain_heights(hv):
    assert hv.grid.height.max() > 600.0


def test_both_polarisations_share_grid_and_swaths_so_one_parse_serves(hv, ew_folder):
    text = (ew_folder / "annotation" / STEM.format("hh", "001")).read_bytes()
    hh = parse_annotation(text, EW)
    np.testing.assert_array_equal(hh.grid.latitude, hv.grid.latitude)
    assert hh.blocks == hv.blocks
    assert parse_annotation(text, EW, hv.grid).grid is hv.grid


def test_the_processor_version_is_not_taken_from_the_empty_software_element(ew_folder):
    manifest = parse_manifest((ew_folder / "manifest.safe").read_bytes(), EW)
    assert (manifest.ipf_version, manifest.relative_orbit) == ("003.52", 20)


def test_calibration_vectors_reach_past_the_last_line(ew_folder):
    file = ew_folder / "annotation/calibration" / f"calibration-{STEM.format('hv', '002')}"
    calibration = parse_calibration(file.read_bytes(), EW)
    assert len(calibration.sigma_nought) == 67
    assert calibration.sigma_nought[-1].line == 10991
    assert calibration.sigma_nought[0].value[0] == 1908.928
    assert calibration.dn == 1087.0


def test_range_vectors_of_different_lengths_keep_their_own_samples(ew_folder):
    file = ew_folder / "annotation/calibration" / f"noise-{STEM.format('hv', '002')}"
    noise = parse_noise(file.read_bytes(), EW)
    assert {vector.sample.size for vector in noise.range_vectors} == {268, 269, 270}
    assert [vector.line for vector in noise.range_vectors[:5]] == [0, 167, 334, 422, 501]
    assert len(noise.azimuth_vectors) == 17


def test_both_noise_formats_give_range_vectors():
    new = parse_noise(noise_xml(SmallProduct(), "hv").encode(), "new")
    old = parse_noise(noise_xml(SmallProduct(old_noise=True), "hv").encode(), "old")
    for one, other in zip(new.range_vectors, old.range_vectors, strict=True):
        np.testing.assert_array_equal(one.value, other.value)


def test_lines_before_the_image_stay_negative():
    product = SmallProduct(noise=[(-2996, (0, 79), (1.0, 2.0)), (70000, (0, 79), (1.0, 2.0))])
    noise = parse_noise(noise_xml(product, "hv").encode(), "slice")
    assert [vector.line for vector in noise.range_vectors] == [-2996, 70000]


def test_a_product_without_the_rfi_elements_of_newer_processors_is_read():
    assert "rfi" not in annotation_xml(SmallProduct(), "hv")
    assert parse_annotation(annotation_xml(SmallProduct(), "hv").encode(), "old").lines == 60


@pytest.mark.parametrize("length", [0, 40, 1500, 3000])
def test_an_annotation_cut_off_is_refused(length):
    text = annotation_xml(SmallProduct(), "hv").encode()[:length]
    with pytest.raises(ValueError, match=r"a\.xml: the XML is cut off or damaged"):
        parse_annotation(text, "a.xml")


@pytest.mark.parametrize(
    "attack",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        '<!DOCTYPE x SYSTEM "http://example.com/x.dtd"><x/>',
    ],
)
def test_entities_and_document_types_are_refused(attack):
    with pytest.raises(ValueError, match="declares a document type or an entity"):
        parse_xml(attack.encode(), "a.xml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<numberOfLines>60</numberOfLines>", "", "numberOfLines is missing or empty"),
        ("<numberOfLines>60<", "<numberOfLines>6o<", "holds '6o', which cannot be read"),
        (">false</thermalNoise", ">perhaps</thermalNoise", "holds 'perhaps'"),
        ("<pixel>0</pixel>", "<pixel>1</pixel>", "do not fill a grid"),
        ("<orbitList>", "<orbitLost>", "damaged"),
    ],
)
def test_a_wrong_annotation_is_refused_by_name(old, new, message):
    text = annotation_xml(SmallProduct(), "hv").replace(old, new, 1)
    with pytest.raises(ValueError, match=rf"^a\.xml: .*{message}"):
        parse_annotation(text.encode(), "a.xml")


def test_an_orbit_of_three_vectors_is_refused():
    head, *states = annotation_xml(SmallProduct(), "hv").split("<orbit>")
    text = head + "".join(f"<orbit>{state}" for state in [*states[:2], states[-1]])
    with pytest.raises(ValueError, match="the orbit has 3 state vectors"):
        parse_annotation(text.encode(), "a.xml")


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_calibration_that_is_not_positive_is_refused(value):
    product = SmallProduct(sigma_nought=[(0, (0, 79), (600.0, value))])
    with pytest.raises(ValueError, match="sigmaNought must be positive"):
        parse_calibration(calibration_xml(product, "hv").encode(), "c.xml")


@pytest.mark.parametrize("pixels", [(0, 40), (0, 40, 40), (0, 40, 30)])
def test_a_vector_whose_samples_do_not_match_or_increase_is_refused(pixels):
    product = SmallProduct(noise=[(0, pixels, (1.0, 2.0, 3.0))])
    with pytest.raises(ValueError, match="must be as many and increase"):
        parse_noise(noise_xml(product, "hv").encode(), "n.xml")


def test_files_without_any_vector_are_refused():
    with pytest.raises(ValueError, match="no noise vector"):
        parse_noise(noise_xml(SmallProduct(noise=[]), "hv").encode(), "n.xml")
    with pytest.raises(ValueError, match="no calibration vector"):
        parse_calibration(calibration_xml(SmallProduct(sigma_nought=[]), "hv").encode(), "c.xml")


def test_a_manifest_lists_its_files_and_may_lack_the_rest():
    manifest = parse_manifest(manifest_xml("002.36", [("role", "./a.xml")]).encode(), "m")
    assert manifest == ("002.36", 20, (("role", "./a.xml"),))
    assert parse_manifest(b"<x/>", "m") == (None, None, ())
    assert parse_manifest(manifest_xml("new", []).encode(), "m").ipf_version is None
