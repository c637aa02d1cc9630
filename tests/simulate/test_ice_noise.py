"""Random fields as functions of place: standard normal, of the spectrum asked for, seamless."""

import numba
import numpy as np
import pytest
from naive import ice_noise
from scipy.stats import kstest

from iceco.simulate.ice.noise import draw_lattices, noise, normal_numbers, power_law_weights

needs_compiled_loops = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="some 1e6 places take minutes as plain Python"
)
SPACING = 6_400.0 / 2.3 ** np.arange(6)


def test_noise_agrees_with_its_plain_twin():
    lattices = draw_lattices(3, 1, np.array([5_000.0, 90.0]), stretch=1.5)
    x, y = np.random.default_rng(0).uniform(-1e6, 1e6, (2, 50))
    first, second = noise(lattices, np.array([0.8, 0.6]), x, y)
    plain = [
        0.8 * np.array(ice_noise.noise(lattices, 0, *place))
        + 0.6 * np.array(ice_noise.noise(lattices, 1, *place))
        for place in zip(x, y, strict=True)
    ]
    np.testing.assert_allclose(np.stack([first, second], axis=-1), plain, rtol=0, atol=1e-12)


def test_normal_numbers_have_the_moments_of_the_normal_law():
    numbers = normal_numbers()
    assert np.mean(numbers) == pytest.approx(0.0, abs=1e-12)
    assert np.mean(numbers**2) == pytest.approx(1.0, abs=1e-12)
    assert np.mean(numbers**4) == pytest.approx(3.0, abs=0.01)
    assert kstest(numbers, "norm").statistic < 2.0 / numbers.size


@needs_compiled_loops
@pytest.mark.parametrize("within", [(0.0, 0.0), (0.5, 0.5), (0.3, 0.9)])
def test_noise_is_standard_normal_everywhere_in_its_cells(within):
    # One place in each of 200 x 200 cells, the same within the cell, all far enough apart to be
    # independent: with 4e4 draws the Kolmogorov-Smirnov statistic is below 1.95 / 200 in 99.9 %.
    lattices = draw_lattices(1, 2, np.array([100.0]))
    u, v = np.meshgrid(2.0 * np.arange(200) + within[0], 2.0 * np.arange(200) + within[1])
    inverse = np.linalg.inv(lattices.frame[0, :4].reshape(2, 2))
    x, y = inverse @ (np.stack([u.ravel(), v.ravel()]) - lattices.frame[0, 4:, None])
    for field in noise(lattices, np.ones(1), x, y):
        assert kstest(field, "norm").statistic < 1.95 / 200.0
        assert np.var(field) == pytest.approx(1.0, abs=4.0 * np.sqrt(2.0 / field.size))


@needs_compiled_loops
def test_the_two_fields_and_the_lattices_are_independent():
    x, y = np.random.default_rng(5).uniform(-1e7, 1e7, (2, 40_000))
    fields = np.array(
        [
            field
            for stream in (1, 2)
            for field in noise(draw_lattices(8, stream, np.array([300.0])), np.ones(1), x, y)
        ]
    )
    correlation = np.corrcoef(fields) - np.eye(4)
    assert np.abs(correlation).max() < 4.0 / np.sqrt(x.size)


@needs_compiled_loops
@pytest.mark.parametrize("slope", [1.6, 2.0, 2.4])
def test_the_spectrum_falls_as_asked(slope):
    # Wavelengths of 4 times the smallest spacing to twice the largest.
    weights = power_law_weights(SPACING, slope)
    distance = 50.0 * np.arange(2048)
    power = np.zeros(1025)
    for seed in range(40):
        lattices = draw_lattices(seed, 9, SPACING)
        x, y = distance * np.cos(0.7 * seed), distance * np.sin(0.7 * seed)
        for field in noise(lattices, weights, x, y):
            power += np.abs(np.fft.rfft(np.hanning(2048) * (field - field.mean()))) ** 2
    wavenumber = np.fft.rfftfreq(2048, 50.0)
    edges = np.geomspace(1.0 / 12_800.0, 1.0 / 400.0, 13)
    band = np.digitize(wavenumber, edges)
    middle, level = np.array(
        [(wavenumber[band == b].mean(), power[band == b].mean()) for b in range(1, 13)]
    ).T
    fitted = np.polyfit(np.log(middle), np.log(level), 1)[0]
    # 12 bands of 80 spectra fix the slope to 0.03; the lattices' own ripples add as much.
    assert -fitted == pytest.approx(slope, abs=0.1)


def test_power_law_weights_add_up_to_unit_variance():
    assert np.sum(power_law_weights(SPACING, 1.7) ** 2) == pytest.approx(1.0, abs=1e-14)


def test_noise_is_smooth_across_the_borders_of_cells():
    # Differences over 1 m of a field of 100 m: first ones below the steepest slope, 1.5 times
    # the range of the corners per cell; second ones show no jump of the slope at any border.
    lattices = draw_lattices(2, 3, np.array([100.0]))
    x = np.arange(1_000.0)
    field, _ = noise(lattices, np.ones(1), x, 0.4 * x)
    assert np.abs(np.diff(field)).max() < 0.2
    assert np.abs(np.diff(field, 2)).max() < 0.01


def test_the_same_seed_gives_the_same_field_and_another_seed_another():
    x, y = np.random.default_rng(1).uniform(-1e5, 1e5, (2, 20))
    weights = power_law_weights(SPACING, 2.0)
    one, again, other = (
        noise(draw_lattices(seed, 4, SPACING), weights, x, y)[0] for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).min() > 1e-6
