"""What the SRAL writer writes, the reader reads; it is laid out like EUMETSAT's; the traps hold.

The traps carry the numbers of the project's notes on altimetry formats.
"""

import hashlib
from xml.etree import ElementTree

import netCDF4
import numpy as np
import pytest
import xarray as xr

from iceco.products.canonical import make_track
from iceco.products.recognise import identify
from iceco.products.sentinel3 import ECHOES, open_sentinel3
from iceco.products.sentinel3_layout import ENHANCED, ONE_HZ, RECORDS
from iceco.products.sentinel3_writer import CONSTANTS, write_sentinel3
from iceco.products.surface import Surface

C = 299792458.0
START = np.datetime64("2023-03-01T12:00:00.25", "ns")
#: Of the product [s]: 20 or 21 records to a second.
INTERVAL = np.timedelta64(49_191_000, "ns")
FOLDER = "altimetry/sentinel3"
IPF_0703 = (
    "S3A_SR_2_WAT____20230502T150553_20230502T155016_20230528T090246_2663_098_210______"
    "MAR_O_NT_005.SEN3"
)
IPF_0711 = (
    "S3B_SR_2_WAT____20251109T015524_20251109T020523_20251109T035001_0599_113_117______"
    "MAR_O_NR_G61.SEN3"
)
SUBSET = f"{FOLDER}/waveform_subset/S3A_SR_2_WAT_enhanced_20Hz_ku_50records.nc"
MEASUREMENT = "enhanced_measurement.nc"
SUMMED = (
    "dry_troposphere_correction",
    "wet_troposphere_correction",
    "ionosphere_correction",
    "dynamic_atmosphere_correction",
    "ocean_tide",
    "solid_earth_tide",
    "pole_tide",
)
CORRECTIONS = (
    *SUMMED,
    "inverse_barometer_correction",
    "ocean_tide_equilibrium",
    "load_tide",
)
#: Half of what a packed count is worth, and a little for rounding.
PRECISION = {
    "record": 0.0,
    "longitude": 5.1e-7,
    "latitude": 5.1e-7,
    "agc_db": 5.1e-3,
    "scale_factor_db": 5.1e-3,
    "sigma0_db": 5.1e-3,
    "product_peakiness": 5.1e-3,
    "sea_ice_concentration": 5.1e-3,
    "dynamic_atmosphere_correction": 1.1e-4,  # a sum of two
    "waveform": 5.1e-4,
    "product_surface_class": 0.0,
    "product_quality_flag": 0.0,
}
METRES = 5.1e-5


def sentinel3_track(records=60, gates=128, mission="s3a"):
    """A track of numbers: every column of the enhanced file, corrections by the second."""
    random = np.random.default_rng(records)
    time = START + np.arange(records) * INTERVAL
    second = (time + np.timedelta64(500, "ms")).astype("datetime64[s]").astype(int)
    second -= second[0]
    window_range = 814_000.0 + random.uniform(-20, 20, records)
    classes = [Surface.OCEAN, Surface.SEA_ICE, Surface.LEAD, Surface.UNKNOWN, Surface.LAND]
    columns = {
        "longitude": -0.03 + 0.001 * np.arange(records),
        "latitude": 79.0 + 0.002 * np.arange(records),
        "altitude": 814_020.0 + 0.5 * np.arange(records),
        "window_range": window_range,
        "product_range": window_range + random.uniform(-10, 10, records),
        "product_elevation": random.uniform(-50, 50, records),
        "product_sea_level_anomaly": random.uniform(-1, 1, records),
        "product_radar_freeboard": random.uniform(-1, 1, records),
        "mean_sea_surface": random.uniform(-50, 50, records),
        "agc_db": random.uniform(20, 50, records),
        "scale_factor_db": random.uniform(-40, 10, records),
        "sigma0_db": random.uniform(5, 60, records),
        "product_peakiness": random.uniform(1, 100, records),
        "sea_ice_concentration": random.uniform(0, 100, records),
        "snow_depth": random.uniform(0, 0.5, records),
        "product_surface_class": np.array(classes)[np.arange(records) % 5].astype(np.int8),
        "product_quality_flag": random.integers(0, 64, records).astype(np.int16),
        "waveform": random.exponential(500.0, (records, gates)).astype(np.float32),
    }
    for name in CORRECTIONS:
        columns[name] = random.uniform(-3, 3, second[-1] + 1)[second]
    columns["inverse_barometer_correction"] /= 10
    columns["dynamic_atmosphere_correction"] /= 10
    attributes = {
        "mission": mission,
        "mode": "SAR",
        "product": "SR_2_WAT",
        "baseline": "006.01.00",
        "track_id": f"{mission}_098_210_20230301T120000",
        "rate_hz": 20,
        "source": "",
        "gate_spacing_m": ECHOES[128][0],
        "reference_gate": ECHOES[128][1],
    }
    return make_track(time, columns, attributes)


