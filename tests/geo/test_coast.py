"""Coastlines where the mask of land has them, whole across the date line, and no farther."""

import numpy as np
import pytest
import shapely

from iceco.geo.coast import LOWEST_LATITUDE, TOLERANCE_M, coastline
from iceco.geo.land import is_land
from iceco.geo.polar import NORTH, SOUTH, forward, inverse


def polygons(plane, resolution="l"):
    return shapely.make_valid([shapely.Polygon(ring) for ring in coastline(plane, resolution)])


def at(plane, longitude, latitude):
    return shapely.Point(*(float(v) for v in forward(plane, longitude, latitude)))


def places(plane, number=10_000):
    """Places spread evenly over the plane poleward of where coastlines end."""
    rng = np.random.default_rng(5)
    reach = np.hypot(*forward(plane, 0.0, plane.hemisphere * (LOWEST_LATITUDE + 0.1)))
    x, y = rng.uniform(-reach, reach, (2, number))
    inside = np.hypot(x, y) < reach
    return x[inside], y[inside]


@pytest.mark.parametrize("plane", [NORTH, SOUTH])
def test_the_coast_agrees_with_the_mask_of_land(plane):
    land = shapely.union_all(polygons(plane))
    shapely.prepare(land)
    x, y = places(plane)
    mask = is_land(*inverse(plane, x, y))
    drawn = shapely.contains_xy(land, x, y)
    assert 0.1 < mask.mean() < 0.8
    assert np.mean(mask == drawn) > 0.985  # narrow straits and small islands are simplified
    off_shore = shapely.distance(land.boundary, shapely.points(x, y)) > 3 * TOLERANCE_M["l"]
    wrong = (mask != drawn) & off_shore
    assert wrong.mean() < 5e-4  # islands left out for their size


def test_a_finer_coast_is_nearer_to_the_mask():
    x, y = places(NORTH)
    mask = is_land(*inverse(NORTH, x, y))
    agreement = []
    for resolution in "cli":
        land = shapely.union_all(polygons(NORTH, resolution))
        shapely.prepare(land)
        agreement.append(np.mean(shapely.contains_xy(land, x, y) == mask))
    assert agreement == sorted(agreement)


def test_land_across_the_date_line_is_one_ring():
    east, west = at(NORTH, 179.5, 71.1), at(NORTH, -179.3, 71.2)  # of Wrangel Island
    assert [(p.contains(east), p.contains(west)) for p in polygons(NORTH) if p.contains(east)] == [
        (True, True)
    ]
    siberia, chukotka = at(NORTH, 100.0, 65.0), at(NORTH, -173.0, 66.5)
    (first, *_) = polygons(NORTH)
    assert first.contains(siberia) and first.contains(chukotka)


def test_antarctica_ends_with_its_ice_shelves_and_holds_the_pole():
    (antarctica, *_) = polygons(SOUTH)
    for longitude, latitude, inside in (
        (0.0, -90.0, True), (180.0, -85.0, True), (-175.0, -80.0, True),  # the Ross ice shelf
        (-40.0, -70.0, False), (170.0, -72.5, True), (180.0, -75.0, False),
    ):  # fmt: skip
        assert antarctica.contains(at(SOUTH, longitude, latitude)) is inside


@pytest.mark.parametrize("plane", [NORTH, SOUTH])
def test_rings_are_closed_largest_first_and_end_at_the_circle(plane):
    rings = coastline(plane)
    for ring in rings:
        assert ring.dtype == np.float64 and ring.shape[1] == 2 and len(ring) >= 4
        np.testing.assert_array_equal(ring[0], ring[-1])
    areas = [shapely.Polygon(ring).area for ring in rings]
    assert areas == sorted(areas, reverse=True)
    assert min(areas) >= TOLERANCE_M["l"] ** 2
    _, latitude = inverse(plane, *np.concatenate(rings).T)
    assert np.min(plane.hemisphere * latitude) > LOWEST_LATITUDE - 0.01


def test_an_unknown_resolution_is_refused():
    with pytest.raises(ValueError, match="must be c, l or i, got 'h'"):
        coastline(NORTH, "h")
