"""Scores as a table for people and as JSON for machines."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...products.beside import written_beside

#: Columns of the table: words, score, factor and digits.
COLUMNS = (
    ("RMSE", "rmse", 100.0, 1),
    ("- floor", "rmse_less_floor", 100.0, 1),
    ("bias", "bias", 100.0, 1),
    ("spread", "spread", 100.0, 1),
    ("MAE", "mae", 100.0, 1),
    ("r", "r", 1.0, 2),
    ("CRPS", "crps", 100.0, 1),
    ("in 68 %", "coverage_68", 100.0, 0),
    ("in 90 %", "coverage_90", 100.0, 0),
    ("W1", "wasserstein", 100.0, 1),
    ("W1 pred.", "wasserstein_predictive", 100.0, 1),
    ("W1 25 km", "wasserstein_boxes", 100.0, 1),
)
#: Entries of a method that are no bin of cells.
NOT_BINS = ("reliability", "referee_sigma_m", "lag_s", "resolved_wavelength_km")


def write_json(found: Mapping[str, Any], path: str | Path) -> None:
    """Write scores as JSON; what is not a number becomes null."""
    with written_beside(path) as part:
        part.write_text(json.dumps(_plain(found), indent=1, allow_nan=False), encoding="utf-8")


def table(found: Mapping[str, Any]) -> str:
    """Return scores as text: a block a resolution, a row a method and bin; centimetres and percent.

    ``- floor`` is RMSE with the referee's own variance taken off.
    """
    blocks = []
    for resolution, level in found["resolutions"].items():
        methods = level["methods"]
        first = next(iter(methods.values()))
        width = max(len(name) for name in (*methods, "method"))
        bins = [name for name in first if name not in NOT_BINS]
        head = f"  {'cells':<18} {'method':<{width}} {'n':>8}"
        head += "".join(f"{words:>10}" for words, *_ in COLUMNS)
        lines = [
            f"{resolution}: against {found['referee']}, whose own sigma is "
            f"{100.0 * first['referee_sigma_m']:.1f} cm, {first['lag_s'] / 60.0:.0f} min away; "
            "cm and %",
            head,
        ]
        for name in bins:
            for method, scores in methods.items():
                if name in scores:
                    lines.append(f"  {name:<18} {method:<{width}} {_row(scores[name])}")
        for method, scores in methods.items():
            lines.append(f"  resolved           {method:<{width}} {_resolved(scores)}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _row(scores: Mapping[str, Any]) -> str:
    cells = [f"{scores['cells']:>8d}"]
    for _, name, factor, digits in COLUMNS:
        value = scores[name][0] if isinstance(scores[name], list) else scores[name]
        cells.append(f"{factor * value:>10.{digits}f}")
    return "".join(cells)


def _resolved(scores: Mapping[str, Any]) -> str:
    words = []
    for way, value in scores["resolved_wavelength_km"].items():
        words.append(f"{way} track {'none' if value is None else f'{value:.1f} km'}")
    return ", ".join(words)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
