"""Merging two records of one run: a pure function, so that two clones make the same commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gitxp.storage.layout import EVENTS, RUN, is_written_once
from gitxp.storage.odb.objects import Entry, GitObject, build_trees
from gitxp.storage.record_commit import IDENTITY, MERGE_MESSAGE


@dataclass(frozen=True, slots=True)
class Tip:
    """What merging needs to know of a record commit.

    Attributes:
        oid: Id of the commit.
        seconds: Its committer date in seconds since 1970.
        code: The code commit that is among its parents; None without one.
        files: Every file of the record by path.
    """

    oid: str
    seconds: int
    code: str | None
    files: Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Same:
    """Both are one record."""

    oid: str


@dataclass(frozen=True, slots=True)
class FastForward:
    """One record descends from the other: `oid` is the later."""

    oid: str


@dataclass(frozen=True, slots=True)
class Merged:
    """Both are in `commit`; `objects` are the trees that it needs, and itself."""

    commit: GitObject
    objects: tuple[GitObject, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The file at `path` breaks the rule that records only grow, in the way `reason` says."""

    path: str
    reason: str


Outcome = Same | FastForward | Merged | Refused


def merge_records(one: Tip, other: Tip, bases: Sequence[Tip]) -> Outcome:
    """Return the record that holds what both hold; the order of the two does not matter.

    Args:
        one: A tip of the run's record.
        other: Another tip of it.
        bases: Their best common ancestors, as `git merge-base --all` names them; the shared
            root may be left out.
    """
    if one.oid == other.oid:
        return Same(one.oid)
    first, second = sorted((one, other), key=lambda tip: tip.oid)
    for tip in (first, second):
        refused = _broken_rule(tip, bases)
        if refused is not None:
            return refused
    known = {base.oid for base in bases}
    if first.oid in known:
        return FastForward(second.oid)
    if second.oid in known:
        return FastForward(first.oid)
    return _merge(first, second, bases)


def _broken_rule(tip: Tip, bases: Sequence[Tip]) -> Refused | None:
    for base in bases:
        for path, entry in sorted(base.files.items()):
            if path not in tip.files:
                return Refused(path, "vanished")
            if is_written_once(path) and tip.files[path] != entry:
                return Refused(path, "changed, though it is written once")
    return None


def _merge(first: Tip, second: Tip, bases: Sequence[Tip]) -> Merged | Refused:
    files: dict[str, Entry] = {}
    ahead: Tip | None = None
    for path in sorted(first.files.keys() | second.files.keys()):
        if any(folder in files for folder in _folders(path)):
            return Refused(path, "is in a folder that is a file on the other side")
        picked = _pick(path, first, second, bases)
        if isinstance(picked, Refused):
            return picked
        winner, files[path] = picked
        if winner is not None and ahead is not None and winner is not ahead:
            return Refused(path, "changed on one side, and another file on the other")
        ahead = ahead or winner
    if ahead is None and first.code != second.code:
        return Refused(RUN, "is the same on both sides, and their code is not")
    return _merged(first, second, files, code=(ahead or first).code)


def _pick(
    path: str, first: Tip, second: Tip, bases: Sequence[Tip]
) -> tuple[Tip | None, Entry] | Refused:
    """Return the entry to keep and, for a file that only the run's home writes, whose it is."""
    here, there = first.files.get(path), second.files.get(path)
    if here is not None and here == there:
        return None, here
    if path.startswith(f"{EVENTS}/"):
        found = here or there
        is_one = found is not None and (here is None or there is None)
        return (None, found) if is_one and found else Refused(path, "has two contents")
    old = {base.files.get(path) for base in bases} or {None}
    if here is not None and there in old and here not in old:
        return first, here
    if there is not None and here in old and there not in old:
        return second, there
    return Refused(path, "changed on both sides")


def _folders(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _merged(first: Tip, second: Tip, files: Mapping[str, Entry], *, code: str | None) -> Merged:
    tree, trees = build_trees(files)
    parents = [first.oid, *([code] if code else []), second.oid]
    identity = f"{IDENTITY} {max(first.seconds, second.seconds)} +0000"
    lines = [
        f"tree {tree}",
        *(f"parent {parent}" for parent in parents),
        f"author {identity}",
        f"committer {identity}",
        "",
        MERGE_MESSAGE,
    ]
    commit = GitObject("commit", "\n".join(lines).encode())
    return Merged(commit, (*trees, commit))
