"""Freeboard of SWOT swaths: the truth comes back through the errors of each side, and traps."""

import numpy as np
import pytest
import xarray as xr
from freeboard_swaths import ACROSS, NOISE_M, ice_swath, with_columns

from iceco.models.validation.karin_noise import REQUIREMENT_NOISE_M, karin_noise
from iceco.models.validation.swath_level import (
    Cells,
    fit_level,
    level_of_lines,
    sigma_of_lines,
)
from iceco.models.validation.swot_freeboard import SideModel, swot_freeboard
from iceco.models.validation.swot_quality import usable_cells
from iceco.models.validation.swot_water import contrast_to_ice

SEEN = ice_swath(lines=160)
FOUND = swot_freeboard(SEEN.swath)


def bias(found, seen, side):
    pixels = seen.swath["side"].values == side
    return np.nanmean((found.freeboard - seen.freeboard)[:, pixels])


def test_freeboard_comes_back_on_both_sides_whatever_their_errors():
    for side in (-1, 1):
        assert abs(bias(FOUND, SEEN, side)) < 0.015
    error = (FOUND.freeboard - SEEN.freeboard)[FOUND.valid]
    assert error.std() == pytest.approx(NOISE_M, abs=0.01)
    inside = (np.abs(ACROSS) > 10e3) & (np.abs(ACROSS) < 60e3)
    assert FOUND.valid[:, inside].mean() > 0.95
    assert not FOUND.valid[:, ~inside].any()


def test_an_offset_of_half_a_metre_between_the_sides_makes_no_difference():
    stepped = ice_swath(lines=160, sides=((0.7, 0.1), (-0.15, -0.05)))
    other = swot_freeboard(stepped.swath)
    assert np.nanmax(np.abs(other.freeboard - FOUND.freeboard)) < 0.01


def test_without_a_surface_for_each_side_their_step_stays_in():
    as_one = swot_freeboard(SEEN.swath, sides=SideModel(order=0, sides_apart=False))
    assert bias(as_one, SEEN, -1) - bias(as_one, SEEN, 1) == pytest.approx(0.35, abs=0.1)


def test_water_is_found_and_ice_is_not_called_water():
    probable = FOUND.water > 0.5
    assert SEEN.lead[probable].mean() > 0.99
    near = np.abs(ACROSS) < 40e3
    assert probable[:, near][(SEEN.lead & FOUND.valid)[:, near]].mean() > 0.9


def test_leads_told_by_sar_give_the_same_level():
    told = swot_freeboard(SEEN.swath, lead_probability=SEEN.lead.astype(float))
    assert np.nanmedian(np.abs(told.freeboard - FOUND.freeboard)) < 0.01
    bare = SEEN.swath.drop_vars(["sigma0", "sigma0_uncertainty"])
    alone = swot_freeboard(bare, lead_probability=SEEN.lead.astype(float))
    assert abs(np.nanmean(alone.freeboard - SEEN.freeboard)) < 0.015


def test_another_mean_sea_surface_shifts_the_anomaly_and_its_slow_part_comes_off_again():
    surface = np.full(SEEN.lead.shape, -4.0)
    swath = with_columns(SEEN.swath, mean_sea_surface=surface)
    bump = 0.3 * np.exp(-0.5 * ((np.arange(surface.shape[0]) - 80.0) / 4.0) ** 2)[:, None]
    same = swot_freeboard(swath, mean_sea_surface=surface + 0.2)
    assert np.nanmax(np.abs(same.freeboard - FOUND.freeboard)) < 0.01
    sharp = swot_freeboard(swath, mean_sea_surface=surface + bump)
    shifted = np.nanmean((sharp.freeboard - FOUND.freeboard)[78:83])
    assert shifted == pytest.approx(-0.3, abs=0.08)


def test_trap_the_products_own_flags_over_ice_are_not_asked():
    assert (SEEN.swath["product_quality_flag"].values == 1).all()
    good = with_columns(SEEN.swath, product_quality_flag=np.zeros(SEEN.lead.shape, dtype=np.int64))
    assert np.array_equal(swot_freeboard(good).valid, FOUND.valid)


