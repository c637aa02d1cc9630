"""Patches are found again: where they went, how they turned, and how well that is known."""

from typing import NamedTuple

import numba
import numpy as np
import pytest
from naive import patch_matching as naive
from scipy.ndimage import gaussian_filter
from simulated import small_plan

from iceco.drift.pair import _matching_kernels as climbing
from iceco.drift.pair import _patch_kernels as patches
from iceco.drift.pair import _search_kernels as searching
from iceco.drift.pair.matching import match_patches
from iceco.simulate.sar.backscatter import sigma0
from iceco.simulate.sar.imaging import PSF_SIGMA
from iceco.simulate.world import build_world, centre_of, surface

many_points = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="a point takes a fifth of a second as plain Python"
)

SIZE = 160  # pixels
HALF = 16
ANGLES = (-3.0, 0.0, 3.0)
WAVES = 300  # of a smooth random field
FINEST = 7.0  # pixels, the shortest wave


def smooth_field(seed: int):
    """A random field that is known everywhere: waves of all directions."""
    rng = np.random.default_rng(seed)
    direction = rng.uniform(0.0, 2.0 * np.pi, WAVES)
    number = 2.0 * np.pi / rng.uniform(FINEST, 40.0, WAVES)
    phase = rng.uniform(0.0, 2.0 * np.pi, WAVES)

    def at(row, column):
        total = np.zeros(np.shape(row))
        for k, d, p in zip(number, direction, phase, strict=True):
            total += np.sin(k * (column * np.cos(d) + row * np.sin(d)) + p)
        return (total / np.sqrt(WAVES)).astype(np.float32)

    return at


def moved_pair(seed: int, shift: tuple[float, float], degrees: float, size: int = SIZE):
    """Images of a field before and after a shift (row, column) and a turn about the middle."""
    field = smooth_field(seed)
    row, column = np.indices((size, size), dtype=float)
    middle = 0.5 * (size - 1)
    up, right = row - middle - shift[0], column - middle - shift[1]
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    # What lies at (up, right) now was there turned back.
    second = field(middle + c * up - s * right, middle + c * right + s * up)
    return field(row, column)[None], second[None]


def true_place(row, column, shift, degrees, size: int = SIZE):
    middle = 0.5 * (size - 1)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    up, right = row - middle, column - middle
    return (
        middle + shift[0] + c * up + s * right,
        middle + shift[1] + c * right - s * up,
    )


def points(step: int = 20, margin: int = 50, size: int = SIZE):
    row, column = np.meshgrid(*[np.arange(margin, size - margin + 1.0, step)] * 2, indexing="ij")
    return row.ravel(), column.ravel()


def follow(first, second, row, column, guess_row, guess_column, angle=0.0, **settings):
    given = {"search": 8.0, "half_size": HALF, "angles": ANGLES, "workers": 1} | settings
    given["search"] = np.full(row.size, given["search"])
    guess_angle = np.full(row.size, angle)
    return match_patches(first, second, row, column, guess_row, guess_column, guess_angle, **given)


def noisy(image, seed, sigma):
    noise = np.random.default_rng(seed).normal(0.0, sigma, image.shape)
    return (image + noise).astype(np.float32)


def miss(match, row, column):
    return np.hypot(match.row - row, match.column - column)


@pytest.mark.parametrize(
    ("shift", "degrees"), [((3.37, -5.81), 0.0), ((-2.5, 4.25), 2.3), ((1.2, 6.6), -4.1)]
)
def test_shift_and_turn_of_a_smooth_field_are_found_exactly(shift, degrees):
    first, second = moved_pair(1, shift, degrees)
    row, column = points()
    expected = true_place(row, column, shift, degrees)
    match = follow(first, second, row, column, *np.rint(expected))
    assert miss(match, *expected).max() < 0.02
    assert np.abs(match.angle - degrees).max() < 0.05
    assert match.correlation.min() > 0.99


def test_turn_of_twenty_degrees_is_found_about_a_guess_of_its_angle():
    first, second = moved_pair(2, (2.0, 1.0), 20.0)
    row, column = points()
    expected = true_place(row, column, (2.0, 1.0), 20.0)
    match = follow(first, second, row, column, expected[0] + 3.0, expected[1] - 2.0, angle=18.0)
    assert miss(match, *expected).max() < 0.05
    assert np.abs(match.angle - 20.0).max() < 0.1


def test_points_between_pixels_are_followed_as_those_on_them():
    shift = (1.3, -0.6)
    first, second = moved_pair(3, shift, 0.0)
    row, column = (places + 0.37 for places in points())
    match = follow(first, second, row, column, row, column)
    assert miss(match, row + shift[0], column + shift[1]).max() < 0.02


