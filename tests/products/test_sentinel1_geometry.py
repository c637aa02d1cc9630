"""The geometry of made-up EW scenes: it closes, in truth and with its own annotation."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from iceco.geo.orbit import Orbit, ecef_to_geodetic, geodetic_to_ecef, state, zero_doppler
from iceco.products.sentinel1.annotation import parse_annotation
from iceco.products.sentinel1.annotation_text import product_annotation
from iceco.products.sentinel1.ew_scene import plan_scene, scene_identity
from iceco.products.sentinel1.flight import (
    EARTH_ROTATION,
    INCLINATION,
    ORBIT_RADIUS,
    View,
    ascending_node_time,
    orbit_over,
)
from iceco.products.sentinel1.geometry import (
    SPEED_OF_LIGHT,
    elevation_angle,
    geolocation_grid,
    ground_position,
    scene_geometry,
)
from iceco.products.sentinel1.instrument import incidence_angle

WGS84 = Geod(ellps="WGS84")
TIME = np.datetime64("2022-11-30T01:44:14.7")
SMALL = View(88.0, 79.5, TIME, 300, 400)
PLACES = {
    "Kara Sea, descending": View(88.0, 79.5, TIME, 300, 400),
    "Kara Sea, ascending": View(88.0, 79.5, TIME, 300, 400, ascending=True),
    "over the North Pole": View(10.0, 90.0, TIME, 300, 400),
    "beside the North Pole": View(-120.0, 89.97, TIME, 300, 400, ascending=True),
    "across the date line": View(180.0, 75.0, TIME, 300, 400),
    "Weddell Sea": View(-45.0, -74.0, TIME, 300, 400, ascending=True),
    "Ross Ice Shelf, date line": View(-179.99, -78.0, TIME, 300, 400),
    "equator": View(0.0, 0.0, TIME, 300, 400, ascending=True),
    "South Pole": View(0.0, -90.0, TIME, 300, 400),
}
EW = "sar/safe/S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15.SAFE"


@pytest.fixture(params=PLACES.values(), ids=PLACES)
def view(request):
    return request.param


@pytest.fixture(scope="module")
def full_scene():
    return scene_geometry(View(88.0, 79.5, TIME, 10708, 10487))


@pytest.fixture(scope="module")
def real(sample_data):
    (file,) = (sample_data / EW / "annotation").glob("s1a-ew-grd-hh-*.xml")
    return parse_annotation(file.read_bytes(), "the real scene")


def distance(longitude, latitude, other_longitude, other_latitude):
    places = np.broadcast_arrays(longitude, latitude, other_longitude, other_latitude)
    return np.asarray(WGS84.inv(*places)[2])


def annotated(scene):
    text = product_annotation(scene, scene_identity(scene, ("HH",)), "HH", {})
    return parse_annotation(text, "made up")


def annotated_orbit(annotation):
    states = annotation.orbit
    seconds = (states.time - states.time[0]) / np.timedelta64(1, "s")
    return Orbit(states.time[0], seconds, states.position, states.velocity)


def test_the_written_tie_points_are_seen_at_the_written_times_and_ranges(view):
    annotation = annotated(plan_scene(view))
    grid, orbit = annotation.grid, annotated_orbit(annotation)
    ecef = geodetic_to_ecef(grid.longitude.ravel(), grid.latitude.ravel(), grid.height.ravel())
    time, slant_range = zero_doppler(orbit, ecef)
    written = (grid.azimuth_time.ravel() - orbit.epoch) / np.timedelta64(1, "s")
    np.testing.assert_allclose(time, written, rtol=0, atol=1e-6)
    expected = 0.5 * SPEED_OF_LIGHT * grid.slant_range_time.ravel()
    np.testing.assert_allclose(slant_range, expected, rtol=0, atol=0.01)


def test_the_centre_of_the_image_is_the_wanted_place(view):
    geometry = scene_geometry(view)
    centre = np.array(0.5 * (view.lines - 1)), np.array(0.5 * (view.samples - 1))
    assert distance(*ground_position(geometry, *centre), view.longitude, view.latitude) < 10.0


def test_the_centre_is_seen_at_the_wanted_time(view):
    middle = plan_scene(view).line_time(0.5 * (view.lines - 1))
    assert abs(middle - TIME) <= np.timedelta64(1, "us")


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("latitude", [-77.0, -30.0, 0.0, 66.0, 82.0, 85.5])
def test_where_sentinel1_flies_the_orbit_has_its_inclination_and_the_wanted_pass(
    latitude, ascending
):
    orbit = orbit_over(replace(SMALL, latitude=latitude, ascending=ascending))
    position, velocity = orbit.position, orbit.velocity
    spin = np.array([0.0, 0.0, EARTH_ROTATION])
    momentum = np.cross(position, velocity + np.cross(spin, position))
    inclination = np.degrees(np.arccos(momentum[:, 2] / np.linalg.norm(momentum, axis=1)))
    np.testing.assert_allclose(inclination, INCLINATION, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(position, axis=1), ORBIT_RADIUS, atol=1e-3)
    assert (state(orbit, np.zeros(1))[1][0, 2] > 0.0) == ascending


def test_the_radar_looks_to_the_right(view):
    scene = plan_scene(view)
    grid, orbit = scene.grid, scene.geometry.orbit
    ecef = geodetic_to_ecef(grid.longitude.ravel(), grid.latitude.ravel(), 0.0)
    (position,), (velocity,) = state(orbit, np.zeros(1))
    assert ((ecef - position) @ np.cross(velocity, position) > 0.0).all()


def test_the_velocity_is_the_derivative_of_the_position():
    orbit = orbit_over(SMALL)
    slope = (orbit.position[2:] - orbit.position[:-2]) / 20.0
    np.testing.assert_allclose(slope, orbit.velocity[1:-1], atol=0.2)


def test_the_ascending_node_is_where_the_latitude_says():
    orbit = orbit_over(replace(SMALL, latitude=60.0, ascending=True))
    since_node = (orbit.epoch - ascending_node_time(orbit)) / np.timedelta64(1, "s")
    period = 2.0 * np.pi * np.sqrt(ORBIT_RADIUS**3 / 3.986004418e14)
    angle = 2.0 * np.pi * since_node / period
    height = state(orbit, np.zeros(1))[0][0, 2] / ORBIT_RADIUS
    assert height == pytest.approx(np.sin(np.radians(INCLINATION)) * np.sin(angle), abs=1e-6)


def test_samples_lie_40_m_apart_all_over_a_full_swath(full_scene):
    line, sample = np.meshgrid([0, 5353, 10706], np.arange(0, 10486, 500), indexing="ij")
    here = ground_position(full_scene, line, sample)
    next_sample = ground_position(full_scene, line, sample + 1)
    np.testing.assert_allclose(distance(*here, *next_sample), 40.0, rtol=1e-3)


def test_lines_lie_40_m_apart_at_the_centre_and_roughly_elsewhere(full_scene):
    line, sample = np.meshgrid([0, 5353, 10706], [0, 5243, 10486], indexing="ij")
    here = ground_position(full_scene, line, sample)
    spacing = distance(*here, *ground_position(full_scene, line + 1, sample))
    assert spacing[1, 1] == pytest.approx(40.0, abs=0.01)
    np.testing.assert_allclose(spacing, 40.0, rtol=0.012)


def test_a_full_swath_has_the_incidence_angles_of_a_real_one(full_scene):
    edges = incidence_angle(full_scene, 5000.0, np.array([0.0, 10486.0]))
    np.testing.assert_allclose(edges, [18.9, 46.4], atol=0.2)


def test_ground_range_and_slant_range_polynomials_undo_each_other(full_scene):
    records = full_scene.ground_range
    ground = np.arange(0.0, 10487 * 40.0, 4000.0)
    for slant_from_ground, ground_from_slant in zip(records.slant, records.ground, strict=True):
        slant = np.polynomial.polynomial.polyval(ground, slant_from_ground)
        back = np.polynomial.polynomial.polyval(slant - records.near_range, ground_from_slant)
        np.testing.assert_allclose(back, ground, rtol=0, atol=30.0)  # real ones: 16 m


def test_a_tie_point_on_high_ground_lies_farther_by_height_over_tangent_of_incidence():
    geometry = scene_geometry(SMALL)
    flat = geolocation_grid(geometry)
    high = geolocation_grid(geometry, lambda longitude, latitude: np.full_like(latitude, 500.0))
    np.testing.assert_array_equal(high.height, 500.0)
    np.testing.assert_array_equal(high.slant_range_time, flat.slant_range_time)
    shift = 500.0 / np.tan(np.radians(flat.incidence_angle))
    found = distance(high.longitude, high.latitude, flat.longitude, flat.latitude)
    np.testing.assert_allclose(found, shift, rtol=0.01)
    sea = ground_position(geometry, flat.line[:, None], flat.sample + shift / 40.0)
    assert distance(*sea, high.longitude, high.latitude).max() < 10.0


def test_a_pixel_with_its_height_is_where_the_tie_point_with_that_height_is():
    geometry = scene_geometry(SMALL)
    hills = geolocation_grid(geometry, lambda longitude, latitude: 1000.0 * (latitude - 79.4))
    place = ground_position(geometry, hills.line[:, None], hills.sample, hills.height)
    assert distance(*place, hills.longitude, hills.latitude).max() < 0.01


def test_real_tie_points_lie_on_the_polynomial_of_the_nearest_record_and_so_do_ours(full_scene):
    grid = geolocation_grid(full_scene)
    records = full_scene.ground_range
    seconds = full_scene.first_line_time + grid.line * full_scene.line_interval
    for i, second in enumerate(seconds):
        nearest = records.slant[np.argmin(np.abs(records.time - second))]
        slant_range = np.polynomial.polynomial.polyval(40.0 * grid.sample, nearest)
        expected = 0.5 * SPEED_OF_LIGHT * grid.slant_range_time[i]
        np.testing.assert_allclose(slant_range, expected, rtol=0, atol=1e-6)


def test_the_annotated_angles_are_geocentric_as_those_of_the_processor(real):
    """Incidence and elevation of the processor obey the law of sines at the Earth's centre."""
    grid, orbit = real.grid, annotated_orbit(real)
    ground = geodetic_to_ecef(grid.longitude.ravel(), grid.latitude.ravel(), grid.height.ravel())
    time = (grid.azimuth_time.ravel() - orbit.epoch) / np.timedelta64(1, "s")
    sight = state(orbit, time)[0] - ground
    cosine = (ground * sight).sum(axis=1)
    cosine /= np.linalg.norm(ground, axis=1) * np.linalg.norm(sight, axis=1)
    angle = np.degrees(np.arccos(cosine))
    np.testing.assert_allclose(angle, grid.incidence_angle.ravel(), atol=1e-5)


