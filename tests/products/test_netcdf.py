"""NetCDF files: what is packed comes out right, and damaged files are named, not crashed on."""

import netCDF4
import numpy as np
import pytest
from altimetry_files import Content, Packed
from hypothesis import given
from hypothesis import strategies as st

from iceco.products.netcdf import (
    blocks_to_records,
    check_located,
    decode_time,
    open_netcdf,
    optional,
    required,
    required_flags,
    text_attribute,
    unpack,
)


def one_variable(path, content):
    return Content(
        {"title": "  padded   "}, {"n": len(np.asarray(content.values))}, {"x": content}
    ).write(path)


def read(path):
    with open_netcdf(path) as dataset:
        return required(dataset, "x")


def classic(path):
    """A NetCDF-3 file with a few numbers in it."""
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as dataset:
        dataset.title = "classic"
        dataset.createDimension("n", 500)
        dataset.createVariable("x", "f8", ("n",))[:] = np.arange(500.0)
        dataset.createVariable("y", "i4", ("n",))[:] = np.arange(500)
    return path


def test_values_come_out_scaled_with_an_offset_and_nan_for_the_fill_value(tmp_path):
    values = np.array([814641.4321, np.nan, 700000.0])
    content = Packed("i4", ("n",), values, 1e-4, 700000.0, 2147483647)
    np.testing.assert_allclose(read(one_variable(tmp_path / "a.nc", content)), values, atol=1e-9)


def test_without_a_fill_value_nothing_is_missing(tmp_path):
    content = Packed("u2", ("n",), np.array([0, 65535, 1]))
    assert read(one_variable(tmp_path / "a.nc", content)).tolist() == [0, 65535, 1]


def test_further_packed_values_can_mean_missing(tmp_path):
    path = one_variable(tmp_path / "a.nc", Packed("i2", ("n",), np.array([1, -9999, 3]), fill=-1))
    with open_netcdf(path) as dataset:
        values = unpack(dataset.variables["x"], fills=(-9999,))
    np.testing.assert_array_equal(values, [1, np.nan, 3])


def test_a_window_delay_in_picoseconds_keeps_its_last_digit(tmp_path):
    content = Packed("i8", ("n",), np.array([4925928139e-12]), 1e-12, fill=-(2**63))
    assert read(one_variable(tmp_path / "a.nc", content))[0] == pytest.approx(4925928139e-12, 1e-15)


def test_flags_are_read_as_stored(tmp_path):
    path = one_variable(tmp_path / "a.nc", Packed("i4", ("n",), np.array([-1, 0, 5]), fill=-1))
    with open_netcdf(path) as dataset:
        assert required_flags(dataset, "x").tolist() == [-1, 0, 5]


def test_what_is_not_there_is_none_or_named(tmp_path):
    path = one_variable(tmp_path / "a.nc", Packed("f8", ("n",), np.array([1.0])))
    with open_netcdf(path) as dataset:
        assert optional(dataset, "y") is None
        assert optional(dataset, "x") is not None
        with pytest.raises(ValueError, match=r"a\.nc: the variable y is missing"):
            required(dataset, "y")


def test_text_attributes_lose_their_padding(tmp_path):
    path = one_variable(tmp_path / "a.nc", Packed("f8", ("n",), np.array([1.0])))
    with open_netcdf(path) as dataset:
        assert text_attribute(dataset, "title") == "padded"
        assert text_attribute(dataset, "institution") == ""


@pytest.mark.parametrize(
    ("dtype", "count", "units", "time"),
    [
        ("f8", 0.25, "seconds since 2000-01-01 00:00:00.0", "2000-01-01T00:00:00.250000000"),
        ("f8", 1.5, "days since 2000-01-01", "2000-01-02T12:00:00.000000000"),
        (
            "i8",
            300687877187072,
            "nanoseconds since 2019-01-21 02:37:21.868949632",
            "2019-01-24T14:08:49.746136704",
        ),
    ],
)
def test_times_are_exact(tmp_path, dtype, count, units, time):
    path = one_variable(
        tmp_path / "a.nc", Packed(dtype, ("n",), np.array([count]), fill=-9, units=units)
    )
    with open_netcdf(path) as dataset:
        assert decode_time(dataset.variables["x"])[0] == np.datetime64(time)


