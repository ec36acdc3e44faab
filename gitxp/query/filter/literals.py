"""Text and numbers as they are written in a filter."""

from __future__ import annotations

import re
from typing import Final

from gitxp.query.filter.mistake import mistake, quoted
from gitxp.query.filter.tree import Literal

# Python reads no integer of more than 4,300 digits.
_LONGEST_NUMBER: Final = 4000
_NUMBER = re.compile(r"(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r"""(r?)(?:"((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)')""", re.DOTALL)
# A pair of surrogates is the one character that they mean, as in JSON.
_ESCAPE = re.compile(
    r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\\u([0-9a-f]{4})|\\(.)",
    re.DOTALL | re.IGNORECASE,
)
_ESCAPED: Final = {
    '"': '"', "'": "'", "\\": "\\", "/": "/",
    "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
}  # fmt: skip


def read_number(source: str, place: int) -> Literal | None:
    """Return the number that begins at `place`; None where none does.

    Raises:
        InvalidFilter: If letters follow it, or it is longer than any number that is recorded.
    """
    number = _NUMBER.match(source, place)
    if number is None or not number[0].isascii():
        return None
    end = number.end()
    letters = _WORD.match(source, end)
    if letters is not None:
        said = quoted(source, place, letters.end())
        hint = f'durations, times and other text are written in quotes: "{said[1:-1]}"'
        raise mistake(source, place, letters.end(), f"{said} is no number", hint=hint)
    if end - place > _LONGEST_NUMBER:
        raise mistake(source, place, end, f"a number of {end - place} digits is too long")
    digits = number[0].replace("_", "")
    value = int(digits) if digits.isdigit() else float(digits)
    return Literal(value, start=place, end=end)


def read_text(source: str, place: int) -> Literal:
    r"""Return the text in quotes that begins at `place`, spelled as in JSON or Python.

    Example:
        >>> read_text(r"'it\'s \u00e9'", 0).value, read_text(r'r"\d+"', 0).value
        ("it's é", '\\d+')

    Raises:
        InvalidFilter: If it does not end, or has an escape that means nothing.
    """
    text = _QUOTED.match(source, place)
    if text is None:
        said = "this text has no closing quote"
        raise mistake(source, place, len(source), said)
    raw, *parts = text.groups()
    inner = next(part for part in parts if part is not None)
    value = inner if raw else _unescaped(source, text.end() - 1 - len(inner), inner)
    return Literal(value, start=place, end=text.end())


def _unescaped(source: str, place: int, inner: str) -> str:
    if "\\" not in inner:
        return inner

    def character(escape: re.Match[str]) -> str:
        high, low, code, letter = escape.groups()
        if high is not None:
            return bytes.fromhex(high + low).decode("utf-16-be")
        if code is not None:
            return chr(int(code, 16))
        if letter in _ESCAPED:
            return _ESCAPED[letter]
        start, end = place + escape.start(), place + escape.end()
        raise mistake(
            source,
            start,
            end,
            f"{quoted(source, start, end)} is no escape",
            hint='r"…" takes every backslash as it stands, as regular expressions want it',
        )

    return _ESCAPE.sub(character, inner)
