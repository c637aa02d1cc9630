"""Areas at the pole and over the date line: boxes for archives, footprints compared with them."""

import json
import math

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from iceco.fetch.area import parse_area
from iceco.fetch.footprint import along_great_circles, along_parallels, on_plane
from iceco.geo.polar import NORTH, SOUTH, geodesic_distance, scale_factor

CAP = "-180,80,180,90"


def rounded(boxes):
    return [tuple(round(side, 3) + 0.0 for side in box) for box in boxes]


def geojson(folder, *rings, kind="FeatureCollection"):
    geometries = [{"type": "Polygon", "coordinates": [ring]} for ring in rings]
    features = [{"type": "Feature", "properties": {}, "geometry": g} for g in geometries]
    contents = {
        "FeatureCollection": {"type": "FeatureCollection", "features": features},
        "Feature": features[0],
        "Polygon": geometries[0],
        "MultiPolygon": {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]},
    }
    path = folder / f"{kind}.geojson"
    path.write_text(json.dumps(contents[kind]))
    return str(path)


def square(longitude, latitude, half=0.5):
    return box(longitude - half, latitude - half, longitude + half, latitude + half)


@pytest.mark.parametrize(
    ("text", "boxes"),
    [
        ("-30,78,30,88", [(-30, 78, 30, 88)]),
        ("170,70,-170,75", [(170, 70, 180, 75), (-180, 70, -170, 75)]),
        ("350,65,10,75", [(-10, 65, 10, 75)]),
        ("0,60,270,70", [(0, 60, 180, 70), (-180, 60, -90, 70)]),
        ("-60,-80,10,-60", [(-60, -80, 10, -60)]),
        ("0,80,90,90", [(0, 80, 90, 90)]),
        (CAP, [(-180, 80, 180, 90)]),
        ("0,80,360,90", [(-180, 80, 180, 90)]),
        ("-180,-90,180,-70", [(-180, -90, 180, -70)]),
        ("-180,70,180,80", [(-180, 70, 180, 80)]),
    ],
)
def test_archives_are_asked_by_boxes_that_do_not_cross_the_date_line(text, boxes):
    assert rounded(parse_area(text).boxes) == boxes


@pytest.mark.parametrize("text", [CAP, "-30,78,30,88", "170,70,-170,75", "-60,-80,10,-60"])
def test_the_area_of_a_box_on_the_plane_is_that_on_the_globe(text):
    area = parse_area(text)
    west, south, east, north = (float(side) for side in text.split(","))
    turn = ((east - west) % 360.0 or 360.0) / 360.0
    sine = abs(math.sin(math.radians(north)) - math.sin(math.radians(south)))
    globe = 2.0 * math.pi * 6_371_007.0**2 * sine * turn  # the sphere of the same surface
    places = np.linspace(south, north, 2_001)
    weight = np.cos(np.radians(places))
    stretch = np.average(scale_factor(area.plane, places) ** 2, weights=weight)
    assert area.shape.area == pytest.approx(globe * stretch, rel=0.01)


@pytest.mark.parametrize("kind", ["FeatureCollection", "Feature", "Polygon", "MultiPolygon"])
def test_a_geojson_polygon_round_the_pole_is_a_cap(tmp_path, kind):
    ring = [[longitude, 80] for longitude in (0, 90, 180, -90, 0)]
    area = parse_area(geojson(tmp_path, ring, kind=kind))
    assert rounded(area.boxes) == [(-180, 80, 180, 90)]
    assert area.shape.area == pytest.approx(parse_area(CAP).shape.area, rel=1e-6)


def test_a_geojson_polygon_over_the_date_line_may_be_cut_there_or_not(tmp_path):
    cut = [
        [[170, 70], [180, 70], [180, 75], [170, 75], [170, 70]],
        [[-180, 70], [-170, 70], [-170, 75], [-180, 75], [-180, 70]],
    ]
    whole = [[170, 70], [-170, 70], [-170, 75], [170, 75], [170, 70]]
    for area in (
        parse_area(geojson(tmp_path, *cut, kind="MultiPolygon")),
        parse_area(geojson(tmp_path, whole, kind="Feature")),
    ):
        assert rounded(area.boxes) == [(170, 70, 180, 75), (-180, 70, -170, 75)]
        assert area.shape.area == pytest.approx(parse_area("170,70,-170,75").shape.area, rel=1e-6)


