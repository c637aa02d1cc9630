"""Which of 2e7 altimeter records fall into which of 3 000 scenes, beside geopandas and shapely.

Run it as ``python benchmarks/archive_matching.py``, on one core.  The records are those north of
60 N of three satellites in 30 days, 20 a second; the scenes are of the size and shape of EW
scenes, anywhere among them; a record meets a scene that lies within 3 h of it in time.

- sjoin: ``geopandas.sjoin`` of the records of each day with the scenes that they may meet, then
  the times compared; run on a few days, and its time per day taken for all;
- contains: for each scene the records within the lag by ``searchsorted``, those in its bounding
  box, then ``shapely.contains_xy`` with the prepared polygon; its records are sorted by time.

Then a catalogue of 60 000 scenes and 20 000 passes of a year is matched.  Compilation is not
counted; building points or sorting for the others is not counted either.  The script fails where
the pairs differ or a promise is not kept.
"""

import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from iceco.collocate.catalogue import COLUMNS
from iceco.collocate.matching import Records, match, match_records
from iceco.geo.polar import NORTH, forward
from iceco.simulate.orbits import CRYOSAT2, SENTINEL3, OrbitKind, fly_over

START = np.datetime64("2023-03-01", "ns")
DAY = np.timedelta64(86_400, "s")
LAG = np.timedelta64(3, "h")
RATE = 20  # records a second
SATELLITES = ((SENTINEL3, 0.0, 81.0), (SENTINEL3, 140.0, 81.0), (CRYOSAT2, 40.0, 87.5))
LOWEST = 60.0  # degree
DAYS, SCENES = 30, 3_000
SAMPLE_DAYS = (3, 17)  # on which sjoin runs
YEAR_DAYS, YEAR_SCENES, YEAR_PASSES = 365, 60_000, 20_000
SCENE_SECONDS = 60

MIN_OVER_SJOIN = 50.0
MIN_OVER_CONTAINS = 5.0
MAX_MEMORY = 2e9  # bytes, this process when ours is done, records included
MAX_YEAR_SECONDS = 1.0


def main() -> None:
    records, scenes = month_of_records(), some_scenes(SCENES, DAYS)
    print(f"{records.time.size:.2e} records in {records.splits.size - 1} passes")
    own, runs = timed(lambda: match_records(records, scenes, LAG, 0.0))
    memory = peak_memory()
    pairs = expand(runs.scene, runs.first, runs.stop)
    report("iceco", own, own, f"{pairs.shape[1]:.3e} pairs, {memory / 1e9:.2f} GB at most")
    contains = against_contains(records, scenes, pairs)
    report("contains_xy", contains, own)
    sjoin = against_sjoin(records, scenes, pairs)
    report("sjoin", sjoin, own, f"from {len(SAMPLE_DAYS)} of {DAYS} days")
    year = match_a_year()
    assert memory <= MAX_MEMORY
    assert contains >= MIN_OVER_CONTAINS * own
    assert sjoin >= MIN_OVER_SJOIN * own
    assert year <= MAX_YEAR_SECONDS


def against_contains(records: Records, scenes: gpd.GeoDataFrame, pairs: np.ndarray) -> float:
    order = np.argsort(records.time, kind="stable")
    moment, x, y = records.time[order], records.x[order], records.y[order]
    seconds, found = timed(lambda: contains_pairs(moment, x, y, scenes))
    assert_same(pairs, np.stack([found[0], order[found[1]]]))
    return seconds


def contains_pairs(moment, x, y, scenes: gpd.GeoDataFrame) -> np.ndarray:
    polygons = shapely.from_wkb(scenes["footprint"].to_numpy())
    shapely.prepare(polygons)
    bounds = shapely.bounds(polygons)
    low = np.searchsorted(moment, scenes["start_datetime"].to_numpy() - LAG, side="left")
    high = np.searchsorted(moment, scenes["end_datetime"].to_numpy() + LAG, side="right")
    found = []
    for scene, polygon in enumerate(polygons):
        part = slice(low[scene], high[scene])
        x0, y0, x1, y1 = bounds[scene]
        px, py = x[part], y[part]
        near = np.flatnonzero((px >= x0) & (px <= x1) & (py >= y0) & (py <= y1))
        inside = near[shapely.contains_xy(polygon, px[near], py[near])]
        found.append(np.stack([np.full(inside.size, scene), inside + low[scene]]))
    return np.concatenate(found, axis=1)


def against_sjoin(records: Records, scenes: gpd.GeoDataFrame, pairs: np.ndarray) -> float:
    polygons = gpd.GeoDataFrame(
        scenes[["start_datetime", "end_datetime"]],
        geometry=gpd.GeoSeries.from_wkb(scenes["footprint"]),
    )
    seconds = 0.0
    for day in SAMPLE_DAYS:
        first, last = START + day * DAY, START + (day + 1) * DAY
        rows = np.flatnonzero((records.time >= first) & (records.time < last))
        points = gpd.GeoDataFrame(
            {"time": records.time[rows], "row": rows},
            geometry=gpd.points_from_xy(records.x[rows], records.y[rows]),
        )
        near = polygons[
            (polygons["start_datetime"] - LAG < last) & (polygons["end_datetime"] + LAG >= first)
        ]
        took, found = timed(lambda points=points, near=near: sjoin_pairs(points, near), repeats=1)
        seconds += took
        assert_same(pairs[:, (pairs[1] >= 0) & np.isin(pairs[1], rows)], found)
    return seconds / len(SAMPLE_DAYS) * DAYS


