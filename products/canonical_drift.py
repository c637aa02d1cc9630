"""The shape in which every reader of an ice-drift product hands over its vectors.

A drift dataset is over ``time``, ``y`` and ``x``: the product's own grid, untouched but for the
order of its axes, which always increase.  The vectors on it are displacements on the polar
plane the rest of iceco works on, made from start and end positions, so that the grid's axes, its
ellipsoid and the sign of its rows are gone: nothing has to be rotated, ever.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

#: Every variable of a drift dataset over (time, y, x): its attributes.
DRIFT: dict[str, dict[str, str]] = {
    "dx": {"long_name": "displacement along x of the plane over the interval", "units": "m"},
    "dy": {"long_name": "displacement along y of the plane over the interval", "units": "m"},
    "displacement_sigma": {
        "long_name": "standard deviation of dx and of dy, the two taken as independent",
        "units": "m",
    },
    "start_time": {"long_name": "UTC time at which the ice was at longitude, latitude"},
    "stop_time": {"long_name": "UTC time at which it had been displaced by dx, dy"},
    "quality_flag": {
        "long_name": "trust in the vector",
        "flag_values": "0 1 2",
        "flag_meanings": "nominal interpolated_or_coastal rejected_or_missing",
    },
}

#: Attributes of every drift dataset.
DRIFT_ATTRIBUTES = (
    "product",  # as its agency names it: OSI-405-c, NSIDC-0116
    "crs",  # of x and y: the product's own grid, for pyproj
    "plane",  # of dx and dy: EPSG:3413 or EPSG:3976
    "source",  # path of the file
)

NOMINAL, INTERPOLATED, REJECTED = 0, 1, 2


def make_drift(
    grid: Mapping[str, np.ndarray],
    columns: Mapping[str, np.ndarray],
    attributes: Mapping[str, Any],
) -> xr.Dataset:
    """Return a drift dataset.

    Parameters
    ----------
    grid : mapping
        ``time`` (t,), datetime64[ns], UTC, the middle of each nominal interval; ``x`` (n,) and
        ``y`` (m,), float64 [m], on the product's own grid, increasing or decreasing; and the
        start positions ``longitude`` and ``latitude`` (m, n), float64 [degree].
    columns : mapping of name in ``DRIFT`` to array (t, m, n)
        ``dx``, ``dy``, ``displacement_sigma``: float32 [m] (4 mm at 50 km), nan where
        ``quality_flag`` (int8) is 2.  ``start_time``, ``stop_time``: datetime64[ns]; the true
        times of every cell where the product knows them, else the nominal ones.  A velocity is
        the displacement divided by their difference.
    attributes : mapping
        Must hold all of ``DRIFT_ATTRIBUTES``.

    Raises
    ------
    ValueError
        If a name is unknown or missing.
    """
    wrong = columns.keys() ^ DRIFT.keys()
    needed = [name for name in DRIFT_ATTRIBUTES if name not in attributes]
    if wrong or needed:
        raise ValueError(f"a drift dataset has exactly {sorted(DRIFT)} and needs {needed}")
    rows, samples = (
        slice(None, None, -1 if axis.size > 1 and axis[1] < axis[0] else 1)
        for axis in (grid["y"], grid["x"])
    )
    drift = xr.Dataset(
        {
            name: (("time", "y", "x"), np.asarray(values)[:, rows, samples], DRIFT[name])
            for name, values in columns.items()
        },
        coords={
            "time": np.asarray(grid["time"], dtype="datetime64[ns]"),
            "y": ("y", grid["y"][rows], {"units": "m"}),
            "x": ("x", grid["x"][samples], {"units": "m"}),
        },
        attrs=dict(attributes),
    )
    units = {"longitude": "degrees_east", "latitude": "degrees_north"}
    return drift.assign_coords(
        {
            name: (("y", "x"), grid[name][rows, samples], {"standard_name": name, "units": unit})
            for name, unit in units.items()
        }
    )
