"""SWOT granules as swaths: what is read, what is derived, and what is refused."""

import netCDF4
import numpy as np
import pytest
from swot_swaths import START, expert_swath, unsmoothed_swath
from typer.testing import CliRunner

from iceco.cli.app import app
from iceco.cli.info import summary
from iceco.products.canonical_swath import SWATH_ATTRIBUTES, make_swath, sea_level_anomaly
from iceco.products.recognise import identify, open_product
from iceco.products.swot import is_swot, open_swot, with_corrections_of
from iceco.products.swot_writer import Granule, write_swot_expert, write_swot_unsmoothed

GRANULE = Granule(10, 21)


@pytest.fixture
def expert(tmp_path):
    write_swot_expert(tmp_path / "e", expert_swath(), GRANULE)
    return tmp_path / "e"


@pytest.fixture
def unsmoothed(tmp_path):
    write_swot_unsmoothed(tmp_path / "u", unsmoothed_swath(), GRANULE)
    return tmp_path / "u"


def test_both_are_recognised_by_their_content_and_shown(expert, unsmoothed):
    for path, sizes in (
        (expert, {"line": 5, "pixel": 69}),
        (unsmoothed, {"line": 6, "pixel": 480}),
    ):
        assert identify(path) == "swot"
        assert open_product(path).attrs["source"] == str(path)
        found = summary(path)
        assert (found["kind"], found["mission"], found["sizes"]) == ("swot", "swot", sizes)
        assert found["id"].startswith("swot_010_021_20240315T164000_")
        west, south, east, north = found["bounding_box"]
        assert (west > 179.0, east < -179.0) == (True, True)
        assert 74.0 < south < north < 76.0


def test_iceco_collocate_refuses_a_swath_as_a_track_in_one_sentence(expert, tmp_path):
    made = ["collocate", str(expert), "--scenes", str(tmp_path), "--out", str(tmp_path / "o")]
    refused = CliRunner().invoke(app, made).exception
    assert isinstance(refused, ValueError)
    assert str(refused) == f"{expert}: is of kind swot, not an altimeter track"


def test_sides_are_told_apart_and_nadir_belongs_to_neither(expert, unsmoothed):
    swath = open_swot(expert)
    assert swath["side"].values.tolist() == [-1] * 34 + [0] + [1] * 34
    assert (np.sign(swath["cross_track_distance"].values) == swath["side"].values).all()
    swath = open_swot(unsmoothed)
    assert swath["side"].values.tolist() == [-1] * 240 + [1] * 240
    assert (np.diff(swath["cross_track_distance"].values, axis=1) > 0.0).all()


def test_trap_9_longitudes_come_back_to_the_western_hemisphere(expert):
    longitude = open_swot(expert)["longitude"].values
    assert ((longitude >= -180.0) & (longitude < 180.0)).all()
    assert longitude.min() < -179.9 < 179.8 < longitude.max()


def test_trap_10_fill_values_are_missing_and_missing_flags_are_minus_one(expert):
    with netCDF4.Dataset(expert, "a") as file:
        for name in ("ssh_karin_2", "sig0_karin_2", "ssha_karin_qual", "dynamic_ice_flag"):
            file[name].set_auto_maskandscale(False)
            file[name][2, 7] = file[name].getncattr("_FillValue")
    swath = open_swot(expert)
    assert np.isnan(swath["sea_surface_height"].values[2, 7])
    assert np.isnan(swath["sigma0"].values[2, 7])
    assert swath["product_quality_flag"].values[2, 7] == -1
    assert swath["ice_flag"].values[2, 7] == -1
    assert np.nanmax(swath["sigma0"].values) < 1.0


def test_sigma0_stays_linear_and_may_be_negative(expert):
    with netCDF4.Dataset(expert, "a") as file:
        file["sig0_karin_2"][0, 0] = -0.25
    assert open_swot(expert)["sigma0"].values[0, 0] == -0.25


def test_the_anomaly_is_that_of_the_formats_page():
    swath = expert_swath()
    column = {str(name): swath[name].values for name in swath.variables}
    expected = (
        column["sea_surface_height"]
        + np.nan_to_num(column["sea_state_bias_correction"])
        + np.nan_to_num(column["crossover_correction"])
        - column["mean_sea_surface"]
        - column["solid_earth_tide"]
        - column["ocean_tide"]
        - np.nan_to_num(column["ocean_tide_non_equilibrium"])
        - np.nan_to_num(column["internal_tide"])
        - column["pole_tide"]
        - column["dynamic_atmosphere_correction"]
    )
    assert np.allclose(column["sea_level_anomaly"], expected, atol=1e-12, equal_nan=True)


