"""What lies in the trash."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from gitxp.errors import DamagedRecord
from gitxp.model.identity import RunId
from gitxp.model.run import Run
from gitxp.storage.reader import RecordReader
from gitxp.storage.refs import TRASH, parse_trash_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.upkeep.undo import undoable


@dataclass(frozen=True, slots=True)
class Trashed:
    """A removed run that waits to expire."""

    ref: str
    run: RunId
    tip: str


def list_trash(repository: Repository) -> list[Trashed]:
    """Return every removed run, the one removed last first."""
    found = []
    for ref, tip in list_refs(repository, TRASH).items():
        run = parse_trash_ref(ref)
        if run is not None:
            found.append(Trashed(ref, run, tip))
    return found[::-1]


def read_trashed(repository: Repository, trashed: Trashed) -> Run:
    """Return a removed run as its record tells it.

    Raises:
        DamagedRecord: If the record cannot be read, or is that of another run.
    """
    run = RecordReader(repository).run(trashed.tip)
    if run.id != trashed.run:
        raise DamagedRecord(f"the record in {trashed.ref} is that of {run.experiment}/{run.id}")
    return run


def ways_back(repository: Repository, runs: Collection[str]) -> dict[str, str]:
    """Return what to type for each of some runs that lies in the trash, by its id."""
    trashed = {one.ref: str(one.run) for one in list_trash(repository) if one.run in runs}
    if not trashed:
        return {}
    found = dict.fromkeys(trashed.values(), "git xp undo --list")
    for operation in reversed(undoable(repository)):  # the newest last, which is what counts
        for change in operation.changes:
            if change.ref in trashed and change.after is not None:
                found[trashed[change.ref]] = f"git xp undo {operation.id}"
    return found
