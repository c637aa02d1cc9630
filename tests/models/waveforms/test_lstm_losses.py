"""What the network is punished for."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from iceco.models.waveforms.losses import (
    distance_loss,
    distance_weight,
    label_sigma,
    lead_loss,
    lead_weight,
    log_distance,
    sequence_loss,
)
from iceco.models.waveforms.network import SCALE_M


def labels(**changed):
    """One record 1500 m from a lead, known to 50 m."""
    values = {
        "p_lead": 0.0,
        "distance_to_lead_m": 1500.0,
        "distance_low_m": 1450.0,
        "distance_high_m": 1550.0,
        "position_sigma_m": 50.0,
    } | changed
    flag = values.pop("quality_flag", 0)
    censored = values.pop("distance_censored", False)
    batch = {name: torch.tensor([value], dtype=torch.float32) for name, value in values.items()}
    return batch | {
        "quality_flag": torch.tensor([flag], dtype=torch.int32),
        "distance_censored": torch.tensor([censored]),
    }


def likelihood(mean, sigma, **changed):
    batch = labels(**changed)
    numbers = (torch.tensor([v], dtype=torch.float64) for v in (mean, math.log(sigma)))
    return distance_loss(*numbers, batch, torch.ones(1)).item()


@given(st.floats(0.01, 0.99))
def test_cross_entropy_is_least_where_the_probability_is_the_label(label):
    def loss(probability):
        logit = torch.tensor([math.log(probability / (1 - probability))])
        return lead_loss(logit, torch.tensor([label]), torch.ones(1)).item()

    entropy = -label * math.log(label) - (1 - label) * math.log(1 - label)
    assert loss(label) == pytest.approx(entropy, abs=1e-5)
    assert loss(0.5 * label) > loss(label)
    assert loss(0.5 + 0.5 * label) > loss(label)


def test_certainty_is_half_where_the_position_is_as_uncertain_as_the_threshold():
    assert lead_weight(labels(position_sigma_m=500.0), 500.0).item() == pytest.approx(0.5)
    assert lead_weight(labels(position_sigma_m=1.0), 500.0).item() == pytest.approx(1.0, abs=1e-4)


def test_certainty_does_not_look_at_the_label():
    assert lead_weight(labels(p_lead=0.5), 500.0) == lead_weight(labels(p_lead=1.0), 500.0)


@pytest.mark.parametrize("flag", [8, 16, 32, 8 | 1])
def test_useless_records_count_for_nothing(flag):
    assert lead_weight(labels(quality_flag=flag), 500.0).item() == 0.0
    assert distance_weight(labels(quality_flag=flag)).item() == 0.0


@pytest.mark.parametrize("flag", [4, 64])
def test_a_lead_probability_that_is_a_lower_bound_counts_if_the_bound_is_far(flag):
    near = labels(quality_flag=flag, distance_censored=True, distance_to_lead_m=550.0)
    far = labels(quality_flag=flag, distance_censored=True, distance_to_lead_m=650.0)
    assert lead_weight(near, 500.0).item() == 0.0
    assert lead_weight(far, 500.0).item() > 0.9
    assert distance_weight(near).item() == 1.0


def test_records_without_a_lead_in_reach_or_drift_count_in_full():
    assert lead_weight(labels(quality_flag=2, distance_censored=True), 500.0).item() > 0.9
    assert lead_weight(labels(quality_flag=1), 500.0).item() > 0.9


def test_distance_is_a_gaussian_of_both_variances():
    y, own, mean = math.log(4.0), 0.5 * math.log(2050 / 1950), 1.2
    sigma = math.hypot(0.3, own)
    score = (y - mean) / sigma
    expected = 0.5 * score**2 + math.log(sigma) + 0.5 * math.log(2 * math.pi)
    assert likelihood(mean, 0.3) == pytest.approx(expected, abs=1e-5)


def test_the_network_learns_its_own_spread_alone():
    random = torch.Generator().manual_seed(0)
    count, own, label = 20_000, 0.3, 0.4
    y = 2.0 + math.hypot(own, label) * torch.randn(count, generator=random)
    distance = SCALE_M * torch.expm1(y)
    low, high = (SCALE_M * torch.expm1(y + side * label) for side in (-1, 1))
    batch = {
        "distance_to_lead_m": distance,
        "distance_low_m": low,
        "distance_high_m": high,
        "position_sigma_m": torch.ones(count),
        "distance_censored": torch.zeros(count, dtype=torch.bool),
    }
    tried = torch.linspace(0.2, 0.4, 21)
    losses = [
        distance_loss(torch.full((count,), 2.0), s.log().expand(count), batch, torch.ones(count))
        for s in tried
    ]
    # the standard error of a spread is sigma^2 / own / sqrt(2 n) = 0.004
    assert tried[int(torch.stack(losses).argmin())].item() == pytest.approx(own, abs=0.02)


def test_a_bound_is_the_probability_of_lying_beyond():
    bound = {"distance_censored": True, "position_sigma_m": 0.0}
    y = math.log(4.0)
    assert likelihood(y, 0.5, **bound) == pytest.approx(math.log(2.0), abs=1e-5)
    assert likelihood(y + 5.0, 0.5, **bound) == pytest.approx(0.0, abs=1e-6)
    beyond = 0.5 * math.erfc(1.0 / math.sqrt(2.0))
    assert likelihood(y - 0.5, 0.5, **bound) == pytest.approx(-math.log(beyond), abs=1e-5)


def test_the_labels_own_spread_comes_from_quantiles_or_from_the_position():
    quantiles = label_sigma(labels(distance_low_m=1000.0, distance_high_m=2500.0)).item()
    assert quantiles == pytest.approx(0.5 * math.log(3000 / 1500), abs=1e-6)
    nan = {"distance_low_m": math.nan, "distance_high_m": math.nan}
    assert label_sigma(labels(**nan)).item() == pytest.approx(50 / 2000, abs=1e-6)
    assert label_sigma(labels(distance_censored=True)).item() == pytest.approx(50 / 2000)


def test_missing_labels_and_odd_numbers_leave_loss_and_gradient_finite():
    nan = math.nan
    missing = labels(
        p_lead=nan, distance_to_lead_m=nan, distance_low_m=nan, distance_high_m=nan,
        position_sigma_m=nan,
    )  # fmt: skip
    far = labels(distance_to_lead_m=1e6, distance_low_m=0.0, distance_high_m=1e7)
    bound = labels(distance_to_lead_m=1e4, distance_censored=True, quality_flag=2)
    parts = (missing, far, bound, labels())
    batch = {name: torch.cat([part[name] for part in parts]) for name in missing}
    output = torch.tensor([[0.0, 5.0, -4.6], [80.0, 0.0, -4.6], [-80.0, 0.0, -4.6], [1, 1, 1]])
    output.requires_grad_()
    loss, weight = sequence_loss(output, batch, 500.0)
    loss.backward()
    assert loss.isfinite()
    assert weight.item() == pytest.approx(3 * (1 + 1 / 1.01), rel=1e-3)
    assert output.grad.isfinite().all()
    assert (output.grad[0] == 0).all()


def test_a_batch_in_which_nothing_counts_weighs_nothing():
    loss, weight = sequence_loss(torch.zeros(1, 3), labels(quality_flag=8), 500.0)
    assert (loss.item(), weight.item()) == (0.0, 0.0)


def test_log_distance_is_zero_in_a_lead():
    assert log_distance(torch.zeros(1)).item() == 0.0
