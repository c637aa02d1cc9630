"""Calibration and thermal noise: the traps of the noise files, and the plain twin."""

import numpy as np
import pytest
from naive import sentinel1 as naive

from iceco.products.sentinel1._kernels import bracket, nesz_rows, table_rows
from iceco.products.sentinel1.annotation import (
    AzimuthVector,
    Calibration,
    LutVector,
    Noise,
    SwathBlock,
    parse_annotation,
    parse_calibration,
    parse_noise,
)
from iceco.products.sentinel1.archive import find_files, open_product, read_bytes, read_manifest
from iceco.products.sentinel1.radiometry import (
    angle_table,
    calibration_table,
    no_noise,
    noise_scale,
    noise_table,
    subswath_numbers,
    swath_layout,
)

EW = "safe/S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15.SAFE"
STRIPMAP = "safe/S1C_S4_GRDH_1SDH_20250118T171404_20250118T171421_000638_000538_4B8B.SAFE"
IW_270 = "safe_zip/S1A_IW_GRDH_1SDV_20150203T043109_20150203T043134_004454_00574F_6D00.zip"
IW_236 = "safe_zip/S1A_IW_GRDH_1SDV_20150203T043109_20150203T043134_004454_00574F_FEC3.zip"
IW_331 = "safe_zip/S1A_IW_GRDH_1SDV_20210119T031653_20210119T031718_036201_043ED0_8255.zip"


def read_set(folder, polarisation):
    product = open_product(folder)
    files = find_files(product, read_manifest(product))
    texts = [read_bytes(product, found[polarisation]) for found in files[:3]]
    annotation = parse_annotation(texts[0], "annotation")
    layout = swath_layout(annotation.blocks, annotation.mode, annotation.lines, annotation.samples)
    return annotation, layout, parse_calibration(texts[1], "c"), parse_noise(texts[2], "n")


@pytest.fixture(scope="module")
def ew(sample_data):
    return read_set(sample_data / "sar" / EW, "hv")


def vector(line, samples, values):
    return LutVector(line, np.array(samples, dtype=float), np.array(values, dtype=float))


def nesz(layout, calibration, noise, line, samples=None, scale=1.0):
    """Return the compiled result on one line."""
    samples = samples or slice(0, layout.samples)
    out = np.empty((1, samples.stop - samples.start), dtype=np.float32)
    table = calibration_table(calibration, layout.samples)
    power = noise_table(noise, layout, scale)
    nesz_rows(line, samples.start, layout.blocks, power, table, out)
    return out[0]


def decibel(ratio):
    return 10.0 * np.log10(ratio)


def worst_error(data_set, lines, step=1):
    """Return the largest difference [dB] from the plain twin on some lines and samples."""
    annotation, layout, calibration, noise = data_set
    shape = (annotation.lines, annotation.samples)
    blocks = annotation.blocks or [SwathBlock("S4", 0, shape[0] - 1, 0, shape[1] - 1)]
    table, power = calibration_table(calibration, shape[1]), noise_table(noise, layout)
    errors = []
    for line in lines:
        plain = naive.noise_power(noise, blocks, line, *shape)
        plain /= naive.sigma_nought(calibration, line, shape[1]) ** 2
        for first in range(0, shape[1], step * 97):
            out = np.empty((1, min(97, shape[1] - first)), dtype=np.float32)
            nesz_rows(line, first, layout.blocks, power, table, out)
            errors.append(np.abs(decibel(out[0] / plain[first : first + out.size])))
    return max(np.nanmax(error) for error in errors if np.isfinite(error).any())


@pytest.mark.parametrize(
    "line", [0, 78, 79, 127, 128, 225, 323, 421, 422, 1340, 1344, 1345, 1400, 5000, 10600, 10707]
)
def test_noise_of_the_real_ew_scene_is_that_of_the_plain_twin(ew, line):
    assert worst_error(ew, [line], step=4) < 1e-4


@pytest.mark.parametrize("name", [STRIPMAP, IW_270, IW_331])
def test_noise_of_other_modes_and_processors_is_that_of_the_plain_twin(sample_data, name):
    data_set = read_set(sample_data / "sar" / name, "hv" if name == STRIPMAP else "vh")
    lines = [0, 3100, data_set[0].lines - 1]
    assert worst_error(data_set, lines, step=40) < 1e-4


