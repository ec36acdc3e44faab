"""What servers of Git LFS answer: documents read with care, and refusals told apart.

Source: "Batch API" in the documentation of Git LFS.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from typing import Any

from gitxp.errors import RemoteFailed
from gitxp.storage.codecs.pointer import Pointer

# Of a document, a large file; most say a thousand bytes of each. What Python makes of a document
# may take fifteen times its size.
_LARGEST_SHARE = 64 << 10
_LARGEST_COMPLAINT = 64 << 10
_MOST_WORDS = 300
_OK = range(200, 300)
# Otherwise in a while; `Batch API` names them.
_LATER = frozenset({408, 429, 500, 502, 503, 504})
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[^\x00\r\n]*")
# Of seconds: what is later than in a year, or says no sensible number, is as good as never.
_YEAR = 366 * 86400
# We say these ourselves.
_OURS = frozenset({"connection", "content-length", "host", "transfer-encoding"})


class Unreached(RemoteFailed):
    """A server does not answer, or not now.

    Attributes:
        pause: Seconds that it wants to be left alone; None where it does not say.
    """

    def __init__(self, message: str, *, pause: float | None = None) -> None:
        super().__init__(message)
        self.pause = pause


class Denied(RemoteFailed):
    """A server wants another way in than it was shown, or none any more."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do with a large file.

    Attributes:
        headers: By their names in lower case.
        until: Of `time.monotonic`, when it stops being possible.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    until: float = float("inf")

    @property
    def is_over(self) -> bool:
        """Whether it is too late; some seconds early, for the way there."""
        return time.monotonic() > self.until - 5


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server says of one large file.

    Attributes:
        actions: What is to be done, by name; of one that the server has already nothing.
        refusal: Why it does nothing with it; empty where it does.
        is_open: Whether the actions need no login.
    """

    actions: Mapping[str, Action] = field(default_factory=dict)
    refusal: str = ""
    is_open: bool = False


def read_answer(response: HTTPResponse, files: int) -> bytes:
    """Return a document, once it is known to be one.

    Args:
        files: Of how many large files it says something.

    Raises:
        Unreached: If it breaks off, or the server has no time for it.
        Denied: If it wants a login.
        RemoteFailed: If the server refuses, or the document is too large.
    """
    largest = (files + 1) * _LARGEST_SHARE
    with response:
        check_status(response)
        try:
            content = response.read(largest + 1)
        except (OSError, HTTPException) as error:
            raise Unreached(f"the server's answer breaks off: {error}") from error
        left = response.length
    if len(content) > largest:
        raise RemoteFailed(f"the server's answer is larger than {largest:,} bytes")
    if left:
        raise Unreached(f"the server's answer breaks off after {len(content):,} bytes")
    return content


def check_status(response: HTTPResponse) -> None:
    """Return if a server does what it was asked.

    Raises:
        Unreached: If it may do so in a while.
        Denied: If it wants a login.
        RemoteFailed: If it refuses.
    """
    if response.status in _OK:
        return
    words = f"the server answers {response.status}: {_complaint(response)}"
    if response.status in _LATER:
        raise Unreached(words, pause=_pause(response.headers.get("Retry-After", "")))
    if response.status in (401, 403):
        raise Denied(words)
    raise RemoteFailed(words)


def parse_offers(content: bytes, asked: Iterable[Pointer]) -> dict[Pointer, Offer]:
    """Return what a server says of each large file that it was asked about; it may say more.

    Raises:
        RemoteFailed: If it speaks another language.
    """
    document = parse_document(content)
    if document.get("transfer", "basic") != "basic":
        raise RemoteFailed(_short(f"the server wants to transfer by {document['transfer']!r}"))
    found = document.get("objects")
    if not isinstance(found, list):
        raise RemoteFailed("the server says nothing of the large files that it was asked about")
    digests = ((one.get("oid"), one) for one in found if isinstance(one, dict))
    told = {digest: one for digest, one in digests if isinstance(digest, str)}
    return {one: _parse_offer(told.get(one.digest)) for one in asked}


def parse_action(found: Any) -> Action:
    """Return an action, or what `git-lfs-authenticate` answers, which has the same form.

    Raises:
        RemoteFailed: If it is none.
    """
    if not isinstance(found, dict) or not isinstance(found.get("href", ""), str):
        raise RemoteFailed("the server names no address")
    headers = found.get("header") or {}
    if not isinstance(headers, dict) or not all(map(_is_header, headers.items())):
        raise RemoteFailed("the server wants headers that HTTP does not have")
    kept = {name.lower(): value for name, value in headers.items() if name.lower() not in _OURS}
    return Action(found.get("href", ""), kept, _until(found))


def parse_document(content: bytes) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        RemoteFailed: If it is none.
    """
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RemoteFailed("the server's answer is no JSON: is it one of Git LFS?") from error
    if not isinstance(found, dict):
        raise RemoteFailed("the server's answer is no JSON object: is it one of Git LFS?")
    return found


def _parse_offer(found: dict[str, Any] | None) -> Offer:
    if found is None:
        return Offer(refusal="the server says nothing of it")
    if "error" in found:
        error = found["error"] if isinstance(found["error"], dict) else {}
        return Offer(
            refusal=_short(f"the server answers {error.get('code')}: {error.get('message')}")
        )
    actions = found.get("actions") or {}
    if not isinstance(actions, dict):
        return Offer(refusal="the server says what nobody understands")
    try:
        parsed = {name: parse_action(action) for name, action in actions.items()}
    except RemoteFailed as error:
        return Offer(refusal=str(error))
    return Offer(parsed, is_open=found.get("authenticated") is True)


def _is_header(pair: tuple[Any, Any]) -> bool:
    name, value = pair
    return (
        isinstance(name, str)
        and isinstance(value, str)
        and bool(_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value))
        and value.isascii()
    )


def _until(found: Mapping[str, Any]) -> float:
    seconds = found.get("expires_in")
    if isinstance(seconds, int | float) and seconds:
        return time.monotonic() + max(-_YEAR, min(_YEAR, seconds))
    try:
        moment = datetime.fromisoformat(str(found.get("expires_at")))
    except ValueError:  # there is none
        return float("inf")
    if moment.tzinfo is None or moment.year <= 1:  # Go's word for none
        return float("inf")
    return time.monotonic() + (moment - datetime.now(UTC)).total_seconds()


def _pause(told: str) -> float | None:
    """Return the seconds of a header `Retry-After`."""
    if told.isdecimal():
        return float(told[:6])
    try:
        return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError):  # none, or one without a zone or in no year
        return None


def _complaint(response: HTTPResponse) -> str:
    """Return a server's reason in its own words, if it has any."""
    try:
        content = response.read(_LARGEST_COMPLAINT)
        message = parse_document(content).get("message")
    except (OSError, HTTPException, RemoteFailed):  # a page for people, or nothing
        message = None
    return _short(str(message or response.reason))


def _short(words: str) -> str:
    return " ".join(words.split())[:_MOST_WORDS]
