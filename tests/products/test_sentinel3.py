"""Sentinel-3: the product's own heights come back from the track's columns; traps stay sprung.

The traps carry the numbers of the project's notes on altimetry formats.
"""

import netCDF4
import numpy as np
import pytest
from altimetry_files import (
    SENTINEL_RECORDS,
    sentinel3,
    sentinel3_enhanced,
    sentinel3_reduced,
    sentinel_at_20hz,
)

from iceco.products.netcdf import open_netcdf, required, required_flags
from iceco.products.sentinel3 import is_sentinel3, open_sentinel3
from iceco.products.surface import Surface

C = 299792458.0
#: Canonical column of each correction that is copied from the file.
COLUMNS = {
    "dry_troposphere_correction": "mod_dry_tropo_cor_meas_altitude_01",
    "wet_troposphere_correction": "mod_wet_tropo_cor_meas_altitude_01",
    "ionosphere_correction": "iono_cor_gim_01_ku",
    "inverse_barometer_correction": "inv_bar_cor_01",
    "ocean_tide": "ocean_tide_sol2_01",
    "ocean_tide_equilibrium": "ocean_tide_eq_01",
    "load_tide": "load_tide_sol2_01",
    "solid_earth_tide": "solid_earth_tide_01",
    "pole_tide": "pole_tide_01",
}

SUMMED = ("dry_troposphere_correction", "wet_troposphere_correction", "ionosphere_correction",
          "ocean_tide", "solid_earth_tide", "pole_tide")  # fmt: skip

IPF_0702 = (
    "S3A_SR_2_WAT____20220812T152427_20220812T160854_20220907T093109_2667_088_310______"
    "MAR_O_NT_005.SEN3"
)
IPF_0703 = (
    "S3A_SR_2_WAT____20230502T150553_20230502T155016_20230528T090246_2663_098_210______"
    "MAR_O_NT_005.SEN3"
)
IPF_0711 = (
    "S3B_SR_2_WAT____20251109T015524_20251109T020523_20251109T035001_0599_113_117______"
    "MAR_O_NR_G61.SEN3"
)
PASSES = [IPF_0702, IPF_0703, IPF_0711]
ECHOES = "waveform_subset/S3A_SR_2_WAT_enhanced_20Hz_ku_50records.nc"
BARE_ECHOES = "waveform_subset/S3A_SR_2_WAT_waveforms_1221records.nc"


@pytest.fixture
def folder(sample_data):
    return sample_data / "altimetry" / "sentinel3"


def raw(path, name):
    with open_netcdf(path) as dataset:
        return required(dataset, name)


def height_residual(track):
    """What the track's columns leave of the product's height [m]."""
    return (
        track.altitude - track.product_range - track.range_correction - track.product_elevation
    ).values


def half_power_gate(power, level):
    """Gate, fractional and from 0, at which each echo first rises to its level."""
    after = (power > level[:, np.newaxis]).argmax(axis=1)
    row = np.arange(after.size)
    low, high = power[row, after - 1], power[row, after]
    return after - 1 + (level - low) / (high - low)


# --- the traps -----------------------------------------------------------------------------


def test_trap_02_times_are_utc_already(tmp_path):
    track = open_sentinel3(sentinel3().write(tmp_path / "a.nc"))
    first = np.datetime64("2023-05-02T15:05:53.5", "ns")
    assert abs(track.time.values[0] - first) < np.timedelta64(1, "us")


def test_trap_02_a_real_pass_starts_when_it_says(folder):
    real = open_sentinel3(folder / IPF_0703)
    with netCDF4.Dataset(folder / IPF_0703 / "standard_measurement.nc") as dataset:
        stated = np.datetime64(dataset.first_meas_time.rstrip("Z"), "ns")
    assert abs(real.time.values[0] - stated) < np.timedelta64(1, "ms")


@pytest.mark.parametrize("version", ["06.18", "07.02", "07.03", "07.11"])
def test_trap_04_fluctuations_are_added_to_the_barometer_since_version_07_03(tmp_path, version):
    track = open_sentinel3(sentinel3(version).write(tmp_path / "a.nc"))
    np.testing.assert_allclose(
        track.dynamic_atmosphere_correction,
        sentinel_at_20hz("inv_bar_cor_01") + sentinel_at_20hz("hf_fluct_cor_01"),
        atol=1e-9,
    )
    recent = version >= "07.03"
    atmosphere = ("dynamic_atmosphere" if recent else "inverse_barometer") + "_correction"
    assert track.attrs["range_correction_atmosphere"] == atmosphere
    np.testing.assert_allclose(
        track.range_correction, sum(track[name] for name in (*SUMMED, atmosphere)), atol=1e-9
    )
    np.testing.assert_allclose(height_residual(track), 0, atol=2e-4)


