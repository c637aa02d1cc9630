"""What the L1b writer writes, the reader reads; it is laid out like ESA's; the traps hold.

The traps carry the numbers of the project's notes on altimetry formats.
"""

from datetime import datetime

import netCDF4
import numpy as np
import pytest
import xarray as xr

from iceco.products.canonical import make_track
from iceco.products.cryosat2 import GATE_SPACING_M, open_cryosat2
from iceco.products.cryosat2_layout import VARIABLES
from iceco.products.cryosat2_writer import CONSTANTS, cryosat2_name, write_cryosat2
from iceco.products.recognise import identify
from iceco.products.surface import Surface

C = 299792458.0
START = np.datetime64("2023-03-01T12:00:00.25", "ns")
SAR_D = "altimetry/cryosat2/CS_LTA__SIR_SAR_1B_20141118T092303_20141118T092355_D001.nc"
LRM_E = "altimetry/cryosat2/CS_LTA__SIR_LRM_1B_20200930T235609_20200930T235758_E001.nc"
CORRECTIONS = (
    "dry_troposphere_correction",
    "wet_troposphere_correction",
    "ionosphere_correction",
    "inverse_barometer_correction",
    "dynamic_atmosphere_correction",
    "ocean_tide",
    "ocean_tide_equilibrium",
    "load_tide",
    "solid_earth_tide",
    "pole_tide",
)
#: Half of what a packed count is worth, and a little for rounding.
PRECISION = {
    "record": 0.0,
    "longitude": 5.1e-8,
    "latitude": 5.1e-8,
    "window_range": 1e-12 * C / 4 * 1.01,
    "agc_db": 5.1e-3,
    "stack_standard_deviation": 5.1e-3,
    "stack_kurtosis": 5.1e-3,
    "stack_skewness": 5.1e-3,
    "product_surface_class": 0.0,
    "product_quality_flag": 0.0,
}
MILLIMETRES = 5.1e-4


def cryosat2_track(records=45, gates=256):
    """A track of numbers: every column of L1b, corrections in blocks of 20."""
    random = np.random.default_rng(records)
    block = np.arange(records) // 20
    columns = {
        "longitude": 179.99 + 0.001 * np.arange(records),
        "latitude": 80.0 - 0.003 * np.arange(records),
        "altitude": 730_000.0 - 0.8 * np.arange(records),
        "window_range": 729_980.0 + random.uniform(-30, 30, records),
        "agc_db": random.uniform(20, 50, records),
        "stack_standard_deviation": random.uniform(1, 60, records),
        "stack_kurtosis": random.uniform(-2, 200, records),
        "stack_skewness": random.uniform(-2, 20, records),
        "product_surface_class": np.array([Surface.UNKNOWN, Surface.LAND])[block % 2],
        "product_quality_flag": random.integers(0, 2, records).astype(np.int8),
        "waveform": (
            random.exponential(1.0, (records, gates)) * 10 ** random.uniform(-18, -12, (records, 1))
        ).astype(np.float32),
    }
    for name in CORRECTIONS:
        columns[name] = random.uniform(-3, 3, block[-1] + 1)[block]
    attributes = {
        "mission": "c2",
        "mode": "SAR",
        "product": "SIR_SAR_1B",
        "baseline": "E",
        "track_id": "c2_20230301T120000_SAR",
        "rate_hz": 20,
        "source": "",
        "gate_spacing_m": GATE_SPACING_M["SAR"],
        "reference_gate": 128.0,
    }
    time = START + (np.arange(records) * 45_856_000).astype("timedelta64[ns]")
    return make_track(time, columns, attributes)


def written(folder, track):
    path = folder / cryosat2_name(*track.time.values[[0, -1]])
    write_cryosat2(path, track)
    return path


def assert_same(read, track):
    assert np.abs(read.time.values - track.time.values).max() < np.timedelta64(200, "ns")
    for name in set(track.variables) - {"time", "waveform", "range_correction"}:
        a, b = read[name].values.astype(float), track[name].values.astype(float)
        if name == "longitude":
            a = b + (a - b + 180.0) % 360.0 - 180.0
        tolerance = PRECISION.get(name, MILLIMETRES)
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance, err_msg=name)
    echoes = track.waveform.values
    half_a_count = np.nanmax(echoes, axis=1, keepdims=True, initial=0.0) / 65535 * 0.51
    np.testing.assert_array_equal(np.isnan(read.waveform), np.isnan(echoes))
    assert (np.abs(np.nan_to_num(read.waveform.values - echoes)) <= half_a_count).all()