def test_trap_negative_and_missing_backscatter_does_not_break_the_search_for_water():
    sigma0 = SEEN.swath["sigma0"].values.copy()
    sigma0[50:60, 300:310] = -0.2
    sigma0[80, 200] = np.nan
    found = swot_freeboard(with_columns(SEEN.swath, sigma0=sigma0))
    assert abs(np.nanmean(found.freeboard - SEEN.freeboard)) < 0.015


def test_trap_nadir_gap_land_rain_and_incoherent_echoes_hold_no_freeboard():
    shape = SEEN.lead.shape
    land, rain = np.full(shape, 5), np.zeros(shape, dtype=np.int64)
    coherence = np.full(shape, 0.9)
    land[5, 300], rain[6, 300], coherence[7, 300] = 1, 2, 0.1
    swath = with_columns(SEEN.swath, surface_flag=land, rain_flag=rain, coherence=coherence)
    usable = usable_cells(swath, swath["sea_level_anomaly"].values)
    assert not usable[5:8, 300].any()
    assert usable[8, 300]
    assert not usable[:, np.abs(ACROSS) < 10e3].any()


def test_cells_beside_a_saturated_lead_are_left_out_across_track_only():
    sigma0 = SEEN.swath["sigma0"].values.copy()
    sigma0[100, 300] = 1000.0
    swath = with_columns(SEEN.swath, sigma0=sigma0)
    usable = usable_cells(swath, swath["sea_level_anomaly"].values)
    assert not usable[100, 297:304].any()
    assert usable[100, [296, 304]].all()
    assert usable[[99, 101], 300].all()


def test_a_height_of_metres_is_an_error():
    height = SEEN.swath["sea_level_anomaly"].values.copy()
    height[20, 100], height[21, 100] = 9.0, 3.7
    found = swot_freeboard(with_columns(SEEN.swath, sea_level_anomaly=height))
    assert not found.valid[20:22, 100].any()


def test_open_ocean_gives_the_level_but_no_freeboard():
    ice_free = ice_swath(lines=160, leads=False)
    height = ice_free.swath["sea_level_anomaly"].values.copy()
    concentration = np.full(height.shape, 99.0)
    concentration[:60] = 0.0
    height[:60] -= ice_free.freeboard[:60]
    swath = with_columns(
        ice_free.swath, sea_level_anomaly=height, sea_ice_concentration=concentration
    )
    found = swot_freeboard(swath)
    assert not found.valid[:60].any()
    assert abs(np.nanmean(found.freeboard - ice_free.freeboard)) < 0.02


def test_the_sigma_of_the_level_grows_away_from_water():
    one = ice_swath()
    sigma0 = one.swath["sigma0"].values.copy()
    sigma0[60:] = 4.0
    found = swot_freeboard(with_columns(one.swath, sigma0=sigma0))
    assert np.nanmean(found.level_sigma[110:120]) > 1.5 * np.nanmean(found.level_sigma[:60])
    spread = found.level_sigma[-1][found.valid[-1]]
    assert not found.valid[-1].all()  # 45 km from the last lead
    assert spread.min(initial=1.0) > 0.05


def test_a_swath_without_leads_or_with_nothing_good_or_without_tides_is_refused():
    with pytest.raises(ValueError, match="too little water is seen"):
        swot_freeboard(ice_swath(lines=80, leads=False).swath)
    nothing = np.full(SEEN.lead.shape, np.nan)
    with pytest.raises(ValueError, match="no cell of the swath passes"):
        swot_freeboard(with_columns(SEEN.swath, sea_level_anomaly=nothing))
    with pytest.raises(ValueError, match="give the Expert file"):
        swot_freeboard(SEEN.swath.drop_vars("sea_level_anomaly"))
    with pytest.raises(ValueError, match="its own mean sea surface"):
        swot_freeboard(SEEN.swath, mean_sea_surface=nothing)
    with pytest.raises(ValueError, match="no backscatter to find water by"):
        swot_freeboard(SEEN.swath.drop_vars(["sigma0", "coherence"]))


