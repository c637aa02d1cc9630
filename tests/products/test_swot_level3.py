"""Level 3 swaths of AVISO: what is read, and the traps of the product."""

import netCDF4
import numpy as np
import pytest
from freeboard_swaths import ice_swath

from iceco.models.validation.swot_freeboard import swot_freeboard
from iceco.products.recognise import identify, open_product
from iceco.products.swot_level3 import open_swot_level3

LINES = 6


def write_level3(path, kind="Expert", lines=LINES, **values):
    """A small file of version 3, over the date line; packed as the product's definition has it."""
    pixels = 519 if kind == "Unsmoothed" else 69
    spacing = 250.0 if kind == "Unsmoothed" else 2000.0
    across = (np.arange(pixels) - pixels // 2) * spacing
    shape = (lines, pixels)
    step = spacing / 28_900.0
    columns = {
        "longitude": (179.99 + step * np.arange(lines)[:, None] + 0.0 * across) % 360.0,
        "latitude": np.broadcast_to(75.0 - across / 111_600.0, shape),
        "ssha_unedited": np.full(shape, 0.25),
        "ssha_filtered": np.full(shape, np.nan),
        "mdt": np.full(shape, 0.1),
    }
    if kind != "Basic":
        columns |= {
            "sigma0": np.full(shape, 4.0),
            "mss": np.full(shape, 12.0),
            "calibration": np.full(shape, 0.03),
            "dac": np.full(shape, -0.05),
            "ocean_tide": np.full(shape, 0.2),
        }
    columns |= values
    with netCDF4.Dataset(path, "w") as file:
        file.setncatts({"cycle_number": 12, "pass_number": 345, "product_version": "3.0"})
        for name, size in (("num_lines", lines), ("num_pixels", pixels), ("num_nadir", 2)):
            file.createDimension(name, size)
        time = file.createVariable("time", "f8", ("num_lines",))
        time.units = "seconds since 2000-01-01 00:00:00.0"
        time[:] = 7.6e8 + spacing / 6700.0 * np.arange(lines)
        for name, column in columns.items():
            packed = "i4" if name != "sigma0" else "f4"
            fill = 2147483647 if packed == "i4" else 9.96921e36
            made = file.createVariable(name, packed, ("num_lines", "num_pixels"), fill_value=fill)
            if packed == "i4":
                made.scale_factor = 1e-6 if name in ("longitude", "latitude") else 1e-4
            missing = np.isnan(column)
            made[:] = np.ma.array(np.where(missing, 0.0, column), mask=missing)
        flags = file.createVariable("quality_flag", "u1", ("num_lines", "num_pixels"))
        flags[:] = 20
        if kind != "Basic":
            distance = file.createVariable("cross_track_distance", "f4", ("num_pixels",))
            distance.units = "km"
            distance[:] = across / 1e3
        for name, numbers in (("i_num_line", [0, 1]), ("i_num_pixel", [pixels // 2] * 2)):
            file.createVariable(name, "i2", ("num_nadir",))[:] = numbers
    return path


@pytest.mark.parametrize(("kind", "cell"), [("Basic", 2000), ("Expert", 2000), ("Unsmoothed", 250)])
def test_all_three_products_are_known_by_their_content_and_read(tmp_path, kind, cell):
    path = write_level3(tmp_path / "x", kind)
    assert identify(path) == "swot"
    swath = open_product(path)
    assert swath.attrs["product"] == f"L3_LR_SSH {kind}"
    assert swath.attrs["cell_size_m"] == cell
    assert (swath.attrs["cycle_number"], swath.attrs["pass_number"]) == (12, 345)
    assert ("sigma0" in swath) == (kind != "Basic")


def test_the_unedited_anomaly_is_taken_for_the_others_are_empty_over_ice(tmp_path):
    swath = open_swot_level3(write_level3(tmp_path / "x"))
    assert np.isfinite(swath["sea_level_anomaly"].values[:, :30]).all()
    assert swath["sea_level_anomaly"].values[0, 0] == pytest.approx(0.25)
    assert "sea_surface_height" not in swath


def test_distances_across_track_are_in_kilometres_in_the_file_alone(tmp_path):
    swath = open_swot_level3(write_level3(tmp_path / "x"))
    assert swath["cross_track_distance"].values[0, [0, -1]] == pytest.approx([-68e3, 68e3])
    assert swath["side"].values.tolist() == [-1] * 34 + [0] + [1] * 34


def test_a_basic_file_has_its_distances_from_its_places(tmp_path):
    swath = open_swot_level3(write_level3(tmp_path / "x", "Basic"))
    expert = open_swot_level3(write_level3(tmp_path / "y", "Expert"))
    apart = swath["cross_track_distance"].values - expert["cross_track_distance"].values
    assert np.abs(apart).max() < 100.0


def test_pixels_of_the_nadir_altimeter_are_not_karins(tmp_path):
    swath = open_swot_level3(write_level3(tmp_path / "x"))
    missing = np.argwhere(np.isnan(swath["sea_level_anomaly"].values)).tolist()
    assert missing == [[0, 34], [1, 34]]


def test_the_calibration_stays_in_and_is_told(tmp_path):
    swath = open_swot_level3(write_level3(tmp_path / "x"))
    assert swath["crossover_correction"].values[0, 0] == pytest.approx(0.03)
    assert swath["dynamic_atmosphere_correction"].values[0, 0] == pytest.approx(-0.05)


def test_flags_of_ice_are_kept_as_they_are_and_longitudes_wrapped(tmp_path):
    swath = open_swot_level3(write_level3(tmp_path / "x"))
    assert (swath["product_quality_flag"].values == 20).all()
    assert swath["longitude"].values.min() < -179.0 < 179.0 < swath["longitude"].values.max()


def test_a_file_whose_heights_are_all_edited_is_refused(tmp_path):
    path = write_level3(tmp_path / "x")
    with netCDF4.Dataset(path, "a") as file:
        file.renameVariable("ssha_unedited", "ssha_unfiltered")
    assert identify(path) == "swot"
    with pytest.raises(ValueError, match="no ssha_unedited, and its other heights are edited away"):
        open_swot_level3(path)
    with netCDF4.Dataset(tmp_path / "y", "w") as file:
        file.title = "nothing"
    with pytest.raises(ValueError, match="not a level 3 swath"):
        open_swot_level3(tmp_path / "y")


def test_freeboard_comes_back_from_an_unsmoothed_file(tmp_path):
    seen = ice_swath(lines=80)
    shape = (80, 519)
    there = np.concatenate([np.arange(240), 279 + np.arange(240)])
    height, sigma0 = np.full(shape, np.nan), np.full(shape, np.nan)
    height[:, there] = seen.swath["sea_level_anomaly"].values
    sigma0[:, there] = seen.swath["sigma0"].values
    path = write_level3(tmp_path / "u", "Unsmoothed", lines=80, ssha_unedited=height, sigma0=sigma0)
    found = swot_freeboard(open_swot_level3(path))
    error = found.freeboard[:, there] - seen.freeboard
    assert abs(np.nanmean(error)) < 0.03
