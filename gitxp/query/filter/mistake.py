"""What is wrong with a filter, with the place at which it is."""

from __future__ import annotations

import unicodedata

from gitxp.errors import InvalidFilter

# How much of a long filter is shown on either side of where a mistake begins.
_BEFORE, _AFTER = 40, 60


def mistake(source: str, start: int, end: int, message: str, *, hint: str = "") -> InvalidFilter:
    """Return the error that shows the text of a filter, and below it where the mistake is.

    Args:
        start: Where in `source` the mistake begins.
        end: Where what follows it begins.

    Example:
        >>> print(mistake("lr = 3", 3, 4, "'=' compares nothing", hint="=="))
        '=' compares nothing
          lr = 3
             ^
    """
    first, last = max(0, start - _BEFORE), start + _AFTER
    before = ("…" if first else "") + _shown(source[first:start])
    after = _shown(source[start:last]) + ("…" if last < len(source) else "")
    carets = "^" * max(1, _width(_shown(source[start : min(end, last)])))
    lines = (message, f"  {before}{after}", f"  {' ' * _width(before)}{carets}")
    return InvalidFilter("\n".join(lines), column=start + 1, hint=hint)


def quoted(source: str, start: int, end: int) -> str:
    """Return a part of a filter in quotes, cut where it is long; text has quotes of its own."""
    part = _shown(source[start : min(end, start + _BEFORE)])
    if end > start + _BEFORE:
        part = f"{part}…"
    return part if part.startswith(("'", '"')) else f"'{part}'"


def _shown(text: str) -> str:
    """Return text on one line, what a terminal obeys or does not show as Python escapes it."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def _width(text: str) -> int:
    """Return how many places of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(one) else 1 + (unicodedata.east_asian_width(one) in "WF")
        for one in text
    )
