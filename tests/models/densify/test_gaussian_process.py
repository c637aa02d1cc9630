"""The Gaussian process: closed forms, limits, and a slow twin that solves everything at once."""

import numpy as np
import pytest
from freeboard_fields import make_field
from naive.kriging import krige

from iceco.models.densify import gaussian_process as gp
from iceco.models.densify.fields import select

LAW = gp.Law(variance=0.01, length_m=9000.0, nugget=0.0)


@pytest.fixture(scope="module")
def made():
    return make_field(seed=4, rows=30, columns=30, tracks=(0.3, 0.8), sea_level=0.02)


def constant(count):
    return np.ones((count, 1))


def predicted(made, points, law=LAW):
    places = np.stack([made.cells.x, made.cells.y], axis=-1)
    ones = constant(points.x.size), constant(places.shape[0])
    return gp.predict(points, ones[0], places, ones[1], law, 2000.0)


def test_tiles_that_use_all_observations_give_the_answer_of_the_whole(made):
    places = np.stack([made.cells.x, made.cells.y], axis=-1)
    mean, variance = predicted(made, made.points)
    expected = krige(made.points, constant(60), places, constant(900), LAW)
    np.testing.assert_allclose(mean, expected[0], atol=1e-9)
    np.testing.assert_allclose(variance, expected[1], atol=1e-9)


def test_a_trend_is_krigged_as_by_the_slow_twin(made):
    places = np.stack([made.cells.x, made.cells.y], axis=-1)
    basis = np.column_stack([np.ones(60), made.points.covariates[:, 0] + 25.0])
    cell_basis = np.column_stack([np.ones(900), made.cells.covariates[:, 0] + 25.0])
    mean, variance = gp.predict(made.points, basis, places, cell_basis, LAW, 2000.0)
    expected = krige(made.points, basis, places, cell_basis, LAW)
    np.testing.assert_allclose(mean, expected[0], atol=1e-9)
    np.testing.assert_allclose(variance, expected[1], atol=1e-9)


def test_few_neighbours_and_blended_tiles_are_close_to_the_answer_of_the_whole(made, monkeypatch):
    monkeypatch.setattr(gp, "NEIGHBOURS", 40)
    short = LAW._replace(length_m=4000.0)
    mean, _ = predicted(made, made.points, short)
    places = np.stack([made.cells.x, made.cells.y], axis=-1)
    whole, _ = krige(made.points, constant(60), places, constant(900), short)
    assert np.sqrt(np.mean((mean - whole) ** 2)) < 0.02 * made.points.freeboard.std()


def test_the_weights_of_the_tiles_that_hold_a_place_add_up_to_one():
    places = np.random.default_rng(0).uniform(-50e3, 50e3, (500, 2))
    _, members, weight, starts = gp._tiles(places, 7000.0)
    np.testing.assert_allclose(np.bincount(members, weight), 1.0)
    assert starts[-1] == 4 * 500


def test_an_exact_observation_is_honoured_where_it_lies(made):
    sure = made.points._replace(uncertainty=np.full(60, 1e-4), shared_uncertainty=np.zeros(60))
    index = [int(np.flatnonzero((made.cells.x == x) & (made.cells.y == y))[0])
             for x, y in zip(sure.x, sure.y, strict=True)]  # fmt: skip
    mean, variance = predicted(made, sure)
    np.testing.assert_allclose(mean[index], sure.freeboard, atol=5e-3)
    assert variance[index].max() < 1e-4


def test_far_from_observations_the_variance_is_that_of_the_process_and_its_mean(made):
    far = np.array([[1e7, 1e7], [1.001e7, 1e7]])
    mean, variance = gp.predict(
        made.points, constant(60), far, constant(2), LAW._replace(nugget=0.004), 2000.0
    )
    trend = gp.fit_trend(made.points, constant(60), LAW._replace(nugget=0.004))
    np.testing.assert_allclose(mean, trend.coefficients[0])
    np.testing.assert_allclose(variance, 0.01 + 0.004 + trend.covariance[0, 0], rtol=1e-6)


def test_what_a_track_shares_is_not_averaged_away():
    field = make_field(seed=1, rows=40, columns=8, tracks=(0.5,), sigma=0.01)
    shared = field.points._replace(shared_uncertainty=np.full(40, 0.05))
    alone = gp.fit_trend(field.points, constant(40), LAW).covariance[0, 0]
    together = gp.fit_trend(shared, constant(40), LAW).covariance[0, 0]
    assert together == pytest.approx(alone + 0.05**2, rel=1e-6)


def test_an_uncertain_place_makes_an_observation_less_certain_up_to_a_bound(made):
    still = gp.noise_variance(made.points, LAW)
    moved, lost = (
        gp.noise_variance(made.points._replace(position_sigma_m=np.full(60, s)), LAW)
        for s in (500.0, 1e7)
    )
    assert (moved > still).all()
    np.testing.assert_allclose(lost - still, 2 * LAW.variance, rtol=1e-6)


def test_the_likelihood_finds_variance_and_length_of_a_long_record():
    made = make_field(seed=11, rows=400, columns=80, tracks=(0.1, 0.5, 0.9), length=12_000.0)
    gaussian = made.points._replace(freeboard=_plain(made, 0.03))
    law = gp.fit_law(gaussian, constant(gaussian.x.size))
    # 1200 points are some 130 correlation lengths: about 10 % of variance, 20 % of length.
    assert law.length_m == pytest.approx(12_000.0, rel=0.5)
    assert law.variance == pytest.approx(0.25, rel=0.4)


def test_one_short_track_still_gives_a_law_within_bounds():
    made = make_field(seed=2, rows=12, columns=12, tracks=(0.5,))
    law = gp.fit_law(made.points, constant(12))
    assert gp.SHORTEST <= law.length_m <= gp.LONGEST
    assert 0.0 < law.variance < 100.0 * made.points.freeboard.var()


def test_the_order_of_observations_does_not_matter(made):
    order = np.random.default_rng(1).permutation(60)
    for straight, mixed in zip(
        predicted(made, made.points), predicted(made, select(made.points, order)), strict=True
    ):
        np.testing.assert_allclose(straight, mixed, atol=1e-9)


def _plain(made, sigma):
    """The logarithm of the freeboard, which is normal, with noise."""
    truth = dict(zip(zip(made.cells.x, made.cells.y, strict=True), made.truth, strict=True))
    at = np.array([truth[place] for place in zip(made.points.x, made.points.y, strict=True)])
    noise = np.random.default_rng(5).standard_normal(at.size)
    return np.log(at) + sigma * noise
