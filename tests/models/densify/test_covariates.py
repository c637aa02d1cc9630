"""What scenes say of cells: exact means over areas, moved with the ice, the nearest in time."""

import numpy as np
import pytest
import xarray as xr
from freeboard_files import swath_over
from small_scenes import MIDDLE, PIXEL, SEEN, corner, scene_of

from iceco.collocate.corridor import LeadFinder
from iceco.drift.displacement import constant_displacement, no_drift
from iceco.geo.polar import NORTH, forward
from iceco.models.densify import covariates
from iceco.models.densify.covariates import NAMES, scene_covariates
from iceco.models.densify.grids import map_grid, swath_grid
from iceco.models.densify.incidence import REFERENCE_INCIDENCE, incidence_slope

SIZE = 200  # pixels: 20 km


def finder(probability):
    """A finder that knows the leads of the whole scene."""

    def find(window):
        at = {"line": window["line"].values, "sample": window["sample"].values}
        values = probability[np.ix_(at["line"], at["sample"])].astype(np.float32)
        return xr.Dataset({"lead_probability": (("line", "sample"), values)}, coords=window.coords)

    return LeadFinder(find, lambda spacing: 3, 0.5, "made")


NO_LEADS = finder(np.zeros((SIZE, SIZE)))


@pytest.fixture
def images():
    rng = np.random.default_rng(2)
    return rng.gamma(9.0, 0.004, (2, SIZE, SIZE)).astype(np.float32)


def plane_grid(cell=2000.0):
    """A map on the very plane of the scene, of whole cells of it."""
    left, top = corner(SIZE * PIXEL)
    x = np.array([left + 1.0, left + SIZE * PIXEL - 1.0])
    y = np.array([top - SIZE * PIXEL + 1.0, top - 1.0])
    return map_grid(NORTH, x, y, cell, "EPSG:3413")


def look(scenes, grid, drift=None, target=SEEN, leads=NO_LEADS):
    every = np.arange(grid.x.size)
    return scene_covariates(
        scenes, grid, every, drift or no_drift(), target, leads, 2, lambda done, total: None
    )


def by_pixel(image, grid, shift=(0.0, 0.0)):
    """The slow twin: each pixel's centre in its cell, one after the other."""
    left, top = corner(SIZE * PIXEL)
    sums, count = np.zeros(grid.x.shape), np.zeros(grid.x.shape)
    for i in range(SIZE):
        for j in range(SIZE):
            x = left + shift[0] + PIXEL * (j + 0.5)
            y = top + shift[1] - PIXEL * (i + 0.5)
            row = int(np.floor((y - grid.axes.y[0]) / grid.cell_size + 0.5))
            column = int(np.floor((x - grid.axes.x[0]) / grid.cell_size + 0.5))
            if 0 <= row < grid.x.shape[0] and 0 <= column < grid.x.shape[1]:
                sums[row, column] += image[i, j]
                count[row, column] += 1
    enough = count >= 0.5 * (grid.cell_size / PIXEL) ** 2
    return np.where(enough, sums / np.maximum(count, 1), np.nan).ravel()


def decibel(power):
    return 10.0 * np.log10(power)


@pytest.mark.parametrize("cell", [2000.0, 700.0, 250.0])
def test_a_cell_has_the_mean_power_of_the_pixels_in_it(images, cell):
    grid = plane_grid(cell)
    seen = look([scene_of(*images)], grid)
    for name, image in (("sigma0_hh_db", images[0]), ("sigma0_hv_db", images[1])):
        np.testing.assert_allclose(
            seen.values[:, NAMES.index(name)], decibel(by_pixel(image, grid)), atol=1e-4
        )


def test_texture_is_the_spread_of_power_over_its_mean(images):
    grid = plane_grid()
    seen = look([scene_of(*images)], grid)
    mean, square = by_pixel(images[1], grid), by_pixel(images[1].astype(float) ** 2, grid)
    expected = np.sqrt(square - mean**2) / mean
    np.testing.assert_allclose(seen.values[:, NAMES.index("texture_hv")], expected, rtol=1e-4)


def test_windows_meet_without_a_seam(images, monkeypatch):
    grid = plane_grid(500.0)
    whole = look([scene_of(*images)], grid)
    monkeypatch.setattr(covariates, "WINDOW", 64)
    np.testing.assert_allclose(look([scene_of(*images)], grid).values, whole.values, rtol=1e-5)