def test_identical_images_have_not_moved():
    first, _ = moved_pair(4, (0.0, 0.0), 0.0)
    row, column = points()
    match = follow(first, first, row, column, row + 3.0, column - 2.0)
    np.testing.assert_allclose(match.row, row, atol=2e-3)
    np.testing.assert_allclose(match.column, column, atol=2e-3)
    np.testing.assert_allclose(match.angle, 0.0, atol=0.02)
    np.testing.assert_allclose(match.correlation, 1.0, atol=1e-4)  # before a last small step
    assert (match.ambiguity < 0.9).all()


def test_match_back_undoes_match_forward():
    first, second = moved_pair(5, (4.4, -3.3), 2.0)
    row, column = points()
    there = follow(first, second, row, column, row + 4.0, column - 3.0)
    back = follow(second, first, there.row, there.column, row, column, angle=-2.0)
    assert miss(back, row, column).max() < 0.03
    np.testing.assert_allclose(back.angle, -there.angle, atol=0.05)


def test_level_and_contrast_of_either_image_do_not_matter():
    first, second = moved_pair(6, (2.2, 1.1), 1.0)
    row, column = points()
    plain = follow(first, second, row, column, row, column)
    scaled = follow(first, 0.5 * second - 25.0, row, column, row, column)
    np.testing.assert_allclose(scaled.row, plain.row, atol=1e-3)
    np.testing.assert_allclose(scaled.covariance, plain.covariance, atol=1e-4)


def test_uniform_patches_are_not_found():
    flat = np.full((1, SIZE, SIZE), -20.0, np.float32)
    _, second = moved_pair(7, (0.0, 0.0), 0.0)
    row, column = points()
    for one, other in ((flat, second), (second, flat), (flat, flat)):
        match = follow(one, other, row, column, row, column)
        for values in match:
            assert np.isnan(values).all()


def test_band_without_texture_leaves_the_match_to_the_other():
    first, second = moved_pair(8, (2.6, -1.4), 0.0)
    row, column = points()
    flat = np.full_like(first, -32.0)
    alone = follow(first, second, row, column, row, column)
    match = follow(
        np.concatenate([first, flat]), np.concatenate([second, flat]), row, column, row, column
    )
    np.testing.assert_allclose(match.row, alone.row, atol=1e-6)
    np.testing.assert_allclose(match.covariance, alone.covariance, atol=1e-9)


def test_pixels_without_data_are_left_out():
    shift = (2.4, -3.1)
    first, second = moved_pair(9, shift, 1.0)
    row, column = points()
    expected = true_place(row, column, shift, 1.0)
    first[:, :, 78:82] = np.nan
    second[:, 90:96, :] = np.nan
    match = follow(first, second, row, column, *np.rint(expected))
    assert miss(match, *expected).max() < 0.05
    assert np.abs(match.angle - 1.0).max() < 0.3


def test_patches_mostly_without_data_are_not_found():
    first, second = moved_pair(10, (0.0, 0.0), 0.0)
    first[:, :, :75] = np.nan
    row, column = np.full(3, 80.0), np.array([40.0, 62.0, 110.0])
    match = follow(first, second, row, column, row, column)
    np.testing.assert_array_equal(np.isfinite(match.row), [False, False, True])


def test_points_beyond_the_images_or_without_a_guess_are_not_found():
    first, second = moved_pair(11, (0.0, 0.0), 0.0)
    row = np.array([-500.0, 80.0, 80.0, 80.0])
    column = np.array([80.0, 80.0, np.nan, 80.0])
    guess_row = np.array([80.0, 1e6, 80.0, np.nan])
    match = follow(first, second, row, column, guess_row, np.full(4, 80.0))
    for values in match:
        assert np.isnan(values).all()


def test_patches_cut_by_the_edge_of_the_image_are_found():
    first, second = moved_pair(12, (1.5, 2.5), 0.0)
    row, column = np.array([8.0, 80.0, 150.0]), np.array([80.0, 5.0, 80.0])
    match = follow(first, second, row, column, row, column)
    assert miss(match, row + 1.5, column + 2.5).max() < 0.05


def test_nothing_to_look_for_is_nothing_found():
    first, second = moved_pair(13, (0.0, 0.0), 0.0)
    match = follow(first, second, *[np.empty(0)] * 4)
    assert [values.shape for values in match] == [(0,)] * 4 + [(0, 2, 2), (0,)]


def test_patches_too_small_to_tell_are_refused():
    first, second = moved_pair(14, (0.0, 0.0), 0.0, size=40)
    with pytest.raises(ValueError, match="half size of 4 pixels or more, got 3"):
        follow(first, second, *[np.array([20.0])] * 4, half_size=3)


