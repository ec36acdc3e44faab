"""Records' trees side by side: what differs is found without a look below what does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gitxp.storage.odb.objects import TREE_MODE, Entry
from gitxp.upkeep.verify.folders import Folders

# Of one path, what each of the trees has there.
Entries = tuple[Entry | None, ...]


def differing(folders: Folders, trees: Sequence[str | None]) -> Iterator[tuple[str, Entries]]:
    """Yield each file that the trees do not have alike, by path; None is a tree of nothing."""
    for _, _, rest in _levels(folders, trees):
        yield from _files(rest)


def aligned(folders: Folders, trees: Sequence[str]) -> Iterator[tuple[str, Entries]]:
    """Yield each file of the trees by path; a folder that all have alike as a single entry."""
    for place, alike, rest in _levels(folders, trees):
        for name, entry in alike:
            yield f"{place}{name}", (entry,) * len(trees)
        yield from _files(rest)


def _levels(
    folders: Folders, trees: Sequence[str | None]
) -> Iterator[tuple[str, set[tuple[str, Entry]], Mapping[str, Entries]]]:
    """Yield each folder's place, what all have alike in it by name, and the others by path."""
    waiting = [("", trees)]
    while waiting:
        place, level = waiting.pop()
        opened = [folders.read(place, tree).entries if tree else {} for tree in level]
        alike = set(opened[0].items()).intersection(*(entries.items() for entries in opened))
        names = {name for entries in opened for name, _ in entries.items() - alike}
        rest = {
            f"{place}{name}": tuple(entries.get(name) for entries in opened)
            for name in sorted(names)
        }
        yield place, alike, rest
        for path, found in rest.items():
            below = [tree_of(entry) for entry in found]
            if any(below):
                waiting.append((f"{path}/", below))


def _files(rest: Mapping[str, Entries]) -> Iterator[tuple[str, Entries]]:
    for path, found in rest.items():
        files = tuple(None if tree_of(entry) else entry for entry in found)
        if any(files):
            yield path, files


def tree_of(entry: Entry | None) -> str | None:
    """Return the tree of a folder; None of anything else."""
    return entry.oid if entry is not None and entry.mode == TREE_MODE else None
