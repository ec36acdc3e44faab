"""All runs of a repository: those recorded, and those that are running."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

from gitxp.errors import GitxpError
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run
from gitxp.storage.journal.places import all_journals
from gitxp.storage.journal.reader import read_journal
from gitxp.storage.live import live_run
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import SHARED, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository


@dataclass(frozen=True, slots=True)
class Problem:
    """A record that could not be read.

    Attributes:
        ref: Its ref, or the journal's folder.
    """

    ref: str
    message: str


@dataclass(frozen=True, slots=True)
class Found:
    """Runs, the newest first, and what could not be read beside them."""

    runs: tuple[Run, ...]
    problems: tuple[Problem, ...]


def find_runs(repository: Repository, *, experiment: ExperimentName | None = None) -> Found:
    """Return every run; a damaged record is named and passed over.

    Args:
        experiment: Only its runs, and those of experiments below it.
    """
    runs: dict[RunId, Run] = {}
    problems: list[Problem] = []
    # Before the refs: what is recorded meanwhile is among those then, and missed nowhere.
    live = _live(repository)
    prefix = f"{SHARED}{experiment}/" if experiment else SHARED
    places = {ref: (parse_run_ref(ref), tip) for ref, tip in list_refs(repository, prefix).items()}
    reader: RecordReader | None = None
    for ref, (place, tip) in places.items():
        if place is None:
            continue
        reader = reader or RecordReader(repository)
        try:
            runs[place.run] = reader.run_at(place, tip)
        except GitxpError as error:
            problems.append(Problem(ref, str(error)))
    for found in live:
        if isinstance(found, Problem):
            problems.append(found)
        elif _belongs(found, experiment) and not _has(runs.get(found.id), found):
            runs[found.id] = found
    newest_first = sorted(runs.values(), key=attrgetter("started", "id"), reverse=True)
    return Found(tuple(newest_first), tuple(problems))


def _live(repository: Repository) -> list[Run | Problem]:
    found: list[Run | Problem] = []
    for run, folder in all_journals(repository):
        try:
            journal = read_journal(run, folder)
            if journal is not None:
                found.append(live_run(journal))
        except FileNotFoundError:  # recorded a moment ago: the ref has it
            continue
        except GitxpError as error:
            found.append(Problem(str(folder), str(error)))
    return found


def _has(recorded: Run | None, live: Run) -> bool:
    """Return whether a record holds the session of a journal: it was recorded a moment ago."""
    return recorded is not None and len(recorded.sessions) >= len(live.sessions)


def _belongs(run: Run, experiment: ExperimentName | None) -> bool:
    return experiment is None or f"{run.experiment}/".startswith(f"{experiment}/")
