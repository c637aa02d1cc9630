"""Delay-Doppler echoes of facets: closed forms in the uniform limits, geometry, slow twin."""

import math

import numpy as np
import pytest
from naive.delay_doppler import delay_density as slow_delay_density

from iceco.simulate.altimeter.closed_form import curvature
from iceco.simulate.altimeter.cryosat2 import SIRAL
from iceco.simulate.altimeter.delay_doppler import (
    HAMMING,
    LOOKS,
    RANGE_RESOLUTION,
    along_resolution,
    delay_density,
    doppler_response,
    doppler_weights,
    fine_ranges,
    mirror_slope,
    sar_echoes,
    uniform_facets,
)
from iceco.simulate.altimeter.facets import Facets
from iceco.simulate.altimeter.samosa import (
    GAUSSIAN_OF_HAMMING,
    GAUSSIAN_OF_SINC,
    folded_echo,
    samosa_echo,
)
from iceco.simulate.altimeter.sentinel3 import SRAL
from iceco.simulate.altimeter.stack import stack_shape

ALTITUDE = {SIRAL: 717_200.0, SRAL: 814_500.0}
RADARS = pytest.mark.parametrize("radar", [SIRAL, SRAL], ids=["CryoSat-2", "Sentinel-3"])
DIFFUSE = 1e9


def half(facets):
    """The left half, twice as bright: mirror images arrive together."""
    left = facets.across > 0.0
    cut = (a[:, left] for a in facets[2:7])
    height, sigma0, slope, rms_height, coherent = cut
    return Facets(
        facets.along, facets.across[left], height, 2.0 * sigma0, slope, rms_height,
        2.0 * coherent, facets.side,
    )  # fmt: skip


def dark(length=2_000.0, width=4_000.0, side=50.0):
    """A strip that scatters nothing, to be lit here and there."""
    along, across = (np.arange(-span + side / 2, span, side) for span in (length, width))
    nothing = np.zeros((along.size, across.size), np.float32)
    return Facets(
        along, across, nothing, nothing.copy(), nothing + 1.0, nothing.copy(), nothing.copy(), side
    )


def look_down(radar, facets, place=0.0, gate=60.0):
    place = np.atleast_1d(np.asarray(place, dtype=np.float64))
    altitude = np.full(place.size, ALTITUDE[radar])
    return sar_echoes(radar, facets, place, altitude, np.full(place.size, gate))


def gaussian_echo(radar, facets, gate):
    """Echo of a record at 0 with Gaussians for the responses along track and in range."""
    place, altitude = np.zeros(1), np.full(1, ALTITUDE[radar])
    resolution = along_resolution(ALTITUDE[radar])
    first, weight = doppler_weights(radar, facets, place, altitude)
    offset = (facets.along[first[0] : first[0] + weight.shape[1]] - place) / resolution
    width = GAUSSIAN_OF_SINC if radar.doppler_window == 1.0 else GAUSSIAN_OF_HAMMING
    area = np.trapezoid(doppler_response(np.linspace(-40, 40, 8001), radar.doppler_window)) / 100
    weight = area * np.exp(-0.5 * (offset / width) ** 2) / (width * math.sqrt(2.0 * math.pi))
    density, _ = delay_density(
        radar, facets, place, altitude, np.full(1, gate), first, weight[None, :]
    )
    gates = np.arange(radar.gates) * radar.gate_spacing
    pulse = GAUSSIAN_OF_SINC * RANGE_RESOLUTION
    shape = np.exp(-0.5 * ((gates - fine_ranges(radar)[:, None]) / pulse) ** 2)
    return (density @ shape)[0] * RANGE_RESOLUTION / (pulse * math.sqrt(2.0 * math.pi))


def ranges_beyond(radar, gate):
    return (np.arange(radar.gates) - gate) * radar.gate_spacing


def test_along_track_resolutions_are_those_published():
    assert along_resolution(ALTITUDE[SIRAL]) == pytest.approx(297.0, rel=0.015)
    assert along_resolution(ALTITUDE[SRAL]) == pytest.approx(336.0, rel=0.015)


def test_mirrors_seem_as_rough_as_published():
    slopes = [float(mirror_slope(np.array(h))) for h in ALTITUDE.values()]
    np.testing.assert_allclose(slopes, [6.5e-7, 5.8e-7], rtol=0.02)


def test_the_doppler_response_has_its_nulls_and_sidelobes():
    assert doppler_response(np.array([0.0, 1.0, 3.0]), 1.0) == pytest.approx([1.0, 0.0, 0.0])
    beyond = np.linspace(2.0, 30.0, 3001)
    assert doppler_response(beyond, HAMMING).max() < 10**-4.2
    assert doppler_response(np.array([0.65]), HAMMING) == pytest.approx(0.5, abs=0.01)


