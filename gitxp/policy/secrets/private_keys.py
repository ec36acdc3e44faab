r"""Private keys in PEM and OpenPGP armour: blocks of lines, or one line with `\n` in it.

The lines that begin and end a block stay, so that a text keeps its lines and says what was there.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import Final

from gitxp.policy.secrets.findings import REDACTED_BYTES, Span

PRIVATE_KEY: Final = "private key"
# RFC 7468, RFC 4716 (four dashes and a blank) and RFC 4880.
_BEGIN: Final = rb"-{4,5} ?BEGIN (?:[A-Z0-9]{1,12} ){0,4}(?:PRIVATE|SECRET) KEY(?: BLOCK)? ?-{4,5}"
# Less than a line of any key; `if BEGIN in text:` on one line and `return` on the next is none.
_SHORTEST: Final = 32


class Place(Enum):
    """Where a text stands with regard to a key."""

    OUTSIDE = "outside"
    # After the line that begins it, or the headers that may follow.
    BEFORE_BODY = "before body"
    BODY = "body"


@cache
def _begin() -> re.Pattern[bytes]:
    return re.compile(_BEGIN)


@cache
def _closing() -> re.Pattern[bytes]:
    return re.compile(rb"-{4,5} ?END ")


@cache
def _line() -> re.Pattern[bytes]:
    return re.compile(rb"[^\r\n]*+(?:\r\n?|\n|\Z)")


@cache
def _line_end() -> re.Pattern[bytes]:
    return re.compile(rb"[\r\n]")


@cache
def _inline() -> re.Pattern[bytes]:
    return re.compile(rb"""(?:\\++[nrt]|[A-Za-z0-9+/=,:. -])*+""")


@cache
def _body() -> re.Pattern[bytes]:
    # A key may be quoted, indented, commented out or part of a difference.
    return re.compile(
        rb"""[\s+\-#>*|"'`(]{0,40}(?:[bru]{1,2}["'])?(?P<body>[A-Za-z0-9+/=]++)"""
        rb"""(?:\\[nr]){0,4}[\s"'`,;)+\\]*+"""
    )


@cache
def _header() -> re.Pattern[bytes]:
    return re.compile(
        rb"""[\s+\-#>*|"'`]{0,40}(?:[A-Z][A-Za-z-]{2,20}: [^\r\n]*|(?:\\[nr])?["']?)\s*"""
    )


def find_private_keys(data: bytes, place: Place = Place.OUTSIDE) -> tuple[list[Span], Place]:
    """Return the bodies of private keys, and where the end of the data stands.

    Args:
        place: Where its beginning stands.
    """
    if place is Place.OUTSIDE and b"BEGIN " not in data:
        return [], place
    spans: list[Span] = []
    position = 0
    while True:
        if place is not Place.OUTSIDE:
            position, place = _read_body(data, position, place, spans)
            if place is not Place.OUTSIDE:
                return spans, place
        match = _begin().search(data, position)
        if match is None:
            return spans, place
        position, place = _read_inline(data, match.end(), spans)


def _read_inline(data: bytes, start: int, spans: list[Span]) -> tuple[int, Place]:
    """Read what follows the beginning on its own line."""
    match = _inline().match(data, start)
    end = match.end() if match else start
    closing = _closing().search(data, start, end)
    body = (start, closing.start() if closing else end)
    if body[1] - body[0] >= _SHORTEST:
        spans.append(Span(*body, PRIVATE_KEY))
        return end, Place.OUTSIDE if closing else Place.BODY
    if closing or data.startswith(REDACTED_BYTES, end) or _begins_again(data, end):
        return end, Place.OUTSIDE
    return end, Place.BEFORE_BODY


def _begins_again(data: bytes, position: int) -> bool:
    """Return whether another key begins on the same line."""
    match = _begin().search(data, position)
    return match is not None and not _line_end().search(data, position, match.start())


def _read_body(data: bytes, position: int, place: Place, spans: list[Span]) -> tuple[int, Place]:
    """Read whole lines from `position` on, for as long as they look like a key."""
    for match in _line().finditer(data, position):
        line = match.group()
        if not line:
            break
        if position == match.start() and position and data[position - 1] not in b"\r\n":
            continue  # the rest of the line that begins the key
        body = _body().fullmatch(line)
        is_long = body is not None and len(body["body"]) >= _SHORTEST
        if body is not None and (is_long or place is Place.BODY):
            start, end = body.span("body")
            spans.append(Span(match.start() + start, match.start() + end, PRIVATE_KEY))
            place = Place.BODY
        elif place is not Place.BEFORE_BODY or _header().fullmatch(line) is None:
            return match.start(), Place.OUTSIDE
    return len(data), place
