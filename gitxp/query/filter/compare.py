"""Columns compared: value by value, and only where both are of one type."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from gitxp.query.filter.moments import READABLE, readings
from gitxp.query.filter.truth import Truth, answered
from gitxp.query.filter.types import Type
from gitxp.query.filter.values import Values, constant, values_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


def compare(operator: str, left: Values, right: Values) -> Truth:
    """Return where `==`, `!=`, `<`, `<=`, `>` or `>=` holds."""
    known = (left.types == right.types) & (left.types >= Type.TRUTH)
    yes = _numbers(operator, left, right)
    if left.texts is not None and right.texts is not None:
        texts = left.texts.compare(operator, right.texts, known.size)
        yes = np.where(left.types == Type.TEXT, texts, yes)
    return answered(yes, known=known)


def _numbers(operator: str, left: Values, right: Values) -> NDArray[np.bool_]:
    if operator in (">", ">="):
        return _numbers(operator.replace(">", "<"), right, left)
    is_level = left.high == right.high
    equal: NDArray[np.bool_] = is_level & (left.low == right.low)
    if operator in ("==", "!="):
        return equal if operator == "==" else ~equal
    less: NDArray[np.bool_] = (left.high < right.high) | (is_level & (left.low < right.low))
    return less if operator == "<" else less | equal


def beside(text: str, other: Values, now: datetime) -> Values:
    """Return a text that stands in a filter as what it says beside each value of a column.

    Beside a time `"2h ago"` is a time, and beside a duration `"2h"` is a duration.
    """
    written = constant(text)
    if not _has_readable(other):
        return written
    types = np.full(other.types.shape, Type.TEXT, np.uint8)
    high, low = np.zeros(types.shape), np.zeros(types.shape)
    read = readings(text, now)
    for kind in READABLE:
        rows = other.types == kind
        said = constant(read.get(kind, ...))
        types[rows], high[rows], low[rows] = said.types, said.high, said.low
    return Values(types, high, low, written.texts)


def _has_readable(values: Values) -> bool:
    """Return whether there are times or durations, beside which text is read as one."""
    return any((values.types == kind).any() for kind in READABLE)


def membership(values: Values, items: Sequence[Any], now: datetime) -> Truth:
    """Return where a value is one of a list; unknown where the list has none of its type."""
    texts = [one for one in items if isinstance(one, str)] if _has_readable(values) else []
    listed = values_of([*items, *(one for text in texts for one in readings(text, now).values())])
    yes = np.zeros(values.types.shape, np.bool_)
    for kind in set(listed.types.tolist()) - {Type.TEXT}:
        pairs = _pairs(listed)[listed.types == kind]
        yes |= (values.types == kind) & np.isin(_pairs(values), pairs)
    if values.texts is not None and listed.texts is not None:
        yes |= values.texts.ask("in", listed.texts.words, yes.size)
    # In a list of nothing there is nothing, of whatever type.
    known = np.isin(values.types, listed.types) if items else values.types != Type.ABSENT
    return answered(yes, known=known)


def _pairs(values: Values) -> NDArray[np.complex128]:
    """Return both halves of each number as one, so that they are found together."""
    pairs = np.empty(values.types.shape, np.complex128)
    pairs.real, pairs.imag = values.high, values.low
    return pairs
