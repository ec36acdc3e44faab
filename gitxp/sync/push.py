"""Pushing: what a remote does not have yet goes there, each ref with a lease on what it had."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from gitxp.errors import DamagedRecord
from gitxp.model.identity import RunId
from gitxp.storage.clone import known_clone_id
from gitxp.storage.meanwhile import begin
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import SHARED, about_ref, parse_about_ref, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.conversation import Conversation
from gitxp.storage.transport.fetching import advertised_to_push
from gitxp.storage.transport.last_seen import (
    LastSeen,
    ever_seen,
    read_last_seen,
    remote_digest,
    update_last_seen,
)
from gitxp.storage.transport.perhaps_sent import note_heard, note_sending
from gitxp.storage.transport.published import published_commits
from gitxp.storage.transport.pushing import push_refs
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.sending import RefToSend, Sent
from gitxp.storage.transport.talk import Heard

if TYPE_CHECKING:
    from gitxp.model.event import Removal
    from gitxp.sync.record_history import RecordHistory
    from gitxp.sync.replacing import InPlace


@dataclass(frozen=True, slots=True)
class Plan:
    """What a push would do.

    Attributes:
        there: What the remote has, by ref; not all of it need be here.
        published: Commits of this clone that it has, its branches among them.
        seen: What of it was here ever, and what it had before.
        sends: The refs that would go: those of runs, those of experiments, and then those that are
            to go there since their runs were removed.
        diverged: Refs that were edited on both sides, and do not go. With them runs that the remote
            lacks and whose experiment has a record there that is not here, which may tell of their
            removal; and removed runs that stay there, since the record that tells it does not go.
        in_place: Records of the remote that those of this clone were to replace, by their refs.
    """

    there: Mapping[str, str]
    published: frozenset[str]
    seen: LastSeen
    sends: tuple[RefToSend, ...]
    diverged: tuple[str, ...]
    in_place: Mapping[str, InPlace]

    @property
    def tips(self) -> list[str]:
        """The commits that would go."""
        return [one.tip for one in self.sends if one.tip is not None]

    @property
    def branches(self) -> frozenset[str]:
        """What is published beside records: branches and tags."""
        return self.published - frozenset(self.there.values())

    @property
    def near(self) -> frozenset[str]:
        """What is published, but for the records of other runs than those that go."""
        seen = {one.seen for one in self.sends if one.seen is not None}
        return self.branches | (seen & self.published)


def plan_push(
    repository: Repository,
    remote: Remote,
    *,
    only: Collection[RunId] | None = None,
    in_place: Mapping[str, InPlace] | None = None,
    talk: Conversation | None = None,
    listed: Callable[[], Mapping[str, str]] | None = None,
) -> Plan:
    """Return what the remote does not have.

    It is asked each time: somebody may have taken away what it had, with `git push --mirror` say.

    Args:
        only: These runs, and the records of their experiments; all where None.
        in_place: Records of the remote by ref, as in `replaceable`, in whose place those of this
            clone go; where the remote has others by now, they stay.
        talk: In which it is asked; it is asked now where None.
        listed: Waits for the refs of this clone, which are listed now where None.

    Raises:
        RemoteFailed: If it does not answer.
    """
    asked = talk.advertised if talk else begin(lambda: advertised_to_push(repository, remote))
    listed = listed or begin(lambda: list_refs(repository))
    last_seen = read_last_seen(repository, remote.push_url) or LastSeen({})
    refs = listed()
    here = {ref: tip for ref, tip in refs.items() if ref.startswith(SHARED)}
    sides = _Sides(repository, here)
    advertised = asked()
    sides.there = there = advertised.tips
    published = published_commits(repository, advertised.commits, frozenset(refs.values()))
    seen = _seen(last_seen, there, here)
    sends, diverged = [], []
    meant = {ref: one for ref, one in (in_place or {}).items() if one.tip == there.get(ref)}
    kept = {ref for ref, one in meant.items() if one.kept}
    for ref in _differing(here, there, only):
        if ref in kept:
            continue
        if ref in meant or sides.is_known(ref):
            sends.append(RefToSend(ref, there.get(ref), here[ref]))
        elif here[ref] not in (seen.tips.get(ref), seen.gone.get(ref)) and not sides.is_there(ref):
            diverged.append(ref)
    abouts = {one.ref for one in sends if parse_about_ref(one.ref) is not None}
    for one in sides.removed(only):
        if sides.tells_there(one, abouts):
            sends.append(one)
        else:
            diverged.append(one.ref)
    return Plan(there, published, seen, tuple(sends), tuple(diverged), meant)


def push(
    repository: Repository,
    remote: Remote,
    plan: Plan,
    *,
    talk: Conversation | None = None,
    heard: Heard | None = None,
) -> list[Sent]:
    """Send what was planned, and remember what the remote has then.

    Args:
        talk: In which the remote was asked what it has.

    Raises:
        RemoteFailed: If the remote cannot be reached or refuses all.
    """
    digest = remote_digest(remote.push_url)
    tips = {one.ref: one.tip for one in plan.sends}
    new = [one.ref for one in plan.sends if one.tip is not None and one.seen is None]
    if new:
        note_sending(repository, digest, new)
    known = {ref: tip for ref, tip in plan.there.items() if plan.seen.tips.get(ref) == tip}
    found: list[Sent] = []
    try:
        for sent in _sent(repository, remote, plan, talk, heard):
            found.append(sent)  # noqa: PERF402  # what was heard before it fails counts
    finally:  # what is there is there, whatever came after
        there = {one.ref: tips[one.ref] for one in found if one.is_there}
        update_last_seen(repository, remote.push_url, lambda seen: _learned(seen, known, there))
        note_heard(repository, digest, {*known, *(one.ref for one in found)})
    return found


def _learned(
    before: LastSeen | None, known: Mapping[str, str], sent: Mapping[str, str | None]
) -> LastSeen:
    """Return what is known of a remote after a push.

    Args:
        before: What is remembered by now, other pushes and fetches among it.
        known: What the remote was seen to have, and that is here.
        sent: What it has now; None for what it lacks.
    """
    before = before or LastSeen({})
    tips = {**before.tips, **known, **sent}
    return before.followed_by({ref: tip for ref, tip in tips.items() if tip is not None})


def _sent(
    repository: Repository,
    remote: Remote,
    plan: Plan,
    talk: Conversation | None,
    heard: Heard | None,
) -> Iterator[Sent]:
    """Send records first, and let go of removed runs once the remote has what tells of that.

    Else the next push of a colleague, who finds nothing of the removal, brings them back.
    """
    not_there: dict[str, Sent] = {}
    records = [one for one in plan.sends if one.tip is not None]
    for sent in push_refs(
        repository, remote, records, talk=talk, built_on=plan.branches, heard=heard
    ):
        if not sent.is_there:
            not_there[sent.ref] = sent
        yield sent
    goes = []
    for one in plan.sends:
        if one.tip is not None:
            continue
        about = not_there.get(about_of(one.ref))
        if about is None:
            goes.append(one)
        else:
            reason = "the record that tells of its removal did not go"
            yield Sent(one.ref, is_there=False, is_stale=about.is_stale, reason=reason)
    yield from push_refs(repository, remote, goes, talk=talk, heard=heard)


def about_of(ref: str) -> str:
    """Return the ref of the record of a run's experiment."""
    place = parse_run_ref(ref)
    assert place is not None
    return about_ref(place.experiment)


