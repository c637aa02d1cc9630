"""Time to collocate one whole EW scene with three passes, beside reading and calibrating it.

Run it as ``python benchmarks/collocate_scene.py``.  A scene of full size, HH and HV, and an AltiKa,
a CryoSat-2 and a Sentinel-3 pass over its whole length are made from a simulated world, as files.
Then, each in a process of its own:

- reading: both bands read, calibrated, their noise removed, whole;
- collocating: ``iceco.collocate.run``, from files to the dataset on disk: recognising, matching,
  reading what lies near the passes, finding leads there, labels of all records.

Both have the same threads and the files in the page cache; compilation is not counted, imports
are in neither.  The script fails where the promise is not kept.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from iceco.collocate.runs import run
from iceco.models.leads.finder import threshold_leads
from iceco.products.recognise import open_product
from iceco.products.sentinel1.flight import View
from iceco.simulate.presets import EPOCH, LATITUDE, LONGITUDE, look_at
from iceco.simulate.produce import produce
from iceco.simulate.world import WorldPlan

EXTENT = 420_000.0  # m
REACH = 300_000.0  # m, of the world
SMALL = 40_000.0  # m, of the world on which loops are compiled
ROUNDS = 3

MAX_OVER_READING = 1.5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder) / "small", SMALL)
        make(Path(folder) / "whole", EXTENT)
        rounds = [{name: run_alone(name, folder) for name in TASKS} for _ in range(ROUNDS)]
    best = {name: min((r[name] for r in rounds), key=lambda f: f["seconds"]) for name in TASKS}
    print(f"{'':14s}{'seconds':>9s}{'processor':>11s}{'peak MB':>9s}")
    for name, found in best.items():
        print(f"{name:14s}{found['seconds']:9.1f}{found['processor']:11.1f}"
              f"{found['peak'] / 1e6:9.0f}   {found['note']}")  # fmt: skip
    ratio = best["collocating"]["seconds"] / best["reading"]["seconds"]
    print(f"collocating takes {ratio:.2f} times as long as reading")
    assert ratio <= MAX_OVER_READING


def make(folder: Path, extent: float) -> None:
    """Write a scene and passes over it."""
    world = WorldPlan(0, EPOCH, LONGITUDE, LATITUDE, min(extent / 2 + 60_000.0, REACH))
    size = round(extent / 40.0)
    scene = View(LONGITUDE, LATITUDE, EPOCH, lines=size, samples=min(size, 10_487))
    plan = look_at(world, extent, 0, (scene,))
    produce(
        folder, [plan._replace(swaths=(), truth_spacing=2_000.0)], 2, "processes", lambda *_: None
    )


def read(folder: Path) -> str:
    (path,) = (folder / "sentinel1").iterdir()
    with open_product(path) as scene:
        bands = [scene[name].values for name in ("sigma0_hh", "sigma0_hv")]
    return f"{sum(band.nbytes for band in bands) / 1e6:.0f} MB of backscatter"


def collocate(folder: Path) -> str:
    tracks = [folder / name for name in ("altika", "cryosat2", "sentinel3")]
    with tempfile.TemporaryDirectory() as out:
        summary = run(
            tracks, folder / "sentinel1", Path(out) / "out", drift=str(folder / "drift"),
            leads=threshold_leads(), workers=1,
        )  # fmt: skip
    return f"{summary['records']} records of {summary['pairs_with_records']} passes"


TASKS = {"reading": read, "collocating": collocate}


def run_alone(name: str, folder: str) -> dict[str, float | str]:
    """Do a task in a process of its own and return what it took."""
    command = [sys.executable, __file__, name, folder]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(name: str, folder: Path) -> dict[str, float | str]:
    TASKS[name](folder / "small")  # compiles, or loads what is
    clock, processor = time.perf_counter(), time.process_time()
    note = TASKS[name](folder / "whole")
    return {
        "seconds": time.perf_counter() - clock,
        "processor": time.process_time() - processor,
        "peak": peak_memory(),
        "note": note,
    }


def peak_memory() -> int:
    """Return this process's peak; unlike ``ru_maxrss`` it does not count the parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
