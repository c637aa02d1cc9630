"""Models on disk: what was written is read, and what is none is refused in a sentence."""

import json

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

import iceco
from iceco.models.training import cards
from iceco.models.training.cards import (
    CARD,
    CARD_KEYS,
    WEIGHTS,
    put_weights,
    read_card,
    read_weights,
    write_model,
)

TOLD = {
    "kind": "toy",
    "data": {"worlds": ["a", "b"]},
    "split": {"training": 7, "validation": 2},
    "normalisation": {"mean": [0.5, -1.25]},
    "options": {"sequence": 64},
    "scores": {"auc": 0.97},
    "licence": "Apache-2.0",
    "note": "of simulated ice alone",
}


def weights():
    return {
        "echo.weight": torch.linspace(-1, 1, 12).reshape(3, 4),
        "count": torch.tensor(5),
        "half": torch.ones(2, dtype=torch.float16),
    }


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    write_model(folder, weights(), TOLD)
    return folder


def change(folder, **changes):
    card = json.loads((folder / CARD).read_text()) | changes
    (folder / CARD).write_text(json.dumps(card))


def test_a_model_is_read_as_it_was_written(model):
    card = read_card(model, "toy")
    assert {key: card[key] for key in TOLD} == TOLD
    assert card["iceco_version"] == iceco.__version__
    read = read_weights(model, card)
    for name, value in weights().items():
        assert torch.equal(read[name], value)
        assert read[name].dtype == value.dtype


def test_a_folder_holds_the_card_and_the_weights_and_nothing_else(model):
    assert {path.name for path in model.iterdir()} == {CARD, WEIGHTS}
    assert [path.name for path in model.parent.iterdir()] == ["model"]


def test_the_same_model_is_written_as_the_same_bytes(model, tmp_path):
    write_model(tmp_path / "again", weights(), TOLD)
    for name in (CARD, WEIGHTS):
        assert (tmp_path / "again" / name).read_bytes() == (model / name).read_bytes()


def test_weights_that_share_memory_come_back_each_with_its_own(tmp_path):
    shared = torch.arange(6.0)
    write_model(tmp_path / "m", {"a": shared, "b": shared[::2], "c": shared.reshape(2, 3).T}, TOLD)
    read = read_weights(tmp_path / "m", read_card(tmp_path / "m"))
    assert torch.equal(read["b"], shared[::2])
    assert torch.equal(read["c"], shared.reshape(2, 3).T)


def test_numbers_of_numpy_are_told_and_odd_ones_are_null(tmp_path):
    scores = {"auc": np.float32(0.5), "n": np.int64(3), "of": np.array([1.0, np.nan]), 4: (np.inf,)}
    write_model(tmp_path / "m", weights(), TOLD | {"scores": scores})
    assert read_card(tmp_path / "m")["scores"] == {
        "auc": 0.5,
        "n": 3,
        "of": [1.0, None],
        "4": [None],
    }


def test_a_model_replaces_an_earlier_one_whole(model):
    (model / "old.txt").write_text("")
    write_model(model, {"w": torch.zeros(1)}, TOLD | {"note": "new"})
    assert read_card(model)["note"] == "new"
    assert {path.name for path in model.iterdir()} == {CARD, WEIGHTS}
    assert [path.name for path in model.parent.iterdir()] == ["model"]


def test_a_model_that_cannot_be_written_leaves_the_earlier_one(model, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cards, "write_tensors", full)
    with pytest.raises(ValueError, match=r"cannot be written .No space left"):
        write_model(model, weights(), TOLD | {"note": "new"})
    assert read_card(model)["note"] == TOLD["note"]
    assert [path.name for path in model.parent.iterdir()] == ["model"]


def test_what_is_no_model_is_not_replaced(tmp_path):
    (tmp_path / "thesis.txt").write_text("years")
    with pytest.raises(ValueError, match="exists and is no model"):
        write_model(tmp_path, weights(), TOLD)
    assert (tmp_path / "thesis.txt").read_text() == "years"


@pytest.mark.parametrize("key", sorted(set(CARD_KEYS) - {"iceco_version"}))
def test_cards_say_all_they_must(tmp_path, key):
    told = {name: value for name, value in TOLD.items() if name != key}
    with pytest.raises(ValueError, match=f"lacks {key}"):
        write_model(tmp_path / "m", weights(), told)
    assert not (tmp_path / "m").exists()


def test_weights_that_are_not_finite_are_not_written(tmp_path):
    with pytest.raises(ValueError, match=r"not all finite .'w'"):
        write_model(tmp_path / "m", {"w": torch.tensor([1.0, torch.nan])}, TOLD)


@pytest.mark.parametrize("missing", ["folder", "card", "weights"])
def test_what_is_missing_is_named(model, missing):
    if missing == "folder":
        with pytest.raises(ValueError, match=r"nowhere: is no model"):
            read_card(model / "nowhere")
        return
    card = read_card(model)
    (model / (CARD if missing == "card" else WEIGHTS)).unlink()
    with pytest.raises(ValueError, match=r"has no card.json|weights.safetensors: is missing"):
        read_weights(model, card if missing == "weights" else read_card(model))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_truncated_files_are_refused(model, share):
    card = read_card(model)
    for name in (WEIGHTS, CARD):
        content = (model / name).read_bytes()
        (model / name).write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=r"weights.safetensors.*damaged; copy or train"):
        read_weights(model, card)
    with pytest.raises(ValueError, match=r"card.json: is not JSON or cut off"):
        read_card(model)


