"""SIGRID-3 ice charts: what the codes mean, and what charts get wrong."""

import zipfile

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from iceco.geo.polar import NORTH, forward
from iceco.products.charts import (
    decode_concentration,
    is_chart,
    open_chart,
    project_chart,
)

COLUMNS = [
    *("CT", "CA", "SA", "FA", "CB", "SB", "FB", "CC", "SC", "FC", "CN", "CD", "CF"),
    "POLY_TYPE",
]
SQUARE = shapely.box(-10.0, 75.0, 0.0, 77.0)


def write_chart(folder, rows, geometry=None, crs="EPSG:4326", name="201504261200_Greenland_WA"):
    """Write a chart from rows of the codes that matter; the others are -9."""
    folder.mkdir(exist_ok=True)
    table = pd.DataFrame([dict.fromkeys(COLUMNS, "-9") | row for row in rows])
    geometry = [SQUARE] * len(rows) if geometry is None else geometry
    path = folder / f"{name}.shp"
    geopandas.GeoDataFrame(table, geometry=geometry, crs=crs).to_file(path, engine="pyogrio")
    return path


def test_concentration_codes_are_tenths_intervals_and_special_numbers():
    expected = {
        "00": 0.0, "01": 5.0, "02": 0.0, "55": 0.0, "10": 10.0, "90": 90.0, "91": 95.0,
        "92": 100.0, "12": 15.0, "13": 20.0, "24": 30.0, "35": 40.0, "45": 45.0, "46": 50.0,
        "57": 60.0, "67": 65.0, "68": 70.0, "79": 80.0, "81": 90.0, "89": 85.0,
        "99": np.nan, "-9": np.nan, "": np.nan, "43": np.nan, "21": np.nan, "9+": np.nan,
    }  # fmt: skip
    decoded = decode_concentration(pd.Series(list(expected)))
    np.testing.assert_array_equal(decoded, list(expected.values()))


def test_a_chart_has_percent_and_integer_codes(tmp_path):
    row = {"CT": "91", "CA": "60", "SA": "95", "FA": "7", "CB": "30", "SB": "87", "FB": "06"}
    chart = open_chart(write_chart(tmp_path, [row | {"CN": "98", "POLY_TYPE": "I"}]))
    first = chart.iloc[0]
    assert first["total_concentration"] == 95.0
    assert (first["partial_concentration_a"], first["partial_concentration_b"]) == (60.0, 30.0)
    assert (first["stage_a"], first["stage_b"], first["stage_trace"]) == (95, 87, 98)
    assert (first["form_a"], first["form_b"]) == (7, 6)
    assert pd.isna(first["stage_c"])
    assert chart["stage_a"].dtype == "Int64"
    assert chart["total_concentration"].dtype == np.float64
    assert first["polygon_type"] == "I"
    assert chart.attrs["time"] == np.datetime64("2015-04-26T12:00")
    assert chart.crs == "EPSG:4326"


def test_the_one_ice_type_has_the_total_concentration_when_its_own_is_left_out(tmp_path):
    alone = {"CT": "92", "SA": "86", "FA": "8"}
    mixed = {"CT": "46", "SA": "91", "SB": "87"}
    chart = open_chart(write_chart(tmp_path, [alone, mixed, alone | {"CA": "30"}]))
    np.testing.assert_array_equal(chart["partial_concentration_a"], [100.0, np.nan, 30.0])


def test_missing_is_minus_nine_empty_or_ninety_nine(tmp_path):
    rows = [{"CT": c, "SA": c, "FA": c, "POLY_TYPE": "I"} for c in ("-9", "", "99")]
    chart = open_chart(write_chart(tmp_path, rows))
    columns = ["total_concentration", "partial_concentration_a", "stage_a", "form_a"]
    assert chart[columns].isna().all().all()
    assert chart.attrs["unknown_codes"] == []


def test_water_without_a_concentration_has_none_and_ice_without_one_is_unknown(tmp_path):
    rows = [{"POLY_TYPE": kind} for kind in ("W", "I", "L", "N")]
    chart = open_chart(write_chart(tmp_path, rows))
    np.testing.assert_array_equal(chart["total_concentration"], [0.0, np.nan, np.nan, np.nan])


def test_codes_that_sigrid_does_not_have_are_counted(tmp_path):
    rows = [{"CT": "43", "SA": "95"}, {"CT": "43", "FA": "9+"}, {"CT": "90"}]
    chart = open_chart(write_chart(tmp_path, rows))
    assert chart.attrs["unknown_codes"] == [("CT", "43", 2), ("FA", "9+", 1)]
    np.testing.assert_array_equal(chart["total_concentration"], [np.nan, np.nan, 90.0])


def test_numbers_and_lower_case_columns_are_read_like_texts(tmp_path):
    table = pd.DataFrame({"ct": [92.0], "sa": [86.0], "fa": [8.0], "poly_type": ["I"]})
    frame = geopandas.GeoDataFrame(table, geometry=[SQUARE], crs="EPSG:3413")
    frame.to_file(tmp_path / "a.shp", engine="pyogrio")
    chart = open_chart(tmp_path)
    assert chart.loc[0, "total_concentration"] == 100.0
    assert chart.loc[0, "stage_a"] == 86
    assert np.isnat(chart.attrs["time"])


