"""``iceco timeseries``: what it writes, says and refuses."""

import json
from importlib.util import find_spec

import geopandas
import numpy as np
import pytest
import shapely
import xarray as xr
from freeboard_swaths import START, write_grid


@pytest.fixture
def grids(tmp_path):
    longitude, latitude = np.meshgrid(-140.0 + 0.1 * np.arange(12), 75.0 + 0.03 * np.arange(12))
    return [
        write_grid(
            tmp_path / f"{i}.nc", longitude, latitude, START + np.timedelta64(d, "D"),
            np.full((12, 12), value), 0.08,
        )
        for i, (d, value) in enumerate(((0, 0.2), (2, 0.3), (70, 0.4)))
    ]  # fmt: skip


@pytest.fixture
def regions(tmp_path):
    shapes = [shapely.box(-145, 70, -130, 80), shapely.box(0, 80, 10, 85)]
    table = geopandas.GeoDataFrame({"name": ["beaufort", "far"]}, geometry=shapes, crs="EPSG:4326")
    table.to_file(tmp_path / "regions.geojson")
    return tmp_path / "regions.geojson"


def test_means_are_written_and_said(iceco, grids, regions, tmp_path):
    out = tmp_path / "means.nc"
    code, told, error = iceco("timeseries", *grids, "--regions", regions, "--out", out)
    assert (code, error) == (0, "")
    first, *rows = told.splitlines()
    assert first == f"wrote {out}: 3 months, 2 regions"
    assert rows[0].startswith("  2024-03  beaufort: 0.250 ± 0.0")
    assert rows[2:4] == ["  2024-04  beaufort: no data", "  2024-04  far: no data"]
    with xr.open_dataset(out) as read:
        assert read.sizes["time"] == 3
        assert read["regional_sea_ice_freeboard"].values[0, 2] == pytest.approx(0.4)


def test_machines_are_told_in_json(iceco, grids, regions, tmp_path):
    words = ("--regions", regions, "--out", tmp_path / "m.nc", "--json")
    code, told, _ = iceco("timeseries", *grids[:1], *words)
    assert code == 0
    beaufort, far = json.loads(told)["means"]
    assert beaufort["freeboard_m"] == pytest.approx(0.2)
    assert 0.03 < beaufort["uncertainty_m"] < 0.08
    assert (far["freeboard_m"], far["maps"]) == (None, 0.0)


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("means.csv", "written as .nc or .zarr"),
        ("absent/means.nc", "there is no folder"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_first(
    iceco, grids, regions, tmp_path, out, words
):
    code, told, error = iceco("timeseries", *grids, "--regions", regions, "--out", tmp_path / out)
    assert (code, told) == (2, "")
    assert words in error
    assert error.count("\n") == 1


def test_files_that_are_no_grids_or_no_regions_are_refused(iceco, grids, regions, tmp_path):
    out = tmp_path / "m.nc"
    words = ("--out", out)
    code, _, error = iceco("timeseries", regions, "--regions", regions, *words)
    assert code == 2
    assert "not NetCDF" in error
    code, _, error = iceco("timeseries", *grids, "--regions", grids[0], *words)
    assert code == 2
    assert error.count("\n") == 1
    assert not out.exists()


@pytest.mark.skipif(find_spec("zarr") is not None, reason="zarr is installed")
def test_zarr_needs_its_package(iceco, grids, regions, tmp_path):
    code, _, error = iceco("timeseries", *grids, "--regions", regions, "--out", tmp_path / "m.zarr")
    assert code == 2
    assert "needs the package zarr" in error


@pytest.mark.skipif(find_spec("zarr") is None, reason="needs zarr")
def test_zarr_holds_the_same(iceco, grids, regions, tmp_path):
    for name in ("m.nc", "m.zarr"):
        iceco("timeseries", *grids, "--regions", regions, "--out", tmp_path / name)
    with xr.open_dataset(tmp_path / "m.nc") as one, xr.open_zarr(tmp_path / "m.zarr") as two:
        assert np.array_equal(
            one["regional_sea_ice_freeboard"], two["regional_sea_ice_freeboard"], equal_nan=True
        )
