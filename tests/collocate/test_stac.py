"""STAC: items on disk name products, hostile ones are refused, and catalogues are STAC."""

import json
import os
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from altika_tracks import altika_track

from iceco.collocate.archive import gather, is_listing
from iceco.collocate.catalogue import read_entries, write_entries
from iceco.collocate.stac import SCHEMA, products_named_in
from iceco.products.altika_writer import write_altika
from iceco.products.recognise import NotAProduct
from iceco.products.sentinel1.ew_scene import plan_scene
from iceco.products.sentinel1.flight import View
from iceco.products.sentinel1.writer import write_sentinel1

TIME = np.datetime64("2023-03-01T12:00:00", "ns")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a track and a scene over the date line."""
    folder = tmp_path_factory.mktemp("archive")
    write_altika(folder / "a.nc", altika_track(95), 12, 345)
    dark = np.full((400, 500), 100, dtype=np.uint16)
    plan = plan_scene(View(180.0, 75.0, TIME, 400, 500))
    return folder, write_sentinel1(folder, plan, {"HH": dark})


@pytest.fixture
def archive(made, tmp_path):
    shutil.copytree(made[0], tmp_path / "archive")
    return tmp_path / "archive"


def item(*hrefs):
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "id": "any",
        "geometry": None,
        "properties": {"datetime": "2023-03-01T12:00:00Z"},
        "links": [],
        "assets": {f"asset {i}": {"href": href} for i, href in enumerate(hrefs)},
    }


def written(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_an_item_names_its_product(archive):
    path = written(archive / "item.json", item("./a.nc", "https://example.org/a.png"))
    assert products_named_in(path) == [archive / "a.nc"]
    assert gather([path]).entries["id"].tolist() == ["al_012_0345"]


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_any_file_of_a_safe_folder_stands_for_the_scene(archive, prefix):
    (safe,) = archive.glob("*.SAFE")
    inside = [f"{prefix}{path}" for path in sorted(safe.rglob("*")) if path.is_file()]
    path = written(archive / "item.json", item(*inside))
    assert products_named_in(path) == [safe]


def test_a_collection_of_items_names_each_product_once(archive):
    (safe,) = archive.glob("*.SAFE")
    items = [item("a.nc"), item(f"{safe.name}/manifest.safe"), item("a.nc")]
    path = written(archive / "all.geojson", {"type": "FeatureCollection", "features": items})
    assert products_named_in(path) == [archive / "a.nc", safe]
    assert len(gather([path, archive]).entries) == 2


def test_items_below_a_folder_are_read_and_bad_ones_reported(archive, tmp_path):
    items = tmp_path / "items"
    items.mkdir()
    written(items / "good.json", item(str(archive / "a.nc")))
    written(items / "bad.json", item("nowhere.nc"))
    written(items / "catalog.json", {"type": "Catalog", "links": []})
    found = gather([items])
    assert found.entries["id"].tolist() == ["al_012_0345"]
    assert [failure.path for failure in found.failures] == [str(items / "bad.json")]


HOSTILE = {
    "empty": "",
    "no JSON": "{",
    "deep": "[" * 100_000,
    "a long number": '{"type": ' + "9" * 5_000 + "}",
    "not UTF-8": b"\xff\xfe{",
    "a list": [1, 2],
    "a text": "none",
    "another type": {"type": "Catalog"},
    "a list for a type": {"type": ["Feature"]},
    "features no list": {"type": "FeatureCollection", "features": {}},
    "an item that is a number": {"type": "FeatureCollection", "features": [3]},
    "GeoJSON": {"type": "Feature", "geometry": None, "properties": {}},
    "no assets": item() | {"assets": None},
    "an asset that is a text": item() | {"assets": {"a": "a.nc"}},
    "an href that is a number": item() | {"assets": {"a": {"href": 3}}},
    "no asset": item(),
    "assets elsewhere": item("s3://bucket/a.nc", "https://example.org/a.nc", "file://host/a.nc"),
    "an href that is no path": item("\0", "a" * 5_000, "http://[", "/dev/zero", "/dev/stdin", ".."),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_item_of_a_product_here_is_refused_in_a_sentence(tmp_path, name):
    content = HOSTILE[name]
    path = tmp_path / "item.json"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        written(path, content)
    with pytest.raises(ValueError, match=r"item\.json") as refusal:
        gather([path])
    assert len(str(refusal.value).splitlines()) == 1


def test_a_text_beyond_all_reason_is_not_read(tmp_path):
    path = tmp_path / "item.json"
    path.touch()
    os.truncate(path, 600_000_000)  # sparse: takes no room
    with pytest.raises(ValueError, match="larger than 500 MB"):
        products_named_in(path)


def test_other_json_is_told_from_damaged_json(tmp_path):
    with pytest.raises(NotAProduct):
        products_named_in(written(tmp_path / "options.json", {"type": "Catalog"}))


def test_listings_are_told_from_products(archive):
    listings = [written(archive / "item.json", item("a.nc")), archive, archive / "c.parquet"]
    assert all(is_listing(path) for path in listings)
    assert not any(is_listing(path) for path in (archive / "a.nc", *archive.glob("*.SAFE")))


@pytest.fixture
def catalogue(archive):
    path = archive / "c.parquet"
    write_entries(gather([archive]).entries, path)
    return path


def test_a_catalogue_has_the_columns_of_stac_geoparquet(catalogue):
    table = pq.read_table(catalogue)
    assert table.schema.equals(SCHEMA)
    required = {"id", "stac_version", "stac_extensions", "geometry", "bbox", "links", "assets"}
    assert required <= set(table.column_names)
    for row in table.to_pylist():
        assert row["type"] == "Feature"
        assert row["bbox"].keys() == {"xmin", "ymin", "xmax", "ymax"}
        assert row["start_datetime"] <= row["end_datetime"]
        assert row["datetime"].tzinfo is not None
        assert [link["rel"] for link in row["links"]] == ["collection"]
        assert Path(row["assets"]["data"]["href"]).exists()
        assert shapely.from_wkb(row["geometry"]).is_valid
    geo = json.loads(table.schema.metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"]["geometry"]["encoding"] == "WKB"
    assert geo["columns"]["geometry"]["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]


@pytest.mark.parametrize("west", [-180, 179])
def test_geopandas_reads_it_and_finds_what_lies_over_the_date_line(catalogue, west):
    everything = gpd.read_parquet(catalogue)
    assert everything.crs == "EPSG:4326"
    assert len(gpd.read_parquet(catalogue, bbox=(west, 60, west + 1, 80))) == len(everything) == 2
    assert len(gpd.read_parquet(catalogue, bbox=(0, 0, 10, 10))) == 0


def test_an_id_is_there_once_in_a_collection(catalogue):
    rows = gpd.read_parquet(catalogue)
    assert not rows.duplicated(["collection", "id"]).any()
    assert sorted(rows["collection"]) == ["al-lrm-north", "s1a-ew-north"]


def test_a_catalogue_may_be_used_from_another_folder(archive, monkeypatch, tmp_path):
    monkeypatch.chdir(archive)
    (archive / "sub").mkdir()
    named = [Path("a.nc"), Path("sub/../a.nc")]
    write_entries(gather(named).entries, tmp_path / "c.parquet")
    monkeypatch.chdir(archive / "sub")
    assert read_entries(tmp_path / "c.parquet")["path"].tolist() == [str(archive / "a.nc")]
    assert len(gather([tmp_path / "c.parquet", archive / "a.nc"]).entries) == 1


DAMAGE = {
    "crs": "EPSG:4326",
    "kind": "map",
    "footprint": b"no",
    "path": None,
    "start_datetime": None,
}


@pytest.mark.parametrize("column", DAMAGE)
def test_a_catalogue_with_a_value_out_of_place_is_refused(catalogue, tmp_path, column):
    theirs = {"crs": "proj:code", "footprint": "proj:geometry"}.get(column, column)
    rows = gpd.read_parquet(catalogue)
    rows[theirs] = [DAMAGE[column], *rows[theirs].iloc[1:]]
    rows.to_parquet(tmp_path / "other.parquet")
    with pytest.raises(ValueError, match=r"other\.parquet: a damaged catalogue"):
        read_entries(tmp_path / "other.parquet")


@pytest.mark.parametrize(
    "footprint",
    [shapely.Point(0, 0), shapely.Polygon(), shapely.Polygon([(0, 0), (np.inf, 1), (1, 0)])],
)
def test_a_footprint_that_is_none_is_refused(catalogue, tmp_path, footprint):
    rows = gpd.read_parquet(catalogue)
    rows["proj:geometry"] = [footprint.wkb] * len(rows)
    rows[rows["kind"] == "scene"].to_parquet(tmp_path / "other.parquet")
    with pytest.raises(ValueError, match="footprint"):
        read_entries(tmp_path / "other.parquet")
