"""Examples cut into sequences along the track, as batches for the network."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from .examples import MISSIONS, MODES, Examples, decibel
from .losses import USELESS
from .network import Statistics

#: Kinds of echo, each with statistics of its own: both Sentinel-3 are one instrument.
KINDS = ("al_lrm", "c2_lrm", "c2_sar", "c2_sarin", "s3_lrm", "s3_sar")

#: Features that need gain or tracker undone, and are left where the packing is not; the network
#: is given all others as well as the echo, since they say more of the native gates than the
#: common axis keeps.
ABSOLUTE = (
    "edge_above_reference_m",
    "maximum_power_db",
    "ocog_amplitude_db",
    "ocog_centre_m",
    "peak_delay_m",
    "power_at_reference_db",
    "sigma0_db",
)

#: Share of training sequences that lose all features that only some products have, so that the
#: network can do without.
WITHOUT_PRODUCT = 0.3
OF_PRODUCTS = ("stack_standard_deviation", "stack_kurtosis", "stack_skewness")

#: Rows that statistics are taken of, for each kind.
STATISTICS_ROWS = 50_000

#: Smallest standard deviation that anything is divided by: 1 dB, and next to nothing.
SMALLEST_POWER_DEVIATION, SMALLEST_DEVIATION = 1.0, 1e-3

#: Step along the track of a kind that never has two records in a row [m].
USUAL_STEP_M = 300.0

#: Labels of a batch beside ``p_lead``.
LABELS = (
    "distance_to_lead_m",
    "distance_low_m",
    "distance_high_m",
    "distance_censored",
    "position_sigma_m",
    "quality_flag",
)


class Inputs(NamedTuple):
    """What the network reads of each record; arrays (n, ...)."""

    echo: np.ndarray  #: (n, GATES) power in dB, or linear packed echo; nan where missing
    packed: bool  #: which of the two
    features: np.ndarray  #: (n, ...) float32, of which ``columns`` are read
    columns: tuple[int, ...]
    optional: tuple[int, ...]  #: those of ``columns``, by place, that not all products have
    step: np.ndarray  #: float32, metres from the record before; nan for the first of a meeting
    kind: np.ndarray  #: int64, place in the model's kinds


def kind_of(mission: str, mode: str) -> str:
    """Return the kind of echo of a mission's mode."""
    return f"{'s3' if mission.startswith('s3') else mission}_{mode.lower()}"


def kind_codes(examples: Examples) -> np.ndarray:
    """Return the kind of echo (m,) of each row: its place in KINDS, -1 for none of them."""
    known = {name: place for place, name in enumerate(KINDS)}
    table = np.array([[known.get(kind_of(s, m), -1) for m in MODES] for s in MISSIONS])
    return table[examples.mission, examples.mode]


def wanted_features(names: tuple[str, ...], packed: bool) -> tuple[str, ...]:
    """Return those of some features that the network is given."""
    return tuple(name for name in names if not (packed and name in ABSOLUTE))


def inputs_of(
    examples: Examples, kinds: tuple[str, ...], names: tuple[str, ...], packed: bool
) -> Inputs:
    """Return the inputs of all rows; ``kind`` is -1 for those that are none of ``kinds``."""
    places = np.array([kinds.index(k) if k in kinds else -1 for k in KINDS])
    columns = tuple(examples.feature_names.index(name) for name in names)
    step = np.diff(examples.along, prepend=np.nan).astype(np.float32)
    step[np.diff(examples.meeting, prepend=-1) != 0] = np.nan
    return Inputs(
        examples.packed if packed else examples.power_db,
        packed,
        examples.features,
        columns,
        tuple(place for place, name in enumerate(names) if name in OF_PRODUCTS),
        step,
        places[kind_codes(examples)],
    )


def statistics_of(inputs: Inputs, rows: np.ndarray, kinds: int, seed: int) -> Statistics:
    """Return mean and standard deviation of the inputs of some rows, for each kind.

    Of many rows a random part is taken.  What a kind never has gets mean 0 and deviation 1.
    """
    random = np.random.default_rng(seed)
    tables = []
    for kind in range(kinds):
        own = rows[inputs.kind[rows] == kind]
        if own.size > STATISTICS_ROWS:
            own = np.sort(random.choice(own, STATISTICS_ROWS, replace=False))
        echo = _moments(echoes_db(inputs, own), SMALLEST_POWER_DEVIATION)
        features = _moments(features_of(inputs, own), SMALLEST_DEVIATION)
        steps = inputs.step[own]
        steps = steps[np.isfinite(steps)]
        usual = np.median(steps) if steps.size else USUAL_STEP_M
        tables.append((*echo, *features, max(usual, 1.0)))
    return Statistics(
        *(torch.tensor(np.array(t), dtype=torch.float32) for t in zip(*tables, strict=True))
    )


