"""The picture of monthly means: bands as wide as the sigmas, gaps where a month has no data."""

import numpy as np
import pytest
import xarray as xr
from figure_marks import smallest_letters, words_of

from iceco.models.timeseries.figures import plot_time_series


@pytest.fixture
def means() -> xr.Dataset:
    """Two regions over half a winter; the second has nothing in January."""
    months = np.arange("2020-11", "2021-04", dtype="datetime64[M]").astype("datetime64[ns]")
    value = np.array([[0.10, 0.12, 0.14, 0.16, 0.18], [0.20, 0.22, np.nan, 0.26, 0.28]])
    sigma = np.where(np.isnan(value), np.nan, 0.02)
    table = {"sea_ice_freeboard": value, "sea_ice_freeboard_uncertainty": sigma,
             "coverage": np.where(np.isnan(value), 0.0, 0.5)}  # fmt: skip
    return xr.Dataset(
        {f"regional_{name}": (("region", "time"), values) for name, values in table.items()},
        coords={"time": months, "region_name": ("region", ["Beaufort", "Laptev"])},
    )


def test_each_region_has_a_band_of_one_sigma_either_way(means):
    above, _ = plot_time_series(means).axes
    first = above.collections[0].get_paths()[0].vertices[:, 1]
    assert (first.min(), first.max()) == pytest.approx((0.08, 0.20))
    assert {"Beaufort", "Laptev"} <= words_of(above.figure)


def test_a_month_without_data_is_a_gap(means):
    above, below = plot_time_series(means).axes
    bands = [band for band in above.collections if band.get_paths() and band.get_alpha() == 0.2]
    assert [len(band.get_paths()) for band in bands] == [1, 2]
    assert below.lines[1].get_ydata()[2] == 0.0


def test_axes_have_units_and_months_their_names(means):
    figure = plot_time_series(means)
    assert {"freeboard [m]", "share of area seen", "2020-11", "2021-03"} <= words_of(figure)
    assert smallest_letters(figure) >= 7.0


def test_a_single_month_is_a_point_with_its_bar(means):
    words = words_of(plot_time_series(means.isel(time=[0])))
    assert "2020-11" in words
