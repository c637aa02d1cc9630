"""``iceco classify``: what it writes, says and refuses."""

import json
import shutil

import pytest
import xarray as xr
from altika_tracks import altika_track
from small_collocations import write_collocations

from iceco.models.training.cards import read_card
from iceco.models.training.loop import Fitting
from iceco.models.waveforms.learn import Learning, train
from iceco.models.waveforms.model import SIMULATED, open_model
from iceco.products.altika_writer import altika_name, write_altika

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    place = tmp_path_factory.mktemp("model")
    dataset = write_collocations(place / "c", days=3, records=80)
    train([dataset], place / "model", Learning(fitting=Fitting(epochs=1)), place / "cache")
    return place / "model"


@pytest.fixture
def tracks(tmp_path):
    """Two AltiKa passes of random echoes, of which three records have no time."""
    (tmp_path / "in").mkdir()
    paths = []
    for number, missing in ((1, ()), (2, (4, 5, 6))):
        track = altika_track(95, missing=missing)
        time = track["time"].values
        path = tmp_path / "in" / altika_name(1, number, time[0], time[-1])
        write_altika(path, track, 1, number)
        paths.append(path)
    return paths


def refused(iceco, out, *words):
    code, told, error = iceco("classify", *words, "--out", out)
    assert (code, told) == (2, ""), error
    assert error.startswith("iceco: ")
    assert error.count("\n") == 1
    assert not out.exists()
    return error


def test_one_track_becomes_one_file(iceco, model, tracks, tmp_path):
    out = tmp_path / "out.nc"
    code, told, error = iceco("classify", tracks[0], "--model", model, "--out", out)
    assert (code, error) == (0, "")
    assert told.startswith(f"wrote {out}: 95 records")
    with xr.open_dataset(out) as read:
        assert read.sizes["time"] == 95
        assert read.attrs["input"] == tracks[0].name
        assert read.attrs["model"] == "model"


def test_several_tracks_become_files_of_a_folder(iceco, model, tracks, tmp_path):
    out = tmp_path / "leads"
    code, told, _ = iceco("classify", *tracks, "--model", model, "--out", out, "--json")
    assert code == 0
    assert [each["records"] for each in json.loads(told)] == [95, 92]
    assert sorted(path.name for path in out.iterdir()) == sorted(
        f"{path.stem}.leads.nc" for path in tracks
    )


def test_what_cannot_be_classified_is_refused_before_anything_is_written(
    iceco, model, tracks, tmp_path
):
    other = tmp_path / "in" / "README.md"
    other.write_text("no product")
    assert "not a product" in refused(iceco, tmp_path / "leads", *tracks, other, "--model", model)
    one_file = tmp_path / "out.nc"
    assert "name a folder" in refused(iceco, one_file, *tracks, "--model", model)
    twins = tmp_path / "in" / "again" / tracks[0].name
    twins.parent.mkdir()
    shutil.copy(tracks[0], twins)
    words = (tracks[0], twins, "--model", model)
    assert "two of the tracks have one name" in refused(iceco, tmp_path / "leads", *words)


def test_what_is_no_model_is_refused(iceco, model, tracks, tmp_path):
    out = tmp_path / "out.nc"
    assert "is no model" in refused(iceco, out, tracks[0], "--model", tmp_path)
    shutil.copytree(model, tmp_path / "model")
    weights = tmp_path / "model" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    words = (tracks[0], "--model", tmp_path / "model")
    assert "weights.safetensors" in refused(iceco, out, *words)


def test_the_model_that_comes_with_iceco_knows_three_missions_and_says_what_it_is(
    iceco, tracks, tmp_path
):
    settings = open_model(SIMULATED).settings
    assert settings.kinds == ("al_lrm", "c2_sar", "s3_sar")
    card = read_card(SIMULATED)
    assert card["note"].startswith("Trained on simulated worlds alone")
    assert sum(file.stat().st_size for file in SIMULATED.iterdir()) < 1_000_000
    code, told, error = iceco("classify", tracks[0], "--out", tmp_path / "a.nc")
    assert code == 0
    assert told.startswith("wrote")
    assert "trained on simulated worlds alone" in error
    with xr.open_dataset(tmp_path / "a.nc") as result:
        assert result.attrs["model_sha256"] == card["sha256"]
