"""Widths of leads: strips in every direction, on any plane, single pixels, and no lead."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from naive.lead_shapes import chord as naive_chord
from small_world import PIXEL, SIZE, scene

from iceco.collocate._label_kernels import chords
from iceco.collocate.distance import distance_to_pixels, place_in_image
from iceco.collocate.nearest import build
from iceco.collocate.width import lead_width
from iceco.geo.polar import NORTH, SOUTH
from iceco.products.canonical import scene_geolocation

NOTHING = np.zeros((SIZE, SIZE), dtype=bool)
PLACE = scene_geolocation(scene(NOTHING))


def width(mask, line, sample, geolocation=PLACE, widest=10_000.0):
    place = place_in_image(geolocation, np.array([line]), np.array([sample]))
    near = distance_to_pixels(build(mask), 0, 0, geolocation, place, 10_000.0)
    return float(lead_width(mask, 0, 0, place, near.line, near.sample, widest)[0])


def strip(turn, metres):
    """A lead through the middle of the image, in a direction."""
    line, sample = np.indices((SIZE, SIZE)) - SIZE / 2
    return np.abs(np.cos(turn) * line + np.sin(turn) * sample) * PIXEL <= metres / 2


@settings(max_examples=40)
@example(turn=0.0, metres=240.0, offset=3.5)  # on the very edge between two pixels
@example(turn=0.0, metres=240.0, offset=-3.5)
@given(turn=st.floats(0, np.pi), metres=st.floats(200, 1500), offset=st.floats(-100, 100))
def test_a_strip_is_as_wide_as_it_is_in_any_direction_from_in_or_outside(turn, metres, offset):
    mask = strip(turn, metres)
    far = SIZE / 2 + offset * np.cos(turn), SIZE / 2 + offset * np.sin(turn)
    assert width(mask, *far) == pytest.approx(metres, abs=2.0 * PIXEL)


@pytest.mark.parametrize(
    ("plane", "centre"), [(NORTH, (0.0, 0.0)), (NORTH, (-1.5e6, 1.5e6)), (SOUTH, (0.0, -1.5e6))]
)
def test_widths_are_ground_metres_anywhere(plane, centre):
    geolocation = scene_geolocation(scene(NOTHING, plane, centre, turn=1.2))
    mask = NOTHING.copy()
    mask[:, 200:220] = True
    assert width(mask, 100.0, 150.0, geolocation) == pytest.approx(800.0, abs=0.3 * PIXEL)


def test_a_single_pixel_is_a_pixel_wide():
    mask = NOTHING.copy()
    mask[100, 200] = True
    for line, sample in ((100.0, 150.0), (130.0, 230.0), (100.2, 199.8)):
        assert width(mask, line, sample) == pytest.approx(PIXEL, abs=0.5 * PIXEL)


def test_no_lead_has_no_width_and_all_lead_is_as_wide_as_is_looked():
    assert np.isnan(width(NOTHING, 100.0, 200.0))
    assert width(~NOTHING, 200.0, 200.0, widest=2000.0) == 2000.0


def test_chords_agree_with_walking_them_by_hand():
    rng = np.random.default_rng(2)
    mask = rng.random((20, 30)) < 0.8
    line, sample = rng.uniform(0, 19, 50), rng.uniform(0, 29, 50)
    step_line, step_sample = rng.normal(0, 0.4, (2, 50))
    ahead, back = np.empty((2, 50), dtype=np.int64)
    chords(mask, line, sample, step_line, step_sample, 40, ahead, back)
    for n in range(50):
        wanted = naive_chord(mask, line[n], sample[n], step_line[n], step_sample[n], 40)
        assert (ahead[n], back[n]) == wanted
