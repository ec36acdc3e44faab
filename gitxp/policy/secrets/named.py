"""Secrets that the name before them gives away: `password=…`, `"api_key": "…"`, `--token …`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from gitxp.policy.secrets.findings import NOTHING, Allowed, Span, joined, without
from gitxp.policy.secrets.named_values import Manner, Value, read_value
from gitxp.policy.secrets.named_words import is_secret_word, is_working_folder
from gitxp.policy.secrets.names import Promise, is_pin, promise_of
from gitxp.policy.secrets.plain import is_stand_in, looks_random
from gitxp.policy.secrets.shapes import find_shapes

# One of them is part of every name that promises anything. Searched for by themselves, they cost
# far less than an expression that looks at every byte.
_PARTS: Final = (
    *(b"pass", b"pwd", b"pswd", b"psw", b"secret", b"token", b"key", b"cred", b"auth", b"cookie"),
    *(b"jwt", b"pat", b"mnemonic", b"phrase", b"sig", b"hmac"),
)
_NAME: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.-"
_LONGEST_NAME: Final = 64
# Their values may hold blanks.
_TO_THE_END: Final = ("authorization", "cookie", "passphrase", "phrase", "mnemonic")


@dataclass(frozen=True, slots=True)
class _Name:
    """A name in a text.

    Attributes:
        is_option: Whether dashes stand before it, so that a blank may stand behind it.
        is_query: Whether it is part of a URL.
    """

    start: int
    end: int
    text: str
    promise: Promise
    is_option: bool
    is_query: bool


def find_named(data: bytes, allowed: Allowed = NOTHING) -> Iterator[Span]:
    """Yield every value whose name says that it is a secret."""
    done = 0
    for position in _parts(data.lower()):
        if position < done:
            continue
        name = _read_name(data, position)
        if name is None or allowed.covers(name.text):
            continue
        value = read_value(data, name.end, _manner(data, name))
        if value is None:
            continue
        span = _judge(data, name, value)
        done = name.end
        if span is not None:
            done = span.end
            yield span


def _parts(lower: bytes) -> list[int]:
    """Return in order where a part of a name stands."""
    found = []
    for part in _PARTS:
        position = lower.find(part)
        while position >= 0:
            found.append(position)
            position = lower.find(part, position + len(part))
    found.sort()
    return found


def _read_name(data: bytes, position: int) -> _Name | None:
    """Return the name around a part of one, if a value may follow it."""
    end = _word().match(data, position, position + _LONGEST_NAME).end()  # type: ignore[union-attr]
    # First the cheap question: most words are followed by no value.
    if data[end : end + 1] not in _FOLLOWING:
        return None
    before = data[max(0, position - _LONGEST_NAME) : position]
    start = position - len(before) + len(before.rstrip(_NAME))
    raw = data[start:end]
    if data[start - 1 : start] == b"[":  # the end of a colour, `ESC [ 1 m`
        raw = _COLOUR_END.sub(b"", raw)
    elif data[start - 1 : start] == b"\\" and raw[:1] in b"nrt":  # the end of `\n` in JSON
        raw, start = raw[1:], start + 1
    if data[start - 3 : start] == b"://":  # a user, with the password behind it
        return None
    is_query = start > 0 and data[start - 1] in b"?&"
    text, promise = _promised(raw, is_query)
    if text in _SECOND_WORDS and data[start - 1 : start] == b" ":
        text, promise = _with_word_before(data, start, text, promise)
    if promise is Promise.NOTHING:
        return None
    return _Name(start, end, text, promise, raw.startswith(b"-"), is_query)


_FOLLOWING: Final = frozenset(bytes([byte]) for byte in b" \t\"'`\\]=:>|?+%\x1b")
_COLOUR_END: Final = re.compile(rb"\A[0-9;]{0,12}m")


# The last of two words that are a name: `API key: …`, `access token: …`.
_SECOND_WORDS: Final = frozenset({"key", "Key", "KEY", "token", "Token", "TOKEN", "phrase"})


@lru_cache(maxsize=4096)
def _promised(raw: bytes, is_query: bool) -> tuple[str, Promise]:  # noqa: FBT001 - cached
    text = raw.decode("ascii").strip("-.")
    return text, promise_of(text, is_query=is_query)


def _manner(data: bytes, name: _Name) -> Manner:
    if name.is_query:
        return Manner.QUERY
    if name.is_option:
        return Manner.OPTION
    if data[name.start - 2 : name.start] in (b"('", b'("'):
        return Manner.FIRST
    is_long = name.text.lower().endswith(_TO_THE_END)
    return Manner.TO_THE_END if is_long else Manner.WORD


def _with_word_before(data: bytes, start: int, text: str, promise: Promise) -> tuple[str, Promise]:
    """Return the name and its promise where it is two words, as `API key: …`."""
    before = data[max(0, start - 24) : start - 1]
    word = before[len(before.rstrip(_NAME)) :].decode("ascii").strip("-.")
    joined = f"{word}_{text}"
    if word and promise_of(joined) is Promise.SECRET and promise_of(word) is not Promise.SECRET:
        return joined, Promise.SECRET
    return text, promise


@cache
def _word() -> re.Pattern[bytes]:
    return re.compile(rb"[\w.-]*")


def _judge(data: bytes, name: _Name, value: Value) -> Span | None:
    text = data[value.start : value.end]
    if name.promise is Promise.SECRET and is_pin(name.text, text.decode("latin-1")):
        return Span(value.start, value.end, _what(name.text), value.is_quoted)
    if is_stand_in(text) or text.lower() == name.text.lower().encode():
        return None
    is_random = looks_random(text)
    # As a whole option, `--token` says more than the word within a text.
    is_given = name.is_option and is_secret_word(name.text, text.decode("latin-1"))
    if name.promise is not Promise.SECRET and not is_random and not is_given:
        return None
    if is_working_folder(name.text, text.decode("latin-1")):
        return None
    if name.text.lower().endswith("cookie") and b"=" not in text:
        return None
    is_literal = _is_quoted_literal(text) if value.is_quoted else _is_bare_literal(text)
    is_assigned = value.is_quoted and b"==" not in data[name.end : value.start]
    is_sure = is_literal and (is_assigned or is_random)
    return Span(value.start, value.end, _what(name.text), is_sure)


@lru_cache(maxsize=4096)
def _what(name: str) -> str:
    """Return what a finding says; what stands before a value may be a token itself."""
    if len(name) >= _LONGEST_NAME:  # perhaps the end of one, which has no shape
        return "value of a long name"
    data = name.encode("ascii")
    return f"value of {without(data, joined(find_shapes(data))).decode('ascii')}"


def _is_quoted_literal(text: bytes) -> bool:
    """Return whether text in quotes is no message, and no name of where the secret is."""
    if any(byte in text for byte in b" \t()"):
        return looks_random(text)
    is_word = _WORD.fullmatch(text) is not None
    return not is_word or promise_of(text.decode("ascii")) is Promise.NOTHING


_WORD: Final = re.compile(rb"[A-Za-z_.-]+")


def _is_bare_literal(text: bytes) -> bool:
    """Return whether no program would hold this as an expression."""
    digits = sum(map(text.count, _DIGITS))
    return _LITERAL.fullmatch(text) is not None and digits >= _FEWEST_DIGITS


_LITERAL: Final = re.compile(rb"[\w+/=~!@#$%^&*-]+")
_DIGITS: Final = tuple(b"%d" % digit for digit in range(10))
# A variable's name has fewer: `OAuth2Token`.
_FEWEST_DIGITS: Final = 4