def test_leads_count_as_leads_and_not_as_ice(images):
    lead = np.zeros((SIZE, SIZE))
    lead[:, 100:110] = 1.0
    images[:, :, 100:110] = 1e-4
    grid = plane_grid()
    seen = look([scene_of(*images)], grid, leads=finder(lead))
    np.testing.assert_allclose(seen.lead_probability, by_pixel(lead, grid), atol=1e-6)
    hv = seen.values[:, NAMES.index("sigma0_hv_db")]
    known = np.isfinite(hv)
    assert np.abs(hv[known] - decibel(0.036)).max() < 0.5


def test_the_ice_of_a_scene_is_where_the_drift_has_taken_it(images):
    grid = plane_grid()
    later = SEEN + np.timedelta64(3600, "s")
    seen = look([scene_of(*images)], grid, constant_displacement(700.0, -1300.0), later)
    expected = decibel(by_pixel(images[1], grid, (700.0, -1300.0)))
    np.testing.assert_allclose(seen.values[:, NAMES.index("sigma0_hv_db")], expected, atol=1e-4)


def test_of_two_scenes_the_nearer_in_time_wins_and_the_other_fills(images):
    grid = plane_grid()
    dark = scene_of(images[0], np.full((SIZE, SIZE), 0.01))
    bright = scene_of(
        images[0], np.full((SIZE, SIZE), 0.1), SEEN + np.timedelta64(7200, "s"), (10_000.0, 0.0)
    )
    target = SEEN + np.timedelta64(7100, "s")
    seen = look([dark, bright], grid, target=target)
    hv = seen.values[:, NAMES.index("sigma0_hv_db")].reshape(grid.x.shape)
    column = np.flatnonzero(seen.scene.reshape(grid.x.shape)[5] == 1)
    np.testing.assert_allclose(hv[5, column], -10.0, atol=1e-3)
    np.testing.assert_allclose(hv[5, 1 : column[0] - 1], -20.0, atol=1e-3)
    assert set(seen.scene[np.isfinite(hv.ravel())]) == {0, 1}


def test_missing_pixels_are_not_ice_and_cells_mostly_missing_are_unseen(images):
    images[:, :, :103] = np.nan
    grid = plane_grid()
    seen = look([scene_of(*images)], grid)
    hv = seen.values[:, NAMES.index("sigma0_hv_db")]
    np.testing.assert_allclose(hv, decibel(by_pixel_known(images[1], grid)), atol=1e-4)
    assert np.isnan(hv).any()
    np.testing.assert_array_equal(np.isnan(hv), np.isnan(seen.lead_probability))


def by_pixel_known(image, grid):
    there = np.isfinite(image)
    share = by_pixel(there.astype(float), grid)
    value = by_pixel(np.where(there, image, 0.0), grid)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(share * (grid.cell_size / PIXEL) ** 2 >= 200.0, value / share, np.nan)


def test_a_swath_is_filled_to_its_edges(images):
    swath = swath_over(*MIDDLE, lines=40, cell=250.0, pixels=24)
    x, y = forward(NORTH, swath["longitude"].values, swath["latitude"].values)
    grid = swath_grid(swath, NORTH, x.ravel(), y.ravel())
    seen = look([scene_of(*images)], grid)
    assert np.isfinite(seen.values).all()


def test_a_scene_that_misses_the_grid_is_refused(images):
    far = scene_of(*images, shift=(3e5, 0.0))
    with pytest.raises(ValueError, match="made: the scene misses the grid"):
        look([scene_of(*images), far], plane_grid())


def test_the_slope_with_incidence_is_found_on_a_wide_scene_and_assumed_on_a_narrow_one():
    rng = np.random.default_rng(0)
    wide, narrow = rng.uniform(19.0, 47.0, 5000), rng.uniform(34.0, 35.0, 5000)
    level = -25.0 - 0.30 * (wide - 30.0) + rng.standard_normal(5000)
    # 29 strips of 1 dB determine the slope to 0.022 dB a degree, beside the 0.04 assumed.
    assert incidence_slope(level, wide, "hv") == pytest.approx(-0.27, abs=0.03)
    assert incidence_slope(level, narrow, "hv") == pytest.approx(-0.16, abs=0.01)
    assert incidence_slope(np.full(3, np.nan), wide[:3], "hh") == -0.24


def test_backscatter_is_brought_to_one_incidence(images):
    angle = np.linspace(20.0, 46.0, SIZE)[None] * np.ones((SIZE, 1))
    fall = 10.0 ** (-0.16 * (angle - REFERENCE_INCIDENCE) / 10.0)
    seen = look([scene_of(images[0], 0.004 * fall, incidence=angle)], plane_grid())
    hv = seen.values[:, NAMES.index("sigma0_hv_db")]
    assert np.nanstd(hv) < 0.05
    assert np.nanmean(hv) == pytest.approx(decibel(0.004), abs=0.1)
