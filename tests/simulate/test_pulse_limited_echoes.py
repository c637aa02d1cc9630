"""Facet by facet: closed forms in the uniform limits, published tables, hyperbolae, slow twin."""

import math

import numpy as np
import pytest
from naive.pulse_limited import pulse_limited_echo

from iceco.simulate.altimeter.closed_form import (
    ALTIKA,
    gate_ranges,
    off_nadir_range,
    peakiness,
    uniform_echo,
)
from iceco.simulate.altimeter.facets import Facets
from iceco.simulate.altimeter.pulse_limited import coherent_slope, pulse_limited_echoes

ALTITUDE = 800_000.0
DIFFUSE = 1e9
ICE = 10**0.7
WATER = 0.53


def plain(along, across, side=50.0, sigma0=1.0, slope=DIFFUSE, rms_height=0.0, height=0.0):
    """Uniform facets between (from, to) along and across [m]."""
    rows, columns = (np.arange(lo + side / 2, hi, side) for lo, hi in (along, across))

    def fill(value):
        return np.full((rows.size, columns.size), value, dtype=np.float32)

    return Facets(
        rows, columns, fill(height), fill(sigma0), fill(slope), fill(rms_height), fill(0.0), side
    )


def whole(**surface):
    """Uniform facets as far as the window sees."""
    return plain((-6_500.0, 6_500.0), (-6_500.0, 6_500.0), **surface)


def see(facets, along, nadir_gate=51.0):
    along = np.atleast_1d(np.asarray(along, dtype=np.float64))
    altitude = np.full(along.size, ALTITUDE)
    return pulse_limited_echoes(facets, along, altitude, np.full(along.size, nadir_gate), ALTIKA)


@pytest.mark.parametrize(
    ("slope", "rms_height"),
    [(1e-6, 0.0), (1e-5, 0.0), (1e-4, 0.0), (DIFFUSE, 0.0), (DIFFUSE, 0.07), (DIFFUSE, 0.225)],
)
def test_uniform_surfaces_have_the_echo_of_the_closed_form(slope, rms_height):
    facets = whole(sigma0=3.0, slope=slope, rms_height=rms_height)
    for along, gate in ((0.0, 51.0), (19.0, 47.3)):
        closed = uniform_echo(ALTIKA, gate_ranges(ALTIKA, gate), ALTITUDE, 3.0, slope, rms_height)
        echo = see(facets, along, gate).incoherent[0]
        assert np.abs(echo - closed).max() < 0.002 * closed.max()


def test_a_mirror_everywhere_is_water_with_the_slope_of_fung_and_eom():
    facets = whole(sigma0=0.0)
    facets.coherent[:] = WATER
    slope = float(coherent_slope(ALTIKA, np.array([ALTITUDE]))[0])
    assert slope == pytest.approx(3.9e-7, rel=0.01)
    echo = see(facets, 0.0)
    closed = uniform_echo(ALTIKA, gate_ranges(ALTIKA, 51.0), ALTITUDE, WATER / slope, slope)
    assert np.abs(echo.coherent[0] - closed).max() < 0.005 * closed.max()
    assert not echo.incoherent.any()


@pytest.fixture(scope="module")
def patchwork():
    """A bit of ice with leads of all sorts in it."""
    rng = np.random.default_rng(1)
    facets = plain((-900.0, 1_500.0), (-1_000.0, 1_300.0))
    shape = facets.height.shape
    facets.sigma0[:] = 10 ** rng.uniform(0, 5, shape)
    facets.mean_square_slope[:] = 10 ** rng.uniform(-6, 0, shape)
    facets.height[:] = rng.uniform(0, 0.8, shape)
    facets.rms_height[:] = rng.uniform(0, 0.4, shape)
    facets.coherent[:] = np.where(rng.random(shape) < 0.1, WATER, 0)
    return facets


