"""``iceco collocate`` from the shell: results, options, and one sentence for every mistake."""

import json
import re
import shutil
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from netCDF4 import Dataset
from small_archive import contents

from iceco.cli.app import main
from iceco.collocate.resume import claimed, place_of
from iceco.collocate.table import column_names
from iceco.products.recognise import open_product


@pytest.fixture(scope="module")
def collocated(demo_world, tmp_path_factory):
    """The demo's collocations, made once."""
    out = tmp_path_factory.mktemp("collocated") / "out"
    words = [
        "collocate",
        demo_world.track,
        "--scenes",
        demo_world.scene,
        "--drift",
        demo_world.drift,
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["iceco", *map(str, words), "--out", str(out)])
        with pytest.raises(SystemExit) as stop:
            main()
    assert stop.value.code == 0
    return out


@pytest.fixture
def safe(demo_world, tmp_path):
    """A copy of the scene to spoil."""
    return Path(shutil.copytree(demo_world.scene, tmp_path / demo_world.scene.name))


def refused(run, out: Path, *words) -> str:
    """Run what must be refused; return the sentence, after checking that nothing is left."""
    before = set(out.parent.iterdir()) if out.parent.is_dir() else None
    code, told, error = run("collocate", *words, "--out", out)
    assert code == 2, (code, told, error)
    assert told == ""
    assert error.startswith("iceco: ")
    assert error.count("\n") == 1, error
    assert "Traceback" not in error
    if before is not None:
        assert set(out.parent.iterdir()) == before
    return error


def test_records_are_labelled_by_the_leads_of_the_scene(collocated, demo_world):
    records = gpd.read_parquet(collocated)
    assert list(records.columns) == [*column_names((250.0, 500.0, 1000.0)), "echo", "month"]
    assert len(records) > 200
    assert set(records["mission"]) == {"al"}
    assert np.stack(records["waveform"]).shape[1] == 128
    truth = demo_world.distance_to_lead[records["record"]]
    near = truth < 3000
    error = np.abs(records["distance_to_lead_m"] - truth)[near & ~records["distance_censored"]]
    # The drift product does not know the inertial motion; the given sigma does.
    assert np.median(error) < 2.0 * records["position_sigma_m"].median()


def test_the_summary_tells_what_went_in(collocated, demo_world):
    summary = json.loads((collocated / "_collocations.json").read_text())
    wanted = (demo_world.track, demo_world.scene, demo_world.drift)
    assert set(summary["inputs"]) == set(map(str, wanted))
    assert summary["failures"] == []
    assert summary["records"] == len(gpd.read_parquet(collocated))


def test_drift_moves_the_records_as_the_product_says(collocated, demo_world):
    records = gpd.read_parquet(collocated)
    moved = records[["drift_dx_m", "drift_dy_m"]].to_numpy()
    error = moved - demo_world.displacement[records["record"]]
    # The product is off by 2500 m in 48 h, or 48 m in the 54 minutes of the lag, per component,
    # and holds for two days what changes within hours.
    assert (np.hypot(*error.T) < 4 * records["position_sigma_m"]).all()
    assert np.hypot(*error.T).mean() < 0.5 * np.hypot(*demo_world.displacement.T).mean()
    assert records["position_sigma_m"].between(60, 140).all()


def test_a_second_run_gives_the_same_bytes(collocated, demo_world, tmp_path, iceco):
    out = tmp_path / "again"
    code, *_ = iceco(
        "collocate", demo_world.track, "--scenes", demo_world.scene, "--drift", demo_world.drift,
        "--out", out,
    )  # fmt: skip
    assert code == 0
    parts = sorted(p.relative_to(collocated) for p in collocated.rglob("*.parquet"))
    assert parts == sorted(p.relative_to(out) for p in out.rglob("*.parquet"))
    assert all((collocated / p).read_bytes() == (out / p).read_bytes() for p in parts)