def test_polygons_that_cross_themselves_are_made_valid(tmp_path):
    bow_tie = shapely.Polygon([(0, 70), (10, 75), (10, 70), (0, 75)])
    assert not bow_tie.is_valid
    chart = open_chart(write_chart(tmp_path, [{"CT": "90"}], [bow_tie]))
    assert chart.is_valid.all()
    assert shapely.area(chart.geometry.values)[0] == pytest.approx(25.0)
    spike = shapely.Polygon([(0, 70), (10, 70), (10, 75), (10, 80), (10, 75), (0, 75)])
    chart = open_chart(write_chart(tmp_path, [{"CT": "90"}], [spike]))
    assert chart.geom_type[0] in ("Polygon", "MultiPolygon")


def test_polygons_near_the_pole_are_densified_before_they_are_projected(tmp_path):
    cap = shapely.box(-90.0, 85.0, 90.0, 87.0)  # half a ring: its edges are arcs, not chords
    chart = project_chart(open_chart(write_chart(tmp_path, [{"CT": "90"}], [cap])), NORTH)
    assert chart.crs == "EPSG:3413"
    outer, inner = np.hypot(*forward(NORTH, np.zeros(2), np.array([85.0, 87.0])))
    assert chart.area[0] == pytest.approx(0.5 * np.pi * (outer**2 - inner**2), rel=1e-4)


def test_the_projection_comes_from_the_prj_and_without_one_the_chart_is_refused(tmp_path):
    path = write_chart(tmp_path, [{"CT": "90"}], crs="EPSG:3413")
    assert open_chart(path).crs.to_epsg() == 3413
    path.with_suffix(".prj").unlink()
    with pytest.raises(ValueError, match=r"no \.prj"):
        open_chart(path)


def test_shapefile_folder_and_zip_give_the_same_chart(tmp_path):
    path = write_chart(tmp_path / "chart", [{"CT": "91", "SA": "95"}])
    archive = tmp_path / "chart.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for member in path.parent.iterdir():
            file.write(member, f"inside/{member.name}")
    whole = open_chart(path)
    for other in (path.parent, archive):
        assert is_chart(other)
        chart = open_chart(other)
        pd.testing.assert_frame_equal(pd.DataFrame(chart), pd.DataFrame(whole))
        assert chart.attrs["time"] == whole.attrs["time"]


@pytest.mark.parametrize("name", ["../evil.shp", "/tmp/evil.shp", "a/../../evil.shp", "c:\\e.shp"])
def test_a_zip_whose_members_climb_out_is_refused(tmp_path, name):
    archive = tmp_path / "chart.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(name, b"")
    assert not is_chart(archive)
    with pytest.raises(ValueError, match=r"chart\.zip: .*it is refused"):
        open_chart(archive)


def test_damaged_and_incomplete_charts_are_refused(tmp_path):
    path = write_chart(tmp_path / "a", [{"CT": "90"}] * 50)
    content = path.read_bytes()
    path.write_bytes(content[:60])
    with pytest.raises(ValueError, match=r"a/.*\.shp: "):
        open_chart(path)
    archive = tmp_path / "cut.zip"
    archive.write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(ValueError, match="cut off"):
        open_chart(archive)
    with pytest.raises(ValueError, match="no such file"):
        open_chart(tmp_path / "absent.shp")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="0 shapefiles"):
        open_chart(tmp_path / "empty")


def test_a_shapefile_of_something_else_is_no_chart(tmp_path):
    frame = geopandas.GeoDataFrame({"name": ["x"]}, geometry=[SQUARE], crs="EPSG:4326")
    frame.to_file(tmp_path / "coast.shp", engine="pyogrio")
    assert not is_chart(tmp_path / "coast.shp")
    with pytest.raises(ValueError, match="no ice chart, the columns"):
        open_chart(tmp_path / "coast.shp")


def test_a_folder_with_other_things_beside_a_chart_is_not_a_chart_itself(tmp_path):
    path = write_chart(tmp_path, [{"CT": "90"}])
    assert is_chart(tmp_path)
    (tmp_path / "track.nc").write_bytes(b"x")
    assert not is_chart(tmp_path)
    assert is_chart(path)


def test_the_real_dmi_chart_reads_as_its_readme_says(sample_data):
    chart = open_chart(sample_data / "ice/chart_dmi_20150426")
    assert len(chart) == 74
    assert (chart["polygon_type"] == "I").sum() == 73
    fast_ice = chart["form_a"] == 8
    assert fast_ice.sum() == 34
    assert (chart.loc[fast_ice, "total_concentration"] == 100.0).all()
    assert (chart.loc[fast_ice, "partial_concentration_a"] == 100.0).all()
    several = chart["stage_b"].notna()
    assert chart.loc[several, "partial_concentration_a"].isna().all()
    assert chart.attrs["unknown_codes"] == []
    assert chart["total_concentration"].isna().sum() == 2
    assert chart.is_valid.all()
    assert chart.total_bounds[3] == pytest.approx(87.4, abs=0.1)
    assert chart.attrs["time"] == np.datetime64("2015-04-26T12:00")
