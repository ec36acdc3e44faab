"""The code of runs beside each other: equal trees are equal code, of others Git tells the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitxp.comparison.differences.comparison import Cell, Row
from gitxp.comparison.values import ChangedLines, Digest
from gitxp.errors import GitFailed
from gitxp.model.run import Code, Run
from gitxp.storage.code.changed_files import ChangedFile, changed_files
from gitxp.storage.repository import Repository

Changes = Mapping[str, ChangedFile] | GitFailed


def code_facts(run: Run) -> dict[str, Any]:
    """Return which code a run ran, and where that came from."""
    code = run.code
    if code.commit is None:
        return {"not captured": code.failure}
    told = {
        "tree": code.tree and Digest(code.tree),
        "branch": code.branch,
        "base": code.base and Digest(code.base),
        "uncommitted changes": code.dirty,
        "left out": len(code.left_out) or None,
        **{f"submodule {one.path}": _submodule(one.commit, one.dirty) for one in code.submodules},
    }
    return {field: value for field, value in told.items() if value is not None}


def changed_rows(repository: Repository, runs: Sequence[Run]) -> Iterator[Row]:
    """Yield how the code of each run differs from that of the first: in sum, then file by file.

    The first is the first run whose code is known. A run has no cell for a file that is as there.
    """
    trees = [run.code.tree if run.code.commit else None for run in runs]
    known = list(dict.fromkeys(tree for tree in trees if tree))
    if len(known) < 2:
        return
    found: dict[str, Changes] = {known[0]: {}, **changed_files(repository, known[0], known[1:])}
    changes = [found[tree] if tree else None for tree in trees]
    yield Row("lines changed", tuple(map(_sum, changes)))
    reported = {f"submodule {one.path}" for run in runs for one in run.code.submodules}
    paths = dict.fromkeys(
        path for one in found.values() if isinstance(one, Mapping) for path in sorted(one)
    )
    for path in paths:
        if f"submodule {path}" not in reported:
            yield Row(path, tuple(_of_file(one, path) for one in changes))


def has_other_code(code: Code, first: Code) -> bool:
    """Return whether there is something for `git xp diff` to show."""
    return None not in (code.tree, first.tree) and code.tree != first.tree


def _submodule(commit: str, is_dirty: bool) -> str:  # noqa: FBT001
    return f"{Digest(commit).short}{' and uncommitted changes' if is_dirty else ''}"


def _sum(changes: Changes | None) -> Cell | None:
    if changes is None:
        return None
    if isinstance(changes, GitFailed):
        return Cell(f"cannot be compared: {changes}")
    files = changes.values()
    more = sum(one.insertions or 0 for one in files)
    less = sum(one.deletions or 0 for one in files)
    return Cell(ChangedLines(len(changes), more, less))


def _of_file(changes: Changes | None, path: str) -> Cell | None:
    if not isinstance(changes, Mapping) or path not in changes:
        return None
    return Cell(changes[path])
