"""What many runs have in one column, as arrays: the values that a filter is asked of.

An array of one element stands for as many as there are runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gitxp.query.filter.texts import Texts
from gitxp.query.filter.types import Type
from gitxp.query.index.kinds import microseconds, span_microseconds
from gitxp.storage.codecs.text import is_unicode
from gitxp.storage.points.arrow_arrays import large_text_array

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from gitxp.query.filter.texts import Rows

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


def column_of(size: int, parts: Iterable[tuple[Rows, Values]]) -> Values:
    """Return a column of `size` runs; those that are in no part have nothing there.

    Args:
        parts: The numbers of some runs, ascending, or None for every run, and what these have.
            All text is in one part.
    """
    types = np.zeros(size, np.uint8)
    high, low = np.zeros(size), np.zeros(size)
    texts = None
    for rows, values in parts:
        at = slice(None) if rows is None else rows
        types[at], high[at], low[at] = values.types, values.high, values.low
        if values.texts is not None:
            texts = Texts(rows, values.texts.words)
    return Values(types, high, low, texts)


def numbers(kind: Type, content: NDArray[Any]) -> Values:
    """Return numbers as a column of one type: times and durations in microseconds."""
    high = content.astype(np.float64)
    types = np.array([kind], np.uint8)
    if content.dtype != np.int64 or not (np.abs(high) >= _EXACT).any():
        return Values(types, high, np.zeros(1))
    # Two halves, each of them exact; what their sum lost is exact, too (Dekker's fast two-sum).
    upper = (content >> 32).astype(np.float64) * 2.0**32
    lower = (content & 0xFFFFFFFF).astype(np.float64)
    return Values(types, high, lower - (high - upper))


def words(content: pa.LargeStringArray) -> Values:
    """Return text as a column."""
    return Values(np.array([Type.TEXT], np.uint8), np.zeros(1), np.zeros(1), Texts(None, content))


def constant(value: Any) -> Values:
    """Return one value for every run."""
    is_text = typed(value)[0] is Type.TEXT
    return words(large_text_array([value])) if is_text else values_of([value])


def values_of(values: Sequence[Any], *, absent: Any = ...) -> Values:
    """Return a column of values as Python has them.

    Args:
        absent: What stands for a run that has nothing there.
    """
    types = np.zeros(len(values), np.uint8)
    high, low = np.zeros(len(values)), np.zeros(len(values))
    for row, value in enumerate(values):
        if value is not absent:
            types[row], number = typed(value)
            high[row], low[row] = _halves(number)
    rows: NDArray[np.int64] = np.flatnonzero(types == Type.TEXT)
    if not len(rows):
        return Values(types, high, low)
    return Values(types, high, low, Texts(rows, large_text_array([values[row] for row in rows])))


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
            return Type.DURATION, span_microseconds(value)
        case datetime():
            moment = value if value.tzinfo else value.replace(tzinfo=UTC)
            return Type.TIME, microseconds(moment)
        case date():
            return typed(datetime.combine(value, time()))
    return Type.OTHER, 0


def _halves(number: int | float) -> tuple[float, float]:
    try:
        high = float(number)
    except OverflowError:
        return (np.inf if number > 0 else -np.inf), 0.0
    return high, float(number - int(high)) if isinstance(number, int) else 0.0
