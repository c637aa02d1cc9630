"""The drift product of a simulated world: the truth, its stated error, and nothing more."""

import numpy as np
import pytest

from iceco.geo.polar import NORTH, forward
from iceco.products.drift import is_osi405, open_osi405
from iceco.products.drift_writer import osi405_cells
from iceco.simulate.ice.drift_product import product_error, write_drift_product
from iceco.simulate.ice.motion import MotionSettings, draw_motion, drift_frame, smooth_displacement

HOUR = 3_600.0
EPOCH = np.datetime64("2022-03-02T10:00:00", "ns")
DAY = np.datetime64("2022-03-03T12:00:00", "ns")
CENTRE = tuple(float(c) for c in forward(NORTH, np.asarray(-140.0), np.asarray(75.5)))
REGION = (CENTRE, 800e3)
MOTION = draw_motion(1, MotionSettings(), CENTRE)
#: lat1 and lon1 are float32: 0.4 m each.
POSITION_M = 1.5


def true_displacement(x, y):
    """Return how the ice at x, y moves from 1 March 12 h to 3 March 12 h."""
    start, stop = -22.0 * HOUR, 26.0 * HOUR
    ice = drift_frame(MOTION, x, y, start)
    before = smooth_displacement(MOTION, *ice, start)
    after = smooth_displacement(MOTION, *ice, stop)
    return np.subtract(after, before)


def written(folder, **options):
    folder.mkdir(exist_ok=True)
    path = write_drift_product(folder, MOTION, 1, DAY, EPOCH, REGION, **options)
    drift = open_osi405(path)
    displacement = np.stack([drift.dx.values[0, ::-1], drift.dy.values[0, ::-1]])
    return path, drift, displacement


def test_the_file_is_recognised_and_spans_the_48_hours_before_noon(tmp_path):
    path, drift, _ = written(tmp_path)
    assert path.name == "ice_drift_nh_polstere-625_multi-oi_202203011200-202203031200.nc"
    assert is_osi405(path)
    assert np.all(drift.start_time == np.datetime64("2022-03-01T12:00", "ns"))
    assert np.all(drift.stop_time == DAY)
    assert np.nanmax(drift.displacement_sigma) == pytest.approx(2500.0)


def test_without_error_the_vectors_are_those_of_the_ice(tmp_path):
    _, _, displacement = written(tmp_path, sigma=1e-3)
    x, y = osi405_cells(NORTH)
    found = np.isfinite(displacement[0])
    assert np.array_equal(found, np.hypot(x - CENTRE[0], y - CENTRE[1]) <= REGION[1])
    error = displacement[:, found] - true_displacement(x[found], y[found])
    assert np.abs(error).max() < POSITION_M


def test_the_error_is_as_large_as_stated(tmp_path):
    _, _, displacement = written(tmp_path, sigma=3000.0)
    x, y = osi405_cells(NORTH)
    found = np.isfinite(displacement[0])
    error = (displacement[:, found] - true_displacement(x[found], y[found])) / 3000.0
    # About 500 cells with errors correlated over 1.9 of them, two components: 500 independent
    # ones, a deviation good to 3 %, a mean to 4.5 %.
    assert error.std() == pytest.approx(1.0, abs=0.1)
    assert abs(error.mean()) < 0.15


def test_errors_are_normal_shared_by_neighbours_and_by_nobody_else():
    error = product_error(5, DAY, (177, 119))
    assert error.std() == pytest.approx(1.0, abs=0.02)
    assert np.mean(np.abs(error) < 1.0) == pytest.approx(0.683, abs=0.015)
    assert np.mean(error[:, 1:] * error[:, :-1]) == pytest.approx(0.45, abs=0.04)
    assert np.mean(error[:, :, 1:] * error[:, :, :-1]) == pytest.approx(0.45, abs=0.04)
    assert abs(np.mean(error[:, 3:] * error[:, :-3])) < 0.03
    assert abs(np.mean(error[0] * error[1])) < 0.03


def test_the_error_of_another_day_or_seed_is_another_but_that_of_a_day_is_one():
    shape = (20, 20)
    first = product_error(5, DAY, shape)
    assert np.array_equal(first, product_error(5, DAY - np.timedelta64(3, "h"), shape))
    others = product_error(5, DAY + np.timedelta64(1, "D"), shape), product_error(6, DAY, shape)
    for other in others:
        assert abs(np.mean(first * other)) < 0.2


def test_the_same_world_writes_the_same_bytes(tmp_path):
    one, again = (written(tmp_path / name)[0] for name in ("one", "again"))
    assert one.read_bytes() == again.read_bytes()
