"""Two scenes in, ice-drift vectors out: each with its covariance and how far to trust it."""

from typing import NamedTuple

import cv2
import numpy as np
import xarray as xr

from ...products.canonical_vectors import (
    DOUBTFUL,
    GOOD,
    NO_DATA,
    OUTSIDE,
    REJECTED,
    make_vectors,
)
from .first_guess import Anchors, Guess, find_anchors, guess_at
from .images import Pair, common_grid, time_of
from .matching import Match, match_patches
from .outliers import Comparison, compare, deformation_variance, unlikeness

#: Share of a patch that must hold data.
LEAST_DATA = 0.5

#: Least by which vectors of ice that moves as one differ from those around them [pixel].
NEIGHBOUR_NOISE = 0.5

#: Nodes of the grid to either side that a vector is compared with, at most.
MOST_RINGS = 2

#: Values of the comparison with neighbours, and standard deviations of either component without
#: geolocation [m], above which a vector is doubtful and rejected.  On simulated pairs of 1 to 48
#: hours 1 to 3 % of the vectors were doubtful, with errors of some hundred metres.
DOUBTFULLY_UNLIKE, UNLIKE = 1.5, 4.0
DOUBTFUL_SIGMA, LARGEST_SIGMA = 150.0, 1_000.0

#: Factor on the covariance of doubtful vectors [1], fitted on the same pairs.
DOUBTFUL_INFLATION = 2.0


class PairSettings(NamedTuple):
    """How to follow the ice from one scene to the other."""

    spacing_m: float = 4_000.0  #: of the grid of vectors [m on the plane]
    pixel_m: float = 80.0  #: of the images that are compared [m on the plane]
    patch_m: float = 2_700.0  #: side of the patches that are compared [m on the plane]
    largest_speed: float = 0.5  #: of ice [m/s]
    angles: tuple[float, ...] = (-3.0, 0.0, 3.0)  #: tried about the rotation of the guess [degree]
    farthest_search_m: float = 4_000.0  #: from the first guess [m]
    least_correlation: float = 0.3  #: of a vector to be kept
    return_pixels: float = 1.5  #: by which going back may miss the start, beyond 2 sigma [pixel]
    geolocation_sigma_m: float = 20.0  #: of either coordinate of each scene [m] (assumed)


class Points(NamedTuple):
    """Where vectors start, each array (n,)."""

    x: np.ndarray  #: [m on the plane]
    y: np.ndarray
    grid_row: np.ndarray  #: int32, -1 for free points
    grid_column: np.ndarray


class Task(NamedTuple):
    """What all steps from a pair to its vectors have in common; places are (n, 2) [pixel]."""

    pair: Pair
    settings: PairSettings
    start: np.ndarray  #: places in the first image, column before row
    inside: np.ndarray  #: (n,) whether the first image holds enough data there
    reach: float  #: farthest that ice can have gone [pixel]
    workers: int


class Track(NamedTuple):
    """Patches followed forward and back, in pixels."""

    match: Match  #: forward
    missed: np.ndarray  #: (n,) how far from the start going back ends [pixel], nan where it fails
    comparison: Comparison  #: with the vectors around


def track_pair(
    first: xr.Dataset,
    second: xr.Dataset,
    settings: PairSettings = PairSettings(),  # noqa: B008 - immutable
    points: tuple[np.ndarray, np.ndarray] | None = None,
    workers: int = 2,
) -> xr.Dataset:
    """Return how the ice moved between two scenes.

    Parameters
    ----------
    first, second : dataset
        Scenes as ``products.canonical`` describes them, the earlier first.
    settings : PairSettings
    points : tuple of x and y (n,), optional
        Where in the first scene vectors start [m on its plane]; a grid over the overlap if left
        out.
    workers : int
        Threads; the answer does not depend on it.

    Returns
    -------
    dataset
        As ``products.canonical_vectors`` describes it, one vector per point of the grid or given,
        in that order.  Where nothing was found dx and dy are nan and the flag says why.  The
        covariance is that of matching, of deformation within the patch, and of the geolocation of
        both scenes.

    Raises
    ------
    ValueError
        As ``images.common_grid``.
    """
    pair = common_grid(first, second, settings.pixel_m, workers)
    where = _grid_points(pair, settings.spacing_m)
    if points is not None:  # the grid stays, to compare them with
        where = Points(*map(np.concatenate, zip(_free_points(*points), where, strict=True)))
    task = _task(pair, where, settings, workers)
    anchors = find_anchors(pair.first, pair.second, pair.spacing, task.reach)
    guess = _guess(task, anchors)
    track = _follow(task, task.inside, guess)
    track = _follow_again(task, track)
    vectors = _dataset(task, where, guess, track, (first, second))
    if points is None:
        return vectors
    return vectors.isel(vector=slice(0, len(points[0]))).assign_attrs(spacing_m=np.nan)


