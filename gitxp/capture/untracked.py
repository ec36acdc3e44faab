"""Which untracked files belong in a snapshot, decided before any byte of them is read.

The rule is told to users in `docs/reference/code-capture.md`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gitxp.capture.derived import derived_folders
from gitxp.capture.left_out import by_folder, told_as_one
from gitxp.model.run import LeftOut

# What people write rather than programs; data files may end in `.json` or `.csv`.
# fmt: off
_SOURCES = frozenset((
    ".bash", ".c", ".cc", ".cfg", ".cpp", ".cu", ".cuh", ".cxx", ".f90", ".go", ".h", ".hpp",
    ".ini", ".ipynb", ".java", ".jl", ".js", ".lua", ".m", ".md", ".ml", ".pl", ".proto", ".py",
    ".pyi", ".pyx", ".r", ".rmd", ".rs", ".rst", ".scala", ".sh", ".sql", ".swift", ".toml",
    ".ts", ".yaml", ".yml",
))
# fmt: on
_SOURCE_NAMES = frozenset({"Dockerfile", "Makefile", "Snakefile", "Justfile"})
_DERIVED = "an environment or cache"


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


class _Budget:
    """What is left of the limits."""

    def __init__(self, limits: SnapshotLimits) -> None:
        self._limits = limits
        self._files, self._bytes = limits.files, limits.total_bytes

    def refusal(self, files: int, size: int) -> str:
        """Return why so much is too much, or an empty text and count it as taken."""
        if files > self._files:
            return f"more than {self._limits.files} untracked files"
        if size > self._bytes:
            return f"untracked files over {self._limits.total_bytes} bytes in all"
        self._files -= files
        self._bytes -= size
        return ""


def choose_untracked(
    top: Path, paths: Sequence[str], limits: SnapshotLimits
) -> tuple[tuple[str, ...], tuple[LeftOut, ...]]:
    """Return the untracked paths to keep, and what is left out with the reason.

    Sources come first, then what lies near the top, then what is small. Of environments and
    caches each is kept whole or not at all, after everything else.
    """
    derived = derived_folders(paths)
    budget = _Budget(limits)
    own: list[tuple[str, int]] = []
    folders: dict[str, list[LeftOut]] = {}
    left_out: list[LeftOut] = []
    for path in paths:
        size, reason = _weigh(f"{top}/{path}", limits)
        if path in derived:
            folders.setdefault(derived[path], []).append(LeftOut(path, reason, size))
        elif reason:
            left_out.append(LeftOut(path, reason, size))
        else:
            own.append((path, size or 0))
    kept: list[str] = []
    for path, size in sorted(own, key=_rank):
        reason = _unreadable(top, path) or budget.refusal(1, size)
        if reason:
            left_out.append(LeftOut(path, reason, size))
        else:
            kept.append(path)
    left_out = by_folder(left_out, kept)
    for folder, group in sorted(folders.items(), key=lambda item: (len(item[1]), item[0])):
        if reason := _refusal_of_folder(top, group, budget):
            left_out.append(told_as_one(f"{folder}/", group, f"{_DERIVED}, {reason}"))
        else:
            kept += [member.path for member in group]
    return tuple(kept), tuple(left_out)


def _rank(candidate: tuple[str, int]) -> tuple[bool, int, int, str]:
    path, size = candidate
    name = path[path.rfind("/") + 1 :]
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    is_source = suffix in _SOURCES or name in _SOURCE_NAMES
    return not is_source, path.count("/"), size, path


def _refusal_of_folder(top: Path, group: Sequence[LeftOut], budget: _Budget) -> str:
    """Return why a folder cannot be kept whole; its budget is taken where it can."""
    if reason := next((one.reason for one in group if one.reason), ""):
        return reason
    if reason := next((reason for one in group if (reason := _unreadable(top, one.path))), ""):
        return reason
    return budget.refusal(len(group), sum(one.size or 0 for one in group))


def _unreadable(top: Path, path: str) -> str:
    place = top / path
    if place.is_symlink() or os.access(place, os.R_OK):
        return ""
    return "cannot be read: permission denied"


def _weigh(place: str, limits: SnapshotLimits) -> tuple[int | None, str]:
    """Return a file's size, and why it must stay out (empty where it may come in)."""
    if place.endswith("/"):
        return None, "a repository of its own"
    try:
        found = os.lstat(place)
    except OSError as error:
        return None, f"cannot be read: {error.strerror}"
    if stat.S_ISLNK(found.st_mode):
        return found.st_size, ""
    if not stat.S_ISREG(found.st_mode):
        return None, "neither a file nor a link"
    if found.st_size > limits.file_bytes:
        return found.st_size, f"an untracked file over {limits.file_bytes} bytes"
    return found.st_size, ""