def test_footprints_are_compared_where_the_pole_and_the_date_line_are_ordinary():
    date_line, cap, south = (parse_area(t) for t in ("170,70,-170,75", CAP, "0,-80,90,-60"))
    over = Polygon([(178, 72), (-178, 72), (-178, 73), (178, 73)])
    assert date_line.meets(over)
    assert date_line.meets(MultiPolygon([box(178, 72, 180, 73), box(-180, 72, -178, 73)]))
    assert date_line.meets(square(-175, 74)) and not date_line.meets(square(0, 72))
    assert not date_line.meets(Polygon([(-20, 60), (20, 60), (20, 80), (-20, 80)]))
    round_the_pole = Polygon([(0, 85), (120, 85), (-120, 85)])
    assert cap.meets(round_the_pole)
    assert parse_area("-10,89,10,90").meets(round_the_pole)
    assert cap.meets(Point(77, 89)) and not cap.meets(MultiPoint([(77, 79), (0, -89)]))
    assert not south.meets(round_the_pole)
    assert south.meets(square(45, -70)) and not south.meets(square(45, 70))


def test_an_orbit_meets_what_its_great_circles_cross_and_nothing_else():
    # Two points 40 degrees apart at 80 N: the great circle climbs to 80.6 N between them.
    track = LineString([(-20, 80), (20, 80)])
    assert parse_area("-1,80.5,1,81").meets(track)
    assert not parse_area("-1,79,1,80.4").meets(track)
    half_orbit = LineString([(0, -80), (40, 0), (80, 80)])
    assert parse_area("70,75,90,81").meets(half_orbit)
    assert not parse_area("-150,75,-120,81").meets(half_orbit)


def test_a_swath_of_half_an_orbit_meets_both_of_its_ends():
    swath = Polygon([(0, -78), (5, -78), (65, 0), (125, 78), (120, 78), (60, 0)])
    assert parse_area("105,75,115,77").meets(swath)  # by then 48 of the 60 degrees are flown
    assert parse_area("0,-77,20,-70").meets(swath)
    assert not parse_area("-60,75,-50,77").meets(swath)


def test_a_footprint_nobody_knows_is_not_left_out():
    assert parse_area(CAP).meets(None)
    assert parse_area(CAP).meets(Polygon())


def test_the_whole_globe_meets_every_area():
    corners = [(-180.0, -90.0), (180.0, -90.0), (180.0, 90.0), (-180.0, 90.0), (-180.0, -90.0)]
    globe = MultiPolygon([(along_parallels(np.array(corners)), [])])
    assert all(parse_area(t).meets(globe) for t in (CAP, "170,70,-170,75", "0,-80,90,-60"))


def test_a_hole_is_not_part_of_a_footprint():
    ring = square(0, 80, 4.0).exterior.coords, [square(0, 80, 2.0).exterior.coords]
    assert not parse_area("-0.5,79.5,0.5,80.5").meets(Polygon(*ring))
    assert parse_area("-0.5,79.5,0.5,83.5").meets(Polygon(*ring))


def test_points_along_great_circles_lie_on_the_shortest_way():
    ends = np.array([(-100.0, 70.0), (60.0, 82.0)])
    line = along_great_circles(ends)
    legs = geodesic_distance(*line[:-1].T, *line[1:].T)
    assert legs.sum() == pytest.approx(geodesic_distance(*ends[0], *ends[1]), rel=3e-3)
    assert legs.max() < 1.01 * 111_700.0
    np.testing.assert_allclose(line[[0, -1]], ends, atol=1e-9)


def test_equal_points_are_no_trouble():
    line = np.array([(10.0, 80.0), (10.0, 80.0), (11.0, 80.0)])
    assert np.isfinite(along_great_circles(line)).all()
    assert on_plane(Polygon([(0, 80), (0, 80), (1, 80), (1, 81)]), NORTH).area > 0.0
    assert shapely.is_valid(on_plane(Polygon([(0, -80), (9, -81), (9, -80), (0, -81)]), SOUTH))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1,2,3", "neither W,S,E,N"),
        ("no-such-file.geojson", "neither W,S,E,N"),
        ("10,80,20,70", "south must lie below north"),
        ("10,70,10,80", "has no width"),
        ("-200,70,10,80", "longitudes must lie between"),
        ("10,70,20,95", "nowhere on the globe"),
        ("10,nan,20,80", "south must lie below north"),
        ("-30,-10,30,80", "both hemispheres"),
    ],
)
def test_what_is_no_area_is_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_area(text)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"type": "Feature"}', '{"type": "Point", "coordinates": [1, 2]}',
                '{"type": "Polygon", "coordinates": [[[0, 1]]]}',
                '{"type": "FeatureCollection", "features": []}'],
)  # fmt: skip
def test_what_is_no_geojson_of_polygons_is_refused(tmp_path, content):
    path = tmp_path / "area.geojson"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"area.geojson: (cannot be read|the area must be made)"):
        parse_area(str(path))