def test_a_constant_displacement_is_applied_as_given(demo_world, tmp_path, iceco):
    out = tmp_path / "out"
    words = (demo_world.track, "--scenes", demo_world.scene, "--drift", "400,-250", "--out", out)
    assert iceco("collocate", *words)[0] == 0
    records = gpd.read_parquet(out)
    assert (records["drift_dx_m"] == 400).all()
    assert (records["drift_dy_m"] == -250).all()


def test_a_shell_s_glob_of_scenes_is_sorted_out(demo_world, safe, tmp_path, iceco):
    words = ("--scenes", demo_world.scene, safe, demo_world.track, demo_world.scene, "--dry-run")
    code, told, error = iceco("collocate", *words, "--out", tmp_path / "out")
    assert code == 0
    assert "1 pairs, 1 scenes" in told
    assert "has the same name; rename one" in error
    assert not (tmp_path / "out").exists()


def test_other_distances_make_other_columns(demo_world, tmp_path, iceco):
    out = tmp_path / "out"
    words = (demo_world.track, "--scenes", demo_world.scene, "--lead-distance", "300,2000")
    assert iceco("collocate", *words, "--out", out)[0] == 0
    records = gpd.read_parquet(out)
    assert list(records.columns) == [*column_names((300.0, 2000.0)), "echo", "month"]
    assert (records["p_lead_300m"].dropna() <= records["p_lead_2000m"].dropna()).all()


def test_a_config_file_sets_options(demo_world, tmp_path, iceco):
    config = tmp_path / "options.toml"
    config.write_text('lead-distance = "400"\nmax-lag = "2h"\n')
    out = tmp_path / "out"
    words = (demo_world.track, "--scenes", demo_world.scene, "--config", config, "--out", out)
    assert iceco("collocate", *words)[0] == 0
    options = json.loads((out / "_collocations.json").read_text())["options"]
    assert options["lead_distances_m"] == [400.0]
    assert options["max_lag_s"] == 7200.0


def test_a_catalogue_serves_as_well_as_folders(demo_world, tmp_path, iceco):
    catalogue, out = tmp_path / "all.parquet", tmp_path / "out"
    code, told, _ = iceco("catalog", demo_world.scene.parent.parent, "--out", catalogue)
    assert (code, "1 tracks, 1 scenes" in told) == (0, True)
    entries = gpd.read_parquet(catalogue)
    assert set(entries["kind"]) == {"track", "scene"}
    assert entries.geometry.is_valid.all()
    code, told, _ = iceco("collocate", catalogue, "--scenes", catalogue, "--out", out, "--json")
    assert code == 0
    assert json.loads(told)["records"] > 200
    alone = tmp_path / "alone"
    assert iceco("collocate", catalogue, "--out", alone)[0] == 0
    assert contents(alone) == contents(out)


def test_tracks_alone_need_scenes(demo_world, tmp_path, iceco):
    error = refused(iceco, tmp_path / "out", demo_world.track)
    assert "holds no SAR scene; name some" in error


def test_a_dry_run_says_what_it_would_cost(demo_world, tmp_path, iceco):
    words = ("collocate", demo_world.scene.parent.parent, "--out", tmp_path / "out", "--dry-run")
    code, told, _ = iceco(*words, "--workers", 3)
    assert code == 0
    assert re.search(r"1 pairs, 1 scenes to read; at most [\d.]+ GB, roughly [\d.]+ minutes", told)
    assert "with 3 workers; nothing written" in told
    told = json.loads(iceco(*words, "--json")[1])
    files = [demo_world.track, *(p for p in demo_world.scene.rglob("*") if p.is_file())]
    assert told["estimate"]["bytes_at_most"] == sum(path.stat().st_size for path in files)
    assert told["estimate"]["minutes"] > 0
    assert not (tmp_path / "out").exists()


