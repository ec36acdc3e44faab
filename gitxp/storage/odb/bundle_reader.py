"""Bundles of unknown origin, opened without Git; `storage/odb/bundle.py` writes them.

Source of the format: `gitformat-bundle(5)`, version 2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gitxp.errors import DamagedRecord
from gitxp.storage.odb.pack_reader import Outside, PackReader

_SIGNATURE = b"# v2 git bundle\n"
_LARGEST_HEAD = 1 << 20
_PREREQUISITE = re.compile(rb"-([0-9a-f]{40})(?: .*)?")
_REFERENCE = re.compile(rb"([0-9a-f]{40}) (.+)")


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle says and holds.

    Attributes:
        tip: The commit that its only reference, `HEAD`, names.
        prerequisites: Commits that whoever takes it must have.
    """

    tip: str
    prerequisites: frozenset[str]
    objects: PackReader


def read_bundle(content: bytes, outside: Outside | None = None) -> Bundle:
    """Open a bundle.

    Args:
        outside: Asked for what a thin pack builds on.

    Raises:
        DamagedRecord: If it is not one, is cut, damaged or beyond the bounds, or has other
            references than `HEAD`.
    """
    end = content.find(b"\n\n", 0, _LARGEST_HEAD)
    if not content.startswith(_SIGNATURE) or end < 0:
        raise DamagedRecord("it is no bundle of version 2")
    prerequisites: set[str] = set()
    tips: list[str] = []
    for line in content[len(_SIGNATURE) : end].split(b"\n"):
        if stated := _PREREQUISITE.fullmatch(line):
            prerequisites.add(stated[1].decode())
        elif (named := _REFERENCE.fullmatch(line)) and named[2] == b"HEAD":
            tips.append(named[1].decode())
        else:
            raise DamagedRecord(f"it says {line[:80]!r}: expected a prerequisite or HEAD")
    if len(tips) != 1:
        raise DamagedRecord(f"it has {len(tips)} references: expected one, HEAD")
    return Bundle(tips[0], frozenset(prerequisites), PackReader(content[end + 2 :], outside))
