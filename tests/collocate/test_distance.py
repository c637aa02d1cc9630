"""Distances to leads: known geometry, and every pixel tried one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive.distance import distance_to_mask

from iceco.collocate.distance import distance_to_outline, outline
from iceco.geo.polar import NORTH, SOUTH, PolarPlane, inverse, scale_factor
from iceco.geo.swath import Geolocation, fit_geolocation, image_to_plane

PIXEL = 40.0  # m on the ground


def square_image(
    size: int = 200, centre: tuple[float, float] = (300e3, -900e3), turn: float = 0.5,
    plane: PolarPlane = NORTH,
) -> Geolocation:  # fmt: skip
    """An image of square pixels, turned on the plane."""
    node = np.array([0.0, size / 2, size - 1.0])
    line, sample = np.meshgrid(node, node, indexing="ij")
    _, latitude = inverse(plane, np.array(centre[0]), np.array(centre[1]))
    step = PIXEL * scale_factor(plane, latitude)
    down, right = (line - size / 2) * step, (sample - size / 2) * step
    x = centre[0] + right * np.cos(turn) - down * np.sin(turn)
    y = centre[1] + right * np.sin(turn) + down * np.cos(turn)
    return fit_geolocation(node, node, x, y, plane)


def test_a_straight_lead_is_as_far_as_its_edge():
    place = square_image()
    mask = np.zeros((200, 200), dtype=bool)
    mask[:, 50:53] = True
    x, y = image_to_plane(place, np.array([100.0, 100.0]), np.array([52.5 + 10.0, 49.5 - 7.25]))
    assert distance_to_outline(outline(mask, place), x, y) == pytest.approx([400.0, 290.0], abs=0.1)


def test_a_corner_is_as_far_as_the_corner():
    place = square_image()
    mask = np.zeros((200, 200), dtype=bool)
    mask[:50, :50] = True
    x, y = image_to_plane(place, np.array([52.5]), np.array([53.5]))
    assert distance_to_outline(outline(mask, place), x, y) == pytest.approx(200.0, abs=0.1)


def test_a_window_of_the_image_keeps_its_place():
    place = square_image()
    mask = np.zeros((200, 200), dtype=bool)
    mask[80:90, 120:140] = True
    x, y = image_to_plane(place, np.array([30.0, 150.0]), np.array([20.0, 125.0]))
    whole = distance_to_outline(outline(mask, place), x, y)
    window = distance_to_outline(outline(mask[70:, 100:], place, 70, 100), x, y)
    assert window == pytest.approx(whole, abs=1e-6)


def test_the_border_of_a_full_image_is_its_outline():
    place = square_image()
    x, y = image_to_plane(place, np.array([9.5]), np.array([100.0]))
    edge = outline(np.ones((200, 200), dtype=bool), place)
    assert distance_to_outline(edge, x, y) == pytest.approx(400.0, abs=0.1)


def test_no_lead_is_infinitely_far_and_no_place_has_no_distance():
    place = square_image()
    edges = outline(np.zeros((200, 200), dtype=bool), place)
    found = distance_to_outline(edges, np.array([300e3, np.nan]), np.array([-900e3, 0.0]))
    assert np.isposinf(found[0])
    assert np.isnan(found[1])


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    plane=st.sampled_from([NORTH, SOUTH]),
    centre=st.tuples(st.floats(-2.5e6, 2.5e6), st.floats(-2.5e6, 2.5e6)),
    turn=st.floats(0, 6.3),
)
def test_distances_agree_with_trying_every_pixel_anywhere_near_the_poles(seed, plane, centre, turn):
    rng = np.random.default_rng(seed)
    place = square_image(60, centre, turn, plane)
    mask = rng.random((60, 60)) < 0.01
    mask[rng.integers(60), rng.integers(60)] = True
    line, sample = rng.uniform(0, 59, (2, 8))
    x, y = image_to_plane(place, line, sample)
    outside = ~mask[np.rint(line).astype(int), np.rint(sample).astype(int)]
    found = distance_to_outline(outline(mask, place), x, y)[outside]
    naive = distance_to_mask(mask, place, *inverse(plane, x[outside], y[outside]))
    assert (found <= naive + 0.2).all()
    # The slow twin tries points half a pixel apart: its closest is at most a quarter off the foot.
    assert (naive <= np.hypot(found, PIXEL / 4) + 0.2).all()
