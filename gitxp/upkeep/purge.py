"""Purging runs: what a record holds by mistake leaves this clone for good."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Collection, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gitxp.errors import GitFailed
from gitxp.model.event import Removal
from gitxp.model.identity import ExperimentName, RunId
from gitxp.model.run import Run
from gitxp.storage.configuration import configured_author, remote_names
from gitxp.storage.events.appending import NewEvent
from gitxp.storage.events.saying import change_refs_and_say
from gitxp.storage.layout import (
    baseline_path,
    index_dir,
    is_said_folder,
    journal_dir,
    latest_params_path,
    pending_dir,
    recorded_dir,
    said_pack_path,
    scratch_dir,
)
from gitxp.storage.odb.object_stream import object_stream
from gitxp.storage.odb.pack import Pack, pack_oids
from gitxp.storage.operations import Operation, RefChange, cut_commands
from gitxp.storage.refs import LIVE_CODE, SHARED, parse_run_ref, parse_trash_ref
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder
from gitxp.storage.trash import list_trash
from gitxp.upkeep.large_files import forget_what_was_looked_through
from gitxp.upkeep.remove import removable_tip
from gitxp.upkeep.unneeded_files import (
    UnneededFiles,
    running_code,
    stray_files,
    unneeded_files,
)

# Not a command that `git xp undo` could take back: it does not begin as those do.
_COMMAND = "purge runs"


@dataclass(frozen=True, slots=True)
class Purged:
    """What was purged, and where it may be still.

    Attributes:
        lfs_objects: Digests of large artifacts, and of large files of the code that were not
            committed, which lie in the LFS folder of this clone, or of a submodule; those that
            other runs name, too, left out.
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
    unneeded = unneeded_files(repository, runs, tips)
    changes, removals = _changes(repository, runs, ids)
    now = datetime.now(UTC)
    author = configured_author(repository)
    events = [NewEvent(name, tuple(said), author, now) for name, said in removals.items()]
    change_refs_and_say(repository, changes, events, command=_COMMAND)
    _drop_kept(repository, ids)
    _drop_beside(repository, {*removals, *(run.experiment for run in runs)}, ids)
    _let_go(repository, unneeded)
    with suppress(GitFailed):  # a record that cannot be read may need any of them
        _let_go(repository, stray_files(repository))
    return Purged(
        runs=tuple(run.id for run in runs),
        lfs_objects=tuple(sorted(unneeded.uncommitted)),
        remotes=tuple(sorted(remote_names(repository))),
    )


def _let_go(repository: Repository, unneeded: UnneededFiles) -> None:
    if unneeded.are_any:
        unneeded.let_go(repository)
        forget_what_was_looked_through(repository)


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
    return of_runs - running_code(repository, ids)


def _drop_kept(repository: Repository, ids: Collection[RunId]) -> None:
    for run in ids:
        for folder in recorded_dir(repository.private_dir).glob(f"{run}-*"):
            shutil.rmtree(folder)
        shutil.rmtree(journal_dir(repository.private_dir, run), ignore_errors=True)
        shutil.rmtree(pending_dir(repository.private_dir) / run, ignore_errors=True)
    for folder in recorded_dir(repository.private_dir).glob("*"):
        if is_said_folder(folder) and _is_about_any(repository, Pack(said_pack_path(folder)), ids):
            shutil.rmtree(folder)


def _drop_beside(
    repository: Repository, experiments: Collection[ExperimentName], ids: Set[RunId]
) -> None:
    """Drop what is kept beside the records and tells of them: all of it is made anew or not needed.

    A block of the index holds the rows of many runs, and a digest of a short secret is as good as
    the secret.
    """

    def is_about_any(operation: Operation) -> bool:
        refs = [change.ref for change in operation.changes] + [one.ref for one in operation.said]
        runs = [place.run for ref in refs if (place := parse_run_ref(ref)) is not None]
        return not ids.isdisjoint([*runs, *map(parse_trash_ref, refs)])

    private = repository.private_dir
    _drop_index(private)
    for experiment in experiments:
        for path in (latest_params_path(private, experiment), baseline_path(private, experiment)):
            path.unlink(missing_ok=True)
    cut_commands(private, is_about_any)


def _drop_index(private: Path) -> None:
    aside = scratch_dir(private) / f"index-{secrets.token_hex(8)}"
    make_folder(aside.parent)
    with suppress(FileNotFoundError):
        # Out of the way first: whoever writes a block at this moment has no folder for it then.
        index_dir(private).rename(aside)
        shutil.rmtree(aside)


def _is_about_any(repository: Repository, pack: Pack, ids: Collection[RunId]) -> bool:
    """Whether a pack holds what was said of one of the runs."""
    with object_stream(repository) as stream:
        held = [found[1] for found in stream.read(pack_oids(pack)) if found is not None]
    trailers = [f"\nRun-Id: {run}\n".encode() for run in ids]
    return any(trailer in content for content in held for trailer in trailers)
