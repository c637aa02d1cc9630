"""Training from collocations to a model on disk."""

import json
import shutil
from contextlib import contextmanager

import numpy as np
import pytest
from small_collocations import write_collocations

from iceco.models.training.cards import read_card, read_weights
from iceco.models.training.loop import Fitting
from iceco.models.training.splits import TEST, TRAINING, VALIDATION
from iceco.models.waveforms.learn import Learning, train
from iceco.models.waveforms.model import open_model
from iceco.models.waveforms.scores import LeadSums, lead_scores, lead_sums

FITTING = Fitting(epochs=8, batch=4, learning_rate=5e-3, seed=1)
QUICK = FITTING._replace(epochs=2)

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_collocations(tmp_path_factory.mktemp("collocations"), days=8, records=150)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def learnt(dataset, cache, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "model"
    return train([dataset], out, Learning(fitting=FITTING), cache), out


def quickly(dataset, cache, out, **how):
    return train([dataset], out, Learning(fitting=QUICK)._replace(**how), cache)


def auc(said, happened):
    sums = lead_sums(said, happened, said > 0.5)
    return float(lead_scores(LeadSums(*(s[0] for s in sums)))["auc"])


def test_leads_are_told_from_ice_on_days_not_learnt_from(learnt):
    found, _ = learnt
    test = found.part == TEST
    happened = found.examples.distance_to_lead_m[test] < 500.0
    assert auc(found.answers.probability[test], happened) > 0.9


def test_distance_is_learnt_within_its_own_interval(learnt):
    found, _ = learnt
    test = found.part == TEST
    distance = found.examples.distance_to_lead_m[test]
    error = np.abs(found.answers.distance[test] - distance)
    assert np.median(error) < 0.5 * np.median(np.abs(distance - np.median(distance)))
    inside = (distance >= found.answers.low[test]) & (distance <= found.answers.high[test])
    assert 0.4 < inside.mean() < 0.9  # 150 records of one day are far from independent


def test_parts_share_no_scene_track_or_day_and_training_has_no_answers(learnt):
    found, _ = learnt
    for ids in (found.examples.scene, found.examples.track, found.block):
        parts = [set(ids[found.part == p]) for p in (TRAINING, VALIDATION, TEST)]
        assert all(parts)
        assert not (parts[0] & parts[1] or parts[1] & parts[2] or parts[0] & parts[2])
    assert np.isnan(found.answers.probability[found.part == TRAINING]).all()


def test_the_card_says_what_the_model_was_made_of(learnt, dataset):
    found, out = learnt
    card = read_card(out)
    assert list(card["data"]["collocations"]) == [str(dataset)]
    assert sum(card["split"][p]["rows"] for p in ("training", "validation", "test")) == 1200
    assert card["options"]["lead_distance_m"] == 500.0
    assert len(card["scores"]["history"]["validation_loss"]) <= 8
    assert card["scores"]["test"]["strata"]["all"]["predictors"]["network"]["auc"][0] > 0.9
    assert card == found.card
    assert sum(f.stat().st_size for f in out.iterdir()) < 1_000_000


def test_nothing_is_left_of_the_way_there(learnt):
    _, out = learnt
    assert [path.name for path in out.parent.iterdir()] == ["model"]


def test_the_same_seed_makes_the_same_model(dataset, cache, tmp_path):
    for name in ("one", "two"):
        quickly(dataset, cache, tmp_path / name)
    one, two = (read_card(tmp_path / name) for name in ("one", "two"))
    assert one["sha256"] == two["sha256"]
    other = quickly(dataset, cache, tmp_path / "three", fitting=QUICK._replace(seed=2))
    assert other.card["sha256"] != one["sha256"]


def test_an_interrupted_training_goes_on_to_the_same_model(dataset, cache, tmp_path):
    quickly(dataset, cache, tmp_path / "undisturbed")
    shutil.rmtree(tmp_path / "undisturbed.partial", ignore_errors=True)

    @contextmanager
    def until_the_second_epoch(what):
        if "epoch 2" in what:
            raise KeyboardInterrupt
        yield lambda done, total: None

    out, learning = tmp_path / "model", Learning(fitting=QUICK)
    with pytest.raises(KeyboardInterrupt):
        train([dataset], out, learning, cache, watch=until_the_second_epoch)
    assert not out.exists()
    with pytest.raises(ValueError, match="lead_distance_m"):
        train([dataset], out, learning._replace(lead_distance_m=250.0), cache, resume=True)
    train([dataset], out, learning, cache, resume=True)
    assert read_card(out)["sha256"] == read_card(tmp_path / "undisturbed")["sha256"]
    assert not (tmp_path / "model.partial").exists()


@pytest.mark.parametrize(
    "how", [{"packed": True}, {"hard_labels": True}, {"sequence": 1}, {"lead_distance_m": 1000.0}]
)
def test_each_question_of_the_field_can_be_asked(how, dataset, cache, tmp_path):
    found = quickly(dataset, cache, tmp_path / "model", **how)
    settings = open_model(tmp_path / "model").settings
    assert settings._replace(**{k: v for k, v in how.items() if k != "hard_labels"}) == settings
    assert ("maximum_power_db" in settings.features) is not settings.packed
    assert np.isfinite(found.answers.probability[found.part == TEST]).all()


def test_a_region_held_out_is_the_test_alone(tmp_path):
    def in_two_seas(columns, day):
        columns["longitude"] = np.full(150, -140.0 if day < 2 else 100.0 + day)
        columns["latitude"] = columns["latitude"] - 5.0

    folder = write_collocations(tmp_path / "c", alter=in_two_seas)
    found = quickly(folder, tmp_path / "cache", tmp_path / "model", regions=("beaufort sea",))
    west = found.examples.longitude < 0
    np.testing.assert_array_equal(found.part == TEST, west)
    with pytest.raises(ValueError, match="there is no region"):
        quickly(folder, tmp_path / "cache", tmp_path / "model", regions=("nowhere",))
    with pytest.raises(ValueError, match="held out"):
        quickly(folder, tmp_path / "cache", tmp_path / "model", winters=(1999,))


def test_flagged_and_missing_records_are_no_trouble(tmp_path):
    def spoil(columns, day):
        columns["quality_flag"][:20] = 8
        for name in ("distance_to_lead_m", "p_lead_500m", "distance_low_m", "position_sigma_m"):
            columns[name] = columns[name].copy()
            columns[name][:20] = np.nan
        columns["quality_flag"][20:40] = 2
        columns["distance_censored"][20:40] = True
        columns["scale_factor_db"] = columns["scale_factor_db"].copy()
        columns["scale_factor_db"][50:60] = np.nan

    folder = write_collocations(tmp_path / "c", alter=spoil)
    found = quickly(folder, tmp_path / "cache", tmp_path / "model")
    here = found.part == TEST
    missing = np.isnan(found.answers.probability[here])
    np.testing.assert_array_equal(missing, np.isnan(found.examples.power_db[here]).all(axis=1))
    weights = read_weights(tmp_path / "model", read_card(tmp_path / "model"))
    assert all(value.isfinite().all() for value in weights.values())


def test_a_part_without_a_kind_that_is_trained_on_is_refused(tmp_path):
    def one_of_another_kind(columns, day):
        if day == 5:
            columns["mission"][:] = "s3a"
            columns["mode"][:] = "SAR"

    folder = write_collocations(tmp_path / "c", alter=one_of_another_kind)
    kinds = set()
    for seed in range(12):  # the other kind is in each part at times
        fitting = QUICK._replace(epochs=1, seed=seed)
        try:
            quickly(folder, tmp_path / "cache", tmp_path / "model", fitting=fitting)
            kinds.add(open_model(tmp_path / "model").settings.kinds)
        except ValueError as error:
            kinds.add(str(error).split(": ")[1].split(";")[0])
    refused = {
        f"the {n} part has no kind of echo that is trained on" for n in ("validation", "test")
    }
    assert kinds & refused
    assert kinds <= {("al_lrm", "s3_sar"), *refused}


def test_what_is_no_model_is_not_written_over(dataset, cache, tmp_path):
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(ValueError, match="is no model"):
        quickly(dataset, cache, tmp_path)
    with pytest.raises(ValueError, match="no folder"):
        quickly(dataset, cache, tmp_path / "no" / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


@pytest.mark.parametrize(("value", "sentence"), [(0.0, "no record has a lead"), (1.0, "every")])
def test_labels_of_one_class_are_refused(value, sentence, tmp_path):
    def alike(columns, day):
        columns["p_lead_500m"] = np.full(150, value)

    folder = write_collocations(tmp_path / "c", days=3, alter=alike)
    with pytest.raises(ValueError, match=sentence):
        quickly(folder, tmp_path / "cache", tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_distance_without_labels_is_refused_and_those_there_are_named(dataset, cache, tmp_path):
    with pytest.raises(ValueError, match="250, 500, 1000"):
        quickly(dataset, cache, tmp_path / "model", lead_distance_m=750.0)


def test_a_single_day_cannot_be_split(tmp_path):
    folder = write_collocations(tmp_path / "c", days=1)
    with pytest.raises(ValueError, match=r"divide|split|block"):
        quickly(folder, tmp_path / "cache", tmp_path / "model")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kinds": ["al_lrm", "c2_sar"]}, "sizes make no network"),
        ({"sequence": 0}, "sizes make no network"),
        ({"sizes": {"gates": 128}}, "lacks options"),
        ({"calibration": None}, "lacks options"),
        ({"sizes": {"gates": 10**9, "features": 7, "kinds": 1}}, "sizes make no network"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(change, sentence, learnt, tmp_path):
    _, out = learnt
    shutil.copytree(out, tmp_path / "model")
    card = json.loads((out / "card.json").read_text())
    card["options"] |= change
    (tmp_path / "model" / "card.json").write_text(json.dumps(card))
    with pytest.raises(ValueError, match=sentence):
        open_model(tmp_path / "model")
