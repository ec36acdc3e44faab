"""The hot path: points go to the journal by one `write()` a call."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from gitxp.errors import GitxpError, InvalidName, InvalidValue, JournalFailed
from gitxp.model.names import check_metric_name
from gitxp.storage.bounds import LARGEST_DOCUMENT
from gitxp.storage.journal.append import Append
from gitxp.storage.journal.points import RECORD, read_records, row_packer
from gitxp.storage.journal.writer import JournalWriter
from gitxp.tracking.trouble import NO_ROOM, Trouble, kind_of, lost
from gitxp.tracking.values.checked import INT64_MAX, checked_step
from gitxp.tracking.values.metric_value import checked_value, needs_care

# Scripts log a few sets of names over and over; who logs ever new ones is served without a row.
_MOST_ROWS = 64
_LONGEST_ROW = 256
# Bytes of a table of `metrics.toml` without its name, which is longer where it is escaped.
_LARGEST_SUMMARY = 400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Unlike CLOCK_MONOTONIC it goes on while the machine sleeps; only Linux has it.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


# Where Python keeps which warnings a module, or a row's packing, has given.
_WARNED = "__warningregistry__"


class _Row:
    """Metrics that are logged together.

    Attributes:
        pack: Takes a step, a time, and a value for each.
        noted: The names that the packing sees, to which Python adds one at the first warning.
        following: The step after the highest that was logged by it.
        leads: Whether that is the next step of each of its metrics, whoever logs them.
    """

    __slots__ = ("following", "leads", "names", "noted", "pack")

    def __init__(self, names: frozenset[str], pack: Callable[..., bytes]) -> None:
        self.names = names
        self.pack = pack
        self.noted = pack.__globals__
        self.following = 0
        self.leads = False


class PointLog:
    """Takes points from any number of threads and hands each to the kernel before it returns.

    Times are the wall clock at the start plus a clock that no adjustment sets back, so a
    writer's times never decrease.
    """

    def __init__(
        self,
        writer: JournalWriter,
        trouble: Trouble,
        next_steps: Mapping[str, int],
        *,
        reopen: Callable[[], JournalWriter],
    ) -> None:
        """Begin on an empty journal.

        Args:
            next_steps: By metric the step that a call without one gets; 0 where absent.
            reopen: Asked for this process's own writer after a fork.
        """
        self._writer = writer
        self._reopen = reopen
        self._is_inherited = False
        self._trouble = trouble
        self._descriptor = writer.points_descriptor
        self._marker = writer.marker
        self._append = Append()
        self._numbers: dict[str, int] = {}
        self._unused_numbers = count()
        self._rows: dict[tuple[str, ...], _Row] = {}
        self._next = dict(next_steps)
        names = sum(_LARGEST_SUMMARY + 2 * len(name.encode()) for name in self._next)
        self._room = LARGEST_DOCUMENT - names
        # Again by the same thread: a signal's handler may log, amid a call that logs. Whatever it
        # must not come between is therefore done without calling anything.
        self._lock = threading.RLock()
        self._careful: object = None  # the latest call with care while one goes on
        self._offset = time.time_ns() - time.clock_gettime_ns(_CLOCK)

    def log(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Log one point a metric, all at one time.

        This is the fast way for names seen before and values that are numbers; whatever it
        cannot do is done value by value, with words for what is wrong.
        """
        now = (time.clock_gettime_ns(_CLOCK) + self._offset) // 1000
        records = self._packed(values, step, now)
        if records is None:
            records = self._packed_with_care(values, step, now)
        try:
            written = self._append.write(self._descriptor, records, now)
        except OSError as error:
            lost_points = JournalFailed(f"points are lost: {error}")
            self._trouble.report(kind_of(error, "journal"), lost_points)
            return
        if written != len(records):
            self._writer.drop_torn_record()
            self._trouble.report(NO_ROOM, JournalFailed("points are lost: the disk is full"))

    def _packed(self, values: Mapping[str, Any], step: int | None, now: int) -> bytes | None:
        """Return the records of names that were together before; None if a value is not sound."""
        try:
            row = self._rows[tuple(values)]
            if step is None:
                with self._lock:  # no other thread gets the same step
                    if not row.leads:
                        return None
                    step = row.following
                    # Before anything is called: amid a call a signal's handler may log the same.
                    row.following = step + 1
                    try:
                        return self._packed_row(row, values, step, now)
                    except BaseException:
                        if row.following == step + 1:
                            row.following = step
                        raise
            return self._packed_row(row, values, step, now)
        except Exception:  # noqa: BLE001  # a value's own __float__ may raise anything
            return None

    def _packed_row(
        self, row: _Row, values: Mapping[str, Any], step: int, now: int
    ) -> bytes | None:
        records = row.pack(step, now, *values.values())
        if _WARNED in row.noted:  # NumPy has cut a complex number down to its real part
            self._rows.pop(tuple(values), None)
            self._settle(row)
            return None
        if step >= row.following:
            row.following = step + 1
        return records

    def now(self) -> datetime:
        """Return the time by this log's clock: never before that of a point logged earlier."""
        return _EPOCH + timedelta(microseconds=self._microseconds())

    def clock(self) -> int:
        """Return the same time in milliseconds since 1970, as the lines of a journal bear it."""
        return self._microseconds() // 1000

    def names(self) -> list[str]:
        """Return the metrics that this process has logged."""
        return list(self._numbers)

    def series(self, name: str) -> list[float]:
        """Return the values of one metric that this process has logged, in that order."""
        records = read_records(self._writer.points_path)
        found: list[float] = records["value"][records["metric"] == self._numbers[name]].tolist()
        return found

    def close(self) -> None:
        """Write nothing any more: the number of the file may soon be another file's."""
        self._descriptor = -1

    def after_fork(self) -> None:
        """In a forked child: forget the parent's files; the next point asks for own ones."""
        self._lock = threading.RLock()
        self._append = Append()
        self._careful = None
        for row in self._rows.values():
            self._settle(row)
        self._rows = {}
        self._numbers = {}
        self._unused_numbers = count()
        self._is_inherited = True

    def _microseconds(self) -> int:
        return (time.clock_gettime_ns(_CLOCK) + self._offset) // 1000

    def _packed_with_care(self, values: Any, step: int | None, now: int) -> bytes:
        """Return the records of all that can be logged, having reported the rest."""
        if not isinstance(values, Mapping):
            kind = type(values).__name__
            self._report(
                "value", InvalidValue(f"metrics are a {kind}: expected a mapping of names")
            )
            return b""
        records: list[bytes] = []
        try:
            placed = None if step is None else checked_step(step)
            self._take_own_writer()
            with self._lock:
                self._add_all(records, values, placed, now)
        except InvalidValue as error:
            self._report("step", error)
        except GitxpError as error:
            self._report(error.slug, error)
        except Exception as error:  # noqa: BLE001  # a mapping of the script's own may raise anything
            self._report(type(error).__name__, lost("log", error))
        return b"".join(records)

    def _take_own_writer(self) -> None:
        if self._is_inherited:
            self._writer = self._reopen()
            self._descriptor = self._writer.points_descriptor
            self._marker = self._writer.marker
            self._is_inherited = False

    def _add_all(
        self, records: list[bytes], values: Mapping[Any, Any], step: int | None, now: int
    ) -> None:
        call = object()
        around, self._careful = self._careful, call
        try:
            self._remember(values)
            for name, value in values.items():
                self._add(records, name, value, step, now)
            if around is None:
                self._find_lead(tuple(values), call)
        finally:
            if around is None:
                self._careful = None

    def _add(self, records: list[bytes], name: Any, value: Any, step: int | None, now: int) -> None:
        try:
            records.append(self._record(name, value, step, now))
        except InvalidName as error:
            self._report("name", error)
        except InvalidValue as error:
            self._report("value", error)
        except OSError as error:
            told = JournalFailed(f"metric {name!r} cannot be declared: {error}")
            self._trouble.report(kind_of(error, "log: journal"), told)

    def _record(self, name: str, value: Any, step: int | None, now: int) -> bytes:
        number = self._numbers.get(name)
        if number is None:
            check_metric_name(name)
        checked = checked_value(name, value)
        if number is None:
            number = self._declare(name)
        placed = self._next[name] if step is None else step
        if placed > INT64_MAX:
            raise InvalidValue(f"metric {name!r} has the highest step that there is: give a step")
        if placed >= self._next[name]:
            self._next[name] = placed + 1
        return RECORD.pack(self._marker, number, placed, now, checked)

    def _remember(self, values: Mapping[str, Any]) -> None:
        """Make the fast way ready for names that come together a second time."""
        names = tuple(values)
        for row in list(self._rows.values()):
            if not row.names.isdisjoint(names):
                row.leads = False
                self._settle(row)
        is_new = 0 < len(names) <= _LONGEST_ROW and names not in self._rows
        is_new = is_new and not any(map(needs_care, values.values()))
        if is_new and len(self._rows) < _MOST_ROWS and all(map(self._numbers.__contains__, names)):
            numbers = [self._numbers[name] for name in names]
            row = _Row(frozenset(names), row_packer(self._marker, numbers))
            self._rows.setdefault(names, row)

    def _settle(self, row: _Row) -> None:
        """Let the metrics of a row go on where the row stands."""
        for name in row.names:
            if row.following > self._next[name]:
                self._next[name] = row.following

    def _find_lead(self, names: tuple[str, ...], call: object) -> None:
        """Make the fast way ready for calls without a step, where one step serves all names.

        Args:
            call: The one that asks; if another one came amid it, there may be other steps.
        """
        row = self._rows.get(names)
        if row is None:
            return
        following = {self._next[name] for name in names}
        sharing = [other for other in list(self._rows.values()) if other.names & row.names]
        if len(following) != 1 or sharing != [row]:
            return
        step = following.pop()
        if self._careful is call:
            if step > row.following:
                row.following = step
            row.leads = True

    def _declare(self, name: str) -> int:
        room = self._room - _LARGEST_SUMMARY - 2 * len(name.encode())
        if name not in self._next and room < 0:
            raise InvalidName(
                f"metric {name!r} is one too many: the summaries of all would have more than "
                f"{LARGEST_DOCUMENT} bytes",
                hint="log values of many names as a table: log_table, log_artifact",
            )
        number = next(self._unused_numbers)
        self._writer.say("metric", {"number": number, "name": name})
        self._numbers[name] = number
        if name not in self._next:
            self._room = room
        self._next.setdefault(name, 0)
        return number

    def _report(self, kind: str, error: Exception) -> None:
        self._trouble.report(f"log: {kind}", error)
