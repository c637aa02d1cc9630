"""Sea-ice concentration grids: codes beyond the range never become concentrations."""

import netCDF4
import numpy as np
import pyproj
import pytest

from iceco.products.concentration import is_concentration, open_concentration


def wkt(code: int) -> str:
    return pyproj.CRS(code).to_wkt("WKT1_GDAL")


def write_nasa_team(path, counts, year="2015", day="032", nrt=""):
    """Write a flat NASA Team file: 300 bytes of header and one byte a cell."""
    rows, columns = counts.shape
    fields = ["00255", str(columns), str(rows)] + ["0"] * 14 + [year, day, "000", "00250"]
    text = "".join(f"{field:>5}\0" for field in fields) + f" nt_20150201_f17{nrt}_v01_n"
    path.write_bytes(text.ljust(300, "\0").encode() + counts.tobytes())
    return path


def write_nsidc(path, grids, flags, valid=(0, 1000), scale=0.001):
    """Write NSIDC's NetCDF layout; the fill has the attribute name that nothing knows."""
    meanings, values = zip(*flags.items(), strict=True)
    with netCDF4.Dataset(path, "w") as file:
        rows, columns = next(iter(grids.values())).shape
        for name, size in (("time", 1), ("y", rows), ("x", columns)):
            file.createDimension(name, size)
        time = file.createVariable("time", "f8", ("time",))
        time.units = "days since 1970-01-01 00:00:00"
        time[:] = 14232.0  # 2008-12-19
        x = file.createVariable("x", "f8", ("x",))
        x[:] = -3_837_500.0 + 25_000.0 * np.arange(columns)
        y = file.createVariable("y", "f8", ("y",))
        y[:] = 5_837_500.0 - 25_000.0 * np.arange(rows)
        crs = file.createVariable("crs", "S1")
        crs.crs_wkt = wkt(3411)
        for name, grid in grids.items():
            variable = file.createVariable(name, grid.dtype, ("time", "y", "x"), fill_value=False)
            variable.set_auto_maskandscale(False)
            variable.FillValue = np.array(values[0], grid.dtype)
            variable.valid_range = np.array(valid, grid.dtype)
            variable.flag_values = np.array(values, grid.dtype)
            variable.flag_meanings = " ".join(meanings)
            variable.scale_factor = scale
            variable[0] = grid
    return path


def write_asi(path, z, projection=None, history="grdmath asi-AMSR2-n6250-20160417-v5.4.hdf"):
    with netCDF4.Dataset(path, "w") as file:
        file.history = history
        file.createDimension("x", z.shape[1])
        file.createDimension("y", z.shape[0])
        x = file.createVariable("x", "f8", ("x",))
        x[:] = -3_846_875.0 + 6250.0 * np.arange(z.shape[1])
        y = file.createVariable("y", "f8", ("y",))
        y[:] = -5_346_875.0 + 6250.0 * np.arange(z.shape[0])
        grid = file.createVariable("polar_stereographic", "S1")
        grid.spatial_ref = wkt(3411) if projection is None else projection
        grid.GeoTransform = "-3850000 6250 0 5850000 0 -6250"
        file.createVariable("z", "f4", ("y", "x"), fill_value=np.nan)[:] = z
    return path


@pytest.fixture
def counts() -> np.ndarray:
    """A northern NASA Team grid: half cover but for one cell of each code in the first row."""
    grid = np.full((448, 304), 125, dtype=np.uint8)
    grid[0, :8] = [0, 250, 251, 252, 253, 254, 255, 10]
    return grid


def at(grid, longitude, latitude):
    x, y = pyproj.Proj(grid.attrs["crs"])(longitude, latitude)
    return grid.sel(x=x, y=y, method="nearest")


def extent(grid):
    """Return the area with 15 % ice or more [million km2], on the grid's nominal cells."""
    return float((grid["sea_ice_concentration"] >= 15.0).sum()) * 0.025**2


def test_codes_of_the_binary_files_are_masks_not_concentrations(tmp_path, counts):
    grid = open_concentration(write_nasa_team(tmp_path / "renamed", counts))
    row = grid.isel(y=-1).isel(x=slice(0, 8))  # the file's first row is the northmost
    np.testing.assert_array_equal(
        row["sea_ice_concentration"], np.float32([0, 100] + [np.nan] * 5 + [4])
    )
    assert row["land"].values.tolist() == [False] * 4 + [True, True] + [False] * 2
    assert row["pole_hole"].values.tolist() == [False] * 2 + [True] + [False] * 5
    assert np.nanmax(grid["sea_ice_concentration"]) == 100.0


