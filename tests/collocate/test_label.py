"""Labels: closed forms of straight leads, and honest bounds where the image ends."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from small_world import PIXEL, SIZE, scene

from iceco.collocate.corridor import corridor_of
from iceco.collocate.footprint import Footprint
from iceco.collocate.label import label_positions
from iceco.geo.polar import NORTH, SOUTH
from iceco.products.canonical import scene_geolocation

SEEN, LEAD, UNSEEN = 0.0, 1.0, np.nan
TURN = 0.5  # rad, of the image on the plane
PLACE = scene_geolocation(scene(np.zeros((SIZE, SIZE), dtype=bool), turn=TURN))


def labels(
    probability,
    line,
    sample,
    sigma=100.0,
    thresholds=(250.0, 500.0),
    reach=4000.0,
    place=PLACE,
    **options,
):
    line, sample = np.array(line, dtype=float), np.array(sample, dtype=float)
    covariance = np.asarray(sigma) ** 2 * np.eye(2) if np.ndim(sigma) == 0 else sigma
    covariance = np.broadcast_to(covariance, (line.size, 2, 2))
    corridor = corridor_of(probability, 0.5)
    return label_positions(corridor, place, line, sample, covariance, thresholds, reach, **options)


@pytest.fixture
def half_lead():
    """Water left of sample 200, ice right of it."""
    state = np.zeros((SIZE, SIZE))
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
    assert found.sigma == pytest.approx(100.0, rel=0.02)


def test_inside_a_lead_the_distance_is_zero_and_nearness_certain(half_lead):
    found = labels(half_lead, [200.0], [150.0], sigma=100.0)
    assert found.distance == 0
    assert found.probability[0, 0] == 1
    assert found.sigma == pytest.approx(0, abs=1e-9)


def test_a_narrow_lead_has_the_two_sided_probability():
    state = np.zeros((SIZE, SIZE))
    state[:, 200:205] = LEAD  # 200 m
    offset = np.array([0.0, 5.0, 10.0, 15.0]) * PIXEL
    found = labels(state, np.full(4, 200.0), 202.0 + offset / PIXEL, 200.0, (250.0,))
    wanted = norm.cdf((350 - offset) / 200) - norm.cdf((-350 - offset) / 200)
    assert found.probability[:, 0] == pytest.approx(wanted, abs=0.02)


def test_beyond_reach_the_distance_is_a_bound():
    far = labels(np.zeros((SIZE, SIZE)), [200.0], [200.0], reach=4000.0)
    assert far.beyond_reach[0]
    assert far.distance == 4000.0
    assert (far.probability == 0).all()


def test_where_the_image_ends_nearer_than_the_lead_the_distance_is_that_to_the_end(half_lead):
    found = labels(half_lead, [200.0], [380.0], reach=20_000.0)
    assert found.end_nearer[0]
    assert not found.gap_nearer[0]
    assert found.distance == pytest.approx(19.5 * PIXEL, abs=0.5)


def test_a_hole_in_the_image_bounds_the_distance_too(half_lead):
    half_lead[190:210, 245:260] = UNSEEN
    found = labels(half_lead, [200.0], [240.0])
    assert found.gap_nearer[0]
    assert not found.end_nearer[0]
    assert found.distance == pytest.approx(4.5 * PIXEL, abs=0.5)


def test_a_place_not_imaged_has_no_label(half_lead):
    half_lead[190:210, 190:260] = UNSEEN
    found = labels(half_lead, [200.0], [240.0])
    assert not found.imaged[0]
    assert np.isnan(found.distance[0])
    assert np.isnan(found.probability).all()


def test_mean_spread_and_quantiles_of_a_distance_are_those_of_the_position(half_lead):
    found = labels(half_lead, [200.0], [250.0], sigma=200.0)
    distance = 50.5 * PIXEL
    assert found.mean == pytest.approx(distance, abs=5.0)
    assert found.sigma == pytest.approx(200.0, rel=0.03)
    for quantile, share in ((found.low, 0.16), (found.high, 0.84)):
        assert quantile == pytest.approx(distance + 200.0 * norm.ppf(share), abs=15.0)


@pytest.mark.parametrize("offset", [-6.0, -1.0, 0.0, 2.0, 6.0])
def test_being_inside_a_wide_lead_has_the_probability_of_its_side(half_lead, offset):
    found = labels(half_lead, [200.0], [199.5 + offset], sigma=100.0)
    assert found.inside == pytest.approx(norm.cdf(-offset * PIXEL / 100.0), abs=0.03)


def test_uncertainty_along_a_lead_does_not_matter_and_across_it_does(half_lead):
    across = np.array([np.cos(TURN), np.sin(TURN)])  # of the lead, on the plane
    along = np.array([-across[1], across[0]])
    for wide, narrow, sigma in ((across, along, 300.0), (along, across, 30.0)):
        covariance = 300.0**2 * np.outer(wide, wide) + 30.0**2 * np.outer(narrow, narrow)
        found = labels(half_lead, [200.0], [219.5], sigma=covariance)
        wanted = norm.cdf((500.0 - 20.0 * PIXEL) / sigma)
        assert found.probability[0, 1] == pytest.approx(wanted, abs=0.02)
        assert found.sigma == pytest.approx(sigma, rel=0.05)


@pytest.mark.parametrize("sure", [0.2, 0.4, 0.7, 0.95])
def test_nearness_of_a_doubtful_lead_is_as_probable_as_the_lead(half_lead, sure):
    found = labels(sure * half_lead, [200.0], [202.0], sigma=10.0)
    assert found.probability[0, 0] == pytest.approx(sure, abs=0.126)
    assert found.beyond_reach[0] == (sure < 0.5)


def test_behind_a_doubtful_lead_the_next_one_counts(half_lead):
    half_lead[:, 210:215] = 0.5 - 1e-6
    found = labels(half_lead, [200.0], [220.0], sigma=10.0)
    near, far = 5.5 * PIXEL, 20.5 * PIXEL
    assert found.distance == pytest.approx(far, abs=0.5)
    assert found.mean == pytest.approx((near + far) / 2, abs=3.0)
    assert found.low == pytest.approx(near, abs=25.0)
    assert found.high == pytest.approx(far, abs=25.0)


def test_width_and_fraction_are_those_of_the_closest_lead(half_lead):
    half_lead[:] = 0.0
    half_lead[:, 200:210] = 1.0
    circle = Footprint(np.full(2, 600.0), np.full(2, 600.0), strip=False)
    turns = {"footprint": circle, "heading": np.array([0.3, np.nan])}
    found = labels(half_lead, [200.0, 200.0], [204.5, 250.0], sigma=20.0, **turns)
    assert found.lead_width == pytest.approx([400.0, 400.0], abs=0.3 * PIXEL)
    # Of a circle's area, the share between two chords at +-x of its radius.
    x = 200.0 / 600.0
    share = 2.0 / np.pi * (x * np.sqrt(1 - x**2) + np.arcsin(x))
    assert found.lead_fraction == pytest.approx([share, 0.0], abs=0.04)
    strip = circle._replace(along=np.full(2, 150.0), strip=True)
    found = labels(half_lead, [200.0] * 2, [204.5] * 2, 20.0, **(turns | {"footprint": strip}))
    assert np.isnan(found.lead_fraction).tolist() == [False, True]


def test_no_lead_and_all_lead_have_no_and_every_lead():
    nothing = labels(np.zeros((SIZE, SIZE)), [200.0], [200.0], reach=2000.0)
    assert nothing.beyond_reach[0]
    assert nothing.probability.tolist() == [[0.0, 0.0]]
    assert (nothing.mean, nothing.sigma, nothing.inside) == (2000.0, 0.0, 0.0)
    assert np.isnan(nothing.lead_width[0])
    everything = labels(np.ones((SIZE, SIZE)), [200.0], [200.0], reach=2000.0)
    assert everything.probability.tolist() == [[1.0, 1.0]]
    assert (everything.distance, everything.mean, everything.inside) == (0.0, 0.0, 1.0)


def _one_pixel_leads(seed, size=80):
    rng = np.random.default_rng(seed)
    leads = np.zeros((size, size))
    leads[tuple(rng.integers(0, size, (2, 5)))] = rng.choice([0.3, 0.7, 1.0], 5)
    leads[tuple(rng.integers(0, size, (2, 3)))] = np.nan
    # Not on the edge between two pixels, along which a lead is as wide as either side of it.
    return leads, rng.integers(80, 8 * (size - 11), (2, 6)) / 8 + 1 / 16


def _close(found, other, tolerance):
    """Whether labels agree [m]; probabilities as far as their points tell."""
    for name in ("distance", "lead_width"):
        assert getattr(found, name) == pytest.approx(
            getattr(other, name), abs=tolerance, nan_ok=True
        )
    for name in ("mean", "sigma"):
        assert getattr(found, name) == pytest.approx(
            getattr(other, name), abs=30.0 + tolerance, nan_ok=True
        )
    assert found.probability == pytest.approx(other.probability, abs=0.12, nan_ok=True)
    for name in ("imaged", "beyond_reach", "end_nearer", "gap_nearer"):
        assert (getattr(found, name) == getattr(other, name)).all()


@settings(max_examples=20)
@given(
    seed=st.integers(0, 2**32 - 1),
    plane=st.sampled_from([NORTH, SOUTH]),
    centre=st.sampled_from([(0.0, 0.0), (300e3, -900e3), (-1.2e6, 1.2e6), (0.0, 1.5e6)]),
    turn=st.floats(0.0, 6.28),
)
def test_labels_are_the_same_wherever_the_world_lies_and_however_it_is_turned(
    seed, plane, centre, turn
):
    leads, pixels = _one_pixel_leads(seed)
    empty = np.zeros(leads.shape, dtype=bool)
    here = scene_geolocation(scene(empty))
    there = scene_geolocation(scene(empty, plane, centre, turn))
    ask = partial(labels, leads, *pixels, sigma=80.0, reach=1500.0)
    _close(ask(place=here), ask(place=there), tolerance=1.0)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), turned=st.sampled_from(["lines", "samples", "both"]))
def test_scenes_upside_down_and_ascending_have_the_same_labels(seed, turned):
    leads, (line, sample) = _one_pixel_leads(seed)
    place = scene_geolocation(scene(np.zeros(leads.shape, dtype=bool)))
    axes = {"lines": (0,), "samples": (1,), "both": (0, 1)}[turned]
    last = len(leads) - 1.0
    other = (last - line if 0 in axes else line), (last - sample if 1 in axes else sample)
    ask = partial(labels, sigma=80.0, reach=1500.0, place=place)
    _close(ask(leads, line, sample), ask(np.flip(leads, axes), *other), tolerance=0.5)
