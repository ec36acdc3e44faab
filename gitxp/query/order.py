"""Runs in another order: by the value that they have in one column."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from operator import itemgetter
from typing import Any

from gitxp.errors import InvalidName, UnknownColumn
from gitxp.model.names import LONGEST_NAME
from gitxp.query.columns import parse_column
from gitxp.query.nearest import ALL_COLUMNS, nearest_column
from gitxp.query.rows import AGE
from gitxp.query.run_rows import RunRows
from gitxp.text import shown


def sort_rows(rows: RunRows, key: str) -> RunRows:
    """Return the rows by the value in one column; those without one come last.

    Equal runs stay in their order. Values of different kinds are kept apart: numbers, times,
    then text.

    Args:
        key: The name of a column, such as `metrics.loss`; with `-` before it the largest first.

    Raises:
        UnknownColumn: If no run has such a column.
    """
    name = known_column(rows, key.removeprefix("-"))
    places = [(_place(value), number) for number, value in enumerate(rows.values(name))]
    present = [(place, number) for place, number in places if place is not None]
    present.sort(key=itemgetter(0), reverse=key.startswith("-"))
    order = [number for _, number in present]
    order += [number for place, number in places if place is None]
    return rows.take(order)


def known_column(rows: RunRows, text: str) -> str:
    """Return the one spelling of the name of a column that a run has.

    Of no runs at all any may be asked for.

    Args:
        rows: One of these has it, or another one out of which they were chosen.

    Raises:
        UnknownColumn: If no run has such a column.
        InvalidName: If there are no runs, and it cannot be the name of one.
    """
    known, are_any = rows.every.names, len(rows.every) > 0
    try:
        name = parse_column(text).name
    except InvalidName:
        if not are_any:
            raise
        name = text
    if name in known or not are_any:
        return name
    nearest = nearest_column(text, known)
    hint = f"did you mean {nearest!r}?" if nearest else ALL_COLUMNS
    if text == AGE and not (nearest or "").endswith(AGE):
        hint = "filters count it from 'started'; by '-started' the youngest come first"
    raise UnknownColumn(f"no run has a column {shown(text, LONGEST_NAME)}", hint=hint)


def known_columns(rows: RunRows, texts: Sequence[str]) -> list[str]:
    """Return the one spelling of each of some columns, once.

    Args:
        texts: Each a name, as `known_column` takes it; else a glob, where `*` stands for any text
            and `?` for one letter. Of a metric it means the last value, unless it spells a
            summary: `metrics.*:min`. It means what these runs have before what others have.

    Raises:
        UnknownColumn: If no run has one of them.
    """
    return list(dict.fromkeys(name for text in texts for name in _meant(rows, text)))


def _meant(rows: RunRows, text: str) -> Sequence[str]:
    """Return the columns that a name or a glob means."""
    if ("*" in text or "?" in text) and text not in rows.every.names:  # a name may look like a glob
        fitting = _fitting(rows.names, text) or _fitting(rows.every.names, text)
        if fitting or not len(rows.every):
            return fitting
    return [known_column(rows, text)]


def _fitting(names: Sequence[str], glob: str) -> list[str]:
    pattern = glob.replace("[", "[[]")  # brackets are around keys
    # The id stands first whatever is asked for.
    found = [name for name in names if name != "run" and fnmatchcase(name, pattern)]
    return found if ":" in glob else [name for name in found if not parse_column(name).reducer]


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
