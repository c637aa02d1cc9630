"""Published classifiers: their thresholds, month by month, and nothing elsewhere."""

import numpy as np
import pytest

from iceco.models.waveforms.features import FEATURES
from iceco.models.waveforms.thresholds import (
    PAUL_SAR,
    PAUL_SARIN,
    PUBLISHED,
    SCORES,
    awi,
    cpom,
    legos,
    paul2018,
    ricker2014,
)

UNKNOWN, OCEAN, LEAD, ICE = 0, 1, 2, 4
#: An echo of a lead and one of ice by every classifier of CryoSat-2 SAR, any month.
CLEAR_LEAD = {
    "pulse_peakiness_bins": 100.0,
    "pulse_peakiness_above_noise": 30.0,
    "left_peakiness": 80.0,
    "right_peakiness": 60.0,
    "leading_edge_width_m": 0.6,
    "ocog_width_bins": 3.0,
    "sigma0_db": 35.0,
    "stack_standard_deviation": 2.0,
    "stack_kurtosis": 80.0,
}
CLEAR_ICE = {
    "pulse_peakiness_bins": 8.0,
    "pulse_peakiness_above_noise": 5.0,
    "left_peakiness": 10.0,
    "right_peakiness": 5.0,
    "leading_edge_width_m": 2.0,
    "ocog_width_bins": 30.0,
    "sigma0_db": 10.0,
    "stack_standard_deviation": 50.0,
    "stack_kurtosis": -1.0,
}


def said(classify, echo, mission="c2", mode="SAR", month=3, **changes):
    """The class of one echo."""
    columns = {name: np.array([value]) for name, value in (echo | changes).items()}
    surface = classify(columns, mission, mode, np.array([month]))
    assert surface.dtype == np.int8
    assert surface.shape == (1,)
    return int(surface[0])


def test_every_feature_that_is_asked_for_exists():
    assert set(SCORES.values()) <= FEATURES.keys()
    assert CLEAR_LEAD.keys() <= FEATURES.keys()


@pytest.mark.parametrize("name", PUBLISHED)
def test_clear_leads_and_clear_ice_are_told_apart(name):
    assert said(PUBLISHED[name], CLEAR_LEAD) == LEAD
    assert said(PUBLISHED[name], CLEAR_ICE) == ICE


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize(("mission", "mode"), [("al", "LRM"), ("c2", "LRM"), ("ja1", "LRM")])
def test_nothing_is_said_of_instruments_it_was_not_made_for(name, mission, mode):
    assert said(PUBLISHED[name], CLEAR_LEAD, mission, mode) == UNKNOWN


@pytest.mark.parametrize("name", PUBLISHED)
def test_an_echo_that_is_missing_is_unknown(name):
    missing = dict.fromkeys(CLEAR_LEAD, np.nan)
    assert said(PUBLISHED[name], missing) == UNKNOWN


@pytest.mark.parametrize(
    ("feature", "fails"),
    [
        ("pulse_peakiness_bins", 39.9),
        ("left_peakiness", 39.9),
        ("right_peakiness", 29.9),
        ("stack_kurtosis", 39.9),
        ("stack_standard_deviation", 4.0),
    ],
)
def test_ricker_asks_all_of_its_thresholds_of_a_lead(feature, fails):
    edge = {
        "pulse_peakiness_bins": 40.0,
        "left_peakiness": 40.0,
        "right_peakiness": 30.0,
        "stack_kurtosis": 40.0,
        "stack_standard_deviation": 3.99,
    }
    assert said(ricker2014, CLEAR_LEAD | edge) == LEAD
    assert said(ricker2014, CLEAR_LEAD | edge | {feature: fails}) == UNKNOWN


@pytest.mark.parametrize(
    ("feature", "fails"),
    [
        ("pulse_peakiness_bins", 30.1),
        ("left_peakiness", 20.1),
        ("right_peakiness", 15.1),
        ("stack_kurtosis", 8.0),
    ],
)
def test_ricker_asks_all_of_its_thresholds_of_ice(feature, fails):
    assert said(ricker2014, CLEAR_ICE, **{feature: fails}) == UNKNOWN


