"""Fetching: what a remote has that this clone has not seen is brought here, and waits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gitxp.storage.operations import RefChange
from gitxp.storage.refs import SHARED, about_ref, incoming_ref, is_record_ref, parse_run_ref
from gitxp.storage.refstore import change_refs, list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.fetching import advertised_tips, fetched_tips
from gitxp.storage.transport.known import known_tips, waiting_tips
from gitxp.storage.transport.last_seen import LastSeen, read_last_seen, write_last_seen
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.talk import Heard
from gitxp.upkeep.gather import gather_refs


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a fetch.

    Attributes:
        there: How many runs the remote has.
        new: The refs, as the remote calls them, that were brought here.
        strange: Names under `refs/experiments/` that no run has; nothing is read of them.
    """

    there: int
    new: tuple[str, ...]
    strange: tuple[str, ...]


def fetch(
    repository: Repository,
    remote: Remote,
    *,
    only: Collection[str] | None = None,
    command: str,
    heard: Heard | None = None,
) -> Fetched:
    """Bring what the remote has under `refs/gitxp/incoming/`, until it is merged.

    Args:
        only: The runs whose ids begin so, and the records of their experiments; all where None.
        command: What the user did, for the operation log.

    Raises:
        RemoteFailed: If the remote does not answer; with Git's own words.
        RefChanged: If another process fetches the same at this moment.
    """
    before = read_last_seen(repository, remote.url)
    seen = LastSeen({}) if before is None else before
    advertised = advertised_tips(repository, remote)
    names = None if only is None else _named(advertised, only)
    asked = advertised if names is None else {ref: advertised[ref] for ref in names}
    waiting = waiting_tips(repository, remote.name)
    new = _wanted(repository, asked, waiting, seen)
    if new:
        known = known_tips(repository, remote.name)
        with fetched_tips(repository, remote, known, only=names, heard=heard) as found:
            asked = found
            new = _wanted(repository, asked, waiting, seen)
            bring = [(ref, incoming_ref(remote.name, ref)) for ref in new]
            changes = [RefChange(into, waiting.get(ref), asked[ref]) for ref, into in bring]
            if changes:
                change_refs(repository, changes, command=command)
        gather_refs(repository)
    tips = {ref: tip for ref, tip in asked.items() if is_record_ref(ref)}
    now = tips if only is None else {**seen.tips, **tips}
    if before is None or now != seen.tips:
        write_last_seen(repository, remote.url, seen.followed_by(now))
    there = asked if only is None else advertised
    strange = tuple(sorted(asked.keys() - tips.keys()))
    return Fetched(there=_runs_in(there), new=tuple(new), strange=strange)


def _runs_in(refs: Collection[str]) -> int:
    return sum(parse_run_ref(ref) is not None for ref in refs)


def _named(advertised: Collection[str], beginnings: Collection[str]) -> list[str]:
    """Return the refs of runs whose ids begin so, and of the experiments to which they belong."""
    places = {ref: place for ref in advertised if (place := parse_run_ref(ref)) is not None}
    begin = tuple(beginnings)
    runs = {ref: place for ref, place in places.items() if place.run.startswith(begin)}
    abouts = dict.fromkeys(about_ref(place.experiment) for place in runs.values())
    return [*runs, *(ref for ref in abouts if ref in advertised)]


def _wanted(
    repository: Repository,
    tips: Mapping[str, str],
    waiting: Mapping[str, str],
    before: LastSeen,
) -> list[str]:
    """Return the refs of records whose tips are neither here nor were ever merged."""
    here = list_refs(repository, SHARED)
    # What was seen before and waits no more was merged, or left out since it had been removed.
    return [
        ref
        for ref, tip in tips.items()
        if tip not in (here.get(ref), waiting.get(ref))
        and before.tips.get(ref) != tip
        and is_record_ref(ref)
    ]
