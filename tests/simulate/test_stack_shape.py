"""Numbers of a stack: Gaussians come back, moments are those of the powers."""

import numpy as np
import pytest
from scipy.stats import kurtosis, skew

from iceco.simulate.altimeter.stack import stack_shape


@pytest.mark.parametrize("width", [2.0, 5.0, 12.0])
@pytest.mark.parametrize("centre", [20.0, 17.3])
def test_a_gaussian_has_its_width_in_looks(width, centre):
    power = np.exp(-0.5 * ((np.arange(41) - centre) / width) ** 2)[None] + 1e-12
    assert stack_shape(power, 41).standard_deviation[0] == pytest.approx(width, rel=1e-3)
    assert stack_shape(power, 246).standard_deviation[0] == pytest.approx(6 * width, rel=1e-3)


def test_speckle_does_not_bias_the_width():
    rng = np.random.default_rng(3)
    power = np.exp(-0.5 * ((np.arange(41) - 20.0) / 9.0) ** 2) * rng.gamma(100.0, 0.01, (400, 41))
    # The spread of one fit is about 5 %, of their mean 0.3 %.
    assert stack_shape(power, 41).standard_deviation.mean() == pytest.approx(9.0, rel=0.015)


def test_gain_does_not_matter_and_moments_are_those_of_the_powers():
    power = np.random.default_rng(4).gamma(2.0, 1.0, (5, 41))
    one, other = stack_shape(power, 248), stack_shape(1e-15 * power, 248)
    np.testing.assert_allclose(one.skewness, skew(power, axis=1))
    np.testing.assert_allclose(one.kurtosis, kurtosis(power, axis=1))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_a_stack_that_falls_off_nowhere_has_no_width():
    power = 1.0 + (np.arange(41) - 20.0) ** 2
    assert np.isnan(stack_shape(power[None], 41).standard_deviation[0])
