"""Scores: closed forms, invariances, and a plain twin for each sum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iceco.models.waveforms.distance_scores import (
    EDGES,
    RANGE_NOISE,
    distance_scores,
    distance_sums,
    physical_floor,
    standardised,
)
from iceco.models.waveforms.scores import (
    LEAD_SCORES,
    LeadSums,
    best_threshold,
    draw_blocks,
    expected_calibration_error,
    interval,
    lead_scores,
    lead_sums,
    redrawn,
    reliability,
)


def scores_of(probability, happened, weight=None, threshold=0.5) -> dict[str, float]:
    probability = np.asarray(probability, dtype=float)
    sums = lead_sums(probability, happened, probability >= threshold, weight)
    return {name: float(v) for name, v in lead_scores(LeadSums(*(s[0] for s in sums))).items()}


def test_a_perfect_classifier_has_perfect_scores():
    happened = np.array([True] * 3 + [False] * 7)
    found = scores_of(happened.astype(float), happened)
    best = dict.fromkeys(LEAD_SCORES, 1.0)
    for name in ("false_alarms_at_95_percent", "false_alarms", "brier", "ece"):
        best[name] = 0.0
    assert found == pytest.approx(best)


def test_an_inverted_classifier_ranks_everything_wrongly():
    happened = np.array([True] * 3 + [False] * 7)
    found = scores_of(1.0 - happened, happened)
    assert found["auc"] == 0.0
    assert found["false_alarms_at_95_percent"] == 1.0
    assert found["recall_at_3_percent"] == 0.0
    assert found["brier"] == found["ece"] == 1.0


def test_a_classifier_that_always_says_the_same_is_chance():
    happened = np.array([True] * 3 + [False] * 7)
    found = scores_of(np.full(10, 0.3), happened)
    assert found["auc"] == pytest.approx(0.5)
    assert found["recall_at_3_percent"] == pytest.approx(0.03)
    assert found["false_alarms_at_95_percent"] == pytest.approx(0.95)
    assert found["average_precision"] == pytest.approx(0.3)
    assert found["ece"] == pytest.approx(0.0, abs=1e-12)
    assert found["brier"] == pytest.approx(0.3 * 0.7)


def test_two_normal_classes_have_the_area_of_theory():
    rng = np.random.default_rng(0)
    n = 40_000
    happened = np.arange(n) < n // 4
    value = rng.normal(size=n) + 1.5 * happened
    found = scores_of(1.0 / (1.0 + np.exp(-value)), happened)
    # AUC = Phi(1.5 / sqrt 2) = 0.8556; standard error about 0.002 (Hanley and McNeil 1982).
    assert found["auc"] == pytest.approx(0.8556, abs=0.008)
    # At 3 % false alarms the threshold is 1.8808, and P(N(1.5, 1) > 1.8808) = 0.3517.
    assert found["recall_at_3_percent"] == pytest.approx(0.3517, abs=0.025)
    # 95 % of the leads lie above 1.5 - 1.6449, and so do 1 - Phi(-0.1449) = 0.5576 of the others.
    assert found["false_alarms_at_95_percent"] == pytest.approx(0.5576, abs=0.025)


def plain_scores(probability, happened) -> dict[str, float]:
    """Every score by its definition, over all pairs and all thresholds."""
    leads, others = probability[happened], probability[~happened]
    wins = (leads[:, None] > others).mean() + 0.5 * (leads[:, None] == others).mean()
    thresholds = np.unique(probability)[::-1]
    recall = np.array([0.0, *((leads >= t).mean() for t in thresholds)])
    precision = np.array([happened[probability >= t].mean() for t in thresholds])
    f1 = [2 * np.sum(leads >= t) / (np.sum(probability >= t) + leads.size) for t in thresholds]
    called = probability >= 0.5
    return {
        "auc": wins,
        "average_precision": np.sum(np.diff(recall) * precision),
        "best f1": max(f1),
        "f1": 2 * np.sum(called & happened) / (called.sum() + happened.sum()),
        "brier": np.mean((probability - happened) ** 2),
    }


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=2, max_size=40))
def test_scores_are_what_their_definitions_say(rows):
    probability = np.array([p / 8.0 for p, _ in rows])
    happened = np.array([h for _, h in rows])
    found = scores_of(probability, happened)
    if happened.all() or not happened.any():
        ranking = (
            "auc",
            "recall_at_1_percent",
            "recall_at_3_percent",
            "false_alarms_at_95_percent",
        )
        assert all(np.isnan(found[name]) for name in ranking)
        return
    plain = plain_scores(probability, happened)
    threshold = best_threshold(probability, happened)
    assert scores_of(probability, happened, threshold=threshold)["f1"] == pytest.approx(
        plain.pop("best f1")
    )
    assert {name: found[name] for name in plain} == pytest.approx(plain)


def test_ranking_scores_do_not_change_with_a_rising_function_of_probability():
    rng = np.random.default_rng(1)
    probability, happened = rng.uniform(size=300), rng.uniform(size=300) < 0.3
    first, second = scores_of(probability, happened), scores_of(probability**3, happened)
    for name in ("auc", "average_precision", "recall_at_1_percent", "false_alarms_at_95_percent"):
        assert first[name] == pytest.approx(second[name])


def test_a_weight_is_a_number_of_rows():
    rng = np.random.default_rng(2)
    probability, happened = rng.uniform(size=50), rng.uniform(size=50) < 0.4
    times = rng.integers(0, 4, size=50)
    repeated = scores_of(np.repeat(probability, times), np.repeat(happened, times))
    assert scores_of(probability, happened, weight=times) == pytest.approx(repeated)


def test_a_soft_label_is_an_event_of_that_weight_and_a_miss_of_the_rest():
    found = scores_of([0.9, 0.2], [0.7, 0.1])
    twice = scores_of(
        [0.9, 0.9, 0.2, 0.2], np.array([True, False] * 2), weight=[0.7, 0.3, 0.1, 0.9]
    )
    assert found["auc"] == pytest.approx(twice["auc"])
    assert found["ece"] == pytest.approx(twice["ece"])
    assert found["f1"] == pytest.approx(twice["f1"])


def test_the_calibration_error_is_the_distance_of_probability_from_frequency():
    probability = np.array([0.25] * 10 + [0.85] * 10)
    happened = np.array([True] * 5 + [False] * 5 + [True] * 8 + [False] * 2)
    assert expected_calibration_error(probability, happened) == pytest.approx((0.25 + 0.05) / 2)
    assert scores_of(probability, happened)["ece"] == pytest.approx((0.25 + 0.05) / 2)
    mean, frequency, weight = reliability(probability, happened)
    assert (mean[2], frequency[2], weight[2]) == pytest.approx((0.25, 0.5, 10.0))
    assert np.isnan(mean[0]) and weight[0] == 0.0


def test_resampled_sums_are_those_of_repeated_rows():
    rng = np.random.default_rng(3)
    n = 400
    probability, happened = rng.uniform(size=n), rng.uniform(size=n) < 0.3
    block = np.sort(rng.integers(0, 6, size=n))
    drawn = draw_blocks(6, 3, seed=0)
    sums = lead_sums(probability, happened, probability > 0.5, block=block, ranks=1000)
    again = lead_scores(LeadSums(*redrawn(sums, drawn)))
    for k, times in enumerate(drawn.astype(int)):
        rows = np.repeat(np.arange(n), times[block])
        plain = scores_of(probability[rows], happened[rows])
        for name, value in plain.items():
            assert again[name][k] == pytest.approx(value, abs=2e-3), name


def test_the_interval_over_blocks_holds_the_true_area_in_19_of_20_trials():
    rng = np.random.default_rng(4)
    held, trials, blocks, each = 0, 100, 30, 20
    for trial in range(trials):
        block = np.repeat(np.arange(blocks), each)
        happened = rng.uniform(size=block.size) < 0.4
        shift = rng.normal(0.0, 1.0, blocks)  # rows of a block err together
        value = rng.normal(size=block.size) + 2.0 * happened + shift[block]
        probability = 1.0 / (1.0 + np.exp(-value))
        sums = lead_sums(probability, happened, probability > 0.5, block=block, ranks=200)
        drawn = draw_blocks(blocks, 200, seed=trial)
        low, high = interval(lead_scores(LeadSums(*redrawn(sums, drawn)))["auc"])
        # Difference of two rows of different blocks: N(2, 2 (1 + 1)); AUC = Phi(1) = 0.8413.
        held += low <= 0.8413 <= high
    # 95 % expected; percentile intervals of 30 blocks hold a little less (binomial sd 2.2 %).
    assert 0.85 <= held / trials <= 0.995


def test_without_replicates_there_is_no_interval():
    assert np.isnan(interval(np.zeros(0))).all()
    assert draw_blocks(4, 100, 0).sum(axis=1) == pytest.approx(np.full(100, 4.0))


def distances_of(predicted, distance, censored=None, mission="al") -> dict[str, float]:
    distance = np.asarray(distance, dtype=float)
    censored = np.zeros(distance.size, bool) if censored is None else censored
    sums = distance_sums(predicted, distance, censored, np.full(distance.size, mission))
    return {n: float(v) for n, v in distance_scores(type(sums)(*(s[0] for s in sums))).items()}


def test_the_physical_floor_is_that_of_the_range_noise():
    # science: 142, 36 and 18 m for AltiKa at 250, 1000 and 2000 m with 5 cm
    found = physical_floor(np.array([250.0, 1000.0, 2000.0]), np.full(3, "al"))
    assert found == pytest.approx([142.0, 35.5, 17.8], rel=0.01)
    # dr = alpha d^2 / 2h: its slope times sigma_d is the noise of range
    alpha, height = 1.0 + 717.2 / 6371.0, 717_200.0
    sigma = physical_floor(np.array([700.0]), np.array(["c2"]))[0]
    assert alpha * 700.0 / height * sigma == pytest.approx(RANGE_NOISE)
    assert np.isnan(physical_floor(np.array([700.0]), np.array(["ja1"]))[0])


def test_errors_of_distance_are_bias_spread_and_multiples_of_the_floor():
    rng = np.random.default_rng(5)
    n = 20_000
    distance = rng.uniform(700.0, 4000.0, n)
    sigma = 2.0 * physical_floor(distance, np.full(n, "s3a"))
    middle = distance + rng.normal(size=n) * sigma + 10.0
    found = distances_of((middle, middle - sigma, middle + sigma), distance, mission="s3a")
    assert found["bias_m"] == pytest.approx(10.0, abs=2.0)
    plain = np.sqrt(np.mean((middle - distance) ** 2))
    assert found["rmse_m"] == pytest.approx(plain)
    assert found["mae_m"] == pytest.approx(np.mean(np.abs(middle - distance)))
    assert found["interval_m"] == pytest.approx(np.mean(2.0 * sigma))
    unbiased = distances_of((middle - 10.0, middle, middle), distance, mission="s3a")
    assert unbiased["rmse_over_floor"] == pytest.approx(2.0, rel=0.03)
    assert unbiased["median_over_floor"] == pytest.approx(2.0, rel=0.04)


def log_normal_intervals(rng, n):
    """Return truths and predictions whose 68 % intervals are right, in log(1 + d / 500 m)."""
    middle, sigma = rng.uniform(0.5, 2.5, n), rng.uniform(0.1, 0.4, n)
    truth = middle + sigma * rng.normal(size=n)
    distances = [500.0 * np.expm1(v) for v in (truth, middle, middle - sigma, middle + sigma)]
    return distances[0], tuple(distances[1:])


def test_honest_intervals_cover_their_share():
    truth, predicted = log_normal_intervals(np.random.default_rng(6), 20_000)
    inside = np.mean((predicted[1] <= truth) & (truth <= predicted[2]))
    found = distances_of(predicted, truth)["coverage"]
    assert found == pytest.approx(inside)
    assert found == pytest.approx(0.6827, abs=0.012)  # 3.6 standard errors


def test_lower_bounds_do_not_change_the_coverage():
    rng = np.random.default_rng(7)
    truth, predicted = log_normal_intervals(rng, 40_000)
    middle, above = (np.log1p(d / 500.0) for d in (predicted[0], predicted[2]))
    at = middle + (above - middle) * rng.uniform(-0.5, 2.0, truth.size)
    bound = 500.0 * np.expm1(at)
    censored = truth > bound
    assert 0.2 < censored.mean() < 0.4
    seen = np.where(censored, bound, truth)
    assert distances_of(predicted, seen, censored)["coverage"] == pytest.approx(0.6827, abs=0.02)
    # To leave them out, or to take bounds for distances, would be wrong by more.
    left_out = tuple(p[~censored] for p in predicted)
    assert abs(distances_of(left_out, truth[~censored])["coverage"] - 0.6827) > 0.02


def test_ends_of_the_interval_belong_to_it():
    distance = np.array([100.0, 200.0, 99.999, 200.001])
    z = standardised(distance, *(np.full(4, v) for v in (150.0, 100.0, 200.0)))
    assert (np.abs(z[:2]) == 1.0).all() and (np.abs(z[2:]) > 1.0).all()
    predicted = tuple(np.full(4, v) for v in (150.0, 100.0, 200.0))
    assert distances_of(predicted, distance)["coverage"] == pytest.approx(0.5)
    assert EDGES.size == np.unique(EDGES).size


def test_an_interval_without_breadth_covers_only_what_it_names():
    point = np.array([0.0, 300.0])
    assert distances_of((point, point, point), [0.0, 300.0])["coverage"] == 1.0
    assert distances_of((point, point, point), [1.0, 299.0])["coverage"] == 0.0


def test_bounds_alone_give_no_error():
    point = np.array([300.0, 400.0])
    found = distances_of((point, point, point + 1.0), [100.0, 50.0], np.ones(2, bool))
    assert np.isnan(found["rmse_m"]) and np.isnan(found["bias_m"])


def test_only_distances_from_700_to_4000_m_are_compared_with_the_floor():
    distance = np.array([0.0, 100.0, 1000.0, 9000.0])
    found = distances_of((distance + 50.0,) * 3, distance)
    floor = physical_floor(np.array([1000.0]), np.array(["al"]))[0]
    assert found["rmse_over_floor"] == pytest.approx(50.0 / floor)
    assert found["rmse_m"] == pytest.approx(50.0)
    near = distances_of((distance[:2] + 50.0,) * 3, distance[:2])
    assert np.isnan(near["rmse_over_floor"]) and np.isnan(near["median_over_floor"])
