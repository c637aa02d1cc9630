"""Vectors of any number of intervals merged into one field of motion in space and time.

In space each interval's vectors are interpolated (``interpolation.py``); in time the
displacements found, each with its own interval and covariance, are taken as measurements of one
motion with known fluctuations (``unresolved.py``), and the displacement asked for is its best
linear estimate from all of them.  Its covariance holds the errors of vectors and interpolation,
scaled to the part of the interval that is asked for, and the motion that none resolves.  A single
interval gives the share tau / T of its displacement, and the bridge's variance.

References
----------
Bretherton, Davis and Fandry (1976), doi:10.1016/0011-7471(76)90001-2, eqs. 4 to 8 (the estimate);
Birge (1932), doi:10.1103/PhysRev.40.207 (what disagreement makes of errors).
"""

from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy.special import chdtri

from ..geo.polar import PolarPlane
from ..products.canonical_vectors import usable
from .displacement import Displacement, Drift, isotropic, seconds_between, unknown_displacement
from .following import beside, interpolate_at
from .interpolation import Layer, make_layer
from .unresolved import Fluctuation, displacement_covariance, speed_variance

#: Beyond its interval a displacement is used for as long as it lasts itself, and no longer than
#: this [s] (chosen): the covariance says what that is worth.
LONGEST_EXTENSION = 6 * 3600.0
#: Longest step of the way through the field [s]: velocity is even within an interval.
LONGEST_STEP = 6 * 3600.0
#: Chance of a chi-squared from which vectors are said to disagree (chosen).
DISAGREEMENT = 0.01
LARGEST_BLOCK = 2**22  # elements of matrices solved at a time: 32 MB
SMALLEST_VARIANCE = 1e-6  # m2: displacements over no time can be merged too
EPOCH = np.array("2000-01-01", dtype="datetime64[ns]")  # from which this module counts seconds


class _Measured(NamedTuple):
    """What k layers say of n points; 0 where not known."""

    move: np.ndarray  #: (n, k, 2) over the layer's interval [m]
    covariance: np.ndarray  #: (n, k, 2, 2) [m2]
    start: np.ndarray  #: (n, k) of the interval, seconds after the time asked from
    stop: np.ndarray  #: (n, k)
    known: np.ndarray  #: (n, k) bool


def pair_drift(vectors: list[xr.Dataset], fluctuation: Fluctuation | None = None) -> Drift:
    """Return the drift that vectors of image pairs, drifters or products show together.

    Parameters
    ----------
    vectors : list of vectors datasets
        One or more intervals, as ``products.canonical_vectors`` has them; those without a usable
        vector say nothing.  Sources are taken as independent of each other.
    fluctuation : Fluctuation, optional
        Of velocity about its mean.

    Returns
    -------
    Drift
        A point is unknown where no vector is near, or none surround it (``interpolation.py``),
        or where a part of the time asked for is further from all intervals than they are long,
        or than 6 h: nothing is made up.
    """
    layers = [make_layer(dataset) for dataset in vectors if usable(dataset).any()]
    motion = Fluctuation() if fluctuation is None else fluctuation

    def drift(
        plane: PolarPlane, x: np.ndarray, y: np.ndarray, start: np.ndarray, stop: np.ndarray
    ) -> Displacement:
        answer = unknown_displacement(start, stop)
        begin = seconds_between(EPOCH, start)
        seconds = seconds_between(start, stop)
        here = [layer for layer in layers if layer.plane == plane.crs]
        near = [layer for layer in here if _asked(layer, begin, begin + seconds).any()]
        every = np.ones((x.size, len(near)), dtype=bool)
        ask = np.flatnonzero(_covered(near, every, begin, begin + seconds))
        measured = _measure(near, motion, x[ask], y[ask], begin[ask], seconds[ask])
        covered = _covered(near, measured.known, begin[ask], begin[ask] + seconds[ask])
        known = ask[covered]
        part = _Measured(*(values[covered] for values in measured))
        move, covariance, unresolved = _estimate(motion, part, seconds[known])
        answer.dx[known], answer.dy[known] = move.T
        answer.covariance[known] = covariance
        answer.unresolved[known] = unresolved
        answer.known[known] = True
        answer.source[known] = 0
        return answer

    return drift


