"""Atomic time and UTC agree with astropy on both sides of each leap second."""

import numpy as np
import pytest
from astropy.time import Time

from iceco.geo.timescale import LEAP_SECONDS, tai_minus_utc, tai_to_utc, utc_to_tai

#: Seconds around each new offset, as near as half a second to it.
AROUND = np.array([-86_400_000, -1_000, -500, 0, 500, 1_000, 86_400_000], dtype="timedelta64[ms]")
TIMES = (np.array(list(LEAP_SECONDS), dtype="datetime64[ns]")[1:, None] + AROUND).ravel()


def test_tai_is_that_of_astropy_around_each_leap_second():
    astropy = Time(TIMES, scale="utc").tai.to_value("datetime64")
    assert (abs(utc_to_tai(TIMES) - astropy) <= np.timedelta64(1, "ns")).all()


def test_times_come_back_from_tai():
    assert (tai_to_utc(utc_to_tai(TIMES)) == TIMES).all()


def test_the_table_has_every_leap_second_since_1999():
    months = np.arange("1999-01", "2026-01", dtype="datetime64[M]").astype("datetime64[ns]")
    utc = Time(months, scale="utc")
    tai = utc.tai.to_value("datetime64")
    assert (abs(utc_to_tai(months) - tai) <= np.timedelta64(1, "ns")).all()


def test_a_leap_second_repeats_the_first_second_of_the_next_day():
    tai = np.datetime64("2017-01-01T00:00:36.25", "ns") + np.arange(2) * np.timedelta64(1, "s")
    assert (tai_to_utc(tai) == np.datetime64("2017-01-01T00:00:00.25")).all()


def test_tai_is_37_s_ahead_since_2017():
    assert tai_minus_utc(np.datetime64("2023-03-01")) == 37.0
    assert tai_minus_utc(np.datetime64("2016-12-31T23:59:59.999")) == 36.0


def test_missing_times_stay_missing():
    times = np.array(["NaT", "2020-01-01"], dtype="datetime64[s]")
    assert np.isnat(utc_to_tai(times)).tolist() == [True, False]
    assert np.isnat(tai_to_utc(times)).tolist() == [True, False]
    assert np.isnan(tai_minus_utc(times)).tolist() == [True, False]


def test_shapes_are_kept():
    assert utc_to_tai(TIMES.reshape(5, -1)).shape == (5, TIMES.size // 5)
    assert tai_to_utc(TIMES[:0]).shape == (0,)


@pytest.mark.parametrize("convert", [tai_minus_utc, utc_to_tai, tai_to_utc])
def test_times_before_the_table_are_refused(convert):
    with pytest.raises(ValueError, match="from 1999-01-01"):
        convert(np.array(["1998-12-31", "NaT"], dtype="datetime64[ns]"))
