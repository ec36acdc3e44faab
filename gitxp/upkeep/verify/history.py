"""The records before a record, down to the empty root: they only grow, and merge as all would."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitxp.model.identity import RunId
from gitxp.storage.layout import is_written_once, parse_event_path
from gitxp.storage.merge import Merged, Refused, Tip, merge_records
from gitxp.storage.odb.objects import Entry
from gitxp.storage.record_commit import EVENT_TRAILER
from gitxp.upkeep.verify.aligned import Entries, aligned, differing
from gitxp.upkeep.verify.ancestry import Ancestry
from gitxp.upkeep.verify.flaw import Flaw
from gitxp.upkeep.verify.folders import Folders, Seen
from gitxp.upkeep.verify.record import Record, RecordChecker

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class CheckedHistory:
    """What one commit leads to.

    Attributes:
        is_record: Whether the commit itself is a record that can be read.
        run: Whose record it is; None of an experiment's own.
        experiments: To which experiments the records say that they belong.
        flaws: What is wrong with any of them.
    """

    is_record: bool
    run: RunId | None
    experiments: frozenset[str]
    flaws: tuple[Flaw, ...]


def check_history(
    checker: RecordChecker, folders: Folders, tip: str, own: str | None = None
) -> CheckedHistory:
    """Check the record at a commit, and those before it.

    Args:
        own: The same record as this clone has it: what stands in that is not looked at again.
    """
    history = _History(checker, folders, tip, own)
    found = history.records.get(tip)
    run = found.run if found is not None else None
    return CheckedHistory(
        is_record=found is not None and (found.is_about or run is not None),
        run=run,
        experiments=frozenset(one.experiment for one in history.records.values()) - {""},
        flaws=tuple(dict.fromkeys(history.flaws)),  # two sides of a merge may share one
    )


class _History:
    """The records that one commit leads to, the latest first.

    What stands in many of them is looked at in the first, so that each further record costs what
    it changed.

    Attributes:
        records: By the id of their commit.
        flaws: What is wrong with any of them.
    """

    def __init__(self, checker: RecordChecker, folders: Folders, tip: str, own: str | None) -> None:
        self.records: dict[str, Record] = {}
        self.flaws: list[Flaw] = []
        self._folders = folders
        self._tip = tip
        self._checker = checker
        seen = Seen()
        if own is not None:
            checker.pass_over(own, seen)
        self._gather(checker, seen)
        if tip in self.records:  # it holds all that those before it do
            self._tell(self.records[tip], checker.check_extent(self.records[tip]))
        ancestry = Ancestry({oid: record.before for oid, record in self.records.items()})
        for record in self.records.values():
            self._tell(record, self._merge(record, ancestry))

    def _gather(self, checker: RecordChecker, seen: Seen) -> None:
        waiting = [self._tip]
        # Those that were made of a record which is still to be looked at.
        later: dict[str, list[Record]] = {self._tip: []}
        while waiting:
            oid = waiting.pop()
            checked = checker.check(oid, seen)
            self.flaws += [self._placed(oid, flaw) for flaw in checked.flaws]
            if checked.record is None:
                continue
            record = self.records[oid] = checked.record
            for one in later[oid]:  # side by side while the folders of both are at hand
                self._tell(one, self._growth(record, one))
            if not record.before:
                self._tell(record, self._growth(None, record))
            for parent in record.before:
                if parent in self.records:
                    self._tell(record, self._growth(self.records[parent], record))
                elif parent in later:
                    later[parent].append(record)
                else:
                    later[parent] = [record]
                    waiting.append(parent)

    def _tell(self, record: Record, flaws: Iterable[Flaw]) -> None:
        self.flaws += [self._placed(record.oid, flaw) for flaw in flaws]

    def _placed(self, oid: str, flaw: Flaw) -> Flaw:
        if oid == self._tip:
            return flaw
        return Flaw(f"earlier record {oid[:_SHOWN]}: {flaw.what}", flaw.hint, flaw.weight)

    def _growth(self, earlier: Record | None, record: Record) -> Iterator[Flaw]:
        """Compare a record with one of which it was made; None where it was made of none."""
        new: dict[str, Entry] = {}
        changed: list[str] = []
        for path, (before, after) in self._changes(earlier, record):
            if before is None and after is not None:
                new[path] = after
            elif after is None:
                yield Flaw(f"{path!r} of the record before it, {_shown(earlier)}, vanished")
            elif is_written_once(path):
                yield Flaw(f"{path!r} changed after {_shown(earlier)}, though it is written once")
            else:
                changed.append(path)
        is_known = earlier is not None or record.is_first
        if is_known and len(record.before) < 2:
            if record.is_about or record.event:
                yield from _wrong_saying(record, list(new), changed)
            yield from self._wrong_authors(record, new)

    def _wrong_authors(self, record: Record, new: Mapping[str, Entry]) -> Iterator[Flaw]:
        """Nobody says anything in the name of another."""
        for path, entry in new.items():
            if parse_event_path(path) is not None:
                author = self._checker.event_author(path, entry)
                if author is not None and author != record.author:
                    yield Flaw(f"{path!r} is said by {author!r}, and added by {record.author!r}")

    def _changes(self, earlier: Record | None, later: Record) -> list[tuple[str, Entries]]:
        trees = (earlier.tree if earlier else None, later.tree)
        return sorted(differing(self._folders, trees))

    def _before(self, record: Record) -> list[Record]:
        return [self.records[oid] for oid in record.before if oid in self.records]

    def _merge(self, record: Record, ancestry: Ancestry) -> Iterator[Flaw]:
        """A merge must be the commit that everybody would make of the two records."""
        sides = self._before(record)
        if len(sides) != 2:
            return
        bases = ancestry.best_common(sides[0].oid, sides[1].oid)
        one, other, *rest = self._tips([*sides, *(self.records[oid] for oid in bases)])
        made = merge_records(one, other, rest)
        names = " and ".join(side.oid[:_SHOWN] for side in sides)
        if isinstance(made, Refused):
            yield Flaw(f"it merges {names}, which cannot be: {made.path!r} {made.reason}")
        elif not isinstance(made, Merged) or made.commit.oid != record.oid:
            yield Flaw(f"it is not the merge that everybody would make of {names}")

    def _tips(self, records: Sequence[Record]) -> list[Tip]:
        """Return records as merging takes them; a folder that all have alike stands as one entry.

        A merge keeps such a folder as it is: no file of it says anything else.
        """
        files: list[dict[str, Entry]] = [{} for _ in records]
        for path, found in aligned(self._folders, [record.tree for record in records]):
            for side, entry in zip(files, found, strict=True):
                if entry is not None:
                    side[path] = entry
        return [
            Tip(record.oid, record.seconds, record.code, side)
            for record, side in zip(records, files, strict=True)
        ]


def _shown(record: Record | None) -> str:
    return record.oid[:_SHOWN] if record is not None else "nothing"


def _wrong_saying(record: Record, new: Sequence[str], changed: Sequence[str]) -> Iterator[Flaw]:
    """A record that says something adds one event, which its message names, and nothing else."""
    events = [name for path in new if (name := parse_event_path(path)) is not None]
    if len(events) != 1:
        yield Flaw(f"the record adds {len(events)} events: expected one a commit")
    elif record.event != events[0].id:
        expected = str(events[0].id)
        yield Flaw(f"the message says {EVENT_TRAILER} {record.event!r}: expected {expected!r}")
    for path in (*(path for path in new if parse_event_path(path) is None), *changed):
        yield Flaw(f"the record adds an event, and touches {path!r}: expected nothing else")
