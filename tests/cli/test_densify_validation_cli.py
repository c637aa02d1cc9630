"""``iceco densify --validate-swot``: every method judged by swaths and lasers, in a folder."""

import json
import shutil
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from freeboard_files import write_freeboard
from freeboard_swaths import ACROSS, EPOCH, START, ice_swath, with_columns
from small_scenes import PIXEL, corner, write_raster
from typer.testing import CliRunner

from iceco.cli.app import app
from iceco.cli.collocate import parse_duration
from iceco.cli.densify_files import sort_out
from iceco.geo.polar import NORTH, forward
from iceco.models.densify.observations import points_of, read_freeboard
from iceco.products.freeboard_grid import open_freeboard_grid

SIZE = 300  # pixels of the scene: 30 km, most of it beneath the swath's left side
LINES = 40
METHODS = ("nearest", "oi", "linear", "ked", "cdf", "segment", "network")
DRAWN = ("maps.png", "distributions.png", "spectra.png", "reliability.png")
FILES = {"scores.json", "scores.txt", *DRAWN, *(f"{name}.nc" for name in METHODS)}


def write_swath(path, swath):
    """Write a swath as a file of level 3, which has its tides in its heights."""
    seconds = (swath["time"].values - EPOCH) / np.timedelta64(1, "s")
    both = ("num_lines", "num_pixels")
    columns = {
        "time": ("num_lines", seconds, {"units": "seconds since 2000-01-01 00:00:00.0"}),
        "cross_track_distance": ("num_pixels", ACROSS / 1e3, {"units": "km"}),
        "ssha_unedited": (both, swath["sea_level_anomaly"].values),
        "quality_flag": (both, np.full(swath["sigma0"].shape, 20, dtype=np.uint8)),
        **{name: (both, swath[name].values) for name in ("longitude", "latitude", "sigma0")},
    }
    numbers = {"cycle_number": 10, "pass_number": 21, "product_version": "3.0"}
    xr.Dataset(columns, attrs=numbers).to_netcdf(path)
    return path


