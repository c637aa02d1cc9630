"""``iceco drift`` and ``--drift auto``: what they write, say and refuse."""

import json
import shutil

import geopandas as gpd
import numpy as np
import pytest
import xarray as xr
from rasterio import Affine
from rasterio import open as open_raster_file
from simulated import small_plan

from iceco.geo.polar import NORTH, inverse
from iceco.products.vectors import open_vectors, write_vectors
from iceco.simulate.produce import produce
from iceco.simulate.world import build_world, displacement

EXTENT = 24_000.0  # m
WORDS = ("--spacing", 2000)


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Two scenes, a pass and a drift product of a small world, and the world."""
    folder = tmp_path_factory.mktemp("seen")
    plan = small_plan(seed=11, extent=EXTENT)._replace(swaths=(), truth_spacing=500.0)
    produce(folder, [plan._replace(altimeters=plan.altimeters[:1])], 1, "synchronous", _silent)
    return folder, plan


@pytest.fixture(scope="module")
def scenes(seen):
    return sorted((seen[0] / "sentinel1").iterdir())


@pytest.fixture(scope="module")
def followed(scenes, tmp_path_factory):
    """The vectors of the pair, written once."""
    from iceco.drift.pair.vectors import PairSettings, track_pair
    from iceco.products.recognise import open_product

    path = tmp_path_factory.mktemp("followed") / "drift.nc"
    pair = (open_product(scene) for scene in scenes)
    write_vectors(track_pair(*pair, PairSettings(spacing_m=2000.0)), path)
    return path


def _silent(done, total):
    pass


def write_raster(path, time: str, west: float, values: np.ndarray):
    """A dB image of 100 m pixels near (west, -900 km) on the plane."""
    profile = {
        "driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1,
        "dtype": "float32", "crs": "EPSG:3413",
        "transform": Affine(100, 0, west, 0, -100, -900e3),
    }  # fmt: skip
    path = path / f"S1A_EW_HH_{time}.tif"
    with open_raster_file(path, "w", **profile) as file:
        file.write(values.astype(np.float32), 1)
        file.set_band_description(1, "sigma0_HH_db")
    return path


def ice(size=150):
    return np.random.default_rng(0).normal(-14, 2.0, (size, size))


def refused(iceco, tmp_path, *words) -> str:
    """Run what must be refused; return the sentence, after checking that nothing is written."""
    before = set(tmp_path.rglob("*"))
    code, told, error = iceco("drift", *words)
    assert (code, told) == (2, ""), (told, error)
    assert error.startswith("iceco: ")
    assert error.count("\n") == 1, error
    assert set(tmp_path.rglob("*")) == before
    return error


@pytest.mark.parametrize("ending", ["nc", "parquet"])
def test_vectors_go_where_the_ice_went(iceco, seen, scenes, tmp_path, ending):
    out, figure = tmp_path / f"drift.{ending}", tmp_path / "drift.png"
    code, told, error = iceco("drift", *scenes, "--out", out, "--figure", figure, *WORDS)
    assert (code, error) == (0, "")
    assert "median speed" in told
    assert told.splitlines()[-1].startswith(f"wrote {out}: ")
    assert set(tmp_path.iterdir()) == {out, figure}
    vectors = open_vectors(out)
    good = vectors.isel(vector=np.flatnonzero(vectors["quality_flag"].values == 0))
    assert good.sizes["vector"] > 30
    _, plan = seen
    start, stop = (
        float(((good[name] - plan.world.epoch) / np.timedelta64(1, "s")).median())
        for name in ("start_time", "stop_time")
    )
    truth = displacement(build_world(plan.world), good["x0"].values, good["y0"].values, start, stop)
    error = np.hypot(good["dx"].values - truth[0], good["dy"].values - truth[1])
    assert np.median(error) < 100.0


def test_counts_and_medians_are_told_to_machines(iceco, scenes, tmp_path):
    out = tmp_path / "drift.nc"
    code, told, _ = iceco("drift", *scenes, "--out", out, "--json", *WORDS)
    result = json.loads(told)
    vectors = open_vectors(out)
    assert code == 0
    assert sum(result["vectors"].values()) == vectors.sizes["vector"]
    assert result["vectors"]["good"] == int((vectors["quality_flag"] == 0).sum())
    assert result["hours"] == pytest.approx(6.6, abs=0.1)
    assert 0 < result["median_sigma_m"] < 100


def test_a_config_file_sets_the_options(iceco, scenes, tmp_path):
    config, out = tmp_path / "drift.toml", tmp_path / "drift.nc"
    config.write_text('spacing = "4000"\npixel = "100"\n')
    assert iceco("drift", *scenes, "--out", out, "--config", config)[0] == 0
    assert open_vectors(out).attrs["spacing_m"] == 4000.0
    assert open_vectors(out).attrs["pixel_m"] == 100.0


def test_buoys_frozen_into_the_ice_are_compared(iceco, seen, scenes, tmp_path):
    _, plan = seen
    world = build_world(plan.world)
    vectors = xr.Dataset()
    rows = ["latitude,longitude,datetime"]
    x, y = np.array([-1_574_000.0]), np.array([137_000.0])
    for hour in np.arange(-2.0, 9.5, 0.5):
        moved = displacement(world, x, y, 0.0, 3600.0 * hour)
        longitude, latitude = inverse(NORTH, x + moved[0], y + moved[1])
        time = str(plan.world.epoch + np.timedelta64(int(60 * hour), "m"))[:19]
        rows.append(f"{latitude[0]:.7f},{longitude[0]:.7f},{time}")
    (tmp_path / "buoy.csv").write_text("\n".join(rows))
    words = ("--out", tmp_path / "d.nc", "--buoys", tmp_path / "buoy.csv", "--json", *WORDS)
    code, told, _ = iceco("drift", *scenes, *words)
    score = json.loads(told)["buoys"]
    vectors = open_vectors(tmp_path / "d.nc")
    assert code == 0
    assert vectors.sizes["vector"] > 0
    assert score["comparisons"] == score["buoys"] == 1
    assert score["median_error_m"] < 150.0
    assert score["median_displacement_m"] > 300.0


def test_drift_files_are_compared_with_buoys(iceco, seen, followed, sample_data):
    buoys = sample_data / "ice" / "buoys" / "data_drift_2022.nc"
    (product,) = (seen[0] / "drift").iterdir()
    code, told, _ = iceco("drift", product, followed, "--buoys", buoys)
    assert code == 0
    assert told.splitlines() == [
        f"{product}: no buoy was near at that time",
        f"{followed}: no buoy was near at that time",
    ]


def test_a_product_made_of_a_real_buoy_agrees_with_it(iceco, sample_data, tmp_path):
    from iceco.drift.buoy_evaluation import drifter_displacements
    from iceco.products.buoys import open_buoys
    from iceco.products.drift_writer import osi405_cells, write_osi405

    path = sample_data / "ice" / "buoys" / "mosaic" / "P008_300234065981590_2019P142.csv"
    two_days = np.timedelta64(2 * 86_400_000_000_000, "ns")
    starts = np.datetime64("2019-12-01T12:00", "ns") + np.arange(20) * two_days
    moved = drifter_displacements(open_buoys(path), NORTH, starts, starts + two_days)
    cells, _ = osi405_cells(NORTH)
    velocity = [np.full(cells.shape, d[0] / 172_800.0) for d in (moved.dx, moved.dy)]
    interval = (moved.start[0], moved.stop[0])
    write_osi405(tmp_path / "drift.nc", NORTH, interval, velocity, 1000.0)
    code, told, _ = iceco("drift", tmp_path / "drift.nc", "--buoys", path, "--json")
    score = json.loads(told)[str(tmp_path / "drift.nc")]
    assert code == 0
    assert score["comparisons"] == 1
    assert score["median_error_m"] < 5.0
    assert score["median_displacement_m"] > 1000.0


def test_a_field_of_nothing_is_written_and_said(iceco, tmp_path):
    empty = np.full((150, 150), np.nan)
    first = write_raster(tmp_path, "20240315T164000", 300e3, ice())
    second = write_raster(tmp_path, "20240316T164000", 300e3, empty)
    out, figure = tmp_path / "drift.nc", tmp_path / "drift.png"
    code, told, error = iceco("drift", first, second, "--out", out, "--figure", figure)
    assert (code, error) == (0, "")
    assert "no ice could be followed" in told
    assert (open_vectors(out)["quality_flag"] >= 2).all()
    assert figure.is_file()


def test_scenes_apart_are_refused(iceco, tmp_path):
    first = write_raster(tmp_path, "20240315T164000", 300e3, ice())
    second = write_raster(tmp_path, "20240316T164000", 600e3, ice())
    words = (first, second, "--out", tmp_path / "drift.nc")
    assert "do not overlap" in refused(iceco, tmp_path, *words)


@pytest.mark.parametrize(
    ("order", "sentence"),
    [((0, 0), "at the same time"), ((1, 0), "out of order in time"), ((0, 2), "days apart")],
)
def test_times_that_make_no_pair_are_refused(iceco, tmp_path, order, sentence):
    times = ("20240315T164000", "20240316T164000", "20250315T164000")
    files = [write_raster(tmp_path, time, 300e3, ice()) for time in times]
    words = (*(files[i] for i in order), "--out", tmp_path / "drift.nc")
    assert sentence in refused(iceco, tmp_path, *words)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("{track}", "{scene}", "--out", "{out}"), "is of kind altika, not a SAR scene"),
        (("{scene}", "--out", "{out}"), "from two scenes, the earlier first; got 1"),
        (("{scene}", "{scene}"), "name the file for the vectors"),
        (("{scene}", "{scene}", "--out", "{out}.csv"), "are written as .nc or .parquet"),
        (("{scene}", "{scene}", "--out", "{tmp}/no/drift.nc"), "there is no folder"),
        (("{scene}", "{scene}", "--out", "{out}", "--figure", "a.xyz"), "pictures are drawn as"),
        (("{scene}", "{scene}", "--out", "{out}", "--pixel", "0"), "--pixel must lie between"),
        (("{scene}", "{scene}", "--out", "{out}", "--spacing", "50"), "--spacing must not be"),
        (("{scene}", "{scene}", "--out", "{out}", "--buoys", "{track}"), "not a file of buoys"),
        (("{drift}", "--out", "{out}"), "can only be compared with --buoys"),
        (("{tmp}/gone.SAFE", "{scene}", "--out", "{out}"), "gone.SAFE: there is no such file"),
    ],
)
def test_words_that_make_no_sense_are_refused(iceco, seen, scenes, tmp_path, words, sentence):
    named = {
        "scene": scenes[0],
        "track": next((seen[0] / "altika").iterdir()),
        "drift": next((seen[0] / "drift").iterdir()),
        "out": tmp_path / "drift.nc",
        "tmp": tmp_path,
    }
    assert sentence in refused(iceco, tmp_path, *(word.format(**named) for word in words))


# iceco collocate --drift auto


def test_auto_takes_the_drift_from_the_scenes_at_hand(iceco, seen, scenes, tmp_path):
    folder, _ = seen
    out = tmp_path / "out"
    words = (folder / "altika", "--scenes", folder / "sentinel1", "--out", out)
    code, told, error = iceco("collocate", *words, "--drift", "auto")
    assert (code, error) == (0, "")
    first, second = (scene.stem for scene in scenes)
    assert told.splitlines()[0].startswith(f"{first} to {second}, 6.6 h: ")
    records = gpd.read_parquet(out)
    by_pair = records["drift_method"] == "pair"
    assert by_pair.mean() > 0.5
    assert set(records["drift_method"]) <= {"pair", "none"}
    known = records["quality_flag"] & 1 == 0
    assert (known == by_pair).all()
    truth = next((folder / "truth").iterdir())
    with xr.open_dataset(truth, group=f"tracks/{records['track_id'].iloc[0]}") as tracks:
        moved = np.stack([tracks["dx"].values[0], tracks["dy"].values[0]], axis=-1)
    wrong = records[["drift_dx_m", "drift_dy_m"]].to_numpy() - moved[records["record"]]
    assert (np.hypot(*wrong[by_pair].T) < 3.5 * records["position_sigma_m"][by_pair]).all()
    summary = json.loads((out / "_collocations.json").read_text())
    assert summary["drift"] == f"auto; {first} to {second}"
    assert set(summary["inputs"]) >= set(map(str, scenes))


def test_auto_with_a_product_leaves_nothing_unknown(iceco, seen, tmp_path):
    folder, _ = seen
    words = (folder / "altika", "--scenes", folder / "sentinel1", "--out", tmp_path / "out")
    code, told, _ = iceco("collocate", *words, "--drift", f"auto,{folder / 'drift'}", "--json")
    assert code == 0
    assert json.loads(told)["records_flagged"]["drift unknown"] == 0
    assert json.loads(told)["drift_pairs"][0]["vectors"] > 0
    records = gpd.read_parquet(tmp_path / "out")
    assert set(records["drift_method"]) <= {"pair", "product"}


def test_auto_says_where_no_pair_is_at_hand(iceco, seen, scenes, tmp_path):
    folder, _ = seen
    words = (folder / "altika", "--scenes", scenes[0], "--out", tmp_path / "out")
    code, told, _ = iceco("collocate", *words, "--drift", "auto")
    assert code == 0
    assert f"{scenes[0].stem}: no pair of scenes shows how the ice moved there" in told
    assert set(gpd.read_parquet(tmp_path / "out")["drift_method"]) == {"none"}


def test_a_dry_run_says_which_pairs_would_be_followed(iceco, seen, scenes, tmp_path):
    folder, _ = seen
    words = (folder / "altika", "--scenes", folder / "sentinel1", "--out", tmp_path / "out")
    code, told, _ = iceco("collocate", *words, "--drift", "auto", "--dry-run")
    assert code == 0
    assert f"drift from {scenes[0].stem} to {scenes[1].stem}" in told
    assert not (tmp_path / "out").exists()


def test_a_file_of_vectors_is_a_drift(iceco, seen, followed, tmp_path):
    folder, _ = seen
    drift = tmp_path / "drift"
    drift.mkdir()
    shutil.copy(followed, drift / "vectors.nc")
    for name, path in (("file", followed), ("folder", drift)):
        out = tmp_path / name
        words = (folder / "altika", "--scenes", folder / "sentinel1", "--out", out)
        assert iceco("collocate", *words, "--drift", path)[0] == 0
        assert (gpd.read_parquet(out)["drift_method"] == "vectors").mean() > 0.5
    parts = [gpd.read_parquet(tmp_path / name)["drift_dx_m"] for name in ("file", "folder")]
    assert (parts[0] == parts[1]).all()


def test_auto_with_a_drift_that_is_none_is_refused(iceco, seen, scenes, tmp_path):
    folder, _ = seen
    words = (folder / "altika", "--scenes", scenes[0], "--out", tmp_path / "out")
    code, told, error = iceco("collocate", *words, "--drift", "auto,nowhere.nc")
    assert (code, told) == (2, "")
    assert "'nowhere.nc' is neither an existing file" in error
