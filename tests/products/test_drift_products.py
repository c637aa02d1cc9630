"""Drift products: every way in which their vectors can be misread, and the writer's round trip."""

import netCDF4
import numpy as np
import pyproj
import pytest

from iceco.geo.polar import NORTH, SOUTH, forward, geodesic_distance, inverse
from iceco.products.canonical_drift import DRIFT, make_drift
from iceco.products.drift import (
    OSI405_SIGMA_M,
    is_nsidc0116,
    is_osi405,
    open_nsidc0116,
    open_osi405,
)
from iceco.products.drift_writer import osi405_cells, osi405_name, write_osi405

START = np.datetime64("2023-03-01T12:00", "ns")
STOP = np.datetime64("2023-03-03T12:00", "ns")
SECONDS = 48 * 3600.0
#: lat1 and lon1 are float32: 0.4 m each.
POSITION_M = 1.5
HOUR = np.timedelta64(1, "h")


@pytest.fixture
def osi405(tmp_path):
    """Ice that moves by 0.1 m/s in x and -0.05 m/s in y, with a hole."""
    path = tmp_path / "osi405.nc"
    x, _ = osi405_cells(NORTH)
    u, v = np.full(x.shape, 0.1), np.full(x.shape, -0.05)
    u[80:90, 60:70] = np.nan
    write_osi405(path, NORTH, (START, STOP), (u, v), 3000.0)
    return path


def change(path, rename=(), **values):
    """Overwrite variables of a file, and give others another name."""
    with netCDF4.Dataset(path, "a") as dataset:
        dataset.set_auto_maskandscale(False)
        for name, value in values.items():
            dataset[name][...] = value
        for old, new in dict(rename).items():
            dataset.renameVariable(old, new)


def assert_moves(drift, u=0.1, v=-0.05, tolerance=POSITION_M):
    """The ice of every good cell moves with this velocity over the true interval."""
    good = (drift.quality_flag < 2).values
    assert good.sum() > 20000
    seconds = (drift.stop_time - drift.start_time) / np.timedelta64(1, "s")
    for name, speed in (("dx", u), ("dy", v)):
        assert np.abs(drift[name] - speed * seconds).values[good].max() < tolerance
        assert np.isnan(drift[name].values[~good]).all()


@pytest.mark.parametrize("plane", [NORTH, SOUTH])
def test_a_rotating_field_comes_back(tmp_path, plane):
    path = tmp_path / "drift.nc"
    x, y = osi405_cells(plane)
    turn = 0.2 / 4e6  # rad/s
    write_osi405(path, plane, (START, STOP), (-turn * y, turn * x), 1000.0 + 0 * x)
    drift = open_osi405(path)
    assert drift.attrs["plane"] == plane.crs
    assert np.abs(drift.dx.values[0, ::-1] + turn * y * SECONDS).max() < POSITION_M
    assert np.abs(drift.dy.values[0, ::-1] - turn * x * SECONDS).max() < POSITION_M
    assert np.allclose(drift.displacement_sigma, 1000.0)


def test_a_constant_field_comes_back_with_its_sigma_its_times_and_its_hole(osi405):
    drift = open_osi405(osi405)
    assert_moves(drift)
    assert (drift.quality_flag == 2).sum() == 100
    assert np.nanmax(np.abs(drift.displacement_sigma - 3000.0)) < 0.01
    assert np.all(drift.start_time == START)
    assert np.all(drift.stop_time == STOP)
    assert drift.time.values == [START + 24 * HOUR]
    assert set(drift.data_vars) == set(DRIFT)


def test_a_dy_of_the_wrong_sign_does_no_harm(osi405):
    with netCDF4.Dataset(osi405) as dataset:
        downward = -np.ma.getdata(dataset["dY"][:])
    change(osi405, dY=downward)
    assert_moves(open_osi405(osi405))


def test_without_end_positions_the_corrected_dy_of_old_files_is_used(osi405):
    with netCDF4.Dataset(osi405) as dataset:
        upward = np.ma.getdata(dataset["dY"][:])
    # An old file: dY points down the rows and dY_v1p4 the right way.
    change(
        osi405,
        dY=-upward,
        uncert_dX_and_dY=upward,
        rename={"lat1": "a", "lon1": "b", "uncert_dX_and_dY": "dY_v1p4"},
    )
    drift = open_osi405(osi405)
    assert_moves(drift)
    assert np.nanmax(drift.displacement_sigma) == OSI405_SIGMA_M


