"""Every predictor on the same rows: scores with intervals, by stratum, as JSON and as a table."""

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...products.beside import written_beside
from .distance_scores import DISTANCE_SCORES, distance_scores, distance_sums
from .rows import Prediction as Prediction
from .rows import Rows as Rows
from .rows import taken
from .scores import (
    LEAD_SCORES,
    RANKS,
    LeadSums,
    best_threshold,
    draw_blocks,
    interval,
    lead_scores,
    lead_sums,
    redrawn,
)

#: A lead farther than this was not looked for [m]; a truth beyond is "at least this".
REACH = 10_000.0
#: Limits of the bins: of lag [min], position sigma, distance and lead width [m].
LAGS = (0.0, 15.0, 60.0, 180.0)
POSITION_SIGMAS = (0.0, 100.0, 200.0, 350.0, np.inf)
DISTANCES = (0.0, 700.0, 4000.0, REACH)
LEAD_WIDTHS = (0.0, 100.0, 200.0, 500.0, np.inf)
#: Scores whose difference between predictors is given, drawn from the same blocks.
COMPARED = ("auc", "average_precision", "false_alarms_at_95_percent", "brier", "ece", "rmse_m")


class Stratum(NamedTuple):
    """Rows by which the two kinds of scores are judged; bool (n,)."""

    ranking: np.ndarray
    distance: np.ndarray


def with_truth(rows: Rows, truth: np.ndarray, lead_distance: float) -> Rows:
    """Return rows judged by the truth of a simulated world instead of by labels.

    Parameters
    ----------
    rows : Rows
    truth : array (n,), float
        True distances to the closest lead [m]; nan where not known.
    lead_distance : float
        What is nearer counts as a lead [m].
    """
    lead = np.where(np.isfinite(truth), truth < lead_distance, np.nan)
    return rows._replace(lead=lead, distance=np.minimum(truth, REACH), censored=truth >= REACH)


def strata(rows: Rows) -> dict[str, Stratum]:
    """Return the rows of each stratum that holds any.

    Lag, position sigma and mission part all rows.  A ranking needs leads and others: a bin of
    lead width holds the leads of that width and all others, a bin of distance the others at that
    distance and all leads; distances themselves are judged by the rows of the bin alone.
    """
    event = rows.lead >= 0.5
    known = np.isfinite(rows.lead)
    every = np.ones(event.size, dtype=bool)
    found = {"all": Stratum(every, every)}
    for name, here in _binned("lag", np.abs(rows.lag_s) / 60.0, LAGS, "min").items():
        found[name] = Stratum(here, here)
    for name, here in _binned("sigma", rows.position_sigma_m, POSITION_SIGMAS, "m").items():
        found[name] = Stratum(here, here)
    for name, here in _binned("distance", rows.distance, DISTANCES, "m").items():
        found[name] = Stratum(here | event, here)
    for name, here in _binned("width", rows.lead_width_m, LEAD_WIDTHS, "m").items():
        found[name] = Stratum(np.where(event, here, known), here)
    for mission in np.unique(rows.mission):
        here = rows.mission == mission
        found[f"mission {mission}"] = Stratum(here, here)
    return found


def best_thresholds(predictions: Mapping[str, Prediction], rows: Rows) -> dict[str, float]:
    """Return the threshold of highest F1 of each predictor, to be taken on validation rows."""
    known = np.isfinite(rows.lead)
    event = rows.lead[known] >= 0.5
    return {
        name: best_threshold(prediction.probability[known], event)
        for name, prediction in predictions.items()
    }


