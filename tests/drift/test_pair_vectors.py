"""Vectors of a scene pair: true to what the ice did, honest about it, and where they end."""

from dataclasses import replace
from functools import partial

import numba
import numpy as np
import pytest
import xarray as xr
from pair_scenes import HOUR, LINE_TIME, MIDDLE, PIXEL, START, scene_of, still, texture, turned
from simulated import small_plan

from iceco.drift.pair.outliers import compare, deformation_variance, unlikeness
from iceco.drift.pair.vectors import PairSettings, track_pair
from iceco.products.canonical_vectors import (
    DOUBTFUL,
    GOOD,
    NO_DATA,
    OUTSIDE,
    REJECTED,
    covariance_of,
)
from iceco.products.recognise import open_product
from iceco.simulate.sar.scene import write_scene
from iceco.simulate.world import build_world, displacement, surface_of

compiled = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="a pair of scenes takes minutes as plain Python"
)
WITHIN_68 = -2.0 * np.log(1.0 - 0.68)  # squared sigmas, of a two-dimensional normal
EXACT = PairSettings(spacing_m=1_000.0, geolocation_sigma_m=0.0)
TURN, SHIFT = 20.0, (1_500.0, -900.0)  # degree, m


@pytest.fixture(scope="module")
def ice():
    return texture(1)


@pytest.fixture(scope="module")
def first(ice):
    return scene_of(ice, 0.0, slant=20.0, speckle=1)


@pytest.fixture(scope="module")
def second(ice):
    return scene_of(ice, 6.0, turned(TURN, *SHIFT), slant=-35.0, speckle=2)


@pytest.fixture(scope="module")
def vectors(first, second):
    return track_pair(first, second, EXACT)


def true_move(vectors: xr.Dataset, degrees: float = TURN, shift=SHIFT) -> np.ndarray:
    """Displacement (n, 2) of ice that turned about the middle and then shifted [m]."""
    x, y = vectors["x0"].values, vectors["y0"].values
    x1, y1 = turned(-degrees, 0.0, 0.0)(x, y)
    return np.column_stack([x1 - x, y1 - y]) + shift


def errors(vectors: xr.Dataset, move: np.ndarray) -> np.ndarray:
    return np.column_stack([vectors["dx"].values, vectors["dy"].values]) - move


def flagged(vectors: xr.Dataset, flag: int) -> np.ndarray:
    return vectors["quality_flag"].values == flag


@compiled
def test_ice_that_turns_and_shifts_is_followed_to_a_third_of_a_pixel(vectors):
    good = flagged(vectors, GOOD)
    off = np.hypot(*errors(vectors, true_move(vectors))[good].T)
    assert good.sum() > 250
    assert np.median(off) < 0.15 * PIXEL
    assert off.max() < 0.5 * PIXEL
    assert np.abs(vectors["rotation"].values[good] - TURN).max() < 1.0


@compiled
def test_nearly_all_vectors_inside_are_good(vectors):
    flag = vectors["quality_flag"].values
    assert np.mean(flag[flag <= REJECTED] == GOOD) > 0.95


@compiled
def test_the_truth_lies_in_the_ellipse_of_68_percent_about_as_often(vectors):
    good = flagged(vectors, GOOD)
    off = errors(vectors, true_move(vectors))[good]
    covariance = covariance_of(vectors)[good]
    inside = np.einsum("ni,nij,nj->n", off, np.linalg.inv(covariance), off) <= WITHIN_68
    # Patches overlap sevenfold: some 50 independent ones, 0.07 for one standard deviation.
    assert 0.5 < inside.mean() < 0.9


@compiled
def test_vectors_hold_at_the_times_of_their_own_pixels(vectors):
    good = flagged(vectors, GOOD)
    start, stop = (vectors[name].values[good] for name in ("start_time", "stop_time"))
    assert start.min() >= START
    assert stop.min() >= START + 6 * HOUR
    whole = 319 * LINE_TIME
    assert start.max() <= START + whole
    assert stop.max() <= START + 6 * HOUR + whole
    # Lines run down at 20 degrees: a pixel's time grows with its way along them.
    angle = np.radians(20.0)
    x, y = (vectors[name].values[good] for name in ("x0", "y0"))
    along = np.sin(angle) * (x - MIDDLE[0]) - np.cos(angle) * (y - MIDDLE[1])
    line = np.rint(along / PIXEL + 159.5).astype(int)
    expected = START + line * LINE_TIME
    assert np.abs(start - expected).max() < LINE_TIME