def test_trap_04_without_fluctuations_the_barometer_stands_alone(tmp_path):
    content = sentinel3()
    content.variables["hf_fluct_cor_01"].values[0] = np.nan
    track = open_sentinel3(content.write(tmp_path / "a.nc"))
    difference = track.dynamic_atmosphere_correction - track.inverse_barometer_correction
    np.testing.assert_allclose(difference[[0, 20]], [0.0, -0.028], atol=1e-9)


def test_trap_05_the_ocean_tide_contains_load_and_equilibrium_tide(tmp_path):
    track = open_sentinel3(sentinel3().write(tmp_path / "a.nc"))
    content = sentinel3()
    for name in ("load_tide_sol2_01", "ocean_tide_eq_01"):
        content.variables[name].values = content.variables[name].values + 0.5
    more = open_sentinel3(content.write(tmp_path / "b.nc"))
    np.testing.assert_array_equal(more.range_correction, track.range_correction)
    assert track.attrs["ocean_tide_contains"] == "load_tide ocean_tide_equilibrium"


def test_trap_06_corrections_are_taken_by_block_not_interpolated(tmp_path):
    track = open_sentinel3(sentinel3().write(tmp_path / "a.nc"))
    for column, source in COLUMNS.items():
        np.testing.assert_allclose(
            track[column], sentinel_at_20hz(source), atol=1e-9, err_msg=column
        )


@pytest.mark.parametrize(
    ("gates", "spacing", "reference"), [(128, 0.4684257156, 43), (256, 0.2342128578, 88)]
)
def test_trap_07_gate_spacing_depends_on_the_number_of_gates(tmp_path, gates, spacing, reference):
    track = open_sentinel3(sentinel3_enhanced(gates).write(tmp_path / "a.nc"))
    assert track.attrs["gate_spacing_m"] == pytest.approx(spacing, abs=1e-9)
    assert track.attrs["reference_gate"] == reference
    np.testing.assert_array_equal(track.waveform.argmax("gate"), 43 + np.arange(SENTINEL_RECORDS))
    np.testing.assert_allclose(track.waveform.max("gate"), 2500.5)


@pytest.mark.parametrize("centre_of_mass", [0.557, 0.612])
def test_trap_08_the_window_is_referred_to_the_centre_of_mass(tmp_path, centre_of_mass):
    content = sentinel3_enhanced(centre_of_mass=centre_of_mass)
    track = open_sentinel3(content.write(tmp_path / "a.nc"))
    expected = 814648.0 + 0.5 * np.arange(SENTINEL_RECORDS) + centre_of_mass
    np.testing.assert_allclose(track.window_range, expected, atol=2e-4)


@pytest.mark.parametrize("missing", ["range_ocean_20_ku", "epoch_ocean_20_ku"])
def test_trap_08_a_file_without_ocean_ranges_gets_the_known_offset(tmp_path, missing):
    content = sentinel3_enhanced(centre_of_mass=0.612)
    del content.variables[missing]
    track = open_sentinel3(content.write(tmp_path / "a.nc"))
    assert float(track.window_range[0]) == pytest.approx(814648.557, abs=1e-4)
    content = sentinel3_enhanced(centre_of_mass=0.612)
    content.variables["range_ocean_20_ku"].values = np.full(SENTINEL_RECORDS, np.nan)
    track = open_sentinel3(content.write(tmp_path / "b.nc"))
    assert float(track.window_range[0]) == pytest.approx(814648.557, abs=1e-4)


def test_trap_08_a_real_window_and_epoch_give_the_ocean_range(folder):
    track = open_sentinel3(folder / ECHOES)
    epoch = raw(folder / ECHOES, "epoch_ocean_20_ku")
    residual = raw(folder / ECHOES, "range_ocean_20_ku") - track.window_range.values - C / 2 * epoch
    assert abs(np.median(residual)) < 2e-4
    assert residual.std() < 6e-4
    np.testing.assert_allclose(
        track.window_range, raw(folder / ECHOES, "tracker_range_20_ku") + 0.557, atol=1e-6
    )


