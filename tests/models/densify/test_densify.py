"""The whole way from points and scenes to a grid, its flags, its file and its picture."""

import netCDF4
import numpy as np
import pytest
import xarray as xr
from figure_marks import dots_of, limits_of, smallest_letters, words_of
from freeboard_fields import matern_field
from freeboard_files import swath_over
from small_scenes import MIDDLE, PIXEL, SEEN, corner, scene_of

from iceco.collocate.drift_choice import choose_drift
from iceco.drift.displacement import no_drift
from iceco.geo.polar import NORTH
from iceco.models.densify.attributes import Origin
from iceco.models.densify.densify import NOTHING, WITHOUT_SAR, Request, densify
from iceco.models.densify.drifting import chosen_drift
from iceco.models.densify.fields import Points
from iceco.models.densify.figures import plot_map
from iceco.models.densify.output import write_grid
from iceco.models.leads.finder import threshold_leads
from iceco.products.freeboard_grid import open_freeboard_grid

SIZE = 240  # pixels: 24 km


@pytest.fixture(scope="module")
def world():
    """A scene whose HV goes with freeboard, points along two tracks, and that freeboard."""
    rng = np.random.default_rng(7)
    ice = matern_field(rng, SIZE, SIZE, PIXEL, 5000.0)
    hv = 10.0 ** ((-24.0 + 1.5 * ice) / 10.0) * rng.gamma(9.0, 1 / 9.0, ice.shape)
    hh = 10.0 ** (-1.4) * rng.gamma(9.0, 1 / 9.0, ice.shape)
    left, top = corner(SIZE * PIXEL)
    line, sample = np.tile(np.arange(0, SIZE, 2), 2), np.repeat([60, 170], SIZE // 2)
    zeros = np.zeros(line.size)
    points = Points(
        left + PIXEL * (sample + 0.5), top - PIXEL * (line + 0.5),
        SEEN + line * np.timedelta64(15, "ms"),
        0.2 + 0.08 * ice[line, sample] + 0.03 * rng.standard_normal(line.size), zeros + 0.03,
        zeros + 0.01, (sample > 100).astype(np.int64), zeros, line * 0.015,
        np.empty((line.size, 0), np.float32),
    )  # fmt: skip
    return scene_of(hh, hv), points, ice


def mapped(world, like, resolution=2000.0, method="ked", scenes=None):
    scene, points, _ = world
    request = Request(SEEN, NORTH, method, resolution, like, None)
    scenes = [scene] if scenes is None else scenes
    result = densify(
        points, scenes, no_drift(), threshold_leads(), request, 2, lambda done, total: None
    )
    return result, request


def written(result, request, path):
    origin = Origin([], [], None, "none", "5d", "ice")
    write_grid(result, request, origin, path)
    return path


@pytest.fixture(scope="module")
def fine(world):
    """On a swath of 250 m with a gap below the satellite, longer than the scene."""
    like = swath_over(*MIDDLE, lines=120, cell=250.0, pixels=80, gap=2125.0)
    return mapped(world, like)


def test_a_map_that_follows_the_image_is_nearer_to_the_truth_than_one_that_does_not(world):
    truth = 0.2 + 0.08 * world[2]
    errors = {}
    for method in ("ked", "oi"):
        result, _ = mapped(world, None, method=method)
        grid = result.grid
        left, top = corner(SIZE * PIXEL)
        row, column = ((top - grid.y) / PIXEL).astype(int), ((grid.x - left) / PIXEL).astype(int)
        inside = (row >= 10) & (row < SIZE - 10) & (column >= 10) & (column < SIZE - 10)
        near = np.array([truth[r - 10 : r + 10, c - 10 : c + 10].mean()
                         for r, c in zip(row[inside], column[inside], strict=True)])  # fmt: skip
        errors[method] = np.sqrt(np.mean((result.field.mean[inside] - near) ** 2))
    assert errors["ked"] < errors["oi"]


def test_a_fine_swath_with_a_gap_is_filled_on_both_sides(fine):
    result, _ = fine
    seen = np.isfinite(result.backscatter)
    assert seen[30:90].all()
    assert (result.quality_flag[~seen] == WITHOUT_SAR).all()
    assert np.isfinite(result.field.mean).all()


def test_distance_is_on_the_ground_and_age_that_of_the_nearest(fine):
    result, _ = fine
    row, column = 60, 3
    x, y = result.grid.x[row, column], result.grid.y[row, column]
    plane = np.hypot(result.points.x - x, result.points.y - y)
    # At 75.5 north a length on the plane is 1.1 % short of the ground's.
    assert result.distance_m[row, column] == pytest.approx(plane.min() / 0.9845, rel=4e-3)
    assert result.age_s[row, column] == pytest.approx(result.points.age_s[plane.argmin()])


def test_land_and_cells_far_from_observations_hold_nothing(world):
    request = Request(SEEN, NORTH, "nearest", 2000.0, None, None)
    far = world[1]._replace(x=np.append(world[1].x[:-1], world[1].x[0] + 450e3))
    result = densify(far, [], no_drift(), threshold_leads(), request, 2, lambda d, t: None)
    nothing = result.quality_flag == NOTHING
    assert nothing.any()
    np.testing.assert_array_equal(nothing, np.isnan(result.field.mean))
    assert np.nanmax(result.distance_m) <= 210e3


def test_the_file_of_a_swath_opens_in_the_reader_and_keeps_every_value(fine, tmp_path):
    path = written(*fine, tmp_path / "grid.nc")
    result, request = fine
    read = open_freeboard_grid(path)
    np.testing.assert_array_equal(read["freeboard"].values, result.field.mean)
    np.testing.assert_array_equal(read["freeboard_uncertainty"].values, result.field.sigma)
    np.testing.assert_array_equal(read["quantiles"].values, result.field.quantiles)
    with netCDF4.Dataset(path) as dataset:
        assert dataset["sea_ice_freeboard"].dimensions == ("num_lines", "num_pixels")
        assert dataset["sea_ice_freeboard"].standard_name == "sea_ice_freeboard"
        assert dataset.Conventions == "CF-1.11, ACDD-1.3"
        assert dataset.cycle_number == 10
        assert dataset.method == "ked"
    with xr.open_dataset(path) as plain:
        expected = result.grid.swath["time"].values
        error = np.abs(plain["time"].values - expected)
        assert error.max() < np.timedelta64(1, "us")
        assert request.target == SEEN


def test_a_map_names_its_projection(world, tmp_path):
    path = written(*mapped(world, None, method="oi"), tmp_path / "map.nc")
    with xr.open_dataset(path) as grid:
        mapping = grid[grid["sea_ice_freeboard"].attrs["grid_mapping"]].attrs
        assert mapping["grid_mapping_name"] == "lambert_azimuthal_equal_area"
        assert mapping["latitude_of_projection_origin"] == 90.0
        assert (np.diff(grid["x"].values) == 2000.0).all()


def test_a_write_that_fails_leaves_nothing(fine, tmp_path):
    result, request = fine
    with pytest.raises(TypeError):
        write_grid(
            result._replace(method=object()), request,
            Origin([], [], None, "none", "5d", "ice"), tmp_path / "grid.nc",
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_a_picture_shows_map_and_observations_on_one_scale_of_colours(world, fine, tmp_path):
    with xr.open_dataset(written(*fine, tmp_path / "m.nc"), decode_timedelta=False) as grid:
        figure = plot_map(grid, fine[0].points)
    assert len(set(limits_of(figure, "haline"))) == 1
    assert dots_of(figure, "haline") == [fine[0].points.x.size]
    words = words_of(figure)
    assert {"HV backscatter [dB]", "freeboard [m]", "standard deviation [m]"} <= words
    assert "(c) map by ked" in words
    assert smallest_letters(figure) >= 7.0


def test_the_gap_of_a_swath_stays_empty_in_a_picture(fine, tmp_path):
    with xr.open_dataset(written(*fine, tmp_path / "m.nc"), decode_timedelta=False) as grid:
        figure = plot_map(grid)
    (mesh,) = figure.axes[2].collections
    assert np.ma.getmaskarray(mesh.get_array()).reshape(-1, 82).all(axis=0).sum() == 2


def test_a_picture_without_scenes_and_observations_says_none_and_how_far(world, tmp_path):
    place = written(*mapped(world, None, method="oi", scenes=[]), tmp_path / "m.nc")
    with xr.open_dataset(place, decode_timedelta=False) as grid:
        words = words_of(plot_map(grid))
    assert {"none", "(b) distance to observations", "distance [km]"} <= words


def test_auto_without_a_pair_of_scenes_knows_no_motion_and_says_so(world):
    scene, points, _ = world
    drift, words = chosen_drift(choose_drift("auto"), [scene], SEEN, SEEN, 1)
    start = np.full(1, SEEN)
    move = drift(NORTH, points.x[:1], points.y[:1], start, start + np.timedelta64(3600, "s"))
    assert not move.known[0]
    assert words == "auto; none"
    both = chosen_drift(choose_drift("auto,100,200"), [scene], SEEN, SEEN, 1)
    assert both[1].startswith("auto; displacement 100,200")
