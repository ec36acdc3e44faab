"""Numbers, times and foreign text as people read them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b.|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# What has no width, or turns the direction of text: one name could pose as another.
_HIDDEN = (
    r"\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    r"\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
# The two joiners are letters of many scripts, and hold emoji together.
_JOINED = r"\u0600-\u1cff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_STRAY = rf"(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])"
_PERHAPS_HIDDEN = re.compile(rf"[{_HIDDEN}\u200c\u200d]")
_TO_ESCAPE = re.compile(rf"[{_HIDDEN}]|{_STRAY}")
_BREAKS = re.compile(r"[\x00-\x1f]")
_FORMULA = ("=", "+", "-", "@")
_BARS = "▁▂▃▄▅▆▇█"
_UNITS = ((86400 * 365, "y"), (86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def safe(text: str) -> str:
    r"""Return text without terminal escapes and control characters: records may be anybody's.

    Characters that are not seen, or turn the direction of text, are shown as escapes.

    Example:
        >>> safe("a\x1b[31mb\x07")
        'ab'
        >>> print(safe("a\u202eb"))
        a\u202eb
    """
    return with_hidden_shown(_CONTROL.sub("", text)).encode("utf-8", "replace").decode()


def with_hidden_shown(text: str) -> str:
    r"""Return text in which what a terminal obeys or does not show is escaped as JSON would.

    But for the controls below the space, which JSON escapes itself.

    Example:
        >>> print(with_hidden_shown("a\x9b31m\u2066"))
        a\u009b31m\u2066
    """
    if _PERHAPS_HIDDEN.search(text) is None:  # many times faster on what has none
        return text
    return _TO_ESCAPE.sub(_escape, text)


def csv_name(name: str) -> str:
    """Return a name as it stands in CSV: on one line, and no formula to a spreadsheet.

    Example:
        >>> csv_name("val/loss"), csv_name("=1+1")
        ('val/loss', "'=1+1")
    """
    shown = _BREAKS.sub(_escape, with_hidden_shown(name))
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def _escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def cell(text: str) -> str:
    r"""Return safe text on one line, for tables.

    Example:
        >>> cell("a\nb\tc")
        'a b c'
    """
    return " ".join(safe(text).split())


def number(value: float | None) -> str:
    """Return a number with sensible digits.

    Example:
        >>> number(0.123456), number(1e-9), number(3.0), number(None)
        ('0.1235', '1e-09', '3', '')
    """
    return "" if value is None else f"{value:.4g}"


def value(anything: Any) -> str:
    """Return any param or tag on one line."""
    if isinstance(anything, float):
        return number(anything)
    return cell(str(anything))


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
    if length < timedelta(0):  # a clock that was set back while the run was under way
        return f"-{duration(-length)}"
    seconds = length.total_seconds()
    if round(seconds * 1000) < 1000:
        return f"{seconds * 1000:.0f}ms"
    if seconds < 10:
        return f"{seconds:.2g}s"
    parts: list[str] = []
    rest = round(seconds)
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count}{unit}")
    return " ".join(part for part in parts[:2] if not part.startswith("0"))


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


def sparkline(values: Sequence[float], width: int = 8) -> str:
    """Return a curve as a few bars; values that are no numbers are passed over.

    Example:
        >>> sparkline([1, 2, 3, 4])
        '▁▃▆█'
    """
    finite = [one for one in values if math.isfinite(one)]
    if len(finite) > width:
        finite = [finite[i * (len(finite) - 1) // (width - 1)] for i in range(width)]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    spread = (high - low) or 1.0
    return "".join(_BARS[round((one - low) / spread * (len(_BARS) - 1))] for one in finite)
