"""Fetching: what a remote has that this clone has not seen is brought here, and waits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

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
from gitxp.storage.transport.halving import BrokenHere
from gitxp.storage.transport.known import Answer, Incoming, ask_remote, known_among
from gitxp.storage.transport.last_seen import LastSeen, update_last_seen
from gitxp.storage.transport.remotes import Remote, all_remotes
from gitxp.storage.transport.talk import Heard
from gitxp.storage.transport.watched import write_watched
from gitxp.sync.bringing import Brought, bring
from gitxp.sync.live.arriving import (
    Arriving,
    arriving_checkpoints,
    new_checkpoints,
    records_of_watched,
)
from gitxp.sync.mending import (
    TellMended,
    beginning,
    lost_here,
    mend_own,
    mend_waiting,
    own_refs,
    still_lacking,
    taken_away,
    untold,
)
from gitxp.upkeep.gather import gather_refs
from gitxp.upkeep.mend import broken_among


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a fetch.

    Attributes:
        there: How many runs the remote has.
        new: The refs, as the remote calls them, that were brought here.
        live: The refs of runs that go on elsewhere, whose checkpoints are here now.
        refused: Checkpoints that break the rules, and why; they are not here.
        missed: The refs of records that the remote has and did not send, and why in Git's words;
            it says nothing of what would make a whole clone a shallow one.
        unreached: The refs of records that did not come, for there are others among them that the
            remote cannot send, which were not told apart; the next fetch tries others together.
        strange: Names under `refs/experiments/` that no run has; nothing is read of them.
    """

    there: int
    new: tuple[str, ...]
    live: tuple[str, ...]
    refused: Mapping[str, str]
    missed: Mapping[str, str]
    unreached: tuple[str, ...]
    strange: tuple[str, ...]

    @property
    def lacks_some(self) -> bool:
        """Whether the remote did not send all that it has."""
        return bool(self.missed or self.unreached)


def fetch(
    repository: Repository,
    remote: Remote,
    *,
    only: Collection[str] | None = None,
    looked_at: Collection[str] = (),
    command: str,
    asked: Callable[[], Answer] | None = None,
    heard: Heard | None = None,
    tell_mended: TellMended = untold,
) -> Fetched:
    """Bring what the remote has under `refs/gitxp/incoming/`, until it is merged.

    What this clone has lost of runs that are named, or in which a command has met damage, comes
    again.

    Args:
        only: The runs whose ids begin so, and the records of their experiments; all where None.
        looked_at: Runs that are named where all are asked for, by how their ids begin.
        command: What the user did, for the operation log.
        asked: Waits for what the remote has; it is asked now where None.
        tell_mended: Called with each ref whose objects are gone here, which is restored or removed.

    Raises:
        RemoteFailed: If the remote does not answer; with Git's own words.
        GitFailed: If another ref of this clone has lost its object; with Git's own words.
        RefChanged: If another process fetches the same at this moment.
        UnknownRun: If the remote has no run whose id begins as one in `only`.
    """
    wait = asked or begin(lambda: ask_remote(repository, remote))
    answer = mend_waiting(repository, remote, wait(), tell_mended)
    names = None if only is None else _named(answer.there, only, remote.name)
    here = list_refs(repository, SHARED)
    answer = taken_away(repository, remote, answer, here)
    known = _Known(here, answer, names)
    lost = lost_here(repository, answer, here, names or beginning(here, looked_at))
    if lost:
        known = _without(repository, remote, known, lost, tell_mended)
    try:
        arrived = _bring(repository, remote, known, command, heard)
    except BrokenHere as error:
        known = _without(repository, remote, known, {*lost, *error.refs}, tell_mended)
        arrived = _bring(repository, remote, known, command, heard)
    lacking = still_lacking(repository, known.broken, answer.there, tell_mended)
    _remember_watched(repository, remote.name, known, arrived.live)
    before = known.seen
    # To parse the names of ten thousand that are known takes long.
    ours = {ref for ref in answer.there if ref in before.tips or _is_ours(ref)}
    tips = {ref: tip for ref, tip in arrived.tips.items() if ref in ours}
    # What is there and did not come is not gone; a fetch of some runs tells nothing of others.
    kept = before.tips.keys() & answer.there.keys() if only is None else before.tips.keys()
    now = {**{ref: before.tips[ref] for ref in kept}, **tips}
    if answer.seen is None or now != before.tips:
        update_last_seen(repository, remote.url, lambda seen: _learned(seen, before, now))
    return Fetched(
        there=_runs_in(ours),
        new=arrived.new,
        live=tuple(arrived.live.watched),
        refused=arrived.live.refused,
        missed={**lacking, **arrived.missed},
        unreached=arrived.unreached,
        strange=tuple(sorted(arrived.tips.keys() - tips.keys())),
    )


