"""CryoSat-2: the product's own heights come back from the track's columns; traps stay sprung.

The traps carry the numbers of the project's notes on altimetry formats.
"""

from datetime import datetime

import netCDF4
import numpy as np
import pytest
from altimetry_files import (
    CRYOSAT_CORRECTIONS,
    CRYOSAT_RECORDS,
    Packed,
    at_20hz,
    cryosat2_l1b,
    cryosat2_l2i,
    seconds_since_2000,
)

from iceco.geo.timescale import utc_to_tai
from iceco.products.cryosat2 import (
    NOT_LEAD_BIAS_M,
    classes_of_bits,
    is_cryosat2,
    open_cryosat2,
)
from iceco.products.netcdf import open_netcdf, required
from iceco.products.surface import Surface

C = 299792458.0
#: Canonical column of each correction in the file.
COLUMNS = {
    "dry_troposphere_correction": "mod_dry_tropo_cor_01",
    "wet_troposphere_correction": "mod_wet_tropo_cor_01",
    "ionosphere_correction": "iono_cor_gim_01",
    "inverse_barometer_correction": "inv_bar_cor_01",
    "dynamic_atmosphere_correction": "hf_fluct_total_cor_01",
    "ocean_tide": "ocean_tide_01",
    "ocean_tide_equilibrium": "ocean_tide_eq_01",
    "load_tide": "load_tide_01",
    "solid_earth_tide": "solid_earth_tide_01",
    "pole_tide": "pole_tide_01",
}

SAR_L2I = "CS_LTA__SIR_SARI2__20150214T000431_20150214T000746_D001.nc"
SAR_L1B = "CS_LTA__SIR_SAR_1B_20141118T092303_20141118T092355_D001.nc"
LRM_L1B_D = "CS_OFFL_SIR_LRM_1B_20200930T235609_20200930T235758_D001.nc"
LRM_L1B_E = "CS_LTA__SIR_LRM_1B_20200930T235609_20200930T235758_E001.nc"
LRM_L2I_E = "CS_LTA__SIR_LRMI2__20200930T235609_20200930T235758_E001.nc"
LRM_OCEAN = "CS_OFFL_SIR_LRM_1B_20221214T020321_20221214T020524_E001.nc"
CRYOTEMPO = "CS_OFFL_SIR_TDP_LI_GREENL_20150131T182746_20150131T183002_07_00423_C001.nc"


@pytest.fixture
def folder(sample_data):
    return sample_data / "altimetry" / "cryosat2"


def raw(path, name):
    with open_netcdf(path) as dataset:
        return required(dataset, name)


def height_residual(track):
    """What the track's columns leave of the product's height [m]."""
    return (
        track.altitude - track.product_range - track.range_correction - track.product_elevation
    ).values


# --- the traps -----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["LRM", "SAR", "SARIN"])
def test_trap_01_peaks_survive_the_default_fill_value(tmp_path, mode):
    track = open_cryosat2(cryosat2_l1b(mode).write(tmp_path / "a.nc"))
    half = track.sizes["gate"] // 2
    np.testing.assert_array_equal(track.waveform.argmax("gate"), half + np.arange(CRYOSAT_RECORDS))
    np.testing.assert_allclose(track.waveform.max("gate"), 65535 * 0.5 * 2.0**-60, rtol=1e-6)


def test_trap_01_every_peak_of_a_real_file_survives(folder):
    track = open_cryosat2(folder / SAR_L1B)
    scale = raw(folder / SAR_L1B, "echo_scale_factor_20_ku") * 2.0 ** raw(
        folder / SAR_L1B, "echo_scale_pwr_20_ku"
    )
    assert track.waveform.shape == (1136, 256)
    np.testing.assert_allclose(track.waveform.max("gate") / scale, 65535, rtol=1e-6)


@pytest.mark.parametrize(
    "utc", ["2015-06-30T23:59:50", "2015-07-01T00:00:10", "2016-12-31T12:00:00", "2022-12-14"]
)
def test_trap_02_time_is_brought_from_tai_to_utc(tmp_path, utc):
    utc = np.datetime64(utc, "ns")
    content = cryosat2_l1b()
    first = seconds_since_2000(utc_to_tai(np.array([utc]))[0])
    content.variables["time_20_ku"].values = first + 0.05 * np.arange(CRYOSAT_RECORDS)
    track = open_cryosat2(content.write(tmp_path / "a.nc"))
    assert abs(track.time.values[0] - utc) < np.timedelta64(1, "us")


