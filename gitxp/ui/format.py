"""Numbers, times and foreign text as people read them.

What the front door for scripts needs as well lies in `gitxp.text`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from gitxp.text import cell, csv_text, number, safe, sparkline, value, with_hidden_shown

__all__ = [
    "age",
    "cell",
    "csv_text",
    "duration",
    "moment",
    "number",
    "safe",
    "size",
    "sparkline",
    "value",
    "with_hidden_shown",
]

_UNITS = ((86400 * 365, "y"), (86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def duration(length: timedelta | None) -> str:
    """Return a length of time in its two largest units.

    Example:
        >>> duration(timedelta(seconds=3723)), duration(timedelta(seconds=2.5))
        ('1h 2min', '2.5s')
        >>> duration(timedelta(milliseconds=20)), duration(timedelta(0))
        ('20ms', '0ms')
    """
    if length is None:
        return ""
    seconds = length.total_seconds()
    if seconds < 0:  # a clock that was set back while the run was under way
        return f"-{duration(-length)}"
    if seconds < 10:
        milliseconds = seconds * 1000
        return f"{seconds:.2g}s" if round(milliseconds) >= 1000 else f"{milliseconds:.0f}ms"
    whole = round(seconds)
    for (size, unit), (next_size, next_unit) in pairwise(_UNITS):
        if whole >= size:
            count, rest = divmod(whole, size)
            below = rest // next_size
            return f"{count}{unit} {below}{next_unit}" if below else f"{count}{unit}"
    return f"{whole}s"


def moment(then: datetime, now: datetime) -> str:
    """Return when something was, to the second, and how long ago.

    Example:
        >>> from datetime import UTC
        >>> moment(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC))
        '2026-01-01 00:00:00 UTC (2d ago)'
    """
    return f"{then:%Y-%m-%d %H:%M:%S} UTC ({age(then, now)})"


def age(then: datetime, now: datetime) -> str:
    """Return how long ago something was, in its largest unit.

    Example:
        >>> from datetime import UTC
        >>> age(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC))
        '2d ago'
    """
    seconds = (now - then).total_seconds()
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)}{unit} ago"
    return "now"


def size(count: int | None) -> str:
    """Return bytes in binary units.

    Example:
        >>> size(1536), size(12)
        ('1.5 KiB', '12 B')
    """
    if count is None:
        return ""
    amount = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.3g} {unit}"
        amount /= 1024
    return f"{amount:.3g} TiB"


def fact(name: str, text: str, *, margin: int) -> str:
    """Return a name and what is told of it, which begins at the margin.

    Example:
        >>> fact("status", "finished", margin=10)
        'status:   finished'
    """
    return f"{name + ':':<{margin}}{text}"
