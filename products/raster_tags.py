"""What the tags and the name of a SAR raster tell: when it was seen, how polarised, which unit.

There is no standard for any of this; the spellings are those of GDAL, SNAP, Nansat and the
Sentinel-1 product names.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

#: Tags (lower case) with the time of acquisition.
TIME_TAGS = ("acquisition_time", "acquisition_datetime", "acquisitiondatetime")

#: Pairs of tags with the start and the end of the acquisition.
SPAN_TAGS = (
    ("acquisition_start_time", "acquisition_stop_time"),
    ("time_coverage_start", "time_coverage_end"),
)

#: A name with two times holds the start and the end if they lie no further apart [s].
LONGEST_SCENE = 900.0

#: Units (lower case) of backscatter, in dB and linear.
DECIBEL_UNITS = ("db", "decibel", "decibels", "intensity_db")
LINEAR_UNITS = ("1", "m/m", "m2/m2", "m^2/m^2", "linear", "power", "intensity")


class SceneTime(NamedTuple):
    """When a scene was seen: the middle of the acquisition, UTC, and who says so."""

    time: np.datetime64
    told_by: str


def scene_time(tags: Mapping[str, str], name: str) -> SceneTime | None:
    """Return the time of a scene from its tags, else from its name, or None.

    ``TIFFTAG_DATETIME`` counts last: Sentinel-1 writes the acquisition there, much other
    software the moment at which the file was made.
    """
    low = {key.lower(): value for key, value in tags.items()}
    for first, last in SPAN_TAGS:
        start, stop = _parsed(low.get(first)), _parsed(low.get(last))
        if start is not None:
            return SceneTime(_middle(start, stop), f"tag {first}")
    for tag in TIME_TAGS:
        moment = _parsed(low.get(tag))
        if moment is not None:
            return SceneTime(moment, f"tag {tag}")
    named = [_parsed(text) for text in re.findall(r"(?<!\d)\d{8}[Tt]\d{6}(?!\d)", name)]
    times = [moment for moment in named if moment is not None]
    if times:
        return SceneTime(_middle(times[0], times[1] if len(times) > 1 else None), "file name")
    moment = _parsed(low.get("tifftag_datetime"))
    return None if moment is None else SceneTime(moment, "tag TIFFTAG_DATETIME")


def named_polarisation(texts: Iterable[str]) -> str | None:
    """Return HH, HV, VH or VV from the first text that names exactly one of them, or None."""
    for text in texts:
        found = {
            match.upper()
            for match in re.findall(r"(?i)(?<![a-z])(hh|hv|vh|vv)(?![a-z])", text or "")
        }
        if len(found) == 1:
            return found.pop()
    return None


def is_decibel(units: Iterable[str], names: Iterable[str]) -> bool | None:
    """Return whether units or names say dB (True) or linear (False), or None if neither."""
    for unit in units:
        if unit.strip().lower() in DECIBEL_UNITS:
            return True
        if unit.strip().lower() in LINEAR_UNITS:
            return False
    for name in names:
        words = re.split(r"[^a-z]+", name.lower())
        if "db" in words or "linear" in words:
            return "db" in words
    return None


def mission_and_mode(name: str) -> tuple[str, str]:
    """Return the mission code and the mode in a name with a Sentinel-1 product name in it."""
    found = re.search(r"(?i)(?<![a-z0-9])(S1[A-D])[_-](EW|IW|WV|S[1-6])(?![a-z0-9])", name)
    return (found[1].lower(), found[2].upper()) if found else ("unknown", "unknown")


def _parsed(text: str | None) -> np.datetime64 | None:
    """Return a time written in ISO 8601 or as TIFF does (YYYY:MM:DD HH:MM:SS), or None."""
    text = re.sub(r"^(\d{4}):(\d\d):(\d\d) ", r"\1-\2-\3T", (text or "").strip().upper())
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return np.datetime64(moment, "ns")


def _middle(start: np.datetime64, stop: np.datetime64 | None) -> np.datetime64:
    if stop is None or not 0.0 <= (stop - start) / np.timedelta64(1, "s") <= LONGEST_SCENE:
        return start
    return start + (stop - start) // 2
