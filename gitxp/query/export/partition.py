"""Runs by what they have in some columns, and the folders that say so: `experiment=lr/seed=1`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from gitxp.query.column_type import ColumnType, type_of
from gitxp.query.run_rows import RunRows
from gitxp.query.strict_json import json_text, plain_value

# What Hive, Spark and DuckDB take for a value that is missing.
_MISSING: Final = "__HIVE_DEFAULT_PARTITION__"


def partitions(rows: RunRows, columns: Sequence[str]) -> Iterator[tuple[Path, RunRows]]:
    """Yield runs that have the same in some columns, in their order, and the path of their folder.

    Of no runs there is one folder, as a data set without a file has no columns.
    """
    if not len(rows):
        yield _folder(columns, [None] * len(columns)), rows
        return
    places: dict[Path, list[int]] = {}
    for at, values in enumerate(zip(*(_spelled(rows, name) for name in columns), strict=True)):
        places.setdefault(_folder(columns, values), []).append(at)
    for folder, here in places.items():
        yield folder, rows.take(here)


def _spelled(rows: RunRows, column: str) -> list[Any]:
    """Return the values of a column; each as JSON where they would be in a file, 1 beside "1"."""
    values = rows.values(column)
    if type_of(rows, column) is not ColumnType.MIXED:
        return values
    return [None if one is None else json_text(one) for one in values]


def _folder(columns: Sequence[str], values: Sequence[Any]) -> Path:
    return Path(*(_segment(*pair) for pair in zip(columns, values, strict=True)))


def _segment(column: str, value: Any) -> str:
    """Return the name of a folder; what may not stand in one is escaped as in URLs.

    Example:
        >>> _segment("experiment", "vision/lr"), _segment("params.lr", 0.1), _segment("name", None)
        ('experiment=vision%2Flr', 'params.lr=0.1', 'name=__HIVE_DEFAULT_PARTITION__')
    """
    if value is None or value == "":
        return f"{_escaped(column)}={_MISSING}"
    plain = plain_value(value)
    return f"{_escaped(column)}={_escaped(plain if isinstance(plain, str) else json_text(plain))}"


def _escaped(text: str) -> str:
    return quote(text, safe=" ,;@$&()!~")
