"""Scale bars, north arrows, arrows of drift and polar maps: as long and turned as they should."""

import numpy as np
import pytest
from figure_marks import arrows_of, words_of
from matplotlib.patches import PathPatch, Rectangle

from iceco.drawing.arrows import draw_arrows
from iceco.drawing.page import new_figure
from iceco.drawing.panels import length_words, letter, robust_limits, round_length
from iceco.drawing.polar_map import Extent, add_locator, draw_polar_map, extent_around
from iceco.drawing.scale_bar import add_north_arrow, add_scale_and_north, add_scale_bar
from iceco.geo.polar import NORTH, SOUTH, forward, inverse, scale_factor


def panel(left=0.0, right=100.0, bottom=0.0, top=100.0):
    figure = new_figure(3.0, 3.0)
    axes = figure.subplots()
    axes.set(xlim=(left, right), ylim=(bottom, top))
    return figure, axes


@pytest.mark.parametrize(
    ("metres", "rounded"), [(1.0, 1.0), (4.9, 2.0), (5.0, 5.0), (99.0, 50.0), (28_000.0, 20_000.0)]
)
def test_a_round_length_is_one_two_or_five_at_or_below(metres, rounded):
    assert round_length(metres) == pytest.approx(rounded)


def test_lengths_are_said_in_metres_below_a_kilometre():
    assert [length_words(m) for m in (500.0, 1000.0, 20_000.0)] == ["500 m", "1 km", "20 km"]


def test_a_scale_bar_is_as_long_on_the_axes_as_it_says():
    figure, axes = panel()
    assert add_scale_bar(axes, 1000.0) == 20_000.0
    assert "20 km" in words_of(figure)
    halves = [patch for patch in figure.findobj(Rectangle) if patch.get_width() == 10.0]
    assert len(halves) == 2  # of 10 km each


def test_a_scale_bar_on_the_plane_is_true_on_the_ground():
    x, y = forward(NORTH, -140.0, 88.0)
    figure, axes = panel(x / 1e3 - 50, x / 1e3 + 50, y / 1e3 - 50, y / 1e3 + 50)
    add_scale_and_north(axes, NORTH)
    width = sum({p.get_width() for p in figure.findobj(Rectangle) if 9.0 < p.get_width() < 11.0})
    assert width == pytest.approx(10.0 * float(scale_factor(NORTH, 88.0)), rel=1e-6)


@pytest.mark.parametrize(("plane", "latitude"), [(NORTH, 75.0), (SOUTH, -75.0)])
@pytest.mark.parametrize("longitude", [-140.0, 0.0, 100.0])
def test_the_north_arrow_points_where_latitude_grows(plane, latitude, longitude):
    x, y = forward(plane, longitude, latitude)
    _, axes = panel(x - 1e4, x + 1e4, y - 1e4, y + 1e4)
    way = np.array(add_north_arrow(axes, plane))
    _, ahead = inverse(plane, x + 1e3 * way[0], y + 1e3 * way[1])
    _, aside = inverse(plane, x - 1e3 * way[1], y + 1e3 * way[0])
    assert np.hypot(*way) == pytest.approx(1.0)
    assert ahead - latitude > 100 * abs(aside - latitude)


def test_limits_of_colours_pass_over_what_is_missing_and_are_never_empty():
    values = np.append(np.arange(101.0), np.nan)
    assert robust_limits(values) == {"vmin": 2.0, "vmax": 98.0}
    assert robust_limits(np.full(3, np.nan)) == {}
    flat = robust_limits(np.full(3, 5.0))
    assert flat["vmax"] > flat["vmin"] == 5.0


def test_panels_are_lettered_in_order():
    figure = new_figure(3.0, 3.0)
    letter(figure.subplots(1, 2), ("one", "two"))
    assert {"(a) one", "(b) two"} <= words_of(figure)
    alone = new_figure(3.0, 3.0)
    letter([alone.subplots()], ["one"])
    assert "one" in words_of(alone)


def test_an_arrow_of_the_longest_displacements_reaches_to_the_next():
    figure, axes = panel()
    x = np.arange(10.0) * 5_000.0
    drawn = draw_arrows(axes, (x, x), (np.full(10, 300.0), np.full(10, 400.0)), 5_000.0)
    assert arrows_of(figure) == [10]
    length = np.hypot(drawn.U, drawn.V) / drawn.scale  # in units of the axes: km
    assert length == pytest.approx(np.full(10, 5.0))
    assert "500 m" in words_of(figure)


def test_ice_at_rest_has_arrows_too():
    figure, axes = panel()
    draw_arrows(axes, (np.full(1, 5e3),) * 2, (np.zeros(1),) * 2, 1_000.0)
    assert "1 m" in words_of(figure)


def test_an_extent_is_a_square_around_all_places_and_no_smaller_than_asked():
    x, y = np.array([0.0, 100.0, np.nan]), np.array([10.0, 20.0, 5.0])
    extent = extent_around(x, y, margin=0.1)
    assert extent == pytest.approx(Extent(-10.0, 110.0, -47.5, 72.5))
    wide = extent_around(x, y, least=1_000.0)
    assert wide.right - wide.left == wide.top - wide.bottom == pytest.approx(1_000.0)


def test_a_map_of_the_arctic_has_land_circles_of_latitude_and_meridians():
    figure = new_figure(4.0, 4.0)
    axes = figure.subplots()
    draw_polar_map(axes, NORTH, Extent(-3e6, 3e6, -3e6, 3e6))
    words = words_of(figure)
    assert {"80° N", "70° N", "0°", "90° E", "90° W", "180°"} <= words
    (land,) = figure.findobj(PathPatch)
    inside = {
        name: land.get_path().contains_point(forward(NORTH, *place))
        for name, place in {
            "Greenland": (-40.0, 72.0), "pole": (0.0, 90.0), "Siberia": (100.0, 68.0),
            "Beaufort Sea": (-140.0, 75.0),
        }.items()
    }  # fmt: skip
    assert inside == {"Greenland": True, "pole": False, "Siberia": True, "Beaufort Sea": False}


def test_a_small_map_has_a_net_of_its_own_size_and_a_locator():
    x, y = forward(SOUTH, 40.0, -68.0)
    extent = extent_around(np.array([x - 6e4, x + 6e4]), np.array([y - 6e4, y + 6e4]))
    figure = new_figure(4.0, 4.0)
    axes = figure.subplots()
    draw_polar_map(axes, SOUTH, extent)
    add_locator(axes, SOUTH, extent)
    assert {"68° S", "40° E"} <= words_of(figure)
    assert len(axes.child_axes) == 1
    assert axes.get_xlim() == pytest.approx(extent[:2])