def _seen(before: LastSeen, there: Mapping[str, str], here: Mapping[str, str]) -> LastSeen:
    """Return what is to be remembered: nothing that never was here, or no fetch would bring it."""
    if before.tips == there:  # nobody else has pushed since
        return before
    tips = {
        ref: tip if tip == here.get(ref) else before.tips.get(ref) for ref, tip in there.items()
    }
    return before.followed_by({ref: tip for ref, tip in tips.items() if tip is not None})


def _differing(
    here: Mapping[str, str], there: Mapping[str, str], only: Collection[RunId] | None
) -> list[str]:
    """Return the refs of which the remote has nothing or something else, those of runs first."""
    differing = [ref for ref, tip in here.items() if there.get(ref) != tip]
    if only is None:
        abouts = [ref for ref in differing if parse_about_ref(ref) is not None]
    else:
        places = [parse_run_ref(ref) for ref in here if ref.rpartition("/")[2] in only]
        chosen = {about_ref(place.experiment) for place in places if place is not None}
        abouts = [ref for ref in differing if ref in chosen]
    runs = {ref: place for ref in differing if (place := parse_run_ref(ref)) is not None}
    return [*(ref for ref, place in runs.items() if only is None or place.run in only), *abouts]


@dataclass
class _Sides:
    """What is here and what the remote has, compared.

    Attributes:
        here: Tips of this clone by ref.
        there: Tips of the remote by ref.
    """

    repository: Repository
    here: Mapping[str, str]
    there: Mapping[str, str] = field(default_factory=dict)
    _held: dict[str, bool] = field(default_factory=dict)
    _removals: dict[str, Mapping[RunId, Removal]] = field(default_factory=dict)

    # A push of what is new to the remote reads neither, and libgit2 takes a while to load.
    @cached_property
    def _history(self) -> RecordHistory:
        from gitxp.sync.record_history import RecordHistory

        return RecordHistory(self.repository)

    @cached_property
    def _reader(self) -> RecordReader:
        return RecordReader(self.repository)

    def is_known(self, ref: str) -> bool:
        """Whether a push of this clone's record takes away or brings back nothing.

        Of a run that the remote lacks, the record of its experiment there says whether it was
        removed. While that is not here, only what no remote ever had is known to be new.
        """
        place = parse_run_ref(ref)
        if place is None or ref in self.there:
            return self._holds_all(ref)
        return self._holds_all(about_ref(place.experiment)) or self._never_left(ref)

    def _holds_all(self, ref: str) -> bool:
        """Whether this clone's record holds all that the remote has of it."""
        if ref not in self._held:
            theirs, ours = self.there.get(ref), self.here.get(ref)
            self._held[ref] = theirs is None or (
                ours is not None and self._history.leads_to(theirs, ours)
            )
        return self._held[ref]

    def _never_left(self, ref: str) -> bool:
        """Whether a run is this clone's own, and no remote was ever seen to have it."""
        if ref in self._ever_seen:
            return False
        try:
            home = self._reader.outline(self.here[ref]).home
        except DamagedRecord:  # which is told where its route is asked for
            return True
        return home == known_clone_id(self.repository.private_dir)

    @cached_property
    def _ever_seen(self) -> frozenset[str]:
        return ever_seen(self.repository)

    def is_there(self, ref: str) -> bool:
        """Whether the remote's record holds all that this clone has of it, as far as is known."""
        theirs = self.there.get(ref)
        return theirs is not None and self._history.leads_to(self.here[ref], theirs)

    def removed(self, only: Collection[RunId] | None) -> Iterator[RefToSend]:
        """Yield the runs that were removed and of which the remote has nothing but what was."""
        for ref, tip in self.there.items():
            place = None if ref in self.here else parse_run_ref(ref)
            if place is None or (only is not None and place.run not in only):
                continue
            about = self.here.get(about_ref(place.experiment))
            if about is not None and self._tells(about, place.run, tip):
                yield RefToSend(ref, tip, None)

    def tells_there(self, removed: RefToSend, goes: Collection[str]) -> bool:
        """Whether the remote has what tells of a removal, or is to have it.

        Args:
            goes: The refs of experiments that are sent.
        """
        place, about = parse_run_ref(removed.ref), about_of(removed.ref)
        theirs = self.there.get(about)
        if about in goes or theirs == self.here[about]:
            return True
        assert place is not None
        assert removed.seen is not None
        try:
            return theirs is not None and self._tells(theirs, place.run, removed.seen)
        except DamagedRecord:  # or it was not fetched yet
            return False

    def _tells(self, about: str, run: RunId, tip: str) -> bool:
        """Whether the record of an experiment says that a run was removed, and all of it."""
        if about not in self._removals:
            from gitxp.model.standing import fold_removals

            self._removals[about] = fold_removals(self._reader.events(about))
        removal = self._removals[about].get(run)
        return removal is not None and self._history.leads_to(tip, removal.tip)
