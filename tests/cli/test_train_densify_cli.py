"""``iceco train-densify``: what it writes, says and refuses."""

import json

import numpy as np
import pytest
from freeboard_fields import matern_field
from freeboard_files import write_freeboard
from small_scenes import PIXEL, corner, write_raster

from iceco.models.densify.learned import learn
from iceco.models.densify.learned.model import open_model
from iceco.models.training.cards import read_card

SIZE = 240  # pixels: 24 km
DAYS = ("2024-03-15T12:00:00", "2024-03-19T12:00:00", "2024-03-23T12:00:00")
QUICK = ("--epochs", 1, "--device", "cpu", "--workers", 1)

pytestmark = pytest.mark.usefixtures("one_thread")


def write_day(folder, day, rng, shares=(0.3, 0.7)):
    """A scene whose HV goes with freeboard, and tracks across it."""
    ice = matern_field(rng, SIZE, SIZE, PIXEL, 4000.0)
    hv = 10.0 ** ((-24.0 + 1.5 * ice) / 10.0) * rng.gamma(9.0, 1 / 9.0, ice.shape)
    hh = 10.0 ** (-1.4) * rng.gamma(9.0, 1 / 9.0, ice.shape)
    write_raster(folder / f"scene{day[:10]}.tif", hh, hv, time=day)
    left, top = corner(SIZE * PIXEL)
    for number, share in enumerate(shares):
        line = np.arange(0, SIZE, 3)
        sample = np.full(line.size, int(share * SIZE))
        freeboard = 0.2 + 0.08 * ice[line, sample] + 0.03 * rng.standard_normal(line.size)
        time = np.datetime64(day, "ns") + line * np.timedelta64(15, "ms")
        write_freeboard(
            folder / f"track{day[:10]}_{number}.nc", left + PIXEL * (sample + 0.5),
            top - PIXEL * (line + 0.5), time, freeboard, 0.03,
        )  # fmt: skip


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Scenes of three days, and the freeboard along two tracks of each."""
    folder = tmp_path_factory.mktemp("archive")
    rng = np.random.default_rng(4)
    for day in DAYS:
        write_day(folder, day, rng)
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def test_a_model_is_written_and_its_scores_are_told(iceco, archive, cache, tmp_path):
    out = tmp_path / "model"
    words = ("--cache", cache, *QUICK, "--figure", tmp_path / "learning.svg")
    code, told, error = iceco("train-densify", archive, "--out", out, *words)
    assert (code, error) == (0, "")
    assert "1  worlds for training" in told
    assert "network" in told
    assert "ked" in told
    assert told.endswith(f"wrote {out}\n")
    assert open_model(out).covariates[0] == "sigma0_hv_db"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["learning.svg", "model"]
    assert "error in the test" in (tmp_path / "learning.svg").read_text()


def test_json_is_the_card(iceco, archive, cache, tmp_path):
    out = tmp_path / "model"
    words = ("--out", out, "--cache", cache, *QUICK, "--json", "--seed", 3)
    code, told, _ = iceco("train-densify", archive, *words)
    assert code == 0
    card = json.loads(told)
    assert card.pop("out") == str(out)
    assert card == read_card(out)
    assert card["options"]["seed"] == 3
    assert len(card["data"]["files"]) == 6


def test_an_interrupted_training_says_how_to_go_on(iceco, archive, cache, tmp_path, monkeypatch):
    def stop(*words, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr(learn, "fit", stop)
    words = ("--out", tmp_path / "model", "--cache", cache, *QUICK)
    code, told, error = iceco("train-densify", archive, *words)
    assert (code, told) == (130, "")
    assert "--resume" in error


def test_folders_that_teach_nothing_are_refused_in_one_sentence(iceco, archive, tmp_path):
    def refused(folder, *words):
        code, told, error = iceco("train-densify", folder, "--out", tmp_path / "m", *QUICK, *words)
        assert (code, told) == (2, "")
        assert error.count("\n") == 1
        return error

    assert "is no folder" in refused(tmp_path / "nowhere")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "holds 0 scenes and 0 tracks" in refused(empty)
    one_day = tmp_path / "one_day"
    one_day.mkdir()
    for file in archive.glob("*2024-03-15*"):
        (one_day / file.name).symlink_to(file)
    assert "too few to train, validate and test" in refused(one_day)
    other_time = tmp_path / "other_time"
    other_time.mkdir()
    for file in (*archive.glob("scene2024-03-15*"), *archive.glob("track2024-03-19*")):
        (other_time / file.name).symlink_to(file)
    assert "no scene saw a freeboard observation" in refused(other_time)
    assert "a device is auto, cpu or cuda" in refused(archive, "--device", "abacus")


def test_a_place_that_holds_something_else_is_refused_before_the_training(iceco, archive, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years")
    code, _, error = iceco("train-densify", archive, "--out", tmp_path / "mine", *QUICK)
    assert code == 2
    assert "exists and is no model" in error