@many_points
def test_two_bands_tell_more_than_one():
    pairs = [moved_pair(seed, (2.3, 1.7), 0.0, size=260) for seed in (15, 16)]
    first, second = (
        np.concatenate([noisy(p[i], [i, n], 1.0) for n, p in enumerate(pairs)]) for i in (0, 1)
    )
    row, column = points(step=13, margin=40, size=260)
    both = follow(first, second, row, column, row, column)
    error = np.nanmedian(miss(both, row + 2.3, column + 1.7))
    for band in (0, 1):
        one = np.s_[band : band + 1]
        alone = follow(first[one], second[one], row, column, row, column)
        # Two alike make the standard deviation less by the root of two.
        assert error < 0.85 * np.nanmedian(miss(alone, row + 2.3, column + 1.7))
        ratio = np.nanmedian(both.covariance[:, 0, 0] / alone.covariance[:, 0, 0])
        assert 0.35 < ratio < 0.65


def test_covariance_is_wide_along_stripes():
    column = np.arange(SIZE, dtype=float)
    stripes = np.sin(column / 3.0) + np.sin(column / 4.3)
    second = np.sin((column - 1.4) / 3.0) + np.sin((column - 1.4) / 4.3)
    faint = [0.2 * image for image in moved_pair(17, (0.0, 1.4), 0.0)]
    first, second = (
        noisy(np.tile(lines, (1, SIZE, 1)) + weak, seed, 0.3)
        for seed, (lines, weak) in enumerate(zip((stripes, second), faint, strict=True))
    )
    row, column = points()
    match = follow(first, second, row, column, row, column, search=3.0)
    along, across = match.covariance[:, 1, 1], match.covariance[:, 0, 0]
    assert np.median(along / across) > 4.0


def test_ambiguity_is_high_where_the_pattern_repeats():
    row, column = np.indices((SIZE, SIZE))
    waves = np.sin(2 * np.pi * row / 12.0) * np.sin(2 * np.pi * column / 12.0)
    once, _ = moved_pair(18, (0.0, 0.0), 0.0)
    place = points()
    repeated = noisy(waves, 1, 0.05)[None]
    same = follow(repeated, repeated, *place, *place, search=16.0)
    single = follow(once, once, *place, *place, search=16.0)
    assert np.median(same.ambiguity) > 0.95
    assert np.median(single.ambiguity) < 0.8


@many_points
def test_threads_give_the_same_bytes():
    first, second = (
        noisy(image, i, 0.5) for i, image in enumerate(moved_pair(19, (2.0, 1.0), 1.0))
    )
    row, column = points(step=6, margin=40)
    one, three = (follow(first, second, row, column, row, column, workers=n) for n in (1, 3))
    for a, b in zip(one, three, strict=True):
        assert a.tobytes() == b.tobytes()


def test_images_stay_as_they_were():
    first, second = moved_pair(20, (2.0, 1.0), 1.0)
    before = first.copy(), second.copy()
    row, column = points()
    follow(first, second, row, column, row, column)
    np.testing.assert_array_equal(first, before[0])
    np.testing.assert_array_equal(second, before[1])


class Scenes(NamedTuple):
    """What Sentinel-1 would see of ice without noise at 40 m, (2, n, n) linear, before and after
    it moved and turned, and where (rows, columns) points of the images at 80 m went."""

    first: np.ndarray
    second: np.ndarray
    place: np.ndarray
    moved: np.ndarray
    degrees: float


