"""Reading frames of pandas, polars and Arrow as columns, without loading those libraries."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gitxp.capture.dataset.table_digest import Column
from gitxp.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Table:
    """A frame as columns.

    Attributes:
        columns: Converted one at a time, while they are iterated.
        schema: The library's own name of each column's dtype.
    """

    rows: int
    columns: Iterator[Column]
    schema: dict[str, str] = field(default_factory=dict)


def is_instance(value: Any, library: str, *classes: str) -> bool:
    """Whether `value` is of one of the classes, asked without loading the library."""
    module = sys.modules.get(library)
    found = tuple(getattr(module, name) for name in classes if hasattr(module, name))
    return isinstance(value, found)


def read_table(source: Any) -> Table | None:
    """Return `source` as columns; None where it is no frame, series or table."""
    if is_instance(source, "pandas", "Series"):
        source = source.to_frame("" if source.name is None else source.name)
    if is_instance(source, "pandas", "DataFrame"):
        return _read_pandas(source)
    if is_instance(source, "polars", "Series"):
        source = source.to_frame()
    if is_instance(source, "polars", "DataFrame"):
        schema = {name: str(dtype) for name, dtype in source.schema.items()}
        return Table(source.height, _arrow_columns(source.to_arrow()), schema)
    if is_instance(source, "pyarrow", "Table", "RecordBatch"):
        schema = {field.name: str(field.type) for field in source.schema}
        return Table(source.num_rows, _arrow_columns(source), schema)
    return None


def _read_pandas(frame: Any) -> Table:
    schema = {
        str(name): str(dtype) for name, dtype in zip(frame.columns, frame.dtypes, strict=True)
    }
    return Table(len(frame), _pandas_columns(frame), schema)


def _pandas_columns(frame: Any) -> Iterator[Column]:
    # A RangeIndex only counts rows; any other index was set by somebody.
    if not is_instance(frame.index, "pandas", "RangeIndex"):
        for number, name in enumerate(frame.index.names):
            values = frame.index.get_level_values(number)
            yield _convert("index", "" if name is None else str(name), values)
    for number, name in enumerate(frame.columns):
        yield _convert("column", str(name), frame.iloc[:, number])


def _convert(role: str, name: str, values: Any) -> Column:
    import pyarrow

    try:
        if values.dtype == object and any(isinstance(value, set | frozenset) for value in values):
            raise TypeError("a set has no order that is the same in every process")
        converted = pyarrow.array(values, from_pandas=True)
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise InvalidValue(
            f"{role} {name!r} of dtype {str(values.dtype)!r} holds values without canonical "
            f"bytes: {error}",
            hint=f"convert it first, such as frame[{name!r}].astype(str)",
        ) from error
    if isinstance(converted, pyarrow.ChunkedArray):
        return Column(role, name, converted)
    return Column(role, name, pyarrow.chunked_array([converted]))


def _arrow_columns(table: Any) -> Iterator[Column]:
    import pyarrow

    for name, values in zip(table.schema.names, table.columns, strict=True):
        if isinstance(values, pyarrow.Array):
            values = pyarrow.chunked_array([values])
        yield Column("column", name, values)