def test_at_2_km_backscatter_does_not_tell_the_level_and_the_refusal_says_what_does():
    swath = SEEN.swath.isel(line=slice(None, None, 8), pixel=slice(None, None, 8))
    swath = swath.assign_attrs(cell_size_m=2000.0)
    with pytest.raises(ValueError, match="give the Unsmoothed file of the same pass"):
        swot_freeboard(swath)


def test_noise_is_the_products_or_half_the_requirement_and_falls_with_the_side_of_a_cell():
    assert karin_noise(np.array([-30e3]), 1000.0)[0] == pytest.approx(0.5 * REQUIREMENT_NOISE_M[3])
    fine, coarse = (karin_noise(np.array([12e3, 58e3]), size) for size in (250.0, 2000.0))
    assert fine / coarse == pytest.approx(8.0)
    bare = SEEN.swath.drop_vars("sea_surface_height_uncertainty")
    found = swot_freeboard(bare)
    nominal = np.broadcast_to(karin_noise(ACROSS, 250.0), found.valid.shape)
    assert found.sigma[found.valid] == pytest.approx(nominal[found.valid])


def test_contrast_is_that_to_the_ice_at_the_same_distance_across():
    db = np.tile(np.linspace(8.0, 3.0, 50), (100, 1))
    db[40] += 10.0
    contrast, scatter = contrast_to_ice(db, 250.0)
    assert contrast[40] == pytest.approx(10.0, abs=0.5)
    assert np.abs(np.delete(contrast, 40, axis=0)).max() < 0.5
    assert scatter.max() < 0.5


def test_a_level_fitted_to_a_slow_surface_is_that_surface_and_knows_its_error():
    rng = np.random.default_rng(3)
    along, across = 2000.0 * np.arange(60), np.linspace(10e3, 60e3, 26)
    grid = np.broadcast_to(across, (60, 26))
    true = 0.2 * np.sin(along / 60e3)[:, None] + 0.1 * (grid - 35e3) / 25e3
    level = fit_level(
        Cells(np.repeat(along, 26), grid.ravel()),
        (true + 0.05 * rng.standard_normal(true.shape)).ravel(),
        np.full(true.size, 1 / 0.05**2),
        along[-1],
        1,
    )
    error = level_of_lines(level, along, grid) - true
    sigma = sigma_of_lines(level, along, grid)
    assert np.abs(error).max() < 0.03
    assert 0.4 < np.mean(np.abs(error) < sigma) < 0.95
    nothing = fit_level(
        Cells(np.zeros(1), np.full(1, 35e3)), np.zeros(1), np.full(1, 1e4), along[-1], 0
    )
    far = sigma_of_lines(nothing, along, grid)
    assert (np.diff(far[:, 0]) >= 0.0).all()


def test_a_level_through_one_height_is_the_gaussian_process_in_closed_form():
    """At the height's own place: prior variance over prior plus noise (Rasmussen 2006, 2.26)."""
    noise = 0.1
    level = fit_level(
        Cells(np.zeros(1), np.full(1, 35e3)), np.ones(1), np.full(1, noise**-2), 4e4, 0
    )
    prior = 0.3**2 + 10.0**2
    at = level_of_lines(level, np.zeros(1), np.full((1, 1), 35e3))
    sigma = sigma_of_lines(level, np.zeros(1), np.full((1, 1), 35e3))
    assert at[0, 0] == pytest.approx(prior / (prior + noise**2), rel=1e-6)
    assert sigma[0, 0] ** 2 == pytest.approx(prior * noise**2 / (prior + noise**2), rel=1e-4)


def test_a_swath_is_not_changed():
    before = SEEN.swath.copy(deep=True)
    swot_freeboard(SEEN.swath)
    xr.testing.assert_identical(before, SEEN.swath)
