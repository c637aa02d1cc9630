"""Motion between the times that a displacement joins: closed forms against sums and limits."""

import numpy as np
import pytest

from iceco.drift.unresolved import (
    CORIOLIS,
    MEAN_SPEED,
    Fluctuation,
    bridge_variance,
    displacement_covariance,
    displacement_variance,
    speed_variance,
)

HOUR = 3600.0
MOTION = Fluctuation(0.02, 2 * 86_400.0, 0.05, 1 * 86_400.0)


def velocity_covariance(lag):
    lag = np.abs(lag)
    inertial = MOTION.inertial_speed**2 * np.exp(-lag / MOTION.inertial_decay)
    weather = MOTION.weather_speed**2 * np.exp(-lag / MOTION.weather_decay)
    return inertial * np.cos(CORIOLIS * lag) + weather


def summed(first, second, steps=800):
    """The covariance of two displacements as a double sum over velocity's."""
    (a, b), (c, d) = first, second
    share = (np.arange(steps) + 0.5) / steps
    s, t = a + (b - a) * share, c + (d - c) * share
    return velocity_covariance(s[:, None] - t).mean() * (b - a) * (d - c)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((0.0, 24 * HOUR), (0.0, 24 * HOUR)),
        ((5 * HOUR, 6 * HOUR), (0.0, 24 * HOUR)),
        ((-3 * HOUR, 2 * HOUR), (10 * HOUR, 30 * HOUR)),
        ((4 * HOUR, 1 * HOUR), (0.0, 6 * HOUR)),
    ],
)
def test_covariances_are_double_integrals_of_velocity_s(first, second):
    given = displacement_covariance(MOTION, *(tuple(map(np.array, f)) for f in (first, second)))
    mean = MEAN_SPEED**2 * (first[1] - first[0]) * (second[1] - second[0])
    scale = summed(first, first)
    assert given - mean == pytest.approx(summed(first, second), abs=2e-3 * scale)


def test_short_displacements_are_velocity_times_time():
    whole = MOTION.inertial_speed**2 + MOTION.weather_speed**2
    assert displacement_variance(MOTION, np.array(60.0)) == pytest.approx(whole * 3600.0, rel=0.01)


def test_velocity_about_its_mean_has_all_its_variance_over_long_intervals_and_none_over_short():
    whole = MOTION.inertial_speed**2 + MOTION.weather_speed**2
    short, long = speed_variance(MOTION, np.array([60.0, 1e9]))
    assert short == pytest.approx(0.0, abs=0.01 * whole)
    assert long == pytest.approx(whole, rel=0.01)


def test_a_bridge_is_sure_at_both_ends_and_least_so_between():
    day = (np.zeros(5), np.full(5, 24 * HOUR))
    hours = np.array([0.0, 6.0, 12.0, 18.0, 24.0])
    left = bridge_variance(MOTION, (np.zeros(5), hours * HOUR), day)
    assert left[[0, 4]] == pytest.approx(0.0, abs=1e-3)
    assert left[1] == pytest.approx(left[3])
    assert bridge_variance(MOTION, (0.0, 30 * HOUR), (0.0, 24 * HOUR)) > left[1] > 100.0**2


def test_the_variance_of_a_bridge_is_that_of_motions_drawn():
    """Velocity each half hour of a day, 4000 times: the spread is known to 1.1 %."""
    step, part = 0.5 * HOUR, slice(10, 22)
    time = (np.arange(48) + 0.5) * step
    covariance = velocity_covariance(time[:, None] - time)
    velocity = np.random.default_rng(4).multivariate_normal(np.zeros(48), covariance, 4000)
    left = step * (velocity[:, part].sum(axis=1) - velocity.sum(axis=1) * 12 / 48)
    given = bridge_variance(MOTION, (10 * step, 22 * step), (0.0, 24 * HOUR))
    assert np.sqrt(given) == pytest.approx(left.std(), rel=0.04)
