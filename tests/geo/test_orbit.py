"""Range-Doppler geometry: a circular orbit over a turning Earth, and points seen from it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from iceco.geo.orbit import (
    Orbit,
    ecef_to_geodetic,
    geodetic_to_ecef,
    locate,
    sea_level_grid_from_orbit,
    state,
    zero_doppler,
)
from iceco.geo.polar import NORTH, SOUTH, forward, geodesic_distance

EARTH_RATE = 7.292115e-5  # rad / s, WGS 84
RADIUS = 7_070_000.0  # m, of Sentinel-1's orbit
RATE = np.sqrt(3.986004418e14 / RADIUS**3)  # rad / s, Kepler's third law
INCLINATION = np.radians(98.18)


def circular(t: np.ndarray, phase: float) -> tuple[np.ndarray, np.ndarray]:
    """Return ECEF position and velocity on a circular orbit; phase 90 degrees is northernmost."""
    angle, turn = np.radians(phase) + RATE * t, EARTH_RATE * t
    across, up = np.cos(INCLINATION), np.sin(INCLINATION)
    inertial = [np.cos(angle), across * np.sin(angle), up * np.sin(angle)]
    speed = [-RATE * np.sin(angle), across * RATE * np.cos(angle), up * RATE * np.cos(angle)]
    x = np.cos(turn) * inertial[0] + np.sin(turn) * inertial[1]
    y = np.cos(turn) * inertial[1] - np.sin(turn) * inertial[0]
    vx = np.cos(turn) * speed[0] + np.sin(turn) * speed[1] + EARTH_RATE * y
    vy = np.cos(turn) * speed[1] - np.sin(turn) * speed[0] - EARTH_RATE * x
    return (
        RADIUS * np.stack([x, y, inertial[2]], axis=-1),
        RADIUS * np.stack([vx, vy, speed[2]], axis=-1),
    )


def orbit_at(phase: float) -> Orbit:
    """Return 20 state vectors 10 s apart, as an annotation has them."""
    time = np.arange(20) * 10.0 - 60.0
    epoch = np.datetime64("2022-11-30T01:43:42.5", "ns")
    return Orbit(epoch, time, *circular(time, phase))


def test_between_vectors_the_orbit_is_known_to_a_millimetre():
    t = np.linspace(-60.0, 130.0, 500)
    position, velocity = state(orbit_at(80.0), t)
    true_position, true_velocity = circular(t, 80.0)
    assert np.abs(position - true_position).max() < 1e-3
    assert np.abs(velocity - true_velocity).max() < 1e-3


def test_there_is_no_state_outside_the_vectors():
    position, velocity = state(orbit_at(80.0), np.array([-60.1, 130.1]))
    assert np.isnan(position).all()
    assert np.isnan(velocity).all()


@settings(deadline=None)
@given(
    phase=st.floats(0, 360),
    t=st.floats(-55, 125),
    slant_range=st.floats(750e3, 1200e3),
    height=st.floats(-100, 4000),
    right_looking=st.booleans(),
)
def test_a_located_point_is_seen_when_and_where_it_was_asked_for(
    phase, t, slant_range, height, right_looking
):
    orbit = orbit_at(phase)
    point = locate(orbit, np.array([t]), np.array([slant_range]), height, right_looking)
    seen = zero_doppler(orbit, point)
    assert seen[0] == pytest.approx(t, abs=1e-9)
    assert seen[1] == pytest.approx(slant_range, abs=1e-5)
    assert ecef_to_geodetic(point)[2] == pytest.approx(height, abs=0.02)
    position, velocity = state(orbit, np.array([t]))
    side = np.einsum("ij,ij->i", np.cross(velocity, position), point - position)
    assert (side > 0.0) == right_looking


def test_a_point_abeam_is_seen_at_that_moment():
    position, velocity = circular(np.array([12.5]), 70.0)
    abeam = np.cross(velocity, position)
    point = position + 8e5 * abeam / np.linalg.norm(abeam)
    t, slant_range = zero_doppler(orbit_at(70.0), point)
    assert t == pytest.approx(12.5, abs=1e-6)
    assert slant_range == pytest.approx(8e5, abs=1e-3)


def test_points_before_and_after_the_vectors_are_not_seen():
    orbit = orbit_at(60.0)
    longer = Orbit(orbit.epoch, time := np.linspace(-200, 300, 51), *circular(time, 60.0))
    points = locate(longer, np.array([-100.0, 0.0, 200.0]), np.full(3, 9e5))
    t, slant_range = zero_doppler(orbit, points)
    assert np.isnan(t).tolist() == np.isnan(slant_range).tolist() == [True, False, True]


def test_a_range_that_does_not_reach_the_earth_finds_nothing():
    points = locate(orbit_at(60.0), np.zeros(2), np.array([6e5, 9e5]))
    assert np.isnan(points).any(axis=1).tolist() == [True, False]


def test_missing_values_stay_in_their_place():
    orbit = orbit_at(60.0)
    points = locate(orbit, np.array([0.0, np.nan, 0.0]), np.array([9e5, 9e5, np.nan]))
    assert np.isnan(points).any(axis=1).tolist() == [False, True, True]
    assert np.isnan(zero_doppler(orbit, points)[0]).tolist() == [False, True, True]


@settings(deadline=None)
@given(
    longitude=st.floats(-180, 180), latitude=st.floats(-90, 90), height=st.floats(-5_000, 1_400_000)
)
def test_earth_fixed_coordinates_are_those_of_proj(longitude, latitude, height):
    proj = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    point = geodetic_to_ecef(longitude, latitude, height)
    assert point == pytest.approx(np.array(proj.transform(longitude, latitude, height)), abs=1e-8)
    back = ecef_to_geodetic(point)
    assert back[2] == pytest.approx(height, abs=1e-7)
    assert geodesic_distance(longitude, latitude, back[0], back[1]) < 1e-7


@pytest.mark.parametrize(("plane", "phase"), [(NORTH, 90.0), (SOUTH, 270.0)])
def test_a_grid_over_the_pole_lies_where_its_points_do(plane, phase):
    orbit = orbit_at(phase)
    azimuth_time = np.linspace(0.0, 60.0, 5)[:, None] + np.zeros(4)
    slant_range = np.linspace(8e5, 1e6, 4) + np.zeros((5, 1))
    x, y = sea_level_grid_from_orbit(orbit, azimuth_time, slant_range, plane)
    point = locate(orbit, azimuth_time[3], slant_range[3])
    longitude, latitude, height = ecef_to_geodetic(point)
    assert np.abs(height).max() < 1e-6
    assert x.shape == y.shape == (5, 4)
    assert np.abs(np.subtract(forward(plane, longitude, latitude), (x[3], y[3]))).max() < 1e-6


@pytest.mark.parametrize("time", [np.array([0.0]), np.array([0.0, 10.0, 10.0])])
def test_state_vectors_out_of_order_are_refused(time):
    epoch = np.datetime64("2022-11-30T01:43:42.5", "ns")
    with pytest.raises(ValueError, match="times increasing"):
        Orbit(epoch, time, *circular(time, 0.0))
