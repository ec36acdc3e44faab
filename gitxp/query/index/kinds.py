"""Of what kind a value is: one column may hold values of several, each kept as what it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

from gitxp.errors import DamagedRecord
from gitxp.storage.bounds import LARGEST_DOCUMENT
from gitxp.storage.codecs.params import decode_value, encode_value
from gitxp.storage.codecs.text import is_unicode
from gitxp.storage.codecs.toml import INT64, dumps, loads
from gitxp.text import shown

_KEY = "value"
TIMES = ("started", "finished", "checkpoint")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# What was a part of a document is a document of its own, a few bytes longer.
_LARGEST = 2 * LARGEST_DOCUMENT


class Kind(IntEnum):
    """A kind of value, and how an index keeps it. The numbers stand in files.

    Attributes:
        NONE: None, which is told apart from absent.
        TRUTH: As bytes, 0 or 1.
        INTEGER: Of 64 bits.
        FLOAT: Of 64 bits.
        TEXT: Valid Unicode.
        TIME: Aware, as microseconds since 1970 in UTC.
        SPAN: A length of time, as microseconds.
        OTHER: What Arrow has no one type for (lists, tuples, bytes, dates, large integers), as
            text in the encoding of `params.toml`.
    """

    NONE = 0
    TRUTH = 1
    INTEGER = 2
    FLOAT = 3
    TEXT = 4
    TIME = 5
    SPAN = 6
    OTHER = 7


def cell_kind(name: str, value: Any) -> Kind:
    """Return the kind of a value in the column `name` of a row."""
    return Kind.TIME if name in TIMES else kind_of(value)


def kind_of(value: Any) -> Kind:
    """Return the kind of a value of a row."""
    match value:
        case None:
            return Kind.NONE
        case bool():
            return Kind.TRUTH
        case int():
            return Kind.INTEGER if value in INT64 else Kind.OTHER
        case float():
            return Kind.FLOAT
        case str():
            return Kind.TEXT if is_unicode(value) else Kind.OTHER
        case timedelta():
            return Kind.SPAN
    return Kind.OTHER


def microseconds(moment: datetime) -> int:
    """Return an aware time as microseconds since 1970.

    Example:
        >>> moment_of(microseconds(datetime(2026, 1, 2, tzinfo=UTC)))
        datetime.datetime(2026, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)
    """
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(micros: int) -> datetime:
    """Return the time in UTC that `microseconds` was given."""
    return _EPOCH + timedelta(0, 0, micros)  # by place: half the time, of many thousands


def span_microseconds(span: timedelta) -> int:
    """Return a length of time in microseconds."""
    return span // _MICROSECOND


def span_of(micros: int) -> timedelta:
    """Return the length of time that `span_microseconds` was given."""
    return timedelta(0, 0, micros)


def encode_other(value: Any) -> str:
    """Return a value that Arrow has no type for as text."""
    return dumps({_KEY: encode_value(value)}).decode()


def decode_other(text: str) -> Any:
    """Return the value that `encode_other` was given.

    Raises:
        DamagedRecord: If it is none: unlike all else of a file, this is not looked at before.
    """
    try:
        return decode_value(loads(text.encode(), "it", most=_LARGEST)[_KEY])
    except (DamagedRecord, KeyError) as error:
        raise DamagedRecord(
            f"the index holds {shown(text)}, which is no value",
            hint="rm -r .git/gitxp/index, which is made again",
        ) from error
