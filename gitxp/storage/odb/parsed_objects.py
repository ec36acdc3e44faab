"""Objects of records that come as bytes, and are understood here rather than by libgit2."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, NamedTuple

from gitxp.storage.bounds import LARGEST_COMMIT, LARGEST_FILE, LARGEST_TREE
from gitxp.storage.odb.object_reader import ObjectReader
from gitxp.storage.odb.object_text import parse_commit, parse_tree
from gitxp.storage.odb.objects import ObjectKind


class Named(NamedTuple):
    """What stands in a folder."""

    raw_name: bytes
    id: str
    filemode: int


class ParsedObjects(ObjectReader):
    """Reads objects by their bytes, each whole."""

    def size(self, found: Any, path: str) -> int:
        """Return the bytes of a file."""
        return len(self.content(found, path, most=LARGEST_FILE))

    def content(self, found: Any, path: str, *, most: int) -> bytes:
        """Return the content of a file of at most `most` bytes."""
        return self._read(found.id, "blob", most)

    def _tree(self, tip: str) -> str:
        return parse_commit(self._read(tip, "commit", LARGEST_COMMIT)).tree

    def _opened(self, oid: str, path: str) -> list[Any]:
        entries = parse_tree(self._read(oid, "tree", LARGEST_TREE))
        return [Named(name, entry.oid, entry.mode) for name, entry in entries.items()]

    @abstractmethod
    def _read(self, oid: str, kind: ObjectKind, most: int) -> bytes:
        """Return the content of an object of at most `most` bytes, whose id names it."""