def assert_same(read, track):
    assert np.abs(read.time.values - track.time.values).max() < np.timedelta64(300, "ns")
    for name in set(track.variables) - {"time", "range_correction"}:
        a, b = read[name].values.astype(float), track[name].values.astype(float)
        if name == "longitude":
            a = b + (a - b + 180.0) % 360.0 - 180.0
        tolerance = PRECISION.get(name, METRES)
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance, err_msg=name)


def counts_of(path, name):
    """The integers of a variable, as they lie in the file."""
    with netCDF4.Dataset(path) as dataset:
        dataset.set_auto_maskandscale(False)
        return dataset[name][...]


# --- the round trip --------------------------------------------------------------------------


@pytest.mark.parametrize("records", [2, 20, 21, 60, 64])
@pytest.mark.parametrize("mission", ["s3a", "s3b"])
def test_the_reader_returns_what_was_written(tmp_path, records, mission):
    track = sentinel3_track(records, mission=mission)
    read = open_sentinel3(write_sentinel3(tmp_path, track, 98, 210))
    assert set(read.variables) == {*track.variables, "range_correction"}
    assert_same(read, track)
    for name in set(track.attrs) - {"source"}:
        assert read.attrs[name] == track.attrs[name], name


@pytest.mark.parametrize(
    "column",
    ["altitude", "window_range", "product_range", "product_elevation", "waveform", "agc_db",
     "product_radar_freeboard", "mean_sea_surface", "sigma0_db", "product_peakiness"],
)  # fmt: skip
def test_what_is_missing_stays_missing(tmp_path, column):
    track = sentinel3_track()
    track[column][7] = np.nan
    read = open_sentinel3(write_sentinel3(tmp_path, track, 98, 210))
    assert_same(read, track)
    assert np.isnan(read[column][7]).all()


@pytest.mark.parametrize("name", [IPF_0703, IPF_0711])
def test_a_real_pass_comes_back_column_by_column(tmp_path, sample_data, name):
    real = open_sentinel3(sample_data / FOLDER / name)
    product = write_sentinel3(tmp_path, real, 98, 210)
    assert [path.name for path in sorted(product.iterdir())] == [
        "standard_measurement.nc",
        "xfdumanifest.xml",
    ]
    read = open_sentinel3(product)
    assert set(read.variables) == set(real.variables)
    assert_same(read, real)
    np.testing.assert_allclose(read.range_correction, real.range_correction, rtol=0, atol=1e-9)
    for variable in ("index_1hz_meas_20_ku", "index_first_20hz_meas_01_ku",
                     "num_20hz_meas_01_ku", "range_sea_ice_20_ku", "alt_20_ku", "lon_20_ku",
                     "hf_fluct_cor_01", "int_sea_ice_ssha_20_ku"):  # fmt: skip
        ours, theirs = (
            counts_of(path / "standard_measurement.nc", variable)
            for path in (product, sample_data / FOLDER / name)
        )
        if variable == "int_sea_ice_ssha_20_ku":  # ours is where there is a freeboard
            theirs = np.where(ours == 2147483647, ours, theirs)
        np.testing.assert_array_equal(ours, theirs, err_msg=variable)


def test_real_echoes_come_back(tmp_path, sample_data):
    real = open_sentinel3(sample_data / SUBSET).sortby("time")
    # They are of many passes: here they follow each other on one, at one height.
    count = np.arange(real.sizes["time"])
    real = real.assign(dict.fromkeys(CORRECTIONS, real.altitude * 0.0))
    real = real.assign(time=START + count * INTERVAL, record=("time", count))
    real["altitude"][:] = real.altitude.values[0]
    read = open_sentinel3(write_sentinel3(tmp_path, real, 98, 210))
    assert_same(read, real)
    np.testing.assert_array_equal(read.waveform, real.waveform)


# --- the layout ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def headers(tmp_path_factory, sample_data):
    """Our file, a real standard file of version 07.11, and the real enhanced subset."""
    product = write_sentinel3(tmp_path_factory.mktemp("sral"), sentinel3_track(), 98, 210)
    standard = sample_data / FOLDER / IPF_0711 / "standard_measurement.nc"
    with (
        netCDF4.Dataset(product / MEASUREMENT) as ours,
        netCDF4.Dataset(standard) as real,
        netCDF4.Dataset(sample_data / SUBSET) as subset,
    ):
        yield ours, real, subset


