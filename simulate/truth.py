"""What is true of a simulated world, in a file beside its products: for tests and scores alone.

No estimator reads it.  Positions are on EPSG:3413; distances are true ground metres.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import netCDF4
import numpy as np
import shapely

from .. import __version__
from ..geo.polar import NORTH, inverse, scale_factor
from ..products.beside import written_beside
from ..products.netcdf import open_netcdf
from .ice.lead_geometry import greatest_widths, lead_width, meet_leads, outlines
from .ice.lead_life import leads_at
from .ice.motion import drift_frame, smooth_displacement
from .orbits import Pass
from .presets import Plan
from .surface import FIRST_LEAD, Kind, Surface
from .world import World, centre_of, displacement, seconds_after, surface

DRIFT_SPACING = 2_000.0  # m, of the truth's displacements
#: Distances are given to leads that are somewhere at least as wide as this [m].
WIDTH_LIMITS = (0.0, 100.0, 200.0)
BLOCK = 512  # rows of the grid made at a time
#: Variables of the grid and of the tracks: (name of Surface, units, packing step or 0 for none).
FIELDS = {
    "thickness": ("m", "sea_ice_thickness"),
    "snow_depth": ("m", "surface_snow_thickness"),
    "ice_freeboard": ("m", "sea_ice_freeboard"),
}


def truth_name(plan: Plan) -> str:
    """Return the name of a plan's truth."""
    stamp = np.datetime_as_string(plan.world.epoch, "m").translate(_NO_PUNCTUATION)
    return f"truth_{stamp}.nc"


_NO_PUNCTUATION = str.maketrans("", "", "-:")


def write_truth(
    path: Path, plan: Plan, world: World, scenes: Sequence[str], tracks: Mapping[str, Pass]
) -> None:
    """Write what is true of a world.

    Parameters
    ----------
    path : Path
        Appears whole or not at all.
    plan : Plan
    world : World
    scenes : sequence of str
        Identifiers of the scenes, in the plan's order.
    tracks : mapping of the identifier of each altimeter file to its records

    Group ``ice`` holds the surface at the epoch on a grid; ``drift`` the displacement, from the
    epoch to the time of every product, of the ice that is at each node at the epoch; ``tracks``
    has, for each altimeter file, what lay under each record, how far the closest lead was, and
    where the ice went until each scene.
    """
    with (
        written_beside(path) as part,
        netCDF4.Dataset(part, "w", format="NETCDF4") as dataset,
    ):
        dataset.setncatts(
            {
                "Conventions": "CF-1.11",
                "title": "Truth of a simulated sea-ice world; no estimator may read it",
                "crs": NORTH.crs,
                "epoch": str(plan.world.epoch),
                "scenes": " ".join(scenes),
                **_identity(plan),
            }
        )
        _ice(dataset.createGroup("ice"), plan, world)
        _drift(dataset.createGroup("drift"), plan, world)
        for name, track in tracks.items():
            _track(dataset.createGroup(f"tracks/{name}"), plan, world, track)


def check_truth(path: Path, plan: Plan) -> None:
    """Refuse a truth that is not the plan's.

    Raises
    ------
    ValueError
        If it is of another seed, of other leads, or made by another version.
    """
    with open_netcdf(path) as dataset:
        found = {name: getattr(dataset, name, None) for name in _identity(plan)}
    if found != _identity(plan):
        raise ValueError(
            f"{path}: another world lies there (seed {found['seed']}); choose another folder, or "
            "remove this one to make it anew"
        )


def _identity(plan: Plan) -> dict[str, object]:
    """Return what tells worlds of one time apart."""
    return {
        "source": f"iceco {__version__} simulate",
        "seed": plan.world.seed,
        "number": plan.number,
        "leads": json.dumps(plan.world.leads._asdict()),
    }


