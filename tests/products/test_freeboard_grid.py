"""Grids of freeboard, on swaths and polar maps, as ``iceco densify`` writes them."""

import numpy as np
import pytest
import xarray as xr
from freeboard_swaths import START, write_grid
from pyproj import CRS

from iceco.products.freeboard_grid import is_freeboard_grid, open_freeboard_grid


@pytest.fixture
def path(tmp_path):
    longitude, latitude = np.meshgrid(179.9 + 0.1 * np.arange(4), 75.0 + 0.02 * np.arange(3))
    freeboard = np.full((3, 4), 0.3)
    freeboard[1, 2] = np.nan
    time = START + np.arange(3) * np.timedelta64(1, "s")
    return write_grid(tmp_path / "g.nc", longitude, latitude, time, freeboard, 0.1, "ked")


def test_a_swath_has_its_times_a_line_and_a_map_one_time(path, tmp_path):
    swath = open_freeboard_grid(path)
    assert swath["time"].dims == ("line",)
    assert swath["time"].values[2] == START + np.timedelta64(2, "s")
    longitude, latitude = np.meshgrid(np.arange(4.0), 75.0 + np.arange(3.0))
    chart = write_grid(tmp_path / "m.nc", longitude, latitude, START, np.ones((3, 4)), 0.1)
    assert open_freeboard_grid(chart)["time"].values == START


def test_lengths_and_ages_come_in_metres_and_seconds_whatever_the_files_units(path):
    with xr.open_dataset(path, decode_times=False, decode_timedelta=False) as grid:
        changed = grid.load()
    changed["distance_to_observation"] = changed["distance_to_observation"] / 1e3
    changed["distance_to_observation"].attrs["units"] = "km"
    changed.to_netcdf(path)
    read = open_freeboard_grid(path)
    assert read["distance_to_observation"].values[0, 0] == pytest.approx(3000.0)
    assert read["age_of_observation"].values[0, 0] == pytest.approx(-7200.0)


def test_what_is_missing_is_nan_and_longitudes_are_wrapped(path):
    grid = open_freeboard_grid(path)
    assert np.argwhere(np.isnan(grid["freeboard"].values)).tolist() == [[1, 2]]
    assert grid["longitude"].values[0] == pytest.approx([179.9, -180.0, -179.9, -179.8])
    assert (grid.attrs["method"], grid.attrs["freeboard_kind"]) == ("ked", "total")
    assert np.isnan(grid.attrs["cell_size_m"])


def test_a_map_that_tells_only_its_projection_has_its_places(tmp_path):
    x, y = np.array([-12_500.0, 12_500.0]), np.array([37_500.0, 12_500.0, -12_500.0])
    image = (("y", "x"), np.full((3, 2), 0.3), {"units": "m", "grid_mapping": "crs"})
    grid = xr.Dataset({"sea_ice_freeboard": image, "crs": ((), 0, CRS(6931).to_cf())})
    grid = grid.assign_coords(x=("x", x / 1e3, {"units": "km"}), y=("y", y, {"units": "m"}))
    grid["time"] = ((), 0.0, {"units": "days since 2024-03-01"})
    grid.to_netcdf(tmp_path / "m.nc")
    read = open_freeboard_grid(tmp_path / "m.nc")
    assert read["latitude"].values.min() > 89.0
    assert read["longitude"].values[2] == pytest.approx([-45.0, 45.0])


def test_quantiles_keep_their_order(path):
    with xr.open_dataset(path, decode_times=False, decode_timedelta=False) as grid:
        changed = grid.load()
    levels = np.linspace(0.1, 0.5, 5)[:, None, None] * np.ones((5, 3, 4))
    changed["sea_ice_freeboard_quantile"] = (("quantile", "num_lines", "num_pixels"), levels)
    changed.to_netcdf(path)
    assert open_freeboard_grid(path)["quantiles"].values[:, 0, 0] == pytest.approx(levels[:, 0, 0])


def test_a_track_of_freeboard_is_no_grid(tmp_path):
    track = xr.Dataset({"sea_ice_freeboard": ("time", np.ones(4))})
    track["time"] = ("time", np.arange(4.0), {"units": "seconds since 2000-01-01 00:00:00"})
    track.to_netcdf(tmp_path / "t.nc")
    assert not is_freeboard_grid(tmp_path / "t.nc")
    with pytest.raises(ValueError, match="is not a grid of freeboard"):
        open_freeboard_grid(tmp_path / "t.nc")
