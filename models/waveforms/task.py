"""What some collocations can teach: inputs, labels and the parts of the split."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...collocate.progress import Watch
from ..training.loop import Fitting
from ..training.splits import PARTS, TRAINING, UNUSED, Box, blocks, held_out, split
from .examples import Examples, open_examples
from .sequences import KINDS, LABELS, Inputs, inputs_of, kind_codes, wanted_features

#: A record counts as lead, or as not lead, where its label is on that side of it.
EVEN = 0.5


class Learning(NamedTuple):
    """How to train."""

    lead_distance_m: float = 500.0  #: the probability learnt is that of a lead nearer than this
    sequence: int = 64  #: records along the track; 1 reads single echoes
    hard_labels: bool = False  #: round probabilities, and take distances as exact
    packed: bool = False  #: echoes as the product packs them, gain and tracker left in
    winters: tuple[int, ...] = ()  #: held out for the test: 2019 is from July 2019 to June 2020
    regions: tuple[str | Box, ...] = ()  #: held out likewise
    fitting: Fitting = Fitting()


class Task(NamedTuple):
    """What is there to learn; arrays (m,)."""

    examples: Examples
    inputs: Inputs
    labels: dict[str, np.ndarray]  #: what the loss looks at, by the name in a batch
    part: np.ndarray  #: int8 of each row: TRAINING, VALIDATION, TEST, UNUSED
    block: np.ndarray  #: int: rows of one share a scene, a track or a day
    kinds: tuple[str, ...]  #: of echo that are trained on
    names: tuple[str, ...]  #: of the features


def prepare(
    collocations: Sequence[str | Path], learning: Learning, cache: str | Path, watch: Watch
) -> Task:
    """Return what some collocations can teach.

    Raises
    ------
    ValueError
        As ``train``.
    """
    examples = open_examples(collocations, cache, watch)
    require_both(
        lead_labels(examples, learning.lead_distance_m), examples, learning.lead_distance_m
    )
    return task_of(examples, learning, *parts_of(examples, learning))


def task_of(examples: Examples, learning: Learning, part: np.ndarray, block: np.ndarray) -> Task:
    """Return what rows can teach, of which the part and the block (m,) are known.

    Raises
    ------
    ValueError
        As ``train``.
    """
    label = lead_labels(examples, learning.lead_distance_m)
    kinds = _kinds(examples, part)
    names = wanted_features(examples.feature_names, learning.packed)
    inputs = inputs_of(examples, kinds, names, learning.packed)
    part = np.where(inputs.kind < 0, UNUSED, part).astype(np.int8)
    for code, name in enumerate(PARTS):
        if not (part == code).any():
            raise ValueError(
                f"{', '.join(examples.sources)}: the {name} part has no kind of echo that is "
                "trained on; take another seed, or collocate more"
            )
    labels = _labels(examples, label, learning.hard_labels)
    return Task(examples, inputs, labels, part, block, kinds, names)


def lead_labels(examples: Examples, distance_m: float) -> np.ndarray:
    """Return P(distance < ``distance_m``) of all rows, float32.

    Raises
    ------
    ValueError
        If the collocations were not labelled for that distance.
    """
    if distance_m not in examples.lead_distances:
        known = ", ".join(f"{d:g}" for d in examples.lead_distances)
        raise ValueError(
            f"the collocations have no probability of a lead within {distance_m:g} m, only within "
            f"{known} m; choose one of these, or collocate with --lead-distance"
        )
    return examples.p_lead[:, examples.lead_distances.index(distance_m)]


def require_both(label: np.ndarray, examples: Examples, distance_m: float) -> None:
    """Refuse labels from which no difference can be learnt.

    Raises
    ------
    ValueError
    """
    paths = ", ".join(examples.sources)
    known = label[np.isfinite(label)]
    if not (known >= EVEN).any():
        raise ValueError(
            f"{paths}: no record has a lead within {distance_m:g} m; there is nothing to learn"
        )
    if not (known < EVEN).any():
        raise ValueError(
            f"{paths}: every record has a lead within {distance_m:g} m; nothing shows how echoes "
            "look elsewhere"
        )


def parts_of(examples: Examples, learning: Learning) -> tuple[np.ndarray, np.ndarray]:
    """Return the part, int8 (m,), and the block, int (m,), of each row.

    Rows that share a scene, a track or a day are in one block, and blocks in one part.  What is
    held out by winter or region is the test, with all that shares a block with it left out of
    training and validation.
    """
    day = examples.time.astype("datetime64[D]").astype(np.int64)
    block = blocks(examples.scene, examples.track, day)
    held = None
    if learning.winters or learning.regions:
        held = held_out(
            examples.time, examples.longitude, examples.latitude, learning.winters, learning.regions
        )
    return split(block, seed=learning.fitting.seed, held=held), block


def _kinds(examples: Examples, part: np.ndarray) -> tuple[str, ...]:
    """Return the kinds of echo that there is anything to learn of."""
    found = np.unique(kind_codes(examples)[part == TRAINING])
    return tuple(KINDS[place] for place in found if place >= 0)


def _labels(examples: Examples, label: np.ndarray, hard: bool) -> dict[str, np.ndarray]:
    """Return what the loss looks at, by the name in a batch."""
    labels = {name: getattr(examples, name) for name in LABELS}
    if not hard:
        return {"p_lead": label, **labels}
    distance = labels["distance_to_lead_m"]
    exact = {"distance_low_m": distance, "distance_high_m": distance}
    rounded = np.where(np.isfinite(label), label >= EVEN, np.nan).astype(np.float32)
    sure = np.where(np.isfinite(labels["position_sigma_m"]), 0.0, np.nan).astype(np.float32)
    return {"p_lead": rounded, **labels, **exact, "position_sigma_m": sure}
