"""What the record of a run must keep to where it is merged, beside the rules of any merge."""

from __future__ import annotations

from collections.abc import Mapping
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
from gitxp.storage.refs import TRASH, parse_run_ref, parse_trash_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.sync.record_history import RecordHistory

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

        It may have been this clone before its own record was set back here, or removed.

        Args:
            here: None where the record does not stand here, or no more.

        Raises:
            DamagedRecord: If one of the two cannot be read.
        """
        if parse_run_ref(ref) is None:
            return False
        stood = here or self._stood_last(ref)
        if stood is None:
            return self.is_home(ref, there)
        then = self._written_then(there, made)
        if then is None or then == written_at_home(self._reader.folder(stood)):
            return False
        if not self.is_home(ref, stood):
            return False
        for tip in self._records_written.get(ref, ()):
            with suppress(DamagedRecord):  # it was purged since
                is_earlier = self._history.leads_to(tip, stood)
                if not is_earlier and then == written_at_home(self._reader.folder(tip)):
                    return False
        return True

    def is_too_much(self, ref: str, here: str, there: str) -> bool:
        """Whether a record that holds what was said on both sides could not be read."""
        said = {**self._reader.event_sizes(here), **self._reader.event_sizes(there)}
        if len(said) > MOST_ENTRIES - _FOLDERS:
            return True
        return parse_run_ref(ref) is not None and sum(said.values()) > LARGEST_EVENTS

    def _stood_last(self, ref: str) -> str | None:
        """Return what a run that is not here was when it was; None where it never was, or is gone.

        What was removed lies in the trash for a while, and stays in the store for longer.
        """
        place = parse_run_ref(ref)
        if place is None:
            return None
        removed = self._trash.get(place.run)
        known = [*([removed] if removed else []), *self._records_written.get(ref, [])]
        return next(filter(self._is_there, known), None)

    def _is_there(self, tip: str) -> bool:
        try:
            self._reader.outline(tip)
        except DamagedRecord:  # it was purged since
            return False
        return True

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
    def _records_written(self) -> Mapping[str, list[str]]:
        """The records that sessions wrote here, by their refs, the latest first.

        Not what came by a command: what is said of a run leaves its files as they are, and a pull
        that was taken back brought what is not believed any more.
        """
        tips: dict[str, list[str]] = {}
        for operation, change in changes_backwards(self._repository.private_dir):
            if change.after is not None and not operation.is_command:
                tips.setdefault(change.ref, []).append(change.after)
        return tips

    @cached_property
    def _trash(self) -> Mapping[RunId, str]:
        """The runs that were removed, as each stood the last time."""
        listed = sorted(list_refs(self._repository, TRASH).items())
        return {run: tip for ref, tip in listed if (run := parse_trash_ref(ref)) is not None}
