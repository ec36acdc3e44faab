"""How fast runs learnt, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from gitxp.comparison.curves.convergence import Convergence, Target
from gitxp.model.goal import MetricGoal
from gitxp.model.identity import SHORT_ID
from gitxp.model.run import Status
from gitxp.ui.format import cell, duration, number
from gitxp.ui.goals import goal_note, marked
from gitxp.ui.run_columns import STATUS_COLOURS
from gitxp.ui.screen import Screen
from gitxp.ui.table import TableColumn, shortened, table_lines, wrapped

_OWN_GAIN: Final = (
    "a share is of each run's own gain, be that small or cut short; --to VALUE asks the same of all"
)


def convergence_lines(
    found: Sequence[Convergence],
    metric: str,
    goal: MetricGoal,
    target: Target,
    hold: int,
    screen: Screen,
) -> Iterator[str]:
    """Yield what was asked, and then a line a run, of which there must be one."""
    what = f"{target} of the way from first to best" if target.is_share else str(target)
    held = f", held for {hold} points" if hold > 1 else ""
    asked = f"{marked(metric, goal, screen)} to {what}{held}"
    yield asked if screen.width is None else shortened(asked, screen.width, screen)
    yield from table_lines(_columns(found, target), screen)
    if screen.width is not None and target.is_share and len(found) > 1:
        yield from (screen.painted(line, "dim") for line in wrapped(_OWN_GAIN, screen.width))
    if goal.is_guessed:
        yield from goal_note([metric], {}, screen)


def _columns(found: Sequence[Convergence], target: Target) -> list[TableColumn]:
    """Return the columns: a status where a run did not finish, and what a share is of each run."""
    statuses = [one.status or "" for one in found]
    have_ended_well = set(statuses) <= {Status.FINISHED}
    colours = [STATUS_COLOURS.get(one, "") for one in statuses]
    status = TableColumn("status", statuses, colours=colours)
    threshold = _numbers("threshold", [_number(one.threshold) for one in found], rank=1)
    return [
        TableColumn("run", [one.key.id[:SHORT_ID] for one in found]),
        TableColumn("name", [cell(one.key.name) for one in found], rank=3),
        *([] if have_ended_well else [status]),
        _numbers("step", [_whole(one.step) for one in found]),
        _numbers("after", [_length(one.seconds) for one in found], rank=1),
        *([threshold] if target.is_share else []),
        _numbers("best", [_number(one.best) for one in found], rank=2),
        _numbers("at step", [_whole(one.best_step) for one in found], rank=5),
        _numbers("last", [_number(one.last) for one in found], rank=4),
        _numbers("area", [_number(one.area) for one in found], rank=6),
    ]


def _numbers(title: str, cells: Sequence[str], rank: int = 0) -> TableColumn:
    return TableColumn(title, cells, is_number=True, rank=rank)


def _whole(value: int | None) -> str:
    return "" if value is None else str(value)


def _number(value: float | None) -> str:
    return "" if value is None else number(value)


def _length(seconds: float | None) -> str:
    return "" if seconds is None else duration(timedelta(seconds=seconds))