@RADARS
@pytest.mark.parametrize("slope", [DIFFUSE, 1e-5, 1e-6])
def test_uniform_surfaces_with_gaussian_responses_have_the_closed_form(radar, slope):
    gate = radar.sea_gate + 0.3
    facets = half(uniform_facets(radar, ALTITUDE[radar], 3.0, slope))
    echo = gaussian_echo(radar, facets, gate)
    closed = folded_echo(radar, ranges_beyond(radar, gate), ALTITUDE[radar], 3.0, slope)
    assert np.abs(echo - closed).max() < 0.011 * closed.max()


@RADARS
def test_diffuse_ice_with_gaussian_responses_has_the_echo_of_samosa(radar):
    gate = radar.sea_gate
    facets = half(uniform_facets(radar, ALTITUDE[radar], 3.0, DIFFUSE))
    echo = gaussian_echo(radar, facets, gate)
    closed = samosa_echo(radar, ranges_beyond(radar, gate), ALTITUDE[radar], 3.0)
    assert np.abs(echo - closed).max() < 0.01 * closed.max()


def test_heights_inside_facets_widen_the_echo_as_gaussian_ones_do():
    facets = half(uniform_facets(SIRAL, ALTITUDE[SIRAL], 3.0, DIFFUSE))
    facets = facets._replace(rms_height=facets.rms_height + np.float32(0.25))
    echo = gaussian_echo(SIRAL, facets, 88.0)
    closed = folded_echo(SIRAL, ranges_beyond(SIRAL, 88.0), ALTITUDE[SIRAL], 3.0, rms_height=0.25)
    assert np.abs(echo - closed).max() < 0.012 * closed.max()


@pytest.mark.parametrize(("radar", "most"), [(SIRAL, 0.045), (SRAL, 0.065)])
def test_true_responses_differ_from_gaussians_by_a_few_percent(radar, most):
    """The sidelobes of sinc2 fill the foot of the edge: what the Gaussian model leaves out."""
    facets = half(uniform_facets(radar, ALTITUDE[radar], 3.0, DIFFUSE))
    echo = look_down(radar, facets, gate=radar.sea_gate).power[0]
    closed = samosa_echo(radar, ranges_beyond(radar, radar.sea_gate), ALTITUDE[radar], 3.0)
    assert 0.02 < np.abs(echo - closed).max() / closed.max() < most
    assert echo.sum() == pytest.approx(closed.sum(), rel=0.02)


@RADARS
def test_the_loop_agrees_with_the_slow_twin(radar):
    rng = np.random.default_rng(5)
    facets = dark(300.0, 200.0)
    shape = facets.height.shape
    facets = facets._replace(
        across=facets.across + 900.0,
        height=rng.normal(0.0, 0.4, shape).astype(np.float32),
        sigma0=rng.gamma(1.0, 10.0, shape).astype(np.float32),
        mean_square_slope=(10.0 ** rng.uniform(-5.5, -1.0, shape)).astype(np.float32),
        rms_height=rng.uniform(0.0, 0.3, shape).astype(np.float32),
        coherent=np.where(rng.random(shape) < 0.3, 0.3, 0.0).astype(np.float32),
    )
    radar = radar._replace(doppler_reach=0.5)
    place, altitude, gate = (
        np.array([-30.0, 75.0]),
        np.array([717_000.0, 721_000.0]),
        np.array([50.0, 52.4]),
    )
    first, weight = doppler_weights(radar, facets, place, altitude)
    density, stack = delay_density(radar, facets, place, altitude, gate, first, weight)
    for i in range(2):
        slow = slow_delay_density(radar, facets, place[i], altitude[i], gate[i])
        np.testing.assert_allclose(density[i], slow[0], rtol=1e-6, atol=1e-9 * slow[0].max())
        np.testing.assert_allclose(stack[i], slow[1], rtol=1e-6, atol=1e-9 * slow[1].max())


def test_the_echo_and_the_stack_hold_the_same_power():
    facets = half(uniform_facets(SIRAL, ALTITUDE[SIRAL], 1.0, 1e-5))
    seen = look_down(SIRAL, facets)
    total = seen.power.sum() * SIRAL.gate_spacing
    assert total == pytest.approx(seen.stack.mean() * RANGE_RESOLUTION, rel=0.01)