@pytest.fixture(scope="module")
def scenes():
    size, shift, degrees = 640, (2.3, -1.4), 3.0  # shift of rows and columns of 80 m
    world = build_world(small_plan(seed=31).world)
    centre = centre_of(world.plan)
    aside = 40.0 * (np.arange(size) - 0.5 * (size - 1))
    x, y = np.meshgrid(aside, aside)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    right, up = x - 80.0 * shift[1], y - 80.0 * shift[0]
    images = []
    for east, north in ((x, y), (c * right + s * up, c * up - s * right)):
        seen = surface(world, centre[0] + east, centre[1] + north, 0.0)
        angle = np.full(size, 32.0)
        images.append(np.stack([sigma0(seen, angle, band) for band in ("HH", "HV")]))
    place = np.stack(points(step=14, margin=40, size=size // 2))
    return Scenes(*images, place, np.stack(true_place(*place, shift, degrees, size // 2)), degrees)


def speckled(power: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """dB at 80 m of power at 40 m, with speckle as Sentinel-1's."""
    single = rng.standard_exponential(power.shape, dtype=np.float32)
    smooth = gaussian_filter(power * single, (0.0, PSF_SIGMA, PSF_SIGMA))
    bands, rows, columns = power.shape
    coarse = smooth.reshape(bands, rows // 2, 2, columns // 2, 2).mean(axis=(2, 4))
    return (10.0 * np.log10(coarse)).astype(np.float32)


def follow_speckled(scenes, rng):
    """Match and error (n, 2) [pixel], columns first, from guesses some pixels off."""
    guess = scenes.moved + rng.uniform(-2.0, 2.0, scenes.moved.shape)
    first, second = speckled(scenes.first, rng), speckled(scenes.second, rng)
    match = follow(first, second, *scenes.place, *guess, angle=scenes.degrees - 1.0, search=4.0)
    return match, np.stack([match.column - scenes.moved[1], match.row - scenes.moved[0]], axis=-1)


@many_points
def test_covariance_is_that_of_the_errors_of_speckled_scenes(scenes):
    # Ellipses that hold 68 % of a normal distribution are to hold 65-71 % of the errors: of 1800
    # of them, that share scatters by 1.1 %.
    rng = np.random.default_rng(21)
    far = []
    for _ in range(6):
        match, error = follow_speckled(scenes, rng)
        far.append(np.einsum("ni,nij,nj->n", error, np.linalg.inv(match.covariance), error))
    far = np.concatenate(far)
    assert np.mean(np.isnan(far)) < 0.01
    assert 0.65 <= np.mean(far[np.isfinite(far)] <= -2.0 * np.log(1.0 - 0.68)) <= 0.71


@many_points
def test_speckled_scenes_are_matched_to_a_tenth_of_a_pixel(scenes):
    match, error = follow_speckled(scenes, np.random.default_rng(22))
    off = np.hypot(*error.T)
    assert np.nanmedian(off) < 0.1
    assert np.mean(~(off < 1.0)) < 0.01
    assert np.nanmedian(np.abs(match.angle - scenes.degrees)) < 1.0


def test_compiled_samples_are_those_of_the_plain_loop():
    image = np.random.default_rng(23).normal(size=(2, 20, 24)).astype(np.float32)
    image[:, 3, 4] = np.nan
    for row, column, angle in ((10.0, 11.0, 0.0), (9.3, 12.6, 0.4), (1.2, 22.9, -0.2)):
        patch = np.empty((2, 9, 9), np.float32)
        patches.sample(image, row, column, angle, patch)
        for band in (0, 1):
            plain = naive.sample(image[band].astype(float), row, column, angle, 9)
            # At the last row and column a thousandth of a pixel is left out.
            np.testing.assert_allclose(patch[band], plain, atol=5e-3)


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_compiled_correlation_is_that_of_the_plain_loop(missing):
    rng = np.random.default_rng(24)
    templates = rng.normal(size=(2, 9, 9)).astype(np.float32)
    area = (5.0 + rng.normal(size=(15, 15))).astype(np.float32)
    area[2:11, 1:10] += templates[1]
    templates[0][rng.random((9, 9)) < missing] = np.nan
    area[rng.random((15, 15)) < missing] = np.nan
    left = np.ones((2, 7, 7), np.float32)
    searching.explain(templates, area, left)
    plain = naive.unexplained(templates, area, patches.LEAST_SEEN, patches.FLAT)
    np.testing.assert_allclose(left, plain, atol=1e-4)
    assert np.isnan(plain).any() == (missing > 0.0)


def test_compiled_pull_is_that_of_the_plain_loop():
    rng = np.random.default_rng(25)
    size, width = 11, 16
    shared = gaussian_filter(rng.normal(size=(2, 13, 13)), (0.0, 1.0, 1.0))
    images = [(shared + 0.2 * rng.normal(size=shared.shape)).astype(np.float32) for _ in range(2)]
    sides = []
    for image in images:
        window = np.full((2, size + 2, width + 2), np.nan, np.float32)
        window[:, :, : size + 2] = image
        side = np.empty((2, 3, size, width), np.float32)
        for band in (0, 1):
            climbing.gradients(window[band], *side[band])
        sides.append(side)
    blocks, bend = np.empty((climbing.BLOCKS**2, 3)), np.empty((3, 3))
    climbing.compare(*sides, size, blocks, bend)
    one, other = (image.astype(float) for image in images)
    pull, stiffness = naive.pull_and_bend(one, other, climbing.BLOCKS)
    np.testing.assert_allclose(blocks, pull, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(bend, stiffness, rtol=1e-3, atol=1e-4)


def test_inverse_is_that_of_linear_algebra():
    matrix = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.7], [0.5, -0.7, 2.0]])
    result = np.empty((3, 3))
    assert climbing.inverse(matrix, result)
    np.testing.assert_allclose(result, np.linalg.inv(matrix), rtol=1e-12)
    assert not climbing.inverse(np.diag([1.0, 1.0, -1.0]), result)