def counts_of(path, name):
    """The integers of a variable, as they lie in the file."""
    with netCDF4.Dataset(path) as dataset:
        dataset.set_auto_maskandscale(False)
        return dataset[name][...]


# --- the round trip --------------------------------------------------------------------------


@pytest.mark.parametrize("records", [2, 20, 21, 45, 60])
def test_the_reader_returns_what_was_written(tmp_path, records):
    track = cryosat2_track(records)
    read = open_cryosat2(written(tmp_path, track))
    assert set(read.variables) == {*track.variables, "range_correction"}
    assert_same(read, track)
    own = set(read.attrs) - {"source", "records_without_time"}
    shared = own & set(track.attrs)
    assert {n: read.attrs[n] for n in shared} == {n: track.attrs[n] for n in shared}


@pytest.mark.parametrize(
    "column",
    ["longitude", "latitude", "altitude", "window_range", "agc_db", "waveform",
     "stack_standard_deviation", "stack_kurtosis", "stack_skewness"],
)  # fmt: skip
def test_what_is_missing_stays_missing(tmp_path, column):
    track = cryosat2_track()
    track[column][7] = np.nan
    read = open_cryosat2(written(tmp_path, track))
    assert_same(read, track)
    assert np.isnan(read[column][7]).all()


def test_a_real_file_comes_back_column_by_column(tmp_path, sample_data):
    real = open_cryosat2(sample_data / SAR_D)
    path = written(tmp_path, real)
    read = open_cryosat2(path)
    assert set(read.variables) == set(real.variables)
    assert_same(read, real)
    np.testing.assert_allclose(read.range_correction, real.range_correction, rtol=0, atol=1e-9)
    for name in ("pwr_waveform_20_ku", "echo_scale_pwr_20_ku", "window_del_20_ku", "alt_20_ku",
                 "ind_meas_1hz_20_ku", "ind_first_meas_20hz_01", "rec_count_20_ku"):  # fmt: skip
        np.testing.assert_array_equal(
            counts_of(path, name), counts_of(sample_data / SAR_D, name), err_msg=name
        )


def test_what_follows_from_the_orbit_is_what_the_real_file_says(tmp_path, sample_data):
    path = written(tmp_path, open_cryosat2(sample_data / SAR_D))
    for name, tolerance in {"orb_alt_rate_20_ku": 0.02, "sat_vel_vec_20_ku": 0.3}.items():
        ours, theirs = (counts_of(p, name) * 1e-3 for p in (path, sample_data / SAR_D))
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance, err_msg=name)
    with netCDF4.Dataset(path) as ours, netCDF4.Dataset(sample_data / SAR_D) as real:
        for name in ("mission", "sir_op_mode", "sensing_start", "sensing_stop", "vector_source",
                     "first_record_time", "first_record_lat", "first_record_lon",
                     "abs_orbit_number", "ascending_flag", "open_ocean_percent"):  # fmt: skip
            assert ours.getncattr(name) == real.getncattr(name), name
            assert type(ours.getncattr(name)) is type(real.getncattr(name)), name
        assert ours.product_name.replace("E001", "D001") == real.product_name


# --- the layout ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def headers(tmp_path_factory, sample_data):
    """Our file, and a real one of baseline E; it is in LRM, but all variables are there."""
    path = written(tmp_path_factory.mktemp("cryosat2"), cryosat2_track())
    with netCDF4.Dataset(path) as ours, netCDF4.Dataset(sample_data / LRM_E) as real:
        yield ours, real


def test_the_variables_are_those_of_baseline_e(headers):
    ours, real = headers
    assert set(ours.variables) == set(real.variables)
    assert set(ours.dimensions) == set(real.dimensions)
    assert ours.data_model == real.data_model


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_is_packed_as_esa_packs_it(headers, name):
    ours, real = (dataset[name] for dataset in headers)
    assert ours.dtype == real.dtype
    assert ours.dimensions == real.dimensions
    for attribute in ("_FillValue", "scale_factor", "add_offset", "units", "calendar",
                      "flag_values", "flag_masks", "flag_meanings"):  # fmt: skip
        here, there = (getattr(v, attribute, None) for v in (ours, real))
        assert type(here) is type(there), attribute
        assert np.array_equal(here, there), attribute


def test_plain_xarray_decodes_it(tmp_path):
    track = cryosat2_track()
    with xr.open_dataset(written(tmp_path, track), decode_timedelta=False) as plain:
        np.testing.assert_allclose(plain.alt_20_ku, track.altitude, rtol=0, atol=MILLIMETRES)
        power = plain.pwr_waveform_20_ku * plain.echo_scale_factor_20_ku
        power = power * 2.0**plain.echo_scale_pwr_20_ku
        peak = track.waveform.max("gate").values
        np.testing.assert_allclose(power.max("ns_20_ku"), peak, rtol=1e-6)
        assert "lat_20_ku" in plain.coords
        assert plain.stack_centre_20_ku.isnull().all()
        assert plain.stack_centre_20_ku.attrs["comment"] == "not simulated"