def _without(
    repository: Repository, remote: Remote, known: _Known, refs: Collection[str], tell: TellMended
) -> _Known:
    """Return what is known once refs are mended whose objects are gone, as if they were not here.

    Where none was removed what the remote has of them comes all the same.
    """
    answer = mend_own(repository, remote, known.answer, refs, tell)
    lost, here = own_refs(refs), list_refs(repository, SHARED)
    whole = {ref: tip for ref, tip in here.items() if ref not in lost}
    broken = {ref: tip for ref, tip in here.items() if ref in lost}
    return _Known(whole, answer, known.names, lost, broken_among(repository, broken))


def _learned(seen: LastSeen | None, before: LastSeen, now: Mapping[str, str]) -> LastSeen:
    """Return what is known of a remote after a fetch.

    Args:
        seen: What is remembered by now: others have perhaps pushed or fetched more.
        before: What was remembered before the remote was asked.
        now: What it answered.
    """
    seen = seen or LastSeen({})
    newer = {ref: tip for ref, tip in seen.tips.items() if before.tips.get(ref) != tip}
    return seen.followed_by({**now, **newer})


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known before anything comes.

    Attributes:
        here: Tips of this clone.
        names: The refs that are asked for; all where None.
        lost: Refs of this clone's runs whose objects are gone, or were; what the remote has of
            them comes again, also where none was removed.
        broken: Those of them that were not, with their tips.
    """

    here: Mapping[str, str]
    answer: Answer
    names: Sequence[str] | None
    lost: frozenset[str] = frozenset()
    broken: Mapping[str, str] = field(default_factory=dict)

    @property
    def seen(self) -> LastSeen:
        """What the remote had when it was last talked to."""
        return self.answer.seen or LastSeen({})

    @property
    def incoming(self) -> Incoming:
        """What waits here of it, and of others."""
        return self.answer.incoming

    @property
    def there(self) -> Mapping[str, str]:
        """Tips that it has now."""
        return self.answer.there

    def asked(self, tips: Mapping[str, str]) -> Mapping[str, str]:
        """Return of some tips those that are asked for."""
        if self.names is None:
            return tips
        return {ref: tips[ref] for ref in self.names if ref in tips}

    @property
    def held(self) -> Mapping[str, str]:
        """The checkpoints that are here, of the runs that are asked for."""
        return self.asked(self.incoming.live)

    def wanted(self, here: Mapping[str, str], tips: Mapping[str, str]) -> list[str]:
        """Return the refs of records whose tips are neither here nor were ever merged."""
        elsewhere = self.incoming.elsewhere(tips)
        waiting, before = self.incoming.waiting, self.seen.tips
        # What was seen before and waits no more was merged, or left out since it had been removed.
        return [
            ref
            for ref, tip in tips.items()
            if tip not in (here.get(ref), waiting.get(ref))
            and (before.get(ref) != tip or ref in elsewhere)
            and is_record_ref(ref)
        ]


@dataclass(frozen=True, slots=True)
class _Arrived:
    """What came, and what the remote has by now."""

    tips: Mapping[str, str]
    new: tuple[str, ...]
    missed: Mapping[str, str]
    unreached: tuple[str, ...]
    live: Arriving


def _bring(
    repository: Repository, remote: Remote, known: _Known, command: str, heard: Heard | None
) -> _Arrived:
    """Bring what is new, if anything is, and change the refs that hold what waits."""
    asked = known.asked(known.there)
    new = known.wanted(known.here, asked)
    found = Brought({}, {}, ())
    comes = {ref: asked[ref] for ref in (*new, *new_checkpoints(repository, asked, known.held))}
    with ExitStack() as stack:
        if comes:
            coming = known_among(known.seen, known.here, known.incoming.waiting)
            everything = {**coming, **known.incoming.live}
            # What one record has lost others may share: Git is told of none that it is here.
            lost = own_refs(list_refs(repository)) | known.lost if known.lost else ()
            found = bring(
                stack, repository, remote, comes, known=everything, lost=lost, heard=heard
            )
            # Of a run whose checkpoint did not come the one before it is still shown.
            held = {ref: known.held[ref] for ref in comes if ref in known.held}
            rest = {ref: tip for ref, tip in asked.items() if ref not in comes}
            asked = {**rest, **held, **found.tips}
            new = known.wanted(list_refs(repository, SHARED), asked)
        live = arriving_checkpoints(repository, remote.name, asked, known.held)
        changes = [
            *_waiting(remote.name, known, asked, new),
            *_over(repository, remote.name, known, asked),
            *live.changes,
        ]
        if changes:
            change_refs(repository, changes, command=command)
    if comes:
        gather_refs(repository)
    return _Arrived(asked, tuple(new), found.missed, found.unreached, live)


def _waiting(
    remote: str, known: _Known, tips: Mapping[str, str], new: Iterable[str]
) -> list[RefChange]:
    """Return what makes new records wait here."""
    waiting = known.incoming.waiting
    return [RefChange(incoming_ref(remote, ref), waiting.get(ref), tips[ref]) for ref in new]


def _over(
    repository: Repository, remote: str, known: _Known, tips: Mapping[str, str]
) -> list[RefChange]:
    """Return what takes away what waits no more, though nobody merged it.

    What waits under this name by now goes where it waits under one that no remote has any more,
    and where the remote has what stands here by now. Where all that the remote has was asked for,
    what it let go of goes here, too.
    """
    incoming = known.incoming
    moved = incoming.elsewhere(tips).values()
    names = tuple(incoming_refs(one.name) for one in all_remotes(repository)) if moved else ()
    changes = [
        RefChange(ref, incoming.others[ref], None)
        for held in moved
        for ref in held
        if not ref.startswith(names)
    ]
    even = {
        ref for ref in incoming.waiting.keys() & tips.keys() if tips[ref] == known.here.get(ref)
    }
    changes += [RefChange(incoming_ref(remote, ref), incoming.waiting[ref], None) for ref in even]
    if known.names is None:
        left = ((ref, tip) for ref, tip in incoming.waiting.items() if ref not in tips)
        gone = ((ref, tip) for ref, tip in left if ref not in known.there)
        changes += [RefChange(incoming_ref(remote, ref), tip, None) for ref, tip in gone]
    return changes


def _remember_watched(repository: Repository, remote: str, known: _Known, live: Arriving) -> None:
    """Remember which runs were seen to go on there, and the records of those that ended since."""
    others = {ref: tip for ref, tip in known.incoming.live.items() if ref not in known.held}
    watched = {**others, **live.watched}
    ended = records_of_watched(repository, remote, watched)
    write_watched(repository, remote, {**watched, **ended})


def _is_ours(ref: str) -> bool:
    return is_record_ref(ref) or parse_live_ref(ref) is not None


def _runs_in(refs: Iterable[str]) -> int:
    """Count runs among records and checkpoints, by how their names end."""
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
