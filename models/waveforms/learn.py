"""Training of the network that reads echoes: collocations in, a carded model out."""

import shutil
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from ...collocate.progress import Watch, unwatched
from ..training.cards import read_card, require_place, write_model
from ..training.loop import History, fit, seeded
from ..training.splits import (
    PARTS,
    TEST,
    TRAINING,
    UNUSED,
    VALIDATION,
)
from .evaluate import best_thresholds, evaluate
from .evaluation_files import Judged
from .examples import Examples
from .losses import distance_weight, lead_weight, sequence_loss
from .model import KIND, Settings, as_options
from .network import EchoSequenceNetwork, Sizes
from .radargram import GATES
from .reading import Answers, Calibration, answers_of, calibrate, read_along
from .rival_rows import echoes_of, labels_of, rows_of
from .rows import Prediction, Rows
from .rows import taken as taken
from .sequences import (
    Cutter,
    echoes_db,
    features_of,
    statistics_of,
)
from .task import Learning as Learning
from .task import Task, prepare

#: Licence of models, and what their users must know.
LICENCE = "Apache-2.0"
NOTE = (
    "Probability and distance are as good as the labels it was trained on; where ice or "
    "instrument differ from those, they are not calibrated."
)

#: Name of the network among its rivals.
NETWORK = "network"


class Learnt(NamedTuple):
    """What became of a training."""

    card: dict[str, Any]
    examples: Examples
    part: np.ndarray  #: int8 (m,) of each row: TRAINING, VALIDATION, TEST, UNUSED
    block: np.ndarray  #: int (m,): rows of one share a scene, a track or a day
    answers: Answers  #: of all rows of validation and test, nan elsewhere
    judged: Judged  #: the test rows


def train(
    collocations: Sequence[str | Path],
    out: str | Path,
    learning: Learning = Learning(),  # noqa: B008 - cannot change
    cache: str | Path | None = None,
    resume: bool = False,
    baselines: bool = False,
    watch: Watch = unwatched,
) -> Learnt:
    """Train the network on some datasets of collocations and write the model.

    Parameters
    ----------
    collocations : sequence of path
    out : path
        Folder of the model; appears whole.  Until then the training is in ``<out>.partial``.
    learning : Learning
    cache : path, optional
        Folder for the echoes as they are learnt from; by default ``<out>.examples``.
    resume : bool
        Go on with the training in ``<out>.partial``; without it that begins anew.
    baselines : bool
        Train and score the classical classifiers on the same rows too.
    watch : Watch

    Returns
    -------
    Learnt

    Raises
    ------
    ValueError
        If the collocations cannot teach: no echoes, no leads, leads only, too few to split.
    """
    out = Path(out)
    require_place(out)
    task = prepare(collocations, learning, cache or out.with_name(out.name + ".examples"), watch)
    return teach(task, out, learning, resume, baselines, watch)


def teach(
    task: Task,
    out: Path,
    learning: Learning,
    resume: bool = False,
    baselines: bool = False,
    watch: Watch = unwatched,
) -> Learnt:
    """Train the network on what is prepared and write the model; as ``train``."""
    work = out.with_name(out.name + ".partial")
    if not resume:
        shutil.rmtree(work, ignore_errors=True)
    network = _network(task, learning)
    history = fit(
        network,
        partial(_loss, threshold_m=learning.lead_distance_m),
        _cutter(task, TRAINING, learning).shuffled,
        _cutter(task, VALIDATION, learning).in_order,
        learning.fitting,
        work,
        watch,
        made_from=_told(task, learning),
    )
    asked = (task.part == VALIDATION) | (task.part == TEST)
    raw = read_rows(network.cpu(), task, asked, learning.sequence)
    calibration = _calibration(raw, task, learning.lead_distance_m)
    answers = answers_of(raw, calibration, np.isnan(raw[:, 0]))
    judged = _judged(answers, task, learning, baselines)
    settings = Settings(
        learning.lead_distance_m, learning.sequence, learning.packed, task.kinds, task.names,
        network.sizes, calibration,
    )  # fmt: skip
    write_model(out, network.state_dict(), _card(task, learning, settings, history, judged))
    shutil.rmtree(work)
    return Learnt(read_card(out), task.examples, task.part, task.block, answers, judged)


def read_rows(
    network: EchoSequenceNetwork, task: Task, wanted: np.ndarray, length: int
) -> np.ndarray:
    """Return the network's numbers (m, 3) of the meetings of wanted rows, nan elsewhere."""
    inputs, meeting = task.inputs, task.examples.meeting
    raw = np.full((meeting.size, 3), np.nan, dtype=np.float32)
    bounds = np.flatnonzero(np.diff(meeting, prepend=-1, append=meeting[-1:] + 1))
    for start, stop in pairwise(bounds):
        rows, kind = np.arange(start, stop), int(inputs.kind[start])
        if not wanted[rows].any():
            continue
        echo = echoes_db(inputs, rows)
        told = (features_of(inputs, rows), inputs.step[rows])
        numbers = read_along(network, echo, *told, kind, length)
        raw[rows] = np.where(np.isfinite(echo).any(axis=1)[:, None], numbers, np.nan)
    return raw


