"""Which worlds there are to be made, and what looks at them."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from ..geo.polar import NORTH, forward, inverse, scale_factor
from ..products.sentinel1.flight import View
from .ice.cover import CoverSettings
from .ice.leads import LeadSettings
from .orbits import SWOT, OrbitKind, fly_over
from .world import WorldPlan

MINUTE = np.timedelta64(60, "s")
DAY = np.timedelta64(86_400, "s")
EPOCH = np.datetime64("2024-03-15T16:40:00", "ns")
SEASON_START = np.datetime64("2023-11-01T16:40:00", "ns")
SEASON_WORLDS = 60
#: Middle of every preset: the Beaufort Sea, within reach of every mission, SWOT's too [degree].
LONGITUDE, LATITUDE = -140.0, 75.5
#: From SWOT's nadir to the middle of one side of its swath [m].
MID_SWATH = 35_000.0
PIXEL = 40.0  # m
FOUR_ORBITS = np.timedelta64(23_700, "s")  # of Sentinel-1, 98.7 minutes each
#: Mission, lag from a scene, whether ascending, and which scene it is near.
ALTIMETERS = (
    ("altika", -54 * MINUTE, True, 0),
    ("cryosat2", 72 * MINUTE, False, 0),
    ("sentinel3", 36 * MINUTE, False, 1),
)
SWOT_LAG = -45 * MINUTE  # from the last scene
BESIDE = 8_000.0  # m, of the truth beyond the scenes
OFFSET_STREAM = 401  # of random numbers: by how much passes miss the middle
PASSES_STREAM = 402  # where and when the many passes of a world lie
PASSES_WORLDS = 40
PASSES_EXTENT = 80_000.0  # m
LESSONS_WORLDS = 8
LESSONS_EXTENT = 40_000.0  # m
PASSES_GRID = 400.0  # m, of the truth's grid where the passes' own truth is what matters
#: How many passes of each mission see a world; AltiKa's cost least.
MANY_PASSES = {"altika": 6, "cryosat2": 4, "sentinel3": 4}
A_FEW_PASSES = {"altika": 6, "cryosat2": 3, "sentinel3": 3}
#: Longest and shortest lag of many passes, in turn [minute].
LAG_RANGES = ((175.0, 60.0), (60.0, 15.0), (15.0, 2.0))
MOST_LEADS = 0.1  # of the area
FRACTION_SPREAD = 0.5  # of the logarithm of the leads' share of the area, from world to world
MARGIN = 60_000.0  # m, by which leads are drawn beyond what is looked at: drift and footprints


class AltimeterPlan(NamedTuple):
    """A pass of a nadir altimeter."""

    mission: str  #: altika, cryosat2 or sentinel3
    longitude: float  #: of a place under it [degree]
    latitude: float
    time: np.datetime64  #: UTC, when it is over that place
    length: float  #: m on the ground
    ascending: bool
    cycle: int
    number: int  #: of the pass in its cycle


class SwathPlan(NamedTuple):
    """A pass of SWOT."""

    longitude: float  #: of a place under it [degree]
    latitude: float
    time: np.datetime64
    length: float  #: m on the ground
    ascending: bool
    cycle: int
    number: int


class Plan(NamedTuple):
    """A world, and everything that looks at it."""

    world: WorldPlan
    number: int  #: of the plan in its preset
    scenes: tuple[View, ...]
    first_slice: bool  #: whether the scenes start a data take, their sub-swaths one after another
    altimeters: tuple[AltimeterPlan, ...]
    swaths: tuple[SwathPlan, ...]
    drift_days: tuple[np.datetime64, ...]  #: noon at which each drift product's 48 h end
    truth_spacing: float  #: of the truth's grid [m on the plane]
    truth_extent: float  #: of the truth's grid either way [m on the plane]


def demo(seed: int, leads: LeadSettings) -> Iterator[Plan]:
    """One world of 100 km by 100 km, seen by every instrument within eight hours."""
    yield look_at(_world(seed, leads, EPOCH, 100_000.0), 100_000.0, 0)


def swath(seed: int, leads: LeadSettings) -> Iterator[Plan]:
    """One whole EW scene, and what passes over it."""
    whole = View(LONGITUDE, LATITUDE, EPOCH, lines=10_708, samples=10_487)
    plan = look_at(_world(seed, leads, EPOCH, 430_000.0), 430_000.0, 0, (whole,))
    yield plan._replace(first_slice=True, truth_spacing=250.0)


def season(seed: int, leads: LeadSettings) -> Iterator[Plan]:
    """Give a winter: a world of 100 km by 100 km every third day from November to April."""
    for i in range(SEASON_WORLDS):
        epoch = SEASON_START + 3 * i * DAY
        world = _world(seed * 1000 + i, leads, epoch, 100_000.0)
        # First-year ice grows from about half its spring thickness in November (Lebedev's law).
        growth = 0.45 + 0.65 * i / (SEASON_WORLDS - 1)
        yield look_at(world._replace(cover=CoverSettings(mean_growth=growth)), 100_000.0, i)


def passes(seed: int, leads: LeadSettings) -> Iterator[Plan]:
    """Give worlds of 80 km with one scene and many passes of altimeters: to train on.

    They are a winter's, days apart, some richer in leads than others.  Passes go both ways,
    anywhere over the scene, at all lags up to three hours.
    """
    yield from _worlds_of_passes(seed, leads, PASSES_WORLDS, PASSES_EXTENT, MANY_PASSES)


def lessons(seed: int, leads: LeadSettings) -> Iterator[Plan]:
    """Give a few worlds of 40 km as those of ``passes``: to see in minutes how training goes."""
    yield from _worlds_of_passes(seed, leads, LESSONS_WORLDS, LESSONS_EXTENT, A_FEW_PASSES)


def _worlds_of_passes(
    seed: int, leads: LeadSettings, worlds: int, extent: float, passes: Mapping[str, int]
) -> Iterator[Plan]:
    for i in range(worlds):
        rng = np.random.default_rng([seed, PASSES_STREAM, i])
        richer = float(np.exp(FRACTION_SPREAD * rng.standard_normal()))
        fraction = min(leads.area_fraction * richer, MOST_LEADS)
        winter = i / (worlds - 1)
        epoch = SEASON_START + round(180 * winter / 3) * 3 * DAY
        world = _world(seed * 1000 + 500 + i, leads._replace(area_fraction=fraction), epoch, extent)
        world = world._replace(cover=CoverSettings(mean_growth=0.45 + 0.65 * winter))
        plan = look_at(world, extent, i)
        yield plan._replace(
            scenes=plan.scenes[:1], altimeters=_some_passes(world, i, extent, passes, rng),
            swaths=(), truth_spacing=PASSES_GRID,
        )  # fmt: skip


def _some_passes(
    world: WorldPlan, number: int, extent: float, passes: Mapping[str, int],
    rng: np.random.Generator,
) -> tuple[AltimeterPlan, ...]:  # fmt: skip
    """Return passes whose lags fill each of the ranges by which labels are judged."""
    plans = []
    for mission, count in passes.items():
        for i in range(count):
            longest, shortest = LAG_RANGES[i % len(LAG_RANGES)]
            minutes = rng.uniform(shortest, longest) * rng.choice([-1, 1])
            lag = np.timedelta64(round(minutes * 60e9), "ns")
            longitude, latitude = _near(world, rng.uniform(-0.35, 0.35, 2) * extent)
            plans.append(
                AltimeterPlan(
                    mission, longitude, latitude, world.epoch + lag, extent,
                    bool(rng.random() < 0.5), 30 + number, 455 + i,
                )
            )  # fmt: skip
    return tuple(plans)


PRESETS = {"demo": demo, "swath": swath, "season": season, "passes": passes, "lessons": lessons}


def _world(seed: int, leads: LeadSettings, epoch: np.datetime64, extent: float) -> WorldPlan:
    return WorldPlan(seed, epoch, LONGITUDE, LATITUDE, extent / 2 + MARGIN, leads=leads)


def look_at(
    world: WorldPlan, extent: float, number: int, scenes: tuple[View, ...] | None = None
) -> Plan:
    """Return a plan of some scenes, a pass of each altimeter and one of SWOT.

    Parameters
    ----------
    world : WorldPlan
        Its middle is that of what is seen.
    extent : float
        Of the scenes either way, and of the passes [m on the ground].
    number : int
        Of the plan in its preset.
    scenes : tuple of View, optional
        Two four orbits of Sentinel-1 apart, one descending and one ascending, where not given.
    """
    if scenes is None:
        size = round(extent / PIXEL)
        second = world.epoch + FOUR_ORBITS
        scenes = (
            View(LONGITUDE, LATITUDE, world.epoch, size, size),
            View(LONGITUDE, LATITUDE, second, size, size, ascending=True, incidence_angle=31.0),
        )
    rng = np.random.default_rng([world.seed, OFFSET_STREAM])
    altimeters = []
    for mission, lag, ascending, scene in ALTIMETERS:
        longitude, latitude = _near(world, rng.uniform(-0.12, 0.12, 2) * extent)
        time = scenes[min(scene, len(scenes) - 1)].time + lag
        altimeters.append(
            AltimeterPlan(mission, longitude, latitude, time, extent, ascending, 30 + number, 455)
        )
    over = scenes[-1].time + SWOT_LAG
    swath = SwathPlan(*_beside(SWOT, over, MID_SWATH), over, extent, True, 10 + number, 21)
    noon = world.epoch.astype("datetime64[D]").astype("datetime64[ns]") + DAY / 2
    return Plan(
        world, number, scenes, False, tuple(altimeters), (swath,), (noon + DAY,), PIXEL,
        extent + 2 * BESIDE,
    )  # fmt: skip


def _near(world: WorldPlan, offset: np.ndarray) -> tuple[float, float]:
    """Return the place [degree] that lies an offset [m on the plane] from the world's middle."""
    x, y = forward(NORTH, np.asarray(world.longitude), np.asarray(world.latitude))
    longitude, latitude = inverse(NORTH, x + offset[0], y + offset[1])
    return float(longitude), float(latitude)


def _beside(kind: OrbitKind, time: np.datetime64, distance: float) -> tuple[float, float]:
    """Return the place [degree] from which the middle lies a ground distance to the left."""
    track = fly_over(kind, LONGITUDE, LATITUDE, time, 1.0, 3)
    across = track.heading[1] - np.pi / 2
    step = distance * scale_factor(NORTH, track.latitude[1])
    longitude, latitude = inverse(
        NORTH, track.x[1] + step * np.cos(across), track.y[1] + step * np.sin(across)
    )
    return float(longitude), float(latitude)