def write_laser(path, longitude, latitude, time, freeboard):
    """Write a beam of an ATL10 granule, segments of 1 km."""
    with netCDF4.Dataset(path, "w") as file:
        file.identifier_product_type = "ATL10"
        file.createGroup("ancillary_data")
        file.createGroup("gt1l").atlas_beam_type = "strong"
        group = file.createGroup("gt1l/freeboard_segment")
        group.createDimension("segment", freeboard.size)
        seconds = (time - np.datetime64("2018-01-01", "ns")) / np.timedelta64(1, "s")
        columns = {
            "delta_time": seconds, "latitude": latitude, "longitude": longitude,
            "beam_fb_height": freeboard, "beam_fb_unc": np.full(freeboard.size, 0.02),
            "beam_fb_quality_flag": np.ones(freeboard.size),
        }  # fmt: skip
        for name, values in columns.items():
            group.createVariable(name, "f8", ("segment",))[:] = values
        group["delta_time"].units = "seconds since 2018-01-01"
        lengths = file.createGroup("gt1l/freeboard_segment/heights")
        lengths.createVariable("height_segment_length_seg", "f4", ("segment",))[:] = 1000.0
    return path


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A swath over known ice, a scene beneath a part of it, three tracks and a laser across."""
    place = tmp_path_factory.mktemp("judged")
    seen = ice_swath(lines=LINES)
    swath = write_swath(place / "swath.nc", seen.swath)
    rng = np.random.default_rng(3)
    shape = (SIZE, SIZE)
    level = np.repeat(np.repeat(rng.normal(-25.0, 1.0, (15, 15)), 20, axis=0), 20, axis=1)
    hv = 10.0 ** (level / 10.0) * rng.gamma(9.0, 1 / 9.0, shape)
    scene = write_raster(place / "scene.tif", 0.04 * rng.gamma(9.0, 1 / 9.0, shape), hv)
    for number, line in enumerate((5, 20, 35)):
        across = np.arange(10, 230, 2)
        lon, lat = (seen.swath[name].values[line, across] for name in ("longitude", "latitude"))
        time = START - np.timedelta64(2, "h") + across * np.timedelta64(40, "ms")
        value = seen.freeboard[line, across] + 0.03 * rng.standard_normal(across.size)
        write_freeboard(
            place / f"track{number}.nc", *forward(NORTH, lon, lat), time, value, 0.03,
            name="total_freeboard",
        )  # fmt: skip
    across = np.arange(20, 220, 4)
    lon, lat = (seen.swath[name].values[12, across] for name in ("longitude", "latitude"))
    time = START + np.timedelta64(1, "h") + across * np.timedelta64(40, "ms")
    write_laser(place / "laser.h5", lon, lat, time, seen.freeboard[12, across])
    assert swath.is_file()
    assert scene.is_file()
    return place


def words(world, *more):
    tracks = [world / f"track{i}.nc" for i in range(3)]
    return ("densify", world / "scene.tif", *tracks, "--drift", "none", *more)


def refused(iceco, out, *told):
    code, said, error = iceco(*told, "--out", out)
    assert (code, said) == (2, ""), error
    assert error.count("iceco: ") == 1
    assert not list(out.parent.iterdir())
    return error


@pytest.fixture(scope="module")
def judged(world, tmp_path_factory):
    """Where the grid is, and what was said on either stream."""
    out = tmp_path_factory.mktemp("out") / "map.nc"
    told = words(
        world, "--validate-swot", world / "swath.nc", "--validate-atl10", world / "laser.h5",
        "--method", "oi", "--out", out,
    )  # fmt: skip
    done = CliRunner().invoke(app, [str(word) for word in told], catch_exceptions=False)
    assert done.exit_code == 0
    return out, done.stdout, done.stderr


def test_all_methods_are_written_on_the_swaths_samples_with_scores_and_figures(judged):
    out, said, error = judged
    folder = out.with_suffix(".validation")
    assert {path.name for path in folder.iterdir()} == FILES
    assert {path.name for path in out.parent.iterdir()} == {out.name, folder.name}
    assert error == ""
    assert (folder / "scores.txt").read_text() in said
    grids = {name: open_freeboard_grid(folder / f"{name}.nc") for name in METHODS}
    for name, grid in grids.items():
        assert grid.attrs["method"] == name
        assert grid["freeboard"].shape == (LINES, ACROSS.size)
        assert np.isfinite(grid["freeboard"].values).any()
    chosen = open_freeboard_grid(out)
    assert chosen.attrs["method"] == "oi"
    np.testing.assert_array_equal(chosen["freeboard"].values, grids["oi"]["freeboard"].values)
    for name in DRAWN:
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


def test_scores_are_those_of_maps_made_from_the_ice_that_swot_saw(judged):
    out, said, _ = judged
    found = json.loads((out.with_suffix(".validation") / "scores.json").read_text())
    assert set(found) == {"swot", "atl10"}
    assert list(found["swot"]["resolutions"]) == ["2 km", "250 m"]
    for name, scores in found["swot"]["resolutions"]["250 m"]["methods"].items():
        assert name in METHODS
        near = scores["distance 0-1 km"]
        assert abs(near["bias"][0]) < 0.05, name
        assert near["cells"] < scores["all"]["cells"]
    methods = found["swot"]["resolutions"]["2 km"]["methods"]
    assert methods["oi"]["distance 0-1 km"]["r"][0] > 0.5
    assert found["atl10"]["referee"] == "ICESat-2 ATL10"
    assert "against SWOT, whose own sigma" in said
    assert "against ICESat-2 ATL10" in said


def test_a_map_of_radar_freeboard_is_told_apart_from_what_swot_sees(iceco, world, tmp_path):
    x, y = forward(NORTH, np.full(60, -139.7), np.linspace(75.1, 75.45, 60))
    radar = tmp_path / "radar.nc"
    value = 0.25 + 0.03 * np.random.default_rng(8).standard_normal(60)
    write_freeboard(radar, x, y, np.full(60, START), value)
    told = ("densify", radar, "--drift", "none", "--validate-swot", world / "swath.nc", "--crs",
            "EPSG:6931", "--resolution", "4000", "--json")  # fmt: skip
    code, said, error = iceco(*told, "--out", tmp_path / "plain.nc")
    assert code == 0
    assert error.count("\n") == 1
    assert "the map is of radar freeboard" in error
    assert "how deep Ku and Ka band see into it is not known" in error
    assert json.loads(said)["validation"] == str(tmp_path / "plain.validation")
    code, _, error = iceco(*told, "--out", tmp_path / "snow.nc", "--snow-depth", "0.1")
    assert (code, error) == (0, "")
    bias = []
    for name in ("plain", "snow"):
        found = json.loads((tmp_path / f"{name}.validation" / "scores.json").read_text())
        bias.append(found["swot"]["resolutions"]["4 km"]["methods"]["oi"]["all"]["bias"][0])
    assert bias[1] - bias[0] == pytest.approx(0.1 * 1.238, abs=1e-3)


def test_what_a_shell_expands_is_sorted_out_by_content(world):
    swath, laser, scene = (world / name for name in ("swath.nc", "laser.h5", "scene.tif"))
    tracks = [world / f"track{i}.nc" for i in range(3)]
    found = sort_out([scene], [*tracks, swath, laser], [swath], [laser])
    assert found == ([scene], tracks, [swath], [laser])
    assert sort_out([], [laser, *tracks], [swath], []).tracks == [laser, *tracks]
    assert sort_out([laser], [scene], [], []).tracks == [laser]
    with pytest.raises(ValueError, match="to be mapped from and to judge the map"):
        sort_out([laser], tracks, [], [laser])
    with pytest.raises(ValueError, match=r"--validate-swot needs granules of SWOT, this is of"):
        sort_out([], tracks, [scene], [])
    with pytest.raises(ValueError, match="--validate-atl10 needs granules of ATL10"):
        sort_out([], tracks, [], [swath])
    with pytest.raises(ValueError, match="one to judge by with --validate-swot"):
        sort_out([], [*tracks, swath], [], [])


def test_laser_segments_to_map_from_are_those_that_the_product_calls_best(world, tmp_path):
    laser = shutil.copy(world / "laser.h5", tmp_path)
    observed = read_freeboard(Path(laser))
    value, sigma = observed.freeboard["total"]
    assert np.isfinite(value).all()
    assert (sigma > 0.02).all()
    with netCDF4.Dataset(laser, "a") as file:
        file["gt1l/freeboard_segment/beam_fb_quality_flag"][:5] = 3
    again = read_freeboard(Path(laser)).freeboard["total"][0]
    assert np.flatnonzero(np.isnan(again)).tolist() == [0, 1, 2, 3, 4]
    points, kind = points_of([observed], START, np.timedelta64(1, "D"))
    assert kind == "total"
    assert points.x.size == value.size


def test_days_are_durations_like_any_other():
    assert parse_duration("--max-lag", "5d") == 5 * 86_400.0
    assert parse_duration("--max-lag", "1.5d") == 1.5 * 86_400.0
    with pytest.raises(ValueError, match="--max-lag 'd' is no duration"):
        parse_duration("--max-lag", "d")


def test_what_cannot_be_judged_is_refused_in_one_sentence_and_leaves_nothing(
    iceco, world, tmp_path
):
    swath = ice_swath(lines=LINES).swath
    far, flagged = tmp_path / "far.nc", tmp_path / "flagged.nc"
    write_swath(far, with_columns(swath, longitude=swath["longitude"].values + 90.0))
    nothing = np.full(swath["sigma0"].shape, np.nan)
    write_swath(flagged, with_columns(swath, sea_level_anomaly=nothing))
    (tmp_path / "empty").mkdir()
    out = tmp_path / "empty" / "map.nc"
    error = refused(iceco, out, *words(world, "--validate-swot", far))
    assert f"{far}: the swath passes nowhere near" in error
    plain = ("densify", world / "track0.nc", "--drift", "none", "--crs", "EPSG:6931")
    error = refused(iceco, out, *plain, "--time", START, "--validate-swot", far)
    assert f"{far}: SWOT sees no cell that is mapped" in error
    error = refused(iceco, out, *words(world, "--validate-swot", flagged))
    assert f"{flagged}: no cell of the swath passes the quality tests" in error
    late = ("--time", "2024-05-01", "--window", "2d")
    error = refused(iceco, out, *words(world, "--validate-swot", world / "swath.nc", *late))
    assert "no track is in the window" in error
    error = refused(iceco, out, *words(world, "--snow-depth", "0.2"))
    assert "--snow-depth is for --validate-swot" in error
    snow = ("--validate-swot", world / "swath.nc", "--snow-depth", "20")
    assert "between 0 and 5 m" in refused(iceco, out, *words(world, *snow))
    left, top = corner(SIZE * PIXEL)
    x, y = left - 150e3 + 1000.0 * np.arange(40), np.full(40, top)
    write_freeboard(tmp_path / "beside.nc", x, y, np.full(40, START), np.full(40, 0.2))
    blind = ("densify", tmp_path / "beside.nc", "--drift", "none", "--time", "2024-03-15T16:40")
    error = refused(iceco, out, *blind, "--validate-atl10", world / "laser.h5")
    assert "ICESat-2 crosses no cell that is mapped" in error


def test_a_scene_that_misses_the_swath_is_refused(iceco, world, tmp_path):
    swath = ice_swath(lines=LINES).swath
    near = tmp_path / "near.nc"
    # Beside the scene, but within the swath's width of it.
    write_swath(near, with_columns(swath, latitude=swath["latitude"].values - 1.0))
    (tmp_path / "empty").mkdir()
    error = refused(iceco, tmp_path / "empty" / "map.nc", *words(world, "--validate-swot", near))
    assert f"{world / 'scene.tif'}: the scene misses the grid" in error