def sjoin_pairs(points: gpd.GeoDataFrame, near: gpd.GeoDataFrame) -> np.ndarray:
    found = gpd.sjoin(points, near, predicate="intersects")
    within = (found["time"] >= found["start_datetime"] - LAG) & (
        found["time"] <= found["end_datetime"] + LAG
    )
    return found.loc[within, ["index_right", "row"]].to_numpy().T


def match_a_year() -> float:
    """Match a year's catalogue and say how long that took, reading WKB included."""
    scenes = some_scenes(YEAR_SCENES, YEAR_DAYS)
    passes = year_of_passes()
    seconds, pairs = timed(lambda: match(passes, scenes, LAG))
    print(f"{len(scenes)} scenes x {len(passes)} passes: {pairs.scene.size} pairs, {seconds:.2f} s")
    return seconds


def month_of_records() -> Records:
    """Return the records of all satellites north of 60 N."""
    passes = [part for satellite in SATELLITES for part in passes_of(satellite, DAYS, LOWEST)]
    dense = [densify(*part) for part in passes]
    splits = np.cumsum([0, *(part[0].size for part in dense)])
    moment, x, y = (np.concatenate(column) for column in zip(*dense, strict=True))
    return Records(NORTH.crs, moment, x, y, splits)


def passes_of(satellite: tuple[OrbitKind, float, float], days: int, lowest: float) -> list:
    """Return times, x and y of a satellite's passes, once a second."""
    kind, longitude, latitude = satellite
    middle = START + days * DAY // 2
    flight = fly_over(kind, longitude, latitude, middle, 1.0, days * 86_400)
    high = flight.latitude > lowest
    cuts = np.flatnonzero(np.diff(high.astype(np.int8))) + 1
    columns = (np.split(column, cuts) for column in (high, flight.time, flight.x, flight.y))
    return [part for is_high, *part in zip(*columns, strict=True) if is_high[0]]


def densify(moment: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, ...]:
    step = np.timedelta64(10**9 // RATE, "ns")
    fine = np.arange(moment[0], moment[-1], step)
    since = [(t - moment[0]).astype(np.float64) for t in (fine, moment)]
    return fine, np.interp(*since, x), np.interp(*since, y)


def year_of_passes() -> gpd.GeoDataFrame:
    rows = []
    for number in range(YEAR_PASSES // 400):
        satellite = (SENTINEL3, float(number * 77 % 360), 81.0)
        rows += passes_of(satellite, 29, 40.0)[:400]
    shift = np.random.default_rng(1).uniform(0, (YEAR_DAYS - 29) * 86_400, len(rows))
    lines = [shapely.LineString(np.stack([x, y], -1)).simplify(100.0) for _, x, y in rows]
    starts = [t[0] + np.timedelta64(int(s), "s") for (t, _, _), s in zip(rows, shift, strict=True)]
    lengths = [t[-1] - t[0] for t, _, _ in rows]
    return entries("track", np.array(starts), np.array(lengths), shapely.to_wkb(lines))


def some_scenes(count: int, days: int) -> gpd.GeoDataFrame:
    """Return footprints of some 410 km by 400 km with 80 corners, anywhere north of 62 N."""
    random = np.random.default_rng(0)
    latitude = np.degrees(np.arcsin(random.uniform(np.sin(np.radians(62.0)), 1.0, count)))
    x, y = forward(NORTH, random.uniform(-180.0, 180.0, count), latitude)
    side = np.linspace(-1.0, 1.0, 21)[:-1]
    across = np.concatenate([side, np.ones(20), -side, -np.ones(20)])
    along = np.concatenate([-np.ones(20), side, np.ones(20), -side])
    angle = random.uniform(0.0, 2.0 * np.pi, count)[:, None]
    u, v = 205e3 * across + 3e3 * along**2, 200e3 * along + 2e3 * across**2
    u, v = np.cos(angle) * u - np.sin(angle) * v, np.sin(angle) * u + np.cos(angle) * v
    polygons = shapely.polygons(np.stack([u + x[:, None], v + y[:, None]], -1))
    starts = START + random.uniform(0, days * 86_400e9, count).astype("timedelta64[ns]")
    return entries("scene", starts, np.timedelta64(SCENE_SECONDS, "s"), shapely.to_wkb(polygons))


def entries(kind: str, start: np.ndarray, length, footprints: np.ndarray) -> gpd.GeoDataFrame:
    """Return catalogue rows."""
    columns = dict.fromkeys(COLUMNS, "") | {
        "kind": kind,
        "start_datetime": pd.to_datetime(start),
        "end_datetime": pd.to_datetime(start + length),
        "crs": NORTH.crs,
        "footprint": footprints,
    }
    return gpd.GeoDataFrame(columns, geometry=[None] * len(footprints))


def expand(scene: np.ndarray, first: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Return scene and record of every pair, (2, n)."""
    count = stop - first
    record = np.arange(count.sum()) + np.repeat(first - np.cumsum(count) + count, count)
    return np.stack([np.repeat(scene, count), record])


def assert_same(one: np.ndarray, other: np.ndarray) -> None:
    assert np.array_equal(*(pairs[:, np.lexsort(pairs[::-1])] for pairs in (one, other)))


def timed(function: Callable[[], object], repeats: int = 3) -> tuple[float, object]:
    """Return the least time of some calls [s], and what the last returned."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = function()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


def peak_memory() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


def report(name: str, seconds: float, own: float, note: str = "") -> None:
    print(f"{name:12s}{seconds:9.3f} s   {seconds / own:7.1f} x iceco   {note}")


if __name__ == "__main__":
    main()
