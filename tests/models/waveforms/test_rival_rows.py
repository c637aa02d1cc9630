"""Training examples as the rivals see them."""

import numpy as np
import pytest

from iceco.models.waveforms import rival_rows
from iceco.models.waveforms.examples import Examples
from iceco.models.waveforms.features import FEATURES, with_neighbours
from iceco.models.waveforms.rival_rows import echoes_of, labels_of, rows_of


def toy_examples(meetings=5, each=8) -> Examples:
    rng = np.random.default_rng(0)
    n = meetings * each
    columns = {name: np.zeros(n) for name in Examples._fields}
    return Examples(
        **columns
        | {
            "features": rng.normal(size=(n, len(FEATURES))).astype(np.float32),
            "feature_names": tuple(FEATURES),
            "meeting": np.repeat(np.arange(meetings), each),
            "along": np.tile(np.arange(each) * 300.0, meetings),
            "time": np.full(n, np.datetime64("2019-03-05T11:00:00", "ns")),
            "mission": np.repeat(np.arange(meetings) % 4, each).astype(np.int8),
            "mode": np.ones(n, dtype=np.int8),
            "p_lead": rng.uniform(size=(n, 2)).astype(np.float32),
            "lead_distances": (250.0, 500.0),
            "distance_to_lead_m": np.full(n, 900.0),
            "distance_censored": np.zeros(n, dtype=bool),
            "position_sigma_m": np.full(n, 100.0),
            "quality_flag": np.zeros(n, dtype=np.int32),
        }
    )


def test_neighbours_are_those_of_the_whole_meeting_however_rows_are_read(monkeypatch):
    examples = toy_examples()
    columns = {name: examples.features[:, k] for k, name in enumerate(FEATURES)}
    expected = with_neighbours(columns, examples.meeting, examples.along)
    rows = np.flatnonzero(np.arange(40) % 3 > 0)
    for at_once in (1, 10, 1000):
        monkeypatch.setattr(rival_rows, "ROWS_AT_ONCE", at_once)
        found = echoes_of(examples, rows)
        assert found.context.keys() == expected.keys()
        for name, values in expected.items():
            np.testing.assert_array_equal(found.context[name], values[rows])
        np.testing.assert_array_equal(found.one["sigma0_db"], columns["sigma0_db"][rows])


def test_rows_know_their_mission_mode_and_month():
    found = echoes_of(toy_examples(), np.array([0, 8, 39]))
    assert found.mission.tolist() == ["al", "c2", "al"]
    assert found.mode.tolist() == ["SAR"] * 3
    assert found.month.tolist() == [3, 3, 3]


@pytest.mark.parametrize("flag", [8, 16, 32])
def test_useless_records_have_no_label(flag):
    examples = toy_examples()
    examples.quality_flag[3] = flag
    found = rows_of(examples, np.arange(40), 500.0, np.zeros(40, dtype=int))
    assert np.flatnonzero(np.isnan(found.lead)).tolist() == [3]
    assert np.flatnonzero(np.isnan(found.distance)).tolist() == [3]
    np.testing.assert_array_equal(found.lead[:3], examples.p_lead[:3, 1].astype(float))


@pytest.mark.parametrize("flag", [4, 64])
def test_what_was_not_seen_spoils_a_lead_label_only_when_near(flag):
    examples = toy_examples()
    examples.quality_flag[:2] = flag
    examples.distance_censored[:2] = True
    examples.distance_to_lead_m[:2] = 650.0, 2000.0  # 500 m lie within two sigmas of the first
    rows = np.arange(40)
    found = rows_of(examples, rows, 500.0, np.zeros(40, dtype=int))
    assert np.isnan(found.lead[:2]).tolist() == [True, False]
    assert np.isfinite(found.distance).all() and found.censored[:2].all()
    taught = labels_of(examples, rows, 500.0, np.zeros(40, dtype=int))
    assert np.isnan(taught.distance[:2]).all() and np.isfinite(taught.distance[2:]).all()


def test_no_lead_within_reach_is_a_distance_that_teaches():
    examples = toy_examples()
    examples.quality_flag[0], examples.distance_censored[0] = 2, True
    examples.distance_to_lead_m[0] = 10_000.0
    taught = labels_of(examples, np.arange(40), 250.0, np.zeros(40, dtype=int))
    assert taught.distance[0] == 10_000.0
    assert taught.lead[0] == pytest.approx(float(examples.p_lead[0, 0]))
