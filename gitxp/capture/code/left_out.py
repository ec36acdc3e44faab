"""Telling what a snapshot does not hold, in few lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from gitxp.model.run import LeftOut

# As many as anyone reads; a record is read whole each time it is looked at.
MOST_ENTRIES = 100
# Of files of one folder; more are told as one.
_MOST_OF_A_FOLDER = 10


def by_folder(left_out: Iterable[LeftOut], kept: Iterable[str]) -> list[LeftOut]:
    """Return the entries, many files of one folder as a single one, sorted by path.

    Args:
        kept: Paths that the snapshot holds; no folder of theirs is told as left out.
    """
    held: set[str] = set()
    for path in kept:
        _add_folders(held, path)
    groups: dict[str, list[LeftOut]] = {}
    for left in left_out:
        groups.setdefault(_outermost(left.path, held), []).append(left)
    found: list[LeftOut] = []
    for folder, group in groups.items():
        found += [_told_as_one(folder, group)] if len(group) > _MOST_OF_A_FOLDER else group
    return sorted(found, key=lambda left: left.path)


def _told_as_one(folder: str, group: Sequence[LeftOut]) -> LeftOut:
    reason = Counter(left.reason for left in group).most_common(1)[0][0]
    total = sum(left.size or 0 for left in group)
    return LeftOut(folder or ".", f"{len(group)} files: {reason}", total)


def bounded(left_out: tuple[LeftOut, ...]) -> tuple[LeftOut, ...]:
    """Return the entries, at most `MOST_ENTRIES`, the last of which then stands for the rest."""
    if len(left_out) <= MOST_ENTRIES:
        return left_out
    rest = left_out[MOST_ENTRIES - 1 :]
    total = sum(left.size or 0 for left in rest)
    return (*left_out[: MOST_ENTRIES - 1], LeftOut(".", f"{len(rest)} more entries", total))


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
