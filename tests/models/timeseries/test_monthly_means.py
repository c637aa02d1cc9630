"""Monthly means: exact on known fields, and an uncertainty that does not shrink without reason."""

import json

import geopandas
import numpy as np
import pytest
import shapely
import xarray as xr
from freeboard_swaths import SEEN_TIME as TIME
from freeboard_swaths import write_grid
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from iceco.geo.polar import NORTH, SOUTH, forward, inverse
from iceco.models.timeseries import ease
from iceco.models.timeseries.areas import cell_areas
from iceco.models.timeseries.means import (
    SHARED_SIGMA_M,
    SYSTEMATIC_M,
    correlation,
    map_cells,
    mean_of_maps,
    means_of_cells,
)
from iceco.models.timeseries.monthly import monthly_means
from iceco.models.timeseries.output import write_means
from iceco.models.timeseries.regions import inside, read_regions

DAY = np.timedelta64(86_400, "s")


def one_map(days, cells, value, sigma, area=1e8):
    n = len(cells)
    full = [np.broadcast_to(np.asarray(v, dtype=float), n) for v in (area, value, sigma)]
    return map_cells(TIME + np.rint(days * 86_400) * np.timedelta64(1, "s"), np.array(cells), *full)


def test_a_map_of_one_value_has_that_mean_whatever_its_cells():
    mean = mean_of_maps([one_map(0, [3, 3, 5, 9], 0.31, 0.1)])
    assert mean.freeboard == pytest.approx(0.31)
    assert (mean.maps, mean.cells, mean.area) == (1, 4, 4e8)


def test_uncertainty_of_one_map_is_shared_local_and_systematic_in_quadrature():
    local = np.sqrt(0.1**2 - SHARED_SIGMA_M**2)
    mean = mean_of_maps([one_map(0, np.arange(100), 0.3, 0.1)])
    correlated = np.hypot(SHARED_SIGMA_M, SYSTEMATIC_M)
    assert mean.correlated == pytest.approx(correlated)
    assert mean.uncertainty == pytest.approx(np.hypot(correlated, local / 10.0))


def test_cells_of_one_25_km_cell_do_not_average_down():
    few, many = (mean_of_maps([one_map(0, [7] * n, 0.3, 0.1)]) for n in (1, 500))
    assert few.uncertainty == pytest.approx(many.uncertainty)


def test_no_number_of_cells_takes_the_uncertainty_below_the_shared_part():
    mean = mean_of_maps([one_map(0, np.arange(100_000), 0.3, 0.2)])
    assert mean.uncertainty > np.hypot(SHARED_SIGMA_M, SYSTEMATIC_M)
    assert mean.uncertainty == pytest.approx(mean.correlated, rel=0.01)


def test_maps_far_apart_in_time_are_independent_and_maps_of_one_day_are_one():
    cells = np.arange(10_000)
    apart = mean_of_maps([one_map(10.0 * i, cells, 0.3, 0.1) for i in range(4)])
    same = mean_of_maps([one_map(0.0, cells, 0.3, 0.1) for _ in range(4)])
    alone = mean_of_maps([one_map(0.0, cells, 0.3, 0.1)])
    assert same.uncertainty == pytest.approx(alone.uncertainty)
    assert apart.correlated == pytest.approx(np.hypot(SHARED_SIGMA_M / 2.0, SYSTEMATIC_M))


@given(st.lists(st.floats(0.0, 60.0), min_size=1, max_size=12))
def test_the_correlation_of_overlapping_windows_is_a_covariance(days):
    time = TIME + (np.array(days) * 86_400).astype("timedelta64[s]")
    rho = correlation(time)
    assert np.linalg.eigvalsh(rho).min() > -1e-9
    assert (np.diag(rho) == 1.0).all()