def test_noise_jumps_at_subswath_boundaries_and_nowhere_else(ew):
    _, layout, calibration, noise = ew
    row = decibel(nesz(layout, calibration, noise, 5000))
    step = np.abs(np.diff(row))
    boundaries = [3111, 5012, 7083, 8958]
    np.testing.assert_allclose(step[boundaries], [6.3, 0.9, 2.5, 4.1], atol=0.4)
    assert np.delete(step, boundaries).max() < 0.05


def test_the_last_sample_which_is_zero_in_every_vector_takes_its_neighbours_noise(ew):
    _, layout, calibration, noise = ew
    assert all(v.value[-1] == 0.0 for v in noise.range_vectors)
    row = nesz(layout, calibration, noise, 5000, slice(10400, 10487))
    assert row.min() > 0.0
    assert abs(decibel(row[-1] / row[-12])) < 0.1


def test_a_swath_takes_no_noise_from_vectors_before_it_has_started(ew):
    _, layout, calibration, noise = ew
    assert noise.range_vectors[0].line == 0  # where the second sub-swath has not begun
    row = decibel(nesz(layout, calibration, noise, 130, slice(3118, 5020)))
    later = decibel(nesz(layout, calibration, noise, 167, slice(3118, 5020)))
    assert np.ptp(row - later) < 1e-4  # the vector of line 167, but for the scalloping


def test_outside_every_subswath_there_is_no_noise(ew):
    _, layout, calibration, noise = ew
    row = nesz(layout, calibration, noise, 100)
    np.testing.assert_array_equal(np.isfinite(row), np.arange(layout.samples) <= 3128)


def test_noise_levels_of_the_real_scene_are_those_of_its_swaths(ew):
    _, layout, calibration, noise = ew
    row = decibel(nesz(layout, calibration, noise, 6000))
    means = [row[a : b + 1].mean() for a, b in [(0, 3111), (3112, 5012), (8959, 10486)]]
    np.testing.assert_allclose(means, [-24.0, -28.5, -31.5], atol=1.5)


def test_stripmap_without_azimuth_vectors_has_the_range_noise_alone(sample_data):
    annotation, layout, calibration, noise = read_set(sample_data / "sar" / STRIPMAP, "hv")
    assert not noise.azimuth_vectors
    assert not annotation.blocks
    first = noise.range_vectors[0]
    row = nesz(layout, calibration, noise, 0, slice(400, 401))
    expected = np.interp(400, first.sample, first.value)
    expected /= np.interp(400, *calibration.sigma_nought[0][1:]) ** 2
    assert row[0] == pytest.approx(expected, rel=1e-6)


def test_a_product_whose_vectors_are_all_zero_knows_no_noise(sample_data):
    _, layout, _, noise = read_set(sample_data / "sar" / IW_236, "vh")
    assert noise_table(noise, layout) is None


TWO_SWATHS = [SwathBlock("EW1", 0, 99, 0, 49), SwathBlock("EW2", 0, 99, 50, 99)]
FLAT = Calibration("HV", (vector(0, [0, 99], [1.0, 1.0]),), 1.0)


def row_of(vectors, line, blocks=TWO_SWATHS, azimuth=(), lines=100):
    layout = swath_layout(blocks, "EW", lines, 100)
    return nesz(layout, FLAT, Noise("HV", tuple(vectors), tuple(azimuth)), line)


def test_noise_is_never_interpolated_across_a_boundary():
    row = row_of([vector(0, [0, 40, 60, 99], [10.0, 10.0, 100.0, 100.0])], 50)
    np.testing.assert_array_equal(row, np.repeat(np.float32([10.0, 100.0]), 50))


def test_each_vector_is_read_on_its_own_samples_where_the_boundary_moves():
    blocks = [
        SwathBlock("EW1", 0, 49, 0, 59),
        SwathBlock("EW2", 0, 49, 60, 99),
        SwathBlock("EW1", 50, 99, 0, 39),
        SwathBlock("EW2", 50, 99, 40, 99),
    ]
    vectors = [
        vector(0, [0, 59, 60, 99], [10.0, 10.0, 100.0, 100.0]),
        vector(99, [0, 39, 40, 99], [10.0, 10.0, 100.0, 100.0]),
    ]
    np.testing.assert_array_equal(row_of(vectors, 49, blocks), np.repeat([10.0, 100.0], [60, 40]))
    np.testing.assert_array_equal(row_of(vectors, 50, blocks), np.repeat([10.0, 100.0], [40, 60]))


