"""The densification network: images of cells, what it expects, and what observations make of it."""

import numpy as np
import pytest
import torch
from freeboard_fields import NAMES, make_field
from scipy.spatial.distance import cdist

from iceco.models.densify.fields import select
from iceco.models.densify.gaussian_process import Law, predict
from iceco.models.densify.learned.conditioning import Believed, conditioned, doubted, trend_of
from iceco.models.densify.learned.images import image_of, put, put_backscatter, take
from iceco.models.densify.learned.method import expected, network_on
from iceco.models.densify.learned.model import SIMULATED, Model, open_model
from iceco.models.densify.learned.network import FIXED, Expectation, FreeboardNetwork, Prior, Sizes
from iceco.models.densify.learned.posterior import posterior

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def made():
    return make_field(seed=6, rows=30, columns=30, sea_level=0.02)


def new_model(made, seed=0, features=None):
    torch.manual_seed(seed)
    network = FreeboardNetwork(Sizes(len(NAMES), width=8, features=3))
    values = torch.from_numpy(made.cells.covariates)
    network.normalise_by(values.mean(0), values.std(0))
    if features is not None:
        with torch.no_grad():
            network.leave.weight.mul_(features)
            network.leave.bias[:-1].mul_(features)
    return Model(network.eval(), NAMES, "")


def some_problem(n=40, cells=25, columns=3, seed=2):
    """Observations and places with any basis, a law and what is believed."""
    rng = np.random.default_rng(seed)
    points = select(make_field(seed=seed, sea_level=0.03).points, slice(0, 2 * n, 2))
    basis = np.column_stack([np.ones(n), rng.standard_normal((n, columns - 1))])
    places = rng.uniform(0.0, 100_000.0, (cells, 2))
    place_basis = np.column_stack([np.ones(cells), rng.standard_normal((cells, columns - 1))])
    root = np.tril(rng.standard_normal((columns, columns)))
    believed = Believed(rng.standard_normal(columns), root @ root.T, Law(1.0, 9_000.0, 0.2))
    return points, basis, places, place_basis, believed


def plain_posterior(points, basis, places, place_basis, believed):
    """The same by the formulas of a Gaussian with all covariances written out."""
    law = believed.law

    def covariance(one, other, one_basis, other_basis):
        scaled = np.sqrt(3.0) * cdist(one, other) / law.length_m
        field = law.variance * (1.0 + scaled) * np.exp(-scaled)
        return field + one_basis @ believed.covariance @ other_basis.T

    seen = np.stack([points.x, points.y], axis=-1)
    of_points = covariance(seen, seen, basis, basis)
    for i in range(len(seen)):
        for j in range(len(seen)):
            if points.track[i] == points.track[j]:
                of_points[i, j] += points.shared_uncertainty[i] * points.shared_uncertainty[j]
        of_points[i, i] += points.uncertainty[i] ** 2 + law.nugget
    across = covariance(places, seen, place_basis, basis)
    before = covariance(places, places, place_basis, place_basis)
    gain = across @ np.linalg.inv(of_points)
    mean = place_basis @ believed.mean + gain @ (points.freeboard - basis @ believed.mean)
    return mean, np.diag(before - gain @ across.T) + law.nugget


def test_conditioning_is_that_of_a_gaussian_with_all_covariances_written_out():
    problem = some_problem()
    mean, variance = conditioned(*problem, 2_000.0)
    slow_mean, slow_variance = plain_posterior(*problem)
    np.testing.assert_allclose(mean, slow_mean, atol=1e-4)
    np.testing.assert_allclose(variance, slow_variance, atol=1e-4)


def test_what_the_training_sees_is_what_the_map_has():
    points, basis, places, place_basis, believed = some_problem()
    spread, place_spread = np.full(40, 0.5), np.full(25, 2.0)
    told = Expectation(
        torch.from_numpy(np.concatenate([basis, place_basis]))[None, None],
        torch.from_numpy(np.concatenate([spread, place_spread]))[None, None],
    )
    prior = Prior(
        torch.from_numpy(believed.mean),
        torch.from_numpy(np.linalg.cholesky(believed.covariance)),
        torch.tensor(believed.law.length_m),
        torch.tensor(believed.law.nugget),
    )
    batch = {
        "cell": np.arange(40), "x": points.x, "y": points.y, "freeboard": points.freeboard,
        "variance": points.uncertainty**2, "shared": points.shared_uncertainty,
        "track": points.track, "target_cell": np.arange(40, 65), "target_x": places[:, 0],
        "target_y": places[:, 1],
    }  # fmt: skip
    mean, sigma = posterior(told, prior, {k: torch.from_numpy(v)[None] for k, v in batch.items()})
    own = points._replace(
        freeboard=points.freeboard / 0.5, uncertainty=points.uncertainty / 0.5,
        shared_uncertainty=points.shared_uncertainty / 0.5,
    )  # fmt: skip
    slow_mean, slow_variance = plain_posterior(
        own, basis / 0.5, places, place_basis / 2.0, believed
    )
    np.testing.assert_allclose(mean[0], 2.0 * slow_mean, atol=1e-3)
    np.testing.assert_allclose(sigma[0], 2.0 * np.sqrt(slow_variance), atol=1e-3)


