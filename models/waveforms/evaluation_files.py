"""An evaluation as files beside its model: scores, tables and figures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...drawing.saving import save_figure
from ...products.beside import written_beside
from .evaluate import table, table_by_stratum, write_scores
from .examples import Examples
from .figures import plot_distances, plot_reliability, plot_roc
from .pass_figure import plot_pass
from .radargram import Radargram
from .rows import Prediction, Rows, taken

#: Predictors that are drawn: the network's nearest rivals, and what is used in their place.
DRAWN = (
    "network",
    "boosting with neighbours",
    "boosting",
    "random forest",
    "peakiness",
    "awi",
    "legos",
)
#: Scores that are tabulated by stratum.
TABULATED = ("auc", "false_alarms_at_95_percent", "median_over_floor", "coverage")


class Judged(NamedTuple):
    """What predictors said of the test rows, and how good it was."""

    scores: dict[str, Any]  #: of ``evaluate``
    predictions: Mapping[str, Prediction]  #: arrays (n,)
    rows: Rows  #: (n,)
    places: np.ndarray  #: (n,) int: the rows' places among the examples


def write_evaluation(judged: Judged, examples: Examples, folder: Path) -> None:
    """Write ``scores.json``, ``scores.txt`` and figures into a folder; it is made if need be."""
    folder.mkdir(exist_ok=True)
    write_scores(judged.scores, folder / "scores.json")
    with written_beside(folder / "scores.txt") as part:
        Path(part).write_text(tables(judged.scores) + "\n")
    drawn = drawn_of(judged)
    for name, plot in (
        ("roc", plot_roc), ("reliability", plot_reliability), ("distances", plot_distances)
    ):  # fmt: skip
        save_figure(plot(drawn, judged.rows), folder / f"{name}.png")
    here = telling_pass(judged.rows.lead, examples.meeting[judged.places])
    (first, *_) = drawn.values()
    seen = seen_again(examples, judged.places[here])
    rows = Rows(*(column[here] for column in judged.rows))
    figure = plot_pass(seen, taken(first, here), judged.scores["lead_distance_m"], rows)
    save_figure(figure, folder / "pass.png")


def drawn_of(judged: Judged) -> dict[str, Prediction]:
    """Return the predictions that are drawn, the network's first."""
    return {name: judged.predictions[name] for name in DRAWN if name in judged.predictions}


def tables(scores: Mapping[str, Any]) -> str:
    """Return scores of all rows, and some of them by stratum, as text."""
    return "\n\n".join([table(scores), *(table_by_stratum(scores, name) for name in TABULATED)])


def telling_pass(lead: np.ndarray, meeting: np.ndarray) -> np.ndarray:
    """Return the places of the meeting in which leads and ice change most often.

    Parameters
    ----------
    lead : array (n,), float
        Probability of a lead; nan where not known.
    meeting : array (n,), int, never falling
    """
    change = np.diff((lead >= 0.5).astype(np.int8), prepend=0) != 0
    change &= np.diff(meeting, prepend=-1) == 0
    numbers, which = np.unique(meeting, return_inverse=True)
    changes = np.bincount(which, change, numbers.size)
    return np.flatnonzero(which == np.argmax(changes))


def seen_again(examples: Examples, rows: np.ndarray) -> Radargram:
    """Return the radargram of some rows of one meeting; what examples do not keep is nan."""
    power = np.power(10.0, 0.1 * examples.power_db[rows].astype(np.float32))
    unknown = np.full(rows.size, np.nan)
    along = np.asarray(examples.along[rows], dtype=np.float64)
    return Radargram(power, examples.packed[rows], unknown, unknown, along)