def test_missing_values_are_replaced_by_the_nearest_of_the_same_swath():
    row = row_of([vector(0, [0, 20, 49, 50, 80, 99], [0.0, 5.0, -1.0, 0.0, 7.0, 0.0])], 50)
    np.testing.assert_array_equal(row, np.repeat(np.float32([5.0, 7.0]), 50))


def test_before_the_first_and_behind_the_last_vector_the_nearest_holds():
    vectors = [vector(30, [0, 99], [10.0, 10.0]), vector(60, [0, 99], [40.0, 40.0])]
    assert [row_of(vectors, line)[7] for line in (0, 30, 45, 60, 99)] == [10, 10, 25, 40, 40]


def test_vectors_before_and_past_the_image_take_part():
    vectors = [vector(-100, [0, 99], [0.5, 0.5]), vector(100, [0, 99], [200.5, 200.5])]
    assert row_of(vectors, 0)[7] == pytest.approx(100.5)


def test_unsorted_and_repeated_vectors_are_put_in_order():
    vectors = [vector(60, [0, 99], [40.0] * 2), *[vector(30, [0, 99], [10.0] * 2)] * 2]
    assert row_of(vectors, 45)[7] == pytest.approx(25.0)


def test_a_swath_between_two_vectors_takes_the_nearest():
    blocks = [*TWO_SWATHS[:1], SwathBlock("EW2", 40, 60, 50, 99)]
    row = row_of([vector(0, [0, 99], [10.0] * 2), vector(99, [0, 99], [30.0] * 2)], 50, blocks)
    assert row[70] == pytest.approx(20.2, abs=0.1)


def azimuth_vector(block, lines, values):
    return AzimuthVector(block, np.array(lines, dtype=float), np.array(values, dtype=float))


def test_the_azimuth_factor_is_that_of_the_pixels_own_swath():
    azimuth = [
        azimuth_vector(TWO_SWATHS[0], [0, 10], [1.0, 2.0]),
        azimuth_vector(TWO_SWATHS[1], [0, 10], [3.0, 3.0]),
    ]
    row = row_of([vector(0, [0, 99], [10.0, 10.0])], 5, azimuth=azimuth)
    np.testing.assert_array_equal(row, np.repeat(np.float32([15.0, 30.0]), 50))


def test_every_azimuth_block_counts_and_one_may_hold_a_single_value():
    blocks = [SwathBlock("EW1", 0, 9, 0, 99), SwathBlock("EW1", 10, 99, 0, 99)]
    azimuth = [azimuth_vector(blocks[0], [0], [1.0]), azimuth_vector(blocks[1], [10, 20], [2, 4])]
    vectors = [vector(0, [0, 99], [10.0, 10.0])]
    values = [row_of(vectors, line, blocks, azimuth)[0] for line in (0, 5, 10, 15, 90)]
    np.testing.assert_allclose(values, [10.0, 15.0, 20.0, 30.0, 40.0])


@pytest.mark.parametrize(
    ("ipf", "mode", "largest", "expected"),
    [
        (3.52, "EW", 3e4, 1.0),
        (2.36, "IW", 1.7e3, 1.0),  # already in the right unit
        (2.50, "IW", 1e-3, 75088.7 * 474.0**2),
        (2.43, "EW", 1e-3, 56065.87 * 474.0**2),
        (2.33, "EW", 1e-3, 56065.87 * 474.0),
        (None, "IW", 1e-3, 75088.7 * 474.0**2),
        (3.52, "EW", 0.5, 1.0),
        (2.36, "S4", 0.5, 1.0),
    ],
)
def test_vectors_of_the_oldest_processors_are_scaled(ipf, mode, largest, expected):
    noise = Noise("HV", (vector(0, [0, 1], [0.0, largest]),), ())
    assert noise_scale(noise, mode, ipf, 474.0) == pytest.approx(expected)


