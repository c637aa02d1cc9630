"""Echoes: the limits that closed forms give."""

import numpy as np
import pytest
from scipy.special import erf

from iceco.products.altika import GATE_SPACING_M, REFERENCE_GATE
from iceco.simulate.echoes import (
    ALPHA,
    ALTITUDE,
    BEAM_GAMMA,
    FULL_SCALE,
    ICE_PLATEAU,
    ICE_SIGMA0,
    NOISE,
    PULSE_SIGMA,
    WATER_REFLECTIVITY,
    WATER_SLOPE,
    echoes,
    gain_control,
)

NO_WATER = (np.zeros(0), np.zeros(0), np.zeros(0))
AT_NADIR = np.zeros(400)
GATE = np.arange(128) - REFERENCE_GATE


def mean_echo(water):
    return echoes(AT_NADIR, AT_NADIR, water, np.random.default_rng(0)).mean(axis=0) - NOISE


def brown(decay):
    """The flat-surface echo: error function times exponential, decay per gate."""
    edge = (GATE - decay * PULSE_SIGMA**2) / (np.sqrt(2) * PULSE_SIGMA)
    return 0.5 * (1 + erf(edge)) * np.exp(-decay * GATE + decay**2 * PULSE_SIGMA**2 / 2)


def test_ice_alone_is_brown_s_echo():
    decay = 8 * GATE_SPACING_M / (BEAM_GAMMA * ALPHA * ALTITUDE)
    assert mean_echo(NO_WATER) == pytest.approx(ICE_PLATEAU * brown(decay), abs=0.02 * ICE_PLATEAU)


def test_water_everywhere_is_the_specular_closed_form():
    side = 25.0
    axis = np.arange(-7000, 7000, side) + side / 2
    x, y = (a.ravel() for a in np.meshgrid(axis, axis))
    found = mean_echo((x, y, np.full(x.shape, side**2))) - mean_echo(NO_WATER)
    decay = GATE_SPACING_M * (
        8 / (BEAM_GAMMA * ALPHA * ALTITUDE) + 2 * ALPHA / (ALTITUDE * WATER_SLOPE)
    )
    wanted = ICE_PLATEAU / ICE_SIGMA0 * WATER_REFLECTIVITY / WATER_SLOPE * brown(decay)
    assert found == pytest.approx(wanted, abs=0.02 * wanted.max())


@pytest.mark.parametrize("distance", [1000.0, 2000.0, 3000.0])
def test_a_lead_off_nadir_comes_late(distance):
    y = np.arange(-200, 200, 20.0)
    x = np.full(y.shape, distance)
    late = mean_echo((x, y, np.full(y.shape, 1e4))) - mean_echo(NO_WATER)
    wanted = REFERENCE_GATE + ALPHA * distance**2 / (2 * ALTITUDE * GATE_SPACING_M)
    assert late.argmax() == pytest.approx(wanted, abs=1.0)


def test_the_gain_control_bounds_the_peak_and_can_be_undone():
    power = np.random.default_rng(0).gamma(1, 1e4, (50, 128))
    counts, setting = gain_control(power)
    assert counts.max() <= FULL_SCALE
    assert counts * 10 ** (setting[:, None] / 10) == pytest.approx(power)
