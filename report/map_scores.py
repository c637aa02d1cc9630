"""How grids of freeboard stand beside SWOT or ICESat-2: tables and figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..models.validation.report import NOT_BINS
from .find import Attempt, Holdings, Validation
from .lead_scores import best_value
from .parts import Part, Table, found
from .words import NONE, counted, number, value_of, whole, with_interval

#: Scores of the table: name, heading, digits, factor (cm and %), and whether more is better.
COLUMNS = (
    ("rmse", "RMSE [cm]", 1, 100.0, False),
    ("bias", "bias [cm]", 1, 100.0, None),
    ("crps", "CRPS [cm]", 1, 100.0, False),
    ("r", "correlation", 2, 1.0, True),
    ("coverage_68", "in 68 % interval [%]", 0, 100.0, None),
    ("wasserstein", "distance of CDFs [cm]", 1, 100.0, False),
)
REFEREES = {"swot": "SWOT", "atl10": "ICESat-2"}
METHODS = {
    "nearest": "nearest observation", "oi": "optimal interpolation", "linear": "linear in HV",
    "ked": "kriging with HV drift", "cdf": "CDF mapping", "segment": "segment means",
    "network": "network",
}  # fmt: skip
PICTURES = {
    "maps.png": (
        "Maps of freeboard by every method beside the referee, their sigmas and differences",
        "Mapped freeboard beside the swath that judges it, on one colour scale; below each its "
        "standard deviation, and its difference to the swath. A good map has the pattern of the "
        "swath, and differences without structure that are as large as its sigma says.",
    ),
    "distributions.png": (
        "Cumulative distributions of freeboard",
        "Cumulative distributions of freeboard over all cells, as the swath would measure them; "
        "dotted, those of the means of the maps, which are narrower than the ice.",
    ),
    "reliability.png": (
        "Share of cells within intervals against the share that should be",
        "Are the maps' uncertainties honest? Share of the cells that central intervals hold "
        "against the share that they should; above the diagonal intervals are too wide, below it "
        "too narrow.",
    ),
    "spectra.png": (
        "Spectra of freeboard along and across track",
        "Spectra of freeboard along and across the swath: where a map's spectrum falls below that "
        "of the swath, its detail is lost. Below, the ratio of the spectrum of the error to that "
        "of the swath; a wavelength is resolved where it is less than a half.",
    ),
}  # fmt: skip


def validation_parts(held: Holdings, attempt: Attempt) -> list[Part]:
    """Return tables and figures of every judgement of a grid."""
    parts: list[Part] = []
    for one in held.validations:
        parts += attempt(one.path, _of_validation, one, attempt) or []
    return parts


def _of_validation(one: Validation, attempt: Attempt) -> list[Part]:
    parts: list[Part] = []
    for file, (alt, caption) in PICTURES.items():
        path = one.path / file
        if path.exists() and (picture := attempt(path, found, path, alt, caption)):
            parts.append(picture)
    for referee, judged in one.scores.items():
        for resolution, level in judged["resolutions"].items():
            parts.append(method_table(level["methods"], REFEREES.get(referee, referee), resolution))
            parts.append(bin_table(level["methods"], resolution))
    return parts


def method_table(methods: Mapping[str, Any], referee: str, resolution: str) -> Table:
    """Return the scores of all cells: a row a method."""
    entries = [scores["all"] for scores in methods.values()]
    rows = [
        [METHODS.get(name, name), *(with_interval(entry.get(score), digits, factor)
                                    for score, _, digits, factor, _ in COLUMNS)]
        for name, entry in zip(methods, entries, strict=True)
    ]  # fmt: skip
    first = next(iter(methods.values()))
    caption = (
        f"Freeboard by every method against {referee} at {resolution}, over "
        f"{counted(entries[0]['cells'], 'cell')}; in brackets intervals of 95 %. {referee}'s own "
        f"error, {number(first['referee_sigma_m'], 1, 100.0)} cm, is in the RMSE; "
        f"it passed {number(first['lag_s'], 0, 1 / 60.0)} min from the time of the map. The best "
        "of each column is bold, of the intervals the nearest to 68 %."
    )
    best = frozenset(
        (_best_row(entries, score, more), column)
        for column, (score, _, _, _, more) in enumerate(COLUMNS, start=1)
        if score != "bias" and len(entries) > 1
    )
    return Table(["method", *(words for _, words, *_ in COLUMNS)], rows, caption, best)


def bin_table(methods: Mapping[str, Any], resolution: str) -> Table:
    """Return RMSE by distance to the nearest observation and by its age: a row a bin."""
    names = [name for name in next(iter(methods.values())) if name not in NOT_BINS]
    rows, best = [], set()
    for line, name in enumerate(names):
        entries = {method: scores.get(name, {}) for method, scores in methods.items()}
        values = [(value_of(e.get("rmse")), k) for k, e in enumerate(entries.values(), start=2)]
        known = [(value, k) for value, k in values if value is not None]
        if len(known) > 1:
            best.add((line, best_value(known, more=False)[1]))
        cells = max((entry.get("cells", 0) for entry in entries.values()), default=0)
        told = [number(value, 1, 100.0) if value is not None else NONE for value, _ in values]
        rows.append([name, whole(cells), *told])
    caption = (
        f"RMSE [cm] at {resolution} by distance to the nearest observation and by its age, the "
        "best of each row bold: how far from a track does the image help?"
    )
    head = ["cells", "number", *(METHODS.get(name, name) for name in methods)]
    return Table(head, rows, caption, frozenset(best), folded="RMSE by distance and age")


def _best_row(entries: Sequence[Mapping[str, Any]], score: str, more: bool | None) -> int:
    values = [(value_of(entry.get(score)), row) for row, entry in enumerate(entries)]
    known = [(value, row) for value, row in values if value is not None]
    return int(best_value(known, more)[1]) if known else -1
