"""What the record of a run must keep to where it is merged, beside the rules of any merge."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property

from gitxp.errors import DamagedRecord
from gitxp.storage.bounds import LARGEST_EVENTS
from gitxp.storage.layout import EVENTS, RUN
from gitxp.storage.merge import FastForward, Merged, Outcome, Refused
from gitxp.storage.odb.objects import Entry
from gitxp.storage.operations import read_operations
from gitxp.storage.reader import RecordReader
from gitxp.storage.repository import Repository


class OwnRules:
    """Judges what would become of the records of runs that are here."""

    def __init__(self, repository: Repository, reader: RecordReader, home: str) -> None:
        self._repository = repository
        self._reader = reader
        self._home = home

    def refusal(self, ref: str, here: str, there: str, made: Outcome) -> Refused | None:
        """Return why a merge must not be; None where it may.

        Raises:
            DamagedRecord: If one of the two cannot be read.
        """
        changes_here = isinstance(made, Merged) or made == FastForward(there)
        if changes_here and self._is_written_elsewhere(ref, here, there):
            return Refused(RUN, "or another file was changed there, and this clone is its home")
        if isinstance(made, Merged) and self._is_too_much(here, there):
            return Refused(EVENTS, f"would have more than {LARGEST_EVENTS} bytes on both sides")
        return None

    def _is_written_elsewhere(self, ref: str, here: str, there: str) -> bool:
        """Whether somebody else wrote what only a run's home does, and this clone is that.

        It may have been this clone before its own record was taken back here.
        """
        theirs = self._written_at_home(there)
        if theirs == self._written_at_home(here) or self._reader.outline(here).home != self._home:
            return False
        for tip in self._tips_made.get(ref, ()):
            with suppress(DamagedRecord):  # it was purged since
                if theirs == self._written_at_home(tip):
                    return False
        return True

    def _written_at_home(self, tip: str) -> Mapping[str, Entry]:
        return {name: one for name, one in self._reader.folder(tip).items() if name != EVENTS}

    @cached_property
    def _tips_made(self) -> Mapping[str, list[str]]:
        """What each ref of this clone ever led to, the latest first."""
        tips: dict[str, list[str]] = {}
        for operation in reversed(read_operations(self._repository.private_dir)):
            for change in operation.changes:
                if change.after is not None:
                    tips.setdefault(change.ref, []).append(change.after)
        return tips

    def _is_too_much(self, here: str, there: str) -> bool:
        """Whether a record that holds what was said on both sides could not be read."""
        ours, theirs = self._reader.event_sizes(here), self._reader.event_sizes(there)
        return sum({**ours, **theirs}.values()) > LARGEST_EVENTS
