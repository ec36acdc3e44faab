"""Columns of runs as people read them in a table: their values, and what stands above these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from gitxp.model.goal import Goal, MetricGoal, metric_goal
from gitxp.model.identity import SHORT_ID
from gitxp.query.columns import Column, param_title, parse_column
from gitxp.query.index.kinds import Kind
from gitxp.query.rows import ID_COLUMNS, OWN_COLUMNS
from gitxp.query.run_rows import RunRows
from gitxp.ui.format import age, cell, duration, number, value
from gitxp.ui.goals import marked
from gitxp.ui.screen import Screen
from gitxp.ui.table import TableColumn

STATUS_COLOURS: Final = {
    "running": "cyan",
    "finished": "green",
    "failed": "red",
    "killed": "red",
    "crashed": "red",
    "unknown": "yellow",
}
VERDICT_COLOURS: Final = {"confirmed": "green", "refuted": "red", "inconclusive": "yellow"}
_COLOURS: Final[Mapping[str, Mapping[str, str]]] = {
    "status": STATUS_COLOURS,
    "verdict": VERDICT_COLOURS,
}
_NUMBERS: Final = {Kind.FLOAT, Kind.INTEGER, Kind.NONE}


def shown_column(
    rows: RunRows, name: str, now: datetime, *, title: str | None = None, rank: int = 0
) -> TableColumn:
    """Return a column of runs as a table has it.

    Args:
        title: What stands above it; its name where None.
    """
    given = rows.column(name)
    texts = given.to_list("", spelled=partial(_spelled, name, now))
    colours = _COLOURS.get(name)
    return TableColumn(
        name if title is None else title,
        texts,
        is_number=given.parts.keys() <= _NUMBERS,
        rank=rank,
        colours=() if colours is None else [colours.get(text, "") for text in texts],
    )


def column_titles(
    names: Iterable[str], goals: Mapping[str, Goal], screen: Screen, *, taken: Iterable[str] = ()
) -> dict[str, str]:
    """Return what stands above each column: short, and in full where two would be the same.

    Args:
        goals: By metric, which way the team has said is better.
        taken: What stands above other columns.
    """
    columns = {name: parse_column(name) for name in names}
    short = {name: _short(name, one) for name, one in columns.items()}
    counts = Counter([*short.values(), *taken])
    return {
        name: marked(name if counts[short[name]] > 1 else short[name], _goal(column, goals), screen)
        for name, column in columns.items()
    }


def metric_meant(column: Column) -> str | None:
    """Return the metric of whose values a column tells, be it the least; None for any other."""
    is_value = column.field == "metrics" and column.reducer != "count"
    return str(column.keys[0]) if is_value else None


def _goal(column: Column, goals: Mapping[str, Goal]) -> MetricGoal | None:
    metric = metric_meant(column)
    return None if metric is None else metric_goal(metric, goals)


def _short(name: str, column: Column) -> str:
    if column.field == "metrics":
        reducer = f":{column.reducer}" if column.reducer else ""
        return f"{column.keys[0]}{reducer}"
    return param_title(name) if column.keys else name


def _spelled(name: str, now: datetime, kind: Kind, values: list[Any]) -> list[str]:
    """Return values of one kind as people read them; of many runs most texts are the same."""
    match kind:
        case Kind.FLOAT:
            return list(map(number, values))
        case Kind.INTEGER | Kind.TRUTH:
            return list(map(str, values))
        case Kind.TIME:
            return [age(then, now) for then in values]
        case Kind.SPAN:
            return list(map(duration, values))
        case Kind.TEXT if name in ID_COLUMNS:
            return [one[:SHORT_ID] for one in values]
        case Kind.TEXT:
            known = {one: cell(one) for one in set(values)}
            return [known[one] for one in values]
        case Kind.NONE if name in OWN_COLUMNS:
            return [""] * len(values)
    return list(map(value, values))
