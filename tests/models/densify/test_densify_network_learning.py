"""Training the densification network: what examples are, and what is learnt from them."""

import numpy as np
import pytest
import torch
from freeboard_fields import NAMES, make_field

from iceco.models.densify.learned import learn, worlds
from iceco.models.densify.learned.evaluate import judged
from iceco.models.densify.learned.examples import (
    NOISE,
    Examples,
    batch_of,
    draw,
    usable,
)
from iceco.models.densify.learned.learn import loss, new_network, teach
from iceco.models.densify.learned.model import Model, open_model
from iceco.models.densify.learned.posterior import posterior
from iceco.models.densify.learned.worlds import World, open_worlds
from iceco.models.training.loop import Fitting

pytestmark = pytest.mark.usefixtures("one_thread")

SIDE = 16


def make_world(seed, true=True, tracks=(0.1, 0.4, 0.8), bent=0.0):
    """A made-up world; ``bent`` makes freeboard go with the square of HV as well."""
    made = make_field(seed=seed, rows=SIDE, columns=SIDE, tracks=tracks, correlation=0.8)
    shape = (SIDE, SIDE)
    square = bent * ((made.cells.covariates[:, 0] + 25.0) / 2.0) ** 2
    truth = (made.truth + square).astype(np.float32)
    x, y = made.cells.x.reshape(shape), made.cells.y.reshape(shape)
    cell = np.rint(made.points.y / 2e3).astype(np.int64) * SIDE
    cell += np.rint(made.points.x / 2e3).astype(np.int64)
    size = cell.size
    return World(
        f"scene {seed}", f"2024-03-{1 + seed:02d}", made.cells.covariates.reshape(*shape, -1),
        np.zeros(shape, np.float32), x, y,
        truth.reshape(shape) if true else np.full(shape, np.nan, np.float32),
        {
            "x": made.points.x, "y": made.points.y, "cell": cell, "track": made.points.track,
            "freeboard": truth[cell].astype(np.float64), "records": np.full(size, 6),
            "scatter": np.zeros(size), "uncertainty": np.full(size, 0.0 if true else 0.03),
            "shared_uncertainty": np.full(size, 0.0 if true else 0.02),
            "position_sigma_m": np.zeros(size),
        },
    )  # fmt: skip


def test_all_cells_of_a_simulated_world_are_targets_and_truth_has_no_noise():
    world = make_world(1)
    drawn = draw(world, np.random.default_rng(0))
    assert drawn.target.size == SIDE**2
    np.testing.assert_array_equal(drawn.target, world.truth.ravel()[drawn.target_cell])
    assert (drawn.target_variance == 0).all()


def test_observations_are_drawn_with_the_noise_they_are_said_to_have():
    world = make_world(2)
    rng = np.random.default_rng(1)
    draws = [draw(world, rng) for _ in range(300)]
    noise = np.concatenate([d.freeboard - world.truth.ravel()[d.cell] for d in draws])
    told = np.concatenate([np.sqrt(d.variance + d.shared**2) for d in draws])
    # What lines miss of a cell is told too, but here, where records are the cell, not made.
    assert np.sqrt(np.mean(noise**2)) < np.sqrt(np.mean(told**2))
    assert np.sqrt(np.mean(noise**2)) > NOISE[0] / np.sqrt(6.0)
    assert abs(noise.mean()) < 4.0 * 0.03 / np.sqrt(300)
    assert {np.unique(d.track).size for d in draws} == {1, 2, 3}


def test_in_a_real_world_one_track_is_held_out_whole_with_its_noise():
    world = make_world(3, true=False)
    rng = np.random.default_rng(2)
    for _ in range(20):
        drawn = draw(world, rng)
        held = np.unique(
            world.observed["track"][np.isin(world.observed["cell"], drawn.target_cell)]
        )
        assert held.size == 1
        assert held[0] not in drawn.track
        np.testing.assert_allclose(drawn.target_variance, 0.03**2 + 0.02**2)


def test_a_turned_image_keeps_cells_and_covariates_together():
    world = make_world(4)
    cropped = world._replace(
        covariates=world.covariates[:, :10], lead_probability=world.lead_probability[:, :10],
        x=world.x[:, :10], y=world.y[:, :10], truth=world.truth[:, :10],
    )  # fmt: skip
    inside = world.observed["cell"] % SIDE < 10
    observed = {name: values[inside] for name, values in world.observed.items()}
    observed["cell"] = observed["cell"] // SIDE * 10 + observed["cell"] % SIDE
    cropped = cropped._replace(observed=observed)
    hh = cropped.covariates[..., 2].ravel()  # a ratio, whose level is not shifted
    truth = cropped.truth.ravel()
    for seed in range(8):
        batch = batch_of([cropped], np.random.default_rng(seed), True)
        image = batch["covariates"][0, ..., 2].ravel()
        got = image[batch["target_cell"][0]].numpy()
        of_truth = dict(zip(truth, hh, strict=True))
        assert [of_truth[t] for t in batch["target"][0].numpy()] == pytest.approx(got)


def test_what_fills_a_batch_changes_nothing():
    one, other = make_world(5), make_world(6, tracks=(0.2, 0.3, 0.4, 0.6, 0.9))
    network = new_network([one], 0).eval()

    def told(worlds_of_batch, row):
        batch = batch_of(worlds_of_batch, np.random.default_rng(3), False)
        expectation = network(batch["covariates"], batch["lead_probability"])
        mean, sigma = posterior(expectation, network.prior(), batch)
        size = int(batch["target"][row].isfinite().sum())
        order = batch["target_cell"][row, :size].argsort()
        return mean[row, :size][order], sigma[row, :size][order], batch["variance"].shape

    alone, _, few = told([one], 0)
    for beside in (make_world(7), other):
        mean, _, size = told([one, beside], 0)
        torch.testing.assert_close(mean, alone, atol=1e-6, rtol=1e-6)
    assert size >= few