def grid_axes(plan: Plan, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y [m] of the nodes of a truth grid around the world's middle."""
    half = np.arange(spacing / 2, plan.truth_extent / 2, spacing)
    offset = np.concatenate([-half[::-1], half])
    x, y = centre_of(plan.world)
    return x + offset, y + offset


def distances_to_leads(
    world: World, x: np.ndarray, y: np.ndarray, t: float, narrowest: Sequence[float]
) -> np.ndarray:
    """Return ground distances [m] to the edge of the closest lead, 0 inside: float64 (limits, n).

    Parameters
    ----------
    world : World
    x, y : array (n,), float64 [m]
        On the plane.
    t : float
        Time [s] after the epoch.
    narrowest : sequence of float
        For each limit, leads that are nowhere as wide are left out [m].
    """
    leads = leads_at(world.leads, t)

    def carried(vertices: np.ndarray) -> np.ndarray:
        dx, dy = smooth_displacement(world.motion, vertices[:, 0], vertices[:, 1], t)
        return vertices + np.stack([dx, dy], axis=1)

    shapes, widths = shapely.transform(outlines(leads), carried), greatest_widths(leads)
    points, (_, latitude) = shapely.points(x, y), inverse(NORTH, x, y)
    distances = []
    for limit in narrowest:
        tree = shapely.STRtree(shapes[widths >= limit])
        _, found = tree.query_nearest(points, return_distance=True, all_matches=False)
        distances.append(found / scale_factor(NORTH, latitude))
    return np.array(distances)


def _ice(group: netCDF4.Group, plan: Plan, world: World) -> None:
    x, y = grid_axes(plan, plan.truth_spacing)
    _axes(group, x, y)
    images = {
        "kind": _image(group, "kind", "u1"),
        **{name: _image(group, name, "f4") for name in FIELDS},
        "lead_width": _image(group, "lead_width", "f4"),
    }
    images["kind"].flag_values = np.array(list(Kind), dtype="u1")
    images["kind"].flag_meanings = " ".join(kind.name.lower() for kind in Kind)
    images["kind"].first_lead = np.uint8(FIRST_LEAD)
    for name, (units, standard_name) in FIELDS.items():
        images[name].setncatts({"units": units, "standard_name": standard_name})
    images["lead_width"].setncatts({"units": "m", "long_name": "width of the lead, 0 in ice"})
    for start in range(0, y.size, BLOCK):
        rows = slice(start, start + BLOCK)
        grid_x, grid_y = np.meshgrid(x, y[rows])
        seen = surface(world, grid_x, grid_y, 0.0)
        images["kind"][rows] = seen.kind
        for name in FIELDS:
            images[name][rows] = getattr(seen, name)
        images["lead_width"][rows] = _width(world, grid_x, grid_y, 0.0)


def _width(world: World, x: np.ndarray, y: np.ndarray, t: float) -> np.ndarray:
    """Return the width [m] of the lead at each place, 0 in ice."""
    xi, eta = drift_frame(world.motion, x, y, t)
    leads = leads_at(world.leads, t)
    lead, _, _ = meet_leads(leads, xi, eta)
    width = np.zeros(np.shape(x), dtype=np.float32)
    inside = lead >= 0
    width[inside] = lead_width(leads, lead[inside], xi[inside], eta[inside])
    return width


def _drift(group: netCDF4.Group, plan: Plan, world: World) -> None:
    x, y = grid_axes(plan, DRIFT_SPACING)
    _axes(group, x, y)
    passes = [altimeter.time for altimeter in plan.altimeters]
    passes += [swath.time for swath in plan.swaths]
    times = sorted({plan.world.epoch, *passes, *(scene.time for scene in plan.scenes)})
    group.createDimension("time", len(times))
    seconds = seconds_after(plan.world.epoch, np.array(times))
    time = group.createVariable("time", "f8", ("time",))
    time.units = f"seconds since {plan.world.epoch}"
    time[:] = seconds
    place_x, place_y = np.meshgrid(x, y)
    for name in ("dx", "dy"):
        variable = group.createVariable(name, "f8", ("time", "y", "x"), zlib=True)
        variable.setncatts({"units": "m", "long_name": f"displacement along {name[1]} since epoch"})
    for i, t in enumerate(seconds):
        group["dx"][i], group["dy"][i] = displacement(world, place_x, place_y, 0.0, float(t))


def _track(group: netCDF4.Group, plan: Plan, world: World, track: Pass) -> None:
    t = seconds_after(plan.world.epoch, track.time)
    middle = float(t[t.size // 2])  # a pass takes seconds, in which the ice moves centimetres
    seen: Surface = surface(world, track.x, track.y, middle)
    group.createDimension("record", t.size)
    group.createDimension("scene", len(plan.scenes))
    columns = {
        "time": (t, f"seconds since {plan.world.epoch}"),
        "x": (track.x, "m"),
        "y": (track.y, "m"),
        **{name: (getattr(seen, name), units) for name, (units, _) in FIELDS.items()},
        "kind": (seen.kind, "1"),
    }
    for name, (values, units) in columns.items():
        variable = group.createVariable(name, values.dtype, ("record",), zlib=True)
        variable.units = units
        variable[:] = values
    group.createDimension("width_limit", len(WIDTH_LIMITS))
    limit = group.createVariable("width_limit", "f8", ("width_limit",))
    limit.setncatts({"units": "m", "long_name": "leads that are nowhere as wide are left out"})
    limit[:] = WIDTH_LIMITS
    far = group.createVariable("distance_to_lead", "f8", ("width_limit", "record"), zlib=True)
    far.setncatts({"units": "m", "long_name": "ground distance to the closest lead, 0 inside"})
    far[:] = distances_to_leads(world, track.x, track.y, middle, WIDTH_LIMITS)
    for name in ("dx", "dy"):
        variable = group.createVariable(name, "f8", ("scene", "record"), zlib=True)
        variable.setncatts({"units": "m", "long_name": "displacement until the scene's centre"})
    for i, scene in enumerate(plan.scenes):
        stop = float(seconds_after(plan.world.epoch, np.asarray(scene.time)))
        group["dx"][i], group["dy"][i] = displacement(world, track.x, track.y, middle, stop)


def _axes(group: netCDF4.Group, x: np.ndarray, y: np.ndarray) -> None:
    for name, values in (("y", y), ("x", x)):
        group.createDimension(name, values.size)
        variable = group.createVariable(name, "f8", (name,))
        variable.setncatts({"units": "m", "standard_name": f"projection_{name}_coordinate"})
        variable[:] = values


def _image(group: netCDF4.Group, name: str, dtype: str) -> netCDF4.Variable:
    digits = 4 if dtype == "f4" else None
    return group.createVariable(
        name, dtype, ("y", "x"), zlib=True, complevel=1, significant_digits=digits
    )