def test_the_binary_grid_lies_where_nsidc_says(tmp_path, counts):
    grid = open_concentration(write_nasa_team(tmp_path / "a.bin", counts))
    assert grid.attrs["crs"] == "EPSG:3411"
    assert (grid.x[0], grid.x[-1]) == (-3_837_500.0, 3_737_500.0)
    assert (grid.y[0], grid.y[-1]) == (-5_337_500.0, 5_837_500.0)
    assert grid["time"].values == np.datetime64("2015-02-01")
    south = write_nasa_team(tmp_path / "s.bin", np.zeros((332, 316), np.uint8), nrt="_nrt")
    grid = open_concentration(south)
    assert (grid.attrs["crs"], grid.attrs["product"]) == ("EPSG:3412", "NSIDC-0081")
    assert (grid.x[0], grid.y[-1]) == (-3_937_500.0, 4_337_500.0)


def test_a_cut_off_binary_file_is_refused(tmp_path, counts):
    path = write_nasa_team(tmp_path / "a.bin", counts)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"a\.bin: the file has 136491 bytes .* 136492"):
        open_concentration(path)


def test_a_binary_header_without_a_date_is_refused(tmp_path, counts):
    with pytest.raises(ValueError, match="no date"):
        open_concentration(write_nasa_team(tmp_path / "a.bin", counts, day="--"))


def test_the_fill_attribute_with_the_wrong_name_gives_no_concentrations_of_110_and_120(tmp_path):
    packed = np.array([[0, 500, 1000], [1100, 1200, 150]], dtype=np.int16)
    path = write_nsidc(tmp_path / "a.nc", {"F17_ICECON": packed}, {"missing": 1100, "land": 1200})
    grid = open_concentration(path)
    expected = np.float32([[np.nan, np.nan, 15], [0, 50, 100]])
    np.testing.assert_array_equal(grid["sea_ice_concentration"], expected)
    np.testing.assert_array_equal(grid["land"], [[False, True, False], [False] * 3])
    assert grid["time"].values == np.datetime64("2008-12-19")
    assert (grid.attrs["platform"], grid.attrs["crs"]) == ("F17", "EPSG:3411")
    assert np.all(np.diff(grid["y"]) > 0)


def test_newer_nasa_team_files_in_netcdf_have_byte_codes(tmp_path):
    flags = {"pole_hole_mask": 251, "unused": 252, "coast": 253, "land": 254, "missing": 255}
    packed = np.array([[0, 125, 250, 251], [252, 253, 254, 255]], dtype=np.uint8)
    path = write_nsidc(tmp_path / "a.nc", {"F13_ICECON": packed}, flags, (0, 250), 0.004)
    grid = open_concentration(path).sortby("y", ascending=False)
    np.testing.assert_allclose(grid["sea_ice_concentration"][0], [0, 50, 100, np.nan], rtol=1e-6)
    assert np.isnan(grid["sea_ice_concentration"][1]).all()
    np.testing.assert_array_equal(grid["land"][1], [False, True, True, False])
    np.testing.assert_array_equal(grid["pole_hole"][0], [False, False, False, True])


def test_of_several_platforms_the_one_that_saw_most_is_taken(tmp_path):
    failed = np.full((2, 3), 255, dtype=np.uint8)
    seen = np.full((2, 3), 100, dtype=np.uint8)
    grids = {"F16_ICECON": failed, "F17_ICECON": seen, "F18_ICECON": failed}
    path = write_nsidc(tmp_path / "a.nc", grids, {"missing": 255}, (0, 250), 0.004)
    assert open_concentration(path).attrs["platform"] == "F17"


def test_asi_rows_run_as_y_says_not_as_the_geotransform_says(tmp_path):
    z = np.arange(12.0, dtype=np.float32).reshape(4, 3)
    z[0, 0] = np.nan
    grid = open_concentration(write_asi(tmp_path / "asi-AMSR2-n6250-20200101-v5.4.nc", z))
    np.testing.assert_array_equal(grid["sea_ice_concentration"], z)
    assert grid["y"].values[0] == -5_346_875.0
    assert "land" not in grid  # the product does not tell land from missing


