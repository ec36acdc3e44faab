"""What the bytes of commits and trees say.

Source of the formats: `git-cat-file(1)`, `git-mktree(1)`, `gitformat-signature(5)`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gitxp.errors import DamagedRecord
from gitxp.storage.odb.objects import Entry

_OBJECT_ID = re.compile(rb"[0-9a-f]{40}")
_SIGNED = re.compile(rb"(.*) <(.*)> (-?\d+) ([+-]\d{4})", re.DOTALL)
# Beside mode and name, 22 bytes: a space, a zero and the id.
_TREE_ENTRY = re.compile(rb"([0-9]+) ([^\0]*)\0(.{20})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as it is spelled.

    Attributes:
        headers: Name and value of each header line, in order; lines that go on are joined.
        seconds: The committer date in seconds since 1970.
        zone: The committer's time zone, such as `+0000`.
    """

    tree: str
    parents: tuple[str, ...]
    headers: tuple[tuple[str, bytes], ...]
    seconds: int
    zone: str
    message: str

    @property
    def author(self) -> str:
        """Who wrote it, without the date."""
        told = next((value for name, value in self.headers if name == "author"), b"")
        return told.decode(errors="replace").rpartition(">")[0] + ">"


def parse_commit(content: bytes) -> Commit:
    """Return what a commit's bytes say.

    Raises:
        DamagedRecord: If they are not those of a commit.
    """
    head, _, message = content.partition(b"\n\n")
    headers = _headers(head)
    trees = [value for name, value in headers if name == "tree"]
    parents = [value for name, value in headers if name == "parent"]
    committers = [value for name, value in headers if name == "committer"]
    signed = _SIGNED.fullmatch(committers[0]) if committers else None
    if len(trees) != 1 or not all(map(_OBJECT_ID.fullmatch, (*trees, *parents))) or signed is None:
        raise DamagedRecord("a commit lacks its tree or committer, or names a parent wrongly")
    return Commit(
        tree=trees[0].decode(),
        parents=tuple(parent.decode() for parent in parents),
        headers=headers,
        seconds=int(signed[3]),
        zone=signed[4].decode(),
        message=message.decode(errors="replace"),
    )


def _headers(head: bytes) -> tuple[tuple[str, bytes], ...]:
    found: list[tuple[str, bytes]] = []
    for line in head.split(b"\n"):
        if line.startswith(b" ") and found:
            name, value = found[-1]
            found[-1] = (name, value + b"\n" + line[1:])
        else:
            word, _, value = line.partition(b" ")
            found.append((word.decode(errors="replace"), value))
    return tuple(found)


def parse_tree(content: bytes) -> dict[bytes, Entry]:
    """Return the entries of a tree by name; `objects.tree_object` is the way back.

    Raises:
        DamagedRecord: If the bytes are not those of a tree.

    Example:
        >>> from gitxp.storage.odb.objects import EMPTY_TREE, TREE_MODE, tree_object
        >>> entries = {b"a": Entry(EMPTY_TREE, TREE_MODE)}
        >>> parse_tree(tree_object(entries).content) == entries
        True
    """
    found = _TREE_ENTRY.findall(content)
    if sum(len(mode) + len(name) for mode, name, _ in found) != len(content) - 22 * len(found):
        raise DamagedRecord("a tree ends amid an entry")
    try:
        return {name: Entry(oid.hex(), int(mode, 8)) for mode, name, oid in found}
    except ValueError as error:
        raise DamagedRecord(f"a tree holds a mode that is none: {error}") from error
