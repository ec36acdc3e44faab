"""Telling the commits that go apart: records, snapshots, and the user's own history."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from gitxp.storage.code.code_commit import code_commit
from gitxp.storage.record_commit import EMPTY_ROOT, MERGE_MESSAGE

_SECONDS: Final = re.compile(rb"> (\d+) [+-]\d{4}$")


class Role(StrEnum):
    """What a commit is."""

    RECORD = "record"
    SNAPSHOT = "snapshot"
    HISTORY = "history"


class Commit(NamedTuple):
    """A commit as its bytes tell.

    Attributes:
        author: Name and address.
    """

    tree: str
    parents: tuple[str, ...]
    author: bytes
    seconds: int
    message: bytes

    @property
    def subject(self) -> bytes:
        """The first line of its message."""
        return self.message.partition(b"\n")[0]


def parse_commit(content: bytes) -> Commit:
    """Return what the bytes of a commit tell; they are Git's, and so well formed."""
    head, _, message = content.partition(b"\n\n")
    tree, author, seconds = "", b"", 0
    parents = []
    for line in head.split(b"\n"):
        word, _, value = line.partition(b" ")
        if word == b"tree":
            tree = value.decode()
        elif word == b"parent":
            parents.append(value.decode())
        elif word == b"author":
            author = value.rpartition(b"> ")[0] + b">"
        elif word == b"committer" and (match := _SECONDS.search(line)):
            seconds = int(match[1])
    return Commit(tree, tuple(parents), author, seconds, message)


class Roles:
    """Knows what each commit is, if told of them as Git lists them: children before parents.

    Records are the tips, and what leads to one as a record does; so no commit of the user's own
    is taken for one, whatever its message says.
    """

    def __init__(self, tips: Iterable[str]) -> None:
        """Begin with the records that are sent."""
        self._records = {*tips, EMPTY_ROOT.oid}

    def role_of(self, oid: str, commit: Commit) -> Role:
        """Return what a commit is."""
        if oid in self._records:
            self._records.discard(oid)
            self._records |= _records_before(commit)
            return Role.RECORD
        return Role.SNAPSHOT if _is_snapshot(oid, commit) else Role.HISTORY


def _records_before(commit: Commit) -> set[str]:
    """Return the records of which a record was made: of its parents all but the code."""
    if not commit.parents:
        return set()
    if commit.message == MERGE_MESSAGE.encode():
        return {commit.parents[0], commit.parents[-1]}
    return {commit.parents[0]}


def _is_snapshot(oid: str, commit: Commit) -> bool:
    """Whether gitxp makes this very commit of its tree and its parent."""
    if len(commit.parents) > 1:
        return False
    base = commit.parents[0] if commit.parents else None
    return code_commit(commit.tree, base, commit.seconds).oid == oid
