"""Scores of labels: what perfect, overconfident and uninformed ones must get."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from iceco.simulate.scores import calibration_scores, expected_calibration_error

COUNT = 20_000
SIGMA = 200.0


def test_events_as_frequent_as_foretold_have_no_calibration_error():
    probability = np.repeat([0.25, 0.65], 1000)
    happened = np.concatenate([np.arange(1000) < 250, np.arange(1000) < 650])
    assert expected_calibration_error(probability, happened) == pytest.approx(0.0, abs=1e-12)


def test_certainty_that_is_wrong_has_the_greatest_error():
    assert expected_calibration_error(np.array([1.0, 0.0]), np.array([False, True])) == 1.0


def test_errors_of_different_bins_do_not_cancel():
    probability = np.repeat([0.25, 0.65], 1000)
    happened = np.tile(np.arange(1000) < 450, 2)
    assert expected_calibration_error(probability, happened) == pytest.approx(0.2)


@pytest.mark.parametrize(("claimed", "coverage"), [(1.0, 0.68), (0.5, None), (2.0, None)])
def test_labels_that_know_their_error_are_calibrated_and_others_are_not(claimed, coverage):
    rng = np.random.default_rng(4)
    measured = rng.uniform(800.0, 2500.0, COUNT)
    truth = measured + rng.normal(0.0, SIGMA, COUNT)
    half = claimed * SIGMA * norm.ppf(0.84)
    records = pd.DataFrame(
        {
            "lag_s": rng.uniform(-3000.0, 3000.0, COUNT),
            "p_lead_500m": norm.cdf((500.0 - measured) / (claimed * SIGMA)),
            "distance_low_m": measured - half,
            "distance_high_m": measured + half,
            "distance_censored": False,
        }
    )
    scores = calibration_scores(records, truth)
    assert {name.split(", ")[1] for name in scores} == {"lag 0 to 15 min", "lag 15 to 60 min"}
    found = scores["coverage of 68 %, lag 15 to 60 min"]
    wanted = 2 * norm.cdf(half / SIGMA) - 1
    assert found == pytest.approx(wanted, abs=4 * 0.5 / np.sqrt(0.7 * COUNT))
    if coverage:
        assert wanted == pytest.approx(coverage)
        assert scores["ECE of P(distance < 500 m), lag 15 to 60 min"] < 0.01
