"""Sending checkpoints of runs that go on, and their records once they are over.

All of it happens in a process beside the training, which only reads what that has written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gitxp.errors import GitxpError, RemoteFailed
from gitxp.model.identity import RunId
from gitxp.storage.journal.places import all_journals, find_journal
from gitxp.storage.journal.reader import is_any_writer_locked
from gitxp.storage.lately_recorded import RecordedSince
from gitxp.storage.refs import RunRef, live_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.carrier import Carrier
from gitxp.storage.transport.fetching import advertised_to_push
from gitxp.storage.transport.live_marks import LiveMark, take_mark
from gitxp.storage.transport.pre_push import ask_hook
from gitxp.storage.transport.published import published_commits
from gitxp.storage.transport.pushing import push_refs
from gitxp.storage.transport.remotes import Remote
from gitxp.storage.transport.sending import RefToSend, Sent
from gitxp.sync.live.ending import Outcome, push_record
from gitxp.sync.live.objection import Objection, Rules, objection_to_checkpoint
from gitxp.sync.live.over import take_away_those_over
from gitxp.tracking.recording.checkpoint import Checkpoints, MadeCheckpoint, drop_packs
from gitxp.tracking.recording.limits import RecordLimits
from gitxp.tracking.recording.recover import Recovered, Recovery, recover_runs

# Told of a run and what is to be known of it, each thing once.
Tell = Callable[[RunId, Objection], None]
# Told of a checkpoint of a run that is over, and that stays.
Note = Callable[[Sent], None]


@dataclass
class _Followed:
    """A run of this clone that is followed until its record is there.

    Attributes:
        mark: Held once checkpoints of it may go.
        made: The latest checkpoint.
        sent: That which the remote has.
        is_asked: Whether the user's hook was asked, which is done once.
        stays: Whether no checkpoint of it may go.
    """

    id: RunId
    checkpoints: Checkpoints
    mark: LiveMark | None = None
    made: MadeCheckpoint | None = None
    sent: MadeCheckpoint | None = None
    is_asked: bool = False
    stays: bool = False

    def release(self) -> None:
        """Let another process send checkpoints of it, or take the last one away."""
        if self.mark is not None:
            self.mark.release()
            self.mark = None


@dataclass(frozen=True, slots=True)
class _Due:
    """A checkpoint that is to go."""

    run: _Followed
    made: MadeCheckpoint
    send: RefToSend


@dataclass
class LivePusher:
    """Follows the runs of a clone, and keeps a remote up to date.

    Attributes:
        way: Open for as long as the pusher is used.
        only: These runs; None for all that go on or come.
        every: How long from one checkpoint to the next; zero for none.
        outcomes: What became of the record of each run that is over.
        count: How many checkpoints went.
    """

    repository: Repository
    limits: RecordLimits
    remote: Remote
    rules: Rules
    way: Carrier
    only: Collection[RunId] | None
    every: timedelta
    tell: Tell
    note: Note
    outcomes: dict[RunId, Outcome] = field(default_factory=dict)
    count: int = 0
    _followed: dict[RunId, _Followed] = field(default_factory=dict)
    _tried_again: set[RunId] = field(default_factory=set)
    _recorded: RecordedSince = field(init=False)
    _there: dict[str, str] | None = None
    _published: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._recorded = RecordedSince(self.repository)  # some are over before anybody looks

    @property
    def is_done(self) -> bool:
        """Whether every run that was named is over, and its record went or must not go."""
        if self.only is None or self._followed:
            return False
        return self.outcomes.keys() >= set(self.only)

    @property
    def ended(self) -> list[RunId]:
        """The runs that are over and whose records have not gone yet."""
        return [run for run in self._followed if not find_journal(self.repository, run).is_dir()]

    def follow(self) -> None:
        """Take note of the runs that go on now, and record those whose processes have died."""
        found = {run for run, _ in all_journals(self.repository)} | self._recorded.new_runs()
        for run in found if self.only is None else set(self.only) - self.outcomes.keys():
            if run not in self._followed:
                self._follow(run)
                self.outcomes.pop(run, None)  # it is resumed
        folders = [find_journal(self.repository, run) for run in self._followed]
        if any(folder.is_dir() and not is_any_writer_locked(folder) for folder in folders):
            self._take_note_of_failures(recover_runs(self.repository, self.limits))

    def try_again(self) -> None:
        """Have the next `finish` push the records that stayed for what may have passed."""
        for run, outcome in self.outcomes.items():
            stays = outcome.objection
            if stays is not None and stays.may_pass and run not in self._followed:
                self._follow(run)
                self._tried_again.add(run)

    def _follow(self, run: RunId) -> None:
        made = Checkpoints(self.repository, self.limits, run, every=self.every)
        self._followed[run] = _Followed(run, made)

    def _take_note_of_failures(self, recovered: Iterable[Recovered]) -> None:
        """A run that was named and cannot be recorded is not waited for."""
        for one in recovered:
            is_asked_for = self.only is not None and one.run in self._followed
            if is_asked_for and one.outcome in (Recovery.FAILED, Recovery.READ_ONLY):
                self._settle(one.run, Outcome(Objection(one.problem, "git xp recover")))
                self._followed.pop(one.run).release()

    def finish(self) -> None:
        """Push the records of runs that are over, and take their checkpoints away.

        Why one stays is told at once: nobody knows when the last run will be over.

        Raises:
            RemoteFailed: If the remote cannot be reached.
        """
        ended = self.ended
        for run in ended:
            if run not in self.outcomes or run in self._tried_again:
                self._settle(run, self._push_record(run))
            self._followed[run].release()
        if ended:
            for one in take_away_those_over(self.repository, self.remote, ()):
                self.note(one)
        for run in ended:
            del self._followed[run]

    def _settle(self, run: RunId, outcome: Outcome) -> None:
        self.outcomes[run] = outcome
        self._tried_again.discard(run)
        if outcome.objection is not None:
            self.tell(run, outcome.objection)

    def _push_record(self, run: RunId) -> Outcome:
        try:
            return push_record(self.repository, self.remote, run, self.rules, self.tell)
        except RemoteFailed:
            raise
        except GitxpError as error:  # which is wrong with this run alone
            return Outcome(Objection(str(error), error.hint))

    def give_up(self, reason: str) -> None:
        """Leave it to a later push to bring the records of runs that are over."""
        for run in self.ended:
            if run not in self.outcomes:
                self._settle(run, Outcome(Objection(reason, "git xp push")))
            self._followed.pop(run).release()

    def send_checkpoints(self, now: datetime | None = None) -> None:
        """Send a checkpoint of each run that goes on.

        Raises:
            RemoteFailed: If the remote cannot be reached.
        """
        if self._there is None:
            found = advertised_to_push(self.repository, self.remote)
            held = frozenset(list_refs(self.repository).values())
            self._published = published_commits(self.repository, found.commits, held)
            self._there = dict(found.tips)
        there = self._there
        due = list(self._due(there, now or datetime.now(UTC)))
        if not due:
            return
        by_ref = {one.send.ref: one for one in due}
        sends = [one.send for one in due]
        for sent in push_refs(self.repository, self.remote, sends, way=self.way):
            one = by_ref[sent.ref]
            if sent.is_there:
                one.run.sent = one.made
                there[sent.ref] = one.made.tip
                self.count += 1
            elif sent.is_stale:  # another pusher was there meanwhile, or somebody has deleted it
                self._there = None
            else:
                self.tell(one.run.id, Objection(sent.reason))
        drop_packs(self.way.store, but=self._needed())

    def _needed(self) -> frozenset[Path]:
        """Return the packs of what the remote has, and of what goes there next."""
        runs = self._followed.values()
        made = [one for run in runs for one in (run.made, run.sent) if one is not None]
        return frozenset().union(*(one.packs for one in made))

    def _due(self, there: dict[str, str], now: datetime) -> Iterator[_Due]:
        for followed in self._followed.values():
            if followed.stays:
                continue
            try:
                made = followed.checkpoints.make(self.way.store, now)
            except GitxpError as error:  # noise in the journal of this run alone
                self.tell(followed.id, Objection(str(error), error.hint))
                continue
            if made is None:
                continue
            followed.made = made
            place = RunRef(made.run.experiment, made.run.id)
            ref = live_ref(place.experiment, place.run)
            send = RefToSend(ref, there.get(ref), made.tip)
            objection = self._objection(followed, made, send)
            if objection is None and followed.mark is None:
                followed.mark = take_mark(self.repository, self.remote.push_url, place)
                if followed.mark is None:
                    objection = Objection("another process sends its checkpoints", may_pass=True)
            if objection is None:
                yield _Due(followed, made, send)
            else:
                followed.stays = not objection.may_pass
                self.tell(followed.id, objection)

    def _objection(
        self, followed: _Followed, made: MadeCheckpoint, send: RefToSend
    ) -> Objection | None:
        known = frozenset({followed.sent.tip}) if followed.sent else self._published
        try:
            objection = objection_to_checkpoint(
                self.repository,
                self.way,
                self.remote,
                self.rules,
                run=made.run,
                ref=send.ref,
                tip=made.tip,
                known=known,
            )
            if objection is None and self.rules.asks_hook and not followed.is_asked:
                ask_hook(self.repository, self.remote, [send])
                followed.is_asked = True
        except RemoteFailed:
            raise
        except GitxpError as error:
            return Objection(str(error), error.hint)
        return objection

    def close(self) -> None:
        """Let go of all runs; what the remote has of them stays there."""
        for followed in self._followed.values():
            followed.release()
