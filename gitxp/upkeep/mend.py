"""Refs whose objects are missing: they would stop the user's own `git gc` and `git fetch`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gitxp.errors import GitFailed
from gitxp.storage.odb.kept import restore_kept_packs
from gitxp.storage.odb.presence import are_stores_readable, does_without_some, missing_objects
from gitxp.storage.operations import RefChange
from gitxp.storage.refstore import change_refs, list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.transport.known import forget_lost

COMMAND = "git xp (removing a ref without objects)"


class Mending(StrEnum):
    """What became of one ref; in a shallow or partial clone it stays."""

    RESTORED = "restored"
    REMOVED = "removed"
    KEPT = "kept"


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


def mend_refs(
    repository: Repository, names: Iterable[str], *, are_replaced: bool = False
) -> list[Mended]:
    """Restore what the broken ones of these refs miss from kept packs, else remove them.

    Broken is a ref some of whose objects are missing; one that is whole, or whose record is
    damaged in another way, is passed over. In a shallow or partial clone none is removed: nobody
    can tell what is lost there. What a remote has of those that are broken, the next fetch brings
    again. Where a store cannot be read nothing is done at all.

    Args:
        are_replaced: What a remote has of them is here, and takes their place; so they are removed
            also where a shallow or partial clone perhaps does without what they lack.
    """
    asked = set(names)
    refs = list_refs(repository, *asked) if asked else {}
    broken = broken_among(repository, {name: refs[name] for name in refs.keys() & asked})
    if not broken:
        return []
    restore_kept_packs(repository)
    still = broken_among(repository, broken)
    mended = [Mended(ref, tip, Mending.RESTORED) for ref, tip in broken.items() if ref not in still]
    if not still or not are_stores_readable(repository):
        return mended
    if are_replaced or not does_without_some(repository):
        mended += [_removed(repository, ref, tip) for ref, tip in still.items()]
    else:
        mended += [Mended(ref, tip, Mending.KEPT) for ref, tip in still.items()]
    if not are_replaced:
        forget_lost(repository, still)
    return mended


def _removed(repository: Repository, ref: str, tip: str) -> Mended:
    operation = change_refs(repository, [RefChange(ref, tip, None)], command=COMMAND)
    return Mended(ref, tip, Mending.REMOVED, operation.id)


def broken_among(repository: Repository, tips: Mapping[str, str]) -> dict[str, str]:
    """Return by ref those tips of which some object is missing; mostly none is, told at once."""
    if not is_broken(repository, *tips.values()):
        return {}
    if len(tips) == 1:
        return dict(tips)
    each = list(tips.items())
    middle = len(each) // 2
    halves = dict(each[:middle]), dict(each[middle:])
    return {ref: tip for half in halves for ref, tip in broken_among(repository, half).items()}


def is_broken(repository: Repository, *tips: str) -> bool:
    """Return whether Git misses one of these tips, a parent of one, or an object of its tree."""
    if not tips or missing_objects(repository, tips):
        return bool(tips)
    given = "".join(f"{tip}\n" for tip in tips).encode()
    walk = ("--objects", "--missing=print", "--no-walk", "--parents", "--stdin")
    try:
        listing = repository.git("rev-list", *walk, given=given)
    except GitFailed:  # no commit, or one that cannot be read: nothing tells that it is missing
        return len(tips) > 1 and any(is_broken(repository, tip) for tip in tips)
    if b"\n?" in listing:
        return True
    commits = {tip.encode() for tip in tips}
    told = (line.split() for line in listing.splitlines() if line[:40] in commits)
    return bool(missing_objects(repository, {oid.decode() for found in told for oid in found}))
