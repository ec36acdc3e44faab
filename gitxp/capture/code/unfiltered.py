"""Snapshots of what Git keeps byte for byte: made here, without a copy of the index.

Most edits are such. Git itself says whether one is, by the id that it would give to the file:
where that is another than that of the bytes (line endings, filters, Git LFS), or where the index
holds what the working tree does not tell, the answer is None and `scratch_index.py` does it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from gitxp.capture.code.look import Base, Look
from gitxp.capture.code.tree_file import read_tree_file
from gitxp.errors import GitFailed
from gitxp.storage.git import finish_git
from gitxp.storage.git_path import path_in_tree
from gitxp.storage.odb.objects import GITLINK_MODE, Entry, GitObject
from gitxp.storage.odb.tree_edit import EXECUTABLE_MODE, LINK_MODE, edited_tree

# What is more than this is better not held in memory.
_MOST_BYTES = 16 << 20
# Seconds. What takes longer is a filter, or a file that became a pipe without a writer.
_PATIENCE = 2.0


def unfiltered_tree(
    top: Path, look: Look, base: Base | None, untracked: Iterable[str]
) -> tuple[str, list[GitObject]] | None:
    """Return the id of the working tree, and the blobs and trees that the base may lack.

    Args:
        top: Of the working tree.
        base: What is checked out.
        untracked: Paths to add.
    """
    tree = look.tree
    if base is None or tree.needs_index or look.hidden or look.needs_attributes:
        return None
    wanted: dict[str, int | None] = {**tree.changed, **dict.fromkeys(untracked)}
    try:
        found = _read_all(top, wanted)
    except OSError:
        return None
    if found is None or not _is_kept_as_it_is(look, found):
        return None
    edits: dict[str, Entry | None] = dict.fromkeys(tree.deleted)
    edits |= {path: Entry(oid, GITLINK_MODE) for path, oid in look.moved.items()}
    edits |= {path: Entry(oid, mode) for path, (mode, oid, _) in found.items()}
    in_tree = {path_in_tree(path): entry for path, entry in edits.items()}
    top_tree, trees = edited_tree(look.questions.stream, base.tree, in_tree)
    return top_tree, [*(blob for _, _, blob in found.values()), *trees]


_Found = Mapping[str, tuple[int, str, GitObject]]


def _read_all(top: Path, wanted: Mapping[str, int | None]) -> _Found | None:
    """Return mode, id and blob of each path; None where that needs a closer look."""
    found = {}
    left = _MOST_BYTES
    for path, told_mode in wanted.items():
        mode, content = read_tree_file(f"{top}/{path}", left)
        left -= len(content)
        if mode is None or left < 0:
            return None
        if told_mode is None and mode == EXECUTABLE_MODE:
            return None  # whether that counts is a setting (`core.fileMode`)
        if told_mode is not None and (told_mode == LINK_MODE) != (mode == LINK_MODE):
            return None  # changed meanwhile, or links are files here (`core.symlinks`)
        blob = GitObject("blob", content)
        found[path] = (told_mode or mode, blob.oid, blob)
    return found


def _is_kept_as_it_is(look: Look, found: _Found) -> bool:
    """Whether Git gives every file the id of its bytes.

    Where it looks without the index it converts no less than with it: a file that it leaves
    alone here, it leaves alone there.
    """
    files = {path: oid for path, (mode, oid, _) in found.items() if mode != LINK_MODE}
    asked = b"".join(_line(path) for path in files)
    try:
        answer = finish_git(look.questions.hashing, asked, patience=_PATIENCE)
    except GitFailed:
        return False
    return answer.decode().split() == list(files.values())


def _line(path: str) -> bytes:
    if "\n" in path or "\r" in path or path.startswith('"'):
        for plain, spelled in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
            path = path.replace(plain, spelled)
        path = f'"{path}"'
    return os.fsencode(path) + b"\n"