@pytest.mark.parametrize("name", [*ONE_HZ, *RECORDS, *ENHANCED])
def test_a_variable_is_packed_as_the_agency_packs_it(headers, name):
    ours, standard, subset = headers
    real = (subset if name in ENHANCED else standard)[name]
    assert name not in ENHANCED or name not in standard.variables
    ours = ours[name]
    assert ours.dtype == real.dtype
    assert ours.dimensions == real.dimensions
    for attribute in ("_FillValue", "scale_factor", "add_offset", "units", "calendar",
                      "flag_values", "flag_meanings"):  # fmt: skip
        here, there = (getattr(v, attribute, None) for v in (ours, real))
        if attribute == "calendar" and here is None:
            continue
        assert type(here) is type(there), attribute
        assert np.array_equal(here, there), attribute


def test_global_attributes_are_those_of_the_agency(headers):
    ours, real, _ = headers
    assert set(ours.ncattrs()) - {"comment"} <= set(real.ncattrs())
    assert ours.comment.startswith("simulated")
    for name in ("source", "processing_baseline", "Conventions", "altimeter_sensor_name"):
        assert ours.getncattr(name) == real.getncattr(name)
    for name in set(ours.ncattrs()) - {"comment"}:
        assert type(ours.getncattr(name)) is type(real.getncattr(name)), name


def test_plain_xarray_decodes_it(tmp_path):
    track = sentinel3_track()
    product = write_sentinel3(tmp_path, track, 98, 210)
    with xr.open_dataset(product / MEASUREMENT, decode_timedelta=False) as plain:
        np.testing.assert_allclose(plain.alt_20_ku, track.altitude, rtol=0, atol=METRES)
        np.testing.assert_allclose(plain.waveform_20_ku, track.waveform, rtol=0, atol=5.1e-4)
        assert np.abs(plain.time_20_ku.values - track.time.values).max() < np.timedelta64(1, "us")
        assert "lat_20_ku" in plain.coords
        assert plain.sig0_ocog_20_ku.isnull().all()
        assert plain.sig0_ocog_20_ku.attrs["comment"] == "not simulated"
        for name in CONSTANTS.keys() - {"waveform_qual_ice_20_ku"}:
            np.testing.assert_array_equal(plain[name], CONSTANTS[name], err_msg=name)


def test_times_are_said_in_three_ways_that_agree(tmp_path):
    product = write_sentinel3(tmp_path, sentinel3_track(), 98, 210)
    for rate in ("01", "20_ku"):
        day, second, time = (
            counts_of(product / MEASUREMENT, f"{name}_{rate}").astype(float)
            for name in ("UTC_day", "UTC_sec", "time")
        )
        np.testing.assert_allclose(day * 86400 + second, time, rtol=0, atol=2e-7)
    block = counts_of(product / MEASUREMENT, "index_1hz_meas_20_ku")
    np.testing.assert_array_equal(
        counts_of(product / MEASUREMENT, "UTC_time_1hz_20_ku"),
        counts_of(product / MEASUREMENT, "time_01")[block],
    )


def test_the_name_and_the_header_say_the_same(tmp_path):
    product = write_sentinel3(tmp_path, sentinel3_track(), 98, 210)
    assert product.name == (
        "S3A_SR_2_WAT____20230301T120000_20230301T120003_20230301T120003_0003_098_210______"
        "MAR_D_NT_G61.SEN3"
    )
    with netCDF4.Dataset(product / MEASUREMENT) as dataset:
        assert dataset.product_name == product.name
        assert (dataset.cycle_number, dataset.pass_number) == (98, 421)


@pytest.mark.parametrize(("ascending", "number"), [(True, 421), (False, 420)])
def test_the_second_pass_of_an_orbit_ascends(tmp_path, ascending, number):
    track = sentinel3_track()
    track["latitude"] = track.latitude if ascending else -track.latitude
    product = write_sentinel3(tmp_path, track, 98, 210)
    with netCDF4.Dataset(product / MEASUREMENT) as dataset:
        assert dataset.pass_number == number


def test_the_product_is_recognised(tmp_path):
    product = write_sentinel3(tmp_path, sentinel3_track(), 98, 210)
    assert identify(product) == "sentinel3"
    assert identify(product / MEASUREMENT) == "sentinel3"


