"""Off-nadir leads: the published figures, limits, and the expectation over uncertain distances."""

import numpy as np
import pytest

from iceco.models.freeboard.leads import Leads
from iceco.models.freeboard.snagging import off_nadir_height, snagging

CRYOSAT = np.array([717_200.0])


def leads(distance, low, high, reach=500.0, probability=0.9):
    columns = (np.atleast_1d(np.asarray(v, float)) for v in (probability, distance, low, high))
    return Leads(*columns, reach)


@pytest.mark.parametrize(
    ("altitude", "half", "whole"),
    [(800_000.0, -0.18, -0.70), (717_200.0, -0.19, -0.78), (814_500.0, -0.17, -0.69)],
)
def test_heights_half_and_one_kilometre_off_are_the_published_ones(altitude, half, whole):
    assert off_nadir_height(np.array(500.0), altitude) == pytest.approx(half, abs=0.005)
    assert off_nadir_height(np.array(1000.0), altitude) == pytest.approx(whole, abs=0.005)


def test_a_known_distance_gives_its_height_and_no_doubt():
    found = snagging(leads(300.0, 299.9, 300.1), CRYOSAT)
    assert found.mean[0] == pytest.approx(off_nadir_height(np.array(300.0), CRYOSAT)[0], rel=1e-3)
    assert found.sigma[0] < 1e-3


def test_the_expectation_is_that_of_many_draws_below_the_reach():
    random = np.random.default_rng(1)
    found = snagging(leads(260.0, 150.0, 400.0), CRYOSAT)
    middle, low, high = np.log1p(np.array([260.0, 150.0, 400.0]) / 500.0)
    draws = 500.0 * np.expm1(middle + 0.5 * (high - low) * random.standard_normal(200_000))
    draws = np.maximum(draws[draws < 500.0], 0.0)
    height = off_nadir_height(draws, CRYOSAT[0])
    assert found.mean[0] == pytest.approx(height.mean(), rel=0.02)
    assert found.sigma[0] == pytest.approx(height.std(), rel=0.06)


def test_no_correction_goes_beyond_that_at_the_reach_or_lifts_nothing():
    random = np.random.default_rng(2)
    middle = random.uniform(0.0, 5000.0, 50)
    found = snagging(
        leads(middle, 0.3 * middle, 2.0 * middle + 1.0, probability=np.full(50, 0.5)),
        np.full(50, CRYOSAT[0]),
    )
    assert (found.mean <= 0.0).all()
    assert (found.mean >= off_nadir_height(np.array(500.0), CRYOSAT[0])).all()
    assert (found.sigma <= np.abs(off_nadir_height(np.array(500.0), CRYOSAT[0]))).all()


def test_more_doubt_about_a_near_lead_is_a_larger_correction():
    near = snagging(leads(100.0, 90.0, 110.0), CRYOSAT)
    doubtful = snagging(leads(100.0, 20.0, 250.0), CRYOSAT)
    assert doubtful.mean[0] < near.mean[0] < 0.0
    assert doubtful.sigma[0] > near.sigma[0]


def test_where_no_distance_is_known_there_is_no_correction():
    found = snagging(leads(np.nan, np.nan, np.nan, np.nan), CRYOSAT)
    assert np.isnan(found.mean).all()
    assert np.isnan(found.sigma).all()
