"""A writer that was taken for dead and ends after all adds what the record lacks of it.

Another process has recorded its run and unlinked its files, or somebody has deleted them; the
writer still has them open, and with them all that it ever wrote.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gitxp.artifacts.files import stage_content
from gitxp.errors import JournalFailed, RefChanged
from gitxp.model.identity import RunId
from gitxp.model.run import Run, Session
from gitxp.storage.codecs.run import decode_run, encode_run
from gitxp.storage.journal.mark import last_mark
from gitxp.storage.journal.points import RECORD
from gitxp.storage.journal.reader import Journal, parse_lines, read_journal
from gitxp.storage.journal.writer import JournalWriter
from gitxp.storage.layout import (
    journal_dir,
    lines_path,
    points_path,
    recording_lock_path,
    staged_dir,
)
from gitxp.storage.odb.objects import Entry
from gitxp.storage.reader import RecordReader
from gitxp.storage.refstore import find_tip
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import OWNER_ONLY, make_folder
from gitxp.tracking.recording.record import record_run
from gitxp.tracking.recording.record_lock import SECONDS_BETWEEN, SECONDS_WAITED, recording_lock
from gitxp.tracking.resume import Resumed, resumed_start
from gitxp.tracking.workspace import Workspace

Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Part:
    """What one writer holds.

    Attributes:
        lines: Every line that it wrote.
        points: The points file.
    """

    writer: str
    lines: Sequence[Line]
    points: bytes

    def after(self, run: Run | None, points: int) -> _Part:
        """Return what a record does not hold, given how many of its points it does."""
        if run is None or not _is_in(self.writer, run):
            return self
        mark = last_mark(self.lines)
        since = len(self.lines) if mark is None else mark + 1
        lines = [
            line
            for place, line in enumerate(self.lines)
            if place >= since or line["kind"] in ("writer", "metric", "end")
        ]
        size = RECORD.size
        return _Part(self.writer, lines, self.points[:size] + self.points[size * (1 + points) :])

    def without_start(self) -> _Part:
        """Return it as that of a writer which joined."""
        kept = [line for line in self.lines if line["kind"] != "start"]
        return replace(self, lines=kept)


def is_taken_away(writer: JournalWriter) -> bool:
    """Return whether another process took the writer for dead, or is about to."""
    if not writer.is_in_place:
        return True
    return last_mark(parse_lines(writer.read_lines())) is not None


def record_returned(
    workspace: Workspace, run: RunId, writer: JournalWriter, in_turn: Callable[[], bool]
) -> None:
    """Record what the writer holds and the run's record does not.

    Where the record names the writer, that becomes a further session. Where it does not, since
    the files were deleted before anybody recorded them, they are put back and recorded.

    Args:
        in_turn: Records a writer whose files are in place after all; says whether it could.

    Raises:
        JournalFailed: If artifacts were lost with the files (all else is recorded then), or
            another process holds the run for too long.
    """
    limit = time.monotonic() + SECONDS_WAITED
    while True:
        if writer.is_in_place:
            if in_turn():
                return
        elif _is_recorded(workspace, run, writer):
            return
        if time.monotonic() > limit:
            raise JournalFailed(
                f"run {run.short} was taken for dead, and is held by another process: "
                "what was logged since is lost"
            )
        time.sleep(SECONDS_BETWEEN)


def _is_recorded(workspace: Workspace, run: RunId, writer: JournalWriter) -> bool:
    """Try once; return False where another process was faster."""
    folder = journal_dir(workspace.repository.private_dir, run)
    make_folder(folder, OWNER_ONLY)
    part = _Part(writer.id, list(parse_lines(writer.read_lines())), writer.read_points())
    with recording_lock(folder) as is_held:
        if not is_held:
            return False
        before = _find_record(workspace.repository, run)
        points = _points_in(workspace, before, part)
        if before and _is_all_there(part, before.run, points):
            _leave(folder)
            return True
        rest = part.after(before.run if before else None, points)
        missing = _missing_artifacts(rest, folder)
        rest = replace(rest, lines=[*rest.lines, *map(_failure, missing)])
        there = read_journal(run, folder)
        if there is not None:  # somebody resumed the run: this is one more writer of it
            _put_back(rest.without_start(), folder)
        else:
            _put_back(_with_start(rest, part, before), folder)
            journal = read_journal(run, folder)
            if journal is not None and not _record(workspace, journal, before):
                _take_out(rest, folder)
                return False
    if missing:
        raise JournalFailed(
            f"the journal of run {run.short} was deleted while it ran: all is recorded but "
            f"the artifacts {', '.join(missing)}"
        )
    return True


def _record(workspace: Workspace, journal: Journal, before: Resumed | None) -> bool:
    try:
        record_run(
            workspace.repository,
            journal,
            workspace.limits,
            command="record a run that came back",
            before_files=_files(before),
            searches=workspace.searches,
        )
    except RefChanged:
        return False
    return True


def _files(before: Resumed | None) -> Mapping[str, Entry]:
    return before.files if before else {}


def _find_record(repository: Repository, run: RunId) -> Resumed | None:
    tip = find_tip(repository, run)
    return Resumed.at(repository, tip) if tip else None


def _points_in(workspace: Workspace, before: Resumed | None, part: _Part) -> int:
    """Return how many of the writer's points the record holds.

    Counted in the segments: while a live writer was taken for dead, it may have logged more
    between the count that `run.toml` tells and the reading of the points.
    """
    if before is None or before.run.tip is None:
        return 0
    told = [
        writer.points
        for session in before.run.sessions
        for writer in session.writers
        if writer.id == part.writer
    ]
    import pyarrow as pa
    import pyarrow.compute as pc

    writers = RecordReader(workspace.repository).points(before.run.tip).column("writer")
    there = pc.sum(pc.equal(writers.cast(pa.string()), part.writer)).as_py()
    return max(sum(told), int(there or 0))


def _with_start(rest: _Part, whole: _Part, before: Resumed | None) -> _Part:
    """Return a writer's part with the line that starts a session on top of the record."""
    starts = [line for line in whole.lines if line["kind"] == "start"]
    if before is None:
        # What the run had been resumed from is gone: its first session is this one.
        own = [{key: line[key] for key in line if key != "before"} for line in starts]
        return replace(rest, lines=[*own, *rest.without_start().lines])
    is_known = _is_in(rest.writer, before.run)
    session = _session(whole, before.run)
    if starts and not is_known:
        session = decode_run(starts[-1]["run"].encode()).sessions[-1]
    sessions = (*_closed(before.run, session), session)
    run = replace(before.run, sessions=sessions)
    line = {"kind": "start", "run": encode_run(run).decode(), "clock": 0}
    return replace(rest, lines=[line | resumed_start(before), *rest.without_start().lines])