@pytest.mark.parametrize("name", [SAR_L1B, SAR_L2I, LRM_L1B_D, LRM_L1B_E, LRM_L2I_E, LRM_OCEAN])
def test_trap_02_a_real_file_starts_when_it_says_in_utc(folder, name):
    with netCDF4.Dataset(folder / name) as dataset:
        start = np.datetime64(
            datetime.strptime(dataset.sensing_start, "%d-%b-%Y %H:%M:%S.%f"),
            "ns",
        )
    assert abs(open_cryosat2(folder / name).time.values[0] - start) < np.timedelta64(1, "us")


@pytest.mark.parametrize("mode", ["SAR", "SARIN"])
def test_trap_03_heights_are_biased_on_all_but_leads(tmp_path, mode):
    track = open_cryosat2(cryosat2_l2i(mode).write(tmp_path / "a.nc"))
    lead = track.product_surface_class.values == Surface.LEAD
    assert lead.sum() == CRYOSAT_RECORDS // 3
    np.testing.assert_allclose(
        height_residual(track), np.where(lead, 0.0, NOT_LEAD_BIAS_M), atol=6e-4
    )


def test_trap_03_the_heights_of_a_real_file_close(folder):
    track = open_cryosat2(folder / SAR_L2I)
    lead = track.product_surface_class.values == Surface.LEAD
    assert (lead.sum(), (~lead).sum()) == (957, 3355)
    np.testing.assert_allclose(
        height_residual(track), np.where(lead, 0.0, NOT_LEAD_BIAS_M), atol=1e-4
    )


def test_trap_04_the_atmosphere_is_the_one_each_record_says_it_used(tmp_path):
    track = open_cryosat2(cryosat2_l2i().write(tmp_path / "a.nc"))
    rest = sum(
        track[name]
        for name in COLUMNS
        if name not in ("inverse_barometer_correction", "dynamic_atmosphere_correction")
    )
    atmosphere = (track.range_correction - rest).values
    barometer, dynamic = (
        track[f"{name}_correction"].values for name in ("inverse_barometer", "dynamic_atmosphere")
    )
    odd = np.arange(CRYOSAT_RECORDS) % 2 == 1
    np.testing.assert_allclose(atmosphere, np.where(odd, dynamic, barometer), atol=1e-9)
    assert np.abs(dynamic - barometer).min() > 0.05


@pytest.mark.parametrize(
    ("mode", "atmosphere"),
    [
        ("LRM", "inverse_barometer_correction"),
        ("SAR", "inverse_barometer_correction"),
        ("SARIN", "dynamic_atmosphere_correction"),
    ],
)
def test_trap_04_echoes_get_the_atmosphere_that_heights_of_their_mode_get(
    tmp_path, mode, atmosphere
):
    track = open_cryosat2(cryosat2_l1b(mode).write(tmp_path / "a.nc"))
    assert track.attrs["range_correction_atmosphere"] == atmosphere
    both = ("inverse_barometer_correction", "dynamic_atmosphere_correction")
    expected = sum(track[name] for name in COLUMNS if name not in both) + track[atmosphere]
    np.testing.assert_allclose(track.range_correction, expected, atol=1e-9)


def test_trap_04_a_real_sar_file_used_the_inverse_barometer(folder):
    track = open_cryosat2(folder / SAR_L2I)
    other = track.dynamic_atmosphere_correction - track.inverse_barometer_correction
    assert float(other.median()) == pytest.approx(0.040, abs=0.001)  # 4 cm if mistaken
    lead = track.product_surface_class.values == Surface.LEAD
    assert np.abs(height_residual(track)[lead]).max() < 1e-4


def test_trap_05_load_and_equilibrium_tide_are_added_to_the_ocean_tide(tmp_path):
    track = open_cryosat2(cryosat2_l2i().write(tmp_path / "a.nc"))
    content = cryosat2_l2i()
    for name in ("load_tide_01", "ocean_tide_eq_01"):
        content.variables[name].values = content.variables[name].values + 0.5
    more = open_cryosat2(content.write(tmp_path / "b.nc"))
    np.testing.assert_allclose(more.range_correction - track.range_correction, 1.0, atol=1e-9)
    assert track.attrs["ocean_tide_contains"] == ""


