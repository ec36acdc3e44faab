"""The rows of all runs of a repository: those recorded, and those that are running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from gitxp.errors import GitxpError, UnknownRun
from gitxp.model.event import Event
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run
from gitxp.query.fetched import fetched_runs
from gitxp.query.index.refresh import recorded_rows
from gitxp.query.live import Problem, live_runs, with_events
from gitxp.query.run_rows import RunKey, RunRows, rows_of
from gitxp.query.watched import watched_run, watched_runs, with_watched
from gitxp.storage.events.pending import all_pending, pending_events
from gitxp.storage.journal.places import find_journal
from gitxp.storage.journal.reader import read_journal
from gitxp.storage.refs import RunRef
from gitxp.storage.refstore import find_tip
from gitxp.storage.repository import Repository


@dataclass(frozen=True, slots=True)
class FoundRows:
    """Rows of runs, the newest first, and what could not be read beside them.

    Attributes:
        rows: Those out of which questions choose.
    """

    rows: RunRows
    problems: tuple[Problem, ...]


def find_rows(repository: Repository, remote: str | None = None) -> FoundRows:
    """Return the row of every run; a damaged record is named and passed over.

    Args:
        remote: Only those that were fetched from it, as they stood there, or go on.

    Raises:
        UnknownRemote: If there is no such remote.
    """
    if remote is not None:
        fetched = fetched_runs(repository, remote)
        return FoundRows(fetched.rows.as_every(), fetched.problems)
    # In this order: what comes into a record meanwhile is seen where it was or where it is.
    said = all_pending(repository.private_dir)
    live = live_runs(repository)
    recorded = recorded_rows(repository)
    watched = watched_runs(repository)
    problems = (*recorded.problems, *live.problems, *watched.problems)
    rows = recorded.rows
    if live.runs or said:
        rows = _laid_over(repository, rows, live.runs, said)
    if watched.runs:
        rows = with_watched(repository, rows, watched.runs)
    return FoundRows(rows.as_every(), problems)


def read_run(repository: Repository, key: RunKey, remote: str | None = None) -> Run:
    """Return all that is known of one run, or all that a remote knew when it was fetched.

    Raises:
        DamagedRecord: If its record cannot be read.
        UnknownRun: If it was removed meanwhile.
    """
    from gitxp.storage.journal.live import live_run
    from gitxp.storage.reader import RecordReader

    run = RunId(key.id)
    waiting = pending_events(repository.private_dir, run) if remote is None else ()
    if key.tip is None:
        with suppress(FileNotFoundError):  # recorded since
            journal = read_journal(run, find_journal(repository, run))
            if journal is not None:
                tip = find_tip(repository, run)
                reader = RecordReader(repository) if tip else None
                return with_events(live_run(journal), reader, tip, waiting)
    if key.tip is not None:
        watched = watched_run(repository, key.tip)
        if watched is not None:
            return watched
    # Not sooner: a run that was recorded meanwhile has its ref before its journal goes.
    tip = key.tip or find_tip(repository, run)
    if tip is None:
        raise UnknownRun(f"run {run.short!r} was removed a moment ago", hint="git xp list")
    place = RunRef(ExperimentName(key.experiment), run)
    return RecordReader(repository).run_at(place, tip, waiting)


def _laid_over(
    repository: Repository,
    rows: RunRows,
    live: Sequence[Run],
    said: Mapping[RunId, tuple[Event, ...]],
) -> RunRows:
    """Return the rows with those of runs as they stand in place of what was recorded of them.

    Args:
        said: What waits for the records, by run.
    """
    from gitxp.storage.reader import RecordReader

    places = rows.find(said.keys() | {run.id for run in live})
    keys = rows.take(list(places.values())).keys
    known = {RunId(key.id): key for key in keys}
    standing: dict[str, Run] = {}
    for run in live:
        # It may have ended since.
        if run.id not in known or find_journal(repository, run.id).is_dir():
            key = known.get(run.id)
            reader = RecordReader(repository) if key else None
            waiting = said.get(run.id, ())
            standing[run.id] = with_events(run, reader, key.tip if key else None, waiting)
    for waits in said.keys() & known.keys() - standing.keys():
        with suppress(GitxpError):  # which was told where its row was made
            standing[waits] = read_run(repository, known[waits])
    if not standing:
        return rows
    kept = rows.without([places[run] for run in standing.keys() & places.keys()])
    return rows_of(list(standing.values())).followed_by(kept).newest_first()
