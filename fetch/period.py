"""The time that is asked for, in UTC; a day ends with its last second."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple


class Period(NamedTuple):
    """From when to when, both in UTC and both inclusive."""

    start: datetime
    end: datetime

    def meets(self, start: datetime, end: datetime) -> bool:
        """Tell whether any of the time between two others lies in the period."""
        return start <= self.end and end >= self.start


def parse_period(start: str, end: str) -> Period:
    """Return the period between two dates, or times, in UTC.

    A date without a time is the whole day: ``2022-11-03`` ends at 23:59:59.999999.

    Raises
    ------
    ValueError
        If a text is no date, or the end lies before the start.
    """
    first, last = _instant("--start", start), _instant("--end", end)
    if _is_day(end):
        last += timedelta(days=1) - timedelta(microseconds=1)
    if last < first:
        raise ValueError(f"--end {end} lies before --start {start}")
    return Period(first, last)


def utc(text: str) -> datetime:
    """Return the time of an ISO 8601 text; without a zone it is UTC.

    >>> utc("2022-11-30T01:43:42.123Z").isoformat()
    '2022-11-30T01:43:42.123000+00:00'
    """
    time = datetime.fromisoformat(text)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def iso(time: datetime) -> str:
    """Return a UTC time as archives want it: 2022-11-03T23:59:59Z, cut to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _instant(option: str, text: str) -> datetime:
    try:
        return utc(text)
    except ValueError as error:
        raise ValueError(
            f"{option} {text!r} is no date; write 2022-11-03 or 2022-11-03T12:30"
        ) from error


def _is_day(text: str) -> bool:
    return len(text) <= len("2022-11-03")
