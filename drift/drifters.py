"""Drifting buoys as vectors, to be merged with those of images."""

import numpy as np
import xarray as xr

from ..geo.polar import PolarPlane, inverse, scale_factor
from ..products.canonical_vectors import GOOD, VECTORS, make_vectors
from .buoy_evaluation import FIX_SIGMA, Moved, drifter_displacements

#: A buoy speaks for the ice this far around it, along x and y [m] (chosen: strains of a few per
#: cent a day then make some hundred metres; the covariance says how much).
REACH = 10_000.0


def vectors_of_drifters(
    drifters: xr.Dataset, plane: PolarPlane, starts: np.ndarray, stops: np.ndarray
) -> list[xr.Dataset]:
    """Return the motion of buoys over some intervals as vectors.

    Parameters
    ----------
    drifters : dataset
        As ``products.buoys.open_buoys`` opens them.
    plane : PolarPlane
    starts, stops : array (m,), datetime64[ns]
        UTC.

    Returns
    -------
    list of vectors datasets
        One for each interval over which the place of a buoy is known at both ends: a vector a
        buoy, with the errors of its two fixes.
    """
    moves = (
        drifter_displacements(drifters, plane, starts[i : i + 1], stops[i : i + 1])
        for i in range(len(starts))
    )
    source = str(drifters.attrs["source"])
    return [_vectors(plane, moved, source) for moved in moves if moved.x.size]


def _vectors(plane: PolarPlane, moved: Moved, source: str) -> xr.Dataset:
    variance = 2.0 * (FIX_SIGMA * scale_factor(plane, inverse(plane, moved.x, moved.y)[1])) ** 2
    nothing = np.zeros(moved.x.size)
    columns = dict.fromkeys(VECTORS, nothing) | {
        "x0": moved.x,
        "y0": moved.y,
        "dx": moved.dx,
        "dy": moved.dy,
        "start_time": moved.start,
        "stop_time": moved.stop,
        "variance_x": variance,
        "variance_y": variance,
        "correlation": np.full(moved.x.size, np.nan),
        "rotation": np.full(moved.x.size, np.nan),
        "quality_flag": nothing + GOOD,
        "grid_row": nothing - 1,
        "grid_column": nothing - 1,
    }
    return make_vectors(
        columns,
        {
            "plane": plane.crs,
            "method": "drifter",
            "first_scene": "",
            "second_scene": "",
            "spacing_m": 2.0 * REACH,
            "source": source,
        },
    )
