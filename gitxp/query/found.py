"""The rows of all runs of a repository: those recorded, and those that are running."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from gitxp.errors import UnknownRun
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run
from gitxp.query.index.refresh import recorded_rows
from gitxp.query.live import Problem, live_runs
from gitxp.query.run_rows import RunKey, RunRows, rows_of
from gitxp.storage.journal.places import find_journal
from gitxp.storage.journal.reader import read_journal
from gitxp.storage.live import live_run
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import RunRef
from gitxp.storage.refstore import find_tip
from gitxp.storage.repository import Repository


@dataclass(frozen=True, slots=True)
class FoundRows:
    """Rows of runs, the newest first, and what could not be read beside them."""

    rows: RunRows
    problems: tuple[Problem, ...]


def find_rows(repository: Repository) -> FoundRows:
    """Return the row of every run; a damaged record is named and passed over."""
    # Before the refs: a run that is recorded meanwhile is found twice, and never missed.
    live = live_runs(repository)
    recorded = recorded_rows(repository)
    problems = (*recorded.problems, *live.problems)
    if not live.runs:
        return FoundRows(recorded.rows, problems)
    return FoundRows(_laid_over(repository, recorded.rows, live.runs), problems)


def read_run(repository: Repository, key: RunKey) -> Run:
    """Return all that is known of one run.

    Raises:
        DamagedRecord: If its record cannot be read.
        UnknownRun: If it was removed meanwhile.
    """
    run = RunId(key.id)
    if key.tip is None:
        with suppress(FileNotFoundError):  # recorded since
            journal = read_journal(run, find_journal(repository, run))
            if journal is not None:
                return live_run(journal)
    tip = key.tip or find_tip(repository, run)
    if tip is None:
        raise UnknownRun(f"run {run.short!r} was removed a moment ago", hint="git xp list")
    return RecordReader(repository).run_at(RunRef(ExperimentName(key.experiment), run), tip)


def _laid_over(repository: Repository, rows: RunRows, live: Sequence[Run]) -> RunRows:
    """Return the rows with those of running runs in place of what was recorded of them."""
    known = rows.values("run")
    by_id = {run.id: run for run in live}
    recorded = by_id.keys() & set(known)
    for run in recorded:
        if not find_journal(repository, run).is_dir():  # it has ended since
            del by_id[run]
    if not by_id:
        return rows
    kept = [place for place, run in enumerate(known) if run not in by_id]
    running = rows_of(list(by_id.values()))
    return running.followed_by(rows.take(kept)).newest_first()
