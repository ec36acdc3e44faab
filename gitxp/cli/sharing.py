"""What the commands that share runs have in common: whom they ask, and how they tell what came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import click

from gitxp.storage.refs import SHARED, parse_run_ref
from gitxp.sync.arrival import Arrival, Outcome
from gitxp.ui.format import cell

# What goes without saying is counted; of the rest each is told.
_TOLD: Final = frozenset({Outcome.REFUSED, Outcome.SURVIVES, Outcome.REMOVED, Outcome.LEFT_OUT})
_COUNTED: Final = (Outcome.NEW, Outcome.UPDATED, Outcome.MERGED, Outcome.REMOVED)
_SHORT: Final = 7

remote_argument = click.argument("remote", required=False, metavar="[REMOTE]")


def told_ref(ref: str, names: Mapping[str, str]) -> str:
    """Return what the record at a ref is called.

    Args:
        names: Of runs, by their ids.
    """
    place = parse_run_ref(ref)
    if place is None:
        return cell(ref.removeprefix(SHARED))
    name = names.get(place.run, "")
    return f"{place.run.short} {place.experiment} {cell(name)}".rstrip()


def arrival_lines(arrivals: Sequence[Arrival], names: Mapping[str, str]) -> list[str]:
    """Return a line for each record of which something is worth saying."""
    return [
        f"{one.outcome}: {told_ref(one.ref, names)}{f': {cell(one.reason)}' if one.reason else ''}"
        for one in arrivals
        if one.outcome in _TOLD
    ]


def counts(arrivals: Iterable[Arrival]) -> str:
    """Return how many runs came, and what became of them.

    Example:
        >>> ref = f"refs/experiments/lr/{'0' * 32}"
        >>> counts([Arrival(ref, Outcome.NEW)])
        '1 new'
    """
    found = Counter(one.outcome for one in arrivals if parse_run_ref(one.ref))
    told = [f"{found[outcome]:,} {outcome}" for outcome in _COUNTED if found[outcome]]
    return ", ".join(told) or "nothing new"


def arrival_fields(arrival: Arrival) -> dict[str, Any]:
    """Return what became of a record as plain facts."""
    place = parse_run_ref(arrival.ref)
    return {
        "ref": arrival.ref,
        "run": place.run if place else None,
        "outcome": str(arrival.outcome),
        "reason": arrival.reason,
    }
