"""The densification network beside the analytic methods, on simulated worlds it has not seen.

    python benchmarks/densify_network.py MODEL CACHE FOLDER [FOLDER...]

FOLDER are worlds of ``iceco simulate``, MODEL a folder of ``iceco train-densify`` ("shipped" for
the one that comes with iceco), CACHE a folder for the scenes on their grids.  All methods are told
the same: the true freeboard under the records of 1, 2 or 3 passes with 5 cm of noise, averaged over
cells of 2 km as ``iceco densify`` does it.  Sigmas are those of ``iceco densify``, made to fit
observations held out.  ``auto`` is the choice by cross-validation among all of them.
"""

import sys
import time
from itertools import pairwise
from pathlib import Path

import netCDF4
import numpy as np
from scipy.spatial import cKDTree
from scipy.stats import norm

from iceco.models.densify.covariates import NAMES
from iceco.models.densify.cross_validation import (
    Residuals,
    calibrated,
    clearly_worse,
    crps_normal,
    crps_of,
    residuals,
)
from iceco.models.densify.fields import LEVELS, Field, Points, select
from iceco.models.densify.learned.evaluate import cells_of
from iceco.models.densify.learned.method import network_on
from iceco.models.densify.learned.model import SIMULATED, open_model
from iceco.models.densify.learned.worlds import World, open_worlds
from iceco.models.densify.methods import METHODS, PREFERRED
from iceco.models.densify.observations import super_observations
from iceco.models.densify.representativeness import representative

NOISE = 0.05  # m
EDGES = (0.0, 1_000.0, 5_000.0, 15_000.0, 60_000.0)
RANKS = np.linspace(0.01, 0.99, 99)
FEWEST = 30  # cells of which a CDF is made
RIVALS = ("ked", "cdf", "oi", "linear", "segment")


def observations(world: World, truth: Path, passes: int, rng: np.random.Generator) -> Points:
    """Return what some passes tell of a world, one observation a pass and cell."""
    seen = np.isfinite(world.covariates).all(axis=-1)
    tree = cKDTree(np.stack([world.x[seen], world.y[seen]], axis=-1))
    with netCDF4.Dataset(truth) as known:
        first_lead, tracks = known["ice"]["kind"].first_lead, [*known["tracks"].groups.values()]
        chosen = [tracks[i] for i in rng.permutation(len(tracks))[:passes]]
        parts = [_pass(group, first_lead, number, rng) for number, group in enumerate(chosen)]
    points = Points(*map(np.concatenate, zip(*parts, strict=True)))
    distance, cell = tree.query(np.stack([points.x, points.y], axis=-1))
    on = distance < 1_420.0
    points, cell = select(points, on), cell[on]
    few = super_observations(points, cell)
    nearest = tree.query(np.stack([few.x, few.y], axis=-1))[1]
    return representative(few._replace(covariates=world.covariates[seen][nearest]), NAMES)


def _pass(group: netCDF4.Group, first_lead: int, number: int, rng: np.random.Generator) -> Points:
    x, y = (group[n][:].data + group[f"d{n}"][0].data for n in "xy")
    ice = group["kind"][:].data < first_lead
    size = int(ice.sum())
    value = group["ice_freeboard"][:].data[ice] + NOISE * rng.standard_normal(size)
    when = np.datetime64("2024-01-01", "ns") + np.arange(size) * np.timedelta64(25, "ms")
    zeros = np.zeros(size)
    return Points(
        x[ice], y[ice], when, value, np.full(size, NOISE), zeros, np.full(size, number), zeros,
        zeros, np.empty((size, 0), np.float32),
    )  # fmt: skip


def chosen_by_cross_validation(found: dict[str, Residuals]) -> str:
    """Return the method that ``auto`` takes: the network where it is the best of all, else ...

    ... the first analytic method that is not clearly worse than the best of them.
    """
    order = sorted(found, key=lambda name: found[name].weight @ crps_of(found[name]))
    if order[0] == "network":
        return "network"
    names = sorted(set(order) - {"network"}, key=PREFERRED.index)
    return next(name for name in names if not clearly_worse(found[name], found[order[0]]))


