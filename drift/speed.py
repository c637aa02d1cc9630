"""What vectors on the plane amount to on the ground: speeds, and how sure they are."""

import numpy as np
import xarray as xr

from ..geo.polar import plane_of_epsg, scale_factor


def speed_on_ground(vectors: xr.Dataset) -> np.ndarray:
    """Return speeds (n,) over the ground [m/s], nan where there is no displacement."""
    seconds = (vectors["stop_time"] - vectors["start_time"]).values / np.timedelta64(1, "s")
    length = np.hypot(vectors["dx"].values, vectors["dy"].values)
    return np.asarray(length / _scale(vectors) / seconds)


def sigma_on_ground(vectors: xr.Dataset) -> np.ndarray:
    """Return standard deviations (n,) of a component of the displacements [m on the ground]."""
    variance = 0.5 * (vectors["variance_x"] + vectors["variance_y"]).values
    return np.asarray(np.sqrt(variance) / _scale(vectors))


def _scale(vectors: xr.Dataset) -> np.ndarray:
    plane = plane_of_epsg(vectors.attrs["plane"])
    return scale_factor(plane, vectors["latitude"].values)
