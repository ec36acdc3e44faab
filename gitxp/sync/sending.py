"""What a push does between its plan and its records: a look at all, the hook, large files."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from gitxp.policy.settings import Settings
from gitxp.storage.repository import Repository
from gitxp.storage.transport.last_seen import is_history_allowed
from gitxp.storage.transport.meter import Moved
from gitxp.storage.transport.pre_push import ask_hook
from gitxp.storage.transport.published import confirmed_commits
from gitxp.storage.transport.remotes import Remote
from gitxp.sync.large_files.of_submodules import large_files_of_submodules
from gitxp.sync.large_files.upload import Upload, upload_large_files
from gitxp.sync.large_files.wanted import all_to_push, remember
from gitxp.sync.leaving import Leaving
from gitxp.sync.outgoing.found import Outgoing
from gitxp.sync.outgoing.look import Bounds, is_plain, look_over
from gitxp.sync.push import Plan

# Of more records each is as near to what the remote has as the others.
_FEW: Final = 100


def looked_over(repository: Repository, remote: Remote, plan: Plan, bounds: Bounds) -> Outgoing:
    """Return what is to be known of all that a planned push would publish."""
    near = plan.near
    is_near = len(plan.sends) <= _FEW and 0 < len(near) < len(plan.published)
    if is_near and is_plain(repository, plan.tips, near, bounds):
        return Outgoing()
    return look_beyond(repository, remote, plan.tips, plan.published, bounds)


def look_beyond(
    repository: Repository,
    remote: Remote,
    tips: Collection[str],
    published: Collection[str],
    bounds: Bounds,
    *,
    way: Repository | None = None,
) -> Outgoing:
    """Return what is to be known of all that some records lead to and a remote does not have.

    Where that seems to be history of the user's own, the remote is asked once more: its branches
    may have moved on since they were fetched.

    Args:
        published: Commits that it has.
        way: The repository that holds the records, if not this one.
    """
    held = way or repository
    found = look_over(held, tips, published, bounds)
    if not found.unpublished:
        return found
    more = confirmed_commits(repository, remote, published)
    return look_over(held, tips, {*published, *more}, bounds) if more else found


def may_publish_history(repository: Repository, settings: Settings, remote: Remote) -> bool:
    """Return whether commits of the user's own may go along, without a question to anybody."""
    rule = settings.push_history
    return rule == "allow" or (rule == "ask" and is_history_allowed(repository, remote.push_url))


def upload_for(
    repository: Repository,
    remote: Remote,
    leaving: Leaving,
    outgoing: Outgoing,
    *,
    checked: Moved | None = None,
    moved: Moved | None = None,
) -> Upload:
    """Bring large files to where the remote keeps them, and remember those that did not get there.

    They are those of what leaves, and those that an earlier push did not bring there.

    Args:
        outgoing: What is known of all that leaves.
        checked: As in `upload_large_files`, like `moved`.
    """
    going = (one.pointer for one in outgoing.large_files)
    files = all_to_push(repository, remote, going, leaving.plan)
    upload = upload_large_files(repository, remote.name, files, checked=checked, moved=moved)
    remember(repository, remote, upload)
    left = large_files_of_submodules(repository, leaving.runs.values())
    return replace(upload, left=left)


def ask_first(repository: Repository, remote: Remote, plan: Plan) -> list[str]:
    """Ask the user's hook about what is planned, before any of it leaves, large files among it.

    Returns:
        The lines that it says.

    Raises:
        PushRefused: If it says no.
    """
    return ask_hook(repository, remote, plan.sends) if plan.sends else []
