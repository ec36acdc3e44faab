"""What runs that are compared are measured against, and what the seeds say of the differences."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from gitxp.model.goal import Goal
from gitxp.model.identity import RunId
from gitxp.model.names import is_system_metric
from gitxp.model.run import Run
from gitxp.query.outcome import Pair
from gitxp.query.run_rows import RunRows

if TYPE_CHECKING:
    from gitxp.comparison.baseline.stand import Stand

# Reads the runs with these ids that are here.
ReadRuns = Callable[[Collection[str]], Iterable[Run]]


def measured_against(
    runs: Sequence[Run], against: Run | None, read: ReadRuns
) -> Mapping[RunId, Run]:
    """Return by run what it is measured against, beside the first run from which all differ anyway.

    Nothing where how they differ from the first run tells all of it.

    Args:
        against: The run against which all are measured. Each against its own baseline where None,
            if that is here.
    """
    first = runs[0].id
    if against is not None:
        return {} if against.id == first else dict.fromkeys((run.id for run in runs), against)
    shown = {run.id for run in runs}
    known = {run.id: run for run in runs}
    wanted = {run.baseline for run in runs if run.baseline is not None}
    if missing := wanted - known.keys():
        known |= {run.id: run for run in read(missing)}
    found = {run.id: known[run.baseline] for run in runs if run.baseline in known}
    is_told = (
        first == baseline.id or (first == run and baseline.id in shown)
        for run, baseline in found.items()
    )
    return {} if all(is_told) else found


def stands_over_seeds(
    runs: Sequence[Run],
    baselines: Mapping[RunId, Run],
    rows: Callable[[], RunRows],
    goals: Mapping[str, Goal],
) -> Mapping[Pair, Stand]:
    """Return what the seeds say of every difference that is told of a metric's last values.

    Args:
        baselines: What each is measured against, beside the first run.
        rows: All runs that may repeat one of these, or a baseline; asked only if it matters.
        goals: By metric, which way the team has said is better.
    """
    asked = list(dict.fromkeys(_differences(runs, baselines, goals)))
    if not asked:
        return {}
    from gitxp.comparison.baseline.stand import stand_together  # which loads NumPy

    return stand_together(rows(), asked, goals)


def _differences(
    runs: Sequence[Run], baselines: Mapping[RunId, Run], goals: Mapping[str, Goal]
) -> Iterator[Pair]:
    """Yield what is told: the machine's own series are no metrics, unless they have a goal."""
    for run in runs:
        for other in (runs[0], baselines.get(run.id)):
            if other is None or other.id == run.id:
                continue
            for name in run.metrics.keys() & other.metrics.keys():
                if name in goals or not is_system_metric(name):
                    yield Pair(run.id, other.id, name)