def test_ricker_sees_ocean_only_where_there_is_known_to_be_no_ice():
    ocean = CLEAR_ICE | {"ocog_width_bins": 40.0}
    assert said(ricker2014, ocean) == ICE
    assert said(ricker2014, ocean, sea_ice_concentration=0.0) == OCEAN
    assert said(ricker2014, ocean, sea_ice_concentration=40.0) == UNKNOWN


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize(("mode", "table"), [("SAR", PAUL_SAR), ("SARIN", PAUL_SARIN)])
def test_paul_has_thresholds_of_its_own_for_every_month(month, mode, table):
    edge = {
        "pulse_peakiness_bins": table["lead_peakiness"][month - 1],
        "sigma0_db": table["lead_sigma0"][month - 1],
        "leading_edge_width_m": table["lead_width"][month - 1],
    }
    lead = CLEAR_LEAD | edge
    assert said(paul2018, lead, mode=mode, month=month) == LEAD
    for name, beyond in zip(edge, (-0.01, -0.01, 0.01), strict=True):
        weaker = lead | {name: edge[name] + beyond}
        assert said(paul2018, weaker, mode=mode, month=month) == UNKNOWN, name


@pytest.mark.parametrize("month", range(1, 13))
def test_paul_calls_ice_what_is_dull_dark_and_broad(month):
    edge = {
        "pulse_peakiness_bins": PAUL_SAR["ice_peakiness"][month - 1],
        "sigma0_db": PAUL_SAR["ice_sigma0"][month - 1],
        "leading_edge_width_m": PAUL_SAR["ice_width"][month - 1],
    }
    assert said(paul2018, CLEAR_ICE | edge, month=month) == ICE
    for name, beyond in zip(edge, (0.01, 0.01, -0.01), strict=True):
        assert said(paul2018, CLEAR_ICE | edge | {name: edge[name] + beyond}, month=month) == 0
    assert said(paul2018, CLEAR_ICE, month=month, sigma0_db=2.4) == UNKNOWN


def test_the_table_of_paul_is_the_published_one():
    """Spot checks, and May to September as April."""
    assert PAUL_SAR["lead_peakiness"][0] == 67.3
    assert PAUL_SAR["lead_sigma0"][9] == 28.0
    assert PAUL_SAR["lead_width"][11] == 0.76
    assert PAUL_SAR["ice_width"][10] == 0.90
    assert PAUL_SARIN["lead_peakiness"][3] == 264.6
    for table in (PAUL_SAR, PAUL_SARIN):
        for row in table.values():
            assert len(row) == 12
            assert set(row[3:9]) == {row[3]}


def test_paul_says_nothing_of_ice_in_sarin_and_of_sentinel3():
    assert said(paul2018, CLEAR_ICE, mode="SARIN") == UNKNOWN
    assert said(paul2018, CLEAR_LEAD, "s3a") == UNKNOWN


@pytest.mark.parametrize(
    ("mission", "mode", "triple"),
    [
        ("c2", "SAR", (66.0, 23.0, 0.75)),
        ("s3a", "SAR", (66.0, 23.0, 0.75)),
        ("s3b", "SAR", (66.0, 23.0, 0.75)),
        ("c2", "SARIN", (260.0, 24.0, 1.05)),
    ],
)
def test_the_triple_of_awi(mission, mode, triple):
    names = ("pulse_peakiness_bins", "sigma0_db", "leading_edge_width_m")
    lead = CLEAR_LEAD | dict(zip(names, triple, strict=True))
    assert said(awi, lead, mission, mode) == LEAD
    for name, beyond in zip(names, (-0.1, -0.1, 0.01), strict=True):
        assert said(awi, lead | {name: lead[name] + beyond}, mission, mode) == ICE


@pytest.mark.parametrize("classify", [ricker2014, paul2018, awi])
def test_without_ice_around_there_are_no_leads(classify):
    assert said(classify, CLEAR_LEAD, sea_ice_concentration=10.0) == UNKNOWN
    assert said(classify, CLEAR_LEAD, sea_ice_concentration=90.0) == LEAD
    assert said(classify, CLEAR_LEAD, sea_ice_concentration=np.nan) == LEAD


@pytest.mark.parametrize(("mode", "deviation"), [("SAR", 6.29), ("SARIN", 4.62)])
def test_cpom_asks_for_peakiness_and_a_narrow_stack(mode, deviation):
    def of(peakiness, stack):
        changes = {"pulse_peakiness_above_noise": peakiness, "stack_standard_deviation": stack}
        return said(cpom, CLEAR_LEAD, mode=mode, **changes)

    assert of(18.1, deviation - 0.01) == LEAD
    assert of(18.0, deviation - 0.01) == UNKNOWN
    assert of(18.1, deviation) == UNKNOWN
    assert of(8.9, deviation + 0.01) == ICE
    assert of(9.0, deviation + 0.01) == UNKNOWN


@pytest.mark.parametrize("mission", ["c2", "s3a", "s3b"])
def test_legos_asks_for_the_share_of_the_peak_in_128_gates(mission):
    for share, expected in ((0.31, LEAD), (0.29, UNKNOWN), (0.11, UNKNOWN), (0.09, ICE)):
        assert said(legos, CLEAR_LEAD, mission, pulse_peakiness_bins=128 * share) == expected
