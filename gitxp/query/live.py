"""Runs that are running, as their journals tell them so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitxp.errors import GitxpError
from gitxp.model.event import Event
from gitxp.model.run import Run
from gitxp.storage.journal.places import all_journals
from gitxp.storage.journal.reader import read_journal
from gitxp.storage.repository import Repository

if TYPE_CHECKING:
    from gitxp.storage.reader import RecordReader


@dataclass(frozen=True, slots=True)
class Problem:
    """A record that could not be read, or points of a run.

    Attributes:
        ref: Its ref, or the journal's folder.
    """

    ref: str
    message: str

    @property
    def run(self) -> str:
        """The id of the run, with which either of the two ends."""
        return self.ref.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Live:
    """Runs that have a journal, and journals that could not be read."""

    runs: tuple[Run, ...]
    problems: tuple[Problem, ...]


def live_runs(repository: Repository) -> Live:
    """Return the runs that have a journal, with the last values of their metrics."""
    journals = all_journals(repository)
    if not journals:
        return Live((), ())
    # Loaded here: mostly nothing is running, and to read what is needs half of storage.
    from gitxp.storage.journal.live import live_run

    runs: list[Run] = []
    problems: list[Problem] = []
    for run, folder in journals:
        try:
            journal = read_journal(run, folder)
            if journal is not None:
                runs.append(live_run(journal))
        except FileNotFoundError:  # recorded a moment ago: the ref has it
            continue
        except GitxpError as error:
            problems.append(Problem(str(folder), str(error)))
    return Live(tuple(runs), tuple(problems))


def with_events(
    run: Run, reader: RecordReader | None, tip: str | None, waiting: Iterable[Event]
) -> Run:
    """Return a run that goes on as it stands; its journal tells nothing of what was said of it.

    Args:
        tip: The record that the run carries on; None where there is none.
        waiting: What was said of it and is in no record yet.
    """
    from gitxp.model.standing import fold_events

    try:
        recorded = reader.events(tip) if reader and tip else ()
    except GitxpError:  # which is told of the record itself
        recorded = ()
    events = {one.id: one for one in (*recorded, *waiting)}
    return fold_events(run, events.values())
