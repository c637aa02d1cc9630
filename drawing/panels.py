"""What panels share: letters, limits of colours, colour bars, ticks that can be read."""

from collections.abc import Iterable
from typing import Any

import numpy as np

#: Colours run between these percentiles of what is shown.
LOW_PERCENT, HIGH_PERCENT = 2.0, 98.0


def letter(axes: Iterable[Any], words: Iterable[str]) -> None:
    """Title panels "(a) words", "(b) words" and so on; a single one needs no letter."""
    panels = list(zip(axes, words, strict=True))
    for k, (ax, said) in enumerate(panels):
        mark = f"({chr(ord('a') + k)}) " if len(panels) > 1 else ""
        ax.set_title(f"{mark}{said}".rstrip())


def robust_limits(
    *values: np.ndarray, low: float = LOW_PERCENT, high: float = HIGH_PERCENT
) -> dict[str, float]:
    """Return limits of colours as ``vmin`` and ``vmax``: percentiles of all finite values.

    Empty where nothing is known; apart by at least the rounding of float32.
    """
    known = np.concatenate([np.ravel(v)[np.isfinite(np.ravel(v))] for v in values])
    if known.size == 0:
        return {}
    bottom, top = np.percentile(known, [low, high])
    return {"vmin": float(bottom), "vmax": float(max(top, bottom + 1e-6 * abs(bottom) + 1e-9))}


def colour_bar(axes: Any, shown: Any, words: str, extend: str = "neither") -> Any:
    """Add a slim colour bar with words and units beside one panel or several."""
    first = np.ravel(np.asarray(axes, dtype=object))[0]
    return first.figure.colorbar(
        shown, ax=axes, label=words, extend=extend, shrink=0.9, aspect=25, pad=0.015
    )


def say_none(axes: Any, words: str = "none") -> None:
    """Write into the middle of a panel that there is nothing to draw."""
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color="0.4")


def plain_ticks(axis: Any, ticks: Iterable[float]) -> None:
    """Write the ticks of a logarithmic axis as they are spoken; no others."""
    named = list(ticks)
    axis.set_ticks(named, labels=[f"{tick:g}" for tick in named])
    axis.set_ticks([], minor=True)


def round_length(length: float) -> float:
    """Return the 1, 2 or 5 times a power of ten at or below a length."""
    power = 10.0 ** np.floor(np.log10(length))
    return float(power * max(step for step in (1, 2, 5) if step * power <= length))


def length_words(metres: float) -> str:
    """Return a length as it is spoken: "500 m", "20 km"."""
    return f"{metres / 1e3:g} km" if metres >= 1e3 else f"{metres:g} m"
