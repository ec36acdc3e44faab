"""Telling what a snapshot does not hold, in few lines."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

from gitxp.model.run import LeftOut

# As many as anyone reads; a record is read whole each time it is looked at.
MOST_ENTRIES = 100
# Of files of one folder that are left out for one reason; more are told as one.
_MOST_OF_A_FOLDER = 10
# Of files that Git does not list, and that are counted one by one while a run starts.
_MOST_COUNTED = 10_000


def by_folder(
    left_out: Iterable[LeftOut], kept: Iterable[str], matters: Callable[[LeftOut], bool]
) -> list[LeftOut]:
    """Return the entries, many files of one folder and reason as a single one, sorted by path.

    Args:
        kept: Paths that the snapshot holds; no folder of theirs is told as left out.
        matters: Of which entries each is told, for as long as there is room in a record.
    """
    held: set[str] = set()
    for path in kept:
        _add_folders(held, path)
    groups: dict[tuple[str, str, bool], list[LeftOut]] = {}
    for left in left_out:
        key = (_outermost(left.path, held), left.reason, matters(left))
        groups.setdefault(key, []).append(left)
    found: list[LeftOut] = []
    many: dict[tuple[str, str, bool], list[LeftOut]] = {}
    for key, group in groups.items():
        if len(group) > _MOST_OF_A_FOLDER:
            many[key] = group
        else:
            found += group
    room = MOST_ENTRIES - len(found) - len(many)
    for (folder, reason, is_each_told), group in sorted(many.items(), key=lambda one: len(one[1])):
        if is_each_told and len(group) - 1 <= room:
            room -= len(group) - 1
            found += group
        else:
            found.append(_told_as_one(folder, reason, group))
    return sorted(found, key=lambda left: (left.path, left.reason))


def _told_as_one(folder: str, reason: str, group: Sequence[LeftOut]) -> LeftOut:
    total = sum(left.size or 0 for left in group)
    return LeftOut(folder or ".", f"{len(group)} files: {reason}", total)


def bounded(left_out: tuple[LeftOut, ...]) -> tuple[LeftOut, ...]:
    """Return the entries, at most `MOST_ENTRIES`, the last of which then stands for the rest."""
    if len(left_out) <= MOST_ENTRIES:
        return left_out
    rest = left_out[MOST_ENTRIES - 1 :]
    total = sum(left.size or 0 for left in rest)
    return (*left_out[: MOST_ENTRIES - 1], LeftOut(".", f"{len(rest)} more entries", total))


def files_left(folder: Path) -> LeftOut | None:
    """Return the entry for files where a submodule belongs; None where there are none."""
    found = (Path(inside) / name for inside, _, names in os.walk(folder) for name in names)
    files = list(islice(found, _MOST_COUNTED + 1))
    if not files:
        return None
    reason = "where a submodule belongs that is not there"
    if len(files) > _MOST_COUNTED:
        return LeftOut(".", f"more than {_MOST_COUNTED} files: {reason}")
    count = f"{len(files)} file{'' if len(files) == 1 else 's'}"
    return LeftOut(".", f"{count}: {reason}", sum(map(_size, files)))


def _size(file: Path) -> int:
    try:
        return file.lstat().st_size
    except OSError:  # gone meanwhile
        return 0


def _add_folders(held: set[str], path: str) -> None:
    folder = path.rpartition("/")[0]
    while folder and folder not in held:
        held.add(folder)
        folder = folder.rpartition("/")[0]


def _outermost(path: str, held: set[str]) -> str:
    """Return the outermost folder of a path of which nothing is kept, with `/` at the end.

    Where each of its folders holds something kept, the files of the innermost go together.
    """
    end = path.find("/")
    while end != -1 and path[:end] in held:
        end = path.find("/", end + 1)
    if end == -1:
        return path[: path.rfind("/") + 1]
    return path[: end + 1]
