"""The records before a record, down to the empty root: they only grow, and merge as all would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitxp.storage.layout import RUN, is_written_once, parse_event_path
from gitxp.storage.merge import Merged, Refused, Tip, merge_records
from gitxp.upkeep.verify.flaw import Flaw
from gitxp.upkeep.verify.record import Record, RecordChecker

_SHOWN = 12


class History:
    """The records that one ref leads to, the latest first.

    Attributes:
        records: By the id of their commit.
        flaws: What is wrong with any of them.
    """

    def __init__(self, checker: RecordChecker, tip: str) -> None:
        self.records: dict[str, Record] = {}
        self.flaws: list[Flaw] = []
        self._tip = tip
        self._gather(checker)
        for record in self.records.values():
            told = (*self._growth(record), *self._merge(record), *self._trailers(record))
            self.flaws += [self._placed(record.oid, flaw) for flaw in told]

    def _gather(self, checker: RecordChecker) -> None:
        seen, waiting = {self._tip}, [self._tip]
        while waiting:
            oid = waiting.pop()
            checked = checker.check(oid)
            self.flaws += [self._placed(oid, flaw) for flaw in checked.flaws]
            if checked.record is None:
                continue
            self.records[oid] = checked.record
            new = [parent for parent in checked.record.before if parent not in seen]
            seen.update(new)
            waiting += new

    def _placed(self, oid: str, flaw: Flaw) -> Flaw:
        if oid == self._tip:
            return flaw
        return Flaw(f"earlier record {oid[:_SHOWN]}: {flaw.what}", flaw.hint, flaw.weight)

    def _growth(self, record: Record) -> Iterator[Flaw]:
        sides = self._before(record)
        for earlier in sides:
            for path in sorted(_changed(earlier, record)):
                if path not in record.files:
                    yield Flaw(
                        f"{path!r} of the record before it, {earlier.oid[:_SHOWN]}, vanished"
                    )
                elif is_written_once(path):
                    yield Flaw(
                        f"{path!r} changed after {earlier.oid[:_SHOWN]}, though it is written once"
                    )
        if RUN not in record.files and len(record.before) < 2:
            new = record.files.keys() - (sides[0].files.keys() if sides else set())
            count = sum(parse_event_path(path) is not None for path in new)
            if count != 1:
                yield Flaw(f"the record adds {count} events: expected one a commit")

    def _before(self, record: Record) -> list[Record]:
        return [self.records[oid] for oid in record.before if oid in self.records]

    def _merge(self, record: Record) -> Iterator[Flaw]:
        """A merge must be the commit that everybody would make of the two records."""
        sides = self._before(record)
        if len(sides) != 2:
            return
        bases = self._best_common(sides)
        made = merge_records(_tip(sides[0]), _tip(sides[1]), [_tip(base) for base in bases])
        names = " and ".join(side.oid[:_SHOWN] for side in sides)
        if isinstance(made, Refused):
            yield Flaw(f"it merges {names}, which cannot be: {made.path!r} {made.reason}")
        elif not isinstance(made, Merged) or made.commit.oid != record.oid:
            yield Flaw(f"it is not the merge that everybody would make of {names}")

    def _best_common(self, sides: Sequence[Record]) -> list[Record]:
        one, other = (self._ancestry(side) for side in sides)
        common = one & other
        covered = {parent for oid in common for parent in self.records[oid].before}
        return [self.records[oid] for oid in sorted(common - covered)]

    def _ancestry(self, record: Record) -> set[str]:
        """Return the record and all before it, of those that could be read."""
        found, waiting = {record.oid}, [record]
        while waiting:
            new = [one for one in self._before(waiting.pop()) if one.oid not in found]
            found.update(one.oid for one in new)
            waiting += new
        return found

    def _trailers(self, record: Record) -> Iterator[Flaw]:
        """The message must tell plain Git the same run as `run.toml` does."""
        if record.run is None or len(record.before) > 1:
            return
        last = record.commit.message.rstrip("\n").rpartition("\n\n")[2]
        trailers = dict(line.partition(": ")[::2] for line in last.splitlines())
        said = {"Run-Id": record.run.id, "Experiment": record.run.experiment}
        for name, expected in said.items():
            if trailers.get(name) != expected:
                yield Flaw(f"the message says {name} {trailers.get(name)!r}: expected {expected!r}")


def _changed(earlier: Record, later: Record) -> Iterator[str]:
    """Yield the files of `earlier` that are not the same in `later`."""
    files = later.files
    return (path for path, entry in earlier.files.items() if files.get(path) != entry)


def _tip(record: Record) -> Tip:
    return Tip(record.oid, record.commit.seconds, record.code, record.files)
