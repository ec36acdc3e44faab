"""What the record of a run must keep to where it is merged, beside the rules of any merge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property

from gitxp.errors import DamagedRecord
from gitxp.model.identity import RunId
from gitxp.storage.bounds import LARGEST_EVENTS, MOST_ENTRIES
from gitxp.storage.layout import written_at_home
from gitxp.storage.merge import FastForward, Merged, Outcome
from gitxp.storage.odb.object_text import parse_commit, parse_tree
from gitxp.storage.odb.objects import Entry
from gitxp.storage.operations import changes_backwards
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import parse_run_ref
from gitxp.storage.repository import Repository
from gitxp.storage.trash import list_trash
from gitxp.sync.record_history import RecordHistory
from gitxp.upkeep.mend import is_broken

# Events lie in as many folders at most.
_FOLDERS = 256


class OwnRules:
    """Judges what would become of the records that are here."""

    def __init__(
        self,
        repository: Repository,
        reader: RecordReader,
        history: RecordHistory,
        *,
        home: str,
    ) -> None:
        """See `sync.pull.merge_incoming` for the last."""
        self._repository = repository
        self._reader = reader
        self._history = history
        self._home = home

    def is_home(self, ref: str, tip: str) -> bool:
        """Whether this clone is where the run of a record was started."""
        return parse_run_ref(ref) is not None and self._reader.outline(tip).home == self._home

    def is_written_elsewhere(self, ref: str, here: str | None, there: str, made: Outcome) -> bool:
        """Whether somebody else wrote what only a run's home does, and this clone is that.

        It may have been this clone before its own record was set back here, or removed. A run that
        never stood here is taken, whatever it names as its home: a copy of this clone started it.

        Args:
            here: None where the record does not stand here, or no more.

        Raises:
            DamagedRecord: If one of the two cannot be read.
        """
        if parse_run_ref(ref) is None:
            return False
        stood = here or self._removed(ref)
        written = self._written(ref)
        then = self._written_then(there, made)
        if then is None or not (stood or written):
            return False
        if stood is not None and self._is_one_of(then, [stood]):
            return False
        if stood is None or (here is None and is_broken(self._repository, stood)):
            # Nothing stands that could be set back.
            return not self._is_one_of(then, written) and self._is_any_own(ref, (*written, there))
        later = [tip for tip in written if not self._history.leads_to(tip, stood)]
        return not self._is_one_of(then, later) and self.is_home(ref, stood)

    def is_rewritten(self, here: str | None, there: str, made: Outcome) -> bool:
        """Whether a record would hold anything else than now, beside what was said.

        Args:
            here: None where the record does not stand here.

        Raises:
            DamagedRecord: If one of the two cannot be read.
        """
        then = self._written_then(there, made)
        return then is not None and (here is None or not self._is_one_of(then, [here]))

    def is_too_much(self, ref: str, here: str, there: str) -> bool:
        """Whether a record that holds what was said on both sides could not be read."""
        said = {**self._reader.event_sizes(here), **self._reader.event_sizes(there)}
        if len(said) > MOST_ENTRIES - _FOLDERS:
            return True
        return parse_run_ref(ref) is not None and sum(said.values()) > LARGEST_EVENTS

    def _removed(self, ref: str) -> str | None:
        """Return what a run in the trash was when it was removed."""
        place = parse_run_ref(ref)
        return self._trash.get(place.run) if place is not None else None

    def _written(self, ref: str) -> list[str]:
        """Return the records that sessions wrote here of a run, of whichever experiment."""
        place = parse_run_ref(ref)
        return self._records_written.get(place.run, []) if place is not None else []

    def _is_one_of(self, then: Mapping[str, Entry], tips: Iterable[str]) -> bool:
        """Whether a record would hold what one of these does, beside what was said."""
        for tip in tips:
            with suppress(DamagedRecord):  # it was purged since, or lost
                if then == written_at_home(self._reader.folder(tip)):
                    return True
        return False

    def _is_any_own(self, ref: str, tips: Iterable[str]) -> bool:
        """Whether one of these, of those that can be read, names this clone as the run's home."""
        for tip in tips:
            with suppress(DamagedRecord):
                if self.is_home(ref, tip):
                    return True
        return False

    def _written_then(self, there: str, made: Outcome) -> Mapping[str, Entry] | None:
        """Return what the record would hold beside what was said; None where it stays as it is."""
        match made:
            case FastForward(tip) if tip == there:
                return written_at_home(self._reader.folder(there))
            case Merged(commit, objects):
                tree = parse_commit(commit.content).tree
                top = parse_tree(next(one.content for one in objects if one.oid == tree))
                return written_at_home({name.decode(): one for name, one in top.items()})
        return None

    @cached_property
    def _records_written(self) -> Mapping[RunId, list[str]]:
        """The records that sessions wrote here, by their runs, the latest first.

        Not what came by a command: what is said of a run leaves its files as they are, and a pull
        that was taken back brought what is not believed any more.
        """
        tips: dict[RunId, list[str]] = {}
        for operation, change in changes_backwards(self._repository.private_dir):
            if change.after is None or operation.is_command:
                continue
            if (place := parse_run_ref(change.ref)) is not None:
                tips.setdefault(place.run, []).append(change.after)
        return tips

    @cached_property
    def _trash(self) -> Mapping[RunId, str]:
        """The runs that were removed, as each stood the last time."""
        return {one.run: one.tip for one in reversed(list_trash(self._repository))}
