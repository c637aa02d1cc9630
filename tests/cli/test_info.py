"""``iceco info``: what it says of each kind of product, in JSON and in words."""

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from one_of_each import write_one_of_each

from iceco.cli.info import bounding_box, render, show, summary

KEYS = {
    "path", "kind", "id", "product", "mission", "mode", "time", "bounding_box", "sizes",
    "variables", "notes",
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    return write_one_of_each(tmp_path_factory.mktemp("files"))


def test_every_kind_has_a_summary_that_json_can_hold(files):
    for kind, path in files.items():
        found = summary(path)
        assert found.keys() == KEYS
        assert found["kind"] == kind
        assert json.loads(json.dumps(found, allow_nan=False)) == found
        assert found["bounding_box"][1] <= found["bounding_box"][3]
        assert found["variables"]


def test_a_track_tells_its_records_times_and_what_is_there(files):
    found = summary(files["altika"])
    assert (found["id"], found["mission"], found["mode"]) == ("al_012_0345", "al", "LRM")
    assert found["time"] == ["2023-03-01T12:00:00", "2023-03-01T12:00:02"]
    assert found["sizes"] == {"time": 93, "gate": 128}
    assert found["variables"]["waveform"] == 1.0
    assert any("records without a time" in note for note in found["notes"])
    west, _, east, _ = found["bounding_box"]
    assert (west, east) == pytest.approx((179.0, -179.0))


def test_a_scene_is_told_without_reading_its_image(files, monkeypatch):
    def refuse(*_):
        raise AssertionError("an image was read")

    monkeypatch.setattr("iceco.products.raster._read_sigma0", refuse)
    found = summary(files["raster"])
    assert found["variables"] == {"sigma0_hh": None, "valid": None}
    assert found["sizes"] == {"line": 40, "sample": 50}
    assert found["bounding_box"][3] == 90.0  # the pole is inside
    assert found["bounding_box"][::2] == [-180.0, 180.0]
    assert "values stored in dB (guess from the values)" in found["notes"]
    assert "time told by: tag acquisition_time" in found["notes"]


def test_a_product_without_its_images_says_so(files):
    found = summary(files["sentinel1"])
    assert "the measurement of HH and HV is missing: no sigma0" in found["notes"]
    assert "thermal noise: removed by iceco" in found["notes"]
    assert "sigma0_hh" not in found["variables"]


def test_a_chart_tells_codes_that_are_not_known(files):
    found = summary(files["chart"])
    assert found["sizes"] == {"polygon": 2}
    assert found["variables"]["total_concentration"] == 0.5
    assert found["notes"] == ["code '43' of CT is none of SIGRID-3, read as not told: 1 polygons"]
    assert found["time"] is None
    assert found["bounding_box"] == [-10.0, 75.0, 5.0, 77.0]


def test_a_concentration_grid_holds_the_pole(files):
    found = summary(files["concentration"])
    assert found["bounding_box"][1:] == pytest.approx([31.1, 180.0, 90.0], abs=0.1)
    assert found["variables"]["sea_ice_concentration"] == 1.0


@pytest.mark.parametrize(
    ("longitude", "expected"),
    [
        ([10.0, 20.0, 15.0], (10.0, 20.0)),
        ([170.0, -170.0, 179.0], (170.0, -170.0)),
        ([350.0, 10.0], (-10.0, 10.0)),
        ([5.0], (5.0, 5.0)),
        ([-180.0, 180.0], (-180.0, -180.0)),
    ],
)
def test_west_and_east_bound_the_shortest_arc(longitude, expected):
    box = bounding_box(np.array(longitude), np.full(len(longitude), 80.0))
    assert (box[0], box[2]) == expected
    assert (box[1], box[3]) == (80.0, 80.0)


def test_the_box_leaves_out_missing_places_and_may_be_none():
    longitude, latitude = np.array([np.nan, 3.0, 4.0]), np.array([80.0, np.nan, 70.0])
    assert bounding_box(longitude, latitude) == [4.0, 70.0, 4.0, 70.0]
    assert bounding_box(longitude, np.full(3, np.nan)) is None
    south = bounding_box(np.array([1.0, 2.0]), np.array([-80.0, -70.0]), pole=True)
    assert south == [-180.0, -90.0, 180.0, -70.0]


def test_the_block_of_text_is_aligned_and_has_the_essentials(files):
    text = render(summary(files["altika"]))
    lines = text.splitlines()
    assert lines[0] == str(files["altika"])
    assert "  kind      altika" in lines
    assert "  time      2023-03-01T12:00:00 to 2023-03-01T12:00:02 UTC" in lines
    percent = [line.index("%") for line in lines if line.endswith("%")]
    assert len(percent) > 10
    assert len(set(percent)) == 1


def test_show_prints_a_block_a_file(files, capsys):
    show([files["buoys"], files["raster"]], as_json=False)
    printed = capsys.readouterr().out
    assert printed.count("  kind      ") == 2


def test_a_bad_file_is_named_and_the_others_are_still_told(files, tmp_path, capsys):
    bad = tmp_path / "notes.txt"
    bad.write_text("hello")
    with pytest.raises(typer.Exit) as end:
        show([bad, files["buoys"]], as_json=True)
    assert end.value.exit_code == 2
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert told[0] == {"path": str(bad), "error": f"{bad}: not a product that iceco reads"}
    assert told[1]["kind"] == "buoys"
    assert printed.err == f"iceco: {bad}: not a product that iceco reads\n"


def test_every_real_product_has_a_summary(sample_data):
    patterns = (
        "altimetry/cryosat2/CS_*_SIR_[LS]*.nc",
        "altimetry/sentinel3/*.SEN3",
        "altimetry/sentinel3/waveform_subset/*50records.nc",
        "altimetry/jason/*.nc",
        "altimetry/sea_ice_concentration/*.nc",
        "ice/sic_nsidc0051/*.bin",
        "ice/chart_dmi_20150426",
        "ice/buoys/*.nc",
        "ice/buoys/*/*.csv",
        "sar/safe/*_GRD?_*.SAFE",
        "sar/safe_zip/*.zip",
        "sar/pairs/*.tif",
    )
    for pattern in patterns:
        paths = sorted(sample_data.glob(pattern))
        assert paths, pattern
        for path in paths:
            found = summary(path)
            json.dumps(found, allow_nan=False)
            assert found["time"] is not None
            assert found["bounding_box"] is not None
            assert str(path) in render(found)