def test_trap_06_corrections_are_taken_by_block_not_interpolated(tmp_path):
    track = open_cryosat2(cryosat2_l1b().write(tmp_path / "a.nc"))
    for column, source in COLUMNS.items():
        np.testing.assert_allclose(
            track[column], at_20hz(CRYOSAT_CORRECTIONS[source]), atol=1e-9, err_msg=column
        )


def test_trap_06_the_short_last_block_of_a_real_file_has_its_own_value(folder):
    track = open_cryosat2(folder / SAR_L2I)
    hourly = raw(folder / SAR_L2I, "mod_dry_tropo_cor_01")
    assert track.sizes["time"] == 4312
    np.testing.assert_array_equal(track.dry_troposphere_correction[-12:], hourly[-1])


@pytest.mark.parametrize(
    ("mode", "gates", "spacing"),
    [("LRM", 128, 0.4684257156), ("SAR", 256, 0.2342128578), ("SARIN", 1024, 0.2342128578)],
)
def test_trap_07_gate_spacing_depends_on_the_mode(tmp_path, mode, gates, spacing):
    track = open_cryosat2(cryosat2_l1b(mode).write(tmp_path / "a.nc"))
    assert track.attrs["mode"] == mode
    assert track.attrs["gate_spacing_m"] == pytest.approx(spacing, abs=1e-9)
    assert track.attrs["reference_gate"] == gates / 2
    np.testing.assert_allclose(
        track.window_range, 730540.0 - 0.4 * np.arange(CRYOSAT_RECORDS), atol=2e-4
    )


@pytest.mark.parametrize("name", [SAR_L1B, SAR_L2I, LRM_L1B_E])
def test_trap_09_longitudes_lie_between_minus_180_and_180(folder, name):
    track = open_cryosat2(folder / name)
    np.testing.assert_allclose(track.longitude, raw(folder / name, "lon_20_ku"), atol=1e-9)
    assert float(np.abs(track.longitude).max()) <= 180


def test_trap_10_every_kind_of_fill_value_becomes_nan(tmp_path):
    content = cryosat2_l1b()
    for name in ("stack_kurtosis_20_ku", "stack_skewness_20_ku", "stack_std_20_ku",
                 "alt_20_ku", "window_del_20_ku", "agc_ch1_20_ku"):  # fmt: skip
        content.variables[name].values = np.where(
            np.arange(CRYOSAT_RECORDS) == 4, np.nan, content.variables[name].values
        )
    content.variables["mod_dry_tropo_cor_01"].values[1] = np.nan
    track = open_cryosat2(content.write(tmp_path / "a.nc"))
    for name in ("stack_kurtosis", "stack_skewness", "stack_standard_deviation",
                 "altitude", "window_range", "agc_db"):  # fmt: skip
        assert np.flatnonzero(np.isnan(track[name])).tolist() == [4], name
    assert np.flatnonzero(np.isnan(track.range_correction)).tolist() == list(range(20, 40))


# --- what else a track must hold -------------------------------------------------------------


@pytest.mark.parametrize("baseline", ["D", "E"])
def test_radar_freeboard_is_found_under_both_its_names(tmp_path, baseline):
    track = open_cryosat2(cryosat2_l2i(baseline=baseline).write(tmp_path / "a.nc"))
    assert track.attrs["baseline"] == baseline
    np.testing.assert_allclose(track.product_radar_freeboard[1::3], 0.123, atol=1e-9)
    assert np.isnan(track.product_radar_freeboard[::3]).all()


def test_a_track_says_what_it_is(tmp_path):
    path = cryosat2_l2i("SARIN").write(tmp_path / "anything.nc")
    attributes = open_cryosat2(path).attrs
    expected = {
        "mission": "c2",
        "mode": "SARIN",
        "product": "SIR_SINI2",
        "baseline": "D",
        "track_id": "c2_20150214T000431_SARIN",
        "rate_hz": 20,
        "orbit_source": "doris_precise",
        "source": str(path),
    }
    assert {name: attributes[name] for name in expected} == expected


def test_surface_bits_become_the_codes_of_the_cci():
    bits = np.array([1, 2, 4, 8, 16, 32, 64, 128, 256, 272, 144, -32768])
    assert classes_of_bits(bits).tolist() == [0, 1, 7, 0, 0, 0, 1, 4, 2, 2, 4, 0]


