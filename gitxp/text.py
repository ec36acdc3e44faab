"""Foreign text, numbers and curves on one line, wherever they are shown."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Sequence
from datetime import timedelta
from html import escape
from itertools import pairwise
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
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@")
_BARS = "▁▂▃▄▅▆▇█"
TIME_UNITS = ((86400 * 365, "y"), (86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def safe(text: str) -> str:
    r"""Return text without terminal escapes and control characters: records may be anybody's.

    Characters that are not seen, or turn the direction of text, are shown as escapes.

    Example:
        >>> safe("a\x1b[31mb\x07")
        'ab'
        >>> print(safe("a\u202eb"))
        a\u202eb
    """
    if text.isascii() and text.isprintable():  # nearly all text is, and lists have much of it
        return text
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
    return _TO_ESCAPE.sub(escaped, text)


def escaped(match: re.Match[str]) -> str:
    """Return what was matched as JSON escapes."""
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def cell(text: str) -> str:
    r"""Return safe text on one line, for tables.

    Example:
        >>> cell("a\nb\tc")
        'a b c'
    """
    return " ".join(safe(text).split())


def csv_text(text: str) -> str:
    """Return text as it stands in CSV: on one line, and no formula to a spreadsheet.

    Example:
        >>> csv_text("val/loss"), csv_text("=1+1")
        ('val/loss', "'=1+1")
    """
    shown = _BREAKS.sub(escaped, with_hidden_shown(text))
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def type_of(anything: Any) -> str:
    """Return the type of something with its article, for messages.

    Example:
        >>> type_of(1), type_of([])
        ('an int', 'a list')
    """
    return with_article(type(anything).__name__)


def with_article(word: str) -> str:
    """Return a word with the article that its first letter asks for.

    Example:
        >>> with_article("object"), with_article("numpy.ndarray")
        ('an object', 'a numpy.ndarray')
    """
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"


def html_text(text: str) -> str:
    """Return text of anybody's as HTML that is nothing but that text.

    Example:
        >>> html_text("<b>")
        '&lt;b&gt;'
    """
    return escape(safe(text))


def cut(text: str, longest: int | None) -> str:
    """Return text of so many characters at most, for where no width is to be kept to.

    Example:
        >>> cut("abcdef", 4), cut("abcdef", None)
        ('abc…', 'abcdef')
    """
    if longest is None or len(text) <= longest:
        return text
    return f"{text[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"


def few(words: Sequence[str], most: int) -> str:
    """Return words side by side, of many the first and how many more there are.

    Example:
        >>> few(["a", "b"], 2), few(["a", "b", "c"], 2)
        ('a, b', 'a, b and 1 more')
    """
    told = ", ".join(words[:most])
    return f"{told} and {len(words) - most:,} more" if len(words) > most else told


def number(value: float | None) -> str:
    """Return a number with sensible digits.

    Example:
        >>> number(0.123456), number(1e-9), number(3.0), number(None)
        ('0.1235', '1e-09', '3', '')
    """
    return "" if value is None else f"{value:.4g}"


def finite_number(value: float, form: str = ".4g") -> str:
    """Return a number that comes of finite ones: infinite is what lies beyond the largest float.

    Args:
        form: How it is formatted.

    Example:
        >>> finite_number(0.123456), finite_number(math.inf), finite_number(-math.inf)
        ('0.1235', '> 1.798e+308', '< -1.798e+308')
    """
    if math.isinf(value):
        return f"{'>' if value > 0 else '<'} {math.copysign(sys.float_info.max, value):{form}}"
    return f"{value:{form}}"


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
    seconds = length.total_seconds()
    if seconds < 0:  # a clock that was set back while the run was under way
        return f"-{duration(-length)}"
    if seconds < 10:
        milliseconds = seconds * 1000
        return f"{seconds:.2g}s" if round(milliseconds) >= 1000 else f"{milliseconds:.0f}ms"
    whole = round(seconds)
    for (size, unit), (next_size, next_unit) in pairwise(TIME_UNITS):
        if whole >= size:
            count, rest = divmod(whole, size)
            below = rest // next_size
            return f"{count}{unit} {below}{next_unit}" if below else f"{count}{unit}"
    return f"{whole}s"


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


def shown(given: Any, longest: int = 60) -> str:
    """Return a value of a script for a message, however long, and whatever its own `repr` does.

    Example:
        >>> shown("a" * 10**6, 8)
        "'aaaaaa…"
    """
    try:
        return cut(repr(given), longest)
    except Exception:  # noqa: BLE001  # a value's own __repr__ may raise anything
        return object.__repr__(given)