def test_the_law_of_propagation_agrees_with_drawn_errors():
    rng = np.random.default_rng(0)
    days, cells = np.array([0.0, 4.0, 7.0]), np.arange(6)
    maps = [one_map(d, cells[i : i + 4], 0.3, 0.1) for i, d in enumerate(days)]
    root = np.linalg.cholesky(correlation(np.array([m.time for m in maps])) + 1e-12 * np.eye(3))
    local = np.sqrt(0.1**2 - SHARED_SIGMA_M**2)
    draws = 4000
    means = np.empty(draws)
    for k in range(draws):
        shared = SHARED_SIGMA_M * root @ rng.standard_normal(3)
        own = local * root @ rng.standard_normal((3, 6))
        bias = SYSTEMATIC_M * rng.standard_normal()
        noisy = [
            m._replace(freeboard=m.freeboard + shared[i] + own[i, m.cell] + bias)
            for i, m in enumerate(maps)
        ]
        means[k] = mean_of_maps(noisy).freeboard
    assert means.std() == pytest.approx(mean_of_maps(maps).uncertainty, rel=4 / np.sqrt(2 * draws))


def test_a_place_seen_often_counts_as_one_seen_once():
    often = [one_map(d, [1], 0.2, 0.1) for d in range(9)]
    mean = mean_of_maps([*often, one_map(0.0, [2], 0.4, 0.1)])
    assert mean.freeboard == pytest.approx(0.3)


def test_means_of_cells_are_means_of_maps_of_one_cell_each():
    maps = [one_map(0, [1, 1, 4], 0.3, 0.1), one_map(3, [1, 5], 0.5, 0.06)]
    found = means_of_cells(maps, 7)
    for cell in (1, 4, 5):
        alone = [
            m._replace(**{f: getattr(m, f)[m.cell == cell] for f in m._fields if f != "time"})
            for m in maps
        ]
        mean = mean_of_maps(alone)
        for name in ("freeboard", "uncertainty", "correlated"):
            assert found[name][cell] == pytest.approx(getattr(mean, name))
    assert np.isnan(found["freeboard"][[0, 2, 3, 6]]).all()
    assert found["maps"][[1, 4, 0]].tolist() == [2, 1, 0]
    assert found["cells"][1] == 3


def test_missing_cells_and_cells_outside_take_no_part():
    whole = one_map(0, [1, -1, 2], [0.3, 9.0, np.nan], 0.1)
    assert whole.cell.tolist() == [1]
    assert mean_of_maps([one_map(0, [-1], 0.3, 0.1)]) is None


def test_areas_of_cells_are_geodesic_and_a_nadir_gap_does_not_widen_them():
    x, y = np.meshgrid(np.arange(-6, 6) * 4000.0, np.arange(-6, 6) * 4000.0)
    for plane, shift in ((NORTH, 0.0), (NORTH, 1.5e6), (SOUTH, 2.2e6)):
        longitude, latitude = inverse(plane, x + shift, y)
        corners = [(0, 0), (0, 1), (1, 1), (1, 0)]
        ring = [(longitude[5 + r, 5 + c], latitude[5 + r, 5 + c]) for r, c in corners]
        exact = abs(Geod(ellps="WGS84").geometry_area_perimeter(shapely.Polygon(ring))[0])
        assert cell_areas(longitude, latitude)[5, 5] == pytest.approx(exact, rel=2e-3)
    kept = np.r_[0:4, 8:12]
    longitude, latitude = inverse(NORTH, x + 1e6, y)
    gap = cell_areas(longitude[:, kept], latitude[:, kept])
    assert gap == pytest.approx(cell_areas(longitude, latitude)[:, kept], rel=1e-2)


def test_ease_cells_hold_their_own_centres_in_both_hemispheres():
    for crs, sign in (("EPSG:6931", 1), ("EPSG:6932", -1)):
        longitude, latitude = ease.places(crs)
        near = np.isfinite(longitude) & (sign * latitude > 50.0)
        number = ease.cell_numbers(crs, longitude[near], latitude[near])
        assert np.array_equal(number, np.flatnonzero(near.ravel()))
    assert ease.cell_numbers("EPSG:6931", np.array([0.0]), np.array([-60.0]))[0] == -1


def regions_file(tmp_path, shapes, name="r.geojson", crs="EPSG:4326"):
    table = geopandas.GeoDataFrame({"name": list(shapes)}, geometry=list(shapes.values()), crs=crs)
    table.to_file(tmp_path / name)
    return tmp_path / name


