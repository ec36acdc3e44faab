"""Groups of runs over several tasks: one aggregate of a whole suite."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gitxp.comparison.curves.direction import without_goal
from gitxp.comparison.groups.codes import column_codes
from gitxp.comparison.groups.group_frame import framed, typed_frame
from gitxp.comparison.groups.groups import By, Group, Grouping, find_groups
from gitxp.comparison.groups.measured import Measure, find_measure, measure_codes
from gitxp.comparison.groups.spread import Settled
from gitxp.errors import InvalidValue
from gitxp.model.goal import Goal
from gitxp.query.order import known_column
from gitxp.query.run_rows import RunRows
from gitxp.statistics.samples import Sample
from gitxp.statistics.suite import Estimate, interquartile_mean, probability_of_improvement

if TYPE_CHECKING:
    import pandas as pd

# Unlike `BY_DEFAULT`: another task mostly has other data.
_BY: Final = ("params", "code_tree")
_COUNTS: Final = ("n", "tasks", "missing", "nonfinite", "unfinished", "reruns")
_NUMBERS: Final = (
    "iqm", "iqm_low", "iqm_high", "improvement", "improvement_low", "improvement_high",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SuiteGroup:
    """A group in all tasks of a suite.

    Attributes:
        scores: The finite numbers of its runs, by task; tasks stand as they first come.
        missing: Of how many tasks it has none.
        iqm: The interquartile mean; NaN where it would be one of fewer tasks than that of others.
        improvement: How likely one of its runs is better than one of the baseline's; None where
            there is none, and of its own group.
    """

    group: Group
    scores: tuple[Sample, ...]
    missing: int
    nonfinite: int
    unfinished: int
    reruns: int
    iqm: Estimate
    improvement: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """Groups of runs over several tasks.

    Attributes:
        columns: Those in which the groups differ.
        groups: The best first; as they come where nobody says which way the metric is better.
    """

    measure: Measure
    columns: tuple[str, ...]
    groups: tuple[SuiteGroup, ...]
    settled: Settled


def suite_of(
    rows: RunRows,
    metric: str | None,
    goals: Mapping[str, Goal],
    *,
    task: str,
    by: By = None,
    settled: Settled | None = None,
) -> Suite:
    """Return groups of runs with what they come to over all tasks.

    Args:
        metric: See `find_measure`; its unit has to be the same in all tasks.
        goals: By metric, which way the team has said is better.
        task: The column that says which task a run is of; runs without it are passed over.
        by: See `find_groups`, but that the data may differ, and the task itself does.

    Raises:
        UnknownMetric: If no run has the metric.
        UnknownColumn: If no run has the task's column, or one to group by.
    """
    settled = settled or Settled()
    measure, task = find_measure(rows, metric, goals), known_column(rows, task)
    rows = rows.take(np.flatnonzero(column_codes(rows.column(task)) >= 0))
    grouping = find_groups(rows, _BY if by is None else by, without=task)
    groups = _by_task(grouping, task, measure, settled)
    best_first = sorted(groups, key=lambda one: measure.place(one.iqm.value))
    return Suite(measure, grouping.columns, tuple(best_first), settled)


def against_suite_group(suite: Suite, baseline: str) -> Suite:
    """Return groups with how likely each is an improvement on that of one run.

    Args:
        baseline: The id of the run.

    Raises:
        InvalidValue: If it is in none of the groups, or nothing says which way is better.
    """
    found = [one for one in suite.groups if baseline in one.group.runs]
    if not found:
        raise InvalidValue(
            f"the baseline {baseline[:7]!r} is none of the selected runs",
            hint="select its group, too",
        )
    goal = suite.measure.goal
    if goal is None:
        raise without_goal(suite.measure.metric, takes_goal=False)
    sign = 1 if goal.goal == "max" else -1
    against = [sign * one for one in found[0].scores]

    def compared(one: SuiteGroup) -> SuiteGroup:
        if one is found[0]:
            return one
        estimate = probability_of_improvement(
            [sign * scores for scores in one.scores],
            against,
            confidence=suite.settled.confidence,
            resamples=suite.settled.resamples,
        )
        return replace(one, improvement=estimate)

    return replace(suite, groups=tuple(map(compared, suite.groups)))


def _by_task(
    grouping: Grouping, task: str, measure: Measure, settled: Settled
) -> Iterator[SuiteGroup]:
    """Yield each group with its scores by task."""
    _, codes = np.unique(column_codes(grouping.rows.column(task)), return_inverse=True)
    tasks = int(codes.max(initial=-1)) + 1
    measured = measure_codes(
        grouping.rows,
        grouping.codes * tasks + codes,
        len(grouping) * tasks,
        measure,
        only_finished=settled.only_finished,
    )
    for number, group in enumerate(grouping.groups):
        own = slice(number * tasks, (number + 1) * tasks)
        scores = tuple(measured.samples[own])
        missing = sum(len(one) == 0 for one in scores)
        yield SuiteGroup(
            group,
            scores,
            missing,
            sum(measured.nonfinite[own]),
            sum(measured.unfinished[own]),
            sum(measured.reruns[own]),
            Estimate(math.nan) if missing else _aggregate(scores, settled),
        )


def _aggregate(scores: Sequence[Sample], settled: Settled) -> Estimate:
    return interquartile_mean(scores, confidence=settled.confidence, resamples=settled.resamples)


def suite_frame(suite: Suite, rows: RunRows) -> pd.DataFrame:
    """Return a frame with a row a group.

    Args:
        rows: Those of which the groups were made.
    """
    numbers = typed_frame([_fields(one) for one in suite.groups], _COUNTS, _NUMBERS)
    return framed([one.group for one in suite.groups], suite.columns, [numbers], rows)


def _fields(one: SuiteGroup) -> dict[str, Any]:
    improvement = one.improvement or Estimate(math.nan)
    return {
        "n": sum(map(len, one.scores)),
        "tasks": len(one.scores),
        "missing": one.missing,
        "nonfinite": one.nonfinite,
        "unfinished": one.unfinished,
        "reruns": one.reruns,
        "iqm": one.iqm.value,
        "iqm_low": one.iqm.low,
        "iqm_high": one.iqm.high,
        "improvement": improvement.value,
        "improvement_low": improvement.low,
        "improvement_high": improvement.high,
    }
