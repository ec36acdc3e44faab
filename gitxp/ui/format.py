"""Numbers, times and foreign text as people read them.

What the front door for scripts needs as well lies in `gitxp.text`.
"""

from __future__ import annotations

from datetime import datetime

from gitxp.text import (
    TIME_UNITS,
    cell,
    csv_text,
    duration,
    finite_number,
    number,
    safe,
    size,
    sparkline,
    value,
    with_hidden_shown,
)

__all__ = [
    "age",
    "cell",
    "csv_text",
    "duration",
    "finite_number",
    "moment",
    "number",
    "safe",
    "size",
    "sparkline",
    "value",
    "with_hidden_shown",
]


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
    for length, unit in TIME_UNITS:
        if seconds >= length:
            return f"{int(seconds // length)}{unit} ago"
    return "now"


def fact(name: str, text: str, *, margin: int) -> str:
    """Return a name and what is told of it, which begins at the margin.

    Example:
        >>> fact("status", "finished", margin=10)
        'status:   finished'
    """
    return f"{name + ':':<{margin}}{text}"