def combined_drift(drifts: list[Drift]) -> Drift:
    """Return the drift that merges others by inverse covariance, each where it is known.

    Parameters
    ----------
    drifts : list of Drift

    Returns
    -------
    Drift
        ``source`` is the place in the list of the drift that counts most.  Where they disagree
        by more than chance allows, the covariance is inflated by the Birge ratio.

    Notes
    -----
    Errors are taken as independent but for the motion left unresolved: what the best drift does
    not resolve, of variance U, the others do not either.  With C_k the covariances, weights are
    the inverses of C_k - U, and the covariance is (sum (C_k - U)^-1)^-1 + U: that part is not
    averaged away, and coarse products do not dilute what vectors of a short interval know.
    """

    def drift(
        plane: PolarPlane, x: np.ndarray, y: np.ndarray, start: np.ndarray, stop: np.ndarray
    ) -> Displacement:
        answer = unknown_displacement(start, stop)
        parts = [each(plane, x, y, start, stop) for each in drifts]
        known = np.any([part.known for part in parts], axis=0)
        if known.any():
            some = [Displacement(*(values[known] for values in part)) for part in parts]
            for values, merged in zip(answer, _merge(some), strict=True):
                values[known] = merged
        return answer

    return drift


def _merge(parts: list[Displacement]) -> Displacement:
    """Return displacements merged; each of their points is known to at least one."""
    known = np.stack([part.known for part in parts])  # (k, n)
    move = np.stack([np.stack([part.dx, part.dy], axis=-1) for part in parts])
    unresolved = np.stack([part.unresolved for part in parts])
    common = np.where(known, unresolved, np.inf).min(axis=0)
    own = np.stack([part.covariance for part in parts]) - isotropic(common - SMALLEST_VARIANCE)
    inverse = np.linalg.inv(own) * known[..., None, None]
    merged = np.linalg.inv(inverse.sum(axis=0))
    weight = merged @ inverse  # (k, n, 2, 2)
    mean = np.einsum("knij,knj->ni", weight, move)
    apart = move - mean
    chi = np.einsum("kni,knij,knj->n", apart, inverse, apart)
    inflation = _birge(chi, known.sum(axis=0))
    return Displacement(
        mean[:, 0],
        mean[:, 1],
        (merged + isotropic(common)) * inflation[:, None, None],
        np.asarray(known.any(axis=0)),
        common * inflation,
        np.trace(weight, axis1=-2, axis2=-1).argmax(axis=0).astype(np.int8),
    )


def _birge(chi: np.ndarray, count: np.ndarray | int) -> np.ndarray:
    """Return the factor (n,) by which chi-squared of ``count`` vectors raises their variance.

    It is chi-squared over its degrees of freedom where that much disagreement is no chance, else
    1: raised wherever it is above its mean, the variance of two vectors that agree within their
    errors would on average be a third too large.
    """
    freedom = np.maximum(2 * (np.asarray(count) - 1), 1)
    apart = (np.asarray(count) > 1) & (chi > chdtri(freedom, DISAGREEMENT))
    return np.where(apart, chi / freedom, 1.0)


def _extension(layer: Layer) -> float:
    return min(float(np.median(layer.seconds)), LONGEST_EXTENSION)


def _interval(layer: Layer) -> tuple[float, float]:
    """Return the first start and the last stop of a layer [s after the epoch]."""
    begin = seconds_between(EPOCH, layer.start)
    return float(begin.min()), float((begin + layer.seconds).max())


