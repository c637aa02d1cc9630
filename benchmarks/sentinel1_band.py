"""Time and memory to read one calibrated, denoised Sentinel-1 EW band, beside others.

Run it as ``python benchmarks/sentinel1_band.py`` with the extra ``benchmark`` installed.  It
makes a full-size product (noise, speckle and staggered sub-swaths included) from the real
annotation set below ``ICECO_SAMPLE_DATA``, or from code where that is not set, reads its HV band
in every way, each in a process of its own, prints a table and fails where a promise is not kept.
The file is in the page cache for all; compilation and imports are not counted.

- bare read: ``rasterio.open(...).read(1)``, no calibration at all;
- NumPy + spline: the same physics, sub-swath by sub-swath, with bilinear SciPy splines; only its
  arithmetic is timed, not its reading;
- satpy: its reader ``sar-c_safe``, to natural units.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import rasterio
from scipy.interpolate import RectBivariateSpline

from iceco.products.sentinel1.annotation import parse_annotation, parse_calibration, parse_noise
from iceco.products.sentinel1.reader import open_sentinel1

TEMPLATE = "sar/safe/S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15.SAFE"
LINES, SAMPLES = 10708, 10487
ROUNDS = 7  # of processes, in turn, against drifts of a shared machine
REPEATS = 5  # inside a process

MAX_OVER_BARE_READ = 1.5
MIN_OVER_SATPY = 30.0
MIN_OVER_NUMPY = 5.0
MAX_MEMORY_OVER_RESULT = 300e6  # bytes, beyond the process with the scene open
MAX_NOISE_ERROR = 0.05  # dB


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        safe = Path(run_alone("build", folder)["safe"])
        first_of(safe, "measurement/*-hv-*").read_bytes()  # into the page cache
        rounds = {name: [] for name in ("open", "bare", "iceco")}
        for _ in range(ROUNDS):
            for name, found in rounds.items():
                found.append(run_alone(name, safe))
        results = {name: middle(found) for name, found in rounds.items()}
        results |= {name: run_alone(name, safe) for name in ("numpy", "satpy")}
    report(results)
    check(results)


def build_product(folder: Path) -> Path:
    """Write a full-size product: ice of -20 dB with dark and bright streaks, noise, speckle."""
    from iceco.products.sentinel1.digital_numbers import EW_LOOKS, digital_numbers
    from iceco.products.sentinel1.ew_scene import plan_scene, scene_radiometry
    from iceco.products.sentinel1.flight import View
    from iceco.products.sentinel1.relocation import read_radiometry, write_sentinel1_like
    from iceco.products.sentinel1.writer import write_sentinel1

    line, sample = np.arange(LINES)[:, None], np.arange(SAMPLES)
    streaks = np.sin(line / 170.0) + np.sin((sample + line / 3.0) / 90.0)
    sigma0 = (0.01 * 2.0**streaks).astype(np.float32)
    random = np.random.default_rng(0)
    if "ICECO_SAMPLE_DATA" in os.environ:
        template = Path(os.environ["ICECO_SAMPLE_DATA"]) / TEMPLATE
        radiometry = read_radiometry(template, "HV")
        numbers = digital_numbers(sigma0, radiometry, EW_LOOKS, random)
        return write_sentinel1_like(template, folder, {"HH": numbers, "HV": numbers})
    plan = plan_scene(View(90.0, 80.0, np.datetime64("2022-11-30T01:44:14"), LINES, SAMPLES))
    numbers = digital_numbers(sigma0, scene_radiometry(plan, "HV"), EW_LOOKS, random)
    return write_sentinel1(folder, plan, {"HH": numbers, "HV": numbers})


def read_annotations(safe: Path):
    """Return the parsed annotation, calibration and noise of the HV band."""
    return (
        parse_annotation(first_of(safe, "annotation/*-hv-*.xml").read_bytes(), "annotation"),
        parse_calibration(first_of(safe, "annotation/*/calibration-*-hv-*.xml").read_bytes(), "c"),
        parse_noise(first_of(safe, "annotation/*/noise-*-hv-*.xml").read_bytes(), "noise"),
    )


def first_of(safe: Path, pattern: str) -> Path:
    return next(safe.glob(pattern))


# Each way returns how long it took [s] and the last result; ``peak`` is added by ``measure``.


def read_open(safe: Path) -> tuple[float, None]:
    return repeated(lambda _: open_sentinel1(safe))[0], None


def read_bare(safe: Path) -> tuple[float, np.ndarray]:
    def read(_: None) -> np.ndarray:
        with rasterio.open(first_of(safe, "measurement/*-hv-*")) as dataset:
            return dataset.read(1)

    return repeated(read)


def read_iceco(safe: Path) -> tuple[float, np.ndarray]:
    return repeated(lambda scene: scene["sigma0_hv"].values, lambda: open_sentinel1(safe))


def read_numpy(safe: Path) -> tuple[float, np.ndarray]:
    _, numbers = read_bare(safe)
    start = time.perf_counter()
    annotation, calibration, noise = read_annotations(safe)
    sigma0 = numbers.astype(np.float64) ** 2 - spline_noise(annotation, noise)
    sigma0 /= spline_table(calibration.sigma_nought, *numbers.shape) ** 2
    return time.perf_counter() - start, sigma0.astype(np.float32)


def read_satpy(safe: Path) -> tuple[float, np.ndarray]:
    try:
        from satpy import Scene
    except ImportError as error:
        raise SystemExit(
            f"satpy cannot be imported ({error}): install the extra benchmark"
        ) from None
    patterns = ("annotation/*.xml", "annotation/calibration/*.xml", "measurement/*.tiff")
    files = [str(file) for pattern in patterns for file in safe.glob(pattern)]
    start = time.perf_counter()
    scene = Scene(reader="sar-c_safe", filenames=files)
    options = {"polarization": "hv", "calibration": "sigma_nought", "quantity": "natural"}
    scene.load(["measurement"], **options)
    values = scene["measurement"].values
    return time.perf_counter() - start, values


WAYS: dict[str, Callable[[Path], tuple[float, np.ndarray | None]]] = {
    "open": read_open,
    "bare": read_bare,
    "iceco": read_iceco,
    "numpy": read_numpy,
    "satpy": read_satpy,
}


def spline_noise(annotation, noise) -> np.ndarray:
    """Return the thermal noise of the whole image, a bilinear spline for each block."""
    power = np.full((annotation.lines, annotation.samples), np.nan)
    for block in annotation.blocks:
        line = np.arange(block.first_line, block.last_line + 1)
        sample = np.arange(block.first_sample, block.last_sample + 1)
        spline, first, last = range_spline(annotation, noise, block.swath, sample)
        area = (slice(line[0], line[-1] + 1), slice(sample[0], sample[-1] + 1))
        points = sorted(
            point
            for vector in noise.azimuth_vectors
            if vector.block.swath == block.swath
            for point in zip(vector.line, vector.value, strict=True)
        )
        factor = np.interp(line, *zip(*points, strict=True))
        power[area] = spline(line.clip(first, last), sample) * factor[:, None]
    return power


def range_spline(annotation, noise, swath: str, sample: np.ndarray):
    """Return the range noise of a sub-swath as a spline, and the lines between which it holds."""
    rows, lines = [], []
    for vector in noise.range_vectors:
        for other in annotation.blocks:
            at = min(vector.line, annotation.lines - 1)
            if other.swath == swath and other.first_line <= at <= other.last_line:
                own = (vector.sample >= other.first_sample) & (vector.sample <= other.last_sample)
                own &= vector.value > 0.0
                rows.append(np.interp(sample, vector.sample[own], vector.value[own]))
                lines.append(vector.line)
    return RectBivariateSpline(lines, sample, rows, kx=1, ky=1), lines[0], lines[-1]


def spline_table(vectors, lines: int, samples: int) -> np.ndarray:
    values = np.array([vector.value for vector in vectors])
    spline = RectBivariateSpline([v.line for v in vectors], vectors[0].sample, values, kx=1, ky=1)
    return spline(np.arange(lines), np.arange(samples))


def repeated(read: Callable, prepare: Callable = lambda: None) -> tuple[float, np.ndarray]:
    """Return the median time of ``read``, which is given what ``prepare`` returns, untimed."""
    seconds = []
    result = None
    for _ in range(REPEATS):
        del result
        prepared = prepare()
        start = time.perf_counter()
        result = read(prepared)
        seconds.append(time.perf_counter() - start)
    return median(seconds), result


def run_alone(task: str, path: Path | str) -> dict:
    """Run one task of this script in a process of its own and return what it reports."""
    command = [sys.executable, __file__, task, str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"the task {task} failed")
    return json.loads(done.stdout.splitlines()[-1])


def measure(name: str, safe: Path) -> dict[str, float]:
    """Run one way; return seconds and the peak memory [byte], in all and on top of before."""
    if name in ("iceco", "open"):
        open_sentinel1(safe)["sigma0_hv"][:300].load()  # compiles, or loads what is compiled
    before = memory_bytes("VmRSS")
    seconds, result = WAYS[name](safe)
    peak = memory_bytes("VmHWM")
    found = {"seconds": seconds, "peak": peak, "growth": peak - before}
    if name == "iceco":
        found |= {"result": result.nbytes, "noise_error": noise_error(safe, result)}
    return found


def noise_error(safe: Path, sigma0: np.ndarray) -> float:
    """Return by how much the noise taken off differs from ``spline_noise`` at worst [dB]."""
    annotation, calibration, noise = read_annotations(safe)
    with rasterio.open(first_of(safe, "measurement/*-hv-*")) as dataset:
        power = dataset.read(1).astype(np.float64) ** 2
    power -= sigma0 * spline_table(calibration.sigma_nought, *sigma0.shape) ** 2
    power /= spline_noise(annotation, noise)
    return float(np.nanmax(np.abs(10.0 * np.log10(power))))


def memory_bytes(field: str) -> int:
    """Return this process's memory; unlike ``ru_maxrss`` it does not count the parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024