@compiled
def test_given_points_get_what_the_grid_gets_in_their_order(first, second, vectors):
    some = np.flatnonzero(flagged(vectors, GOOD))[::-9]
    x, y = (
        np.append(vectors[name].values[some], MIDDLE[i] + 4e5)
        for i, name in enumerate(("x0", "y0"))
    )
    free = track_pair(first, second, EXACT, points=(x, y))
    np.testing.assert_array_equal(free["x0"], x)
    assert flagged(free, OUTSIDE).tolist() == [False] * some.size + [True]
    assert (free["grid_row"].values == -1).all()
    assert np.isnan(free.attrs["spacing_m"])
    for name in ("dx", "dy"):
        np.testing.assert_allclose(free[name][:-1], vectors[name][some], atol=1.0)


@compiled
def test_geolocation_adds_its_variance_for_each_scene(first, second, vectors):
    rough = track_pair(first, second, EXACT._replace(geolocation_sigma_m=50.0))
    good = flagged(vectors, GOOD) & flagged(rough, GOOD)
    more = covariance_of(rough)[good] - covariance_of(vectors)[good]
    np.testing.assert_allclose(
        more, np.broadcast_to(2 * 50.0**2 * np.eye(2), more.shape), atol=1e-3
    )


@compiled
def test_threads_change_nothing(first, second, vectors):
    xr.testing.assert_identical(track_pair(first, second, EXACT, workers=3), vectors)


@compiled
def test_both_sides_of_an_opening_lead_are_followed(ice):
    opening = 800.0  # m

    def before(x, y):
        return np.where(x > MIDDLE[0], x - opening, x), y

    later = scene_of(ice, 12.0, before, speckle=4)
    for band in ("sigma0_hh", "sigma0_hv"):
        later[band][:, 160:170] = 0.002  # calm water, as wide as the lead
    vectors = track_pair(scene_of(ice, 0.0, speckle=3), later, EXACT)
    east = vectors["x0"].values > MIDDLE[0]
    off = np.hypot(*errors(vectors, np.column_stack([opening * east, 0.0 * east])).T)
    kept = vectors["quality_flag"].values <= DOUBTFUL
    far = np.abs(vectors["x0"].values - MIDDLE[0]) > 2_000.0
    assert off[kept & far].max() < PIXEL
    near = kept & ~far
    assert near.sum() > 0.5 * (~far & (vectors["quality_flag"].values <= REJECTED)).sum()
    # Beside the lead a patch follows one side or the other, and nothing else.
    other_side = np.abs(off - opening) < PIXEL
    assert ((off < 0.25 * opening) | other_side)[near].mean() > 0.9
    good = flagged(vectors, GOOD)
    assert np.mean(off[good] > 300.0) < 0.03


@compiled
def test_other_ice_is_not_taken_for_the_same(first):
    vectors = track_pair(first, scene_of(texture(2), 6.0, speckle=2), EXACT)
    assert flagged(vectors, GOOD).sum() <= 0.01 * vectors.sizes["vector"]
    assert flagged(vectors, REJECTED).any()


@compiled
@pytest.mark.parametrize("which", [0, 1])
def test_a_scene_that_is_all_land_gives_no_vectors_and_says_so(first, second, which):
    pair = [first, second]
    pair[which] = pair[which].copy()
    pair[which]["valid"] = xr.zeros_like(pair[which]["valid"])
    vectors = track_pair(*pair, EXACT)
    flag = vectors["quality_flag"].values
    assert np.isin(flag, [NO_DATA, OUTSIDE]).all()
    assert (flag == NO_DATA).sum() > 200
    for name in ("dx", "dy", "variance_x", "variance_y", "covariance_xy"):
        assert np.isnan(vectors[name].values).all()
    assert np.isnat(vectors["stop_time"].values).all()


@compiled
def test_masked_land_gets_no_vectors_and_leaves_those_beside_it_as_they_are(first, ice):
    later = scene_of(ice, 6.0, turned(0.0, 400.0, 240.0), speckle=5)
    whole = scene_of(ice, 0.0, speckle=6)
    cut = whole.copy()
    cut["valid"] = cut["valid"].copy()
    cut["valid"][:, :120] = False
    vectors = track_pair(cut, later, EXACT)
    edge = MIDDLE[0] + (120 - 159.5) * PIXEL
    inland = vectors["x0"].values < edge - PIXEL
    assert (vectors["quality_flag"].values[inland] >= NO_DATA).all()
    off = np.hypot(*errors(vectors, np.array([400.0, 240.0])).T)
    beside = (vectors["quality_flag"].values == GOOD) & (vectors["x0"].values < edge + 1_500.0)
    assert beside.sum() >= 10
    assert np.median(off[beside]) < 0.3 * PIXEL


