"""Refs whose objects are missing: they would stop the user's own `git gc` and `git fetch`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gitxp.errors import GitFailed
from gitxp.storage.configuration import read_configuration
from gitxp.storage.kept import restore_kept_packs
from gitxp.storage.operations import RefChange
from gitxp.storage.presence import missing_objects
from gitxp.storage.refstore import change_refs, list_refs
from gitxp.storage.repository import Repository

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

    A ref that is whole is passed over. None is removed where objects may just be out of reach: in
    a partial or shallow clone, or where a store that this one borrows from is not there.
    """
    asked = set(names)
    refs = list_refs(repository, *asked) if asked else {}
    tips = {name: tip for name, tip in refs.items() if name in asked}
    broken = {name: tip for name, tip in tips.items() if not _is_whole(repository, tip)}
    if not broken:
        return []
    restore_kept_packs(repository)
    mended = []
    for name, tip in broken.items():
        if _is_whole(repository, tip):
            mended.append(Mended(name, tip, Mending.RESTORED))
        elif not _may_be_out_of_reach(repository):
            operation = change_refs(repository, [RefChange(name, tip, None)], command=COMMAND)
            mended.append(Mended(name, tip, Mending.REMOVED, operation.id))
    return mended


def _is_whole(repository: Repository, tip: str) -> bool:
    """Return whether the commit, its parents and every object of its tree are there."""
    try:
        listing = repository.git("ls-tree", "-r", "-t", "-z", tip).decode(errors="replace")
        header = (
            repository.git("cat-file", "commit", tip).partition(b"\n\n")[0].decode(errors="replace")
        )
    except GitFailed:
        return False
    wanted = [line.split()[2] for line in listing.split("\0") if line]
    wanted += [line.split()[1] for line in header.splitlines() if line.startswith("parent ")]
    return not missing_objects(repository, wanted)


def _may_be_out_of_reach(repository: Repository) -> bool:
    if (repository.common_dir / "shallow").exists():
        return True
    settings = read_configuration(repository)
    if any(key.startswith("remote.") and key.endswith(".promisor") for key in settings):
        return True
    try:
        links = (repository.common_dir / "objects/info/alternates").read_text().splitlines()
    except FileNotFoundError:
        return False
    objects = repository.common_dir / "objects"
    return not all((objects / link).is_dir() for link in links if link)
