"""SAR rasters become scenes: where pixels lie, what they hold, and what is refused."""

import numpy as np
import pyproj
import pytest
import rasterio
import xarray as xr
from rasterio.control import GroundControlPoint
from rasterio.transform import Affine

from iceco.geo.polar import forward, plane_of_epsg
from iceco.geo.swath import image_to_plane
from iceco.products.canonical import scene_geolocation
from iceco.products.raster import is_raster, open_raster

NAME = "S1B_EW_GRDM_1SDH_20200301T083237_HH.tif"
NORTH_MAP = Affine(100.0, 0.0, -200_000.0, 0.0, -100.0, -600_000.0)
LOCAL = "+proj=stere +lat_0=84.17 +lon_0=-37.93 +datum=WGS84"


@pytest.fixture
def sigma0() -> np.ndarray:
    """Linear backscatter, 60 lines x 90 samples, far from zero."""
    return np.random.default_rng(0).gamma(10.0, 0.005, size=(60, 90)).astype(np.float32) + 0.01


def write(path, bands, crs="EPSG:3413", transform=NORTH_MAP, tags=None, units=None, **profile):
    """Write arrays (lines, samples) as the bands of a GeoTIFF."""
    bands = np.atleast_3d(np.array(bands).T).T
    profile = {"dtype": bands.dtype, "crs": crs, "transform": transform, **profile}
    count, height, width = bands.shape
    with rasterio.open(
        path, "w", driver="GTiff", count=count, height=height, width=width, **profile
    ) as file:
        file.write(bands)
        file.update_tags(**(tags or {}))
        if units:
            file.units = units
    return path


def points_of(locate, lines, samples, height=lambda line, sample: 0.0):
    """Return control points in rasterio's corner convention from positions of pixel centres."""
    return [
        GroundControlPoint(i + 0.5, j + 0.5, *locate(float(i), float(j)), height(i, j))
        for i in lines
        for j in samples
    ]


def write_points(path, pixels, points, crs, **profile):
    bands = np.atleast_3d(np.array(pixels).T).T
    count, height, width = bands.shape
    profile = {"dtype": bands.dtype, "gcps": points, "crs": crs, **profile}
    with rasterio.open(
        path, "w", driver="GTiff", count=count, height=height, width=width, **profile
    ) as file:
        file.write(bands)
    return path


def positions(scene, line, sample):
    return image_to_plane(scene_geolocation(scene), np.asarray(line), np.asarray(sample))


def test_the_first_pixel_centre_lies_half_a_pixel_inside_the_corner(tmp_path, sigma0):
    scene = open_raster(write(tmp_path / NAME, sigma0))
    x, y = positions(scene, [0.0, 59.0], [0.0, 89.0])
    np.testing.assert_allclose(x, [-199_950.0, -191_050.0], atol=1e-6)
    np.testing.assert_allclose(y, [-600_050.0, -605_950.0], atol=1e-6)
    assert scene.attrs["pixel_spacing_line_m"] == pytest.approx(100.0 / 0.9745, rel=5e-3)
    assert scene.attrs["geolocation_residual_m"] < 1e-6


@pytest.mark.parametrize(
    ("crs", "transform", "plane"),
    [
        ("EPSG:5041", Affine(100.0, 0.0, 2_074_200.0, 0.0, -100.0, 1_329_800.0), "EPSG:3413"),
        ("EPSG:3413", Affine(80.0, 30.0, 1e5, 30.0, -80.0, 2e5), "EPSG:3413"),  # rotated
        ("EPSG:32633", Affine(40.0, 0.0, 4e5, 0.0, -40.0, 9e6), "EPSG:3413"),
        ("EPSG:4326", Affine(0.01, 0.0, 179.5, 0.0, -0.004, 82.0), "EPSG:3413"),  # date line
        ("EPSG:3031", Affine(40.0, 0.0, -1e5, 0.0, -40.0, 1.5e6), "EPSG:3976"),
    ],
)
def test_any_map_projection_agrees_with_proj(tmp_path, sigma0, crs, transform, plane):
    scene = open_raster(write(tmp_path / NAME, sigma0, crs=crs, transform=transform))
    line, sample = np.array([0.0, 10.3, 59.0]), np.array([89.0, 44.4, 0.0])
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    a, b, c, d, e, f = transform[:6]
    column, row = sample + 0.5, line + 0.5
    place = to_degrees.transform(a * column + b * row + c, d * column + e * row + f)
    assert scene.attrs["crs"] == plane
    expected = forward(plane_of_epsg(plane), *place)
    np.testing.assert_allclose(positions(scene, line, sample), expected, atol=0.01)


