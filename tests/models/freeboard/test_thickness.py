"""Snow and thickness: published figures, closed forms, and Monte Carlo of every error."""

import numpy as np
import pytest
import xarray as xr

from iceco.models.freeboard.freeboard import VALID_M, Freeboard, radar_freeboard
from iceco.models.freeboard.snow import (
    WARREN,
    WARREN_SIGMA,
    Snow,
    months,
    snow_along,
    snow_density,
    warren,
)
from iceco.models.freeboard.thickness import (
    KA,
    KU,
    WATER_DENSITY,
    Penetration,
    ice_density,
    ice_thickness,
    path_excess,
    penetration_of,
)

MARCH = np.array(["2023-03-15"], "M8[ns]")


def of(value, sigma=0.1):
    value = np.atleast_1d(np.asarray(value, float))
    return Freeboard(value, np.full(value.size, sigma))


def snow(depth, sigma=0.05, density=300.0):
    depth = np.atleast_1d(np.asarray(depth, float))
    return Snow(depth, np.full(depth.size, sigma), np.full(depth.size, density))


def test_excess_of_the_path_in_snow_is_the_published_one():
    np.testing.assert_allclose(
        path_excess(np.array([250.0, 300.0, 350.0])), [0.197, 0.238, 0.279], atol=1e-3
    )


def test_snow_lifts_the_ice_freeboard_of_ku_band_and_lowers_that_of_ka():
    radar = of(0.2)
    ku, ka = (ice_thickness(radar, snow(0.2), p).ice_freeboard[0] for p in (KU, KA))
    assert ku == pytest.approx(0.2 + 0.238 * 0.2, abs=1e-3)
    assert 0.04 < ku - ka < 0.07  # Armitage and Ridout (2015)
    assert (penetration_of("al"), penetration_of("c2"), penetration_of("s3b")) == (KA, KU, KU)
    bare = ice_thickness(radar, snow(0.0), KA)
    assert bare.ice_freeboard[0] == 0.2


def test_thickness_is_in_hydrostatic_balance():
    found = ice_thickness(of([0.1, 0.3]), snow([0.1, 0.3]), KU)
    density, _ = ice_density()
    draught = found.thickness - found.ice_freeboard
    np.testing.assert_allclose(
        WATER_DENSITY * draught, density * found.thickness + 300.0 * np.array([0.1, 0.3])
    )


def test_without_doubt_but_of_the_freeboard_thickness_is_seven_to_ten_times_as_doubtful():
    low, high = (ice_thickness(of(f, 0.1), snow(0.0, 0.0), KU).thickness[0] for f in (0.1, 0.2))
    assert 7.2 < (high - low) / 0.1 < 9.5


@pytest.mark.parametrize("penetration", [KU, Penetration(0.75, 0.1)])
def test_uncertainties_are_those_of_many_draws(penetration):
    random = np.random.default_rng(1)
    n = 200_000
    found = ice_thickness(of(0.25, 0.05), snow(0.2, 0.04, 300.0), penetration)
    density, density_sigma = ice_density()
    radar = 0.25 + 0.05 * random.standard_normal(n)
    depth = 0.2 + 0.04 * random.standard_normal(n)
    of_snow = 300.0 + 50.0 * random.standard_normal(n)
    of_ice = density + density_sigma * random.standard_normal(n)
    share = penetration.share + penetration.sigma * random.standard_normal(n)
    board = radar - (1.0 - share * (1.0 + path_excess(of_snow))) * depth
    thickness = (1024.0 * board + of_snow * depth) / (1024.0 - of_ice)
    assert found.ice_freeboard_sigma[0] == pytest.approx(board.std(), rel=0.02)
    low, high = np.quantile(thickness, (0.16, 0.84))  # the tail of 1 / (rho_w - rho_i) is long
    assert found.thickness_sigma[0] == pytest.approx(0.5 * (high - low), rel=0.08)


def test_what_is_no_freeboard_has_no_thickness():
    found = ice_thickness(of([np.nan, 5.0, 0.2, 0.2]), snow([0.1, 0.1, np.nan, 0.1]), KU)
    for column in found:
        assert np.isfinite(column).tolist() == [False, False, False, True]


def test_radar_freeboard_stands_on_the_sea_level_and_keeps_its_range():
    anomaly = np.array([0.5, 0.5, np.nan, 3.0, -0.5])
    level = np.array([0.3, np.nan, 0.3, 0.3, 0.3])
    found = radar_freeboard(anomaly, level, 0.03, np.full(5, 0.04))
    assert found.value[0] == pytest.approx(0.2)
    assert found.sigma[0] == pytest.approx(0.05)
    assert np.isfinite(found.value).tolist() == [True, False, False, False, False]
    np.testing.assert_array_equal(np.isnan(found.sigma), np.isnan(found.value))
    assert VALID_M == (-0.35, 2.35)


def test_the_climatology_is_its_constant_at_the_pole_whatever_the_longitude():
    for month in range(1, 13):
        depth, sigma = warren(np.array([0.0, 77.0]), np.array([90.0, 90.0]), np.full(2, month))
        np.testing.assert_allclose(depth, 0.75 * WARREN[month - 1, 0] / 100.0)
        assert (sigma > 0.75 * WARREN_SIGMA[month - 1] / 100.0).all()


def test_the_climatology_by_hand_in_the_beaufort_sea():
    x, y = 14.5 * np.cos(np.radians(-140.0)), 14.5 * np.sin(np.radians(-140.0))
    march = 33.89 + 0.5486 * x - 0.1996 * y + 0.0280 * x * y + 0.0216 * x**2 - 0.0176 * y**2
    depth, _ = warren(np.array([-140.0]), np.array([75.5]), np.array([3]))
    assert depth[0] == pytest.approx(0.75 * march / 100.0)


def test_density_grows_from_october_to_april_and_then_stays():
    time = np.array(
        [f"2023-{m:02d}-15" for m in (10, 11, 12)] + [f"2024-{m:02d}-15" for m in range(1, 10)],
        "M8[ns]",
    )
    assert months(time).tolist() == [10, 11, 12, *range(1, 10)]
    density = snow_density(time, np.full(12, 80.0))
    np.testing.assert_allclose(density[:7], 274.51 + 6.5 * np.arange(7))
    assert (density[7:] == density[6]).all()
    assert (snow_density(time, np.full(12, -70.0)) == 320.0).all()


def track(latitude, **columns):
    data = {name: ("time", [value]) for name, value in columns.items()}
    place = {"longitude": ("time", [10.0]), "latitude": ("time", [latitude])}
    return xr.Dataset(data, coords={"time": MARCH, **place}, attrs={"source": "made"})


def test_snow_is_taken_from_where_it_is_asked_for():
    assert snow_along(track(80.0), 0.3).depth[0] == 0.3
    assert snow_along(track(80.0, snow_depth=0.11), "product").depth[0] == 0.11
    assert 0.2 < snow_along(track(80.0), "warren").depth[0] < 0.35
    with pytest.raises(ValueError, match="no snow depth"):
        snow_along(track(80.0), "product")
    with pytest.raises(ValueError, match="lies in the south"):
        snow_along(track(-70.0), "warren")
