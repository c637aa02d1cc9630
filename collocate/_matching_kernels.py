"""Compiled loops of matching: which lines and which points come near which polygons.

Polygons are closed rings (the last vertex is the first again) in one array each of x and y, ring
s from ``splits[s]`` to ``splits[s + 1]``; lines and points are laid out alike, track after track.
Times are integers of any one unit.  The callers in ``matching.py`` check; these loops trust them.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

#: Points a part of a block of records that an edge of a polygon passes through.
PART = 8

#: Blocks that have a wide box together, so that most are never looked at.
WIDE = 8

#: Half the side of a box that stands for "a position is missing here" [m].
EVERYWHERE = 1e12

OUTSIDE, CROSSED, INSIDE = 0, 1, 2


class Course(NamedTuple):
    """Points track after track, with the boxes of their blocks."""

    x: np.ndarray  #: (n,) float64 [m]
    y: np.ndarray
    joined: np.ndarray  #: (n,) bool: whether a line goes on to the next point
    splits: np.ndarray  #: (tracks + 1,) int64
    block: int  #: points a block, of which only the box is looked at first
    block_splits: np.ndarray  #: (tracks + 1,) int64
    wide_splits: np.ndarray  #: (tracks + 1,) int64
    box: np.ndarray  #: (blocks, 4) float64: least x, least y, most x, most y
    wide_box: np.ndarray  #: the same of WIDE blocks together


class Outlines(NamedTuple):
    """Rings, and the box of each."""

    x: np.ndarray  #: (n,) float64 [m]
    y: np.ndarray
    splits: np.ndarray  #: (scenes + 1,) int64
    box: np.ndarray  #: (scenes, 4) float64


class Meetings(NamedTuple):
    """Who may meet whom in time: of scene s, the tracks ``order[low[s]:high[s]]``."""

    scene_order: np.ndarray  #: (scenes,) int64: by time, so that close scenes share what is cached
    order: np.ndarray  #: (tracks,) int64
    low: np.ndarray  #: (scenes,) int64
    high: np.ndarray
    first: np.ndarray  #: (tracks,) int64, time of a track's first record
    last: np.ndarray
    begin: np.ndarray  #: (scenes,) int64, the earliest time that counts for a scene
    end: np.ndarray
    track_plane: np.ndarray  #: (tracks,) int64
    scene_plane: np.ndarray  #: (scenes,) int64


@njit(cache=True, nogil=True)
def _bounds(
    x: np.ndarray, y: np.ndarray, first: int, stop: int
) -> tuple[float, float, float, float]:
    """Return the box of points; EVERYWHERE where one is nan."""
    x0, y0, x1, y1 = np.inf, np.inf, -np.inf, -np.inf
    for i in range(first, stop):
        if np.isnan(x[i]) or np.isnan(y[i]):
            return -EVERYWHERE, -EVERYWHERE, EVERYWHERE, EVERYWHERE
        x0 = x[i] if x[i] < x0 else x0
        y0 = y[i] if y[i] < y0 else y0
        x1 = x[i] if x[i] > x1 else x1
        y1 = y[i] if y[i] > y1 else y1
    return x0, y0, x1, y1


@njit(cache=True, nogil=True)
def block_boxes(
    x: np.ndarray,
    y: np.ndarray,
    splits: np.ndarray,
    block: int,
    block_splits: np.ndarray,
    overlap: int,
) -> np.ndarray:
    """Return the boxes of all blocks, each with ``overlap`` points of the next block."""
    box = np.empty((block_splits[-1], 4))
    for t in range(splits.size - 1):
        for b in range(block_splits[t], block_splits[t + 1]):
            first = splits[t] + (b - block_splits[t]) * block
            stop = min(first + block + overlap, splits[t + 1])
            box[b, 0], box[b, 1], box[b, 2], box[b, 3] = _bounds(x, y, first, stop)
    return box


@njit(cache=True, nogil=True)
def wide_boxes(box: np.ndarray, block_splits: np.ndarray, wide_splits: np.ndarray) -> np.ndarray:
    """Return the boxes of WIDE blocks together."""
    wide = np.empty((wide_splits[-1], 4))
    for t in range(wide_splits.size - 1):
        for w in range(wide_splits[t], wide_splits[t + 1]):
            first = block_splits[t] + (w - wide_splits[t]) * WIDE
            stop = min(first + WIDE, block_splits[t + 1])
            for k in range(2):
                wide[w, k] = box[first:stop, k].min()
                wide[w, k + 2] = box[first:stop, k + 2].max()
    return wide


@njit(cache=True, nogil=True)
def ring_boxes(x: np.ndarray, y: np.ndarray, splits: np.ndarray) -> np.ndarray:
    """Return the box of each ring."""
    box = np.empty((splits.size - 1, 4))
    for s in range(splits.size - 1):
        box[s, 0], box[s, 1], box[s, 2], box[s, 3] = _bounds(x, y, splits[s], splits[s + 1])
    return box


@njit(cache=True, nogil=True)
def _apart(a: np.ndarray, i: int, b: np.ndarray, j: int, reach: float) -> bool:
    """Tell whether two boxes lie further apart than ``reach`` along either axis."""
    return (
        a[i, 0] > b[j, 2] + reach
        or a[i, 2] < b[j, 0] - reach
        or a[i, 1] > b[j, 3] + reach
        or a[i, 3] < b[j, 1] - reach
    )


@njit(cache=True, nogil=True)
def _crosses_ray(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> bool:
    """Tell whether the ray from a point towards larger x crosses an edge."""
    return (ay > py) != (by > py) and px < ax + (py - ay) * (bx - ax) / (by - ay)


@njit(cache=True, nogil=True)
def _state(
    x0: float, y0: float, x1: float, y1: float, rings: Outlines, s: int, reach: float
) -> int:
    """Tell how a box grown by ``reach`` lies to a ring: OUTSIDE, CROSSED by its edge, INSIDE."""
    cx, cy = 0.5 * (x0 + x1), 0.5 * (y0 + y1)
    hx, hy = 0.5 * (x1 - x0) + reach, 0.5 * (y1 - y0) + reach
    inside = False
    for j in range(rings.splits[s], rings.splits[s + 1] - 1):
        ax, ay = rings.x[j] - cx, rings.y[j] - cy
        bx, by = rings.x[j + 1] - cx, rings.y[j + 1] - cy
        if min(ax, bx) <= hx and max(ax, bx) >= -hx and min(ay, by) <= hy and max(ay, by) >= -hy:
            dx, dy = bx - ax, by - ay
            if abs(dx * ay - dy * ax) <= hx * abs(dy) + hy * abs(dx):
                return CROSSED
        if _crosses_ray(0.0, 0.0, ax, ay, bx, by):
            inside = not inside
    return INSIDE if inside else OUTSIDE


@njit(cache=True, nogil=True)
def _square_to_edge(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Return the squared distance of a point to an edge."""
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    along = 0.0
    if square > 0.0:
        along = min(1.0, max(0.0, ((px - ax) * dx + (py - ay) * dy) / square))
    return (px - ax - along * dx) ** 2 + (py - ay - along * dy) ** 2