def test_a_vague_belief_is_kriging_with_a_trend():
    points, basis, places, place_basis, believed = some_problem(n=90)
    vague = believed._replace(covariance=1e6 * np.eye(3))
    mean, variance = conditioned(points, basis, places, place_basis, vague, 2_000.0)
    kriged = predict(points, basis, places, place_basis, believed.law, 2_000.0)
    np.testing.assert_allclose(mean, kriged[0], atol=1e-3)
    np.testing.assert_allclose(variance, kriged[1], rtol=1e-3)


def test_a_firm_belief_is_not_moved_by_observations():
    points, basis, _, _, believed = some_problem()
    trend = trend_of(points, basis, believed._replace(covariance=1e-10 * np.eye(3)))
    np.testing.assert_allclose(trend.coefficients, believed.mean, atol=1e-6)


def test_a_network_without_features_is_kriging_with_hv_as_external_drift(made):
    model = new_model(made, features=0.0)
    with torch.no_grad():
        model.network.coefficient_root.diagonal().fill_(3.0)  # nothing is believed of coefficients
    field = network_on(made.cells, model)(made.points, made.cells)
    basis, spread, believed = expected(made.cells, model)
    assert np.ptp(spread) == 0.0
    law = Law(spread[0] ** 2, believed.law.length_m, believed.law.nugget * spread[0] ** 2)
    which = np.array([
        np.flatnonzero((made.cells.x == x) & (made.cells.y == y))[0]
        for x, y in zip(made.points.x, made.points.y, strict=True)
    ])  # fmt: skip
    places = np.stack([made.cells.x, made.cells.y], axis=-1)
    columns = basis[:, :FIXED]
    mean, variance = predict(made.points, columns[which], places, columns, law, 2_000.0)
    np.testing.assert_allclose(field.mean, mean, atol=2e-4)
    np.testing.assert_allclose(field.sigma, np.sqrt(variance), atol=2e-4)


def test_far_from_all_observations_there_is_what_was_expected(made):
    model = new_model(made)
    points = made.points._replace(x=made.points.x + 1e7, uncertainty=np.full(90, 1e4))
    field = network_on(made.cells, model)(points, made.cells)
    basis, spread, believed = expected(made.cells, model)
    np.testing.assert_allclose(field.mean, basis @ believed.mean, atol=1e-5)
    before = np.einsum("ij,jk,ik->i", basis, believed.covariance, basis)
    nugget = believed.law.nugget
    np.testing.assert_allclose(field.sigma**2, before + spread**2 * (1.0 + nugget), rtol=1e-3)


def test_observations_without_noise_are_honoured_but_for_the_nugget(made):
    model = new_model(made)
    with torch.no_grad():
        model.network.log_nugget.fill_(-20.0)
    sure = made.points._replace(uncertainty=np.full(90, 1e-5), shared_uncertainty=np.zeros(90))
    field = network_on(made.cells, model)(sure, made.cells)
    distance = cdist(np.stack([made.cells.x, made.cells.y], 1), np.stack([sure.x, sure.y], 1))
    at = distance.min(axis=1) == 0.0
    np.testing.assert_allclose(
        field.mean[at], sure.freeboard[distance[at].argmin(axis=1)], atol=2e-3
    )
    assert field.sigma[at].max() < 0.2 * field.sigma[~at].mean()


def test_turning_the_plane_turns_the_answer(made):
    model = new_model(made)
    told = network_on(made.cells, model)(made.points, made.cells)

    def turned(places, angle):
        place = (places.x + 1j * places.y) * np.exp(1j * angle)
        return places._replace(x=place.real, y=place.imag)

    for angle in (np.pi / 2, 0.3):
        cells = turned(made.cells, angle)
        again = network_on(cells, model)(turned(made.points, angle), cells)
        np.testing.assert_allclose(again.mean, told.mean, atol=3e-3)


