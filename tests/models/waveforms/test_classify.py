"""Track files with what a model says of each echo."""

import json
import shutil

import netCDF4
import numpy as np
import pytest
import xarray as xr
from small_collocations import altika_pass, write_collocations

from iceco.models.training.loop import Fitting
from iceco.models.waveforms.classify import CLASSIFIED, classify, write_classified
from iceco.models.waveforms.learn import Learning, train
from iceco.models.waveforms.model import open_model

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model, hardly trained."""
    place = tmp_path_factory.mktemp("model")
    dataset = write_collocations(place / "c", days=3, records=80)
    fitting = Fitting(epochs=2, batch=4, learning_rate=5e-3)
    train([dataset], place / "model", Learning(fitting=fitting), place / "cache")
    return place / "model"


@pytest.fixture(scope="module")
def model(folder):
    return open_model(folder)


@pytest.fixture
def track():
    return altika_pass(300, 77, "2023-04-01T12:00:00")[0]


def test_every_record_gets_an_answer(track, model):
    said = classify(track, model)
    assert said.sizes == {"time": 300}
    np.testing.assert_array_equal(said["time"], track["time"])
    np.testing.assert_array_equal(said["record"], track["record"])
    probability = said["lead_probability"].values
    assert ((probability > 0) & (probability < 1)).all()
    low, middle, high = (
        said[n].values for n in ("distance_to_lead_p16", "distance_to_lead", "distance_to_lead_p84")
    )
    assert ((low >= 0) & (low <= middle) & (middle <= high)).all()
    np.testing.assert_allclose(
        said["distance_to_lead_uncertainty"], 0.5 * (high - low), rtol=1e-3, atol=0.01
    )
    assert (said["quality_flag"] == 0).all()


def test_missing_echoes_have_no_answer_and_say_so(track, model):
    spoilt = track.copy(deep=True)
    spoilt["waveform"].values[[3, 200]] = np.nan
    said = classify(spoilt, model)
    assert np.flatnonzero(np.isnan(said["lead_probability"])).tolist() == [3, 200]
    assert np.flatnonzero(said["quality_flag"] == 1).tolist() == [3, 200]


def test_what_the_product_flags_is_read_and_flagged(track, model):
    flagged = track.assign(product_quality_flag=("time", np.arange(300) % 2.0))
    said = classify(flagged, model)
    assert (said["quality_flag"].values == 2 * (np.arange(300) % 2)).all()
    assert np.isfinite(said["lead_probability"]).all()


def test_threads_change_nothing(track, model):
    xr.testing.assert_allclose(classify(track, model, 1), classify(track, model, 3), atol=1e-5)


@pytest.mark.parametrize("records", [1, 2, 63, 64, 65])
def test_tracks_of_any_length_are_read(records, track, model):
    said = classify(track.isel(time=slice(0, records)), model)
    assert np.isfinite(said["lead_probability"]).sum() == records


def test_the_file_is_cf_and_says_what_it_was_made_from(track, model, folder, tmp_path):
    source = tmp_path / "pass.nc"
    source.write_bytes(b"the product")
    said = classify(track, model)
    write_classified(said, tmp_path / "out.nc", source, folder)
    with xr.open_dataset(tmp_path / "out.nc") as read:
        for name in CLASSIFIED:
            np.testing.assert_array_equal(read[name].values, said[name].values)
            assert read[name].dtype == np.float32
            assert read[name].attrs["long_name"]
        gap = np.abs(read["time"].values - track["time"].values)
        assert gap.max() <= np.timedelta64(1, "us")
        assert {"longitude", "latitude", "time"} <= set(read.coords)
        assert read.attrs["Conventions"] == "CF-1.11"
        assert (
            read.attrs["model_sha256"] == json.loads((folder / "card.json").read_text())["sha256"]
        )
        assert len(read.attrs["input_sha256"]) == 64
        assert read.attrs["lead_distance_m"] == 500.0
        assert read["trajectory"].item() == "al_001_0001"
    with netCDF4.Dataset(tmp_path / "out.nc") as raw:
        assert raw["quality_flag"].flag_values.tolist() == [0, 1, 2]
        assert raw["lead_probability"].coordinates == "longitude latitude"


def test_a_folder_that_is_not_there_leaves_nothing(track, model, folder, tmp_path):
    with pytest.raises(ValueError, match="no folder"):
        write_classified(classify(track, model), tmp_path / "no" / "out.nc", folder, folder)
    assert not any(tmp_path.iterdir())


def test_another_mission_is_refused_by_name(track, model):
    with pytest.raises(ValueError, match="trained on al_lrm, not on c2_sar"):
        classify(track.assign_attrs(mission="c2", mode="SAR"), model)


def test_a_track_without_echoes_is_refused(track, model):
    with pytest.raises(ValueError, match="no echoes"):
        classify(track.drop_vars("waveform"), model)
    with pytest.raises(ValueError, match="no record"):
        classify(track.isel(time=slice(0, 0)), model)


def test_a_model_of_another_kind_is_refused(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "model")
    card = json.loads((folder / "card.json").read_text())
    (tmp_path / "model" / "card.json").write_text(json.dumps(card | {"kind": "lead map"}))
    with pytest.raises(ValueError, match="lead map"):
        open_model(tmp_path / "model")


def test_damaged_weights_are_refused(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "model")
    weights = tmp_path / "model" / "weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ValueError, match=r"weights\.safetensors"):
        open_model(tmp_path / "model")
