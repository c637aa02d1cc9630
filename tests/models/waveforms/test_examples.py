"""Collocations as training rows."""

import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest
import xarray as xr
from small_collocations import altika_pass, columns_of, write_collocations, write_dataset

from iceco.collocate.opening import open_collocations
from iceco.models.waveforms import examples as module
from iceco.models.waveforms.examples import FLOOR_DB, decibel, open_examples, track_of
from iceco.models.waveforms.features import FEATURES, features
from iceco.models.waveforms.radargram import radargram


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_collocations(tmp_path_factory.mktemp("collocations"), days=3, records=60)


@pytest.fixture(scope="module")
def rows(dataset, tmp_path_factory):
    return open_examples([dataset], tmp_path_factory.mktemp("cache"))


def test_rows_are_those_of_the_collocations_meeting_by_meeting(rows):
    assert rows.meeting.tolist() == np.repeat([0, 1, 2], 60).tolist()
    assert (np.diff(rows.time[:60]) > np.timedelta64(0)).all()
    assert rows.scene_ids[rows.scene[[0, 60, 120]]].tolist() == ["S1A_000", "S1A_001", "S1A_002"]
    assert rows.track_ids[rows.track[60]] == "al_001_0002"
    _, distance = altika_pass(60, 1, "2023-03-02T12:00:00", 2)
    np.testing.assert_allclose(rows.distance_to_lead_m[60:120], distance, rtol=1e-6)
    assert rows.lead_distances == (250.0, 500.0, 1000.0)
    assert (rows.p_lead[:, 0] <= rows.p_lead[:, 2]).all()


def test_echoes_and_features_are_those_of_the_track_itself(rows):
    track, _ = altika_pass(60, 1, "2023-03-02T12:00:00", 2)
    seen = radargram(track)
    np.testing.assert_allclose(rows.power_db[60:120], decibel(seen.power), atol=0.02)
    np.testing.assert_allclose(rows.packed[60:120], seen.packed, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(rows.along[60:120], seen.along, atol=1e-6)
    found = features(track, seen)
    for place, name in enumerate(FEATURES):
        np.testing.assert_array_equal(rows.features[60:120, place], found[name])


def test_a_meeting_becomes_a_track_with_its_attributes(dataset):
    records = open_collocations(dataset, filters=[("scene_id", "==", "S1A_000")], as_xarray=True)
    track = track_of(records)
    assert track.attrs["mission"] == "al"
    assert track.attrs["rate_hz"] == 40.0
    assert "sigma0_db" not in track  # nowhere known
    assert isinstance(track, xr.Dataset)


def test_decibels_have_a_floor_and_keep_what_is_missing():
    power = np.array([0.0, 1.0, 100.0, np.nan], dtype=np.float32)
    np.testing.assert_allclose(decibel(power), [FLOOR_DB, 0.0, 20.0, np.nan])


def test_rows_are_made_once_and_again_only_if_the_collocations_change(tmp_path):
    folder = write_collocations(tmp_path / "c", days=2, records=30)
    told = []

    def open_watched():
        from contextlib import contextmanager

        @contextmanager
        def watch(what):
            yield lambda done, total: told.append((done, total))

        return open_examples([folder], tmp_path / "cache", watch)

    open_watched()
    assert told == [(30, 60), (60, 60)]
    again = open_watched()
    assert len(told) == 2
    assert isinstance(again.power_db, np.memmap)
    write_collocations(folder, days=2, records=40)
    assert open_watched().time.size == 80
    assert len(told) == 4


def test_reading_in_small_parts_makes_the_same_rows(dataset, rows, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 50)
    parts = open_examples([dataset], tmp_path)
    for name in ("power_db", "features", "meeting", "scene", "time", "p_lead"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(rows, name))


def test_several_datasets_follow_each_other(dataset, tmp_path):
    other = write_collocations(tmp_path / "other", days=1, records=20)
    both = open_examples([dataset, other], tmp_path / "cache")
    assert both.time.size == 200
    assert both.meeting[-1] == 3
    assert list(both.sources) == [str(dataset), str(other)]


def test_one_scene_seen_by_two_tracks_is_two_meetings(tmp_path):
    first, near = altika_pass(20, 1, "2023-03-01T12:00:00", 1)
    second, far = altika_pass(20, 2, "2023-03-01T12:00:00.010", 2)
    columns = [columns_of(t, d, "S1A") for t, d in ((first, near), (second, far))]
    order = np.random.default_rng(0).permutation(40)
    mixed = {n: np.concatenate([c[n] for c in columns])[order] for n in columns[0]}
    waveform = np.concatenate([first["waveform"].values, second["waveform"].values])[order]
    folder = write_dataset(tmp_path / "c", [mixed], [waveform])
    rows = open_examples([folder], tmp_path / "cache")
    assert rows.meeting.tolist() == [0] * 20 + [1] * 20
    np.testing.assert_allclose(rows.distance_to_lead_m, np.concatenate([near, far]), rtol=1e-6)


def test_missing_echoes_stay_missing(tmp_path):
    track, distance = altika_pass(30, 1, "2023-03-01T12:00:00")
    waveform = track["waveform"].values.copy()
    waveform[7] = np.nan
    folder = write_dataset(tmp_path / "c", [columns_of(track, distance, "S1A")], [waveform])
    rows = open_examples([folder], tmp_path / "cache")
    assert np.isnan(rows.power_db[7]).all()
    assert np.isnan(rows.packed[7]).all()
    assert np.isfinite(rows.packed[8]).all()


def test_what_holds_no_echoes_is_refused(tmp_path):
    empty = tmp_path / "empty"
    write_collocations(empty, days=1, records=10)
    for file in empty.rglob("*.parquet"):
        file.rename(empty / "collocations.parquet")
    shutil.rmtree(empty / "mission=al")
    with pytest.raises(ValueError, match="no record with an echo"):
        open_examples([empty], tmp_path / "cache")
    with pytest.raises(ValueError, match="no such folder"):
        open_examples([tmp_path / "nowhere"], tmp_path / "cache")
    (tmp_path / "other").mkdir()
    with pytest.raises(ValueError, match="no dataset of collocations"):
        open_examples([tmp_path / "other"], tmp_path / "cache")


def test_datasets_labelled_for_other_distances_do_not_mix(dataset, tmp_path):
    other = write_collocations(tmp_path / "other", days=1, records=10)
    (file,) = other.rglob("*.parquet")
    table = pq.ParquetFile(file).read()
    pq.write_table(table.drop_columns(["p_lead_250m"]), file)
    with pytest.raises(ValueError, match="different lead distances"):
        open_examples([dataset, other], tmp_path / "cache")


def test_the_summary_is_part_of_the_content(tmp_path):
    folder = write_collocations(tmp_path / "c", days=1, records=10)
    (before,) = open_examples([folder], tmp_path / "cache").sources.values()
    (folder / "_collocations.json").write_text(json.dumps({"records": 11}))
    (after,) = open_examples([folder], tmp_path / "cache").sources.values()
    assert before != after
