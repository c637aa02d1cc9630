"""Thin-plate splines pass through their points, keep affine maps, and know their own error."""

import numpy as np
import pytest

from iceco.geo.thin_plate import evaluate_thin_plate, fit_thin_plate


@pytest.fixture
def points() -> np.ndarray:
    return np.random.default_rng(3).uniform(0.0, 1000.0, size=(30, 2))


@pytest.fixture
def values(points: np.ndarray) -> np.ndarray:
    return np.column_stack([np.sin(points[:, 0] / 300.0), points[:, 0] * points[:, 1] / 1e6])


def test_the_spline_passes_through_its_points(points, values):
    plate = fit_thin_plate(points, values)
    np.testing.assert_allclose(evaluate_thin_plate(plate, points), values, atol=1e-9)


def test_an_affine_map_comes_back_everywhere(points):
    def affine(at):
        return np.column_stack([3.0 + 40.0 * at[:, 0] - 2.0 * at[:, 1], -at[:, 0] + 7.0])

    plate = fit_thin_plate(points, affine(points))
    far = np.array([[-2000.0, 500.0], [1500.0, 4000.0]])
    np.testing.assert_allclose(evaluate_thin_plate(plate, far), affine(far), rtol=1e-9)
    np.testing.assert_allclose(plate.leave_one_out, 0.0, atol=1e-6)


def test_shift_and_scale_of_the_points_do_not_matter(points, values):
    at = np.array([[123.0, 456.0], [700.0, 20.0]])
    first = evaluate_thin_plate(fit_thin_plate(points, values), at)
    moved = fit_thin_plate(1e5 + 40.0 * points, values)
    np.testing.assert_allclose(evaluate_thin_plate(moved, 1e5 + 40.0 * at), first, atol=1e-9)


def test_leave_one_out_agrees_with_leaving_one_out(points, values):
    plate = fit_thin_plate(points, values)
    for i in (0, 7, 29):
        rest = np.arange(len(points)) != i
        without = fit_thin_plate(points[rest], values[rest])
        error = evaluate_thin_plate(without, points[i : i + 1])[0] - values[i]
        np.testing.assert_allclose(plate.leave_one_out[i], error, rtol=1e-6, atol=1e-9)


def test_missing_places_give_missing_values(points, values):
    assert np.isnan(evaluate_thin_plate(fit_thin_plate(points, values), [[np.nan, 1.0]])).all()


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (np.zeros((0, 2)), "four or more"),
        (np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), "four or more"),
        (np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]), "different"),
        (np.column_stack([np.arange(6.0), 2.0 * np.arange(6.0)]), "one line"),
    ],
)
def test_too_few_or_degenerate_points_are_refused(bad, words):
    with pytest.raises(ValueError, match=words):
        fit_thin_plate(bad, np.zeros((len(bad), 2)))
