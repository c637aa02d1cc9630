"""Which pairs of scenes are followed for the drift between tracks and scenes."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from iceco.collocate.scene_pairs import scene_pairs

NOON = pd.Timestamp("2024-03-15T12:00")
LAG = np.timedelta64(3, "h")


def entries(kind: str, rows) -> gpd.GeoDataFrame:
    """Catalogue rows from (hours after noon, footprint)."""
    times = [NOON + pd.Timedelta(hours=hours) for hours, _ in rows]
    return gpd.GeoDataFrame(
        {
            "id": [f"{kind}{i}" for i in range(len(rows))],
            "kind": kind,
            "start_datetime": times,
            "end_datetime": [time + pd.Timedelta(seconds=10) for time in times],
            "crs": "EPSG:3413",
            "footprint": [footprint.wkb for _, footprint in rows],
        },
        geometry=[footprint for _, footprint in rows],
    )


def scene(hours, west=0.0, east=100e3):
    return hours, shapely.box(west, 0.0, east, 100e3)


def track(hours):
    return hours, shapely.LineString([(-50e3, 50e3), (150e3, 50e3)])


def chosen(tracks, scenes, lag=LAG):
    pairs = scene_pairs(entries("track", tracks), entries("scene", scenes), lag)
    return list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))


@pytest.mark.parametrize(
    ("hour", "wanted"),
    [(1.0, [(0, 2)]), (-1.0, [(1, 0)])],
)
def test_the_pair_that_brackets_the_track_is_chosen(hour, wanted):
    scenes = [scene(0.0), scene(-24.0), scene(23.0), scene(47.0), scene(-48.0)]
    assert chosen([track(hour)], scenes) == wanted


def test_where_none_brackets_the_track_a_neighbour_serves():
    assert chosen([track(1.0)], [scene(0.0), scene(-24.0)]) == [(1, 0)]


def test_a_scene_that_sees_part_of_the_track_is_joined_by_others():
    scenes = [scene(0.0), scene(20.0, 0.0, 40e3), scene(23.0, 30e3, 100e3), scene(47.0)]
    assert chosen([track(1.0)], scenes) == [(0, 1), (0, 2)]


@pytest.mark.parametrize(
    "other",
    [
        scene(0.01),  # the next slice of the same pass
        scene(73.0),  # too late
        scene(24.0, 97e3, 200e3),  # hardly overlaps
        scene(24.0, 200e3, 300e3),
    ],
)
def test_scenes_that_tell_nothing_are_not_paired(other):
    assert chosen([track(1.0)], [scene(0.0), other]) == []


def test_a_scene_of_the_other_plane_is_not_paired():
    scenes = entries("scene", [scene(0.0), scene(24.0)])
    scenes.loc[1, "crs"] = "EPSG:3976"
    pairs = scene_pairs(entries("track", [track(1.0)]), scenes, LAG)
    assert pairs.first.size == 0


def test_scenes_that_no_track_meets_are_not_followed():
    assert chosen([track(60.0)], [scene(0.0), scene(24.0)]) == []


def test_a_pair_that_two_scenes_need_is_there_once():
    assert chosen([track(1.0), track(22.0)], [scene(0.0), scene(23.0)]) == [(0, 1)]