def test_shards_write_one_dataset(collocated, demo_world, tmp_path, iceco):
    words = ("collocate", demo_world.track, "--scenes", demo_world.scene, "--drift")
    words = (*words, demo_world.drift, "--out", tmp_path / "out", "--shard")
    told = [iceco(*words, f"{i}/2") for i in (1, 2)]
    assert [code for code, *_ in told] == [0, 0]
    assert contents(tmp_path / "out") == contents(collocated)


def test_an_unfinished_shard_says_what_is_missing(demo_world, tmp_path, iceco, monkeypatch):
    monkeypatch.setattr("iceco.collocate.runs._falls_to", lambda task, share: False)
    words = ("collocate", demo_world.track, "--scenes", demo_world.scene, "--out", tmp_path / "out")
    code, told, _ = iceco(*words, "--shard", "1/2")
    assert code == 0
    assert "0 of 1 scenes are done" in told
    assert not (tmp_path / "out").exists()


def test_a_second_run_on_one_output_is_refused(demo_world, tmp_path, iceco):
    with claimed(place_of(tmp_path / "out"), None):
        error = refused(iceco, tmp_path / "out", demo_world.track, "--scenes", demo_world.scene)
    assert "another run is writing it" in error


def test_ctrl_c_says_how_to_go_on(demo_world, tmp_path, iceco, monkeypatch):
    def interrupted(*words):
        raise KeyboardInterrupt

    words = ("collocate", demo_world.track, "--scenes", demo_world.scene, "--out", tmp_path / "out")
    with monkeypatch.context() as patch:
        patch.setattr("iceco.collocate.scene_task.open_source", interrupted)
        code, _, error = iceco(*words)
    assert code == 130
    assert error == "iceco: stopped; start again to go on from here\n"
    assert iceco(*words)[0] == 0


def test_a_track_outside_every_scene_gives_an_empty_result_and_says_so(demo_world, tmp_path, iceco):
    out = tmp_path / "out"
    words = (demo_world.track, "--scenes", demo_world.scene, "--max-lag", "10min", "--out", out)
    code, told, error = iceco("collocate", *words)
    assert (code, error) == (0, "")
    assert "no record of these tracks falls into these scenes" in told
    records = gpd.read_parquet(out)
    assert list(records.columns) == column_names((250.0, 500.0, 1000.0))
    assert len(records) == 0


def test_one_bad_file_in_a_folder_is_reported_and_the_rest_done(demo_world, safe, tmp_path, iceco):
    bad = tmp_path / "damaged.SAFE"
    shutil.copytree(safe, bad)
    next(bad.glob("annotation/*.xml")).write_text("<product><adsHeader>")
    code, _, error = iceco(
        "collocate", demo_world.track, "--scenes", tmp_path, "--out", tmp_path / "out"
    )
    assert code == 0
    assert "damaged.SAFE" in error
    summary = json.loads((tmp_path / "out" / "_collocations.json").read_text())
    assert summary["failures"] == json.loads((tmp_path / "out" / "_failures.json").read_text())
    assert len(summary["failures"]) == 1
    assert summary["records"] > 200


def test_an_earlier_result_is_replaced_and_other_folders_are_not(demo_world, tmp_path, iceco):
    out = tmp_path / "out"
    words = ("collocate", demo_world.track, "--scenes", demo_world.scene, "--out", out)
    assert iceco(*words)[0] == 0
    assert iceco(*words)[0] == 0
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("precious")
    assert "is no dataset of collocations" in refused(iceco, mine, *words[1:-2])
    assert (mine / "thesis.tex").read_text() == "precious"


# Bad input: one sentence that names file and cause, exit code 2, nothing left behind.


def test_a_missing_file(demo_world, tmp_path, iceco):
    error = refused(iceco, tmp_path / "out", tmp_path / "gone.nc", "--scenes", demo_world.scene)
    assert "gone.nc: there is no such file" in error


