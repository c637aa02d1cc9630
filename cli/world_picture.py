"""The picture of ``iceco simulate --figure``: a world from the files that were written of it."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from ..collocate.overview import overview
from ..geo.polar import PolarPlane, forward, plane_of_epsg
from ..products.netcdf import open_netcdf
from ..products.recognise import open_product
from ..simulate.figures import Glance, Raster, plot_world

#: Cells along a side of the true freeboard that a picture shows.
MOST_CELLS = 1000
#: Longest time between a world's epoch and its products.
WITHIN = np.timedelta64(1, "D")
#: Missions by the first letters of their tracks' ids.
MISSION_NAMES = {"al": "AltiKa", "c2": "CryoSat-2", "s3a": "Sentinel-3A"}


def picture_of_world(folder: Path, truth: Path) -> Figure:
    """Return the picture of one world of a folder.

    Parameters
    ----------
    folder : Path
        Of ``iceco simulate``.
    truth : Path
        Of the world, in ``folder / "truth"``.
    """
    with xr.open_dataset(truth) as head:
        plane, scenes = plane_of_epsg(head.attrs["crs"]), head.attrs["scenes"].split()
        epoch, seed = np.datetime64(head.attrs["epoch"], "ns"), head.attrs["seed"]
    with open_product(folder / "sentinel1" / f"{scenes[0]}.SAFE") as scene:
        seen = overview(scene)
    with xr.open_dataset(truth, group="drift", decode_times=False) as drift:
        places = np.meshgrid(drift["x"].values, drift["y"].values)
        moves = drift["dx"].values[-1], drift["dy"].values[-1]
        hours = float(drift["time"].values[-1]) / 3600.0
    glance = Glance(
        plane,
        Raster(seen.x, seen.y, seen.image),
        _true_freeboard(truth),
        _tracks(truth),
        _swaths(folder, plane, epoch),
        (places[0], places[1]),
        moves,
        hours,
    )
    when = np.datetime_as_string(epoch, "m").replace("T", " ")
    return plot_world(glance, f"simulated world, seed {seed}, {when} UTC")


def _true_freeboard(truth: Path) -> Raster:
    with xr.open_dataset(truth, group="ice") as ice:
        step = 1 + ice.sizes["x"] // MOST_CELLS
        part = ice[["ice_freeboard", "snow_depth"]].isel(
            x=slice(None, None, step), y=slice(None, None, step)
        )
        total = (part["ice_freeboard"] + part["snow_depth"]).values
        return Raster(part["x"].values, part["y"].values, total)


def _tracks(truth: Path) -> dict[str, list[tuple[np.ndarray, np.ndarray]]]:
    """Return places of the records of every pass over a world, by mission."""
    found: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    with open_netcdf(truth) as dataset:
        for name, group in dataset["tracks"].groups.items():
            mission = MISSION_NAMES[name.split("_")[0]]
            place = (np.asarray(group["x"][:]), np.asarray(group["y"][:]))
            found.setdefault(mission, []).append(place)
    return found


def _swaths(folder: Path, plane: PolarPlane, epoch: np.datetime64) -> list[np.ndarray]:
    """Return outlines of what SWOT saw within a day of the epoch."""
    found = []
    for path in sorted((folder / "swot").glob("*Expert*")):
        with open_product(path) as swath:
            if np.abs(swath["time"].values[0] - epoch) < WITHIN:
                x, y = forward(plane, swath["longitude"].values, swath["latitude"].values)
                found.append(np.column_stack([_border(x), _border(y)]))
    return found


def _border(values: np.ndarray) -> np.ndarray:
    """Return what lies around an array, closed."""
    return np.concatenate([values[0], values[1:, -1], values[-1, -2::-1], values[-2::-1, 0]])
