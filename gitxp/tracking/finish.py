"""The end of a writer: the last one of a run records it."""

from __future__ import annotations

from collections.abc import Mapping

from gitxp.model.identity import RunId
from gitxp.storage.journal.reader import Journal, Liveness, read_journal, writer_liveness
from gitxp.storage.journal.writer import JournalWriter
from gitxp.storage.objects import Entry
from gitxp.tracking.record import record_run, recording_lock
from gitxp.tracking.workspace import Workspace


def end_writer(
    workspace: Workspace,
    run: RunId,
    writer: JournalWriter,
    before_files: Mapping[str, Entry],
) -> None:
    """Record the run unless another process still writes to it; then release the journal.

    Nobody waits for anybody: where another process records at this moment, or is left to, this
    one is done.
    """
    try:
        with recording_lock(writer.folder) as is_held:
            if not is_held:
                return
            journal = read_journal(run, writer.folder)
            if journal is not None and not _is_awaited(journal, writer):
                record_run(
                    workspace.repository,
                    journal,
                    workspace.limits,
                    command="record a run",
                    before_files=before_files,
                    diffs=workspace.diffs,
                )
    finally:
        writer.close()


def _is_awaited(journal: Journal, ended: JournalWriter) -> bool:
    """Return whether another process will end after `ended`, and record."""
    return any(
        other.id != ended.id and not other.has_ended and writer_liveness(other) is not Liveness.GONE
        for other in journal.writers
    )
