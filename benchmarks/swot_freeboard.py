"""SWOT as a referee: freeboard of simulated passes against the truth on their own cells.

``python benchmarks/swot_freeboard.py [SEED ...]`` makes passes of 100 km over worlds of the demo
preset (seconds each), finds their freeboard as ``iceco densify --validate-swot`` does, and prints
bias and spread beside the sigmas told: at 250 m and 2 km, with and without a surface for each
side, with leads found on SWOT itself and told by a perfect SAR.  Asserts what
docs/validation_on_swot.md promises.
"""

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from iceco.geo.polar import NORTH, forward
from iceco.models.validation.comparison import block_mean
from iceco.models.validation.swot_freeboard import SideModel, SwotFreeboard, swot_freeboard
from iceco.models.validation.validate import open_swaths
from iceco.simulate.ice.leads import LeadSettings
from iceco.simulate.presets import demo
from iceco.simulate.surface import FIRST_LEAD, SurfaceAt
from iceco.simulate.swot.granule import write_swot_pass
from iceco.simulate.world import build_world, sea_of, seconds_after, surface_of

SEEDS = (7, 201, 202, 203, 204, 205)  # none of which anything was fitted on
PLACES = (-1 / 3, 0.0, 1 / 3)  # of cells, along either side, at which the truth is asked
COARSE = 8  # cells of 250 m in 2 km
WAYS = {
    "a + b ac, each side": SideModel(1, True),
    "a + b ac + c ac^2, each side": SideModel(2, True),
    "a, each side": SideModel(0, True),
    "a, both sides as one": SideModel(0, False),
}


class World(NamedTuple):
    """A pass, and what is true on its cells of 250 m."""

    unsmoothed: xr.Dataset
    total: np.ndarray  #: freeboard, snow included [m]
    lead: np.ndarray  #: share of the cell


def make(seed: int, folder: Path) -> World:
    plan = next(iter(demo(seed, LeadSettings())))
    world, swath = build_world(plan.world), plan.swaths[0]
    surface_at, sea_at = surface_of(world), sea_of(world)
    paths = write_swot_pass(
        folder, surface_at, sea_at, plan.world.epoch, swath.longitude, swath.latitude,
        swath.time, swath.length, seed, swath.cycle, swath.number,
    )  # fmt: skip
    unsmoothed = open_swaths(paths)[0]
    seconds = seconds_after(plan.world.epoch, unsmoothed["time"].values)
    total, lead = truth(unsmoothed, surface_at, float(seconds.mean()))
    return World(unsmoothed, total, lead)


def truth(swath: xr.Dataset, surface_at: SurfaceAt, t: float) -> tuple[np.ndarray, np.ndarray]:
    x, y = forward(NORTH, swath["longitude"].values, swath["latitude"].values)
    total, lead = np.zeros(x.shape), np.zeros(x.shape)
    for side in (-1, 1):
        pixels = swath["side"].values == side
        own = (x[:, pixels], y[:, pixels])
        down = [np.gradient(v, axis=0) for v in own]
        right = [np.gradient(v, axis=1) for v in own]
        for i in PLACES:
            for j in PLACES:
                seen = surface_at(
                    *(v + i * d + j * r for v, d, r in zip(own, down, right, strict=True)), t
                )
                total[:, pixels] += (seen.ice_freeboard + seen.snow_depth) / 9.0
                lead[:, pixels] += (seen.kind >= FIRST_LEAD) / 9.0
    return total, lead


def row(
    name: str, errors: list[np.ndarray], seen: list[SwotFreeboard], cells: int = 1
) -> tuple[float, float]:
    """Print a row over all worlds, of means over ``cells`` cells; return bias and RMSE [m]."""
    sides = [np.array([np.nanmean(h) for h in np.array_split(e, 2, axis=1)]) for e in errors]
    error = np.concatenate([e[np.isfinite(e)] for e in errors])
    noise = np.sqrt(np.mean(np.concatenate([s.sigma[s.valid] for s in seen]) ** 2) / cells)
    level = np.sqrt(np.mean(np.concatenate([s.level_sigma[s.valid] for s in seen]) ** 2))
    spread = np.std(np.concatenate([e[np.isfinite(e)] - np.nanmean(e) for e in errors]))
    rmse = float(np.sqrt(np.mean(error**2)))
    print(
        f"  {name:<44}{100 * error.mean():>8.1f}{100 * np.std(sides):>12.1f}{100 * level:>12.1f}"
        f"{100 * spread:>10.1f}{100 * noise:>10.1f}{100 * rmse:>8.1f}"
    )
    return float(error.mean()), rmse


def main() -> None:
    seeds = [int(word) for word in sys.argv[1:]] or SEEDS
    with tempfile.TemporaryDirectory() as folder:
        worlds = [make(seed, Path(folder)) for seed in seeds]
        results = tables(worlds)
    print(f"worlds: {len(worlds)}")
    best, alone = results["250 m, a + b ac, each side"], results["250 m, a, both sides as one"]
    assert abs(best[0]) < 0.02
    assert best[1] < alone[1]


def tables(worlds: list[World]) -> dict[str, tuple[float, float]]:
    heads = ("bias", "of a side", "level sigma", "spread", "noise", "RMSE")
    print(
        f"  {'[cm]':<44}"
        + "".join(f"{h:>{w}}" for h, w in zip(heads, (8, 12, 12, 10, 10, 8), strict=True))
    )
    found = {}
    for words, how in WAYS.items():
        seen = [swot_freeboard(w.unsmoothed, sides=how) for w in worlds]
        errors = [s.freeboard - w.total for s, w in zip(seen, worlds, strict=True)]
        found[f"250 m, {words}"] = row(f"250 m, {words}", errors, seen)
        if how == SideModel():
            ice = [np.where(w.lead == 0.0, e, np.nan) for e, w in zip(errors, worlds, strict=True)]
            row("250 m, the same, cells without any lead", ice, seen)
            coarse = [block_mean(e, COARSE) for e in errors]
            row("2 km from 250 m, the same", coarse, seen, COARSE**2)
            levels(errors, seen)
    seen = [swot_freeboard(w.unsmoothed, lead_probability=w.lead) for w in worlds]
    errors = [s.freeboard - w.total for s, w in zip(seen, worlds, strict=True)]
    found["250 m, leads by SAR"] = row("250 m, leads told by a perfect SAR", errors, seen)
    return found


def levels(errors: list[np.ndarray], seen: list[SwotFreeboard]) -> None:
    """Print how often the level's sigma covers its error, judged in boxes of 12.5 km."""
    ratios = []
    for error, one in zip(errors, seen, strict=True):
        mean, sigma = (block_mean(v, 50)[:-1] for v in (error, one.level_sigma))
        ratios.append((mean / sigma)[np.isfinite(mean)])
    z = np.abs(np.concatenate(ratios))
    shares = f"{np.mean(z < 1):.0%} within one sigma, {np.mean(z < 2):.0%} within two"
    print(f"  level: {shares}")


if __name__ == "__main__":
    main()
