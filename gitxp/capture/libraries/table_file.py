"""Tables of pandas, polars, Arrow and plain Python as a Parquet file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from gitxp.capture.libraries.table import is_instance
from gitxp.errors import InvalidValue
from gitxp.text import type_of

_KINDS = (
    "a frame of pandas or polars, a table of Arrow, a list of mappings, or a mapping of columns"
)


def table_content(table: Any, name: str) -> bytes:
    """Return a table as a Parquet file, compressed with zstd; an index of pandas is kept.

    Raises:
        InvalidValue: If it is no table, Arrow has no place for what it holds, or `name` asks for
            another kind of file.
    """
    if not name.endswith(".parquet"):
        raise InvalidValue(
            f"table {name!r} would be a Parquet file: expected a name that ends in .parquet",
            hint="log_text(frame.to_csv(), 'table.csv') keeps it as text",
        )
    import pyarrow
    from pyarrow import parquet

    target = BytesIO()
    try:
        parquet.write_table(_as_arrow(table, name), target, compression="zstd")
    except InvalidValue:
        raise
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise InvalidValue(f"table {name!r} cannot be kept as Parquet: {error}") from error
    return target.getvalue()


def _as_arrow(table: Any, name: str) -> Any:
    import pyarrow

    if is_instance(table, "pyarrow", "Table"):
        return table
    if is_instance(table, "pyarrow", "RecordBatch"):
        return pyarrow.Table.from_batches([table])
    if is_instance(table, "pandas", "DataFrame"):
        return pyarrow.Table.from_pandas(table)
    if is_instance(table, "polars", "DataFrame"):
        return table.to_arrow()
    if isinstance(table, Mapping):
        return pyarrow.table({str(key): column for key, column in table.items()})
    is_listed = isinstance(table, Sequence) and not isinstance(table, str | bytes)
    if is_listed and all(isinstance(row, Mapping) for row in table):
        # Arrow's own `from_pylist` knows only the columns of the first row.
        names = dict.fromkeys(key for row in table for key in row)
        return pyarrow.table({str(key): [row.get(key) for row in table] for key in names})
    raise InvalidValue(f"table {name!r} is {type_of(table)}: expected {_KINDS}")
