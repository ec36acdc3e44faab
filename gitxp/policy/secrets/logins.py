"""Logins in URLs: `https://user:password@host`, and tokens in the place of a user."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from gitxp.policy.secrets.findings import Span
from gitxp.policy.secrets.plain import is_stand_in, looks_random

_MARK: Final = b"://"
_LONGEST: Final = 1024
# Elsewhere a user without a password is a person or a place: `ssh://git@host`, `abfss://box@…`.
_WEB: Final = (b"http", b"https")
_SCHEME: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
# An expression or a template, not a login.
_CODE: Final = re.compile(rb"[\[\](){}^|\\*]")
# A number anywhere else, a password here.
_PIN: Final = re.compile(rb"\d{4,}")


@cache
def _login() -> re.Pattern[bytes]:
    # A password may hold slashes, as AWS's do; what stands before one in `host:8080/a@b` is a port.
    return re.compile(
        rb"""(?P<user>[^\s/?#@:"'`<>\\\[]{0,1024}+)"""
        rb"""(?::(?!\d{1,5}(?:[/?#]|\Z))(?P<password>[^\s/?#"'`<>]{0,1024}|[^\s"'`<>@]{0,1024}))?@"""
    )


def find_logins(data: bytes) -> Iterator[Span]:
    """Yield what stands before the `@` of every URL that says who one is."""
    if b"@" not in data:
        return
    position = data.find(_MARK)
    while position >= 0:
        start = position + len(_MARK)
        if data.find(b"@", start, start + 2 * _LONGEST) >= 0:
            match = _login().match(data, start)
            if match is not None:
                span = _judge(data, position, match)
                if span is not None:
                    yield span
        position = data.find(_MARK, start)


def _judge(data: bytes, position: int, match: re.Match[bytes]) -> Span | None:
    start, end = match.start(), match.end() - 1
    user, password = match["user"], match["password"]
    if password is not None:
        if is_stand_in(password) and not _PIN.fullmatch(password):
            return None
        return Span(start, end, "login in a URL", _CODE.search(user + password) is None)
    before = data[max(0, position - 8) : position]
    scheme = before[len(before.rstrip(_SCHEME)) :].lower()
    if scheme not in _WEB or is_stand_in(user):
        return None
    if len(user) >= 20 and looks_random(user):
        return Span(start, end, "login in a URL", _CODE.search(user) is None)
    return None