def test_trap_08_real_echoes_lie_where_the_window_says(folder):
    # The product's OCOG range is where the echo reaches 80 % of its OCOG amplitude.
    track = open_sentinel3(folder / ECHOES)
    power = track.waveform.values.astype(np.float64)
    amplitude = np.sqrt((power[:, 4:] ** 4).sum(axis=1) / (power[:, 4:] ** 2).sum(axis=1))
    noise = power[:, 4:9].mean(axis=1)
    gate = half_power_gate(power - noise[:, np.newaxis], 0.8 * amplitude)
    retracked = track.window_range.values + track.attrs["gate_spacing_m"] * (
        gate - track.attrs["reference_gate"]
    )
    residual = raw(folder / ECHOES, "range_ocog_20_ku") - retracked
    assert abs(np.median(residual)) < 0.01
    assert np.median(np.abs(residual - np.median(residual))) < 0.003


def test_trap_08_the_half_power_gate_follows_the_epoch(folder):
    track = open_sentinel3(folder / ECHOES)
    power = track.waveform.values.astype(np.float64)
    noise = power[:, 4:9].mean(axis=1)
    gate = half_power_gate(power - noise[:, np.newaxis], 0.5 * power.max(axis=1))
    epoch = raw(folder / ECHOES, "epoch_ocean_20_ku") / 3.125e-9
    slope, intercept = np.polyfit(epoch, gate, 1)
    assert slope == pytest.approx(1.0, abs=0.02)
    assert intercept == pytest.approx(42.2, abs=0.1)


def test_trap_09_longitudes_are_brought_to_minus_180_to_180(tmp_path):
    track = open_sentinel3(sentinel3().write(tmp_path / "a.nc"))
    np.testing.assert_allclose(
        track.longitude, -0.02 - 0.001 * np.arange(SENTINEL_RECORDS), atol=1e-6
    )


def test_trap_09_longitudes_of_a_real_pass_are_brought_to_minus_180_to_180(folder):
    real = open_sentinel3(folder / IPF_0702)
    assert raw(folder / IPF_0702 / "standard_measurement.nc", "lon_20_ku").max() > 180
    assert -180 <= float(real.longitude.min()) < 0
    assert float(real.longitude.max()) < 180


def test_trap_10_every_kind_of_fill_value_becomes_nan(tmp_path):
    content = sentinel3()
    columns = {
        "altitude": "alt_20_ku",  # 2147483647, with an offset of 700 km
        "product_range": "range_sea_ice_20_ku",
        "product_peakiness": "peakiness_2_20_ku",  # 32767
        "sigma0_db": "sig0_sea_ice_sheet_20_ku",
        "snow_depth": "snow_depth_20_ku",
    }
    for name in columns.values():
        content.variables[name].values[4] = np.nan
    content.variables["surf_type_class_20_ku"].values[2] = 127
    content.variables["waveform_qual_ice_20_ku"].values[2] = 127
    content.variables["pole_tide_01"].values[1] = np.nan
    track = open_sentinel3(content.write(tmp_path / "a.nc"))
    for column in columns:
        assert np.flatnonzero(np.isnan(track[column])).tolist() == [4], column
    assert track.product_surface_class[2] == Surface.UNKNOWN
    assert track.product_quality_flag[2] != 0
    assert np.flatnonzero(np.isnan(track.range_correction)).tolist() == list(range(20, 41))


def test_trap_11_pseudo_lrm_records_stay_out(tmp_path):
    track = open_sentinel3(sentinel3().write(tmp_path / "a.nc"))
    assert track.sizes == {"time": SENTINEL_RECORDS}
    assert float(track.product_range.min()) > 814600  # the pseudo-LRM ranges say 814000


def test_trap_11_pseudo_lrm_records_of_a_real_pass_stay_out(folder):
    assert open_sentinel3(folder / IPF_0711).sizes == {"time": 12253}  # pseudo-LRM: 11780


# --- what else a track must hold -------------------------------------------------------------


@pytest.mark.parametrize("name", PASSES)
def test_the_heights_of_a_real_pass_close(folder, name):
    track = open_sentinel3(folder / name)
    with open_netcdf(folder / name / "standard_measurement.nc") as dataset:
        ocean = required_flags(dataset, "surf_type_20_ku") == 0
    residual = height_residual(track)[ocean]
    known = np.isfinite(residual)
    assert known.sum() > 10_000
    assert np.median(np.abs(residual[known])) < 5e-5
    assert np.abs(residual[known]).max() < 2.5e-4


@pytest.mark.parametrize("name", PASSES)
def test_the_anomalies_of_a_real_pass_refer_to_its_mean_sea_surface(folder, name):
    track = open_sentinel3(folder / name)
    with open_netcdf(folder / name / "standard_measurement.nc") as dataset:
        ocean = required_flags(dataset, "surf_type_20_ku") == 0
    anomaly = track.product_elevation - track.mean_sea_surface
    residual = (track.product_sea_level_anomaly - anomaly).values[ocean]
    assert np.nanmax(np.abs(residual)) < 1e-6


