"""The network that reads echoes along the track."""

import numpy as np
import pytest
import torch

from iceco.models.training.loop import seeded
from iceco.models.waveforms.network import (
    LARGEST_LOG_DISTANCE,
    LOG_SIGMA_RANGE,
    EchoSequenceNetwork,
    Sizes,
    Statistics,
)

SIZES = Sizes(gates=16, features=3, kinds=2, channels=6, encoder=12, code=8, hidden=8)


@pytest.fixture
def network():
    with seeded(1):
        made = EchoSequenceNetwork(SIZES)
    made.normalise_by(
        Statistics(
            torch.full((2, 16), 10.0),
            torch.full((2, 16), 4.0),
            torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
            torch.full((2, 3), 2.0),
            torch.tensor([175.0, 330.0]),
        )
    )
    return made.eval()


def some(sequences=2, length=10, seed=0):
    random = torch.Generator().manual_seed(seed)
    power = 10.0 + 4.0 * torch.randn(sequences, length, 16, generator=random)
    features = torch.randn(sequences, length, 3, generator=random)
    step = torch.full((sequences, length), 175.0)
    return power, features, step, torch.zeros(sequences, length, dtype=torch.int64)


def test_each_record_gets_three_finite_numbers_within_their_ranges(network):
    power, *rest = some()
    said = network(1e4 * power, *rest)
    assert said.shape == (2, 10, 3)
    assert said.isfinite().all()
    assert ((said[..., 1] >= 0) & (said[..., 1] <= LARGEST_LOG_DISTANCE)).all()
    assert ((said[..., 2] >= LOG_SIGMA_RANGE[0]) & (said[..., 2] <= LOG_SIGMA_RANGE[1])).all()


def test_a_missing_feature_is_taken_for_the_mean_of_its_kind(network):
    power, features, step, kind = some()
    features[0, 3, 1] = torch.nan
    as_mean = features.clone()
    as_mean[0, 3, 1] = 2.0
    torch.testing.assert_close(
        network(power, features, step, kind), network(power, as_mean, step, kind)
    )


def test_a_missing_gate_is_not_the_same_as_a_mean_one(network):
    power, *rest = some()
    power[0, 3, 4] = torch.nan
    as_mean = power.clone()
    as_mean[0, 3, 4] = 10.0
    said, other = network(power, *rest), network(as_mean, *rest)
    assert (said[0, 3] != other[0, 3]).any()
    torch.testing.assert_close(said[1], other[1])


def test_what_is_missing_altogether_leaves_numbers_and_gradients_finite(network):
    power, features, step, kind = some()
    inputs = (torch.full_like(power, torch.nan), torch.full_like(features, torch.nan))
    said = network(*inputs, torch.full_like(step, torch.nan), kind)
    said.sum().backward()
    assert said.isfinite().all()
    assert all(p.grad.isfinite().all() for p in network.parameters())


def test_neighbours_on_both_sides_are_read_but_not_other_sequences(network):
    power, *rest = some()
    before = network(power, *rest)
    changed = power.clone()
    changed[0, 5] += 8.0
    moved = (network(changed, *rest) - before).abs().sum(-1)
    assert (moved[0] > 0).all()
    assert (moved[1] == 0).all()


def test_the_encoder_sees_three_echoes_on_either_side(network):
    power, *rest = some()
    changed = power.clone()
    changed[0, 5] += 8.0
    same = (network._encode(changed, *rest) == network._encode(power, *rest)).all(-1)
    assert torch.equal(same[0], torch.tensor([n < 2 or n > 8 for n in range(10)]))
    assert same[1].all()


def test_an_arc_is_seen_wherever_in_the_window_it_lies(network):
    power = torch.zeros(1, 24, 16)
    parts = [network.radargram(torch.stack([power, torch.ones_like(power)], 1))]
    for place in (8, 12):
        moved = power.clone()
        moved[0, place] = 5.0
        parts.append(network.radargram(torch.stack([moved, torch.ones_like(power)], 1)))
    nothing, early, late = (part[0] for part in parts)
    torch.testing.assert_close((early - nothing)[:, 4:13], (late - nothing)[:, 8:17])
    assert ((early - nothing)[:, 8] != 0).any()


def test_a_gap_is_seen_and_the_usual_step_is_that_of_the_kind(network):
    power, features, step, kind = some()
    first = step.clone()
    first[:, 0] = torch.nan
    torch.testing.assert_close(
        network(power, features, first, kind), network(power, features, step, kind)
    )
    gap = step.clone()
    gap[:, 4] = 400.0
    assert not torch.equal(
        network(power, features, gap, kind), network(power, features, step, kind)
    )


def test_statistics_travel_with_the_weights(network):
    with seeded(2):
        other = EchoSequenceNetwork(SIZES).eval()
    other.load_state_dict(network.state_dict())
    torch.testing.assert_close(other(*some()), network(*some()))


def test_the_usual_model_is_below_a_megabyte():
    network = EchoSequenceNetwork(Sizes(gates=128, features=22, kinds=5))
    numbers = sum(int(np.prod(value.shape)) for value in network.state_dict().values())
    assert 4 * numbers < 1_000_000