def test_the_manifest_names_the_file_its_size_and_its_checksum(tmp_path):
    product = write_sentinel3(tmp_path, sentinel3_track(), 98, 210)
    root = ElementTree.parse(product / "xfdumanifest.xml").getroot()
    stream = root.find("dataObjectSection/dataObject/byteStream")
    file = product / stream.find("fileLocation").get("href")
    assert int(stream.get("size")) == file.stat().st_size
    assert stream.find("checksum").text == hashlib.md5(file.read_bytes()).hexdigest()
    assert root.find(".//{*}startTime").text == "2023-03-01T12:00:00.250000Z"


# --- the traps -------------------------------------------------------------------------------


def test_trap_05_the_sum_has_the_load_tide_once(tmp_path):
    track = sentinel3_track()
    read = open_sentinel3(write_sentinel3(tmp_path, track, 98, 210))
    total = sum(track[name] for name in SUMMED)
    np.testing.assert_allclose(read.range_correction, total, rtol=0, atol=8 * METRES)
    assert read.attrs["range_correction_atmosphere"] == "dynamic_atmosphere_correction"


def test_trap_06_a_second_has_the_corrections_of_the_record_nearest_to_it(tmp_path):
    track = sentinel3_track(60)
    slope = np.linspace(-2.3, -2.2, 60)
    track["dry_troposphere_correction"][:] = slope
    product = write_sentinel3(tmp_path, track, 98, 210)
    # The first record stands 0.25 s after the full second, so 0 is nearest to it; the full
    # seconds after it come 0.75 s, 1.75 s and 2.75 s later.
    nearest = np.rint(np.array([0.0, 0.75, 1.75, 2.75]) / 0.049191).astype(int)
    block = counts_of(product / MEASUREMENT, "index_1hz_meas_20_ku")
    assert np.bincount(block).tolist() == [6, 20, 20, 14]
    assert counts_of(product / MEASUREMENT, "num_20hz_meas_01_ku").tolist() == [6, 20, 20, 14]
    assert counts_of(product / MEASUREMENT, "index_first_20hz_meas_01_ku").tolist() == [
        0, 6, 26, 46,
    ]  # fmt: skip
    read = open_sentinel3(product)
    np.testing.assert_allclose(
        read.dry_troposphere_correction, slope[nearest][block], rtol=0, atol=METRES
    )
    one_hz, high_rate = (
        counts_of(product / MEASUREMENT, f"time_{rate}") for rate in ("01", "20_ku")
    )
    np.testing.assert_array_equal(one_hz, high_rate[nearest])


def test_blocks_have_20_or_21_records(tmp_path):
    product = write_sentinel3(tmp_path, sentinel3_track(300, gates=128), 98, 210)
    count = counts_of(product / MEASUREMENT, "num_20hz_meas_01_ku")
    assert set(count[1:-1]) == {20, 21}


def test_trap_07_gates_are_those_of_the_marine_product(tmp_path):
    read = open_sentinel3(write_sentinel3(tmp_path, sentinel3_track(), 98, 210))
    assert read.attrs["gate_spacing_m"] == pytest.approx(C / (2 * 320e6))
    assert read.waveform.shape == (60, 128)


def test_trap_08_tracker_range_epoch_and_ocean_range_close_with_0_557_m(tmp_path):
    track = sentinel3_track()
    path = write_sentinel3(tmp_path, track, 98, 210) / MEASUREMENT
    tracker = counts_of(path, "tracker_range_20_ku") * 1e-4 + 700000.0
    ocean = counts_of(path, "range_ocean_20_ku") * 1e-4 + 700000.0
    epoch = counts_of(path, "epoch_ocean_20_ku") * 1e-15
    np.testing.assert_allclose(tracker, track.window_range - 0.557, rtol=0, atol=METRES)
    np.testing.assert_allclose(ocean - tracker - C / 2 * epoch, 0.557, rtol=0, atol=2 * METRES)


def test_trap_08_the_window_is_right_where_nothing_was_retracked(tmp_path):
    track = sentinel3_track().drop_vars("product_range")
    read = open_sentinel3(write_sentinel3(tmp_path, track, 98, 210))
    assert_same(read, track)
    assert read.product_range.isnull().all()


def test_trap_09_longitudes_lie_between_0_and_360(tmp_path):
    track = sentinel3_track()
    track["longitude"][5] = -1e-9
    path = write_sentinel3(tmp_path, track, 98, 210) / MEASUREMENT
    longitude = counts_of(path, "lon_20_ku")
    assert longitude.min() == longitude[5] == 0
    assert 359_960_000 < longitude.max() < 360_000_000


