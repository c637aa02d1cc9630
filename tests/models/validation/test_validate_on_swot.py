"""Fields beside referees: SWOT and ICESat-2 brought onto their cells, and what is said of them."""

import json

import netCDF4
import numpy as np
import pytest
import xarray as xr
from figure_marks import limits_of, smallest_letters, words_of
from freeboard_swaths import START, ice_swath, write_grid
from scipy.ndimage import gaussian_filter
from swot_swaths import expert_swath

from iceco.geo.polar import NORTH, forward, inverse
from iceco.models.validation.atl10 import laser_on_grid, validate_on_atl10
from iceco.models.validation.comparison import boxes, coarser, compare, usable
from iceco.models.validation.figures import (
    plot_distributions,
    plot_maps,
    plot_reliability,
    plot_spectra,
)
from iceco.models.validation.referee import Referee, as_kind, same_samples, swot_on_grid
from iceco.models.validation.report import table, write_json
from iceco.models.validation.swot_freeboard import SwotFreeboard, swot_freeboard
from iceco.models.validation.validate import (
    comparisons,
    judge,
    on_common_cells,
    open_swaths,
    validate_on_swot,
)
from iceco.products.canonical import make_track
from iceco.products.freeboard_grid import open_freeboard_grid
from iceco.products.swot_writer import Granule, write_swot_expert

SEEN = ice_swath(lines=96)
FOUND = swot_freeboard(SEEN.swath)


def grid_of(tmp_path, mean, sigma, method="toy", **changed):
    places = (SEEN.swath[name].values for name in ("longitude", "latitude"))
    path = tmp_path / f"{method}.nc"
    write_grid(
        path, *places, SEEN.swath["time"].values, mean, sigma, method, cell_size_m=250.0, **changed
    )
    return path


@pytest.fixture(scope="module")
def fields(tmp_path_factory):
    """The truth with noise, the truth smoothed, and its mean."""
    tmp_path = tmp_path_factory.mktemp("fields")
    rng = np.random.default_rng(1)
    truth = SEEN.freeboard
    smooth = gaussian_filter(truth, 8)
    return [
        grid_of(tmp_path, truth + 0.03 * rng.standard_normal(truth.shape), 0.03, "fine"),
        grid_of(tmp_path, smooth, (truth - smooth).std(), "smooth"),
        grid_of(tmp_path, np.full(truth.shape, truth.mean()), truth.std(), "mean"),
    ]


@pytest.fixture(scope="module")
def compared(fields):
    grids = [open_freeboard_grid(path) for path in fields]
    return on_common_cells(comparisons(grids, [SEEN.swath]))


@pytest.fixture(scope="module")
def found(compared):
    return judge(compared)


def test_better_fields_score_better_at_both_resolutions(found):
    assert list(found["resolutions"]) == ["2 km", "250 m"]
    for level in found["resolutions"].values():
        methods = level["methods"]
        for name in ("rmse", "crps"):
            scores = [methods[m]["all"][name][0] for m in ("fine", "smooth", "mean")]
            assert scores == sorted(scores)
        assert methods["fine"]["all"]["r"][0] > 0.85
        assert methods["fine"]["referee_sigma_m"] < 0.06
    fine = found["resolutions"]["250 m"]["methods"]["fine"]
    assert fine["all"]["rmse_less_floor"][0] == pytest.approx(0.03, abs=0.015)
    assert fine["all"]["coverage_68"][0] == pytest.approx(0.68, abs=0.06)
    assert fine["age 0-6 h"]["cells"] == fine["distance 1-5 km"]["cells"] == fine["all"]["cells"]
    assert "distance 5-15 km" not in fine
    smooth = found["resolutions"]["250 m"]["methods"]["smooth"]
    along = [m["resolved_wavelength_km"]["along"] for m in (fine, smooth)]
    assert along[0] < along[1]


def test_methods_are_judged_on_the_cells_that_all_of_them_know(compared):
    holes = np.where(np.arange(480) < 240, np.nan, compared[1].mean)
    one, two = on_common_cells([compared[0], compared[1]._replace(mean=holes)])
    assert np.array_equal(usable(one), usable(two))
    assert not usable(one)[:, :240].any()


def test_scores_become_json_and_a_table(tmp_path, found):
    write_json(found, tmp_path / "scores.json")
    told = json.loads((tmp_path / "scores.json").read_text())
    assert told["resolutions"]["2 km"]["methods"]["mean"]["all"]["r"] == [None, None, None]
    words = table(found)
    assert words.count("all  ") == 6
    assert "against SWOT, whose own sigma is" in words
    assert all(len(line) < 170 for line in words.splitlines())


