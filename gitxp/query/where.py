"""The rows of the runs that a filter chooses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from gitxp.query.filter.budget import Budget
from gitxp.query.filter.expression import parse_filter
from gitxp.query.filter.types import Type
from gitxp.query.filter.values import Values, column_of, constant, numbers, values_of, words
from gitxp.query.index.kinds import Kind
from gitxp.query.run_column import Part, RunColumn, python_values
from gitxp.query.run_rows import RunRows

if TYPE_CHECKING:
    from gitxp.query.filter.texts import Rows

_NUMBERS: Final = {
    Kind.TRUTH: Type.TRUTH,
    Kind.INTEGER: Type.NUMBER,
    Kind.FLOAT: Type.NUMBER,
    Kind.TIME: Type.TIME,
    Kind.SPAN: Type.DURATION,
}


def rows_where(rows: RunRows, where: str, *, now: datetime | None = None) -> RunRows:
    """Return the rows of the runs that a filter chooses, in their order.

    Args:
        now: The time from which `age` and the like are counted; the clock's where None.

    Raises:
        InvalidFilter: If it is none, or names a field that neither one of these runs has nor one
            out of which they were chosen; or if it takes too long.
    """
    read, now = parse_filter(where), now or datetime.now(UTC)
    names = frozenset(rows.every.names if len(rows.every) else ())
    if not len(rows):
        read.check(names)
        return rows
    # Block by block: rows that are not asked for cost less than to gather the others.
    blocks = rows.by_block()
    budget = Budget(sum(map(len, blocks)))
    answers = [
        read.select(_Columns(block, names, budget), len(block), now=now, budget=budget)
        for block in blocks
    ]
    return rows.where(np.concatenate(answers))


class _Columns(Mapping[str, Values]):
    """The columns of rows, as a filter is asked of them; each is made when it is looked up."""

    def __init__(self, rows: RunRows, names: Set[str], budget: Budget) -> None:
        """Take the rows.

        Args:
            names: The columns that there are, be it with nothing in these rows.
            budget: Of what the filter does with them.
        """
        self._rows = rows
        self._names = names
        self._budget = budget
        self._made: dict[str, Values] = {}

    def __getitem__(self, name: str) -> Values:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._made:  # a filter may name it often, and dates are made one by one
            with self._budget.paused():
                self._made[name] = _values(self._rows.column(name))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names


def _values(column: RunColumn) -> Values:
    parts = (_part(kind, part, column.size) for kind, part in column.parts.items())
    return column_of(column.size, parts)


def _part(kind: Kind, part: Part, size: int) -> tuple[Rows, Values]:
    if kind in _NUMBERS:
        return part.places, numbers(_NUMBERS[kind], part.values)
    match kind:
        case Kind.TEXT:
            return part.places, words(part.values)
        case Kind.NONE:
            return part.places, constant(None)
    # Large integers and dates are among them.
    return part.places, values_of(python_values(kind, part, size))
