"""The life of leads: growth of their ice, opening and closing, and a steady share of leads."""

import numpy as np
import pytest

from iceco.simulate.ice.lead_cycle import (
    DAY,
    HOUR,
    YOUNG_ICE_LIMIT,
    LifeSettings,
    age_of_ice,
    draw_stays,
    ice_thickness,
    kind_of_leads,
    longest_life,
    mean_open_time,
    opening,
    slipping_time,
    thickness_in_leads,
)
from iceco.simulate.ice.lead_life import leads_at
from iceco.simulate.ice.leads import LeadSettings, draw_leads
from iceco.simulate.surface import FIRST_LEAD, Kind

LIFE = LifeSettings()


@pytest.fixture(scope="module")
def network():
    return draw_leads(7, LeadSettings(span=DAY), (0.0, 0.0), 100_000.0)


def test_a_day_at_25_degrees_of_frost_below_freezing_grows_8_6_cm():
    assert ice_thickness(np.array(DAY), -26.8) == pytest.approx(0.0133 * 25.0**0.58)


def test_there_is_no_ice_before_its_birth():
    assert ice_thickness(np.array([-DAY, 0.0]), -25.0) == pytest.approx([0.0, 0.0])


@pytest.mark.parametrize("thickness", [0.01, 0.1, 0.3])
def test_growth_can_be_turned_about(thickness):
    age = age_of_ice(thickness, -17.0)
    assert ice_thickness(np.array(age), -17.0) == pytest.approx(thickness)


def test_a_lead_opens_stays_and_shuts():
    opened, closing = np.zeros(1), np.array([LIFE.opening_duration + DAY])
    shut = closing[0] + LIFE.closing_duration
    times = [-HOUR, 0.0, LIFE.opening_duration / 2, LIFE.opening_duration, closing[0], shut, 9e9]
    shares = [opening(LIFE, opened, closing, t)[0] for t in times]
    assert shares == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.0, 0.0, 0.0])


def test_leads_open_and_close_without_steps(network):
    minute = 60.0
    steepest = 1.5 * minute / min(LIFE.opening_duration, LIFE.closing_duration)
    for t in (-DAY, 0.0, 0.7 * DAY):
        change = leads_at(network, t + minute).opening - leads_at(network, t).opening
        assert np.abs(change).max() <= steepest * (1 + 1e-9)


def test_mean_open_time_is_the_integral_of_opening_over_many_leads():
    rng = np.random.default_rng(1)
    closing = LIFE.opening_duration + draw_stays(LIFE, 4000, rng)
    times = np.arange(0.0, longest_life(LIFE) + HOUR, HOUR)
    share = [opening(LIFE, np.zeros(4000), closing, t) for t in times]
    open_time = HOUR * np.sum(share, axis=0)
    error = open_time.std() / np.sqrt(open_time.size)
    assert open_time.mean() == pytest.approx(mean_open_time(LIFE), abs=4 * error)
    assert error < 0.02 * mean_open_time(LIFE)


def test_every_lead_is_shut_before_its_ice_outgrows_young_ice(network):
    for t in (-DAY, 0.0, DAY):
        at = leads_at(network, t)
        assert at.thickness[at.opening > 0.0].max() <= YOUNG_ICE_LIMIT


def test_leads_pass_from_water_to_nilas_to_frost_flowers():
    ages = LIFE.opening_duration + np.array([-HOUR, 0.5 * HOUR, HOUR, DAY, 2 * DAY])
    thickness = thickness_in_leads(LIFE, -ages, 0.0)
    assert (thickness[:2] == 0.0).all()
    assert (np.diff(thickness[1:]) > 0.0).all()
    calm = kind_of_leads(thickness, np.zeros(5, dtype=bool))
    rough = kind_of_leads(thickness, np.ones(5, dtype=bool))
    frozen = [Kind.NILAS, Kind.NILAS, Kind.FROST_FLOWERS]
    assert calm.tolist() == [Kind.CALM_WATER, Kind.CALM_WATER, *frozen]
    assert rough.tolist() == [Kind.ROUGH_WATER, Kind.ROUGH_WATER, *frozen]
    assert calm.dtype == np.uint8
    assert calm.min() >= FIRST_LEAD


def test_sides_slip_only_while_the_lead_lives_and_not_at_the_epoch(network):
    opened, closing = network.opened, network.closing
    assert (slipping_time(LIFE, opened, closing, 0.0) == 0.0).all()
    shut = closing + LIFE.closing_duration
    before, after = (slipping_time(LIFE, opened, closing, t) for t in (-DAY, DAY))
    alive = np.minimum(shut, DAY) - np.maximum(opened, -DAY)
    assert after - before == pytest.approx(np.maximum(alive, 0.0))


def test_the_share_of_leads_is_steady(network):
    area = np.add.reduceat(network.breadth, network.first_node[:-1]) * network.step
    # Of narrow leads there are enough for a sharp test.
    narrow = network.width < 200.0
    shares = [np.sum((area * leads_at(network, t).opening)[narrow]) for t in (-DAY, 0.0, DAY)]
    error = np.sqrt(np.sum((area * leads_at(network, 0.0).opening)[narrow] ** 2))
    error *= np.sqrt(2.0 * 5.0)  # of a difference; leads come in bursts of about 5
    assert shares[0] == pytest.approx(shares[1], abs=3 * error)
    assert shares[2] == pytest.approx(shares[1], abs=3 * error)
    assert error < 0.15 * shares[1]


def test_dark_and_bright_leads_have_the_shares_of_their_ages(network):
    at = leads_at(network, 0.0)
    seen = at.opening > 0.0
    # Ages of a steady population: all between 0 and the longest life, if the lead is open then.
    rng = np.random.default_rng(2)
    opened = -rng.uniform(0.0, longest_life(LIFE), 20_000)
    closing = opened + LIFE.opening_duration + draw_stays(LIFE, opened.size, rng)
    alive = opening(LIFE, opened, closing, 0.0) > 0.0
    kind = kind_of_leads(thickness_in_leads(LIFE, opened, 0.0), rng.random(opened.size) < 0.5)
    for k in (Kind.CALM_WATER, Kind.ROUGH_WATER, Kind.NILAS, Kind.FROST_FLOWERS):
        expected = np.mean(kind[alive] == k)
        error = np.sqrt(5.0 * expected / np.sum(seen))
        assert np.mean(at.kind[seen] == k) == pytest.approx(expected, abs=4 * error)
        assert expected > 0.05


def test_colder_air_makes_thicker_ice_and_shorter_lives():
    cold, mild = LifeSettings(air_temperature=-35.0), LifeSettings(air_temperature=-10.0)
    assert ice_thickness(np.array(DAY), -35.0) > ice_thickness(np.array(DAY), -10.0)
    assert longest_life(cold) < longest_life(mild)
    assert mean_open_time(cold) < mean_open_time(mild)