def test_land_is_known_where_the_echo_is_not_classed(tmp_path):
    track = open_cryosat2(cryosat2_l1b().write(tmp_path / "a.nc"))
    np.testing.assert_array_equal(track.product_surface_class, np.repeat([0, 7, 0], [20, 20, 5]))


def test_degraded_records_and_failed_heights_are_flagged(tmp_path):
    content = cryosat2_l2i()
    confidence = content.variables["flag_mcd_20_ku"].values
    confidence[:5] = [-2147483648, -1, 128, 4096, 1048576]
    content.variables["flag_quality_20_ku"].values[5:8] = [4096 + 3, 512, -2147483648]
    track = open_cryosat2(content.write(tmp_path / "a.nc"))
    assert track.product_quality_flag.values[:9].tolist() == [1, 1, 0, 0, 1, 1, 0, 1, 0]


def test_the_model_ionosphere_stands_in_where_there_is_no_map(tmp_path):
    content = cryosat2_l1b()
    content.variables["iono_cor_gim_01"].values[0] = np.nan
    track = open_cryosat2(content.write(tmp_path / "a.nc"))
    np.testing.assert_allclose(track.ionosphere_correction[[0, 20]], [-0.010, -0.017], atol=1e-9)


def test_the_height_flag_says_which_ionosphere_was_used(tmp_path):
    content = cryosat2_l2i()
    flag = content.variables["flag_height_20_ku"].values
    flag[0] += 4194304 - 8388608
    track = open_cryosat2(content.write(tmp_path / "a.nc"))
    np.testing.assert_allclose(track.ionosphere_correction[[0, 1]], [-0.010, -0.018], atol=1e-9)
    assert height_residual(track)[0] == pytest.approx(-0.008, abs=1e-6)


def test_sea_level_anomalies_on_land_ice_are_missing_not_zero(folder):
    track = open_cryosat2(folder / LRM_L2I_E)
    assert np.isnan(track.product_sea_level_anomaly).all()
    assert (track.product_surface_class == Surface.LAND).all()
    assert "stack_kurtosis" not in track


def test_l1b_window_and_l2i_range_of_one_pass_differ_by_the_retracking(folder):
    echoes, heights = (open_cryosat2(folder / name) for name in (LRM_L1B_E, LRM_L2I_E))
    retracked = echoes.window_range.values + raw(folder / LRM_L2I_E, "retracker_1_cor_20_ku")
    residual = heights.product_range.values - retracked
    assert abs(np.median(residual)) < 1e-4
    assert residual.std() < 4e-4
    assert np.abs(residual).max() < 1e-3
    assert echoes.attrs["track_id"] == heights.attrs["track_id"]


def test_freeboard_and_anomaly_of_a_real_file_follow_from_its_heights(folder):
    track = open_cryosat2(folder / SAR_L2I)
    anomaly = (track.product_elevation - track.mean_sea_surface).values
    np.testing.assert_allclose(track.product_sea_level_anomaly, anomaly, atol=1e-6)
    freeboard = track.product_radar_freeboard.values
    expected = anomaly - raw(folder / SAR_L2I, "ssha_interp_20_ku")
    known = np.isfinite(freeboard)
    assert known.sum() == 589
    np.testing.assert_allclose(freeboard[known], expected[known], atol=1e-6)


def test_baselines_d_and_e_of_one_pass_agree(folder):
    d, e = (open_cryosat2(folder / name) for name in (LRM_L1B_D, LRM_L1B_E))
    assert (d.attrs["baseline"], e.attrs["baseline"]) == ("D", "E")
    assert d.attrs["track_id"] == e.attrs["track_id"]
    assert np.abs(d.time.values - e.time.values).max() <= np.timedelta64(2, "us")
    for name, tolerance in {
        "longitude": 4e-7,
        "latitude": 4e-7,
        "altitude": 0.0031,
        "window_range": 0.0031,
        "range_correction": 1e-9,
        "agc_db": 0.011,
    }.items():
        np.testing.assert_allclose(d[name], e[name], atol=tolerance, err_msg=name)
    d_shape, e_shape = (x.waveform / x.waveform.max("gate") for x in (d, e))
    np.testing.assert_allclose(d_shape, e_shape, atol=0.01)
    # Baseline E calibrates LRM power 1.57 dB higher.
    ratio = 10 * np.log10(e.waveform.max("gate") / d.waveform.max("gate"))
    np.testing.assert_allclose(ratio, 1.57, atol=0.03)