def test_maps_share_their_colours_and_say_error_and_bias(compared):
    coarse = [coarser(one, 8) for one in compared[:2]]
    figure = plot_maps(coarse)
    for name in ("haline", "matter", "balance"):
        assert len(set(limits_of(figure, name))) == 1, name
    (low, high) = limits_of(figure, "balance")[0]
    assert low == -high
    words = words_of(figure)
    assert {"(a) SWOT", "(b) fine", "(c) smooth", "freeboard [m]", "less SWOT [m]"} <= words
    assert any(text.startswith("(h) bias") for text in words)


def test_distributions_spectra_and_reliability_name_every_field(compared):
    coarse = [coarser(one, 8) for one in compared[:2]]
    for plot in (plot_distributions, plot_spectra, plot_reliability):
        figure = plot(coarse)
        assert {"fine", "smooth"} <= words_of(figure), plot
        assert smallest_letters(figure) >= 7.0


def test_a_polar_grid_takes_the_mean_of_the_cells_that_fall_into_it(tmp_path):
    x, y = forward(NORTH, SEEN.swath["longitude"].values, SEEN.swath["latitude"].values)
    side = 4000.0
    axis_x = np.arange(x.min() // side, x.max() // side + 1) * side + side / 2
    axis_y = np.arange(y.min() // side, y.max() // side + 1) * side + side / 2
    longitude, latitude = inverse(NORTH, *np.meshgrid(axis_x, axis_y))
    path = write_grid(
        tmp_path / "polar.nc", longitude, latitude, START, np.full(longitude.shape, 0.3), 0.1,
        cell_size_m=side,
    )  # fmt: skip
    grid = open_freeboard_grid(path)
    assert not same_samples(SEEN.swath, grid)
    referee = swot_on_grid(SEEN.swath, FOUND, grid)
    row, column = np.argwhere(np.isfinite(referee.freeboard))[5]
    inside = (np.abs(x - axis_x[column]) <= side / 2) & (np.abs(y - axis_y[row]) <= side / 2)
    values = FOUND.freeboard[inside & FOUND.valid]
    assert referee.freeboard[row, column] == pytest.approx(values.mean(), abs=0.01)
    assert referee.sigma[row, column] == pytest.approx(0.04 / np.sqrt(values.size), rel=0.1)
    assert np.nanmax(np.abs(referee.lag_s)) < 10.0


def test_blocks_average_noise_down_and_leave_shared_errors_as_they_are(compared):
    one = compared[0]
    coarse = coarser(one, 8)
    assert coarse.mean.shape == (12, 60)
    known = usable(coarse)
    assert coarse.referee.sigma[known].mean() == pytest.approx(0.04 / 8.0, rel=0.05)
    ratio = np.nanmean(coarse.referee.shared_sigma) / np.nanmean(one.referee.shared_sigma)
    assert ratio == pytest.approx(1.0, abs=0.05)
    assert coarse.cell_size_m == 2000.0


def test_boxes_are_of_25_km():
    number = boxes(SEEN.swath["longitude"].values, SEEN.swath["latitude"].values)
    x, y = forward(NORTH, SEEN.swath["longitude"].values, SEEN.swath["latitude"].values)
    for one in np.unique(number)[:5]:
        assert np.ptp(x[number == one]) < 25e3
        assert np.ptp(y[number == one]) < 25e3


def test_total_freeboard_becomes_ice_and_radar_freeboard_under_snow():
    """Mallett et al. (2020): eta is 0.238 for 300 kg/m3 of snow."""
    total = Referee(*(np.full((2, 2), v) for v in (0.5, 0.1, 0.1, 0.0)))
    assert as_kind(total, "ice", 0.2).freeboard[0, 0] == pytest.approx(0.3)
    assert as_kind(total, "radar", 0.2).freeboard[0, 0] == pytest.approx(
        0.3 - 0.238 * 0.2, abs=1e-3
    )
    assert as_kind(total, "ice", 0.2).shared_sigma[0, 0] == pytest.approx(np.hypot(0.1, 0.08))
    assert as_kind(total, "total", 0.2).shared_sigma[0, 0] == pytest.approx(0.1)
    with pytest.raises(ValueError, match="must be one of total, ice, radar"):
        as_kind(total, "snow", 0.2)


def test_of_two_passes_the_one_nearest_in_time_is_the_referee(fields):
    grid = open_freeboard_grid(fields[0])
    later = SEEN.swath.assign_coords(time=SEEN.swath["time"] + np.timedelta64(1, "D"))
    for order in ([SEEN.swath, later], [later, SEEN.swath]):
        (one,) = comparisons([grid], order)
        assert np.nanmax(np.abs(one.referee.lag_s)) < 10.0


def test_a_grid_elsewhere_and_a_swath_that_is_none_are_refused(tmp_path, fields):
    longitude, latitude = np.meshgrid(10.0 + 0.1 * np.arange(5), 80.0 + 0.02 * np.arange(5))
    far = write_grid(
        tmp_path / "far.nc", longitude, latitude, START, np.full((5, 5), 0.3), 0.1, cell_size_m=2e3
    )
    with pytest.raises(ValueError, match="sees no cell that is mapped"):
        comparisons([open_freeboard_grid(far)], [SEEN.swath])
    with pytest.raises(ValueError, match="not a swath of SWOT"):
        validate_on_swot(fields, [write_atl10(tmp_path / "laser.h5")])
    with pytest.raises(ValueError, match="is not a grid of freeboard"):
        validate_on_swot([tmp_path / "laser.h5"], fields)


def test_an_expert_file_over_pack_ice_alone_is_refused_with_what_to_do(tmp_path, fields):
    swath = expert_swath(lines=40)
    fill = {"sigma0_uncertainty": np.full(swath["sigma0"].shape, 0.001)}
    swath = swath.assign({n: (("line", "pixel"), v) for n, v in fill.items()})
    swath["sea_ice_concentration"][:] = 99.0
    swath["surface_flag"][:] = 5
    swath["rain_flag"][:] = 0
    write_swot_expert(tmp_path / "e.nc", swath, Granule(10, 21))
    opened = open_swaths([tmp_path / "e.nc"])
    assert [s.attrs["product"] for s in opened] == ["L2_LR_SSH Expert"]
    with pytest.raises(ValueError, match="give the Unsmoothed file of the same pass"):
        validate_on_swot(fields, [tmp_path / "e.nc"])


def test_laser_segments_are_averaged_by_length_over_the_cells_they_cross(tmp_path):
    grid = open_freeboard_grid(small_grid(tmp_path))
    track = laser_track(np.array([0.2, 0.4]), lengths=np.array([3000.0, 1000.0]))
    referee = laser_on_grid(track, grid)
    assert np.isfinite(referee.freeboard).sum() == 1
    assert referee.freeboard[2, 2] == pytest.approx(0.25)
    assert referee.shared_sigma[2, 2] == pytest.approx(0.03)
    spread = np.sqrt(0.75 * 0.05**2 + 0.25 * 0.15**2)
    assert referee.sigma[2, 2] == pytest.approx(spread / np.sqrt(4.0), rel=1e-6)
    assert referee.lag_s[2, 2] == pytest.approx(3600.0)


def test_segments_follow_the_ice_to_the_grids_time_and_doubt_of_the_place_widens_sigma(tmp_path):
    from iceco.drift.displacement import constant_displacement

    grid = open_freeboard_grid(small_grid(tmp_path))
    track = laser_track(np.array([0.2, 0.4]), lengths=np.array([800.0, 800.0]))
    x, y = forward(NORTH, grid["longitude"].values, grid["latitude"].values)
    drift = constant_displacement(float(x[2, 3] - x[2, 2]), float(y[2, 3] - y[2, 2]))
    moved = laser_on_grid(track, grid, drift)
    still = laser_on_grid(track, grid)
    assert np.isfinite(moved.freeboard[2, 3])
    assert moved.sigma[2, 3] > still.sigma[2, 2]


def test_segments_that_are_not_best_or_a_day_away_are_no_referee(tmp_path):
    grid = open_freeboard_grid(small_grid(tmp_path))
    with pytest.raises(ValueError, match="no good freeboard within a day"):
        laser_on_grid(laser_track(np.array([0.2, 0.4]), quality=1), grid)
    with pytest.raises(ValueError, match="no good freeboard within a day"):
        laser_on_grid(laser_track(np.array([0.2, 0.4]), hours=30.0), grid)


def test_the_real_granule_scores_a_field_that_it_made(tmp_path, sample_data):
    granule = next((sample_data / "altimetry/icesat2").glob("*20220107*.h5"))
    from iceco.products.recognise import open_product

    track = open_product(granule)
    known = np.isfinite(track["product_total_freeboard"].values)
    longitude, latitude = np.meshgrid(np.linspace(-9.0, -6.5, 24), np.linspace(79.0, 80.3, 73))
    time = track["time"].values[known][0]
    value = np.full(longitude.shape, 0.2)
    path = write_grid(tmp_path / "g.nc", longitude, latitude, time, value, 0.15, cell_size_m=2000.0)
    referee = laser_on_grid(track, open_freeboard_grid(path))
    assert 10 < np.isfinite(referee.freeboard).sum() < 200
    assert 0.05 < np.nanmedian(referee.freeboard) < 0.4
    found = validate_on_atl10([path], [granule])
    scores = found["resolutions"]["2 km"]["methods"]["toy"]["all"]
    assert found["referee"] == "ICESat-2 ATL10"
    assert scores["bias"][0] == pytest.approx(0.2 - np.nanmean(referee.freeboard), abs=0.02)
    with pytest.raises(ValueError, match="is of kind cryosat2, not an ATL10 granule"):
        other = next((sample_data / "altimetry/cryosat2").glob("*SARI2*.nc"))
        validate_on_atl10([path], [other])


def test_lines_of_a_swath_without_a_time_do_not_make_lags_wrong(tmp_path, fields):
    grid = open_freeboard_grid(fields[0])
    swath = SEEN.swath.copy()
    time = swath["time"].values.copy()
    time[3] = np.datetime64("NaT")
    swath = swath.assign_coords(time=("line", time))
    referee = swot_on_grid(swath, FOUND, grid)
    assert np.isnan(referee.lag_s[3]).all()
    assert isinstance(FOUND, SwotFreeboard)
    assert np.nanmax(np.abs(referee.lag_s)) < 10.0


def test_a_field_without_quantiles_is_taken_for_gaussian(tmp_path, fields):
    grid = open_freeboard_grid(fields[0])
    assert "quantiles" not in grid
    plain = judge([compare("a", grid, swot_on_grid(SEEN.swath, FOUND, grid))])
    z = np.array([-1.645, -0.994, 0.0, 0.994, 1.645])[:, None, None]
    told = grid["freeboard"].values + z * grid["freeboard_uncertainty"].values
    with_them = grid.assign(quantiles=(("quantile", "line", "pixel"), told))
    other = judge([compare("a", with_them, swot_on_grid(SEEN.swath, FOUND, grid))])
    first, second = (
        d["resolutions"]["250 m"]["methods"]["a"]["all"]["crps"][0] for d in (plain, other)
    )
    assert first == pytest.approx(second, rel=1e-3)


def small_grid(tmp_path):
    longitude, latitude = np.meshgrid(10.0 + 0.1 * np.arange(5), 79.0 + 0.02 * np.arange(5))
    return write_grid(
        tmp_path / "small.nc", longitude, latitude, START, np.full((5, 5), 0.3), 0.1,
        cell_size_m=2200.0,
    )  # fmt: skip


def laser_track(freeboard, lengths=None, quality=0, hours=1.0) -> xr.Dataset:
    """Two segments in the middle cell of the small grid."""
    n = freeboard.size
    columns = {
        "longitude": np.full(n, 10.2),
        "latitude": np.full(n, 79.04),
        "product_total_freeboard": freeboard,
        "product_total_freeboard_uncertainty": np.full(n, 0.03),
        "product_quality_flag": np.full(n, quality),
        "segment_length": np.full(n, 800.0) if lengths is None else lengths,
    }
    told = ("mission", "mode", "product", "baseline", "track_id", "rate_hz", "source")
    time = np.full(n, START + np.timedelta64(int(hours * 3600), "s"))
    return make_track(time, columns, dict.fromkeys(told, "laser"))


def write_atl10(path):
    with netCDF4.Dataset(path, "w") as file:
        file.identifier_product_type = "ATL10"
    return path


def test_leads_that_a_scene_shows_give_an_expert_file_its_sea_level(tmp_path):
    rng = np.random.default_rng(6)
    swath = expert_swath(lines=40, east=-140.0)
    shape = swath["sigma0"].shape
    lead = np.zeros(shape)
    lead[8:10], lead[24:27] = 0.97, 0.97
    truth = 0.3 + 0.05 * rng.standard_normal(shape)
    height = (1.0 - lead) * truth + 0.02 * np.sign(swath["cross_track_distance"].values)
    columns = {
        "sea_level_anomaly": height + 0.005 * rng.standard_normal(shape),
        "sea_ice_concentration": np.full(shape, 99.0),
        "surface_flag": np.full(shape, 5),
        "rain_flag": np.zeros(shape, dtype=int),
        "sigma0": np.full(shape, 4.0),
        "sigma0_uncertainty": np.full(shape, 0.1),
        "sea_surface_height_uncertainty": np.full(shape, 0.005),
    }
    swath = swath.assign({name: (("line", "pixel"), v) for name, v in columns.items()})
    path = write_grid(
        tmp_path / "g.nc", swath["longitude"].values, swath["latitude"].values,
        swath["time"].values, truth, 0.05, images={"lead_probability": (lead, "1")},
    )  # fmt: skip
    grid = open_freeboard_grid(path)
    (one,) = comparisons([grid], [swath])
    ice = usable(one) & (lead == 0.0)
    error = (one.referee.freeboard - truth)[ice]
    assert ice.sum() > 1000
    assert abs(error.mean()) < 0.02
    assert error.std() < 0.02
    with pytest.raises(ValueError, match="too few leads fill pixels of 2 km"):
        comparisons([grid.drop_vars("lead_probability")], [swath])
