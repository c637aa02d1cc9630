"""Optimal interpolation of scattered vectors of one interval, with slip lines kept sharp.

Displacement is taken as a smooth Gaussian field about an affine motion that is fitted in every
neighbourhood: its covariance is the Matern one of order 3/2 (once differentiable: there is a
strain), its amplitude and length those under which the vectors predict each other best.  Vector
errors are the nugget, correlated where image patches overlap.  Each point is estimated from the
neighbours of the vector closest to it, less those beyond a slip line (``slip.py``).

References
----------
Bretherton, Davis and Fandry (1976), doi:10.1016/0011-7471(76)90001-2 (optimal interpolation);
Rasmussen and Williams (2006), eqs. 2.25, 2.26, 4.17, 5.10 to 5.12 (prediction, Matern covariance,
leave-one-out).
"""

from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy.spatial import cKDTree

from ..products.canonical_vectors import covariance_of, usable
from .slip import Split, split_neighbours

NEIGHBOURS = 20  # vectors around each that are used: on a grid, out to 2.5 spacings (chosen)
#: Standard deviation of the affine motion's gradient per time [1/s]: a floe turns by up to 20
#: degrees in a day (chosen wide: estimates are not drawn towards it).
GRADIENT_RATE = 0.3 / 86_400.0
#: Standard deviation of its constant, relative to the closest vector: by time, and always (chosen
#: wide).
OFFSET_SPEED, OFFSET = 0.1, 1_000.0  # m/s, m
SMALLEST_VARIANCE = 1.0  # m2, added to that of a vector's error: keeps matrices regular

#: Vectors beyond this many grid spacings say nothing of a point.
REACH_SPACINGS = 1.5
#: So close to a vector along x and y, in grid spacings, a point is in its cell, even at the edge.
CELL_SPACINGS = 0.5
HULL_SPACINGS = 2.3  # within which vectors must surround all other points

#: What the fit chooses among: amplitude per time [m/s] and length [grid spacings].
SPEEDS = tuple(float(speed) for speed in np.geomspace(3e-4, 0.1, 9))
LENGTHS = (3.0, 6.0, 12.0, 24.0)
FIT_VECTORS = 200  # vectors whose prediction is looked at
LEAST_FIT = 30  # vectors from which there is a fit at all
UNFITTED_SPEED, UNFITTED_LENGTH = 0.01, 8.0  # m/s, spacings, with fewer vectors (assumed)
#: Then vectors do not tell the affine motion either: that of pack ice over tens of kilometres [1/s]
#: (assumed).
UNFITTED_GRADIENT = 0.05 / 86_400.0
TAIL = 4.0  # degrees of freedom of Student's t: slip lines do not rule the fit

GROUP = 1024  # neighbourhoods at a time
SECOND = np.timedelta64(1, "s")


class Layer(NamedTuple):
    """The usable vectors of one interval; arrays (m,), float64, of lengths on the plane [m]."""

    plane: str  #: EPSG:3413 or EPSG:3976
    place: np.ndarray  #: (m, 2) at the start
    move: np.ndarray  #: (m, 2) displacement
    covariance: np.ndarray  #: (m, 2, 2) of its error [m2]
    start: np.ndarray  #: datetime64[ns]
    seconds: np.ndarray  #: from start to stop
    spacing: float  #: between vectors
    patch: float  #: width of an image patch: within it errors of vectors are correlated
    speed: float  #: amplitude of the field about its affine motion, per time [m/s]
    length: float  #: of its covariance
    gradient: float  #: standard deviation of the affine motion's gradient, per time [1/s]
    fastest: float  #: of the vectors' speeds [m/s]
    tree: cKDTree  #: of ``place``


class Interpolated(NamedTuple):
    """Displacement of points over a layer's interval; arrays (n,)."""

    move: np.ndarray  #: (n, 2) [m]
    covariance: np.ndarray  #: (n, 2, 2) of its error [m2]
    start: np.ndarray  #: datetime64[ns] of the closest vector
    seconds: np.ndarray  #: from its start to its stop
    known: np.ndarray  #: bool


