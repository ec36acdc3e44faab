"""The objects of small packs that lie beside the store, such as those of a run just recorded.

A store of thousands of packs takes some fifty milliseconds before the first object is read, and
a pack that is known by name almost none. Its bytes are as little believed as those of a bundle
(`pack_reader.py`): each object has the id under which it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from gitxp.errors import DamagedRecord
from gitxp.storage.bounds import MEBIBYTE
from gitxp.storage.odb.objects import ObjectKind
from gitxp.storage.odb.pack_reader import PackReader
from gitxp.storage.odb.parsed_objects import ParsedObjects

# To go through one takes some ten milliseconds: less than to open a store of a thousand packs.
_LARGEST_PACK: Final = MEBIBYTE
_LARGEST_UNPACKED: Final = 16 * MEBIBYTE


class PackedObjects(ParsedObjects):
    """Reads what some packs hold; whatever else a record builds on counts as missing."""

    def __init__(self, paths: Iterable[Path]) -> None:
        """Go through packs; one that is gone, large or damaged is passed over."""
        self._packs = [pack for path in paths if (pack := _pack(path)) is not None]

    def __contains__(self, oid: str) -> bool:
        return any(oid in pack.kinds for pack in self._packs)

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
