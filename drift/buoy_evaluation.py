"""Drift against drifting buoys: where the ice went, and where it was said to go.

A buoy is interpolated to the times between which a drift moves ice; the difference of the two
displacements is the error, and its size in units of its own standard deviation tells whether the
given uncertainty is true.
"""

from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy.interpolate import Akima1DInterpolator
from scipy.spatial import cKDTree

from ..geo.polar import PolarPlane, forward, inverse, plane_of_epsg, scale_factor
from ..products.canonical_vectors import covariance_of, usable
from .displacement import Drift

#: Standard deviation of a coordinate of a buoy's fix [m on the ground] (assumed; GPS).
FIX_SIGMA = 10.0

#: Between fixes further apart than this a buoy's place is not known: half an inertial period
#: and more would be missed.
LONGEST_GAP = np.timedelta64(14_700_000_000_000, "ns")  # 4 h and 5 min: buoys that report every 4 h

#: A fix that is reached and left faster than this is wrong [m/s]; ice hardly exceeds 1 m/s.
FASTEST_FIX = 2.0

#: Fewest fixes a place can be interpolated from.
LEAST_FIXES = 3

#: Squared distances, in standard deviations, within which 68 % and 95 % of errors in the plane
#: lie: quantiles -2 ln(1 - p) of chi-squared with two degrees of freedom.
SQUARED_68, SQUARED_95 = -2.0 * np.log(0.32), -2.0 * np.log(0.05)

#: Every variable of a comparison along ``comparison``: its attributes.
COMPARISON: dict[str, dict[str, str]] = {
    "buoy_id": {"long_name": "name of the buoy"},
    "start_time": {"long_name": "UTC time at which the buoy was at x0, y0"},
    "stop_time": {"long_name": "UTC time at which it had been displaced"},
    "x0": {"long_name": "x of the buoy at start_time on the plane", "units": "m"},
    "y0": {"long_name": "y of the buoy at start_time on the plane", "units": "m"},
    "buoy_dx": {"long_name": "displacement of the buoy along x", "units": "m"},
    "buoy_dy": {"long_name": "displacement of the buoy along y", "units": "m"},
    "drift_dx": {"long_name": "displacement by the drift along x", "units": "m"},
    "drift_dy": {"long_name": "displacement by the drift along y", "units": "m"},
    "distance": {"long_name": "from the buoy to where the drift holds", "units": "m"},
    "error": {"long_name": "length on the ground of drift minus buoy", "units": "m"},
    "sigma": {"long_name": "given standard deviation of a component of it", "units": "m"},
    "squared_distance": {"long_name": "error squared over its covariance, fixes included"},
    "scale": {"long_name": "length on the plane over length on the ground, at x0, y0"},
}


class _Track(NamedTuple):
    """The fixes of one buoy on a plane, in order of time."""

    name: str
    time: np.ndarray
    x: np.ndarray  #: [m]
    y: np.ndarray


class Moved(NamedTuple):
    """Displacements of buoys; arrays (n,), places on a plane [m]."""

    buoy_id: np.ndarray
    start: np.ndarray  #: datetime64[ns]
    stop: np.ndarray
    x: np.ndarray
    y: np.ndarray
    dx: np.ndarray
    dy: np.ndarray


_NOTHING = Moved(
    np.zeros(0, dtype=object),
    *(np.zeros(0, dtype="datetime64[ns]") for _ in range(2)),
    *(np.zeros(0) for _ in range(4)),
)


def evaluate_against_drifters(
    drift: Drift,
    drifters: xr.Dataset,
    plane: PolarPlane,
    starts: np.ndarray,
    interval: np.timedelta64,
) -> xr.Dataset:
    """Compare a drift with buoys, at their places.

    Parameters
    ----------
    drift : Drift
        Asked to move every buoy that has a place at a start and its end.
    drifters : dataset
        As ``products.buoys.open_buoys`` opens them.
    plane : PolarPlane
    starts : array (m,), datetime64[ns]
        UTC times at which displacements begin, such as those of a product's intervals.
    interval : timedelta64
        How long they last.

    Returns
    -------
    xr.Dataset
        See ``COMPARISON``; a row a buoy and start at which the drift knows an answer.
    """
    moved = drifter_displacements(drifters, plane, starts, starts + interval)
    move = drift(plane, moved.x, moved.y, moved.start, moved.stop)
    known = np.flatnonzero(move.known)
    return _compare(
        plane,
        Moved(*(column[known] for column in moved)),
        np.stack([move.dx[known], move.dy[known]], axis=-1),
        move.covariance[known],
        np.zeros(known.size),
    )


