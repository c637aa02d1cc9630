"""Polar planes: PROJ's positions to the millimetre, true lengths, and an ordinary pole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import polar as naive
from pyproj import Geod, Proj, Transformer

from iceco.geo.polar import (
    NORTH,
    SOUTH,
    PolarPlane,
    forward,
    geodesic_distance,
    ground_distance,
    inverse,
    plane_of_epsg,
    plane_of_latitude,
    scale_factor,
)

PLANES = pytest.mark.parametrize("plane", [NORTH, SOUTH], ids=lambda plane: plane.crs)
LONGITUDES = st.floats(-360, 360)
POLEWARD = st.floats(40, 90)


@pytest.fixture(scope="module", params=[NORTH, SOUTH], ids=lambda plane: plane.crs)
def plane_and_proj(request) -> tuple[PolarPlane, Transformer]:
    plane = request.param
    return plane, Transformer.from_crs("EPSG:4326", plane.crs, always_xy=True)


@settings(deadline=None)
@given(longitude=LONGITUDES, poleward=POLEWARD)
def test_positions_are_those_of_proj_to_a_millimetre(plane_and_proj, longitude, poleward):
    plane, proj = plane_and_proj
    latitude = plane.hemisphere * poleward
    x, y = forward(plane, longitude, latitude)
    assert np.hypot(*np.subtract((x, y), proj.transform(longitude, latitude))) < 1e-3


@settings(deadline=None)
@given(longitude=LONGITUDES, poleward=POLEWARD)
def test_a_position_comes_back_from_the_plane_to_a_millimetre(plane_and_proj, longitude, poleward):
    plane, _ = plane_and_proj
    back = inverse(plane, *forward(plane, longitude, plane.hemisphere * poleward))
    assert geodesic_distance(longitude, plane.hemisphere * poleward, *back) < 1e-3
    assert -180.0 <= back[0] <= 180.0


@settings(deadline=None)
@given(longitude=st.floats(-180, 180), poleward=POLEWARD)
def test_loops_agree_with_the_textbook(longitude, poleward):
    for plane in (NORTH, SOUTH):
        constants = (plane.true_scale_latitude, plane.central_longitude)
        latitude = plane.hemisphere * poleward
        slow = naive.forward(longitude, latitude, *constants)
        assert forward(plane, longitude, latitude) == pytest.approx(slow, abs=1e-6)
        back = inverse(plane, *slow)
        assert geodesic_distance(*back, *naive.inverse(*slow, *constants)) < 1e-4


@PLANES
def test_the_pole_is_an_ordinary_place(plane):
    x, y = forward(plane, 123.0, plane.hemisphere * 90.0)
    assert np.hypot(x, y) < 1e-6
    longitude, latitude = inverse(plane, 0.0, 0.0)
    assert latitude == plane.hemisphere * 90.0
    assert longitude == plane.central_longitude
    across = inverse(plane, np.array([-1.0, 1.0]), np.zeros(2))
    assert geodesic_distance(*(ends[0] for ends in across), *(ends[1] for ends in across)) == (
        pytest.approx(2.0 / scale_factor(plane, latitude))
    )


@PLANES
def test_the_date_line_is_no_edge(plane):
    latitude = plane.hemisphere * 75.0
    east = forward(plane, 180.0, latitude)
    assert forward(plane, -180.0, latitude) == pytest.approx(east, abs=1e-6)
    step = forward(plane, -179.999, latitude)
    assert np.hypot(*np.subtract(step, east)) < 30.0


def test_longitudes_run_as_the_epsg_definitions_say():
    assert forward(NORTH, -45.0, 80.0)[1] < 0.0
    assert forward(NORTH, 45.0, 80.0)[0] > 0.0
    assert forward(SOUTH, 0.0, -80.0)[1] > 0.0
    assert forward(SOUTH, 90.0, -80.0)[0] > 0.0


@PLANES
def test_a_missing_coordinate_gives_a_missing_position(plane):
    latitude = plane.hemisphere * np.array([80.0, np.nan, 80.0])
    x, y = forward(plane, np.array([10.0, 10.0, np.nan]), latitude)
    assert np.isnan(x).tolist() == np.isnan(y).tolist() == [False, True, True]
    longitude, latitude = inverse(plane, np.array([1e6, np.nan]), np.array([1e6, 1e6]))
    assert np.isnan(longitude).tolist() == np.isnan(latitude).tolist() == [False, True]
    assert np.isnan(scale_factor(plane, np.nan))
    assert np.isnan(ground_distance(plane, np.nan, 0.0, 0.0, 1.0))
    assert np.isnan(geodesic_distance(np.nan, 80.0, 10.0, 80.0))


def test_shapes_are_kept_and_broadcast():
    x, y = forward(NORTH, np.zeros((3, 1)), np.full(4, 80.0))
    assert x.shape == y.shape == (3, 4)
    assert inverse(NORTH, x.T, y.T)[0].shape == (4, 3)
    assert inverse(NORTH, x[:0], y[:0])[1].shape == (0, 4)


@PLANES
def test_lengths_are_true_where_the_plane_says(plane):
    assert scale_factor(plane, plane.true_scale_latitude) == pytest.approx(1.0, abs=1e-15)
    latitude = plane.hemisphere * np.array([88.0, 60.0])
    assert scale_factor(plane, latitude) == pytest.approx([0.970, 1.039], abs=5e-4)


@PLANES
@pytest.mark.parametrize("poleward", [40.0, 65.0, 80.0, 89.5])
def test_the_scale_factor_is_that_of_proj(plane, poleward):
    latitude = plane.hemisphere * poleward
    factors = Proj(plane.crs).get_factors(10.0, latitude)
    assert scale_factor(plane, latitude) == pytest.approx(factors.meridional_scale, rel=1e-7)


@settings(deadline=None)
@given(
    longitude=st.floats(-180, 180),
    poleward=POLEWARD,
    azimuth=st.floats(0, 360),
    length=st.floats(1, 20_000),
)
def test_ground_distance_is_true_to_a_decimetre_over_twenty_kilometres(
    longitude, poleward, azimuth, length
):
    for plane in (NORTH, SOUTH):
        start = (longitude, plane.hemisphere * poleward)
        end = Geod(ellps="WGS84").fwd(*start, azimuth, length)[:2]
        found = ground_distance(plane, *forward(plane, *start), *forward(plane, *end))
        assert found == pytest.approx(length, abs=0.1)


def test_a_degree_of_meridian_is_as_long_as_the_ellipsoid_says():
    assert geodesic_distance(0.0, 89.5, 180.0, 89.5) == pytest.approx(111_693.9, abs=1.0)
    assert geodesic_distance(np.zeros(2), 80.0, 0.0, np.array([80.0, 81.0])).shape == (2,)


def test_the_hemisphere_is_that_of_most_latitudes():
    assert plane_of_latitude(np.array([np.nan, 70.0, 80.0, -60.0])) is NORTH
    assert plane_of_latitude(np.array([-70.0])) is SOUTH


def test_latitudes_that_are_all_missing_have_no_hemisphere():
    with pytest.raises(ValueError, match="no latitude is finite"):
        plane_of_latitude(np.array([np.nan, np.inf]))


@PLANES
def test_a_plane_is_found_by_its_name(plane):
    assert plane_of_epsg(plane.crs) is plane


def test_another_plane_is_refused_by_name():
    with pytest.raises(ValueError, match="EPSG:3411"):
        plane_of_epsg("EPSG:3411")
