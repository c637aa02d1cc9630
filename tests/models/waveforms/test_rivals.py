"""The network's rivals, on toy echoes whose leads are known."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from iceco.models.waveforms.baselines import (
    Effort,
    baselines,
    boosting,
    by_class,
    check_classes,
    forest,
    groups,
    one_feature,
)
from iceco.models.waveforms.clusters import clusters, filled, medoids, scaled_by
from iceco.models.waveforms.features import FEATURES, with_neighbours
from iceco.models.waveforms.rows import Echoes, Labels
from iceco.models.waveforms.scores import LeadSums, lead_scores, lead_sums
from iceco.products.surface import Surface

SMALL = Effort(iterations=40, trees=20, most_rows=4000)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Threads of many test processes on few cores wait for each other."""
    with threadpool_limits(1):
        yield


def area(probability, happened) -> float:
    sums = lead_sums(probability, happened, probability >= 0.5)
    return float(lead_scores(LeadSums(*(s[0] for s in sums)))["auc"])


def toy_passes(n=2000, seed=0):
    """Return echoes of passes with a lead every 40 records or so, their labels and the truth.

    Leads raise power and peakiness; so does noise.  Only the neighbours tell them apart: a lead
    is felt over several records, noise is not.
    """
    rng = np.random.default_rng(seed)
    along = np.arange(n) * 175.0
    leads = np.sort(rng.choice(along, n // 40, replace=False))
    distance = np.abs(along[:, None] - leads).min(axis=1)
    strength = np.exp(-0.5 * (distance / 400.0) ** 2)
    one = {name: rng.normal(size=n).astype(np.float32) for name in FEATURES}
    one["maximum_power_db"] = (20.0 * strength + 6.0 * rng.normal(size=n)).astype(np.float32)
    one["pulse_peakiness_bins"] = (60.0 * strength + 25.0 * rng.normal(size=n)).astype(np.float32)
    one["pulse_peakiness_share"] = one["pulse_peakiness_bins"] / 128
    mission = np.where(np.arange(n) % 100 < 70, "s3a", "al")
    mode = np.where(mission == "al", "LRM", "SAR")
    echoes = Echoes(one, with_neighbours(one, None, along), mission, mode, np.full(n, 1))
    part = np.repeat([0, 1, 2], [n // 2, n // 5, n - n // 2 - n // 5])
    lead = 1.0 / (1.0 + np.exp((distance - 400.0) / 60.0))  # of a position known to about 100 m
    return echoes, Labels(lead, distance, part), distance


@pytest.fixture(scope="module")
def contest():
    echoes, labels, distance = toy_passes()
    return echoes, labels, distance, baselines(echoes, labels, seed=0, effort=SMALL)


def test_every_rival_says_something_and_context_says_most(contest):
    _, labels, distance, found = contest
    test = labels.part == 2
    areas = {
        name: area(p.probability[test], distance[test] < 400.0)
        for name, p in found.items()
        if np.isfinite(p.probability).all()
    }
    assert {"peakiness", "maximum power", "random forest", "boosting"} < areas.keys()
    assert areas["maximum power"] > 0.75
    assert areas["boosting"] > areas["maximum power"]
    assert areas["boosting with neighbours"] == max(areas.values())


def test_probabilities_lie_between_none_and_certain(contest):
    for name, prediction in contest[3].items():
        given = prediction.probability[np.isfinite(prediction.probability)]
        assert ((given >= 0.0) & (given <= 1.0)).all() and given.size, name


def test_published_classifiers_say_nothing_of_altimeters_they_are_not_made_for(contest):
    echoes, _, _, found = contest
    assert np.isnan(found["awi"].probability[echoes.mission == "al"]).all()
    assert np.isfinite(found["awi"].probability[echoes.mission == "s3a"]).all()
    assert "ricker2014" not in found  # nor is it there at all without CryoSat-2


def test_distances_come_with_intervals_that_hold_most_truths(contest):
    _, labels, distance, found = contest
    test = labels.part == 2
    best = found["boosting with neighbours"]
    assert (best.low <= best.distance).all() and (best.distance <= best.high).all()
    inside = (best.low <= distance) & (distance <= best.high)
    assert 0.5 < inside[test].mean() < 0.85
    median = np.median(labels.distance[labels.part == 0])
    assert np.abs(best.distance - distance)[test].mean() < np.abs(median - distance)[test].mean()


def test_test_rows_teach_nothing():
    echoes, labels, _ = toy_passes(400)
    turned = labels._replace(
        lead=np.where(labels.part == 2, 1.0 - labels.lead, labels.lead),
        distance=np.where(labels.part == 2, 0.0, labels.distance),
    )
    first, second = (baselines(echoes, given, 0, SMALL) for given in (labels, turned))
    for name in first:
        np.testing.assert_array_equal(first[name].probability, second[name].probability)


def test_rows_without_label_teach_nothing_and_are_answered():
    echoes, labels, _ = toy_passes(400)
    blind = labels._replace(lead=np.where(np.arange(400) % 3 == 0, np.nan, labels.lead))
    known = np.flatnonzero(np.isfinite(blind.lead))
    one = {name: values[known] for name, values in echoes.one.items()}
    group = groups(echoes)
    every = one_feature(echoes.one["maximum_power_db"], group, blind)
    fewer = one_feature(one["maximum_power_db"], group[known], Labels(*(a[known] for a in labels)))
    np.testing.assert_allclose(every[known], fewer)
    assert np.isfinite(every).all()


def test_one_feature_keeps_its_ranking_within_a_group_and_is_missing_where_it_is():
    rng = np.random.default_rng(1)
    value = rng.normal(size=500)
    value[::50] = np.nan
    lead = (value + rng.normal(size=500) > 0).astype(float)
    labels = Labels(lead, np.zeros(500), np.repeat([0, 2], 250))
    probability = one_feature(value, np.full(500, "al LRM"), labels)
    assert (np.isnan(probability) == np.isnan(value)).all()
    known = np.isfinite(value) & (labels.part == 0)
    assert (np.argsort(value[known]) == np.argsort(probability[known])).all()
    assert probability[known].mean() == pytest.approx(lead[known].mean(), abs=0.02)


def test_groups_of_one_class_or_without_training_rows_are_no_obstacle():
    value = np.linspace(0.0, 1.0, 30)
    group = np.repeat(["al LRM", "c2 SAR", "s3 SAR"], 10)
    lead = np.repeat([0.0, 1.0, 1.0], 10)
    part = np.repeat([0, 0, 2], 10)
    found = one_feature(value, group, Labels(lead, value, part))
    assert (found[:10] == 0.0).all() and (found[10:20] == 1.0).all() and np.isnan(found[20:]).all()


def test_a_class_is_as_probable_a_lead_as_it_was_in_training():
    surface = np.array([Surface.LEAD] * 99 + [Surface.SEA_ICE] * 99)
    lead = np.array([1.0] * 66 + [0.0] * 33 + [0.0] * 99)
    labels = Labels(lead, lead, np.zeros(198, dtype=int))
    found = by_class(surface, np.full(198, "c2 SAR"), labels)
    assert found[0] == pytest.approx(66.0 / 99.0, abs=0.01)
    assert found[-1] == pytest.approx(0.0, abs=0.01) and found[-1] > 0.0


def test_soft_labels_give_the_mean_probability():
    rng = np.random.default_rng(2)
    features = rng.integers(0, 2, size=(4000, 1)).astype(np.float32)
    lead = np.where(features[:, 0] > 0, 0.7, 0.2)
    labels = Labels(lead, np.full(4000, 900.0), np.zeros(4000, dtype=int))
    for probability in (
        forest(features, labels, 0, SMALL),
        boosting(features, labels, 0, Effort(100)).probability,
    ):
        assert np.unique(probability[features[:, 0] > 0]) == pytest.approx([0.7], abs=0.02)
        assert np.unique(probability[features[:, 0] == 0]) == pytest.approx([0.2], abs=0.02)


def test_medoids_find_clusters_that_are_apart():
    rng = np.random.default_rng(3)
    truth = np.repeat(np.arange(4), 30)
    points = 20.0 * np.array([[0, 0], [0, 1], [1, 0], [1, 1]])[truth] + rng.normal(size=(120, 2))
    member = medoids(points, 10, np.random.default_rng(0))
    assert np.unique(np.stack([truth, member]), axis=1).shape == (2, 10)  # none in two of them
    assert (medoids(np.zeros((5, 2)), 3, np.random.default_rng(0)) == 0).all()


def test_clusters_are_learnt_without_labels_and_named_by_them():
    rng = np.random.default_rng(4)
    lead = np.repeat([0.0, 1.0], 200)
    features = rng.normal(size=(400, 3)) + 8.0 * lead[:, None]
    training = np.arange(400) % 2 == 0
    found = clusters(
        features, np.full(400, "al LRM"), np.where(training, lead, np.nan), training, 0
    )
    assert found == pytest.approx(lead, abs=0.05)


def test_missing_features_are_the_median_of_training():
    training = np.array([[1.0, np.nan], [3.0, np.nan], [8.0, np.nan]])
    features = np.array([[np.nan, np.nan], [5.0, 2.0]])
    np.testing.assert_array_equal(filled(features, training), [[3.0, 0.0], [5.0, 2.0]])
    assert np.abs(scaled_by(np.array([[1e9, 0.0]]), training)).max() == 5.0


def test_labels_of_one_kind_are_refused():
    with pytest.raises(ValueError, match="hold no lead"):
        check_classes(np.array([0.1, 0.2, np.nan]))
    with pytest.raises(ValueError, match="nothing but leads"):
        check_classes(np.array([0.9, np.nan]))


def test_the_same_seed_makes_the_same_rivals():
    echoes, labels, _ = toy_passes(400)
    first, second = (baselines(echoes, labels, 7, SMALL) for _ in range(2))
    for name in first:
        for a, b in zip(first[name], second[name], strict=True):
            np.testing.assert_array_equal(a, b)