def test_the_law_of_sines_joins_our_incidence_and_elevation_angles():
    geometry = scene_geometry(SMALL)
    grid = geolocation_grid(geometry)
    radius = np.linalg.norm(
        geodetic_to_ecef(grid.longitude.ravel(), grid.latitude.ravel(), 0.0), axis=1
    )
    incidence = np.radians(grid.incidence_angle.ravel())
    elevation = np.radians(elevation_angle(geometry, grid).ravel())
    np.testing.assert_allclose(
        radius * np.sin(incidence), ORBIT_RADIUS * np.sin(elevation), rtol=1e-9
    )


def test_times_move_across_the_swath_by_half_the_travel_time_as_in_real_scenes(real, full_scene):
    for grid in (real.grid, geolocation_grid(full_scene)):
        delay = (grid.azimuth_time - grid.azimuth_time[:, :1]) / np.timedelta64(1, "s")
        travel = grid.slant_range_time - grid.slant_range_time[:, :1]
        np.testing.assert_allclose(delay, 0.5 * travel, rtol=0, atol=2e-6)


def test_the_grid_of_a_full_scene_has_the_nodes_of_the_real_one(real, full_scene):
    grid = geolocation_grid(full_scene)
    np.testing.assert_array_equal(grid.line, real.grid.line)
    np.testing.assert_array_equal(grid.sample, real.grid.sample)


