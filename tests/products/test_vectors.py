"""Ice-drift vectors: their shape, and the files that hold them."""

import json

import geopandas as gpd
import netCDF4
import numpy as np
import pyarrow.parquet as pq
import pytest
import xarray as xr
from small_vectors import free_vectors, grid_vectors

from iceco.geo.polar import NORTH, inverse
from iceco.products.canonical_vectors import (
    NO_VECTOR,
    VECTORS,
    covariance_of,
    make_vectors,
    on_grid,
    usable,
    vectors_from_grid,
    vectors_on_grid,
)
from iceco.products.recognise import NotAProduct, identify, open_product
from iceco.products.vectors import is_vectors, open_vectors, write_vectors

ENDINGS = ("nc", "parquet")
KINDS = {"grid": grid_vectors, "free": free_vectors}


def without_source(vectors: xr.Dataset) -> xr.Dataset:
    return vectors.assign_attrs(source="")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read_again(tmp_path, kind, ending):
    vectors = KINDS[kind]()
    path = tmp_path / f"drift.{ending}"
    write_vectors(vectors, path)
    again = open_vectors(path)
    xr.testing.assert_identical(without_source(again), without_source(vectors))
    assert {name: again[name].dtype for name in VECTORS} == {
        name: vectors[name].dtype for name in VECTORS
    }
    assert again.attrs["source"] == str(path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_list_of_none_is_a_file_too(tmp_path, ending):
    vectors = free_vectors().isel(vector=slice(0))
    write_vectors(vectors, tmp_path / f"empty.{ending}")
    assert open_vectors(tmp_path / f"empty.{ending}").sizes["vector"] == 0


@pytest.mark.parametrize("ending", ENDINGS)
def test_vectors_are_known_by_their_content(tmp_path, ending):
    write_vectors(grid_vectors(), tmp_path / f"a.{ending}")
    path = (tmp_path / f"a.{ending}").rename(tmp_path / "noname")
    assert is_vectors(path)
    assert identify(path) == "vectors"
    assert open_product(path).sizes["vector"] == grid_vectors().sizes["vector"]


def test_a_grid_in_netcdf_follows_the_conventions(tmp_path):
    vectors = grid_vectors()
    write_vectors(vectors, tmp_path / "a.nc")
    with netCDF4.Dataset(tmp_path / "a.nc") as file:
        assert file.Conventions == "CF-1.11"
        assert file["dx"].dimensions == ("y", "x")
        assert file["dx"].standard_name == "sea_ice_x_displacement"
        assert file[file["dx"].grid_mapping].grid_mapping_name == "polar_stereographic"
        assert file["x"].standard_name == "projection_x_coordinate"
        assert np.diff(file["y"][:]).min() > 0
        flags = file["quality_flag"]
        assert flags.flag_values.dtype == flags.dtype
        assert flags.flag_values.size == len(flags.flag_meanings.split())
        assert flags[:].mask.sum() == flags.size - vectors.sizes["vector"]
        x, y = np.meshgrid(file["x"][:], file["y"][:])
        longitude, latitude = inverse(NORTH, x, y)
        assert np.asarray(file["longitude"][:]) == pytest.approx(longitude, abs=1e-8)
        assert np.asarray(file["latitude"][:]) == pytest.approx(latitude, abs=1e-8)


def test_xarray_reads_a_grid_by_itself(tmp_path):
    vectors = grid_vectors()
    write_vectors(vectors, tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc") as file:
        there = file["quality_flag"].notnull().values
        assert there.sum() == vectors.sizes["vector"]
        assert file["dx"].values[there] == pytest.approx(vectors["dx"].values, nan_ok=True)
        assert file["start_time"].values[there][0] == vectors["start_time"].values[0]


def test_geopandas_reads_the_table_by_itself(tmp_path):
    vectors = free_vectors()
    write_vectors(vectors, tmp_path / "a.parquet")
    table = gpd.read_parquet(tmp_path / "a.parquet")
    assert table.crs.to_epsg() == 4326
    assert table.geometry.x.to_numpy() == pytest.approx(vectors["longitude"].values)
    assert table["dx"].to_numpy() == pytest.approx(vectors["dx"].values, nan_ok=True)
    told = json.loads(pq.read_schema(tmp_path / "a.parquet").metadata[b"iceco_vectors"])
    assert told["columns"]["variance_x"]["units"] == "m2"
    assert told["attributes"]["spacing_m"] is None  # free points


def test_a_grid_laid_out_has_every_vector_at_its_place():
    vectors = grid_vectors()
    grid = vectors_on_grid(vectors)
    x, y = np.meshgrid(grid["x"].values, grid["y"].values)
    there = grid["quality_flag"].values != NO_VECTOR
    assert sorted(zip(x[there], y[there], strict=True)) == sorted(
        zip(vectors["x0"].values, vectors["y0"].values, strict=True)
    )
    assert np.isnan(grid["dx"].values[~there]).all()
    shuffled = vectors.isel(vector=np.random.default_rng(1).permutation(vectors.sizes["vector"]))
    xr.testing.assert_identical(vectors_from_grid(vectors_on_grid(shuffled)), vectors)


def test_free_points_have_no_grid():
    assert not on_grid(free_vectors())
    with pytest.raises(ValueError, match="free points cannot be laid out"):
        vectors_on_grid(free_vectors())


def test_rejected_vectors_and_gaps_are_not_usable():
    vectors = grid_vectors()
    keep = usable(vectors)
    assert set(vectors["quality_flag"].values[keep]) == {0, 1}
    assert np.isfinite(vectors["dx"].values[keep]).all()
    assert keep.sum() < vectors.sizes["vector"]


def test_the_covariance_has_x_before_y():
    vectors = free_vectors()
    matrix = covariance_of(vectors)
    assert matrix.shape == (vectors.sizes["vector"], 2, 2)
    assert (matrix[:, 0, 0] == vectors["variance_x"].values).all()
    assert (matrix[:, 1, 1] == vectors["variance_y"].values).all()
    assert (matrix[:, 0, 1] == matrix[:, 1, 0]).all()


@pytest.mark.parametrize("change", [{"speed": np.zeros(2)}, {"x0": None}])
def test_a_column_too_many_or_too_few_is_refused(change):
    vectors = free_vectors()
    columns = {name: vectors[name].values for name in VECTORS} | change
    columns = {name: values for name, values in columns.items() if values is not None}
    with pytest.raises(ValueError, match="a vectors dataset has exactly"):
        make_vectors(columns, vectors.attrs)


def test_an_attribute_too_few_is_refused():
    vectors = free_vectors()
    columns = {name: vectors[name].values for name in VECTORS}
    with pytest.raises(ValueError, match=r"needs \['plane'\]"):
        make_vectors(columns, {n: v for n, v in vectors.attrs.items() if n != "plane"})


def test_another_ending_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match=r"drift\.csv: vectors are written as \.nc or \.parquet"):
        write_vectors(free_vectors(), tmp_path / "drift.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("share", [0.1, 0.6, 0.97])
def test_a_file_cut_off_is_refused_in_a_sentence(tmp_path, ending, share):
    path = tmp_path / f"cut.{ending}"
    write_vectors(grid_vectors(), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=rf"cut\.{ending}: .*(cut off|damaged)"):
        open_vectors(path)


def test_other_tables_and_files_hold_no_vectors(tmp_path):
    gpd.GeoDataFrame({"a": [1.0]}, geometry=gpd.points_from_xy([0.0], [80.0])).to_parquet(
        tmp_path / "other.parquet"
    )
    with netCDF4.Dataset(tmp_path / "other.nc", "w") as file:
        file.createDimension("vector", 1)
        file.createVariable("dx", "f8", ("vector",))[:] = 0.0
    for ending in ENDINGS:
        with pytest.raises(ValueError, match="holds no ice-drift vectors"):
            open_vectors(tmp_path / f"other.{ending}")
    with pytest.raises(NotAProduct, match="a Parquet table, but not of ice-drift vectors"):
        identify(tmp_path / "other.parquet")
