"""Times and durations in words, as people write them: `"30d"`, `"yesterday"`, `"2026-01-31"`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Final

from gitxp.query.filter.types import Type

# What a text that stands in a filter can be read as.
READABLE: Final = (Type.TIME, Type.DURATION)
_UNITS: Final = {
    "us": timedelta(microseconds=1),
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_LONG_UNITS: Final = {
    "sec": "s", "second": "s", "min": "m", "minute": "m", "hour": "h", "day": "d", "week": "w",
}  # fmt: skip
_PART = re.compile(r"\s*(\d{1,12}(?:\.\d{1,12})?)\s*([a-z]+)", re.ASCII)
_AGO = re.compile(r"\s+ago$")
_DATE = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[t ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)"
    r"\s?(z|[-+]\d{2}:?\d{2})?)?)?)?",
    re.ASCII,
)
_DAYS_BEFORE: Final = {"today": 0, "yesterday": 1}


def read_duration(text: str) -> timedelta | None:
    """Return a duration in words; None where the text is none.

    Weeks, days, hours (`h`), minutes (`m`), seconds (`s`), `ms` and `us`, also in full and several
    in a row. A month is of no fixed length, and no unit.

    Example:
        >>> read_duration("1h 30m"), read_duration("1.5 hours"), read_duration("soon")
        (datetime.timedelta(seconds=5400), datetime.timedelta(seconds=5400), None)
    """
    place, total = 0, Fraction(0)
    words = text.strip().lower()
    while place < len(words):
        part = _PART.match(words, place)
        unit = part and _unit(part[2])
        if part is None or unit is None:
            return None
        total += Fraction(part[1]) * (unit // _UNITS["us"])
        place = part.end()
    try:
        return timedelta(microseconds=round(total)) if words else None
    except OverflowError:
        return None


def _unit(word: str) -> timedelta | None:
    singular = word.removesuffix("s") if len(word) > 2 else word
    return _UNITS.get(_LONG_UNITS.get(singular, word))


def read_time(text: str, now: datetime) -> datetime | None:
    """Return a time in words; None where the text is none.

    `now`, `today` and `yesterday` (the midnight at which the day begins), a duration and `ago`, or
    a date, with a time of day or without. What names no zone is UTC, as times are shown.

    Example:
        >>> now = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
        >>> str(read_time("yesterday", now)), str(read_time("2h ago", now))
        ('2026-01-30 00:00:00+00:00', '2026-01-31 10:30:00+00:00')
        >>> str(read_time("2026-01-31 09:00 +02:00", now))
        '2026-01-31 07:00:00+00:00'
    """
    words = text.strip().lower()
    if words == "now":
        return now
    if words in _DAYS_BEFORE:
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=_DAYS_BEFORE[words])
    try:
        duration = read_duration(_AGO.sub("", words)) if _AGO.search(words) else None
        return _date(words) if duration is None else now - duration
    except (ValueError, OverflowError):  # the 31st of February, or before the first year
        return None


def _date(words: str) -> datetime | None:
    date = _DATE.fullmatch(words)
    if date is None:
        return None
    year, month, day, clock, zone = date.groups()
    spelled = f"{year}-{month or '01'}-{day or '01'}T{clock or '00:00'}{(zone or 'z').upper()}"
    return datetime.fromisoformat(spelled).astimezone(UTC)


def readings(text: str, now: datetime) -> dict[Type, datetime | timedelta]:
    """Return what a text says beside times and beside durations, where it says anything.

    Example:
        >>> readings("2h", datetime(2026, 1, 31, tzinfo=UTC))
        {<Type.DURATION: 6>: datetime.timedelta(seconds=7200)}
    """
    read = {Type.TIME: read_time(text, now), Type.DURATION: read_duration(text)}
    return {kind: value for kind, value in read.items() if value is not None}
