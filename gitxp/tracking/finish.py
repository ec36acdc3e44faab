"""The end of a writer: the last one of a run records it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gitxp.model.identity import RunId
from gitxp.storage.journal.reader import Journal, Liveness, read_journal, writer_liveness
from gitxp.storage.journal.writer import JournalWriter
from gitxp.storage.objects import Entry
from gitxp.tracking.record import RecordedRun, record_run, recording_lock
from gitxp.tracking.returned import is_taken_away, record_returned
from gitxp.tracking.workspace import Workspace


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
    with recording_lock(writer.folder) as is_held:
        if not is_held:
            return not is_taken_away(writer)
        if not writer.is_in_place:
            return False
        journal = read_journal(run, writer.folder)
        if journal is not None and not _is_awaited(journal, writer):
            recorded = record_run(
                workspace.repository,
                journal,
                workspace.limits,
                command="record a run",
                before_files=before_files,
                diffs=workspace.diffs,
            )
            on_record(recorded)
    return True


def _is_awaited(journal: Journal, ended: JournalWriter) -> bool:
    """Return whether another process will end after `ended`, and record."""
    return any(
        other.id != ended.id and not other.has_ended and writer_liveness(other) is not Liveness.GONE
        for other in journal.writers
    )
