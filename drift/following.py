"""The ice that is at places at any time, followed back to the start of an interval of vectors."""

import numpy as np

from .interpolation import REACH_SPACINGS, SECOND, Interpolated, Layer, interpolate

ROUNDS = 5  # of the way back to where ice was, at most
CLOSE = 10.0  # m: the way is found; what is left of it changes displacements by its strain squared


def interpolate_at(layer: Layer, where: np.ndarray, time: np.ndarray) -> Interpolated:
    """Return the displacement over the interval of the ice that is at places at times.

    Parameters
    ----------
    layer : Layer
    where : array (n, 2), float64 [m]
        Finite.
    time : array (n,), datetime64[ns]
        Within the interval or outside.

    Notes
    -----
    Ice moves along a straight line at an even speed, so that it was at
    x - (t - start) / T d(x0) at the start: a fixed point.
    """
    ends = np.array([layer.start.min(), layer.start.max()])
    gone = np.abs((time[:, None] - ends) / SECOND).max(axis=1)
    near = np.flatnonzero(beside(layer, where, layer.fastest * gone))
    found = _interpolate_at(layer, where[near], time[near])
    answer = _nothing(layer, len(where))
    for values, some in zip(answer, found, strict=True):
        values[near] = some
    return answer


def beside(layer: Layer, place: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """Return whether places (n, 2) are in the rectangle of the vectors, or so near it (n,) [m]."""
    beyond = np.maximum(layer.place.min(axis=0) - place, place - layer.place.max(axis=0))
    return np.asarray(beyond.max(axis=1) <= margin + REACH_SPACINGS * layer.spacing)


def _nothing(layer: Layer, count: int) -> Interpolated:
    """Return the answer for points (n,) of which nothing is known."""
    return Interpolated(
        np.full((count, 2), np.nan),
        np.full((count, 2, 2), np.nan),
        np.full(count, layer.start[0]),
        np.full(count, layer.seconds[0]),
        np.zeros(count, dtype=bool),
    )


def _interpolate_at(layer: Layer, where: np.ndarray, time: np.ndarray) -> Interpolated:
    start = _first_guess(layer, where, time)
    answer = interpolate(layer, start)
    for _ in range(ROUNDS):
        better = where - _share(time, answer.start, answer.seconds) * answer.move
        # Where nothing is known, the way is nan and never too far.
        todo = np.flatnonzero(np.abs(better - start).max(axis=1) > CLOSE)
        if todo.size == 0:
            break
        start[todo] = better[todo]
        for values, anew in zip(answer, interpolate(layer, start[todo]), strict=True):
            values[todo] = anew
    return answer


def _first_guess(layer: Layer, where: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Return about where ice at places (n, 2) [m] was at the start: as the closest vector says."""
    start = where - _share(time, layer.start[:1], layer.seconds[:1]) * np.median(layer.move, axis=0)
    todo = np.arange(len(where))
    for _ in range(ROUNDS):
        nearest = layer.tree.query(start[todo])[1]
        share = _share(time[todo], layer.start[nearest], layer.seconds[nearest])
        before, start[todo] = start[todo], where[todo] - share * layer.move[nearest]
        todo = todo[np.abs(start[todo] - before).max(axis=1) > CLOSE]
    return start


def _share(time: np.ndarray, start: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Return which part of an interval has gone by at times, (n, 1)."""
    return ((time - start) / SECOND / seconds)[:, None]