def test_an_empty_file(demo_world, tmp_path, iceco):
    (tmp_path / "empty.nc").touch()
    error = refused(iceco, tmp_path / "out", tmp_path / "empty.nc", "--scenes", demo_world.scene)
    assert "empty.nc: the file is empty" in error


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_a_truncated_netcdf(demo_world, tmp_path, iceco, share):
    whole = demo_world.track.read_bytes()
    (tmp_path / "cut.nc").write_bytes(whole[: int(share * len(whole))])
    error = refused(iceco, tmp_path / "out", tmp_path / "cut.nc", "--scenes", demo_world.scene)
    assert "cut.nc" in error


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_truncated_tiff(demo_world, safe, tmp_path, iceco, share):
    tiff = next(safe.glob("measurement/*hv*.tiff"))
    whole = tiff.read_bytes()
    tiff.write_bytes(whole[: int(share * len(whole))])
    error = refused(iceco, tmp_path / "out", demo_world.track, "--scenes", safe)
    assert tiff.name in error


@pytest.mark.parametrize("place", ["annotation/*.xml", "annotation/calibration/noise*.xml"])
def test_xml_cut_in_the_middle(demo_world, safe, tmp_path, iceco, place):
    xml = next(safe.glob(place))
    xml.write_bytes(xml.read_bytes()[:5000])
    error = refused(iceco, tmp_path / "out", demo_world.track, "--scenes", safe)
    assert xml.name in error


def test_an_xml_entity_bomb(demo_world, safe, tmp_path, iceco):
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "boom"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    xml = next(safe.glob("annotation/*.xml"))
    xml.write_text(bomb)
    error = refused(iceco, tmp_path / "out", demo_world.track, "--scenes", safe)
    assert xml.name in error


def test_annotation_and_tiff_of_different_sizes(demo_world, safe, tmp_path, iceco):
    xml = next(safe.glob("annotation/*hh*.xml"))
    xml.write_text(xml.read_text().replace("<numberOfLines>1200<", "<numberOfLines>1201<"))
    error = refused(iceco, tmp_path / "out", demo_world.track, "--scenes", safe)
    assert "1201" in error
    assert "1200" in error


def test_a_zip_with_a_path_that_climbs_out(demo_world, tmp_path, iceco):
    archive = tmp_path / "evil.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.write(demo_world.scene / "manifest.safe", f"{demo_world.scene.name}/manifest.safe")
        file.writestr("../../escaped.txt", "out")
    error = refused(iceco, tmp_path / "out", demo_world.track, "--scenes", archive)
    assert "escaped.txt" in error
    assert not (tmp_path.parent / "escaped.txt").exists()


def test_a_scene_without_its_images(demo_world, safe, tmp_path, iceco):
    shutil.rmtree(safe / "measurement")
    error = refused(iceco, tmp_path / "out", demo_world.track, "--scenes", safe)
    assert safe.name in error


def test_a_polarisation_the_product_does_not_have(demo_world):
    from iceco.products.sentinel1.reader import open_sentinel1

    with pytest.raises(ValueError, match=r"SAFE.*vv"):
        open_sentinel1(demo_world.scene, polarisations=("vv",))


@pytest.mark.parametrize("swap", ["track for scene", "drift for track", "scene for track"])
def test_a_wrong_product(demo_world, tmp_path, iceco, swap):
    words = {
        "track for scene": (demo_world.track, "--scenes", demo_world.track),
        "drift for track": (demo_world.drift, "--scenes", demo_world.scene),
        "scene for track": (demo_world.scene, "--scenes", demo_world.scene),
    }[swap]
    assert "not a" in refused(iceco, tmp_path / "out", *words) or swap == "scene for track"


def test_a_track_without_a_single_position(demo_world, tmp_path, iceco):
    bare = tmp_path / "bare.nc"
    shutil.copy(demo_world.track, bare)
    with Dataset(bare, "a") as file:
        file.set_auto_maskandscale(False)
        for name in ("lat_40hz", "lon_40hz"):
            file[name][:] = file[name]._FillValue
    error = refused(iceco, tmp_path / "out", bare, "--scenes", demo_world.scene)
    assert "bare.nc: no record has a time and a position" in error


