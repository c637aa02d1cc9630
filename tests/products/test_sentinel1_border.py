"""No-data at the sides of an image is found, ragged or faint; zeros inside are left alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import sentinel1 as naive
from safe_product import SmallProduct, write_product

from iceco.products.sentinel1._kernels import walk_border
from iceco.products.sentinel1.annotation import SwathBlock
from iceco.products.sentinel1.border import (
    DROP,
    FAINT,
    ISLAND,
    REACH,
    ValidArea,
    clean_floor,
    noisy_floor,
    samples_to_read,
    swath_limits,
)
from iceco.products.sentinel1.radiometry import no_noise, swath_layout
from iceco.products.sentinel1.reader import open_sentinel1

LINES, SAMPLES = 150, 120
WHOLE = [("EW1", 0, LINES - 1, 0, SAMPLES - 1)]
FLAT_NOISE = [(0, (0, SAMPLES - 1), (100.0, 100.0))]


def open_image(folder, image, **options):
    small = {"lines": LINES, "samples": SAMPLES, "blocks": WHOLE, "noise": FLAT_NOISE} | options
    product = SmallProduct(images={"hh": image, "hv": image}, **small)
    return open_sentinel1(write_product(folder, product))


def ragged_image(seed):
    """Return an image with zeros of random width at all sides, and their widths."""
    rng = np.random.default_rng(seed)
    image = rng.integers(60, 200, (LINES, SAMPLES), dtype=np.uint16)
    left, right = rng.integers(0, 25, (2, LINES))
    top, bottom = rng.integers(0, 20, (2, SAMPLES))
    line, sample = np.arange(LINES)[:, None], np.arange(SAMPLES)
    outside = (sample < left[:, None]) | (sample >= SAMPLES - right[:, None])
    outside |= (line < top) | (line >= LINES - bottom)
    image[outside] = 0
    return image


def plain_mask(image, floor):
    """Return what the rule of ``border`` makes of an image that one sub-swath fills."""

    def inwards(row, start, step, threshold):
        steps = naive.walk_border(row, threshold, start, step, ISLAND, REACH)
        return steps + DROP if steps else 0

    mask = np.ones(image.shape, dtype=bool)
    for row, kept in zip(image, mask, strict=True):
        kept[: inwards(row, 0, 1, floor)] = False
        kept[SAMPLES - inwards(row, SAMPLES - 1, -1, floor) :] = False
    for j, (column, kept) in enumerate(zip(image.T, mask.T, strict=True)):
        kept[: inwards(column, 0, 1, np.full(LINES, floor[j]))] = False
        kept[LINES - inwards(column, LINES - 1, -1, np.full(LINES, floor[j])) :] = False
    return mask


@pytest.mark.parametrize("seed", range(3))
def test_ragged_zeros_are_masked_as_the_plain_twin_does(tmp_path, seed):
    image = ragged_image(seed)
    scene = open_image(tmp_path, image)
    valid = scene["valid"].values
    np.testing.assert_array_equal(valid, plain_mask(image, clean_floor(SAMPLES)))
    assert 0.3 < valid.mean() < 0.9
    assert image[valid].min() > 0
    np.testing.assert_array_equal(np.isfinite(scene["sigma0_hv"].values), valid)


def test_a_full_image_is_valid_to_its_last_pixel(tmp_path):
    scene = open_image(tmp_path, np.full((LINES, SAMPLES), 80, dtype=np.uint16))
    assert scene["valid"].values.all()


def test_zeros_inside_the_image_stay_valid(tmp_path):
    image = np.full((LINES, SAMPLES), 80, dtype=np.uint16)
    image[40:100, 50:70] = 0  # a shadow
    image[1::7, 3::11] = 0  # and specks of it, also near the sides
    assert open_image(tmp_path, image)["valid"].values.all()


def test_islands_in_the_border_do_not_end_it(tmp_path):
    image = np.full((LINES, SAMPLES), 80, dtype=np.uint16)
    image[:, :20] = 0
    image[:, 5 : 5 + ISLAND - 1] = 80
    valid = open_image(tmp_path, image)["valid"].values
    assert not valid[:, : 20 + DROP].any()
    assert valid[:, 20 + DROP :].all()


def test_lines_without_any_swath_or_data_are_invalid(tmp_path):
    image = np.full((LINES, SAMPLES), 80, dtype=np.uint16)
    image[60] = 0
    blocks = [("EW1", 0, 99, 0, SAMPLES - 1)]
    valid = open_image(tmp_path, image, blocks=blocks)["valid"].values
    assert not valid[60].any()
    assert not valid[100:].any()
    assert valid[:60].all()
    assert valid[61:100].all()


def test_the_staircase_of_a_first_slice_is_outside_and_needs_no_margin(tmp_path):
    image = np.full((LINES, SAMPLES), 80, dtype=np.uint16)
    image[:30, 60:] = 0
    blocks = [("EW1", 0, LINES - 1, 0, 59), ("EW2", 30, LINES - 1, 60, SAMPLES - 1)]
    valid = open_image(tmp_path, image, blocks=blocks)["valid"].values
    expected = np.ones((LINES, SAMPLES), dtype=bool)
    expected[:30, 60:] = False
    np.testing.assert_array_equal(valid, expected)


def test_a_swath_that_fades_in_below_its_first_line_is_walked_from_there(tmp_path):
    image = np.full((LINES, SAMPLES), 80, dtype=np.uint16)
    image[:40, 60:] = 0
    blocks = [("EW1", 0, LINES - 1, 0, 59), ("EW2", 30, LINES - 1, 60, SAMPLES - 1)]
    valid = open_image(tmp_path, image, blocks=blocks)["valid"].values
    assert not valid[: 40 + DROP, 60:].any()
    assert valid[40 + DROP :, 60:].all()
    assert valid[:, : 60 - DROP].all()
    assert np.delete(valid[:, :60], slice(30, 40), axis=0).all()


def faint_image():
    image = np.full((LINES, SAMPLES), 80, dtype=np.uint16)
    image[:, :15] = np.random.default_rng(0).integers(1, FAINT, (LINES, 15))
    return image


def test_faint_borders_of_old_processors_are_masked(tmp_path):
    image = faint_image()
    scene = open_image(tmp_path, image, ipf="002.70", old_noise=True)
    assert not scene["valid"].values[:, : 15 + DROP].any()
    assert scene["valid"].values[:, 15 + DROP :].all()


def test_faint_pixels_of_new_processors_are_data(tmp_path):
    assert open_image(tmp_path, faint_image())["valid"].values.all()


def test_in_old_products_the_like_polarised_image_decides_for_both(tmp_path):
    dim = np.full((LINES, SAMPLES), 12, dtype=np.uint16)  # all of it faint
    images = {"hh": faint_image(), "hv": dim}
    options = {"lines": LINES, "samples": SAMPLES, "blocks": WHOLE, "noise": FLAT_NOISE}
    product = SmallProduct(images=images, ipf="002.70", old_noise=True, **options)
    scene = open_sentinel1(write_product(tmp_path, product))
    finite = np.isfinite(scene["sigma0_hv"].values)
    np.testing.assert_array_equal(finite, np.broadcast_to(np.arange(SAMPLES) >= 23, finite.shape))


def test_the_floor_of_old_images_rises_to_their_noise():
    layout = swath_layout([SwathBlock("EW1", 0, 9, 0, 9)], "EW", 10, 12)
    noise = no_noise(layout)
    noise.value[:, :, 5:] = 10_000.0
    floor = noisy_floor(layout, noise)
    assert floor[:5].tolist() == [FAINT] * 5
    assert floor[5:10].tolist() == [101] * 5  # 100 squared does not exceed the noise by 0.5
    assert floor[10:].tolist() == [FAINT] * 2
    assert noisy_floor(layout, None).tolist() == [FAINT] * 12


@given(
    row=st.lists(st.sampled_from([0, 0, 1, 40]), min_size=1, max_size=40),
    start=st.integers(-3, 45),
    step=st.sampled_from([1, -1]),
    reach=st.integers(1, 50),
)
@settings(max_examples=200, deadline=None)
def test_the_walk_agrees_with_its_plain_twin(row, start, step, reach):
    numbers = np.array([row], dtype=np.uint16)
    floor = np.broadcast_to(clean_floor(len(row)), numbers.shape)
    out = np.empty(1, dtype=np.int64)
    walk_border(numbers, floor, np.array([start]), step, ISLAND, reach, out)
    assert out[0] == naive.walk_border(numbers[0], floor[0], start, step, ISLAND, reach)


def far_area():
    layout = swath_layout([SwathBlock("EW1", 0, 9, 0, 9999)], "EW", 10, 10_000)
    return ValidArea(None, swath_limits(layout), clean_floor(10_000))


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (slice(5000, 5100), slice(5000, 5100)),  # inside: nothing more
        (slice(REACH + DROP, 5000), slice(REACH + DROP, 5000)),
        (slice(REACH, 5000), slice(0, 5000)),
        (slice(9000, 9100), slice(9000, 10_000)),
        (slice(0, 10_000), slice(0, 10_000)),
    ],
)
def test_a_window_reads_more_only_near_a_side(samples, expected):
    assert samples_to_read(far_area(), slice(2, 5), samples) == expected


def test_a_window_inside_does_not_look_for_the_upper_and_lower_side(tmp_path, monkeypatch):
    monkeypatch.setattr("iceco.products.sentinel1.border.REACH", 20)
    scene = open_image(tmp_path, np.full((LINES, SAMPLES), 80, dtype=np.uint16))
    monkeypatch.setattr(ValidArea, "columns", property(lambda area: 1 / 0))
    assert scene["valid"][60:80, 10:20].values.all()
    with pytest.raises(ZeroDivisionError):
        scene["valid"][20:40, 10:20].values.all()


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_window_is_the_same_part_of_the_whole(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("safe")
    scene = open_image(folder, ragged_image(data.draw(st.integers(0, 5))))
    whole = scene["valid"].values
    first_line, first_sample = data.draw(st.tuples(st.integers(0, 148), st.integers(0, 118)))
    window = (
        slice(first_line, data.draw(st.integers(first_line + 1, LINES))),
        slice(first_sample, data.draw(st.integers(first_sample + 1, SAMPLES))),
    )
    np.testing.assert_array_equal(scene["valid"][window].values, whole[window])


def test_a_window_is_the_same_part_of_the_whole_where_walks_are_short(tmp_path, monkeypatch):
    monkeypatch.setattr("iceco.products.sentinel1.border.REACH", 15)
    image = ragged_image(7)
    scene = open_image(tmp_path, image)
    whole = scene["valid"].values
    for first in range(0, 120, 7):
        window = (slice(first, first + 20), slice(first, min(first + 13, SAMPLES)))
        np.testing.assert_array_equal(scene["valid"][window].values, whole[window])
