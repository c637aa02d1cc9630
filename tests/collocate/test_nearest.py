"""The closest pixel: known geometry, and every pixel tried one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive.nearest import nearest_of_all

from iceco.collocate import nearest as module
from iceco.collocate.nearest import build, nearest

HALVES = st.integers(-60, 200).map(lambda n: n / 2.0)
COORDINATES = HALVES | st.floats(-30.0, 100.0)


def single(shape: tuple[int, int], *pixels: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    for pixel in pixels:
        mask[pixel] = True
    return mask


def search(mask: np.ndarray, points: list[tuple[float, float]], **options: float) -> np.ndarray:
    """Distance, line and sample (3, n)."""
    line, sample = np.array(points, dtype=np.float64).reshape(-1, 2).T
    how = {"line_spacing": 1.0, "sample_spacing": 1.0, "reach": np.inf} | options
    return np.array(nearest(build(mask), line, sample, **how))


def test_one_pixel_is_as_far_as_its_side_or_its_corner():
    mask = single((40, 50), (10, 20))
    found = search(mask, [(10.25, 30.0), (2.0, 20.0), (13.5, 24.5), (10.4, 19.6)])
    assert found[0] == pytest.approx([9.5, 7.5, 5.0, 0.0])
    assert found[1] == pytest.approx([10.25, 9.5, 10.5, 10.4])
    assert found[2] == pytest.approx([20.5, 20.0, 20.5, 19.6])


def test_the_spacing_of_lines_and_samples_decides_which_pixel_is_closer():
    mask = single((64, 64), (32, 20), (20, 32))
    assert search(mask, [(32.0, 32.0)], line_spacing=40.0, sample_spacing=10.0)[
        :, 0
    ] == pytest.approx([115.0, 32.0, 20.5])
    assert search(mask, [(32.0, 32.0)], line_spacing=10.0, sample_spacing=40.0)[
        :, 0
    ] == pytest.approx([115.0, 20.5, 32.0])


def test_of_equally_close_points_it_is_the_one_of_lower_line_then_sample():
    mask = single((64, 64), (32, 20), (20, 32), (44, 32), (32, 44))
    assert search(mask, [(32.0, 32.0)])[1:, 0] == pytest.approx([20.5, 32.0])
    mask[20, 32] = False
    assert search(mask, [(32.0, 32.0)])[1:, 0] == pytest.approx([32.0, 20.5])


def test_the_answer_for_one_point_does_not_depend_on_the_others():
    rng = np.random.default_rng(3)
    mask = rng.random((90, 130)) < 0.01
    points = np.rint(rng.uniform(-10.0, 140.0, (60, 2)))
    together = search(mask, points)
    assert np.array_equal(together[:, ::-1], search(mask, points[::-1]))
    assert np.array_equal(together, np.hstack([search(mask, [p]) for p in points]))


def test_nothing_beyond_reach_is_found_and_what_lies_at_reach_is():
    mask = single((30, 30), (10, 10))
    assert search(mask, [(10.0, 18.5)], reach=8.0)[0] == pytest.approx([8.0])
    distance, line, sample = search(mask, [(10.0, 18.5)], reach=7.99)
    assert distance[0] == np.inf
    assert np.isnan(line[0])
    assert np.isnan(sample[0])


def test_an_empty_mask_is_infinitely_far():
    distance, line, sample = search(np.zeros((20, 70), dtype=bool), [(3.0, 4.0), (-50.0, 900.0)])
    assert (distance == np.inf).all()
    assert np.isnan([line, sample]).all()


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 0)])
def test_a_mask_without_pixels_is_an_empty_one(shape):
    assert search(np.zeros(shape, dtype=bool), [(0.0, 0.0)])[0] == [np.inf]


def test_in_a_full_mask_every_point_is_its_own_closest_and_outside_the_border_is():
    mask = np.ones((70, 100), dtype=bool)
    found = search(mask, [(33.3, 71.9), (-3.5, 5.25), (72.5, 103.5), (-0.5, 99.5)])
    assert found[0] == pytest.approx([0.0, 3.0, 5.0, 0.0])
    assert found[1] == pytest.approx([33.3, -0.5, 69.5, -0.5])
    assert found[2] == pytest.approx([71.9, 5.25, 99.5, 99.5])


def test_a_missing_point_has_a_missing_distance():
    mask = single((20, 20), (5, 5))
    found = search(mask, [(np.nan, 3.0), (5.0, np.inf), (5.0, 8.5)])
    assert np.isnan(found[:, :2]).all()
    assert found[0, 2] == pytest.approx(3.0)


def test_no_points_have_no_distances():
    assert search(np.ones((9, 9), dtype=bool), []).shape == (3, 0)


def test_bytes_and_any_stride_make_the_pyramid_of_the_same_mask():
    rng = np.random.default_rng(1)
    mask = rng.random((150, 75)) < 0.1
    plain = build(mask)
    for other in (
        mask.astype(np.uint8) * 7,
        np.asfortranarray(mask),
        np.repeat(mask, 2, 1)[:, ::2],
    ):
        for ours, theirs in zip(build(other), plain, strict=True):
            assert np.array_equal(ours, theirs)


def test_the_pyramid_has_each_pixel_once_and_every_level_says_what_lies_below():
    rng = np.random.default_rng(2)
    mask = rng.random((531, 70)) < 0.002
    words, first, shapes = build(mask)
    assert shapes.tolist() == [[67, 9], [9, 2], [2, 1], [1, 1]]
    held = mask
    for start, (rows, columns) in zip(first, shapes, strict=True):
        padded = np.zeros((8 * rows, 8 * columns), dtype=bool)
        padded[: held.shape[0], : held.shape[1]] = held
        level = words[start : start + rows * columns].astype("<u8").view(np.uint8)
        bits = np.unpackbits(level, bitorder="little").reshape(rows, columns, 8, 8)
        assert np.array_equal(bits.swapaxes(1, 2).reshape(padded.shape), padded)
        held = padded.reshape(rows, 8, columns, 8).any(axis=(1, 3))


def test_bands_of_lines_and_portions_of_points_do_not_show(monkeypatch):
    rng = np.random.default_rng(4)
    mask = rng.random((100, 60)) < 0.02
    points = rng.uniform(-5.0, 105.0, (50, 2))
    whole = search(mask, points)
    monkeypatch.setattr(module, "BAND", 8)
    monkeypatch.setattr(module, "POINTS", 7)
    assert np.array_equal(search(mask, points), whole)


def test_the_pyramid_takes_an_eighth_of_a_byte_a_pixel():
    assert build(np.zeros((1000, 1000), dtype=bool)).words.nbytes < 0.13 * 1e6


@settings(max_examples=60, deadline=None)
@given(
    lines=st.integers(1, 80),
    samples=st.integers(1, 80),
    share=st.sampled_from([0.0, 1e-3, 0.02, 0.3, 1.0]),
    seed=st.integers(0, 2**32 - 1),
    points=st.lists(st.tuples(COORDINATES, COORDINATES), min_size=1, max_size=8),
    spacing=st.tuples(st.sampled_from([1.0, 10.0, 40.0]), st.sampled_from([1.0, 10.0, 93.7])),
    reach=st.sampled_from([0.0, 5.0, 120.0, 3000.0, np.inf]),
)
def test_the_search_finds_what_trying_every_pixel_finds(
    lines, samples, share, seed, points, spacing, reach
):
    mask = np.random.default_rng(seed).random((lines, samples)) < share
    line, sample = np.array(points).T
    ours = np.array(nearest(build(mask), line, sample, *spacing, reach))
    assert np.array_equal(ours, nearest_of_all(mask, line, sample, *spacing, reach), equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(
    share=st.sampled_from([1e-3, 0.01, 0.1]),
    seed=st.integers(0, 2**32 - 1),
    step=st.sampled_from([0.3, 4.0, 25.0]),
    whole=st.booleans(),
    spacing=st.tuples(st.sampled_from([1.0, 40.0]), st.sampled_from([1.0, 93.7])),
    reach=st.sampled_from([7.0, 300.0, np.inf]),
)
def test_along_a_track_what_the_point_before_found_hides_nothing(
    share, seed, step, whole, spacing, reach
):
    rng = np.random.default_rng(seed)
    mask = rng.random((140, 180)) < share
    line, sample = rng.uniform(0.0, 140.0, (2, 1)) + step * np.cumsum(
        rng.uniform(-0.5, 1.0, (2, 40)), axis=1
    )
    if whole:
        line, sample = np.rint(line), np.rint(sample)
    ours = np.array(nearest(build(mask), line, sample, *spacing, reach))
    assert np.array_equal(ours, nearest_of_all(mask, line, sample, *spacing, reach), equal_nan=True)


def test_a_wide_mask_with_leads_is_searched_through_every_level():
    rng = np.random.default_rng(5)
    mask = np.zeros((30, 5000), dtype=bool)
    mask[:, rng.integers(0, 5000, 6)] = True
    mask[rng.integers(0, 30, 5), rng.integers(0, 5000, 5)] = True
    line, sample = rng.uniform(-200.0, 200.0, 40), rng.uniform(-500.0, 5500.0, 40)
    ours = np.array(nearest(build(mask), line, sample, 40.0, 40.0, 50e3))
    assert np.array_equal(
        ours, nearest_of_all(mask, line, sample, 40.0, 40.0, 50e3), equal_nan=True
    )
