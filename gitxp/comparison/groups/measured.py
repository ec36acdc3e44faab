"""What groups of runs measured: one number a run, sorted out by whether it can be counted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gitxp.comparison.groups.codes import Codes
from gitxp.comparison.groups.groups import Grouping
from gitxp.comparison.groups.reruns import Counted, find_counted
from gitxp.errors import InvalidValue, UnknownMetric
from gitxp.model.goal import Goal, MetricGoal, metric_goal
from gitxp.model.names import METRIC_REDUCERS
from gitxp.query.columns import column, reduced
from gitxp.query.headlines import headline_metrics
from gitxp.query.index.kinds import Kind
from gitxp.query.metric_names import metric_names, one_metric
from gitxp.query.run_column import RunColumn
from gitxp.query.run_rows import RunRows
from gitxp.statistics.samples import Sample
from gitxp.text import shown

_NUMBERS: Final = (Kind.INTEGER, Kind.FLOAT)


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of each run: a metric's last value, or another summary of it.

    Attributes:
        reducer: Which summary, as columns name them, such as `max`.
        goal: Which way the metric is better; None where nobody says so.
    """

    metric: str
    reducer: str
    goal: MetricGoal | None

    @property
    def name(self) -> str:
        """As it is asked for: `val/accuracy`, or `val/accuracy:max`.

        Example:
            >>> Measure("loss", "last", None).name, Measure("loss", "min", None).column
            ('loss', 'metrics.loss:min')
        """
        return self.metric if self.reducer == "last" else f"{self.metric}:{self.reducer}"

    def place(self, value: float) -> tuple[bool, float]:
        """Return what puts the best value first and NaN last; nothing first without a goal.

        Example:
            >>> accuracy = Measure("acc", "last", MetricGoal("max", is_guessed=True))
            >>> sorted([0.5, math.nan, 0.9], key=accuracy.place)
            [0.9, 0.5, nan]
        """
        sign = 0 if self.goal is None else 1 if self.goal.goal == "min" else -1
        return (True, 0.0) if math.isnan(value) else (False, sign * value)

    @property
    def column(self) -> str:
        """The name of its column."""
        if self.reducer == "last":
            return column("metrics", self.metric)
        return reduced(self.metric, self.reducer)


@dataclass(frozen=True, slots=True)
class Measured:
    """What each group measured.

    Attributes:
        samples: The finite numbers of each.
        nonfinite: How many runs of each came out as NaN or infinite.
        unfinished: How many are left out because they go on, or did not end well.
        reruns: How many are left out because a later run has the same seed; see `find_counted`.
        values: The number of each run; NaN where it has none.
        counted: Which of them count.
    """

    samples: Sequence[Sample]
    nonfinite: Sequence[int]
    unfinished: Sequence[int]
    reruns: Sequence[int]
    values: NDArray[np.float64]
    counted: Counted


def find_measure(rows: RunRows, asked: str | None, goals: Mapping[str, Goal]) -> Measure:
    """Return what is asked for, by the name of a metric and perhaps a reducer (`loss:min`).

    Args:
        asked: None for the last value of the metric that people look at first.
        goals: By metric, which way the team has said is better.

    Raises:
        UnknownMetric: If no run has it, with the nearest that one has.
        InvalidValue: If it is no text, or a glob that fits several.
    """
    known = metric_names(rows.every)
    if not isinstance(asked, str | None):
        raise InvalidValue(
            f"metric is {shown(asked)}: expected the name of a metric", hint="metric='loss'"
        )
    if asked is None:
        found = headline_metrics(rows, goals)
        if not found:
            raise UnknownMetric("no selected run has a metric", hint="git xp list")
        return Measure(found[0], "last", metric_goal(found[0], goals))
    name, _, reducer = asked.rpartition(":")
    if asked in known or reducer not in METRIC_REDUCERS:
        name, reducer = asked, "last"
    name = one_metric(rows, name)
    goal = None if reducer == "count" else metric_goal(name, goals)
    return Measure(name, reducer, goal)


def measure_groups(grouping: Grouping, measure: Measure, *, only_finished: bool = True) -> Measured:
    """Return what groups measured; see `measure_codes`."""
    return measure_codes(
        grouping.rows, grouping.codes, len(grouping), measure, only_finished=only_finished
    )


def measure_codes(
    rows: RunRows, codes: Codes, count: int, measure: Measure, *, only_finished: bool = True
) -> Measured:
    """Return what runs measured, by the number of each; those without the metric are passed over.

    Args:
        count: One more than the largest number that there may be.
        only_finished: Leave out runs that go on, failed, or were killed: their last value is of
            another step than that of the others.
    """
    values, is_there = column_numbers(rows.column(measure.column))
    counted = find_counted(rows, codes, is_there, only_finished=only_finished)
    is_finite = np.isfinite(values)
    chosen = np.flatnonzero(counted.is_counted & is_finite)
    order = chosen[np.argsort(codes[chosen], kind="stable")]
    ends = np.cumsum(_counts(codes[chosen], count))
    return Measured(
        np.split(values[order], ends[:-1]) if count else [],
        _counts(codes[counted.is_counted & ~is_finite], count).tolist(),
        _counts(codes[counted.is_unfinished], count).tolist(),
        _counts(codes[counted.is_rerun], count).tolist(),
        values,
        counted,
    )


def _counts(codes: Codes, count: int) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = np.bincount(codes, minlength=count)
    return counts


def column_numbers(found: RunColumn) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return a column as floats, NaN for a gap, and whether each run has the column.

    One that has None there measured nothing finite: the largest value of a series of NaN.
    """
    values = np.full(found.size, np.nan)
    is_there = np.zeros(found.size, bool)
    for kind, part in found.parts.items():
        places = slice(None) if part.places is None else part.places
        is_there[places] = True
        if kind in _NUMBERS:
            values[places] = part.values
    return values, is_there
