"""Sea level between leads: the smoother against matrices, its limits, and its honesty."""

import numpy as np
import pytest
from naive.freeboard import level_by_matrices, quartiles_around

from iceco.models.freeboard import _kernels, _sea_level_kernels
from iceco.models.freeboard.sea_level import (
    ANOMALY_SIGMA_M,
    FLOOR_SIGMA_M,
    FURTHEST_M,
    LENGTH_M,
    LEVEL_SIGMA_M,
    SHARED_LENGTH_M,
    TiePoints,
    distance_along,
    sea_level,
    tie_points,
    without_outliers,
)

PRIOR, LENGTH = (ANOMALY_SIGMA_M, LEVEL_SIGMA_M), (LENGTH_M, SHARED_LENGTH_M)


def smoothed(along, anomaly, noise, shared, prior=PRIOR, length=LENGTH):
    level, sigma = np.empty(along.size), np.empty(along.size)
    step = np.diff(along, prepend=along[:1])
    _sea_level_kernels.smooth_level(step, anomaly, noise, shared, prior, length, level, sigma)
    return level, sigma


def ties_at(along, places, heights, noise=0.03, shared=0.05):
    anomaly = np.full(along.size, np.nan)
    anomaly[places] = heights
    return TiePoints(anomaly, np.full(along.size, noise), np.full(along.size, shared))


def test_the_smoother_is_the_gaussian_process_of_its_covariance():
    random = np.random.default_rng(1)
    along = np.cumsum(random.exponential(700.0, 150)) * np.where(np.arange(150) > 90, 5.0, 1.0)
    along = np.sort(along)
    along[40] = along[39]  # two records in one place
    anomaly = np.where(random.random(150) < 0.3, random.normal(0.3, 0.1, 150), np.nan)
    noise, shared = random.uniform(0.02, 0.1, 150), random.uniform(0.0, 0.2, 150)
    found = smoothed(along, anomaly, noise, shared)
    naive = level_by_matrices(along, anomaly, noise, shared, PRIOR, LENGTH)
    np.testing.assert_allclose(found[0], naive[0], atol=1e-6)
    np.testing.assert_allclose(found[1], naive[1], rtol=1e-4)


def test_turned_round_the_track_has_the_same_level():
    random = np.random.default_rng(2)
    along = np.cumsum(random.exponential(2000.0, 80))
    anomaly = np.where(random.random(80) < 0.4, random.normal(0.0, 0.1, 80), np.nan)
    noise, shared = np.full(80, 0.05), np.full(80, 0.1)
    there = smoothed(along, anomaly, noise, shared)
    back = smoothed(along[-1] - along[::-1], anomaly[::-1].copy(), noise, shared)
    np.testing.assert_allclose(there[0], back[0][::-1], atol=1e-9)
    np.testing.assert_allclose(there[1], back[1][::-1], rtol=1e-6)


def test_a_level_sea_is_found_level_and_a_higher_one_higher():
    along = np.arange(0.0, 400e3, 2e3)
    ties = ties_at(along, slice(0, None, 10), 0.4)
    found = sea_level(along, ties)
    np.testing.assert_allclose(found.anomaly, 0.4, atol=1e-3)
    raised = sea_level(along, ties._replace(anomaly=ties.anomaly + 1.0))
    np.testing.assert_allclose(raised.anomaly - found.anomaly, 1.0, atol=1e-3)
    np.testing.assert_allclose(raised.sigma, found.sigma)


def test_uncertainty_grows_from_leads_to_that_of_an_unknown_sea():
    along = np.arange(0.0, 500e3, 1e3)
    found = sea_level(along, ties_at(along, slice(0, 40), 0.1))
    assert FLOOR_SIGMA_M < found.sigma[20] < 0.05
    assert (np.diff(found.sigma[60:200]) > 0.0).all()
    far = found.sigma[np.isfinite(found.sigma)][-1]
    assert ANOMALY_SIGMA_M < far < 2.0 * ANOMALY_SIGMA_M


