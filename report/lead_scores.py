"""How well models tell leads and distances: scores beside baselines, curves, how they learnt."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..drawing.page import FULL_WIDTH, new_figure, on_paper
from ..models.training.figures import draw_history
from ..models.waveforms.model import KIND
from .find import EVALUATION, Attempt, Holdings, Model
from .parts import Note, Part, Picture, Section, Table, Words, drawn, found
from .words import counted, mission_name, value_of, whole, with_interval

#: Scores of the table: name, heading, digits, and whether more of it is better.
COLUMNS = (
    ("auc", "area under ROC", 3, True),
    ("average_precision", "average precision", 3, True),
    ("false_alarms_at_95_percent", "false alarms at 95 % recall", 3, False),
    ("ece", "calibration error", 3, False),
    ("mae_m", "mean error of distance [m]", 0, False),
    ("coverage", "share in 68 % interval", 2, None),
)
#: The model's own predictor; all others are baselines.
NETWORK = "network"
#: Share that an interval of 68 % should hold.
HONEST = 0.683
#: Rows of the table by stratum: the first words of their names.
STRATA = ("all", "lag", "sigma", "width", "mission")

PICTURES = {
    "roc.png": (
        "Curves of true positives against false alarms",
        "Echoes told as leads: true-positive rate against false-alarm rate, on the right from "
        "0.1 % on a logarithmic axis. Curves nearer to the upper left corner are better; "
        "classifiers that decide by themselves are points.",
    ),
    "reliability.png": (
        "Observed frequency of leads against predicted probability",
        "Are probabilities honest? Frequency of leads against predicted probability; on the "
        "diagonal a probability means what it says. Below, how often each is given.",
    ),
    "distances.png": (
        "Predicted against found distances, and errors by distance",
        "Distances to the closest lead: (a) predicted against found, (b) the error that 68 % of "
        "echoes stay below, and the physical floor that range noise of 5 cm sets.",
    ),
    "pass.png": (
        "Radargram of a pass of the test with leads and distances",
        "The pass of the test in which leads and ice change most often: echoes above, probability "
        "and distance of leads by the image and by the echoes below.",
    ),
}  # fmt: skip


def lead_scores_section(held: Holdings, attempt: Attempt) -> Section:
    """Return scores, figures and training history of every model."""
    parts: list[Part] = []
    models = waveform_models(held)
    for model in models:
        parts += attempt(model.path, _of_model, model, held, attempt) or []
    if not models:
        parts.append(Note(
            "No model was trained here. The one that comes with iceco is judged in its "
            "documentation.",
            "iceco train-lstm COLLOCATIONS --out model --baselines",
        ))  # fmt: skip
    return Section("scores", "Leads and distances by the echoes", parts)


def waveform_models(held: Holdings) -> list[Model]:
    """Return the models that read echoes."""
    return [model for model in held.models if model.card["kind"] == KIND]


def _of_model(model: Model, held: Holdings, attempt: Attempt) -> list[Part]:
    name, card = held.name(model.path), model.card
    split = card["split"]
    rows = {part: split.get(part, {}).get("rows") for part in ("training", "validation", "test")}
    told = ", ".join(f"{counted(count, 'echo', 'echoes')} for {part}"
                     for part, count in rows.items() if isinstance(count, int))  # fmt: skip
    parts: list[Part] = [Words(f"The model “{name}” ({card['kind']}): {told}. {card['note']}")]
    if model.scores is None:
        parts.append(Note(
            f"{name} has no evaluation beside baselines.",
            "iceco train-lstm COLLOCATIONS --out model --baselines",
        ))  # fmt: skip
    else:
        strata = model.scores["strata"]
        parts += [score_table(model.scores, name), stratum_table(strata)]
    for file, (alt, caption) in PICTURES.items():
        path = model.path / EVALUATION / file
        if path.exists():
            picture = attempt(path, found, path, alt, caption)
            parts += [picture] if picture else []
    history = attempt(model.path, history_picture, card, name)
    return [*parts, *([history] if history else [])]


def score_table(scores: Mapping[str, Any], name: str) -> Table:
    """Return the scores of all test rows: a row a predictor."""
    here = scores["strata"]["all"]
    predictors = here["predictors"]
    rows = [
        [
            called(predictor),
            whole(entry["rows"]),
            *(with_interval(entry.get(score), digits) for score, _, digits, _ in COLUMNS),
        ]
        for predictor, entry in predictors.items()
    ]
    blocks = counted(here["blocks"], "independent block")
    caption = (
        f"Scores of {name} and of its rivals on {counted(here['rows'], 'echo', 'echoes')} that "
        f"none of them learnt from, in {blocks}, {here['leads']} of them with a lead within "
        f"{scores['lead_distance_m']:g} m, judged by {scores['judged_by']}; in brackets intervals "
        "of 95 %, where there are two blocks or more. The best of each column, among "
        "those that spoke of as many echoes as any, is bold; a share of 68 % is honest. Not every "
        "classifier knows every mission, or gives distances."
    )
    head = ["predictor", "echoes", *(words for _, words, _, _ in COLUMNS)]
    return Table(head, rows, caption, best_of_columns(list(predictors.values())))


def best_of_columns(entries: Sequence[Mapping[str, Any]]) -> frozenset[tuple[int, int]]:
    """Return (row, column) of the best value of each score by those that were judged most."""
    best = set()
    most = max(entry["rows"] for entry in entries)
    for column, (score, _, _, more) in enumerate(COLUMNS, start=2):
        values = [
            (value_of(entry.get(score)), row)
            for row, entry in enumerate(entries)
            if entry["rows"] == most
        ]
        known = [(value, row) for value, row in values if value is not None]
        if len(known) > 1:
            best.add((best_value(known, more)[1], column))
    return frozenset(best)


def judged_alike(entries: Mapping[str, Any], own: str) -> dict[str, Any]:
    """Return the entries that were judged by as many rows or cells as one of them, or more."""

    def size(entry: Mapping[str, Any]) -> int:
        return int(entry.get("rows", entry.get("cells", 0)))

    least = size(entries.get(own, {}))
    return {name: entry for name, entry in entries.items() if size(entry) >= least}


def best_value(known: Sequence[tuple[float, Any]], more: bool | None) -> tuple[float, Any]:
    """Return the best (value, name): the largest, the smallest, or for None the most honest."""
    if more is None:
        return min(known, key=lambda pair: abs(pair[0] - HONEST))
    return (max if more else min)(known, key=lambda pair: pair[0])


def stratum_table(strata: Mapping[str, Any]) -> Table:
    """Return areas under the curve by stratum, of the network and the best of its rivals."""
    rows = []
    for name, here in strata.items():
        if not name.startswith(STRATA):
            continue
        fair = judged_alike(here["predictors"], NETWORK)
        areas = {
            predictor: area for predictor, entry in fair.items()
            if (area := value_of(entry.get("auc"))) is not None
        }  # fmt: skip
        own = here["predictors"].get(NETWORK, {}).get("auc")
        rivals = [(area, rival) for rival, area in areas.items() if rival != NETWORK]
        beaten = best_value(rivals, more=True) if rivals else (None, "")
        rows.append([
            _stratum_words(name),
            whole(here["rows"]), str(here["leads"]), with_interval(own, 3),
            with_interval(beaten[0], 3), called(beaten[1]),
        ])  # fmt: skip
    caption = (
        "Area under the ROC curve by time between altimeter and image (lag), by how well the place "
        "on the image is known, by width of leads and by mission: the network beside the best of "
        "its rivals in each row."
    )
    head = ["echoes", "number", "leads", "network", "best rival", "which"]
    return Table(head, rows, caption, folded="Scores by lag, position, width of leads and mission")


def _stratum_words(name: str) -> str:
    if name.startswith("mission "):
        return mission_name(name.removeprefix("mission "))
    return name.replace("sigma", "sigma of position").replace("width", "width of lead")


@on_paper()
def history_picture(card: Mapping[str, Any], name: str) -> Picture | None:
    """Return losses by epoch; None where the card holds none."""
    history = card["scores"].get("history")
    if not history:
        return None
    figure = new_figure(0.62 * FULL_WIDTH, 2.4)
    draw_history(figure.subplots(), history)
    caption = (
        f"How {name} learnt: loss of training and validation by epoch; the weights of the marked "
        "epoch were kept. Where validation rises while training falls, more data are wanted."
    )
    return drawn(figure, "Training and validation loss by epoch", caption)


def called(predictor: str) -> str:
    """Return how a predictor is called in tables."""
    return {"awi": "AWI", "cpom": "CPOM", "legos": "LEGOS"}.get(predictor, predictor)