def test_constants_are_in_the_file_as_they_are_named(tmp_path):
    path = written(tmp_path, cryosat2_track())
    with xr.open_dataset(path, decode_timedelta=False, mask_and_scale=True) as plain:
        for name, value in CONSTANTS.items():
            np.testing.assert_allclose(plain[name], np.broadcast_to(value, plain[name].shape))


def test_the_file_is_recognised(tmp_path):
    assert identify(written(tmp_path, cryosat2_track())) == "cryosat2"


def test_the_file_says_that_it_is_simulated(tmp_path):
    with netCDF4.Dataset(written(tmp_path, cryosat2_track())) as dataset:
        assert dataset.comment.startswith("simulated")


def test_the_name_is_the_agencys():
    first, last = np.datetime64("2014-11-18T09:23:02.97"), np.datetime64("2014-11-18T09:23:55.04")
    name = "CS_LTA__SIR_SAR_1B_20141118T092303_20141118T092355_E001.nc"
    assert cryosat2_name(first, last) == name


# --- the traps -------------------------------------------------------------------------------


def test_trap_01_every_peak_has_65535_counts_and_no_fill_value_hides_it(tmp_path):
    path = written(tmp_path, cryosat2_track())
    counts = counts_of(path, "pwr_waveform_20_ku")
    assert counts.dtype == np.uint16
    np.testing.assert_array_equal(counts.max(axis=1), 65535)
    with netCDF4.Dataset(path) as dataset:
        assert "_FillValue" not in dataset["pwr_waveform_20_ku"].ncattrs()


def test_the_scale_factor_lies_where_esas_do(tmp_path):
    factor = counts_of(written(tmp_path, cryosat2_track(60)), "echo_scale_factor_20_ku")
    assert (factor >= 250_000_000).all()
    assert (factor <= 500_000_000).all()


def test_a_silent_echo_is_silent_and_a_lost_one_is_lost(tmp_path):
    track = cryosat2_track()
    track["waveform"][3] = 0.0
    track["waveform"][4] = np.nan
    read = open_cryosat2(written(tmp_path, track))
    np.testing.assert_array_equal(read.waveform[3], 0.0)
    assert np.isnan(read.waveform[4]).all()
    assert np.isfinite(read.waveform[5]).all()


def test_the_noise_is_that_of_the_gates_before_the_surface(tmp_path):
    track = cryosat2_track()
    noise = counts_of(written(tmp_path, track), "noise_power_20_ku") * 0.01
    power = track.waveform.values[:, 10:20].astype(float).mean(axis=1)
    np.testing.assert_allclose(noise, 10 * np.log10(power), rtol=0, atol=5.1e-3)


def test_trap_02_times_are_atomic_and_names_are_utc(tmp_path):
    track = cryosat2_track()
    path = written(tmp_path, track)
    with netCDF4.Dataset(path) as dataset:
        start = datetime.strptime(dataset.sensing_start, "%d-%b-%Y %H:%M:%S.%f")
        first = dataset.first_record_time.removeprefix("TAI=")
    assert np.datetime64(start, "ns") == START
    assert np.datetime64(first, "ns") - START == np.timedelta64(37, "s")
    for name, record in {"time_20_ku": 0, "time_cor_01": 0, "time_avg_01_ku": 9}.items():
        elapsed = counts_of(path, name)[0] - 37.0
        expected = track.time.values[record] - np.datetime64("2000-01-01", "ns")
        assert elapsed == pytest.approx(expected / np.timedelta64(1, "s"), abs=2e-7)


def test_trap_05_the_sum_has_every_tide_once(tmp_path):
    track = cryosat2_track()
    read = open_cryosat2(written(tmp_path, track))
    total = sum(track[name] for name in CORRECTIONS if name != "dynamic_atmosphere_correction")
    np.testing.assert_allclose(read.range_correction, total, rtol=0, atol=9 * MILLIMETRES)


def test_trap_06_a_block_has_the_corrections_of_its_first_record(tmp_path):
    track = cryosat2_track(45)
    slope = np.linspace(-2.3, -2.2, 45)
    track["dry_troposphere_correction"][:] = slope
    path = written(tmp_path, track)
    read = open_cryosat2(path)
    expected = np.repeat(slope[[0, 20, 40]], [20, 20, 5])
    np.testing.assert_allclose(read.dry_troposphere_correction, expected, rtol=0, atol=MILLIMETRES)
    assert counts_of(path, "ind_first_meas_20hz_01").tolist() == [0, 20, 40]
    np.testing.assert_array_equal(
        counts_of(path, "time_cor_01"), counts_of(path, "time_20_ku")[[0, 20, 40]]
    )