def test_areas_of_regions_are_those_of_the_ellipsoid(tmp_path):
    shapes = {"box": shapely.box(-160.0, 70.0, -120.0, 80.0), "cap": shapely.box(-180, 66, 180, 90)}
    found = read_regions(regions_file(tmp_path, shapes), NORTH)
    assert found.names == ["box", "cap"]
    drawn = shapely.segmentize(shapes["box"], 0.25)
    exact = abs(Geod(ellps="WGS84").geometry_area_perimeter(drawn)[0])
    assert found.areas[0] == pytest.approx(exact, rel=1e-4)
    ring = np.array([(lon, 66.0) for lon in np.arange(-180, 180, 0.25)])
    cap = abs(Geod(ellps="WGS84").geometry_area_perimeter(shapely.Polygon(ring))[0])
    assert found.areas[1] == pytest.approx(min(cap, 5.1e14 - cap), rel=1e-3)


def test_a_region_over_the_date_line_is_one_piece_however_it_is_written(tmp_path):
    written = {
        "short way": shapely.Polygon([(170, 70), (-165, 70), (-165, 75), (170, 75)]),
        "beyond 180": shapely.box(170, 70, 195, 75),
        "in two": shapely.MultiPolygon(
            [shapely.box(170, 70, 180, 75), shapely.box(-180, 70, -165, 75)]
        ),
    }
    found = read_regions(regions_file(tmp_path, written), NORTH)
    assert found.areas == pytest.approx(found.areas[0], rel=1e-6)
    x, y = forward(NORTH, np.array([179.9, -179.9, -170.0, 160.0]), np.full(4, 72.0))
    for polygon in found.polygons:
        assert inside(polygon, x, y).tolist() == [True, True, True, False]


def test_a_cap_holds_the_pole_and_a_geopackage_in_metres_is_read(tmp_path):
    cap = {"cap": shapely.box(-180, 80, 180, 90)}
    polygon = read_regions(regions_file(tmp_path, cap), NORTH).polygons[0]
    x, y = forward(NORTH, np.array([12.0, -100.0, 50.0]), np.array([89.9, 81.0, 79.0]))
    assert inside(polygon, x, y).tolist() == [True, True, False]
    square = {"square": shapely.box(-1e5, -1e5, 1e5, 1e5)}
    path = regions_file(tmp_path, square, "r.gpkg", "EPSG:3413")
    found = read_regions(path, NORTH)
    assert found.areas[0] == pytest.approx(4e10 / 0.97**2, rel=0.01)


def polar_grid(path, days=0.0, value=0.3, sigma=0.1, centre=(180.0, 75.0), **changed):
    x0, y0 = forward(NORTH, np.array(centre[0]), np.array(centre[1]))
    offset = np.arange(-15, 15) * 5000.0
    longitude, latitude = inverse(NORTH, *np.meshgrid(x0 + offset, y0 + offset))
    time = TIME + np.timedelta64(int(days * 86_400), "s")
    field = value(longitude) if callable(value) else np.full(longitude.shape, value)
    return write_grid(path, longitude, latitude, time, field, sigma, **changed)


@pytest.fixture
def regions(tmp_path):
    return regions_file(
        tmp_path,
        {
            "east": shapely.box(170, 70, 180, 80),
            "west": shapely.box(-180, 70, -170, 80),
            "both": shapely.Polygon([(170, 70), (-170, 70), (-170, 80), (170, 80)]),
            "far": shapely.box(0, 80, 20, 85),
        },
    )


