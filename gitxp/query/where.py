"""The rows of the runs that a filter chooses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from gitxp.query.filter.expression import parse_filter
from gitxp.query.filter.texts import Rows
from gitxp.query.filter.types import Type
from gitxp.query.filter.values import Values, column_of, constant, numbers, values_of, words
from gitxp.query.index.kinds import Kind
from gitxp.query.run_column import Part, RunColumn, python_values
from gitxp.query.run_rows import RunRows

_NUMBERS: Final = {
    Kind.TRUTH: Type.TRUTH,
    Kind.INTEGER: Type.NUMBER,
    Kind.FLOAT: Type.NUMBER,
    Kind.TIME: Type.TIME,
    Kind.SPAN: Type.DURATION,
}


def rows_where(rows: RunRows, where: str) -> RunRows:
    """Return the rows of the runs that a filter chooses, in their order.

    Raises:
        InvalidFilter: If it is none, or names a field that none of these runs has.
    """
    return rows.take(parse_filter(where).select(_Columns(rows), len(rows)).nonzero()[0])


class _Columns(Mapping[str, Values]):
    """The columns of rows, as a filter is asked of them; each is made when it is looked up."""

    def __init__(self, rows: RunRows) -> None:
        self._rows = rows

    def __getitem__(self, name: str) -> Values:
        if name not in self._rows.names:
            raise KeyError(name)
        return _values(self._rows.column(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows.names)

    def __len__(self) -> int:
        return len(self._rows.names)

    def __contains__(self, name: object) -> bool:
        return name in self._rows.names


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
