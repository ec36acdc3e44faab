"""Large files in the submodules of runs: they belong to the submodules' own remotes."""

from __future__ import annotations

from collections.abc import Iterable

from gitxp.artifacts.submodule_files import read_lists
from gitxp.model.run import Run
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.large_layout import lists_of_commit
from gitxp.storage.repository import Repository


def large_files_of_submodules(
    repository: Repository, runs: Iterable[Run]
) -> dict[str, set[Pointer]]:
    """Return by path of a submodule the large files that runs have of it, and its remote may lack.

    They are known of snapshots and of commits that no remote had.
    """
    codes = [session.code for run in runs for session in run.sessions]
    commits: dict[str, set[str]] = {}
    for one in (submodule for code in codes for submodule in code.submodules):
        commits.setdefault(one.path, set()).update(filter(None, (one.commit, one.head)))
    private = repository.private_dir
    found = {
        path: read_lists(place for commit in some for place in lists_of_commit(private, commit))
        for path, some in commits.items()
    }
    return {path: pointers for path, pointers in found.items() if pointers}
