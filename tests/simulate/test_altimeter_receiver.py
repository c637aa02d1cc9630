"""Receiver: statistics of speckle, the tracker's loop, gain that comes late."""

import numpy as np
import pytest

from iceco.simulate.altimeter.altika import RECEIVER, TRACKER
from iceco.simulate.altimeter.receiver import (
    BLOCK,
    TRACKER_STREAM,
    gain_control,
    random_blocks,
    tracked_range,
    with_speckle,
)

INTERVAL = 1 / 40
QUIET = TRACKER._replace(noise=0.0)


@pytest.mark.parametrize(("incoherent", "coherent"), [(5.0, 0.0), (2.0, 30.0), (0.0, 1.0)])
def test_speckle_has_the_moments_of_rice(incoherent, coherent):
    shape = (640, 100)
    echo = with_speckle(np.full(shape, incoherent), np.full(shape, coherent), RECEIVER, seed=1)
    fading = incoherent + RECEIVER.thermal_noise
    variance = fading**2 / RECEIVER.looks * (1 + 2 * coherent / fading)
    samples = echo.size
    assert echo.mean() == pytest.approx(fading + coherent, abs=5 * np.sqrt(variance / samples))
    assert echo.var() == pytest.approx(variance, rel=5 * np.sqrt(2.2 / samples))


def test_blocks_of_records_do_not_depend_on_one_another():
    power = np.random.default_rng(0).uniform(1, 2, (3 * BLOCK, 8))
    nothing = np.zeros_like(power)
    all_of_it = with_speckle(power, nothing, RECEIVER, seed=4)
    less = with_speckle(power[: 2 * BLOCK], nothing[: 2 * BLOCK], RECEIVER, seed=4)
    assert (all_of_it[: 2 * BLOCK] == less).all()
    other = with_speckle(power, nothing, RECEIVER, seed=5)
    assert not (all_of_it == other).any()
    assert not np.isclose(all_of_it[:BLOCK] / power[:BLOCK], all_of_it[BLOCK : 2 * BLOCK]).all()


def test_the_window_follows_a_steady_rate_to_its_step():
    surface = 800_000.0 + 12.7 * INTERVAL * np.arange(400)
    window = tracked_range(surface, QUIET, seed=0)
    assert np.abs(window - surface).max() <= QUIET.step / 2 + 1e-6
    assert np.allclose(np.rint(window / QUIET.step), window / QUIET.step)


def test_the_window_lags_behind_an_acceleration():
    record = np.arange(600)
    bend = 1e-3  # m per record squared
    window = tracked_range(0.5 * bend * record**2, QUIET._replace(step=1e-6), seed=0)
    # The loop's error settles where beta of it makes up for the change of the rate.
    behind = 0.5 * bend * record[-1] ** 2 - window[-1]
    assert behind == pytest.approx(bend / QUIET.rate_gain, rel=0.01)


def test_the_tracker_is_the_alpha_beta_loop():
    surface = 900.0 + np.cumsum(np.random.default_rng(2).normal(0, 0.3, 150))
    noise = np.concatenate(
        [
            TRACKER.noise * rng.standard_normal(block.stop - block.start)
            for block, rng in random_blocks(9, TRACKER_STREAM, 150)
        ]
    )
    predicted, rate = surface[0], surface[1] - surface[0]
    window = []
    for measured in surface + noise:
        window.append(predicted)
        error = measured - predicted
        predicted += TRACKER.position_gain * error
        rate += TRACKER.rate_gain * error
        predicted += rate
    exact = TRACKER._replace(step=1e-9)
    assert tracked_range(surface, exact, seed=9) == pytest.approx(window, abs=1e-6)


def test_the_window_jitters_by_a_gate_or_less():
    surface = np.full(4_000, 8e5)
    jitter = tracked_range(surface, TRACKER, seed=3) - surface
    assert 0.1 < jitter.std() < 0.6
    assert abs(jitter.mean()) < 0.1


def test_gain_is_undone_by_the_setting_where_nothing_is_clipped():
    power = np.random.default_rng(1).uniform(1_000, 2_000, (50, 128))
    counts, setting = gain_control(power, INTERVAL, RECEIVER)
    undone = counts * 10 ** ((setting[:, None] - RECEIVER.gain_db) / 10)
    assert counts.dtype == np.float32
    assert (counts == np.rint(counts)).all()
    assert undone == pytest.approx(power, rel=float(0.5 / counts.min()) + 1e-6)
    assert counts.mean() == pytest.approx(RECEIVER.agc_target, rel=0.15)


def test_the_gain_follows_by_63_percent_in_its_lag():
    before, after = np.full((40, 16), 10.0), np.full((400, 16), 1_000.0)
    fine = RECEIVER._replace(agc_step=1e-6)
    _, setting = gain_control(np.vstack([before, after]), INTERVAL, fine)
    change = setting - setting[0]
    assert change[40] == pytest.approx(0.0, abs=1e-5)
    assert change[40 + round(RECEIVER.agc_lag / INTERVAL)] == pytest.approx(
        20 * (1 - np.exp(-1)), rel=1e-3
    )
    assert change[-1] == pytest.approx(20.0, abs=0.05)


def test_settings_are_whole_steps():
    power = np.geomspace(1, 1e5, 300)[:, None] * np.ones(16)
    _, setting = gain_control(power, INTERVAL, RECEIVER)
    assert np.allclose(setting % RECEIVER.agc_step, 0.0)
    assert np.ptp(setting) > 20.0


def test_a_sudden_lead_is_clipped_until_the_gain_has_come_down():
    power = np.full((400, 128), 5.0)
    power[100:, 51] = 5.0 * 10**4.5
    counts, _ = gain_control(power, INTERVAL, RECEIVER)
    clipped = counts.max(axis=1) == RECEIVER.full_scale
    assert clipped[100:105].all()
    assert not clipped[:100].any()
    assert not clipped[-1]
    assert counts.max() == RECEIVER.full_scale
