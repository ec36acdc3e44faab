"""Which untracked files belong in a snapshot, by their sizes first and then their first bytes.

The rule is told to users in `docs/reference/code-capture.md`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitxp.capture.code.derived import split_derived
from gitxp.capture.code.identified import identified
from gitxp.capture.code.left_out import by_folder
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


# Enough to know a key, or a file of credentials.
_HEAD_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class SnapshotLimits:
    """What of that which Git does not track a snapshot may hold.

    Attributes:
        file_bytes: Of one file.
        total_bytes: Of all of them.
        files: How many.
        objection: Why a file must stay out, by its path and first bytes; None where it may come.
    """

    file_bytes: int
    total_bytes: int
    files: int
    objection: Callable[[str, bytes], str | None] = lambda _path, _head: None


class _Budget:
    """What is left of the limits."""

    def __init__(self, limits: SnapshotLimits) -> None:
        self._limits = limits
        self._files, self._bytes = limits.files, limits.total_bytes

    def refusal(self, files: int, size: int) -> str:
        """Return why so much is too much; empty where it is not."""
        if files > self._files:
            return f"more than {self._limits.files} untracked files"
        if size > self._bytes:
            return f"untracked files over {self._limits.total_bytes} bytes in all"
        return ""

    def take(self, files: int, size: int) -> None:
        self._files -= files
        self._bytes -= size


def choose_untracked(
    top: Path, paths: Sequence[str], limits: SnapshotLimits
) -> tuple[tuple[str, ...], tuple[LeftOut, ...]]:
    """Return the untracked paths to keep, and what is left out with the reason.

    Sources come first, then what lies near the top, then what is small. Of environments and
    caches each is kept whole or not at all, after everything else; they are told first. Files
    that are told one by one, as sources and what looks secret are, have what identifies them.
    """
    own, derived = split_derived(paths)
    budget = _Budget(limits)
    left_out: list[LeftOut] = []
    candidates: list[tuple[str, int]] = []
    for path in own:
        size, reason = _weigh(f"{top}/{path}", limits)
        if reason:
            left_out.append(LeftOut(path, reason, size))
        else:
            candidates.append((path, size or 0))
    kept: list[str] = []
    looked_into: set[str] = set()
    for path, size in sorted(candidates, key=_rank):
        if reason := budget.refusal(1, size):
            left_out.append(LeftOut(path, reason, size))
        elif reason := _refused(top, path, limits):
            left_out.append(LeftOut(path, reason, size))
            looked_into.add(path)
        else:
            budget.take(1, size)
            kept.append(path)
    told = by_folder(left_out, kept, lambda left: _is_source(left.path) or left.path in looked_into)
    told = identified(str(top), told, limits.objection, head_bytes=_HEAD_BYTES)
    folders: list[LeftOut] = []
    for folder, members in sorted(derived.items(), key=lambda item: (len(item[1]), item[0])):
        if left := _refused_folder(top, folder, members, limits, budget):
            folders.append(left)
        else:
            kept += members
    return tuple(kept), (*folders, *told)


def _refused_folder(
    top: Path, folder: str, members: Sequence[str], limits: SnapshotLimits, budget: _Budget
) -> LeftOut | None:
    """Return the entry for a folder that cannot be kept whole; else take its budget."""
    weights = [_weigh(f"{top}/{path}", limits) for path in members]
    total = sum(size or 0 for size, _ in weights)
    reason = next((reason for _, reason in weights if reason), "")
    reason = reason or budget.refusal(len(members), total)
    if not reason:
        reason = next((why for path in members if (why := _refused(top, path, limits))), "")
    if not reason:
        budget.take(len(members), total)
        return None
    return LeftOut(f"{folder}/", f"{len(members)} files: {_DERIVED}, {reason}", total)


def _rank(candidate: tuple[str, int]) -> tuple[bool, int, int, str]:
    path, size = candidate
    return not _is_source(path), path.count("/"), size, path


def _is_source(path: str) -> bool:
    name = path[path.rfind("/") + 1 :]
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    return suffix in _SOURCES or name in _SOURCE_NAMES


def _refused(top: Path, path: str, limits: SnapshotLimits) -> str:
    """Return why a file cannot come in, now that its first bytes are looked at."""
    try:
        return limits.objection(path, _read_head(f"{top}/{path}")) or ""
    except OSError as error:
        return f"cannot be read: {(error.strerror or str(error)).lower()}"


def _read_head(place: str) -> bytes:
    """Return what a snapshot would hold of a file first; of a link that is where it leads."""
    if os.path.islink(place):  # noqa: PTH114
        return os.readlink(os.fsencode(place))  # noqa: PTH115
    with open(place, "rb") as file:  # noqa: PTH123  # a path may be 100,000 times
        return file.read(_HEAD_BYTES)


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