def test_cells_come_back_from_their_image_in_any_order_and_with_gaps():
    rng = np.random.default_rng(1)
    y, x = np.meshgrid(2_000.0 * np.arange(40), 2_000.0 * np.arange(25), indexing="ij")
    there = rng.permutation(np.flatnonzero(rng.random(x.size) > 0.2))
    place = (x.ravel()[there] + 1j * y.ravel()[there]) * np.exp(0.6j) + (1e6 - 2e6j)
    image = image_of(place.real, place.imag)
    values = rng.standard_normal((there.size, 2))
    whole = put(image, values)
    assert sorted(image.shape) in ([25, 40], [26, 40], [25, 41], [26, 41])
    assert np.isfinite(whole[..., 0]).sum() == there.size
    np.testing.assert_array_equal(take(image, whole), values)


def test_fine_cells_are_averaged_to_the_size_that_the_network_knows():
    y, x = np.meshgrid(250.0 * np.arange(80), 250.0 * np.arange(80), indexing="ij")
    image = image_of(x.ravel(), y.ravel())
    assert image.coarser
    assert max(image.shape) <= 11
    slope = (x + 2.0 * y).ravel()
    back = take(image, put(image, slope))
    middle = ((x > 2_000) & (x < 18_000) & (y > 2_000) & (y < 18_000)).ravel()
    np.testing.assert_allclose(back[middle], slope[middle], atol=400.0)


def test_a_missing_covariate_leaves_no_gap(made):
    model = new_model(made)
    covariates = made.cells.covariates.copy()
    covariates[:50, 3] = np.nan
    told = expected(made.cells._replace(covariates=covariates), model)
    assert np.isfinite(told.basis).all()
    assert np.isfinite(told.spread).all()


def test_a_node_of_fine_cells_has_the_backscatter_and_texture_of_all_their_pixels():
    rng = np.random.default_rng(3)
    pixels = rng.gamma(2.0, 0.01, (64, 64, 25))  # cells of 250 m, each of 25 pixels
    mean, square = pixels.mean(-1), (pixels**2).mean(-1)
    texture = np.sqrt(square / mean**2 - 1.0)
    flat = [10.0 * np.log10(mean), 10.0 * np.log10(2.0 * mean), 0.5 + 0.0 * mean, texture, texture]
    covariates = np.stack(flat, axis=-1).reshape(-1, 5)
    y, x = np.meshgrid(250.0 * np.arange(64), 250.0 * np.arange(64), indexing="ij")
    image = image_of(x.ravel(), y.ravel())
    nodes = put_backscatter(image, covariates, NAMES)
    row, column = np.rint(image.row).astype(int), np.rint(image.column).astype(int)
    inside = pixels.reshape(-1, 25)[(row == 3) & (column == 4)]
    assert len(inside) == 64
    hv, hh, ratio, hv_texture, hh_texture = nodes[3, 4]
    assert hv == pytest.approx(10.0 * np.log10(inside.mean()))
    assert hv_texture == pytest.approx(inside.std() / inside.mean())
    assert hh_texture == pytest.approx(hv_texture)
    assert ratio == pytest.approx(0.5)
    assert hh - hv == pytest.approx(10.0 * np.log10(2.0))


def test_observations_of_another_level_than_was_believed_are_followed(made):
    model = new_model(made)
    with torch.no_grad():
        model.network.coefficient_root[0, 0] = np.log(0.02)
    method = network_on(made.cells, model)
    told = method(made.points, made.cells).mean
    for offset in (-2.0, 1.0):
        higher = made.points._replace(freeboard=made.points.freeboard + offset)
        np.testing.assert_allclose(method(higher, made.cells).mean - told, offset, atol=0.03)


def test_beliefs_stand_unless_observations_speak_strongly_against_them():
    rng = np.random.default_rng(5)
    law, spread = Law(1.0, 3_000.0, 0.1), np.full(60, 0.05)
    points = select(make_field(seed=2).points, slice(0, 180, 3))
    basis = np.ones((60, 1)) / spread[:, None]
    believed = Believed(np.array([0.2]), np.array([[0.01**2]]), law)
    outcomes = []
    for offset in (0.0, 0.0, 0.0, 0.0, 0.0, 0.2, -0.2):
        process = 0.05 * rng.standard_normal(60)
        seen = points._replace(freeboard=(0.2 + offset + process) / spread)
        outcomes.append(doubted(seen, basis, spread, believed).covariance[0, 0] > 0.01**2)
    assert outcomes == [False] * 5 + [True] * 2


def test_the_model_that_comes_with_iceco_opens_is_small_and_follows_its_observations(made):
    assert sum(file.stat().st_size for file in SIMULATED.iterdir()) < 1_000_000
    field = network_on(made.cells, open_model())(made.points, made.cells)
    assert np.isfinite(field.mean).all()
    level = made.points.freeboard.mean()
    assert abs(field.mean.mean() - level) < 0.05
    assert (field.sigma > 0.005).all()
    assert (field.sigma < 0.3).all()
