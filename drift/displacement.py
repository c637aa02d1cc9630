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
from ..products.canonical_drift import INTERPOLATED
from .unresolved import Fluctuation, bridge_variance

#: Standard deviation of the motion that a given displacement does not resolve (inertial, tidal,
#: gusts), per component [m/s] (assumed; 0.02 to 0.05 in the literature).
UNRESOLVED_SPEED = 0.03

#: Standard deviation of winter pack-ice velocity, per component [m/s]: mean speeds of 5 to
#: 10 km a day make about 0.1 m/s (Rampal et al. 2009; the figure itself is assumed).
UNKNOWN_SPEED = 0.10

#: Standard deviation of a displacement whose product gives none, per component [m]: the target
#: accuracy of OSI-405-c over 48 h.  Vectors that a product made up from others, or near a coast,
#: are not taken as better (assumed).
PRODUCT_SIGMA = 5_000.0

#: A cell average of fewer good neighbours than this share of the weight is no answer.
LEAST_WEIGHT = 0.5


class Displacement(NamedTuple):
    """Motion of points from one time to another, each array (n,), float64 unless said."""

    dx: np.ndarray  #: along the x axis of the plane [m on the plane]
    dy: np.ndarray  #: along the y axis of the plane [m on the plane]
    covariance: np.ndarray  #: (n, 2, 2) of the errors of dx and dy, in this order [m2]
    known: np.ndarray  #: bool; false where the drift has no answer: dx and dy are then 0
    #: Part of either variance that is motion between the times a source knows of [m2]: other
    #: sources, which do not see it either, do not average it away.
    unresolved: np.ndarray
    source: np.ndarray  #: int8: which of a drift's sources counts most, -1 where none is known

    @property
    def sigma(self) -> np.ndarray:
        """Standard deviation (n,) of a component, the mean over directions [m]."""
        return np.sqrt(0.5 * np.trace(self.covariance, axis1=-2, axis2=-1))


#: ``drift(plane, x, y, start, stop)``: plane, two (n,) float64 arrays [m] and two (n,)
#: datetime64[ns] arrays; answers where ice that is at (x, y) at ``start`` has gone by ``stop``.
Drift = Callable[[PolarPlane, np.ndarray, np.ndarray, np.ndarray, np.ndarray], Displacement]


def isotropic(variance: np.ndarray) -> np.ndarray:
    """Return covariances (n, 2, 2) with variances (n,) alike in all directions."""
    return np.asarray(variance, dtype=np.float64)[:, None, None] * np.eye(2)


def no_drift() -> Drift:
    """Return the drift that knows nothing: no motion, sigma growing with the interval."""

    def drift(
        plane: PolarPlane, x: np.ndarray, y: np.ndarray, start: np.ndarray, stop: np.ndarray
    ) -> Displacement:
        return unknown_displacement(start, stop)

    return drift


