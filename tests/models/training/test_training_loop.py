"""The training loop: it learns, goes on where it was, and keeps the best."""

import json
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch import nn

from iceco.models.training import checkpoints
from iceco.models.training.checkpoints import CHECKPOINT, discard
from iceco.models.training.locks import alone
from iceco.models.training.loop import Fitting, device_of, fit, seeded

SIZE, ROWS = 4, 256
FITTING = Fitting(epochs=4, batch=16, learning_rate=1e-2, patience=4, seed=3, device="cpu")


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def toy(seed=0):
    """Rows of numbers and a straight function of them with a little noise."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(ROWS, SIZE)).astype(np.float32)
    y = x @ np.arange(1.0, SIZE + 1.0, dtype=np.float32) + 0.1 * random.normal(size=ROWS)
    return x, y.astype(np.float32)


def network():
    """A net with all that has a state of its own: chance, running means, weights."""
    with seeded(7):
        return nn.Sequential(
            nn.Linear(SIZE, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 1)
        )


def squares(net, batch):
    return ((net(batch["x"])[:, 0] - batch["y"]) ** 2).mean(), float(len(batch["y"]))


def batches_of(data, size=16):
    def batches(epoch, random):
        for rows in random.permutation(ROWS).reshape(-1, size):
            yield {
                name: torch.from_numpy(each[rows]) for name, each in zip("xy", data, strict=True)
            }

    return batches


def validation_of(data):
    return lambda: batches_of(data)(0, np.random.default_rng(0))


def train(folder, fitting=FITTING, net=None, loss=squares, batches=None, **others):
    net = net or network()
    batches = batches or batches_of(toy())
    return net, fit(net, loss, batches, validation_of(toy(1)), fitting, folder, **others)


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.values(), other.values(), strict=True))


def interrupting(at_epoch, after_batches):
    """Batches whose making is interrupted once, as by Ctrl-C."""
    whole = batches_of(toy())

    def batches(epoch, random):
        for number, batch in enumerate(whole(epoch, random)):
            if epoch == at_epoch and number == after_batches:
                raise KeyboardInterrupt
            yield batch

    return batches


def test_a_straight_function_is_learnt_to_its_noise(tmp_path):
    fitting = FITTING._replace(epochs=15, patience=15, learning_rate=0.1)
    net, history = train(tmp_path, fitting, nn.Linear(SIZE, 1))
    assert torch.allclose(net.weight[0], torch.arange(1.0, SIZE + 1.0), atol=0.05)
    assert min(history.validation_loss) < 1.5 * 0.1**2
    assert len(history.training_loss) == len(history.validation_loss) <= 15


def test_the_network_ends_with_its_best_weights(tmp_path):
    fitting = FITTING._replace(epochs=12, learning_rate=0.3, patience=12)
    net, history = train(tmp_path, fitting)
    assert history.best_epoch == int(np.argmin(history.validation_loss)) < 11
    with torch.no_grad():
        losses = [float(squares(net, batch)[0]) for batch in validation_of(toy(1))()]
    assert np.mean(losses) == pytest.approx(min(history.validation_loss), rel=1e-6)
    assert not net.training


def test_training_ends_when_nothing_gets_better(tmp_path):
    def worse(net, batch):
        """Grows by the step where it is judged, and trains nothing."""
        worse.calls += not net.training
        return 0.0 * squares(net, batch)[0] + worse.calls, 1.0

    worse.calls = 0
    _, history = train(tmp_path, FITTING._replace(epochs=50, patience=3), loss=worse)
    assert history.best_epoch == 0
    assert len(history.validation_loss) == 4


@pytest.mark.parametrize(("epoch", "batches"), [(0, 3), (1, 0), (2, 5)])
def test_an_interrupted_training_goes_on_to_the_same_weights(tmp_path, epoch, batches):
    whole, history = train(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "broken", batches=interrupting(epoch, batches))
    torch.rand(5)  # what a caller draws meanwhile does not matter
    broken, resumed = train(tmp_path / "broken")
    assert same(whole.state_dict(), broken.state_dict())
    assert resumed[:3] == history[:3]


@pytest.mark.parametrize("name", ["write_tensors", "_write_json"])
@pytest.mark.parametrize("after", [False, True])
def test_a_checkpoint_broken_off_while_it_is_written_is_gone_on_from(
    tmp_path, monkeypatch, name, after
):
    whole, history = train(tmp_path / "whole")
    calls, really = [], getattr(checkpoints, name)

    def breaking(*given):
        calls.append(given)
        done = really(*given) if after or len(calls) != 3 else None
        if len(calls) == 3:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(checkpoints, name, breaking)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "broken")
    broken, resumed = train(tmp_path / "broken")
    assert same(whole.state_dict(), broken.state_dict())
    assert resumed[:3] == history[:3]
    assert len(list((tmp_path / "broken").glob("state-*"))) <= 2


def test_two_trainings_of_one_seed_are_the_same_and_of_two_are_not(tmp_path):
    first, second, other = (
        train(tmp_path / name, FITTING._replace(epochs=2, seed=seed))[0].state_dict()
        for name, seed in [("a", 1), ("b", 1), ("c", 2)]
    )
    assert same(first, second)
    assert not same(first, other)


def test_the_random_numbers_of_the_caller_stay_as_they_were(tmp_path):
    torch.manual_seed(5)
    undisturbed = torch.rand(4)
    torch.manual_seed(5)
    train(tmp_path, FITTING._replace(epochs=1))
    assert torch.equal(torch.rand(4), undisturbed)


def test_a_complete_training_is_not_repeated(tmp_path):
    net, history = train(tmp_path)

    def never(epoch, random):
        raise AssertionError

    again, told = train(tmp_path, batches=never)
    assert same(net.state_dict(), again.state_dict())
    assert told == history


def test_an_interrupted_training_remembers_its_best_epoch(tmp_path):
    x, y = toy(1)
    opposite = validation_of((x, -y))  # what is learnt makes it worse

    def trained(folder, batches):
        net = network()
        return net, fit(net, squares, batches, opposite, FITTING, tmp_path / folder)

    whole, history = trained("whole", batches_of(toy()))
    assert history.best_epoch == 0
    with pytest.raises(KeyboardInterrupt):
        trained("broken", interrupting(2, 1))
    broken, resumed = trained("broken", batches_of(toy()))
    assert same(whole.state_dict(), broken.state_dict())
    assert resumed[:3] == history[:3]


def test_only_the_last_and_the_best_state_are_kept(tmp_path):
    _, history = train(tmp_path, FITTING._replace(epochs=12, learning_rate=0.3, patience=12))
    states = {path.name for path in tmp_path.glob("state-*")}
    last = len(history.validation_loss) - 1
    assert states == {f"state-{epoch:04d}.safetensors" for epoch in {history.best_epoch, last}}
    assert not list(tmp_path.glob("*.part"))


def test_batches_weigh_as_they_say(tmp_path):
    def constant(net, batch):
        weight = float(batch["w"])
        return 0.0 * net.weight.sum() + 1.0 / weight, torch.tensor(weight)

    def batches(*_):
        return iter({"w": torch.tensor(w)} for w in (1.0, 2.0, 5.0))

    fitting = FITTING._replace(epochs=1)
    history = fit(nn.Linear(1, 1), constant, batches, batches, fitting, tmp_path)
    assert history.training_loss[0] == pytest.approx(3 / 8)  # (1 + 1 + 1) / (1 + 2 + 5)
    assert history.validation_loss[0] == pytest.approx(3 / 8)


def test_the_watcher_hears_of_batches_and_losses(tmp_path):
    heard = []

    @contextmanager
    def watch(what):
        yield lambda done, total: heard.append((what, done, total))

    _, history = train(tmp_path, FITTING._replace(epochs=2), watch=watch)
    count = ROWS // 16
    assert heard[0] == ("training, epoch 1 of 2", 1, 0)
    assert heard[-1][1:] == (count, count)
    assert heard[-1][0] == (
        f"training, epoch 2 of 2 (loss {history.training_loss[0]:.4f}, validation "
        f"{history.validation_loss[0]:.4f}, best {history.validation_loss[0]:.4f})"
    )


def test_a_training_with_other_settings_is_not_gone_on_with(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, batches=interrupting(1, 0), made_from={"data": "a"})
    with pytest.raises(ValueError, match=r"learning_rate 0.01, now 0.1\).*remove the folder"):
        train(tmp_path, FITTING._replace(learning_rate=0.1), made_from={"data": "a"})
    with pytest.raises(ValueError, match="made_from"):
        train(tmp_path, made_from={"data": "b"})
    with pytest.raises(ValueError, match="network"):
        train(tmp_path, net=nn.Linear(SIZE, 1), made_from={"data": "a"})


@pytest.mark.parametrize("damage", ["cut", "flipped", "removed", "no json", "other json"])
def test_damaged_checkpoints_are_told_of(tmp_path, damage):
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, batches=interrupting(1, 0))
    state, card = tmp_path / "state-0000.safetensors", tmp_path / CHECKPOINT
    content = state.read_bytes()
    if damage == "cut":
        state.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        state.write_bytes(content[:-5] + bytes([content[-5] ^ 1]) + content[-4:])
    elif damage == "removed":
        state.unlink()
    else:
        card.write_text("{" if damage == "no json" else json.dumps({"course": [], "settings": 1}))
    with pytest.raises(ValueError, match=rf"{tmp_path}.*; remove .* to begin the training anew"):
        train(tmp_path)


def test_a_discarded_training_begins_anew(tmp_path):
    folder = tmp_path / "training"
    first, _ = train(folder)
    discard(folder)
    assert not folder.exists()
    second, _ = train(folder)
    assert same(first.state_dict(), second.state_dict())


def test_what_is_no_checkpoint_is_not_discarded(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    train(tmp_path, FITTING._replace(epochs=1))
    discard(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_ends_the_training(tmp_path, odd):
    def broken(net, batch):
        value, weight = squares(net, batch)
        return value * odd, weight

    with pytest.raises(ValueError, match="training loss is no longer a number"):
        train(tmp_path, loss=broken)
    assert not (tmp_path / CHECKPOINT).exists()


def test_parts_without_examples_are_told_of(tmp_path):
    with pytest.raises(ValueError, match="training part has no example"):
        train(tmp_path, batches=lambda epoch, random: iter(()))
    with pytest.raises(ValueError, match="validation part has no example"):
        fit(network(), squares, batches_of(toy()), lambda: iter(()), FITTING, tmp_path)


def test_what_breaks_while_batches_are_made_breaks_the_training(tmp_path):
    def failing(epoch, random):
        yield from list(batches_of(toy())(epoch, random))[:3]
        raise ValueError("tracks.parquet: cannot be read")

    with pytest.raises(ValueError, match=r"tracks.parquet"):
        train(tmp_path, batches=failing)


def test_two_trainings_do_not_share_a_folder(tmp_path):
    with alone(tmp_path), pytest.raises(ValueError, match="another run is at work there"):
        train(tmp_path)


def test_a_folder_that_cannot_be_written_is_told_of(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="cannot be written"):
        train(tmp_path / "file" / "training")


@pytest.mark.parametrize(
    "odd", [{"epochs": 0}, {"patience": 0}, {"seed": -1}, {"learning_rate": 0.0}]
)
def test_impossible_settings_are_refused(tmp_path, odd):
    with pytest.raises(ValueError, match=next(iter(odd))):
        train(tmp_path, FITTING._replace(**odd))


def test_unknown_devices_are_refused():
    assert device_of("cpu").type == "cpu"
    with pytest.raises(ValueError, match="auto, cpu or cuda"):
        device_of("tpu")
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="no CUDA device"):
            device_of("cuda")