@njit(cache=True, nogil=True)
def _point_near(px: float, py: float, rings: Outlines, s: int, reach: float) -> bool:
    """Tell whether a point lies in a ring or within ``reach`` of it; never where it is nan."""
    inside = False
    for j in range(rings.splits[s], rings.splits[s + 1] - 1):
        ax, ay, bx, by = rings.x[j], rings.y[j], rings.x[j + 1], rings.y[j + 1]
        if _square_to_edge(px, py, ax, ay, bx, by) <= reach * reach:
            return True
        if _crosses_ray(px, py, ax, ay, bx, by):
            inside = not inside
    return inside


@njit(cache=True, nogil=True)
def _side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax)


@njit(cache=True, nogil=True)
def _pieces_near(
    ax: float,
    ay: float,
    bx: float,
    by: float,
    cx: float,
    cy: float,
    dx: float,
    dy: float,
    reach: float,
) -> bool:
    """Tell whether two straight pieces cross or come within ``reach`` of each other."""
    if (_side(cx, cy, dx, dy, ax, ay) > 0.0) != (_side(cx, cy, dx, dy, bx, by) > 0.0) and (
        _side(ax, ay, bx, by, cx, cy) > 0.0
    ) != (_side(ax, ay, bx, by, dx, dy) > 0.0):
        return True
    least = min(
        min(_square_to_edge(ax, ay, cx, cy, dx, dy), _square_to_edge(bx, by, cx, cy, dx, dy)),
        min(_square_to_edge(cx, cy, ax, ay, bx, by), _square_to_edge(dx, dy, ax, ay, bx, by)),
    )
    return least <= reach * reach


