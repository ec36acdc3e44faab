"""Working out what becomes of what was fetched, record by record, before any ref changes."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gitxp.errors import DamagedRecord
from gitxp.model.event import Event, Removal
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.standing import fold_removals
from gitxp.policy.routes import may_go
from gitxp.storage.layout import EVENTS, RUN
from gitxp.storage.merge import FastForward, Merged, Refused, Same, merge_records
from gitxp.storage.merge import Outcome as Made
from gitxp.storage.odb.objects import GitObject
from gitxp.storage.operations import RefChange
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import (
    about_ref,
    incoming_ref,
    parse_about_ref,
    parse_run_ref,
    trash_ref,
)
from gitxp.storage.repository import Repository
from gitxp.sync.arrival import Arrival, Outcome
from gitxp.sync.own_rules import OwnRules
from gitxp.sync.record_history import RecordHistory
from gitxp.sync.waiting import Watch, what_is_broken
from gitxp.sync.way_out import keep_no_more, put_there, stand_there, take_back

_NOT_BY_HOME = "or another file is not as it was written here, and this clone is its home"
_INSTEAD = "in place of what was recorded and said here, which is in the trash"
_TOO_MUCH = "would be more on both sides than can be read"
_GOES_ON = "is not as it was written here, and the run goes on"
_KEPT = "comes in the place of what is to be kept"


def _abouts_first(ref: str) -> tuple[bool, str]:
    return parse_about_ref(ref) is None, ref


@dataclass
class Merging:
    """What is to become of refs, worked out before any of them changes.

    Attributes:
        remote: Its name.
        home: The id of this clone.
        waiting: Tips that were fetched, by the refs where they are shared.
        here: Tips of this clone by ref.
        gone: What the remote had before, and has no more.
        running: The runs that go on here, or that are not recorded yet.
        restored: The runs of this clone that may come back; see `merge_incoming`.
        replacing: The runs that may come in place of what is here.
        tips: What refs are to lead to, where that is not what they lead to now.
        trash: What comes to stand in the trash, by its refs.
        objects: What was made of records that both sides have changed.
        arrivals: What becomes of each record.
    """

    repository: Repository
    remote: str
    home: str
    waiting: Mapping[str, str]
    here: Mapping[str, str]
    gone: Mapping[str, str] = field(default_factory=dict)
    running: frozenset[RunId] = frozenset()
    restored: frozenset[str] = frozenset()
    replacing: frozenset[str] = frozenset()
    tips: dict[str, str | None] = field(default_factory=dict)
    trash: dict[str, str] = field(default_factory=dict)
    objects: list[GitObject] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    _refused: set[str] = field(default_factory=set)
    _damaged: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._history = RecordHistory(self.repository)
        self._reader = RecordReader(self.repository)
        self._own_rules = OwnRules(self.repository, self._reader, self._history, home=self.home)
        self._removals: dict[ExperimentName, Mapping[RunId, Removal]] = {}

    def merge_all(self, watch: Watch | None = None) -> None:
        """Work out what becomes of all that waits."""
        repository, here, home = self.repository, self.here, self.home
        self._refuse(what_is_broken(repository, self.waiting, here, home=home, watch=watch))
        for ref in sorted(self.waiting, key=_abouts_first):
            self._merge(ref)

    @property
    def unread(self) -> Mapping[str, str]:
        """What stands here and perhaps cannot be read, of what was to change, by ref."""
        refs = self.here.keys() & {*self._refused, *self._damaged}
        return {ref: self.here[ref] for ref in refs}

    def heed_removals(self) -> None:
        """Move to the trash what others removed, if nothing was added to it since."""
        arrived = {parse_about_ref(ref) for ref in self.waiting if ref not in self._refused}
        for ref, tip in self.here.items():
            place = parse_run_ref(ref)
            if place is None or place.experiment not in arrived or self.tips.get(ref):
                continue
            removal = self._removed(place.experiment).get(place.run)
            if removal is None:
                continue
            self.arrivals.append(self._heed(ref, tip, place.run, removal))

    def changes(self) -> list[RefChange]:
        """Return what is to be done to refs: all of it, or none."""
        changes = [
            RefChange(ref, self.here.get(ref), tip)
            for ref, tip in self.tips.items()
            if tip != self.here.get(ref)
        ]
        changes += [RefChange(ref, None, tip) for ref, tip in self.trash.items()]
        for ref, tip in self.waiting.items():
            if ref not in self._refused:
                changes.append(RefChange(incoming_ref(self.remote, ref), tip, None))
        return changes

    def _refuse(self, reasons: Mapping[str, str]) -> None:
        for ref, reason in reasons.items():
            self._refused.add(ref)
            self.arrivals.append(Arrival(ref, Outcome.REFUSED, reason))

    def _merge(self, ref: str) -> None:
        if ref in self._refused:
            return
        try:
            self.arrivals.append(self._arrival(ref, self.here.get(ref), self.waiting[ref]))
        except DamagedRecord as error:
            self._refuse({ref: str(error)})

    def _arrival(self, ref: str, here: str | None, there: str) -> Arrival:
        place = parse_run_ref(ref)
        if here is None:
            removal = self._removed(place.experiment).get(place.run) if place else None
            if removal is not None and self._is_covered(ref, there, removal):
                name = self._reader.run(there).name
                return Arrival(ref, Outcome.LEFT_OUT, "it was removed", name)
        made = self._made(here, there)
        goes_on = place is not None and place.run in self.running
        if goes_on and self._own_rules.is_rewritten(here, there, made):
            return self._refusal(ref, Refused(RUN, _GOES_ON), self._once_over())
        is_forged = self._own_rules.is_written_elsewhere(ref, here, there, made)
        if is_forged and ref not in self.restored:
            way_out = f"if it was restored from a copy: {take_back(self.remote, ref)}"
            if here is not None and self._may_go_there(here):
                back = put_there(self.remote, ref)
                way_out += f"; if not, what stands here goes back there by: {back}"
            return self._refusal(ref, Refused(RUN, _NOT_BY_HOME), way_out)
        if here and isinstance(made, Merged) and self._own_rules.is_too_much(ref, here, there):
            return self._refusal(ref, Refused(EVENTS, _TOO_MUCH))
        if here and isinstance(made, Refused):
            if ref not in self.replacing:
                return self._refusal(ref, made, self._way_out(ref, here))
            if goes_on:
                return self._refusal(ref, Refused(RUN, _GOES_ON), self._once_over())
            if self._reader.run(here).is_kept:
                return self._refusal(ref, Refused(RUN, _KEPT), keep_no_more(ref))
            self._put_away(ref, here, there)
            return Arrival(ref, Outcome.UPDATED, _INSTEAD)
        arrival = self._moved(ref, here, there, made)
        return replace(arrival, reason=f"{RUN!r} {_NOT_BY_HOME}") if is_forged else arrival

    def _made(self, here: str | None, there: str) -> Made:
        """Return what becomes of a record, as far as all records are alike."""
        if here is None:
            return FastForward(there)
        if here == there:
            return Same(here)
        bases = [self._history.tip(base) for base in self._history.best_common(here, there)]
        return merge_records(self._history.tip(here), self._history.tip(there), bases)

    def _moved(self, ref: str, here: str | None, there: str, made: Made) -> Arrival:
        match made:
            case Merged(commit, objects):
                self.objects += objects
                self.tips[ref] = commit.oid
                return Arrival(ref, Outcome.MERGED)
            case FastForward(tip) if tip == there:
                self.tips[ref] = there
                return Arrival(ref, Outcome.NEW if here is None else Outcome.UPDATED)
        return Arrival(ref, Outcome.AHEAD)

    def _refusal(self, ref: str, refused: Refused, way_out: str = "") -> Arrival:
        self._refused.add(ref)
        reason = f"{refused.path!r} {refused.reason}"
        return Arrival(ref, Outcome.REFUSED, reason, hint=way_out)

    def _put_away(self, ref: str, here: str, after: str | None) -> None:
        """Move what stands at the ref of a run to the trash."""
        place = parse_run_ref(ref)
        assert place is not None
        self.tips[ref] = after
        self.trash[trash_ref(time.time_ns() // 1_000_000, place.run)] = here

    def _way_out(self, ref: str, here: str) -> str:
        """Return what to type where two records of a run were written beside each other.

        Two copies of its home do so; who is not its home has taken one of the two.
        """
        if parse_run_ref(ref) is None:
            return ""
        lost = "without what was recorded and said"
        take = f"what is there counts, {lost} here: {stand_there(self.remote, ref)}"
        if not (self._own_rules.is_home(ref, here) and self._may_go_there(here)):
            return take
        return f"{take}; or what is here, {lost} there: {put_there(self.remote, ref)}"

    def _once_over(self) -> str:
        return f"once it has ended: git xp pull {shlex.quote(self.remote)}"

    def _may_go_there(self, here: str) -> bool:
        """Whether the route of a run leads to the remote."""
        return may_go(self._reader.outline(here).route, self.remote)

    def _heed(self, ref: str, tip: str, run: RunId, removal: Removal) -> Arrival:
        if run in self.running:
            return Arrival(ref, Outcome.SURVIVES, "removed elsewhere, and goes on here")
        if not self._is_covered(ref, tip, removal):
            return Arrival(ref, Outcome.SURVIVES, "removed elsewhere, edited here since")
        try:
            name = self._reader.run(tip).name
        except DamagedRecord as error:
            self._damaged.add(ref)
            return Arrival(ref, Outcome.SURVIVES, f"removed elsewhere, damaged here: {error}")
        self._put_away(ref, tip, None)
        return Arrival(ref, Outcome.REMOVED, name=name)

    def _removed(self, experiment: ExperimentName) -> Mapping[RunId, Removal]:
        """Return which runs of an experiment were removed, as both sides tell it together."""
        if experiment not in self._removals:
            ref = about_ref(experiment)
            known = [self.here.get(ref)]
            if ref not in self._refused:
                known.append(self.waiting.get(ref))
            self._removals[experiment] = fold_removals(self._events(filter(None, known)))
        return self._removals[experiment]

    def _events(self, tips: Iterable[str]) -> Sequence[Event]:
        return list(
            {event.id: event for tip in tips for event in self._reader.events(tip)}.values()
        )

    def _is_covered(self, ref: str, tip: str, removal: Removal) -> bool:
        """Whether a run holds nothing that whoever removed it, or the remote, did not have.

        What was removed need not have come here ever: then the remote tells, which lets go of a
        run only for somebody who knew all that it had.
        """
        known = (removal.tip, self.gone.get(ref))
        return any(self._history.leads_to(tip, later) for later in known if later is not None)