def test_a_higher_surface_echoes_earlier_by_its_height():
    facets = half(uniform_facets(SIRAL, ALTITUDE[SIRAL], 1.0, 1e-4))
    raised = facets._replace(height=facets.height + np.float32(4 * SIRAL.gate_spacing))
    low, high = (look_down(SIRAL, f).power[0] for f in (facets, raised))
    np.testing.assert_allclose(high[40:200], low[44:204], rtol=1e-3, atol=1e-5 * low.max())


@RADARS
@pytest.mark.parametrize("distance", [1_025.0, 2_025.0, 3_525.0])
def test_an_off_nadir_facet_comes_late_by_alpha_d2_over_2h(radar, distance):
    facets = dark()
    column = int(np.argmin(np.abs(facets.across - distance)))
    rows = np.abs(facets.along) < 100.0
    facets.sigma0[rows, column] = 1.0
    power = look_down(radar, facets).power[0]
    gates = np.arange(power.size)
    late = ((power * gates).sum() / power.sum() - 60.0) * radar.gate_spacing
    expected = curvature(ALTITUDE[radar]) * distance**2 / (2.0 * ALTITUDE[radar])
    assert late == pytest.approx(expected, abs=0.1)


def test_a_lead_across_the_track_is_placed_to_the_resolution():
    """Its power follows the response of the beam as the records pass over it."""
    facets = dark(3_000.0, 300.0)
    facets.sigma0[np.abs(facets.along - 125.0) < 30.0] = 1e5
    facets = facets._replace(mean_square_slope=np.full_like(facets.height, 1e-5))
    place = 125.0 + np.array([0.0, 0.5, -0.5, 1.0, 1.5]) * along_resolution(ALTITUDE[SIRAL])
    power = look_down(SIRAL, facets, place).power.sum(axis=1)
    offset = (place - 125.0) / along_resolution(ALTITUDE[SIRAL])
    lit = facets.along[np.abs(facets.along - 125.0) < 30.0]
    assert lit.size == 1
    expected = doppler_response(offset, HAMMING)
    np.testing.assert_allclose(power / power[0], expected, atol=0.02)


def test_specular_water_beside_the_track_echoes_early_by_the_slant_range():
    """Only the beam that looks straight down on it sees it, and has alpha x2 / 2h taken off."""
    facets = dark(3_000.0, 300.0)
    facets.sigma0[np.abs(facets.along) < 30.0] = 1e5
    facets = facets._replace(mean_square_slope=np.full_like(facets.height, 1e-6))
    beside = 1.45 * along_resolution(ALTITUDE[SRAL])
    power = look_down(SRAL, facets, [0.0, beside]).power
    gates = np.arange(power.shape[1])
    centre = (power**2 * gates).sum(axis=1) / (power**2).sum(axis=1)
    early = (centre[0] - centre[1]) * SRAL.gate_spacing
    expected = curvature(ALTITUDE[SRAL]) * beside**2 / (2.0 * ALTITUDE[SRAL])
    assert early == pytest.approx(expected, abs=0.1)


def test_an_oblique_lead_draws_its_parabola():
    """A lead that crosses the track at 45 degrees lies as far beside a record as before it."""
    facets = dark(3_600.0, 2_600.0)
    x, y = np.meshgrid(facets.along, facets.across, indexing="ij")
    facets.sigma0[np.abs(x - y) < 30.0] = 1e4
    facets = facets._replace(mean_square_slope=np.full_like(facets.height, 1e-3))
    place = np.array([0.0, 1_000.0, 1_500.0, 2_000.0])
    power = look_down(SIRAL, facets, place).power
    late = (power.argmax(axis=1) - 60.0) * SIRAL.gate_spacing
    expected = curvature(ALTITUDE[SIRAL]) * place**2 / (2.0 * ALTITUDE[SIRAL])
    np.testing.assert_allclose(late, expected, atol=0.4)


def test_only_beams_near_nadir_see_specular_water():
    """The width of the stack is that of the backscatter: sqrt(mss / 2) / alpha."""
    widths = []
    for slope in (1e-6, 1e-5):
        facets = half(uniform_facets(SIRAL, ALTITUDE[SIRAL], 1.0, slope))
        stack = look_down(SIRAL, facets).stack
        widths.append(stack_shape(stack + 1e-9 * stack.max(), LOOKS).standard_deviation[0])
    look = 2.0 * 0.01312 / LOOKS
    expected = np.sqrt(np.array([1e-6, 1e-5]) / 2.0) / curvature(ALTITUDE[SIRAL]) / look
    np.testing.assert_allclose(widths, expected, rtol=0.08)