def test_blocks_begin_where_the_records_of_the_track_say(tmp_path):
    track = cryosat2_track(60).isel(time=[5, 6, 18, 19, 20, 21, 45, 59])
    path = written(tmp_path, track)
    assert counts_of(path, "ind_meas_1hz_20_ku").tolist() == [0, 0, 0, 0, 1, 1, 2, 2]
    assert_same(open_cryosat2(path), track.assign(record=("time", np.arange(8))))


def test_trap_07_gates_are_those_of_sar(tmp_path):
    read = open_cryosat2(written(tmp_path, cryosat2_track()))
    assert read.attrs["gate_spacing_m"] == pytest.approx(C / (4 * 320e6))
    assert read.attrs["reference_gate"] == 128


def test_trap_09_longitudes_lie_between_minus_180_and_180(tmp_path):
    counts = counts_of(written(tmp_path, cryosat2_track()), "lon_20_ku")
    assert counts.min() < -1_790_000_000
    assert counts.max() > 1_790_000_000
    assert np.abs(counts).max() <= 1_800_000_000


def test_trap_10_each_variable_has_its_own_fill_value(tmp_path):
    track = cryosat2_track()
    for column in ("altitude", "window_range", "stack_kurtosis", "stack_standard_deviation"):
        track[column][7] = np.nan
    path = written(tmp_path, track)
    fills = {
        "alt_20_ku": -(2**31),
        "window_del_20_ku": -(2**63),
        "stack_kurtosis_20_ku": -999,
        "stack_std_20_ku": -(2**15),
    }
    for name, fill in fills.items():
        assert np.flatnonzero(counts_of(path, name) == fill).tolist() == [7], name
    assert (counts_of(path, "uso_cor_avg_01_ku") == 2**31 - 1).all()
    assert (counts_of(path, "coherence_waveform_20_ku") == -(2**15)).all()


# --- files, and what is refused --------------------------------------------------------------


def test_the_same_track_gives_the_same_bytes(tmp_path):
    for name in ("a.nc", "b.nc"):
        write_cryosat2(tmp_path / name, cryosat2_track())
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


@pytest.mark.parametrize(
    ("column", "value"),
    [("altitude", 3e6), ("dry_troposphere_correction", 3e6), ("stack_kurtosis", 400.0)],
)
def test_a_number_the_packing_cannot_hold_is_refused_and_nothing_is_left(tmp_path, column, value):
    track = cryosat2_track()
    track[column][40] = value
    with pytest.raises(ValueError, match="do not fit into the packing of the product"):
        write_cryosat2(tmp_path / "a.nc", track)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [-1e-15, np.nan])
def test_an_echo_with_a_hole_or_of_negative_power_is_refused(tmp_path, value):
    track = cryosat2_track()
    track["waveform"][3, 17] = value
    with pytest.raises(ValueError, match="an echo must be whole"):
        write_cryosat2(tmp_path / "a.nc", track)


@pytest.mark.parametrize("column", ["altitude", "window_range", "waveform", "load_tide"])
def test_a_track_without_a_needed_column_is_refused(tmp_path, column):
    with pytest.raises(ValueError, match=f"needs a track with .*{column}"):
        write_cryosat2(tmp_path / "a.nc", cryosat2_track().drop_vars(column))


def test_what_the_track_does_not_have_is_missing_and_harmless(tmp_path):
    optional = ["agc_db", "stack_kurtosis", "product_surface_class", "product_quality_flag"]
    read = open_cryosat2(written(tmp_path, cryosat2_track().drop_vars(optional)))
    assert read.agc_db.isnull().all()
    assert read.stack_kurtosis.isnull().all()
    assert (read.product_surface_class == Surface.UNKNOWN).all()
    assert (read.product_quality_flag == 0).all()


def test_echoes_of_another_instrument_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"256 gates of 0\.234213 m .* the track has \(128,"):
        write_cryosat2(tmp_path / "a.nc", cryosat2_track(gates=128))


def test_a_single_record_is_refused(tmp_path):
    with pytest.raises(ValueError, match="needs two records or more with a position"):
        write_cryosat2(tmp_path / "a.nc", cryosat2_track().isel(time=[3]))


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there is no folder"):
        write_cryosat2(tmp_path / "nowhere" / "a.nc", cryosat2_track())
