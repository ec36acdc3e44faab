"""Which large files a purge lets go of: those that no other run names, here or in submodules."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gitxp.artifacts.large_code import new_pointers
from gitxp.artifacts.lasting import LastingNames
from gitxp.artifacts.named import named_by_records
from gitxp.artifacts.submodule_files import read_lists
from gitxp.errors import DamagedRecord, GitFailed, GitxpError
from gitxp.model.identity import RunId
from gitxp.model.run import Code, Run
from gitxp.storage.journal.fold import fold_journal
from gitxp.storage.journal.reader import list_journals, read_journal
from gitxp.storage.large_layout import (
    kept_objects,
    large_paths,
    lists_of_files,
    submodule_dirs,
)
from gitxp.storage.layout import SUBMODULES, parse_bundle_path
from gitxp.storage.odb.object_stream import object_stream
from gitxp.storage.odb.object_text import parse_tree
from gitxp.storage.odb.presence import is_certain, missing_objects
from gitxp.storage.refs import SHARED, TRASH, parse_run_ref, parse_trash_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository


@dataclass(frozen=True, slots=True)
class UnneededFiles:
    """What no other run needs of some runs.

    Attributes:
        uncommitted: Digests of large artifacts, and of large files of code that was not committed.
        held: Digests of all others that have a second name.
        lists: Of large files of submodules.
    """

    uncommitted: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    lists: frozenset[Path] = frozenset()

    @property
    def are_any(self) -> bool:
        """Whether anything is to be let go."""
        return bool(self.uncommitted or self.held or self.lists)

    def let_go(self, repository: Repository) -> None:
        """Take their second names away, and the lists."""
        LastingNames(repository).drop(self.uncommitted | self.held)
        for path in self.lists:
            path.unlink(missing_ok=True)


def unneeded_files(
    repository: Repository, runs: Sequence[Run], tips: Sequence[str]
) -> UnneededFiles:
    """Return the large files that runs with these tips name, and no other run.

    Raises:
        GitFailed: If other records, which may name the same large files, cannot be read.
    """
    ids = {run.id for run in runs}
    codes = [session.code for run in runs for session in run.sessions]
    submodules = [submodule for code in codes for submodule in code.submodules]
    lists = _lists(repository, _bundled(path for one in submodules for path in one.bundles))
    snapshots = {one.commit for one in submodules if one.dirty}
    uncommitted = _digests(path for path in lists if path.name in snapshots)
    uncommitted.update(one.oid for run in runs for one in run.artifacts if one.is_lfs)
    uncommitted.update(digest for code in codes for digest in _new_files(repository, code))
    found = uncommitted | _digests(lists) | _held(repository, tips)
    if not found and not lists:
        return UnneededFiles()
    others = _other_tips(repository, ids)
    try:
        needed = named_by_records(repository, others, running_code(repository, ids))
        needed_lists = _other_lists(repository, others, ids)
    except (DamagedRecord, GitFailed) as error:
        what = f"other runs may name the same large files, and cannot be read: {error}"
        raise GitFailed(what, hint="git xp verify") from error
    unneeded = found - needed - _digests(needed_lists)
    return UnneededFiles(
        frozenset(uncommitted & unneeded),
        frozenset(unneeded - uncommitted),
        frozenset(lists - needed_lists),
    )


def stray_files(repository: Repository) -> UnneededFiles:
    """Return the large files that have a second name and that no run needs any more.

    Their runs were not purged: somebody deleted a ref, or one without objects was removed. None
    are told while a run is just starting, or something that may name them cannot be read.

    Raises:
        GitFailed: If a record cannot be read.
    """
    private = repository.private_dir
    # First of all: whatever is needed was named before, by a journal or a record.
    names = {path.name for path in large_paths(private)}
    lists = {path for folder in submodule_dirs(private) for path in lists_of_files(folder)}
    if not (names or lists) or not is_certain(repository):
        return UnneededFiles()
    # Before the refs: a run that is recorded meanwhile is among either.
    codes = _every_running_code(repository)
    tips = _other_tips(repository, ())
    if codes is None or missing_objects(repository, tips):
        return UnneededFiles()
    needed_lists = _other_lists(repository, tips, ())
    needed = named_by_records(repository, tips, codes) | _digests(needed_lists)
    needed.update(path.name for path in kept_objects(private))
    return UnneededFiles(held=frozenset(names - needed), lists=frozenset(lists - needed_lists))


def _every_running_code(repository: Repository) -> set[str] | None:
    """Return the code commits of all runs which are running; None where one cannot be told."""
    commits = set()
    for run, folder in list_journals(repository.private_dir):
        try:
            journal = read_journal(run, folder)
            if journal is None:
                return None
            commits.add(fold_journal(journal).run.code.commit)
        except FileNotFoundError:  # recorded this moment
            continue
        except GitxpError:
            return None
    return {commit for commit in commits if commit is not None}


def running_code(repository: Repository, ids: Collection[RunId]) -> set[str]:
    """Return the code commits of runs which are running, but for those with `ids`."""
    commits = set()
    for run, folder in list_journals(repository.private_dir):
        with suppress(GitxpError, FileNotFoundError):
            journal = read_journal(run, folder)
            if journal is not None and run not in ids:
                commits.add(fold_journal(journal).run.code.commit)
    return {commit for commit in commits if commit is not None}


def _new_files(repository: Repository, code: Code) -> Iterator[str]:
    if code.dirty and code.commit is not None:
        with suppress(GitFailed):  # of a snapshot that is lost nobody knows the files
            yield from (one.digest for one in new_pointers(repository, code).values())


def _held(repository: Repository, tips: Sequence[str]) -> set[str]:
    names = LastingNames(repository)
    if not names.are_any:
        return set()
    try:
        named = named_by_records(repository, tips)
    except GitFailed:  # of a record that cannot be read nobody knows the files
        return set()
    return {digest for digest in named if names.find(digest) is not None}


def _other_tips(repository: Repository, ids: Collection[RunId]) -> list[str]:
    return [
        tip
        for ref, tip in list_refs(repository, SHARED, TRASH).items()
        if (place := parse_run_ref(ref)) is None or place.run not in ids
        if parse_trash_ref(ref) not in ids
    ]


def _other_lists(repository: Repository, tips: Iterable[str], ids: Collection[RunId]) -> set[Path]:
    """Return the lists of the commits of which other runs have bundles, running ones too."""
    if not any(submodule_dirs(repository.private_dir)):
        return set()
    with object_stream(repository) as stream:
        found = stream.read([f"{tip}:{SUBMODULES}" for tip in tips])
    names = [os.fsdecode(name) for one in found if one for name in parse_tree(one[1])]
    for run, folder in list_journals(repository.private_dir):
        if run not in ids:
            names += (path.name for path in (folder / SUBMODULES).glob("*"))
    return _lists(repository, _bundled(f"{SUBMODULES}/{name}" for name in names))


def _bundled(paths: Iterable[str]) -> set[str]:
    """Return the commits that bundles bring, by their paths."""
    return {commit for path in paths if (commit := parse_bundle_path(path)) is not None}


def _digests(lists: Iterable[Path]) -> set[str]:
    return {pointer.digest for pointer in read_lists(lists)}


def _lists(repository: Repository, commits: Collection[str]) -> set[Path]:
    folders = submodule_dirs(repository.private_dir)
    paths = (path for folder in folders for path in lists_of_files(folder))
    return {path for path in paths if path.name in commits}