def test_any_changed_byte_of_the_weights_is_noticed(model):
    card, content = read_card(model), (model / WEIGHTS).read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 0x10
        (model / WEIGHTS).write_bytes(changed)
        with pytest.raises(ValueError, match="damaged"):
            read_weights(model, card)


def test_weights_of_another_model_are_refused(model, tmp_path):
    write_model(tmp_path / "other", {"w": torch.zeros(1)}, TOLD)
    with pytest.raises(ValueError, match="damaged"):
        read_weights(model, read_card(tmp_path / "other"))


def test_a_file_that_fits_its_card_but_holds_no_tensors_is_refused(model):
    import hashlib

    content = (1 << 60).to_bytes(8, "little") + b"{}"
    (model / WEIGHTS).write_bytes(content)
    change(model, sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(ValueError, match="is no safetensors file"):
        read_weights(model, read_card(model))


def test_cards_of_a_later_iceco_are_told_of(model):
    change(model, card_version=2, iceco_version="9.9")
    with pytest.raises(ValueError, match=r"made by a later iceco \(9.9\); update iceco"):
        read_card(model)


def test_models_of_another_kind_are_refused(model):
    with pytest.raises(ValueError, match="is a model of kind 'toy', need 'waveform lstm'"):
        read_card(model, "waveform lstm")


@pytest.mark.parametrize(
    "changes",
    [{key: value} for key in CARD_KEYS for value in (None, 3, [1])]
    + [{"sha256": value} for value in (None, 5, "", "../../secret", "G" * 64, "a" * 65)]
    + [{"card_version": value} for value in (None, "1", True, 1.0, 0, -1, [1])],
    ids=str,
)
def test_cards_of_odd_form_are_refused(model, changes):
    change(model, **changes)
    with pytest.raises(ValueError, match=r"card.json: (lacks|has no checksum|is not the card)"):
        read_card(model)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"scores": NaN}',
        b"9" * 10_000,
        b"\x89HDF\r\n",
    ],
    ids=["empty", "no text", "deep lists", "deep objects", "nan", "long number", "another file"],
)
def test_files_that_are_no_json_are_refused(model, content):
    (model / CARD).write_bytes(content)
    with pytest.raises(ValueError, match="is not JSON or cut off"):
        read_card(model)


@pytest.mark.parametrize("content", [b"[]", b"null", b"3", b'"card"', b"{}"])
def test_json_that_is_no_card_is_refused(model, content):
    (model / CARD).write_bytes(content)
    with pytest.raises(ValueError, match="is not the card of a model"):
        read_card(model)


def test_huge_files_are_refused_unread(model, monkeypatch):
    card = read_card(model)
    monkeypatch.setattr(cards, "LARGEST_CARD", 1 << 20)
    monkeypatch.setattr(cards, "LARGEST_WEIGHTS", 1 << 20)
    for name in (CARD, WEIGHTS):
        with (model / name).open("rb+") as file:
            file.truncate(1 << 40)  # sparse
    with pytest.raises(ValueError, match="larger than 1 MiB"):
        read_card(model)
    with pytest.raises(ValueError, match="larger than"):
        read_weights(model, card)


def test_names_in_a_card_lead_nowhere(model, tmp_path):
    (tmp_path / "secret.safetensors").write_bytes((model / WEIGHTS).read_bytes())
    (model / WEIGHTS).unlink()
    change(model, weights="../secret.safetensors", file="../secret.safetensors")
    with pytest.raises(ValueError, match=r"weights.safetensors: is missing"):
        read_weights(model, read_card(model))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_card_is_refused_or_still_a_card(tmp_path, data):
    folder = tmp_path / "model"
    write_model(folder, weights(), TOLD)
    content = bytearray((folder / CARD).read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    (folder / CARD).write_bytes(content)
    try:
        card = read_card(folder)
        read_weights(folder, card)
    except ValueError as error:
        assert str(folder) in str(error)


def test_weights_are_put_into_the_network_they_are_of(model):
    net = nn.Linear(4, 3)
    put_weights(net, {"weight": torch.ones(3, 4), "bias": torch.zeros(3)}, "model")
    assert torch.equal(net.weight.detach(), torch.ones(3, 4))
    for odd in (
        {"weight": torch.ones(4, 3), "bias": torch.zeros(3)},
        {"weight": torch.ones(3, 4)},
        {"weight": torch.ones(3, 4), "bias": torch.zeros(3), "../x": torch.zeros(1)},
        {"weight": torch.ones(3, 4).double(), "bias": torch.zeros(3)},
    ):
        with pytest.raises(ValueError, match="model: its weights do not fit the network"):
            put_weights(net, odd, "model")
