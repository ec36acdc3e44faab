"""Which run each of those that are compared is measured against, beside the first of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from gitxp.comparison.baseline.conclusion import Conclusion
from gitxp.model.goal import Goal
from gitxp.model.identity import RunId
from gitxp.model.run import Run, Status
from gitxp.query.outcome import Pair, outcomes_of
from gitxp.query.run_rows import RunRows

# Reads the runs with these ids that are here.
ReadRuns = Callable[[Collection[str]], Iterable[Run]]


def measured_against(
    runs: Sequence[Run], against: Run | None, read: ReadRuns
) -> Mapping[RunId, Run]:
    """Return by run what it is measured against: one run, else its own baseline if that is here.

    Args:
        against: The run against which all are measured; each against its own baseline where None.
    """
    if against is not None:
        return dict.fromkeys((run.id for run in runs), against)
    known = {run.id: run for run in runs}
    wanted = {run.baseline for run in runs if run.baseline is not None}
    if missing := wanted - known.keys():
        known |= {run.id: run for run in read(missing)}
    return {run.id: known[run.baseline] for run in runs if run.baseline in known}


def conclusions_over_seeds(
    runs: Sequence[Run],
    baselines: Mapping[RunId, Run],
    rows: Callable[[], RunRows],
    goals: Mapping[str, Goal],
) -> Mapping[Pair, Conclusion]:
    """Return what the seeds say of how runs came out, where there are several on both sides.

    Args:
        baselines: What each is measured against; where that is only the first run, nothing is told.
        rows: All runs that may repeat one of these, or a baseline; asked only if it matters.
        goals: By metric, which way the team has said is better.
    """
    if all(baselines[run.id].id == runs[0].id for run in runs if run.id in baselines):
        return {}
    asked = [
        Pair(run.id, baselines[run.id].id, one.metric)
        for run in runs
        if run.id in baselines and run.status is Status.FINISHED
        for one in outcomes_of(run, baselines[run.id], goals)
        if one.difference is not None
    ]
    if not asked:
        return {}
    from gitxp.comparison.baseline.stand import stand_together  # which loads SciPy

    found = stand_together(rows(), asked, goals)
    return {
        pair: one.against.conclusion
        for pair, one in found.items()
        if one.against is not None and one.is_tested
    }
