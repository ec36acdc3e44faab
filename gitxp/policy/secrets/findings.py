"""What a search answers with: where a secret stands, never the secret itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from gitxp.model.finding import Finding

REDACTED: Final = "<redacted>"
REDACTED_BYTES: Final = REDACTED.encode()

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Redacted(Generic[_Value]):
    """A value without its secrets: the very object that was given, where none was found."""

    value: _Value
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The bytes of one secret.

    Attributes:
        is_sure: Whether it would be one in a program's text as well, where a bare word after
            `password =` is a variable.
    """

    start: int
    end: int
    what: str
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the team knows to be no secret.

    Attributes:
        words: Names of params or variables, and what findings say a secret looks like.
    """

    words: frozenset[str] = frozenset()

    @classmethod
    def of(cls, words: Iterable[str]) -> Allowed:
        """Return the exception for these words; case, `-` and `_` make no difference.

        Example:
            >>> Allowed.of(["Session-Key", "JWT"]).covers("session_key")
            True
        """
        return cls(frozenset(map(_folded, words)))

    def covers(self, word: str) -> bool:
        """Return whether `word` was named."""
        return bool(self.words) and _folded(word) in self.words


NOTHING: Final = Allowed()


def _folded(word: str) -> str:
    return word.lower().replace("-", "_")


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, those that overlap made one; the first one's name is kept."""
    result: list[Span] = []
    for span in sorted(spans):
        if result and span.start < result[-1].end:
            before = result[-1]
            end, is_sure = max(before.end, span.end), before.is_sure or span.is_sure
            result[-1] = Span(before.start, end, before.what, is_sure)
        else:
            result.append(span)
    return result


def without(data: bytes, spans: Sequence[Span]) -> bytes:
    """Return `data` with each span replaced; spans are in order and apart."""
    pieces: list[bytes] = []
    position = 0
    for span in spans:
        pieces += (data[position : span.start], REDACTED_BYTES)
        position = span.end
    return b"".join([*pieces, data[position:]])


def line_counter(data: bytes) -> Callable[[int], int]:
    """Return a function from offset to line; to be asked with rising offsets."""
    known, line = 0, 1

    def line_of(offset: int) -> int:
        nonlocal known, line
        line += data.count(b"\n", known, offset)
        known = offset
        return line

    return line_of
