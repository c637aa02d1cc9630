"""From a plan to files: one task a product, run side by side, the same bytes however many."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from dask.base import compute
from dask.callbacks import Callback
from dask.delayed import delayed

from ..products.recognise import open_product
from .altimeter.altika import write_altika_pass
from .altimeter.cryosat2 import write_cryosat2_pass
from .altimeter.sentinel3 import write_sentinel3_pass
from .ice.drift_product import write_drift_product
from .orbits import CRYOSAT2, SARAL, SENTINEL3, OrbitKind, Pass, fly_over
from .presets import AltimeterPlan, Plan
from .sar.scene import write_scene
from .swot.granule import write_swot_pass
from .truth import check_truth, truth_name, write_truth
from .world import build_world, centre_of, sea_of, surface_of

Progress = Callable[[int, int], None]
Task = Callable[[Path, Plan, int], list[Path]]
#: Orbit and time between records [s] of each mission.
MISSIONS: dict[str, tuple[OrbitKind, float]] = {
    "altika": (SARAL, 1 / 40),
    "cryosat2": (CRYOSAT2, 1 / 20),
    "sentinel3": (SENTINEL3, 1 / 20),
}
GROUND_SPEED = 6_700.0  # m/s, of any of them
DRIFT_RADIUS = 800_000.0  # m, around the world's middle: where the drift product has ice
FOLDERS = ("sentinel1", *MISSIONS, "swot", "drift", "truth")


def produce(
    folder: Path, plans: Sequence[Plan], workers: int, scheduler: str, progress: Progress
) -> list[Path]:
    """Write every file of some plans, and the truth of each when its files are there.

    Parameters
    ----------
    folder : Path
        Gets a folder for each kind of product: sentinel1, altika, cryosat2, sentinel3, swot,
        drift and truth.  A plan whose truth is there is complete and is left as it is.
    plans : sequence of Plan
    workers : int
        Processes; the bytes do not depend on it.
    scheduler : str
        Dask's: processes, synchronous, or distributed for the cluster of the current client.
    progress : function of (done, in all)
        Called after each file, where the scheduler is not distributed.

    Returns
    -------
    list of Path
        All files and product folders of the plans, none of those that were complete before.

    Raises
    ------
    ValueError
        If the folder holds another world of the time of one of them.
    """
    wanted = [plan for plan in plans if not _is_complete(folder, plan)]
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    worlds = []
    for plan in wanted:
        products = [delayed(task)(folder, plan, i) for task, i in _tasks(plan)]
        worlds.append(delayed(_finished)(folder, plan, products))
    with _Counting(progress):
        written = compute(*worlds, scheduler=scheduler, num_workers=workers)
    return [path for paths in written for path in paths]


def _is_complete(folder: Path, plan: Plan) -> bool:
    truth = folder / "truth" / truth_name(plan)
    if truth.exists():
        check_truth(truth, plan)
    return truth.exists()


def _finished(folder: Path, plan: Plan, written: list[list[Path]]) -> list[Path]:
    """Write the truth of a plan whose products are there; return all its files."""
    products = [path for paths in written for path in paths]
    scenes = [path.stem for path in products if path.parent.name == "sentinel1"]
    altimeters = [path for path in products if path.parent.name in MISSIONS]
    tracks = {
        open_product(path).attrs["track_id"]: altimeter_track(altimeter)
        for path, altimeter in zip(altimeters, plan.altimeters, strict=True)
    }
    truth = folder / "truth" / truth_name(plan)
    write_truth(truth, plan, build_world(plan.world), scenes, tracks)
    return [*products, truth]


class _Counting(Callback):
    """Tell how many tasks are done."""

    def __init__(self, progress: Progress) -> None:
        self.done = self.total = 0
        self.progress = progress

    def _start(self, graph: Mapping) -> None:
        self.total = len(graph)

    def _posttask(self, *_: object) -> None:
        self.done += 1
        self.progress(self.done, self.total)


def _tasks(plan: Plan) -> list[tuple[Task, int]]:
    """Return what is to be written, the longest first."""
    return [
        *((_scene, i) for i in range(len(plan.scenes))),
        *((_swath, i) for i in range(len(plan.swaths))),
        *((_altimeter, i) for i in range(len(plan.altimeters))),
        *((_drift, i) for i in range(len(plan.drift_days))),
    ]


def altimeter_track(altimeter: AltimeterPlan) -> Pass:
    """Return the ground track of an altimeter's pass."""
    kind, interval = MISSIONS[altimeter.mission]
    count = round(altimeter.length / (GROUND_SPEED * interval))
    return fly_over(
        kind, altimeter.longitude, altimeter.latitude, altimeter.time, interval, count,
        altimeter.ascending,
    )  # fmt: skip


def _seed(plan: Plan, *place: int) -> int:
    return int(np.random.SeedSequence([plan.world.seed, *place]).generate_state(1)[0])


def _scene(folder: Path, plan: Plan, i: int) -> list[Path]:
    world = build_world(plan.world)
    path = write_scene(
        folder / "sentinel1", surface_of(world), plan.world.epoch, plan.scenes[i],
        _seed(plan, 1, i), workers=2, first_slice=plan.first_slice,
    )  # fmt: skip
    return [path]


def _altimeter(folder: Path, plan: Plan, i: int) -> list[Path]:
    world = build_world(plan.world)
    altimeter = plan.altimeters[i]
    track = altimeter_track(altimeter)
    out = folder / altimeter.mission
    seen = (surface_of(world), sea_of(world), plan.world.epoch, _seed(plan, 2, i))
    match altimeter.mission:
        case "altika":
            path = write_altika_pass(out, track, *seen, altimeter.cycle, altimeter.number)
        case "cryosat2":
            path = write_cryosat2_pass(out, track, *seen)
        case _:
            path = write_sentinel3_pass(out, track, *seen, altimeter.cycle, altimeter.number)
    return [path]


def _swath(folder: Path, plan: Plan, i: int) -> list[Path]:
    world = build_world(plan.world)
    swath = plan.swaths[i]
    return list(
        write_swot_pass(
            folder / "swot", surface_of(world), sea_of(world), plan.world.epoch,
            swath.longitude, swath.latitude, swath.time, swath.length, _seed(plan, 3, i),
            swath.cycle, swath.number, swath.ascending,
        )
    )  # fmt: skip


def _drift(folder: Path, plan: Plan, i: int) -> list[Path]:
    world = build_world(plan.world)
    path = write_drift_product(
        folder / "drift", world.motion, _seed(plan, 4, i), plan.drift_days[i], plan.world.epoch,
        (centre_of(plan.world), DRIFT_RADIUS),
    )  # fmt: skip
    return [path]
