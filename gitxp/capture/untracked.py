"""Which untracked files belong in a snapshot, decided before any byte of them is read."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gitxp.model.run import LeftOut


@dataclass(frozen=True, slots=True)
class SnapshotLimits:
    """How much of what Git does not track a snapshot may hold.

    Attributes:
        file_bytes: Of one file.
        total_bytes: Of all of them.
        files: How many.
    """

    file_bytes: int
    total_bytes: int
    files: int


def choose_untracked(
    top: Path, paths: Sequence[str], limits: SnapshotLimits
) -> tuple[tuple[str, ...], tuple[LeftOut, ...]]:
    """Return the untracked paths to keep, and those to leave out with the reason.

    The smallest files are kept first: code is small.
    """
    kept: list[str] = []
    left_out: list[LeftOut] = []
    sizes: list[tuple[int, str]] = []
    for path in paths:
        size, reason = _weigh(top, path, limits)
        if reason:
            left_out.append(LeftOut(path, reason, size))
        else:
            sizes.append((size or 0, path))
    total = 0
    for size, path in sorted(sizes):
        if len(kept) >= limits.files:
            left_out.append(LeftOut(path, f"more than {limits.files} untracked files", size))
        elif total + size > limits.total_bytes:
            left_out.append(
                LeftOut(path, f"untracked files over {limits.total_bytes} bytes in all", size)
            )
        else:
            kept.append(path)
            total += size
    return tuple(kept), tuple(sorted(left_out, key=lambda left: left.path))


def _weigh(top: Path, path: str, limits: SnapshotLimits) -> tuple[int | None, str]:
    """Return a file's size, and why it must stay out (empty where it may come in)."""
    if path.endswith("/"):
        return None, "a repository of its own"
    try:
        found = (top / path).lstat()
    except OSError as error:
        return None, f"cannot be read: {error.strerror}"
    if stat.S_ISLNK(found.st_mode):
        return found.st_size, ""
    if not stat.S_ISREG(found.st_mode):
        return None, "neither a file nor a link"
    if found.st_size > limits.file_bytes:
        return found.st_size, f"an untracked file over {limits.file_bytes} bytes"
    if not os.access(top / path, os.R_OK):
        return found.st_size, "cannot be read: permission denied"
    return found.st_size, ""