def prediction_of(answers: Answers) -> Prediction:
    """Return answers as scores are made of them."""
    return Prediction(answers.probability, answers.distance, answers.low, answers.high)


def _network(task: Task, learning: Learning) -> EchoSequenceNetwork:
    seed, kinds = learning.fitting.seed, len(task.kinds)
    with seeded(seed):
        network = EchoSequenceNetwork(Sizes(GATES, len(task.names), kinds))
    rows = np.flatnonzero(task.part == TRAINING)
    network.normalise_by(statistics_of(task.inputs, rows, kinds, seed))
    return network


def _cutter(task: Task, part: int, learning: Learning) -> Cutter:
    rows = np.flatnonzero(task.part == part)
    meeting = task.examples.meeting[rows]
    length, batch = learning.sequence, learning.fitting.batch
    return Cutter(task.inputs, task.labels, rows, meeting, length, batch)


def _loss(
    network: EchoSequenceNetwork, batch: dict[str, torch.Tensor], threshold_m: float
) -> tuple[torch.Tensor, torch.Tensor]:
    inputs = (batch[name] for name in ("power", "features", "step", "kind"))
    return sequence_loss(network(*inputs), batch, threshold_m)


def _calibration(raw: np.ndarray, task: Task, threshold_m: float) -> Calibration:
    rows = np.flatnonzero((task.part == VALIDATION) & np.isfinite(raw[:, 0]))
    some = {name: torch.from_numpy(values[rows]) for name, values in task.labels.items()}
    return calibrate(raw[rows], some, lead_weight(some, threshold_m), distance_weight(some))


def _judged(answers: Answers, task: Task, learning: Learning, baselines: bool) -> Judged:
    """Return what is said of the test rows, by the classical classifiers too if wanted, and scores.

    Where a predictor must decide, it does so at its best threshold of the validation rows.
    """
    said = {NETWORK: prediction_of(answers)}
    if baselines:
        said |= rivals(task, learning)

    def of_part(part: int) -> tuple[dict[str, Prediction], Rows, np.ndarray]:
        rows = np.flatnonzero(task.part == part)
        given = {name: taken(each, rows) for name, each in said.items()}
        block = task.block[rows]
        return given, rows_of(task.examples, rows, learning.lead_distance_m, block), rows

    thresholds = best_thresholds(*of_part(VALIDATION)[:2])
    given, judged, rows = of_part(TEST)
    scores = evaluate(
        given,
        judged,
        thresholds=thresholds,
        lead_distance=learning.lead_distance_m,
        against=NETWORK,
    )
    return Judged(scores, given, judged, rows)


def rivals(task: Task, learning: Learning) -> dict[str, Prediction]:
    """Return what the classical classifiers, trained on the same rows, say of all rows."""
    from .baselines import baselines  # scikit-learn takes its time to load

    rows = np.flatnonzero(task.part != UNUSED)
    labels = labels_of(task.examples, rows, learning.lead_distance_m, task.part[rows])
    found = baselines(echoes_of(task.examples, rows), labels, learning.fitting.seed)
    places = np.zeros(task.part.size, dtype=np.int64)
    places[rows] = np.arange(rows.size)
    return {name: taken(each, places) for name, each in found.items()}


def _told(task: Task, learning: Learning) -> dict[str, Any]:
    """Return what decides the weights beside the fitting, as JSON has it."""
    options = {name: value for name, value in learning._asdict().items() if name != "fitting"}
    return options | {"collocations": task.examples.sources}


def _card(
    task: Task,
    learning: Learning,
    settings: Settings,
    history: History,
    judged: Judged,
) -> dict[str, Any]:
    fitting = {n: v for n, v in learning.fitting._asdict().items() if n != "device"}
    told = _told(task, learning)
    sources = told.pop("collocations")
    return {
        "kind": KIND,
        "data": {"collocations": sources, "lead_distances_m": task.examples.lead_distances},
        "split": _split_told(task),
        "normalisation": {"where": "mean and deviation per kind and gate lie with the weights"},
        "options": told | fitting | as_options(settings),
        "scores": {"history": history._asdict(), "test": judged.scores},
        "licence": LICENCE,
        "note": NOTE,
    }


def _split_told(task: Task) -> dict[str, Any]:
    rows = task.examples
    told: dict[str, Any] = {"blocked_by": "scene, track and day"}
    for code, name in enumerate(PARTS):
        here = task.part == code
        scenes, tracks = (
            np.unique(ids[here]) for ids in (task.examples.scene, task.examples.track)
        )
        told[name] = {
            "rows": int(here.sum()),
            "blocks": np.unique(task.block[here]).size,
            "scenes": sorted(rows.scene_ids[scenes].tolist()),
            "tracks": sorted(rows.track_ids[tracks].tolist()),
        }
    return told
