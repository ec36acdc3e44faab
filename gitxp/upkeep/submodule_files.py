"""Keeping the large files of submodules that runs name from `git lfs prune` inside of them.

Those of a snapshot are listed, and have a second name, from the start. Those of commits that no
remote has are looked for here, in a command's time.
"""

from __future__ import annotations

from pathlib import Path

from gitxp.artifacts.lasting import LastingNames
from gitxp.artifacts.named import named_by_code
from gitxp.artifacts.submodule_files import (
    SubmoduleFiles,
    all_submodule_files,
    read_submodule_files,
)
from gitxp.errors import GitFailed
from gitxp.storage.configuration import read_configuration
from gitxp.storage.large_layout import parse_unlisted, unlisted_paths
from gitxp.storage.odb.proved import is_partial_clone
from gitxp.storage.repository import Repository
from gitxp.upkeep.unpushed import unpushed_codes


def hold_files_of_submodules(names: LastingNames) -> None:
    """Hold the large files which the commits of submodules in new runs name and no remote has.

    Costs nothing where no commit is new.

    Raises:
        OSError: If something cannot be read or written.
    """
    for path in [*unlisted_paths(names.repository.private_dir)]:
        folder, commit = parse_unlisted(path)
        files = read_submodule_files(names.repository, folder)
        if files is not None:
            _hold(names, files, commit)
        path.unlink(missing_ok=True)


def _hold(names: LastingNames, files: SubmoduleFiles, commit: str) -> None:
    # With its working tree or without: it may have been taken away since.
    submodule = Repository(files.common_dir, files.common_dir, None, None)
    if not files.common_dir.is_dir():
        return
    try:
        if is_partial_clone(read_configuration(submodule)):  # Git would fetch what is missing
            return
        unpushed, pushed = unpushed_codes(submodule, [commit])
        named = named_by_code(submodule, unpushed, but_not=pushed)
    except GitFailed:  # gone from the submodule: nobody knows its files any more
        return
    files.write(
        names.repository,
        commit,
        [
            pointer
            for pointer in named
            if names.hold(pointer.digest, files.lfs_dir) or names.awaits(pointer.digest)
        ],
    )


def hold_refused(names: LastingNames) -> None:
    """Hold what awaits a second name, here and in submodules.

    Raises:
        OSError: If something cannot be read or written.
    """
    names.hold_refused(files.lfs_dir for files in all_submodule_files(names.repository))


def put_back_in_submodules(names: LastingNames) -> list[Path]:
    """Give Git LFS its names in submodules again, where it has pruned there.

    Returns:
        Where objects are that were found to be damaged; none of their names is left.

    Raises:
        OSError: If something cannot be read or written.
    """
    submodules = all_submodule_files(names.repository)
    return [path for files in submodules for path in files.put_back(names)]
