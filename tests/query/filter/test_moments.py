"""Times and durations in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitxp.query.filter.moments import read_duration, read_time

NOW = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90), ("90 s", 90), ("1m", 60), ("1 min", 60), ("2h", 7200), ("1.5h", 5400),
        ("1h30m", 5400), ("1h 30m", 5400), (" 1 hour 30 minutes ", 5400), ("2 Days", 172800),
        ("1w", 604800), ("2 weeks", 1209600), ("500ms", 0.5), ("250 us", 0.00025), ("0s", 0),
        ("3 secs", 3), ("1 second", 1), ("5 mins", 300),
    ],
)  # fmt: skip
def test_duration_in_words(text, seconds):
    assert read_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    ["", " ", "5", "h", "2 months", "1y", "-2h", "2h ago", "soon", "1h30", "1e3s", "٣h",
     "999999999999w"],
)  # fmt: skip
def test_what_is_no_duration(text):
    assert read_duration(text) is None


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("now", "2026-01-31 12:30"), ("today", "2026-01-31 00:00"),
        ("Yesterday", "2026-01-30 00:00"), ("2h ago", "2026-01-31 10:30"),
        ("1 day 30 min ago", "2026-01-30 12:00"), ("2026", "2026-01-01 00:00"),
        ("2026-03", "2026-03-01 00:00"), ("2026-03-04", "2026-03-04 00:00"),
        ("2026-03-04 05:06", "2026-03-04 05:06"), ("2026-03-04T05:06:00Z", "2026-03-04 05:06"),
        ("2026-03-04 05:06:00.000 +0100", "2026-03-04 04:06"),
        ("2026-03-04 05:06-01:00", "2026-03-04 06:06"),
    ],
)  # fmt: skip
def test_time_in_words(text, time):
    assert read_time(text, NOW) == datetime.fromisoformat(f"{time}+00:00")


@pytest.mark.parametrize(
    "text",
    ["", "tomorow", "ago", "soon ago", "2h", "2026-02-30", "2026-13", "0000-01-01", "20260101",
     "2026-01-01 25:00", "999999w ago", "2026-W01-1", "2026-01-01 05", "9999-12-31 23:59 -23:59"],
)  # fmt: skip
def test_what_is_no_time(text):
    assert read_time(text, NOW) is None


@given(st.text() | st.text("0123456789-: tzadhmswago.+"))
def test_any_text_is_read_or_not(text):
    read_time(text, NOW)
    read_duration(text)


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
def test_time_as_it_is_shown_is_read(moment):
    for spelled in (moment.isoformat(), str(moment), moment.isoformat().replace("+00:00", "Z")):
        assert read_time(spelled, NOW) == moment
