"""Which commits descend from which: the best common ancestors of two, found near them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from heapq import heappop, heappush

_ONE, _OTHER, _COVERED = 1, 2, 4


class Ancestry:
    """A history, in which a question costs no more than what lies between the two asked about."""

    def __init__(self, parents: Mapping[str, Sequence[str]]) -> None:
        """Take the parents of each commit; those of which nothing is known are passed over."""
        self._parents = {
            oid: [parent for parent in above if parent in parents] for oid, above in parents.items()
        }
        # Greater than that of every ancestor.
        self._rank: dict[str, int] = {}
        for oid in TopologicalSorter(self._parents).static_order():
            ranks = (self._rank[parent] for parent in self._parents[oid])
            self._rank[oid] = 1 + max(ranks, default=0)

    def best_common(self, one: str, other: str) -> list[str]:
        """Return what `git merge-base --all` would name, in order."""
        marks: dict[str, int] = {}
        waiting: list[tuple[int, str]] = []
        # Of those that wait, the ones that may still be best.
        fresh: set[str] = set()

        def put(oid: str, mark: int) -> None:
            if oid not in marks:
                heappush(waiting, (-self._rank[oid], oid))
            marks[oid] = marks.get(oid, 0) | mark
            if marks[oid] & _COVERED:
                fresh.discard(oid)
            else:
                fresh.add(oid)

        put(one, _ONE)
        put(other, _OTHER)
        found: list[str] = []
        while fresh:
            # The rank sees to it that all descendants were here before: the marks are final.
            oid = heappop(waiting)[1]
            fresh.discard(oid)
            mark = marks[oid]
            if mark == _ONE | _OTHER:
                found.append(oid)
                mark |= _COVERED
            for parent in self._parents[oid]:
                put(parent, mark)
        return sorted(found)
