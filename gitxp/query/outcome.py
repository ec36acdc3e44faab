"""How a run came out in one metric, against another run and by the metric's goal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from gitxp.model.goal import Goal, MetricGoal, goal_fields, metric_goal
from gitxp.model.identity import RunId
from gitxp.model.names import is_system_metric
from gitxp.model.run import Run


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run came out in one metric, by its last value.

    Attributes:
        baseline: The last value of the run's baseline; None where there is none to compare with.
        goal: Which way is better; None where neither the team nor the metric's name says so.
    """

    metric: str
    value: float
    baseline: float | None = None
    goal: MetricGoal | None = None

    @property
    def difference(self) -> float | None:
        """The value less that of the baseline; NaN where either of them is not finite.

        Example:
            >>> Outcome("loss", math.inf, baseline=0.2).difference
            nan
        """
        if self.baseline is None:
            return None
        if math.isfinite(self.value) and math.isfinite(self.baseline):
            return self.value - self.baseline
        return math.nan

    @property
    def is_better(self) -> bool | None:
        """Whether it is better than the baseline; None where that cannot be said, or is as good.

        Example:
            >>> Outcome("loss", 0.1, 0.2, MetricGoal("min", is_guessed=False)).is_better
            True
            >>> Outcome("loss", 0.1, baseline=0.2).is_better
        """
        difference = self.difference
        if self.goal is None or difference is None or not difference or math.isnan(difference):
            return None
        return self.goal.gain(difference) > 0


class Pair(NamedTuple):
    """A run and its baseline, by their ids, and the metric in which they are compared."""

    run: RunId
    baseline: RunId
    metric: str


def outcome_of(name: str, run: Run, baseline: Run | None, goals: Mapping[str, Goal]) -> Outcome:
    """Return how a run came out in a metric that it has.

    Args:
        baseline: The run to compare with; a run is not compared with itself.
        goals: By metric, which way the team has said is better.
    """
    compared = None
    if baseline is not None and baseline.id != run.id and name in baseline.metrics:
        compared = baseline.metrics[name].last.value
    return Outcome(name, run.metrics[name].last.value, compared, metric_goal(name, goals))


def outcomes_of(run: Run, baseline: Run | None, goals: Mapping[str, Goal]) -> list[Outcome]:
    """Return how a run came out in each of its metrics, but for the machine's own series."""
    names = (name for name in run.metrics if not is_system_metric(name))
    return [outcome_of(name, run, baseline, goals) for name in names]


def outcome_fields(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as the fields of an object in JSON."""
    return {
        "metric": outcome.metric,
        "value": outcome.value,
        "baseline": outcome.baseline,
        **goal_fields(outcome.goal),
        "difference": outcome.difference,
        "better": outcome.is_better,
    }
