"""The methods: what each must do on fields whose truth is known, and what they have in common."""

import numpy as np
import pytest
from freeboard_fields import make_field
from scipy.spatial import cKDTree

from iceco.models.densify.cross_validation import residuals, score
from iceco.models.densify.fields import LEVELS, gaussian_field, select
from iceco.models.densify.kriging import external_drift, linear, optimal_interpolation
from iceco.models.densify.mapping import map_freeboard
from iceco.models.densify.methods import METHODS, NETWORK, PREFERRED, WITHOUT_IMAGE
from iceco.models.densify.nearest import nearest
from iceco.models.densify.representativeness import representative
from iceco.models.densify.segments import segment_mean


@pytest.fixture(scope="module")
def made():
    return make_field(seed=6, rows=40, columns=40)


def rmse(field, truth):
    return np.sqrt(np.mean((field.mean - truth) ** 2))


def without_image(cells, which):
    covariates = cells.covariates.copy()
    covariates[which] = np.nan
    return cells._replace(covariates=covariates)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_gives_rising_quantiles_and_positive_spread_for_every_cell(name, made):
    field = METHODS[name](made.points, made.cells)
    assert field.mean.shape == field.sigma.shape == (1600,)
    assert field.quantiles.shape == (5, 1600)
    assert all(values.dtype == np.float32 for values in field)
    assert (field.sigma > 0).all()
    assert (np.diff(field.quantiles, axis=0) >= 0).all()
    assert np.isfinite(field.mean).all()


@pytest.mark.parametrize("name", METHODS)
def test_every_method_adds_what_is_added_to_all_observations(name, made):
    higher = made.points._replace(freeboard=made.points.freeboard + 1.0)
    difference = (
        METHODS[name](higher, made.cells).mean - METHODS[name](made.points, made.cells).mean
    )
    np.testing.assert_allclose(difference, 1.0, atol=0.02)


def test_nearest_takes_the_nearest_and_is_less_sure_with_distance(made):
    field = nearest(made.points, made.cells)
    place = np.stack([made.points.x, made.points.y], axis=-1)
    distance, index = cKDTree(place).query(np.stack([made.cells.x, made.cells.y], axis=-1))
    np.testing.assert_allclose(field.mean, made.points.freeboard[index], rtol=1e-6)
    order = np.argsort(distance)
    assert (np.diff(field.sigma[order]) >= -1e-6).all()


def test_a_noise_free_linear_law_is_found_by_regression(made):
    exact = 0.2 + 0.03 * (made.cells.covariates[:, 0] + 25.0)
    seen = 0.2 + 0.03 * (made.points.covariates[:, 0] + 25.0)
    points = made.points._replace(
        freeboard=seen.astype(float), uncertainty=np.full(seen.size, 1e-3)
    )
    np.testing.assert_allclose(linear(points, made.cells).mean, exact, atol=5e-3)
    np.testing.assert_allclose(external_drift(points, made.cells).mean, exact, atol=5e-3)


def test_an_image_helps_where_it_goes_with_freeboard_and_does_no_harm_where_it_does_not():
    helped = make_field(seed=8, rows=50, columns=50, correlation=0.9)
    idle = make_field(seed=8, rows=50, columns=50, correlation=0.0)
    with_image, plain = (
        rmse(method(helped.points, helped.cells), helped.truth)
        for method in (external_drift, optimal_interpolation)
    )
    assert with_image < 0.8 * plain
    assert rmse(external_drift(idle.points, idle.cells), idle.truth) < 1.1 * rmse(
        optimal_interpolation(idle.points, idle.cells), idle.truth
    )


def test_cdf_mapping_gives_the_distribution_of_the_observations_in_the_order_of_the_image(made):
    field = METHODS["cdf"](made.points._replace(uncertainty=np.full(120, 1e-4)), made.cells)
    order = np.argsort(made.cells.covariates[:, 0])
    # 120 observations of at most 300 asked for: one curve everywhere, which cannot fall.
    assert (np.diff(field.mean[order]) >= -1e-6).all()
    # Two samples of about 120: their quantiles agree to some 10 % of the spread.
    middle = np.quantile(made.points.freeboard, [0.25, 0.5, 0.75])
    hv = made.points.covariates[:, 0]
    at = np.interp(np.quantile(hv, [0.25, 0.5, 0.75]), np.sort(made.cells.covariates[:, 0]),
                   field.mean[order])  # fmt: skip
    np.testing.assert_allclose(at, middle, atol=0.15 * made.points.freeboard.std())


def test_noise_does_not_widen_what_cdf_mapping_gives():
    noisy = make_field(seed=3, rows=80, columns=40, sigma=0.15)
    field = METHODS["cdf"](noisy.points, noisy.cells)
    assert field.mean.std() == pytest.approx(noisy.truth.std(), rel=0.35)
    assert field.mean.std() < 0.8 * noisy.points.freeboard.std()


