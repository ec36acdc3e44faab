"""What tells a file that a snapshot lacks from any other: its time, and where it is cheap a digest.

What looks secret has no digest: whoever reads the record could try possible contents until one
has it, and those of a `.env` are few.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

from gitxp.capture.code.left_out import MOST_ENTRIES
from gitxp.capture.code.tree_file import read_tree_file
from gitxp.model.run import LeftOut
from gitxp.storage.odb.tree_edit import LINK_MODE

# Of all files together: little beside what a capture that met a limit has looked at before.
_MOST_BYTES = 1 << 20
Objection = Callable[[str, bytes], str | None]


def identified(
    top: str, left_out: Sequence[LeftOut], objection: Objection, *, head_bytes: int
) -> list[LeftOut]:
    """Return the entries; those of single files, as many as a record names, with what they are.

    Args:
        top: Of the working tree.
        objection: Why a file looks secret, by its path and its first `head_bytes`.
    """
    room = _MOST_BYTES
    found: list[LeftOut] = []
    for left in islice(left_out, MOST_ENTRIES):
        told = _with_time(top, left)
        if told.modified is not None and (told.size or 0) <= room:
            room -= told.size or 0
            told = _with_digest(top, told, objection, head_bytes)
        found.append(told)
    return [*found, *left_out[MOST_ENTRIES:]]


def _with_time(top: str, left: LeftOut) -> LeftOut:
    try:
        place = os.lstat(f"{top}/{left.path}")
    except OSError:
        return left
    if not stat.S_ISREG(place.st_mode):
        return left
    try:
        modified = datetime.fromtimestamp(place.st_mtime, UTC)
    except (OverflowError, ValueError, OSError):  # a year that no calendar has
        return left
    return replace(left, modified=modified)


def _with_digest(top: str, left: LeftOut, objection: Objection, head_bytes: int) -> LeftOut:
    size = left.size or 0
    try:
        mode, content = read_tree_file(f"{top}/{left.path}", size)
    except OSError:
        return left
    has_changed = mode in (None, LINK_MODE) or len(content) != size
    if has_changed or objection(left.path, content[:head_bytes]):
        return left
    return replace(left, digest=f"sha256:{hashlib.sha256(content).hexdigest()}")