@compiled
def test_ice_at_rest_stays_where_it_is(ice):
    vectors = track_pair(
        scene_of(ice, 0.0, speckle=7), scene_of(ice, 24.0, still, speckle=8), EXACT
    )
    good = flagged(vectors, GOOD)
    assert np.abs(np.median(errors(vectors, np.zeros(2))[good], axis=0)).max() < 0.05 * PIXEL


@compiled
@pytest.mark.parametrize(("hours", "bound"), [(6.6, 12.0), (48.0, 40.0)])
def test_ice_of_a_simulated_world_is_followed_to_metres(tmp_path, hours, bound):
    plan = small_plan(seed=19, extent=30_000.0)
    world = build_world(plan.world)
    later = plan.world.epoch + np.timedelta64(round(hours * 3600), "s")
    views = plan.scenes[0], replace(plan.scenes[1], time=later)
    pair = [
        open_product(write_scene(tmp_path, surface_of(world), plan.world.epoch, view, i, 2, False))
        for i, view in enumerate(views)
    ]
    vectors = track_pair(*pair, EXACT)
    place = vectors["x0"].values, vectors["y0"].values
    off = errors(vectors, np.column_stack(displacement(world, *place, 0.0, 3600.0 * hours)))
    good = flagged(vectors, GOOD)
    length = np.hypot(*off[good].T)
    assert good.sum() > 200
    assert np.median(length) < bound  # m; the first is 0.3 pixels of 40 m
    assert np.mean(length > 300.0) < 0.02
    inside = np.einsum("ni,nij,nj->n", off, np.linalg.inv(covariance_of(vectors)), off) <= WITHIN_68
    assert 0.5 < inside[good].mean() < 0.85


def test_pairs_that_are_none_are_refused(first, second):
    with pytest.raises(ValueError, match="at the same time"):
        track_pair(first, first)
    with pytest.raises(ValueError, match="give the earlier scene first"):
        track_pair(second, first)


def places(size: int = 12) -> np.ndarray:
    return np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1).reshape(-1, 2) * 10.0


def test_one_wrong_vector_stands_out_in_turning_ice():
    place = places()
    move = place @ np.array([[0.0, 0.3], [-0.3, 0.0]])
    move += np.random.default_rng(1).normal(0.0, 0.3, place.shape)
    move[70] += (6.0, -4.0)
    unlike = unlikeness(compare(place, move, 0.3), 0.3)
    assert unlike[70] > 4.0
    assert np.delete(unlike, 70).max() < 4.0


def test_both_sides_of_a_slip_line_agree_with_their_own():
    place = places()
    move = np.where(place[:, :1] > 55.0, (20.0, 0.0), (0.0, 0.0))
    move += np.random.default_rng(2).normal(0.0, 0.3, place.shape)
    unlike = unlikeness(compare(place, move, 0.3), 0.3)
    assert np.mean(unlike < 2.0) > 0.95


def test_vectors_without_neighbours_cannot_be_compared():
    place = places(3)
    move = np.full(place.shape, np.nan)
    move[:3] = 1.0
    assert np.isnan(compare(place, move, 0.5).off).all()


def test_errors_that_neighbours_share_show_against_vectors_further_off():
    noise = np.random.default_rng(4).normal(0.0, 1.0, (30, 30, 2))
    shared = sum(np.roll(noise, (i, j), (0, 1)) for i in range(3) for j in range(3)).reshape(-1, 2)
    near, far = (np.median(compare(places(30), shared, 0.1, n).scatter) for n in (8, 24))
    assert far > 1.2 * near


def test_the_noise_of_matching_is_not_taken_for_deformation():
    rng = np.random.default_rng(3)
    place = places(40)
    variance = np.full(len(place), 0.25)
    compared = partial(compare, place, noise=0.1)
    quiet, noisy = (
        np.median(deformation_variance(compared(rng.normal(0.0, s, place.shape)), variance, 5.0))
        for s in (0.45, 2.0)
    )
    assert quiet < 0.1
    # Vectors differ by 2 where matching explains 0.5: within the patch, half as wide as they
    # are apart, the share of it that the fit gives.
    assert noisy > 1.0
