"""Which run each of those that are compared is measured against, beside the first of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from gitxp.model.identity import RunId
from gitxp.model.run import Run

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
