"""What the SGDR writer writes, the reader reads; and it is laid out like the real twin."""

import netCDF4
import numpy as np
import pytest
from altika_tracks import altika_track
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iceco.products.altika import open_altika
from iceco.products.altika_writer import altika_name, write_altika

JASON = "altimetry/jason/JA1_GPN_2PeP001_002_20020115_060706_20020115_070316.nc"
#: Half of what a packed count is worth, and the rounding of the sum.
PRECISION = {
    "longitude": 5.1e-7,
    "latitude": 5.1e-7,
    "agc_db": 5.1e-3,
    "scale_factor_db": 5.1e-3,
    "sigma0_db": 5.1e-3,
    "product_peakiness": 5.1e-4,
    "dynamic_atmosphere_correction": 1.1e-4,
}
METRES = 5.1e-5


def assert_same(read, written):
    assert np.abs(read.time.values - written.time.values).max() < np.timedelta64(200, "ns")
    for name in written.variables:
        if name == "time":
            continue
        tolerance = PRECISION.get(name, METRES)
        a, b = read[name].values, written[name].values
        if name == "longitude":
            a, b = (a - b + 180) % 360, np.full(b.shape, 180.0)
        assert np.allclose(a, b, rtol=0, atol=tolerance, equal_nan=True), name


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    records=st.integers(1, 130),
    gaps=st.sets(st.integers(0, 129), max_size=20),
    silent=st.sets(st.integers(0, 129), max_size=5),
)
def test_the_reader_returns_what_was_written(tmp_path, records, gaps, silent):
    gaps = {gap for gap in gaps if gap < records}
    if len(gaps) == records:
        gaps.pop()
    track = altika_track(records, missing=gaps)
    lost = [i for i in silent if i < track.sizes["time"]]
    track["waveform"][lost] = np.nan
    track["product_range"][lost] = np.nan
    write_altika(tmp_path / "sgdr.nc", track, 7, 8)
    assert_same(open_altika(tmp_path / "sgdr.nc"), track)


def test_a_row_without_any_record_does_no_harm(tmp_path):
    track = altika_track(130, missing=range(40, 80))
    write_altika(tmp_path / "sgdr.nc", track, 7, 8)
    read = open_altika(tmp_path / "sgdr.nc")
    assert read.attrs["records_without_time"] == 40 + 30
    assert_same(read, track)


@pytest.mark.parametrize("only", [40, 79])
def test_the_corrections_of_a_row_are_those_of_its_own_records(tmp_path, only):
    track = altika_track(120, missing=set(range(40, 80)) - {only})
    write_altika(tmp_path / "sgdr.nc", track, 7, 8)
    assert_same(open_altika(tmp_path / "sgdr.nc"), track)


def test_the_layout_is_that_of_the_real_twin(tmp_path, sample_data):
    write_altika(tmp_path / "sgdr.nc", altika_track(95), 7, 8)
    with (
        netCDF4.Dataset(tmp_path / "sgdr.nc") as ours,
        netCDF4.Dataset(sample_data / JASON) as twin,
    ):
        assert ours.data_model == twin.data_model == "NETCDF3_CLASSIC"
        names = {name: twin_name(name, twin) for name in ours.variables}
        shared = {name: found for name, found in names.items() if found}
        assert len(shared) > 20
        for name, found in shared.items():
            assert ours[name].dtype == twin[found].dtype, name
            assert ours[name].dimensions == twin[found].dimensions, name
            for attribute in ("_FillValue", "scale_factor", "units", "calendar"):
                here, there = (getattr(v, attribute, None) for v in (ours[name], twin[found]))
                assert here == there, (name, attribute)
            # One offset for altitudes and ranges, another one for another orbit.
            assert ("add_offset" in ours[name].ncattrs()) == ("add_offset" in twin[found].ncattrs())
        shared_attributes = {"Conventions", "mission_name", "cycle_number", "pass_number"}
        assert shared_attributes <= set(ours.ncattrs()) & set(twin.ncattrs())


def twin_name(name, twin):
    """Return what Jason-1 calls a variable of AltiKa; None where it has none."""
    jason = name.replace("40hz", "20hz").replace("seaice", "ice").replace("_sol1", "")
    jason = name if name.startswith("ocean") else jason
    return next((n for n in (jason, f"{jason}_ku") if n in twin.variables), None)


def test_altitudes_and_ranges_have_one_offset(tmp_path):
    write_altika(tmp_path / "sgdr.nc", altika_track(95), 7, 8)
    with netCDF4.Dataset(tmp_path / "sgdr.nc") as dataset:
        offsets = {
            variable.add_offset
            for variable in dataset.variables.values()
            if "add_offset" in variable.ncattrs()
        }
        echoes = dataset["waveforms_40hz"]
        assert echoes.dimensions == ("time", "meas_ind", "wvf_ind")
        assert echoes.shape == (3, 40, 128)
    assert offsets == {700000.0}


def test_the_same_track_gives_the_same_bytes(tmp_path):
    for name in ("a.nc", "b.nc"):
        write_altika(tmp_path / name, altika_track(50), 7, 8)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


def test_a_track_without_echoes_makes_a_file_without(tmp_path):
    write_altika(tmp_path / "gdr.nc", altika_track(50).drop_vars("waveform"), 7, 8)
    read = open_altika(tmp_path / "gdr.nc")
    assert "waveform" not in read


def test_the_name_is_the_agencys():
    first, last = np.datetime64("2013-04-05T14:10:55.9"), np.datetime64("2013-04-05T15:01:13")
    name = "SRL_GPS_2PfP001_0641_20130405_141055_20130405_150113.CNES.nc"
    assert altika_name(1, 641, first, last) == name


@pytest.mark.parametrize(
    ("column", "value"),
    [("altitude", 1.3e6), ("dry_troposphere_correction", -4.0), ("waveform", 40000.0)],
)
def test_a_number_the_packing_cannot_hold_is_refused_and_nothing_is_left(tmp_path, column, value):
    track = altika_track(50)
    track[column][45] = value
    with pytest.raises(ValueError, match="do not fit into the packing"):
        write_altika(tmp_path / "sgdr.nc", track, 7, 8)
    assert list(tmp_path.iterdir()) == []


def test_echoes_of_another_instrument_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"128 gates of 0\.312284 m"):
        write_altika(tmp_path / "sgdr.nc", altika_track(50, gates=104), 7, 8)


def test_a_track_without_a_needed_column_is_refused(tmp_path):
    with pytest.raises(ValueError, match="window_range"):
        write_altika(tmp_path / "sgdr.nc", altika_track(50).drop_vars("window_range"), 7, 8)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there is no folder"):
        write_altika(tmp_path / "nowhere" / "sgdr.nc", altika_track(50), 7, 8)
