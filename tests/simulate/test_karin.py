"""KaRIn's errors: as large as the mission says, and of the shape that physics gives them."""

import netCDF4
import numpy as np
import pytest
from scipy.constants import speed_of_light

from iceco.simulate.orbits import SWOT
from iceco.simulate.swot.gaps import missing_cells
from iceco.simulate.swot.karin import (
    BASELINE,
    CURVATURE,
    NO_ERRORS,
    NOISE_BLOCK,
    KarinErrors,
    random_noise_std,
    systematic_errors,
    unit_noise,
)

ACROSS = np.concatenate([np.arange(-60e3, -9e3, 5e3), np.arange(10e3, 61e3, 5e3)])
ALONG = np.arange(0.0, 200e3, 10e3)
RIGHT = ACROSS > 0.0
SEEDS = range(400)


def test_noise_follows_the_requirement_and_shrinks_with_the_root_of_the_area():
    distance = np.array([10e3, 15e3, 20e3, 30e3, 40e3, 50e3, 60e3])
    table = [0.0257, 0.0205, 0.0175, 0.0151, 0.0164, 0.0229, 0.0451]
    assert np.allclose(random_noise_std(distance, 1e6, 1.0), table, rtol=1e-12)
    assert np.allclose(random_noise_std(-distance, 4e6, 1.0), np.array(table) / 2, rtol=1e-12)
    assert np.allclose(random_noise_std(distance, 250.0**2, 1.0), np.array(table) * 4, rtol=1e-12)
    assert np.allclose(random_noise_std(distance, 1e6), np.array(table) / 2, rtol=1e-12)


def test_noise_agrees_with_the_mission_s_own_table_of_it(sample_data):
    with netCDF4.Dataset(sample_data / "altimetry/swot/karin_noise_v2.nc") as file:
        distance = 1e3 * file["cross_track"][:].filled()
        noise = file["height_sdt"][0].filled()
    inside = (distance >= 10e3) & (distance <= 60e3)
    ours = random_noise_std(distance[inside], 1e6, 1.0)
    # Straight lines between seven distances: up to 1.5 mm above a curve that bends upwards.
    assert np.abs(ours - noise[inside]).max() < 4e-3
    assert np.abs(ours - noise[inside]).mean() < 1e-3


def test_unit_noise_is_white_normal_and_its_blocks_are_independent_of_order():
    fields = np.stack([np.stack(unit_noise(7, block, 100)) for block in range(4)])
    samples = fields.size
    assert fields.shape == (4, 3, NOISE_BLOCK, 100)
    assert abs(fields.mean()) < 4.0 / np.sqrt(samples)
    assert abs(fields.var() - 1.0) < 4.0 * np.sqrt(2.0 / samples)
    for a, b in (
        (fields[..., 1:], fields[..., :-1]),
        (fields[:, :, 1:], fields[:, :, :-1]),
        (fields[1:], fields[:-1]),
        (fields[:, 1:], fields[:, :-1]),
    ):
        assert abs((a * b).mean()) < 4.0 / np.sqrt(a.size)
    assert np.array_equal(unit_noise(7, 2, 100)[0], fields[2, 0])


def _deviation(errors):
    """Standard deviation over many passes of the error at each place across track [m]."""
    rows = [systematic_errors(ALONG[:1], ACROSS, seed, errors).error[0] for seed in SEEDS]
    return np.std(rows, axis=0), np.array(rows)


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        (NO_ERRORS._replace(roll=2e-6), CURVATURE * 2e-6 * np.abs(ACROSS)),
        (
            NO_ERRORS._replace(phase=8e-3),
            CURVATURE * 8e-3 * np.abs(ACROSS) / (2 * np.pi / 8.386e-3 * BASELINE),
        ),
        (NO_ERRORS._replace(timing=0.8e-9), np.full(22, speed_of_light * 0.4e-9)),
        (
            NO_ERRORS._replace(stretch=1e-5),
            CURVATURE * ACROSS**2 * 1e-5 / (SWOT.altitude * BASELINE),
        ),
        (
            NO_ERRORS._replace(wet_troposphere=0.01),
            0.01 * np.sqrt(1.0 + 0.25 * (ACROSS / 60e3) ** 2),
        ),
    ],
)
def test_each_error_is_as_large_over_many_passes_as_its_physics_says(errors, expected):
    deviation, _ = _deviation(errors)
    assert np.allclose(deviation, expected, rtol=4.0 / np.sqrt(2 * len(SEEDS)))