def test_segments_of_unlike_ice_keep_their_own_means(made):
    bright = made.cells.x > made.cells.x.mean()
    covariates = made.cells.covariates.copy()
    covariates[:, 0] = np.where(bright, -18.0, -28.0)
    covariates[:, 1:] = 0.0
    seen = made.points.x > made.cells.x.mean()
    points = made.points._replace(
        freeboard=np.where(seen, 0.4, 0.1), uncertainty=np.full(seen.size, 0.01),
        covariates=np.where(seen, -18.0, -28.0)[:, None].astype(np.float32) * [1, 0, 0, 0, 0],
    )  # fmt: skip
    field = segment_mean(points, made.cells._replace(covariates=covariates))
    np.testing.assert_allclose(field.mean, np.where(bright, 0.4, 0.1), atol=1e-3)


def test_a_segment_without_points_takes_those_that_look_alike(made):
    left = select(made.points, made.points.track == 0)
    field = segment_mean(left, made.cells)
    assert np.isfinite(field.mean).all()
    assert field.mean.min() >= left.freeboard.min() - 1e-6
    assert field.mean.max() <= left.freeboard.max() + 1e-6


def test_calibrated_intervals_cover_the_truth_as_often_as_they_say():
    inside, outside, count = 0, 0, 0
    for seed in range(4):
        made = make_field(seed=20 + seed, rows=40, columns=40, length=6000.0)
        field = map_freeboard(made.points, made.cells, "ked").field
        inside += int(
            ((made.truth >= field.quantiles[1]) & (made.truth <= field.quantiles[3])).sum()
        )
        outside += int(
            ((made.truth < field.quantiles[0]) | (made.truth > field.quantiles[4])).sum()
        )
        count += made.truth.size
    # 6400 cells are some 150 independent ones: 4 % of sampling error, and as much of the law's.
    assert inside / count == pytest.approx(0.68, abs=0.10)
    assert outside / count == pytest.approx(0.10, abs=0.06)


def test_auto_takes_kriging_with_the_image_where_it_helps_and_says_what_it_tried():
    made = make_field(seed=12, rows=60, columns=40, correlation=0.85)
    mapped = map_freeboard(made.points, made.cells)
    assert mapped.method == "ked"
    assert mapped.scores.keys() == METHODS.keys()
    assert {*PREFERRED, NETWORK} == METHODS.keys()


def test_without_scenes_only_methods_that_need_none_are_tried(made):
    blind_points = made.points._replace(covariates=np.empty((120, 0), np.float32))
    blind_cells = made.cells._replace(covariates=np.empty((1600, 0), np.float32), names=())
    mapped = map_freeboard(blind_points, blind_cells)
    assert set(mapped.scores) == set(WITHOUT_IMAGE)
    with pytest.raises(ValueError, match="ked needs SAR scenes"):
        map_freeboard(blind_points, blind_cells, "ked")


def test_cells_that_no_scene_saw_are_interpolated_and_marked(made):
    dark = made.cells.y > 60_000.0
    mapped = map_freeboard(made.points, without_image(made.cells, dark), "ked")
    np.testing.assert_array_equal(mapped.without_image, dark)
    assert np.isfinite(mapped.field.mean).all()


def test_an_unknown_method_and_too_few_observations_are_refused(made):
    with pytest.raises(ValueError, match="no method 'spline'"):
        map_freeboard(made.points, made.cells, "spline")
    with pytest.raises(ValueError, match="too few"):
        map_freeboard(select(made.points, np.arange(9)), made.cells, "oi")


def test_the_score_of_a_perfect_forecast_is_what_its_spread_allows(made):
    found = residuals(optimal_interpolation, made.points, made.cells)
    rng = np.random.default_rng(0)
    sigma = np.full(found.sigma.size, 0.1)
    drawn = found._replace(
        sigma=sigma, noise=np.full(sigma.size, 1e-9),
        difference=0.1 * rng.standard_normal(sigma.size),
        weight=np.full(sigma.size, 1.0 / sigma.size),
    )  # fmt: skip
    told = score(drawn)
    # The CRPS of a normal distribution that is right is sigma / sqrt(pi).
    assert told.crps == pytest.approx(0.1 / np.sqrt(np.pi), rel=0.15)
    assert told.factor == pytest.approx(1.0, abs=0.15)
    assert told.coverage_68 == pytest.approx(0.683, abs=0.06)


def test_what_a_line_misses_of_a_cell_counts_as_its_error():
    made = make_field(seed=9, rows=200, columns=20, tracks=(0.2, 0.7), sigma=0.02)
    rough = made.points._replace(
        freeboard=made.points.freeboard + 0.08 * np.random.default_rng(1).standard_normal(400)
    )
    told = representative(rough, made.cells.names).uncertainty
    assert told[0] == pytest.approx(np.hypot(0.02, 0.08), rel=0.25)


def test_a_normal_field_has_normal_quantiles():
    field = gaussian_field(np.array([0.2]), np.array([0.01]))
    assert field.quantiles[LEVELS.index(0.50), 0] == pytest.approx(0.2)
    assert field.quantiles[LEVELS.index(0.84), 0] == pytest.approx(0.2 + 0.0994, abs=1e-3)
