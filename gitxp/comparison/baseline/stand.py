"""How a run stands against its baseline: by the groups to which the two belong."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from gitxp.comparison.baseline.against import AgainstBaseline, against_baseline
from gitxp.comparison.groups.groups import Grouping, find_groups
from gitxp.comparison.groups.measured import Measure, Measured, find_measure, measure_groups
from gitxp.model.goal import Goal
from gitxp.query.run_rows import RunRows
from gitxp.statistics.difference import differences


class Stands:
    """Asked how runs stand against baselines; runs are grouped once, whatever is asked."""

    def __init__(self, rows: RunRows, goals: Mapping[str, Goal]) -> None:
        """Take all runs that may be repetitions of one another.

        Args:
            goals: By metric, which way the team has said is better.
        """
        self._rows = rows
        self._goals = goals
        self._asked: dict[str, tuple[Measure, Measured]] = {}

    def stand(self, run: str, baseline: str, metric: str) -> AgainstBaseline | None:
        """Return how the group of a run compares with that of its baseline; see `stand_against`."""
        one, other = self._numbers.get(run), self._numbers.get(baseline)
        if one is None or other is None or one == other:
            return None
        measure, measured = self._measure(metric)
        found = differences([measured.samples[one]], measured.samples[other])
        return against_baseline(found, measure.goal)[0]

    @cached_property
    def _grouping(self) -> Grouping:
        return find_groups(self._rows)

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        """By run, the number of its group."""
        ids = self._rows.values("run")
        return dict(zip(ids, self._grouping.codes.tolist(), strict=True))

    def _measure(self, metric: str) -> tuple[Measure, Measured]:
        if metric not in self._asked:
            measure = find_measure(self._rows, metric, self._goals)
            self._asked[metric] = measure, measure_groups(self._grouping, measure)
        return self._asked[metric]


def stand_against(
    rows: RunRows, run: str, baseline: str, metric: str, goals: Mapping[str, Goal]
) -> AgainstBaseline | None:
    """Return how the group of a run compares with that of its baseline.

    The group of a run are all finished ones that differ from it in nothing but seeds. Where several
    answers are shown together, `corrected` takes account of that.

    Args:
        rows: All runs that may be repetitions of one another.
        run: The id of the run.
        baseline: That of its baseline.
        metric: See `find_measure`.

    Returns:
        None where one of the two is not among the rows, or both repeat the same experiment.

    Raises:
        UnknownMetric: If no run has the metric.
    """
    return Stands(rows, goals).stand(run, baseline, metric)