def _grid_points(pair: Pair, spacing: float) -> Points:
    """Return the nodes of a grid at whole multiples of a spacing, row by row."""
    x, y = (
        np.arange(np.ceil(axis[0] / spacing), np.floor(axis[-1] / spacing) + 1.0) * spacing
        for axis in (pair.x, pair.y)
    )
    row, column = np.indices((y.size, x.size)).reshape(2, -1)
    return Points(x[column], y[row], row, column)


def _free_points(x: np.ndarray, y: np.ndarray) -> Points:
    nowhere = np.full(x.shape, -1)
    return Points(x, y, nowhere, nowhere)


def _task(pair: Pair, where: Points, settings: PairSettings, workers: int) -> Task:
    start = np.column_stack([where.x - pair.x[0], where.y - pair.y[0]]) / pair.spacing
    longest = pair.second_seen.line_time.max() - pair.first_seen.line_time.min()
    seconds = float(longest / np.timedelta64(1, "s"))
    reach = settings.largest_speed * seconds + 4.0 * settings.geolocation_sigma_m
    inside = _holds_data(pair.first, start, _half_size(settings))
    return Task(pair, settings, start, inside, reach / pair.spacing, workers)


def _half_size(settings: PairSettings) -> int:
    return max(4, round(0.5 * settings.patch_m / settings.pixel_m))


def _holds_data(image: np.ndarray, place: np.ndarray, half_size: int) -> np.ndarray:
    """Return whether enough of the patches around places (n, 2) [pixel] holds data, (n,) bool."""
    seen = np.isfinite(image).all(axis=0).astype(np.float32)
    size = (2 * half_size + 1, 2 * half_size + 1)
    share = cv2.blur(seen, size, borderType=cv2.BORDER_CONSTANT)
    pixel = np.nan_to_num(np.rint(place), nan=-1.0).astype(np.int64)
    inside = ((pixel >= 0) & (pixel < (seen.shape[1], seen.shape[0]))).all(axis=1)
    holds = np.zeros(len(place), dtype=bool)
    column, row = pixel[inside].T
    holds[inside] = share[row, column] >= LEAST_DATA
    return holds


def _guess(task: Task, anchors: Anchors) -> Guess:
    column, row = task.start.T
    return guess_at(anchors, row, column, task.settings.farthest_search_m / task.pair.spacing)


def _follow(task: Task, wanted: np.ndarray, guess: Guess) -> Track:
    """Return where patches go, and whether they come back; nan where not ``wanted``."""
    pair, settings = task.pair, task.settings
    column, row = task.start.T
    half_size = _half_size(settings)
    there = match_patches(
        pair.first,
        pair.second,
        np.where(wanted, row, np.nan),
        column,
        guess.row,
        guess.column,
        guess.angle,
        guess.search,
        half_size,
        settings.angles,
        task.workers,
    )
    back = match_patches(
        pair.second,
        pair.first,
        there.row,
        there.column,
        row,
        column,
        -there.angle,
        guess.search,
        half_size,
        settings.angles,
        task.workers,
    )
    missed = np.hypot(back.row - row, back.column - column)
    return Track(there, missed, _compare(task, there))


def _follow_again(task: Task, track: Track) -> Track:
    """Return the track with patches that went astray sought where those around them went."""
    trusted = _trust(task, track) == GOOD
    guess = _guess(task, Anchors(task.start[trusted], _move(task, track.match)[trusted]))
    again = _follow(task, task.inside & ~trusted, guess)
    best = np.nan_to_num(track.missed, nan=np.inf)
    better = np.nan_to_num(again.missed, nan=np.inf) < best
    pairs = zip(again.match, track.match, strict=True)
    match = Match(*(np.where(better.reshape(-1, *[1] * (a.ndim - 1)), a, b) for a, b in pairs))
    missed = np.where(better, again.missed, track.missed)
    return Track(match, missed, _compare(task, match))


