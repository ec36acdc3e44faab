"""Reading a journal: what its writers said, and whether any of them still lives."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from gitxp.model.identity import RunId
from gitxp.storage.journal.process import ProcessMark, is_gone
from gitxp.storage.journal.sound_line import is_sound
from gitxp.storage.layout import lines_path, live_dir, points_files, points_path, writers_in


class Liveness(Enum):
    """What can be known from here of a writer."""

    ALIVE = "alive"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WriterJournal:
    """What one process wrote.

    Attributes:
        lines: Every whole line, in order.
        metrics: Names by number.
    """

    id: str
    points_path: Path
    lines: tuple[dict[str, Any], ...]
    metrics: dict[int, str] = field(default_factory=dict)

    def said(self, kind: str) -> Iterator[dict[str, Any]]:
        """Yield the lines of one kind, in order."""
        return (line for line in self.lines if line["kind"] == kind)

    @property
    def rank(self) -> int | None:
        """Which rank of a distributed job it is, or a child of; None outside of one."""
        found = next(self.said("writer"), {}).get("rank")
        return found if isinstance(found, int) else None

    @property
    def has_started(self) -> bool:
        """Whether the process said how the run started, as each rank of a job does."""
        return any(self.said("start"))

    @property
    def has_ended(self) -> bool:
        """Whether the process said that it was done."""
        return any(self.said("end"))


@dataclass(frozen=True, slots=True)
class Journal:
    """The folder of one running run.

    Attributes:
        writers: The first one has started the run: of several ranks the lowest.
    """

    run: RunId
    folder: Path
    writers: tuple[WriterJournal, ...]

    @property
    def start(self) -> dict[str, Any]:
        """The line that says how the run started."""
        return next(self.writers[0].said("start"))

    @property
    def starters(self) -> list[WriterJournal]:
        """The writers that have started the run: one, or the ranks of a job."""
        return [writer for writer in self.writers if writer.has_started]


def list_journals(private_dir: Path) -> list[tuple[RunId, Path]]:
    """Return the run and folder of every journal."""
    try:
        names = sorted(path.name for path in live_dir(private_dir).iterdir())
    except FileNotFoundError:
        return []
    return [(RunId(name), live_dir(private_dir) / name) for name in names if _is_run(name)]


def read_journal(run: RunId, folder: Path) -> Journal | None:
    """Return the journal in `folder`; None where no writer has said how the run started."""
    writers = []
    for name in writers_in(folder):
        lines = tuple(parse_lines(lines_path(folder, name).read_bytes()))
        metrics = {line["number"]: line["name"] for line in lines if line["kind"] == "metric"}
        writers.append(WriterJournal(name, points_path(folder, name), lines, metrics))
    # A starter comes before those who joined it, whatever their random ids.
    writers.sort(key=lambda writer: (not writer.has_started, writer.rank or 0, writer.id))
    if not writers or not writers[0].has_started:
        return None
    return Journal(run, folder, tuple(writers))


def parse_lines(content: bytes) -> Iterator[dict[str, Any]]:
    """Yield every whole line of a writer, in order."""
    for line in content.splitlines():
        try:
            found = json.loads(line)
        except ValueError:  # torn by a crash, or noise
            continue
        if isinstance(found, dict) and is_sound(found):
            yield found


def journal_liveness(journal: Journal) -> Liveness:
    """Return whether any process may still write to the journal.

    One that has said its end does not count, even if it holds its lock yet: it may be the one
    that records.
    """
    found = {writer_liveness(writer) for writer in journal.writers if not writer.has_ended}
    for liveness in (Liveness.ALIVE, Liveness.UNKNOWN):
        if liveness in found:
            return liveness
    return Liveness.GONE


def writer_liveness(writer: WriterJournal) -> Liveness:
    """Return whether the process may still write: its lock tells first, its mark second.

    A process in another PID namespace looks dead by its number, yet its lock is seen; one that
    found no room to say its end lives on, yet has let go of its lock; a process on another host
    is never called dead from here.
    """
    is_held = _is_lock_held(writer.points_path)
    if is_held:
        return Liveness.ALIVE
    if writer.has_ended:
        return Liveness.GONE
    opening = next(writer.said("writer"), None)
    if opening is None:
        return Liveness.GONE
    gone = is_gone(ProcessMark.told(opening["process"]))
    if is_held is False and opening["is_locked"] and _is_this_host(opening):  # locks work here
        # It may have let go since its lines were read: then it has said its end, and records.
        return Liveness.ALIVE if gone is False and _has_ended_since(writer) else Liveness.GONE
    if gone is None:
        return Liveness.UNKNOWN
    return Liveness.GONE if gone else Liveness.ALIVE


def is_dying(writer: WriterJournal) -> bool:
    """Return whether the process has ended, and its lock is held yet.

    The threads of one that is killed end one after another, and the last lets go of the lock: for
    a moment nobody is there any more who could say anything, though its children know already.
    """
    opening = next(writer.said("writer"), None)
    if opening is None or not _is_lock_held(writer.points_path):
        return False
    return is_gone(ProcessMark.told(opening["process"])) is True


def _has_ended_since(writer: WriterJournal) -> bool:
    """Return whether the process has said its end since its lines were read, or its files went."""
    try:
        content = lines_path(writer.points_path.parent, writer.id).read_bytes()
    except FileNotFoundError:
        return True
    return any(line["kind"] == "end" for line in parse_lines(content))


def is_any_writer_locked(folder: Path) -> bool:
    """Return whether a process holds one of the points files in a journal's folder."""
    return any(_is_lock_held(path) for path in points_files(folder))


def _is_this_host(opening: dict[str, Any]) -> bool:
    return bool(opening["process"]["host"] == os.uname().nodename)


def _is_lock_held(path: Path) -> bool | None:
    """Return whether a process holds a file's lock; None where that cannot be asked."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # this file system has no locks
        return None
    else:
        return False
    finally:
        os.close(descriptor)


def _is_run(name: str) -> bool:
    try:
        RunId(name)
    except ValueError:
        return False
    return True
