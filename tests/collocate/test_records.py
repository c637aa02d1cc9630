"""Records on drifting ice: the fixed point between landing place and pixel time."""

import numpy as np
import pytest
from small_world import CENTRE, LINE_STEP, SIZE, START, scene, track

from iceco.collocate.records import EDGE_SPEED, land
from iceco.drift.displacement import (
    Displacement,
    constant_displacement,
    isotropic,
    no_drift,
)
from iceco.geo.polar import inverse, scale_factor
from iceco.geo.swath import image_to_plane
from iceco.products.canonical import scene_geolocation

HOUR = np.timedelta64(3600 * 10**9, "ns")


@pytest.fixture(scope="module")
def image():
    return scene(np.zeros((SIZE, SIZE), dtype=bool))


def fast(plane, x, y, start, stop):
    """Ice at 1 m/s along x: the pixel's time changes where it lands."""
    seconds = (stop - start) / np.timedelta64(1, "s")
    known = np.ones(seconds.shape, dtype=bool)
    zeros = 0 * seconds
    return Displacement(seconds, zeros, isotropic(seconds**2), known, zeros, known.astype(np.int8))


def test_the_displacement_is_that_to_the_pixel_s_own_time(image):
    place = scene_geolocation(image)
    line, sample = np.array([10.25, 200.0, 390.0]), np.array([100.0, 200.5, 300.0])
    x, y = image_to_plane(place, line, sample)
    seen = START + np.rint(line * LINE_STEP.astype(float)).astype("timedelta64[ns]")
    time = seen - 1500 * np.timedelta64(10**9, "ns")
    landed = land(track(x - 1500.0, y, time), image, place, fast, 3 * HOUR)
    assert landed.line == pytest.approx(line, abs=1e-4)
    assert landed.sample == pytest.approx(sample, abs=1e-4)
    assert landed.dx == pytest.approx(1500.0, abs=1e-3)
    assert np.abs(landed.pixel_time - seen).max() <= np.timedelta64(1000, "ns")


def test_records_outside_image_lag_or_hemisphere_are_left_out(image):
    place = scene_geolocation(image)
    x, y = image_to_plane(place, np.full(4, 200.0), np.full(4, 200.0))
    x[1] += 1e5
    time = np.full(4, START)
    time[2] += 4 * HOUR
    pass_over = track(x, y, time)
    pass_over["latitude"].values[3] *= -1
    landed = land(pass_over, image, place, no_drift(), 3 * HOUR)
    assert landed.place.tolist() == [0]


def test_the_lag_limit_holds_at_the_pixel(image):
    place = scene_geolocation(image)
    x, y = image_to_plane(place, np.full(2, 200.0), np.full(2, 200.0))
    seen = START + 200 * LINE_STEP
    time = np.array([seen + HOUR, seen + HOUR + np.timedelta64(10**6, "ns")])
    landed = land(track(x, y, time), image, place, no_drift(), HOUR)
    assert landed.place.tolist() == [0]


def test_position_sigma_is_in_ground_metres_and_never_zero(image):
    place = scene_geolocation(image)
    x, y = image_to_plane(place, np.full(2, 200.0), np.full(2, 200.0))
    time = np.array([START + 200 * LINE_STEP, START - HOUR])
    drift = constant_displacement(0.0, 0.0)
    sigma = land(track(x, y, time), image, place, drift, 3 * HOUR).position_sigma
    _, latitude = inverse(place.plane, *map(np.array, CENTRE))
    grown = np.array([0.0, 0.03 * 3601.2]) / scale_factor(place.plane, latitude)
    edges = np.array([0.0, EDGE_SPEED * 3601.2])
    assert sigma == pytest.approx(np.sqrt(grown**2 + edges**2 + 20.0**2 + 20.0**2), rel=1e-3)


def test_the_covariance_keeps_its_direction_and_gains_what_images_leave(image):
    place = scene_geolocation(image)
    x, y = image_to_plane(place, np.full(2, 200.0), np.full(2, 200.0))
    time = np.full(2, START + 200 * LINE_STEP)
    given = np.array([[9e4, 2e4], [2e4, 1e4]])

    def drift(plane, x, y, start, stop):
        known = np.ones(x.shape, dtype=bool)
        zeros = np.zeros(x.shape)
        shape = np.broadcast_to(given, (x.size, 2, 2))
        return Displacement(zeros, zeros, shape, known, zeros, known.astype(np.int8))

    landed = land(track(x, y, time), image, place, drift, 3 * HOUR)
    _, latitude = inverse(place.plane, *map(np.array, CENTRE))
    wanted = given / scale_factor(place.plane, latitude) ** 2 + 2 * 20.0**2 * np.eye(2)
    assert landed.covariance[0] == pytest.approx(wanted, rel=1e-3)
    assert landed.position_sigma[0] == pytest.approx(np.sqrt(np.trace(wanted) / 2), rel=1e-3)


def test_the_heading_is_that_of_the_pass_and_unknown_of_a_single_record(image):
    place = scene_geolocation(image)
    x, y = (
        np.array(CENTRE)[:, None] + np.outer([np.cos(2.0), np.sin(2.0)], [-300, 0, 300])
    ).tolist()
    time = np.full(3, START + 200 * LINE_STEP)
    landed = land(track(np.array(x), np.array(y), time), image, place, no_drift(), HOUR)
    assert landed.heading == pytest.approx(np.full(3, 2.0), abs=1e-6)
    one = land(track(np.array(x[:1]), np.array(y[:1]), time[:1]), image, place, no_drift(), HOUR)
    assert np.isnan(one.heading).tolist() == [True]
