"""Swaths of SWOT over ice of which everything is known, and grids beside them."""

from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy.ndimage import gaussian_filter

from iceco.products.canonical_swath import make_swath

START = np.datetime64("2024-03-15T16:40:00", "ns")
SEEN_TIME = START
EPOCH = np.datetime64("2000-01-01", "ns")
HALF = 5125.0 + 250.0 * np.arange(240)
ACROSS = np.concatenate([-HALF[::-1], HALF])
LINE_S = 250.0 / 6_700.0
DEGREE_M = 111_600.0  # of latitude at 75 N
ICE_SIGMA0 = 4.0  # linear: 6 dB
NOISE_M = 0.04


class Seen(NamedTuple):
    """A swath, and what is true of it; arrays (lines, 480)."""

    swath: xr.Dataset
    freeboard: np.ndarray  #: of the ice, 0 in leads [m]
    lead: np.ndarray  #: bool
    error: np.ndarray  #: what was added to heights beside noise [m]


def ice_swath(
    lines: int = 240,
    seed: int = 0,
    sides: tuple[tuple[float, float], tuple[float, float]] = ((0.2, 0.1), (-0.15, -0.05)),
    leads: bool = True,
    **changed: np.ndarray,
) -> Seen:
    """Eastward flight near 75 N over ice with leads of 500 m and more, bright near nadir.

    ``sides`` are offset [m] at 35 km and change over 25 km across [m], of left and right.
    """
    rng = np.random.default_rng(seed)
    shape = (lines, ACROSS.size)
    along = 250.0 * np.arange(lines)
    freeboard = 0.3 + 0.1 * standard(gaussian_filter(rng.standard_normal(shape), 6))
    lead = np.zeros(shape, dtype=bool)
    if leads:
        for start in range(10, lines - 4, 20):
            lead[start : start + 3] = True
    freeboard[lead] = 0.01  # thin ice
    slope = np.abs(ACROSS) - 35e3
    error = (
        np.where(
            ACROSS < 0.0,
            sides[0][0] + sides[0][1] * slope / 25e3,
            sides[1][0] + sides[1][1] * slope / 25e3,
        )
        + 0.05 * np.sin(2.0 * np.pi * along / 400e3)[:, None]
    )
    water = np.where(np.abs(ACROSS) < 45e3, 40.0 * ICE_SIGMA0, 0.1 * ICE_SIGMA0)
    sigma0 = np.where(lead, water, ICE_SIGMA0) * rng.normal(1.0, 0.05, shape)
    height = freeboard + error + NOISE_M * rng.standard_normal(shape)
    columns = places(lines) | {
        "sea_level_anomaly": height,
        "sea_surface_height_uncertainty": np.full(shape, NOISE_M),
        "sigma0": sigma0,
        "sigma0_uncertainty": 0.05 * sigma0,
        "coherence": np.full(shape, 0.9),
        "product_quality_flag": np.ones(shape, dtype=np.int64),
        "surface_flag": np.full(shape, 5, dtype=np.int64),
    }
    return Seen(make_swath(times(lines), columns | changed, attributes()), freeboard, lead, error)


def with_columns(swath: xr.Dataset, **changed: np.ndarray) -> xr.Dataset:
    """The swath with other columns."""
    return swath.assign({name: (("line", "pixel"), values) for name, values in changed.items()})


def standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std()


def places(lines: int) -> dict[str, np.ndarray]:
    shape = (lines, ACROSS.size)
    step = 250.0 / (DEGREE_M * np.cos(np.radians(75.0)))
    return {
        "longitude": np.broadcast_to(-140.0 + step * np.arange(lines)[:, None], shape).copy(),
        "latitude": np.broadcast_to(75.0 - ACROSS / DEGREE_M, shape).copy(),
        "cross_track_distance": np.broadcast_to(ACROSS, shape).copy(),
    }


def times(lines: int) -> np.ndarray:
    return START + np.rint(np.arange(lines) * LINE_S * 1e9).astype("timedelta64[ns]")


def attributes() -> dict[str, object]:
    return {
        "mission": "swot",
        "product": "L2_LR_SSH Unsmoothed",
        "cell_size_m": 250.0,
        "cycle_number": 10,
        "pass_number": 21,
        "track_id": "swot_010_021",
        "source": "made_up.nc",
    }


def write_grid(path, longitude, latitude, time, freeboard, sigma, method="toy", **changed):
    """Write a grid as ``iceco densify`` does; ``time`` one a line, or one for all."""
    dims = ("num_lines", "num_pixels") if np.ndim(time) else ("y", "x")
    shape = np.shape(longitude)
    seconds = (np.asarray(time) - EPOCH) / np.timedelta64(1, "s")
    images = {
        "sea_ice_freeboard": (freeboard, "m"),
        "sea_ice_freeboard_uncertainty": (sigma, "m"),
        "distance_to_observation": (np.full(shape, 3000.0), "m"),
        "age_of_observation": (np.full(shape, -2.0), "hours"),
        "latitude": (latitude, "degrees_north"),
        "longitude": (np.asarray(longitude) % 360.0, "degrees_east"),
    }
    grid = xr.Dataset(
        {
            name: (dims, np.broadcast_to(values, shape).astype(np.float64), {"units": units})
            for name, (values, units) in (images | changed.pop("images", {})).items()
        },
        attrs={"method": method, "freeboard_kind": "total", **changed},
    )
    grid["time"] = (
        dims[: np.ndim(time)],
        seconds,
        {"units": "seconds since 2000-01-01 00:00:00.0"},
    )
    if shape[1] == ACROSS.size:
        grid["cross_track_distance"] = (dims[1], ACROSS, {"units": "m"})
    grid.to_netcdf(path)
    return path
