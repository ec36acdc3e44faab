"""Groups of runs and what their metric comes to: how far it spreads, and against the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from gitxp.comparison.baseline.against import AgainstBaseline, against_baseline
from gitxp.comparison.groups.groups import By, Group, find_groups
from gitxp.comparison.groups.measured import Measure, find_measure, measure_groups
from gitxp.errors import InvalidValue
from gitxp.model.goal import Goal
from gitxp.query.run_rows import RunRows
from gitxp.statistics.difference import differences
from gitxp.statistics.interval import Interval, mean_intervals
from gitxp.statistics.methods import INTERVAL_METHODS, IntervalMethod, is_between
from gitxp.statistics.samples import Sample
from gitxp.statistics.summary import Summary, summaries
from gitxp.text import shown

_FEWEST_RESAMPLES: Final = 100
# Of more, the ends of an interval move by less than anybody reads, and the work has no bound.
_MOST_RESAMPLES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Settled:
    """How statistics are to be made.

    Attributes:
        interval: How the intervals of means are found; see `mean_intervals`.
        confidence: That of all intervals; the rest to 1 is the level of tests.
        resamples: Of a bootstrap, and permutations of a test.
        only_finished: Whether runs that go on, or did not end well, are left out.
    """

    interval: IntervalMethod = "t"
    confidence: float = 0.95
    resamples: int = 10_000
    only_finished: bool = True

    def __post_init__(self) -> None:
        """Refuse what no statistics can be made with.

        Raises:
            InvalidValue: Saying what was expected.
        """
        if self.interval not in INTERVAL_METHODS:
            expected = ", ".join(map(repr, INTERVAL_METHODS))
            raise InvalidValue(f"interval is {shown(self.interval)}: expected one of {expected}")
        if not is_between(self.confidence, 0, 1):
            raise InvalidValue(
                f"confidence is {shown(self.confidence)}: expected a share between 0 and 1",
                hint="confidence=0.95",
            )
        if not is_between(self.resamples, _FEWEST_RESAMPLES - 1, _MOST_RESAMPLES + 1):
            raise InvalidValue(
                f"resamples is {shown(self.resamples)}: "
                f"expected {_FEWEST_RESAMPLES} to {_MOST_RESAMPLES:,}"
            )


@dataclass(frozen=True, slots=True)
class GroupSpread:
    """A group, and what its runs measured.

    Attributes:
        sample: The finite numbers of its runs.
        nonfinite: How many runs came out as NaN or infinite.
        unfinished: How many were left out because they go on, or did not end well.
        reruns: How many were left out because a later run has the same seed.
        against: How it compares with the baseline; None where there is none, and of its own group.
    """

    group: Group
    sample: Sample
    summary: Summary
    interval: Interval
    nonfinite: int
    unfinished: int
    reruns: int
    against: AgainstBaseline | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """Groups of runs in one metric.

    Attributes:
        columns: Those in which the groups differ.
        groups: The best first; as they come where nobody says which way the metric is better.
            Groups without a number stand last.
        settled: How it was made.
        baseline: The group that the others are measured against; None where there is none.
    """

    measure: Measure
    columns: tuple[str, ...]
    groups: tuple[GroupSpread, ...]
    settled: Settled
    baseline: Group | None = None


def spread_of(
    rows: RunRows,
    metric: str | None,
    goals: Mapping[str, Goal],
    *,
    by: By = None,
    settled: Settled | None = None,
) -> Spread:
    """Return groups of runs with what their metric comes to.

    Args:
        metric: See `find_measure`.
        goals: By metric, which way the team has said is better.
        by: See `find_groups`.

    Raises:
        UnknownMetric: If no run has the metric.
        UnknownColumn: If no run has a column to group by.
    """
    settled = settled or Settled()
    measure, grouping = find_measure(rows, metric, goals), find_groups(rows, by)
    measured = measure_groups(grouping, measure, only_finished=settled.only_finished)
    intervals = mean_intervals(
        measured.samples,
        settled.interval,
        confidence=settled.confidence,
        resamples=settled.resamples,
    )
    groups = map(
        GroupSpread,
        grouping.groups,
        measured.samples,
        summaries(measured.samples),
        intervals,
        measured.nonfinite,
        measured.unfinished,
        measured.reruns,
    )
    best_first = sorted(groups, key=lambda one: measure.place(one.summary.mean))
    return Spread(measure, grouping.columns, tuple(best_first), settled)


def against_group(spread: Spread, baseline: str, every: RunRows, by: By = None) -> Spread:
    """Return groups with how each compares with the group of one run.

    Args:
        baseline: The id of the run.
        every: Where the run is looked for that is in none of the groups; its group is then all
            of these that have the same as it.
        by: What the groups were made by.
    """
    settled = spread.settled
    group, sample = _baseline_group(spread, baseline, every, by)
    own = set(group.runs)
    others = [place for place, one in enumerate(spread.groups) if own.isdisjoint(one.group.runs)]
    found = differences(
        [spread.groups[place].sample for place in others],
        sample,
        confidence=settled.confidence,
        resamples=settled.resamples,
    )
    compared = against_baseline(found, spread.measure.goal, confidence=settled.confidence)
    groups = list(spread.groups)
    for place, one in zip(others, compared, strict=True):
        groups[place] = replace(groups[place], against=one)
    return replace(spread, groups=tuple(groups), baseline=group)


def _baseline_group(spread: Spread, baseline: str, every: RunRows, by: By) -> tuple[Group, Sample]:
    """Return the group of a run, and what its runs measured."""
    for one in spread.groups:
        if baseline in one.group.runs:
            return one.group, one.sample
    grouping = find_groups(every, by)
    number = int(grouping.codes[every.values("run").index(baseline)])
    measured = measure_groups(grouping, spread.measure, only_finished=spread.settled.only_finished)
    return grouping.groups[number], measured.samples[number]
