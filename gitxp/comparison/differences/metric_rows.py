"""Metrics beside each other: the last value of each, the best where that is another, and gains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from gitxp.comparison.differences.comparison import Cell, Row
from gitxp.comparison.differences.equality import are_same
from gitxp.comparison.values import Change
from gitxp.model.goal import Goal, MetricGoal, metric_goal
from gitxp.model.identity import RunId
from gitxp.model.metric import MetricSummary
from gitxp.model.names import is_system_metric
from gitxp.model.run import Run
from gitxp.query.headlines import headlines
from gitxp.query.outcome import Pair, outcome_of

if TYPE_CHECKING:
    from gitxp.comparison.baseline.stand import Stand

Reduced = Callable[[MetricSummary], float | None]


def metric_rows(
    runs: Sequence[Run],
    goals: Mapping[str, Goal],
    baselines: Mapping[RunId, Run],
    stands: Mapping[Pair, Stand],
) -> Iterator[Row]:
    """Yield a row of last values for each metric, those first that people look at first.

    Below it stands one of differences from baselines, where there are any; and one of best values,
    where it is known which way is better and the best is not the last in some run. Of best values
    it is not said whether they are better: no test over seeds is made of them. The machine's own
    series are no metrics, unless they have a goal.

    Args:
        goals: By metric, which way the team has said is better.
        baselines: By run, the one to compare it with, beside the first run.
        stands: What the seeds say of all differences.
    """
    counts = Counter(name for run in runs for name in run.metrics)
    for name in headlines(counts, goals, counts):
        goal = metric_goal(name, goals)
        last = _last(runs, name, goals, stands)
        yield last
        yield from _on_baseline(runs, name, goals, baselines, stands)
        if goal is None:
            continue
        best = Row(f"{name} (best)", _cells(runs, name, _best(goal)), goal)
        if not all(map(_is_as_good, last.cells, best.cells)):
            yield best


def _on_baseline(
    runs: Sequence[Run],
    name: str,
    goals: Mapping[str, Goal],
    baselines: Mapping[RunId, Run],
    stands: Mapping[Pair, Stand],
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
            stand=stands.get(Pair(run.id, baselines[run.id].id, name)),
        )
        for run, one in zip(runs, outcomes, strict=True)
    ]
    if any(cells):
        yield Row(f"{name} on baseline", tuple(cells), metric_goal(name, goals))


def machine_rows(runs: Sequence[Run], goals: Mapping[str, Goal]) -> Iterator[Row]:
    """Yield the means of the machine's own series, but for those that are results by their goal."""
    names = {name for run in runs for name in run.metrics if is_system_metric(name)}
    for name in sorted(names - goals.keys()):
        yield Row(f"{name} (mean)", _cells(runs, name, lambda one: one.mean))


def _last(
    runs: Sequence[Run], name: str, goals: Mapping[str, Goal], stands: Mapping[Pair, Stand]
) -> Row:
    """Return a row of last values, with what is known of their differences to the first run's."""
    first = runs[0]
    outcomes = [
        outcome_of(name, run, first, goals) if name in run.metrics else None for run in runs
    ]
    cells = [
        None
        if one is None
        else Cell(
            one.value, one.difference, one.is_better, stands.get(Pair(run.id, first.id, name))
        )
        for run, one in zip(runs, outcomes, strict=True)
    ]
    return Row(name, tuple(cells), metric_goal(name, goals))


def _cells(runs: Sequence[Run], name: str, reduced: Reduced) -> tuple[Cell | None, ...]:
    """Return a value of each run, with its difference to the first run's."""
    values = [reduced(run.metrics[name]) if name in run.metrics else None for run in runs]
    first, *others = values
    return (
        None if first is None else Cell(first),
        *(
            None if one is None else Cell(one, None if first is None else one - first)
            for one in others
        ),
    )


def _best(goal: MetricGoal) -> Reduced:
    def best(summary: MetricSummary) -> float | None:
        found = summary.max if goal.goal == "max" else summary.min
        return None if found is None else found.value

    return best


def _is_as_good(last: Cell | None, best: Cell | None) -> bool:
    return last is None or best is None or are_same(last.value, best.value)
