"""Texts without their secrets."""

from __future__ import annotations

import posixpath
from functools import lru_cache
from typing import Final

from gitxp.policy.secrets.findings import NOTHING, Allowed, Redacted
from gitxp.policy.secrets.search import clean

# Text of a command line or a file's name may hold lone surrogates, which come back as they were.
_ENCODING = ("utf-8", "surrogatepass")

# The names and words of one run are those of the next: what they answered is remembered.
_SHORT: Final = 100


def redact_text(text: str, allowed: Allowed = NOTHING) -> Redacted[str]:
    """Return a text with `<redacted>` in place of what looks secret by name or shape.

    Example:
        >>> redact_text("connecting with password=hunter2").value
        'connecting with password=<redacted>'
    """
    if len(text) > _SHORT:
        return _redact(text, allowed, is_url=False)
    return Redacted(text) if _is_clean(text, allowed) else _redact(text, allowed, is_url=False)


@lru_cache(maxsize=4096)
def _is_clean(text: str, allowed: Allowed) -> bool:
    return not _redact(text, allowed, is_url=False).findings


def redact_url(url: str, allowed: Allowed = NOTHING) -> Redacted[str]:
    """Return a URL without login, signature and token.

    Unlike in a text, who stands before the `@` of a web address is taken for a token.

    Example:
        >>> redact_url("https://ada:hunter2@host/data.csv?version=3&sig=abc").value
        'https://<redacted>@host/data.csv?version=3&sig=<redacted>'
    """
    return _redact(url, allowed, is_url=True)


def redact_path(path: str, allowed: Allowed = NOTHING) -> Redacted[str]:
    """Return the path of a file without secrets in its names.

    Its ending is no part of a token that may hold dots.
    """
    stem, ending = posixpath.splitext(path)
    found = redact_text(stem, allowed)
    whole = redact_text(found.value + ending, allowed)
    return Redacted(whole.value, (*found.findings, *whole.findings))


def redact_bytes(data: bytes, allowed: Allowed = NOTHING) -> Redacted[bytes]:
    """Return bytes of text in UTF-8, or another encoding that holds ASCII, without secrets.

    Example:
        >>> redact_bytes(b"token: none").value
        b'token: none'
    """
    cleaned = clean(data, allowed)
    return Redacted(cleaned.data, cleaned.findings)


def _redact(text: str, allowed: Allowed, *, is_url: bool) -> Redacted[str]:
    cleaned = clean(text.encode(*_ENCODING), allowed, is_url=is_url)
    if not cleaned.findings:
        return Redacted(text)
    return Redacted(cleaned.data.decode(*_ENCODING), cleaned.findings)
