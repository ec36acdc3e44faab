"""Where runs come from: the run around them, and the one that they carry on."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from gitxp.model.identity import RunId
from gitxp.model.run import Run


def origins(run: Run) -> list[RunId]:
    """Return the runs from which a run comes: the one that it carries on, then its parent."""
    found = [one for one in (run.continues, run.parent) if one is not None]
    return [one for one in dict.fromkeys(found) if one != run.id]


def origins_last(runs: Sequence[Run]) -> list[Run]:
    """Return runs in their order, but each before all from which it comes.

    The newest first is not enough: by another machine's clock a child may have started before
    its parent.
    """
    awaited = dict.fromkeys((run.id for run in runs), 0)
    for run in runs:
        for origin in origins(run):
            if origin in awaited:
                awaited[origin] += 1
    places = {run.id: place for place, run in enumerate(runs)}
    ready = [place for place, run in enumerate(runs) if not awaited[run.id]]
    left = dict.fromkeys(range(len(runs)))
    ordered: list[Run] = []
    while left:
        # In a circle, which no gitxp writes, each waits for another: the newest goes first.
        place = heapq.heappop(ready) if ready else next(iter(left))
        if place not in left:
            continue
        del left[place]
        ordered.append(runs[place])
        for origin in origins(runs[place]):
            if origin in awaited:
                awaited[origin] -= 1
                if not awaited[origin]:
                    heapq.heappush(ready, places[origin])
    return ordered
