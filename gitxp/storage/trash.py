"""What lies in the trash, what put it there, and how it comes back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from gitxp.model.identity import RunId
from gitxp.storage.operations import Operation, changes_backwards, undoable
from gitxp.storage.refs import SHARED, TRASH, about_ref, parse_run_ref, parse_trash_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository

_ANY = "git xp undo --list"


@dataclass(frozen=True, slots=True)
class Trashed:
    """A removed run that waits to expire."""

    ref: str
    run: RunId
    tip: str


@dataclass(frozen=True, slots=True)
class Removed:
    """What became of a run that lies in the trash.

    Attributes:
        command: What put it there; empty where the log of operations does not tell.
        way_back: What to type: what brings it back and takes nothing else back, or, where there is
            no such command, what lists those that can be taken back.
    """

    command: str
    way_back: str


def list_trash(repository: Repository) -> list[Trashed]:
    """Return every removed run, the one removed last first."""
    found = []
    for ref, tip in list_refs(repository, TRASH).items():
        run = parse_trash_ref(ref)
        if run is not None:
            found.append(Trashed(ref, run, tip))
    return found[::-1]


def removals(repository: Repository, runs: Collection[str]) -> dict[str, Removed]:
    """Return what became of each of some runs that lies in the trash, by its id."""
    trashed = {one.ref: str(one.run) for one in list_trash(repository) if one.run in runs}
    if not trashed:
        return {}
    found = dict.fromkeys(trashed.values(), Removed("", _ANY))
    can_be_undone = {operation.id for operation in undoable(repository.private_dir)}
    told: set[str] = set()  # the latest counts
    for operation, change in changes_backwards(repository.private_dir):
        run = trashed.get(change.ref)
        if run is None or change.after is None or run in told:
            continue
        told.add(run)
        is_way = operation.id in can_be_undone and _changes_only(operation, runs)
        found[run] = Removed(operation.command, f"git xp undo {operation.id}" if is_way else _ANY)
    return found


def _changes_only(operation: Operation, runs: Collection[str]) -> bool:
    """Whether an operation was of no other runs, their experiments' own records aside."""
    own: set[str] = set()
    for change in operation.changes:
        of = parse_run_ref(change.ref)
        if of is not None and of.run in runs:
            own |= {change.ref, about_ref(of.experiment)}
    changed = [one.ref for one in operation.changes] + [one.ref for one in operation.said]
    return all(ref in own for ref in changed if ref.startswith(SHARED))
