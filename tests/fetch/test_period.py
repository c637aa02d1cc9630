"""Days and times in UTC, both ends included."""

from datetime import UTC, datetime

import pytest

from iceco.fetch.period import iso, parse_period, utc


def test_a_day_lasts_to_its_end():
    period = parse_period("2022-11-01", "2022-11-03")
    assert period.start == datetime(2022, 11, 1, tzinfo=UTC)
    assert iso(period.end) == "2022-11-03T23:59:59Z"
    assert period.meets(utc("2022-11-03T23:59:59.5"), utc("2022-11-04T01:00"))
    assert not period.meets(utc("2022-11-04"), utc("2022-11-05"))
    assert period.meets(utc("2022-01-01"), utc("2022-12-31"))


@pytest.mark.parametrize(
    "text", ["2022-11-03T12:30", "2022-11-03T12:30:00Z", "2022-11-03T14:30+02:00"]
)
def test_a_time_is_taken_as_it_is(text):
    assert iso(parse_period("2022-11-01", text).end) == "2022-11-03T12:30:00Z"


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        ("yesterday", "2022-11-01", "--start 'yesterday' is no date"),
        ("2022-11-01", "2022-13-01", "--end '2022-13-01' is no date"),
        ("2022-11-02", "2022-11-01", "--end 2022-11-01 lies before"),
    ],
)
def test_what_is_no_period_is_refused(start, end, reason):
    with pytest.raises(ValueError, match=reason):
        parse_period(start, end)
