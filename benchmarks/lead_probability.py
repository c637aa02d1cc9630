"""Time and memory to find leads by thresholds in a full Sentinel-1 EW scene, in one thread.

Run it as ``python benchmarks/lead_probability.py``.  HH and HV of a synthetic pack with dark and
bright streaks are already in memory; tiles of two sizes are looked at with their halo one after
another, as ``iceco collocate`` does in each of its threads.  Compilation is not counted.  Beside
them stands SciPy, which takes the means of the short lines alone: one direction of one band over
one tile, times their number.  It prints a table and fails where the promise is not kept.
"""

import resource
import time

import numpy as np
from scipy.ndimage import correlate

from iceco.models.leads.contrasts import FITTED
from iceco.models.leads.lines import DIRECTIONS, line_sizes
from iceco.models.leads.threshold import halo_pixels, lead_probability

LINES, SAMPLES = 10708, 10487
SPACING = 40.0  # m
TILES = (1024, 2048)

MIN_OVER_SCIPY = 2.0  # SciPy line means alone, over all of iceco
MAX_MEMORY_OVER_SCENE = 1.5e9  # bytes


def main() -> None:
    images = build_scene(np.random.default_rng(0))
    look(images, slice(0, 300), slice(0, 300))
    scipy_seconds = line_means_of_scipy(images["sigma0_hh"])
    print(f"SciPy, line means alone: {scipy_seconds:.0f} s")
    before = peak_memory()
    print(f"{'tile':>6} {'seconds':>9} {'ns/pixel':>9} {'leads':>8} {'memory':>9}")
    for tile in TILES:
        start = time.perf_counter()
        leads = look_in_tiles(images, tile)
        seconds = time.perf_counter() - start
        extra = peak_memory() - before
        print(
            f"{tile:6d} {seconds:9.1f} {seconds / (LINES * SAMPLES) * 1e9:9.0f} "
            f"{leads / (LINES * SAMPLES):8.2%} {extra / 1e6:6.0f} MB"
        )
        assert scipy_seconds > MIN_OVER_SCIPY * seconds, f"tiles of {tile} took {seconds:.0f} s"
        assert extra < MAX_MEMORY_OVER_SCENE, f"tiles of {tile} took {extra / 1e6:.0f} MB"


def build_scene(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return HH and HV with 10.7 looks of speckle, their NESZ and incidence angles."""
    hh = rng.standard_gamma(10.7, (LINES, SAMPLES), dtype=np.float32)
    hh *= np.float32(0.04 / 10.7)
    hv = np.roll(hh, 5000, axis=0)
    hv *= np.float32(0.1)
    for line in range(300, LINES - 20, 700):
        hh[line : line + 5] *= np.float32(0.1)
        hv[line : line + 5] *= np.float32(0.1)
        hh[line + 300 : line + 305] *= np.float32(3.0)
    nesz = np.full((LINES, SAMPLES), 1e-3, dtype=np.float32)
    angle = np.linspace(18.9, 46.4, SAMPLES, dtype=np.float32)
    return {
        "sigma0_hh": hh,
        "sigma0_hv": hv,
        "incidence_angle": np.broadcast_to(angle, hh.shape),
        "nesz_hh": nesz,
        "nesz_hv": nesz,
    }


def look_in_tiles(images: dict[str, np.ndarray], tile: int) -> int:
    """Return the number of lead pixels of the scene."""
    halo = halo_pixels(FITTED, SPACING)
    leads = 0
    for line in range(0, LINES, tile):
        for sample in range(0, SAMPLES, tile):
            lines, samples = (slice(max(at - halo, 0), at + tile + halo) for at in (line, sample))
            inside = tuple(slice(min(at, halo), min(at, halo) + tile) for at in (line, sample))
            leads += np.count_nonzero(look(images, lines, samples)[inside] >= 0.5)
    return leads


def look(images: dict[str, np.ndarray], lines: slice, samples: slice) -> np.ndarray:
    window = {name: image[lines, samples] for name, image in images.items()}
    return lead_probability(**window, pixel_spacing_m=SPACING)


def line_means_of_scipy(image: np.ndarray) -> float:
    """Return the seconds SciPy would take for the short lines' means of both bands of a scene."""
    length = 2 * line_sizes(FITTED, SPACING).short + 1
    tile = np.ascontiguousarray(image[: TILES[0], : TILES[0]])
    start = time.perf_counter()
    correlate(tile, np.eye(length, dtype=np.float32) / length)
    seconds = time.perf_counter() - start
    return seconds * 2 * DIRECTIONS * image.size / tile.size


def peak_memory() -> int:
    """Return the largest resident size of this process so far [byte]."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
