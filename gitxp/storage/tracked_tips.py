"""What remotes are known to have, as far as the files of refs tell without a process."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from gitxp.storage.repository import Repository

_REMOTE_LINE = re.compile(rb"^([0-9a-f]{40}) (refs/remotes/.+)$", re.MULTILINE)
# Where there are thousands of branches Git is asked.
_MOST_BYTES = 256 << 10
_MOST_FILES = 200


def tracked_tips(repository: Repository) -> frozenset[str]:
    """Return what remote-tracking branches lead to; none where there are very many.

    As Git does, loose refs are read first: one that is packed meanwhile is found in either place.
    """
    top = repository.common_dir
    loose: dict[bytes, bytes] = {}
    for number, name in enumerate(_loose(top)):
        if number == _MOST_FILES:
            return frozenset()
        try:
            loose[name] = (top / os.fsdecode(name)).read_bytes().strip()
        except OSError:  # packed this very moment, or deleted
            return frozenset()
    try:
        with (top / "packed-refs").open("rb") as file:
            packed = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        packed = b""
    if len(packed) > _MOST_BYTES:
        return frozenset()
    tips = {name: oid for oid, name in _REMOTE_LINE.findall(packed)} | loose
    return frozenset(os.fsdecode(oid) for oid in tips.values())


def _loose(top: Path) -> Iterator[bytes]:
    for folder, _, files in os.walk(top / "refs" / "remotes"):
        for name in files:
            if name.endswith(".lock"):  # not said yet
                continue
            yield os.fsencode(Path(folder, name).relative_to(top))