class _Neighbourhood(NamedTuple):
    """Neighbours of some vectors, (g, k), themselves first, and how all are weighed."""

    place: np.ndarray  #: (g, k, 2) relative to the vector [m]
    move: np.ndarray  #: (g, k, 2) relative to the vector's, scaled to its interval [m]
    covariance: np.ndarray  #: (g, k, 2, 2) of the error [m2]
    used: np.ndarray  #: (g, k) bool
    amplitude: np.ndarray  #: (g,) standard deviation of the field [m]
    seconds: np.ndarray  #: (g,) interval
    gradient: np.ndarray  #: (g,) standard deviation of the affine motion's gradient
    noise: np.ndarray  #: (g, k, k) covariance of errors [m2]
    inverse: np.ndarray  #: (g, k, k) of signal and noise


def make_layer(vectors: xr.Dataset) -> Layer:
    """Return the usable vectors of a dataset, with the amplitude and length that fit them.

    The width of image patches is the attribute ``patch_m``; without one, errors are taken as
    independent.  The spacing is ``spacing_m``; where that is nan, the median distance between
    closest vectors.

    Raises
    ------
    ValueError
        If no vector is usable.
    """
    good = usable(vectors)
    if not good.any():
        raise ValueError("no ice-drift vector is usable: all are rejected, masked or missing")
    part = vectors.isel(vector=np.flatnonzero(good))
    place = np.stack([part["x0"].values, part["y0"].values], axis=-1)
    tree = cKDTree(place)
    spacing = float(vectors.attrs["spacing_m"])
    if not np.isfinite(spacing):
        spacing = float(np.median(tree.query(place, 2)[0][:, 1])) if len(place) > 1 else 0.0
    move = np.stack([part["dx"].values, part["dy"].values], axis=-1)
    seconds = (part["stop_time"].values - part["start_time"].values) / SECOND
    layer = Layer(
        vectors.attrs["plane"],
        place,
        move,
        covariance_of(part) + SMALLEST_VARIANCE * np.eye(2),
        part["start_time"].values,
        seconds,
        spacing,
        float(vectors.attrs.get("patch_m", 0.0)),
        UNFITTED_SPEED,
        UNFITTED_LENGTH * spacing,
        UNFITTED_GRADIENT,
        float((np.hypot(*move.T) / seconds).max()),
        tree,
    )
    return _fit(layer._replace(gradient=GRADIENT_RATE)) if len(place) >= LEAST_FIT else layer


def interpolate(layer: Layer, point: np.ndarray) -> Interpolated:
    """Return the displacement of the ice that was at points (n, 2) [m] at the interval's start.

    A point is known where a vector lies within ``REACH_SPACINGS`` and vectors surround it, or in
    the grid cell of a vector; elsewhere nothing is said (nan).
    """
    distance, nearest = layer.tree.query(point)
    known = _known(layer, point, distance, nearest)
    move = np.full((len(point), 2), np.nan)
    covariance = np.full((len(point), 2, 2), np.nan)
    todo = np.flatnonzero(known)
    todo = todo[np.argsort(nearest[todo], kind="stable")]
    centres, group = np.unique(nearest[todo], return_inverse=True)
    for first in range(0, centres.size, GROUP):
        some = centres[first : first + GROUP]
        split, hood = _neighbourhood(layer, some)
        low, high = np.searchsorted(group, (first, first + some.size))
        for begin in range(low, high, 8 * GROUP):
            here = slice(begin, min(begin + 8 * GROUP, high))
            which, index = group[here] - first, todo[here]
            offset = point[index] - layer.place[some[which]]
            relative, covariance[index] = _estimate(layer, hood, split, which, offset)
            move[index] = layer.move[some[which]] + relative
    return Interpolated(move, covariance, layer.start[nearest], layer.seconds[nearest], known)