def _compare(task: Task, match: Match) -> Comparison:
    """Compare vectors with those up to a patch away, or the nearest on a coarser grid.

    Patches that overlap err alike, so that those closest by would show too little scatter.
    """
    rings = np.clip(task.settings.patch_m // task.settings.spacing_m, 1, MOST_RINGS)
    around = int((2 * rings + 1) ** 2 - 1)
    return compare(task.start, _move(task, match), NEIGHBOUR_NOISE, around)


def _move(task: Task, match: Match) -> np.ndarray:
    """Return displacements (n, 2) [pixel], column first."""
    return np.column_stack([match.column, match.row]) - task.start


def _trust(task: Task, track: Track) -> np.ndarray:
    """Return GOOD, DOUBTFUL or REJECTED for each vector, (n,) int8."""
    match = track.match
    spread = np.sqrt(0.5 * np.trace(match.covariance, axis1=1, axis2=2))  # pixel
    sigma = np.sqrt(0.5 * np.trace(_covariance(task, track), axis1=1, axis2=2))  # m
    unlike = unlikeness(track.comparison, NEIGHBOUR_NOISE)
    unlike = np.nan_to_num(unlike, nan=UNLIKE)  # nothing to compare with
    # A comparison with nan is false: what was not found is rejected.
    kept = (
        (match.correlation >= task.settings.least_correlation)
        & (track.missed <= task.settings.return_pixels + 2.0 * spread)
        & (np.linalg.norm(_move(task, match), axis=1) <= task.reach)
        & (unlike <= UNLIKE)
        & (sigma <= LARGEST_SIGMA)
    )
    good = kept & (unlike <= DOUBTFULLY_UNLIKE) & (sigma <= DOUBTFUL_SIGMA)
    return np.where(good, GOOD, np.where(kept, DOUBTFUL, REJECTED)).astype(np.int8)


def _covariance(task: Task, track: Track) -> np.ndarray:
    """Return the covariance of matching and deformation, (n, 2, 2) [m2]."""
    half_patch = 0.5 * task.settings.patch_m / task.pair.spacing
    matched = track.match.covariance
    variance = 0.5 * np.trace(matched, axis1=1, axis2=2)
    deformed = np.nan_to_num(deformation_variance(track.comparison, variance, half_patch))
    covariance = matched + deformed[:, None, None] * np.eye(2)
    return np.asarray(task.pair.spacing**2 * covariance)


def _flags(task: Task, where: Points, guess: Guess, track: Track) -> np.ndarray:
    """Return the quality flags, (n,) int8."""
    pair = task.pair
    flag = _trust(task, track)
    guessed = np.column_stack([guess.column, guess.row])
    expected = np.where(np.isnan(guessed), task.start, guessed)
    x, y = (np.array([[pair.x[0], pair.y[0]]]) + expected * pair.spacing).T
    lost = flag == REJECTED
    flag[lost & ~_holds_data(pair.second, expected, _half_size(task.settings))] = NO_DATA
    flag[lost & np.isnat(time_of(pair.second_seen, x, y))] = OUTSIDE
    flag[~task.inside] = NO_DATA
    flag[np.isnat(time_of(pair.first_seen, where.x, where.y))] = OUTSIDE
    return flag


def _dataset(
    task: Task,
    where: Points,
    guess: Guess,
    track: Track,
    scenes: tuple[xr.Dataset, xr.Dataset],
) -> xr.Dataset:
    pair, settings = task.pair, task.settings
    flag = _flags(task, where, guess, track)
    move = _move(task, track.match) * pair.spacing
    move[flag >= NO_DATA] = np.nan
    covariance = _covariance(task, track)
    covariance[flag == DOUBTFUL] *= DOUBTFUL_INFLATION
    covariance += 2.0 * settings.geolocation_sigma_m**2 * np.eye(2)
    covariance[np.isnan(move[:, 0])] = np.nan
    first, second = scenes
    return make_vectors(
        {
            "x0": where.x,
            "y0": where.y,
            "dx": move[:, 0],
            "dy": move[:, 1],
            "start_time": time_of(pair.first_seen, where.x, where.y),
            "stop_time": time_of(pair.second_seen, where.x + move[:, 0], where.y + move[:, 1]),
            "variance_x": covariance[:, 0, 0],
            "variance_y": covariance[:, 1, 1],
            "covariance_xy": covariance[:, 0, 1],
            "correlation": track.match.correlation,
            "rotation": track.match.angle,
            "quality_flag": flag,
            "grid_row": where.grid_row,
            "grid_column": where.grid_column,
        },
        {
            "plane": pair.plane.crs,
            "method": "pair",
            "first_scene": first.attrs["scene_id"],
            "second_scene": second.attrs["scene_id"],
            "spacing_m": settings.spacing_m,
            "source": f"{first.attrs['source']} {second.attrs['source']}",
            "pixel_m": settings.pixel_m,
            "patch_m": settings.patch_m,
        },
    )
