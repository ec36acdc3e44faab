"""Refs whose objects are missing: they would stop the user's own `git gc` and `git fetch`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gitxp.errors import GitFailed
from gitxp.storage.odb.kept import restore_kept_packs
from gitxp.storage.odb.presence import is_certain, missing_objects
from gitxp.storage.operations import RefChange
from gitxp.storage.refstore import change_refs, list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.known import forget_lost

COMMAND = "git xp (removing a ref without objects)"


class Mending(StrEnum):
    """What became of one ref."""

    RESTORED = "restored"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Mended:
    """One ref that was broken.

    Attributes:
        commit: What it points to, or pointed to.
        operation: Id of the operation that removed it; empty where it was restored.
    """

    ref: str
    commit: str
    outcome: Mending
    operation: str = ""


def mend_refs(repository: Repository, names: Iterable[str]) -> list[Mended]:
    """Restore what the broken ones of these refs miss from kept packs, else remove them.

    Broken is a ref some of whose objects are missing; one that is whole, or whose record is
    damaged in another way, is passed over. None is removed while objects may just be out of
    reach (`is_certain`). What a remote has of those that are removed, the next fetch brings again.
    """
    asked = set(names)
    refs = list_refs(repository, *asked) if asked else {}
    broken = {name: refs[name] for name in refs.keys() & asked if is_broken(repository, refs[name])}
    if not broken:
        return []
    restore_kept_packs(repository)
    mended = []
    for name, tip in broken.items():
        if not is_broken(repository, tip):
            mended.append(Mended(name, tip, Mending.RESTORED))
        elif is_certain(repository):
            operation = change_refs(repository, [RefChange(name, tip, None)], command=COMMAND)
            mended.append(Mended(name, tip, Mending.REMOVED, operation.id))
    forget_lost(repository, [one.ref for one in mended if one.outcome is Mending.REMOVED])
    return mended


def is_broken(repository: Repository, tip: str) -> bool:
    """Return whether Git misses the tip, a parent of it, or an object of its tree."""
    if missing_objects(repository, [tip]):
        return True
    try:
        header = repository.git("cat-file", "commit", tip).partition(b"\n\n")[0].decode("latin-1")
        listing = repository.git("rev-list", "--objects", "--missing=print", "--no-walk", tip)
    except GitFailed:  # no commit, or one that cannot be read: nothing tells that it is missing
        return False
    parents = [line[7:] for line in header.splitlines() if line.startswith("parent ")]
    return b"\n?" in listing or bool(missing_objects(repository, parents))