def test_the_slow_twin_agrees(patchwork):
    beta2 = float(coherent_slope(ALTIKA, np.array([ALTITUDE]))[0])
    for along, gate in ((0.0, 51.0), (333.3, 49.6)):
        echoes = see(patchwork, along, gate)
        slow = pulse_limited_echo(patchwork, along, ALTITUDE, gate, ALTIKA, beta2)
        for fast, twin in zip((echoes.incoherent[0], echoes.coherent[0]), slow, strict=True):
            assert np.abs(fast - twin).max() < 0.01 * twin.max()
            assert fast.sum() == pytest.approx(twin.sum(), rel=1e-4)


def test_left_and_right_cannot_be_told_apart(patchwork):
    mirrored = patchwork._replace(across=-patchwork.across[::-1])
    mirrored = mirrored._replace(
        **{
            name: np.ascontiguousarray(getattr(patchwork, name)[:, ::-1])
            for name in ("height", "sigma0", "mean_square_slope", "rms_height", "coherent")
        }
    )
    assert see(mirrored, 100.0).incoherent == pytest.approx(see(patchwork, 100.0).incoherent)


def test_powers_add_up(patchwork):
    first, second = (patchwork.sigma0.copy() for _ in range(2))
    first[:, ::2] = 0.0
    second[:, 1::2] = 0.0
    parts = [see(patchwork._replace(sigma0=part), 0.0).incoherent for part in (first, second)]
    assert sum(parts) == pytest.approx(see(patchwork, 0.0).incoherent)


def test_what_stands_higher_comes_earlier():
    height = 4 * ALTIKA.gate_spacing
    flat, raised = (
        see(plain((-300, 300), (-300, 300), height=z), 0.0).incoherent[0] for z in (0.0, height)
    )
    assert np.abs(raised[:-4] - flat[4:]).max() < 1e-3 * flat.max()


def test_a_strip_off_nadir_has_the_published_peakiness_power_and_delay():
    ice = whole(sigma0=ICE)
    plateau = see(ice, 0.0).incoherent.max()
    for distance, peaky, over_ice, gate in (
        (0.0, 31.5, 30.4, 0),
        (500.0, 33.3, 30.5, 1),
        (1000.0, 28.8, 29.0, 3),
        (2000.0, 25.3, 24.9, 9),
        (4000.0, 14.8, 9.8, 37),
    ):
        strip = np.abs(ice.across - distance) < 100.0
        sigma0 = np.where(strip, WATER / 1e-5, ice.sigma0).astype(np.float32)
        slope = np.where(strip, 1e-5, ice.mean_square_slope).astype(np.float32)
        echo = see(ice._replace(sigma0=sigma0, mean_square_slope=slope), 0.0).incoherent[0]
        assert peakiness(echo) == pytest.approx(peaky, rel=0.15)
        assert 10 * math.log10(echo.max() / plateau) == pytest.approx(over_ice, rel=0.15)
        assert abs(echo.argmax() - 51 - gate) <= 1


def test_an_isolated_lead_draws_a_hyperbola():
    """d2 = d0**2 + x**2: apex within 1 cm and curvature within 0.5 % of alpha d2 / 2h."""
    lead = plain((-75.0, 75.0), (775.0, 925.0), sigma0=WATER / 1e-5, slope=1e-5)
    along = np.arange(-2_500.0, 2_501.0, 250.0)
    echoes = see(lead, along).incoherent
    delay = (echoes * gate_ranges(ALTIKA, 51.0)).sum(axis=1) / echoes.sum(axis=1)
    curve, tilt, apex = np.polyfit(along, delay, 2)
    assert apex == pytest.approx(off_nadir_range(850.0, ALTITUDE), abs=0.01)
    assert curve == pytest.approx(off_nadir_range(1.0, ALTITUDE), rel=0.005)
    assert tilt == pytest.approx(0.0, abs=1e-7)


def test_what_lies_outside_the_window_is_not_seen():
    far = plain((-100, 100), (7_500.0, 7_900.0))
    assert not see(far, 0.0).incoherent.any()
    assert not see(whole(), 0.0, nadir_gate=200.0).incoherent.any()
