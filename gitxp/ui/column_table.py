"""Runs as a table of the columns that somebody asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from gitxp.model.goal import Goal
from gitxp.query.columns import parse_column
from gitxp.query.run_rows import RunRows
from gitxp.ui.goals import goal_note
from gitxp.ui.run_columns import column_titles, metric_meant, shown_column
from gitxp.ui.screen import Screen
from gitxp.ui.table import table_lines


def column_table(
    rows: RunRows, names: Sequence[str], screen: Screen, goals: Mapping[str, Goal]
) -> Iterator[str]:
    """Yield the lines of a table of runs, of which there must be some.

    Args:
        names: The columns behind the ids, in this order; where not all fit, the last are left out.
        goals: By metric, which way the team has said is better.
    """
    now, shown = datetime.now(UTC), dict.fromkeys(["run", *names])
    titles = column_titles(shown, goals, screen)
    yield from table_lines(
        [shown_column(rows, name, now, title=titles[name]) for name in shown], screen
    )
    metrics = (metric_meant(parse_column(name)) for name in shown)
    yield from goal_note([name for name in metrics if name is not None], goals, screen)
