"""``iceco train-lstm``: what it writes, says and refuses."""

import json

import pytest
from small_collocations import write_collocations

from iceco.models.training.cards import read_card
from iceco.models.waveforms import learn

QUICK = ("--epochs", 1, "--batch", 4, "--device", "cpu", "--no-baselines")

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_collocations(tmp_path_factory.mktemp("collocations"), days=4, records=70)


def test_a_model_is_written_and_its_scores_are_told(iceco, dataset, tmp_path):
    code, told, error = iceco("train-lstm", dataset, "--out", tmp_path / "model", *QUICK)
    assert (code, error) == (0, "")
    assert "140  records for training, 2 blocks" in told
    assert "network" in told
    evaluation = tmp_path / "model" / "evaluation"
    assert told.endswith(f"with scores and figures in {evaluation}\n")
    assert sorted(path.name for path in evaluation.iterdir()) == [
        "distances.png", "pass.png", "reliability.png", "roc.png", "scores.json", "scores.txt"
    ]  # fmt: skip
    assert evaluation.joinpath("scores.txt").read_text().strip() in told
    assert read_card(tmp_path / "model")["options"]["epochs"] == 1


def test_json_is_the_card(iceco, dataset, tmp_path):
    out = tmp_path / "model"
    code, told, _ = iceco("train-lstm", dataset, "--out", out, *QUICK, "--json", "--sequence", 8)
    assert code == 0
    card = json.loads(told)
    assert card.pop("out") == str(out)
    assert card == read_card(out)
    assert card["options"]["sequence"] == 8


def test_a_configuration_file_sets_options(iceco, dataset, tmp_path):
    config = tmp_path / "train.toml"
    config.write_text(
        "epochs = 1\nbatch = 4\npacked = true\nhard-labels = true\nbaselines = false\n"
        "lead-distance = 1000\nseed = 3\n"
    )
    out = tmp_path / "model"
    code, _, error = iceco("train-lstm", dataset, "--out", out, "--config", config)
    assert (code, error) == (0, "")
    options = read_card(out)["options"]
    assert (options["packed"], options["hard_labels"], options["seed"]) == (True, True, 3)
    assert options["lead_distance_m"] == 1000.0


def test_an_interrupted_training_says_how_to_go_on(iceco, dataset, tmp_path, monkeypatch):
    def stop(*words, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr(learn, "fit", stop)
    code, told, error = iceco("train-lstm", dataset, "--out", tmp_path / "model", *QUICK)
    assert (code, told) == (130, "")
    assert "--resume" in error


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--lead-distance", 333), "no probability of a lead within 333 m"),
        (("--sequence", 0), "--sequence must lie between"),
        (("--hold-out", "atlantis"), "there is no region 'atlantis'"),
        (("--hold-out", "1999"), "held out"),
        (("--device", "abacus"), "a device is auto, cpu or cuda"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(words, sentence, iceco, dataset, tmp_path):
    code, told, error = iceco("train-lstm", dataset, "--out", tmp_path / "model", *QUICK, *words)
    assert (code, told) == (2, "")
    assert error.startswith("iceco: ")
    assert error.count("\n") == 1
    assert sentence in error
    assert not (tmp_path / "model").exists()