def windows(meeting: np.ndarray, length: int, phases: np.ndarray) -> np.ndarray:
    """Return windows (w, 2) of rows, first and beyond the last, that cover meetings.

    Parameters
    ----------
    meeting : array (n,)
        Number of the meeting of each row; rows of one stand together.
    length : int
        Of windows; meetings shorter than that are one window.
    phases : array (meetings,), int, 0 <= phase < length
        Where the second window of each meeting begins.
    """
    starts = np.flatnonzero(np.diff(meeting, prepend=meeting[:1] - 1))
    stops = np.append(starts[1:], meeting.size)
    found = []
    for start, stop, phase in zip(starts, stops, phases, strict=True):
        begin = np.arange(start - (length - phase) % length, stop, length)
        begin = np.unique(np.clip(begin, start, max(stop - length, start)))
        found.append(np.stack([begin, np.minimum(begin + length, stop)], axis=-1))
    return np.concatenate(found)


class Cutter(NamedTuple):
    """Cuts the rows of one part of the split into batches."""

    inputs: Inputs
    labels: dict[str, np.ndarray]  #: (n,), those of LABELS and ``p_lead``
    rows: np.ndarray  #: of the part, in order
    meeting: np.ndarray  #: (rows,)
    length: int  #: of sequences
    batch: int  #: sequences in a batch

    def shuffled(self, epoch: int, random: np.random.Generator) -> Iterator[dict[str, Tensor]]:
        """Give batches cut anywhere, half of them flown backwards, in random order.

        Ice does not know which way it is overflown, so a pass read backwards is another pass.
        """
        count = np.unique(self.meeting).size
        cuts = windows(self.meeting, self.length, random.integers(0, self.length, count))
        random.shuffle(cuts)
        for first in range(0, len(cuts), self.batch):
            some = cuts[first : first + self.batch]
            backwards = random.random(len(some)) < 0.5
            index, step = self._index(some, backwards)
            poor = random.random(len(some)) < WITHOUT_PRODUCT
            yield self._batch(index, step, poor)

    def in_order(self) -> Iterator[dict[str, Tensor]]:
        """Give the same batches each time, all rows once or, at the end of a meeting, twice."""
        count = np.unique(self.meeting).size
        cuts = windows(self.meeting, self.length, np.zeros(count, dtype=int))
        for first in range(0, len(cuts), self.batch):
            some = cuts[first : first + self.batch]
            index, step = self._index(some, np.zeros(len(some), dtype=bool))
            yield self._batch(index, step, np.zeros(len(some), dtype=bool))

    def _index(self, cuts: np.ndarray, backwards: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return rows (b, length), -1 beyond the end, and the step to each from the one before."""
        place = np.arange(self.length)
        there = place < (cuts[:, 1] - cuts[:, 0])[:, None]
        forward = cuts[:, :1] + place
        index = np.where(backwards[:, None], cuts[:, 1:] - 1 - place, forward)
        # Backwards the step is that from the record after, which in the file is its own.
        source = np.where(backwards[:, None], index + 1, index)
        first = backwards[:, None] & (place == 0)
        rows = np.where(there, self.rows[np.where(there, index, 0)], -1)
        steps = self.inputs.step[self.rows[np.where(there & ~first, source, 0)]]
        return rows, np.where(there & ~first, steps, np.nan).astype(np.float32)

    def _batch(self, index: np.ndarray, step: np.ndarray, poor: np.ndarray) -> dict[str, Tensor]:
        there = index >= 0
        some = np.where(there, index, index[:, :1])
        features = features_of(self.inputs, some)
        for place in self.inputs.optional:
            features[poor, :, place] = np.nan
        echo = echoes_db(self.inputs, some)
        echo[~there], features[~there] = np.nan, np.nan
        flag = np.where(there, self.labels["quality_flag"][some], USELESS)
        arrays = {
            "power": echo,
            "features": features,
            "step": step,
            "kind": self.inputs.kind[index[:, :1]],
            **{name: values[some] for name, values in self.labels.items()},
            "quality_flag": flag,
        }
        return {name: torch.from_numpy(np.ascontiguousarray(v)) for name, v in arrays.items()}


def features_of(inputs: Inputs, rows: np.ndarray) -> np.ndarray:
    """Return the features of some rows."""
    return np.asarray(inputs.features[rows], dtype=np.float32)[..., list(inputs.columns)]


def echoes_db(inputs: Inputs, rows: np.ndarray) -> np.ndarray:
    """Return the echoes of some rows in dB, float32."""
    echo = np.asarray(inputs.echo[rows], dtype=np.float32)
    return decibel(echo) if inputs.packed else echo


def _moments(values: np.ndarray, smallest: float) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of columns; 0 and 1 where there is nothing."""
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0, dtype=np.float64) / count
    square = np.where(known, (values - mean) ** 2, 0.0).sum(axis=0, dtype=np.float64) / count
    deviation = np.where(known.any(axis=0), np.maximum(np.sqrt(square), smallest), 1.0)
    return mean, deviation
