"""Of which type a column is through all runs: by its name, else by the values that runs have."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from gitxp.query.index.kinds import TIMES, Kind
from gitxp.query.rows import OWN_COLUMNS
from gitxp.query.run_column import RunColumn
from gitxp.query.run_rows import RunRows

_WHOLE: Final = ("exit_code", "points")


class ColumnType(Enum):
    """What frames and Parquet files have one type for.

    Attributes:
        FLOAT: Whole numbers among them are floats, too.
        MIXED: Values of several kinds, or such as no one type is for.
    """

    TIME = auto()
    DURATION = auto()
    INTEGER = auto()
    FLOAT = auto()
    TRUTH = auto()
    TEXT = auto()
    MIXED = auto()


_OF_KIND: Final = {
    Kind.FLOAT: ColumnType.FLOAT,
    Kind.TRUTH: ColumnType.TRUTH,
    Kind.INTEGER: ColumnType.INTEGER,
    Kind.TEXT: ColumnType.TEXT,
}


def type_of(rows: RunRows, name: str) -> ColumnType:
    """Return the type of a column of rows; of one without a value what it is elsewhere.

    Elsewhere are the rows out of which these were chosen.
    """
    column = rows.column(name)
    has_values = bool(column.parts.keys() - {Kind.NONE})
    return column_type(name, column if has_values else rows.every.column(name))


def column_type(name: str, column: RunColumn) -> ColumnType:
    """Return the type of a column, whose values may be missing."""
    if name in TIMES:
        return ColumnType.TIME
    if name == "duration":
        return ColumnType.DURATION
    if name == "dirty":
        return ColumnType.TRUTH
    if name in _WHOLE or (name.startswith("metrics") and name.endswith(":count")):
        return ColumnType.INTEGER
    if name.startswith("metrics"):
        return ColumnType.FLOAT
    if name in ("run", *OWN_COLUMNS):
        return ColumnType.TEXT
    kinds = column.parts.keys() - {Kind.NONE}
    if kinds == {Kind.FLOAT, Kind.INTEGER}:
        return ColumnType.FLOAT
    return (
        _OF_KIND.get(next(iter(kinds)), ColumnType.MIXED) if len(kinds) == 1 else ColumnType.MIXED
    )