def test_trap_10_each_type_has_its_own_fill_value(tmp_path):
    track = sentinel3_track()
    for column in ("altitude", "sigma0_db", "waveform"):
        track[column][7] = np.nan
    path = write_sentinel3(tmp_path, track, 98, 210) / MEASUREMENT
    fills = {
        "alt_20_ku": 2**31 - 1,
        "sig0_sea_ice_sheet_20_ku": 2**15 - 1,
        "waveform_20_ku": 2**32 - 1,
    }
    for name, fill in fills.items():
        missing = (counts_of(path, name) == fill).reshape(60, -1).all(axis=1)
        assert np.flatnonzero(missing).tolist() == [7], name
    assert (counts_of(path, "nb_stack_20_ku") == 2**16 - 1).all()


def test_altitudes_and_ranges_have_one_offset(tmp_path):
    product = write_sentinel3(tmp_path, sentinel3_track(), 98, 210)
    with netCDF4.Dataset(product / MEASUREMENT) as dataset:
        for name in ("alt_20_ku", "range_sea_ice_20_ku", "range_ocean_20_ku", "alt_01"):
            assert dataset[name].add_offset == 700000.0


# --- files, and what is refused --------------------------------------------------------------


def test_the_same_track_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_sentinel3(tmp_path / name, sentinel3_track(), 98, 210)
    a, b = (sorted((tmp_path / name).rglob("*.*ml")) for name in ("a", "b"))
    assert a[0].read_bytes() == b[0].read_bytes()
    a, b = (next((tmp_path / name).rglob("*.nc")) for name in ("a", "b"))
    assert a.read_bytes() == b.read_bytes()


def test_a_product_of_the_same_name_is_replaced(tmp_path):
    track = sentinel3_track()
    write_sentinel3(tmp_path, track, 98, 210)
    track["altitude"] += 1.0
    product = write_sentinel3(tmp_path, track, 98, 210)
    assert_same(open_sentinel3(product), track)
    assert list(tmp_path.iterdir()) == [product]


@pytest.mark.parametrize(
    ("column", "value"),
    [("altitude", 1e6), ("load_tide", -4.0), ("waveform", 5e6), ("product_peakiness", 400.0)],
)
def test_a_number_the_packing_cannot_hold_is_refused_and_nothing_is_left(tmp_path, column, value):
    track = sentinel3_track()
    track[column][:] = value
    with pytest.raises(ValueError, match="do not fit into the packing of the product"):
        write_sentinel3(tmp_path, track, 98, 210)
    assert list(tmp_path.iterdir()) == []


def test_a_record_without_a_position_is_refused(tmp_path):
    track = sentinel3_track()
    track["latitude"][3] = np.nan
    with pytest.raises(ValueError, match="lat_20_ku: a value is missing and the file has no way"):
        write_sentinel3(tmp_path, track, 98, 210)


@pytest.mark.parametrize("column", ["altitude", "window_range", "load_tide"])
def test_a_track_without_a_needed_column_is_refused(tmp_path, column):
    with pytest.raises(ValueError, match=f"needs a track with .*{column}"):
        write_sentinel3(tmp_path, sentinel3_track().drop_vars(column), 98, 210)


def test_what_the_track_does_not_have_is_missing_and_harmless(tmp_path):
    optional = ["agc_db", "product_surface_class", "product_quality_flag", "mean_sea_surface"]
    track = sentinel3_track().drop_vars(optional)
    read = open_sentinel3(write_sentinel3(tmp_path, track, 98, 210))
    assert_same(read, track)
    assert read.agc_db.isnull().all()
    assert read.mean_sea_surface.isnull().all()
    assert (read.product_surface_class == Surface.UNKNOWN).all()
    assert (read.product_quality_flag == 0).all()


def test_echoes_of_another_product_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"128 gates of 0\.468426 m .* the track has \(256,"):
        write_sentinel3(tmp_path, sentinel3_track(gates=256), 98, 210)


def test_a_track_of_another_mission_is_refused(tmp_path):
    with pytest.raises(ValueError, match="a track of c2 makes no Sentinel-3 product"):
        write_sentinel3(tmp_path, sentinel3_track(mission="c2"), 98, 210)


def test_a_single_record_is_refused(tmp_path):
    with pytest.raises(ValueError, match="needs two records or more"):
        write_sentinel3(tmp_path, sentinel3_track().isel(time=[3]), 98, 210)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there is no such folder"):
        write_sentinel3(tmp_path / "nowhere", sentinel3_track(), 98, 210)