def _known(
    layer: Layer, point: np.ndarray, distance: np.ndarray, nearest: np.ndarray
) -> np.ndarray:
    """Return whether points (n, 2) lie among the vectors, given the closest and its distance."""
    beside = np.abs(point - layer.place[nearest]).max(axis=1)
    known = beside <= CELL_SPACINGS * layer.spacing
    ask = np.flatnonzero((distance <= REACH_SPACINGS * layer.spacing) & ~known)
    count = min(NEIGHBOURS, len(layer.place))
    near, index = layer.tree.query(
        point[ask], count, distance_upper_bound=HULL_SPACINGS * layer.spacing
    )
    near, index = near.reshape(ask.size, count), index.reshape(ask.size, count)
    there = np.isfinite(near)
    offset = layer.place[np.where(there, index, 0)] - point[ask][:, None]
    angle = np.where(there, np.arctan2(offset[..., 1], offset[..., 0]), np.nan)
    angle = np.sort(angle, axis=1)
    filled = np.where(np.isfinite(angle), angle, np.nanmax(angle, axis=1, keepdims=True))
    around = np.concatenate([filled, filled[:, :1] + 2.0 * np.pi], axis=1)
    known[ask] = np.diff(around, axis=1).max(axis=1) <= np.pi + 1e-6
    return known


def _neighbourhood(layer: Layer, centres: np.ndarray) -> tuple[Split, _Neighbourhood]:
    """Return the neighbours of vectors (g,), split where a slip line passes among them."""
    hood = _weigh(layer, _gather(layer, centres))
    split = split_neighbours(hood.place, hood.move, hood.inverse, layer.spacing)
    cut = np.flatnonzero(~split.same_side.all(axis=1))
    part = _Neighbourhood(*(values[cut] for values in hood))
    again = _weigh(layer, part._replace(used=split.same_side[cut]))
    for values, anew in zip(hood, again, strict=True):
        values[cut] = anew
    return split, hood


def _gather(layer: Layer, centres: np.ndarray) -> _Neighbourhood:
    count = min(NEIGHBOURS + 1, len(layer.place))
    index = layer.tree.query(layer.place[centres], count)[1].reshape(centres.size, count)
    seconds = layer.seconds[centres]
    stretch = seconds[:, None] / layer.seconds[index]
    move = layer.move[index] * stretch[..., None] - layer.move[centres][:, None]
    nothing = np.empty((centres.size, 0, 0))
    return _Neighbourhood(
        layer.place[index] - layer.place[centres][:, None],
        move,
        layer.covariance[index] * stretch[..., None, None] ** 2,
        np.ones(index.shape, dtype=bool),
        layer.speed * np.abs(seconds),
        seconds,
        layer.gradient * seconds,
        nothing,
        nothing,
    )


def _weigh(layer: Layer, hood: _Neighbourhood) -> _Neighbourhood:
    """Return a neighbourhood with the covariance of its errors and the inverse of all."""
    apart = hood.place[:, :, None] - hood.place[:, None]
    noise = _noise(hood, apart, layer.patch)
    signal = _matern(np.hypot(apart[..., 0], apart[..., 1]), layer.length)
    total = signal * hood.amplitude[:, None, None] ** 2 + noise
    total += _affine(hood, hood.place[:, :, None], hood.place[:, None])
    # One that is not used neither gives nor takes: a row and a column of its own.
    both = hood.used[:, :, None] & hood.used[:, None]
    total = np.where(
        both, total, np.eye(hood.used.shape[1]) * total.max(axis=(1, 2))[:, None, None]
    )
    return hood._replace(noise=np.where(both, noise, 0.0), inverse=np.linalg.inv(total))