def _asked(layer: Layer, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return whether times asked for (n,) meet a layer's interval and its extension."""
    first, last = _interval(layer)
    reach = _extension(layer)
    return (np.maximum(begin, end) >= first - reach) & (np.minimum(begin, end) <= last + reach)


def _covered(
    layers: list[Layer], known: np.ndarray, begin: np.ndarray, end: np.ndarray
) -> np.ndarray:
    """Return whether the layers known at each point (n, k) cover its time without a gap."""
    low, high = np.minimum(begin, end), np.maximum(begin, end)
    reached, any_known = low.copy(), np.zeros(low.shape, dtype=bool)
    for k in sorted(range(len(layers)), key=lambda k: _interval(layers[k])[0]):
        first, last = _interval(layers[k])
        reach = _extension(layers[k])
        joins = known[:, k] & (first - reach <= reached) & (last + reach >= low)
        reached = np.where(joins, np.maximum(reached, last + reach), reached)
        any_known |= joins
    return any_known & (reached >= high)


def _measure(
    layers: list[Layer],
    motion: Fluctuation,
    x: np.ndarray,
    y: np.ndarray,
    begin: np.ndarray,
    seconds: np.ndarray,
) -> _Measured:
    """Return what each layer says of the ice that is at x, y [m] at ``begin`` [s]."""
    shape = (x.size, len(layers))
    found = _Measured(
        np.zeros((*shape, 2)),
        np.zeros((*shape, 2, 2)),
        np.zeros(shape),
        np.zeros(shape),
        np.zeros(shape, dtype=bool),
    )
    place = np.stack([x, y], axis=-1)
    fastest = max((layer.fastest for layer in layers), default=0.0)
    for k, layer in enumerate(layers):
        first, last = _interval(layer)
        reach = _extension(layer)
        # The time at which the layer is asked: that of the point, or the layer's closest to it.
        when = np.clip(begin, first - reach, last + reach)
        gone = fastest * (np.abs(when - begin) + last - first + reach)
        asked = np.flatnonzero(_asked(layer, begin, begin + seconds) & beside(layer, place, gone))
        when = when[asked]
        where = _carry(layers, motion, place[asked], begin[asked], when)
        there = np.isfinite(where[:, 0])
        asked, when, where = asked[there], when[there], where[there]
        answer = interpolate_at(layer, where, _time(when))
        i = asked[answer.known]
        found.move[i, k] = answer.move[answer.known]
        found.covariance[i, k] = answer.covariance[answer.known]
        start = seconds_between(EPOCH, answer.start[answer.known]) - begin[i]
        found.start[i, k] = start
        found.stop[i, k] = start + answer.seconds[answer.known]
        found.known[i, k] = True
    return found


def _carry(
    layers: list[Layer],
    motion: Fluctuation,
    where: np.ndarray,
    begin: np.ndarray,
    end: np.ndarray,
) -> np.ndarray:
    """Return where ice at places (n, 2) gets between two times [s], by Runge-Kutta's steps.

    nan where the field is not known on the way; ice with no way to go stays.
    """
    where = where.copy()
    moving = np.flatnonzero(begin != end)
    if moving.size == 0:
        return where
    count = int(np.ceil(np.abs(end - begin).max() / LONGEST_STEP))
    step = (end - begin)[moving] / count
    place, time = where[moving], begin[moving].copy()
    for _ in range(count):
        half = 0.5 * step[:, None]
        k1 = _velocity(layers, motion, place, time)
        k2 = _velocity(layers, motion, place + half * k1, time + 0.5 * step)
        k3 = _velocity(layers, motion, place + half * k2, time + 0.5 * step)
        k4 = _velocity(layers, motion, place + step[:, None] * k3, time + step)
        place = place + step[:, None] * (k1 + 2.0 * k2 + 2.0 * k3 + k4) / 6.0
        time = time + step
    where[moving] = place
    return where


def _velocity(
    layers: list[Layer], motion: Fluctuation, where: np.ndarray, time: np.ndarray
) -> np.ndarray:
    """Return the velocity (n, 2) [m/s] at places and times, the mean of all layers that know it.

    Weights are inverse variances: of the layer's mean velocity, and of velocity about that mean.
    """
    total, weights = np.zeros(where.shape), np.zeros(len(where))
    for layer in layers:
        asked = np.flatnonzero(_asked(layer, time, time) & np.isfinite(where[:, 0]))
        answer = interpolate_at(layer, where[asked], _time(time[asked]))
        some = answer.known
        seconds = answer.seconds[some]
        variance = 0.5 * np.trace(answer.covariance[some], axis1=-2, axis2=-1) / seconds**2
        weight = 1.0 / (variance + speed_variance(motion, seconds))
        total[asked[some]] += (weight / seconds)[:, None] * answer.move[some]
        weights[asked[some]] += weight
    return np.divide(
        total, weights[:, None], out=np.full(total.shape, np.nan), where=weights[:, None] > 0.0
    )


def _estimate(
    motion: Fluctuation, measured: _Measured, seconds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return displacement (n, 2) [m], its covariance (n, 2, 2) and the unresolved part (n,) [m2].

    Points are taken together that the same layers know, which are few of many.
    """
    count = len(seconds)
    move, covariance, unresolved = np.empty((count, 2)), np.empty((count, 2, 2)), np.empty(count)
    patterns, group = np.unique(measured.known, axis=0, return_inverse=True)
    for number, known in enumerate(patterns):
        there = np.flatnonzero(group.reshape(-1) == number)
        block = max(LARGEST_BLOCK // (2 * int(known.sum())) ** 2, 1)
        for first in range(0, there.size, block):
            some = there[first : first + block]
            part = _Measured(*(values[some][:, known] for values in measured))
            move[some], covariance[some], unresolved[some] = _solve(motion, part, seconds[some])
    return move, covariance, unresolved


def _solve(
    motion: Fluctuation, measured: _Measured, seconds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what ``_estimate`` does where all layers are known.

    The best linear estimate of the displacement from time 0 to ``seconds`` (n,) from those
    measured, all parts of one motion.
    """
    count, layers = measured.known.shape
    begin, end = measured.start, measured.stop
    target = (np.zeros((count, 1)), seconds[:, None])
    between = displacement_covariance(
        motion, (begin[:, :, None], end[:, :, None]), (begin[:, None], end[:, None])
    )
    with_target = displacement_covariance(motion, target, (begin, end))
    prior = displacement_covariance(motion, target, target)
    every = np.einsum("nkl,ij->nkilj", between, np.eye(2))
    errors = np.einsum("kl,nkij->nkilj", np.eye(layers), measured.covariance)
    size = (count, 2 * layers)
    matrix, errors = ((m.reshape(*size, 2 * layers)) for m in (every + errors, errors))
    cross = np.einsum("nk,ij->nkij", with_target, np.eye(2)).reshape(*size, 2)
    values = measured.move.reshape(*size, 1)
    solved = np.linalg.solve(matrix, np.concatenate([cross, values], axis=-1))
    weight = solved[..., :2]
    transposed = weight.swapaxes(1, 2)
    move = (transposed @ values)[..., 0]
    of_errors = transposed @ errors @ weight
    left = prior[..., None] * np.eye(2) - transposed @ cross - of_errors
    # Alike in all directions but for rounding and the turn of unequal errors.
    unresolved = np.maximum(0.5 * np.trace(left, axis1=-2, axis2=-1), 0.0)
    chi = np.sum(values[..., 0] * solved[..., 2], axis=-1)
    inflation = _birge(chi, layers)
    covariance = of_errors + isotropic(unresolved)
    return move, covariance * inflation[:, None, None], unresolved * inflation


def _time(seconds: np.ndarray) -> np.ndarray:
    """Return seconds after the epoch as times."""
    return EPOCH + np.rint(seconds * 1e9).astype("timedelta64[ns]")
