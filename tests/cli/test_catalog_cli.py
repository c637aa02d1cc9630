"""``iceco catalog`` from the shell: folders, STAC items and catalogues in, one catalogue out."""

import json

import geopandas as gpd
import pytest
from altika_tracks import altika_track

from iceco.products.altika_writer import write_altika


@pytest.fixture
def archive(tmp_path):
    folder = tmp_path / "archive"
    folder.mkdir()
    write_altika(folder / "a.nc", altika_track(95), 12, 345)
    asset = {"type": "Feature", "stac_version": "1.1.0", "assets": {"data": {"href": "a.nc"}}}
    (folder / "a.json").write_text(json.dumps(asset))
    return folder


@pytest.mark.parametrize("names", [["."], ["a.json"], ["a.nc"], ["a.json", ".", "a.nc"]])
def test_folders_items_and_products_give_one_row_a_product(archive, tmp_path, iceco, names):
    out = tmp_path / "all.parquet"
    code, told, _ = iceco("catalog", *(archive / name for name in names), "--out", out)
    assert code == 0
    assert told == f"wrote {out}: 1 tracks, 0 scenes\n"
    assert gpd.read_parquet(out)["path"].tolist() == [str(archive / "a.nc")]


def test_a_catalogue_may_be_added_to(archive, tmp_path, iceco):
    first, both = tmp_path / "first.parquet", tmp_path / "both.parquet"
    assert iceco("catalog", archive, "--out", first)[0] == 0
    write_altika(tmp_path / "b.nc", altika_track(60), 13, 1)
    assert iceco("catalog", first, tmp_path / "b.nc", "--out", both)[0] == 0
    assert sorted(gpd.read_parquet(both)["id"]) == ["al_012_0345", "al_013_0001"]


def test_a_bad_file_is_reported_and_the_rest_is_indexed(archive, tmp_path, iceco):
    (archive / "b.nc").write_bytes((archive / "a.nc").read_bytes()[:20_000])
    out = tmp_path / "all.parquet"
    code, told, _ = iceco("catalog", archive, "--out", out, "--json")
    result = json.loads(told)
    assert code == 0
    assert (result["tracks"], result["scenes"]) == (1, 0)
    assert [failure["path"] for failure in result["failures"]] == [str(archive / "b.nc")]


@pytest.mark.parametrize("content", ["", "{", '{"type": "Feature"}', '{"type": "Catalog"}', "[]"])
def test_a_json_file_that_names_no_product_is_refused_and_nothing_is_written(
    tmp_path, iceco, content
):
    (tmp_path / "item.json").write_text(content)
    code, told, error = iceco("catalog", tmp_path / "item.json", "--out", tmp_path / "c.parquet")
    assert (code, told) == (2, "")
    assert error.startswith("iceco: ")
    assert error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["item.json"]