def test_months_regions_and_cells_of_known_fields(tmp_path, regions):
    def halves(longitude):
        return np.where(longitude > 0.0, 0.2, 0.4)

    paths = [
        polar_grid(tmp_path / "a.nc", 0.0, halves),
        polar_grid(tmp_path / "b.nc", 1.0, halves),
        polar_grid(tmp_path / "c.nc", 61.0, 0.5),
    ]
    means = monthly_means(paths, regions)
    months = means["time"].values.astype("datetime64[M]").astype(str).tolist()
    assert months == ["2024-03", "2024-04", "2024-05"]
    regional = means["regional_sea_ice_freeboard"].values.T
    assert regional[0, :3] == pytest.approx([0.2, 0.4, 0.3], abs=0.006)
    assert np.isnan(regional[1]).all()
    assert regional[2, :3] == pytest.approx(0.5)
    assert np.isnan(regional[:, 3]).all()
    assert means["regional_number_of_maps"].values[2].tolist() == [2, 0, 1]
    gridded = means["sea_ice_freeboard"].values
    assert np.isnan(gridded[1]).all()
    assert np.nanmin(gridded[0]) == pytest.approx(0.2)
    assert np.nanmax(gridded[0]) == pytest.approx(0.4)
    seen = np.isfinite(gridded[0])
    assert (means["latitude"].values[seen] > 73.0).all()
    area = 30**2 * 25e6 / 0.9868**2  # cells of 5 km on the plane, scale at 75 N
    both = means["regional_coverage"].values[2, 0] * means["region_area"].values[2]
    assert both == pytest.approx(area, rel=0.03)
    assert (means["coverage"].values[0].sum() * 625e6) == pytest.approx(area, rel=0.03)


def test_the_file_says_its_month_its_model_and_its_inputs_and_opens_again(tmp_path, regions):
    path = polar_grid(tmp_path / "a.nc")
    write_means(monthly_means([path], regions), tmp_path / "out.nc", [path], regions)
    with xr.open_dataset(tmp_path / "out.nc") as read:
        assert read.attrs["Conventions"] == "CF-1.11"
        assert read.attrs["input"] == "a.nc"
        assert len(read.attrs["input_sha256"]) == 64
        assert read["time_bnds"].values[0].astype("datetime64[D]").astype(str).tolist() == [
            "2024-03-01",
            "2024-04-01",
        ]
        uncertainty = read["sea_ice_freeboard_uncertainty"]
        assert "sea level shared" in uncertainty.attrs["comment"]
        assert read["region_name"].values.tolist() == ["east", "west", "both", "far"]
        assert read["sea_ice_freeboard"].attrs["grid_mapping"] in read.variables
        assert "crs_wkt" in read["Lambert_Azimuthal_Grid"].attrs
        json.dumps({k: str(v) for k, v in read.attrs.items()})


def test_grids_of_two_kinds_or_two_hemispheres_are_not_averaged(tmp_path, regions):
    north = polar_grid(tmp_path / "a.nc")
    radar = polar_grid(tmp_path / "b.nc")
    with xr.open_dataset(radar) as grid:
        grid.load().assign_attrs(freeboard_kind="radar").to_netcdf(tmp_path / "c.nc")
    with pytest.raises(ValueError, match=r"different freeboards \(radar, total\)"):
        monthly_means([north, tmp_path / "c.nc"], regions)
    longitude, latitude = np.meshgrid(np.linspace(0, 1, 5), np.linspace(-75, -74, 5))
    south = write_grid(tmp_path / "s.nc", longitude, latitude, TIME, np.full((5, 5), 0.3), 0.1)
    with pytest.raises(ValueError, match=r"s\.nc: lies in the other hemisphere"):
        monthly_means([north, south], regions)


def test_regions_that_are_none_are_refused(tmp_path):
    grid = polar_grid(tmp_path / "a.nc")
    far = regions_file(tmp_path, {"far": shapely.box(0, 80, 20, 85)})
    with pytest.raises(ValueError, match="no cell of the grids lies in any of its regions"):
        monthly_means([grid], far)
    points = regions_file(tmp_path, {"p": shapely.Point(0, 80)}, "p.geojson")
    with pytest.raises(ValueError, match="holds no polygon"):
        read_regions(points, NORTH)
    with pytest.raises(ValueError, match="there is no such file"):
        read_regions(tmp_path / "absent.geojson", NORTH)
    (tmp_path / "text.geojson").write_text("not JSON")
    with pytest.raises(ValueError, match="cannot be read as regions"):
        read_regions(tmp_path / "text.geojson", NORTH)
