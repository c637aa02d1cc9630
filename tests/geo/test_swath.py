"""Swath geolocation: exact at its nodes, smooth between them, and the same both ways."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import swath as naive
from pyproj import Geod

from iceco.geo.polar import NORTH, SOUTH, PolarPlane, forward
from iceco.geo.swath import (
    Geolocation,
    fit_geolocation,
    image_to_plane,
    plane_to_image,
    sea_level_grid,
)

EARTH = Geod(ellps="WGS84")


def scene_grid(
    line: np.ndarray,
    sample: np.ndarray,
    centre: tuple[float, float] = (20.0, 82.0),
    heading: float = 195.0,
    spacing: float = 40.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Return longitude and latitude of pixels laid out on the ground [m] around a centre."""
    down = (line - line[-1] / 2)[:, None] * spacing + np.zeros(sample.size)
    right = (sample - sample[-1] / 2) * spacing + np.zeros((line.size, 1))
    everywhere = np.ones(down.shape)
    track = EARTH.fwd(centre[0] * everywhere, centre[1] * everywhere, heading * everywhere, down)
    onward = track[2] + 180.0
    return EARTH.fwd(track[0], track[1], onward + 90.0, right)[:2]


def nodes(size: int, count: int) -> np.ndarray:
    """Return nodes of an image of ``size`` pixels; the last step is shorter, as in real ones."""
    if count == 2:
        return np.array([0.0, size - 1.0])
    step = size // (count - 1) + 1
    return np.append(np.arange(count - 1) * step, size - 1).astype(float)


def geolocate(
    line: np.ndarray, sample: np.ndarray, plane: PolarPlane = NORTH, **where: object
) -> Geolocation:
    grid = scene_grid(line, sample, **where)
    return fit_geolocation(line, sample, *forward(plane, *grid), plane)


@pytest.fixture(scope="module")
def scene() -> Geolocation:
    """An EW scene across the pole, 10708 x 10487 pixels on 23 x 21 nodes."""
    return geolocate(nodes(10708, 23), nodes(10487, 21), centre=(20.0, 89.0))


def test_nodes_lie_where_the_grid_says():
    line, sample = nodes(500, 6), nodes(700, 5)
    x, y = forward(NORTH, *scene_grid(line, sample))
    found = image_to_plane(fit_geolocation(line, sample, x, y, NORTH), line[:, None], sample)
    assert np.abs(np.subtract(found, (x, y))).max() < 1e-6


@pytest.mark.parametrize("latitude", [60.0, 75.0, 82.0, 89.0, 90.0])
def test_pixels_between_nodes_lie_where_they_should_to_a_decimetre(latitude):
    line, sample = nodes(10708, 23), nodes(10487, 21)
    geolocation = geolocate(line, sample, centre=(170.0, latitude))
    between = [0.5 * (n[1:] + n[:-1]) for n in (line, sample)]
    # All pixels are laid out around the centre that the outermost nodes define.
    all_line, all_sample = (
        np.append(b, n[-1]) for b, n in zip(between, (line, sample), strict=True)
    )
    truth = forward(NORTH, *scene_grid(all_line, all_sample, centre=(170.0, latitude)))
    found = image_to_plane(geolocation, all_line[:, None], all_sample)
    assert np.hypot(*np.subtract(found, truth)).max() < 0.1


@settings(deadline=None, max_examples=60)
@given(
    centre=st.tuples(st.floats(-180, 180), st.floats(55, 90)),
    heading=st.floats(0, 360),
    spacing=st.sampled_from([10.0, 40.0, 100.0]),
    size=st.sampled_from([(64, 64, 5, 5), (64, 300, 2, 2), (2000, 64, 9, 3), (9000, 9999, 19, 21)]),
    at=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    south=st.booleans(),
    mirrored=st.booleans(),
)
def test_any_pixel_of_any_scene_comes_back(centre, heading, spacing, size, at, south, mirrored):
    plane = SOUTH if south else NORTH
    line, sample = nodes(size[0], size[2]), nodes(size[1], size[3])
    longitude, latitude = scene_grid(line, sample, centre, heading, spacing)
    x, y = forward(plane, longitude, plane.hemisphere * latitude)
    if mirrored:
        x, y = x[:, ::-1], y[:, ::-1]
    geolocation = fit_geolocation(line, sample, x, y, plane)
    pixel = (at[0] * size[0] - 0.5, at[1] * size[1] - 0.5)
    back = plane_to_image(geolocation, *image_to_plane(geolocation, *pixel))
    assert back == pytest.approx(pixel, abs=1e-5)


def test_loops_agree_with_splines_row_by_row():
    line, sample = nodes(300, 5), nodes(200, 4)
    x, y = forward(NORTH, *scene_grid(line, sample, heading=33.0, spacing=400.0))
    geolocation = fit_geolocation(line, sample, x, y, NORTH)
    random = np.random.default_rng(0)
    for pixel in random.uniform((-0.5, -0.5), (299.5, 199.5), (10, 2)):
        place = naive.image_to_plane(line, sample, x, y, *pixel)
        assert image_to_plane(geolocation, *pixel) == pytest.approx(place, abs=1e-6)
        back = naive.plane_to_image(line, sample, x, y, *place)
        assert plane_to_image(geolocation, *place) == pytest.approx(back, abs=1e-6)


