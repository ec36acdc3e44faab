"""Purging runs: what a record holds by mistake leaves this clone for good."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from gitxp.artifacts.large_code import new_pointers
from gitxp.artifacts.lasting import LastingNames
from gitxp.artifacts.named import named_by_records
from gitxp.errors import GitFailed, GitxpError
from gitxp.model.event import Removal
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run
from gitxp.storage.configuration import configured_author, remote_names
from gitxp.storage.events.appending import NewEvent
from gitxp.storage.events.saying import change_refs_and_say
from gitxp.storage.journal.fold import fold_journal
from gitxp.storage.journal.reader import list_journals, read_journal
from gitxp.storage.layout import (
    is_said_folder,
    journal_dir,
    pending_dir,
    recorded_dir,
    said_pack_path,
)
from gitxp.storage.odb.object_stream import object_stream
from gitxp.storage.odb.pack import Pack, pack_oids
from gitxp.storage.operations import RefChange
from gitxp.storage.refs import LIVE_CODE, SHARED, TRASH, parse_run_ref, parse_trash_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.upkeep.large_files import forget_what_was_looked_through
from gitxp.upkeep.remove import removable_tip
from gitxp.upkeep.trash import list_trash

# Not a command that `git xp undo` could take back: it does not begin as those do.
_COMMAND = "purge runs"


@dataclass(frozen=True, slots=True)
class Purged:
    """What was purged, and where it may be still.

    Attributes:
        lfs_objects: Digests of large artifacts, and of large files of the code that were not
            committed, which lie in the LFS folder of this clone; those that other runs name, too,
            left out.
        remotes: Names of the remotes to which the runs may have been pushed.
    """

    runs: tuple[RunId, ...]
    lfs_objects: tuple[str, ...]
    remotes: tuple[str, ...]


def purge_runs(repository: Repository, runs: Sequence[Run]) -> Purged:
    """Delete runs from refs, trash and kept packs, and say that they were removed.

    Their objects are out of reach then, and gone with the next `git gc --prune=now`.

    Raises:
        RunStillActive: If one of them has not been recorded yet.
        RunKept: If somebody said that one of them is to be kept.
        RefChanged: If one of them was changed meanwhile.
        GitFailed: If other records, which may name the same large files, cannot be read.
    """
    tips = [removable_tip(run) for run in runs]
    ids = {run.id for run in runs}
    new_files = {digest for run in runs for digest in _lfs_objects(repository, run)}
    unneeded = _unneeded_files(repository, tips, new_files, ids)
    changes, removals = _changes(repository, runs, ids)
    now = datetime.now(UTC)
    author = configured_author(repository)
    events = [NewEvent(name, tuple(said), author, now) for name, said in removals.items()]
    change_refs_and_say(repository, changes, events, command=_COMMAND)
    _drop_kept(repository, ids)
    if unneeded:
        LastingNames(repository).drop(unneeded)
        forget_what_was_looked_through(repository)
    return Purged(
        runs=tuple(run.id for run in runs),
        lfs_objects=tuple(sorted(new_files & unneeded)),
        remotes=tuple(sorted(remote_names(repository))),
    )


def _lfs_objects(repository: Repository, run: Run) -> Iterator[str]:
    yield from (one.oid for one in run.artifacts if one.is_lfs)
    for code in (session.code for session in run.sessions):
        if code.dirty and code.commit is not None:
            with suppress(GitFailed):  # of a snapshot that is lost nobody knows the files
                yield from (one.digest for one in new_pointers(repository, code).values())


def _unneeded_files(
    repository: Repository, tips: Sequence[str], new_files: Collection[str], ids: Collection[RunId]
) -> set[str]:
    """Return the large files that the runs with these tips name, and no other run."""
    found = {*new_files, *_held_files(repository, tips)}
    if not found:
        return found
    others = [
        tip
        for ref, tip in list_refs(repository, SHARED, TRASH).items()
        if (place := parse_run_ref(ref)) is None or place.run not in ids
        if parse_trash_ref(ref) not in ids
    ]
    try:
        return found - named_by_records(repository, others, _running_code(repository, ids))
    except GitFailed as error:
        what = f"other runs may name the same large files, and cannot be read: {error}"
        raise GitFailed(what, hint="git xp verify") from error


def _held_files(repository: Repository, tips: Sequence[str]) -> set[str]:
    names = LastingNames(repository)
    if not names.are_any:
        return set()
    try:
        named = named_by_records(repository, tips)
    except GitFailed:  # of a record that cannot be read nobody knows the files
        return set()
    return {digest for digest in named if names.find(digest) is not None}


def _changes(
    repository: Repository, runs: Sequence[Run], ids: Collection[RunId]
) -> tuple[list[RefChange], dict[ExperimentName, list[Removal]]]:
    changes: list[RefChange] = []
    removals: dict[ExperimentName, list[Removal]] = {}
    for ref, tip in list_refs(repository, SHARED).items():
        place = parse_run_ref(ref)
        if place is not None and place.run in ids:
            changes.append(RefChange(ref, tip, None))
            removals.setdefault(place.experiment, []).append(Removal(place.run, tip))
    changes += [
        RefChange(trashed.ref, trashed.tip, None)
        for trashed in list_trash(repository)
        if trashed.run in ids
    ]
    commits = _unneeded_code(repository, runs, ids)
    changes += [
        RefChange(ref, tip, None)
        for ref, tip in list_refs(repository, LIVE_CODE).items()
        if tip in commits
    ]
    return changes, removals


def _unneeded_code(
    repository: Repository, runs: Sequence[Run], ids: Collection[RunId]
) -> set[str | None]:
    """Return the runs' code commits, but for those of runs which are running."""
    of_runs = {session.code.commit for run in runs for session in run.sessions}
    return of_runs - _running_code(repository, ids)


def _running_code(repository: Repository, ids: Collection[RunId]) -> set[str]:
    """Return the code commits of runs which are running, but for those with `ids`."""
    commits = set()
    for run, folder in list_journals(repository.private_dir):
        with suppress(GitxpError, FileNotFoundError):
            journal = read_journal(run, folder)
            if journal is not None and run not in ids:
                commits.add(fold_journal(journal).run.code.commit)
    return {commit for commit in commits if commit is not None}


def _drop_kept(repository: Repository, ids: Collection[RunId]) -> None:
    for run in ids:
        for folder in recorded_dir(repository.private_dir).glob(f"{run}-*"):
            shutil.rmtree(folder)
        shutil.rmtree(journal_dir(repository.private_dir, run), ignore_errors=True)
        shutil.rmtree(pending_dir(repository.private_dir) / run, ignore_errors=True)
    for folder in recorded_dir(repository.private_dir).glob("*"):
        if is_said_folder(folder) and _is_about_any(repository, Pack(said_pack_path(folder)), ids):
            shutil.rmtree(folder)


def _is_about_any(repository: Repository, pack: Pack, ids: Collection[RunId]) -> bool:
    """Whether a pack holds what was said of one of the runs."""
    with object_stream(repository) as stream:
        held = [found[1] for found in stream.read(pack_oids(pack)) if found is not None]
    trailers = [f"\nRun-Id: {run}\n".encode() for run in ids]
    return any(trailer in content for content in held for trailer in trailers)
