"""What `git status` says of the working tree, as values."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gitxp.storage.odb.objects import GITLINK_MODE

_UNBORN = "(initial)"
_DETACHED = "(detached)"
# Fields before the path in each kind of line of `git status --porcelain=v2`, and which of them
# is the mode in the working tree.
_FIELDS_BEFORE_PATH = {"1": 8, "u": 10}
_MODE_FIELD = {"1": 4, "u": 5}
# Which of them are the mode and the object in HEAD, which is one of the sides of a conflict.
_HEAD_FIELDS = {"1": (2, 5), "u": (3, 7)}


@dataclass(frozen=True, slots=True)
class WorkingTree:
    """How the working tree differs from HEAD.

    Attributes:
        base: The commit that is checked out; None on an unborn branch.
        branch: The branch that is checked out; None where HEAD is detached.
        changed: Tracked paths whose content in the working tree is not that in the index, with
            their modes in the working tree.
        deleted: Paths of HEAD or the index that the working tree no longer has.
        pinned: Of submodules that differ, the commit that HEAD names; None where it has none.
        staged: Whether the index differs from HEAD.
        needs_index: Whether the index holds what neither HEAD nor a plain file tells: staged
            content, a submodule's folder that is no submodule any more, a conflict.
        untracked: Paths that are neither tracked nor ignored; a nested repository ends in `/`.
    """

    base: str | None
    branch: str | None
    changed: Mapping[str, int]
    deleted: tuple[str, ...]
    pinned: Mapping[str, str | None]
    staged: bool
    needs_index: bool
    untracked: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether all that is tracked is as HEAD has it."""
        return not (self.staged or self.changed or self.deleted)


def parse_status(answer: bytes) -> WorkingTree:
    """Return what `git status --porcelain=v2 -z --branch --no-renames` answered."""
    heads: dict[str, str] = {}
    changed: dict[str, int] = {}
    pinned: dict[str, str | None] = {}
    deleted, untracked = [], []
    staged = needs_index = False
    for line in _lines(answer):
        kind, _, rest = line.partition(" ")
        if kind == "#":
            key, _, value = rest.partition(" ")
            heads[key] = value
        elif kind == "?":
            untracked.append(rest)
        elif kind in _FIELDS_BEFORE_PATH:
            *fields, path = rest.split(" ", _FIELDS_BEFORE_PATH[kind] - 1)
            in_index, on_disk = fields[0][0], fields[0][1]
            is_submodule = fields[1][0] == "S"
            staged = staged or in_index != "."
            if kind == "1" and "D" in (on_disk, in_index) and on_disk in "D.":
                deleted.append(path)
            elif kind == "u" or on_disk != ".":
                mode = changed[path] = int(fields[_MODE_FIELD[kind]], 8)
                is_odd = is_submodule and (in_index != "." or mode != GITLINK_MODE)
                needs_index = needs_index or kind == "u" or is_odd
            else:
                needs_index = True
            if is_submodule:
                mode_field, oid_field = _HEAD_FIELDS[kind]
                was_submodule = int(fields[mode_field], 8) == GITLINK_MODE
                pinned[path] = fields[oid_field] if was_submodule else None
    oid, head = heads.get("branch.oid", _UNBORN), heads.get("branch.head", _DETACHED)
    return WorkingTree(
        base=None if oid == _UNBORN else oid,
        branch=None if head == _DETACHED else head,
        changed=changed,
        deleted=tuple(deleted),
        pinned=pinned,
        staged=staged,
        needs_index=needs_index,
        untracked=tuple(untracked),
    )


def _lines(answer: bytes) -> Iterator[str]:
    return (os.fsdecode(line) for line in answer.split(b"\0") if line)
