"""Time and memory to simulate a whole Sentinel-1 EW scene, HH and HV, as a product on disk.

Run it as ``python benchmarks/simulated_scene.py``.  It writes two scenes of full size, each in a
process of its own with two threads, prints a table and fails where a promise is not kept:

- radar: over a surface that costs nothing, so that what is left is the imaging and the writing;
- world: over the ice of a simulated world, with its leads, ridges and drift.

Compilation and imports are not counted; processor time says what a busy machine hides.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from iceco.products.sentinel1.flight import View
from iceco.simulate.sar.scene import write_scene
from iceco.simulate.surface import Surface, SurfaceAt
from iceco.simulate.world import WorldPlan, build_world, surface_of

LONGITUDE, LATITUDE = -140.0, 75.5
EPOCH = np.datetime64("2024-03-15T16:40:00", "ns")
LINES, SAMPLES = 10708, 10487
REACH = 300_000.0  # m, of the world
WORKERS = 2

MAX_SECONDS = {"radar": 25.0, "world": 60.0}
MAX_MEMORY = 2e9  # bytes, at the peak


def main() -> None:
    results = {name: run_alone(name) for name in MAX_SECONDS}
    print(f"{'surface':10s}{'seconds':>10s}{'processor':>11s}{'peak MB':>10s}")
    for name, found in results.items():
        peak = found["peak"] / 1e6
        print(f"{name:10s}{found['seconds']:10.1f}{found['processor']:11.1f}{peak:10.0f}")
    for name, found in results.items():
        assert found["seconds"] < MAX_SECONDS[name]
        assert found["peak"] < MAX_MEMORY


def run_alone(name: str) -> dict[str, float]:
    """Simulate one scene in a process of its own and return what it took."""
    command = [sys.executable, __file__, name]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"the scene over the surface {name} failed")
    return json.loads(done.stdout.splitlines()[-1])


def measure(surface_at: SurfaceAt) -> dict[str, float]:
    """Return seconds, of the clock and of the processor, and the peak memory [byte]."""
    with tempfile.TemporaryDirectory() as folder:
        small, full = (
            View(LONGITUDE, LATITUDE, EPOCH, lines, samples)
            for lines, samples in ((100, 100), (LINES, SAMPLES))
        )
        write_scene(Path(folder), surface_at, EPOCH, small, 0)  # compiles, or loads what is
        clock, processor = time.perf_counter(), time.process_time()
        write_scene(Path(folder), surface_at, EPOCH, full, 0, WORKERS)
        return {
            "seconds": time.perf_counter() - clock,
            "processor": time.process_time() - processor,
            "peak": peak_memory(),
        }


def free_surface(x: np.ndarray, y: np.ndarray, t: float) -> Surface:
    """Return level first-year ice."""
    nothing = np.zeros(x.shape, dtype=np.float32)
    return Surface(np.zeros(x.shape, dtype=np.uint8), *[nothing] * 5)


def world_surface() -> SurfaceAt:
    return surface_of(build_world(WorldPlan(0, EPOCH, LONGITUDE, LATITUDE, REACH)))


def peak_memory() -> int:
    """Return this process's peak; unlike ``ru_maxrss`` it does not count the parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        print(json.dumps(measure(free_surface if sys.argv[1] == "radar" else world_surface())))
