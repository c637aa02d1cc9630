"""What a network says along a track, and how that becomes honest."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from iceco.models.training.loop import seeded
from iceco.models.waveforms import reading
from iceco.models.waveforms.network import SCALE_M, EchoSequenceNetwork, Sizes
from iceco.models.waveforms.reading import Calibration, answers_of, calibrate, read_along

LENGTH = 8


@pytest.fixture(scope="module")
def network():
    torch.set_num_threads(1)
    with seeded(1):
        return EchoSequenceNetwork(Sizes(16, 2, 1, 12, 8, 8)).eval()


def records(count, seed=0):
    random = np.random.default_rng(seed)
    arrays = (
        random.normal(size=(count, 16)), random.normal(size=(count, 2)), np.full(count, 1.0),
    )  # fmt: skip
    return [array.astype(np.float32) for array in arrays]


@pytest.mark.parametrize("count", [8, 9, 31, 32, 33, 62, 63, 100])
def test_each_record_is_read_in_the_middle_of_a_stretch(network, count):
    echo, features, step = records(count)
    found = read_along(network, echo, features, step, 0, LENGTH)
    tensors = [torch.from_numpy(a) for a in (echo, features, step)]
    kind = torch.zeros(count, dtype=torch.int64)
    for record in range(count):
        stretch = min(4 * LENGTH, count)
        start = min(max((record - 1) // 30, 0) * 30, count - stretch)
        window = slice(start, start + stretch)
        with torch.inference_mode():
            said = network(*(t[window][None] for t in tensors), kind[window][None])
        np.testing.assert_allclose(found[record], said[0, record - start], atol=1e-5)


@given(st.integers(1, 60), st.integers(1, 16))
def test_stretches_cover_all_records_away_from_their_ends(count, length):
    margin = length // 8
    starts, (which, place) = reading._covering(count, length, margin)
    assert ((place >= 0) & (place < length)).all()
    np.testing.assert_array_equal(starts[which] + place, np.arange(count))
    inner = (np.arange(count) >= margin) & (np.arange(count) < count - margin)
    assert (place[inner] >= margin).all()
    assert (place[inner] < length - margin).all() or count < length


def test_what_is_said_of_a_record_does_not_depend_on_what_comes_long_after(network):
    arrays = records(60)
    whole = read_along(network, *arrays, 0, LENGTH)
    part = read_along(network, *(a[:40] for a in arrays), 0, LENGTH)
    np.testing.assert_allclose(whole[:30], part[:30], atol=1e-6)


def test_threads_and_blocks_change_nothing(network, monkeypatch):
    arrays = records(100)
    whole = read_along(network, *arrays, 0, LENGTH)
    monkeypatch.setattr(reading, "STRETCHES_AT_ONCE", 3)
    np.testing.assert_allclose(read_along(network, *arrays, 0, LENGTH, 4), whole, atol=1e-6)


def test_short_and_empty_tracks_are_read(network):
    assert read_along(network, *records(3), 0, LENGTH).shape == (3, 3)
    assert read_along(network, *records(0), 0, LENGTH).shape == (0, 3)
    assert read_along(network, *records(5), 0, 1).shape == (5, 3)


def test_answers_are_quantiles_in_metres():
    mean, sigma = math.log(3.0), 0.25
    raw = np.array([[0.0, mean, math.log(sigma)]], dtype=np.float32)
    said = answers_of(raw, Calibration(2.0, 2.0), np.array([False]))
    assert said.probability[0] == 0.5
    assert said.distance[0] == pytest.approx(1000.0, rel=1e-5)
    assert said.low[0] == pytest.approx(SCALE_M * (3.0 * math.exp(-0.5) - 1.0), rel=1e-5)
    assert said.high[0] == pytest.approx(SCALE_M * (3.0 * math.exp(0.5) - 1.0), rel=1e-5)
    assert said.uncertainty[0] == pytest.approx(0.5 * (said.high[0] - said.low[0]), rel=1e-6)


def test_distances_are_never_negative_and_missing_echoes_have_no_answer():
    raw = np.array([[9.0, 0.1, 1.0], [9.0, 0.1, 1.0]], dtype=np.float32)
    said = answers_of(raw, Calibration(), np.array([False, True]))
    assert said.low[0] == 0.0
    assert all(np.isnan(column[1]) for column in said)


def labels(p_lead, distance, sigma=0.0, censored=False):
    y = torch.log1p(distance / SCALE_M)
    return {
        "p_lead": p_lead,
        "distance_to_lead_m": distance,
        "distance_low_m": SCALE_M * torch.expm1(y - sigma),
        "distance_high_m": SCALE_M * torch.expm1(y + sigma),
        "position_sigma_m": torch.zeros_like(distance),
        "distance_censored": torch.full(distance.shape, censored),
    }


def test_calibration_undoes_what_is_too_sure_and_what_is_too_narrow():
    random = torch.Generator().manual_seed(0)
    count = 20_000
    logit = 1.5 * torch.randn(count, generator=random)
    happened = (torch.rand(count, generator=random) < torch.sigmoid(logit)).float()
    y = 2.0 + 0.3 * torch.randn(count, generator=random)
    given = labels(happened, SCALE_M * torch.expm1(y))
    raw = torch.stack([3.0 * logit, torch.full((count,), 2.0), torch.full((count,), 0.15).log()], 1)
    found = calibrate(raw.numpy(), given, torch.ones(count), torch.ones(count))
    # standard errors: 1.5 % of the slope, 0.5 % of the spread at 68 %
    assert found.temperature == pytest.approx(3.0, rel=0.06)
    assert found.sigma_scale == pytest.approx(2.0, rel=0.03)


def test_the_labels_own_spread_is_part_of_the_interval():
    random = torch.Generator().manual_seed(0)
    count = 20_000
    y = 2.0 + math.hypot(0.3, 0.4) * torch.randn(count, generator=random)
    given = labels(torch.zeros(count), SCALE_M * torch.expm1(y), sigma=0.4)
    raw = torch.tensor([[0.0, 2.0, math.log(0.3)]]).repeat(count, 1)
    found = calibrate(raw.numpy(), given, torch.ones(count), torch.ones(count))
    assert found.sigma_scale == pytest.approx(0.5 / 0.3, rel=0.03)


def test_without_a_known_distance_sigma_stays_as_it_is():
    given = labels(torch.tensor([0.0, 1.0]), torch.tensor([1e4, 1e4]), censored=True)
    raw = np.zeros((2, 3), dtype=np.float32)
    assert calibrate(raw, given, torch.ones(2), torch.ones(2)).sigma_scale == 1.0
