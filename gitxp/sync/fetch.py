"""Fetching: what a remote has that this clone has not seen is brought here, and waits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gitxp.errors import UnknownRun
from gitxp.storage.meanwhile import begin
from gitxp.storage.operations import RefChange
from gitxp.storage.refs import (
    ABOUT,
    LIVE,
    SHARED,
    about_ref,
    incoming_ref,
    incoming_refs,
    is_record_ref,
    parse_live_ref,
    parse_run_ref,
)
from gitxp.storage.refstore import change_refs, list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.fetching import advertised_tips, fetched_tips
from gitxp.storage.transport.known import Incoming, incoming_tips, known_among
from gitxp.storage.transport.last_seen import LastSeen, read_last_seen, write_last_seen
from gitxp.storage.transport.remotes import Remote, all_remotes
from gitxp.storage.transport.talk import Heard
from gitxp.storage.transport.watched import write_watched
from gitxp.sync.live.arriving import arriving_checkpoints, new_checkpoints, records_of_watched
from gitxp.upkeep.gather import gather_refs


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a fetch.

    Attributes:
        there: How many runs the remote has.
        new: The refs, as the remote calls them, that were brought here.
        live: The refs of runs that go on elsewhere, whose checkpoints are here now.
        refused: Checkpoints that break the rules, and why; they are not here.
        missed: The refs that the remote has and did not send: Git takes nothing that would make a
            whole clone a shallow one.
        strange: Names under `refs/experiments/` that no run has; nothing is read of them.
    """

    there: int
    new: tuple[str, ...]
    live: tuple[str, ...]
    refused: Mapping[str, str]
    missed: tuple[str, ...]
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
        UnknownRun: If the remote has no run whose id begins as one in `only`.
    """
    answer = begin(lambda: advertised_tips(repository, remote))
    before = read_last_seen(repository, remote.url)
    seen = LastSeen({}) if before is None else before
    incoming = incoming_tips(repository, remote.name)
    waiting, held = incoming.waiting, incoming.live
    here = list_refs(repository, SHARED)
    advertised = answer()
    names = None if only is None else _named(advertised, only, remote.name)
    asked = advertised if names is None else {ref: advertised[ref] for ref in names}
    elsewhere = incoming.elsewhere(asked)
    new = _wanted(here, asked, waiting, seen, elsewhere)
    about = {ref: tip for ref, tip in held.items() if names is None or ref in names}
    missed: tuple[str, ...] = ()
    if new or new_checkpoints(repository, asked, about):
        known = {**known_among(seen, here, waiting), **held}
        with fetched_tips(repository, remote, known, only=names, heard=heard) as found:
            asked = found if names is None else {ref: found[ref] for ref in names if ref in found}
            missed = tuple(ref for ref in new if ref not in asked)
            new = _wanted(list_refs(repository, SHARED), asked, waiting, seen, elsewhere)
            bring = [(ref, incoming_ref(remote.name, ref)) for ref in new]
            changes = [RefChange(into, waiting.get(ref), asked[ref]) for ref, into in bring]
            live = arriving_checkpoints(repository, remote.name, asked, about)
            moved = [held for ref, held in elsewhere.items() if ref in asked]
            there = {*advertised, *asked} if names is None else None
            changes += _over(repository, remote.name, incoming, moved, there)
            _change(repository, [*changes, *live.changes], command)
        gather_refs(repository)
    else:
        live = arriving_checkpoints(repository, remote.name, asked, about)
        there = set(advertised) if names is None else None
        changes = _over(repository, remote.name, incoming, elsewhere.values(), there)
        _change(repository, [*live.changes, *changes], command)
    others = {ref: tip for ref, tip in held.items() if ref not in about}
    watched = {**others, **live.watched}
    ended = records_of_watched(repository, remote.name, watched)
    write_watched(repository, remote.name, {**watched, **ended})
    tips = {ref: tip for ref, tip in asked.items() if ref in seen.tips or _is_ours(ref)}
    now = tips if only is None else {**seen.tips, **tips}
    if before is None or now != seen.tips:
        write_last_seen(repository, remote.url, seen.followed_by(now))
    strange = tuple(sorted(asked.keys() - tips.keys()))
    return Fetched(
        there=_runs_in(tips) if only is None else _runs_in(filter(_is_ours, advertised)),
        new=tuple(new),
        live=tuple(live.watched),
        refused=live.refused,
        missed=missed,
        strange=strange,
    )


def _over(
    repository: Repository,
    remote: str,
    incoming: Incoming,
    moved: Collection[Sequence[str]],
    there: Collection[str] | None,
) -> list[RefChange]:
    """Return what takes away what waits no more, though nobody merged it.

    Args:
        moved: What waits under the names of other remotes, and under this one by now: those go
            whose name no remote has any more.
        there: All that the remote has, where that was asked for: what it let go of goes here, too.
    """
    known = tuple(incoming_refs(one.name) for one in all_remotes(repository)) if moved else ()
    changes = [
        RefChange(ref, incoming.others[ref], None)
        for held in moved
        for ref in held
        if not ref.startswith(known)
    ]
    if there is not None:
        gone = ((ref, tip) for ref, tip in incoming.waiting.items() if ref not in there)
        changes += [RefChange(incoming_ref(remote, ref), tip, None) for ref, tip in gone]
    return changes


def _change(repository: Repository, changes: Sequence[RefChange], command: str) -> None:
    if changes:
        change_refs(repository, changes, command=command)


def _is_ours(ref: str) -> bool:
    return is_record_ref(ref) or parse_live_ref(ref) is not None


def _runs_in(refs: Iterable[str]) -> int:
    """Count runs among records and checkpoints; to parse ten thousand names takes long."""
    return sum(not (ref.endswith(f"/{ABOUT}") or f"/{LIVE}/" in ref) for ref in refs)


def _named(advertised: Collection[str], beginnings: Collection[str], remote: str) -> list[str]:
    """Return the refs of runs whose ids begin so, and of the experiments to which they belong.

    Raises:
        UnknownRun: If the remote has none that begins as one of them.
    """
    found = {ref: parse_run_ref(ref) or parse_live_ref(ref) for ref in advertised}
    places = {ref: place for ref, place in found.items() if place is not None}
    begin = tuple(beginnings)
    runs = {ref: place for ref, place in places.items() if place.run.startswith(begin)}
    for one in beginnings:
        if not any(place.run.startswith(one) for place in runs.values()):
            hint = f"git xp fetch {remote}, and then git xp list --remote {remote}"
            raise UnknownRun(f"{remote!r} has no run {one!r}", hint=hint)
    abouts = dict.fromkeys(about_ref(place.experiment) for place in runs.values())
    return [*runs, *(ref for ref in abouts if ref in advertised)]


def _wanted(
    here: Mapping[str, str],
    tips: Mapping[str, str],
    waiting: Mapping[str, str],
    before: LastSeen,
    elsewhere: Collection[str],
) -> list[str]:
    """Return the refs of records whose tips are neither here nor were ever merged.

    Args:
        elsewhere: Those that wait under the names of other remotes.
    """
    # What was seen before and waits no more was merged, or left out since it had been removed.
    return [
        ref
        for ref, tip in tips.items()
        if tip not in (here.get(ref), waiting.get(ref))
        and (before.tips.get(ref) != tip or ref in elsewhere)
        and is_record_ref(ref)
    ]