def test_without_end_positions_dx_and_dy_run_along_the_axes_of_the_grid(osi405):
    change(osi405, rename={"lat1": "a", "lon1": "b"})
    assert_moves(open_osi405(osi405))


def test_displacements_are_kilometres_unless_the_file_says_metres(osi405):
    kilometres = open_osi405(osi405)
    assert np.nanmedian(kilometres.dx) == pytest.approx(17280.0, abs=1)
    with netCDF4.Dataset(osi405, "a") as dataset:
        for name in ("xc", "yc", "dX", "dY", "uncert_dX_and_dY"):
            dataset[name][:] = dataset[name][:] * 1000.0
            dataset[name].units = "m"
        dataset.renameVariable("lat1", "other")
    metres = open_osi405(osi405)
    assert_moves(metres)
    assert np.array_equal(metres.x, kilometres.x)
    assert np.allclose(metres.displacement_sigma, kilometres.displacement_sigma, equal_nan=True)


def test_a_unit_that_is_no_length_is_refused(osi405):
    with netCDF4.Dataset(osi405, "a") as dataset:
        dataset["xc"].units = "degrees"
    with pytest.raises(ValueError, match=r"osi405\.nc: the units 'degrees' of xc"):
        open_osi405(osi405)


def test_the_rows_run_north_up_in_the_file_and_increase_here(osi405):
    with netCDF4.Dataset(osi405) as dataset:
        assert dataset["yc"][0] > dataset["yc"][-1]
    drift = open_osi405(osi405)
    assert np.all(np.diff(drift.y) == 62500.0)
    assert np.all(np.diff(drift.x) == 62500.0)
    grid_x, grid_y = np.meshgrid(drift.x, drift.y)
    x, y = pyproj.Proj(drift.attrs["crs"])(drift.longitude.values, drift.latitude.values)
    assert np.hypot(x - grid_x, y - grid_y).max() < POSITION_M


@pytest.mark.parametrize(("latitude", "offset"), [(80, 23), (70, 46), (50, 96)])
def test_the_grid_is_on_the_hughes_ellipsoid_and_not_on_wgs_84(osi405, latitude, offset):
    drift = open_osi405(osi405)
    assert drift.attrs["crs"] == "EPSG:3411"
    at = np.unravel_index(np.abs(drift.latitude.values - latitude).argmin(), drift.latitude.shape)
    x, y = forward(NORTH, drift.longitude.values[at], drift.latitude.values[at])
    distance = np.hypot(x - drift.x.values[at[1]], y - drift.y.values[at[0]])
    assert distance == pytest.approx(offset, abs=3)


def test_velocities_come_from_the_true_interval_of_each_cell(osi405):
    change(osi405, dt0=-7200, dt1=3600)
    drift = open_osi405(osi405)
    assert np.all(drift.start_time == START - 2 * HOUR)
    assert np.all(drift.stop_time == STOP + 1 * HOUR)
    assert_moves(drift, u=0.1 * 48 / 51, v=-0.05 * 48 / 51)
    assert drift.time.values == [START + 24 * HOUR]


def test_offsets_that_are_fill_mean_the_nominal_time(osi405):
    change(osi405, dt0=-2147483647, dt1=2147483647)
    assert_moves(open_osi405(osi405))


def test_bounds_without_units_have_those_of_time(osi405):
    with netCDF4.Dataset(osi405, "a") as dataset:
        dataset["time_bnds"].delncattr("units")
    assert_moves(open_osi405(osi405))


def test_rejected_vectors_are_nan_and_doubtful_ones_are_flagged(osi405):
    status = np.full((177, 119), 30)
    status[0, :4] = 0, 19, 20, 22
    with netCDF4.Dataset(osi405, "a") as dataset:
        dataset["status_flag"][0] = status
    drift = open_osi405(osi405)
    assert np.array_equal(drift.quality_flag[0, -1, :5], [2, 2, 1, 1, 0])
    assert np.array_equal(np.isnan(drift.dx[0, -1, :5]), [True, True, False, False, False])


def test_an_end_position_that_is_fill_is_rejected_whatever_the_status_says(osi405):
    with netCDF4.Dataset(osi405, "a") as dataset:
        dataset.set_auto_maskandscale(False)
        dataset["lat1"][0, 0, 0] = 9.96921e36
    drift = open_osi405(osi405)
    assert drift.quality_flag[0, -1, 0] == 2


