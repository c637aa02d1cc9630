"""What was run, and its key results beside their baselines."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from .find import Holdings
from .lead_scores import NETWORK, best_value, called, judged_alike, waveform_models
from .map_scores import METHODS, REFEREES
from .outlines import Outlines
from .parts import Note, Part, Section, Table, Words
from .words import NONE, counted, listed, number, value_of, with_interval

#: What kinds of products are called.
KINDS = {
    "sentinel1": ("Sentinel-1 scene",), "raster": ("SAR raster",), "scene": ("SAR scene",),
    "altika": ("AltiKa track",), "cryosat2": ("CryoSat-2 track",),
    "sentinel3": ("Sentinel-3 track",), "track": ("track",), "swot": ("SWOT swath",),
    "atl10": ("ICESat-2 granule",), "osi405": ("drift product",), "nsidc0116": ("drift product",),
    "vectors": ("file of drift vectors", "files of drift vectors"), "buoys": ("drifter file",),
    "concentration": ("ice-concentration map",), "chart": ("ice chart",),
}  # fmt: skip

#: What iceco's own files are called.
MADE = {
    "classified": ("classified track",), "freeboard": ("freeboard track",),
    "grid": ("grid of freeboard", "grids of freeboard"),
    "means": ("file of monthly means", "files of monthly means"),
}  # fmt: skip


class Score(NamedTuple):
    """A key result: where it stands, what it is called, how it is written, what is better."""

    name: str
    words: str
    digits: int
    factor: float
    more: bool | None


OF_MODELS = (
    Score("auc", "leads told by their echoes: area under ROC", 3, 1.0, True),
    Score("ece", "calibration error of their probability", 3, 1.0, False),
    Score("mae_m", "mean error of distances to leads [m]", 0, 1.0, False),
)
OF_MAPS = (
    Score("rmse", "freeboard beside {0}, RMSE [cm]", 1, 100.0, False),
    Score("crps", "the same with its uncertainty, CRPS [cm]", 1, 100.0, False),
    Score("coverage_68", "share of {0} in its 68 % intervals [%]", 0, 100.0, None),
)


def headline_section(held: Holdings) -> Section:
    """Return what a run holds in words, and its key results."""
    parts: list[Part] = [Words(_holdings_words(held))]
    if held.files["truth"]:
        parts.append(Words(
            "The world is simulated: its measurements were made by iceco itself, and its truth "
            "lies beside them. No estimate, and nothing on this page, has read it."
        ))  # fmt: skip
    rows = [*_model_rows(held), *_map_rows(held)]
    if rows:
        parts.append(_table(rows))
    else:
        parts.append(Note(
            "Nothing in this folder was judged yet: there are no scores to show.",
            "iceco train-lstm COLLOCATIONS --out model --baselines",
        ))  # fmt: skip
    return Section("summary", "What was run, and what came out", parts)


def subtitle(held: Holdings, found: Outlines | None) -> str:
    """Return where and when a run looked."""
    words = [str(held.folder.resolve())]
    if found is not None:
        pole = "Arctic" if found.plane.hemisphere > 0 else "Antarctic"
        words.append(pole)
        days = sorted({o.when[:10] for o in found.shown if not o.training and o.when[:1].isdigit()})
        if days:
            words.append(days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}")
    return " · ".join(words)


def _holdings_words(held: Holdings) -> str:
    kinds = Counter(held.products.values())
    products = [counted(n, *KINDS.get(kind, (kind,))) for kind, n in sorted(kinds.items())]
    made = [
        counted(int(d.summary.get("records", 0)), "collocated record") + f" in {held.name(d.path)}"
        for d in held.datasets
    ]
    made += [counted(len(held.files[kind]), *names) for kind, names in MADE.items()
             if held.files[kind]]  # fmt: skip
    if held.models:
        made.append(counted(len(held.models), "trained model"))
    told = f"The folder holds {listed(products)}." if products else "The folder holds no products."
    return told + (f" iceco made of them and of others {listed(made)}." if made else "")


def _model_rows(held: Holdings) -> list[list[str]]:
    rows = []
    for model in waveform_models(held):
        if model.scores is None:
            continue
        predictors = model.scores["strata"]["all"]["predictors"]
        for score in OF_MODELS:
            row = _row(score, predictors, NETWORK, held.name(model.path), "")
            rows += [row] if row else []
    return rows


def _map_rows(held: Holdings) -> list[list[str]]:
    rows = []
    for validation in held.validations:
        for referee, judged in validation.scores.items():
            resolution, level = next(iter(judged["resolutions"].items()))
            entries = {name: scores["all"] for name, scores in level["methods"].items()}
            own = NETWORK if NETWORK in entries else next(iter(entries))
            name = f"{held.name(validation.path).removesuffix('.validation')}, {resolution}"
            for score in OF_MAPS:
                row = _row(score, entries, own, name, REFEREES.get(referee, referee))
                rows += [row] if row else []
    return rows


def _row(
    score: Score, entries: Mapping[str, Any], own: str, where: str, referee: str
) -> list[str] | None:
    """Return a row of the table of key results; None where there is no such score."""
    fair = judged_alike(entries, own)
    known = {name: value_of(entry.get(score.name)) for name, entry in fair.items()}
    if known.get(own) is None:
        return None
    rivals = [(value, name) for name, value in known.items() if value is not None and name != own]
    value, rival = best_value(rivals, score.more) if rivals else (None, NONE)
    told = with_interval(entries[own][score.name], score.digits, score.factor)
    beside = f"{number(value, score.digits, score.factor)}, {_called(rival)}"
    return [
        score.words.format(referee), f"{told}, {_called(own)}",
        beside if rivals else NONE, where,
    ]  # fmt: skip


def _called(name: str) -> str:
    return METHODS.get(name, called(name))


def _table(rows: list[list[str]]) -> Table:
    caption = (
        "Key results of what was learnt, each beside the best of all baselines that were judged by "
        "the same echoes or cells, chosen by that score alone; in brackets intervals of 95 % where "
        "there are enough independent blocks. Networks that saw few worlds lose to baselines: "
        "docs/validation.md of iceco has those trained on many."
    )
    head = ["result", "value", "best baseline", "of"]
    return Table(head, rows, caption)
