"""Everything that looks secret in some bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gitxp.model.finding import Finding
from gitxp.policy.secrets.findings import (
    NOTHING,
    Allowed,
    Span,
    joined,
    line_counter,
    without,
)
from gitxp.policy.secrets.logins import find_logins
from gitxp.policy.secrets.named import find_named
from gitxp.policy.secrets.private_keys import PRIVATE_KEY, Place, find_private_keys
from gitxp.policy.secrets.shapes import find_shapes
from gitxp.policy.secrets.url_login import find_url_login

# What is left of a text may look secret where it did not before; it ends after one or two.
ROUNDS: Final = 8


@dataclass(frozen=True, slots=True)
class Searched:
    """What was found in some bytes.

    Attributes:
        place: Where their end stands with regard to a private key.
    """

    spans: list[Span]
    place: Place


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Bytes without what was found in them, and where their end stands."""

    data: bytes
    findings: tuple[Finding, ...]
    place: Place


def search(
    data: bytes,
    allowed: Allowed = NOTHING,
    *,
    place: Place = Place.OUTSIDE,
    is_url: bool = False,
) -> Searched:
    """Return in order what looks secret, in time that grows with the length alone.

    But for private keys, what is found never depends on another line.

    Args:
        place: Where the beginning of the data stands with regard to a private key.
        is_url: Whether the data are one URL, where any login is a secret.
    """
    keys, place = find_private_keys(data, place)
    spans = [*keys, *_tokens(data, is_url=is_url)]
    if allowed.words:
        spans = [span for span in spans if not allowed.covers(span.what)]
    return Searched(joined([*spans, *find_named(data, allowed)]), place)


def _tokens(data: bytes, *, is_url: bool) -> Iterator[Span]:
    yield from find_shapes(data)
    yield from find_logins(data)
    if is_url and (login := find_url_login(data)):
        yield login


def clean(
    data: bytes,
    allowed: Allowed = NOTHING,
    *,
    place: Place = Place.OUTSIDE,
    is_url: bool = False,
) -> Cleaned:
    """Return the data with `<redacted>` in place of what looks secret; the very same if nothing."""
    findings: list[Finding] = []
    end = place
    for _ in range(ROUNDS):
        found = search(data, allowed, place=place, is_url=is_url)
        end = found.place if not findings else end
        if not found.spans:
            break
        findings += findings_of(data, found.spans)
        data = without(data, found.spans)
    return Cleaned(data, tuple(findings), end)


def findings_of(data: bytes, spans: Sequence[Span]) -> Iterator[Finding]:
    """Yield what was found, all lines of a private key as one finding."""
    line_of = line_counter(data)
    last_of_key = -1
    for span in spans:
        line = line_of(span.start)
        is_same_key = span.what == PRIVATE_KEY and line == last_of_key + 1
        last_of_key = line if span.what == PRIVATE_KEY else -1
        if not is_same_key:
            yield Finding(span.what, line)
