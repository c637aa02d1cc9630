"""Labels in simulated worlds, where the distance from the true place is known."""

import numpy as np
import pytest
from simulated import small_plan

from iceco.collocate.corridor import corridor_of
from iceco.collocate.distance import distance_to_pixels, place_in_image
from iceco.collocate.label import label_positions
from iceco.collocate.nearest import build
from iceco.geo.polar import NORTH
from iceco.geo.swath import fit_geolocation, image_to_plane, plane_to_image
from iceco.simulate.ice.lead_geometry import greatest_widths, meet_leads
from iceco.simulate.ice.lead_life import leads_at
from iceco.simulate.scores import expected_calibration_error
from iceco.simulate.world import build_world, centre_of

PIXEL = 40.0  # m on the plane, which at 75 N is the ground to 2 %
SIZE = 600
REACH = 5_000.0  # m
#: Standard deviations of position along two directions [m]: of short, middle and long lags.
SIGMAS = ((30.0, 30.0), (60.0, 120.0), (150.0, 300.0))


def lead_map(seed):
    """Leads of a world that are somewhere as wide as 100 m, and where the pixels lie."""
    world = build_world(small_plan(seed, extent=24_000.0).world)
    x, y = centre_of(world.plan)
    node = np.array([0.0, SIZE / 2, SIZE - 1.0])
    line, sample = np.meshgrid(node, node, indexing="ij")
    half = PIXEL * SIZE / 2
    place = fit_geolocation(node, node, x - half + PIXEL * sample, y + half - PIXEL * line, NORTH)
    leads = leads_at(world.leads, 0.0)
    lead, _, _ = meet_leads(leads, *image_to_plane(place, *np.indices((SIZE, SIZE))))
    return (lead >= 0) & (greatest_widths(leads) >= 100.0)[lead], place


def labelled(seed, count=1500):
    """Truth, and labels at places that are off by an error of a known covariance, per sigmas."""
    mask, place = lead_map(seed)
    rng = np.random.default_rng(seed)
    for sigmas in SIGMAS:
        turn = rng.uniform(0, np.pi, count)
        axes = np.stack([np.cos(turn), np.sin(turn), -np.sin(turn), np.cos(turn)], axis=-1)
        axes = axes.reshape(count, 2, 2)
        covariance = np.swapaxes(axes, 1, 2) * np.square(sigmas) @ axes
        there = rng.uniform(100, SIZE - 100, (2, count))
        error = np.einsum("ni,nij->nj", rng.normal(0, sigmas, (count, 2)), axes)
        x, y = image_to_plane(place, *there)
        here = plane_to_image(place, x + error[:, 0], y + error[:, 1])
        truth = distance_to_pixels(build(mask), 0, 0, place, place_in_image(place, *there), REACH)
        labels = label_positions(
            corridor_of(mask.astype(np.float32), 0.5), place, *here, covariance, (500.0,), REACH
        )
        yield np.minimum(truth.distance, REACH), labels


@pytest.fixture(scope="module")
def worlds():
    """By sigmas: truth and labels of some worlds."""
    return list(zip(*(labelled(seed) for seed in (201, 204, 207)), strict=True))


@pytest.mark.parametrize("which", range(len(SIGMAS)))
def test_nearness_is_as_frequent_as_probable(worlds, which):
    truth = np.concatenate([truth for truth, _ in worlds[which]])
    probability = np.concatenate([labels.probability[:, 0] for _, labels in worlds[which]])
    assert expected_calibration_error(probability, truth < 500.0) < 0.015


@pytest.mark.parametrize("which", range(len(SIGMAS)))
def test_the_interval_of_68_percent_holds_the_truth_of_68_percent(worlds, which):
    held = [
        ((labels.low <= truth) & (truth <= labels.high))[
            (labels.low > 0) & (labels.high < REACH) & ~labels.end_nearer
        ]
        for truth, labels in worlds[which]
    ]
    held = np.concatenate(held)
    # Of a share of 0.68 of so many draws the standard deviation is below 0.01.
    assert held.size > 2_500
    assert held.mean() == pytest.approx(0.68, abs=0.03)


@pytest.mark.parametrize("which", range(len(SIGMAS)))
def test_being_in_a_lead_is_as_frequent_as_probable(worlds, which):
    truth = np.concatenate([truth for truth, _ in worlds[which]])
    inside = np.concatenate([labels.inside for _, labels in worlds[which]])
    assert expected_calibration_error(inside, truth == 0.0) < 0.01
    assert (truth == 0.0).sum() > 10


@pytest.mark.parametrize("which", range(len(SIGMAS)))
def test_the_expected_distance_is_no_worse_than_the_measured(worlds, which):
    for truth, labels in worlds[which]:
        measured, expected = labels.distance - truth, labels.mean - truth
        free = (labels.high < REACH) & ~labels.end_nearer
        assert np.square(expected[free]).mean() <= 1.02 * np.square(measured[free]).mean()
