"""Buoy files: padding, messages without a position, tables, and what is no buoy file."""

import netCDF4
import numpy as np
import pytest

from iceco.products.buoys import BUOYS, is_buoys, open_buoys

FOLDER = "ice/buoys"
#: Buoys and observations with a time and a position of each real file.
REAL = {
    "data_drift_2017_April_Spitsbergen_Bank.nc": (8, 17095),
    "data_drift_2018_March_Greenland.nc": (5, 2424),
    "data_drift_2022.nc": (5, 2787),
    "data_drift_waves_Barents_2018_09.nc": (4, 165),
    "data_drift_waves_Barents_2021_02.nc": (6, 1233),
    "data_drift_waves_Laptev_2021.nc": (1, 708),
    "mosaic/M2_300234068160720_2019O2.csv": (1, 5448),
    "mosaic/P002_300234068916790_2019P204.csv": (1, 15565),
    "qc/test_speed.csv": (1, None),
}


def write_trajectories(path, time, longitude, latitude, names=("b", "a")):
    """A drifter file as the published ones: padded with a fill that it does not name."""
    with netCDF4.Dataset(path, "w") as dataset:
        dataset.featureType = "trajectory"
        dataset.createDimension("trajectory", len(time))
        dataset.createDimension("observation", len(time[0]))
        dataset.createDimension("len_of_name", 16)
        dataset.createVariable("trajectory_id", "S1", ("trajectory", "len_of_name"))[:] = (
            netCDF4.stringtochar(np.array(names, dtype="S16"))
        )
        dims = ("trajectory", "observation")
        variable = dataset.createVariable("time", "f8", dims)
        variable.units = "seconds since 1970-01-01 00:00:00 +0000"
        variable[:] = time
        dataset.createVariable("lon", "f4", dims)[:] = longitude
        dataset.createVariable("lat", "f4", dims)[:] = latitude
    return path


@pytest.mark.parametrize(("name", "expected"), REAL.items(), ids=REAL)
def test_real_files_give_every_position_sorted(sample_data, name, expected):
    path = sample_data / FOLDER / name
    buoys = open_buoys(path)
    count, observations = expected
    identity = buoys.buoy_id.values
    assert np.unique(identity).size == count
    assert observations is None or buoys.sizes["observation"] == observations
    assert set(buoys.variables) <= set(BUOYS)
    assert not np.isnat(buoys.time.values).any()
    assert buoys.time.dtype == np.dtype("datetime64[ns]")
    assert buoys.longitude.min() >= -180
    assert buoys.longitude.max() < 180
    assert 60 < buoys.latitude.min() < buoys.latitude.max() < 90
    same = identity[1:] == identity[:-1]
    assert np.all(np.diff(buoys.time.values)[same] >= np.timedelta64(0))
    assert np.count_nonzero(~same) == count - 1
    assert is_buoys(path)


def test_times_padded_with_a_fill_that_is_not_named_are_no_observations(tmp_path):
    padding = 9.969209968386869e36
    time = [[1.5e9, 1.5e9 + 3600, padding], [1.5e9, padding, padding]]
    longitude = [[350.0, 351.0, padding], [10.0, padding, padding]]
    latitude = [[80.0, 81.0, padding], [70.0, padding, padding]]
    buoys = open_buoys(write_trajectories(tmp_path / "a.nc", time, longitude, latitude))
    assert buoys.buoy_id.values.tolist() == ["a", "b", "b"]
    assert np.allclose(buoys.longitude, [10.0, -10.0, -9.0])
    assert np.allclose(buoys.latitude, [70.0, 80.0, 81.0])
    assert buoys.time.values[0] == np.datetime64("2017-07-14T02:40:00")


def test_the_real_files_really_have_that_trap(sample_data):
    name = "data_drift_2018_March_Greenland.nc"
    with netCDF4.Dataset(sample_data / FOLDER / name) as dataset:
        dataset.set_auto_maskandscale(False)
        assert "_FillValue" not in dataset["time"].ncattrs()
        assert (dataset["time"][:] > 9e36).sum() == 5 * 800 - REAL[name][1]


def test_messages_without_a_position_are_left_out(tmp_path):
    waves = [[80.0, 9.969209968386869e36]]
    path = write_trajectories(tmp_path / "a.nc", [[1.5e9, 1.6e9]], [[1.0, 2.0]], waves, ("a",))
    assert open_buoys(path).sizes["observation"] == 1


def test_a_table_of_one_buoy_is_named_after_its_file(sample_data):
    buoys = open_buoys(sample_data / FOLDER / "mosaic/L2_300025060015720_2019R9.csv")
    assert np.all(buoys.buoy_id == "L2_300025060015720_2019R9")
    assert buoys.time.values[0] == np.datetime64("2019-10-07T06:01:42")
    assert (buoys.latitude[0], buoys.longitude[0]) == (84.99177, 135.16769)


def test_the_manual_flag_is_kept_and_filters_nothing(sample_data):
    buoys = open_buoys(sample_data / FOLDER / "qc/test_duplicates.csv")
    assert set(np.unique(buoys.product_quality_flag)) == {0, 1}
    assert np.all(buoys.buoy_id == "100009")
    assert buoys.time.values[0] == np.datetime64("2010-02-05T21:00:00")


def test_rows_of_a_table_are_sorted_and_gaps_dropped(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(
        "latitude,longitude,datetime\n"
        "80.5,179.5,2020-01-02 00:00:00\n"
        "80.0,-180,2020-01-01 00:00:00\n"
        ",10,2020-01-03 00:00:00\n"
        "81,10,\n"
    )
    buoys = open_buoys(path)
    assert buoys.latitude.values.tolist() == [80.0, 80.5]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one,two\n1,2\n",
        "latitude,longitude\n80,10\n",
        "latitude,longitude,datetime\n80,10,yesterday\n",
        "latitude,longitude,datetime\nnorth,10,2020-01-01\n",
        "latitude,longitude,datetime\n80,10,2020-01-01\n80,10,2020-01-01,1,2\n",
    ],
)
def test_what_is_no_table_of_positions_is_refused(tmp_path, text):
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"x\.csv: "):
        open_buoys(path)


def test_binary_and_absent_files_are_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(bytes(range(256)))
    assert not is_buoys(path)
    with pytest.raises(ValueError, match=r"x\.csv: the file is not a table"):
        open_buoys(path)
    assert not is_buoys(tmp_path / "absent.csv")
    with pytest.raises(ValueError, match=r"absent\.csv: the file cannot be read"):
        open_buoys(tmp_path / "absent.csv")


def test_a_damaged_or_other_netcdf_file_is_refused(tmp_path, sample_data):
    name = "data_drift_2022.nc"
    path = tmp_path / name
    path.write_bytes((sample_data / FOLDER / name).read_bytes()[:3000])
    assert not is_buoys(path)
    with pytest.raises(ValueError, match=r"data_drift_2022\.nc: "):
        open_buoys(path)
    jason = "altimetry/jason/JA1_GPN_2PeP001_002_20020115_060706_20020115_070316.nc"
    with pytest.raises(ValueError, match="not one of drifter trajectories"):
        open_buoys(sample_data / jason)


def test_times_in_another_unit_are_refused(tmp_path):
    path = write_trajectories(tmp_path / "a.nc", [[1.5e9]], [[1.0]], [[80.0]], ("a",))
    with netCDF4.Dataset(path, "a") as dataset:
        dataset["time"].units = "days since 1970-01-01"
    with pytest.raises(ValueError, match=r"a\.nc: the units 'days since 1970-01-01' of time"):
        open_buoys(path)
