"""Matching: the same pairs as trying every one; the pole and the date line are ordinary."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from naive.record_matching import naive_meetings

from iceco.collocate.catalogue import TRACK_TOLERANCE
from iceco.collocate.matching import FASTEST_ICE, Records, match, match_records
from iceco.geo.polar import NORTH, SOUTH, forward

DAY0 = np.datetime64("2023-03-01", "ns")
HOUR = np.timedelta64(3600 * 10**9, "ns")


def entries(kind, start, length, shapes, crs):
    return gpd.GeoDataFrame(
        {
            "id": [f"{kind}{i}" for i in range(len(start))],
            "kind": kind,
            "start_datetime": pd.to_datetime(start),
            "end_datetime": pd.to_datetime(start + length),
            "crs": crs,
            "footprint": [shape.wkb for shape in shapes],
        },
        geometry=[shapely.Point(0, 0)] * len(start),
        crs="EPSG:4326",
    )


@pytest.fixture(scope="module")
def archive():
    rng = np.random.default_rng(5)
    tracks, scenes = 60, 80
    ends = rng.uniform(-2.5e6, 2.5e6, (tracks, 2, 2))
    corner = rng.uniform(-2e6, 2e6, (scenes, 2))
    planes = np.array(["EPSG:3413", "EPSG:3976"])
    hours = [
        np.rint(rng.uniform(0, 48 * 3600, n)).astype("timedelta64[s]") for n in (tracks, scenes)
    ]
    boxes = [shapely.box(x, y, x + 4e5, y + 4e5) for x, y in corner]
    lines = [shapely.LineString(e) for e in ends]
    plane = [planes[rng.integers(2, size=n)] for n in (tracks, scenes)]
    return (
        entries("track", DAY0 + hours[0], HOUR // 2, lines, plane[0]),
        entries("scene", DAY0 + hours[1], HOUR // 60, boxes, plane[1]),
    )


@pytest.mark.parametrize("hours", [0.1, 3, 24])
def test_pairs_are_those_of_trying_every_one(archive, hours):
    tracks, scenes = archive
    lag = np.timedelta64(round(hours * 3600), "s")
    reach = FASTEST_ICE * hours * 3600 + TRACK_TOLERANCE
    wanted = [
        (s, t)
        for s, scene in scenes.iterrows()
        for t, track in tracks.iterrows()
        if scene["crs"] == track["crs"]
        and track["start_datetime"] - lag <= scene["end_datetime"]
        and scene["start_datetime"] <= track["end_datetime"] + lag
        and shapely.from_wkb(scene["footprint"]).distance(shapely.from_wkb(track["footprint"]))
        <= reach
    ]
    pairs = match(tracks, scenes, lag)
    assert list(zip(pairs.scene, pairs.track, strict=True)) == wanted
    assert wanted or hours < 1


def test_nothing_meets_nothing(archive):
    tracks, scenes = archive
    assert match(tracks.iloc[:0], scenes, HOUR).track.size == 0
    assert match(tracks, scenes.iloc[:0], HOUR).track.size == 0


def pieces(*coordinates):
    return shapely.MultiLineString([shapely.LineString(piece) for piece in coordinates])


BOX = shapely.box(0.0, 0.0, 400e3, 400e3)
SHAPES = {
    "through": (pieces([(-1e6, 2e5), (1e6, 2e5)]), True),
    "ends inside": (pieces([(1e5, 1e5), (1e5, -1e6)]), True),
    "wholly inside": (pieces([(1e5, 1e5), (2e5, 1e5)]), True),
    "a point inside": (pieces([(1e5, 1e5), (1e5, 1e5)]), True),
    "past the corner": (pieces([(-2e5, 3e5), (3e5, 8e5)]), False),
    "only its gap is inside": (pieces([(-1e5, 2e5), (-2e5, 2e5)], [(5e5, 2e5), (6e5, 2e5)]), False),
    "the second piece": (pieces([(-9e5, 0), (-8e5, 0)], [(2e5, 2e5), (9e5, 2e5)]), True),
    "beside it, within reach": (pieces([(410e3, -9e5), (410e3, 9e5)]), True),
    "beside it, out of reach": (pieces([(411e3, -9e5), (411e3, 9e5)]), False),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_line_meets_a_scene_where_a_piece_of_it_comes_within_reach(name):
    line, meets = SHAPES[name]  # 3 h: 10.8 km of drift
    tracks = entries("track", np.array([DAY0]), HOUR, [line], NORTH.crs)
    scenes = entries("scene", np.array([DAY0]), HOUR, [BOX], NORTH.crs)
    assert match(tracks, scenes, 3 * HOUR).track.size == meets


def test_touching_times_meet_and_a_nanosecond_more_does_not():
    tracks = entries("track", np.array([DAY0]), HOUR, [SHAPES["through"][0]], NORTH.crs)
    late = np.array([0, 1], dtype="timedelta64[ns]")
    scenes = entries("scene", DAY0 + 3 * HOUR + late, HOUR, [BOX, BOX], NORTH.crs)
    assert match(tracks, scenes, 2 * HOUR).scene.tolist() == [0]


def some_records(random, tracks, most, spacing):
    """Smooth tracks of unequal length, some empty, over a scene's width of the pole."""
    count = random.integers(0, most, tracks)
    splits = np.append(0, np.cumsum(count))
    x, y, time = (np.empty(splits[-1]) for _ in range(3))
    for a, b in pairwise(splits):
        heading, along = random.uniform(0, 7), (np.arange(b - a) - (b - a) / 2) * spacing
        x[a:b] = random.uniform(-3e5, 3e5) + along * np.cos(heading) + along**2 / 8e6
        y[a:b] = random.uniform(-3e5, 3e5) + along * np.sin(heading)
        time[a:b] = random.uniform(0, 12 * 3600e9) + np.arange(b - a) * spacing * 150e3
    return Records(NORTH.crs, DAY0 + time.astype("timedelta64[ns]"), x, y, splits)