def test_beyond_two_hundred_kilometres_no_level_is_told():
    along = np.arange(0.0, 600e3, 1e3)
    found = sea_level(along, ties_at(along, [100], 0.1))
    np.testing.assert_array_equal(np.isfinite(found.anomaly), found.distance <= FURTHEST_M)
    np.testing.assert_array_equal(found.distance, np.abs(along - along[100]))


def test_two_thirds_of_true_levels_lie_within_the_uncertainty():
    random = np.random.default_rng(4)
    along = np.arange(0.0, 300e3, 3e3)
    scaled = np.sqrt(3.0) * np.abs(along[:, None] - along) / LENGTH_M
    matern = ANOMALY_SIGMA_M**2 * (1.0 + scaled) * np.exp(-scaled)
    root = np.linalg.cholesky(matern + 1e-12 * np.eye(along.size))
    inside = []
    for _ in range(200):
        truth = root @ random.standard_normal(along.size)
        places = random.choice(along.size, 8, replace=False)
        seen = truth[places] + 0.06 * random.standard_normal(8)
        anomaly = np.full(along.size, np.nan)
        anomaly[places] = seen
        level, sigma = smoothed(along, anomaly, np.full(along.size, 0.06), np.zeros(along.size))
        inside.append((np.abs(level - truth) < sigma).mean())
    # Levels of one draw are alike: about ten of its hundred are independent.
    assert np.mean(inside) == pytest.approx(0.683, abs=4 * 0.465 / np.sqrt(200 * 10))


def test_neighbours_that_share_an_error_are_worth_little_more_than_one():
    along = np.arange(0.0, 20e3, 100.0)
    one = sea_level(along, ties_at(along, [100], 0.0, 0.01, 0.1)).sigma[100]
    ten = sea_level(along, ties_at(along, slice(98, 103), 0.0, 0.01, 0.1)).sigma[100]
    apart = sea_level(along, ties_at(along, [10, 55, 100, 145, 190], 0.0, 0.01, 0.1)).sigma[100]
    assert 0.9 * one < ten < one
    assert apart < 0.6 * one


def test_a_lead_less_probable_weighs_less():
    anomaly = np.array([0.0, 0.2, np.nan])
    ties = tie_points(anomaly, np.array([0.9, 0.6, 0.1]), 0.03, np.full(3, 0.1))
    assert np.isnan(ties.anomaly[2])
    weight = 1.0 / (ties.noise**2 + ties.shared**2)
    assert weight[0] / weight[1] == pytest.approx(0.9 / 0.6)


def test_one_wrong_lead_among_many_moves_the_level_by_less_than_its_sigma():
    along = np.arange(0.0, 100e3, 500.0)
    ties = ties_at(along, slice(0, None, 10), 0.0)
    wrong = ties.anomaly.copy()
    wrong[100] = -0.8
    found = sea_level(along, ties._replace(anomaly=wrong))
    assert np.abs(found.anomaly).max() < found.sigma[100]


def test_outliers_are_judged_by_their_neighbours():
    random = np.random.default_rng(6)
    along = np.arange(0.0, 500e3, 1e3)
    height = 0.05 * random.standard_normal(500) + 3.0 * (along > 250e3)  # a step is no outlier
    height[::3] = np.nan
    height[100], height[401], height[410] = -1.0, 3.5, 2.75
    kept = without_outliers(along, height, (-3.0, 2.0))
    lost = np.flatnonzero(np.isnan(kept) & np.isfinite(height))
    assert lost.tolist() == [100, 401]
    np.testing.assert_array_equal(kept[np.isfinite(kept)], height[np.isfinite(kept)])


def test_quartiles_are_those_of_numpy():
    random = np.random.default_rng(7)
    values = random.standard_normal(60)
    begin = np.maximum(np.arange(60) - random.integers(0, 9, 60), 0)
    end = np.minimum(np.arange(60) + random.integers(1, 9, 60), 60)
    found = np.empty((60, 3))
    _kernels.window_quartiles(values, begin, end, found)
    np.testing.assert_allclose(found, quartiles_around(values, begin, end))


def test_without_tie_points_every_distance_is_endless():
    assert np.isinf(distance_along(np.arange(3.0), np.zeros(3, bool))).all()
