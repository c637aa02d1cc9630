"""Grids: what lies where, on swaths with and without a gap, and on maps of any projection."""

import numpy as np
import pytest
from freeboard_files import swath_over
from pyproj import Transformer

from iceco.geo.polar import NORTH, SOUTH, forward, inverse
from iceco.models.densify.grids import EASE, cell_at, map_grid, swath_grid

PLACE = (-140.0, 75.5)


def around(grid):
    known = np.isfinite(grid.x)
    return grid.x[known], grid.y[known]


def expert():
    swath = swath_over(*PLACE, lines=21, pixels=11)
    x, y = forward(NORTH, swath["longitude"].values, swath["latitude"].values)
    return swath_grid(swath, NORTH, x.ravel(), y.ravel())


def unsmoothed():
    swath = swath_over(*PLACE, lines=40, cell=250.0, pixels=60, gap=5125.0)
    x, y = forward(NORTH, swath["longitude"].values, swath["latitude"].values)
    return swath_grid(swath, NORTH, x.ravel(), y.ravel())


@pytest.mark.parametrize("make", [expert, unsmoothed])
def test_a_sample_of_a_swath_lies_in_its_own_cell(make):
    grid = make()
    found = cell_at(grid, grid.x.ravel(), grid.y.ravel())
    np.testing.assert_array_equal(found, np.arange(grid.x.size))


@pytest.mark.parametrize("make", [expert, unsmoothed])
def test_a_place_lies_in_the_cell_whose_centre_is_nearest(make):
    grid = make()
    rng = np.random.default_rng(0)
    # The grid is square on the plane: up to 0.4 of a cell off a centre is inside it.
    offset = rng.uniform(-0.4, 0.4, (2, grid.x.size)) * grid.cell_size
    found = cell_at(grid, grid.x.ravel() + offset[0], grid.y.ravel() + offset[1])
    np.testing.assert_array_equal(found, np.arange(grid.x.size))


def test_nothing_lies_in_the_gap_below_the_satellite_or_beyond_the_swath():
    grid = unsmoothed()
    x, y = (float(v) for v in forward(NORTH, *map(np.asarray, PLACE)))
    assert cell_at(grid, np.array([x, x + 4000.0]), np.array([y, y])).tolist() == [-1, -1]
    assert cell_at(grid, np.array([x + 30e3]), np.array([y])).tolist() == [-1]
    assert cell_at(grid, np.array([np.nan, x + 6000.0]), np.array([y, 0.0])).tolist() == [-1, -1]


def test_a_swath_over_the_date_line_is_placed_as_any_other():
    swath = swath_over(180.0, 75.0, lines=21, pixels=11)
    assert np.ptp(swath["longitude"].values) > 300.0
    x, y = forward(NORTH, swath["longitude"].values, swath["latitude"].values)
    grid = swath_grid(swath, NORTH, x.ravel(), y.ravel())
    np.testing.assert_array_equal(cell_at(grid, x.ravel(), y.ravel()), np.arange(x.size))


def test_a_swath_elsewhere_is_refused():
    swath = swath_over(20.0, 80.0, lines=10, pixels=5)
    x, y = forward(NORTH, *map(np.atleast_1d, PLACE))
    with pytest.raises(ValueError, match="nowhere near"):
        swath_grid(swath, NORTH, x, y)


def test_the_default_map_is_the_ease_grid_of_the_hemisphere_with_edges_at_whole_cells():
    x, y = forward(NORTH, np.array([-140.0, -139.0]), np.array([75.0, 76.0]))
    grid = map_grid(NORTH, x, y, 2000.0)
    assert grid.axes.crs == EASE[1.0] == "EPSG:6931"
    assert not (grid.axes.x % 2000.0 - 1000.0).any()
    assert not (grid.axes.y % 2000.0 - 1000.0).any()
    assert (cell_at(grid, x, y) >= 0).all()
    south = map_grid(SOUTH, *forward(SOUTH, np.array([0.0]), np.array([-70.0])), 25_000.0)
    assert south.axes.crs == "EPSG:6932"


@pytest.mark.parametrize("crs", ["EPSG:6931", "EPSG:3413", "EPSG:32607"])
def test_cells_of_a_map_lie_where_proj_puts_them(crs):
    x, y = forward(NORTH, np.array([-141.0, -139.0]), np.array([75.0, 75.5]))
    grid = map_grid(NORTH, x, y, 1000.0, crs)
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(grid.axes.x[3], grid.axes.y[5])
    assert (grid.longitude[5, 3], grid.latitude[5, 3]) == pytest.approx((longitude, latitude))
    assert cell_at(grid, grid.x[5:6, 3], grid.y[5:6, 3]) == 5 * grid.axes.x.size + 3
    back = inverse(NORTH, grid.x[5, 3], grid.y[5, 3])
    assert back == pytest.approx((longitude, latitude), abs=1e-9)


def test_a_map_over_the_pole_has_cells_on_all_sides():
    x, y = forward(NORTH, np.array([0.0, 90.0, 180.0, -90.0]), np.full(4, 89.0))
    grid = map_grid(NORTH, x, y, 10_000.0)
    assert (cell_at(grid, x, y) >= 0).all()
    assert grid.latitude.max() > 89.9


def test_maps_that_are_none_are_refused():
    x, y = forward(NORTH, np.array([-140.0, 40.0]), np.array([75.0, 75.0]))
    with pytest.raises(ValueError, match="no projection"):
        map_grid(NORTH, x, y, 1000.0, "EPSG:none")
    with pytest.raises(ValueError, match="not a projection in metres"):
        map_grid(NORTH, x, y, 1000.0, "EPSG:4326")
    with pytest.raises(ValueError, match="coarser"):
        map_grid(NORTH, x, y, 100.0)