def some_scenes(random, count):
    """Four-sided scenes, turned anyhow, some bent inwards, a few of the other hemisphere."""
    angle = random.uniform(0, 7, count)[:, None] + np.pi / 4 * np.arange(8)
    radius = random.uniform(1e5, 3e5, (count, 1)) * np.where(np.arange(8) % 2, 1.0, 0.6)
    corners = random.uniform(-3e5, 3e5, (count, 1, 2)) + np.stack(
        [radius * np.cos(angle), radius * np.sin(angle)], axis=-1
    )
    start = DAY0 + random.uniform(0, 12 * 3600e9, count).astype("timedelta64[ns]")
    crs = np.where(random.random(count) < 0.1, SOUTH.crs, NORTH.crs)
    return entries("scene", start, HOUR // 60, shapely.polygons(corners).tolist(), crs)


def meetings_of(runs):
    return {
        (scene, track, record)
        for scene, track, first, stop in zip(*(c.tolist() for c in runs), strict=True)
        for record in range(first, stop)
    }


@pytest.mark.parametrize("reach", [0.0, 10e3])
@pytest.mark.parametrize("spacing", [350.0, 5e3, 2e5])
def test_records_meet_the_scenes_that_trying_every_one_finds(reach, spacing):
    random = np.random.default_rng(round(spacing + reach))
    records, scenes = some_records(random, 6, 400, spacing), some_scenes(random, 8)
    records.x[random.integers(0, records.x.size, 5)] = np.nan
    runs = match_records(records, scenes, 3 * HOUR, reach)
    wanted = naive_meetings(records, scenes, 3 * HOUR, reach)
    assert meetings_of(runs) == wanted
    assert wanted


def test_runs_are_sorted_and_as_long_as_can_be():
    random = np.random.default_rng(1)
    records, scenes = some_records(random, 20, 2000, 350.0), some_scenes(random, 20)
    runs = match_records(records, scenes, 3 * HOUR, 0.0)
    order = np.stack([runs.scene, runs.first])
    assert np.array_equal(np.lexsort(order[::-1]), np.arange(runs.scene.size))
    assert (runs.stop > runs.first).all()
    again = (np.diff(runs.scene) == 0) & (runs.first[1:] == runs.stop[:-1])
    assert not (again & (np.diff(runs.track) == 0)).any()
    assert (runs.first >= records.splits[runs.track]).all()
    assert (runs.stop <= records.splits[runs.track + 1]).all()
    assert runs.scene.size > 20


def test_no_record_or_no_scene_gives_no_run():
    random = np.random.default_rng(2)
    records, scenes = some_records(random, 3, 50, 350.0), some_scenes(random, 3)
    none = Records(NORTH.crs, records.time[:0], records.x[:0], records.y[:0], np.array([0]))
    assert match_records(none, scenes, HOUR, 0.0).first.size == 0
    assert match_records(none._replace(splits=np.zeros(4, int)), scenes, HOUR, 0.0).first.size == 0
    assert match_records(records, scenes.iloc[:0], HOUR, 0.0).first.size == 0


@settings(max_examples=25, deadline=None)
@given(
    turn=st.floats(-360.0, 360.0),
    latitude=st.floats(65.0, 90.0),
    seed=st.integers(0, 1000),
    hemisphere=st.sampled_from([NORTH, SOUTH]),
)
def test_the_world_may_be_turned_and_the_pole_and_the_date_line_are_ordinary(
    turn, latitude, seed, hemisphere
):
    random = np.random.default_rng(seed)
    corner = np.radians([45.0, 135.0, 225.0, 315.0])
    tracks, lines = 4, []
    for _ in range(tracks):
        start, end = random.uniform(0, 360, 2), random.uniform(60, 89, 2)
        lines.append((start, hemisphere.hemisphere * end))
    centre = random.uniform(0, 360), hemisphere.hemisphere * latitude

    def pairs_when_turned(by):
        x, y = forward(hemisphere, np.array([centre[0] + by]), np.array([centre[1]]))
        # The scene turns with the world: its sides keep their angle to its meridian.
        angle = corner + np.arctan2(y, x) if np.hypot(x, y) > 1.0 else corner + radians(by)
        ring = np.stack([x + 3e5 * np.cos(angle), y + 3e5 * np.sin(angle)], axis=-1)
        ends = [np.stack(forward(hemisphere, lon + by, lat), axis=-1) for lon, lat in lines]
        rows = (
            entries(
                "track", np.full(tracks, DAY0), HOUR, [pieces(end) for end in ends], hemisphere.crs
            ),
            entries("scene", np.array([DAY0]), HOUR, [shapely.Polygon(ring)], hemisphere.crs),
        )
        along = np.linspace(0.0, 1.0, 301)[:, None]
        points = np.concatenate([end[0] + along * (end[1] - end[0]) for end in ends])
        records = Records(
            hemisphere.crs,
            np.full(len(points), DAY0),
            *points.T.copy(),
            np.arange(tracks + 1) * along.size,
        )
        counts = match_records(records, rows[1], HOUR, 0.0)
        return match(*rows, HOUR).track.tolist(), counts

    def radians(by):
        return np.radians(by) * hemisphere.hemisphere

    (still, runs), (turned, turned_runs) = pairs_when_turned(0.0), pairs_when_turned(turn)
    assert still == turned
    # A record may lie on the edge to the rounding of a turn.
    assert abs((runs.stop - runs.first).sum() - (turned_runs.stop - turned_runs.first).sum()) <= 2
