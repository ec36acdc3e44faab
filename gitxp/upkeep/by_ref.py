"""Runs found by their refs alone: also those whose records nobody can read."""

from __future__ import annotations

import re
from contextlib import suppress

from gitxp.errors import GitxpError
from gitxp.model.run import Run
from gitxp.storage.layout import journal_dir
from gitxp.storage.operations import read_operations
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import SHARED, RunRef, parse_run_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.trash import Trashed
from gitxp.upkeep.trash import read_trashed

# As short as Git lets an abbreviated object id be.
_PREFIX = re.compile(r"[0-9a-f]{4,32}")


def runs_by_ref(repository: Repository, text: str) -> list[Run]:
    """Return the recorded runs whose ids begin with `text`, but those that go on at the moment.

    One that cannot be read, or that is not the run which its ref names, has no sessions: all
    that is known of it is its ref.
    """
    if not _PREFIX.fullmatch(text):
        return []
    found = []
    for ref, tip in list_refs(repository, SHARED).items():
        place = parse_run_ref(ref)
        if place is None or not place.run.startswith(text):
            continue
        if not journal_dir(repository.private_dir, place.run).is_dir():
            found.append(_read(repository, place, tip))
    return found


def trashed_run(repository: Repository, trashed: Trashed) -> Run:
    """Return a removed run, as far as it can be read.

    Raises:
        DamagedRecord: If it cannot, and no operation tells of which experiment it was.
    """
    try:
        return read_trashed(repository, trashed)
    except GitxpError:
        for operation in read_operations(repository.private_dir):
            for place in (parse_run_ref(change.ref) for change in operation.changes):
                if place is not None and place.run == trashed.run:
                    return _unread(place, trashed.tip)
        raise


def _read(repository: Repository, place: RunRef, tip: str) -> Run:
    with suppress(GitxpError):
        return RecordReader(repository).run_at(place, tip)
    return _unread(place, tip)


def _unread(place: RunRef, tip: str) -> Run:
    return Run(place.run, place.experiment, sessions=(), tip=tip)