def evaluate(
    predictions: Mapping[str, Prediction],
    rows: Rows,
    *,
    thresholds: Mapping[str, float] | None = None,
    truth: np.ndarray | None = None,
    lead_distance: float = 500.0,
    against: str | None = None,
    replicates: int = 200,
    seed: int = 0,
) -> dict[str, Any]:
    """Return the scores of every predictor in every stratum, ready for JSON.

    Parameters
    ----------
    predictions : mapping of predictor's name to Prediction
        Arrays (n,).
    rows : Rows
        Arrays (n,).  A lead is a row of probability 0.5 or more.
    thresholds : mapping of name to float, optional
        From which probability a predictor calls leads (``best_thresholds`` of the validation
        rows); 0.5 if not given.  A prediction's own decision comes first.
    truth : array (n,), float, optional
        True distances [m] of a simulated world: they replace the labels.
    lead_distance : float
        What is nearer counts as a lead [m].
    against : str, optional
        Name of the predictor from which the others' differences are taken.
    replicates : int
        Draws of blocks, of which the 95 % intervals come; without two blocks there are none.
    seed : int

    Returns
    -------
    dict
        ``judged_by``, ``lead_distance_m``, and ``strata``: name -> ``rows``, ``leads``, ``blocks``
        and ``predictors``: name -> ``rows`` (those it says something of), each score as
        ``[value, low, high]``, and ``worse_by``: score -> the same of its difference to
        ``against``, positive where this predictor is the worse.  None where there is no value.
    """
    judged = rows if truth is None else with_truth(rows, truth, lead_distance)
    thresholds = thresholds or {}
    found = {}
    for name, stratum in strata(judged).items():
        which = np.flatnonzero(stratum.ranking | stratum.distance)
        here = Rows(*(values[which] for values in judged))
        inside = Stratum(stratum.ranking[which], stratum.distance[which])
        blocks, block = np.unique(here.block, return_inverse=True)
        here = here._replace(block=block)
        drawn = draw_blocks(blocks.size, replicates if blocks.size > 1 else 0, seed)
        scores = {
            predictor: _scores(
                taken(said, which), here, inside, thresholds.get(predictor, 0.5), drawn
            )
            for predictor, said in predictions.items()
        }
        ranked = inside.ranking & np.isfinite(here.lead)
        found[name] = {
            "rows": int(which.size),
            "leads": int((here.lead[ranked] >= 0.5).sum()),
            "blocks": int(blocks.size),
            "predictors": {p: _entry(s, scores.get(against or "")) for p, s in scores.items()},
        }
    return {
        "judged_by": "labels" if truth is None else "truth of the simulated world",
        "lead_distance_m": lead_distance,
        "replicates": replicates,
        "strata": found,
    }


def table(result: Mapping[str, Any], stratum: str = "all") -> str:
    """Return the scores of one stratum as text, a line a predictor."""
    here = result["strata"][stratum]
    head = f"{stratum}: {here['rows']} rows, {here['leads']} leads, {here['blocks']} blocks"
    names = [*LEAD_SCORES, *DISTANCE_SCORES]
    lines = [[_SHORT.get(name, name) for name in ("predictor", "rows", *names)]]
    for predictor, entry in here["predictors"].items():
        cells = [_cell(name, entry.get(name)) for name in names]
        lines.append([predictor, str(entry["rows"]), *cells])
    return head + "\n" + _aligned(lines)


def table_by_stratum(result: Mapping[str, Any], score: str) -> str:
    """Return one score of all predictors as text, a line a stratum, the best with a star."""
    predictors = list(result["strata"]["all"]["predictors"])
    meaning = (LEAD_SCORES | DISTANCE_SCORES)[score]
    lines = [["stratum", "rows", "leads", *predictors]]
    for name, here in result["strata"].items():
        cells = [here["predictors"][p].get(score) for p in predictors]
        lines.append(
            [name, str(here["rows"]), str(here["leads"]), *(_cell(score, cell) for cell in cells)]
        )
    return f"{score}: {meaning}\n" + _aligned(lines)


def write_scores(result: Mapping[str, Any], path: str | Path) -> None:
    """Write what ``evaluate`` returned as JSON, beside its name and then renamed."""
    with written_beside(path) as part:
        Path(part).write_text(json.dumps(result, indent=1, allow_nan=False) + "\n")


#: Heads of the table's columns.
_SHORT = {
    "average_precision": "AP", "auc": "AUC", "recall_at_1_percent": "TPR@1%",
    "recall_at_3_percent": "TPR@3%", "false_alarms_at_95_percent": "FAR@95%", "f1": "F1",
    "recall": "TPR", "false_alarms": "FAR", "brier": "Brier", "ece": "ECE", "bias_m": "bias m",
    "mae_m": "MAE m", "rmse_m": "RMSE m", "rmse_over_floor": "RMSE/floor",
    "median_over_floor": "median/floor", "coverage": "cov 68%", "interval_m": "interval m",
}  # fmt: skip


def _binned(
    what: str, values: np.ndarray, limits: tuple[float, ...], unit: str
) -> dict[str, np.ndarray]:
    """Return the rows of each bin that has any; the last limit belongs to the last bin."""
    bins = {}
    for low, high in pairwise(limits):
        here = (values >= low) & ((values < high) | ((values == high) & (high == limits[-1])))
        until = f"{low:g}-{high:g}" if np.isfinite(high) else f"over {low:g}"
        if here.any():
            bins[f"{what} {until} {unit}"] = here
    return bins


