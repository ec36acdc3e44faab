"""The records that led to a record: what merging two of them asks."""

from __future__ import annotations

from gitxp.errors import DamagedRecord
from gitxp.storage.layout import RUN
from gitxp.storage.merge import Tip
from gitxp.storage.odb.proved import ProvedObjects
from gitxp.storage.reader import RecordReader
from gitxp.storage.record_commit import EMPTY_ROOT
from gitxp.storage.repository import Repository
from gitxp.upkeep.verify.ancestry import Ancestry


class RecordHistory:
    """Reads each record commit once."""

    def __init__(self, repository: Repository) -> None:
        self._objects = ProvedObjects(repository)
        self._reader = RecordReader(repository)
        # The records of which each was made, and the code among the parents.
        self._before: dict[str, tuple[str, ...]] = {}
        self._code: dict[str, str | None] = {}
        # By the document that tells it: what was said of a run leaves that as it is.
        self._code_told: dict[str, str | None] = {}

    def tip(self, oid: str) -> Tip:
        """Return a record as merging takes it.

        Raises:
            DamagedRecord: If it cannot be read.
        """
        commit = self._objects.commit(oid)
        self._read(oid)
        return Tip(oid, commit.seconds, self._code[oid], self._reader.entries(oid))

    def best_common(self, one: str, other: str) -> list[str]:
        """Return the best common ancestors of two records; none where they have only the root.

        Raises:
            DamagedRecord: If a record that led to one of them cannot be read.
        """
        waiting = [one, other]
        history: dict[str, tuple[str, ...]] = {}
        while waiting:
            oid = waiting.pop()
            if oid not in history:
                history[oid] = self._read(oid)
                waiting += history[oid]
        return Ancestry(history).best_common(one, other)

    def leads_to(self, earlier: str, later: str) -> bool:
        """Return whether a record holds all that another does; not where one never came here."""
        if earlier == later:  # be it here or, after a purge, no more
            return True
        try:
            return self._is_straight_below(earlier, later) or (
                self.best_common(earlier, later) == [earlier]
            )
        except DamagedRecord:
            return False

    def _is_straight_below(self, earlier: str, later: str) -> bool:
        """Return whether first parents lead there, which of a record always is a record.

        They mostly do where nothing was merged, and then nothing but commits need be read.
        """
        at = later
        while at not in self._objects.shallow and (above := self._objects.commit(at).parents):
            at = above[0]
            if at in (earlier, EMPTY_ROOT.oid):
                break
        return at == earlier

    def _read(self, oid: str) -> tuple[str, ...]:
        if oid not in self._before:
            if oid in self._objects.shallow:
                raise DamagedRecord(f"what led to record {oid} is not in this shallow clone")
            parents = self._objects.commit(oid).parents
            code = self._code_among(oid, parents)
            self._code[oid] = code
            self._before[oid] = tuple(
                parent for parent in parents if parent not in (code, EMPTY_ROOT.oid)
            )
        return self._before[oid]

    def _code_among(self, oid: str, parents: tuple[str, ...]) -> str | None:
        document = self._reader.folder(oid).get(RUN)
        if len(parents) < 2 or document is None:  # of an experiment's own record
            return None
        if document.oid not in self._code_told:
            self._code_told[document.oid] = self._reader.outline(oid).code.commit
        code = self._code_told[document.oid]
        return code if code == parents[1] else None