def test_a_world_without_enough_tracks_teaches_nothing():
    assert usable(make_world(1))
    assert usable(make_world(1, tracks=(0.5,)))
    assert not usable(make_world(1, true=False, tracks=(0.5,)))
    blind = make_world(1)
    assert not usable(blind._replace(covariates=np.full_like(blind.covariates, np.nan)))


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A network trained on worlds in which freeboard goes with the square of HV."""
    place = tmp_path_factory.mktemp("taught")
    some = [make_world(seed, bent=0.1) for seed in range(16)]
    fitting = Fitting(epochs=25, batch=4, learning_rate=5e-3, patience=25, device="cpu")
    card = teach(some, {}, place / "model", fitting)
    return place / "model", card


def test_what_no_line_can_follow_is_learnt(taught):
    folder, _ = taught
    scores = judged([make_world(seed, bent=0.1) for seed in range(20, 26)], open_model(folder))
    far = {name: {told["from_m"]: told for told in bins} for name, bins in scores.items()}
    assert far["network"][5000.0]["rmse"] < 0.8 * far["ked"][5000.0]["rmse"]
    assert 0.5 < far["network"][5000.0]["coverage_68"] < 0.85


def test_the_card_says_what_was_done(taught):
    _, card = taught
    assert card["kind"] == "freeboard between tracks"
    assert card["options"]["covariates"] == list(NAMES)
    parts = [set(card["split"][part]) for part in ("training", "validation", "test")]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 16
    assert {"network", "ked"} == set(card["scores"]["test"])


def test_a_training_gives_the_same_weights_when_interrupted(tmp_path, monkeypatch):
    some = [make_world(seed) for seed in range(4)]
    fitting = Fitting(epochs=3, batch=2, patience=5, device="cpu")
    whole = teach(some, {}, tmp_path / "whole", fitting)
    calls = []

    def stopping(network, batch):
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return loss(network, batch)

    monkeypatch.setattr(learn, "loss", stopping)
    with pytest.raises(KeyboardInterrupt):
        teach(some, {}, tmp_path / "halved", fitting)
    monkeypatch.setattr(learn, "loss", loss)
    halved = teach(some, {}, tmp_path / "halved", fitting, resume=True)
    assert halved["sha256"] == whole["sha256"]


def test_it_learns_from_tracks_held_out_where_nothing_is_known_of_cells():
    some = [make_world(seed, true=False) for seed in range(4)]
    network = new_network(some, 0)
    with torch.no_grad():
        network.leave.bias[-1] = np.log(0.5)  # much wider than the ice
    rate = torch.optim.Adam(network.parameters(), 2e-2)
    examples = Examples(some, 4)

    def validated():
        network.eval()
        with torch.no_grad():
            return np.mean([float(loss(network, batch)[0]) for batch in examples.in_order()])

    before = validated()
    network.train()
    for epoch in range(15):
        for batch in examples.shuffled(epoch, np.random.default_rng(epoch)):
            rate.zero_grad()
            loss(network, batch)[0].backward()
            rate.step()
    assert validated() < before - 0.5


def test_a_damaged_card_is_refused(taught, tmp_path):
    folder, _ = taught
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "weights.safetensors").write_bytes((folder / "weights.safetensors").read_bytes())
    text = (folder / "card.json").read_text()
    for wrong, sentence in (
        (text.replace('"sigma0_hv_db"', '"smell"', 1), "which this iceco"),
        (text.replace('"width": 32', '"width": -1'), "make no network"),
        (text.replace('"sizes"', '"shapes"'), "lacks options"),
    ):
        (copy / "card.json").write_text(wrong)
        with pytest.raises(ValueError, match=sentence):
            open_model(copy)


def test_simulated_worlds_have_the_mean_of_their_ice_in_each_cell(demo_world, tmp_path):
    folder = demo_world.truth.parents[1]
    (world,), sums = open_worlds([folder], tmp_path, 1)
    assert list(sums.values()) == [demo_world.truth.name]
    seen = np.isfinite(world.covariates).all(axis=-1)
    both = seen & np.isfinite(world.truth)
    assert both.sum() > 200
    observed = world.observed
    # A line through a cell tells of the cell: they agree within what varies in one.
    inside = np.isfinite(world.truth.ravel()[observed["cell"]]) & (observed["records"] > 4)
    apart = (observed["freeboard"] - world.truth.ravel()[observed["cell"]])[inside]
    assert np.abs(apart.mean()) < 0.03
    assert apart.std() < 0.1
    near = np.hypot(
        observed["x"] - world.x.ravel()[observed["cell"]],
        observed["y"] - world.y.ravel()[observed["cell"]],
    )
    assert near.max() < 1_450.0

    def forbidden(*words):
        raise AssertionError

    again = worlds.scene_covariates
    worlds.scene_covariates = forbidden
    try:
        (cached,), _ = open_worlds([folder], tmp_path, 1)
    finally:
        worlds.scene_covariates = again
    np.testing.assert_array_equal(cached.covariates, world.covariates)


def test_an_untrained_model_is_as_wide_as_it_says():
    some = [make_world(seed) for seed in range(6)]
    model = Model(new_network(some, 0).eval(), NAMES, "")
    for bins in judged(some, model).values():
        assert all(0.3 < told["coverage_68"] < 1.0 for told in bins)
