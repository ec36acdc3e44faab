"""What `git status` says of the working tree, as values."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

_UNBORN = "(initial)"
_DETACHED = "(detached)"
# Fields before the path in each kind of line of `git status --porcelain=v2`.
_FIELDS_BEFORE_PATH = {"1": 8, "u": 10}


@dataclass(frozen=True, slots=True)
class WorkingTree:
    """How the working tree differs from HEAD.

    Attributes:
        base: The commit that is checked out; None on an unborn branch.
        branch: The branch that is checked out; None where HEAD is detached.
        changed: Tracked paths whose content in the working tree is not that in the index.
        deleted: Tracked paths that the working tree no longer has.
        inside: Submodules with changes of their own that no commit of theirs holds.
        staged: Whether the index differs from HEAD.
        untracked: Paths that are neither tracked nor ignored; a nested repository ends in `/`.
    """

    base: str | None
    branch: str | None
    changed: tuple[str, ...]
    deleted: tuple[str, ...]
    inside: tuple[str, ...]
    staged: bool
    untracked: tuple[str, ...]


def parse_status(answer: bytes) -> WorkingTree:
    """Return what `git status --porcelain=v2 -z --branch --no-renames` answered."""
    heads: dict[str, str] = {}
    changed, deleted, inside, untracked = [], [], [], []
    staged = False
    for line in _lines(answer):
        kind, _, rest = line.partition(" ")
        if kind == "#":
            key, _, value = rest.partition(" ")
            heads[key] = value
        elif kind == "?":
            untracked.append(rest)
        elif kind in _FIELDS_BEFORE_PATH:
            *fields, path = rest.split(" ", _FIELDS_BEFORE_PATH[kind] - 1)
            staged = staged or fields[0][0] != "."
            if kind == "1" and fields[0][1] == "D":
                deleted.append(path)
            elif kind == "u" or fields[0][1] != ".":
                changed.append(path)
            if fields[1][0] == "S" and fields[1][2:] != "..":
                inside.append(path)
    oid, head = heads.get("branch.oid", _UNBORN), heads.get("branch.head", _DETACHED)
    return WorkingTree(
        base=None if oid == _UNBORN else oid,
        branch=None if head == _DETACHED else head,
        changed=tuple(changed),
        deleted=tuple(deleted),
        inside=tuple(inside),
        staged=staged,
        untracked=tuple(untracked),
    )


def _lines(answer: bytes) -> Iterator[str]:
    return (os.fsdecode(line) for line in answer.split(b"\0") if line)
