"""How good a method is on observations it has not seen, and what that makes of its spread.

Never single records are held out, whose neighbours tell nearly the same: whole tracks where there
are several, and stretches of track, short and long, so that predictions are judged near
observations and far from them as the map has them.

References
----------
Gneiting and Raftery (2007), doi:10.1198/016214506000001437, eq. 21 (CRPS of a normal
distribution); Roberts et al. (2017), doi:10.1111/ecog.02881 (blocks).
"""

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree
from scipy.stats import norm

from .fields import LEVELS, Cells, Field, Method, Points, select

#: Lengths of the stretches of track held out [m] (chosen), and into how many parts they are dealt.
STRETCHES = (12_000.0, 60_000.0)
PARTS = 3
#: Most parts into which whole tracks are dealt.
MOST_PARTS = 4
#: Edges of the bins of distance to the nearest observation [m] in which residuals weigh as much
#: as the map's cells do.
DISTANCE_EDGES = (0.0, 1_000.0, 5_000.0, 15_000.0, 60_000.0, np.inf)
#: Fewest observations a method is fitted to.
FEWEST = 10
#: Bounds of the factor on sigma (chosen): that few tracks happen to be foreseen well does not
#: make the rest of the map as certain.
LEAST_FACTOR, MOST_FACTOR = 0.85, 2.5
#: Residuals with which the shape of their distribution is half believed; how far out they count
#: for it; and bounds of skewness and excess kurtosis, beyond which quantiles would cross (chosen).
ENOUGH = 100
MOST_SIGMAS, MOST_SKEWED, MOST_PEAKED = 4.0, 1.2, 4.0


class Residuals(NamedTuple):
    """What held-out observations say of predictions, each array (m,) float64 unless said."""

    difference: np.ndarray  #: observation minus predicted mean [m]
    sigma: np.ndarray  #: predicted, of the ice [m]
    noise: np.ndarray  #: sigma of the observation, shared part included [m]
    distance: np.ndarray  #: to the nearest observation that was used [m]
    weight: np.ndarray  #: summing to 1
    fold: np.ndarray  #: int64, what was held out together


class Score(NamedTuple):
    """How a method does on observations that it has not seen."""

    crps: float  #: continuous ranked probability score, smaller is better [m]
    rmse: float  #: of observations, their noise included [m]
    coverage_68: float  #: share of observations within 1 sigma of all errors
    factor: float  #: on sigma, that makes it fit


def residuals(method: Method, points: Points, cells: Cells) -> Residuals:
    """Return the residuals of a method on parts of the observations held out in turn.

    Parameters
    ----------
    method : Method
    points : Points
        With the covariates that the method needs.
    cells : Cells
        The map's: their distances to the observations weigh the residuals.

    Raises
    ------
    ValueError
        If there are too few observations to hold any out.
    """
    found = []
    for fold, held in enumerate(held_out(points)):
        if (~held).sum() < FEWEST or not held.any():
            continue
        known, asked = select(points, ~held), select(points, held)
        field = method(known, as_cells(asked, cells.names))
        noise = np.hypot(asked.uncertainty, asked.shared_uncertainty)
        difference = asked.freeboard - field.mean
        distance = _distance(known, asked)
        found.append(
            np.stack([difference, field.sigma, noise, distance, np.full(noise.size, fold)])
        )
    if not found:
        raise ValueError(
            f"{points.x.size} observations are too few to map freeboard; there should be "
            f"{2 * FEWEST} or more on the grid"
        )
    difference, sigma, noise, distance, number = np.concatenate(found, axis=1)
    weight = _weights(distance, _distance(points, cells))
    return Residuals(difference, sigma, noise, distance, weight, number.astype(np.int64))


def score(found: Residuals) -> Score:
    """Return what residuals amount to, sigma made to fit."""
    factor = sigma_factor(found)
    sigma = np.hypot(factor * found.sigma, found.noise)
    inside = np.abs(found.difference) <= sigma
    return Score(
        float(found.weight @ crps_of(found)),
        float(np.sqrt(found.weight @ found.difference**2)),
        float(found.weight @ inside),
        factor,
    )


def crps_of(found: Residuals) -> np.ndarray:
    """Return the CRPS (m,) [m] of the predictions of observations, sigma made to fit."""
    sigma = np.hypot(sigma_factor(found) * found.sigma, found.noise)
    return crps_normal(found.difference, sigma)


def clearly_worse(one: Residuals, other: Residuals) -> bool:
    """Tell whether a method's CRPS is higher than another's by twice its standard error.

    The residuals must be of the same observations held out in the same turn.  The error is that
    of the mean over what was held out together, whose differences go together.
    """
    difference = one.weight * (crps_of(one) - crps_of(other))
    folds = np.bincount(one.fold, difference)
    folds = folds[np.bincount(one.fold) > 0]
    return bool(difference.sum() > 2.0 * np.sqrt(folds.size) * folds.std())


