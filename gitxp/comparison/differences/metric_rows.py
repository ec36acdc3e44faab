"""Metrics beside each other: the last value of each, the best where that is another, and gains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from gitxp.comparison.baseline.conclusion import Conclusion
from gitxp.comparison.differences.comparison import Cell, Row
from gitxp.comparison.differences.equality import are_same
from gitxp.comparison.values import Change
from gitxp.model.goal import Goal, MetricGoal, metric_goal
from gitxp.model.identity import RunId
from gitxp.model.metric import MetricSummary
from gitxp.model.names import is_system_metric
from gitxp.model.run import Run
from gitxp.query.headlines import headlines
from gitxp.query.outcome import Outcome, Pair, outcome_of

Reduced = Callable[[MetricSummary], float | None]


def metric_rows(
    runs: Sequence[Run],
    goals: Mapping[str, Goal],
    baselines: Mapping[RunId, Run],
    conclusions: Mapping[Pair, Conclusion],
) -> Iterator[Row]:
    """Yield a row of last values for each metric, those first that people look at first.

    Below it stands one of best values, where it is known which way is better and the best is not
    the last in some run; and one of differences from baselines, where some run has another than
    the first run, from which all differ anyway. The machine's own series are no metrics, unless
    they have a goal.

    Args:
        goals: By metric, which way the team has said is better.
        baselines: By run, the one to compare it with.
        conclusions: What the seeds say of that.
    """
    counts = Counter(name for run in runs for name in run.metrics)
    for name in headlines(counts, goals, counts):
        goal = metric_goal(name, goals)
        last = _row(runs, name, name, goal, lambda one: one.last.value)
        yield last
        if any(baselines[run.id].id != runs[0].id for run in runs if run.id in baselines):
            yield from _on_baseline(runs, name, goals, baselines, conclusions)
        if goal is None:
            continue
        best = _row(runs, name, f"{name} (best)", goal, _best(goal))
        if not all(map(_is_as_good, last.cells, best.cells)):
            yield best


def _on_baseline(
    runs: Sequence[Run],
    name: str,
    goals: Mapping[str, Goal],
    baselines: Mapping[RunId, Run],
    conclusions: Mapping[Pair, Conclusion],
) -> Iterator[Row]:
    """Yield a row of differences from the runs' baselines, if there is any."""
    outcomes = [
        outcome_of(name, run, baselines.get(run.id), goals) if name in run.metrics else None
        for run in runs
    ]
    cells = [
        None
        if one is None or one.difference is None
        else Cell(
            Change(one.difference),
            is_better=one.is_better,
            conclusion=conclusions.get(Pair(run.id, baselines[run.id].id, name)),
        )
        for run, one in zip(runs, outcomes, strict=True)
    ]
    if any(cells):
        yield Row(f"{name} on baseline", tuple(cells), metric_goal(name, goals))


def machine_rows(runs: Sequence[Run], goals: Mapping[str, Goal]) -> Iterator[Row]:
    """Yield the means of the machine's own series, but for those that are results by their goal."""
    names = {name for run in runs for name in run.metrics if is_system_metric(name)}
    for name in sorted(names - goals.keys()):
        yield _row(runs, name, f"{name} (mean)", None, lambda one: one.mean)


def _row(
    runs: Sequence[Run], name: str, field: str, goal: MetricGoal | None, reduced: Reduced
) -> Row:
    values = [reduced(run.metrics[name]) if name in run.metrics else None for run in runs]
    first = values[0]
    cells = [None if value is None else _cell(name, value, first, goal) for value in values[1:]]
    return Row(field, (None if first is None else Cell(first), *cells), goal)


def _cell(name: str, value: float, first: float | None, goal: MetricGoal | None) -> Cell:
    told = Outcome(name, value, first, goal)
    return Cell(value, told.difference, told.is_better)


def _best(goal: MetricGoal) -> Reduced:
    def best(summary: MetricSummary) -> float | None:
        found = summary.max if goal.goal == "max" else summary.min
        return None if found is None else found.value

    return best


def _is_as_good(last: Cell | None, best: Cell | None) -> bool:
    return last is None or best is None or are_same(last.value, best.value)
