"""Git's index, read without a process where it is small and of the usual form.

Source of the format: `gitformat-index(5)`, versions 2 and 3.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

# A file of more is better left to Git, which reads it in C.
_MOST_BYTES = 256 << 10
_HEADER = struct.Struct(">4sII")
# What `stat` told, but for the mode; the id; the flags.
_ENTRY = struct.Struct(">24xI12x20sH")
_MORE_FLAGS = struct.Struct(">H")
_EXTENSION = struct.Struct(">4sI")
_EXTENDED = 0x4000
_ASSUME_UNCHANGED = 0x8000
_SKIP_WORKTREE = 0x4000
_DIGEST_BYTES = 20


class IndexEntry(NamedTuple):
    """What the index says of one path; of one with conflicts several times."""

    path: bytes
    mode: int
    oid: str
    stage: int
    assume_unchanged: bool
    skip_worktree: bool


def read_index(path: Path) -> list[IndexEntry] | None:
    """Return every entry of an index; None where only Git can tell, or there is none."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        signature, version, count = _HEADER.unpack_from(content)
        if len(content) > _MOST_BYTES or signature != b"DIRC" or version not in (2, 3):
            return None
        entries, end = _read_entries(content, count)
        return None if _is_split_or_sparse(content, end) else entries
    except (FileNotFoundError, struct.error, ValueError):  # none; or cut short
        return None


def _read_entries(content: bytes, count: int) -> tuple[list[IndexEntry], int]:
    """Return the entries, and where the last of them ends."""
    entries = []
    start = _HEADER.size
    for _ in range(count):
        mode, oid, flags = _ENTRY.unpack_from(content, start)
        name = start + _ENTRY.size
        more = 0
        if flags & _EXTENDED:
            (more,) = _MORE_FLAGS.unpack_from(content, name)
            name += _MORE_FLAGS.size
        end = content.index(b"\0", name)
        entries.append(
            IndexEntry(
                content[name:end],
                mode,
                oid.hex(),
                stage=flags >> 12 & 3,
                assume_unchanged=bool(flags & _ASSUME_UNCHANGED),
                skip_worktree=bool(more & _SKIP_WORKTREE),
            )
        )
        start += (end - start + 8) // 8 * 8  # at least one zero, up to a multiple of eight
    return entries, start


def _is_split_or_sparse(content: bytes, start: int) -> bool:
    """Whether an extension changes what the entries mean: their names begin with no capital."""
    while start + _DIGEST_BYTES < len(content):
        name, size = _EXTENSION.unpack_from(content, start)
        if not name[:1].isupper():
            return True
        start += _EXTENSION.size + size
    return False