def test_the_outermost_pixels_are_whole(scene):
    line = np.array([-0.5, -0.5, 10707.5, 10707.5])
    sample = np.array([-0.5, 10486.5, -0.5, 10486.5])
    x, y = image_to_plane(scene, line, sample)
    back = plane_to_image(scene, x, y)
    assert np.abs(np.subtract(back, (line, sample))).max() < 1e-5


def test_there_is_nothing_outside_the_image(scene):
    line = np.array([-0.6, 10707.6, 5000.0, 5000.0, np.nan])
    sample = np.array([5000.0, 5000.0, -0.6, 10486.6, 5000.0])
    assert np.isnan(image_to_plane(scene, line, sample)).all()


def test_places_outside_the_image_have_no_pixel(scene):
    line = np.array([0.0, 0.0, 10707.0, 5000.0, 5000.0])
    sample = np.array([0.0, 10486.0, 10486.0, 0.0, 10486.0])
    middle = np.array(image_to_plane(scene, 5353.5, 5243.0))[:, None]
    edge = np.array(image_to_plane(scene, line, sample))
    for stretch in (1.0005, 1.5, 10.0, 1e3):
        outside = middle + stretch * (edge - middle)
        assert np.isnan(plane_to_image(scene, *outside)).all()
    inside = middle + 0.9995 * (edge - middle)
    assert np.isfinite(plane_to_image(scene, *inside)).all()


def test_missing_and_infinite_places_have_no_pixel(scene):
    x = np.array([np.nan, 0.0, np.inf, 1e300])
    y = np.array([0.0, np.nan, 0.0, 0.0])
    assert np.isnan(plane_to_image(scene, x, y)).all()


def test_shapes_broadcast_and_stay(scene):
    x, y = image_to_plane(scene, np.arange(3.0)[:, None], np.arange(4.0))
    assert x.shape == y.shape == (3, 4)
    line, sample = plane_to_image(scene, x.T, y.T)
    assert line.shape == sample.shape == (4, 3)
    assert image_to_plane(scene, np.empty(0), np.empty(0))[0].shape == (0,)


def test_the_pole_and_the_date_line_inside_a_scene_are_ordinary_places():
    geolocation = geolocate(nodes(2000, 5), nodes(2000, 5), centre=(180.0, 90.0))
    line, sample = plane_to_image(geolocation, np.array([0.0, 1.0]), np.zeros(2))
    assert (line[0], sample[0]) == pytest.approx((999.5, 999.5), abs=0.01)
    assert np.hypot(np.diff(line), np.diff(sample)) == pytest.approx(1 / 40.0 / 0.96986, rel=1e-4)


def good_grid() -> dict[str, np.ndarray]:
    line, sample = nodes(64, 5), nodes(64, 4)
    x, y = forward(NORTH, *scene_grid(line, sample))
    return {"grid_line": line, "grid_sample": sample, "grid_x": x, "grid_y": y}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: {"grid_x": g["grid_x"][:-1]}, "all input arrays must have the same shape"),
        (lambda g: {"grid_line": g["grid_line"][:-1]}, "for 4 lines"),
        (lambda g: {n: g[n][:1] for n in ("grid_line", "grid_x", "grid_y")}, "2 x 2 nodes"),
        (lambda g: {"grid_sample": g["grid_sample"][::-1]}, "must increase"),
        (lambda g: {"grid_y": np.where(g["grid_y"] == g["grid_y"][1, 1], np.nan, 0)}, "nan"),
        (lambda g: {"grid_y": g["grid_x"]}, "out of order"),
        (lambda g: {n: np.repeat(g[n][:, :2], 2, 1) for n in ("grid_x", "grid_y")}, "out of order"),
        (lambda g: {n: g[n][[0, 2, 1, 3, 4]] for n in ("grid_x", "grid_y")}, "out of order"),
    ],
)
def test_a_grid_that_is_none_is_refused(change, message):
    grid = good_grid()
    with pytest.raises(ValueError, match=message):
        fit_geolocation(**{**grid, **change(grid)}, plane=NORTH)


def test_terrain_is_taken_out_of_a_grid():
    line, sample = nodes(5000, 11), nodes(6000, 13)
    height = np.zeros((11, 13))
    height[4:7, 5:9] = 500.0
    incidence = np.broadcast_to(np.linspace(20.0, 46.0, 13), height.shape)
    truth = scene_grid(line, sample)
    shift = height / np.tan(np.radians(incidence))
    # A height h is seen at the range of the sea h / tan(incidence) nearer.
    back = EARTH.inv(truth[0][:, :-1], truth[1][:, :-1], truth[0][:, 1:], truth[1][:, 1:])[0]
    outward = np.column_stack([back, back[:, -1]])
    annotated = EARTH.fwd(*truth, outward, shift)[:2]
    x, y = sea_level_grid(line, sample, *annotated, height, incidence, 40.0, NORTH)
    assert shift.max() > 800.0
    assert np.hypot(*np.subtract((x, y), forward(NORTH, *truth))).max() < 1.0


def test_terrain_that_folds_the_grid_is_refused():
    line, sample = nodes(64, 3), nodes(64, 3)
    height = np.array([[0.0, 9000.0, 0.0]] * 3)
    incidence = np.full((3, 3), 30.0)
    with pytest.raises(ValueError, match="fold"):
        sea_level_grid(line, sample, *scene_grid(line, sample), height, incidence, 40.0, NORTH)
