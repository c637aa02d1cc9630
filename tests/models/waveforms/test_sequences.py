"""Examples cut into sequences."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from iceco.models.waveforms.losses import USELESS
from iceco.models.waveforms.sequences import (
    LABELS,
    Cutter,
    Inputs,
    kind_of,
    statistics_of,
    wanted_features,
    windows,
)

GATES = 4


def cutter(sizes=(10, 3), length=4, batch=2, optional=()):
    """Rows whose echo, feature and distance are the number of the row."""
    meeting = np.repeat(np.arange(len(sizes)), sizes)
    number = np.arange(meeting.size, dtype=np.float32)
    step = 100.0 + number
    step[np.diff(meeting, prepend=-1) != 0] = np.nan
    inputs = Inputs(
        np.repeat(number[:, None], GATES, axis=1),
        False,
        np.stack([number, -number], axis=-1),
        (0, 1),
        optional,
        step.astype(np.float32),
        np.zeros(meeting.size, dtype=np.int64),
    )
    labels = dict.fromkeys(("p_lead", *LABELS), number)
    labels |= {"quality_flag": np.zeros(meeting.size, dtype=np.int32)}
    return Cutter(inputs, labels, np.arange(meeting.size), meeting, length, batch)


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=5),
    st.integers(1, 16),
    st.integers(0, 15),
)
def test_windows_cover_every_row_and_never_two_meetings(sizes, length, phase):
    meeting = np.repeat(np.arange(len(sizes)), sizes)
    cuts = windows(meeting, length, np.full(len(sizes), phase % length))
    seen = np.concatenate([np.arange(*cut) for cut in cuts])
    assert set(seen) == set(range(meeting.size))
    assert all(np.ptp(meeting[start:stop]) == 0 for start, stop in cuts)
    whole = np.minimum(np.array(sizes)[meeting[cuts[:, 0]]], length)
    assert (cuts[:, 1] - cuts[:, 0] == whole).all()


def test_batches_in_order_hold_all_rows_and_say_what_is_beyond_the_end():
    batches = list(cutter().in_order())
    rows = torch.cat([b["distance_to_lead_m"] for b in batches])
    flag = torch.cat([b["quality_flag"] for b in batches])
    power = torch.cat([b["power"] for b in batches])
    assert set(rows[flag == 0].tolist()) == set(range(13))
    assert (flag == USELESS).sum() == 1  # the short meeting fills three places of four
    assert power[flag != 0].isnan().all()
    assert (power[flag == 0][:, 0] == rows[flag == 0]).all()


def test_backwards_each_step_is_that_from_the_record_after():
    made = cutter(sizes=(10,), length=10, batch=1)
    found = {}
    for seed in range(8):
        (batch,) = made.shuffled(0, np.random.default_rng(seed))
        first = int(batch["distance_to_lead_m"][0, 0])
        found[first] = batch["step"][0]
    forward, backward = found[0], found[9]
    assert forward[0].isnan()
    assert forward[1:].tolist() == [100.0 + n for n in range(1, 10)]
    assert backward[0].isnan()
    assert backward[1:].tolist() == [100.0 + n for n in range(9, 0, -1)]


def test_shuffled_batches_follow_from_the_seed():
    made = cutter(sizes=(50, 20))
    one, again, other = (
        torch.cat([b["power"] for b in made.shuffled(0, np.random.default_rng(seed))])
        for seed in (1, 1, 2)
    )
    torch.testing.assert_close(one, again, equal_nan=True)
    assert one.shape != other.shape or not torch.equal(one, other)


def test_some_sequences_lose_what_only_some_products_have():
    made = cutter(sizes=(400,), optional=(1,))
    batches = list(made.shuffled(0, np.random.default_rng(0)))
    features = torch.cat([b["features"] for b in batches])
    lost = features[..., 1].isnan().all(dim=1)
    assert 0 < lost.sum() < len(lost)
    assert features[..., 0].isfinite().all()
    whole = torch.cat([b["features"] for b in made.in_order()])
    assert whole.isfinite().all()


def test_statistics_are_those_of_the_rows_given_and_of_their_kind():
    made = cutter(sizes=(10,)).inputs
    statistics = statistics_of(made, np.arange(2, 6), 1, seed=0)
    np.testing.assert_allclose(statistics.power_mean, np.full((1, GATES), 3.5))
    np.testing.assert_allclose(statistics.power_deviation, np.full((1, GATES), 1.25**0.5))
    np.testing.assert_allclose(statistics.feature_mean, [[3.5, -3.5]])
    np.testing.assert_allclose(statistics.step_m, [103.5])


def test_statistics_of_what_is_never_there_do_no_harm():
    made = cutter(sizes=(10,)).inputs
    made = made._replace(echo=np.full_like(made.echo, np.nan), step=np.full(10, np.nan))
    statistics = statistics_of(made, np.arange(10), 1, seed=0)
    np.testing.assert_array_equal(statistics.power_mean, np.zeros((1, GATES)))
    np.testing.assert_array_equal(statistics.power_deviation, np.ones((1, GATES)))
    assert statistics.step_m.isfinite().all()


def test_both_sentinels_are_one_kind():
    assert kind_of("s3a", "SAR") == kind_of("s3b", "SAR") == "s3_sar"
    assert kind_of("c2", "SARIN") == "c2_sarin"


def test_packed_echoes_come_without_features_that_undo_the_packing():
    names = ("maximum_power_db", "pulse_peakiness_share", "edge_above_reference_m")
    assert wanted_features(names, packed=True) == ("pulse_peakiness_share",)
    assert wanted_features(names, packed=False) == names


@pytest.mark.parametrize("length", [1, 4])
def test_a_meeting_shorter_than_a_sequence_is_one_sequence(length):
    batches = list(cutter(sizes=(1,), length=length).in_order())
    assert [b["power"].shape for b in batches] == [(1, length, GATES)]
