"""What was said of a run at the very moment in which it was recorded comes into its record."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from gitxp.errors import GitxpError
from gitxp.model.identity import RunId
from gitxp.storage.disk import is_read_only
from gitxp.storage.events.pending import pending_runs
from gitxp.storage.journal.places import find_journal
from gitxp.storage.refs import SHARED, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository


def record_pending(repository: Repository) -> None:
    """Bring what waits into the records of runs that have been recorded since.

    Of runs that go on it waits until they are.
    """
    waiting = [
        run
        for run in pending_runs(repository.private_dir)
        if not find_journal(repository, run).is_dir()
    ]
    try:
        if waiting:
            _record(repository, waiting)
    except OSError as error:
        if not is_read_only(error):
            raise


def _record(repository: Repository, runs: Sequence[RunId]) -> None:
    # Loaded here: most commands find nothing that waits.
    from gitxp.tracking.recording.with_events import record_events

    places = {}
    for ref, tip in list_refs(repository, SHARED).items():
        place = parse_run_ref(ref)
        if place is not None:
            places[place.run] = (ref, tip)
    for run in runs:
        # Damaged, changed this moment, or without room: it waits for another command.
        with suppress(GitxpError):
            if run in places:
                record_events(repository, run, *places[run])
