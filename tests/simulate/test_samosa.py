"""The closed forms of delay-Doppler echoes: special functions, limits, and plain quadrature."""

import math

import numpy as np
import pytest

from iceco.simulate.altimeter.closed_form import curvature
from iceco.simulate.altimeter.cryosat2 import SIRAL
from iceco.simulate.altimeter.delay_doppler import (
    RANGE_RESOLUTION,
    along_resolution,
    look_angles,
    radar_constant,
)
from iceco.simulate.altimeter.samosa import (
    GAUSSIAN_OF_HAMMING,
    GAUSSIAN_OF_SINC,
    decay_rate,
    f0,
    f1,
    folded_echo,
    peak_of_unit_sigma0,
    samosa_echo,
)
from iceco.simulate.altimeter.sentinel3 import SRAL

ALTITUDE = 717_200.0
RANGES = np.linspace(-3.0, 12.0, 61)


def quadrature(range_beyond, slope):
    """Echo of unit sigma0 by sums over beams, places along and places across track."""
    alpha, rate = curvature(ALTITUDE), decay_rate(SIRAL, ALTITUDE, slope)
    fall = 0.5 * alpha * ALTITUDE * rate
    window = SIRAL.doppler_window
    area = (window**2 + 0.5 * (1.0 - window) ** 2) / window**2 * along_resolution(ALTITUDE)
    beam = GAUSSIAN_OF_HAMMING * along_resolution(ALTITUDE)
    pulse = GAUSSIAN_OF_SINC * RANGE_RESOLUTION
    x = np.linspace(-4.0, 4.0, 65)[:, None] * beam
    y = (np.arange(300) + 0.5) * 20.0
    edges = np.linspace(-9.0, 30.0, 1561)
    density = np.zeros(edges.size - 1)
    for look in look_angles(ALTITUDE):
        power = np.exp(-0.5 * (x / beam) ** 2) / (beam * math.sqrt(2.0 * math.pi))
        power = power * (x[1] - x[0]) * np.exp(-fall * (look + x / ALTITUDE) ** 2)
        power = power * np.exp(-fall * (y / ALTITUDE) ** 2) * 40.0 / look_angles(ALTITUDE).size
        late = alpha * (x**2 + 2.0 * x * look * ALTITUDE + y**2) / (2.0 * ALTITUDE)
        density += np.histogram(late, edges, weights=power)[0]
    middle = 0.5 * (edges[1:] + edges[:-1])
    shape = np.exp(-0.5 * ((range_beyond[:, None] - middle) / pulse) ** 2)
    shape *= RANGE_RESOLUTION / (pulse * math.sqrt(2.0 * math.pi))
    return radar_constant(SIRAL) / ALTITUDE**4 * area * shape @ density


def test_f0_is_the_root_folded_with_a_gaussian():
    v = np.linspace(0.0, 5.0, 20_001)
    for xi in (-4.0, -1.0, 0.0, 0.3, 2.0, 6.0):
        direct = np.trapezoid(np.exp(-0.5 * (v**2 - xi) ** 2), v)
        assert f0(np.array(xi)) == pytest.approx(direct, rel=1e-6)


def test_f1_is_minus_the_slope_of_f0():
    xi = np.array([-8.0, -2.0, -0.5, 0.0, 0.5, 2.0, 8.0])
    slope = (f0(xi + 1e-5) - f0(xi - 1e-5)) / 2e-5
    np.testing.assert_allclose(f1(xi), -slope, rtol=1e-4, atol=1e-9)


def test_the_functions_join_at_zero_and_fade_far_before_the_edge():
    for function in (f0, f1):
        assert function(np.array(0.0)) == pytest.approx(function(np.array(1e-9)), rel=1e-3)
        assert function(np.array(0.0)) == pytest.approx(function(np.array(-1e-9)), rel=1e-3)
        assert 0.0 < abs(function(np.array(-20.0))) < 1e-60


def test_far_behind_the_edge_f0_is_the_root():
    assert f0(np.array(60.0)) == pytest.approx(math.sqrt(math.pi / 2.0 / 60.0), rel=1e-3)


@pytest.mark.parametrize("radar", [SIRAL, SRAL])
def test_over_diffuse_ice_both_models_agree(radar):
    samosa = samosa_echo(radar, RANGES, ALTITUDE, 10.0)
    folded = folded_echo(radar, RANGES, ALTITUDE, 10.0)
    assert np.abs(samosa - folded).max() < 0.02 * samosa.max()


@pytest.mark.parametrize("slope", [math.inf, 1e-5, 1e-6])
def test_the_folded_model_is_the_sum_over_the_surface(slope):
    """To 1.1 % of the peak: the walk is skewed a little, the model's Gaussian is not."""
    direct = quadrature(RANGES, slope)
    folded = folded_echo(SIRAL, RANGES, ALTITUDE, 1.0, slope)
    assert np.abs(folded - direct).max() < 0.011 * direct.max()


def test_samosa_leaves_the_decay_of_specular_water_out_of_the_edge():
    """A third of the peak at a slope of 1e-6: it is not to be used for leads."""
    direct = quadrature(RANGES, 1e-6)
    samosa = samosa_echo(SIRAL, RANGES, ALTITUDE, 1.0, 1e-6)
    assert 0.3 < np.abs(samosa - direct).max() / direct.max() < 0.4


def test_heights_widen_the_edge_and_keep_its_middle():
    flat, rough = (samosa_echo(SIRAL, RANGES, ALTITUDE, 1.0, rms_height=s) for s in (0.0, 0.5))
    before, after = RANGES < -0.7, RANGES > 5.0
    assert (rough[before] > flat[before]).all()
    np.testing.assert_allclose(rough[after], flat[after], rtol=0.01)


def test_power_goes_with_sigma0_and_the_trailing_edge_with_the_antenna():
    ranges = np.array([20.0, 30.0])
    one, four = (samosa_echo(SRAL, ranges, ALTITUDE, s) for s in (1.0, 4.0))
    np.testing.assert_allclose(four, 4.0 * one, rtol=1e-12)
    rate = 8.0 / (SRAL.antenna_gamma * curvature(ALTITUDE) * ALTITUDE)
    fall = math.sqrt(20.0 / 30.0) * math.exp(-10.0 * rate)
    assert one[1] / one[0] == pytest.approx(fall, rel=0.01)


def test_the_peak_scales_with_altitude_as_the_closed_form_does():
    altitude = np.array([700_000.0, 740_000.0])
    ranges = np.linspace(0.0, 2.0, 201)
    peaks = [samosa_echo(SIRAL, ranges, h, 1.0).max() for h in altitude]
    np.testing.assert_allclose(peak_of_unit_sigma0(SIRAL, altitude), peaks, rtol=0.003)
