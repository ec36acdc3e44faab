"""Runs as a table: what varies between them, and what came out."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from gitxp.model.goal import Goal, metric_goal
from gitxp.model.identity import SHORT_ID
from gitxp.query.columns import column, param_title
from gitxp.query.headlines import headline_metrics, varying_params
from gitxp.query.index.kinds import Kind
from gitxp.query.outcome import Outcome
from gitxp.query.row_comparison import RowComparison
from gitxp.query.run_column import RunColumn
from gitxp.query.run_rows import RunRows
from gitxp.ui.compared import difference, single_note
from gitxp.ui.format import age, cell, duration, number, value
from gitxp.ui.goals import goal_note, marked
from gitxp.ui.screen import Screen
from gitxp.ui.table import TableColumn, table_lines

_MOST_PARAMS: Final = 6
_MOST_METRICS: Final = 4
STATUS_COLOURS: Final = {
    "running": "cyan",
    "finished": "green",
    "failed": "red",
    "killed": "red",
    "crashed": "red",
    "unknown": "yellow",
}
_GOING_ON: Final = ("running", "unknown")
VERDICT_COLOURS: Final = {"confirmed": "green", "refuted": "red", "inconclusive": "yellow"}
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
) -> Iterator[str]:
    """Yield the lines of a table of runs, of which there must be some.

    Args:
        goals: By metric, which way the team has said is better; these come before others.
        comparison: Against which runs these are measured, if that is to be shown.
    """
    metrics = headline_metrics(rows, goals)[:_MOST_METRICS]
    columns = _columns(rows, metrics, screen, goals)
    differences: list[TableColumn] = []
    if comparison is not None and metrics and comparison.compares(rows):
        differences += _difference(comparison.outcomes(rows, metrics[0], goals))
    yield from table_lines([*columns, *differences], screen)
    if differences:
        yield from single_note(screen)
    yield from goal_note(metrics, goals, screen)
    yield from _merge_note(rows, screen)


def _columns(
    rows: RunRows, metrics: Sequence[str], screen: Screen, goals: Mapping[str, Goal]
) -> list[TableColumn]:
    varying = list(islice(varying_params(rows), _MOST_PARAMS))
    titles = _titles(varying, metrics)
    return [
        *_own_columns(rows),
        *(
            _param_column(titles[name], rows.column(name), rank=_CAUSE + _STEP * place)
            for place, name in enumerate(varying)
        ),
        *(
            TableColumn(
                marked(titles[column("metrics", name)], metric_goal(name, goals), screen),
                [number(last) for last in rows.values(column("metrics", name))],
                is_number=True,
                rank=_RESULT + _STEP * place,
            )
            for place, name in enumerate(metrics)
        ),
    ]


def _difference(outcomes: Sequence[Outcome | None]) -> Iterator[TableColumn]:
    """Yield the column of the differences from baselines in the first metric, if there are any."""
    texts = [difference(one) if one else "" for one in outcomes]
    if any(texts):
        yield TableColumn("on baseline", texts, is_number=True, rank=_CAUSE)


def _own_columns(rows: RunRows) -> Iterator[TableColumn]:
    now = datetime.now(UTC)

    yield TableColumn("run", [run[:SHORT_ID] for run in rows.values("run")], rank=_NEEDED)
    if rows.column("experiment").varies():
        yield TableColumn("experiment", rows.values("experiment"), rank=_EXPERIMENT)
    names = rows.values("name")
    if any(names):
        # A name that is made of the params says no more than their columns do.
        are_generated = rows.values("name_generated", absent=False)
        is_given = any(names[at] and not one for at, one in enumerate(are_generated))
        rank = _NEEDED if is_given else _GENERATED_NAME
        yield TableColumn("name", [cell(name) for name in names], rank=rank)
    statuses = rows.values("status")
    colours = [STATUS_COLOURS.get(one, "") for one in statuses]
    yield TableColumn("status", statuses, rank=_NEEDED, colours=colours)
    if rows.has("checkpoint"):
        yield TableColumn("seen", _seen(rows, now), rank=_NEEDED)
    verdicts = rows.values("verdict")
    if any(verdicts):
        texts = [one or "" for one in verdicts]
        colours = [VERDICT_COLOURS.get(one, "") for one in texts]
        yield TableColumn("verdict", texts, rank=_VERDICT, colours=colours)
    yield TableColumn("started", [age(then, now) for then in rows.values("started")], rank=_STARTED)
    yield TableColumn("took", [duration(length) for length in rows.values("duration")], rank=_TOOK)


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


def _param_column(title: str, given: RunColumn, *, rank: int) -> TableColumn:
    texts = given.to_list("", spelled=_spelled)
    are_numbers = given.parts.keys() <= {Kind.FLOAT, Kind.INTEGER, Kind.NONE}
    return TableColumn(title, texts, is_number=are_numbers, rank=rank)


def _spelled(kind: Kind, values: list[Any]) -> list[str]:
    """Return values of one kind as `value` spells each; of many runs most texts are the same."""
    match kind:
        case Kind.FLOAT:
            return list(map(number, values))
        case Kind.INTEGER | Kind.TRUTH:
            return list(map(str, values))
        case Kind.TEXT:
            known = {one: cell(one) for one in set(values)}
            return [known[one] for one in values]
    return list(map(value, values))


def _titles(params: Sequence[str], metrics: Sequence[str]) -> dict[str, str]:
    """Return the heading of each column: short, and in full where two would be the same."""
    short = {name: param_title(name) for name in params}
    short |= {column("metrics", name): name for name in metrics}
    counts = Counter([*short.values(), *_OWN_TITLES])
    return {name: cell(name if counts[title] > 1 else title) for name, title in short.items()}
