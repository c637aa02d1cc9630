"""Which two scenes tell how the ice moved between a track and a scene."""

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from .matching import match

#: Ice that is seen twice within so long is hardly changed, and its mean motion still tells of
#: an hour of it.
LONGEST_LAG = np.timedelta64(3 * 86_400, "s")

#: Over less the error of matching, some 50 m, would be as large as the motion.
SHORTEST_LAG = np.timedelta64(1_800, "s")

#: Another pair is worth its time if it tells of so much more of a track [m].
LEAST_LENGTH = 5_000.0


class ScenePairs(NamedTuple):
    """Row numbers of scenes, the earlier one first; arrays (n,), int64, sorted."""

    first: np.ndarray
    second: np.ndarray


def scene_pairs(
    tracks: gpd.GeoDataFrame, scenes: gpd.GeoDataFrame, max_lag: np.timedelta64
) -> ScenePairs:
    """Return the pairs of scenes whose drift collocation needs.

    Parameters
    ----------
    tracks, scenes : GeoDataFrame
        Rows of a catalogue (``collocate.catalogue``).
    max_lag : timedelta64
        Longest time between an altimeter record and the pixel that saw its place.

    Notes
    -----
    A scene that a track meets is paired with the scene closest in time among those that saw the
    same ice on the track's side of it in time, so that the two bracket the track if any do; then,
    for what is left of the track, with the next, and at last with those on the other side.
    """
    meetings = match(tracks, scenes, max_lag)
    lines = shapely.from_wkb(tracks["footprint"].to_numpy(dtype=object))
    outlines = shapely.from_wkb(scenes["footprint"].to_numpy(dtype=object))
    track_time, scene_time = _middle(tracks), _middle(scenes)
    by_time = np.argsort(scene_time, kind="stable")
    found: set[tuple[int, int]] = set()
    for track, scene in zip(meetings.track, meetings.scene, strict=True):
        partners = _partners(scenes, scene, scene_time, by_time, track_time[track])
        seen = shapely.intersection(lines[track], outlines[scene])
        for partner in _covering(seen, partners, outlines):
            earlier, later = sorted((int(scene), partner), key=lambda row: scene_time[row])
            found.add((earlier, later))
    pairs = np.array(sorted(found), dtype=np.int64).reshape(-1, 2)
    return ScenePairs(pairs[:, 0], pairs[:, 1])


def _middle(entries: gpd.GeoDataFrame) -> np.ndarray:
    begin, end = (entries[n].to_numpy("datetime64[ns]") for n in ("start_datetime", "end_datetime"))
    return begin + (end - begin) // 2


def _partners(
    scenes: gpd.GeoDataFrame,
    scene: int,
    scene_time: np.ndarray,
    by_time: np.ndarray,
    track_time: np.datetime64,
) -> np.ndarray:
    """Return the scenes that might be paired with one, the most telling of a time first."""
    span = scene_time[scene] + np.array([-LONGEST_LAG, LONGEST_LAG])
    low = np.searchsorted(scene_time, span[0], side="left", sorter=by_time)
    high = np.searchsorted(scene_time, span[1], side="right", sorter=by_time)
    near = by_time[low:high]
    crs = scenes["crs"].to_numpy()
    lag = scene_time[near] - scene_time[scene]
    fits = (crs[near] == crs[scene]) & (np.abs(lag) >= SHORTEST_LAG) & (np.abs(lag) <= LONGEST_LAG)
    other_side = (lag > 0) != (track_time > scene_time[scene])
    order = np.lexsort((np.abs(lag), other_side))
    return near[order[fits[order]]]


def _covering(line: Any, partners: np.ndarray, outlines: np.ndarray) -> list[int]:
    """Return the partners that are needed to see as much of a line as any do."""
    needed = []
    for partner in partners:
        if line.length < LEAST_LENGTH:
            break
        if shapely.intersection(line, outlines[partner]).length >= LEAST_LENGTH:
            needed.append(int(partner))
            line = shapely.difference(line, outlines[partner])
    return needed