def test_control_points_in_a_local_projection_place_the_pixels(tmp_path, sigma0):
    to_degrees = pyproj.Transformer.from_crs(LOCAL, "EPSG:4326", always_xy=True)

    def local(line, sample):
        return 30_000.0 + 35.0 * sample - 20.0 * line, -25.0 * line - 20.0 * sample

    points = points_of(local, np.linspace(0, 59, 6), np.linspace(0, 89, 7))
    scene = open_raster(write_points(tmp_path / NAME, sigma0, points, LOCAL))
    line, sample = np.array([5.0, 33.3]), np.array([80.0, 2.2])
    expected = forward(plane_of_epsg("EPSG:3413"), *to_degrees.transform(*local(line, sample)))
    np.testing.assert_allclose(positions(scene, line, sample), expected, atol=0.05)
    assert scene.attrs["geolocation_residual_m"] < 0.5
    assert scene.attrs["geolocation_method"] == "thin-plate spline through 42 of 42 control points"


def test_control_points_in_degrees_are_fitted_on_the_plane_not_in_degrees(tmp_path, sigma0):
    """Around the pole and across the date line longitudes cannot be interpolated."""
    to_degrees = pyproj.Transformer.from_crs("EPSG:3413", "EPSG:4326", always_xy=True)

    def place(line, sample):
        return to_degrees.transform(1000.0 * (sample - 44.0), 1000.0 * (line - 30.0))

    points = points_of(place, np.linspace(0, 59, 6), np.linspace(0, 89, 7))
    scene = open_raster(write_points(tmp_path / NAME, sigma0, points, "EPSG:4326"))
    x, y = positions(scene, [30.0, 10.0], [44.0, 80.0])
    np.testing.assert_allclose(x, [0.0, 36_000.0], atol=0.1)
    np.testing.assert_allclose(y, [0.0, -20_000.0], atol=0.1)


def test_bad_control_points_show_in_the_residual(tmp_path, sigma0):
    noise = np.random.default_rng(1).normal(0.0, 50.0, size=(60, 2)).tolist()

    def shaken(line, sample):
        dx, dy = noise.pop()
        return 40.0 * sample + dx, -1e6 - 40.0 * line + dy

    points = points_of(shaken, np.linspace(0, 59, 6), np.linspace(0, 89, 7))
    scene = open_raster(write_points(tmp_path / NAME, sigma0, points, "EPSG:3413"))
    assert 50.0 < scene.attrs["geolocation_residual_m"] < 250.0


def test_control_points_on_land_do_not_bend_the_sea(tmp_path, sigma0):
    def height(line, sample):
        return 500.0 if sample > 60 and line < 30 else 0.0

    def at_terrain(line, sample):
        shift = height(line, sample) / np.tan(np.radians(30.0))
        return 40.0 * sample + shift, -1e6 - 40.0 * line

    points = points_of(at_terrain, np.linspace(0, 59, 6), np.linspace(0, 89, 7), height)
    scene = open_raster(write_points(tmp_path / NAME, sigma0, points, "EPSG:3413"))
    x, _ = positions(scene, [20.0, 50.0], [55.0, 70.0])
    np.testing.assert_allclose(x, [2200.0, 2800.0], atol=0.1)
    assert "of 42" in scene.attrs["geolocation_method"]
    assert "42 of" not in scene.attrs["geolocation_method"]


def test_windows_points_and_the_whole_image_agree_and_nothing_is_read_before(tmp_path, sigma0):
    scene = open_raster(write(tmp_path / NAME, sigma0))
    image = scene["sigma0_hh"]
    assert not image.variable._in_memory
    np.testing.assert_array_equal(image.values, sigma0)
    scene = open_raster(tmp_path / NAME)
    np.testing.assert_array_equal(scene["sigma0_hh"][10:20, 5:9].values, sigma0[10:20, 5:9])
    line, sample = np.array([3, 50, 7]), np.array([80, 0, 1])
    points = {
        "line": xr.DataArray(line, dims="point"),
        "sample": xr.DataArray(sample, dims="point"),
    }
    np.testing.assert_array_equal(scene["sigma0_hh"].isel(points).values, sigma0[line, sample])


