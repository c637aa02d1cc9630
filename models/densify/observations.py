"""Freeboard along tracks as points at the target time, from whatever files carry it."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from ...drift.displacement import Drift
from ...geo.polar import PolarPlane, forward
from ...products.netcdf import open_netcdf, text_attribute
from ...products.recognise import open_product
from .fields import Points, select

#: Title of the files of iceco freeboard.
TITLE = "Sea-ice freeboard along an altimeter track"
#: Kinds of freeboard: name of the variable in those files, and what is believed [m] (science:
#: pysiral's ranges).
KINDS = {
    "ice": ("sea_ice_freeboard", (-0.25, 2.25)),
    "radar": ("radar_freeboard", (-0.35, 2.35)),
    "total": ("total_freeboard", (-0.25, 3.0)),
}
#: Uncertainties of products that tell none [m]: single echo (AWI's for CryoSat-2 and Sentinel-3),
#: and the sea level that a track shares (assumed).
ECHO_SIGMA, SEA_LEVEL_SIGMA = 0.10, 0.03
LEAST_SIGMA = 0.005  # m: nothing is more certain than this (chosen)
MOST_BEAMS = 8  # of a file, by which tracks are numbered


class Observed(NamedTuple):
    """Freeboard of one file; arrays (n,) float64 unless said."""

    source: Path
    beam: np.ndarray  #: int64, which of the tracks in the file; 0 where there is one
    time: np.ndarray  #: datetime64[ns], UTC
    longitude: np.ndarray  #: [degree]
    latitude: np.ndarray
    freeboard: dict[str, tuple[np.ndarray, np.ndarray]]  #: kind: value and 1 sigma in all [m]
    shared: np.ndarray  #: 1 sigma of the part that the track shares [m]


def read_freeboard(path: Path) -> Observed:
    """Return the freeboards of a file of ``iceco freeboard``, or of a product that carries some.

    Raises
    ------
    ValueError
        If the file is neither.
    """
    if path.is_file() and _title(path) == TITLE:
        with xr.open_dataset(path) as track:
            return _of_iceco(path, track.load())
    track = open_product(path)
    if not isinstance(track, xr.Dataset) or "time" not in track.dims:
        raise ValueError(f"{path}: is no altimeter track")
    with track:
        return _of_product(path, track)


def points_of(
    observed: list[Observed], target: np.datetime64, window: np.timedelta64
) -> tuple[Points, str]:
    """Return the observations no further from the target time than the window, and their kind.

    Positions are not yet on a plane: x and y are longitude and latitude until ``advected``.

    Parameters
    ----------
    observed : list of Observed
        One at least.
    target : datetime64
    window : timedelta64
        The longest time between an observation and the target time, before or after it.

    Raises
    ------
    ValueError
        If the tracks have no freeboard of one kind, or none of it lies in the window.
    """
    kinds = [kind for kind in KINDS if all(kind in one.freeboard for one in observed)]
    if not kinds:
        raise ValueError(
            f"{_without(observed)}: the track has no freeboard; make some with iceco freeboard"
        )
    parts = [_points(one, number, kinds[0], target) for number, one in enumerate(observed)]
    points = Points(*map(np.concatenate, zip(*parts, strict=True)))
    near = np.abs(points.age_s) <= window / np.timedelta64(1, "s")
    if not near.any():
        closest = np.abs(points.age_s).min() / 3600.0 if points.age_s.size else np.nan
        raise ValueError(
            f"no track is in the window: the observation closest to {target.astype('M8[s]')} is "
            f"{closest:.1f} h from it; choose another --time or a longer --window"
        )
    return select(points, near), kinds[0]


def advected(points: Points, plane: PolarPlane, drift: Drift, target: np.datetime64) -> Points:
    """Return the points on a plane, where their ice is at the target time.

    Parameters
    ----------
    points : Points
        As ``points_of`` returns them.
    plane : PolarPlane
    drift : Drift
        Where it knows nothing the point stays, its place as uncertain as the drift says.
    target : datetime64
    """
    x, y = forward(plane, points.x, points.y)
    stop = np.full(x.size, target.astype("datetime64[ns]"))
    move = drift(plane, x, y, points.time, stop)
    return points._replace(x=x + move.dx, y=y + move.dy, position_sigma_m=move.sigma)


def super_observations(points: Points, cell: np.ndarray) -> Points:
    """Return the points with those of one track and cell averaged.

    Parameters
    ----------
    points : Points
    cell : array (n,), int64
        Whatever number tells cells apart.

    Returns
    -------
    Points
        Means weighed by the inverses of the variances, which are those told plus what the ice
        varies within a cell: the scatter of records about their cell, over what they tell of
        themselves, pooled over all cells.  The shared part stays what it is, and so does the
        error of the place.
    """
    _, group = np.unique(np.stack([points.track, cell]), axis=1, return_inverse=True)
    group = group.ravel()
    count = np.bincount(group)
    own = points.uncertainty**2
    plain = np.bincount(group, points.freeboard) / count
    freedom = points.freeboard.size - count.size
    if freedom > 0:
        scatter = float(np.sum((points.freeboard - plain[group]) ** 2)) / freedom
        own = own + max(scatter - float(own[count[group] > 1].mean()), 0.0)
    weight = 1.0 / own
    total = np.bincount(group, weight)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.bincount(group, weight * values) / total)

    first = np.unique(group, return_index=True)[1]
    origin = points.time.min()
    passed = mean((points.time - origin) / np.timedelta64(1, "ns"))
    return Points(
        mean(points.x), mean(points.y), origin + np.rint(passed).astype("timedelta64[ns]"),
        mean(points.freeboard), np.sqrt(1.0 / total), mean(points.shared_uncertainty),
        points.track[first], mean(points.position_sigma_m), mean(points.age_s),
        points.covariates[first],
    )  # fmt: skip


def _title(path: Path) -> str:
    try:
        with open_netcdf(path) as dataset:
            return text_attribute(dataset, "title")
    except ValueError:
        return ""  # whatever is wrong with it, the readers of products say it better


def _of_iceco(path: Path, track: xr.Dataset) -> Observed:
    freeboard = {}
    for kind, (name, _) in KINDS.items():
        if _told(track, name):
            value, sigma = (track[n].values for n in (name, f"{name}_uncertainty"))
            freeboard[kind] = value.astype(np.float64), sigma.astype(np.float64)
    shared = track["sea_level_anomaly_uncertainty"].values.astype(np.float64)
    return _observed(path, track, np.zeros(shared.size, np.int64), freeboard, shared)


def _told(track: xr.Dataset, name: str) -> bool:
    return name in track and bool(np.isfinite(track[name]).any())


def _of_product(path: Path, track: xr.Dataset) -> Observed:
    size = track.sizes["time"]
    shared = np.full(size, SEA_LEVEL_SIGMA)
    freeboard = {}
    if _told(track, "product_radar_freeboard"):
        sigma = np.full(size, np.hypot(ECHO_SIGMA, SEA_LEVEL_SIGMA))
        freeboard["radar"] = (track["product_radar_freeboard"].values, sigma)
    if _told(track, "product_total_freeboard"):
        told = track["product_total_freeboard_uncertainty"].values
        value = track["product_total_freeboard"].values
        if "product_quality_flag" in track:
            value = np.where(track["product_quality_flag"].values == 0, value, np.nan)
        freeboard["total"] = (value, np.hypot(told, shared))
    # The beams of a laser are tracks of their own.
    beam = track["beam"].values.astype(np.int64) if "beam" in track else np.zeros(size, np.int64)
    return _observed(path, track, beam, freeboard, shared)


def _observed(
    path: Path,
    track: xr.Dataset,
    beam: np.ndarray,
    freeboard: dict[str, tuple[np.ndarray, np.ndarray]],
    shared: np.ndarray,
) -> Observed:
    time = track["time"].values.astype("datetime64[ns]")
    place = (track["longitude"].values, track["latitude"].values)
    return Observed(path, beam, time, *place, freeboard, shared)


def _points(one: Observed, number: int, kind: str, target: np.datetime64) -> Points:
    value, sigma = one.freeboard[kind]
    low, high = KINDS[kind][1]
    good = (value >= low) & (value <= high) & np.isfinite(sigma) & np.isfinite(one.latitude)
    own = np.sqrt(np.maximum(sigma**2 - one.shared**2, LEAST_SIGMA**2))
    age = (one.time - target) / np.timedelta64(1, "s")
    size = value.size
    points = Points(
        one.longitude, one.latitude, one.time, value, own,
        np.nan_to_num(one.shared, nan=SEA_LEVEL_SIGMA), MOST_BEAMS * number + one.beam,
        np.zeros(size), age, np.empty((size, 0), np.float32),
    )  # fmt: skip
    return select(points, good)


def _without(observed: list[Observed]) -> Path:
    """Return a file without the kind of freeboard that most have."""
    count = {kind: sum(kind in one.freeboard for one in observed) for kind in KINDS}
    common = max(KINDS, key=lambda kind: count[kind])
    return next(one.source for one in observed if common not in one.freeboard)
