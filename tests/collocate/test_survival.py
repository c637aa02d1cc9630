"""Leads outlive a lag with a probability that fades alike in both directions of time."""

import numpy as np
import pytest

from iceco.collocate.survival import outlive, survival

DAY = 86_400.0


def test_after_a_life_one_lead_in_e_is_left():
    assert survival(np.array([0.0, DAY, 2 * DAY]), DAY) == pytest.approx(np.exp([0, -1, -2]))


def test_before_and_after_are_alike():
    lag = np.linspace(-DAY, DAY, 9)
    assert survival(lag, DAY) == pytest.approx(survival(-lag, DAY))


def test_two_lags_one_after_the_other_are_one():
    assert survival(np.array(3.0), 7.0) * survival(np.array(4.0), 7.0) == pytest.approx(
        survival(np.array(7.0), 7.0)
    )


def test_probabilities_fade_and_missing_ones_stay_missing():
    probability = np.array([[1.0, 0.5], [0.8, np.nan]])
    found = outlive(probability, np.array([0.0, -DAY]), DAY)
    assert found == pytest.approx(np.array([[1.0, 0.5], [0.8 / np.e, np.nan]]), nan_ok=True)
    assert outlive(probability[:, 0], np.array([0.0, -DAY]), DAY) == pytest.approx(found[:, 0])


def test_without_a_life_leads_last():
    probability = np.array([0.25, np.nan])
    assert outlive(probability, np.array([DAY, DAY]), None) is probability
