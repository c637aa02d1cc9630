"""The catalogue: footprints that hold their records, at the pole and the date line too."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from altika_tracks import altika_track

from iceco.collocate.archive import find_products, gather
from iceco.collocate.catalogue import COLUMNS, entries_of, read_entries, write_entries
from iceco.geo.polar import NORTH, SOUTH, inverse
from iceco.products.altika_writer import write_altika
from iceco.products.sentinel1.ew_scene import plan_scene
from iceco.products.sentinel1.flight import View
from iceco.products.sentinel1.writer import write_sentinel1

TIME = np.datetime64("2023-03-01T12:00:00", "ns")
PLACES = {"Barents Sea": (40.0, 77.0), "date line": (180.0, 75.0), "north pole": (0.0, 90.0),
          "Weddell Sea": (-40.0, -70.0), "south": (179.0, -74.0)}  # fmt: skip


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes")
    dark = np.full((400, 500), 100, dtype=np.uint16)
    return {
        name: write_sentinel1(
            folder, plan_scene(View(*place, TIME + np.timedelta64(i, "h"), 400, 500)), {"HH": dark}
        )
        for i, (name, place) in enumerate(PLACES.items())
    }


@pytest.mark.parametrize("name", PLACES)
def test_a_scene_s_footprint_holds_its_centre_wherever_it_lies(scenes, name):
    (row,) = entries_of(scenes[name]).itertuples()
    longitude, latitude = PLACES[name]
    plane = NORTH if latitude > 0 else SOUTH
    assert row.crs == plane.crs
    assert row.geometry.is_valid
    assert row.geometry.buffer(1e-6).contains(shapely.Point(longitude, latitude))
    on_plane = shapely.from_wkb(row.footprint)
    _, lat = inverse(plane, on_plane.centroid.x, on_plane.centroid.y)
    assert np.abs(lat - latitude) < 0.1
    west, south, east, north = row.geometry.bounds
    assert -180 <= west <= east <= 180
    assert -90 <= south <= north <= 90


def test_footprints_are_as_large_as_their_scenes(scenes):
    for path in scenes.values():
        (row,) = entries_of(path).itertuples()
        area = gpd.GeoSeries([row.geometry], crs=4326).to_crs(
            6931 if row.crs == NORTH.crs else 6932
        )
        assert area.area[0] == pytest.approx(400 * 500 * 1600, rel=0.02)


def test_a_track_over_the_date_line_is_cut_there(tmp_path):
    write_altika(tmp_path / "a.nc", altika_track(95), 12, 345)
    (row,) = entries_of(tmp_path / "a.nc").itertuples()
    assert row.kind == "track"
    west, _, east, _ = row.geometry.bounds
    assert (west, east) == (-180, 180)
    assert row.geometry.length < 5  # degrees: not once round the Earth
    assert shapely.from_wkb(row.footprint).length == pytest.approx(133e3, rel=0.05)


def test_what_is_written_is_read_again(scenes, tmp_path):
    entries = gather([next(iter(scenes.values())).parent]).entries
    write_entries(entries, tmp_path / "all.parquet")
    again = read_entries(tmp_path / "all.parquet")
    assert list(again.columns) == [*COLUMNS, "geometry"]
    assert again.equals(entries)
    assert [p.name for p in tmp_path.iterdir()] == ["all.parquet"]


@pytest.mark.parametrize("content", [b"", b"PAR1 no", None])
def test_what_is_no_catalogue_is_refused_by_name(tmp_path, content):
    path = tmp_path / "all.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r"all\.parquet"):
        read_entries(path)


def test_other_parquet_is_no_catalogue(tmp_path):
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(0, 0)]).to_parquet(tmp_path / "o.parquet")
    with pytest.raises(ValueError, match="no catalogue of iceco"):
        read_entries(tmp_path / "o.parquet")


def test_a_folder_is_searched_and_products_in_it_stay_whole(scenes, tmp_path):
    root = next(iter(scenes.values())).parent
    assert find_products(root) == sorted(scenes.values())


def test_texts_are_passed_over_and_damaged_products_reported(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "notes.txt").write_text("not a product")
    write_altika(tmp_path / "deep/a.nc", altika_track(95), 12, 345)
    (tmp_path / "deep/b.nc").write_bytes((tmp_path / "deep/a.nc").read_bytes()[:20_000])
    found = gather([tmp_path])
    assert found.entries["id"].tolist() == ["al_012_0345"]
    assert [failure.path for failure in found.failures] == [str(tmp_path / "deep/b.nc")]
