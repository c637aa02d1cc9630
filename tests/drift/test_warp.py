"""Images brought to another time: shifts, round trips, and what is not known."""

import numpy as np
import pytest
from drift_vectors import CENTRE, DAY, simulated, utc
from scipy.ndimage import gaussian_filter
from small_world import SIZE, scene

from iceco.drift.displacement import constant_displacement, no_drift
from iceco.drift.field import pair_drift
from iceco.drift.warp import warp_grid, warp_scene
from iceco.geo.polar import NORTH
from iceco.geo.swath import image_to_plane
from iceco.products.canonical import scene_geolocation

PIXEL = 100.0  # m
START, STOP = utc(0.0), utc(DAY)


@pytest.fixture
def image():
    noise = np.random.default_rng(3).normal(size=(120, 150))
    return (gaussian_filter(noise, 4.0) * 10.0).astype(np.float32)


def axes(image, down=False):
    x = CENTRE[0] + PIXEL * (np.arange(image.shape[1]) - image.shape[1] / 2)
    y = CENTRE[1] + PIXEL * (np.arange(image.shape[0]) - image.shape[0] / 2)
    return x, y[::-1] if down else y


@pytest.mark.parametrize("down", [False, True])
def test_even_motion_shifts_the_image(image, down):
    drift = constant_displacement(-3 * PIXEL, 2 * PIXEL)
    warped = warp_grid(image, axes(image, down), NORTH, drift, START, STOP)
    # ``drift`` is asked backwards: ice at a pixel came from 3 to the left and 2 up.
    rows = -2 if down else 2
    wanted = np.roll(image, (-rows, 3), axis=(0, 1))
    assert warped[4:-4, 4:-4] == pytest.approx(wanted[4:-4, 4:-4], abs=1e-5)
    assert warped.dtype == np.float32


def test_what_comes_from_outside_is_missing(image):
    drift = constant_displacement(-10 * PIXEL, 0.0)
    warped = warp_grid(image, axes(image), NORTH, drift, START, STOP)
    assert np.isnan(warped[:, :9]).all()
    assert np.isfinite(warped[:, 10:]).all()


def test_gaps_move_with_the_ice_and_do_not_spread(image):
    image[50:60, 70:90] = np.nan
    drift = constant_displacement(0.0, -4 * PIXEL)
    warped = warp_grid(image, axes(image), NORTH, drift, START, STOP)
    assert np.argwhere(np.isnan(warped[4:])).min(axis=0).tolist() == [50, 70]
    assert np.isnan(warped[4:]).sum() == 200


def test_there_and_back_again_is_the_same_image(image):
    _, pair = simulated(12)
    drift = pair_drift([pair])
    there = warp_grid(image, axes(image), NORTH, drift, START, STOP)
    back = warp_grid(there, axes(image), NORTH, drift, STOP, START)
    # Interpolating twice smooths a little: the image's grain is 4 pixels wide.
    seen = np.isfinite(back)
    assert seen.mean() > 0.2
    assert np.sqrt(np.mean((back - image)[seen] ** 2)) < 0.05 * image.std()


def test_a_pattern_is_where_the_ice_has_gone():
    motion_image = np.zeros((160, 160), dtype=np.float32)
    x, y = axes(motion_image)
    _, pair = simulated(21)
    drift = pair_drift([pair])
    place = np.array([[CENTRE[0]], [CENTRE[1]]])
    move = drift(NORTH, *place, utc(np.zeros(1)), utc(np.full(1, 6 * 3600.0)))
    spot = np.exp(-((x - CENTRE[0]) ** 2 + (y[:, None] - CENTRE[1]) ** 2) / (2 * 500.0**2))
    warped = warp_grid(spot.astype(np.float32), (x, y), NORTH, drift, START, utc(6 * 3600.0))
    warped = np.nan_to_num(warped)
    centre = [np.sum(warped * x) / warped.sum(), np.sum(warped * y[:, None]) / warped.sum()]
    assert centre == pytest.approx([place[0, 0] + move.dx[0], place[1, 0] + move.dy[0]], abs=20.0)


def test_without_drift_nothing_is_known(image):
    warped = warp_grid(image, axes(image), NORTH, no_drift(), START, STOP)
    assert np.isnan(warped).all()


def test_a_scene_is_warped_on_its_own_lines_and_samples():
    place = scene_geolocation(scene(np.zeros((SIZE, SIZE), dtype=bool)))
    line, sample = np.mgrid[:SIZE, :SIZE].astype(np.float64)
    x, y = image_to_plane(place, line, sample)
    # An image that is linear on the plane changes evenly when its ice moves.
    linear = 1e-3 * (2.0 * (x - x.mean()) - (y - y.mean()))
    warped = warp_scene(linear, place, constant_displacement(-150.0, 100.0), START, STOP)
    inner = (slice(20, -20), slice(20, -20))
    assert warped[inner] == pytest.approx(linear[inner] + 1e-3 * (-300.0 - 100.0), abs=1e-3)
