"""Runs as a table to export, typed as frames are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gitxp.query.column_type import ColumnType, type_of
from gitxp.query.export.pandas_metadata import pandas_metadata
from gitxp.query.index.kinds import Kind
from gitxp.query.run_column import RunColumn
from gitxp.query.run_rows import RunRows
from gitxp.query.strict_json import json_text, plain_value
from gitxp.storage.points.arrow_arrays import large_text_array, nullable_array, nullable_numbers

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 10_000
# Which values a column of a type has; whatever else a record holds there is no value of it.
_KINDS = {
    ColumnType.TIME: {Kind.TIME},
    ColumnType.DURATION: {Kind.SPAN},
    ColumnType.INTEGER: {Kind.INTEGER},
    ColumnType.FLOAT: {Kind.FLOAT, Kind.INTEGER},
    ColumnType.TRUTH: {Kind.TRUTH},
}
_TEXT_OR_NONE = {Kind.TEXT, Kind.NONE}
# How a reader tells text that was recorded from values that were written as JSON.
_ENCODED_AS_JSON = {"encoding": "json"}


class RunTable:
    """A row a run, `run` first."""

    def __init__(
        self, rows: RunRows, names: Sequence[str] | None = None, *, without: Collection[str] = ()
    ) -> None:
        """Take the rows of all runs that are exported.

        Args:
            names: The columns beside `run`; all where None.
            without: Columns that the table does not have, for folders tell them.
        """
        self._rows = rows
        asked = dict.fromkeys(["run", *(rows.names if names is None else names)])
        self.names = [name for name in asked if name not in without]

    @cached_property
    def types(self) -> dict[str, ColumnType]:
        """The type of each column through all runs."""
        return {name: type_of(self._rows, name) for name in self.names}

    @property
    def schema(self) -> pa.Schema:
        """The types in Parquet."""
        import pyarrow as pa

        fields = [_field(name, kind) for name, kind in self.types.items()]
        return pa.schema(fields, metadata=pandas_metadata(self.types))

    def batches(self, rows: RunRows, advance: Callable[[int], None]) -> Iterator[RunBatch]:
        """Yield the rows of some of the runs."""
        for start in range(0, len(rows), _BATCH):
            here = range(start, min(start + _BATCH, len(rows)))
            yield RunBatch(self, rows.take(here) if len(here) < len(rows) else rows)
            advance(len(here))


class RunBatch:
    """Some rows of runs."""

    def __init__(self, table: RunTable, rows: RunRows) -> None:
        self._table = table
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def columns(self) -> Sequence[Sequence[Any]]:
        """Return the values of each column; None where a run has none."""
        return [self._rows.values(name) for name in self._table.names]

    def objects(self) -> Iterator[Mapping[str, Any]]:
        """Yield the runs as `RunRows.dicts` does: without the columns that a run lacks."""
        return self._rows.dicts(self._table.names)

    def arrow(self) -> pa.Table:
        """Return the rows in the types of the table's schema."""
        import pyarrow as pa

        arrays = [_array(self._rows.column(name), kind) for name, kind in self._table.types.items()]
        return pa.Table.from_arrays(arrays, schema=self._table.schema)


def _field(name: str, kind: ColumnType) -> pa.Field:
    import pyarrow as pa

    metadata = _ENCODED_AS_JSON if kind is ColumnType.MIXED else None
    return pa.field(name, _arrow_type(kind), metadata=metadata)


def _arrow_type(kind: ColumnType) -> pa.DataType:
    import pyarrow as pa

    match kind:
        case ColumnType.TIME:
            return pa.timestamp("us", tz="UTC")
        case ColumnType.DURATION:
            return pa.duration("us")
        case ColumnType.INTEGER:
            return pa.int64()
        case ColumnType.FLOAT:
            return pa.float64()
        case ColumnType.TRUTH:
            return pa.bool_()
    return pa.large_string()


def _array(column: RunColumn, kind: ColumnType) -> pa.Array:
    """Return a column as Arrow has it: what is missing is null, NaN is a value."""
    if kind in (ColumnType.TEXT, ColumnType.MIXED):
        return _texts(column, kind)
    import numpy as np

    values = np.zeros(column.size, "float64" if kind is ColumnType.FLOAT else "int64")
    is_there = np.zeros(column.size, "bool")
    for part_kind, part in column.parts.items():
        if part_kind in _KINDS[kind]:
            places = slice(None) if part.places is None else part.places
            values[places] = part.values
            is_there[places] = True
    return nullable_numbers(values, is_there, _arrow_type(kind))


def _texts(column: RunColumn, kind: ColumnType) -> pa.Array:
    """Return text as it is, or values of several kinds each as JSON."""
    import numpy as np
    import pyarrow as pa

    text = column.parts.get(Kind.TEXT)
    if kind is ColumnType.TEXT and text is not None and column.parts.keys() <= _TEXT_OR_NONE:
        if text.places is None:
            return text.values
        return nullable_array(text.values, text.places, column.size)
    spelled = plain_value if kind is ColumnType.TEXT else json_text
    found = [(place, one) for place, one in enumerate(column.to_list()) if one is not None]
    if not found:
        return pa.nulls(column.size, pa.large_string())
    words = large_text_array([spelled(one) for _, one in found])
    return nullable_array(words, np.array([place for place, _ in found]), column.size)