def calibrated(field: Field, found: Residuals) -> Field:
    """Return a field with sigma scaled, and quantiles of the shape that residuals have."""
    factor = sigma_factor(found)
    sigma = factor * field.sigma
    shape = _shape(found, factor)
    return Field(field.mean, sigma, (field.mean + shape[:, None] * sigma).astype(np.float32))


def sigma_factor(found: Residuals) -> float:
    """Return the factor on sigma with which the mean square of residuals is as predicted."""
    excess = found.weight @ (found.difference**2 - found.noise**2)
    predicted = max(float(found.weight @ found.sigma**2), 1e-12)
    return float(np.sqrt(np.clip(excess / predicted, LEAST_FACTOR**2, MOST_FACTOR**2)))


def crps_normal(difference: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Return the CRPS [m] of normal distributions, given value minus mean and sigma [m]."""
    z = difference / sigma
    return np.asarray(
        sigma * (z * (2.0 * norm.cdf(z) - 1.0) + 2.0 * norm.pdf(z) - 1.0 / np.sqrt(np.pi))
    )


def held_out(points: Points) -> list[np.ndarray]:
    """Return masks (n,) of what to hold out in turn: stretches of tracks, and whole tracks."""
    masks = []
    along = _along(points)
    for length in STRETCHES:
        stretch = np.floor(along / length).astype(np.int64)
        masks += [stretch % PARTS == part for part in range(PARTS)]
    tracks, which = np.unique(points.track, return_inverse=True)
    if tracks.size > 1:
        parts = min(tracks.size, MOST_PARTS)
        masks += [which % parts == part for part in range(parts)]
    return masks


def as_cells(points: Points, names: tuple[str, ...]) -> Cells:
    """Return the places of observations as cells to predict."""
    return Cells(points.x, points.y, points.covariates, names, np.zeros(points.x.size, np.float32))


def _along(points: Points) -> np.ndarray:
    """Return distance along each track, one track after another with a gap between [m]."""
    along = np.zeros(points.x.size)
    end = 0.0
    for track in np.unique(points.track):
        here = np.flatnonzero(points.track == track)
        here = here[np.argsort(points.time[here], kind="stable")]
        step = np.hypot(np.diff(points.x[here]), np.diff(points.y[here]))
        along[here] = end + np.append(0.0, np.cumsum(step))
        end = float(along[here[-1]]) + max(STRETCHES)
    return along


def _distance(known: Points, asked: Points | Cells) -> np.ndarray:
    tree = cKDTree(np.stack([known.x, known.y], axis=-1))
    return np.asarray(tree.query(np.stack([asked.x, asked.y], axis=-1))[0])


def _weights(distance: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return weights (m,) with which distances are shared out over the bins as those wanted.

    A bin without residuals gives its share to the nearest bin that has some.
    """
    edges = np.array(DISTANCE_EDGES[1:-1])
    mine, theirs = (np.digitize(values, edges) for values in (distance, wanted))
    there = np.unique(mine)
    nearest = there[np.abs(theirs[:, None] - there).argmin(axis=1)]
    share = np.bincount(nearest, minlength=edges.size + 1) / max(wanted.size, 1)
    held = np.bincount(mine, minlength=edges.size + 1)
    weight = share[mine] / held[mine]
    return np.asarray(weight / weight.sum())


def _shape(found: Residuals, factor: float) -> np.ndarray:
    """Return the quantiles (5,) of the ice's residuals over their sigma (Cornish and Fisher).

    Noise makes residuals more normal than the ice is: of third and fourth cumulants, which add
    up, that of the noise is nothing, and the ice has all of it.
    """
    total = (factor * found.sigma) ** 2 + found.noise**2
    share = float(found.weight @ ((factor * found.sigma) ** 2 / total))
    z = found.difference / np.sqrt(total)
    z = np.clip((z - found.weight @ z) / np.sqrt(found.weight @ z**2), -MOST_SIGMAS, MOST_SIGMAS)
    trust = z.size / (z.size + ENOUGH)
    skewness = np.clip(trust * float(found.weight @ z**3) / share**1.5, -MOST_SKEWED, MOST_SKEWED)
    kurtosis = np.clip(trust * (float(found.weight @ z**4) - 3.0) / share**2, 0.0, MOST_PEAKED)
    n = norm.ppf(LEVELS)
    return np.asarray(
        n + (n**2 - 1.0) * skewness / 6.0 + (n**3 - 3.0 * n) * kurtosis / 24.0
        - (2.0 * n**3 - 5.0 * n) * skewness**2 / 36.0
    )  # fmt: skip
