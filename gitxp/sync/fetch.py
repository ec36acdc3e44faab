"""Fetching: what a remote has that this clone has not seen is brought here, and waits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gitxp.storage.operations import RefChange
from gitxp.storage.refs import (
    SHARED,
    about_ref,
    incoming_ref,
    parse_about_ref,
    parse_live_ref,
    parse_run_ref,
)
from gitxp.storage.refstore import change_refs, list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.fetching import advertised_tips, fetched_tips
from gitxp.storage.transport.known import known_tips, live_tips, waiting_tips
from gitxp.storage.transport.last_seen import LastSeen, read_last_seen, write_last_seen
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.talk import Heard
from gitxp.storage.transport.watched import write_watched
from gitxp.sync.live.arriving import arriving_checkpoints


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a fetch.

    Attributes:
        there: How many runs the remote has.
        new: The refs, as the remote calls them, that were brought here.
        live: The refs of runs that go on elsewhere, whose checkpoints are here now.
        refused: Checkpoints that break the rules, and why; they are not here.
        strange: Names under `refs/experiments/` that no run has; nothing is read of them.
    """

    there: int
    new: tuple[str, ...]
    live: tuple[str, ...]
    refused: Mapping[str, str]
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
    before = read_last_seen(repository, remote.url) or LastSeen({})
    advertised = None if only is None else advertised_tips(repository, remote)
    names = None if only is None or advertised is None else _named(advertised, only)
    if names == []:
        return Fetched(_runs_in(advertised or ()), (), (), {}, ())
    held = live_tips(repository, remote.name)
    known = {**known_tips(repository, remote.name), **held}
    with fetched_tips(repository, remote, known, only=names, heard=heard) as found:
        tips = {ref: tip for ref, tip in found.items() if _is_shared(ref)}
        waiting = waiting_tips(repository, remote.name)
        new = _wanted(repository, tips, waiting, before)
        changes = [
            RefChange(incoming_ref(remote.name, ref), waiting.get(ref), tips[ref]) for ref in new
        ]
        checkpoints = {
            ref: tip
            for ref, tip in found.items()
            if parse_live_ref(ref) and (names is None or ref in names)
        }
        about = held if names is None else {ref: held[ref] for ref in names if ref in held}
        live = arriving_checkpoints(repository, remote.name, checkpoints, about)
        changes += live.changes
        if changes:
            change_refs(repository, changes, command=command)
        write_watched(repository, remote.name, {**_others(held, about), **live.watched})
        tips |= checkpoints
        seen = tips if only is None else {**before.tips, **tips}
        write_last_seen(repository, remote.url, before.followed_by(seen))
    return Fetched(
        there=_runs_in(tips if advertised is None else advertised),
        new=tuple(new),
        live=tuple(live.watched),
        refused=live.refused,
        strange=tuple(sorted(found.keys() - tips.keys())),
    )


def _runs_in(refs: Collection[str]) -> int:
    return sum(parse_run_ref(ref) is not None for ref in refs)


def _is_shared(ref: str) -> bool:
    return parse_run_ref(ref) is not None or parse_about_ref(ref) is not None


def _others(held: Mapping[str, str], about: Mapping[str, str]) -> dict[str, str]:
    """Return the checkpoints that were not asked for."""
    return {ref: tip for ref, tip in held.items() if ref not in about}


def _named(advertised: Collection[str], beginnings: Collection[str]) -> list[str]:
    """Return the refs of runs whose ids begin so, and of the experiments to which they belong."""
    found = {ref: parse_run_ref(ref) or parse_live_ref(ref) for ref in advertised}
    places = {ref: place for ref, place in found.items() if place is not None}
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
    """Return the refs whose tips are neither here nor were ever merged."""
    here = list_refs(repository, SHARED)
    # What was seen before and waits no more was merged, or left out since it had been removed.
    return [
        ref
        for ref, tip in tips.items()
        if tip not in (here.get(ref), waiting.get(ref)) and before.tips.get(ref) != tip
    ]