@pytest.mark.parametrize("fill", [-9.0, 1.8446744073709552e19])
def test_a_missing_time_is_no_time(tmp_path, fill):
    units = "seconds since 2000-01-01 00:00:00.0"
    path = one_variable(
        tmp_path / "a.nc", Packed("f8", ("n",), np.array([fill, 7e8]), fill=fill, units=units)
    )
    with open_netcdf(path) as dataset:
        time = decode_time(dataset.variables["x"])
    assert np.isnat(time).tolist() == [True, False]


def test_a_count_that_no_clock_can_hold_is_no_time(tmp_path):
    units = "seconds since 2000-01-01 00:00:00.0"
    path = one_variable(tmp_path / "a.nc", Packed("f8", ("n",), np.array([1e30]), units=units))
    with open_netcdf(path) as dataset:
        assert np.isnat(decode_time(dataset.variables["x"])[0])


def test_units_that_are_no_time_are_refused(tmp_path):
    path = one_variable(tmp_path / "a.nc", Packed("f8", ("n",), np.array([1.0]), units="m"))
    with (
        open_netcdf(path) as dataset,
        pytest.raises(ValueError, match=r"a\.nc: the units 'm' of x are no time"),
    ):
        decode_time(dataset.variables["x"])


@given(st.lists(st.integers(-3, 6), max_size=30))
def test_each_record_takes_the_value_of_its_block(blocks):
    values = np.array([10.0, 11.0, 12.0])
    expected = [values[b] if 0 <= b < 3 else np.nan for b in blocks]
    np.testing.assert_array_equal(
        blocks_to_records(values, np.array(blocks, dtype=np.int64)), expected
    )


def test_a_track_needs_one_record_with_a_time_and_a_position():
    time = np.array(["NaT", "2020-01-01"], dtype="datetime64[ns]")
    check_located("a.nc", time, np.array([0.0, 1.0]), np.array([70.0, 71.0]))
    with pytest.raises(ValueError, match=r"a\.nc: no record has a time and a position"):
        check_located("a.nc", time, np.array([0.0, np.nan]), np.array([70.0, 71.0]))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"away\.nc: there is no such file"):
        open_netcdf(tmp_path / "away.nc")
    with pytest.raises(ValueError, match="there is no such file"):
        open_netcdf(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "the file is empty"), (b"<html>no</html>", "is not NetCDF")]
)
def test_an_empty_file_and_a_page_of_text_are_refused(tmp_path, content, message):
    path = tmp_path / "a.nc"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        open_netcdf(path)


@pytest.mark.parametrize("form", ["classic", "hdf5"])
@pytest.mark.parametrize("kept", [5, 11, 60, 0.3, 0.7, -1])
def test_a_file_cut_off_anywhere_is_refused(tmp_path, form, kept):
    path = tmp_path / "a.nc"
    if form == "classic":
        classic(path)
    else:
        one_variable(path, Packed("f8", ("n",), np.random.default_rng(0).normal(size=500)))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))] if isinstance(kept, float) else whole[:kept])
    with pytest.raises(ValueError, match=r"a\.nc: the file is not NetCDF, or it is cut off"):
        open_netcdf(path)


def test_a_whole_classic_file_opens(tmp_path):
    np.testing.assert_array_equal(read(classic(tmp_path / "a.nc")), np.arange(500.0))


def test_damaged_data_name_the_file_and_the_variable(tmp_path):
    path = one_variable(tmp_path / "a.nc", Packed("f8", ("n",), np.zeros(5000)))
    whole = bytearray(path.read_bytes())
    start = whole.index(b"\x78\x5e\xed")  # where the compressed zeros begin
    whole[start + 3 : start + 12] = b"\xff" * 9
    path.write_bytes(whole)
    with pytest.raises(ValueError, match=r"a\.nc: the data of x are cut off or damaged"):
        read(path)
