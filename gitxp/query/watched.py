"""Runs of other clones that go on, as their latest checkpoints tell them that were fetched.

One that ended since is told by its record, which waits to be merged: it is not to vanish meanwhile.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from gitxp.errors import GitxpError
from gitxp.model.checkpoint import Checkpoint
from gitxp.model.run import Run, Status
from gitxp.query.live import Live, Problem
from gitxp.query.run_rows import RunRows, rows_of
from gitxp.storage.clone import known_clone_id
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import incoming_ref, live_ref, run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.watched import Watched, read_ended, read_watched


def watched_runs(
    repository: Repository, only: Collection[str] | None = None, *, remote: str | None = None
) -> Live:
    """Return the runs that go on in other clones, or did and are not merged.

    Of two that tell of one run it is the one that tells more, or that was made later.

    Args:
        only: The ids of those to read; all where None.
        remote: By which they were told; any where None.
    """
    found = [
        one
        for one in _held(repository)
        if (only is None or one.place.run in only) and remote in (None, one.remote)
    ]
    if not found:
        return Live((), ())
    reader = RecordReader(repository)
    home = known_clone_id(repository.private_dir)
    runs: list[Run] = []
    problems: list[Problem] = []
    for one in found:
        try:
            run = _read(reader, one)
        except GitxpError as error:
            problems.append(Problem(_ref(one), str(error)))
        else:
            if run.home != home:
                runs.append(run)
    latest = {run.id: run for run in sorted(runs, key=_tells)}
    return Live(tuple(latest.values()), tuple(problems))


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Ids of runs of other clones that are not known to be over.

    Attributes:
        going_on: Of which something was heard lately.
        silent: Of which it was not.
    """

    going_on: tuple[str, ...]
    silent: tuple[str, ...]


def runs_elsewhere(repository: Repository, remote: str) -> Elsewhere:
    """Return which runs go on in other clones, by what was fetched from a remote.

    Those whose record is here and tells of their end do not.
    """
    watched = watched_runs(repository, remote=remote).runs
    refs = {run.id: run_ref(run.experiment, run.id) for run in watched}
    tips = list_refs(repository, *refs.values()) if refs else {}
    sessions: dict[str, int] = {}
    reader = RecordReader(repository) if tips else None
    for run, ref in refs.items():
        if reader is not None and ref in tips:
            with suppress(GitxpError):  # which is told where its row is made
                sessions[run] = len(reader.recorded_run(tips[ref]).sessions)
    left = not_superseded(watched, sessions)
    return Elsewhere(
        tuple(run.id for run in left if run.status is Status.RUNNING),
        tuple(run.id for run in left if run.status is Status.UNKNOWN),
    )


def watched_run(repository: Repository, tip: str) -> Run | None:
    """Return the run of a checkpoint, or a record, that `watched_runs` tells of; or None."""
    for one in _held(repository):
        if one.tip == tip:
            return _read(RecordReader(repository), one)
    return None


def with_watched(repository: Repository, rows: RunRows, watched: Sequence[Run]) -> RunRows:
    """Return rows with those of runs that go on in other clones."""
    places = rows.find({run.id for run in watched})
    reader = RecordReader(repository)
    sessions: dict[str, int] = {}
    for key in rows.take(list(places.values())).keys:
        if key.tip is None:  # it goes on here
            sessions[key.id] = sys.maxsize
            continue
        with suppress(GitxpError):  # which was told where its row was made
            sessions[key.id] = len(reader.recorded_run(key.tip).sessions)
    shown = not_superseded(watched, sessions)
    if not shown:
        return rows
    kept = rows.without([places[run.id] for run in shown if run.id in places])
    return rows_of(shown).followed_by(kept).newest_first()


def not_superseded(live: Iterable[Run], sessions: dict[str, int]) -> list[Run]:
    """Return the runs of which no record holds the session that goes on.

    Args:
        sessions: How many the records of runs have, by id.
    """
    return [run for run in live if len(run.sessions) > sessions.get(run.id, 0)]


def _held(repository: Repository) -> list[Watched]:
    """Return the checkpoints that were fetched, and the records that wait of such runs."""
    ended = {_ref(one): one for one in read_ended(repository)}
    # Which the next fetch forgets may have been merged, and removed here, since.
    waiting = list_refs(repository, *ended) if ended else {}
    still = [one for ref, one in ended.items() if waiting.get(ref) == one.tip]
    return [*read_watched(repository), *still]


def _ref(watched: Watched) -> str:
    """Return the ref that holds it here."""
    spelled = run_ref if watched.is_over else live_ref
    return incoming_ref(watched.remote, spelled(watched.place.experiment, watched.place.run))


def _read(reader: RecordReader, watched: Watched) -> Run:
    """Return a run with what is known of its checkpoint; a stale one goes on for all we know."""
    run = reader.run_at(watched.place, watched.tip)
    if watched.is_over:
        ended = Checkpoint(
            run.finished or watched.seen, timedelta(), watched.remote, watched.seen, is_record=True
        )
        return replace(run, checkpoint=ended)
    checkpoint = reader.checkpoint(watched.tip)
    checkpoint = replace(checkpoint, remote=watched.remote, seen=watched.seen)
    run = replace(run, checkpoint=checkpoint)
    if not checkpoint.is_stale(datetime.now(UTC)):
        return run
    *earlier, latest = run.sessions
    return replace(run, sessions=(*earlier, replace(latest, status=Status.UNKNOWN)))


def _tells(run: Run) -> tuple[int, bool, datetime]:
    """Return by what of two that tell of one run the later is known."""
    checkpoint: Checkpoint | None = run.checkpoint
    assert checkpoint is not None
    return len(run.sessions), checkpoint.is_record, checkpoint.told