def _session(part: _Part, run: Run) -> Session:
    """Return the session of a writer that the record knows, from where the record ends."""
    latest = run.sessions[-1]
    mark = last_mark(part.lines)
    began = datetime.now(UTC)
    if mark is not None:
        began = datetime.fromtimestamp(part.lines[mark]["clock"] / 1000, UTC)
    return Session(
        started=max(began, latest.finished or latest.started),
        argv=latest.argv,
        folder=latest.folder,
        code=latest.code,
    )


def _closed(run: Run, following: Session) -> list[Session]:
    """Return the sessions, each with an end: it was not known of one taken for dead."""
    return [
        session
        if session.finished
        else replace(session, finished=max(session.started, following.started))
        for session in run.sessions
    ]


def _is_in(writer: str, run: Run) -> bool:
    return any(one.id == writer for session in run.sessions for one in session.writers)


def _is_all_there(part: _Part, run: Run, points: int) -> bool:
    """Return whether others have recorded the whole part, as they do with one that has ended."""
    has_more = len(part.points) // RECORD.size - 1 > points
    return _is_in(part.writer, run) and last_mark(part.lines) is None and not has_more


def _leave(folder: Path) -> None:
    recording_lock_path(folder).unlink(missing_ok=True)
    with suppress(OSError):  # a run that was resumed lies there
        folder.rmdir()


def _missing_artifacts(part: _Part, folder: Path) -> list[str]:
    paths = [line["path"] for line in part.lines if line["kind"] == "artifact"]
    return sorted({path for path in paths if not (staged_dir(folder) / path).exists()})


def _failure(path: str) -> Line:
    return {"kind": "failure", "what": f"artifact {path} lost", "clock": 0}


def _put_back(part: _Part, folder: Path) -> None:
    """Write a writer's files: the lines last and at once, since they make the points readable."""
    lines = "".join(f"{json.dumps(line)}\n" for line in part.lines)
    stage_content(part.points, points_path(folder, part.writer))
    stage_content(lines.encode(), lines_path(folder, part.writer))


def _take_out(part: _Part, folder: Path) -> None:
    for path in (lines_path(folder, part.writer), points_path(folder, part.writer)):
        path.unlink(missing_ok=True)