def evaluate_vectors(vectors: xr.Dataset, drifters: xr.Dataset, radius: float) -> xr.Dataset:
    """Compare vectors with buoys near them, over the times of each vector.

    Every buoy is compared with the usable vector closest to it, if one lies within a radius
    [m on the plane] at the vectors' median start.  What the ice deforms between the two counts
    as error.

    Returns
    -------
    xr.Dataset
        See ``COMPARISON``; at most one row a buoy.
    """
    plane = plane_of_epsg(vectors.attrs["plane"])
    good = vectors.isel(vector=np.flatnonzero(usable(vectors)))
    tracks = _tracks(drifters, plane)
    if good.sizes["vector"] == 0 or not tracks:
        return _compare(plane, _NOTHING, np.zeros((0, 2)), np.zeros((0, 2, 2)), np.zeros(0))
    starts, stops = good["start_time"].values, good["stop_time"].values
    middle = np.sort(starts)[starts.size // 2 :][:1]
    places = np.concatenate([_places(track, middle) for track in tracks], axis=-1).T
    here = np.flatnonzero(np.isfinite(places).all(axis=1))
    tree = cKDTree(np.stack([good["x0"].values, good["y0"].values], axis=-1))
    distance, nearest = tree.query(places[here])
    near = distance <= radius
    here, distance, nearest = here[near], distance[near], nearest[near]
    pairs = zip(here, nearest, strict=True)
    moved = _joined([_moved(tracks[i], starts[[j]], stops[[j]]) for i, j in pairs])
    known = np.isfinite(moved.x + moved.dx)
    used = nearest[known]
    moves = np.stack([good["dx"].values[used], good["dy"].values[used]], axis=-1)
    moved = Moved(*(column[known] for column in moved))
    return _compare(plane, moved, moves, covariance_of(good)[used], distance[known])


def drifter_displacements(
    drifters: xr.Dataset, plane: PolarPlane, starts: np.ndarray, stops: np.ndarray
) -> Moved:
    """Return how buoys moved between pairs of times.

    Parameters
    ----------
    drifters : dataset
        As ``products.buoys.open_buoys`` opens them.
    plane : PolarPlane
    starts, stops : array (m,), datetime64[ns]

    Returns
    -------
    Moved
        A row a buoy and pair of times at both of which its place is known: between fixes no
        more than ``LONGEST_GAP`` apart.  Buoys in the other hemisphere have none.

    Notes
    -----
    Places are interpolated by Akima's (1970) cubics, which a single bad fix does not upset far.
    Fixes that the product calls bad, of a time that was there already, or that are reached and
    left at more than 2 m/s are left out.
    """
    moved = _joined([_moved(track, starts, stops) for track in _tracks(drifters, plane)])
    known = np.isfinite(moved.x + moved.dx)
    return Moved(*(column[known] for column in moved))


def scores(comparison: xr.Dataset) -> dict[str, float]:
    """Return what comparisons amount to; lengths in metres on the ground, nan where there is none.

    ``bias_x_m`` and ``bias_y_m`` are mean differences along the plane, drift minus buoy;
    ``rms_m`` is that of the length of the error.  ``inside_68_percent`` and ``inside_95_percent``
    are the shares [percent] of errors inside the ellipses that should hold 68 and 95 % of them.
    """
    count = comparison.sizes["comparison"]
    if count == 0:
        names = (
            "median_error_m", "rms_m", "bias_x_m", "bias_y_m", "median_sigma_m",
            "inside_68_percent", "inside_95_percent", "median_displacement_m",
        )  # fmt: skip
        return {"comparisons": 0, "buoys": 0, **dict.fromkeys(names, float("nan"))}
    error, squared = comparison["error"].values, comparison["squared_distance"].values
    scale = comparison["scale"].values
    bias = {
        axis: np.mean((comparison[f"drift_d{axis}"] - comparison[f"buoy_d{axis}"]).values / scale)
        for axis in "xy"
    }
    moved = np.hypot(comparison["buoy_dx"].values, comparison["buoy_dy"].values) / scale
    return {
        "comparisons": count,
        "buoys": np.unique(comparison["buoy_id"].values).size,
        "median_error_m": float(np.median(error)),
        "rms_m": float(np.sqrt(np.mean(error**2))),
        "bias_x_m": float(bias["x"]),
        "bias_y_m": float(bias["y"]),
        "median_sigma_m": float(np.median(comparison["sigma"].values)),
        "inside_68_percent": 100.0 * float(np.mean(squared <= SQUARED_68)),
        "inside_95_percent": 100.0 * float(np.mean(squared <= SQUARED_95)),
        "median_displacement_m": float(np.median(moved)),
    }


def _compare(
    plane: PolarPlane,
    moved: Moved,
    move: np.ndarray,
    covariance: np.ndarray,
    distance: np.ndarray,
) -> xr.Dataset:
    """Return the comparison of moves (n, 2) and their covariances (n, 2, 2) with buoys'."""
    error = move - np.stack([moved.dx, moved.dy], axis=-1)
    scale = scale_factor(plane, inverse(plane, moved.x, moved.y)[1])
    fixes = 2.0 * (FIX_SIGMA * scale) ** 2  # of both ends
    whole = covariance + fixes[:, None, None] * np.eye(2)
    squared = np.einsum("ni,nij,nj->n", error, np.linalg.inv(whole), error)
    columns = {
        "buoy_id": moved.buoy_id.astype(str),
        "start_time": moved.start,
        "stop_time": moved.stop,
        "x0": moved.x,
        "y0": moved.y,
        "buoy_dx": moved.dx,
        "buoy_dy": moved.dy,
        "drift_dx": move[:, 0],
        "drift_dy": move[:, 1],
        "distance": distance,
        "error": np.hypot(*error.T) / scale,
        "sigma": np.sqrt(0.5 * np.trace(covariance, axis1=1, axis2=2)) / scale,
        "squared_distance": squared,
        "scale": scale,
    }
    return xr.Dataset(
        {name: ("comparison", values, COMPARISON[name]) for name, values in columns.items()},
        attrs={"plane": plane.crs},
    )


def _tracks(drifters: xr.Dataset, plane: PolarPlane) -> list[_Track]:
    """Return the buoys with fixes enough to interpolate between, in order of their names."""
    names = drifters["buoy_id"].values
    tracks = (_track(drifters.isel(observation=names == name), plane) for name in np.unique(names))
    return [track for track in tracks if track.time.size >= LEAST_FIXES]


def _track(buoy: xr.Dataset, plane: PolarPlane) -> _Track:
    """Return the fixes of one buoy that can be trusted, in order of time."""
    keep = np.sign(buoy["latitude"].values) == plane.hemisphere
    if "product_quality_flag" in buoy:
        keep &= buoy["product_quality_flag"].values == 0
    time, first = np.unique(buoy["time"].values[keep], return_index=True)
    x, y = forward(plane, buoy["longitude"].values[keep], buoy["latitude"].values[keep])
    x, y = x[first], y[first]
    speed = np.hypot(np.diff(x), np.diff(y)) / (np.diff(time) / np.timedelta64(1, "s"))
    reached, left = np.append(np.inf, speed), np.append(speed, np.inf)
    likely = (np.minimum(reached, left) <= FASTEST_FIX)[: time.size]
    return _Track(str(buoy["buoy_id"].values[0]), time[likely], x[likely], y[likely])


def _places(track: _Track, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y [m] at times, nan where no fixes are near enough on both sides."""
    after = np.searchsorted(track.time, wanted, side="left").clip(1, track.time.size - 1)
    near = track.time[after] - track.time[after - 1] <= LONGEST_GAP
    known = near & (wanted >= track.time[0]) & (wanted <= track.time[-1])
    seconds, at = ((t - track.time[0]) / np.timedelta64(1, "s") for t in (track.time, wanted))
    x, y = (np.where(known, Akima1DInterpolator(seconds, c)(at), np.nan) for c in track[2:])
    return x, y


def _moved(track: _Track, starts: np.ndarray, stops: np.ndarray) -> Moved:
    """Return how a buoy moved between pairs of times, nan where that is not known."""
    x0, y0 = _places(track, starts)
    x1, y1 = _places(track, stops)
    name = np.full(starts.shape, track.name, dtype=object)
    return Moved(name, starts, stops, x0, y0, x1 - x0, y1 - y0)


def _joined(parts: list[Moved]) -> Moved:
    return Moved(*(np.concatenate(column) for column in zip(_NOTHING, *parts, strict=True)))