def _scores(
    said: Prediction, rows: Rows, inside: Stratum, threshold: float, drawn: np.ndarray
) -> dict[str, tuple[float, np.ndarray]]:
    """Return value and replicates of every score, and the number of rows judged."""
    ranked = inside.ranking & np.isfinite(rows.lead) & np.isfinite(said.probability)
    found = {"rows": (float(ranked.sum()), np.zeros(0))}
    if ranked.any():
        found |= _lead_scores(
            taken(said, ranked), rows.lead[ranked] >= 0.5, rows.block[ranked], threshold, drawn
        )
    if said.distance is not None:
        given = inside.distance & np.isfinite(rows.distance) & np.isfinite(said.distance)
        if given.any():
            found |= _distance_scores(taken(said, given), rows, given, drawn)
    return found


def _lead_scores(
    said: Prediction, event: np.ndarray, block: np.ndarray, threshold: float, drawn: np.ndarray
) -> dict[str, tuple[float, np.ndarray]]:
    called = said.probability >= threshold if said.called is None else said.called
    exact = lead_scores(LeadSums(*(s[0] for s in lead_sums(said.probability, event, called))))
    coarse = _padded(lead_sums(said.probability, event, called, block=block, ranks=RANKS), drawn)
    again = lead_scores(LeadSums(*redrawn(coarse, drawn)))
    return {name: (float(exact[name]), again[name]) for name in LEAD_SCORES}


def _distance_scores(
    said: Prediction, rows: Rows, given: np.ndarray, drawn: np.ndarray
) -> dict[str, tuple[float, np.ndarray]]:
    bounds = said.low is not None and said.high is not None
    ends = (said.low, said.high) if bounds else (said.distance, said.distance)
    middle, low, high = (
        np.maximum(np.asarray(d, dtype=np.float64), 0.0) for d in (said.distance, *ends)
    )
    truth, censored, mission = rows.distance[given], rows.censored[given], rows.mission[given]
    sums = distance_sums((middle, low, high), truth, censored, mission, block=rows.block[given])
    exact = distance_scores(type(sums)(*(s.sum(0) for s in sums)))
    again = distance_scores(type(sums)(*redrawn(_padded(sums, drawn), drawn)))
    names = [n for n in DISTANCE_SCORES if bounds or n not in ("coverage", "interval_m")]
    return {name: (float(exact[name]), again[name]) for name in names}


def _padded(sums: Any, drawn: np.ndarray) -> Any:
    """Return sums with rows of zeros for the last blocks, where nothing is said of any row."""
    lacking = drawn.shape[1] - sums[0].shape[0]
    return type(sums)(*(np.pad(s, [(0, lacking)] + [(0, 0)] * (s.ndim - 1)) for s in sums))


#: Scores of which more is better.
_MORE_IS_BETTER = ("auc", "average_precision")


def _entry(
    scores: dict[str, tuple[float, np.ndarray]],
    reference: dict[str, tuple[float, np.ndarray]] | None,
) -> dict[str, Any]:
    entry: dict[str, Any] = {"rows": int(scores["rows"][0])}
    entry |= {name: _with_interval(*pair) for name, pair in scores.items() if name != "rows"}
    if reference is None or reference is scores:
        return entry
    entry["worse_by"] = {}
    for name in COMPARED:
        if name in scores and name in reference:
            sign = -1.0 if name in _MORE_IS_BETTER else 1.0
            (value, again), (its_value, its_again) = scores[name], reference[name]
            entry["worse_by"][name] = _with_interval(
                sign * (value - its_value), sign * (again - its_again)
            )
    return entry


def _with_interval(value: float, replicates: np.ndarray) -> list[float | None]:
    return [float(v) if np.isfinite(v) else None for v in (value, *interval(replicates))]


def _cell(name: str, entry: list[float | None] | None) -> str:
    if entry is None or entry[0] is None:
        return "-"
    return f"{entry[0]:.0f}" if name.endswith("_m") else f"{entry[0]:.3f}"


def _aligned(lines: list[list[str]]) -> str:
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            [
                line[0].ljust(widths[0]),
                *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True)),
            ]
        )
        for line in lines
    )