def test_the_anomalies_of_version_06_18_refer_to_the_second_solution(folder):
    track = open_sentinel3(folder / ECHOES)
    anomaly = track.product_elevation - track.mean_sea_surface
    np.testing.assert_allclose(track.product_sea_level_anomaly, anomaly, atol=1e-6)


@pytest.mark.parametrize(("name", "count"), [(IPF_0702, 391), (IPF_0703, 1573)])
def test_the_freeboards_of_a_real_pass_follow_from_its_anomalies(folder, name, count):
    track = open_sentinel3(folder / name)
    sea_level = raw(folder / name / "standard_measurement.nc", "int_sea_ice_ssha_20_ku")
    freeboard = track.product_radar_freeboard.values
    known = np.isfinite(freeboard)
    assert known.sum() == count
    expected = track.product_sea_level_anomaly.values - sea_level
    np.testing.assert_allclose(freeboard[known], expected[known], atol=1e-6)
    assert set(track.product_surface_class.values[known]) == {Surface.SEA_ICE}


def test_classes_of_a_real_pass_have_the_codes_of_the_cci(folder):
    track = open_sentinel3(folder / IPF_0703)
    counts = {code: int((track.product_surface_class == code).sum()) for code in Surface}
    assert counts[Surface.SEA_ICE] == 1893
    assert counts[Surface.LEAD] == 1140
    assert counts[Surface.OCEAN] == 27251
    assert counts[Surface.LAND] > 0


@pytest.mark.parametrize(("version", "solution"), [("07.02", 2), ("07.03", 1)])
def test_the_mean_sea_surface_is_the_one_of_the_version(tmp_path, version, solution):
    path = sentinel3(version).write(tmp_path / "a.nc")
    track = open_sentinel3(path)
    np.testing.assert_array_equal(
        track.mean_sea_surface, raw(path, f"mean_sea_surf_sol{solution}_20_ku")
    )
    anomaly = track.product_elevation - track.mean_sea_surface
    np.testing.assert_allclose(anomaly, track.product_sea_level_anomaly, atol=2e-4)


def test_a_version_that_is_not_given_counts_as_recent(tmp_path):
    content = sentinel3()
    content.attributes["source"] = "SRAL"
    track = open_sentinel3(content.write(tmp_path / "a.nc"))
    assert track.attrs["range_correction_atmosphere"] == "dynamic_atmosphere_correction"


def test_a_track_says_what_it_is(tmp_path):
    path = sentinel3(satellite="B").write(tmp_path / "anything.nc")
    attributes = open_sentinel3(path).attrs
    expected = {
        "mission": "s3b",
        "mode": "SAR",
        "product": "SR_2_WAT",
        "baseline": "005.02.00",
        "track_id": "s3b_098_210_20230502T150553",
        "rate_hz": 20,
        "source": str(path),
    }
    assert {name: attributes[name] for name in expected} == expected


def test_thematic_products_open_too(tmp_path):
    content = sentinel3_enhanced(256)
    content.attributes["product_name"] = content.attributes["product_name"].replace(
        "SR_2_WAT___", "SR_2_LAN_SI"
    )
    del content.attributes["processing_baseline"]
    track = open_sentinel3(content.write(tmp_path / "a.nc"))
    assert track.attrs["product"] == "SR_2_LAN_SI"
    assert track.attrs["baseline"] == "005"
    assert track.sizes["gate"] == 256


def test_a_low_resolution_stretch_is_called_so(tmp_path):
    content = sentinel3()
    content.variables["instr_op_mode_20_ku"].values = np.zeros(SENTINEL_RECORDS)
    assert open_sentinel3(content.write(tmp_path / "a.nc")).attrs["mode"] == "LRM"


def test_surface_classes_and_land(tmp_path):
    track = open_sentinel3(sentinel3().write(tmp_path / "a.nc"))
    # Record 3 is unclassified and on land, record 7 unclassified at sea.
    assert track.product_surface_class.values[:8].tolist() == [1, 4, 2, 7, 1, 4, 2, 0]
    assert np.flatnonzero(track.product_quality_flag).tolist() == [7]


def test_of_a_folder_the_richest_file_is_taken(tmp_path):
    folder = tmp_path / "S3A.SEN3"
    folder.mkdir()
    sentinel3_reduced().write(folder / "reduced_measurement.nc")
    assert open_sentinel3(folder).attrs["rate_hz"] == 1
    sentinel3().write(folder / "standard_measurement.nc")
    assert open_sentinel3(folder).attrs["rate_hz"] == 20
    sentinel3_enhanced().write(folder / "enhanced_measurement.nc")
    track = open_sentinel3(folder)
    assert "waveform" in track
    assert track.attrs["source"] == str(folder)


