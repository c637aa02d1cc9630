"""Atomic time and UTC.

NumPy's ``datetime64`` knows no leap seconds: a minute has 60 s, and the instant 23:59:60.25 is
written 00:00:00.25 of the next day, as POSIX clocks do.  Products that count seconds since 2000
*in UTC* (SARAL, Sentinel-3, SWOT) need nothing of this; CryoSat-2 level 1b counts in TAI.
"""

import numpy as np

#: TAI minus UTC [s] from each date on (IERS Bulletin C).
LEAP_SECONDS = {
    "1999-01-01": 32,
    "2006-01-01": 33,
    "2009-01-01": 34,
    "2012-07-01": 35,
    "2015-07-01": 36,
    "2017-01-01": 37,
}


def tai_minus_utc(utc: np.ndarray) -> np.ndarray:
    """Return TAI minus UTC [s], float64, at UTC times, datetime64 of any shape; NaT gives nan.

    Raises
    ------
    ValueError
        If a time lies before 1999, where the table of leap seconds begins.
    """
    return _offset(np.asarray(utc, dtype="datetime64[ns]"), _starts())


def utc_to_tai(utc: np.ndarray) -> np.ndarray:
    """Return UTC times, datetime64 of any shape, as TAI, datetime64[ns]; NaT stays NaT.

    Raises
    ------
    ValueError
        If a time lies before 1999.
    """
    utc = np.asarray(utc, dtype="datetime64[ns]")
    return utc + _duration(_offset(utc, _starts()))


def tai_to_utc(tai: np.ndarray) -> np.ndarray:
    """Return TAI times, datetime64 of any shape, as UTC, datetime64[ns]; NaT stays NaT.

    During a leap second the first second of the next day runs ahead, to be repeated after it.

    Raises
    ------
    ValueError
        If a time lies before 1999.
    """
    tai = np.asarray(tai, dtype="datetime64[ns]")
    return tai - _duration(_offset(tai, _starts() + _duration(_seconds())))


def _starts() -> np.ndarray:
    return np.array(list(LEAP_SECONDS), dtype="datetime64[ns]")


def _seconds() -> np.ndarray:
    return np.array(list(LEAP_SECONDS.values()), dtype=np.float64)


def _duration(seconds: np.ndarray) -> np.ndarray:
    """Return whole seconds as timedelta64[ns]; nan gives NaT."""
    return seconds.astype("timedelta64[s]").astype("timedelta64[ns]")


def _offset(time: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the table's seconds in force at a time, where ``starts`` are in its time scale."""
    if (time < starts[0]).any():
        raise ValueError(f"leap seconds are known from {starts[0]} on, got {np.nanmin(time)}")
    row = np.searchsorted(starts, time, side="right") - 1
    return np.where(np.isnat(time), np.nan, _seconds()[row])
