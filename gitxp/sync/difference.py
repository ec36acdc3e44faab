"""In what records here differ from those of a remote, as far as is known without asking it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from gitxp.errors import GitxpError
from gitxp.model.event import Removal
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.standing import fold_removals
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import RunRef, about_ref
from gitxp.storage.repository import Repository
from gitxp.storage.transport.last_seen import LastSeen
from gitxp.sync.record_history import RecordHistory


class Difference(StrEnum):
    """What a record differs in; there is one answer for each.

    Attributes:
        HERE_ONLY: The remote does not have it.
        CHANGED_HERE: The remote has what it was before.
        THERE_ONLY: It was fetched, and is not merged.
        CHANGED_THERE: What became of it there was fetched, and is not merged.
        CHANGED_ON_BOTH: So, and something became of it here as well.
        REMOVED_HERE: It was removed here, and is still there.
        REMOVED_THERE: It is here; what says that it was removed there is fetched and not merged.
        ROUTED_ELSEWHERE: It is new here or changed, and its route does not lead there.
    """

    HERE_ONLY = "here_only"
    CHANGED_HERE = "changed_here"
    THERE_ONLY = "there_only"
    CHANGED_THERE = "changed_there"
    CHANGED_ON_BOTH = "changed_on_both"
    REMOVED_HERE = "removed_here"
    REMOVED_THERE = "removed_there"
    ROUTED_ELSEWHERE = "routed_elsewhere"


class ToldByRecords:
    """What the records themselves tell: they are opened only where refs do not say it."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._removals: dict[tuple[str, ...], Mapping[RunId, Removal]] = {}

    def leads_to(self, earlier: str, later: str) -> bool:
        """Return whether a record holds all that another does; see `RecordHistory.leads_to`."""
        return earlier == later or self._history.leads_to(earlier, later)

    def removals(self, *abouts: str | None) -> Mapping[RunId, Removal]:
        """Return which runs were removed, as records of an experiment tell it together."""
        tips = tuple(tip for tip in abouts if tip is not None)
        if tips not in self._removals:
            try:
                told = [event for tip in tips for event in self._reader.events(tip)]
            except GitxpError:  # which whoever reads the record itself tells
                told = []
            self._removals[tips] = fold_removals({event.id: event for event in told}.values())
        return self._removals[tips]

    @cached_property
    def _history(self) -> RecordHistory:
        return RecordHistory(self._repository)

    @cached_property
    def _reader(self) -> RecordReader:
        return RecordReader(self._repository)


@dataclass(frozen=True, slots=True)
class BesideRemote:
    """The records of this clone beside those of one remote.

    Attributes:
        here: Tips of this clone by ref.
        seen: What the remote had when it was last talked to.
        waiting: What was fetched from it and is not merged.
    """

    told: ToldByRecords
    here: Mapping[str, str]
    seen: LastSeen
    waiting: Mapping[str, str]

    @property
    def refs(self) -> list[str]:
        """Every ref that one of the two has."""
        return list(dict.fromkeys((*self.here, *self.waiting, *self.seen.tips)))

    def is_there(self, ref: str) -> bool:
        """Return whether the remote has something under a ref, as far as is known."""
        return ref in self.waiting or ref in self.seen.tips

    def of_run(self, ref: str, place: RunRef) -> Difference | None:
        """Return in what the record of a run differs; None where it does not."""
        if ref not in self.here:
            return Difference.REMOVED_HERE if self._was_removed(ref, place) else self.of(ref)
        difference = self.of(ref)
        is_gone = difference is Difference.HERE_ONLY and ref in self.seen.gone
        if is_gone and place.run in self._removals_on_both(place.experiment):
            return Difference.REMOVED_THERE
        return difference

    def of(self, ref: str) -> Difference | None:
        """Return in what a record differs, whatever was removed; None where it does not."""
        here, waiting, known = (tips.get(ref) for tips in (self.here, self.waiting, self.seen.tips))
        if here is None:
            return Difference.THERE_ONLY if waiting else None
        if waiting not in (None, here):
            return self._diverged(here, waiting)
        if known is None:
            return Difference.HERE_ONLY
        return Difference.CHANGED_HERE if known != here else None

    def _diverged(self, here: str, there: str) -> Difference:
        if self.told.leads_to(here, there):
            return Difference.CHANGED_THERE
        if self.told.leads_to(there, here):  # it came by another remote, too
            return Difference.CHANGED_HERE
        return Difference.CHANGED_ON_BOTH

    def _was_removed(self, ref: str, place: RunRef) -> bool:
        """Return whether a run was removed here with all that the remote has of it."""
        there = self.waiting.get(ref) or self.seen.tips.get(ref)
        about = self.here.get(about_ref(place.experiment))
        removal = self.told.removals(about).get(place.run)
        if there is None or removal is None:
            return False
        return self.told.leads_to(there, removal.tip)

    def _removals_on_both(self, experiment: ExperimentName) -> Mapping[RunId, Removal]:
        """Return what is removed once both sides are merged; nothing where nothing waits."""
        waiting = self.waiting.get(about_ref(experiment))
        if waiting is None:
            return {}
        return self.told.removals(self.here.get(about_ref(experiment)), waiting)
