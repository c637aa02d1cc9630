"""Training of the network that maps freeboard: worlds in, a carded model out."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ....collocate.progress import Watch, unwatched
from ...training.cards import read_card, require_place, write_model
from ...training.loop import Fitting, History, fit, seeded
from ...training.splits import PARTS, TEST, TRAINING, VALIDATION, blocks, split
from ..covariates import NAMES
from .evaluate import judged
from .examples import Batch, Examples, usable
from .model import KIND, Model, as_options
from .network import FreeboardNetwork, Sizes
from .posterior import posterior
from .worlds import CELL_SIZE, World, open_worlds

#: Licence of models, and what their users must know.
LICENCE = "Apache-2.0"
NOTE = (
    "What it expects between tracks is as good as the worlds it was trained on; how the ice and "
    "its backscatter differ from those, the observations on the map tell only in part."
)
#: Shares of the worlds for training, validation and test.
SHARES = (0.8, 0.1, 0.1)


def train(
    folders: Sequence[str | Path],
    out: str | Path,
    fitting: Fitting,
    cache: str | Path | None = None,
    resume: bool = False,
    workers: int = 1,
    watch: Watch = unwatched,
) -> dict[str, Any]:
    """Train the network on some folders of worlds, write the model and return its card.

    Parameters
    ----------
    folders : sequence of path
        As ``worlds.open_worlds`` has them.
    out : path
        Folder of the model; appears whole.  Until then the training is in ``<out>.partial``.
    fitting : Fitting
    cache : path, optional
        Folder for the worlds as they are learnt from; by default ``<out>.worlds``.
    resume : bool
        Go on with the training in ``<out>.partial``; without it that begins anew.
    workers : int
        Threads that read scenes.
    watch : Watch

    Raises
    ------
    ValueError
        If the worlds cannot teach: no scene, no freeboard, too few to split.
    """
    out = Path(out)
    require_place(out)
    place = cache or out.with_name(out.name + ".worlds")
    worlds, sums = open_worlds(folders, place, workers, watch)
    worlds = [world for world in worlds if usable(world)]
    require_enough(worlds, folders)
    return teach(worlds, sums, out, fitting, resume, watch)


def teach(
    worlds: list[World],
    sums: dict[str, str],
    out: Path,
    fitting: Fitting,
    resume: bool = False,
    watch: Watch = unwatched,
) -> dict[str, Any]:
    """Train the network on what is prepared, write the model and return its card; as ``train``."""
    work = out.with_name(out.name + ".partial")
    if not resume:
        shutil.rmtree(work, ignore_errors=True)
    # Worlds of one day are of one part.
    part = split(blocks(np.array([world.day for world in worlds])), SHARES, fitting.seed)
    training, validation, test = (
        [worlds[i] for i in np.flatnonzero(part == code)]
        for code in (TRAINING, VALIDATION, TEST)
    )  # fmt: skip
    network = new_network(training, fitting.seed)
    history = fit(
        network, loss, Examples(training, fitting.batch).shuffled,
        Examples(validation, fitting.batch).in_order, fitting, work, watch,
        made_from={"files": sums, "cell_size_m": CELL_SIZE},
    )  # fmt: skip
    model = Model(network.cpu(), NAMES, "")
    card = _card(model, worlds, part, sums, fitting, history, judged(test, model))
    write_model(out, network.state_dict(), card)
    shutil.rmtree(work)
    return read_card(out)


def require_enough(worlds: list[World], folders: Sequence[str | Path]) -> None:
    """Refuse worlds that cannot be parted.

    Raises
    ------
    ValueError
        If there are fewer days than parts.
    """
    days = len({world.day for world in worlds})
    if days < len(PARTS):
        raise ValueError(
            f"{', '.join(map(str, folders))}: {days} worlds or days of scenes with enough tracks "
            f"are too few to train, validate and test; {len(PARTS)} are needed"
        )


def new_network(worlds: list[World], seed: int) -> FreeboardNetwork:
    """Return a network that knows nothing but the mean and deviation of the covariates."""
    values = np.concatenate([world.covariates.reshape(-1, len(NAMES)) for world in worlds])
    mean, deviation = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    with seeded(seed):
        network = FreeboardNetwork(Sizes(len(NAMES)))
    network.normalise_by(torch.from_numpy(mean), torch.from_numpy(np.maximum(deviation, 1e-6)))
    return network


def loss(network: FreeboardNetwork, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Return minus the mean log likelihood of a batch's targets, and how many there are."""
    told = network(batch["covariates"].float(), batch["lead_probability"].float())
    mean, sigma = posterior(told, network.prior(), batch)
    known = batch["target"].isfinite()
    error = torch.where(known, batch["target"] - mean, 0.0)
    variance = sigma**2 + batch["target_variance"]
    each = 0.5 * (variance.log() + error**2 / variance)
    count = known.sum()
    return torch.where(known, each, 0.0).sum() / count, count


def _card(
    model: Model, worlds: list[World], part: np.ndarray, sums: dict[str, str], fitting: Fitting,
    history: History, scores: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    told = {
        name: [world.name for world, p in zip(worlds, part, strict=True) if p == code]
        for code, name in enumerate(PARTS)
    }
    options = {name: value for name, value in fitting._asdict().items() if name != "device"}
    return {
        "kind": KIND,
        "data": {"files": sums, "cell_size_m": CELL_SIZE},
        "split": {"blocked_by": "day, and simulated world"} | told,
        "normalisation": {"where": "mean and deviation of covariates lie with the weights"},
        "options": options | as_options(model.network.sizes, model.covariates),
        "scores": {"history": history._asdict(), "test": scores},
        "licence": LICENCE,
        "note": NOTE,
    }
