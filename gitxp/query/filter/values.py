"""What many runs have in one column, as arrays: the values that a filter is asked of.

An array of one element stands for as many as there are runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gitxp.query.filter.texts import Texts, text_array
from gitxp.query.filter.types import Type
from gitxp.storage.codecs.text import is_unicode

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# Up to here every whole number is one of float64.
_EXACT: Final = 2**53


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """A column of values, each of a type of its own.

    Numbers, times and durations (microseconds) and truth values (0 or 1) are each the sum of two
    floats, so that whole numbers of up to 106 bits are compared exactly.

    Attributes:
        types: A `Type` a run, as uint8.
        high: The number, rounded to a float; anything where there is none.
        low: What the rounding took away.
        texts: None where no run has text.
    """

    types: NDArray[np.uint8]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    texts: Texts | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The values of one type in a column.

    Attributes:
        rows: The numbers of the runs that have them, ascending; None for every run.
        content: As many: numbers (times and durations in microseconds) as int64, uint8 or float64,
            text as a `large_string` array; None for a type without.
    """

    type: Type
    rows: NDArray[np.int64] | None
    content: NDArray[Any] | pa.LargeStringArray | None


def column_of(size: int, parts: Iterable[Part]) -> Values:
    """Return a column of `size` runs; those that are in no part have nothing there."""
    types = np.zeros(size, np.uint8)
    high, low = np.zeros(size), np.zeros(size)
    texts = None
    for part in parts:
        rows = slice(None) if part.rows is None else part.rows
        types[rows] = part.type
        if part.type is Type.TEXT:
            texts = Texts(part.rows, part.content)
        elif part.content is not None:
            high[rows], low[rows] = _split(part.content)
    return Values(types, high, low, texts)


def _split(numbers: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64] | float]:
    """Return numbers rounded to floats, and what that took away."""
    high = numbers.astype(np.float64)
    if numbers.dtype != np.int64 or not (np.abs(high) >= _EXACT).any():
        return high, 0.0
    # Two halves, each of them exact; what their sum lost is exact, too (Dekker's fast two-sum).
    upper = (numbers >> 32).astype(np.float64) * 2.0**32
    lower = (numbers & 0xFFFFFFFF).astype(np.float64)
    return high, lower - (high - upper)


def values_of(values: Sequence[Any], *, absent: Any = ...) -> Values:
    """Return a column of values as Python has them.

    Args:
        absent: What stands for a run that has nothing there.
    """
    types = np.zeros(len(values), np.uint8)
    high, low = np.zeros(len(values)), np.zeros(len(values))
    text_rows: list[int] = []
    for row, value in enumerate(values):
        if value is absent:
            continue
        kind, number = typed(value)
        types[row] = kind
        high[row], low[row] = _halves(number)
        if kind is Type.TEXT:
            text_rows.append(row)
    if not text_rows:
        return Values(types, high, low)
    rows = np.array(text_rows, np.int64)
    return Values(types, high, low, Texts(rows, text_array([values[row] for row in text_rows])))


def typed(value: Any) -> tuple[Type, int | float]:
    """Return the type of a value, and the number that it is compared by.

    Example:
        >>> typed(timedelta(seconds=1)), typed([1, 2])
        ((<Type.DURATION: 6>, 1000000), (<Type.OTHER: 2>, 0))
    """
    match value:
        case None:
            return Type.NONE, 0
        case bool():
            return Type.TRUTH, int(value)
        case int() | float():
            return Type.NUMBER, value
        case str() if is_unicode(value):
            return Type.TEXT, 0
        case timedelta():
            return Type.DURATION, value // _MICROSECOND
        case datetime():
            moment = value if value.tzinfo else value.replace(tzinfo=UTC)
            return Type.TIME, (moment - _EPOCH) // _MICROSECOND
        case date():
            return typed(datetime.combine(value, time()))
    return Type.OTHER, 0


def _halves(number: int | float) -> tuple[float, float]:
    try:
        high = float(number)
    except OverflowError:
        return (np.inf if number > 0 else -np.inf), 0.0
    return high, float(number - int(high)) if isinstance(number, int) else 0.0


def constant(value: Any) -> Values:
    """Return a value that stands for every run."""
    made = values_of([value])
    if made.texts is None:
        return made
    return Values(made.types, made.high, made.low, Texts(None, made.texts.words))
