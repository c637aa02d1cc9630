"""Two scenes on one grid: what a pixel holds, where it lies and when it was seen."""

import numpy as np
import pytest

from iceco.drift.pair.images import area_mean, common_grid, time_of
from iceco.geo.land import is_land
from iceco.geo.polar import NORTH, SOUTH, forward, inverse
from iceco.products.canonical import make_scene

MIDDLE = np.array([-1_000_000.0, 300_000.0])  # m on the plane
PIXEL = 40.0  # m
FIRST = np.datetime64("2024-03-01T06:00:00", "ns")
HOUR = np.timedelta64(3600, "s")


def level(x, y):
    """Backscatter at the reference incidence [dB]."""
    return -15.0 + 4.0 * np.sin((x - MIDDLE[0]) / 3000.0) * np.cos((y - MIDDLE[1]) / 2500.0)


def scene_of(time=FIRST, turn=25.0, size=300, offset=(0.0, 0.0), plane=NORTH, bands=("hh", "hv")):
    """A scene of ``level`` whose lines run in a direction of its own, with incidence across."""
    turn = np.radians(turn)
    line, sample = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    along, across = (line - 0.5 * size) * PIXEL, (sample - 0.5 * size) * PIXEL
    x = MIDDLE[0] + offset[0] + np.cos(turn) * across + np.sin(turn) * along
    y = MIDDLE[1] + offset[1] + np.sin(turn) * across - np.cos(turn) * along
    incidence = np.broadcast_to(np.linspace(25.0, 40.0, size, dtype=np.float32), (size, size))
    slope = {"hh": -0.24, "hv": -0.16}
    images = {
        f"sigma0_{band}": 10.0 ** (0.1 * (level(x, y) + slope[band] * (incidence - 34.5)))
        for band in bands
    }
    nodes = np.linspace(0, size - 1, 7).astype(int)
    grid = {"line": nodes, "sample": nodes, "x": x[nodes][:, nodes], "y": y[nodes][:, nodes]}
    attributes = {
        "scene_id": f"scene of {time}", "mission": "s1a", "mode": "EW", "polarisations": "HH HV",
        "crs": plane.crs, "pixel_spacing_line_m": PIXEL, "pixel_spacing_sample_m": PIXEL,
        "thermal_noise": "present", "source": "nowhere",
    }  # fmt: skip
    line_time = time + np.arange(size) * np.timedelta64(6_000_000, "ns")
    valid = np.ones((size, size), dtype=bool)
    valid[:, : size // 10] = False
    images = {name: image.astype(np.float32) for name, image in images.items()}
    return make_scene(
        images | {"incidence_angle": incidence, "valid": valid}, line_time, grid, attributes
    )


@pytest.fixture(scope="module")
def pair():
    return common_grid(scene_of(), scene_of(FIRST + 5 * HOUR, turn=-40.0, size=280), 80.0)


def test_scenes_seen_from_different_sides_become_the_same_image(pair):
    both = np.isfinite(pair.first) & np.isfinite(pair.second)
    assert both.mean() > 0.4
    # What is left is that areas of 80 m are cut differently: half the curvature of the image.
    assert np.abs(pair.first - pair.second)[both].max() < 0.02


def test_a_pixel_holds_the_backscatter_of_its_place_at_the_reference_incidence(pair):
    expected = level(*np.meshgrid(pair.x, pair.y))
    for image in (*pair.first, *pair.second):
        seen = np.isfinite(image)
        assert np.abs(image - expected)[seen].max() < 0.02


def test_pixel_centres_lie_at_whole_multiples_and_increase(pair):
    for axis in (pair.x, pair.y):
        np.testing.assert_array_equal(np.diff(axis), 80.0)
        np.testing.assert_array_equal(axis % 80.0, 0.0)
    assert pair.first.shape == (2, pair.y.size, pair.x.size)
    assert pair.first.dtype == np.float32
    assert pair.bands == ("hh", "hv")


def test_what_a_scene_calls_invalid_has_no_value(pair):
    share = 0.9 * 300**2 * PIXEL**2 / (pair.x.size * pair.y.size * 80.0**2)
    # Part of the scene lies beyond the box around the overlap.
    assert 0.6 * share < np.isfinite(pair.first[0]).mean() < share


def test_pixels_are_seen_at_the_time_of_their_line(pair):
    x, y = MIDDLE[0] + 30 * PIXEL * np.sin(np.radians(25.0)), MIDDLE[1]
    y = y - 30 * PIXEL * np.cos(np.radians(25.0))
    time = time_of(pair.first_seen, np.array([x, x + 1e6, np.nan]), np.array([y, y, y]))
    expected = FIRST + 180 * np.timedelta64(6_000_000, "ns")
    assert abs(time[0] - expected) < np.timedelta64(60_000, "ns")
    assert np.isnat(time[1:]).all()


def test_threads_change_nothing(pair):
    again = common_grid(scene_of(), scene_of(FIRST + 5 * HOUR, turn=-40.0, size=280), 80.0, 3)
    np.testing.assert_array_equal(again.first, pair.first)
    np.testing.assert_array_equal(again.second, pair.second)


def test_only_polarisations_of_both_scenes_are_kept():
    pair = common_grid(scene_of(bands=("hv",)), scene_of(FIRST + HOUR), 120.0)
    assert pair.bands == ("hv",)


def test_areas_hold_the_mean_of_what_is_valid():
    image = np.arange(24, dtype=np.float32).reshape(4, 6)
    image[0, 0] = np.nan
    image[2:, 2:4] = np.nan
    image[2, 2] = 7.0
    means = area_mean(image, 2)
    np.testing.assert_allclose(means[0], [14 / 3, 5.5, 7.5])
    assert np.isnan(means[1, 1])  # three of four are missing
    np.testing.assert_allclose(means[1, [0, 2]], [15.5, 19.5])


@pytest.mark.parametrize(
    ("second", "complaint"),
    [
        ({"time": FIRST}, "at the same time"),
        ({"time": FIRST - HOUR}, "give the earlier scene first"),
        ({"time": FIRST + 24 * 365 * HOUR}, "365 days apart"),
        ({"time": FIRST + HOUR, "offset": (5e5, 0.0)}, "do not overlap"),
        ({"time": FIRST + HOUR, "offset": (9e3, 3e3)}, "strip of"),
        ({"time": FIRST + HOUR, "plane": SOUTH}, "one is of the Arctic"),
    ],
)
def test_scenes_that_make_no_pair_are_refused(second, complaint):
    with pytest.raises(ValueError, match=complaint):
        common_grid(scene_of(), scene_of(**second), 80.0)


def test_scenes_without_a_polarisation_in_common_are_refused():
    with pytest.raises(ValueError, match="no image of the same polarisation"):
        common_grid(scene_of(bands=("hh",)), scene_of(FIRST + HOUR, bands=("hv",)), 80.0)


def test_land_has_no_value():
    coast = np.subtract(np.ravel(forward(NORTH, np.array([14.0]), np.array([77.5]))), MIDDLE)
    first, second = (scene_of(FIRST + h * HOUR, offset=coast) for h in (0, 3))
    pair = common_grid(first, second, 80.0)
    land = is_land(*inverse(NORTH, *np.meshgrid(pair.x, pair.y)))
    missing = np.isnan(pair.first).all(axis=0)
    assert 0.2 < land.mean() < 0.8
    assert missing[land].mean() > 0.95  # told for squares of 500 m
    middle = [np.abs(axis - axis.mean()) < 3000.0 for axis in (pair.x, pair.y)]
    sea = ~land & middle[0] & middle[1][:, None]
    assert missing[sea].mean() < 0.1
