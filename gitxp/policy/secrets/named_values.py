"""Where the value behind a name begins and ends, in any of the ways that people write one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final

# A quoted value is searched for its end no further than this.
_LONGEST_QUOTED: Final = 16384
_COLOUR: Final = rb"(?:\x1b\[[0-9;]{0,12}m){0,2}"
_QUOTE: Final = rb"""\\{0,3}(?:\"\"\"|'''|["'`])"""
# Between a name and its value, `password: str = "…"`; other words may be the value itself.
_TYPE: Final = (
    rb":[ \t]{0,4}(?:str|bytes|[Ss]tring|SecretStr|SecretBytes|Any|object"
    rb"|(?:Optional|Final|ClassVar|Annotated)(?:\[[\w, .|\[\]]{1,30}\])?)"
    rb"(?:[ ]?\|[ ]?(?:None|bytes|str))?[ \t]{0,4}=(?!=)"
)
_EQUALS: Final = rb"(?:[?|:+]{0,2}={1,3}>?|:|%3[Dd])"
# `<add key="password" value="…"/>`
_ATTRIBUTE: Final = rb"""(?<=["'])[ \t]{1,8}value[ \t]?=[ \t]?(?=["'])"""
# `getenv("PASSWORD", "…")`, `add_argument("--password", default="…")`.
_COMMA: Final = (
    rb"""(?<=["'`])[ \t]{0,4},[ \t]{0,4}(?:[\w"'=, -]{0,60}?default[ \t]?=[ \t]?)?(?=[bru]?"""
    + _QUOTE
    + rb")"
)
_WRAPPED: Final = (
    rb"(?:[\w.]{0,30}(?:[Ss]ecret\w{0,10}|str|bytes|bytearray|decode)\((?=[bru\"'`]))?"
)


class Manner(Enum):
    """How a value may be written.

    Attributes:
        WORD: `name = value`, quoted or up to a blank.
        OPTION: Also with nothing but a blank before it.
        FIRST: The first of some arguments, as in `getenv("PASSWORD", "…")`: a comma before it.
        QUERY: In a URL, up to `&`.
        TO_THE_END: May hold blanks without being quoted, as headers do.
    """

    WORD = "word"
    OPTION = "option"
    FIRST = "first"
    QUERY = "query"
    TO_THE_END = "to the end"


@dataclass(frozen=True, slots=True)
class Value:
    """The bytes of a value, without its quotes."""

    start: int
    end: int
    is_quoted: bool


@cache
def _separator() -> re.Pattern[bytes]:
    assigned = rb"(?:[ ]\[[^\]\r\n]{0,30}\])?[ \t]{0,16}(?:" + _TYPE + b"|" + _EQUALS + b")"
    return re.compile(
        rb"""(?:\\{0,3}["'`])?\]?"""
        + (
            _COLOUR
            + b"(?:"
            + assigned
            + b"|"
            + _ATTRIBUTE
            + b"|(?P<comma>"
            + _COMMA
            + b")|(?P<tag>>))"
        )
        + (_COLOUR + rb"[ \t]{0,16}" + _COLOUR + _WRAPPED)
        + (b"(?:[bBrRuUfF]{1,2}(?=" + _QUOTE + b"))?")
    )


@cache
def _option_separator() -> re.Pattern[bytes]:
    return re.compile(rb"""["']?[ \t]{1,8}(?=[^\s-]|-[^\sA-Za-z-])""")


@cache
def _quote() -> re.Pattern[bytes]:
    return re.compile(_QUOTE)


_BARE: Final = {
    # A comma may be part of a password; before another `name=` it is none.
    # Not all of it possessive: before Python 3.11.5 such a choice takes in what it must not.
    Manner.WORD: (
        rb"""(?:[^\s"'`,;&|\x1b]++|[,;&|](?![\w.-]{1,40}=)|["'`](?=[^\s,;:)\]}>"'`\\]))+"""
    ),
    Manner.QUERY: rb"""[^\s&#"'`<>\\\x1b]++""",
    Manner.TO_THE_END: rb"""[^\r\n"'`\x1b]++""",
}
_TAGGED: Final = rb"[^<\r\n]++"
# They begin something larger, or go on with the program's text: `print("password:", word)`.
_NO_VALUE: Final = (
    rb"""[{(\[]|[$#]?\{\{|\$\(|<[^<>\r\n]{0,60}>|[|>][+-]?\d?[ \t]*(?:[\r\n]|\Z)|[,)+%](?:\s|\Z)"""
)
_SCHEME: Final = rb"(?i:bearer|basic|token|digest|apikey|negotiate|bot|aws4-hmac-sha256)[ \t]+"


@cache
def _compiled(expression: bytes) -> re.Pattern[bytes]:
    return re.compile(expression)


# Elsewhere, words with commas between them are a list.
_BEFORE_COMMA: Final = (Manner.OPTION, Manner.FIRST)


def read_value(data: bytes, position: int, manner: Manner) -> Value | None:
    """Return the value behind a name that ends at `position`; None where there is none."""
    match = _separator().match(data, position)
    if match is None and manner is Manner.OPTION:
        match = _option_separator().match(data, position)
    if match is None or (match.groupdict().get("comma") and manner not in _BEFORE_COMMA):
        return None
    start = match.end()
    opening = _quote().match(data, start)
    if opening is not None:
        start = opening.end()
        end = _closing(data, opening.group(), start)
        if end is not None:
            return _quoted(data, start, end, manner)
        if data[start : start + 1] in b" \t":
            return None
    return _bare(data, start, manner, is_tagged=match.groupdict().get("tag") is not None)


def _quoted(data: bytes, start: int, end: int, manner: Manner) -> Value | None:
    if _compiled(rb"[,)+%](?:\s|\Z)").match(data, start, end):
        return None
    return Value(_after_scheme(data, start, manner), end, is_quoted=True)


def _closing(data: bytes, quote: bytes, start: int) -> int | None:
    """Return where a quoted value ends, if it does on its line."""
    end = data.find(quote, start, start + _LONGEST_QUOTED)
    while end >= 0 and len(quote) == 1 and _is_escaped(data, start, end):
        end = data.find(quote, end + 1, start + _LONGEST_QUOTED)
    if end < 0 or data.find(b"\n", start, end) >= 0 or data.find(b"\r", start, end) >= 0:
        return None
    return end


def _is_escaped(data: bytes, start: int, position: int) -> bool:
    before = data[max(start, position - 64) : position]
    return (len(before) - len(before.rstrip(b"\\"))) % 2 == 1


def _bare(data: bytes, start: int, manner: Manner, *, is_tagged: bool) -> Value | None:
    if _compiled(_NO_VALUE).match(data, start) and not is_tagged:
        return None
    start = _after_scheme(data, start, manner)
    expression = _TAGGED if is_tagged else _BARE.get(manner, _BARE[Manner.WORD])
    match = _compiled(expression).match(data, start)
    if match is None:
        return None
    text = match.group()
    kept = text.rstrip() if is_tagged else text.rstrip(b" \t,;)]}\"'")
    return Value(start, start + len(kept), is_quoted=False) if kept else None


def _after_scheme(data: bytes, start: int, manner: Manner) -> int:
    if manner is not Manner.TO_THE_END:
        return start
    match = _compiled(_SCHEME).match(data, start)
    return match.end() if match else start
