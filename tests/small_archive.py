"""A small archive on disk: image tiles along a line, and passes over all of them."""

import os
import signal
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import rasterio
import xarray as xr
from altika_tracks import altika_track

from iceco.collocate.corridor import LeadFinder
from iceco.geo.polar import NORTH, inverse
from iceco.products.altika_writer import altika_name, write_altika

START = (300e3, -900e3)  # of the line [m on the plane]
TILE = 3_000.0  # m, side of a scene
PIXEL = 50.0  # m
RECORD = 175.0  # m, between records


def write_archive(folder: Path, scenes: int = 4) -> None:
    """Write ``scenes/*.tif`` and ``tracks/*.nc``: two passes, before and after a new month."""
    (folder / "scenes").mkdir(parents=True)
    (folder / "tracks").mkdir()
    for i in range(scenes):
        write_scene(folder / "scenes", i)
    for number, begin in ((1, "2024-03-31T23:40:00"), (2, "2024-04-01T00:20:00")):
        write_pass(folder / "tracks", number, np.datetime64(begin, "ns"), scenes)


def write_scene(folder: Path, number: int) -> Path:
    """Write one image of ice at -14 dB with a lead of 4 pixels across the passes."""
    size = round(TILE / PIXEL)
    decibel = np.random.default_rng(number).normal(-14, 0.5, (size, size)).astype(np.float32)
    decibel[:, 10 + number : 14 + number] = -25.0
    path = folder / f"S1A_EW_HH_20240401T00{number % 60:02d}00_{number:04d}.tif"
    left, top = START[0] + number * TILE, START[1] + TILE / 2
    profile = {
        "driver": "GTiff", "height": size, "width": size, "count": 1, "dtype": "float32",
        "crs": "EPSG:3413", "transform": rasterio.Affine(PIXEL, 0, left, 0, -PIXEL, top),
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as file:
        file.write(decibel, 1)
        file.set_band_description(1, "sigma0_HH_db")
    return path


def write_pass(folder: Path, number: int, begin: np.datetime64, scenes: int) -> Path:
    """Write an AltiKa pass along the middle of all scenes."""
    records = int(scenes * TILE / RECORD)
    track = altika_track(records)
    x = START[0] + RECORD * np.arange(records)
    longitude, latitude = inverse(NORTH, x, np.full(records, START[1] + 100.0 * number))
    times = begin + (np.arange(records) * 25_000_000).astype("timedelta64[ns]")
    track = track.assign_coords(time=times)
    track = track.assign(
        longitude=("time", longitude, track["longitude"].attrs),
        latitude=("time", latitude, track["latitude"].attrs),
    )
    path = folder / altika_name(1, number, times[0], times[-1])
    write_altika(path, track, 1, number)
    return path


def dark_leads(seconds: float = 0.0, trap: Path | None = None) -> LeadFinder:
    """The finder that takes for a lead what is darker than -20 dB; it needs no compilation.

    It takes its time.  The process that first looks while the file ``trap`` is there dies; if the
    trap is a folder, so does any that looks at a scene called like a file in it.
    """
    find = partial(_dark, seconds=seconds, trap=trap)
    return LeadFinder(find, _no_halo, threshold=0.5, description="darker than -20 dB")


def _dark(window: xr.Dataset, seconds: float, trap: Path | None) -> xr.Dataset:
    time.sleep(seconds)
    if trap is not None and (trap / window.attrs["scene_id"]).is_file():
        os.kill(os.getpid(), signal.SIGKILL)
    if trap is not None and trap.is_file():
        with suppress(FileNotFoundError):  # another process went into it just now
            trap.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
    hh = window["sigma0_hh"]
    return xr.Dataset({"lead_probability": hh.where(hh.isnull(), hh < 0.01)})


def _no_halo(spacing: float) -> int:
    return 0


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder, by their path below it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
