"""Runs in another order: by the value that they have in one column."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from gitxp.errors import InvalidName, UnknownColumn
from gitxp.model.run import Run
from gitxp.query.columns import parse_column
from gitxp.query.nearest import nearest_column
from gitxp.query.rows import OWN_COLUMNS, run_row

_ALL_COLUMNS = "columns are the field names of: git xp list --json"


def sort_runs(runs: Sequence[Run], key: str) -> list[Run]:
    """Return `runs` by the value in one column; those without one come last.

    Equal runs stay in their order. Values of different kinds are kept apart: numbers, times,
    then text.

    Args:
        key: The name of a column, such as `metrics.loss`; with `-` before it the largest first.

    Raises:
        UnknownColumn: If no run has such a column.
    """
    rows = [run_row(run) for run in runs]
    name = _known(key.removeprefix("-"), dict.fromkeys(name for row in rows for name in row))
    places = [(_place(row.get(name)), run) for row, run in zip(rows, runs, strict=True)]
    present = [(place, run) for place, run in places if place is not None]
    present.sort(key=lambda pair: pair[0], reverse=key.startswith("-"))
    return [run for _, run in present] + [run for place, run in places if place is None]


def _known(text: str, columns: Iterable[str]) -> str:
    known = list(dict.fromkeys(["run", *OWN_COLUMNS, *columns]))
    try:
        name = parse_column(text).name
    except InvalidName:
        name = text
    if name in known:
        return name
    nearest = nearest_column(text, known)
    hint = f"did you mean {nearest!r}?" if nearest else _ALL_COLUMNS
    raise UnknownColumn(f"no run has a column {text!r}", hint=hint)


def _place(value: Any) -> tuple[int, Any] | None:
    """Return what orders `value` among others; None where there is nothing to order by."""
    match value:
        case None:
            return None
        case int() | float():
            return None if math.isnan(value) else (0, value)
        case datetime():
            return (1, value.timestamp())
        case timedelta():
            return (1, value.total_seconds())
    return (2, str(value))