def constant_displacement(dx: float, dy: float) -> Drift:
    """Return the drift that moves every point by (dx, dy) [m on the plane].

    The vector is taken as measured over the interval asked for; what is left is the motion that
    differs from place to place, which grows with the interval.
    """

    def drift(
        plane: PolarPlane, x: np.ndarray, y: np.ndarray, start: np.ndarray, stop: np.ndarray
    ) -> Displacement:
        unresolved = (UNRESOLVED_SPEED * seconds_between(start, stop)) ** 2
        return Displacement(
            np.full(x.shape, dx),
            np.full(x.shape, dy),
            isotropic(unresolved),
            np.ones(x.shape, dtype=bool),
            unresolved,
            np.zeros(x.shape, dtype=np.int8),
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
    The displacement is the mean velocity of the cell times the interval tau asked for.  Its
    variance is that of the product times (tau / T)^2, plus that of the motion about the share
    tau / T of the product's (``unresolved.bridge_variance``): nothing over the whole of the
    product's interval, and the more the further beyond it.
    """
    intervals = [product.isel(time=i) for product in products for i in range(product.sizes["time"])]
    begin = np.array([interval["start_time"].values.min() for interval in intervals])
    end = np.array([interval["stop_time"].values.max() for interval in intervals])
    centres = begin + (end - begin) / 2
    planes = np.array([interval.attrs["plane"] for interval in intervals])
    motion = Fluctuation()

    def drift(
        plane: PolarPlane, x: np.ndarray, y: np.ndarray, start: np.ndarray, stop: np.ndarray
    ) -> Displacement:
        seconds = seconds_between(start, stop)
        answer = unknown_displacement(start, stop)
        middle = start + (stop - start) / 2
        eligible = np.flatnonzero(planes == plane.crs)
        if eligible.size == 0:
            return answer
        nearest = eligible[_closest(centres[eligible], middle)]
        covered = (begin[nearest] <= middle) & (middle <= end[nearest])
        for i in np.unique(nearest[covered]):
            here = np.flatnonzero(covered & (nearest == i))
            vx, vy, sigma_speed = _velocity(intervals[i], plane, x[here], y[here])
            found = np.isfinite(vx)
            there = here[found]
            answer.dx[there] = vx[found] * seconds[there]
            answer.dy[there] = vy[found] * seconds[there]
            asked = (
                seconds_between(begin[i], start[there]),
                seconds_between(begin[i], stop[there]),
            )
            whole = (np.zeros(there.size), np.full(there.size, seconds_between(begin[i], end[i])))
            answer.unresolved[there] = bridge_variance(motion, asked, whole)
            measured = (sigma_speed[found] * seconds[there]) ** 2
            answer.covariance[there] = isotropic(measured + answer.unresolved[there])
            answer.known[there] = True
            answer.source[there] = 0
        return answer

    return drift


def unknown_displacement(start: np.ndarray, stop: np.ndarray) -> Displacement:
    """Return, for times (n,), datetime64[ns], no motion with the covariance of not knowing."""
    variance = (UNKNOWN_SPEED * seconds_between(start, stop)) ** 2
    zeros = np.zeros(variance.shape)
    return Displacement(
        zeros,
        zeros.copy(),
        isotropic(variance),
        np.zeros(variance.shape, dtype=bool),
        variance,
        np.full(variance.shape, -1, dtype=np.int8),
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
    doubtful = interval["quality_flag"].values >= INTERPOLATED
    sigma = np.where(doubtful, np.maximum(sigma, PRODUCT_SIGMA), sigma)
    fields = np.stack([interval["dx"].values, interval["dy"].values, sigma]) / seconds
    good = np.asarray(np.isfinite(fields).all(axis=0))
    weight = _bilinear(good.astype(np.float64), row, column)
    enough = weight >= LEAST_WEIGHT
    found = np.full((3, x.size), np.nan)
    for values, field in zip(found, fields, strict=True):
        mean = _bilinear(np.where(good, field, 0.0), row, column)
        np.divide(mean, weight, out=values, where=enough)
    return found[0], found[1], found[2]


def _closest(times: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the index of the one of ``times`` (k,) closest to each of those wanted (n,)."""
    order = np.argsort(times)
    after = np.minimum(np.searchsorted(times[order], wanted), times.size - 1)
    before = np.maximum(after - 1, 0)
    earlier = wanted - times[order[before]] <= times[order[after]] - wanted
    return np.asarray(order[np.where(earlier, before, after)])


def _bilinear(field: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    return map_coordinates(field, [row, column], order=1, mode="constant", cval=0.0)


def _fraction(axis: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return the fractional index of ``value`` on an evenly spaced axis of either direction."""
    return (value - axis[0]) / (axis[-1] - axis[0]) * (axis.size - 1)


def seconds_between(start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Return how long after ``start`` the times ``stop`` are, datetime64[ns] both [s]."""
    return (stop - start) / np.timedelta64(1, "s")
