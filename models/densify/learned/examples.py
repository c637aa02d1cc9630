"""Examples for the training: a few tracks drawn from a world, and what they should foretell.

In a simulated world all cells are targets.  In a real one tracks are held out whole, and their
observations are the targets, noise and all.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch

from .worlds import World

#: Tracks that an example has, at most.
MOST_TRACKS = 3
#: Noise of a record, and of what a track shares [m], that true freeboard is given.
NOISE, SHARED = (0.02, 0.08), (0.0, 0.03)
#: What the mean along a line misses of a cell [m], and the spread of its logarithm: as
#: ``representativeness`` finds it in simulated worlds.
MISSED, MISSED_SPREAD = 0.03, 0.3
#: Scenes differ by so much in calibration and season [dB], one sigma (assumed).
LEVEL_SPREAD = 0.2
#: Fewest observations in an example, and fewest on a track that is worth holding out.
FEWEST, FEWEST_HELD = 12, 5
#: Targets of an example, at most.
MOST_TARGETS = 600
#: Draws from every world of the validation.
VALIDATION_DRAWS = 2
#: Variance of what only fills a batch [m2].
NOTHING = 1e6

Batch = dict[str, torch.Tensor]


class Drawn(NamedTuple):
    """Observations and targets of one example; arrays (n,) or (targets,), float64 unless said."""

    cell: np.ndarray  #: int64
    x: np.ndarray
    y: np.ndarray
    freeboard: np.ndarray
    variance: np.ndarray
    shared: np.ndarray
    track: np.ndarray  #: int64
    target_cell: np.ndarray  #: int64
    target_x: np.ndarray
    target_y: np.ndarray
    target: np.ndarray
    target_variance: np.ndarray


class Examples(NamedTuple):
    """Worlds to draw from."""

    worlds: list[World]
    batch: int

    def shuffled(self, epoch: int, rng: np.random.Generator) -> Iterator[Batch]:
        """Give the batches of an epoch: every world once, turned, with tracks by chance."""
        order = rng.permutation(len(self.worlds))
        for start in range(0, order.size, self.batch):
            yield batch_of([self.worlds[i] for i in order[start : start + self.batch]], rng, True)

    def in_order(self) -> Iterator[Batch]:
        """Give the batches of the validation: the same draws each time."""
        rng = np.random.default_rng(0)
        for start in range(0, VALIDATION_DRAWS * len(self.worlds), self.batch):
            which = range(start, min(start + self.batch, VALIDATION_DRAWS * len(self.worlds)))
            yield batch_of([self.worlds[i % len(self.worlds)] for i in which], rng, False)


def batch_of(worlds: list[World], rng: np.random.Generator, turned: bool) -> Batch:
    """Return an example of each of some worlds, filled up to one size.

    Parameters
    ----------
    worlds : list of World
    rng : Generator
    turned : bool
        Turn and mirror images, and shift the levels of their backscatter.
    """
    drawn = [draw(world, rng) for world in worlds]
    side = max(max(world.x.shape) for world in worlds)
    images, leads, placed = [], [], []
    for world, one in zip(worlds, drawn, strict=True):
        turn, mirror = (int(rng.integers(4)), bool(rng.integers(2))) if turned else (0, False)
        covariates = _square(world.covariates, side, turn, mirror)
        if turned:
            covariates[..., :2] += LEVEL_SPREAD * rng.standard_normal(2).astype(np.float32)
        images.append(covariates)
        leads.append(_square(world.lead_probability, side, turn, mirror))
        rows, columns = world.x.shape
        number = np.arange(rows * columns, dtype=np.float64).reshape(rows, columns)
        where = _square(number, side, turn, mirror).ravel()
        known = np.flatnonzero(np.isfinite(where))
        to = np.empty(rows * columns, np.int64)
        to[where[known].astype(np.int64)] = known
        placed.append(one._replace(cell=to[one.cell], target_cell=to[one.target_cell]))
    told = {name: _filled([getattr(one, name) for one in placed], name) for name in Drawn._fields}
    return told | {
        "covariates": torch.from_numpy(np.stack(images)),
        "lead_probability": torch.from_numpy(np.stack(leads)),
    }


def draw(world: World, rng: np.random.Generator) -> Drawn:
    """Return some tracks of a world as observations, and what is to be foretold from them."""
    seen = np.isfinite(world.covariates).all(axis=-1).ravel()
    given = {name: values[seen[world.observed["cell"]]] for name, values in world.observed.items()}
    truth = world.truth.ravel()
    known = np.isfinite(truth)
    tracks = rng.permutation(np.unique(given["track"]))
    count = int(rng.integers(1, MOST_TRACKS + 1))
    if not known.any():
        held = given["track"] == tracks[0]
        here = _some(given, tracks[1:], count)
        own = given["uncertainty"] ** 2
        return Drawn(
            given["cell"][here], given["x"][here], given["y"][here], given["freeboard"][here],
            own[here], given["shared_uncertainty"][here], given["track"][here],
            given["cell"][held], given["x"][held], given["y"][held], given["freeboard"][held],
            (own + given["shared_uncertainty"] ** 2)[held],
        )  # fmt: skip
    some = {name: values[_some(given, tracks, count)] for name, values in given.items()}
    value, variance, shared = _noisy(some, rng)
    cells = rng.permutation(np.flatnonzero(known & seen))[:MOST_TARGETS]
    return Drawn(
        some["cell"], some["x"], some["y"], value, variance, shared, some["track"],
        cells, world.x.ravel()[cells], world.y.ravel()[cells], truth[cells].astype(np.float64),
        np.zeros(cells.size),
    )  # fmt: skip


def usable(world: World) -> bool:
    """Tell whether examples can be drawn from a world."""
    seen = np.isfinite(world.covariates).all(axis=-1).ravel()
    track = world.observed["track"][seen[world.observed["cell"]]]
    held = np.unique(track, return_counts=True)[1]
    truth = bool((np.isfinite(world.truth).ravel() & seen).any())
    return bool((held >= FEWEST_HELD).sum() >= (1 if truth else 2) and track.size >= FEWEST)


def _some(given: dict[str, np.ndarray], tracks: np.ndarray, count: int) -> np.ndarray:
    """Return which observations are of the first tracks: so many, or more if these are short."""
    for chosen in range(min(count, tracks.size), tracks.size + 1):
        here = np.isin(given["track"], tracks[:chosen])
        if here.sum() >= FEWEST:
            break
    return np.flatnonzero(here)


def _noisy(
    some: dict[str, np.ndarray], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return freeboard, own variance and shared sigma of true observations, with noise drawn."""
    low, high = np.log(NOISE)
    noise, shared = np.exp(rng.uniform(low, high)), rng.uniform(*SHARED)
    tracks, which = np.unique(some["track"], return_inverse=True)
    freedom = max(int((some["records"] - 1).sum()), 1)
    records = some["records"].astype(np.float64)
    offset = (shared * rng.standard_normal(tracks.size))[which]
    value = some["freeboard"] + offset
    value = value + noise / np.sqrt(records) * rng.standard_normal(records.size)
    missed = MISSED * np.exp(MISSED_SPREAD * rng.standard_normal())
    variance = (noise**2 + float(some["scatter"].sum()) / freedom) / records + missed**2
    return value, variance, np.full(records.size, shared)


def _square(values: np.ndarray, side: int, turn: int, mirror: bool) -> np.ndarray:
    """Return an image (rows, columns, ...) on a square, nan beside it, turned and mirrored."""
    whole = np.full((side, side, *values.shape[2:]), np.nan, values.dtype)
    whole[: values.shape[0], : values.shape[1]] = values
    whole = np.rot90(whole, turn)
    return np.ascontiguousarray(whole[:, ::-1] if mirror else whole)


def _filled(parts: list[np.ndarray], name: str) -> torch.Tensor:
    """Return arrays as rows of one tensor; what fills it up counts for nothing."""
    size = max(part.size for part in parts)
    fill = {"variance": NOTHING, "target": np.nan}.get(name, 0)
    whole = np.full((len(parts), size), fill, parts[0].dtype)
    for row, part in zip(whole, parts, strict=True):
        row[: part.size] = part
    return torch.from_numpy(whole)