def test_decibels_become_linear_whoever_says_so(tmp_path, sigma0):
    decibel = 10.0 * np.log10(sigma0)
    guessed = open_raster(write(tmp_path / NAME, decibel))
    tagged = open_raster(write(tmp_path / f"tagged_{NAME}", decibel, units=["dB"]))
    told = open_raster(write(tmp_path / f"told_{NAME}", decibel), decibel=True)
    for scene, told_by in (
        (guessed, "guess from the values"),
        (tagged, "unit or name"),
        (told, "option"),
    ):
        np.testing.assert_allclose(scene["sigma0_hh"].values, sigma0, rtol=1e-5)
        assert (scene.attrs["stored_in"], scene.attrs["unit_told_by"]) == ("dB", told_by)


def test_noise_subtracted_linear_backscatter_is_not_taken_for_decibels(tmp_path, sigma0):
    """More than half of the pixels of a calm sea are below zero after noise removal."""
    scene = open_raster(write(tmp_path / NAME, 0.01 * sigma0 - 0.001))
    assert scene.attrs["stored_in"] == "linear"
    assert (scene["sigma0_hh"].values < 0.0).any()


def test_every_band_is_a_polarisation(tmp_path, sigma0):
    path = write(tmp_path / "20200301T083237.tif", [sigma0, 0.1 * sigma0])
    with rasterio.open(path, "r+") as file:
        file.descriptions = ("Sigma0_HH", "Sigma0_HV")
    scene = open_raster(path)
    assert scene.attrs["polarisations"] == "HH HV"
    np.testing.assert_array_equal(scene["sigma0_hv"].values, np.float32(0.1) * sigma0)
    named = open_raster(path, polarisation="VV VH")
    np.testing.assert_array_equal(named["sigma0_vv"].values, sigma0)


def test_a_band_tag_tells_the_polarisation_as_nansat_writes_it(tmp_path, sigma0):
    path = write(tmp_path / "20200301T083237.tif", sigma0)
    with rasterio.open(path, "r+") as file:
        file.update_tags(1, polarization="HV", name="sigma0_HV", units="m/m")
    scene = open_raster(path)
    assert "sigma0_hv" in scene
    assert scene.attrs["unit_told_by"] == "unit or name"


def test_nodata_not_finite_and_border_zeros_are_missing_and_zeros_inside_are_kept(tmp_path, sigma0):
    stored = sigma0.copy()
    stored[:, :5] = 0.0
    stored[:20, 60:] = 0.0
    stored[30, 40] = 0.0  # a calm lead
    stored[31, 40] = np.nan
    stored[32, 40] = np.inf
    stored[33, 40] = -9999.0
    scene = open_raster(write(tmp_path / NAME, stored, nodata=-9999.0))
    expected = np.ones(stored.shape, dtype=bool)
    expected[:, :5] = expected[:20, 60:] = False
    expected[31:34, 40] = False
    np.testing.assert_array_equal(scene["valid"].values, expected)
    np.testing.assert_array_equal(np.isfinite(scene["sigma0_hh"].values), expected)
    inside = scene["sigma0_hh"][25:35, 38:42].values
    np.testing.assert_array_equal(np.isfinite(inside), expected[25:35, 38:42])
    assert inside[5, 2] == 0.0


def test_scaled_whole_numbers_are_unpacked(tmp_path, sigma0):
    path = write(tmp_path / NAME, np.rint(1e4 * sigma0).astype(np.int16))
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (1e-4,), (0.001,)
    np.testing.assert_allclose(
        open_raster(path)["sigma0_hh"].values, sigma0 + 0.001, rtol=0.0, atol=6e-5
    )


def test_all_lines_have_the_time_of_the_scene(tmp_path, sigma0):
    scene = open_raster(write(tmp_path / NAME, sigma0), time="2020-03-01T00:00:00")
    assert set(scene["line_time"].values) == {np.datetime64("2020-03-01T00:00:00", "ns")}
    assert open_raster(tmp_path / NAME).attrs["time_told_by"] == "file name"


def test_what_the_file_does_not_tell_must_be_passed(tmp_path, sigma0):
    path = write(tmp_path / "image.tif", sigma0)
    with pytest.raises(ValueError, match=r"image\.tif: the polarisation .* pass it"):
        open_raster(path)
    with pytest.raises(ValueError, match=r"image\.tif: neither the tags .* pass it"):
        open_raster(path, polarisation="HH")
    with pytest.raises(ValueError, match="'never' cannot be understood"):
        open_raster(path, polarisation="HH", time="never")
    with pytest.raises(ValueError, match="does not fit the 1 band"):
        open_raster(path, polarisation="HH HV", time="2020-03-01")
    assert "sigma0_hh" in open_raster(path, polarisation="hh", time="2020-03-01")


