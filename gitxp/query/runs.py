"""Runs of a repository, each read whole: for what needs more of many runs than their rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from gitxp.errors import GitxpError
from gitxp.model.event import Event
from gitxp.model.identity import RunId
from gitxp.model.run import Run
from gitxp.query.live import Problem, live_runs, with_events
from gitxp.query.watched import not_superseded, watched_runs
from gitxp.storage.events.pending import all_pending
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import SHARED, RunRef, incoming_refs, parse_run_ref, run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.known import known_tips


@dataclass(frozen=True, slots=True)
class Found:
    """Runs, the newest first, and what could not be read beside them."""

    runs: tuple[Run, ...]
    problems: tuple[Problem, ...]


def find_runs(
    repository: Repository, *, only: Collection[str] | None = None, remote: str | None = None
) -> Found:
    """Return every run; a damaged record is named and passed over.

    Args:
        only: The ids of those to read; one that is not here is passed over.
        remote: Only those that were fetched from it, as they stood there.
    """
    if remote is not None:
        tips = _tips(known_tips(repository, remote), only)
        reading = _Reading(RecordReader(repository) if tips else None, tips, {}, remote)
        return _with_watched(repository, [reading.recorded(place) for place in tips], only, remote)
    # In this order: what comes into a record meanwhile is seen where it was or where it is.
    said = all_pending(repository.private_dir)
    live = live_runs(repository)
    tips = _tips(list_refs(repository, SHARED), only)
    reading = _Reading(RecordReader(repository) if tips else None, tips, said)
    found = [reading.recorded(place) for place in tips]
    recorded = {one.id: one for one in found if isinstance(one, Run)}
    found += live.problems
    for one in live.runs:
        if (only is None or one.id in only) and not _has(recorded.get(one.id), one):
            found.append(reading.live(one))
    return _with_watched(repository, found, only, None)


def _with_watched(
    repository: Repository,
    found: Sequence[Run | Problem],
    only: Collection[str] | None,
    remote: str | None,
) -> Found:
    """Return what was found, and the runs that go on in other clones."""
    sessions = {str(one.id): len(one.sessions) for one in found if isinstance(one, Run)}
    watched = watched_runs(repository, only, remote=remote)
    shown = not_superseded(watched.runs, sessions)
    return _sorted_out([*found, *watched.problems, *shown])


def _tips(refs: Mapping[str, str], only: Collection[str] | None) -> dict[RunRef, str]:
    """Return where the records of runs stand."""
    places = {parse_run_ref(ref): tip for ref, tip in refs.items()}
    return {
        place: tip
        for place, tip in places.items()
        if place is not None and (only is None or place.run in only)
    }


def _sorted_out(found: Sequence[Run | Problem]) -> Found:
    """Return runs, of two with one id the later, apart from what could not be read."""
    runs = {one.id: one for one in found if isinstance(one, Run)}
    newest_first = sorted(runs.values(), key=attrgetter("started", "id"), reverse=True)
    return Found(tuple(newest_first), tuple(one for one in found if isinstance(one, Problem)))


@dataclass(frozen=True, slots=True)
class _Reading:
    """Runs as they stand after all that was said of them.

    Attributes:
        reader: None where nothing is recorded.
        tips: Of every record.
        said: What waits for the records, by run.
        remote: From where they were fetched; None where they are this clone's.
    """

    reader: RecordReader | None
    tips: Mapping[RunRef, str]
    said: Mapping[RunId, tuple[Event, ...]]
    remote: str | None = None

    def recorded(self, place: RunRef) -> Run | Problem:
        assert self.reader is not None
        try:
            return self.reader.run_at(place, self.tips[place], self.said.get(place.run, ()))
        except GitxpError as error:
            ref = run_ref(place.experiment, place.run)
            if self.remote is not None:
                ref = incoming_refs(self.remote) + ref.removeprefix(SHARED)
            return Problem(ref, str(error))

    def live(self, run: Run) -> Run:
        tip = self.tips.get(RunRef(run.experiment, run.id))
        return with_events(run, self.reader, tip, self.said.get(run.id, ()))


def _has(recorded: Run | None, live: Run) -> bool:
    """Return whether a record holds the session of a journal: it was recorded a moment ago."""
    return recorded is not None and len(recorded.sessions) >= len(live.sessions)
