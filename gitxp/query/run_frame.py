"""Runs as a pandas frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from gitxp.query.column_type import ColumnType, type_of
from gitxp.query.index.kinds import Kind
from gitxp.query.order import known_columns
from gitxp.query.run_column import RunColumn
from gitxp.query.run_rows import RunRows
from gitxp.storage.points.arrow_arrays import nullable_array

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


def runs_frame(rows: RunRows, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return a frame with a row a run, indexed by `run`; the columns are those of `rows`.

    Whole numbers are `Int64`, truth values `boolean`, metrics and other numbers `float64`, times
    `datetime64[us, UTC]`, durations `timedelta64[us]`, text is pandas' own type for it; a param
    that is a number in one run and text in another keeps both as objects.

    Args:
        columns: Only these, in this order; see `known_columns`.

    Raises:
        UnknownColumn: If no run has one of `columns`.
    """
    import pandas as pd

    names = rows.names[1:] if columns is None else known_columns(rows, columns)
    index = pd.Index(_text(rows.column("run")), name="run")
    series = {name: _values(type_of(rows, name), rows.column(name), index) for name in names}
    return pd.DataFrame(series, index=index)


def _values(kind: ColumnType, column: RunColumn, index: pd.Index[str]) -> Any:
    """Return the values of a column in the dtype that its type asks for."""
    match kind:
        case ColumnType.TIME:
            return _times(column)
        case ColumnType.DURATION:
            return _filled(column, {Kind.SPAN}, "int64", _NOT_A_TIME).view("timedelta64[us]")
        case ColumnType.INTEGER:
            return _masked(column, Kind.INTEGER)
        case ColumnType.FLOAT:
            return _filled(column, {Kind.FLOAT, Kind.INTEGER}, "float64", float("nan"))
        case ColumnType.TRUTH:
            return _masked(column, Kind.TRUTH)
        case ColumnType.TEXT:
            return _text(column)
    # With the index: of an array a frame would make dates where all are dates.
    return _objects(column, index)


# How NumPy spells a time that is missing.
_NOT_A_TIME: Final = -(2**63)


def _filled(column: RunColumn, kinds: set[Kind], dtype: str, missing: float) -> NDArray[Any]:
    """Return the values of some kinds in one array, with `missing` in the gaps."""
    import numpy as np

    parts = [part for kind, part in column.parts.items() if kind in kinds]
    if len(parts) == 1 and parts[0].places is None:
        whole: NDArray[Any] = np.asarray(parts[0].values, dtype)
        return whole
    made = np.full(column.size, missing, dtype)
    for part in parts:
        made[slice(None) if part.places is None else part.places] = part.values
    return made


def _times(column: RunColumn) -> Any:
    import pandas as pd

    moments = _filled(column, {Kind.TIME}, "int64", _NOT_A_TIME).view("datetime64[us]")
    return pd.DatetimeIndex(moments).tz_localize("UTC")


def _masked(column: RunColumn, kind: Kind) -> Any:
    """Return whole numbers or truth values, with the gaps told apart from every value."""
    import numpy as np
    import pandas as pd

    dtype = "bool" if kind is Kind.TRUTH else "int64"
    mask = np.ones(column.size, "bool")
    part = column.parts.get(kind)
    if part is not None:
        mask[slice(None) if part.places is None else part.places] = False
    values = _filled(column, {kind}, dtype, 0)
    array = pd.arrays.BooleanArray if kind is Kind.TRUTH else pd.arrays.IntegerArray
    return array(values, mask)


def _text(column: RunColumn) -> Any:
    """Return text in the type that this pandas has for it."""
    import pyarrow as pa

    part = column.parts.get(Kind.TEXT)
    if part is None:
        words = pa.nulls(column.size, pa.large_string())
    elif part.places is None:
        words = part.values
    else:
        words = nullable_array(part.values, part.places, column.size)
    return words.to_pandas().array


def _objects(column: RunColumn, index: pd.Index[str]) -> pd.Series:
    import pandas as pd

    return pd.Series(column.to_list(), index=index, dtype="object")
