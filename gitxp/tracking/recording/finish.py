"""The end of a writer: the last one of a run records it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from gitxp.model.finding import Finding
from gitxp.model.identity import RunId
from gitxp.storage.journal.reader import (
    Journal,
    Liveness,
    WriterJournal,
    is_dying,
    read_journal,
    writer_liveness,
)
from gitxp.storage.journal.writer import JournalWriter
from gitxp.storage.odb.objects import Entry
from gitxp.text import cell
from gitxp.tracking.recording.record import RecordedRun, record_run
from gitxp.tracking.recording.record_lock import recording_lock
from gitxp.tracking.recording.returned import is_taken_away, record_returned
from gitxp.tracking.trouble import warn_script
from gitxp.tracking.workspace import Workspace

_MOST_SHOWN: Final = 3
_SECONDS_TO_DIE: Final = 2.0
_BETWEEN_LOOKS: Final = 0.01


def end_writer(
    workspace: Workspace,
    run: RunId,
    writer: JournalWriter,
    before_files: Mapping[str, Entry],
    on_record: Callable[[RecordedRun], None],
) -> None:
    """Record the run unless another process still writes to it; then release the journal.

    Nobody waits for anybody: where another process records at this moment, or is left to, this
    one is done. Only a writer that was taken for dead sees to it that nothing of it is lost. A
    journal in the fallback folder stays there for a later command.

    Args:
        on_record: Told of the record if it is this process that writes it.
    """

    def in_turn() -> bool:
        return _record_in_turn(workspace, run, writer, before_files, on_record)

    try:
        if workspace.repository.is_away(writer.folder) and writer.is_in_place:
            return
        if not in_turn():
            record_returned(workspace, run, writer, in_turn)
    finally:
        writer.close()


def _record_in_turn(
    workspace: Workspace,
    run: RunId,
    writer: JournalWriter,
    before_files: Mapping[str, Entry],
    on_record: Callable[[RecordedRun], None],
) -> bool:
    """Record the run, or leave it to others; return False where they took the writer for dead."""
    while True:
        with recording_lock(writer.folder) as is_held:
            if not is_held:
                return not is_taken_away(writer)
            if not writer.is_in_place:
                return False
            journal = read_journal(run, writer.folder)
            if journal is not None and not _is_awaited(journal, writer):
                # Another may have said its end, and let go of its lock, since it was read.
                whole = read_journal(run, writer.folder) or journal
                recorded = record_run(
                    workspace.repository,
                    whole,
                    workspace.limits,
                    command="record a run",
                    before_files=before_files,
                    searches=workspace.searches,
                )
                on_record(recorded)
                _warn_of_secrets(recorded.run.code.findings)
                return True
        # Who ended while the lock was held has left the run to this process.
        if _is_awaited(read_journal(run, writer.folder), writer):
            return True


def _warn_of_secrets(findings: Sequence[Finding]) -> None:
    if not findings:
        return
    from gitxp.policy.secrets.code import MARKS

    shown = [f"{cell(one.path)}:{one.line} ({cell(one.what)})" for one in findings[:_MOST_SHOWN]]
    more = f" and {len(findings) - len(shown)} more" if len(findings) > len(shown) else ""
    # The same for all runs of the same code: Python shows a warning once.
    warn_script(
        "gitxp: the code that ran holds what looks secret, and is kept as it is: "
        f"{', '.join(shown)}{more}; to see all: git xp show (hint: if one is no secret, say so in "
        f"a comment on its line: {MARKS[0].decode()})"
    )


def _is_awaited(journal: Journal | None, ended: JournalWriter) -> bool:
    """Return whether another process will end after `ended`, and record."""
    return journal is None or any(
        other.id != ended.id and not other.has_ended and _outlives(other)
        for other in journal.writers
    )


def _outlives(other: WriterJournal) -> bool:
    """Return whether a process may still write; one that is dying is given the time to be gone."""
    end = time.monotonic() + _SECONDS_TO_DIE
    while is_dying(other) and time.monotonic() < end:
        time.sleep(_BETWEEN_LOOKS)
    return writer_liveness(other) is not Liveness.GONE
