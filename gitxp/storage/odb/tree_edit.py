"""A tree with some paths changed: only the folders that lead to them are read and written anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from gitxp.errors import GitFailed
from gitxp.storage.git_path import decode_path
from gitxp.storage.odb.object_stream import ObjectStream
from gitxp.storage.odb.objects import FILE_MODE, TREE_MODE, Entry, GitObject, build_trees

EXECUTABLE_MODE = 0o100755
LINK_MODE = 0o120000
_KIND = 0o170000
_FILE_KIND = 0o100000


def edited_tree(
    stream: ObjectStream, base: str, edits: Mapping[str, Entry | None]
) -> tuple[str, list[GitObject]]:
    """Return the id of the tree `base` with the edits, and every tree that leads to one of them.

    Args:
        edits: What each path is to be; None where it is to be gone, which comes first.

    Raises:
        GitFailed: If a tree is missing.
    """
    folders = {str(folder) for path in edits for folder in PurePosixPath(path).parents}
    files = _unfolded(stream, base, folders)
    for path, entry in edits.items():
        if entry is None:
            files.pop(path, None)
    files.update((path, entry) for path, entry in edits.items() if entry is not None)
    return build_trees(files)


def _unfolded(stream: ObjectStream, base: str, folders: set[str]) -> dict[str, Entry]:
    """Return all entries of `folders` by path, those of each other folder as one."""
    files: dict[str, Entry] = {}
    level = {"": base}
    while level:
        below: dict[str, str] = {}
        for place, found in zip(level, stream.read(list(level.values())), strict=True):
            if found is None:
                raise GitFailed(f"tree {level[place]} is missing")
            for name, entry in _entries(found[1]):
                path = place + name
                if entry.mode == TREE_MODE and path in folders:
                    below[f"{path}/"] = entry.oid
                else:
                    files[path] = entry
        level = below
    return files


def _entries(content: bytes) -> Iterator[tuple[str, Entry]]:
    start = 0
    while start < len(content):
        end = content.index(b"\0", start)
        mode, _, name = content[start:end].partition(b" ")
        start = end + 21
        yield decode_path(name), Entry(content[end + 1 : start].hex(), _canonical(int(mode, 8)))


def _canonical(mode: int) -> int:
    """Return the mode that Git writes today; very old trees hold others for files."""
    if mode & _KIND != _FILE_KIND:
        return mode
    return EXECUTABLE_MODE if mode & 0o100 else FILE_MODE
