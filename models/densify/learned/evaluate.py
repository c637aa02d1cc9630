"""How well a trained network foretells the targets of worlds it has not seen."""

from itertools import pairwise
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from ..covariates import NAMES
from ..cross_validation import DISTANCE_EDGES, crps_normal
from ..fields import Cells, Points
from ..methods import METHODS
from .examples import Drawn, draw
from .method import network_on
from .model import Model
from .worlds import World

#: Draws from every world, and the method that the network is judged beside.
DRAWS, RIVAL = 2, "ked"


def judged(worlds: list[World], model: Model) -> dict[str, Any]:
    """Return the scores of the network and its rival on some worlds, by distance.

    Parameters
    ----------
    worlds : list of World
        None of those trained on.
    model : Model
    """
    rng = np.random.default_rng(0)
    found: dict[str, list[np.ndarray]] = {"network": [], RIVAL: []}
    for world in worlds:
        image = cells_of(world)
        network = network_on(image, model)
        for _ in range(DRAWS):
            drawn = draw(world, rng)
            points, targets = points_of(drawn, world), targets_of(drawn, world)
            tree = cKDTree(np.stack([points.x, points.y], axis=-1))
            distance, _ = tree.query(np.stack([targets.x, targets.y], axis=-1))
            for name, method in (("network", network), (RIVAL, METHODS[RIVAL])):
                field = method(points, targets)
                sigma = np.sqrt(field.sigma**2 + drawn.target_variance)
                found[name].append(np.stack([distance, drawn.target - field.mean, sigma]))
    return {name: _by_distance(*np.concatenate(parts, axis=1)) for name, parts in found.items()}


def cells_of(world: World) -> Cells:
    """Return the cells of a world that the scene saw."""
    seen = np.isfinite(world.covariates).all(axis=-1)
    return Cells(
        world.x[seen], world.y[seen], np.asarray(world.covariates[seen]), NAMES,
        np.asarray(world.lead_probability[seen]),
    )  # fmt: skip


def points_of(drawn: Drawn, world: World) -> Points:
    """Return drawn observations as methods have them."""
    size = drawn.x.size
    return Points(
        drawn.x, drawn.y, np.arange(size).astype("M8[s]").astype("M8[ns]"), drawn.freeboard,
        np.sqrt(drawn.variance), drawn.shared, drawn.track, np.zeros(size), np.zeros(size),
        world.covariates.reshape(-1, len(NAMES))[drawn.cell],
    )  # fmt: skip


def targets_of(drawn: Drawn, world: World) -> Cells:
    """Return drawn targets as methods have them."""
    cell = drawn.target_cell
    return Cells(
        drawn.target_x, drawn.target_y, world.covariates.reshape(-1, len(NAMES))[cell], NAMES,
        world.lead_probability.ravel()[cell],
    )  # fmt: skip


def _by_distance(
    distance: np.ndarray, difference: np.ndarray, sigma: np.ndarray
) -> list[dict[str, float]]:
    told = []
    for low, high in pairwise(DISTANCE_EDGES):
        here = (distance >= low) & (distance < high)
        if not here.any():
            continue
        error, spread = difference[here], sigma[here]
        told.append({
            "from_m": low, "to_m": high, "targets": int(here.sum()),
            "rmse": float(np.sqrt(np.mean(error**2))), "bias": float(-error.mean()),
            "crps": float(crps_normal(error, spread).mean()),
            "coverage_68": float(np.mean(np.abs(error) <= spread)),
        })  # fmt: skip
    return told