def test_sea_level_from_echoes_lies_at_the_geoid(folder):
    track = open_cryosat2(folder / SAR_L1B)
    sea = track.isel(time=(track.latitude > -66.78).values)
    power = sea.waveform.values
    peak = power.max(axis=1, keepdims=True)
    after = (power >= 0.7 * peak).argmax(axis=1)
    row = np.arange(after.size)
    low, high = power[row, after - 1], power[row, after]
    gate = after - 1 + (0.7 * peak[:, 0] - low) / (high - low)
    retracked = (gate - sea.attrs["reference_gate"]) * sea.attrs["gate_spacing_m"]
    height = sea.altitude - sea.window_range - retracked - sea.range_correction
    assert -44.0 < float(height.median()) < -43.5
    assert float(height.quantile(0.75) - height.quantile(0.25)) < 1.0


# --- what is refused -------------------------------------------------------------------------


def test_real_files_are_known(folder):
    assert is_cryosat2(folder / LRM_L2I_E)
    assert not is_cryosat2(folder / CRYOTEMPO)
    assert not is_cryosat2(folder)


def test_files_are_known_by_content(tmp_path):
    assert is_cryosat2(cryosat2_l1b().write(tmp_path / "no_name.bin"))
    (tmp_path / "CS_LTA__SIR_SAR_1B_x.nc").write_text("renamed")
    assert not is_cryosat2(tmp_path / "CS_LTA__SIR_SAR_1B_x.nc")


def test_another_product_is_refused(folder):
    with pytest.raises(ValueError, match="is not a CryoSat-2 SIRAL L1b or L2I product"):
        open_cryosat2(folder / CRYOTEMPO)


@pytest.mark.parametrize("name", ["lon_20_ku", "ind_meas_1hz_20_ku", "window_del_20_ku"])
def test_a_missing_variable_is_named(tmp_path, name):
    content = cryosat2_l1b()
    del content.variables[name]
    with pytest.raises(ValueError, match=rf"a\.nc: the variable {name} is missing"):
        open_cryosat2(content.write(tmp_path / "a.nc"))


@pytest.mark.parametrize("missing", ["lon_20_ku", "lat_20_ku"])
def test_a_file_without_any_position_is_refused(tmp_path, missing):
    content = cryosat2_l1b()
    content.variables[missing].values = np.full(CRYOSAT_RECORDS, np.nan)
    with pytest.raises(ValueError, match=r"a\.nc: no record has a time and a position"):
        open_cryosat2(content.write(tmp_path / "a.nc"))


def test_an_unknown_mode_and_a_foreign_name_are_refused(tmp_path):
    content = cryosat2_l1b()
    content.attributes["sir_op_mode"] = "CAL1"
    with pytest.raises(ValueError, match="'CAL1' is not LRM, SAR or SARIN"):
        open_cryosat2(content.write(tmp_path / "a.nc"))
    content = cryosat2_l1b()
    content.attributes["product_name"] = "mine"
    with pytest.raises(ValueError, match="product_name is not that of a CryoSat-2 product"):
        open_cryosat2(content.write(tmp_path / "b.nc"))


def test_times_before_the_mission_are_refused(tmp_path):
    content = cryosat2_l1b()
    content.variables["time_20_ku"].values[0] = -1e9
    with pytest.raises(ValueError, match=r"a\.nc: the times are damaged"):
        open_cryosat2(content.write(tmp_path / "a.nc"))


def test_a_record_without_a_time_is_left_out_and_counted(tmp_path):
    content = cryosat2_l1b()
    content.variables["time_20_ku"].values[2] = np.nan
    content.variables["time_20_ku"] = Packed(
        "f8", ("time_20_ku",), content.variables["time_20_ku"].values,
        units="seconds since 2000-01-01 00:00:00.0",
    )  # fmt: skip
    track = open_cryosat2(content.write(tmp_path / "a.nc"))
    assert track.attrs["records_without_time"] == 1
    assert track.record.values[:3].tolist() == [0, 1, 3]


def test_a_cut_off_file_is_refused(tmp_path):
    path = cryosat2_l1b().write(tmp_path / "a.nc")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"a\.nc: .*cut off or damaged"):
        open_cryosat2(path)