def test_a_full_scene_over_the_place_of_the_real_one_has_nearly_its_geometry(real, full_scene):
    grid = geolocation_grid(full_scene)
    apart = distance(grid.longitude, grid.latitude, real.grid.longitude, real.grid.latitude)
    assert np.median(apart) < 10_000.0
    np.testing.assert_allclose(grid.incidence_angle, real.grid.incidence_angle, atol=0.2)
    np.testing.assert_allclose(full_scene.line_interval, real.line_interval, rtol=0.02)


@settings(max_examples=12, deadline=None)
@given(
    longitude=st.floats(-180.0, 180.0),
    latitude=st.floats(-90.0, 90.0),
    ascending=st.booleans(),
    lines=st.integers(100, 900),
    samples=st.integers(100, 900),
)
def test_any_place_can_be_seen(longitude, latitude, ascending, lines, samples):
    view = View(longitude, latitude, TIME, lines, samples, ascending)
    geometry = scene_geometry(view)
    grid = geolocation_grid(geometry)
    ecef = geodetic_to_ecef(grid.longitude.ravel(), grid.latitude.ravel(), 0.0)
    time, _ = zero_doppler(geometry.orbit, ecef)
    expected = (grid.azimuth_time.ravel() - geometry.orbit.epoch) / np.timedelta64(1, "s")
    np.testing.assert_allclose(time, expected, rtol=0, atol=1e-6)
    reach = 0.5 * 40.0 * np.hypot(lines, samples)
    away = distance(grid.longitude, grid.latitude, longitude, latitude)
    assert away.max() == pytest.approx(reach, rel=0.01)


def test_the_incidence_angle_of_the_image_is_against_the_normal_of_the_ellipsoid():
    geometry = scene_geometry(SMALL)
    sample = np.array([0.0, 399.0])
    angle = np.radians(incidence_angle(geometry, 150.0, sample))
    below = ground_position(geometry, np.full(2, 150.0), sample, 0.0)
    above = ground_position(geometry, np.full(2, 150.0), sample, 10.0)
    np.testing.assert_allclose(distance(*below, *above), 10.0 / np.tan(angle), rtol=1e-4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lines": 99}, "100 to 50000 lines"),
        ({"samples": 12_000}, "100 to 11000 samples"),
        ({"latitude": 90.5}, "latitude"),
        ({"latitude": np.nan}, "latitude"),
        ({"incidence_angle": 20.0}, "incidence angle"),
    ],
)
def test_what_the_radar_cannot_see_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(SMALL, **change)


def test_state_vectors_reach_a_minute_before_and_after_the_longest_scene(full_scene):
    time = full_scene.orbit.time
    last = full_scene.first_line_time + full_scene.lines * full_scene.line_interval
    assert time[0] <= full_scene.first_line_time - 60.0
    assert time[-1] >= last + 60.0


def test_the_satellite_flies_at_its_height():
    _, _, height = ecef_to_geodetic(orbit_over(SMALL).position)
    assert (height > 690_000.0).all()
    assert (height < 730_000.0).all()