def scores_of(truth: np.ndarray, field: Field) -> list[float]:
    """Return RMSE, bias, CRPS, and coverage of 68 and 90 %."""
    error = field.mean - truth
    lowest, low, _, high, highest = field.quantiles
    return [
        float(np.sqrt(np.mean(error**2))), float(error.mean()),
        float(crps_normal(-error, field.sigma).mean()),
        float(np.mean((truth >= low) & (truth <= high))),
        float(np.mean((truth >= lowest) & (truth <= highest))),
    ]  # fmt: skip


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Return the Wasserstein-1 distance of two samples."""
    return float(np.abs(np.quantile(one, RANKS) - np.quantile(other, RANKS)).mean())


def drawn_from(quantiles: np.ndarray) -> np.ndarray:
    """Return a freeboard drawn from each cell's own distribution, given its quantiles (5, n).

    Between quantiles, and beyond them, a distribution is straight on normal paper.
    """
    normal = norm.ppf(LEVELS)
    chance = np.random.default_rng(0).standard_normal(quantiles.shape[1])
    place = np.clip(np.searchsorted(normal, chance), 1, normal.size - 1)
    low, high = (np.take_along_axis(quantiles, (place - i)[None], 0)[0] for i in (1, 0))
    share = (chance - normal[place - 1]) / (normal[place] - normal[place - 1])
    return np.asarray(low + share * (high - low))


def cdf_distances(parts: list[np.ndarray], low: float, high: float) -> tuple[float, float]:
    """Return how far the CDF of a world's cells lies from the true one, mean over worlds [m].

    First of the cells' means, then of what is drawn from their distributions.
    """
    told = []
    for truth, distance, mean, _, *quantiles in parts:
        k = (distance >= low) & (distance < high)
        if k.sum() >= FEWEST:
            drawn = drawn_from(np.stack(quantiles)[:, k])
            told.append((k.sum(), apart(mean[k], truth[k]), apart(drawn, truth[k])))
    cells, of_means, of_draws = np.array(told).T
    return float(cells @ of_means / cells.sum()), float(cells @ of_draws / cells.sum())


def ratio_of_errors(
    ours: list[np.ndarray], theirs: list[np.ndarray], low: float, high: float
) -> np.ndarray:
    """Return the ratio of two RMSEs and its 90 % interval, worlds drawn anew 1000 times."""
    sums = []
    for one, other in zip(ours, theirs, strict=True):
        k = (one[1] >= low) & (one[1] < high)
        sums.append([np.sum((part[2] - part[0])[k] ** 2) for part in (one, other)])
    squares = np.array(sums)
    again = np.random.default_rng(0).integers(0, len(squares), (1000, len(squares)))
    drawn = squares[again].sum(axis=1)
    told = np.quantile(np.sqrt(drawn[:, 0] / drawn[:, 1]), [0.05, 0.95])
    return np.append(np.sqrt(squares[:, 0].sum() / squares[:, 1].sum()), told)


def compare(model_folder: str, cache: str, folders: list[Path]) -> None:
    """Print the scores of all methods by distance to the nearest observation."""
    model = open_model(SIMULATED if model_folder == "shipped" else model_folder)
    worlds, _ = open_worlds(folders, cache, 1)
    truths = [truth for folder in folders for truth in sorted((folder / "truth").glob("truth_*"))]
    rng = np.random.default_rng(1)
    names = (*RIVALS, "network", "auto")
    found: dict[str, list[np.ndarray]] = {name: [] for name in names}
    seconds = dict.fromkeys(names, 0.0)
    picks = []
    for number, (world, truth) in enumerate(zip(worlds, truths, strict=True)):
        points = observations(world, truth, 1 + number % 3, rng)
        cells = cells_of(world)
        seen = np.isfinite(world.covariates).all(axis=-1)
        true = world.truth[seen]
        known = np.isfinite(true)
        distance = _distance(points, cells.x, cells.y)
        residual, fields = {}, {}
        for name in (*RIVALS, "network"):
            began = time.process_time()
            method = network_on(cells, model) if name == "network" else METHODS[name]
            residual[name] = residuals(method, points, cells)
            fields[name] = calibrated(method(points, cells), residual[name])
            seconds[name] += time.process_time() - began
        picks.append(chosen_by_cross_validation(residual))
        fields["auto"] = fields[picks[-1]]
        for name, field in fields.items():
            row = np.stack([true, distance, field.mean, field.sigma, *field.quantiles])
            found[name].append(row[:, known])
    print(f"{len(picks)} worlds; auto chose", {name: picks.count(name) for name in names})
    print("CPU [s], held-out predictions included:", {n: round(t, 1) for n, t in seconds.items()})
    print("W1: of the cells' means, and drawn from their distributions; world by world")
    print(
        "method   distance [km]   cells   RMSE    bias     CRPS   68 %   90 %   W1       W1 drawn"
    )
    for low, high in (*pairwise(EDGES), (0.0, EDGES[-1])):
        for name in names:
            truth, distance, mean, sigma, *quantiles = np.concatenate(found[name], axis=1)
            k = (distance >= low) & (distance < high)
            told = scores_of(truth[k], Field(mean[k], sigma[k], np.stack(quantiles)[:, k]))
            means, draws = cdf_distances(found[name], low, high)
            print(
                f"{name:8s} {low / 1e3:5.0f} to {high / 1e3:3.0f} {k.sum():8d}  {told[0]:.4f} "
                f"{told[1]:+.4f}  {told[2]:.4f}  {told[3]:.3f}  {told[4]:.3f}  {means:.4f}   "
                f"{draws:.4f}"
            )
    for rival in ("ked", "linear"):
        for low, high in pairwise(EDGES):
            ratio, *bounds = ratio_of_errors(found["network"], found[rival], low, high)
            print(
                f"RMSE of the network over that of {rival}, {low / 1e3:g} to {high / 1e3:g} km: "
                f"{ratio:.3f} ({bounds[0]:.3f} to {bounds[1]:.3f})"
            )


def _distance(points: Points, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    tree = cKDTree(np.stack([points.x, points.y], axis=-1))
    return np.asarray(tree.query(np.stack([x, y], axis=-1))[0])


if __name__ == "__main__":
    compare(sys.argv[1], sys.argv[2], [*map(Path, sys.argv[3:])])