def test_a_crossover_correction_that_is_missing_does_not_lose_the_height():
    swath = expert_swath()
    columns = {str(name): swath[name].values for name in swath.data_vars}
    missing = np.full(swath["longitude"].shape, np.nan)
    difference = sea_level_anomaly(columns) - sea_level_anomaly(
        columns | {"crossover_correction": missing}
    )
    there = np.isfinite(columns["sea_surface_height"])
    assert np.allclose(difference[there], columns["crossover_correction"][there], atol=1e-12)
    assert np.isnan(difference[~there]).all()


def test_an_anomaly_without_tides_is_not_made_up(unsmoothed):
    assert "sea_level_anomaly" not in open_swot(unsmoothed)


def _smooth_expert():
    """Corrections linear in time and across track, so that interpolation must be exact."""
    swath = expert_swath(lines=8)
    seconds = (swath["time"].values - START) / np.timedelta64(1, "s")
    plane = 0.01 * seconds[:, None] + 1e-6 * swath["cross_track_distance"].values
    for name in ("ocean_tide", "solid_earth_tide", "pole_tide", "dynamic_atmosphere_correction"):
        swath[name] = (("line", "pixel"), plane)
    return swath


def test_corrections_linear_in_time_and_across_track_reach_250_m_exactly():
    fine = unsmoothed_swath()
    both = with_corrections_of(fine, _smooth_expert())
    seconds = (fine["time"].values - START) / np.timedelta64(1, "s")
    plane = 0.01 * seconds[:, None] + 1e-6 * fine["cross_track_distance"].values
    assert np.allclose(both["ocean_tide"].values, plane, atol=1e-12)
    assert both["mean_sea_surface"].identical(fine["mean_sea_surface"])
    assert "sea_state_bias_correction" not in both
    expected = fine["sea_surface_height"] - fine["mean_sea_surface"] - 4 * plane
    expected += np.nan_to_num(both["crossover_correction"])
    expected -= np.nan_to_num(both["internal_tide"] + both["ocean_tide_non_equilibrium"])
    assert np.allclose(both["sea_level_anomaly"], expected, atol=1e-12, equal_nan=True)


def test_corrections_end_a_pixel_beyond_the_expert_granule():
    fine = unsmoothed_swath()
    late = fine.assign_coords(time=fine["time"] + np.timedelta64(5, "s"))
    assert np.isnan(with_corrections_of(late, _smooth_expert())["ocean_tide"].values).all()


def test_corrections_of_another_pass_are_refused():
    other = _smooth_expert()
    other.attrs["pass_number"] = 22
    with pytest.raises(ValueError, match="different cycles and passes"):
        with_corrections_of(unsmoothed_swath(), other)


def test_sides_stored_outwards_come_in_order(unsmoothed):
    expected = open_swot(unsmoothed)["sea_surface_height"].values
    with netCDF4.Dataset(unsmoothed, "a") as file:
        for variable in file["left"].variables.values():
            variable.set_auto_maskandscale(False)
            if variable.ndim == 2:
                variable[:] = variable[:][:, ::-1]
    assert np.array_equal(
        open_swot(unsmoothed)["sea_surface_height"].values, expected, equal_nan=True
    )


def test_sides_with_different_times_are_refused(unsmoothed):
    with netCDF4.Dataset(unsmoothed, "a") as file:
        file["right/time"][:] = file["right/time"][:] + 1.0
    with pytest.raises(ValueError, match="two sides of the swath have different times"):
        open_swot(unsmoothed)


def test_damaged_files_are_refused_in_one_sentence(expert, unsmoothed, tmp_path):
    for path in (expert, unsmoothed):
        whole = path.read_bytes()
        for size in (0, 5, len(whole) // 3, len(whole) - 100):
            cut = tmp_path / "cut"
            cut.write_bytes(whole[:size])
            with pytest.raises(ValueError, match="cut") as refusal:
                open_swot(cut)
            assert "\n" not in str(refusal.value)
            assert not is_swot(cut)


def test_other_files_and_incomplete_swaths_are_refused(tmp_path):
    with netCDF4.Dataset(tmp_path / "n.nc", "w") as file:
        file.createDimension("x", 2)
        file.createVariable("time", "f8", ("x",))
    assert not is_swot(tmp_path / "n.nc")
    with pytest.raises(ValueError, match="not an Expert or Unsmoothed granule"):
        open_swot(tmp_path / "n.nc")
    with pytest.raises(ValueError, match="needs"):
        make_swath(np.zeros(2, "datetime64[ns]"), {"sigma0": np.zeros((2, 2))}, {})


def test_a_column_of_another_shape_is_refused(expert):
    with netCDF4.Dataset(expert, "a") as file:
        file.renameVariable("dac", "was_dac")
        file.createVariable("dac", "i2", ("num_lines", "num_sides"))[:] = 1
    with pytest.raises(ValueError, match=r"dynamic_atmosphere_correction has the shape \(5, 2\)"):
        open_swot(expert)


def test_every_swath_says_what_it_is(expert):
    assert set(SWATH_ATTRIBUTES) <= open_swot(expert).attrs.keys()