def test_a_file_without_uncertainty_has_the_target_accuracy(osi405):
    change(osi405, rename={"uncert_dX_and_dY": "other"})
    drift = open_osi405(osi405)
    good = drift.quality_flag.values == 0
    assert np.all(drift.displacement_sigma.values[good] == 5000.0)


def test_dates_come_from_the_content_and_not_from_the_name(osi405):
    name = "ice_drift_nh_polstere-625_multi-oi_201001011200-201001031200.nc"
    other = osi405.rename(osi405.with_name(name))
    assert is_osi405(other)
    assert np.all(open_osi405(other).start_time == START)


def test_the_name_is_the_agencys():
    name = "ice_drift_nh_polstere-625_multi-oi_202303011200-202303031200.nc"
    assert osi405_name(NORTH, START, STOP) == name
    assert osi405_name(SOUTH, START, STOP) == name.replace("_nh_", "_sh_")


def test_the_climate_record_and_other_files_are_refused(osi405, tmp_path):
    change(osi405, rename={"dt0": "t0"})
    assert not is_osi405(osi405)
    with pytest.raises(ValueError, match=r"osi405\.nc: the file is not an OSI-405-c"):
        open_osi405(osi405)
    text = tmp_path / "text.nc"
    text.write_text("no drift")
    assert not is_osi405(text)
    assert not is_nsidc0116(text)
    with pytest.raises(ValueError, match="not NetCDF"):
        open_osi405(text)


@pytest.mark.parametrize("reader", [open_osi405, open_nsidc0116])
def test_a_file_that_is_cut_off_is_refused(osi405, reader):
    osi405.write_bytes(osi405.read_bytes()[:100_000])
    with pytest.raises(ValueError, match=r"osi405\.nc: .*cut off or damaged"):
        reader(osi405)


def test_a_velocity_off_the_grid_or_an_interval_that_ends_first_is_refused(tmp_path):
    field = np.zeros((177, 119))
    with pytest.raises(ValueError, match="must have the shape"):
        write_osi405(tmp_path / "a.nc", SOUTH, (START, STOP), (field, field), 1.0)
    with pytest.raises(ValueError, match="must end after it starts"):
        write_osi405(tmp_path / "a.nc", NORTH, (STOP, START), (field, field), 1.0)
    assert list(tmp_path.iterdir()) == []


def test_the_same_velocity_gives_the_same_bytes(tmp_path):
    field = np.zeros((177, 119))
    for name in ("a.nc", "b.nc"):
        write_osi405(tmp_path / name, NORTH, (START, STOP), (field, field), 1.0)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


def test_a_drift_dataset_with_wrong_names_is_refused():
    with pytest.raises(ValueError, match="a drift dataset has exactly"):
        make_drift({}, {"u": np.zeros(1)}, {})


#: Spacing of the EASE-Grid of NSIDC-0116 [m]; "25 km" is its name.
EASE_M = 25067.525
FILL = -9999


def nsidc0116(path, u=12.0, v=-5.0, error=30, south=False, rows_up=False):
    """A file of two days on a piece of the EASE-Grid around the pole, cut out of one side."""
    x = (np.arange(30) - 9.5) * EASE_M
    y = (np.arange(24) - 14.5) * EASE_M * (1 if rows_up else -1)
    longitude, latitude = pyproj.Proj("EPSG:3409" if south else "EPSG:3408")(
        *np.meshgrid(x, y), inverse=True
    )
    with netCDF4.Dataset(path, "w") as dataset:
        for name, axis in (("x", x), ("y", y)):
            dataset.createDimension(name, axis.size)
            dataset.createVariable(name, "f8", (name,))[:] = axis
            dataset[name].units = "meters"
        dataset.createDimension("time", None)
        time = dataset.createVariable("time", "f8", ("time",))
        time.units, time.calendar = "days since 1970-01-01", "julian"
        time[:] = [19417, 19418]
        for name, value in (("u", u), ("v", v)):
            variable = dataset.createVariable(name, "f4", ("time", "y", "x"), fill_value=FILL)
            variable.units = "cm/s"
            variable[:] = np.broadcast_to(value, (2, y.size, x.size))
            variable[:, 3, 4] = FILL
        estimate = dataset.createVariable(
            "icemotion_error_estimate", "i2", ("time", "y", "x"), fill_value=FILL
        )
        estimate[:] = np.broadcast_to(error, (2, y.size, x.size))
        for name, field in (("latitude", latitude), ("longitude", longitude)):
            dataset.createVariable(name, "f4", ("y", "x"))[:] = field
    return path


