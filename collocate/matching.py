"""Which tracks, and which of their records, meet which scenes: by time, then on the polar plane.

Both questions are answered by the same loops: a window in the sorted times of the tracks, then
boxes, then edges, so that the cost follows what lies close and not what there is.
"""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ._matching_kernels import (
    WIDE,
    Course,
    Meetings,
    Outlines,
    block_boxes,
    lines_near,
    ring_boxes,
    runs_near,
    wide_boxes,
)
from .catalogue import TRACK_TOLERANCE

#: Fastest ice reckoned with when a footprint is grown by the drift of a lag [m/s]; feature
#: tracking cuts at half of it (Muckenhuber and Sandven 2017).
FASTEST_ICE = 1.0


#: Points a block of records, and of the thinned line of a track in a catalogue: fewer are more
#: boxes to look at, more are worse boxes.
RECORD_BLOCK, LINE_BLOCK = 64, 8


class Pairs(NamedTuple):
    """Row numbers of what meets, sorted by scene and then by track; arrays (n,), int64."""

    track: np.ndarray
    scene: np.ndarray


class Records(NamedTuple):
    """Altimeter records on one polar plane, track after track."""

    crs: str  #: of the plane, such as "EPSG:3413"
    time: np.ndarray  #: (n,) datetime64[ns], never falling within a track
    x: np.ndarray  #: (n,) float64 [m]; nan meets nothing
    y: np.ndarray
    splits: np.ndarray  #: (tracks + 1,) int64: track t has the records splits[t] .. splits[t + 1]


class Runs(NamedTuple):
    """Consecutive records of one track in one scene, sorted; arrays (n,), int64."""

    scene: np.ndarray  #: row number of the scene
    track: np.ndarray  #: number of the track
    first: np.ndarray  #: number of the first record among all
    stop: np.ndarray  #: number of the last record plus one


def match(tracks: gpd.GeoDataFrame, scenes: gpd.GeoDataFrame, max_lag: np.timedelta64) -> Pairs:
    """Return the pairs of catalogue rows that may hold collocations.

    Parameters
    ----------
    tracks, scenes : GeoDataFrame
        Rows of a catalogue (``collocate.catalogue``), of kind track and scene.
    max_lag : timedelta64
        Longest time between an altimeter record and the line of the scene that saw its place.

    Notes
    -----
    A scene's footprint is grown by how far the fastest ice goes in ``max_lag``, and by how far
    the line of a track in a catalogue may lie from its records.
    """
    meetings = _meetings(
        *_times(tracks), tracks["crs"].to_numpy(), scenes, max_lag.astype("timedelta64[ns]")
    )
    reach = FASTEST_ICE * (max_lag / np.timedelta64(1, "s")) + TRACK_TOLERANCE
    found = lines_near(_lines(tracks), _outlines(scenes), meetings, reach)
    found = found[np.lexsort((found[:, 1], found[:, 0]))]
    return Pairs(found[:, 1].copy(), found[:, 0].copy())


def match_records(
    records: Records, scenes: gpd.GeoDataFrame, max_lag: np.timedelta64, reach: float
) -> Runs:
    """Return which records lie in or near the footprints of which scenes, within the lag.

    Parameters
    ----------
    records : Records
        No order among the tracks is needed, nor any smoothness; the blocks of a smooth track
        are decided as a whole, which is what makes it fast.
    scenes : GeoDataFrame
        Rows of a catalogue; those on another plane than the records meet none.
    max_lag : timedelta64
        Longest time between a record and the time span of the scene.
    reach : float
        How far outside its footprint a scene is still met [m on the plane]; the edge counts.

    Returns
    -------
    Runs
        Each record of a run meets the scene, the ones before and after do not.
    """
    splits = np.asarray(records.splits, dtype=np.int64)
    filled = np.flatnonzero(np.diff(splits))
    splits = np.append(splits[filled], splits[-1:])
    time = records.time.astype("datetime64[ns]", copy=False)
    meetings = _meetings(
        time[splits[:-1]],
        time[splits[1:] - 1],
        np.full(filled.size, records.crs, dtype=object),
        scenes,
        max_lag.astype("timedelta64[ns]"),
    )
    course = _course(records.x, records.y, np.zeros(0, dtype=bool), splits, RECORD_BLOCK, overlap=0)
    runs = runs_near(time.view(np.int64), course, _outlines(scenes), meetings, reach)
    runs[:, 1] = filled[runs[:, 1]]
    scene, track, first, stop = runs[np.lexsort((runs[:, 2], runs[:, 0]))].T.copy()
    return Runs(scene, track, first, stop)


def _times(entries: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    begin, end = (entries[n].to_numpy("datetime64[ns]") for n in ("start_datetime", "end_datetime"))
    return begin, end


def _meetings(
    first: np.ndarray,
    last: np.ndarray,
    track_crs: np.ndarray,
    scenes: gpd.GeoDataFrame,
    max_lag: np.timedelta64,
) -> Meetings:
    """Return who may meet whom: the tracks, in order of time, that each scene must look at."""
    begin, end = _times(scenes)
    begin, end = begin - max_lag, end + max_lag
    order = np.argsort(first, kind="stable")
    longest = (last - first).max(initial=np.timedelta64(0, "ns"))
    low = np.searchsorted(first[order], begin - longest, side="left")
    high = np.searchsorted(first[order], end, side="right")
    plane, _ = pd.factorize(np.concatenate([track_crs, scenes["crs"].to_numpy()]))
    first, last, begin, end = (moment.view(np.int64) for moment in (first, last, begin, end))
    scene_order = np.argsort(begin, kind="stable")
    track_plane, scene_plane = np.split(plane, [first.size])
    return Meetings(
        scene_order, order, low, high, first, last, begin, end, track_plane, scene_plane
    )


def _lines(tracks: gpd.GeoDataFrame) -> Course:
    """Return the lines of catalogue rows."""
    lines = shapely.from_wkb(tracks["footprint"].to_numpy(dtype=object))
    parts, track = shapely.get_parts(lines, return_index=True)
    points, part = shapely.get_coordinates(parts, return_index=True)
    joined = np.append(part[1:] == part[:-1], False)[: part.size]
    splits = np.searchsorted(track[part], np.arange(len(tracks) + 1))
    return _course(points[:, 0].copy(), points[:, 1].copy(), joined, splits, LINE_BLOCK, overlap=1)


def _course(
    x: np.ndarray, y: np.ndarray, joined: np.ndarray, splits: np.ndarray, block: int, overlap: int
) -> Course:
    """Return points with the boxes of their blocks, each ``overlap`` points longer."""
    blocks = _counted(-(-np.diff(splits) // block))
    wide = _counted(-(-np.diff(blocks) // WIDE))
    box = block_boxes(x, y, splits, block, blocks, overlap)
    return Course(x, y, joined, splits, block, blocks, wide, box, wide_boxes(box, blocks, wide))


def _counted(numbers: np.ndarray) -> np.ndarray:
    """Return where each of some groups begins, and where the last ends."""
    return np.cumsum(np.append(0, numbers))


def _outlines(scenes: gpd.GeoDataFrame) -> Outlines:
    """Return the rings of catalogue rows."""
    polygons = shapely.from_wkb(scenes["footprint"].to_numpy(dtype=object))
    points, scene = shapely.get_coordinates(polygons, return_index=True)
    splits = np.searchsorted(scene, np.arange(len(scenes) + 1))
    x, y = points[:, 0].copy(), points[:, 1].copy()
    return Outlines(x, y, splits, ring_boxes(x, y, splits))
