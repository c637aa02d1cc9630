"""Ground to slant range: exact at the polynomials' updates, straight between them."""

import numpy as np
import pytest

from iceco.geo.ground_range import RangeConversion, ground_to_slant_range, update_lines

CONVERSION = RangeConversion(
    time=np.array([-0.5, 0.5, 1.5]),
    origin=np.array([0.0, 0.0, 100.0]),
    coefficients=np.array([[800e3, 0.3, 1e-6], [800e3, 0.3, 1e-6], [801e3, 0.4, 0.0]]),
)
GROUND_RANGE = np.array([0.0, 100.0, 400e3])


def test_an_update_holds_at_its_time():
    found = ground_to_slant_range(CONVERSION, np.array([-0.5, 1.5]), GROUND_RANGE)
    first = 800e3 + 0.3 * GROUND_RANGE + 1e-6 * GROUND_RANGE**2
    last = 801e3 + 0.4 * (GROUND_RANGE - 100.0)
    assert found == pytest.approx(np.stack([first, last]))


def test_between_updates_the_range_runs_straight():
    found = ground_to_slant_range(CONVERSION, np.array([0.5, 0.75, 1.5]), GROUND_RANGE)
    assert found[1] == pytest.approx(0.75 * found[0] + 0.25 * found[2])


def test_outside_the_updates_the_nearest_holds():
    found = ground_to_slant_range(CONVERSION, np.array([-9.0, -0.5, 1.5, 9.0]), GROUND_RANGE)
    assert (found[0] == found[1]).all()
    assert (found[3] == found[2]).all()


def test_one_update_holds_for_the_whole_image():
    single = RangeConversion(np.zeros(1), np.zeros(1), np.array([[800e3, 0.3]]))
    found = ground_to_slant_range(single, np.array([-1.0, 0.0, 1.0]), GROUND_RANGE)
    assert (found == 800e3 + 0.3 * GROUND_RANGE).all()


def test_grid_lines_are_the_updates_and_the_ends_of_the_image():
    lines = update_lines(CONVERSION, first_line_time=0.0, line_interval=0.01, line_count=101)
    assert lines.tolist() == [0.0, 50.0, 100.0]


def test_updates_outside_the_image_are_no_lines_of_it():
    lines = update_lines(CONVERSION, first_line_time=5.0, line_interval=0.01, line_count=101)
    assert lines.tolist() == [0.0, 100.0]


@pytest.mark.parametrize("time", [np.empty(0), np.array([1.0, 0.0])])
def test_updates_out_of_order_are_refused(time):
    with pytest.raises(ValueError, match="times increasing"):
        RangeConversion(time, np.zeros(time.size), np.zeros((time.size, 9)))
