"""How far drift vectors of scene pairs are from the truth of simulated worlds, and say they are.

Run it as ``python benchmarks/pair_drift_accuracy.py``.  Worlds of 60 km, none of them used to fit
anything, are seen by Sentinel-1 EW twice, an hour to two days apart and from different sides,
with speckle, thermal noise, shear and leads that open in between; in the last rows all ice has
turned about the middle besides.  Vectors at the default settings but 1 km apart, geolocation
counted as exact, as it is in simulated scenes.  A row holds the vectors of all worlds:

- covered: share of kept vectors where both scenes have data;
- median and 90 %: of the end-point error of good vectors, also in pixels of 40 m;
- ellipse: share of good vectors whose truth lies in their 68 % ellipse;
- outliers: share of good vectors off by more than 3 sigma and 300 m.
"""

import tempfile
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from iceco.drift.pair.vectors import PairSettings, track_pair
from iceco.products.canonical_vectors import DOUBTFUL, GOOD, REJECTED, covariance_of
from iceco.products.recognise import open_product
from iceco.products.sentinel1.flight import View
from iceco.simulate.sar.scene import write_scene
from iceco.simulate.surface import Surface
from iceco.simulate.world import (
    World,
    WorldPlan,
    build_world,
    centre_of,
    displacement,
    seconds_after,
    surface,
)

SEEDS = (401, 402, 403)
LONGITUDE, LATITUDE = -140.0, 75.5
EPOCH = np.datetime64("2024-03-15T16:40:00", "ns")
EXTENT, PIXEL = 60_000.0, 40.0  # m
CASES = ((1.0, 0.0), (6.6, 0.0), (24.0, 0.0), (48.0, 0.0), (24.0, 5.0), (24.0, 10.0), (24.0, 20.0))
WITHIN_68 = -2.0 * np.log(1.0 - 0.68)  # squared sigmas, of a two-dimensional normal
WORKERS = 2

EASY_LAG, EASY_ERROR = 7.0, 0.3  # hours, pixels of 40 m
LARGEST_ERROR = 150.0  # m, median
ELLIPSE = (0.65, 0.71)  # of all good vectors together
MOST_OUTLIERS, LEAST_COVERED = 0.01, 0.95


class Found(NamedTuple):
    """What is known of the vectors of a pair where both scenes have data, arrays (n,)."""

    flag: np.ndarray
    error: np.ndarray  #: end-point error [m]
    sigmas: np.ndarray  #: its square over the covariance [1]


def main(seeds: tuple[int, ...]) -> None:
    print(f"{'lag':>6s}{'turn':>6s}{'vectors':>9s}{'covered':>9s}{'median':>9s}{'pixel':>7s}"
          f"{'90 %':>8s}{'ellipse':>9s}{'outliers':>10s}")  # fmt: skip
    everything = []
    for lag, turn in CASES:
        found = joined([pair_of(seed, lag, turn) for seed in seeds])
        everything.append(found)
        print(f"{lag:4.1f} h{turn:4.0f}  " + row(found), flush=True)
        check(found, lag, turn)
    together = joined(everything)
    print("all" + " " * 9 + row(together))
    inside = np.mean(together.sigmas[together.flag == GOOD] <= WITHIN_68)
    assert ELLIPSE[0] <= inside <= ELLIPSE[1], f"the ellipse of 68 % holds {inside:.3f}"


def pair_of(seed: int, lag: float, turn: float) -> Found:
    """Simulate a pair, follow its ice, and compare with the truth."""
    half = EXTENT / 2 + 20_000.0
    world = build_world(WorldPlan(seed, EPOCH, LONGITUDE, LATITUDE, half))
    size = round(EXTENT / PIXEL)
    later = EPOCH + np.timedelta64(round(3600.0 * lag), "s")
    views = (
        (View(LONGITUDE, LATITUDE, EPOCH, size, size), 0.0),
        (View(LONGITUDE, LATITUDE, later, size, size, True, 31.0), turn),
    )
    with tempfile.TemporaryDirectory() as folder:
        first, second = (
            open_product(
                write_scene(
                    Path(folder),
                    partial(turned, world, by),
                    EPOCH,
                    view,
                    2 * seed + i,
                    WORKERS,
                    False,
                )
            )
            for i, (view, by) in enumerate(views)
        )
        settings = PairSettings(spacing_m=1_000.0, geolocation_sigma_m=0.0)
        return compare(track_pair(first, second, settings, workers=WORKERS), world, turn)


def turned(world: World, degrees: float, x: np.ndarray, y: np.ndarray, t: float) -> Surface:
    """Return the surface of a world turned about its middle."""
    return surface(world, *rotated(world, -degrees, x, y), t)


def rotated(
    world: World, degrees: float, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return places turned counter-clockwise about the middle of a world."""
    x0, y0 = centre_of(world.plan)
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    return (
        x0 + cosine * (x - x0) - sine * (y - y0),
        y0 + sine * (x - x0) + cosine * (y - y0),
    )


def compare(vectors: xr.Dataset, world: World, turn: float) -> Found:
    vectors = vectors.isel(vector=np.flatnonzero(vectors["quality_flag"].values <= REJECTED))
    x, y = vectors["x0"].values, vectors["y0"].values
    # A scene of 60 km takes 9 s; within these the ice moves by a metre or two.
    start, stop = (
        float(np.nanmedian(seconds_after(EPOCH, vectors[name].values)))
        for name in ("start_time", "stop_time")
    )
    dx, dy = displacement(world, x, y, start, stop)
    x1, y1 = rotated(world, turn, x + dx, y + dy)
    off = np.stack([x + vectors["dx"].values - x1, y + vectors["dy"].values - y1], axis=-1)
    sigmas = np.einsum("ni,nij,nj->n", off, np.linalg.inv(covariance_of(vectors)), off)
    return Found(vectors["quality_flag"].values, np.hypot(*off.T), sigmas)


def joined(found: list[Found]) -> Found:
    return Found(*(np.concatenate(part) for part in zip(*found, strict=True)))


def figures(found: Found) -> dict[str, float]:
    good = found.flag == GOOD
    error, sigmas = found.error[good], found.sigmas[good]
    return {
        "vectors": float(good.sum()),
        "covered": float(np.mean(found.flag <= DOUBTFUL)),
        "median": float(np.median(error)),
        "90 %": float(np.percentile(error, 90)),
        "ellipse": float(np.mean(sigmas <= WITHIN_68)),
        "outliers": float(np.mean((sigmas > 9.0) & (error > 300.0))),
    }


def row(found: Found) -> str:
    told = figures(found)
    return (
        f"{told['vectors']:9.0f}{told['covered']:9.3f}{told['median']:7.1f} m"
        f"{told['median'] / PIXEL:7.2f}{told['90 %']:6.0f} m"
        f"{told['ellipse']:9.3f}{told['outliers']:10.4f}"
    )


def check(found: Found, lag: float, turn: float) -> None:
    told = figures(found)
    bound = EASY_ERROR * PIXEL if lag <= EASY_LAG and turn == 0.0 else LARGEST_ERROR
    assert told["median"] <= bound, f"a median error of {told['median']:.1f} m"
    assert told["outliers"] < MOST_OUTLIERS, f"a share of outliers of {told['outliers']:.4f}"
    assert told["covered"] >= LEAST_COVERED, f"a share of {told['covered']:.3f} covered"


if __name__ == "__main__":
    main(SEEDS)
