"""Every predictor on the same rows, by stratum."""

import json

import numpy as np
import pytest

from iceco.models.waveforms.distance_scores import DISTANCE_SCORES
from iceco.models.waveforms.evaluate import (
    REACH,
    best_thresholds,
    evaluate,
    strata,
    table,
    table_by_stratum,
    write_scores,
)
from iceco.models.waveforms.rows import Prediction, Rows
from iceco.models.waveforms.scores import LEAD_SCORES


def toy_rows(n=1200, seed=0) -> tuple[Rows, np.ndarray]:
    """Return judged rows and the true distances behind their labels."""
    rng = np.random.default_rng(seed)
    truth = rng.exponential(1200.0, n)
    sigma = rng.uniform(20.0, 400.0, n)
    seen = np.abs(truth + sigma * rng.normal(size=n))
    rows = Rows(
        lead=1.0 / (1.0 + np.exp((seen - 500.0) / sigma)),
        distance=np.minimum(seen, REACH),
        censored=seen >= REACH,
        mission=np.array(["al", "c2", "s3a"])[rng.integers(0, 3, n)],
        lag_s=rng.uniform(-10_800.0, 10_800.0, n),
        position_sigma_m=sigma,
        lead_width_m=np.where(seen < 5000.0, rng.uniform(60.0, 900.0, n), np.nan),
        block=np.repeat(np.arange(12), n // 12),
    )
    return rows, truth


def toy_predictions(rows: Rows, truth: np.ndarray, seed=1) -> dict[str, Prediction]:
    rng = np.random.default_rng(seed)
    said = {}
    for name, spread in (("good", 0.1), ("bad", 0.8)):
        middle = np.log1p(truth / 500.0) + spread * rng.normal(size=truth.size)
        low, high = (500.0 * np.expm1(middle + s * spread) for s in (-1.0, 1.0))
        distance = 500.0 * np.expm1(middle)
        chance = 1.0 / (1.0 + np.exp((middle - np.log(2.0)) / spread * 1.7))
        said[name] = Prediction(chance, distance, low, high)
    only_al = np.where(rows.mission == "al", said["bad"].probability, np.nan)
    said["published"] = Prediction(only_al, called=truth < 300.0)
    return said


@pytest.fixture(scope="module")
def result():
    rows, truth = toy_rows()
    return evaluate(toy_predictions(rows, truth), rows, truth=truth, against="good", replicates=60)


def test_every_predictor_is_judged_in_every_stratum(result):
    names = list(result["strata"])
    assert names[0] == "all" and "lag 15-60 min" in names and "mission c2" in names
    for here in result["strata"].values():
        assert list(here["predictors"]) == ["good", "bad", "published"]
    good = result["strata"]["all"]["predictors"]["good"]
    assert LEAD_SCORES.keys() | DISTANCE_SCORES.keys() <= good.keys()


def test_lags_sigmas_and_missions_part_all_rows(result):
    for what in ("lag", "sigma", "mission"):
        rows = [s["rows"] for name, s in result["strata"].items() if name.startswith(what)]
        assert sum(rows) == result["strata"]["all"]["rows"] == 1200


def test_rankings_by_width_and_distance_still_hold_leads_and_others():
    rows, _ = toy_rows()
    found = strata(rows)
    event = rows.lead >= 0.5
    wide = found["width over 500 m"]
    assert (rows.lead_width_m[wide.ranking & event] >= 500.0).all()
    assert wide.ranking[~event].all()
    far = found["distance 700-4000 m"]
    assert far.ranking[event].all()
    assert (rows.distance[far.ranking & ~event] >= 700.0).all()
    assert not far.distance[rows.distance < 700.0].any()


def test_the_better_predictor_wins_and_its_lead_has_an_interval(result):
    here = result["strata"]["all"]["predictors"]
    assert here["good"]["auc"][0] > here["bad"]["auc"][0]
    value, low, high = here["bad"]["worse_by"]["auc"]
    assert value == pytest.approx(here["good"]["auc"][0] - here["bad"]["auc"][0])
    assert 0.0 < low <= value <= high
    assert here["bad"]["worse_by"]["rmse_m"][1] > 0.0
    assert "worse_by" not in here["good"]


def test_a_predictor_is_judged_only_where_it_says_something(result):
    strata_ = result["strata"]
    assert strata_["all"]["predictors"]["published"]["rows"] == strata_["mission al"]["rows"]
    silent = strata_["mission c2"]["predictors"]["published"]
    assert silent["rows"] == 0 and "auc" not in silent


def test_its_own_decision_counts_before_a_threshold(result):
    rows, truth = toy_rows()
    of_al = rows.mission == "al"
    recall = result["strata"]["mission al"]["predictors"]["published"]["recall"][0]
    assert recall == pytest.approx((truth[of_al] < 300.0).sum() / (truth[of_al] < 500.0).sum())


def test_thresholds_come_from_validation_rows():
    rows, truth = toy_rows()
    said = toy_predictions(rows, truth)
    thresholds = best_thresholds(said, rows)
    plain = evaluate(said, rows, replicates=0)
    tuned = evaluate(said, rows, thresholds=thresholds, replicates=0)
    for name in ("good", "bad"):
        at_half, at_best = (r["strata"]["all"]["predictors"][name]["f1"][0] for r in (plain, tuned))
        assert at_best >= at_half


def test_truth_replaces_labels_and_ends_at_the_reach():
    rows, truth = toy_rows()
    said = {"truth": Prediction((truth < 500.0).astype(float), truth, truth, truth)}
    by_truth = evaluate(said, rows, truth=truth, replicates=0)["strata"]["all"]["predictors"]
    by_label = evaluate(said, rows, replicates=0)["strata"]["all"]["predictors"]
    assert by_truth["truth"]["auc"][0] == 1.0 > by_label["truth"]["auc"][0]
    assert by_truth["truth"]["rmse_m"][0] == 0.0 < by_label["truth"]["rmse_m"][0]
    far = {"far": Prediction(np.zeros(truth.size), *[np.full(truth.size, 3e4)] * 3)}
    beyond = evaluate(far, rows, truth=np.full(truth.size, 3e4), replicates=0)["strata"]["all"]
    assert "rmse_m" not in beyond["predictors"]["far"] or (
        beyond["predictors"]["far"]["rmse_m"][0] is None
    )


def test_honest_intervals_cover_68_percent(result):
    for name in ("good", "bad"):
        coverage = result["strata"]["all"]["predictors"][name]["coverage"][0]
        assert coverage == pytest.approx(0.6827, abs=0.04)  # 3 standard errors of 1200 rows


def test_one_block_has_scores_without_intervals():
    rows, truth = toy_rows(120)
    alone = rows._replace(block=np.zeros(120, dtype=int))
    value, low, high = evaluate(toy_predictions(rows, truth), alone)["strata"]["all"]["predictors"][
        "good"
    ]["auc"]
    assert value is not None and low is None and high is None


def test_rows_without_label_are_left_out():
    rows, truth = toy_rows()
    said = toy_predictions(rows, truth)
    kept = np.arange(truth.size) % 2 == 0
    blind = rows._replace(
        lead=np.where(kept, rows.lead, np.nan), distance=np.where(kept, rows.distance, np.nan)
    )
    fewer = {
        name: Prediction(*(None if a is None else a[kept] for a in p)) for name, p in said.items()
    }
    some = evaluate(said, blind, replicates=0)["strata"]["all"]["predictors"]
    only = evaluate(fewer, Rows(*(a[kept] for a in rows)), replicates=0)["strata"]["all"]
    assert some == only["predictors"]


def test_scores_are_written_as_json(result, tmp_path):
    write_scores(result, tmp_path / "scores.json")
    assert json.loads((tmp_path / "scores.json").read_text()) == result


def test_tables_name_every_predictor_and_stratum(result):
    text = table(result)
    assert text.splitlines()[0].startswith("all: 1200 rows")
    assert {line.split()[0] for line in text.splitlines()[2:]} == {"good", "bad", "published"}
    assert len({len(line) for line in text.splitlines()[1:]}) == 1
    by_stratum = table_by_stratum(result, "false_alarms_at_95_percent")
    assert all(name in by_stratum for name in result["strata"])
    assert "-" in by_stratum  # where a predictor says nothing


def test_a_bin_without_rows_is_no_stratum():
    rows, _ = toy_rows()
    narrow = strata(rows._replace(lead_width_m=np.full(1200, 150.0), lag_s=np.full(1200, 60.0)))
    assert [name for name in narrow if name.startswith(("width", "lag"))] == [
        "lag 0-15 min",
        "width 100-200 m",
    ]