def test_an_image_without_a_valid_pixel_cannot_tell_its_unit(tmp_path, sigma0):
    with pytest.raises(ValueError, match="pass decibel=True or False"):
        open_raster(write(tmp_path / NAME, np.zeros_like(sigma0)))


def test_a_picture_in_colour_is_refused(tmp_path):
    path = tmp_path / NAME
    write(path, np.zeros((3, 20, 20), np.uint8), photometric="RGB")
    with pytest.raises(ValueError, match="picture in colour"):
        open_raster(path)


def test_digital_numbers_and_slc_are_refused(tmp_path, sigma0):
    with pytest.raises(ValueError, match=r"whole numbers \(uint16\).*\.SAFE"):
        open_raster(write(tmp_path / NAME, np.ones((20, 20), np.uint16)))
    with pytest.raises(ValueError, match="complex"):
        open_raster(write(tmp_path / f"slc_{NAME}", np.ones((20, 20), np.complex64)))


def test_an_image_without_georeference_is_refused(tmp_path, sigma0):
    path = tmp_path / NAME
    with (
        pytest.warns(rasterio.errors.NotGeoreferencedWarning),
        rasterio.open(
            path, "w", driver="GTiff", count=1, height=60, width=90, dtype="float32"
        ) as file,
    ):
        file.write(sigma0, 1)
    with pytest.raises(ValueError, match="no georeference"):
        open_raster(path)


def test_control_points_on_one_line_are_refused(tmp_path, sigma0):
    points = points_of(lambda i, j: (40.0 * j, -1e6), [10], range(0, 90, 10))
    path = write_points(tmp_path / NAME, sigma0, points, "EPSG:3413")
    with pytest.raises(ValueError, match=r"georeference cannot be used: .*one line"):
        open_raster(path)


def test_a_cut_off_raster_is_refused_when_opened_or_read(tmp_path, sigma0):
    whole = write(tmp_path / NAME, sigma0).read_bytes()
    for size in (3, 100, len(whole) // 2, len(whole) - 200):
        path = tmp_path / f"cut_{NAME}"
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="cut off"):
            _ = open_raster(path)["sigma0_hh"].values


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no such file"):
        open_raster(tmp_path / NAME)
    assert not is_raster(tmp_path / NAME)


def test_real_control_points_of_the_nansat_pair_place_their_own_pixels(sample_data):
    path = sample_data / "sar/pairs/S1B_EW_GRDM_1SDH_20200123T120618.tif"
    scene = open_raster(path)
    with rasterio.open(path) as file:
        points, crs = file.gcps
    to_degrees = pyproj.Transformer.from_crs(crs.to_wkt(), "EPSG:4326", always_xy=True)
    place = to_degrees.transform([p.x for p in points], [p.y for p in points])
    line, sample = np.array([(p.row - 0.5, p.col - 0.5) for p in points]).T
    found = np.array(positions(scene, line, sample))
    expected = np.array(forward(plane_of_epsg("EPSG:3413"), *place))
    np.testing.assert_allclose(found, expected, atol=0.5)
    assert scene.attrs["geolocation_residual_m"] < 1.0
    assert scene.attrs["polarisations"] == "HV"
    assert scene.attrs["stored_in"] == "linear"
    assert scene.attrs["pixel_spacing_sample_m"] == pytest.approx(40.0, abs=0.2)
    assert scene["line_time"].values[0] == np.datetime64("2020-01-23T12:06:48.365702")


def test_real_decibel_clips_on_ups_are_read(sample_data):
    (path,) = (sample_data / "sar/pairs").glob("clip_HH_*20200301T083237*.tif")
    scene = open_raster(path)
    assert scene.attrs["stored_in"] == "dB"
    assert scene.attrs["polarisations"] == "HH"
    assert 0.02 < np.nanmean(scene["sigma0_hh"][300:400, 300:400].values) < 0.2
    x, y = positions(scene, [0.0], [0.0])
    ups = pyproj.Transformer.from_crs("EPSG:3413", "EPSG:5041", always_xy=True)
    np.testing.assert_allclose(np.ravel(ups.transform(x, y)), [2_074_250.0, 1_329_750.0], atol=1e-3)


def test_real_pictures_are_refused(sample_data):
    for path in (sample_data / "ice/modis_floes").glob("*.tif*"):
        with pytest.raises(ValueError, match="picture in colour"):
            open_raster(path)
