"""Tidying what recording leaves behind, once it is certain that nothing was lost."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from gitxp.artifacts.lasting import LastingNames
from gitxp.errors import GitFailed, GitxpError
from gitxp.storage.configuration import read_configuration
from gitxp.storage.disk import is_read_only, lacks_room
from gitxp.storage.journal.reader import is_any_writer_locked, list_journals, read_journal
from gitxp.storage.large_layout import kept_objects_dir
from gitxp.storage.layout import jobs_dir, recorded_dir, scratch_dir
from gitxp.storage.odb.kept import restore_missing
from gitxp.storage.odb.pack import Pack, drop_stale_keeps
from gitxp.storage.odb.presence import missing_objects
from gitxp.storage.refs import LIVE_CODE
from gitxp.storage.refstore import delete_refs, drop_stale_locks, list_refs
from gitxp.storage.remote_layout import carriers_dir
from gitxp.storage.repository import Repository
from gitxp.upkeep.gather import gather_packs, gather_refs
from gitxp.upkeep.large_files import hold_files_of_code
from gitxp.upkeep.submodule_files import (
    hold_files_of_submodules,
    hold_refused,
    put_back_in_submodules,
)

# A `git gc` that was under way while a run was recorded is done by then.
_SECONDS_KEPT = 300
# A rank counts the runs of its job by itself; only a program that comes later needs to look.
_SECONDS_JOB = 30 * 24 * 3600
# No capture takes this long; what is older was left by a process that was killed.
_SECONDS_SCRATCH = 3600
# A push over a slow line takes hours, and nothing is touched in its carrier meanwhile.
_SECONDS_CARRIER = 7 * 24 * 3600


def tidy(repository: Repository, settings: Mapping[str, str] | None = None) -> list[Path]:
    """Drop kept packs, scratch folders and code refs that nobody needs any more; gather packs.

    Packs go only after every object in them was found in the store; where one is missing they
    are brought in again. Large files that runs name are held, and are put back where they were
    pruned.

    Args:
        settings: Git's own; asked for where None.

    Returns:
        Where large files are that were to be put back, and were found to be damaged.
    """
    damaged: list[Path] = []
    try:
        _tidy(repository, settings or read_configuration(repository), time.time(), damaged)
    except OSError as error:
        if not is_read_only(error):  # there is nothing to do where nothing can be written
            raise
    return damaged


def _tidy(
    repository: Repository, settings: Mapping[str, str], now: float, damaged: list[Path]
) -> None:
    names = LastingNames(repository, settings.get("lfs.storage", ""))
    with suppress(GitFailed, OSError):  # damaged code, or a full disk: the next command tries
        hold_files_of_code(repository, settings)
    with suppress(GitFailed, OSError):  # likewise
        hold_files_of_submodules(names)
    with suppress(OSError):  # likewise
        hold_refused(names)
    _drop_kept(repository, names, now, damaged)
    with suppress(OSError):  # likewise
        damaged += names.put_back()
        damaged += put_back_in_submodules(names)
    private = repository.private_dir
    stale = _older(scratch_dir(private), now - _SECONDS_SCRATCH)
    carriers = _older(carriers_dir(private), now - _SECONDS_CARRIER)
    for folder in (*stale, *carriers, *_older(jobs_dir(private), now - _SECONDS_JOB)):
        shutil.rmtree(folder, ignore_errors=True)
    drop_stale_keeps(repository.common_dir, before=now - _SECONDS_SCRATCH)
    drop_stale_locks(repository, before=now - _SECONDS_SCRATCH)
    _drop_stillborn(repository, now)
    _release_code(repository, now)
    gather_packs(repository)
    gather_refs(repository)


def _drop_kept(
    repository: Repository, names: LastingNames, now: float, damaged: list[Path]
) -> None:
    parent = recorded_dir(repository.private_dir)
    recorded = _older(parent, now)
    held = {folder for folder in recorded if _is_held(names, kept_objects_dir(folder), damaged)}
    folders = _older(parent, now - _SECONDS_KEPT)
    packs = [Pack(path) for folder in folders for path in folder.glob("*.pack")]
    unseen = set(packs) - set(restore_missing(repository, packs))
    for folder in folders:
        if folder in held and not any(pack.path.parent == folder for pack in unseen):
            shutil.rmtree(folder, ignore_errors=True)


def _is_held(names: LastingNames, kept: Path, damaged: list[Path]) -> bool:
    """Hold the large files of a run that was recorded, and return whether all of them are."""
    try:
        damaged += names.restore(kept)
        names.take_over(kept)
    except FileNotFoundError:  # there are none, or another process does the same
        return not kept.exists()
    except OSError as error:
        if not lacks_room(error):
            raise
        return False
    return True


def _older(parent: Path, limit: float) -> list[Path]:
    with suppress(FileNotFoundError):
        return [path for path in parent.iterdir() if path.stat().st_mtime < limit]
    return []


def _drop_stillborn(repository: Repository, now: float) -> None:
    """Drop journals whose process died before it could say how its run started."""
    for run, folder in list_journals(repository.private_dir):
        with suppress(FileNotFoundError):  # recorded a moment ago
            is_old = folder.stat().st_mtime < now - _SECONDS_SCRATCH
            if is_old and read_journal(run, folder) is None and not is_any_writer_locked(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _release_code(repository: Repository, now: float) -> None:
    """Delete the refs that hold the code of runs which have all been recorded."""
    needed = set()
    for run, folder in list_journals(repository.private_dir):
        try:
            journal = read_journal(run, folder)
            if journal is None:  # just starting: its code may be any of them
                return
            from gitxp.storage.journal.fold import fold_journal  # for nothing where no run goes on

            needed.add(fold_journal(journal).run.code.commit)
        except (GitxpError, FileNotFoundError):
            return
    refs = repository.common_dir / LIVE_CODE
    tips = list_refs(repository, LIVE_CODE)
    gone = missing_objects(repository, tips.values())
    if gone:
        from gitxp.upkeep.mend import mend_refs

        mend_refs(repository, [name for name, oid in tips.items() if oid in gone])
        tips = list_refs(repository, LIVE_CODE)
    held = [
        (name, oid)
        for name, oid in tips.items()
        if oid not in needed and not _is_young(refs / oid, now)
    ]
    with suppress(GitFailed):
        delete_refs(repository, held, command="tidy")


def _is_young(path: Path, now: float) -> bool:
    """Return whether a run that uses the ref may be between capture and its first line."""
    try:
        return path.stat().st_mtime > now - _SECONDS_SCRATCH
    except FileNotFoundError:  # packed, so it has been there for a while
        return False
