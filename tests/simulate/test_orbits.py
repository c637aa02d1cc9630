"""Passes of made-up satellites: Kepler's laws over a turning Earth, through the wanted place."""

import numpy as np
import pytest

from iceco.geo.orbit import geodetic_to_ecef
from iceco.geo.polar import NORTH, forward, ground_distance
from iceco.simulate.orbits import (
    CRYOSAT2,
    EARTH_ROTATION,
    SARAL,
    SENTINEL3,
    SWOT,
    OrbitKind,
    fly_over,
)

TIME = np.datetime64("2022-03-02T10:11:12.125", "ns")
MISSIONS = [SARAL, CRYOSAT2, SENTINEL3, SWOT]
LONGITUDE, LATITUDE = -140.0, 75.5


def inertial(flown) -> np.ndarray:
    """Return positions (n, 3) in axes that do not turn with the Earth [m]."""
    x, y, z = geodetic_to_ecef(flown.longitude, flown.latitude, flown.altitude).T
    turn = EARTH_ROTATION * (flown.time - TIME) / np.timedelta64(1, "s")
    return np.stack(
        [np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y, z], axis=1
    )


@pytest.mark.parametrize("mission", MISSIONS)
@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("count", [400, 401])
def test_the_middle_record_is_straight_above_the_place(mission, ascending, count):
    flown = fly_over(mission, LONGITUDE, LATITUDE, TIME, 0.025, count, ascending)
    middle = count // 2
    assert flown.time[middle] == TIME
    assert flown.longitude[middle] == pytest.approx(LONGITUDE, abs=1e-9)
    assert flown.latitude[middle] == pytest.approx(LATITUDE, abs=1e-9)
    assert flown.altitude[middle] == pytest.approx(mission.altitude, abs=1e-3)
    x, y = forward(NORTH, np.asarray(LONGITUDE), np.asarray(LATITUDE))
    assert np.hypot(flown.x[middle] - x, flown.y[middle] - y) < 1e-3


@pytest.mark.parametrize("mission", MISSIONS)
def test_the_orbit_is_a_circle_inclined_as_the_mission_s(mission):
    flown = fly_over(mission, LONGITUDE, LATITUDE, TIME, 2.0, 901)
    position = inertial(flown)
    radius = np.linalg.norm(position, axis=1)
    assert np.ptp(radius) < 1e-2
    momentum = np.cross(position[0], position[450])
    inclination = np.degrees(np.arccos(momentum[2] / np.linalg.norm(momentum)))
    assert inclination == pytest.approx(mission.inclination, abs=1e-6)
    # Kepler's third law: the angle flown in half an hour.
    angle = np.arccos(np.sum(position[0] * position[-1]) / (radius[0] * radius[-1]))
    assert angle == pytest.approx(1800.0 * np.sqrt(3.986004418e14 / radius[0] ** 3), rel=1e-8)


@pytest.mark.parametrize("mission", MISSIONS)
def test_no_satellite_goes_farther_north_than_its_inclination_lets_it(mission):
    flown = fly_over(mission, LONGITUDE, LATITUDE, TIME, 5.0, 601)
    northernmost = np.degrees(
        np.arcsin(inertial(flown)[:, 2].max() / np.linalg.norm(inertial(flown)[0]))
    )
    highest = min(mission.inclination, 180.0 - mission.inclination)
    assert northernmost == pytest.approx(highest, abs=0.02)


@pytest.mark.parametrize("mission", MISSIONS)
@pytest.mark.parametrize("ascending", [True, False])
def test_speed_and_heading_are_those_of_the_nadir_point(mission, ascending):
    interval = 0.05
    flown = fly_over(mission, LONGITUDE, LATITUDE, TIME, interval, 201, ascending)
    step = ground_distance(NORTH, flown.x[:-1], flown.y[:-1], flown.x[1:], flown.y[1:])
    between = 0.5 * (flown.ground_speed[:-1] + flown.ground_speed[1:])
    assert step / interval == pytest.approx(between, rel=1e-4)
    # 7.5 km/s at 800 km, less by the ratio of radii, on an Earth that turns by 0.1 km/s here.
    assert 6_300.0 < flown.ground_speed.min() < flown.ground_speed.max() < 7_000.0
    flight = np.diff(flown.x) + 1j * np.diff(flown.y)
    turned = np.angle(flight * np.exp(-1j * flown.heading[:-1]))
    assert np.abs(turned).max() < 1e-3


def test_ascending_passes_go_north_and_descending_south():
    for mission in MISSIONS:
        up, down = (fly_over(mission, 10.0, 70.0, TIME, 1.0, 11, north) for north in (True, False))
        assert np.all(np.diff(up.latitude) > 0)
        assert np.all(np.diff(down.latitude) < 0)


def test_altitude_rises_towards_the_pole_at_the_rate_stated():
    interval = 1.0
    flown = fly_over(SARAL, LONGITUDE, LATITUDE, TIME, interval, 101)
    # The ellipsoid's radius falls by 21 km from the equator to the pole.
    assert np.all(np.diff(flown.altitude) > 0)
    assert np.diff(flown.altitude) / interval == pytest.approx(
        0.5 * (flown.altitude_rate[1:] + flown.altitude_rate[:-1]), rel=1e-2
    )
    assert 1.0 < flown.altitude_rate[50] < 20.0


def test_records_follow_each_other_at_the_interval():
    flown = fly_over(CRYOSAT2, LONGITUDE, LATITUDE, TIME, 1.0 / 20.0, 100)
    assert np.all(np.diff(flown.time) == np.timedelta64(50, "ms"))


def test_a_pass_crosses_the_date_line_and_goes_round_the_pole_like_any_other():
    flown = fly_over(CRYOSAT2, 179.999, 87.5, TIME, 0.5, 201)
    step = np.hypot(np.diff(flown.x), np.diff(flown.y))
    assert step.max() < 1.02 * step.min()
    assert np.ptp(flown.longitude) > 300.0


@pytest.mark.parametrize(
    ("mission", "latitude"), [(SWOT, 78.5), (SARAL, 83.0), (OrbitKind(800e3, 60.0), 75.0)]
)
def test_a_place_beyond_the_orbit_is_refused(mission, latitude):
    with pytest.raises(ValueError, match=f"never comes over {latitude} north"):
        fly_over(mission, 0.0, latitude, TIME, 0.05, 11)
