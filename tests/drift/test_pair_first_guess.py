"""First guesses: where features say that ice went, and how far off that may be."""

import numpy as np
import pytest
from pair_scenes import texture
from scipy.ndimage import affine_transform, gaussian_filter

from iceco.drift.pair.first_guess import (
    LARGEST_TURN,
    Anchors,
    consistent,
    find_anchors,
    guess_at,
    normalised,
)
from iceco.drift.pair.local_plane import local_plane

PIXEL = 80.0  # m
SIZE = 560  # pixels
MIDDLE = 0.5 * (SIZE - 1)


def rotation(degrees: float) -> np.ndarray:
    """The matrix that turns (column, row) counter-clockwise with rows upward."""
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    return np.array([[cosine, -sine], [sine, cosine]])


def true_move(place: np.ndarray, degrees: float, shift: tuple[float, float]) -> np.ndarray:
    """How places (n, 2), column first, move when all turns about the middle and shifts."""
    return (place - MIDDLE) @ (rotation(degrees) - np.eye(2)).T + shift


def images(degrees: float, shift: tuple[float, float], ice: np.ndarray | None = None):
    """The same ice twice, (1, SIZE, SIZE) each, with different noise of 1 dB."""
    rng = np.random.default_rng(8)
    ice = texture(4, SIZE) if ice is None else ice
    back = rotation(-degrees)[::-1, ::-1]  # rows first
    offset = MIDDLE - back @ (MIDDLE + np.array(shift[::-1]))
    later = affine_transform(ice, back, offset, order=3, cval=np.nan)
    noise = rng.standard_normal((2, SIZE, SIZE))
    return [
        (image + n)[None].astype(np.float32) for image, n in zip((ice, later), noise, strict=True)
    ]


@pytest.mark.parametrize("degrees", [-20.0, 0.0, 7.0, 20.0])
def test_turned_and_shifted_ice_is_found_again(degrees):
    shift = (31.0, -18.0)  # pixels
    anchors = find_anchors(*images(degrees, shift), PIXEL, 200.0)
    off = np.hypot(*(anchors.move - true_move(anchors.place, degrees, shift)).T)
    assert len(off) > 100
    assert np.median(off) < 2.0
    assert np.mean(off < 6.0) > 0.97
    steps = np.arange(120.0, SIZE - 120.0, 40.0)
    column, row = (a.ravel() for a in np.meshgrid(steps, steps))
    guess = guess_at(anchors, row, column, 50.0)
    move = true_move(np.column_stack([column, row]), degrees, shift)
    missed = np.maximum(abs(guess.column - column - move[:, 0]), abs(guess.row - row - move[:, 1]))
    assert np.mean(missed < guess.search) > 0.98
    assert np.median(guess.search) < 12.0
    assert np.median(abs(guess.angle - degrees)) < 2.0


def test_ice_without_corners_is_followed_by_large_patches():
    rng = np.random.default_rng(3)
    ice = gaussian_filter(rng.standard_normal((SIZE, SIZE)), 14.0)
    ice = np.float32(4.0) * (ice / ice.std()).astype(np.float32)
    anchors = find_anchors(*images(0.0, (24.0, 10.0), ice), PIXEL, 40.0)
    assert len(anchors.place) >= 3
    assert np.median(np.hypot(*(anchors.move - (24.0, 10.0)).T)) < 3.0


def test_nothing_is_found_farther_than_ice_can_have_gone():
    anchors = find_anchors(*images(0.0, (31.0, -18.0)), PIXEL, 20.0)
    assert np.hypot(*anchors.move.T).max(initial=0.0) <= 24.0  # two coarse pixels of grace
    assert len(anchors.place) < 20


@pytest.mark.parametrize("level", [np.nan, -20.0])
def test_where_there_is_nothing_to_see_there_is_no_guess(level):
    blank = np.full((2, 300, 300), level, dtype=np.float32)
    anchors = find_anchors(blank, blank, PIXEL, 50.0)
    assert anchors.place.shape == (0, 2)
    guess = guess_at(anchors, np.array([100.0]), np.array([120.0]), 50.0)
    assert all(np.isnan(part).all() for part in guess)


def test_matches_that_differ_from_those_around_are_left_out():
    rng = np.random.default_rng(5)
    place = rng.uniform(0.0, 500.0, (400, 2))
    move = true_move(place, 20.0, (10.0, 0.0)) + rng.normal(0.0, 0.5, place.shape)
    wrong = rng.random(400) < 0.2
    move[wrong] = rng.uniform(-150.0, 150.0, (wrong.sum(), 2))
    kept = consistent(Anchors(place, move))
    off = np.hypot(*(kept.move - true_move(kept.place, 20.0, (10.0, 0.0))).T)
    assert len(off) > 0.9 * (~wrong).sum()
    assert np.mean(off > 10.0) < 0.01


def test_the_search_widens_away_from_anchors_up_to_its_bound():
    rng = np.random.default_rng(6)
    place = rng.uniform(0.0, 100.0, (60, 2))
    anchors = Anchors(place, np.full((60, 2), 7.0) + rng.normal(0.0, 0.3, (60, 2)))
    far = np.array([50.0, 110.0, 150.0, 900.0])
    search = guess_at(anchors, far, np.full(4, 50.0), 40.0).search
    assert (np.diff(search) >= 0.0).all()
    assert search[0] < 6.0
    assert search[-1] == 40.0


def test_a_guess_never_turns_more_than_ice_is_taken_to():
    place = np.random.default_rng(7).uniform(0.0, 100.0, (60, 2))
    guess = guess_at(
        Anchors(place, place @ (rotation(60.0) - np.eye(2)).T), *[np.full(1, 50.0)] * 2, 9.0
    )
    np.testing.assert_array_equal(guess.angle, LARGEST_TURN)


def test_a_plane_is_told_exactly_and_stands_single_wrong_displacements():
    rng = np.random.default_rng(9)
    place = rng.uniform(-50.0, 50.0, (100, 2))
    gradient = np.array([[0.02, -0.05], [0.04, 0.01]])
    move = 3.0 + place @ gradient.T
    at = rng.uniform(-30.0, 30.0, (20, 2))
    plane = local_plane(place, move, at, 12, 0.1)
    np.testing.assert_allclose(plane.move, 3.0 + at @ gradient.T, atol=2e-3)
    np.testing.assert_allclose(plane.gradient, np.broadcast_to(gradient, (20, 2, 2)), atol=1e-3)
    move[::10] += 30.0
    plane = local_plane(place, move, at, 12, 0.1)
    assert np.abs(plane.move - 3.0 - at @ gradient.T).max() < 0.3


def test_normalised_images_do_not_know_gain_and_level():
    image = texture(2, 200)
    image[20:60, 30:90] = np.nan
    one, other = normalised(image), normalised(3.0 * image - 40.0)
    np.testing.assert_allclose(one, other, atol=0.05)
    np.testing.assert_array_equal(np.isnan(one), np.isnan(image))
    assert abs(np.nanmean(one)) < 0.05
    assert 0.9 < np.nanstd(one) < 1.1
