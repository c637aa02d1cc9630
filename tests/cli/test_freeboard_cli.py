"""``iceco freeboard``: what it writes, says and refuses."""

import json
import shutil

import netCDF4
import numpy as np
import pytest
import xarray as xr
from altika_tracks import altika_track

from iceco.products.altika_writer import altika_name, write_altika
from iceco.products.canonical import make_track
from iceco.products.cryosat2 import GATE_SPACING_M
from iceco.products.cryosat2_writer import cryosat2_name, write_cryosat2
from iceco.products.sentinel3 import CORRECTIONS, ECHOES
from iceco.products.sentinel3_writer import write_sentinel3
from iceco.products.surface import Surface

START = np.datetime64("2023-03-01T12:00:00", "ns")
SPACING, REFERENCE = ECHOES[128]
L2I = "altimetry/cryosat2/CS_LTA__SIR_SARI2__20150214T000431_20150214T000746_D001.nc"
RECORDS, EVERY = 60, 10
BOARD = 0.2

pytestmark = pytest.mark.usefixtures("one_thread")


def attributes(**changes):
    return {
        "mission": "s3a",
        "mode": "SAR",
        "product": "SR_2_WAT",
        "baseline": "006.01.00",
        "track_id": "s3a_098_210_20230301T120000",
        "rate_hz": 20,
        "source": "",
        "gate_spacing_m": SPACING,
        "reference_gate": REFERENCE,
    } | changes


def columns(gates, at):
    """Floes that stand higher than leads, whose echo is a peak: half power at the gate ``at``."""
    lead = np.arange(RECORDS) % EVERY == 4
    beyond = np.arange(gates) - at
    ice = np.clip(beyond + 1.0, 0.0, 1.0) * np.exp(-np.maximum(beyond, 0.0) / 15.0)
    mirror = 60.0 * np.exp(-((beyond / 1.2) ** 2))
    height = np.where(lead, 0.0, BOARD)
    return lead, {
        "longitude": -140.0 + 0.001 * np.arange(RECORDS),
        "latitude": 79.0 + 0.003 * np.arange(RECORDS),
        "altitude": np.full(RECORDS, 814_000.0),
        "window_range": 813_990.0 - height,
        "waveform": (1000.0 * np.where(lead[:, None], mirror, ice) + 3.0).astype(np.float32),
        **dict.fromkeys((*CORRECTIONS, "dynamic_atmosphere_correction"), np.zeros(RECORDS)),
    }


@pytest.fixture(scope="module")
def with_echoes(tmp_path_factory):
    """A Sentinel-3 product with echoes, whose classes are leads and sea ice."""
    lead, values = columns(128, REFERENCE)
    values |= {
        "mean_sea_surface": np.full(RECORDS, 9.0),
        "snow_depth": np.full(RECORDS, 0.15),
        "product_surface_class": np.where(lead, Surface.LEAD, Surface.SEA_ICE).astype(np.int8),
    }
    time = START + np.arange(RECORDS) * np.timedelta64(50, "ms")
    track = make_track(time, values, attributes())
    return write_sentinel3(tmp_path_factory.mktemp("sral"), track, 98, 210)


@pytest.fixture(scope="module")
def level1b(tmp_path_factory):
    """A CryoSat-2 level 1b file: no mean sea surface, no classes."""
    _, values = columns(256, 128.0)
    values |= dict.fromkeys(
        ("stack_standard_deviation", "stack_kurtosis", "stack_skewness", "agc_db"),
        np.ones(RECORDS),
    )
    time = START + np.arange(RECORDS) * np.timedelta64(50, "ms")
    told = attributes(
        mission="c2", product="SIR_SAR_1B", baseline="E", track_id="c2", reference_gate=128.0,
        gate_spacing_m=GATE_SPACING_M["SAR"],
    )  # fmt: skip
    path = tmp_path_factory.mktemp("siral") / cryosat2_name(time[0], time[-1])
    write_cryosat2(path, make_track(time, values, told))
    return path


def write_grid(path, latitudes=(60.0, 90.0)):
    with netCDF4.Dataset(path, "w") as dataset:
        for name, values in (("lon", np.arange(-180.0, 180.0, 30.0)), ("lat", latitudes)):
            dataset.createDimension(name, len(values))
            dataset.createVariable(name, "f8", (name,))[:] = values
        dataset.createVariable("mss", "f8", ("lat", "lon"))[:] = 9.0
    return path


def refused(iceco, out, *words):
    code, told, error = iceco("freeboard", *words, "--out", out)
    assert (code, told) == (2, ""), error
    error = error.removeprefix(error[: error.index("iceco: ")])
    assert error.count("\n") == 1
    assert not out.exists()
    return error


def test_echoes_become_freeboard_by_the_classes_of_the_product(iceco, with_echoes, tmp_path):
    out = tmp_path / "out.nc"
    code, told, error = iceco("freeboard", with_echoes, "--model", "product", "--out", out)
    assert (code, error) == (0, "")
    assert told.startswith(f"wrote {out}: 60 records, 6 leads, 54 floes, freeboard of 54")
    with xr.open_dataset(out) as read:
        board = read["radar_freeboard"].values
        floe = read["surface_class"].values == 2
        assert np.ptp(board[floe]) < 0.02
        # The made edges are no real ones: what is exact is what a higher window adds.
        height = read["surface_height"].values
        assert np.median(height[floe]) - np.median(height[~floe]) == pytest.approx(
            np.median(board[floe]), abs=0.01
        )
        assert read.attrs["leads"] == "classes of the product"
        assert read.attrs["input"] == with_echoes.name
        assert "sea_ice_freeboard" not in read


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_track_is_drawn_on_the_surface_it_was_made_with(iceco, with_echoes, tmp_path, ending):
    figure = tmp_path / f"one.{ending}"
    words = ("--model", "product", "--snow", "0.2", "--out", tmp_path / "out.nc")
    code, _, error = iceco("freeboard", with_echoes, *words, "--figure", figure)
    assert (code, error) == (0, "")
    assert figure.stat().st_size > 20_000
    assert ending == "png" or "<!-- ice thickness [m] -->" in figure.read_text()


