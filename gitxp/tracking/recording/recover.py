"""Recording the runs of processes that died before they could."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gitxp.errors import GitxpError, with_hint
from gitxp.model.identity import RunId
from gitxp.model.run import Run
from gitxp.storage.disk import is_read_only
from gitxp.storage.journal.mark import marked
from gitxp.storage.journal.reader import (
    Journal,
    Liveness,
    journal_liveness,
    list_journals,
    read_journal,
)
from gitxp.storage.odb.objects import Entry
from gitxp.storage.refstore import find_tip
from gitxp.storage.repository import Repository
from gitxp.tracking.recording.limits import RecordLimits


class Recovery(StrEnum):
    """What became of one journal."""

    RECORDED = "recorded"
    ALIVE = "alive"
    UNKNOWN = "unknown"
    FAILED = "failed"
    READ_ONLY = "read-only"


@dataclass(frozen=True, slots=True)
class Recovered:
    """The outcome for one run.

    Attributes:
        recorded: The run as recorded; None where it was not.
        problem: Why it could not be; empty where nothing went wrong.
    """

    run: RunId
    outcome: Recovery
    recorded: Run | None = None
    problem: str = ""


def recover_runs(
    repository: Repository, limits: RecordLimits, *, force: bool = False
) -> list[Recovered]:
    """Record every run whose processes are gone, and return one outcome a journal.

    Journals in the fallback folder are brought home first.

    Args:
        force: Also those of other hosts, of which it cannot be known from here.
    """
    outcomes = []
    for place in (repository.fallback_dir, repository.private_dir):
        for run, folder in list_journals(place):
            outcome = _tried(repository, limits, run, folder, force=force)
            if outcome is not None:
                outcomes.append(outcome)
    return outcomes


def _tried(
    repository: Repository, limits: RecordLimits, run: RunId, folder: Path, *, force: bool
) -> Recovered | None:
    try:
        return _recover(repository, limits, run, folder, force=force)
    except (GitxpError, OSError) as error:
        if is_read_only(error):
            return Recovered(
                run, Recovery.READ_ONLY, problem=f"{error}; it stays in {str(folder)!r}"
            )
        return Recovered(run, Recovery.FAILED, problem=with_hint(error))


def _recover(
    repository: Repository, limits: RecordLimits, run: RunId, folder: Path, *, force: bool
) -> Recovered | None:
    # Loaded here: most commands find no journal, and recording needs half of gitxp.
    from gitxp.tracking.recording.bring_home import bring_home
    from gitxp.tracking.recording.record import put_aside, record_run
    from gitxp.tracking.recording.record_lock import recording_lock

    with recording_lock(folder) as is_held:
        if not is_held:
            return None
        journal = read_journal(run, folder)
        if journal is None:  # a process that is just starting, or died before it said a word
            return None
        liveness = journal_liveness(journal)
        if liveness is Liveness.ALIVE:
            return Recovered(run, Recovery.ALIVE)
        if liveness is Liveness.UNKNOWN and not force:
            return Recovered(run, Recovery.UNKNOWN)
        if repository.is_away(folder):
            bring_home(repository, journal)
            return None
        tip = journal.start.get("before")
        if _is_recorded(repository, journal, tip):
            put_aside(repository, journal)
            return None
        before = _files_before(repository, tip)
        seen = marked(journal, time.time_ns() // 1_000_000)
        recorded = record_run(
            repository, seen, limits, command="record a crashed run", before_files=before
        )
        return Recovered(run, Recovery.RECORDED, recorded.run)


def _is_recorded(repository: Repository, journal: Journal, before: str | None) -> bool:
    """Return whether the process died after the record was written, and before it tidied up."""
    from gitxp.storage.reader import RecordReader
    from gitxp.tracking.recording.record import is_all_in

    tip = find_tip(repository, journal.run)
    if tip is None or tip == before:
        return False
    run = RecordReader(repository).recorded_run(tip)
    writers = {one.id for each in run.sessions for one in each.writers}
    return journal.writers[0].id in writers and is_all_in(journal, run)


def _files_before(repository: Repository, tip: str | None) -> dict[str, Entry]:
    from gitxp.storage.reader import RecordReader

    return RecordReader(repository).entries(tip) if tip else {}