def test_a_reduced_file_gives_a_track_of_one_record_a_second(tmp_path):
    track = open_sentinel3(sentinel3_reduced().write(tmp_path / "a.nc"))
    assert track.sizes == {"time": 3}
    np.testing.assert_allclose(track.product_sea_level_anomaly, [0.1, np.nan, 0.3], atol=1e-9)
    np.testing.assert_allclose(track.inverse_barometer_correction, [0.1, 0.104, 0.108], atol=1e-9)
    assert track.product_surface_class.values.tolist() == [0, 7, 0]
    assert "range_correction" not in track  # the file lacks most of its terms


def test_a_real_reduced_file_opens(folder):
    real = open_sentinel3(folder / IPF_0711 / "reduced_measurement.nc")
    assert real.sizes == {"time": 600}
    assert real.attrs["rate_hz"] == 1


def test_echoes_of_the_subset_with_its_own_time_units_open(folder):
    track = open_sentinel3(folder / ECHOES)
    day = raw(folder / ECHOES, "UTC_day_20_ku")
    seconds = raw(folder / ECHOES, "UTC_sec_20_ku")
    expected = (
        np.datetime64("2000-01-01", "ns")
        + day.astype("timedelta64[D]")
        + (seconds * 1e9).astype("timedelta64[ns]")
    )
    assert np.abs(track.time.values - expected).max() < np.timedelta64(1, "us")
    assert "range_correction" not in track  # the subset has no 1 Hz corrections
    amplitude = raw(folder / ECHOES, "amplitude_ocean_20_ku")
    sigma0 = 10 * np.log10(amplitude) + track.scale_factor_db.values
    difference = np.abs(sigma0 - raw(folder / ECHOES, "sig0_ocean_20_ku"))
    assert np.median(difference) < 0.5  # the product takes the atmosphere off as well


# --- what is refused -------------------------------------------------------------------------


def test_files_are_known_by_content(tmp_path):
    assert is_sentinel3(sentinel3().write(tmp_path / "no_name.bin"))
    assert not is_sentinel3(tmp_path)
    assert not is_sentinel3(tmp_path / "away")
    content = sentinel3()
    content.attributes["altimeter_sensor_name"] = "OLCI"
    assert not is_sentinel3(content.write(tmp_path / "b.nc"))


def test_a_real_folder_is_known(folder):
    assert is_sentinel3(folder / IPF_0711)
    assert not is_sentinel3(folder / BARE_ECHOES)


def test_bare_echoes_without_any_attributes_are_refused(folder):
    with pytest.raises(ValueError, match="is not a Sentinel-3 SRAL level 2 product"):
        open_sentinel3(folder / BARE_ECHOES)


def test_a_folder_without_measurements_is_refused(tmp_path):
    with pytest.raises(ValueError, match="the folder has none of the files enhanced_measurement"):
        open_sentinel3(tmp_path)


@pytest.mark.parametrize("name", ["lon_20_ku", "index_1hz_meas_20_ku", "surf_type_20_ku"])
def test_a_missing_variable_is_named(tmp_path, name):
    content = sentinel3()
    del content.variables[name]
    with pytest.raises(ValueError, match=rf"a\.nc: the variable {name} is missing"):
        open_sentinel3(content.write(tmp_path / "a.nc"))


def test_a_file_without_any_time_is_refused(tmp_path):
    content = sentinel3()
    content.variables["time_20_ku"].values = np.full(SENTINEL_RECORDS, np.nan)
    with pytest.raises(ValueError, match=r"a\.nc: no record has a time and a position"):
        open_sentinel3(content.write(tmp_path / "a.nc"))


def test_echoes_of_an_unknown_length_are_refused(tmp_path):
    with pytest.raises(ValueError, match="not 128 or 256 gates"):
        open_sentinel3(sentinel3_enhanced(96).write(tmp_path / "a.nc"))


def test_a_foreign_name_is_refused(tmp_path):
    content = sentinel3()
    content.attributes["product_name"] = "mine"
    with pytest.raises(ValueError, match="product_name is not that of a Sentinel-3 product"):
        open_sentinel3(content.write(tmp_path / "a.nc"))


def test_a_cut_off_file_in_a_folder_is_refused(tmp_path):
    folder = tmp_path / "S3A.SEN3"
    folder.mkdir()
    path = sentinel3().write(folder / "standard_measurement.nc")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"standard_measurement\.nc: .*cut off or damaged"):
        open_sentinel3(folder)