def test_roll_tilts_both_sides_alike_and_phase_and_timing_each_on_its_own():
    _, roll = _deviation(NO_ERRORS._replace(roll=2e-6))
    assert np.allclose(roll, -roll[:, ::-1], atol=1e-15)
    for own in (NO_ERRORS._replace(phase=8e-3), NO_ERRORS._replace(timing=1e-9)):
        _, error = _deviation(own)
        correlation = np.corrcoef(error[:, 0], error[:, -1])[0, 1]
        assert abs(correlation) < 4.0 / np.sqrt(len(SEEDS))


def test_steps_between_the_sides_reach_but_seldom_exceed_half_a_metre():
    edge = np.array([-10e3, 10e3])
    steps = [
        np.diff(systematic_errors(ALONG[:1], edge, seed, KarinErrors()).error[0])[0]
        for seed in SEEDS
    ]
    assert 0.3 < np.quantile(np.abs(steps), 0.95) < 0.5
    assert np.mean(np.abs(steps) > 0.5) < 0.05


def test_an_offset_and_a_slope_for_each_side_and_line_remove_what_they_should():
    errors = KarinErrors()
    error = systematic_errors(ALONG, ACROSS, 3, errors).error
    rest = np.empty_like(error)
    for side in (RIGHT, ~RIGHT):
        basis = np.stack([np.ones(side.sum()), ACROSS[side]], axis=1)
        fit = np.linalg.lstsq(basis, error[:, side].T, rcond=None)[0]
        rest[:, side] = error[:, side] - (basis @ fit).T
    assert np.abs(error).max() > 0.05
    # What is left is the bend of the parabola: at most three deviations of the stretch.
    bend = CURVATURE * 25e3**2 / (SWOT.altitude * BASELINE) * errors.stretch
    assert 0.0 < np.abs(rest).max() < 3.0 * bend


def test_errors_change_slowly_along_track():
    along = np.arange(0.0, 100e3, 250.0)
    error = systematic_errors(along, ACROSS, 5, KarinErrors()).error
    # The shortest wave, 100 km long, changes by no more than 2 pi 250 m / 100 km of itself.
    assert np.abs(np.diff(error, axis=0)).max() < 0.016 * 3.0 * 0.3


def test_errors_are_the_same_at_whatever_places_they_are_asked_for():
    whole = systematic_errors(ALONG, ACROSS, 9, KarinErrors())
    part = systematic_errors(ALONG[3:7], ACROSS[::2], 9, KarinErrors())
    assert np.allclose(part.error, whole.error[3:7, ::2], rtol=0, atol=1e-15)
    assert np.allclose(part.crossover, whole.crossover[3:7, ::2], rtol=0, atol=1e-15)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_crossover_correction_removes_its_share_of_the_variance(share):
    errors = KarinErrors(stretch=0.0, wet_troposphere=0.0, crossover_share=share)
    both = [systematic_errors(ALONG[:1], ACROSS, seed, errors) for seed in SEEDS]
    before = np.array([systematic.error[0] for systematic in both])
    after = before + [systematic.crossover[0] for systematic in both]
    removed = 1.0 - after.var(axis=0) / before.var(axis=0)
    assert np.allclose(removed, share, atol=6.0 * np.sqrt(2.0 / len(SEEDS)) * (1.0 - share) + 1e-9)


def test_no_errors_are_none():
    systematic = systematic_errors(ALONG, ACROSS, 1, NO_ERRORS)
    assert not systematic.error.any()
    assert not systematic.crossover.any()


def test_gaps_are_as_frequent_as_assumed_and_reproducible():
    along, across = np.arange(0.0, 100e3, 1e3), np.arange(-60e3, 61e3, 1e3)
    masks = np.array([missing_cells(along, across, seed) for seed in range(300)])
    # 0.5 runs of 3 km on 2/3 of the swath, less what reaches over the end; patches of pi 2 r2.
    expected = 0.5 * 3e3 * 2 / 3 / 100e3 + np.pi * 2 * 1500.0**2 / (100e3 * 120e3)
    assert masks.mean() == pytest.approx(expected, rel=0.35)
    assert np.array_equal(missing_cells(along, across, 4), masks[4])