def middle(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {key: median(one[key] for one in rounds) for key in rounds[0]}


def report(results: dict[str, dict[str, float]]) -> None:
    own = results["iceco"]["seconds"]
    print(f"{'way':10s}{'seconds':>10s}{'/ iceco':>10s}{'peak MB':>10s}{'growth MB':>11s}")
    for name, found in results.items():
        ratio, peak, growth = found["seconds"] / own, found["peak"] / 1e6, found["growth"] / 1e6
        print(f"{name:10s}{found['seconds']:10.3f}{ratio:10.2f}{peak:10.0f}{growth:11.0f}")
    result = results["iceco"]["result"] / 1e6
    print(f"result {result:.0f} MB; noise within {results['iceco']['noise_error']:.1e} dB")


def check(results: dict[str, dict[str, float]]) -> None:
    seconds = {name: found["seconds"] for name, found in results.items()}
    ours = results["iceco"]
    assert seconds["iceco"] <= MAX_OVER_BARE_READ * seconds["bare"]
    assert seconds["numpy"] >= MIN_OVER_NUMPY * seconds["iceco"]
    assert seconds["satpy"] >= MIN_OVER_SATPY * seconds["iceco"]
    assert ours["growth"] <= ours["result"] + MAX_MEMORY_OVER_RESULT
    assert ours["noise_error"] <= MAX_NOISE_ERROR


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    elif sys.argv[1] == "build":
        print(json.dumps({"safe": str(build_product(Path(sys.argv[2])))}))
    else:
        print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