def test_asi_has_no_time_variable_so_the_day_is_in_the_name_or_the_history(tmp_path):
    z = np.zeros((4, 3), np.float32)
    named = write_asi(tmp_path / "asi-AMSR2-n6250-20200101-v5.4.nc", z)
    assert open_concentration(named)["time"].values == np.datetime64("2020-01-01")
    renamed = write_asi(tmp_path / "today.nc", z)
    assert open_concentration(renamed)["time"].values == np.datetime64("2016-04-17")
    lost = write_asi(tmp_path / "lost.nc", z, history="ASI")
    with pytest.raises(ValueError, match=r"lost\.nc: the day is neither"):
        open_concentration(lost)
    wrong = write_asi(tmp_path / "asi-AMSR2-n6250-20201399-v5.4.nc", z)
    with pytest.raises(ValueError, match="20201399"):
        open_concentration(wrong)


def test_the_projection_is_told_by_its_numbers_not_by_its_code(tmp_path):
    """The Bremen grids lie on the Hughes ellipsoid whatever code they are tagged with."""
    z = np.zeros((4, 3), np.float32)
    tagged = wkt(3411).replace('AUTHORITY["EPSG","3411"]', 'AUTHORITY["EPSG","3413"]')
    hughes = open_concentration(write_asi(tmp_path / "a.nc", z, tagged))
    assert hughes.attrs["crs"] == "EPSG:3411"
    assert open_concentration(write_asi(tmp_path / "b.nc", z, wkt(3413))).attrs["crs"] == (
        "EPSG:3413"
    )
    with pytest.raises(ValueError, match="map projection is missing"):
        open_concentration(write_asi(tmp_path / "c.nc", z, ""))


def test_other_files_are_no_concentration(tmp_path):
    for name, content in (("a.txt", b"hello"), ("b.nc", b"CDF\x01" + bytes(20)), ("c", b"")):
        path = tmp_path / name
        path.write_bytes(content)
        assert not is_concentration(path)
        with pytest.raises(ValueError, match=name):
            open_concentration(path)
    with pytest.raises(ValueError, match="no such file"):
        open_concentration(tmp_path / "absent")


def test_real_nasa_team_extents_are_the_known_ones(sample_data):
    folder = sample_data / "ice/sic_nsidc0051"
    february = open_concentration(folder / "nt_20150201_f17_v1.1_n.bin")
    august = open_concentration(folder / "nt_20150818_f17_nrt_n.bin")
    assert extent(february) == pytest.approx(14.6, abs=0.05)
    assert extent(august) == pytest.approx(5.4, abs=0.05)
    assert int(february["pole_hole"].sum()) == 44
    south = open_concentration(folder / "nt_20150801_f17_nrt_s.bin")
    assert at(south, -40.0, -70.0)["sea_ice_concentration"] > 80.0  # Weddell Sea in winter
    assert at(south, 0.0, -80.0)["land"]
    assert at(south, 150.0, -50.0)["sea_ice_concentration"] == 0.0


def test_real_grids_put_ice_water_and_land_where_they_are(sample_data):
    folder = sample_data / "altimetry/sea_ice_concentration"
    for path in sorted(folder.glob("*.nc")):
        if "20200923" in path.name:
            continue
        grid = open_concentration(path)
        assert at(grid, 160.0, 84.0)["sea_ice_concentration"] > 90.0  # Makarov Basin
        assert at(grid, -20.0, 60.0)["sea_ice_concentration"] == 0.0  # south of Iceland
        assert np.isnan(at(grid, -40.0, 72.0)["sea_ice_concentration"])  # Greenland
        assert float(grid["sea_ice_concentration"].max()) <= 100.0


def test_real_bootstrap_day_agrees_with_its_own_flags(sample_data):
    folder = sample_data / "altimetry/sea_ice_concentration"
    grid = open_concentration(folder / "NSIDC0079_SEAICE_PS_N25km_20081219_v4.0.nc")
    assert grid["time"].values == np.datetime64("2008-12-19")
    assert at(grid, -40.0, 72.0)["land"]
    assert not np.isfinite(grid["sea_ice_concentration"].values[grid["land"].values]).any()
