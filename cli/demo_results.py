"""The five results of a demonstration, each beside the baseline it should beat."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ..collocate.opening import open_collocations
from ..simulate.scores import collocation_scores

#: The predictor and the method of mapping that are iceco's own; all others are baselines.
NETWORK = "network"
WITHOUT_DRIFT = "without drift"
#: Share that an interval of one sigma to either side should hold [%].
HONEST = 68.3


class Result(NamedTuple):
    """A figure beside the best of its baselines."""

    what: str
    value: float
    baseline: float
    baseline_name: str
    digits: int
    wins: bool


def results(folder: Path) -> list[Result]:
    """Return what a finished demonstration found.

    The first two are judged by the truth of the simulated world, the third by labels of days that
    nothing was learnt from, the last two by simulated SWOT.
    """
    (truth,) = (folder / "world" / "truth").iterdir()
    places = {NETWORK: "collocations", WITHOUT_DRIFT: "collocations-without-drift"}
    placed = {
        name: collocation_scores(open_collocations(folder / place), truth)
        for name, place in places.items()
    }
    taught = _read(folder / "model/evaluation/scores.json")["strata"]["all"]["predictors"]
    mapped = _read(folder / "map.validation/scores.json")["swot"]["resolutions"]["2 km"]["methods"]
    every = {name: scores["all"] for name, scores in mapped.items()}
    position, distance = (
        {name: scores[score] for name, scores in placed.items()}
        for score in (
            "position error, median [m]", "distance error, median, leads >= 100 m [m]"
        )
    )  # fmt: skip
    area = {name: s["auc"][0] for name, s in taught.items() if s.get("auc", [None])[0] is not None}
    error = {name: 100.0 * scores["rmse"][0] for name, scores in every.items()}
    dishonest = {n: abs(100.0 * s["coverage_68"][0] - HONEST) for n, s in every.items()}
    return [
        _beside_best("records off their place on the image, median [m]", position, 0),
        _beside_best("error of distances to leads of 100 m or more, median [m]", distance, 0),
        _beside_best("leads told by the network just trained, area under ROC", area, 3, more=True),
        _beside_best("freeboard by the network beside SWOT, RMSE [cm]", error, 1),
        _beside_best(
            "its 68 % intervals hold too many or few of SWOT's cells [points]", dishonest, 1
        ),
    ]


def words_of(found: list[Result]) -> str:
    """Return results as lines of a table."""
    width = max(len(one.what) for one in found)
    lines = [f"{'':{width}s}     iceco   best baseline"]
    for one in found:
        numbers = f"{one.value:10.{one.digits}f}{one.baseline:10.{one.digits}f}"
        lost = "" if one.wins else ": better than iceco here"
        lines.append(f"{one.what:{width}s}{numbers}  {one.baseline_name}{lost}")
    if not all(one.wins for one in found):
        lines.append(
            "a network wants more worlds than these eight: docs/validation.md has it on 124"
        )
    return "\n".join(lines)


def _beside_best(what: str, scores: Mapping[str, float], digits: int, more: bool = False) -> Result:
    rivals = {name: score for name, score in scores.items() if name != NETWORK}
    best = (max if more else min)(rivals, key=rivals.__getitem__)
    own = scores[NETWORK]
    wins = own > rivals[best] if more else own < rivals[best]
    return Result(what, own, rivals[best], best, digits, wins)


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))
