"""The story of an experiment: what each run was to show, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gitxp.model.goal import Goal, MetricGoal, goal_fields, metric_goal
from gitxp.model.identity import RunId
from gitxp.model.run import Run
from gitxp.query.columns import param_columns
from gitxp.query.headlines import headline_metrics, varying_params
from gitxp.query.run_rows import RunRows

_MOST_METRICS = 3


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
        """The value less that of the baseline."""
        return None if self.baseline is None else self.value - self.baseline

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
        return (difference > 0) == (self.goal.goal == "max")


@dataclass(frozen=True, slots=True)
class Chapter:
    """One run of the story.

    Attributes:
        params: Those in which the runs of the story differ, flat.
        baseline: The run that was in force as baseline at the start, if it is here.
        outcomes: The metrics that matter most, if the run has them.
    """

    run: Run
    params: Mapping[str, Any]
    baseline: Run | None
    outcomes: tuple[Outcome, ...]


def tell_story(
    runs: Sequence[Run], rows: RunRows, known: Mapping[RunId, Run], goals: Mapping[str, Goal]
) -> Iterator[Chapter]:
    """Yield a chapter for each of `runs`, in their order.

    Args:
        rows: Those of the whole story, of which `runs` may be a part.
        known: Where baselines are looked up.
        goals: By metric, which way the team has said is better.
    """
    varying, metrics = list(varying_params(rows)), headline_metrics(rows, goals)
    for run in runs:
        given = param_columns(run.params)
        baseline = known.get(run.baseline) if run.baseline else None
        names = [name for name in metrics if name in run.metrics][:_MOST_METRICS]
        yield Chapter(
            run,
            {name: given[name] for name in varying if name in given},
            baseline,
            tuple(_outcome(name, run, baseline, metric_goal(name, goals)) for name in names),
        )


def _outcome(name: str, run: Run, baseline: Run | None, goal: MetricGoal | None) -> Outcome:
    is_there = baseline is not None and name in baseline.metrics
    compared = baseline.metrics[name].last.value if baseline is not None and is_there else None
    return Outcome(name, run.metrics[name].last.value, compared, goal)


def chapter_fields(chapter: Chapter) -> dict[str, Any]:
    """Return a chapter as plain facts."""
    run = chapter.run
    return {
        "run": str(run.id),
        "experiment": str(run.experiment),
        "name": run.name,
        "name_generated": run.name_generated,
        "status": str(run.status),
        "started": run.started,
        "duration": run.duration,
        "author": run.author,
        "parent": run.parent,
        "continues": run.continues,
        "hypothesis": run.hypothesis or None,
        "description": run.description or None,
        "params": run.params,
        "tags": {key: tag.value for key, tag in run.tags.items()},
        "baseline": run.baseline,
        "outcomes": [_outcome_fields(one) for one in chapter.outcomes],
        "judgement": asdict(run.judgement) if run.judgement else None,
        "notes": [asdict(note) for note in run.notes],
        "kept": run.is_kept,
    }


def _outcome_fields(outcome: Outcome) -> dict[str, Any]:
    return {
        "metric": outcome.metric,
        "value": outcome.value,
        "baseline": outcome.baseline,
        **goal_fields(outcome.goal),
        "difference": outcome.difference,
        "better": outcome.is_better,
    }
