"""Which large files are to go to a remote, those that it was to have before among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gitxp.artifacts.named import named_beyond
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.repository import Repository
from gitxp.storage.transport.not_uploaded import (
    NotUploaded,
    read_not_uploaded,
    write_not_uploaded,
)
from gitxp.storage.transport.remotes import Remote
from gitxp.sync.large_files.upload import Upload
from gitxp.sync.push import Plan


def large_files_to_push(
    repository: Repository, tips: Iterable[str], *, known: Iterable[str] = ()
) -> set[Pointer]:
    """Return the large files that records name, their code and its unpushed history.

    Those of submodules are left out: they belong to the submodules' own remotes.

    Args:
        tips: Of the records.
        known: Commits that the remote has, whose large files it is taken to have, too.

    Raises:
        GitFailed: If the records cannot be read.
    """
    return named_beyond(repository, tips, known)


def all_to_push(
    repository: Repository, remote: Remote, going: Iterable[Pointer], plan: Plan
) -> set[Pointer]:
    """Return the large files of what is pushed, and those that earlier pushes did not bring there.

    Where nobody knows any more which those were, they are all that the remote's records name.

    Args:
        going: Those of what is pushed.
    """
    before = read_not_uploaded(repository, remote.push_url)
    if before is None:
        records = plan.published - plan.branches
        return {*going, *large_files_to_push(repository, records, known=plan.branches)}
    return {*going, *(one.pointer for one in before)}


def remember(repository: Repository, remote: Remote, upload: Upload) -> None:
    """Remember which large files are still to go to a remote, for the next push and for `status`.

    To be called before records go that name them: whoever is killed in between forgets none.

    Raises:
        OSError: If that cannot be written.
    """
    before = read_not_uploaded(repository, remote.push_url)
    waiting: Mapping[Pointer, NotUploaded] = {one.pointer: one for one in before or ()}
    now = {one: NotUploaded(one, "") for one in upload.missing}
    now |= {one.pointer: NotUploaded(one.pointer, one.reason) for one in upload.failed}
    there = {*upload.uploaded}
    left = {key: one for key, one in {**waiting, **now}.items() if key not in there}
    if left or waiting or before is None:
        write_not_uploaded(repository, remote.push_url, left.values())