@njit(cache=True, nogil=True)
def _piece_near(
    ax: float, ay: float, bx: float, by: float, rings: Outlines, s: int, reach: float
) -> bool:
    """Tell whether a straight piece of a line meets a ring or comes within ``reach`` of it."""
    x0, x1 = min(ax, bx) - reach, max(ax, bx) + reach
    y0, y1 = min(ay, by) - reach, max(ay, by) + reach
    box = rings.box
    if x0 > box[s, 2] or x1 < box[s, 0] or y0 > box[s, 3] or y1 < box[s, 1]:
        return False
    inside = False
    for j in range(rings.splits[s], rings.splits[s + 1] - 1):
        cx, cy, dx, dy = rings.x[j], rings.y[j], rings.x[j + 1], rings.y[j + 1]
        if (
            min(cx, dx) <= x1
            and max(cx, dx) >= x0
            and min(cy, dy) <= y1
            and max(cy, dy) >= y0
            and _pieces_near(ax, ay, bx, by, cx, cy, dx, dy, reach)
        ):
            return True
        if _crosses_ray(ax, ay, cx, cy, dx, dy):
            inside = not inside
    return inside


@njit(cache=True, nogil=True)
def _next_close(course: Course, t: int, b: int, rings: Outlines, s: int, reach: float) -> int:
    """Return the first block from ``b`` on whose box comes close to a ring's, else the end."""
    base, stop = course.block_splits[t], course.block_splits[t + 1]
    while b < stop:
        w = course.wide_splits[t] + (b - base) // WIDE
        if _apart(course.wide_box, w, rings.box, s, reach):
            b = base + ((b - base) // WIDE + 1) * WIDE
        elif _apart(course.box, b, rings.box, s, reach):
            b += 1
        else:
            return b
    return stop


@njit(cache=True, nogil=True)
def _line_near(course: Course, t: int, rings: Outlines, s: int, reach: float) -> bool:
    """Tell whether the line of a track comes within ``reach`` of a ring."""
    base = course.block_splits[t]
    b = _next_close(course, t, base, rings, s, reach)
    while b < course.block_splits[t + 1]:
        first = course.splits[t] + (b - base) * course.block
        for i in range(first, min(first + course.block, course.splits[t + 1] - 1)):
            if course.joined[i] and _piece_near(
                course.x[i], course.y[i], course.x[i + 1], course.y[i + 1], rings, s, reach
            ):
                return True
        b = _next_close(course, t, b + 1, rings, s, reach)
    return False


@njit(cache=True, nogil=True)
def _with_room(rows: np.ndarray, count: int) -> np.ndarray:
    """Return ``rows`` (m, k), or a copy of twice its length where ``count`` fill it."""
    if count < rows.shape[0]:
        return rows
    larger = np.empty((2 * rows.shape[0], rows.shape[1]), rows.dtype)
    # One by one: to assign slices compiles the texts of errors about shapes, for seconds.
    for i in range(count):
        for j in range(rows.shape[1]):
            larger[i, j] = rows[i, j]
    return larger


@njit(cache=True, nogil=True)
def _may_meet(meetings: Meetings, t: int, s: int) -> bool:
    """Tell whether a track of a scene's window lasts until it, and is on its plane."""
    return (
        meetings.last[t] >= meetings.begin[s] and meetings.track_plane[t] == meetings.scene_plane[s]
    )


@njit(cache=True, nogil=True)
def lines_near(course: Course, rings: Outlines, meetings: Meetings, reach: float) -> np.ndarray:
    """Return (n, 2) int64: scene and track of which the line comes within ``reach``."""
    found = np.empty((1024, 2), np.int64)
    count = 0
    for s in meetings.scene_order:
        for k in range(meetings.low[s], meetings.high[s]):
            t = meetings.order[k]
            if _may_meet(meetings, t, s) and _line_near(course, t, rings, s, reach):
                found = _with_room(found, count)
                found[count, 0], found[count, 1] = s, t
                count += 1
    return found[:count]


@njit(cache=True, nogil=True)
def _first_from(time: np.ndarray, first: int, stop: int, wanted: int) -> int:
    """Return the first index in first .. stop - 1 with a time from ``wanted`` on, else stop."""
    while first < stop:
        middle = (first + stop) // 2
        if time[middle] < wanted:
            first = middle + 1
        else:
            stop = middle
    return first


@njit(cache=True, nogil=True)
def _add(
    runs: np.ndarray, count: int, s: int, t: int, first: int, stop: int
) -> tuple[np.ndarray, int]:
    """Add a run of records, to the last run where it goes on from there."""
    if (
        count
        and runs[count - 1, 0] == s
        and runs[count - 1, 1] == t
        and runs[count - 1, 3] == first
    ):
        runs[count - 1, 3] = stop
        return runs, count
    runs = _with_room(runs, count)
    runs[count, 0], runs[count, 1], runs[count, 2], runs[count, 3] = s, t, first, stop
    return runs, count + 1


@njit(cache=True, nogil=True)
def _add_block(
    runs: np.ndarray,
    count: int,
    course: Course,
    t: int,
    rings: Outlines,
    s: int,
    first: int,
    stop: int,
    reach: float,
) -> tuple[np.ndarray, int]:
    """Add the runs of a block that an edge passes through, part by part."""
    for start in range(first, stop, PART):
        end = min(start + PART, stop)
        x0, y0, x1, y1 = _bounds(course.x, course.y, start, end)
        state = _state(x0, y0, x1, y1, rings, s, reach)
        if state == INSIDE:
            runs, count = _add(runs, count, s, t, start, end)
        elif state == CROSSED:
            for i in range(start, end):
                if _point_near(course.x[i], course.y[i], rings, s, reach):
                    runs, count = _add(runs, count, s, t, i, i + 1)
    return runs, count


@njit(cache=True, nogil=True)
def _add_track(
    runs: np.ndarray,
    count: int,
    course: Course,
    t: int,
    rings: Outlines,
    s: int,
    low: int,
    high: int,
    reach: float,
) -> tuple[np.ndarray, int]:
    """Add the runs of a track's records low .. high - 1."""
    origin, base = course.splits[t], course.block_splits[t]
    stop = base + (high - 1 - origin) // course.block + 1
    b = _next_close(course, t, base + (low - origin) // course.block, rings, s, reach)
    while b < stop:
        box = course.box[b]
        state = _state(box[0], box[1], box[2], box[3], rings, s, reach)
        first = max(low, origin + (b - base) * course.block)
        end = min(high, origin + (b - base + 1) * course.block)
        if state == INSIDE:
            runs, count = _add(runs, count, s, t, first, end)
        elif state == CROSSED:
            runs, count = _add_block(runs, count, course, t, rings, s, first, end, reach)
        b = _next_close(course, t, b + 1, rings, s, reach)
    return runs, count


@njit(cache=True, nogil=True)
def runs_near(
    time: np.ndarray, course: Course, rings: Outlines, meetings: Meetings, reach: float
) -> np.ndarray:
    """Return (n, 4) int64: scene, track, first record and the one after the last of each run."""
    runs = np.empty((1024, 4), np.int64)
    count = 0
    for s in meetings.scene_order:
        for k in range(meetings.low[s], meetings.high[s]):
            t = meetings.order[k]
            if not _may_meet(meetings, t, s):
                continue
            first, stop = course.splits[t], course.splits[t + 1]
            low = _first_from(time, first, stop, meetings.begin[s])
            high = _first_from(time, low, stop, meetings.end[s] + 1)
            if low < high:
                runs, count = _add_track(runs, count, course, t, rings, s, low, high, reach)
    return runs[:count]
