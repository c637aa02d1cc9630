"""The world: smooth drift, leads and ice put together, and asked where and what things are.

A place x of the plane at a time belongs to the drift frame at xi = x - U; there it lies in a lead
or beside one; and the ice beside leads has the material coordinates X that it had when all of them
were closed.  What the ice is follows from X alone, so that it is the same ice whenever it is seen.
"""

from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from ..geo.polar import NORTH, forward
from .ice.buoyancy import hydrostatic_freeboard
from .ice.cover import CoverSettings, ice_cover
from .ice.lead_geometry import drift_frame_of, meet_leads
from .ice.lead_life import leads_at
from .ice.leads import LeadNetwork, LeadSettings, draw_leads
from .ice.motion import Motion, MotionSettings, draw_motion, drift_frame, smooth_displacement
from .sea import SeaAt
from .sea_state import SeaField, draw_sea, sea_at
from .surface import Surface, SurfaceAt

NEW_ICE_DENSITY = 916.7  # kg/m3, first-year ice (Alexandrov et al. 2010)


class WorldPlan(NamedTuple):
    """Everything a world follows from."""

    seed: int
    epoch: np.datetime64  #: UTC; at this time the drift frame lies on the plane
    longitude: float  #: of the middle [degree]
    latitude: float
    reach: float  #: leads are drawn to this distance from the middle along either axis [m]
    cover: CoverSettings = CoverSettings()
    leads: LeadSettings = LeadSettings()
    motion: MotionSettings = MotionSettings()


class World(NamedTuple):
    """A plan carried out."""

    plan: WorldPlan
    leads: LeadNetwork
    motion: Motion
    sea: SeaField


def centre_of(plan: WorldPlan) -> tuple[float, float]:
    """Return the middle of a world on the plane [m]."""
    x, y = forward(NORTH, np.asarray(plan.longitude), np.asarray(plan.latitude))
    return float(x), float(y)


@lru_cache(maxsize=2)
def build_world(plan: WorldPlan) -> World:
    """Return the world of a plan, the same each time."""
    centre = centre_of(plan)
    return World(
        plan,
        draw_leads(plan.seed, plan.leads, centre, plan.reach),
        draw_motion(plan.seed, plan.motion, centre),
        draw_sea(plan.seed, centre),
    )


def surface_of(world: World) -> SurfaceAt:
    """Return the world as instruments know it."""
    return partial(surface, world)


def sea_of(world: World) -> SeaAt:
    """Return the sea as instruments know it."""
    return partial(sea_at, world.sea)


def surface(world: World, x: np.ndarray, y: np.ndarray, t: float) -> Surface:
    """Return what lies at places x, y [m, plane] at a time [s after the epoch]."""
    xi, eta = drift_frame(world.motion, x, y, t)
    leads = leads_at(world.leads, t)
    lead, jump_x, jump_y = meet_leads(leads, xi, eta)
    inside = lead >= 0
    # In a lead nothing has material coordinates; its texture lives in the drift frame.
    cover = ice_cover(
        world.plan.cover,
        world.plan.seed,
        xi - np.where(inside, 0.0, jump_x),
        eta - np.where(inside, 0.0, jump_y),
    )
    which = lead[inside]
    thickness = leads.thickness[which].astype(np.float32)
    cover.kind[inside] = leads.kind[which]
    cover.thickness[inside] = thickness
    cover.snow_depth[inside] = 0.0
    cover.deformation[inside] = 0.0
    cover.ice_freeboard[inside] = hydrostatic_freeboard(thickness, 0.0, NEW_ICE_DENSITY, 0.0)
    return cover


def material(world: World, x: np.ndarray, y: np.ndarray, t: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the material coordinates [m] of the ice at places of the plane at a time."""
    xi, eta = drift_frame(world.motion, x, y, t)
    _, jump_x, jump_y = meet_leads(leads_at(world.leads, t), xi, eta)
    return xi - jump_x, eta - jump_y


def position(
    world: World, material_x: np.ndarray, material_y: np.ndarray, t: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return where on the plane [m] the ice of given material coordinates is at a time."""
    xi, eta = drift_frame_of(leads_at(world.leads, t), material_x, material_y)
    dx, dy = smooth_displacement(world.motion, xi, eta, t)
    return xi + dx, eta + dy


def displacement(
    world: World, x: np.ndarray, y: np.ndarray, start: float, stop: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return how the ice at places of the plane moves between two times [m].

    ``start`` and ``stop`` are in seconds after the epoch; the places hold at ``start``.
    """
    x1, y1 = position(world, *material(world, x, y, start), stop)
    return x1 - x, y1 - y


def seconds_after(epoch: np.datetime64, time: np.ndarray) -> np.ndarray:
    """Return UTC times as seconds after the epoch, float64."""
    return (time - epoch) / np.timedelta64(1, "s")
