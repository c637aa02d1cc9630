"""Echoes of uniform surfaces: the published figures, and a brute-force integral over rings."""

import math

import numpy as np
import pytest
from scipy.special import erf

from iceco.simulate.altimeter.closed_form import (
    ALTIKA,
    curvature,
    decay_rate,
    gate_ranges,
    off_nadir_range,
    peakiness,
    uniform_echo,
)

ALTITUDE = 800_000.0
RANGES = gate_ranges(ALTIKA, 51.0)


@pytest.mark.parametrize(
    ("slope", "published"), [(1e-6, 49.0), (1e-5, 13.5), (1e-4, 5.4), (math.inf, 4.5)]
)
def test_peakiness_of_all_water_is_as_published(slope, published):
    echo = uniform_echo(ALTIKA, RANGES, ALTITUDE, 1.0, slope)
    assert peakiness(echo) == pytest.approx(published, rel=0.01)


def test_the_trailing_edge_decays_as_published():
    antenna = decay_rate(ALTIKA, ALTITUDE, math.inf)
    assert 1 / (antenna * ALTIKA.gate_spacing) == pytest.approx(29.0, rel=0.01)
    for slope, gates in ((1e-6, 1.1), (3e-6, 3.4), (1e-5, 11.0), (1e-4, 114.0)):
        water = decay_rate(ALTIKA, ALTITUDE, slope) - antenna
        assert 1 / (water * ALTIKA.gate_spacing) == pytest.approx(gates, rel=0.05)


@pytest.mark.parametrize("slope", [1e-6, 1e-5, 1e-4, math.inf])
@pytest.mark.parametrize("rms_height", [0.0, 0.2])
def test_the_closed_form_is_the_integral_over_rings(slope, rms_height):
    distance = (np.arange(120_000) + 0.5) * 0.1  # m, from nadir
    gain = np.exp(-4 / ALTIKA.antenna_gamma * (distance / ALTITUDE) ** 2)
    gain *= np.exp(-((curvature(ALTITUDE) * distance / ALTITUDE) ** 2) / slope)
    area = 2 * np.pi * distance * 0.1
    ring = 2 * np.pi * ALTITUDE * ALTIKA.gate_spacing / curvature(ALTITUDE)
    sigma = math.hypot(ALTIKA.pulse_sigma, rms_height)
    late = off_nadir_range(distance, ALTITUDE)
    brute = np.array(
        [(gain * area * np.exp(-0.5 * ((r - late) / sigma) ** 2)).sum() for r in RANGES[44:128:4]]
    )
    brute *= ALTIKA.gate_spacing / ring / (math.sqrt(2 * np.pi) * sigma)
    closed = uniform_echo(ALTIKA, RANGES, ALTITUDE, 1.0, slope, rms_height)
    assert np.abs(closed[44:128:4] - brute).max() < 1e-4 * closed.max()


def test_half_the_plateau_lies_at_the_surface_of_an_endless_diffuse_plain():
    wide = ALTIKA._replace(antenna_gamma=math.inf)
    assert uniform_echo(wide, np.array([0.0]), ALTITUDE, 5.0)[0] == pytest.approx(2.5)
    assert uniform_echo(wide, np.array([20.0]), ALTITUDE, 5.0)[0] == pytest.approx(5.0)


def test_the_product_form_of_brown_does_not_hold_for_leads():
    """Why it is not used: it takes the leading edge for that of a diffuse surface."""
    r = np.linspace(-2.0, 5.0, 701)
    edge = 0.5 * (1 + erf(r / (math.sqrt(2) * ALTIKA.pulse_sigma)))
    for slope, error in ((1e-6, 0.29), (1e-5, 0.027), (1e-4, 0.009)):
        exact = uniform_echo(ALTIKA, r, ALTITUDE, 1.0, slope)
        product = edge * np.exp(-decay_rate(ALTIKA, ALTITUDE, slope) * r)
        assert np.abs(product - exact).max() / exact.max() == pytest.approx(error, rel=0.1)


def test_off_nadir_ranges_are_as_published():
    distance = np.array([250.0, 500, 750, 1000, 1500, 2000, 3000, 4000])
    gates = off_nadir_range(distance, ALTITUDE) / ALTIKA.gate_spacing
    assert gates == pytest.approx([0.14, 0.56, 1.27, 2.25, 5.1, 9.0, 20, 36], rel=0.02)
