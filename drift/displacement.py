"""How far the ice went between two times, and how sure that is.

A *drift* is a function of positions on a polar plane and of two times.  Where it knows nothing
it says so (``known`` is false) and hands back no motion with the sigma of not knowing.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import xarray as xr
from pyproj import Transformer
from scipy.ndimage import map_coordinates

from ..geo.polar import PolarPlane

#: Standard deviation of the motion that a mean over a day or two does not resolve (inertial,
#: tidal, gusts), per component [m/s] (assumed; 0.02 to 0.05 in the literature).
UNRESOLVED_SPEED = 0.03

#: Standard deviation of winter pack-ice velocity, per component [m/s]: mean speeds of 5 to
#: 10 km a day make about 0.1 m/s (Rampal et al. 2009; the figure itself is assumed).
UNKNOWN_SPEED = 0.10

#: Standard deviation of a displacement whose product gives none, per component [m]: the target
#: accuracy of OSI-405-c over 48 h.
PRODUCT_SIGMA = 5_000.0

#: A cell average of fewer good neighbours than this share of the weight is no answer.
LEAST_WEIGHT = 0.5


class Displacement(NamedTuple):
    """Motion of points from one time to another, each array (n,), float64 unless said."""

    dx: np.ndarray  #: along the x axis of the plane [m on the plane]
    dy: np.ndarray  #: along the y axis of the plane [m on the plane]
    sigma: np.ndarray  #: standard deviation of each of the two components [m]
    known: np.ndarray  #: bool; false where the drift has no answer: dx and dy are then 0


#: ``drift(plane, x, y, start, stop)``: plane, two (n,) float64 arrays [m] and two (n,)
#: datetime64[ns] arrays; answers where ice that is at (x, y) at ``start`` has gone by ``stop``.
Drift = Callable[[PolarPlane, np.ndarray, np.ndarray, np.ndarray, np.ndarray], Displacement]


def no_drift() -> Drift:
    """Return the drift that knows nothing: no motion, sigma growing with the interval."""

    def drift(
        plane: PolarPlane, x: np.ndarray, y: np.ndarray, start: np.ndarray, stop: np.ndarray
    ) -> Displacement:
        return _unknown(_seconds(start, stop))

    return drift


def constant_displacement(dx: float, dy: float) -> Drift:
    """Return the drift that moves every point by (dx, dy) [m on the plane].

    The vector is taken as measured over the interval asked for; what is left is the motion that
    differs from place to place, which grows with the interval.
    """

    def drift(
        plane: PolarPlane, x: np.ndarray, y: np.ndarray, start: np.ndarray, stop: np.ndarray
    ) -> Displacement:
        seconds = _seconds(start, stop)
        return Displacement(
            np.full(x.shape, dx),
            np.full(x.shape, dy),
            UNRESOLVED_SPEED * np.abs(seconds),
            np.ones(x.shape, dtype=bool),
        )

    return drift


def product_drift(products: list[xr.Dataset]) -> Drift:
    """Return the drift that interpolates gridded products in space and picks among them in time.

    Parameters
    ----------
    products : list of drift datasets
        As ``iceco.products.drift`` opens them.  The interval centred closest to the middle of
        the one asked for is used, if it holds that middle; a point that no interval holds, or
        that has too few good cells around it, is unknown.

    Notes
    -----
    The displacement is the mean velocity of the cell times the interval.  Its variance is that
    of the product scaled by interval over product interval, plus the unresolved motion
    (both per component): sigma^2 = (sigma_product tau / T)^2 + (UNRESOLVED_SPEED tau)^2.
    """
    intervals = [product.isel(time=i) for product in products for i in range(product.sizes["time"])]
    begin = np.array([interval["start_time"].values.min() for interval in intervals])
    end = np.array([interval["stop_time"].values.max() for interval in intervals])
    centres = begin + (end - begin) / 2
    planes = np.array([interval.attrs["plane"] for interval in intervals])

    def drift(
        plane: PolarPlane, x: np.ndarray, y: np.ndarray, start: np.ndarray, stop: np.ndarray
    ) -> Displacement:
        seconds = _seconds(start, stop)
        answer = _unknown(seconds)
        middle = start + (stop - start) / 2
        eligible = np.flatnonzero(planes == plane.crs)
        if eligible.size == 0:
            return answer
        nearest = eligible[np.argmin(np.abs(middle[:, None] - centres[eligible]), axis=1)]
        covered = (begin[nearest] <= middle) & (middle <= end[nearest])
        for i in np.unique(nearest[covered]):
            here = np.flatnonzero(covered & (nearest == i))
            vx, vy, sigma_speed = _velocity(intervals[i], plane, x[here], y[here])
            found = np.isfinite(vx)
            there = here[found]
            answer.dx[there] = vx[found] * seconds[there]
            answer.dy[there] = vy[found] * seconds[there]
            speed = np.hypot(sigma_speed[found], UNRESOLVED_SPEED)
            answer.sigma[there] = speed * np.abs(seconds[there])
            answer.known[there] = True
        return answer

    return drift


def _unknown(seconds: np.ndarray) -> Displacement:
    zeros = np.zeros(seconds.shape)
    return Displacement(
        zeros,
        zeros.copy(),
        UNKNOWN_SPEED * np.abs(seconds),
        np.zeros(seconds.shape, dtype=bool),
    )


def _velocity(
    interval: xr.Dataset, plane: PolarPlane, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return velocity along x and y and its sigma [m/s on the plane], nan in gaps."""
    to_grid = Transformer.from_crs(plane.crs, interval.attrs["crs"], always_xy=True)
    grid_x, grid_y = to_grid.transform(x, y)
    row = _fraction(interval["y"].values, grid_y)
    column = _fraction(interval["x"].values, grid_x)
    seconds = (interval["stop_time"] - interval["start_time"]).values / np.timedelta64(1, "s")
    sigma = interval["displacement_sigma"].fillna(PRODUCT_SIGMA).values
    fields = np.stack([interval["dx"].values, interval["dy"].values, sigma]) / seconds
    good = np.asarray(np.isfinite(fields).all(axis=0))
    weight = _bilinear(good.astype(np.float64), row, column)
    enough = weight >= LEAST_WEIGHT
    found = np.full((3, x.size), np.nan)
    for values, field in zip(found, fields, strict=True):
        mean = _bilinear(np.where(good, field, 0.0), row, column)
        np.divide(mean, weight, out=values, where=enough)
    return found[0], found[1], found[2]


def _bilinear(field: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    return map_coordinates(field, [row, column], order=1, mode="constant", cval=0.0)


def _fraction(axis: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return the fractional index of ``value`` on an evenly spaced axis of either direction."""
    return (value - axis[0]) / (axis[-1] - axis[0]) * (axis.size - 1)


def _seconds(start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    return (stop - start) / np.timedelta64(1, "s")
