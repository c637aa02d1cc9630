"""Which tracks meet which scenes: by time first, then by geometry on the polar plane."""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely

#: Fastest ice reckoned with when a footprint is grown by the drift of a lag [m/s]; feature
#: tracking cuts at half of it (Muckenhuber and Sandven 2017).
FASTEST_ICE = 1.0


class Pairs(NamedTuple):
    """Row numbers of what meets, sorted by scene and then by track; arrays (n,), int64."""

    track: np.ndarray
    scene: np.ndarray


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
    A scene's footprint is grown by how far the fastest ice goes in ``max_lag``.
    """
    track, scene = _overlap_in_time(tracks, scenes, max_lag)
    same_plane = tracks["crs"].to_numpy()[track] == scenes["crs"].to_numpy()[scene]
    track, scene = track[same_plane], scene[same_plane]
    lines = shapely.from_wkb(tracks["footprint"].to_numpy(dtype=object))
    outlines = shapely.from_wkb(scenes["footprint"].to_numpy(dtype=object))
    shapely.prepare(outlines)
    reach = FASTEST_ICE * (max_lag / np.timedelta64(1, "s"))
    near = shapely.dwithin(outlines[scene], lines[track], reach)
    track, scene = track[near], scene[near]
    order = np.lexsort((track, scene))
    return Pairs(track[order], scene[order])


def _overlap_in_time(
    tracks: gpd.GeoDataFrame, scenes: gpd.GeoDataFrame, max_lag: np.timedelta64
) -> tuple[np.ndarray, np.ndarray]:
    """Return all pairs of rows whose times come within ``max_lag`` of each other."""
    begin, end = (scenes[n].to_numpy("datetime64[ns]") for n in ("start_datetime", "end_datetime"))
    first = tracks["start_datetime"].to_numpy("datetime64[ns]") - max_lag
    last = tracks["end_datetime"].to_numpy("datetime64[ns]") + max_lag
    order = np.argsort(begin, kind="stable")
    longest = (end - begin).max(initial=np.timedelta64(0, "ns"))
    low = np.searchsorted(begin[order], first - longest, side="left")
    high = np.searchsorted(begin[order], last, side="right")
    count = high - low
    track = np.repeat(np.arange(len(tracks)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    scene = order[np.repeat(low, count) + within]
    overlap = end[scene] >= first[track]
    return track[overlap], scene[overlap]
