"""Files of ``iceco freeboard``, by their contract, and swaths to map them on."""

import numpy as np
import xarray as xr

from iceco.geo.polar import NORTH, forward, inverse
from iceco.products.canonical_swath import make_swath

TITLE = "Sea-ice freeboard along an altimeter track"


def write_freeboard(path, x, y, time, freeboard, sigma=0.05, shared=0.0, name="radar_freeboard"):
    """Write records at places on the plane [m]."""
    longitude, latitude = inverse(NORTH, x, y)
    size = x.size
    columns = {
        "longitude": longitude, "latitude": latitude, "record": np.arange(size),
        name: freeboard, f"{name}_uncertainty": np.full(size, np.hypot(sigma, shared)),
        "sea_level_anomaly_uncertainty": np.full(size, shared),
    }  # fmt: skip
    track = xr.Dataset({key: ("time", values) for key, values in columns.items()})
    track = track.assign_coords(time=("time", time))
    track.attrs = {"title": TITLE, "track_id": path.stem, "mission": "c2", "mode": "SAR"}
    track.to_netcdf(path)
    return path


def swath_over(longitude, latitude, lines=20, cell=2000.0, pixels=None, time=None, gap=None):
    """A swath flown along the y axis of the plane, its middle at a place; with or without a gap."""
    x, y = (float(v) for v in forward(NORTH, np.asarray(longitude), np.asarray(latitude)))
    if gap is None:
        across = cell * (np.arange(pixels) - (pixels - 1) / 2)
    else:
        half = gap + cell * np.arange(pixels // 2)
        across = np.concatenate([-half[::-1], half])
    along = cell * (np.arange(lines) - (lines - 1) / 2)
    grid_x, grid_y = np.meshgrid(x + across, y + along)
    lon, lat = inverse(NORTH, grid_x, grid_y)
    start = np.datetime64("2024-03-15T13:00:00", "ns") if time is None else time
    times = start + np.arange(lines) * np.timedelta64(300, "ms")
    columns = {
        "longitude": lon, "latitude": lat, "sea_surface_height": np.zeros(lon.shape),
        "cross_track_distance": np.broadcast_to(across, lon.shape).copy(),
    }  # fmt: skip
    attributes = {
        "mission": "swot", "product": "L2_LR_SSH Expert", "cell_size_m": cell, "cycle_number": 10,
        "pass_number": 21, "track_id": "swot", "source": "made",
    }  # fmt: skip
    return make_swath(times, columns, attributes)
