"""``--figure``: every command that makes something draws it, and refuses a bad name at once."""

import json

import geopandas
import numpy as np
import pytest
import shapely
from altika_tracks import altika_track
from freeboard_swaths import START, write_grid
from small_collocations import write_collocations

from iceco.cli.world_picture import picture_of_world
from iceco.products.altika_writer import altika_name, write_altika
from iceco.simulate.truth import truth_name

pytestmark = pytest.mark.usefixtures("one_thread")

#: Every command that draws, with words that would have it begin.
COMMANDS = {
    "catalog": ("IN",),
    "collocate": ("IN", "--out", "OUT"),
    "drift": ("IN", "IN", "--out", "OUT.nc"),
    "simulate": ("OUT",),
    "train-lstm": ("IN", "--out", "OUT"),
    "classify": ("IN", "--out", "OUT"),
    "freeboard": ("IN", "--out", "OUT"),
    "densify": ("IN", "--out", "OUT.nc"),
    "train-densify": ("IN", "--out", "OUT"),
    "timeseries": ("IN", "--regions", "IN", "--out", "OUT.nc"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_bad_name_is_refused_before_anything_is_read_or_written(iceco, tmp_path, command):
    words = [w.replace("OUT", str(tmp_path / "out")).replace("IN", str(tmp_path / "none"))
             for w in COMMANDS[command]]  # fmt: skip
    for figure, sentence in (
        (tmp_path / "a.gif", "a.gif: pictures are drawn as .png, .pdf, .svg"),
        (tmp_path / "gone" / "a.png", f"there is no folder {tmp_path / 'gone'} to write it in"),
    ):
        code, told, error = iceco(command, *words, "--figure", figure)
        assert (code, told) == (2, "")
        assert error.startswith("iceco: ") and error.count("\n") == 1
        assert sentence in error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["collocate", "simulate"])
def test_a_dry_run_has_nothing_to_draw(iceco, tmp_path, command):
    words = [w.replace("OUT", str(tmp_path / "out")).replace("IN", str(tmp_path))
             for w in COMMANDS[command]]  # fmt: skip
    code, _, error = iceco(command, *words, "--dry-run", "--figure", tmp_path / "a.png")
    assert code == 2
    assert "--figure has nothing to draw in a --dry-run" in error


def drawn(path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 20_000


def test_a_catalogue_is_drawn(iceco, demo_world, tmp_path):
    figure = tmp_path / "a.png"
    words = (demo_world.scene, demo_world.track, "--out", tmp_path / "c.parquet")
    code, told, error = iceco("catalog", *words, "--figure", figure)
    assert (code, error) == (0, "")
    assert told.endswith("1 tracks, 1 scenes\n")
    assert drawn(figure)


def test_collocations_are_drawn_on_their_scene(iceco, demo_world, tmp_path):
    figure = tmp_path / "a.png"
    words = (demo_world.track, "--scenes", demo_world.scene, "--drift", demo_world.drift)
    code, _, error = iceco("collocate", *words, "--out", tmp_path / "c", "--figure", figure)
    assert (code, error) == (0, "")
    assert drawn(figure)


def test_without_collocations_the_picture_is_left_out_and_that_is_said(iceco, demo_world, tmp_path):
    figure = tmp_path / "a.png"
    words = (demo_world.track, "--scenes", demo_world.scene, "--max-lag", "1min")
    code, _, error = iceco("collocate", *words, "--out", tmp_path / "c", "--figure", figure)
    assert code == 0
    assert f"{figure} is not drawn: there are no collocations" in error
    assert not figure.exists()


def test_a_world_is_drawn_from_its_files(demo_world):
    folder = demo_world.truth.parent.parent
    figure = picture_of_world(folder, folder / "truth" / truth_name(demo_world.plan))
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["AltiKa"]
    assert f"seed {demo_world.plan.world.seed}" in figure.get_suptitle()


def test_the_longest_of_several_classified_tracks_is_drawn(iceco, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "iceco.cli.classify.plot_classified",
        lambda track, result: seen.append((track.sizes["time"], result.sizes["time"])),
    )
    monkeypatch.setattr("iceco.cli.classify.save_figure", lambda figure, path: None)
    paths = []
    for number, records in ((1, 95), (2, 130), (3, 95)):
        track = altika_track(records)
        time = track["time"].values
        paths.append(tmp_path / altika_name(1, number, time[0], time[-1]))
        write_altika(paths[-1], track, 1, number)
    words = ("--out", tmp_path / "leads", "--figure", tmp_path / "a.png")
    code, _, error = iceco("classify", *paths, *words)
    assert code == 0, error
    assert seen == [(130, 130)]


def test_a_classified_track_is_drawn(iceco, demo_world, tmp_path):
    figure = tmp_path / "a.png"
    words = ("--out", tmp_path / "one.nc", "--figure", figure)
    assert iceco("classify", demo_world.track, *words)[0] == 0
    assert drawn(figure)


def test_a_training_is_drawn(iceco, tmp_path):
    dataset = write_collocations(tmp_path / "c", days=4, records=70)
    figure = tmp_path / "a.png"
    words = ("--epochs", 1, "--batch", 4, "--device", "cpu", "--no-baselines", "--json")
    code, told, _ = iceco(
        "train-lstm", dataset, "--out", tmp_path / "m", *words, "--figure", figure
    )
    assert code == 0
    assert json.loads(told)["options"]["epochs"] == 1
    assert drawn(figure)


def test_monthly_means_are_drawn(iceco, tmp_path):
    longitude, latitude = np.meshgrid(-140.0 + 0.1 * np.arange(8), 75.0 + 0.03 * np.arange(8))
    grids = [
        write_grid(tmp_path / f"{k}.nc", longitude, latitude, START + np.timedelta64(40 * k, "D"),
                   np.full((8, 8), 0.2 + 0.1 * k), 0.08)
        for k in range(2)
    ]  # fmt: skip
    table = geopandas.GeoDataFrame(
        {"name": ["here"]}, geometry=[shapely.box(-145, 70, -130, 80)], crs="EPSG:4326"
    )
    table.to_file(tmp_path / "regions.geojson")
    figure = tmp_path / "a.png"
    words = ("--regions", tmp_path / "regions.geojson", "--out", tmp_path / "m.nc")
    code, _, error = iceco("timeseries", *grids, *words, "--figure", figure)
    assert (code, error) == (0, "")
    assert drawn(figure)