def test_an_output_folder_that_cannot_be_written(demo_world, tmp_path, iceco):
    (tmp_path / "file").write_text("in the way")
    words = (demo_world.track, "--scenes", demo_world.scene)
    assert "cannot be written" in refused(iceco, tmp_path / "file" / "out", *words)


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--max-lag", "soon", "is no duration"),
        ("--max-lag", "-1h", "must be positive"),
        ("--lead-distance", "near", "is no list of metres"),
        ("--drift", "nowhere.nc", "neither an existing file"),
        ("--drift", "1,2,3", "neither an existing file"),
        ("--lead-life", "long", "is no duration"),
        ("--shard", "3", "is no share"),
        ("--shard", "0/3", "a shard is one of 1 to their count"),
        ("--dask", "nowhere", "no Dask scheduler answers"),
    ],
)
def test_options_that_make_no_sense(demo_world, tmp_path, iceco, option, value, sentence):
    words = (demo_world.track, "--scenes", demo_world.scene, option, value)
    assert sentence in refused(iceco, tmp_path / "out", *words)


@pytest.mark.parametrize("text", ["max-leg = '3h'", "not toml"])
def test_a_config_file_that_makes_no_sense(demo_world, tmp_path, iceco, text):
    config = tmp_path / "bad.toml"
    config.write_text(text)
    words = (demo_world.track, "--scenes", demo_world.scene, "--config", config)
    assert "bad.toml" in refused(iceco, tmp_path / "out", *words)


def test_a_drift_that_is_no_drift(demo_world, tmp_path, iceco):
    words = (demo_world.track, "--scenes", demo_world.scene, "--drift", demo_world.track)
    assert "no ice drift product" in refused(iceco, tmp_path / "out", *words)


def test_a_file_as_it_was_is_still_read(demo_world):
    assert open_product(demo_world.track).sizes["time"] == 287


def test_a_raster_without_incidence_angles_is_a_scene_too(demo_world, tmp_path, iceco):
    import rasterio

    from iceco.geo.swath import image_to_plane
    from iceco.products.canonical import scene_geolocation

    scene = open_product(demo_world.scene)
    x, y = image_to_plane(scene_geolocation(scene), np.array(600.0), np.array(600.0))
    decibel = np.random.default_rng(0).normal(-14, 0.5, (300, 300)).astype(np.float32)
    decibel[:, 140:150] = -25.0
    path = tmp_path / "S1A_EW_HH_20240315T164000.tif"
    profile = {
        "driver": "GTiff", "height": 300, "width": 300, "count": 1, "dtype": "float32",
        "crs": "EPSG:3413", "transform": rasterio.Affine(100, 0, x - 15_000, 0, -100, y + 15_000),
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as file:
        file.write(decibel, 1)
        file.set_band_description(1, "sigma0_HH_db")
    out = tmp_path / "out"
    code, _, error = iceco("collocate", demo_world.track, "--scenes", path, "--out", out)
    assert (code, error) == (0, "")
    records = gpd.read_parquet(out)
    assert len(records) > 100
    assert records["incidence_angle_deg"].isna().all()
    outside = np.maximum(139.5 - records["sample"], records["sample"] - 149.5).clip(lower=0)
    free = ~records["distance_censored"] & (outside > 5)
    error = records["distance_to_lead_m"] - 100 / 0.977 * outside
    assert np.median(np.abs(error[free])) < 60


@pytest.mark.parametrize("empty", ["tracks", "scenes"])
def test_a_folder_without_any_product(demo_world, tmp_path, iceco, empty):
    (tmp_path / "nothing").mkdir()
    words = [demo_world.track, "--scenes", demo_world.scene]
    words[0 if empty == "tracks" else 2] = tmp_path / "nothing"
    assert "nothing: holds no " in refused(iceco, tmp_path / "out", *words)
