"""Runs as a table: what varies between them, and what came out."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from gitxp.model.goal import Goal
from gitxp.query.columns import column
from gitxp.query.headlines import headline_metrics, varying_params
from gitxp.query.outcome import Outcome
from gitxp.query.row_comparison import RowComparison
from gitxp.query.run_rows import RunRows
from gitxp.ui.compared import difference, single_note
from gitxp.ui.format import age, cell
from gitxp.ui.goals import goal_note
from gitxp.ui.run_columns import column_titles, shown_column
from gitxp.ui.screen import Screen
from gitxp.ui.table import TableColumn, table_lines, wrapped

_MOST_PARAMS: Final = 6
_MOST_METRICS: Final = 4
_GOING_ON: Final = ("running", "unknown")
_OWN_TITLES: Final = (
    "run",
    "experiment",
    "name",
    "status",
    "verdict",
    "started",
    "took",
    "seen",
    "on baseline",
)
# Where not all columns fit, those of the highest rank are left out first: the first metric is
# worth more than the first param, and that more than the second metric.
_NEEDED: Final = 0
_RESULT, _CAUSE, _STEP = 1, 2, 2
_EXPERIMENT, _VERDICT, _STARTED, _TOOK, _GENERATED_NAME = 3, 4, 5, 7, 8


def run_table(
    rows: RunRows,
    screen: Screen,
    goals: Mapping[str, Goal],
    comparison: RowComparison | None = None,
    *,
    without: Collection[str] = (),
) -> Iterator[str]:
    """Yield the lines of a table of runs, of which there must be some.

    Args:
        goals: By metric, which way the team has said is better; these come before others.
        comparison: Against which runs these are measured, if that is to be shown.
        without: Columns that are told elsewhere.
    """
    metrics = headline_metrics(rows, goals)[:_MOST_METRICS]
    params = [name for name in varying_params(rows) if name not in without]
    columns = list(_columns(rows, params[:_MOST_PARAMS], metrics, screen, goals, without))
    differences: list[TableColumn] = []
    if comparison is not None and metrics and comparison.compares(rows):
        differences += _difference(comparison.outcomes(rows, metrics[0], goals))
    left_out = yield from table_lines([*columns, *differences], screen)
    yield from _more_note(len(params) - _MOST_PARAMS, screen)
    if any(one.title not in left_out for one in differences):
        yield from single_note(screen)
    yield from goal_note(metrics, goals, screen)
    yield from _merge_note(rows, screen)


def _columns(
    rows: RunRows,
    params: Sequence[str],
    metrics: Sequence[str],
    screen: Screen,
    goals: Mapping[str, Goal],
    without: Collection[str],
) -> Iterator[TableColumn]:
    now = datetime.now(UTC)
    results = [column("metrics", name) for name in metrics]
    titles = column_titles([*params, *results], goals, screen, taken=_OWN_TITLES)

    yield from _own_columns(rows, now, without)
    for names, rank in ((params, _CAUSE), (results, _RESULT)):
        for place, name in enumerate(names):
            yield shown_column(rows, name, now, title=titles[name], rank=rank + _STEP * place)


def _difference(outcomes: Sequence[Outcome | None]) -> Iterator[TableColumn]:
    """Yield the column of the differences from baselines in the first metric, if there are any."""
    texts = [difference(one) if one else "" for one in outcomes]
    if any(texts):
        yield TableColumn("on baseline", texts, is_number=True, rank=_CAUSE)


def _own_columns(rows: RunRows, now: datetime, without: Collection[str]) -> Iterator[TableColumn]:
    yield shown_column(rows, "run", now, rank=_NEEDED)
    if "experiment" not in without and rows.column("experiment").varies():
        yield shown_column(rows, "experiment", now, rank=_EXPERIMENT)
    names = rows.values("name")
    if any(names):
        # A name that is made of the params says no more than their columns do.
        are_generated = rows.values("name_generated", absent=False)
        is_given = any(names[at] and not one for at, one in enumerate(are_generated))
        yield shown_column(rows, "name", now, rank=_NEEDED if is_given else _GENERATED_NAME)
    yield shown_column(rows, "status", now, rank=_NEEDED)
    if rows.has("checkpoint"):
        yield TableColumn("seen", _seen(rows, now), rank=_NEEDED)
    if any(rows.values("verdict")):
        yield shown_column(rows, "verdict", now, rank=_VERDICT)
    yield shown_column(rows, "started", now, rank=_STARTED)
    yield shown_column(rows, "duration", now, title="took", rank=_TOOK)


def _more_note(count: int, screen: Screen) -> Iterator[str]:
    """Say how params are seen that vary as well, if there are any."""
    if count > 0:
        vary = "param varies" if count == 1 else "params vary"
        note = f"({count:,} more {vary}: git xp list -c 'params.*')"
        yield from (screen.painted(line, "dim") for line in wrapped(note, screen.width))


def _merge_note(rows: RunRows, screen: Screen) -> Iterator[str]:
    """Say how runs are merged that went on in other clones and are over."""
    if not rows.has("remote"):
        return
    told = zip(rows.values("remote"), rows.values("status"), strict=True)
    ended = {remote for remote, status in told if remote and status not in _GOING_ON}
    for remote in sorted(ended):
        note = f"(over on {cell(remote)} and not merged: git xp pull {shlex.quote(cell(remote))})"
        yield screen.painted(note, "dim")


def _seen(rows: RunRows, now: datetime) -> list[str]:
    """Return of runs of other clones when they were last told of, and where."""
    made, remotes = rows.values("checkpoint"), rows.values("remote")
    return [
        f"{age(then, now)} on {cell(remote)}" if then else ""
        for then, remote in zip(made, remotes, strict=True)
    ]