def test_snow_is_named_and_makes_thickness(iceco, with_echoes, tmp_path):
    found = {}
    for snow in ("product", "0.15", "warren"):
        out = tmp_path / f"{snow}.nc"
        words = ("freeboard", with_echoes, "--model", "product", "--snow", snow, "--out", out)
        assert iceco(*words)[0] == 0
        with xr.open_dataset(out) as read:
            assert read.attrs["snow"] == snow
            found[snow] = read["sea_ice_thickness"].values
            assert np.nanmax(read["sea_ice_thickness_uncertainty"]) > 0.1
    np.testing.assert_allclose(found["product"], found["0.15"], rtol=1e-5)
    assert np.nanmedian(found["warren"]) > np.nanmedian(found["0.15"])


def test_several_tracks_become_files_of_a_folder_and_json_counts_them(iceco, with_echoes, tmp_path):
    again = tmp_path / "again.SEN3"
    shutil.copytree(with_echoes, again)
    out = tmp_path / "boards"
    words = ("freeboard", with_echoes, again, "--model", "product", "--out", out, "--json")
    code, told, _ = iceco(*words)
    assert code == 0
    assert [each["floes"] for each in json.loads(told)] == [54, 54]
    assert {p.name for p in out.iterdir()} == {
        f"{with_echoes.stem}.freeboard.nc", "again.freeboard.nc"
    }  # fmt: skip


def test_a_track_without_a_freeboard_is_named_and_the_others_are_made(
    iceco, with_echoes, level1b, tmp_path
):
    out = tmp_path / "boards"
    words = ("freeboard", with_echoes, level1b, "--model", "product", "--out", out)
    code, _, error = iceco(*words)
    assert code == 0
    assert f"left out: {level1b}" in error
    assert [p.name for p in out.iterdir()] == [f"{with_echoes.stem}.freeboard.nc"]
    again = level1b.with_name(f"again_{level1b.name}")
    shutil.copy(level1b, again)
    words = ("freeboard", level1b, again, "--model", "product", "--out", tmp_path / "none")
    code, _, error = iceco(*words)
    assert code == 2
    assert "calls no record a lead" in error and "nor have 1 other" in error


def test_a_mean_sea_surface_from_a_grid_is_that_of_the_grid(iceco, with_echoes, tmp_path):
    grid = write_grid(tmp_path / "mss.nc")
    boards = []
    for more in ((), ("--mean-sea-surface", grid)):
        out = tmp_path / f"{len(more)}.nc"
        assert iceco("freeboard", with_echoes, "--model", "product", *more, "--out", out)[0] == 0
        with xr.open_dataset(out) as read:
            boards.append(read["radar_freeboard"].values)
    np.testing.assert_allclose(*boards, atol=1e-6)


def test_the_model_that_comes_with_iceco_says_what_it_was_trained_on(iceco, level1b, tmp_path):
    grid = write_grid(tmp_path / "mss.nc")
    words = ("freeboard", level1b, "--mean-sea-surface", grid, "--out", tmp_path / "o.nc")
    code, _, error = iceco(*words)
    assert "trained on simulated worlds alone" in error
    assert code == 0, error
    with xr.open_dataset(tmp_path / "o.nc") as read:
        assert read.attrs["leads"] == "simulated"
        assert (read["surface_class"] == 1).any()


def test_a_product_with_freeboard_and_no_echoes_keeps_it(iceco, sample_data, tmp_path):
    out = tmp_path / "out.nc"
    code, told, error = iceco("freeboard", sample_data / L2I, "--model", "product", "--out", out)
    assert (code, error) == (0, "")
    assert "589 floes, freeboard of 589 (as the product gives it)" in told


def test_what_has_no_freeboard_is_refused_in_one_sentence(iceco, with_echoes, level1b, tmp_path):
    out = tmp_path / "out.nc"
    product = ("--model", "product")
    assert "no mean sea surface; name a grid" in refused(iceco, out, level1b)
    assert "calls no record a lead" in refused(iceco, out, level1b, *product)
    south = write_grid(tmp_path / "south.nc", (-90.0, -60.0))
    words = (with_echoes, *product, "--mean-sea-surface", south)
    assert "does not cover" in refused(iceco, out, *words)
    track = altika_track(95).drop_vars("waveform")
    path = tmp_path / altika_name(1, 1, track["time"].values[0], track["time"].values[-1])
    write_altika(path, track, 1, 1)
    assert "neither echoes nor freeboard" in refused(iceco, out, path, *product)


def test_words_that_mean_nothing_are_refused(iceco, with_echoes, tmp_path):
    out = tmp_path / "out.nc"
    for snow in ("deep", "-0.1", "nan"):
        assert "is not none, product, warren or a depth" in refused(
            iceco, out, with_echoes, f"--snow={snow}"
        )
    assert "is no model" in refused(iceco, out, with_echoes, "--model", tmp_path)
    words = (with_echoes, with_echoes, "--model", "product")
    assert "name a folder" in refused(iceco, out, *words)
    assert "have one name" in refused(iceco, tmp_path / "boards", *words)
    text = tmp_path / "a.txt"
    text.write_text("no product")
    assert "not a product" in refused(iceco, out, text, "--model", "product")
