"""Labels: closed forms of straight leads, and honest bounds where the image ends."""

import numpy as np
import pytest
from scipy.stats import norm
from small_world import PIXEL, SIZE, scene

from iceco.collocate.corridor import LEAD, SEEN, UNSEEN, Corridor
from iceco.collocate.label import label_positions
from iceco.geo.swath import image_to_plane
from iceco.products.canonical import scene_geolocation

PLACE = scene_geolocation(scene(np.zeros((SIZE, SIZE), dtype=bool)))


def labels(state, line, sample, sigma=100.0, thresholds=(250.0, 500.0), reach=4000.0):
    x, y = image_to_plane(PLACE, np.array(line), np.array(sample))
    return label_positions(
        Corridor(state, 0, 0, {}), PLACE, x, y, np.full(x.shape, sigma), thresholds, reach
    )


@pytest.fixture
def half_lead():
    """Water left of sample 200, ice right of it."""
    state = np.full((SIZE, SIZE), SEEN)
    state[:, :200] = LEAD
    return state


@pytest.mark.parametrize("sigma", [30.0, 100.0, 400.0])
def test_beside_a_wide_lead_the_probability_is_the_normal_distribution_s(half_lead, sigma):
    offset = np.array([-20.0, -3.0, 1.0, 5.0, 8.0, 12.0, 20.0])  # pixels right of the edge
    found = labels(half_lead, np.full(7, 200.0), 199.5 + offset, sigma, (250.0, 500.0))
    for i, threshold in enumerate((250.0, 500.0)):
        wanted = norm.cdf((threshold - offset * PIXEL) / sigma)
        assert found.probability[:, i] == pytest.approx(wanted, abs=0.02)


def test_far_from_a_straight_edge_the_distance_is_as_uncertain_as_the_position(half_lead):
    found = labels(half_lead, [200.0], [240.0], sigma=100.0)
    assert found.distance == pytest.approx(40.5 * PIXEL, abs=0.5)
    assert found.distance_sigma == pytest.approx(100.0, rel=0.02)


def test_inside_a_lead_the_distance_is_zero_and_nearness_certain(half_lead):
    found = labels(half_lead, [200.0], [150.0], sigma=100.0)
    assert found.distance == 0
    assert found.probability[0, 0] == 1
    assert found.distance_sigma == pytest.approx(0, abs=1e-9)


def test_a_narrow_lead_has_the_two_sided_probability():
    state = np.full((SIZE, SIZE), SEEN)
    state[:, 200:205] = LEAD  # 200 m
    offset = np.array([0.0, 5.0, 10.0, 15.0]) * PIXEL
    found = labels(state, np.full(4, 200.0), 202.0 + offset / PIXEL, 200.0, (250.0,))
    wanted = norm.cdf((350 - offset) / 200) - norm.cdf((-350 - offset) / 200)
    assert found.probability[:, 0] == pytest.approx(wanted, abs=0.02)


def test_beyond_reach_the_distance_is_a_bound():
    far = labels(np.full((SIZE, SIZE), SEEN), [200.0], [200.0], reach=4000.0)
    assert far.beyond_reach[0]
    assert far.distance == 4000.0
    assert (far.probability == 0).all()


def test_where_the_image_ends_nearer_than_the_lead_the_distance_is_that_to_the_end(half_lead):
    found = labels(half_lead, [200.0], [380.0], reach=20_000.0)
    assert found.unseen_nearer[0]
    assert found.distance == pytest.approx(19.5 * PIXEL, abs=0.5)


def test_a_hole_in_the_image_bounds_the_distance_too(half_lead):
    half_lead[190:210, 245:260] = UNSEEN
    found = labels(half_lead, [200.0], [240.0])
    assert found.unseen_nearer[0]
    assert found.distance == pytest.approx(4.5 * PIXEL, abs=0.5)


def test_a_place_not_imaged_has_no_label(half_lead):
    half_lead[190:210, 190:260] = UNSEEN
    found = labels(half_lead, [200.0], [240.0])
    assert not found.imaged[0]
    assert np.isnan(found.distance[0])
    assert np.isnan(found.probability).all()
