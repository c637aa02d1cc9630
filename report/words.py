"""Numbers, times and names as the page says them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

NONE = "–"

#: Missions by their short names.
MISSIONS = {
    "al": "SARAL/AltiKa", "c2": "CryoSat-2", "s3a": "Sentinel-3A", "s3b": "Sentinel-3B",
    "s1a": "Sentinel-1A", "s1b": "Sentinel-1B", "s1c": "Sentinel-1C", "swot": "SWOT",
}  # fmt: skip


def number(value: Any, digits: int, factor: float = 1.0) -> str:
    """Return a number with some digits after the point, a dash where there is none."""
    if not isinstance(value, int | float) or not np.isfinite(value):
        return NONE
    return f"{factor * value:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def with_interval(entry: Any, digits: int, factor: float = 1.0) -> str:
    """Return [value, low, high] as "value (low to high)", without the interval if it has none."""
    if not isinstance(entry, Sequence) or isinstance(entry, str):
        return number(entry, digits, factor)
    value, *ends = entry
    if len(ends) != 2 or not all(isinstance(end, int | float) for end in ends):
        return number(value, digits, factor)
    low, high = (number(end, digits, factor) for end in ends)
    return f"{number(value, digits, factor)} ({low} to {high})"


def value_of(entry: Any) -> float | None:
    """Return the value of [value, low, high] or of a plain number; None where there is none."""
    value = entry[0] if isinstance(entry, list) and entry else entry
    return float(value) if isinstance(value, int | float) and np.isfinite(value) else None


def time_words(time: Any) -> str:
    """Return a time to the second: "2024-03-15 16:39:52 UTC"."""
    if np.isnat(np.datetime64(time)):
        return NONE
    return f"{np.datetime_as_string(np.datetime64(time), 's').replace('T', ' ')} UTC"


def span_words(first: Any, last: Any) -> str:
    """Return when something began and ended, the day once if it is the same."""
    begin, end = (np.datetime_as_string(np.datetime64(t), "m").split("T") for t in (first, last))
    if begin[0] == end[0]:
        return f"{begin[0]} {begin[1]} to {end[1]} UTC"
    return f"{' '.join(begin)} to {' '.join(end)} UTC"


def counted(count: int, one: str, several: str | None = None) -> str:
    """Return "1 scene", "2 scenes", "12 345 scenes"."""
    return f"{whole(count)} {one if count == 1 else several or f'{one}s'}"


def whole(count: int) -> str:
    """Return a whole number with its thousands apart: "12 345"."""
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def listed(names: Sequence[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def mission_name(short: str) -> str:
    """Return the full name of a mission, or the short one of an unknown."""
    return MISSIONS.get(short, short)


def now_words(now: datetime) -> str:
    """Return a moment as "21 November 2026, 23:07 UTC"."""
    return f"{now.day} {now:%B %Y, %H:%M} UTC"
