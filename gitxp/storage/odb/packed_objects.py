"""The objects of small packs that lie beside the store, such as those of a run just recorded.

A store of thousands of packs takes some fifty milliseconds before the first object is read, and
a pack that is known by name almost none. Its bytes are as little believed as those of a bundle
(`pack_reader.py`): each object has the id under which it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from gitxp.errors import DamagedRecord
from gitxp.storage.bounds import LARGEST_COMMIT, LARGEST_FILE, LARGEST_TREE, MEBIBYTE
from gitxp.storage.odb.object_reader import ObjectReader
from gitxp.storage.odb.object_text import parse_commit, parse_tree
from gitxp.storage.odb.objects import ObjectKind
from gitxp.storage.odb.pack_reader import PackReader

# To go through one takes some ten milliseconds: less than to open a store of a thousand packs.
_LARGEST_PACK: Final = MEBIBYTE
_LARGEST_UNPACKED: Final = 16 * MEBIBYTE


class Named(NamedTuple):
    """What stands in a folder."""

    raw_name: bytes
    id: str
    filemode: int


class PackedObjects(ObjectReader):
    """Reads what some packs hold; whatever else a record builds on counts as missing."""

    def __init__(self, paths: Iterable[Path]) -> None:
        """Go through packs; one that is gone, large or damaged is passed over."""
        self._packs = [pack for path in paths if (pack := _pack(path)) is not None]

    def __contains__(self, oid: str) -> bool:
        return any(oid in pack.kinds for pack in self._packs)

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

    def _read(self, oid: str, kind: ObjectKind, most: int) -> bytes:
        for pack in self._packs:
            if oid in pack.kinds:
                return pack.read(oid, kind, most=most)
        raise DamagedRecord(f"{kind} {oid} is missing")


def _pack(path: Path) -> PackReader | None:
    with suppress(OSError, DamagedRecord), path.open("rb") as file:
        content = file.read(_LARGEST_PACK + 1)
        if len(content) <= _LARGEST_PACK:
            return PackReader(content, most=_LARGEST_UNPACKED)
    return None