def _estimate(
    layer: Layer, hood: _Neighbourhood, split: Split, which: np.ndarray, offset: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return displacement (q, 2) relative to the closest vector's and its covariance (q, 2, 2).

    ``which`` (q,) is the neighbourhood, ``offset`` (q, 2) the point relative to its vector.
    """
    place, amplitude = hood.place[which], hood.amplitude[which]
    away = np.hypot(*np.moveaxis(offset[:, None] - place, -1, 0))
    mine = hood._replace(seconds=hood.seconds[which], gradient=hood.gradient[which])
    at = offset[:, None]
    cross = _matern(away, layer.length) * amplitude[:, None] ** 2 + _affine(mine, at, place, 1)
    cross = np.where(hood.used[which], cross, 0.0)
    weight = np.einsum("qij,qj->qi", hood.inverse[which], cross)
    move = np.einsum("qi,qic->qc", weight, hood.move[which])
    prior = amplitude**2 + _affine(mine, offset, offset, 0)
    total = prior - np.sum(weight * cross, axis=1)
    noise = np.einsum("qi,qij,qj->q", weight, hood.noise[which], weight)
    field = np.maximum(total - noise, 0.0)
    shape = np.einsum("qi,qicd->qcd", weight**2, hood.covariance[which])
    shape /= 0.5 * np.trace(shape, axis1=-2, axis2=-1)[:, None, None]
    covariance = field[:, None, None] * np.eye(2) + noise[:, None, None] * shape
    # Where the line lies between the vectors on either side of it, nobody knows.
    beyond = split.chance_beyond(which, offset)
    jump = split.jump[which]
    covariance += beyond[:, None, None] * jump[:, :, None] * jump[:, None]
    return move, covariance


def _affine(hood: _Neighbourhood, a: np.ndarray, b: np.ndarray, axes: int = 2) -> np.ndarray:
    """Return the prior covariance [m2] of the affine motion between places; ``axes`` past g."""
    shape = (-1, *(1,) * axes)
    seconds, gradient = hood.seconds.reshape(shape), hood.gradient.reshape(shape)
    offset = OFFSET**2 + (OFFSET_SPEED * seconds) ** 2
    return offset + gradient**2 * np.sum(a * b, axis=-1)


def _noise(hood: _Neighbourhood, apart: np.ndarray, patch: float) -> np.ndarray:
    """Return the covariance (g, k, k) [m2] of vector errors, the mean over directions."""
    sigma = np.sqrt(0.5 * np.trace(hood.covariance, axis1=-2, axis2=-1))
    return sigma[:, :, None] * sigma[:, None] * _overlap(apart, patch)


def _matern(distance: np.ndarray, length: float) -> np.ndarray:
    """Return the correlation of the field at distances (Rasmussen and Williams, eq. 4.17)."""
    scaled = np.sqrt(3.0) * distance / length
    return (1.0 + scaled) * np.exp(-scaled)


def _overlap(apart: np.ndarray, patch: float) -> np.ndarray:
    """Return the share of a square patch that two have in common, offsets (..., 2) apart."""
    if patch <= 0.0:
        return (apart == 0.0).all(axis=-1).astype(np.float64)
    return np.prod(np.maximum(1.0 - np.abs(apart) / patch, 0.0), axis=-1)


def _fit(layer: Layer) -> Layer:
    """Return a layer with the amplitude and length under which vectors predict each other best."""
    count = min(FIT_VECTORS, len(layer.place))
    some = np.linspace(0, len(layer.place) - 1, count).astype(np.int64)
    hood = _gather(layer, some)
    apart = hood.place[:, :, None] - hood.place[:, None]
    fixed = _noise(hood, apart, layer.patch)
    fixed += _affine(hood, hood.place[:, :, None], hood.place[:, None])
    distance = np.hypot(apart[..., 0], apart[..., 1])
    best, most = layer, -np.inf
    for length in LENGTHS:
        correlation = _matern(distance, length * layer.spacing)
        for speed in SPEEDS:
            amplitude = speed * np.abs(hood.seconds[:, None, None])
            likelihood = _predictive(amplitude**2 * correlation + fixed, hood.move)
            if likelihood > most:
                most = likelihood
                best = layer._replace(speed=speed, length=length * layer.spacing)
    return best


def _predictive(covariance: np.ndarray, move: np.ndarray) -> float:
    """Return the log likelihood of first vectors given their neighbours, under Student's t.

    Leave-one-out by eqs. 5.10 to 5.12: residual [K^-1 y]_i / [K^-1]_ii, variance 1 / [K^-1]_ii.
    ``covariance`` is (g, k, k) [m2], ``move`` (g, k, 2) [m].
    """
    first = np.zeros((covariance.shape[1], 1))
    first[0] = 1.0
    row = np.linalg.solve(covariance, first)[..., 0]
    precision = row[:, 0]
    relative = move - np.median(move, axis=1, keepdims=True)
    chi = np.sum(np.einsum("gj,gjc->gc", row, relative) ** 2, axis=1) / precision
    # Two components: the density of either is scaled by the root of the precision.
    return float(np.sum(np.log(precision) - 0.5 * (TAIL + 2.0) * np.log1p(chi / TAIL)))
