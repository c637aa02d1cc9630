"""A small simulated world, written once, with what is true of it."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from iceco.products.recognise import open_product
from iceco.simulate.ice.cover import CoverSettings
from iceco.simulate.ice.lead_cycle import LifeSettings
from iceco.simulate.ice.leads import LeadSettings
from iceco.simulate.presets import EPOCH, LATITUDE, LONGITUDE, Plan, look_at
from iceco.simulate.produce import produce
from iceco.simulate.truth import truth_name
from iceco.simulate.world import World, WorldPlan, build_world

EXTENT = 48_000.0  # m, of scenes and passes


class Simulated(NamedTuple):
    """The files, and what is true."""

    plan: Plan
    world: World
    truth: Path
    scene: Path
    track: Path
    drift: Path
    distance_to_lead: np.ndarray  #: (records,) true ground distance to leads from 100 m width [m]
    displacement: np.ndarray  #: (records, 2) from altimeter time to that of the scene's centre [m]


def small_plan(seed: int = 7, extent: float = EXTENT, **settings) -> Plan:
    """A world with everything that looks at it, smaller than the presets'."""
    world = WorldPlan(seed, EPOCH, LONGITUDE, LATITUDE, extent / 2 + 20_000.0, **settings)
    plan = look_at(world, extent, 0)
    return plan._replace(truth_spacing=100.0, truth_extent=extent)


def plain_plan(seed: int = 15) -> Plan:
    """A world whose leads anybody sees: wide and dark, in multi-year ice alone."""
    mild = LifeSettings(air_temperature=-6.0)  # no lead gets beyond nilas
    leads = LeadSettings(narrowest=200.0, widest=1_500.0, roughened_share=0.0, life=mild)
    return small_plan(seed, leads=leads, cover=CoverSettings(multi_year_share=1.0))


def make_simulated(folder: Path, plan: Plan) -> Simulated:
    """Write one scene, one AltiKa pass and the drift product of a plan."""
    part = plan._replace(
        scenes=plan.scenes[:1], altimeters=plan.altimeters[:1], swaths=(), truth_spacing=250.0
    )
    produce(folder, [part], 1, "synchronous", lambda done, total: None)
    (scene,), (track,), (drift,) = (
        list((folder / name).iterdir()) for name in ("sentinel1", "altika", "drift")
    )
    truth = folder / "truth" / truth_name(part)
    track_id = open_product(track).attrs["track_id"]
    with xr.open_dataset(truth, group=f"tracks/{track_id}") as known:
        distance = known["distance_to_lead"].sel(width_limit=100.0).values
        displacement = np.stack([known["dx"].values[0], known["dy"].values[0]], axis=-1)
    world = build_world(part.world)
    return Simulated(part, world, truth, scene, track, drift, distance, displacement)
