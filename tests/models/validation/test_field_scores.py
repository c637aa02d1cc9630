"""Scores against closed forms, and spectra against known ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import convolve1d
from scipy.special import ndtri
from scipy.stats import norm, wasserstein_distance

from iceco.models.validation.distributions import (
    LEVELS,
    at_level,
    crps,
    gaussian_quantiles,
    inside,
    mixture,
    wasserstein,
    with_noise,
)
from iceco.models.validation.gridding import cell_of_places, cell_size, mean_of_cells
from iceco.models.validation.scores import (
    Prediction,
    Truth,
    judge_cells,
    reliability,
    score,
)
from iceco.models.validation.spectra import resolved_wavelength, spectra


def scored(truth, mean, sigma, noise=0.0, shared=0.0, box=None, quantiles=None):
    n = truth.size
    box = np.arange(n) // 20 if box is None else box
    told = Truth(truth, np.full(n, noise), np.full(n, shared), box)
    judged = judge_cells(told, Prediction(mean, np.broadcast_to(sigma, n), quantiles))
    return score(judged, np.ones(n, dtype=bool))


def test_crps_of_a_gaussian_is_that_of_gneiting_and_raftery():
    """Gneiting and Raftery (2007), eq. 21."""
    mean, sigma, truth = (
        np.array([0.3, 0.1, 0.2]),
        np.array([0.1, 0.05, 0.2]),
        np.array([0.2, 0.1, 0.8]),
    )
    z = (truth - mean) / sigma
    exact = sigma * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    assert crps(gaussian_quantiles(mean, sigma), truth) == pytest.approx(exact, rel=0.01)


def test_crps_of_a_sure_field_is_its_absolute_error():
    assert crps(np.full((5, 1), 0.3), np.array([0.5])) == pytest.approx([0.2])


@given(st.floats(0.01, 0.99))
def test_quantiles_between_and_beyond_those_given_are_the_gaussians(level):
    quantiles = gaussian_quantiles(np.array([0.4]), np.array([0.1]))
    assert at_level(quantiles, level)[0] == pytest.approx(0.4 + 0.1 * ndtri(level), abs=1e-9)


def test_a_referees_noise_adds_in_quadrature():
    wider = with_noise(gaussian_quantiles(np.array([0.4]), np.array([0.03])), np.array([0.04]))
    assert wider == pytest.approx(gaussian_quantiles(np.array([0.4]), np.array([0.05])))


def test_wasserstein_is_scipys_and_a_shift_is_its_own_distance():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=400), rng.gamma(2.0, size=200)
    assert wasserstein(first, second) == pytest.approx(wasserstein_distance(first, second))
    assert wasserstein(second + 0.3, second) == pytest.approx(0.3)


def test_a_mixture_of_honest_cells_has_the_distribution_of_the_truth():
    rng = np.random.default_rng(2)
    mean = rng.normal(0.3, 0.1, 4000)
    truth = mean + 0.05 * rng.standard_normal(4000)
    quantiles = gaussian_quantiles(mean, np.full(4000, 0.05))
    assert wasserstein(mixture(quantiles), truth) < 0.006
    assert wasserstein(mean, truth) > 0.008


def test_an_honest_gaussian_field_scores_what_theory_says():
    rng = np.random.default_rng(4)
    n, spread, noise = 20_000, 0.06, 0.03
    mean = rng.normal(0.3, 0.1, n)
    truth = mean + spread * rng.standard_normal(n)
    seen = truth + noise * rng.standard_normal(n)
    found = scored(seen, mean, spread, noise)
    assert found["rmse"][0] == pytest.approx(np.hypot(spread, noise), rel=0.03)
    assert found["rmse_less_floor"][0] == pytest.approx(spread, rel=0.03)
    assert found["coverage_68"][0] == pytest.approx(0.68, abs=0.012)
    assert found["coverage_90"][0] == pytest.approx(0.90, abs=0.012)
    assert found["crps"][0] == pytest.approx(np.hypot(spread, noise) / np.sqrt(np.pi), rel=0.03)
    assert found["r"][0] == pytest.approx(0.1 / np.sqrt(0.01 + spread**2 + noise**2), abs=0.02)
    assert found["mae"][0] == pytest.approx(np.sqrt(2 / np.pi) * np.hypot(spread, noise), rel=0.03)
    shares, held = reliability(
        judge_cells(
            Truth(seen, np.full(n, noise), np.zeros(n), np.zeros(n, dtype=int)),
            Prediction(mean, np.full(n, spread), None),
        )
    )
    assert np.abs(shares - held).max() < 0.02


def test_a_bias_is_a_bias_and_its_interval_holds_it():
    rng = np.random.default_rng(5)
    truth = rng.normal(0.3, 0.1, 2000)
    found = scored(truth, truth + 0.05 + 0.02 * rng.standard_normal(2000), 0.02)
    assert found["bias"][0] == pytest.approx(0.05, abs=0.002)
    assert found["bias"][1] < 0.05 < found["bias"][2]
    assert found["spread"][0] == pytest.approx(0.02, abs=0.001)
    assert found["rmse"][0] ** 2 == pytest.approx(found["bias"][0] ** 2 + found["spread"][0] ** 2)
    assert found["wasserstein"] == pytest.approx(0.05, abs=0.005)


def test_intervals_are_drawn_by_boxes_so_that_errors_alike_in_a_box_widen_them():
    rng = np.random.default_rng(6)
    box = np.repeat(np.arange(50), 40)
    error = 0.05 * rng.standard_normal(50)[box]
    truth = np.zeros(2000)
    together = scored(truth, error, 0.05, box=box)["bias"]
    apart = scored(truth, error, 0.05, box=np.arange(2000))["bias"]
    assert together[2] - together[1] == pytest.approx(3.92 * 0.05 / np.sqrt(50), rel=0.3)
    assert together[2] - together[1] > 4.0 * (apart[2] - apart[1])


def test_a_field_of_one_value_correlates_with_nothing_and_few_cells_have_no_scores():
    rng = np.random.default_rng(7)
    assert np.isnan(scored(rng.normal(size=100), np.full(100, 0.3), 0.1)["r"][0])
    assert scored(np.zeros(5), np.zeros(5), 0.1) == {}


def test_skewed_quantiles_are_taken_as_they_are():
    quantiles = np.array([0.0, 0.1, 0.2, 0.5, 0.8])[:, None] * np.ones(3)
    truth = np.array([0.05, 0.45, 0.55])
    assert inside(quantiles, truth, 0.68).tolist() == [False, True, False]
    assert inside(quantiles, truth, 0.90).tolist() == [True, True, True]
    assert LEVELS == (0.05, 0.16, 0.50, 0.84, 0.95)


def test_the_spectrum_of_white_noise_is_flat_and_keeps_its_variance():
    rng = np.random.default_rng(8)
    noise = rng.normal(0.0, 0.1, (512, 60))
    found = spectra(noise, np.zeros(noise.shape), 250.0, 64)
    assert found.pieces == 60 * 15
    white = 2.0 * 250.0 * 0.1**2
    assert np.abs(found.referee[2:-1] / white - 1.0).max() < 0.15
    cleaned = spectra(noise, np.zeros(noise.shape), 250.0, 64, noise=0.1)
    assert cleaned.referee.mean() < 0.1 * white


def test_a_sine_has_its_peak_at_its_wavelength():
    along = 250.0 * np.arange(256)
    wave = np.sin(2 * np.pi * along / 8000.0)[:, None] * np.ones(5)
    found = spectra(wave, wave, 250.0, 256)
    assert 1.0 / found.wavenumber[found.referee.argmax()] == pytest.approx(8000.0, rel=0.03)
    step = found.wavenumber[1] - found.wavenumber[0]
    assert found.referee.sum() * step == pytest.approx(0.5, rel=0.05)


def test_a_running_mean_resolves_what_its_transfer_function_says():
    """1 - sinc has half the power, (1 - H)**2 = 0.5, at H = 0.293."""
    rng = np.random.default_rng(9)
    truth = rng.normal(size=(2000, 30))
    smooth = convolve1d(truth, np.full(9, 1 / 9), axis=0)
    found = resolved_wavelength(spectra(truth, smooth, 250.0, 128))
    k = np.linspace(1e-6, 1 / 2250.0, 4000)
    transfer = np.sin(9 * np.pi * k * 250.0) / (9 * np.sin(np.pi * k * 250.0))
    assert found == pytest.approx(1.0 / k[np.argmin(np.abs(transfer - 0.2929))], rel=0.1)


def test_nothing_and_everything_resolved_are_told_apart():
    rng = np.random.default_rng(10)
    truth = rng.normal(size=(256, 20))
    assert np.isnan(resolved_wavelength(spectra(truth, -truth, 250.0, 64)))
    assert resolved_wavelength(spectra(truth, truth, 250.0, 64)) == pytest.approx(500.0)


def test_small_gaps_are_closed_large_ones_left_out_and_too_little_gives_none():
    rng = np.random.default_rng(11)
    truth = rng.normal(size=(400, 20))
    whole = spectra(truth, 0.5 * truth, 250.0, 64)
    holes = truth.copy()
    holes[30::50] = np.nan
    gappy = spectra(holes, 0.5 * truth, 250.0, 64)
    assert gappy.pieces > 0.7 * whole.pieces
    assert np.abs(gappy.error / gappy.referee - 0.25).max() < 0.01
    holes[20:380] = np.nan
    assert spectra(holes, truth, 250.0, 64) is None


@settings(max_examples=20)
@given(st.integers(0, 39), st.integers(0, 29), st.floats(-0.45, 0.45), st.floats(-0.45, 0.45))
def test_a_place_belongs_to_the_cell_it_lies_in_over_the_date_line(line, pixel, down, right):
    longitude, latitude = cells_over_the_date_line()
    lon = longitude[line, pixel] + right * 0.1
    lat = latitude[line, pixel] + down * 0.02
    cell = cell_of_places(longitude, latitude, 2230.0, np.array([lon]), np.array([lat]))
    assert cell[0] == line * 30 + pixel


def test_places_outside_the_grid_or_missing_belong_to_no_cell():
    longitude, latitude = cells_over_the_date_line()
    cell = cell_of_places(
        longitude, latitude, 2230.0, np.array([0.0, 181.0, np.nan]), np.array([78.0, 70.0, 78.0])
    )
    assert cell.tolist() == [-1, -1, -1]
    assert cell_size(longitude, latitude) == pytest.approx(2233.0, rel=0.01)


def cells_over_the_date_line():
    longitude, latitude = np.meshgrid(178.5 + 0.1 * np.arange(30), 78.0 + 0.02 * np.arange(40))
    return (longitude + 180.0) % 360.0 - 180.0, latitude


def test_means_of_cells_are_weighted_and_their_noise_averages_down():
    cell = np.array([0, 0, 1, -1, 1])
    value, sigma = np.array([1.0, 2.0, 5.0, 9.0, np.nan]), np.full(5, 0.1)
    found = mean_of_cells(cell, value, sigma, np.array([1.0, 3.0, 1.0, 1.0, 1.0]), 3)
    assert found.mean[:2].tolist() == [1.75, 5.0]
    assert found.sigma[0] == pytest.approx(0.1 * np.sqrt(10.0) / 4.0)
    assert np.isnan(found.mean[2])
    assert found.weight.tolist() == [4.0, 1.0, 0.0]