def test_the_scale_reaches_the_noise():
    layout = swath_layout(TWO_SWATHS, "EW", 100, 100)
    noise = Noise("HV", (vector(0, [0, 99], [1e-3, 1e-3]),), ())
    assert nesz(layout, FLAT, noise, 5, scale=2000.0)[3] == pytest.approx(2.0)


def test_without_noise_nothing_is_subtracted_inside_the_swaths():
    layout = swath_layout([SwathBlock("EW1", 0, 4, 0, 2)], "EW", 5, 4)
    out = np.empty((5, 4), dtype=np.float32)
    nesz_rows(0, 0, layout.blocks, no_noise(layout), calibration_table(FLAT, 4), out)
    np.testing.assert_array_equal(out[:, :3], 0.0)
    assert np.isnan(out[:, 3]).all()


def test_the_calibration_of_the_real_scene_is_that_of_the_plain_twin(ew):
    _, layout, calibration, _ = ew
    table = calibration_table(calibration, layout.samples)
    for line in (0, 250, 10707):
        out = np.empty((1, layout.samples), dtype=np.float32)
        table_rows(line, 0, table, out)
        plain = naive.sigma_nought(calibration, line, layout.samples)
        np.testing.assert_allclose(out[0], plain, rtol=1e-6)


def test_the_calibration_table_is_bilinear():
    calibration = Calibration(
        "HV", (vector(0, [0, 10], [1.0, 2.0]), vector(10, [0, 10], [3.0, 4.0])), 1.0
    )
    out = np.empty((1, 1), dtype=np.float32)
    table_rows(5, 5, calibration_table(calibration, 11), out)
    assert out[0, 0] == pytest.approx(2.5)


def test_an_angle_goes_through_its_tie_points_and_bends_between():
    sample = np.array([0.0, 30.0, 60.0, 99.0])
    angle = np.sqrt(400.0 + 4.0 * sample)
    table = angle_table(np.array([0.0, 10.0]), sample, np.stack([angle, angle + 1.0]), 100)
    out = np.empty((1, 100), dtype=np.float32)
    table_rows(5, 0, table, out)
    np.testing.assert_allclose(out[0], np.sqrt(400.0 + 4.0 * np.arange(100)) + 0.5, atol=5e-3)


def test_subswath_numbers_count_from_near_range_and_are_zero_outside(ew):
    _, layout, _, _ = ew
    numbers = subswath_numbers(layout, slice(120, 135), slice(3100, 3140))
    assert (numbers[:8, :29] == 1).all()  # lines 120 to 127: EW1 ends at sample 3128
    assert (numbers[:8, 29:] == 0).all()
    assert (numbers[8:, :18] == 1).all()
    assert (numbers[8:, 18:] == 2).all()


def test_swaths_are_numbered_by_range_whatever_their_order_in_the_file():
    layout = swath_layout(TWO_SWATHS[::-1], "EW", 100, 100)
    assert layout.swaths == ("EW1", "EW2")
    assert subswath_numbers(layout, slice(0, 1), slice(49, 51)).tolist() == [[1, 2]]


def test_blocks_reach_no_further_than_the_image_and_may_lie_outside():
    blocks = [SwathBlock("EW1", -5, 120, 0, 60), SwathBlock("EW2", 100, 140, 61, 99)]
    layout = swath_layout(blocks, "EW", 100, 100)
    assert layout.blocks.tolist() == [[0, 99, 0, 60, 0]]
    assert layout.swaths == ("EW1",)


@pytest.mark.parametrize("at", [-3.0, 0.0, 4.0, 5.0, 6.5, 9.0, 11.0])
def test_bracketing_agrees_with_numpy(at):
    knots, values = np.array([0.0, 5.0, 9.0]), np.array([2.0, 4.0, -1.0])
    below, above, weight = bracket(knots, at)
    value = values[below] + weight * (values[above] - values[below])
    assert value == pytest.approx(np.interp(at, knots, values))


def test_a_table_of_one_row_is_constant_along_the_image():
    assert bracket(np.array([3.0]), 100.0)[:2] == (0, 0)
    assert bracket(np.array([3.0]), 1.0)[:2] == (0, 0)
