"""How the commands that share runs tell what came, and what went."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from gitxp.cli.output import say
from gitxp.cli.told import counted
from gitxp.storage.refs import SHARED, parse_about_ref, parse_live_ref, parse_run_ref
from gitxp.storage.repository import Repository
from gitxp.storage.transport.sending import Sent
from gitxp.sync.arrival import Arrival, Outcome
from gitxp.text import few
from gitxp.ui.format import cell

if TYPE_CHECKING:
    from gitxp.sync.fetch import Fetched

# What goes without saying is counted; of the rest each is told.
_TOLD: Final = frozenset({Outcome.REFUSED, Outcome.SURVIVES, Outcome.REMOVED, Outcome.LEFT_OUT})
_COUNTED: Final = (Outcome.NEW, Outcome.UPDATED, Outcome.MERGED, Outcome.REMOVED)
_CAME: Final = frozenset({Outcome.NEW, Outcome.UPDATED, Outcome.MERGED})

_SHOWN: Final = 5


def told_ref(ref: str, names: Mapping[str, str]) -> str:
    """Return what the record at a ref is called.

    Args:
        names: Of runs, by their ids.
    """
    if (experiment := parse_about_ref(ref)) is not None:
        return f"the record of experiment {experiment}"
    place = parse_run_ref(ref)
    if place is None:
        return cell(ref.removeprefix(SHARED))
    name = names.get(place.run, "")
    return f"{place.run.short} {place.experiment} {cell(name)}".rstrip()


def arrival_lines(arrivals: Sequence[Arrival], names: Mapping[str, str]) -> list[str]:
    """Return a line for each record of which something is worth saying.

    Args:
        names: Of the runs that are here, by their ids.
    """
    told = [one for one in arrivals if one.outcome in _TOLD or one.reason]
    places = ((one.name, parse_run_ref(one.ref)) for one in told if one.name)
    known = {**names, **{str(place.run): name for name, place in places if place is not None}}
    return [f"{one.outcome}: {told_ref(one.ref, known)}{_why(one)}" for one in told]


def _why(arrival: Arrival) -> str:
    reason = f": {cell(arrival.reason)}" if arrival.reason else ""
    return reason + (f" (hint: {cell(arrival.hint)})" if arrival.hint else "")


def counted_refs(refs: Iterable[str]) -> list[str]:
    """Return how many runs there are among refs, and how many records of experiments.

    Example:
        >>> counted_refs([f"refs/experiments/lr/{'0' * 32}", "refs/experiments/lr/about"])
        ['1 run', '1 experiment record']
    """
    shared = list(refs)
    runs = sum(parse_run_ref(ref) is not None for ref in shared)
    told = [counted(runs, "run")] if runs else []
    return told + counted_abouts(shared)


def counted_abouts(refs: Iterable[str]) -> list[str]:
    """Return how many records of experiments there are among refs; empty where there is none."""
    abouts = sum(parse_about_ref(ref) is not None for ref in refs)
    return [counted(abouts, "experiment record")] if abouts else []


def counts(arrivals: Sequence[Arrival]) -> str:
    """Return how many runs came, and what became of them; of experiments, how many records came.

    Example:
        >>> ref = f"refs/experiments/lr/{'0' * 32}"
        >>> counts([Arrival(ref, Outcome.NEW), Arrival("refs/experiments/lr/about", Outcome.NEW)])
        '1 new, 1 experiment record'
    """
    found = Counter(one.outcome for one in arrivals if parse_run_ref(one.ref))
    told = [f"{found[outcome]:,} {outcome}" for outcome in _COUNTED if found[outcome]]
    came = [one.ref for one in arrivals if one.outcome in _CAME]
    return ", ".join(told + counted_abouts(came)) or "nothing new"


def arrival_fields(arrival: Arrival) -> dict[str, Any]:
    """Return what became of a record as plain facts."""
    place = parse_run_ref(arrival.ref)
    return {
        "ref": arrival.ref,
        "run": place.run if place else None,
        "outcome": str(arrival.outcome),
        "reason": arrival.reason,
        "hint": arrival.hint,
    }


def going_on(repository: Repository, remote: str, fetched: Fetched) -> str:
    """Return what to add to what came where runs go on in other clones."""
    if not fetched.live:
        return ""
    from gitxp.query.watched import runs_elsewhere  # no other fetch asks for rows of runs

    asked = {place.run for ref in fetched.live if (place := parse_live_ref(ref)) is not None}
    found = runs_elsewhere(repository, remote)
    counts = {"going on": found.going_on, "not heard of since": found.silent}
    told = {what: len(asked.intersection(runs)) for what, runs in counts.items()}
    return "".join(f", {count:,} {what}" for what, count in told.items() if count)


def tell_refused(checkpoints: Mapping[str, str]) -> None:
    """Name the checkpoints of running runs that break the rules."""
    for ref, reason in checkpoints.items():
        say(f"refused: {cell(ref)}: {cell(reason)}")


def tell_checkpoint(stays: Sent) -> None:
    """Say that a checkpoint of a run that is over was to go and is still there."""
    place = parse_live_ref(stays.ref)
    whose = f"run {place.run.short}" if place else cell(stays.ref)
    say(f"note: the checkpoint of {whose} stays there for now: {cell(stays.reason)}")


def tell_missed(remote: str, fetched: Fetched) -> None:
    """Name what a remote has and did not send."""
    # Git leaves out without a word what would make a whole clone a shallow one.
    told = {ref: reason for ref, reason in fetched.missed.items() if reason}
    for ref, reason in islice(told.items(), _SHOWN):
        say(f"warning: {told_ref(ref, {})} does not come from {cell(remote)}: {cell(reason)}")
    if len(told) > _SHOWN:
        say(f"warning: nor do {len(told) - _SHOWN:,} more (see them all: --json)")
    silent = [ref for ref in fetched.missed if ref not in told]
    if silent:
        came = " and ".join(counted_refs(silent))
        hint = "where it is a shallow clone, run there: git fetch --unshallow"
        say(f"warning: {cell(remote)} did not send {came} (hint: {hint})")
    if fetched.unreached:
        left = " and ".join(counted_refs(fetched.unreached))
        again = f"git xp fetch {cell(shlex.quote(remote))}"
        say(
            f"warning: {left} were not reached, since some among them do not come "
            f"(hint: this goes on with them: {again})"
        )


def tell_strange(names: Sequence[str]) -> None:
    """Name what a remote has where only runs should be."""
    if names:
        shown = few([cell(name) for name in names], _SHOWN)
        say(f"note: passed over what is no run there: {shown}")