@pytest.mark.parametrize("south", [False, True])
def test_nsidc_components_run_along_the_grid_and_not_east_and_north(tmp_path, south):
    drift = open_nsidc0116(nsidc0116(tmp_path / "a.nc", south=south)).isel(time=0)
    plane = SOUTH if south else NORTH
    lon, lat = drift.longitude.values, drift.latitude.values
    x, y = forward(plane, lon, lat)
    end = inverse(plane, x + drift.dx.values, y + drift.dy.values)
    # The rotation that the user guide of the product gives, with its sign of each hemisphere.
    turn = np.radians(lon) * (-1 if south else 1)
    east = 12.0 * np.cos(turn) - 5.0 * np.sin(turn)
    north = -12.0 * np.sin(turn) - 5.0 * np.cos(turn)
    azimuth, _, distance = pyproj.Geod(ellps="WGS84").inv(lon, lat, *end)
    difference = (azimuth - np.degrees(np.arctan2(east, north)) + 180) % 360 - 180
    # Not next to the pole, where a step of 11 km turns east into something else.
    known = np.isfinite(drift.dx.values) & (np.abs(lat) < 88)
    assert np.abs(difference[known]).max() < 3.5
    assert abs(difference[known].mean()) < 0.3
    assert np.allclose(distance[known], 0.13 * 86400, rtol=0.015)


def test_nsidc_speeds_are_centimetres_a_second(tmp_path):
    drift = open_nsidc0116(nsidc0116(tmp_path / "a.nc", u=100.0, v=0.0))
    x, y = forward(NORTH, drift.longitude.values, drift.latitude.values)
    end = inverse(NORTH, x + drift.dx.values[0], y + drift.dy.values[0])
    metres = geodesic_distance(drift.longitude.values, drift.latitude.values, *end)
    assert np.nanmedian(metres) == pytest.approx(86400.0, rel=0.01)


def test_nsidc_rows_may_run_either_way(tmp_path):
    down = open_nsidc0116(nsidc0116(tmp_path / "a.nc"))
    up = open_nsidc0116(nsidc0116(tmp_path / "b.nc", rows_up=True))
    assert np.all(np.diff(down.y) > 0)
    shared = {"y": slice(EASE_M * -9, EASE_M * 9)}
    kept = ((down.quality_flag == 0) & (up.quality_flag == 0)).sel(shared)
    assert kept.sum() > 900
    for name in ("dx", "dy"):
        difference = (down[name] - up[name]).sel(shared).where(kept)
        assert np.nanmax(np.abs(difference)) < 0.01


def test_nsidc_days_are_ordinary_days_whatever_the_calendar_is_called(tmp_path):
    drift = open_nsidc0116(nsidc0116(tmp_path / "a.nc"))
    assert drift.start_time.values[0, 0, 0] == np.datetime64("2023-03-01")
    assert drift.stop_time.values[1, 0, 0] == np.datetime64("2023-03-03")
    assert drift.time.values[1] == np.datetime64("2023-03-02T12:00")


def test_nsidc_error_estimates_flag_by_sign_and_by_a_thousand(tmp_path):
    error = np.full((24, 30), 30)
    error[0, :4] = -30, 1030, -1030, FILL
    drift = open_nsidc0116(nsidc0116(tmp_path / "a.nc", error=error)).isel(time=0, y=-1)
    assert np.array_equal(drift.quality_flag[:5], [1, 1, 1, 0, 0])
    sigma = drift.displacement_sigma.values
    assert np.isnan(sigma[3])
    assert np.allclose(sigma[[0, 1, 2, 4]], 0.30 * 86400 * 0.972, rtol=0.005)


def test_nsidc_cells_without_motion_are_nan(tmp_path):
    path = nsidc0116(tmp_path / "a.nc")
    assert is_nsidc0116(path)
    drift = open_nsidc0116(path)
    assert np.all(drift.quality_flag[:, 24 - 1 - 3, 4] == 2)
    assert np.isnan(drift.dx).sum() == 2
    assert drift.attrs["crs"] == "EPSG:3408"


def test_a_file_that_is_not_nsidc_0116_is_refused(osi405):
    with pytest.raises(ValueError, match=r"osi405\.nc: the file is not an NSIDC-0116"):
        open_nsidc0116(osi405)
