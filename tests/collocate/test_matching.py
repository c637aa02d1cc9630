"""Matching: the same pairs as trying every one; the pole and the date line are ordinary."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from iceco.collocate.matching import FASTEST_ICE, match

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
    reach = FASTEST_ICE * hours * 3600
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
