"""``iceco densify``: what it writes, says and refuses."""

import json

import netCDF4
import numpy as np
import pytest
import xarray as xr
from freeboard_fields import matern_field
from freeboard_files import swath_over, write_freeboard
from small_scenes import MIDDLE, PIXEL, corner, write_raster
from swot_swaths import expert_swath

from iceco.geo.polar import NORTH, forward
from iceco.products.recognise import open_product
from iceco.products.swot_writer import Granule, write_swot_expert

SIZE = 400  # pixels: 40 km
WHEN = np.datetime64("2024-03-15T12:00:00", "ns")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A scene whose HV goes with freeboard, and three tracks across it."""
    place = tmp_path_factory.mktemp("world")
    rng = np.random.default_rng(4)
    ice = matern_field(rng, SIZE, SIZE, PIXEL, 6000.0)
    hv = 10.0 ** ((-24.0 + 1.5 * ice) / 10.0) * rng.gamma(9.0, 1 / 9.0, ice.shape)
    hh = 10.0 ** (-1.4) * rng.gamma(9.0, 1 / 9.0, ice.shape)
    write_raster(place / "scene.tif", hh, hv)
    left, top = corner(SIZE * PIXEL)
    for number, share in enumerate((0.2, 0.5, 0.8)):
        line = np.arange(0, SIZE, 3)
        sample = np.full(line.size, int(share * SIZE))
        freeboard = 0.2 + 0.08 * ice[line, sample] + 0.03 * rng.standard_normal(line.size)
        time = WHEN + np.timedelta64(600 * number, "s") + line * np.timedelta64(15, "ms")
        write_freeboard(
            place / f"track{number}.nc", left + PIXEL * (sample + 0.5), top - PIXEL * (line + 0.5),
            time, freeboard, 0.03,
        )  # fmt: skip
    return place


def words(world, *more):
    tracks = [word for i in range(3) for word in ("--tracks", world / f"track{i}.nc")]
    return ("densify", "--scenes", world / "scene.tif", *tracks, "--drift", "none", *more)


def refused(iceco, out, *told):
    code, said, error = iceco(*told, "--out", out)
    assert (code, said) == (2, ""), error
    assert error.startswith("iceco: ")
    assert error.count("\n") == 1
    assert not out.exists()
    return error


@pytest.fixture(scope="module")
def like(world):
    """An Expert granule over the scene, of the columns that the writer needs."""
    place = swath_over(*MIDDLE, lines=30, cell=2000.0, pixels=69)
    whole = expert_swath(lines=30)
    replaced = {
        name: (("line", "pixel"), place[name].values)
        for name in ("longitude", "latitude", "cross_track_distance")
    }
    swath = whole.drop_vars("time").assign_coords(
        replaced | {"time": ("line", place["time"].values)}
    )
    path = world / "SWOT_L2_LR_SSH_Expert_010_021_20240315T130000_20240315T130009_PIC0_01.nc"
    write_swot_expert(path, swath, Granule(10, 21))
    return path


def test_a_map_is_written_and_told(iceco, world, tmp_path):
    out, picture = tmp_path / "map.nc", tmp_path / "map.png"
    code, said, error = iceco(*words(world, "--method", "ked", "--out", out, "--figure", picture))
    assert (code, error) == (0, "")
    assert "ked      on tracks held out" in said
    assert f"wrote {out}" in said
    assert picture.stat().st_size > 10_000
    with xr.open_dataset(out) as grid:
        assert grid["sea_ice_freeboard"].dims == ("y", "x")
        assert grid["sea_ice_freeboard_quantile"].dims == ("quantile", "y", "x")
        assert grid.attrs["method"] == "ked"
        assert grid.attrs["freeboard_kind"] == "radar"
        assert "standard_name" not in grid["sea_ice_freeboard"].attrs
        assert grid["time"].values == WHEN
        assert grid["x"].values[0] % 2000.0 == 1000.0
        told = json.loads(grid.attrs["inputs"])
        assert set(told) == {"scene.tif", "track0.nc", "track1.nc", "track2.nc"}
        good = grid["quality_flag"].values == 0
        assert good.sum() > 300
        low, high = (grid["sea_ice_freeboard_quantile"].sel(quantile=q, method="nearest").values
                     for q in (0.05, 0.95))  # fmt: skip
        mean = grid["sea_ice_freeboard"].values
        assert ((low < mean) & (mean < high))[good].all()


def test_a_swath_keeps_the_samples_of_its_granule(iceco, world, like, tmp_path):
    code, said, _ = iceco(
        *words(world, "--like", like, "--method", "oi", "--out", tmp_path, "--json")
    )
    assert code == 0
    told = json.loads(said)
    name = "ICECO_L3_LR_SIFB_Expert_010_021_20240315T130000_20240315T130008_v0.1.nc"
    assert told["out"] == str(tmp_path / name)
    with xr.open_dataset(told["out"]) as grid, open_product(like) as swath:
        assert grid["sea_ice_freeboard"].dims == ("num_lines", "num_pixels")
        assert grid["sea_ice_freeboard"].shape == swath["longitude"].shape
        np.testing.assert_array_equal(grid["latitude"].values, swath["latitude"].values)
        np.testing.assert_array_equal(grid["longitude"].values, swath["longitude"].values)
        assert grid["cross_track_distance"].dims == ("num_pixels",)
        assert grid.attrs["target_time"] == "2024-03-15T13:00:04Z"
        age = grid["age_of_observation"].values
        assert np.nanmax(age.astype(float)) < 0
    with netCDF4.Dataset(told["out"]) as grid:
        assert grid.data_model == "NETCDF4"
        assert grid["time"].units.startswith("seconds since 2000-01-01")


def test_scenes_may_be_left_out_and_tracks_named_in_any_order(iceco, world, tmp_path):
    out = tmp_path / "map.nc"
    code, said, _ = iceco(
        "densify", world / "track2.nc", world / "track0.nc", "--time", "2024-03-15T12:00:00",
        "--drift", "none", "--resolution", "1000", "--out", out, "--json",
    )  # fmt: skip
    assert code == 0
    told = json.loads(said)
    assert told["method"] in ("oi", "nearest")
    assert set(told["scores"]) == {"nearest", "oi"}
    with xr.open_dataset(out) as grid:
        assert np.isnan(grid["lead_probability"].values).all()
        assert grid.attrs["cell_size_m"] == 1000.0


def test_what_cannot_be_mapped_is_refused_in_one_sentence(iceco, world, like, tmp_path):
    out = tmp_path / "map.nc"
    late = refused(iceco, out, *words(world, "--time", "2024-05-01", "--window", "12h"))
    assert "no track is in the window" in late
    assert "without a scene or --like" in refused(iceco, out, "densify", world / "track0.nc")
    assert "no altimeter track" in refused(iceco, out, "densify", world / "scene.tif")
    assert "must be auto or one of" in refused(iceco, out, *words(world, "--method", "spline"))
    assert "--resolution 'fine'" in refused(iceco, out, *words(world, "--resolution", "fine"))
    assert "--time 'noon'" in refused(iceco, out, *words(world, "--time", "noon"))
    assert "--like needs" in refused(iceco, out, *words(world, "--like", world / "scene.tif"))
    assert "neither a track nor a scene" in refused(iceco, out, *words(world, like))
    assert "needs SAR scenes" in refused(
        iceco, out, "densify", world / "track0.nc", "--time", "2024-03-15T12:00", "--method", "ked",
        "--drift", "none",
    )  # fmt: skip
    assert "pictures are drawn" in refused(iceco, out, *words(world, "--figure", "map.doc"))
    assert "ends in .nc" in refused(iceco, tmp_path / "map.tif", *words(world))


def test_a_track_without_freeboard_is_refused(iceco, world, tmp_path, sample_data):
    echoes = next((sample_data / "altimetry/cryosat2").glob("CS_LTA__SIR_SAR_1B_*.nc"))
    error = refused(iceco, tmp_path / "map.nc", *words(world, echoes, "--window", "9999d"))
    assert f"{echoes}: the track has no freeboard" in error


def test_a_scene_or_a_swath_elsewhere_is_refused(iceco, world, like, tmp_path):
    out = tmp_path / "map.nc"
    far = tmp_path / "far.nc"
    x, y = forward(NORTH, np.full(40, 20.0), np.linspace(80.0, 81.0, 40))
    write_freeboard(far, x, y, np.full(40, WHEN), np.full(40, 0.2))
    error = refused(iceco, out, "densify", world / "scene.tif", far, "--drift", "none")
    assert "no cell of the grid lies within" in error
    error = refused(iceco, out, "densify", far, "--like", like, "--drift", "none")
    assert "nowhere near" in error


def test_a_real_pass_over_both_hemispheres_is_mapped_where_its_freeboard_lies(
    iceco, tmp_path, sample_data
):
    track = next((sample_data / "altimetry/sentinel3").glob("S3A_SR_2_WAT____20230502*.SEN3"))
    out = tmp_path / "map.nc"
    code, _, error = iceco(
        "densify", track, "--time", "2023-05-02T15:12", "--window", "1h", "--drift", "none",
        "--method", "nearest", "--resolution", "10000", "--out", out, "--figure",
        tmp_path / "a.png",
    )  # fmt: skip
    assert (code, error) == (0, "")
    with xr.open_dataset(out) as grid:
        assert grid["latitude"].values[np.isfinite(grid["sea_ice_freeboard"].values)].min() > 65.0
        assert grid.attrs["geospatial_bounds_crs"] == "EPSG:4326"
